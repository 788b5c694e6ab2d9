//! Hosts that changed together: one incident instead of a flag for each.
//!
//! A cut cable delays and silences a metro; an anchor that is wrong excludes places of every host it
//! measures. Customers who divert do not do so together. So hosts of several customers that begin to
//! show the same within a short time have, until shown otherwise, one cause, and nobody's flag is
//! raised by it. That must not hide a host for good: the incident ends when most of them are in order
//! again, or after [`OLDEST`], and those that are left are then looked at one by one, while for as
//! long again no incident of the same kind can hold them back.

use super::clock::Hold;
use super::host::Lasting;
use super::{Flags, Timer};
use crate::flags::code::Code;
use crate::flags::event::Name;
use crate::flags::flag::{Cause, Group, Subject, Why};
use crate::flags::gate::Sign;
use crate::flags::need::{DAY, HOUR};
use domicile_proto::types::Key;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// So many hosts at least, of a metro or of a vote.
const HOSTS: usize = 5;
/// And at least one of so many hosts of the metro.
const SHARE: usize = 10;
/// Of so many customers at least, when they share a metro.
const CUSTOMERS_OF_METRO: usize = 2;
/// Of so many customers at least, when they share a vote.
const CUSTOMERS_OF_VOTE: usize = 3;
/// An incident ends when one of so many of its hosts is left.
const LEFT: usize = 10;
/// No incident lasts longer, ms.
pub(super) const OLDEST: u64 = 30 * DAY;

/// Within so long of each other, ms.
fn window(code: Code) -> u64 {
    match code {
        Code::Silence => HOUR,
        _ => DAY,
    }
}

/// Hosts that share something and show the same.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Shared {
    /// Since when each has shown it.
    bad: BTreeMap<Key, u64>,
    /// Those that are held back, and the most there were; `None` without an incident.
    members: Option<(BTreeSet<Key>, usize)>,
    /// Until then there is no incident.
    spent_until_ms: u64,
}

impl Shared {
    fn holds(&self, host: &Key) -> bool {
        self.members
            .as_ref()
            .is_some_and(|(members, _)| members.contains(host))
    }
}

impl Flags {
    /// A host began to show something at `began_ms` that it may have in common with others.
    pub(super) fn together(
        &mut self,
        code: Code,
        group: &Group,
        host: Key,
        began_ms: u64,
        at_ms: u64,
    ) {
        let Some(known) = self.hosts.get_mut(&host) else {
            return;
        };
        let key = (code, group.clone());
        if !known.groups.contains(&key) {
            known.groups.push(key.clone());
        }
        let shared = self.shared.entry(key).or_default();
        if shared.bad.insert(host, began_ms).is_some() {
            return;
        }
        if let Some((members, most)) = &mut shared.members {
            members.insert(host);
            *most = members.len().max(*most);
            return self.hold(code, &host, group, at_ms);
        }
        if at_ms < shared.spent_until_ms {
            return;
        }
        let near = |other: &u64| other.abs_diff(began_ms) <= window(code);
        let near: BTreeSet<Key> = shared
            .bad
            .iter()
            .filter(|(_, began)| near(began))
            .map(|(host, _)| *host)
            .collect();
        if self.is_many(group, &near) {
            self.open_incident(code, group, &near, at_ms);
        }
    }

    fn is_many(&self, group: &Group, hosts: &BTreeSet<Key>) -> bool {
        let (least, customers) = match group {
            Group::Vote(_) => (HOSTS, CUSTOMERS_OF_VOTE),
            Group::Metro(metro) => {
                let all = self.metros.get(metro).copied().unwrap_or(0);
                (HOSTS.max(all / SHARE), CUSTOMERS_OF_METRO)
            }
        };
        let of = |host: &Key| Some(self.hosts.get(host)?.facts.customer.clone());
        hosts.len() >= least
            && hosts
                .iter()
                .filter_map(of)
                .collect::<BTreeSet<Name>>()
                .len()
                >= customers
    }

    fn open_incident(&mut self, code: Code, group: &Group, hosts: &BTreeSet<Key>, at_ms: u64) {
        let subject = Subject::Group {
            code,
            group: group.clone(),
        };
        let most = hosts.len();
        if let Some(shared) = self.shared.get_mut(&(code, group.clone())) {
            shared.members = Some((hosts.clone(), most));
        }
        self.gate(Code::CommonCause, subject.clone(), |gate| {
            for host in hosts {
                let mut sign = Sign::record(at_ms, None);
                sign.host = Some(*host);
                gate.expect(at_ms, Some(sign));
            }
            None
        });
        self.raise(Code::CommonCause, subject, at_ms);
        self.arm(Timer::Incident(code, group.clone()), at_ms + OLDEST);
        for host in hosts {
            self.hold(code, host, group, at_ms);
        }
    }

