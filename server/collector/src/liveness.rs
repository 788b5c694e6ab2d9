//! Signs of life. A host's last contact is kept in the index at every report; the log gets one when
//! it changes the host's state (a host that was late, silent or never heard reports again), and
//! otherwise one each `liveness-log-interval`. Evidence in the log is a sign of life as well.

use crate::enrol::SMALL;
use crate::service::{Answer, Service, refuse};
use crate::store::HostRow;
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
            .map_err(|error| refuse(&error))?;
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
                .map_err(|error| refuse(&error))?;
        }
        self.store
            .touch(&peer.key, now_ms)
            .map_err(|error| refuse(&error))
    }

    /// A host's state now, by the newest policy. Silence is a state, no evidence of anything.
    pub(crate) fn host_state(
        &self,
        key: &Key,
        host: &HostRow,
        now_ms: u64,
    ) -> Result<HostState, crate::store::StoreError> {
        let seen = self.store.last_seen(key, host)?;
        let withdrawn = (host.withdrawn_ms != 0).then_some(host.withdrawn_ms);
        let seen = (seen != 0).then_some(seen);
        // A collector does not start without a policy.
        Ok(self.books().policy().map_or(HostState::Enrolled, |policy| {
            liveness::state(host.enrolled_ms, seen, withdrawn, &policy, now_ms)
        }))
    }
}
