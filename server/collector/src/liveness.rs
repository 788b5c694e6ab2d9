//! Signs of life. A host's last contact is kept in the index at every report; the log gets one when
//! it changes the host's state (a host that was late, silent or never heard reports again), and
//! otherwise one each `liveness-log-interval`. Evidence in the log is a sign of life as well.

use crate::enrol::SMALL;
use crate::service::{Answer, Service};
use crate::store::{HostRow, StoreError};
use domicile_appraise::liveness::{self, HostState};
use domicile_certs::tls::Peer;
use domicile_ledger::Kind;
use domicile_proto::codec::{self, array};
use domicile_proto::sign::{self, Domain};
use domicile_proto::types::Key;
use domicile_proto::wire::{self, StatusCode};

impl Service {
    pub(crate) async fn liveness(&self, peer: &Peer, signed: wire::Signed) -> Answer<()> {
        let report: wire::Liveness =
            codec::decode(&signed.payload, SMALL).map_err(|_| StatusCode::Malformed)?;
        if report.agent_key != peer.key.0 {
            return Err(StatusCode::KeyMismatch);
        }
        array::<16>("boot_epoch", &report.boot_epoch).map_err(|_| StatusCode::Malformed)?;
        sign::verify(Domain::Liveness, &peer.key, &signed)
            .map_err(|_| StatusCode::SignatureInvalid)?;
        self.enrolled(peer)?;
        let _one_at_a_time = self.hosts.lock(peer.key).await;
        let host = self.enrolled(peer)?;
        let now_ms = self.clock.now_ms();
        let before = self
            .host_state(&peer.key, &host, now_ms)
            .map_err(|error| self.refuse(&error))?;
        let interval = u64::try_from(self.liveness_log_interval.as_millis()).unwrap_or(u64::MAX);
        let due = now_ms.saturating_sub(host.logged_seen_ms) >= interval;
        if before != HostState::Reporting || due {
            let record = wire::LivenessRecord {
                liveness: codec::encode(&signed),
                received_ms: now_ms,
            };
            self.store
                .commit(vec![(Kind::Liveness, codec::encode(&record))])
                .await
                .map_err(|error| self.refuse(&error))?;
        }
        self.store
            .touch(&peer.key, now_ms)
            .map_err(|error| self.refuse(&error))
    }

    /// A host's state now, by the newest policy. Silence is a state, no evidence of anything; and a
    /// host that reported until this collector went away is not silent because nobody listened.
    pub(crate) fn host_state(
        &self,
        key: &Key,
        host: &HostRow,
        now_ms: u64,
    ) -> Result<HostState, StoreError> {
        let seen = self.store.last_seen(key, host)?;
        let withdrawn = (host.withdrawn_ms != 0).then_some(host.withdrawn_ms);
        // A collector does not start without a policy.
        Ok(self.books().policy().map_or(HostState::Enrolled, |policy| {
            let excuse = |at_ms| self.outage.excuse(at_ms, policy.late_after_ms);
            let seen = (seen != 0).then(|| excuse(seen));
            liveness::state(excuse(host.enrolled_ms), seen, withdrawn, &policy, now_ms)
        }))
    }
}

/// A time in which this collector was not up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Outage {
    /// Last known to be up, Unix ms.
    pub(crate) from_ms: u64,
    /// Up again, Unix ms.
    pub(crate) until_ms: u64,
}

impl Outage {
    /// The time of a contact, moved over the outage if the host was not late when it began.
    fn excuse(&self, at_ms: u64, late_after_ms: u64) -> u64 {
        let was_in_time = at_ms.saturating_add(late_after_ms) >= self.from_ms;
        if at_ms <= self.from_ms && was_in_time {
            at_ms.saturating_add(self.until_ms.saturating_sub(self.from_ms))
        } else {
            at_ms
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_hosts_that_were_in_time_are_excused() {
        let outage = Outage {
            from_ms: 1000,
            until_ms: 5000,
        };
        assert_eq!(outage.excuse(990, 20), 4990);
        assert_eq!(outage.excuse(980, 20), 4980);
        assert_eq!(outage.excuse(979, 20), 979, "it was late before");
        assert_eq!(outage.excuse(5001, 20), 5001, "it was heard after");
        let none = Outage {
            from_ms: 1000,
            until_ms: 900,
        };
        assert_eq!(
            none.excuse(990, 20),
            990,
            "a clock that stepped back excuses nothing"
        );
    }
}
