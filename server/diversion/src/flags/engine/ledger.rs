//! Devices, models, licences.

use super::Flags;
use super::host::Lasting;
use crate::flags::code::Code;
use crate::flags::event::{LicenceFacts, Liveness, Name};
use crate::flags::flag::{RecordId, Subject, Why};
use crate::flags::gate::Sign;
use crate::flags::need::Need;
use domicile_fleet::{Finding, Kind};
use domicile_proto::types::Key;

impl Flags {
    pub(super) fn finding(&mut self, finding: &Finding, record: RecordId) {
        let code = Code::of_finding(finding.kind);
        let Some(subject) = subject(finding) else {
            return;
        };
        if self.is_ordinary(finding) {
            return;
        }
        let mut sign = Sign::record(finding.at_ms, Some(record));
        sign.basis = finding.basis;
        let mut hosts = finding.hosts.iter().rev();
        sign.host = hosts.next().copied();
        let mut signs = vec![sign.clone()];
        if let Some(other) = hosts.next() {
            // Both hosts are named; the second sign is the same record.
            sign.host = Some(*other);
            signs.push(sign);
        }
        self.gate(code, subject, |gate| {
            let mut step = None;
            for sign in signs {
                match code.entry().raise {
                    Need::Sessions { .. } => step = gate.bad(sign).or(step),
                    _ if gate.is_open() => {}
                    _ => {
                        let at_ms = match gate.is_bad() {
                            true => gate.since_ms(),
                            false => finding.at_ms,
                        };
                        gate.expect(at_ms, Some(sign));
                    }
                }
            }
            step
        });
    }

    /// What a declaration or the registry explains.
    fn is_ordinary(&self, finding: &Finding) -> bool {
        use Liveness::{Decommissioned, Maintenance, Rma, Transit};
        let hosts: Vec<_> = finding
            .hosts
            .iter()
            .map(|key| self.hosts.get(key))
            .collect();
        let declared = hosts.iter().flatten().any(|host| {
            matches!(host.state, Maintenance | Rma)
                || (finding.kind == Kind::Moved && matches!(host.state, Transit | Decommissioned))
        });
        match finding.kind {
            Kind::Moved => {
                let place = |host: &Option<&super::Host>| {
                    host.map(|host| (host.facts.site.clone(), host.facts.licence.clone()))
                };
                let mut places = hosts.iter().map(place);
                let first = places.next().flatten();
                declared || (first.is_some() && places.all(|place| place == first))
            }
            Kind::Swapped | Kind::BoardIncomplete | Kind::Gone => declared,
            _ => false,
        }
    }

    pub(super) fn settled(&mut self, kind: Kind, subject: &Subject, at_ms: u64) {
        let code = Code::of_finding(kind);
        self.known_gate(code, subject.clone(), |gate| {
            gate.over(at_ms);
            None
        });
    }

    pub(super) fn model(&mut self, host: &Key, model: &Name, sign: Sign) {
        let Some(facts) = self.facts_of(host) else {
            return;
        };
        if covers(facts, model) {
            return;
        }
        let subject = Subject::Model {
            licence: facts.number.clone(),
            model: model.clone(),
        };
        self.gate(Code::ModelNotCovered, subject, |gate| gate.bad(sign));
    }

    pub(super) fn licence(&mut self, facts: &LicenceFacts) {
        let licence = self.licences.entry(facts.number.clone()).or_default();
        licence.facts = Some(facts.clone());
        let hosts: Vec<Key> = licence.hosts.iter().copied().collect();
        self.expiry(facts);
        self.now_covered(facts);
        for host in hosts {
            for what in Lasting::ALL {
                self.rearm(&host, what);
            }
        }
    }

    fn expiry(&mut self, facts: &LicenceFacts) {
        let subject = Subject::Licence(facts.number.clone());
        match facts.until_ms {
            Some(until_ms) if !self.is_open(Code::LicenceExpired, &subject) => {
                self.gate(Code::LicenceExpired, subject, |gate| {
                    gate.expect(until_ms, None);
                    None
                });
            }
            // Whether it is still expired is seen when the gate opens anew.
            until_ms => {
                self.clear(Code::LicenceExpired, subject, 0, Why::Contrary);
                if until_ms.is_some() {
                    self.expiry(facts);
                }
            }
        }
    }

    fn now_covered(&mut self, facts: &LicenceFacts) {
        let now_covered = |subject: &Subject| match subject {
            Subject::Model { licence, model } => *licence == facts.number && covers(facts, model),
            _ => false,
        };
        let gates = self.gates.keys();
        let subjects: Vec<Subject> = gates
            .filter(|(code, subject)| *code == Code::ModelNotCovered && now_covered(subject))
            .map(|(_, subject)| subject.clone())
            .collect();
        for subject in subjects {
            self.clear(Code::ModelNotCovered, subject, 0, Why::Contrary);
        }
    }

    /// Whether any host reports under the licence.
    pub(super) fn is_used(&self, number: &Name) -> bool {
        let reports = |key: &Key| {
            let state = self.hosts.get(key).map(|host| host.state);
            matches!(state, Some(Liveness::Reporting | Liveness::Late))
        };
        let licence = self.licences.get(number);
        licence.is_some_and(|licence| licence.hosts.iter().any(reports))
    }
}

/// An empty list covers everything: the licence names no model.
fn covers(facts: &LicenceFacts, model: &Name) -> bool {
    facts.models.is_empty()
        || facts
            .models
            .iter()
            .any(|one| one.eq_ignore_ascii_case(model))
}

/// What the flag is about: the licence, the device, or where a finding is about a host, that.
fn subject(finding: &Finding) -> Option<Subject> {
    match finding.kind {
        Kind::FewerThanLicensed | Kind::MoreThanLicensed => {
            let (number, _, _) = finding.licence.as_ref()?;
            Some(Subject::Licence(Name::from(number.as_str())))
        }
        Kind::BoardIncomplete => finding.hosts.last().copied().map(Subject::Host),
        // The key that is no longer used.
        Kind::KeyChanged => finding.hosts.first().copied().map(Subject::Host),
        _ => finding.devices.first().cloned().map(Subject::Device),
    }
}
