//! Hosts: who is enrolled, who lives, what is declared.
//!
//! A state follows from signs of life in the log, which are not all that there are: of a host that
//! goes on reporting one is logged at least each `liveness-log-interval`. So a host is silent here
//! when nothing of it was logged for that long and [`QUIET_MS`] more, and then since its last sign.
//!
//! | the first that applies | state |
//! |---|---|
//! | withdrawn | `withdrawn` |
//! | declared for now, and not heard since the declaration began, or silent again | as declared |
//! | heard lately | `reporting` |
//! | never heard, and enrolled lately | `enrolled` |
//! | otherwise | `silent` |
//!
//! A declaration does not hide a host that reports: what it reports is taken as from any other.

use super::{Follower, Record, Unreadable, decode, signed};
use crate::flags::{Change, DAY, Event, HOUR, HostFacts, Liveness, Name, RecordId};
use domicile_proto::sign::sha256;
use domicile_proto::token::Token;
use domicile_proto::types::Key;
use domicile_proto::wire::{self, DeclaredState};
use serde::{Deserialize, Serialize};

/// How often a host that reports is logged unless the log says otherwise, ms.
pub(super) const LIVENESS_EVERY_MS: u64 = DAY;
/// So much longer, and it is silent, ms.
pub(super) const QUIET_MS: u64 = 2 * HOUR;

/// A host as its records tell.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Watched {
    pub(super) token: Scope,
    enrolled_ms: u64,
    /// The last sign of life; the enrolment before the first.
    last_ms: u64,
    /// Since then nothing was heard that could have been: the last sign, moved over outages.
    quiet_ms: u64,
    heard: bool,
    state: Liveness,
    withdrawn: bool,
    declared: Option<Declared>,
    /// The time that stands for it among those due.
    due_ms: Option<u64>,
}

/// What its enrolment says of a host.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Scope {
    pub(super) customer: String,
    pub(super) licence: Name,
    site: Name,
    metro: Name,
}

/// A declaration that stands.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
struct Declared {
    state: Liveness,
    from_ms: u64,
    until_ms: u64,
    /// When it was made: what was heard before says nothing against it.
    made_ms: u64,
}

impl Watched {
    fn state_at(&self, now_ms: u64, silent_after_ms: u64) -> Liveness {
        let in_time = now_ms < self.quiet_ms.saturating_add(silent_after_ms);
        let declared = self
            .declared
            .filter(|declared| (declared.from_ms..declared.until_ms).contains(&now_ms));
        match declared {
            _ if self.withdrawn => Liveness::Withdrawn,
            Some(declared) => {
                let began_ms = declared.from_ms.max(declared.made_ms);
                match self.heard && in_time && self.last_ms > began_ms {
                    true => Liveness::Reporting,
                    false => declared.state,
                }
            }
            None if !in_time => Liveness::Silent,
            None if self.heard => Liveness::Reporting,
            None => Liveness::Enrolled,
        }
    }

    /// When it may be in another state although nothing is heard.
    fn next_ms(&self, now_ms: u64, silent_after_ms: u64) -> Option<u64> {
        if self.withdrawn {
            return None;
        }
        let declared = self.declared.iter();
        let bounds = declared.flat_map(|declared| [declared.from_ms, declared.until_ms]);
        let silent = self.quiet_ms.saturating_add(silent_after_ms);
        bounds.chain([silent]).filter(|at| *at > now_ms).min()
    }
}

impl Follower {
    fn silent_after_ms(&self) -> u64 {
        let every = match self.liveness_every_ms {
            0 => LIVENESS_EVERY_MS,
            said => said,
        };
        every.saturating_add(QUIET_MS)
    }

    pub(super) fn enrolment(
        &mut self,
        record: &Record<'_>,
        changes: &mut Vec<Change>,
    ) -> Result<(), Unreadable> {
        let enrolment: wire::EnrolmentRecord = decode(record.payload)?;
        let host = Key::read("agent_key", &enrolment.agent_key)?;
        let token = Token::read(&decode(&enrolment.token)?)?;
        if self.hosts.contains_key(&host) {
            return Ok(()); // Enrolled once; the first counts, as in the collector's index.
        }
        let watched = Watched {
            token: Scope {
                customer: token.customer,
                licence: Name::from(token.licence.as_str()),
                site: Name::from(token.site.as_str()),
                metro: Name::from(token.metro.as_str()),
            },
            enrolled_ms: record.time_ms,
            last_ms: record.time_ms,
            quiet_ms: record.time_ms,
            heard: false,
            state: Liveness::Enrolled,
            withdrawn: false,
            declared: None,
            due_ms: None,
        };
        self.hosts.insert(host, watched);
        self.tell(&host, changes);
        self.look_again(&host, changes);
        Ok(())
    }

    /// Tells the flags what is known of a host.
    pub(super) fn tell(&mut self, host: &Key, changes: &mut Vec<Change>) {
        let Some(watched) = self.hosts.get(host) else {
            return;
        };
        let scope = &watched.token;
        let facts = HostFacts {
            host: *host,
            customer: self.licences.owner(&scope.customer),
            licence: Name::clone(&scope.licence),
            site: Name::clone(&scope.site),
            metro: Name::clone(&scope.metro),
            at_ms: watched.enrolled_ms,
        };
        self.handle(&Event::Host(facts), changes);
    }

    pub(super) fn evidence(
        &mut self,
        record: &Record<'_>,
        changes: &mut Vec<Change>,
    ) -> Result<(), Unreadable> {
        let logged: wire::EvidenceRecord = decode(record.payload)?;
        let evidence: wire::Evidence = signed(&logged.evidence)?;
        self.devices.keep(sha256(&logged.evidence), &evidence);
        self.heard(&evidence.agent_key, record.time_ms, changes)
    }

