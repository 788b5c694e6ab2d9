//! Liveness: what has lasted too long.
//!
//! Four stopwatches for each host, and in which state each runs:
//!
//! | state | silence | unconfirmed | transit | absence |
//! |---|---|---|---|---|
//! | enrolled | – | runs | – | – |
//! | reporting | to zero | runs | to zero | to zero |
//! | late, silent | runs | runs | held | held |
//! | transit | held | held | runs | held |
//! | storage, maintenance, rma, air-gapped | held | held | held | runs |
//!
//! A held stopwatch goes on where it stopped, so that going from one state to another and back never
//! sets one to zero; only a report does, and for `unconfirmed` only a verdict that confirms.

use super::clock::{Clock, Hold};
use super::{Flags, Timer};
use crate::flags::code::Code;
use crate::flags::event::{HostFacts, LicenceFacts, Liveness};
use crate::flags::flag::{Group, Subject, Why};
use crate::flags::need::DAY;
use domicile_proto::types::Key;
use serde::{Deserialize, Serialize};

/// So long unconfirmed, and a host is counted with others of its metro.
const UNCONFIRMED_TOGETHER: u64 = 3 * DAY;

/// What may last too long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lasting {
    Silence,
    Unconfirmed,
    Transit,
    Absence,
}

impl Lasting {
    pub(super) const ALL: [Self; 4] = [
        Self::Silence,
        Self::Unconfirmed,
        Self::Transit,
        Self::Absence,
    ];

    pub(super) fn code(self) -> Code {
        match self {
            Self::Silence => Code::Silence,
            Self::Unconfirmed => Code::Unconfirmed,
            Self::Transit => Code::TransitTooLong,
            Self::Absence => Code::AbsenceTooLong,
        }
    }

    /// Of which flag it is the stopwatch.
    pub(super) fn of(code: Code) -> Option<Self> {
        Self::ALL.into_iter().find(|what| what.code() == code)
    }

    fn limit(self, licence: &LicenceFacts) -> Option<u64> {
        match self {
            Self::Silence => licence.silence_ms,
            Self::Unconfirmed => licence.unconfirmed_ms,
            Self::Transit => licence.transit_ms,
            Self::Absence => licence.absence_ms,
        }
    }

    fn runs_in(self, state: Liveness) -> bool {
        use Liveness::{Enrolled, Late, Reporting, Silent, Transit};
        match self {
            Self::Silence => matches!(state, Late | Silent),
            Self::Unconfirmed => matches!(state, Enrolled | Reporting | Late | Silent),
            Self::Transit => state == Transit,
            Self::Absence => state.is_declared_absence() && state != Transit,
        }
    }
}

/// What is known of a host.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Host {
    pub(super) facts: HostFacts,
    pub(super) state: Liveness,
    clocks: [Clock; 4],
    /// Sessions in a row that were plausible, until they are enough to call its line usual.
    pub(super) plausible: u32,
    /// Those with which it changed together.
    pub(super) groups: Vec<(Code, Group)>,
}

impl Host {
    fn new(facts: HostFacts) -> Self {
        let mut clocks = [Clock::held(); 4];
        clocks[Lasting::Unconfirmed as usize].release(Hold::State, facts.at_ms);
        Self {
            facts,
            state: Liveness::Enrolled,
            clocks,
            plausible: 0,
            groups: Vec::new(),
        }
    }

    pub(super) fn clock(&mut self, what: Lasting) -> &mut Clock {
        &mut self.clocks[what as usize]
    }
}

impl Flags {
    pub(super) fn host(&mut self, facts: &HostFacts) {
        let key = facts.host;
        let before = self.hosts.get_mut(&key);
        let before = before.map(|host| std::mem::replace(&mut host.facts, facts.clone()));
        match &before {
            None => {
                self.hosts.insert(key, Host::new(facts.clone()));
            }
            Some(before) => {
                if let Some(licence) = self.licences.get_mut(&before.licence) {
                    licence.hosts.remove(&key);
                }
                if before.metro != facts.metro {
                    self.leave_all(&key, facts.at_ms);
                }
            }
        }
        let licence = self.licences.entry(facts.licence.clone()).or_default();
        licence.hosts.insert(key);
        *self.metros.entry(facts.metro.clone()).or_default() += 1;
        if let Some(count) = before.and_then(|before| self.metros.get_mut(&before.metro)) {
            *count = count.saturating_sub(1);
        }
        for what in Lasting::ALL {
            self.rearm(&key, what);
        }
    }

