//! The fields that tell of the host's TPM, with what each reveals.

use super::fields::{Field, hex};
use domicile_proto::wire;

/// Of a report.
pub(super) fn quote_fields(report: &wire::Evidence) -> Vec<Field> {
    let Some(quote) = &report.tpm else {
        return vec![Field::new(
            "tpm",
            "absent",
            "No TPM signed for this host: it has none, or was enrolled without.",
        )];
    };
    vec![
        Field::new(
            "tpm.attest",
            hex(&quote.attest),
            "What the TPM signed over this session: how often the host was started, the TPM's powered time and firmware version. No PCR: nothing about what was booted.",
        ),
        Field::new(
            "tpm.signature",
            hex(&quote.signature),
            "Made by the attestation key that was enrolled: names this one TPM to the collector.",
        ),
    ]
}

/// Of an enrolment with a TPM.
pub(super) fn identity_fields() -> Vec<Field> {
    vec![
        Field::new(
            "tpm.ek_public",
            "TPM's, or absent",
            "The TPM's endorsement key: names this one TPM for good.",
        ),
        Field::new(
            "tpm.ek_certificate",
            "as the TPM holds it, or empty",
            "Its maker's certificate: names maker, model and this one TPM.",
        ),
        Field::new(
            "tpm.ak_public",
            "TPM's, or absent",
            "The key that signs quotes; of no use elsewhere.",
        ),
    ]
}

/// Of the answer to the collector's activation.
pub(super) fn activation_fields() -> Vec<Field> {
    vec![Field::new(
        "secret",
        "32 bytes",
        "What the collector sent to the TPM, opened by it: shows that both keys above are in one TPM.",
    )]
}