    /// Holds a member's flag back, and takes it away if it was raised on the way here.
    fn hold(&mut self, code: Code, host: &Key, group: &Group, at_ms: u64) {
        let cause = Cause::Common(group.clone());
        self.clear(code, Subject::Host(*host), at_ms, Why::Withdrawn(cause));
        for &(what, hold) in stopwatches(code) {
            if let Some(known) = self.hosts.get_mut(host) {
                known.clock(what).hold(hold, at_ms);
            }
            self.rearm(host, what);
        }
    }

    fn release(&mut self, code: Code, host: &Key, at_ms: u64) {
        for &(what, hold) in stopwatches(code) {
            if let Some(known) = self.hosts.get_mut(host) {
                known.clock(what).release(hold, at_ms);
            }
            self.rearm(host, what);
        }
    }

    /// A host no longer shows it.
    pub(super) fn leave(&mut self, code: Code, host: &Key, at_ms: u64) {
        let Some(known) = self.hosts.get_mut(host) else {
            return;
        };
        if known.groups.is_empty() {
            return;
        }
        let (left, kept) = std::mem::take(&mut known.groups)
            .into_iter()
            .partition(|(of, _)| *of == code);
        known.groups = kept;
        self.let_go(host, left, at_ms);
    }

    /// A host has nothing in common with others any more.
    pub(super) fn leave_all(&mut self, host: &Key, at_ms: u64) {
        if let Some(known) = self.hosts.get_mut(host) {
            let left = std::mem::take(&mut known.groups);
            self.let_go(host, left, at_ms);
        }
    }

    fn let_go(&mut self, host: &Key, groups: Vec<(Code, Group)>, at_ms: u64) {
        for key in groups {
            self.release(key.0, host, at_ms);
            let Some(shared) = self.shared.get_mut(&key) else {
                continue;
            };
            shared.bad.remove(host);
            let over = shared.members.as_mut().is_some_and(|(members, most)| {
                members.remove(host);
                members.len() * LEFT <= *most
            });
            if over {
                self.end_incident(key.0, &key.1, at_ms, 0);
            } else if shared.bad.is_empty() && at_ms >= shared.spent_until_ms {
                self.shared.remove(&key);
            }
        }
    }

    /// An incident has lasted as long as one may.
    pub(super) fn incident_is_old(&mut self, code: Code, group: &Group, at_ms: u64) {
        let key = (code, group.clone());
        if self.shared.get(&key).is_some_and(|s| s.members.is_some()) {
            self.end_incident(code, group, at_ms, at_ms + OLDEST);
        }
    }

    fn end_incident(&mut self, code: Code, group: &Group, at_ms: u64, spent_until_ms: u64) {
        let key = (code, group.clone());
        self.armed
            .remove(&Timer::Incident(code, group.clone()))
            .map(|at| {
                self.timers
                    .remove(&(at, Timer::Incident(code, group.clone())))
            });
        let Some(shared) = self.shared.get_mut(&key) else {
            return;
        };
        shared.spent_until_ms = spent_until_ms;
        shared.bad.clear();
        let members = shared.members.take().map(|(members, _)| members);
        for host in members.unwrap_or_default() {
            if let Some(known) = self.hosts.get_mut(&host) {
                known.groups.retain(|of| *of != key);
                if let Some(what) = Lasting::of(code) {
                    known.clock(what).reset(at_ms);
                }
            }
            self.release(code, &host, at_ms);
            self.said.remove(&(code, Subject::Host(host)));
        }
        let subject = Subject::Group {
            code,
            group: group.clone(),
        };
        self.clear(Code::CommonCause, subject, at_ms, Why::Contrary);
    }

    /// The incident that explains what a host shows.
    pub(super) fn explained_by_incident(&self, code: Code, host: &Key) -> Option<Cause> {
        let mut groups = self.hosts.get(host)?.groups.iter();
        let held = groups.find(|key| {
            key.0 == code
                && self
                    .shared
                    .get(key)
                    .is_some_and(|shared| shared.holds(host))
        })?;
        Some(Cause::Common(held.1.clone()))
    }
}

/// The stopwatches that an incident of a flag holds. Who is silent together is unconfirmed together.
fn stopwatches(code: Code) -> &'static [(Lasting, Hold)] {
    match code {
        Code::Silence => &[
            (Lasting::Silence, Hold::Common),
            (Lasting::Unconfirmed, Hold::Silenced),
        ],
        Code::Unconfirmed => &[(Lasting::Unconfirmed, Hold::Common)],
        _ => &[],
    }
}
