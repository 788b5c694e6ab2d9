//! Verifies what a GPU's or an NVSwitch's own key signed.
//!
//! In: the bytes of an SPDM measurement report, its certificate chain, the pinned roots, and what it
//! is held against. Out: separate results ([`check::Check`]), each passed, failed, absent or unknown.
//! No I/O and no clock: time, roots, lists and reference values are arguments. Every input is hostile
//! and bounded.
//!
//! | module | what |
//! |---|---|
//! | [`report`], [`opaque`] | the report's parts: nonce, measurements, what the device says of itself |
//! | [`chain`], [`roots`], [`cache`] | five certificates up to a pinned root; chains verified before |
//! | [`dice`], [`pdi`] | what the certificates say of firmware and device |
//! | [`verify`](mod@verify), [`check`] | one report, every check |
//! | [`reference`](mod@reference), [`revocation`] | digests that somebody vouches for; revocation lists |
//! | [`board`] | GPUs and switches that sign each other's PDIs |
//! | [`pem`] | chains as files |
//!
//! What it proves: a device's own key signed these bytes for this nonce. What it does not: where the
//! device stands, that it does work, that its firmware is good (that takes reference values).
//!
//! Start reading at [`verify::verify`].

mod bytes;
mod certificate;
pub mod der;
mod vca;

pub mod board;
pub mod cache;
pub mod chain;
pub mod check;
pub mod dice;
pub mod opaque;
pub mod pdi;
pub mod pem;
pub mod reference;
pub mod report;
pub mod revocation;
pub mod roots;
#[cfg(feature = "testing")]
pub mod testing;
pub mod verify;

pub use bytes::FormError;
pub use certificate::CertificateError;

/// Largest report read, bytes. Published ones have 2 to 5 KB.
pub const MAX_REPORT_BYTES: usize = 16 * 1024;

/// Largest certificate read, bytes. Published ones have up to 900.
pub const MAX_CERTIFICATE_BYTES: usize = 2048;
