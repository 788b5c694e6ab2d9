//! One flag of one subject: how much speaks for it, and whether it is open.

use super::code::{Code, Entry};
use super::event::{Name, Sessions};
use super::flag::RecordId;
use super::need::Need;
use super::tally::Tally;
use domicile_fleet::Basis;
use domicile_proto::types::Key;
use serde::{Deserialize, Serialize};

/// Signs that are kept one by one: so many of the first, and as many of the last.
const KEPT: usize = 8;

/// Hosts that a flag names at most.
const HOSTS: usize = 16;

/// Sessions that say it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Sign {
    pub(super) sessions: Sessions,
    pub(super) votes: Vec<Name>,
    pub(super) record: Option<RecordId>,
    /// The device's own key signed it, or it is no host's word.
    #[serde(with = "basis")]
    pub(super) basis: Basis,
    pub(super) host: Option<Key>,
}

impl Sign {
    /// A record that no session made.
    pub(super) fn record(at_ms: u64, record: Option<RecordId>) -> Self {
        Self {
            sessions: Sessions::one(at_ms),
            votes: Vec::new(),
            record,
            basis: Basis::Signed,
            host: None,
        }
    }
}

/// A basis as kept: whether it is signed.
mod basis {
    use domicile_fleet::Basis;
    use serde::{Deserialize as _, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(basis: &Basis, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_bool(*basis == Basis::Signed)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Basis, D::Error> {
        bool::deserialize(from).map(Basis::of)
    }
}

/// What a gate does at a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    Raise { at_ms: u64 },
    ClearContrary { at_ms: u64 },
    ClearQuiet { at_ms: u64 },
}

/// One flag of one subject.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Gate {
    code: Code,
    bad: Tally,
    good: Tally,
    /// The last contrary sign: what is older no longer counts.
    contrary_ms: Option<u64>,
    first: Vec<Sign>,
    last: Vec<Sign>,
    /// Lasting: since when it is, or will be, so.
    since_ms: Option<u64>,
    /// Lasting: since when it is not.
    over_ms: Option<u64>,
    open: bool,
}

impl Gate {
    pub(super) fn new(code: Code) -> Self {
        Self {
            code,
            bad: Tally::default(),
            good: Tally::default(),
            contrary_ms: None,
            first: Vec::new(),
            last: Vec::new(),
            since_ms: None,
            over_ms: None,
            open: false,
        }
    }

