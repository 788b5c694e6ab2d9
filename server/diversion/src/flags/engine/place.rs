//! Verdicts and beliefs.

use super::Flags;
use super::host::Lasting;
use crate::flags::code::{Code, Common};
use crate::flags::event::{Belief, Plausibility, Sessions, Verdicts};
use crate::flags::flag::{Group, Subject};
use crate::flags::gate::Sign;
use domicile_fleet::Basis;
use domicile_proto::types::Key;
use domicile_proto::wire::{Tier, VerdictValue};

/// So many sessions in a row must have been plausible before implausible ones count: an unusual line
/// was always unusual, and one about which the belief wavers is no other.
const USUAL: u32 = 168;

/// What a verdict says of a flag.
enum Says {
    Bad,
    Good,
    Nothing,
}

/// The flags that verdicts raise.
const OF_VERDICTS: [Code; 3] = [
    Code::OutsidePermitted,
    Code::Inconsistent,
    Code::IdentityConflict,
];

fn says(code: Code, verdicts: &Verdicts) -> Says {
    let (bad, good) = match code {
        Code::OutsidePermitted => (
            verdicts.value() == VerdictValue::PermittedExcluded,
            verdicts.value() == VerdictValue::Confined,
        ),
        Code::Inconsistent => {
            let at_c = verdicts.at(Tier::C);
            (at_c == VerdictValue::Inconsistent, locates(at_c))
        }
        _ => {
            let value = verdicts.value();
            (value == VerdictValue::IdentityConflict, locates(value))
        }
    };
    match (bad, good) {
        (true, _) => Says::Bad,
        (_, true) => Says::Good,
        _ => Says::Nothing,
    }
}

/// Values that say where the host is.
fn locates(value: VerdictValue) -> bool {
    matches!(
        value,
        VerdictValue::Confined | VerdictValue::DeniedExcluded | VerdictValue::PermittedExcluded
    )
}

impl Flags {
    pub(super) fn verdicts(&mut self, verdicts: &Verdicts) {
        let Some(host) = self.hosts.get(&verdicts.host) else {
            return;
        };
        if host.state.is_final() {
            return;
        }
        let confirmed_by = self
            .facts_of(&verdicts.host)
            .map(|facts| facts.confirmed_by);
        if confirmed_by.is_some_and(|by| by.is_met_by(verdicts.value())) {
            self.confirmed(&verdicts.host, verdicts.sessions.until_ms);
        }
        let sign = || Sign {
            sessions: verdicts.sessions,
            votes: verdicts.votes.clone(),
            record: Some(verdicts.record),
            basis: Basis::Signed,
            host: Some(verdicts.host),
        };
        for code in OF_VERDICTS {
            match says(code, verdicts) {
                Says::Bad => self.sign(code, verdicts.host, sign()),
                Says::Good => self.contrary(code, verdicts.host, &sign()),
                Says::Nothing => {}
            }
        }
        // Where physics leaves permitted places only, the belief is wrong about them.
        if verdicts.value() == VerdictValue::Confined {
            self.contrary(Code::ImplausibleLocation, verdicts.host, &sign());
        }
    }

    pub(super) fn belief(&mut self, belief: &Belief) {
        let Some(host) = self.hosts.get_mut(&belief.host) else {
            return;
        };
        let sign = Sign {
            sessions: belief.sessions,
            votes: belief.votes.clone(),
            record: Some(belief.record),
            basis: Basis::Signed,
            host: Some(belief.host),
        };
        match belief.says {
            Plausibility::Plausible => {
                host.plausible = host.plausible.saturating_add(belief.sessions.count);
                self.contrary(Code::ImplausibleLocation, belief.host, &sign);
            }
            Plausibility::Implausible if host.plausible >= USUAL => {
                self.sign(Code::ImplausibleLocation, belief.host, sign);
            }
            Plausibility::Implausible => host.plausible = 0,
        }
    }

    /// Sessions that speak for a flag of a host, unless something else explains them.
    fn sign(&mut self, code: Code, host: Key, sign: Sign) {
        let subject = Subject::Host(host);
        if let Some(cause) = self.explained_by_anomaly(&sign) {
            return self.suppress(code, subject, cause);
        }
        let groups = self.groups(code, &host, &sign);
        let began_ms = self.gates.get(&(code, subject.clone()));
        let began_ms = began_ms
            .filter(|gate| gate.is_bad())
            .map_or(sign.sessions.from_ms, |gate| gate.since_ms());
        for group in groups {
            self.together(code, &group, host, began_ms, sign.sessions.until_ms);
        }
        if let Some(cause) = self.explained_by_incident(code, &host) {
            return self.suppress(code, subject, cause);
        }
        self.gate(code, subject, |gate| gate.bad(sign));
    }

    /// What else of this host could explain the flag for many.
    fn groups(&self, code: Code, host: &Key, sign: &Sign) -> Vec<Group> {
        match code.entry().common {
            Some(Common::Votes) => sign.votes.iter().cloned().map(Group::Vote).collect(),
            Some(Common::Metro) => {
                let host = self.hosts.get(host);
                host.map(|host| Group::Metro(host.facts.metro.clone()))
                    .into_iter()
                    .collect()
            }
            None => Vec::new(),
        }
    }

    /// Sessions that speak against a flag of a host.
    fn contrary(&mut self, code: Code, host: Key, sign: &Sign) {
        if self.explained_by_anomaly(sign).is_some() {
            return;
        }
        let sessions: Sessions = sign.sessions;
        self.leave(code, &host, sessions.until_ms);
        self.known_gate(code, Subject::Host(host), |gate| gate.good(sessions));
    }

    /// A verdict confirmed the host's place.
    fn confirmed(&mut self, host: &Key, at_ms: u64) {
        if let Some(known) = self.hosts.get_mut(host) {
            known.clock(Lasting::Unconfirmed).reset(at_ms);
        }
        self.leave(Code::Unconfirmed, host, at_ms);
        self.known_gate(Code::Unconfirmed, Subject::Host(*host), |gate| {
            gate.over(at_ms);
            None
        });
        self.rearm(host, Lasting::Unconfirmed);
    }
}
