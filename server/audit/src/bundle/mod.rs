//! A bundle: one verdict with everything it rests on, verified offline.
//!
//! [`verify_bundle`] runs the checks in the order of [`Check::ALL`] and stops at the first that fails:
//! what comes after it would rest on it. No collector takes part, no network, no clock.
//!
//! Read on in `parts.rs` (what stands in a bundle and in the log), `replay.rs` (evidence and verdict
//! again) and `report.rs` (what each check proves).

pub(crate) mod parts;
mod replay;
mod report;
mod tpm;

pub use parts::{check_included, leaf_hash, open_head};
pub use report::{BundleReport, Check, CheckResult, Outcome};

use domicile_appraise::policy::Policy;
use domicile_certs::Trust;
use domicile_proto::codec::{self, CodecError};
use domicile_proto::wire;
use domicile_spdm::roots::Roots;
use domicile_tpm::endorsement::Makers;

/// Largest bundle file, bytes.
pub const MAX_BYTES: usize = 64 * 1024 * 1024;

/// The version of bundles that this program reads.
pub const VERSION: u32 = 1;

/// The bytes are no bundle.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BundleError {
    /// Not the canonical encoding of a bundle.
    #[error("not a bundle: {0}")]
    Codec(#[from] CodecError),
    /// A version of bundles that this program does not know.
    #[error("a bundle of version {0}; this program reads version {VERSION}")]
    Version(u32),
}

/// Who an auditor believes about devices.
#[derive(Debug, Clone)]
pub struct Vouchers {
    /// The roots of GPUs' and switches' chains.
    pub devices: Roots,
    /// The makers of TPMs; without them it is taken from the collector that one vouched for a TPM.
    pub tpms: Option<Makers>,
}

impl Default for Vouchers {
    /// The GPU vendor's own roots, built in; no maker of TPMs.
    fn default() -> Self {
        Self {
            devices: Roots::vendor(),
            tpms: None,
        }
    }
}

/// Decodes the bytes of a bundle file. Nothing in it has been checked then.
///
/// # Errors
/// [`BundleError`] when they are not one.
pub fn read_bundle(bytes: &[u8]) -> Result<wire::Bundle, BundleError> {
    let bundle: wire::Bundle = codec::decode(bytes, MAX_BYTES)?;
    match bundle.version {
        VERSION => Ok(bundle),
        other => Err(BundleError::Version(other)),
    }
}

/// Checks everything in a bundle against what the vendor gave out of band.
///
/// # Errors
/// [`BundleError`] when it is of another version. A check that fails is no error of this function: the
/// report names it.
pub fn verify_bundle(bundle: &wire::Bundle, trust: &Trust) -> Result<BundleReport, BundleError> {
    verify_bundle_with(bundle, trust, &Vouchers::default())
}

/// The same with others to believe about devices.
///
/// # Errors
/// As [`verify_bundle`].
pub fn verify_bundle_with(
    bundle: &wire::Bundle,
    trust: &Trust,
    vouchers: &Vouchers,
) -> Result<BundleReport, BundleError> {
    run(bundle, trust, vouchers, None)
}

/// The same, and then what follows from the same evidence under another policy:
/// [`BundleReport::rejudged`]. Only what is verified is judged again.
///
/// # Errors
/// As [`verify_bundle`].
pub fn rejudge_bundle(
    bundle: &wire::Bundle,
    trust: &Trust,
    vouchers: &Vouchers,
    policy: &Policy,
) -> Result<BundleReport, BundleError> {
    run(bundle, trust, vouchers, Some(policy))
}

fn run(
    bundle: &wire::Bundle,
    trust: &Trust,
    vouchers: &Vouchers,
    other: Option<&Policy>,
) -> Result<BundleReport, BundleError> {
    if bundle.version != VERSION {
        return Err(BundleError::Version(bundle.version));
    }
    let mut report = BundleReport::new();
    // `None` means that a check failed; the report has it.
    let _ = replay::run(bundle, trust, vouchers, other, &mut report);
    Ok(report)
}
