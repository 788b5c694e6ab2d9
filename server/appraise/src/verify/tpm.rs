//! The TPM's quote: by the enrolled attestation key, over this session, or why it does not count.
//!
//! A failing quote makes nothing `invalid`: a TPM that was replaced, cleared or is out of order signs
//! wrongly without anybody lying. It only leaves the session without this binding.

use super::report::Report;
use crate::enrolment::TpmKeys;
use domicile_proto::device_nonce::device_nonce;
use domicile_proto::sign::sha256;
use domicile_proto::wire::{EkStanding, TpmOutcome, TpmResult};
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

/// Whether a quote binds its session: by the enrolled key, over this session's nonce, and of a TPM for
/// which its maker vouches. Without the last it may be a program, which is no more than the agent's
/// own key.
pub fn tpm_binds(result: &TpmResult) -> bool {
    result.outcome() == TpmOutcome::Holds && result.ek() == EkStanding::Certified
}
