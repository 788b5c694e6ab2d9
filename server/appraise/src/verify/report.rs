//! A report with every field in range; nothing about it is trusted yet.

use super::error::EvidenceError;
use crate::enrolment::check_inventory;
use domicile_proto::challenge::Nonce;
use domicile_proto::codec::{self, CodecError, array};
use domicile_proto::devices;
use domicile_proto::frame::MAX_TO_COLLECTOR;
use domicile_proto::sign::sha256;
use domicile_proto::types::{Digest, Key};
use domicile_proto::wire::{self, DropReason, Freshness};

/// The most anchors' sessions, and the most dropped anchors, in one report.
pub const MAX_ANCHORS: usize = 64;

/// The nonce that the sessions of a report were made for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SessionNonce {
    /// Issued by a collector.
    Challenged(Nonce),
    /// The hash of the host's previous evidence.
    AnchorFresh(Digest),
}

impl SessionNonce {
    /// The bytes as they travel.
    pub fn as_bytes(&self) -> &[u8] {
        match self {
            Self::Challenged(nonce) => nonce.as_bytes(),
            Self::AnchorFresh(hash) => &hash.0,
        }
    }

    /// Which of the two it is.
    pub fn freshness(&self) -> Freshness {
        match self {
            Self::Challenged(_) => Freshness::Challenged,
            Self::AnchorFresh(_) => Freshness::AnchorFresh,
        }
    }
}

/// An [`wire::Evidence`] whose fields are in range.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// SHA-256 of the encoded Signed evidence.
    pub hash: Digest,
    /// The key that it says it is signed with.
    pub agent_key: Key,
    /// The leaf certificate that it names.
    pub certificate_hash: Digest,
    /// What it was made for.
    pub nonce: SessionNonce,
    /// The directory it was made with.
    pub directory_version: u64,
    /// New at each start of the agent.
    pub boot_epoch: [u8; 16],
    /// From 0 in each boot epoch.
    pub sequence: u64,
    /// Hash of the previous Signed evidence; `None` for the first ever.
    pub previous: Option<Digest>,
    /// The host's clock, not trusted. Unix time in ms.
    pub host_time_ms: u64,
    /// One for each anchor's session, as received.
    pub rangings: Vec<wire::Ranging>,
    /// Anchors that gave no session, and why.
    pub dropped: Vec<(Key, DropReason)>,
    /// What stands on the PCI bus. Nobody signs it.
    pub inventory: Option<wire::Inventory>,
    /// What its TPM signed.
    pub tpm: Option<wire::TpmQuote>,
    /// Reports that a full spool refused just before this one.
    pub spool_refused: u64,
    /// What the host's devices signed, as received.
    pub device_reports: Vec<wire::DeviceReport>,
}

impl Report {
    /// Reads a report without checking its signature: what is needed to find the enrolment,
    /// certificate and directory to check it with.
    ///
    /// # Errors
    /// [`EvidenceError::Malformed`] when it is not a report or a field is out of range.
    pub fn read(signed: &wire::Signed) -> Result<Self, EvidenceError> {
        let evidence: wire::Evidence = codec::decode(&signed.payload, MAX_TO_COLLECTOR)?;
        within("rangings", evidence.rangings.len())?;
        within("dropped", evidence.dropped.len())?;
        check_inventory(evidence.inventory.as_ref())?;
        check_device_reports(&evidence.device_reports)?;
        let previous = match evidence.previous_hash.as_slice() {
            [] => None,
            bytes => Some(Digest::read("previous_hash", bytes)?),
        };
        Ok(Self {
            hash: sha256(&codec::encode(signed)),
            agent_key: Key::read("agent_key", &evidence.agent_key)?,
            certificate_hash: Digest::read("certificate_hash", &evidence.certificate_hash)?,
            nonce: nonce(&evidence, previous)?,
            directory_version: evidence.directory_version,
            boot_epoch: array("boot_epoch", &evidence.boot_epoch)?,
            sequence: evidence.sequence,
            previous,
            host_time_ms: evidence.host_time_ms,
            dropped: evidence
                .dropped
                .iter()
                .map(dropped)
                .collect::<Result<_, _>>()?,
            rangings: evidence.rangings,
            inventory: evidence.inventory,
            tpm: evidence.tpm,
            spool_refused: evidence.spool_refused,
            device_reports: evidence.device_reports,
        })
    }
}

/// The bounds that agent and verifier share. What the reports say is looked into by
/// [`crate::devices`].
fn check_device_reports(reports: &[wire::DeviceReport]) -> Result<(), CodecError> {
    if reports.len() > devices::MAX_REPORTS {
        let (actual, most) = (reports.len(), devices::MAX_REPORTS);
        return Err(CodecError::field(
            "device_reports",
            format!("{actual} where at most {most} are allowed"),
        ));
    }
    reports.iter().try_for_each(devices::check_report)
}

fn nonce(evidence: &wire::Evidence, previous: Option<Digest>) -> Result<SessionNonce, CodecError> {
    match evidence.freshness() {
        Freshness::Challenged => Nonce::read(&evidence.nonce).map(SessionNonce::Challenged),
        Freshness::AnchorFresh => {
            let hash = Digest::read("nonce", &evidence.nonce)?;
            if previous == Some(hash) {
                Ok(SessionNonce::AnchorFresh(hash))
            } else {
                Err(CodecError::field(
                    "nonce",
                    "anchor-fresh, but not the previous evidence's hash",
                ))
            }
        }
        _ => Err(CodecError::field(
            "freshness",
            "`challenged` or `anchor-fresh` is required",
        )),
    }
}

fn dropped(entry: &wire::Dropped) -> Result<(Key, DropReason), CodecError> {
    let key = Key::read("dropped.anchor_key", &entry.anchor_key)?;
    match DropReason::try_from(entry.reason) {
        Ok(reason) if reason != DropReason::Unspecified => Ok((key, reason)),
        _ => Err(CodecError::field(
            "dropped.reason",
            "not a reason of this protocol version",
        )),
    }
}

fn within(field: &'static str, actual: usize) -> Result<(), CodecError> {
    if actual <= MAX_ANCHORS {
        return Ok(());
    }
    Err(CodecError::field(
        field,
        format!("{actual} where at most {MAX_ANCHORS} are allowed"),
    ))
}
