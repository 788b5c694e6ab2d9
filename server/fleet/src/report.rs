//! What a report and its verdict say of devices, for the identity ledger.
//!
//! The inventory is the host's word. A device is `signed` where its own key signed this session: its
//! result in the verdict binds it. A GPU that signed and is not in the inventory is taken in all the
//! same, with one exception: a driver that tells no identifiers lists it under another name, and
//! with several such devices nothing says which is which. Then the names stay claimed, so that no
//! device is counted twice.

use crate::finding::Basis;
use crate::sighting::{Board, Seen, Sighting};
use crate::track::PciIds;
use domicile_proto::codec::CodecError;
use domicile_proto::types::{Digest, Key};
use domicile_proto::wire;
use std::collections::BTreeMap;

/// NVIDIA's PCI vendor id: the only devices whose reports are verified.
const NVIDIA: u32 = 0x10de;

/// The part of a report that tells of devices; `None` when the devices could not be read, which
/// says nothing about them.
pub fn devices_of(evidence: &wire::Evidence) -> Option<&wire::Inventory> {
    let read = evidence.device_reading() == wire::DeviceReading::Complete;
    evidence.inventory.as_ref().filter(|_| read)
}

/// The devices of a judged report of a customer's host. `at_ms` is when it was measured.
///
/// # Errors
/// [`CodecError`] for a field that is not what it should be.
pub fn sighting_of(
    inventory: &wire::Inventory,
    verdict: &wire::Verdict,
    customer: &str,
    at_ms: u64,
) -> Result<Sighting, CodecError> {
    let seen: Result<Vec<Seen>, CodecError> = inventory.devices.iter().map(claimed).collect();
    let (devices, unnamed) = with_signers(seen?, signers(verdict));
    Ok(Sighting {
        evidence: Digest::read("evidence_hash", &verdict.evidence_hash)?,
        host: Key::read("agent_key", &verdict.agent_key)?,
        customer: customer.to_owned(),
        licence: verdict.licence.clone(),
        from_ms: match verdict.measured_from_ms {
            0 => at_ms,
            from_ms => from_ms.min(at_ms),
        },
        until_ms: at_ms,
        devices,
        unnamed,
        board: board(verdict),
    })
}

/// A device as the host lists it.
fn claimed(device: &wire::Device) -> Result<Seen, CodecError> {
    let details = device.details.clone().unwrap_or_default();
    let vendor = u16::try_from(device.vendor_id)
        .map_err(|_| CodecError::field("vendor_id", "has more than 16 bits"))?;
    let some = |text: String| Some(text).filter(|text| !text.is_empty());
    Ok(Seen {
        pdi: <[u8; 8]>::try_from(details.pdi.as_slice()).ok(),
        uuid: some(details.uuid),
        serial: some(details.serial).map(|serial| (vendor, serial)),
        ids: Some(PciIds {
            vendor: device.vendor_id,
            device: device.device_id,
            subsystem_vendor: device.subsystem_vendor_id,
            subsystem_device: device.subsystem_device_id,
        }),
        leaf_key: None,
        basis: Basis::Claimed,
    })
}

/// The GPUs whose own key signed this session, by PDI, with the hash of that key.
fn signers(verdict: &wire::Verdict) -> BTreeMap<[u8; 8], Digest> {
    let signed = |result: &&wire::DeviceResult| result.binding() == wire::Binding::Gpu;
    let devices = verdict.devices.iter().filter(signed);
    devices
        .filter_map(|result| {
            let pdi = result.pdi.as_slice().try_into().ok()?;
            let key = Digest::read("leaf_key_hash", &result.leaf_key_hash).ok()?;
            Some((pdi, key))
        })
        .collect()
}

/// The devices of a host with what was signed put beside what is listed: those with a name, and the
/// number of the others.
fn with_signers(mut seen: Vec<Seen>, mut signers: BTreeMap<[u8; 8], Digest>) -> (Vec<Seen>, u32) {
    for device in &mut seen {
        if let Some(key) = device.pdi.and_then(|pdi| signers.remove(&pdi)) {
            sign(device, key);
        }
    }
    let nameless = |device: &&mut Seen| {
        device.pdi.is_none() && device.ids.is_some_and(|ids| ids.vendor == NVIDIA)
    };
    let mut nameless: Vec<&mut Seen> = seen.iter_mut().filter(nameless).collect();
    match (nameless.as_mut_slice(), signers.len()) {
        ([device], 1) => {
            for (pdi, key) in signers {
                device.pdi = Some(pdi);
                sign(device, key);
            }
        }
        ([], _) => seen.extend(signers.into_iter().map(|(pdi, key)| Seen {
            pdi: Some(pdi),
            uuid: None,
            serial: None,
            ids: None,
            leaf_key: Some(key),
            basis: Basis::Signed,
        })),
        _ => {}
    }
    let (named, unnamed): (Vec<Seen>, Vec<Seen>) =
        seen.into_iter().partition(|one| one.name().is_some());
    (named, u32::try_from(unnamed.len()).unwrap_or(u32::MAX))
}

