//! Results of a verdict's devices and of its TPM, each check for itself.

use data_encoding::HEXLOWER;
use domicile_appraise::text::name_of;
use domicile_appraise::verify::tpm_checks;
use domicile_proto::wire::{
    Binding, DeviceKind, DeviceOutcome, DeviceResult, EkStanding, TpmOutcome, TpmResult,
};
use serde::Serialize;
use utoipa::ToSchema;

#[derive(Serialize, ToSchema)]
pub(super) struct DeviceDetail {
    kind: &'static str,
    pdi: Option<String>,
    binding: &'static str,
    signature: &'static str,
    chain: &'static str,
    nonce: &'static str,
    identity: &'static str,
    firmware: &'static str,
    inventory: &'static str,
    reference_values: &'static str,
    revocation: &'static str,
    debug_off: &'static str,
    driver: Option<String>,
    firmware_version: Option<String>,
    peers: Vec<String>,
    leaf_key_hash: Option<String>,
    chain_hash: String,
    report_hash: String,
}

impl DeviceDetail {
    pub(super) fn of(result: &DeviceResult) -> Self {
        let hex = |bytes: &Vec<u8>| HEXLOWER.encode(bytes);
        let some = |bytes: &Vec<u8>| (!bytes.is_empty()).then(|| HEXLOWER.encode(bytes));
        let text = |text: &String| (!text.is_empty()).then(|| text.clone());
        let check = name_of::<DeviceOutcome>;
        Self {
            kind: name_of::<DeviceKind>(result.kind),
            pdi: some(&result.pdi),
            binding: name_of::<Binding>(result.binding),
            signature: check(result.signature),
            chain: check(result.chain),
            nonce: check(result.nonce),
            identity: check(result.identity),
            firmware: check(result.firmware),
            inventory: check(result.inventory),
            reference_values: check(result.reference),
            revocation: check(result.revocation),
            debug_off: check(result.debug_off),
            driver: text(&result.driver),
            firmware_version: text(&result.firmware_version),
            peers: result.peers.iter().map(hex).collect(),
            leaf_key_hash: some(&result.leaf_key_hash),
            chain_hash: hex(&result.chain_hash),
            report_hash: hex(&result.report_hash),
        }
    }
}

#[derive(Serialize, ToSchema)]
pub(super) struct TpmDetail {
    outcome: &'static str,
    enrolled: &'static str,
    form: &'static str,
    signature: &'static str,
    nonce: &'static str,
    maker: &'static str,
    /// As the collector found it at enrolment.
    endorsement: Option<&'static str>,
    /// The TPM's own account; absent unless its signature holds.
    account: Option<TpmAccount>,
}

#[derive(Serialize, ToSchema)]
struct TpmAccount {
    clock_ms: u64,
    reset_count: u32,
    restart_count: u32,
    clock_safe: bool,
    /// 16 hexadecimal digits, as its vendor numbers it.
    firmware_version: String,
}

impl TpmDetail {
    pub(super) fn of(result: &TpmResult) -> Self {
        let checks =
            tpm_checks(result).map(|(_, outcome)| name_of::<DeviceOutcome>(outcome.into()));
        let [enrolled, form, signature, nonce, maker] = checks;
        let signed = [TpmOutcome::Holds, TpmOutcome::OtherNonce].contains(&result.outcome());
        Self {
            outcome: name_of::<TpmOutcome>(result.outcome),
            enrolled,
            form,
            signature,
            nonce,
            maker,
            endorsement: (result.ek != 0).then(|| name_of::<EkStanding>(result.ek)),
            account: signed.then(|| TpmAccount {
                clock_ms: result.clock_ms,
                reset_count: result.reset_count,
                restart_count: result.restart_count,
                clock_safe: result.clock_safe,
                firmware_version: format!("{:016x}", result.firmware_version),
            }),
        }
    }
}