    pub(super) fn facts_of(&self, host: &Key) -> Option<&LicenceFacts> {
        let host = self.hosts.get(host)?;
        self.licences.get(&host.facts.licence)?.facts.as_ref()
    }

    pub(super) fn liveness(&mut self, key: &Key, state: Liveness, at_ms: u64) {
        let Some(host) = self.hosts.get_mut(key) else {
            return;
        };
        host.state = state;
        if state == Liveness::Transit {
            // Another place has another line: what is usual there is not known yet.
            host.plausible = 0;
        }
        for what in Lasting::ALL {
            let clock = host.clock(what);
            if state == Liveness::Reporting && what != Lasting::Unconfirmed {
                clock.reset(at_ms);
            }
            match what.runs_in(state) {
                true => clock.release(Hold::State, at_ms),
                false => clock.hold(Hold::State, at_ms),
            }
        }
        if state.is_final() {
            return self.ended(key, at_ms);
        }
        for what in Lasting::ALL {
            if !what.runs_in(state) && what != Lasting::Unconfirmed {
                self.known_gate(what.code(), Subject::Host(*key), |gate| {
                    gate.over(at_ms);
                    None
                });
            }
        }
        let metro = self.hosts.get(key).map(|host| host.facts.metro.clone());
        match (state, metro) {
            (Liveness::Silent, Some(metro)) => {
                let group = Group::Metro(metro);
                self.together(Code::Silence, &group, *key, at_ms, at_ms);
            }
            (Liveness::Late, _) => {}
            _ => self.leave(Code::Silence, key, at_ms),
        }
        for what in Lasting::ALL {
            self.rearm(key, what);
        }
    }

    /// A host is gone for good: what was waited for is no longer. Findings stay.
    fn ended(&mut self, key: &Key, at_ms: u64) {
        self.leave_all(key, at_ms);
        for what in Lasting::ALL {
            self.clear(what.code(), Subject::Host(*key), at_ms, Why::Ended);
        }
    }

    /// Tells the gate when the host's stopwatch will have shown too long.
    pub(super) fn rearm(&mut self, key: &Key, what: Lasting) {
        let Some(limit) = self.facts_of(key).and_then(|facts| what.limit(facts)) else {
            return;
        };
        let Some(host) = self.hosts.get_mut(key) else {
            return;
        };
        let clock = *host.clock(what);
        let code = what.code();
        let subject = Subject::Host(*key);
        if self.is_open(code, &subject) {
            return;
        }
        match clock.shows(limit) {
            Some(at_ms) => self.gate(code, subject, |gate| {
                gate.expect(at_ms, None);
                None
            }),
            None => {
                self.gates.remove(&(code, subject));
            }
        }
        if what == Lasting::Unconfirmed
            && let Some(at_ms) = clock.shows(UNCONFIRMED_TOGETHER.min(limit / 2))
        {
            self.arm(Timer::Unconfirmed(*key), at_ms);
        }
    }

    /// Whether a host's stopwatch shows too long.
    pub(super) fn has_lasted(&mut self, key: &Key, what: Lasting, now_ms: u64) -> bool {
        let limit = self.facts_of(key).and_then(|facts| what.limit(facts));
        let host = self.hosts.get_mut(key);
        let shows = limit
            .zip(host)
            .and_then(|(limit, host)| host.clock(what).shows(limit));
        shows.is_some_and(|at_ms| at_ms <= now_ms)
    }

    /// The timer that counts an unconfirmed host with others.
    pub(super) fn unconfirmed_for_long(&mut self, key: &Key, at_ms: u64) {
        let limit = self.facts_of(key).and_then(|facts| facts.unconfirmed_ms);
        let Some((limit, host)) = limit.zip(self.hosts.get_mut(key)) else {
            return;
        };
        let metro = host.facts.metro.clone();
        let clock = *host.clock(Lasting::Unconfirmed);
        match clock.shows(UNCONFIRMED_TOGETHER.min(limit / 2)) {
            Some(due) if due <= at_ms => {
                let group = Group::Metro(metro);
                self.together(Code::Unconfirmed, &group, *key, clock.began_ms(), at_ms);
            }
            Some(due) => self.arm(Timer::Unconfirmed(*key), due),
            None => {}
        }
    }
}
