//! From records to flags.
//!
//! [`Flags::handle`] takes a record and says what changes; [`Flags::advance`] says what the passing
//! of time changes. The same records in the same order give the same flags; there is no clock.
//!
//! | file | rules about |
//! |---|---|
//! | `place.rs` | verdicts and beliefs |
//! | `ledger.rs` | devices, models, licences |
//! | `host.rs` | liveness: what has lasted too long |
//! | `common.rs` | hosts that changed together |
//! | `excuse.rs` | anomalies of anchors, outages of the collector |
//! | `clock.rs` | a stopwatch that can be held |

mod clock;
mod common;
mod excuse;
mod host;
mod ledger;
mod place;
#[cfg(test)]
mod tests;

use super::code::Code;
use super::event::{Anomaly, Event, LicenceFacts, Name};
use super::flag::{Cause, Change, Flag, Group, Subject, Why};
use super::gate::{Gate, Sign, Step};
use super::need::DAY;
use common::Shared;
use domicile_proto::types::Key;
use host::{Host, Lasting};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Raises and clears flags.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Flags {
    hosts: BTreeMap<Key, Host>,
    licences: BTreeMap<Name, Licence>,
    gates: BTreeMap<(Code, Subject), Gate>,
    shared: BTreeMap<(Code, Group), Shared>,
    /// Hosts that are declared in each metro.
    metros: BTreeMap<Name, usize>,
    anomalies: Vec<Anomaly>,
    timers: BTreeSet<(u64, Timer)>,
    /// The timer that each has among `timers`.
    armed: BTreeMap<Timer, u64>,
    said: BTreeSet<(Code, Subject)>,
    #[serde(skip)]
    changes: Vec<Change>,
}

/// A licence and the hosts under it.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct Licence {
    facts: Option<LicenceFacts>,
    hosts: BTreeSet<Key>,
}

/// What is waited for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
enum Timer {
    Gate(Code, Subject),
    /// The host has gone unconfirmed long enough to be counted with others.
    Unconfirmed(Key),
    /// The incident is as old as one may become.
    Incident(Code, Group),
}

impl Flags {
    /// Without any record.
    pub fn new() -> Self {
        Self::default()
    }

    /// What a record changes. `now_ms` is when it is handled, Unix ms; it never goes back. What was
    /// due before comes first, but for an outage of the collector: nothing was due in it.
    pub fn handle(&mut self, event: &Event, now_ms: u64) -> Vec<Change> {
        if let Event::Outage {
            from_ms,
            until_ms,
            record,
        } = event
        {
            self.outage(*from_ms, *until_ms, *record, now_ms);
        }
        self.fire(now_ms);
        match event {
            Event::Host(facts) => self.host(facts),
            Event::Licence(facts) => self.licence(facts),
            Event::Verdicts(verdicts) => self.verdicts(verdicts),
            Event::Belief(belief) => self.belief(belief),
            Event::Finding { finding, record } => self.finding(finding, *record),
            Event::Settled {
                kind,
                subject,
                at_ms,
            } => self.settled(*kind, subject, *at_ms),
            Event::Model {
                host,
                model,
                basis,
                at_ms,
                record,
            } => {
                let mut sign = Sign::record(*at_ms, Some(*record));
                (sign.basis, sign.host) = (*basis, Some(*host));
                self.model(host, model, sign);
            }
            Event::Liveness { host, state, at_ms } => self.liveness(host, *state, *at_ms),
            Event::Anomaly(anomaly) => self.anomaly(anomaly, now_ms),
            Event::Outage { .. } => {}
        }
        self.fire(now_ms);
        std::mem::take(&mut self.changes)
    }

    /// What the passing of time changes, up to `now_ms`.
    pub fn advance(&mut self, now_ms: u64) -> Vec<Change> {
        self.fire(now_ms);
        std::mem::take(&mut self.changes)
    }

    /// When [`Self::advance`] may next have something to say, Unix ms.
    pub fn next_due_ms(&self) -> Option<u64> {
        self.timers.first().map(|(at_ms, _)| *at_ms)
    }

    /// Whether a flag is open for a subject.
    pub fn is_open(&self, code: Code, subject: &Subject) -> bool {
        let gate = self.gates.get(&(code, subject.clone()));
        gate.is_some_and(Gate::is_open)
    }

    /// The flags that are open, by code, then subject.
    pub fn open(&self) -> impl Iterator<Item = (Code, &Subject)> {
        let open = self.gates.iter().filter(|(_, gate)| gate.is_open());
        open.map(|((code, subject), _)| (*code, subject))
    }

    fn fire(&mut self, now_ms: u64) {
        while let Some((at_ms, _)) = self.timers.first()
            && *at_ms <= now_ms
            && let Some((at_ms, timer)) = self.timers.pop_first()
        {
            self.armed.remove(&timer);
            match timer {
                Timer::Gate(code, subject) => self.due(code, subject, at_ms),
                Timer::Unconfirmed(host) => self.unconfirmed_for_long(&host, at_ms),
                Timer::Incident(code, group) => self.incident_is_old(code, &group, at_ms),
            }
        }
    }

