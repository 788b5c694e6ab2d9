//! Time stamps of RFC 3161: an independent authority signs that some bytes existed at a time.
//!
//! Domicile has checkpoints stamped, signatures and all. A key of today may be broken or leaked in
//! twenty years; what it signed before is still told apart from what is forged later by a stamp of then,
//! as long as the authority's own key and SHA-256 hold (or a newer stamp was taken over the older).
//!
//! Pure: no network, no clock. [`request`] makes the bytes to send, [`token_of`] takes the token out of
//! the answer, [`verify`] checks a token against roots that the caller trusts: the certificates must
//! have been valid **at the time that the token states**, so it can be checked for ever. Revocation is not
//! looked at; the list of then is the auditor's to keep.
//!
//! Start reading at [`verify`]; `token.rs` reads CMS and TSTInfo to the byte.

mod request;
mod time;
mod token;
mod verify;

pub use request::{REQUEST_TYPE, RESPONSE_TYPE, request, token_of};
pub use verify::{Stamp, verify};

/// Largest answer or token, bytes.
pub const MAX_TOKEN: usize = 64 * 1024;

/// Why there is no time stamp.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StampError {
    /// Longer than any.
    #[error("{0} bytes where at most {MAX_TOKEN} are allowed")]
    TooLong(usize),
    /// The authority says no.
    #[error("the authority refused: status {0} of RFC 3161")]
    Refused(u8),
    /// Not the structure.
    #[error("not a time stamp: {0} is malformed or missing")]
    Malformed(&'static str),
    /// A form of the structure that is not read here.
    #[error("the time stamp uses {0}, which is not supported")]
    Unsupported(&'static str),
    /// It is of other bytes.
    #[error("the time stamp is of other bytes")]
    OtherBytes,
    /// It answers another request.
    #[error("the time stamp answers another request: its nonce differs")]
    OtherNonce,
    /// No certificate in it is the one that its signer names.
    #[error("the time stamp lacks its signer's certificate")]
    NoCertificate,
    /// The signature fails.
    #[error("the time stamp's signature does not verify")]
    Signature,
    /// The signer's certificate does not lead to a root given, may not stamp time, or was not valid then.
    #[error("the time stamp's certificate: {0}")]
    Certificate(String),
    /// A root given is no certificate.
    #[error("a root given is no certificate that can be read: {0}")]
    Root(String),
}
