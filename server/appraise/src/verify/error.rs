//! Why evidence cannot be attributed or is out of time, and the status an agent is told.

use crate::certificate::CertificateError;
use domicile_proto::codec::CodecError;
use domicile_proto::draw::UnknownMetro;
use domicile_proto::sign::OpenError;
use domicile_proto::types::Key;
use domicile_proto::wire::StatusCode;

/// Why evidence is refused: nobody can be held to it, or it comes too late. What can be attributed
/// is appraised, however bad it is.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EvidenceError {
    /// Not evidence, or a field out of range.
    #[error("evidence: {0}")]
    Malformed(#[from] CodecError),
    /// Not signed by the key that it names.
    #[error("evidence: {0}")]
    Signature(OpenError),
    /// Of another host than the enrolment given.
    #[error("evidence of key {found}, the enrolment is that of {expected}")]
    OtherHost {
        /// The key in the evidence.
        found: Key,
        /// The key enrolled.
        expected: Key,
    },
    /// The certificate does not vouch for it.
    #[error("evidence: {0}")]
    Certificate(#[from] CertificateError),
    /// Made with another directory version than the one given.
    #[error("evidence made with directory version {found}, not {expected}")]
    Directory {
        /// As in the evidence.
        found: u64,
        /// The version of the directory given.
        expected: u64,
    },
    /// The declared metro is not in that directory.
    #[error("evidence: {0}")]
    Metro(#[from] UnknownMetro),
    /// Received longer after the measurement than the submission window.
    #[error(
        "measured at {measured_ms} ms and received at {received_ms} ms: more than the submission window of 30 days"
    )]
    Stale {
        /// Issue of the nonce, or the anchors' time when anchor-fresh; Unix time in ms.
        measured_ms: u64,
        /// Receipt by the collector, Unix time in ms.
        received_ms: u64,
    },
    /// Its time lies after its receipt by more than the measured window.
    #[error("measured at {measured_ms} ms, after it was received at {received_ms} ms")]
    Future {
        /// Issue of the nonce, or the anchors' time when anchor-fresh; Unix time in ms.
        measured_ms: u64,
        /// Receipt by the collector, Unix time in ms.
        received_ms: u64,
    },
}

impl EvidenceError {
    /// What the agent is told.
    pub fn status(&self) -> StatusCode {
        match self {
            Self::Malformed(_) => StatusCode::Malformed,
            Self::Signature(_) => StatusCode::SignatureInvalid,
            Self::OtherHost { .. } => StatusCode::KeyMismatch,
            Self::Certificate(CertificateError::OutOfTime { .. }) => StatusCode::CertificateExpired,
            Self::Certificate(_) => StatusCode::NotEnrolled,
            Self::Directory { .. } | Self::Metro(_) => StatusCode::DirectoryUnknown,
            Self::Stale { .. } => StatusCode::NonceStale,
            Self::Future { .. } => StatusCode::NonceForeign,
        }
    }
}
