//! A session's reading of the devices, and which of their certificates still have to travel.

use super::Agent;
use crate::device::frame::Reading;
use crate::range::{RangeError, Ranged};
use domicile_certs::Identity;
use domicile_proto::device_nonce::device_nonce;
use domicile_proto::ranging::SessionNonce;
use domicile_proto::sign::sha256;
use domicile_proto::types::Key;
use domicile_proto::wire::{self, DeviceReading};

impl Agent {
    /// What the device process reads and devices sign now, if they do in time: a report goes with
    /// or without. They sign what has been ranged, so that both are one statement.
    pub(super) async fn read_devices(
        &mut self,
        identity: &Identity,
        nonce: &SessionNonce,
        results: &[Result<Ranged, RangeError>],
    ) -> (usize, Result<Reading, DeviceReading>) {
        let ranged: Vec<_> = results.iter().flatten().collect();
        let transcripts = ranged
            .iter()
            .map(|ranged| sha256(&ranged.ranging.transcript));
        let nonce = device_nonce(&identity.key.public(), nonce.as_bytes(), transcripts);
        let patience = self.config.device_timeout;
        let devices = self.devices.read(nonce, patience).await.map_err(|error| {
            tracing::warn!(%error, "reporting without the devices");
            error.outcome()
        });
        (ranged.len(), devices)
    }

    /// Notes the devices' certificates that came with an acknowledged report.
    pub(super) fn note_chains(&mut self, collector: &Key, evidence: &wire::Evidence) {
        let (disk, now_ms) = (&*self.host.disk, self.host.clock.unix_ms());
        let chains = &mut self.chains;
        if let Err(error) = chains.acknowledge(disk, &self.state, collector, evidence, now_ms) {
            tracing::warn!(%error, "the devices' certificates will be sent again");
        }
    }

    /// It may be that the collector has lost a chain that the report named.
    pub(super) fn forget_chains(&mut self, collector: &Key, evidence: &wire::Evidence) {
        let names = |report: &wire::DeviceReport| report.chain.is_empty();
        if !evidence.device_reports.iter().any(names) {
            return;
        }
        let disk = &*self.host.disk;
        if let Err(error) = self.chains.forget(disk, &self.state, collector) {
            tracing::warn!(%error, "the devices' certificates may not be sent again");
        }
    }
}