    pub(super) fn liveness(
        &mut self,
        record: &Record<'_>,
        changes: &mut Vec<Change>,
    ) -> Result<(), Unreadable> {
        let logged: wire::LivenessRecord = decode(record.payload)?;
        let liveness: wire::Liveness = signed(&logged.liveness)?;
        self.heard(&liveness.agent_key, record.time_ms, changes)
    }

    fn heard(
        &mut self,
        key: &[u8],
        at_ms: u64,
        changes: &mut Vec<Change>,
    ) -> Result<(), Unreadable> {
        let host = Key::read("agent_key", key)?;
        if let Some(watched) = self.hosts.get_mut(&host) {
            watched.last_ms = watched.last_ms.max(at_ms);
            watched.quiet_ms = watched.quiet_ms.max(at_ms);
            watched.heard = true;
            self.look_again(&host, changes);
        }
        Ok(())
    }

    pub(super) fn withdrawal(
        &mut self,
        record: &Record<'_>,
        changes: &mut Vec<Change>,
    ) -> Result<(), Unreadable> {
        let logged: wire::WithdrawalRecord = decode(record.payload)?;
        let withdrawal: wire::Withdrawal = signed(&logged.withdrawal)?;
        let host = Key::read("agent_key", &withdrawal.agent_key)?;
        if let Some(watched) = self.hosts.get_mut(&host) {
            watched.withdrawn = true;
            self.look_again(&host, changes);
        }
        Ok(())
    }

    pub(super) fn declaration(
        &mut self,
        record: &Record<'_>,
        changes: &mut Vec<Change>,
    ) -> Result<(), Unreadable> {
        let declaration: wire::DeclarationRecord = decode(record.payload)?;
        let host = Key::read("agent_key", &declaration.agent_key)?;
        let Some(watched) = self.hosts.get_mut(&host) else {
            return Ok(());
        };
        watched.declared = state(declaration.state()).map(|state| Declared {
            state,
            from_ms: declaration.from_ms,
            until_ms: match declaration.until_ms {
                0 => u64::MAX,
                until => until,
            },
            made_ms: record.time_ms,
        });
        self.look_again(&host, changes);
        Ok(())
    }

    /// The collector was away: nothing was due in that time, and nobody who was in time is silent.
    pub(super) fn outage(
        &mut self,
        record: &Record<'_>,
        changes: &mut Vec<Change>,
    ) -> Result<(), Unreadable> {
        let outage: wire::OutageRecord = decode(record.payload)?;
        if outage.liveness_every_ms != 0 {
            self.liveness_every_ms = outage.liveness_every_ms;
        }
        let until_ms = outage.until_ms.min(record.time_ms);
        let from_ms = outage.from_ms.max(self.now_ms);
        if from_ms >= until_ms {
            return Ok(());
        }
        self.pass(from_ms, changes);
        for watched in self.hosts.values_mut() {
            if watched.quiet_ms <= from_ms && watched.state != Liveness::Silent {
                watched.quiet_ms += until_ms - from_ms;
            }
        }
        self.now_ms = self.now_ms.max(record.time_ms);
        let event = Event::Outage {
            from_ms,
            until_ms,
            record: RecordId::Log(record.index),
        };
        self.handle(&event, changes);
        Ok(())
    }

    /// Says if a host's state is another than it was, and sees to it that it is looked at again.
    pub(super) fn look_again(&mut self, host: &Key, changes: &mut Vec<Change>) {
        let silent_after_ms = self.silent_after_ms();
        let now_ms = self.now_ms;
        let Some(watched) = self.hosts.get_mut(host) else {
            return;
        };
        if watched.due_ms.is_some_and(|due| due <= now_ms) {
            watched.due_ms = None;
        }
        let state = watched.state_at(now_ms, silent_after_ms);
        let changed = std::mem::replace(&mut watched.state, state) != state;
        let at_ms = match state {
            // It has been since its last sign, but what was declared meanwhile counts for it.
            Liveness::Silent => {
                let declared = watched.declared.map_or(0, |declared| declared.until_ms);
                let ended = Some(declared).filter(|until| *until <= now_ms);
                watched.quiet_ms.max(ended.unwrap_or(0))
            }
            _ => now_ms,
        };
        let next = watched.next_ms(now_ms, silent_after_ms);
        // Whoever is looked at too early is looked at again: fewer changes than one for each sign.
        if let Some(next) = next
            && watched.due_ms.is_none_or(|due| next < due)
        {
            if let Some(due) = watched.due_ms.replace(next) {
                self.due.remove(&(due, *host));
            }
            self.due.insert((next, *host));
        }
        if changed {
            let event = Event::Liveness {
                host: *host,
                state,
                at_ms,
            };
            self.handle(&event, changes);
        }
    }
}

/// What a declaration makes of a host; `None` when it takes an earlier one back.
fn state(declared: DeclaredState) -> Option<Liveness> {
    Some(match declared {
        DeclaredState::Unspecified | DeclaredState::InUse => return None,
        DeclaredState::Transit => Liveness::Transit,
        DeclaredState::Storage => Liveness::Storage,
        DeclaredState::Maintenance => Liveness::Maintenance,
        DeclaredState::Rma => Liveness::Rma,
        DeclaredState::AirGapped => Liveness::AirGapped,
        DeclaredState::Decommissioned => Liveness::Decommissioned,
    })
}
