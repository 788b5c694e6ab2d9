//! Pure appraisal: evidence, directory and policy in, verdict out.
//!
//! No I/O, no clock, no randomness: whatever a result depends on is an argument, so that the
//! collector and, years later, an auditor come to the same bytes.
//!
//! ```text
//! EnrolmentRecord ── enrolment::Enrolment ──┐
//! Signed evidence ── verify::Report ────────┤
//! directory, certificate, time of receipt ──┴─ verify::verify ─ Appraised ─┐
//! policy file ─────── policy::Policy ──────────────────────────────────────┤
//! device chains ───── devices::DeviceChains ───────────────────────────────┤
//! other sessions of the key, chain findings, judgement time, territories ──┴─ judge::judge ─ Verdict
//! ```
//!
//! What it does not do: check the nonce's MAC (the collector alone has its key; a premise says so),
//! revocation (a live check), `implausible` (no belief layer yet), whether a TPM opened
//! its activation (the collector saw it, once, at enrolment).
//!
//! Start reading at [`verify::verify`], then [`judge::judge`].

pub mod certificate;
pub mod devices;
pub mod enrolment;
pub mod judge;
pub mod liveness;
pub mod policy;
#[cfg(feature = "testing")]
pub mod testing;
pub mod text;
pub mod verify;

/// Names the rules of this crate in verdicts. It changes when any input would give another verdict;
/// a recorded verdict in the tests fails when that was forgotten.
pub const CODE_VERSION: &str = "domicile-appraise/2";
