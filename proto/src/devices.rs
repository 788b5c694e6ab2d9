//! What a host may say of its devices: the bounds that both ends of the wire hold it to.
//!
//! Nobody signs an inventory; a device signs its report, which this module does not look into.

use crate::codec::{self, CodecError};
use crate::types::Digest;
use crate::wire::{CcState, Device, DeviceDetails, DeviceKind, DeviceReport, Inventory};
use ring::digest::{Context, SHA256};
use std::ops::RangeInclusive;

/// Most devices in an inventory.
pub const MAX_DEVICES: usize = 64;
/// Longest text about a device, bytes of printable ASCII.
pub const MAX_TEXT: usize = 95;
/// Bytes of a per-device identifier.
pub const PDI_BYTES: usize = 8;
/// Most device reports in one report of the agent.
pub const MAX_REPORTS: usize = 32;
/// Largest device report, bytes.
pub const MAX_REPORT: usize = 16 * 1024;
/// Certificates of a chain.
pub const CHAIN: RangeInclusive<usize> = 3..=6;
/// Largest certificate of a chain, bytes of DER.
pub const MAX_CERTIFICATE: usize = 2048;

/// Checks that an inventory keeps to the schema's ranges.
///
/// # Errors
/// [`CodecError::Field`] naming the first field that does not.
pub fn check_inventory(inventory: &Inventory) -> Result<(), CodecError> {
    if inventory.devices.len() > MAX_DEVICES {
        let count = inventory.devices.len();
        return Err(CodecError::field(
            "inventory.devices",
            format!("{count} where at most {MAX_DEVICES} are allowed"),
        ));
    }
    text("inventory.driver", &inventory.driver)?;
    CcState::try_from(inventory.cc)
        .map_err(|_| CodecError::field("inventory.cc", "is not a known state"))?;
    inventory.devices.iter().try_for_each(check_device)
}

fn check_device(device: &Device) -> Result<(), CodecError> {
    let sixteen_bits = [
        device.vendor_id,
        device.device_id,
        device.subsystem_vendor_id,
        device.subsystem_device_id,
    ];
    if sixteen_bits.iter().any(|id| *id > 0xffff) || device.class > 0xff_ffff {
        return Err(CodecError::field(
            "inventory.devices",
            "PCI ids have 16 bits and classes 24",
        ));
    }
    device.details.as_ref().map_or(Ok(()), check_details)
}

fn check_details(details: &DeviceDetails) -> Result<(), CodecError> {
    for (field, value) in [
        ("details.name", &details.name),
        ("details.uuid", &details.uuid),
        ("details.serial", &details.serial),
        ("details.firmware", &details.firmware),
        ("details.board_part", &details.board_part),
    ] {
        text(field, value)?;
    }
    if ![0, PDI_BYTES].contains(&details.pdi.len()) {
        let length = details.pdi.len();
        return Err(CodecError::field(
            "details.pdi",
            format!("{length} bytes where {PDI_BYTES} or none are allowed"),
        ));
    }
    match details.revision {
        0..=0xff => Ok(()),
        _ => Err(CodecError::field(
            "details.revision",
            "PCI revisions have 8 bits",
        )),
    }
}

/// Whether a text about a device may travel: at most [`MAX_TEXT`] bytes of printable ASCII.
pub fn is_text(value: &str) -> bool {
    value.len() <= MAX_TEXT && value.bytes().all(|byte| matches!(byte, b' '..=b'~'))
}

fn text(field: &'static str, value: &str) -> Result<(), CodecError> {
    match is_text(value) {
        true => Ok(()),
        false => Err(CodecError::field(
            field,
            format!("at most {MAX_TEXT} bytes of printable ASCII are allowed"),
        )),
    }
}

/// Checks the lengths of a device report, and that the chain in it, if there is one, is the one
/// that it names. Looks into neither.
///
/// # Errors
/// [`CodecError::Field`] naming the first field that is out of range.
pub fn check_report(report: &DeviceReport) -> Result<(), CodecError> {
    if !matches!(report.kind(), DeviceKind::Gpu | DeviceKind::Switch) {
        return Err(CodecError::field(
            "device_reports.kind",
            "is not a known kind",
        ));
    }
    if !(1..=MAX_REPORT).contains(&report.report.len()) {
        let length = report.report.len();
        return Err(CodecError::field(
            "device_reports.report",
            format!("{length} bytes where 1 to {MAX_REPORT} are allowed"),
        ));
    }
    let named: [u8; 32] = codec::array("device_reports.chain_hash", &report.chain_hash)?;
    if report.chain.is_empty() {
        return Ok(());
    }
    check_chain(&report.chain)?;
    match chain_hash(&report.chain).0 == named {
        true => Ok(()),
        false => Err(CodecError::field(
            "device_reports.chain_hash",
            "is not that of the chain beside it",
        )),
    }
}

