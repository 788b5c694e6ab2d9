//! What a report and its verdict say of devices, for the identity ledger.

use super::rows::HostRow;
use domicile_fleet::{Basis, Seen, Sighting};
use domicile_proto::codec::CodecError;
use domicile_proto::types::{Digest, Key};
use domicile_proto::wire;

/// The part of a report that tells of devices; `None` when the devices could not be read, which
/// says nothing about them.
pub(super) fn of_interest(evidence: &wire::Evidence) -> Option<&wire::Inventory> {
    let read = evidence.device_reading() == wire::DeviceReading::Complete;
    evidence.inventory.as_ref().filter(|_| read)
}

/// The devices of a judged report.
pub(super) fn read(
    inventory: &wire::Inventory,
    verdict: &wire::Verdict,
    host: &HostRow,
    at_ms: u64,
) -> Result<Sighting, CodecError> {
    let (mut named, mut unnamed) = (Vec::new(), 0);
    for device in &inventory.devices {
        let seen = seen(device)?;
        match seen.name() {
            Some(_) => named.push(seen),
            None => unnamed += 1,
        }
    }
    Ok(Sighting {
        evidence: Digest::read("evidence_hash", &verdict.evidence_hash)?,
        host: Key::read("agent_key", &verdict.agent_key)?,
        customer: host.customer.clone(),
        licence: verdict.licence.clone(),
        from_ms: match verdict.measured_from_ms {
            0 => at_ms,
            from_ms => from_ms.min(at_ms),
        },
        until_ms: at_ms,
        devices: named,
        unnamed,
        board: None,
    })
}

fn seen(device: &wire::Device) -> Result<Seen, CodecError> {
    let details = device.details.clone().unwrap_or_default();
    let vendor = u16::try_from(device.vendor_id)
        .map_err(|_| CodecError::field("vendor_id", "has more than 16 bits"))?;
    let some = |text: String| Some(text).filter(|text| !text.is_empty());
    let pdi = <[u8; 8]>::try_from(details.pdi.as_slice()).ok();
    Ok(Seen {
        pdi,
        uuid: some(details.uuid),
        serial: some(details.serial).map(|serial| (vendor, serial)),
        leaf_key: None,
        basis: Basis::Claimed,
    })
}