    /// Asks to be woken at a time, unless an earlier one is asked for: who is woken too early looks
    /// again.
    fn arm(&mut self, timer: Timer, at_ms: u64) {
        if let Some(earlier) = self.armed.get(&timer) {
            if *earlier <= at_ms {
                return;
            }
            self.timers.remove(&(*earlier, timer.clone()));
        }
        self.armed.insert(timer.clone(), at_ms);
        self.timers.insert((at_ms, timer));
    }

    fn due(&mut self, code: Code, subject: Subject, at_ms: u64) {
        let Some(gate) = self.gates.get(&(code, subject.clone())) else {
            return;
        };
        match gate.tick(at_ms) {
            Some(step) => self.step(code, subject, step),
            None => self.tidy(code, subject),
        }
    }

    /// Lets a gate take a sign, a contrary one, or an expectation, and does what it then says.
    fn gate(&mut self, code: Code, subject: Subject, act: impl FnOnce(&mut Gate) -> Option<Step>) {
        let gate = self.gates.entry((code, subject.clone()));
        let step = act(gate.or_insert_with(|| Gate::new(code)));
        match step {
            Some(step) => self.step(code, subject, step),
            None => self.tidy(code, subject),
        }
    }

    /// As [`Self::gate`], where there is one.
    fn known_gate(
        &mut self,
        code: Code,
        subject: Subject,
        act: impl FnOnce(&mut Gate) -> Option<Step>,
    ) {
        if self.gates.contains_key(&(code, subject.clone())) {
            self.gate(code, subject, act);
        }
    }

    /// Drops a gate that has nothing to remember; otherwise sees to it that it is woken.
    fn tidy(&mut self, code: Code, subject: Subject) {
        let key = (code, subject);
        let Some(gate) = self.gates.get(&key) else {
            return;
        };
        if gate.is_idle() {
            self.gates.remove(&key);
        } else if let Some(at_ms) = gate.deadline() {
            self.arm(Timer::Gate(key.0, key.1), at_ms);
        }
    }

    fn step(&mut self, code: Code, subject: Subject, step: Step) {
        match step {
            Step::Raise { at_ms } => match self.not_yet(code, &subject) {
                true => self.gate_later(code, subject, at_ms),
                false => self.raise(code, subject, at_ms),
            },
            Step::ClearContrary { at_ms } => {
                let host = match &subject {
                    Subject::Host(host) => Some(*host),
                    _ => None,
                };
                self.clear(code, subject, at_ms, Why::Contrary);
                if let Some((host, what)) = host.zip(Lasting::of(code)) {
                    self.rearm(&host, what);
                }
            }
            Step::ClearQuiet { at_ms } => self.clear(code, subject, at_ms, Why::Quiet),
        }
    }

    /// What is due, but says nothing as things are.
    fn not_yet(&self, code: Code, subject: &Subject) -> bool {
        match (code, subject) {
            (Code::LicenceExpired, Subject::Licence(number)) => !self.is_used(number),
            (Code::Unconfirmed, subject) => self.is_open(Code::Silence, subject),
            _ => false,
        }
    }

    /// Looks again a day later.
    fn gate_later(&mut self, code: Code, subject: Subject, at_ms: u64) {
        self.arm(Timer::Gate(code, subject), at_ms.saturating_add(DAY));
    }

    fn raise(&mut self, code: Code, subject: Subject, at_ms: u64) {
        let Some(gate) = self.gates.get_mut(&(code, subject.clone())) else {
            return;
        };
        gate.set_open(true);
        let mut hosts = gate.hosts();
        if let Subject::Host(host) = &subject
            && !hosts.contains(host)
        {
            hosts.push(*host);
        }
        self.changes.push(Change::Raised(Flag {
            code,
            ground: code.ground(gate.basis()),
            since_ms: gate.since_ms().min(at_ms),
            raised_ms: at_ms,
            evidence: gate.evidence(),
            signs: gate.signs(),
            hosts,
            subject: subject.clone(),
        }));
        self.tidy(code, subject);
    }

    fn clear(&mut self, code: Code, subject: Subject, at_ms: u64, why: Why) {
        let key = (code, subject);
        let Some(mut gate) = self.gates.remove(&key) else {
            return;
        };
        if gate.is_open() {
            gate.set_open(false);
            self.changes.push(Change::Cleared {
                code,
                subject: key.1,
                at_ms,
                why,
            });
        }
    }

    /// Says once that signs are left out of account.
    fn suppress(&mut self, code: Code, subject: Subject, by: Cause) {
        if self.said.insert((code, subject.clone())) {
            self.changes.push(Change::Suppressed { code, subject, by });
        }
    }
}
