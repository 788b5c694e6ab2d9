//! The accelerators on the PCI bus, as sysfs names them.
//!
//! Five numbers of each device and nothing else: no slot, no serial, no topology. Nobody signs
//! them; they are what the kernel says.

use domicile_proto::wire;
use std::fs::{self, File};
use std::io::Read as _;
use std::path::Path;

/// Most devices reported.
pub const MAX_DEVICES: usize = 64;
/// Most entries of the bus that are looked at.
const MAX_ENTRIES: usize = 8192;
/// Longest attribute file read, bytes.
const MAX_ATTRIBUTE: u64 = 32;

/// Vendors of accelerators that are reported, by PCI vendor id. Biren is missing: its id is not
/// known here from a source that can be named.
pub const VENDORS: [(u16, &str); 9] = [
    (0x10de, "NVIDIA"),
    (0x1002, "AMD"),
    (0x19e5, "Huawei"),
    (0xcabc, "Cambricon"),
    (0x1ed5, "Moore Threads"),
    (0x9999, "MetaX"),
    (0x1e36, "Enflame"),
    (0x1d94, "Hygon"),
    (0x1e3e, "Iluvatar"),
];

/// The listed accelerators under `sysfs` (normally `/sys`), sorted; empty when there is no PCI
/// bus. An entry that cannot be read or parsed is left out.
pub fn inventory(sysfs: &Path) -> wire::Inventory {
    let Ok(entries) = fs::read_dir(sysfs.join("bus/pci/devices")) else {
        return wire::Inventory::default();
    };
    let mut devices: Vec<wire::Device> = entries
        .take(MAX_ENTRIES)
        .filter_map(|entry| device(&entry.ok()?.path()))
        .collect();
    devices.sort_by_key(|d| {
        (
            d.vendor_id,
            d.device_id,
            d.subsystem_vendor_id,
            d.subsystem_device_id,
            d.class,
        )
    });
    devices.truncate(MAX_DEVICES);
    wire::Inventory {
        devices,
        ..wire::Inventory::default()
    }
}

fn device(folder: &Path) -> Option<wire::Device> {
    let vendor_id = attribute(&folder.join("vendor"), 0xffff)?;
    let class = attribute(&folder.join("class"), 0x00ff_ffff)?;
    if !is_listed(vendor_id) || !is_accelerator(class) {
        return None;
    }
    Some(wire::Device {
        vendor_id,
        device_id: attribute(&folder.join("device"), 0xffff)?,
        subsystem_vendor_id: attribute(&folder.join("subsystem_vendor"), 0xffff)?,
        subsystem_device_id: attribute(&folder.join("subsystem_device"), 0xffff)?,
        class,
        details: None,
    })
}

/// Whether [`inventory`] can have given `device`.
pub(super) fn is_reportable(device: &wire::Device) -> bool {
    let sixteen_bits = [
        device.device_id,
        device.subsystem_vendor_id,
        device.subsystem_device_id,
    ];
    is_listed(device.vendor_id)
        && is_accelerator(device.class)
        && sixteen_bits.into_iter().all(|id| id <= 0xffff)
}

fn is_listed(vendor_id: u32) -> bool {
    VENDORS.iter().any(|(id, _)| u32::from(*id) == vendor_id)
}

/// Display controllers (VGA, 3D, other) and processing accelerators, by PCI class.
fn is_accelerator(class: u32) -> bool {
    matches!(class >> 16, 0x03 | 0x12)
}

fn attribute(path: &Path, most: u32) -> Option<u32> {
    let mut bytes = Vec::new();
    File::open(path)
        .ok()?
        .take(MAX_ATTRIBUTE)
        .read_to_end(&mut bytes)
        .ok()?;
    hexadecimal(&bytes).filter(|value| *value <= most)
}

/// A number as sysfs writes it: `0x`, one to eight hexadecimal digits, perhaps a newline.
fn hexadecimal(bytes: &[u8]) -> Option<u32> {
    let bytes = bytes.strip_suffix(b"\n").unwrap_or(bytes);
    let digits = std::str::from_utf8(bytes.strip_prefix(b"0x")?).ok()?;
    let plain = (1..=8).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_hexdigit());
    plain.then(|| u32::from_str_radix(digits, 16).ok())?
}