    fn entry(&self) -> &'static Entry {
        self.code.entry()
    }

    pub(super) fn is_open(&self) -> bool {
        self.open
    }

    /// Whether anything speaks for the flag now.
    pub(super) fn is_bad(&self) -> bool {
        self.bad.count > 0 || self.since_ms.is_some()
    }

    /// Nothing is left to remember.
    pub(super) fn is_idle(&self) -> bool {
        !self.open && !self.is_bad()
    }

    pub(super) fn set_open(&mut self, open: bool) {
        self.open = open;
        if !open {
            self.forget_all();
        }
    }

    /// Sessions that say it.
    pub(super) fn bad(&mut self, sign: Sign) -> Option<Step> {
        let sessions = sign.sessions;
        if self.contrary_ms.is_some_and(|at| sessions.until_ms <= at) || self.knows(&sign) {
            return None;
        }
        self.good = Tally::default();
        self.bad.add(sessions);
        self.keep(sign);
        if self.open {
            return None;
        }
        let at_ms = self.bad.enough(self.entry().raise, sessions)?;
        Some(Step::Raise { at_ms })
    }

    /// Sessions that say the contrary.
    pub(super) fn good(&mut self, sessions: Sessions) -> Option<Step> {
        if self.bad.count > 0 && sessions.until_ms < self.bad.last_ms {
            return None;
        }
        let newest = self.contrary_ms.unwrap_or(0).max(sessions.until_ms);
        self.contrary_ms = Some(newest);
        if !self.open {
            self.forget_all();
            return None;
        }
        self.good.add(sessions);
        let at_ms = self.good.enough(self.entry().clear.0, sessions)?;
        Some(Step::ClearContrary { at_ms })
    }

    /// Lasting: it is so from `at_ms` on, which may lie in the future, unless told otherwise.
    pub(super) fn expect(&mut self, at_ms: u64, sign: Option<Sign>) {
        self.since_ms = Some(at_ms);
        self.over_ms = None;
        if let Some(sign) = sign {
            self.bad.add(sign.sessions);
            self.keep(sign);
        }
    }

    /// Lasting: it is not so from `at_ms` on.
    pub(super) fn over(&mut self, at_ms: u64) {
        if self.open {
            self.over_ms.get_or_insert(at_ms);
        } else {
            self.forget_all();
        }
    }

    /// When [`Self::tick`] has something to do.
    pub(super) fn deadline(&self) -> Option<u64> {
        if !self.open {
            let Need::Lasting { ms } = self.entry().raise else {
                return None;
            };
            return self.since_ms.map(|since| since.saturating_add(ms));
        }
        match self.entry().clear.0 {
            Need::Lasting { ms } => self.over_ms.map(|over| over.saturating_add(ms)),
            Need::Quiet { ms } => Some(self.bad.last_ms.saturating_add(ms)),
            Need::Sessions { .. } => None,
        }
    }

    /// It is `at_ms` now.
    pub(super) fn tick(&self, at_ms: u64) -> Option<Step> {
        self.deadline().filter(|due| *due <= at_ms)?;
        Some(match (self.open, self.entry().clear.0) {
            (false, _) => Step::Raise { at_ms },
            (true, Need::Quiet { .. }) => Step::ClearQuiet { at_ms },
            (true, _) => Step::ClearContrary { at_ms },
        })
    }

    /// Leaves out what was measured in a time and rests on a vote. Of what was not kept one by one
    /// nothing is left: the host has the benefit of that. `true` when what remains is not enough
    /// for an open flag.
    pub(super) fn forget(&mut self, vote: &Name, from_ms: u64, until_ms: u64) -> bool {
        let touched = |sign: &Sign| {
            sign.votes.contains(vote)
                && sign.sessions.until_ms >= from_ms
                && sign.sessions.from_ms <= until_ms
        };
        if !self.first.iter().chain(&self.last).any(touched) {
            return false;
        }
        let kept = std::mem::take(&mut self.first);
        let kept = kept.into_iter().chain(std::mem::take(&mut self.last));
        self.bad = Tally::default();
        let mut enough = false;
        for sign in kept.filter(|sign| !touched(sign)) {
            self.bad.add(sign.sessions);
            enough |= self.bad.enough(self.entry().raise, sign.sessions).is_some();
            self.keep(sign);
        }
        self.open && !enough
    }

    /// Leaves out everything.
    pub(super) fn forget_all(&mut self) {
        self.bad = Tally::default();
        self.good = Tally::default();
        self.first.clear();
        self.last.clear();
        self.since_ms = None;
        self.over_ms = None;
    }

    /// The first sign, Unix ms.
    pub(super) fn since_ms(&self) -> u64 {
        match (self.bad.count, self.since_ms) {
            (0, since) => since.unwrap_or(0),
            (_, since) => since.unwrap_or(u64::MAX).min(self.bad.first_ms),
        }
    }

    pub(super) fn signs(&self) -> u64 {
        self.bad.count
    }

    pub(super) fn evidence(&self) -> Vec<RecordId> {
        let mut records: Vec<RecordId> = self.kept().filter_map(|sign| sign.record).collect();
        records.dedup();
        records
    }

    /// The weakest way in which its signs were shown.
    pub(super) fn basis(&self) -> Basis {
        match self.kept().all(|sign| sign.basis == Basis::Signed) {
            true => Basis::Signed,
            false => Basis::Claimed,
        }
    }

    pub(super) fn hosts(&self) -> Vec<Key> {
        let mut hosts: Vec<Key> = self.kept().filter_map(|sign| sign.host).collect();
        hosts.sort_unstable();
        hosts.dedup();
        hosts.truncate(HOSTS);
        hosts
    }

    fn kept(&self) -> impl Iterator<Item = &Sign> {
        self.first.iter().chain(&self.last)
    }

    /// Whether the same record said the same before.
    fn knows(&self, sign: &Sign) -> bool {
        sign.record.is_some()
            && self
                .kept()
                .any(|known| (known.record, known.host) == (sign.record, sign.host))
    }

    fn keep(&mut self, sign: Sign) {
        if self.first.len() < KEPT {
            self.first.push(sign);
            return;
        }
        if self.last.len() == KEPT {
            self.last.remove(0);
        }
        self.last.push(sign);
    }
}

#[cfg(test)]
#[path = "gate_tests.rs"]
mod tests;
