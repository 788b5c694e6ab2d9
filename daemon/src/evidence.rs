//! One report: what goes into it, and its signature.

use crate::device::frame::Reading;
use crate::range::Ranged;
use crate::state::chain::Place;
use domicile_certs::Identity;
use domicile_proto::codec;
use domicile_proto::ranging::SessionNonce;
use domicile_proto::sign::{Domain, SigningKey};
use domicile_proto::types::Key;
use domicile_proto::wire::{self, DeviceReading, DropReason, Freshness};

/// What a session found out, before it is signed.
#[derive(Debug, Clone)]
pub struct Findings {
    /// Whose nonce it was.
    pub freshness: Freshness,
    /// The nonce.
    pub nonce: SessionNonce,
    /// The directory it was made with.
    pub directory_version: u64,
    /// Anchors whose receipt holds.
    pub ranged: Vec<Ranged>,
    /// Anchors that were drawn and gave none.
    pub dropped: Vec<(Key, DropReason)>,
    /// What the devices are and signed, or what became of the reading.
    pub devices: Result<Reading, DeviceReading>,
    /// The host's clock, Unix time, ms.
    pub host_time_ms: u64,
}

/// The report of `findings` at its place in the chain.
pub fn build(identity: &Identity, place: &Place, findings: Findings) -> wire::Evidence {
    let (outcome, inventory, device_reports, tpm) = match findings.devices {
        Ok(reading) => (
            DeviceReading::Complete,
            Some(reading.inventory),
            reading.reports,
            reading.tpm,
        ),
        Err(outcome) => (outcome, None, Vec::new(), None),
    };
    wire::Evidence {
        agent_key: identity.key.public().to_vec(),
        certificate_hash: crate::state::enrolment::certificate_hash(identity).to_vec(),
        freshness: findings.freshness.into(),
        nonce: findings.nonce.as_bytes().to_vec(),
        directory_version: findings.directory_version,
        boot_epoch: place.boot_epoch.to_vec(),
        sequence: place.sequence,
        previous_hash: place.previous.map(|hash| hash.to_vec()).unwrap_or_default(),
        host_time_ms: findings.host_time_ms,
        rangings: findings
            .ranged
            .into_iter()
            .map(|ranged| ranged.ranging)
            .collect(),
        dropped: findings
            .dropped
            .into_iter()
            .map(|(key, reason)| wire::Dropped {
                anchor_key: key.to_vec(),
                reason: reason.into(),
            })
            .collect(),
        device_reading: outcome.into(),
        device_reports,
        tpm,
        inventory,
        spool_refused: place.refused,
    }
}

/// The bytes that travel: the encoded `Signed` of a report.
pub fn sign(key: &SigningKey, evidence: &wire::Evidence) -> Vec<u8> {
    codec::encode(&key.sign(Domain::Evidence, codec::encode(evidence)))
}

/// A sign of life.
pub fn liveness(
    key: &SigningKey,
    boot_epoch: [u8; 16],
    counter: u64,
    host_time_ms: u64,
) -> wire::Signed {
    let liveness = wire::Liveness {
        agent_key: key.public().to_vec(),
        boot_epoch: boot_epoch.to_vec(),
        counter,
        host_time_ms,
    };
    key.sign(Domain::Liveness, codec::encode(&liveness))
}

/// The operator's withdrawal.
pub fn withdrawal(key: &SigningKey, host_time_ms: u64) -> wire::Signed {
    let withdrawal = wire::Withdrawal {
        agent_key: key.public().to_vec(),
        host_time_ms,
    };
    key.sign(Domain::Withdrawal, codec::encode(&withdrawal))
}