/// The name of a listed vendor.
pub fn vendor_name(id: u32) -> Option<&'static str> {
    VENDORS
        .iter()
        .find(|(listed, _)| u32::from(*listed) == id)
        .map(|(_, name)| *name)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;

    fn put(sysfs: &Path, slot: &str, attributes: [&str; 5]) {
        let folder = sysfs.join("bus/pci/devices").join(slot);
        fs::create_dir_all(&folder).unwrap();
        let names = [
            "vendor",
            "device",
            "subsystem_vendor",
            "subsystem_device",
            "class",
        ];
        for (name, value) in names.iter().zip(attributes) {
            fs::write(folder.join(name), value).unwrap();
        }
    }

    const H200: [&str; 5] = ["0x10de\n", "0x2335\n", "0x10de\n", "0x18be\n", "0x030200\n"];

    #[test]
    fn accelerators_of_listed_vendors_only_sorted_without_slots() {
        let root = tempfile::tempdir().unwrap();
        put(root.path(), "0000:a1:00.0", H200);
        put(
            root.path(),
            "0000:01:00.0",
            ["0x19e5\n", "0xd802\n", "0x0200\n", "0x0100\n", "0x120000\n"],
        );
        put(
            root.path(),
            "0000:02:00.0",
            ["0x1002\n", "0x74a1\n", "0x1002\n", "0x74a1\n", "0x120000\n"],
        );
        put(
            root.path(),
            "0000:03:00.0",
            ["0x8086\n", "0x1533\n", "0x8086\n", "0x0001\n", "0x020000\n"],
        );
        // NVIDIA's audio function and NVSwitch are not display controllers.
        put(
            root.path(),
            "0000:04:00.1",
            ["0x10de\n", "0x22a3\n", "0x10de\n", "0x1796\n", "0x068000\n"],
        );
        let found = inventory(root.path());
        let vendors: Vec<u32> = found.devices.iter().map(|d| d.vendor_id).collect();
        assert_eq!(vendors, [0x1002, 0x10de, 0x19e5]);
        assert_eq!(found.devices[1].device_id, 0x2335);
    }

    #[test]
    fn no_bus_no_devices_and_broken_entries_are_left_out() {
        let root = tempfile::tempdir().unwrap();
        assert!(inventory(root.path()).devices.is_empty());
        put(
            root.path(),
            "0000:01:00.0",
            ["10de\n", "0x1\n", "0x1\n", "0x1\n", "0x030200\n"],
        );
        put(
            root.path(),
            "0000:02:00.0",
            ["0x10de\n", "0x12345\n", "0x1\n", "0x1\n", "0x030200\n"],
        );
        put(
            root.path(),
            "0000:03:00.0",
            ["0x10de\n", "", "0x1\n", "0x1\n", "0x030200\n"],
        );
        let long = "0".repeat(100_000);
        put(
            root.path(),
            "0000:04:00.0",
            ["0x10de\n", &long, "0x1\n", "0x1\n", "0x030200\n"],
        );
        put(root.path(), "0000:05:00.0", H200);
        assert_eq!(inventory(root.path()).devices.len(), 1);
    }

    #[test]
    fn the_number_of_devices_is_bounded() {
        let root = tempfile::tempdir().unwrap();
        for slot in 0..100 {
            put(root.path(), &format!("0000:{slot:02x}:00.0"), H200);
        }
        assert_eq!(inventory(root.path()).devices.len(), MAX_DEVICES);
    }

    proptest! {
        #[test]
        fn numbers_are_read_as_written(value in any::<u32>(), newline in any::<bool>()) {
            let text = format!("0x{value:x}{}", if newline { "\n" } else { "" });
            prop_assert_eq!(hexadecimal(text.as_bytes()), Some(value));
        }

        #[test]
        fn anything_else_is_none(bytes in proptest::collection::vec(any::<u8>(), 0..40)) {
            if let Some(value) = hexadecimal(&bytes) {
                let text = String::from_utf8(bytes).unwrap();
                let digits = text.trim_end_matches('\n').strip_prefix("0x").unwrap();
                prop_assert_eq!(u32::from_str_radix(digits, 16).unwrap(), value);
            }
        }
    }
}
