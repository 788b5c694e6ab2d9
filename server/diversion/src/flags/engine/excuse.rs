//! What explains flags without any host having done anything: anomalies of anchors, outages of the
//! collector. Either may become known only after the flag was raised; the flag is then taken back.

use super::Flags;
use super::clock::Hold;
use super::host::Lasting;
use crate::flags::code::Code;
use crate::flags::event::{Anomaly, Name};
use crate::flags::flag::{Cause, RecordId, Subject, Why};
use crate::flags::gate::Sign;
use crate::flags::need::DAY;
use domicile_proto::types::Key;

/// Evidence may arrive so long after its measurement, ms; anomalies are remembered for twice that.
const LATEST: u64 = 30 * DAY;

impl Flags {
    pub(super) fn anomaly(&mut self, anomaly: &Anomaly, now_ms: u64) {
        let subject = Subject::Anchor(anomaly.anchor);
        let known = |other: &Anomaly| other.anchor == anomaly.anchor && other.until_ms.is_none();
        self.anomalies.retain(|other| {
            !known(other)
                && other
                    .until_ms
                    .is_none_or(|until| until.saturating_add(2 * LATEST) >= now_ms)
        });
        self.anomalies.push(anomaly.clone());
        if !self.is_open(Code::AnchorAnomaly, &subject) {
            self.gate(Code::AnchorAnomaly, subject.clone(), |gate| {
                let sign = Sign::record(anomaly.from_ms, Some(anomaly.record));
                gate.expect(anomaly.from_ms, Some(sign));
                None
            });
            self.raise(Code::AnchorAnomaly, subject.clone(), now_ms);
        }
        if let Some(until_ms) = anomaly.until_ms {
            self.clear(Code::AnchorAnomaly, subject, until_ms, Why::Contrary);
        }
        self.take_back(anomaly, now_ms);
        self.hold_metro(anomaly, now_ms);
    }

    /// Leaves the votes of the anchor out of what was already counted.
    fn take_back(&mut self, anomaly: &Anomaly, now_ms: u64) {
        let until_ms = anomaly.until_ms.unwrap_or(u64::MAX);
        let gates = self.gates.iter_mut().filter_map(|(key, gate)| {
            let too_little = gate.forget(&anomaly.vote, anomaly.from_ms, until_ms);
            too_little.then(|| key.clone())
        });
        for (code, subject) in gates.collect::<Vec<_>>() {
            let cause = Cause::Anomaly(anomaly.vote.clone());
            self.clear(code, subject, now_ms, Why::Withdrawn(cause));
        }
    }

    /// Hosts of the anchor's metro may go unconfirmed meanwhile.
    fn hold_metro(&mut self, anomaly: &Anomaly, now_ms: u64) {
        let in_metro = |other: &Anomaly| other.metro == anomaly.metro && other.until_ms.is_none();
        let held = self.anomalies.iter().any(in_metro);
        let until_ms = anomaly.until_ms.unwrap_or(now_ms);
        let mut hosts = Vec::new();
        for (key, host) in &mut self.hosts {
            if host.facts.metro != anomaly.metro {
                continue;
            }
            let clock = host.clock(Lasting::Unconfirmed);
            clock.excuse(anomaly.from_ms, until_ms.min(now_ms));
            match held {
                true => clock.hold(Hold::Anomaly, now_ms),
                false => clock.release(Hold::Anomaly, now_ms),
            }
            hosts.push(*key);
        }
        let cause = Cause::Anomaly(anomaly.vote.clone());
        for host in hosts {
            self.reconsider(&host, Lasting::Unconfirmed, &cause, now_ms);
        }
    }

    pub(super) fn outage(&mut self, from_ms: u64, until_ms: u64, record: RecordId, now_ms: u64) {
        self.gate(Code::CollectorOutage, Subject::Collector, |gate| {
            gate.expect(from_ms, Some(Sign::record(from_ms, Some(record))));
            None
        });
        self.raise(Code::CollectorOutage, Subject::Collector, until_ms);
        self.clear(
            Code::CollectorOutage,
            Subject::Collector,
            until_ms,
            Why::Contrary,
        );
        let hosts: Vec<Key> = self.hosts.keys().copied().collect();
        for host in hosts {
            for what in [Lasting::Silence, Lasting::Unconfirmed] {
                if let Some(known) = self.hosts.get_mut(&host) {
                    known.clock(what).excuse(from_ms, until_ms);
                }
                self.reconsider(&host, what, &Cause::Outage, now_ms);
            }
        }
    }

    /// Takes a flag back that would not have been raised with what is known now.
    fn reconsider(&mut self, host: &Key, what: Lasting, cause: &Cause, now_ms: u64) {
        let subject = Subject::Host(*host);
        if self.is_open(what.code(), &subject) && !self.has_lasted(host, what, now_ms) {
            let why = Why::Withdrawn(cause.clone());
            self.clear(what.code(), subject, now_ms, why);
        }
        self.rearm(host, what);
    }

    /// The anomaly that explains a sign.
    pub(super) fn explained_by_anomaly(&self, sign: &Sign) -> Option<Cause> {
        let explains = |anomaly: &&Anomaly| {
            let until_ms = anomaly.until_ms.unwrap_or(u64::MAX);
            sign.votes.contains(&anomaly.vote)
                && sign.sessions.until_ms >= anomaly.from_ms
                && sign.sessions.from_ms <= until_ms
        };
        let anomaly = self.anomalies.iter().find(explains)?;
        Some(Cause::Anomaly(Name::clone(&anomaly.vote)))
    }
}