fn sign(device: &mut Seen, key: Digest) {
    device.leaf_key = Some(key);
    device.basis = Basis::Signed;
}

/// What the devices that signed this session say of their board.
fn board(verdict: &wire::Verdict) -> Option<Board> {
    // Only those name others; a board of switches alone does too.
    let passed = wire::DeviceOutcome::Passed;
    let says = |result: &wire::DeviceResult| {
        [result.signature(), result.chain(), result.nonce()] == [passed; 3]
    };
    let missing = verdict.missing_devices.iter();
    verdict.devices.iter().any(says).then(|| Board {
        missing: missing
            .filter_map(|pdi| pdi.as_slice().try_into().ok())
            .collect(),
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn listed(pdi: Option<u8>, uuid: &str) -> Seen {
        let details = wire::DeviceDetails {
            pdi: pdi.map_or(Vec::new(), |number| vec![number; 8]),
            uuid: uuid.into(),
            ..wire::DeviceDetails::default()
        };
        claimed(&wire::Device {
            vendor_id: NVIDIA,
            details: Some(details),
            ..wire::Device::default()
        })
        .unwrap()
    }

    fn signed(pdis: &[u8]) -> BTreeMap<[u8; 8], Digest> {
        let one = |number: &u8| ([*number; 8], Digest([*number; 32]));
        pdis.iter().map(one).collect()
    }

    /// PDI and basis of each named device.
    fn named(seen: Vec<Seen>, pdis: &[u8]) -> Vec<(Option<u8>, Basis)> {
        let (named, _) = with_signers(seen, signed(pdis));
        let one = |seen: Seen| (seen.pdi.map(|pdi| pdi[0]), seen.basis);
        named.into_iter().map(one).collect()
    }

    #[test]
    fn only_what_signed_is_signed_and_nothing_is_taken_for_two() {
        use Basis::{Claimed, Signed};
        let listed_one = || listed(Some(1), "GPU-1");
        assert_eq!(named(vec![listed_one()], &[]), [(Some(1), Claimed)]);
        assert_eq!(named(vec![listed_one()], &[1]), [(Some(1), Signed)]);
        // Not listed, and it signed.
        let both = [(Some(1), Claimed), (Some(2), Signed)];
        assert_eq!(named(vec![listed_one()], &[2]), both);
        // The one device that the driver gives no identifier is the one that signed.
        let (one, _) = with_signers(vec![listed(None, "GPU-1")], signed(&[1]));
        assert_eq!(one[0].uuid.as_deref(), Some("GPU-1"));
        assert_eq!((one[0].pdi, one[0].basis), (Some([1; 8]), Signed));
        // Of several nothing says which it was.
        let two = || vec![listed(None, "GPU-1"), listed(None, "GPU-2")];
        assert_eq!(named(two(), &[1]), [(None, Claimed); 2]);
        assert_eq!(named(two(), &[1, 2]), [(None, Claimed); 2]);
        // A device of another vendor is none of them.
        let mut other = listed(None, "other");
        other.ids.as_mut().unwrap().vendor = 0x1002;
        let found = named(vec![other, listed(None, "")], &[3]);
        assert_eq!(found, [(None, Claimed), (Some(3), Signed)]);
    }

    #[test]
    fn a_result_that_does_not_bind_is_no_signature_of_this_session() {
        let mut verdict = wire::Verdict {
            devices: vec![wire::DeviceResult {
                pdi: vec![1; 8],
                leaf_key_hash: vec![1; 32],
                binding: wire::Binding::None as i32,
                ..wire::DeviceResult::default()
            }],
            ..wire::Verdict::default()
        };
        assert_eq!(signers(&verdict), signed(&[]));
        verdict.devices[0].binding = wire::Binding::Gpu as i32;
        assert_eq!(signers(&verdict), signed(&[1]));
    }

    #[test]
    fn a_board_speaks_only_through_members_that_signed_this_session() {
        let passed = wire::DeviceOutcome::Passed as i32;
        let mut verdict = wire::Verdict {
            devices: vec![wire::DeviceResult {
                signature: passed,
                chain: passed,
                nonce: wire::DeviceOutcome::Failed as i32,
                ..wire::DeviceResult::default()
            }],
            missing_devices: vec![vec![7; 8]],
            ..wire::Verdict::default()
        };
        assert_eq!(board(&verdict), None);
        verdict.devices[0].nonce = passed;
        let missing = vec![[7; 8]];
        assert_eq!(board(&verdict), Some(Board { missing }));
    }
}
