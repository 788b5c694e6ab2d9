//! A device's results in a verdict, each check for itself.

use data_encoding::HEXLOWER;
use domicile_appraise::text::name_of;
use domicile_proto::wire::{Binding, DeviceKind, DeviceOutcome, DeviceResult};
use serde::Serialize;

#[derive(Serialize)]
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
