//! Devices that sign a session, as an agent would have them do.

use crate::devices::DeviceChains;
use domicile_proto::device_nonce::device_nonce;
use domicile_proto::devices::chain_hash;
use domicile_proto::sign::sha256;
use domicile_proto::types::{Digest, Key};
use domicile_proto::wire::{DeviceKind, DeviceReport, Evidence};
use domicile_spdm::cache::ChainCache;
use domicile_spdm::pdi::Kind;
use domicile_spdm::testing::{Form, TestDevice, Vendor};
use std::convert::Infallible;

/// The nonce that the devices of a report have to sign.
pub fn nonce_of(evidence: &Evidence) -> [u8; 32] {
    let key = Key::read("agent_key", &evidence.agent_key).unwrap();
    let transcripts = evidence.rangings.iter().map(|one| sha256(&one.transcript));
    device_nonce(&key, &evidence.nonce, transcripts)
}

/// A device's report for a nonce, with its chain beside it.
pub fn device_report(device: &TestDevice, form: &Form, nonce: [u8; 32]) -> DeviceReport {
    let kind = match device.device.kind {
        Kind::Gpu => DeviceKind::Gpu,
        Kind::Switch => DeviceKind::Switch,
    };
    DeviceReport {
        kind: kind as i32,
        report: device.report(nonce, form),
        chain_hash: chain_hash(&device.chain).to_vec(),
        chain: device.chain.clone(),
    }
}

/// Has devices sign the session of a report whose rangings are complete.
pub fn sign_with(evidence: &mut Evidence, devices: &[(TestDevice, Form)]) {
    let nonce = nonce_of(evidence);
    let reports = devices
        .iter()
        .map(|(device, form)| device_report(device, form, nonce));
    evidence.device_reports = reports.collect();
}

/// The chains in a report, held against the vendor's root.
pub fn chains_of(vendor: &Vendor, evidence: &Evidence) -> DeviceChains {
    let mut cache = ChainCache::new(vendor.roots(), 64);
    let none = |_: &Digest| Ok::<_, Infallible>(None);
    DeviceChains::of(&evidence.device_reports, &mut cache, none).unwrap()
}