/// Checks the number and lengths of a chain's certificates.
///
/// # Errors
/// [`CodecError::Field`].
pub fn check_chain(chain: &[Vec<u8>]) -> Result<(), CodecError> {
    let lengths = chain.iter().map(Vec::len);
    if CHAIN.contains(&chain.len())
        && lengths
            .into_iter()
            .all(|n| (1..=MAX_CERTIFICATE).contains(&n))
    {
        return Ok(());
    }
    Err(CodecError::field(
        "device_reports.chain",
        format!(
            "{} to {} certificates of at most {MAX_CERTIFICATE} bytes are required",
            CHAIN.start(),
            CHAIN.end()
        ),
    ))
}

/// The name of a chain: SHA-256 over its certificates, leaf first, each as length 4 (big-endian) ‖
/// DER. The chain must be one that [`check_chain`] allows.
pub fn chain_hash(chain: &[Vec<u8>]) -> Digest {
    let mut context = Context::new(&SHA256);
    for certificate in chain {
        let length = u32::try_from(certificate.len()).expect("a certificate is short");
        context.update(&length.to_be_bytes());
        context.update(certificate);
    }
    let digest = context.finish();
    Digest(digest.as_ref().try_into().expect("SHA-256 has 32 bytes"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::sign::sha256;

    fn detailed(change: impl FnOnce(&mut DeviceDetails)) -> Inventory {
        let mut details = DeviceDetails::default();
        change(&mut details);
        Inventory {
            devices: vec![Device {
                details: Some(details),
                ..Device::default()
            }],
            ..Inventory::default()
        }
    }

    #[test]
    fn what_a_driver_says_is_let_through() {
        check_inventory(&Inventory::default()).unwrap();
        check_inventory(&detailed(|details| {
            details.name = "NVIDIA H200".into();
            details.serial = "~".repeat(MAX_TEXT);
            details.pdi = vec![7; PDI_BYTES];
            details.revision = 0xff;
        }))
        .unwrap();
    }

    #[test]
    fn every_range_is_held() {
        let bad = [
            detailed(|details| details.name = "\u{1b}[2J".into()),
            detailed(|details| details.uuid = "a\nb".into()),
            detailed(|details| details.serial = "é".into()),
            detailed(|details| details.firmware = "a".repeat(MAX_TEXT + 1)),
            detailed(|details| details.board_part = "\u{7f}".into()),
            detailed(|details| details.pdi = vec![0; 7]),
            detailed(|details| details.revision = 0x100),
            Inventory {
                driver: "\t".into(),
                ..Inventory::default()
            },
            Inventory {
                cc: 4,
                ..Inventory::default()
            },
            Inventory {
                devices: vec![Device::default(); MAX_DEVICES + 1],
                ..Inventory::default()
            },
            Inventory {
                devices: vec![Device {
                    subsystem_device_id: 0x1_0000,
                    ..Device::default()
                }],
                ..Inventory::default()
            },
        ];
        for (index, inventory) in bad.iter().enumerate() {
            assert!(check_inventory(inventory).is_err(), "{index}");
        }
    }

    fn report() -> DeviceReport {
        let chain = vec![vec![1; 3], vec![2; 4], vec![3; 5]];
        DeviceReport {
            kind: DeviceKind::Gpu.into(),
            report: vec![0x11; 4052],
            chain_hash: chain_hash(&chain).to_vec(),
            chain,
        }
    }

    #[test]
    fn a_report_is_held_to_its_lengths_and_to_the_chain_that_it_names() {
        check_report(&report()).unwrap();
        let mut named_only = report();
        named_only.chain.clear();
        check_report(&named_only).unwrap();
        let changes: [fn(&mut DeviceReport); 8] = [
            |report| report.kind = 0,
            |report| report.kind = 3,
            |report| report.report.clear(),
            |report| report.report = vec![0; MAX_REPORT + 1],
            |report| report.chain_hash.truncate(31),
            |report| report.chain.truncate(2),
            |report| report.chain[1] = vec![2; MAX_CERTIFICATE + 1],
            |report| report.chain[0][0] ^= 1,
        ];
        for (index, change) in changes.iter().enumerate() {
            let mut changed = report();
            change(&mut changed);
            assert!(check_report(&changed).is_err(), "{index}");
        }
    }

    #[test]
    fn the_chain_hash_is_the_one_that_the_schema_states() {
        let stated = [&[0, 0, 0, 2][..], &[9, 8], &[0, 0, 0, 1], &[7]].concat();
        assert_eq!(chain_hash(&[vec![9, 8], vec![7]]), sha256(&stated));
        assert_ne!(
            chain_hash(&[vec![9, 8], vec![7]]),
            chain_hash(&[vec![9], vec![8, 7]])
        );
    }
}
