//! The TPM's quote: by the enrolled attestation key, over this session, or why it does not count.
//!
//! A failing quote makes nothing `invalid`: a TPM that was replaced, cleared or is out of order signs
//! wrongly without anybody lying. It only leaves the session without this binding.

use super::report::Report;
use crate::enrolment::TpmKeys;
use domicile_proto::device_nonce::device_nonce;
use domicile_proto::sign::sha256;
use domicile_proto::wire::{DeviceOutcome, EkStanding, TpmOutcome, TpmResult};
use domicile_tpm::quote::{self, Clock, QuoteError};

/// What a report's quote is worth; `None` when it has none.
pub(super) fn examine(report: &Report, enrolled: Option<&TpmKeys>) -> Option<TpmResult> {
    let signed = report.tpm.as_ref()?;
    let Some(keys) = enrolled else {
        return Some(result(
            TpmOutcome::NotEnrolled,
            EkStanding::Unspecified,
            None,
        ));
    };
    let transcripts = report
        .rangings
        .iter()
        .map(|ranging| sha256(&ranging.transcript));
    let nonce = device_nonce(&report.agent_key, report.nonce.as_bytes(), transcripts);
    let (outcome, clock) = match quote::check(&keys.ak, &signed.attest, &signed.signature, &nonce) {
        Ok(clock) => (TpmOutcome::Holds, Some(clock)),
        Err(QuoteError::OtherNonce(clock)) => (TpmOutcome::OtherNonce, Some(clock)),
        Err(QuoteError::Signature) => (TpmOutcome::SignatureFails, None),
        Err(QuoteError::Malformed(_)) => (TpmOutcome::Malformed, None),
    };
    Some(result(outcome, keys.ek, clock))
}

fn result(outcome: TpmOutcome, ek: EkStanding, clock: Option<Clock>) -> TpmResult {
    let told = clock.map(|clock| TpmResult {
        clock_ms: clock.clock_ms,
        reset_count: clock.reset_count,
        restart_count: clock.restart_count,
        clock_safe: clock.safe,
        firmware_version: clock.firmware_version,
        ..TpmResult::default()
    });
    TpmResult {
        outcome: outcome.into(),
        ek: ek.into(),
        ..told.unwrap_or_default()
    }
}

/// Each check of a quote with its outcome, in the order in which they are made. What rests on a check
/// that did not pass is unknown.
///
/// `enrolled`: the host was enrolled with an attestation key · `form`: a quote, over no register ·
/// `signature`: by that key · `nonce`: this session's · `maker`: who vouches for the TPM, as the
/// collector found at enrolment (absent: no certificate; unknown: none of its roots).
pub fn tpm_checks(result: &TpmResult) -> [(&'static str, DeviceOutcome); 5] {
    use DeviceOutcome::{Absent, Failed, Passed, Unknown};
    let [enrolled, form, signature, nonce] = match result.outcome() {
        TpmOutcome::Holds => [Passed; 4],
        TpmOutcome::OtherNonce => [Passed, Passed, Passed, Failed],
        TpmOutcome::SignatureFails => [Passed, Passed, Failed, Unknown],
        TpmOutcome::Malformed => [Passed, Failed, Unknown, Unknown],
        TpmOutcome::NotEnrolled => [Failed, Unknown, Unknown, Unknown],
        TpmOutcome::Unspecified => [Unknown; 4],
    };
    let maker = match result.ek() {
        EkStanding::Certified => Passed,
        EkStanding::NoCertificate => Absent,
        EkStanding::NotValid => Failed,
        EkStanding::UnknownRoot | EkStanding::Unspecified => Unknown,
    };
    [
        ("enrolled", enrolled),
        ("form", form),
        ("signature", signature),
        ("nonce", nonce),
        ("maker", maker),
    ]
}

/// Whether a quote binds its session: by the enrolled key, over this session's nonce, and of a TPM for
/// which its maker vouches. Without the last it may be a program, which is no more than the agent's
/// own key.
pub fn tpm_binds(result: &TpmResult) -> bool {
    result.outcome() == TpmOutcome::Holds && result.ek() == EkStanding::Certified
}
