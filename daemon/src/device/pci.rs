//! The accelerators on the PCI bus, as sysfs names them.
//!
//! Each device's ids and revision, and what its driver writes beside them: for AMD a product name,
//! part number, serial number, unique id and firmware version
//! (<https://docs.kernel.org/gpu/amdgpu/driver-misc.html>); for the others, whatever of the same
//! files there is. All of them hold what the driver read when it started: looking wakes no device.
//! Nobody signs any of it. A device's address serves to match what NVML says, and goes no further.
//!
//! Start reading at [`scan`].

use domicile_proto::devices::{MAX_DEVICES, is_text};
use domicile_proto::wire::{Device, DeviceDetails};
use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::Read as _;
use std::path::{Path, PathBuf};

/// Most entries of the bus that are looked at.
const MAX_ENTRIES: usize = 8192;
/// Longest attribute file read, bytes.
const MAX_ATTRIBUTE: u64 = 256;
/// Where a device's folder says which version its driver has, if the driver says so.
const DRIVER_VERSION: &str = "driver/module/version";

/// Vendors of accelerators that are reported, by PCI vendor id: as in pci.ids, and Biren's as in its
/// own Kubernetes device plugin.
pub const VENDORS: [(u16, &str); 10] = [
    (0x10de, "NVIDIA"),
    (0x1002, "AMD"),
    (0x19e5, "Huawei"),
    (0xcabc, "Cambricon"),
    (0x1ed5, "Moore Threads"),
    (0x9999, "MetaX"),
    (0x1e36, "Enflame"),
    (0x1d94, "Hygon"),
    (0x1e3e, "Iluvatar"),
    (0x1ee0, "Biren"),
];

/// Where a device stands on this host.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Address {
    domain: u32,
    bus: u8,
    device: u8,
    function: u8,
}

/// An accelerator, and what of this host helps to say more about it.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    /// For matching; absent when its folder has another name.
    pub address: Option<Address>,
    /// What is reported of it.
    pub device: Device,
    /// Its driver's version.
    pub driver: Option<String>,
}

/// The listed accelerators under `sysfs` (normally `/sys`), in the bus's order; empty when there
/// is no PCI bus. An entry that cannot be read or parsed is left out.
pub fn scan(sysfs: &Path) -> Vec<Found> {
    let mut folders: Vec<PathBuf> = folders(sysfs).collect();
    folders.sort();
    let found = folders.iter().filter_map(|folder| {
        let attributes = |name: &str| read(&folder.join(name));
        let name = folder.file_name()?.to_str()?;
        Some(Found {
            address: Address::parse(name),
            device: device(attributes)?,
            driver: attributes(DRIVER_VERSION).and_then(|bytes| text(&bytes)),
        })
    });
    found.take(MAX_DEVICES).collect()
}

/// The files outside the devices' own folders that [`scan`] reads.
pub fn driver_versions(sysfs: &Path) -> BTreeSet<PathBuf> {
    folders(sysfs)
        .filter(|folder| device(|name| read(&folder.join(name))).is_some())
        .filter_map(|folder| folder.join(DRIVER_VERSION).canonicalize().ok())
        .collect()
}

fn folders(sysfs: &Path) -> impl Iterator<Item = PathBuf> {
    fs::read_dir(sysfs.join("bus/pci/devices"))
        .into_iter()
        .flatten()
        .take(MAX_ENTRIES)
        .filter_map(|entry| Some(entry.ok()?.path()))
}

/// What the files of one device's folder say; none when it is no listed accelerator or a file
/// that every device has is missing or wrong. `attributes` gives a file's bytes by its name.
pub fn device(attributes: impl Fn(&str) -> Option<Vec<u8>>) -> Option<Device> {
    let number = |name: &str, most| hexadecimal(&attributes(name)?).filter(|value| *value <= most);
    let text = |name: &str| attributes(name).and_then(|bytes| text(&bytes));
    let vendor_id = number("vendor", 0xffff)?;
    let class = number("class", 0x00ff_ffff)?;
    if !is_listed(vendor_id) || !is_accelerator(class) {
        return None;
    }
    let details = DeviceDetails {
        name: text("product_name").unwrap_or_default(),
        uuid: text("unique_id").unwrap_or_default(),
        serial: text("serial_number").unwrap_or_default(),
        firmware: text("vbios_version").unwrap_or_default(),
        board_part: text("product_number").unwrap_or_default(),
        pdi: Vec::new(),
        revision: number("revision", 0xff).unwrap_or(0),
    };
    Some(Device {
        vendor_id,
        device_id: number("device", 0xffff)?,
        subsystem_vendor_id: number("subsystem_vendor", 0xffff)?,
        subsystem_device_id: number("subsystem_device", 0xffff)?,
        class,
        details: (details != DeviceDetails::default()).then_some(details),
    })
}

/// Whether [`scan`] can have given `device`.
pub(super) fn is_reportable(device: &Device) -> bool {
    is_listed(device.vendor_id) && is_accelerator(device.class)
}

fn is_listed(vendor_id: u32) -> bool {
    vendor_name(vendor_id).is_some()
}

/// The name of a listed vendor.
pub fn vendor_name(id: u32) -> Option<&'static str> {
    VENDORS
        .iter()
        .find(|(listed, _)| u32::from(*listed) == id)
        .map(|(_, name)| *name)
}

/// Display controllers (VGA, 3D, other), processing accelerators, and co-processors (Hygon's class
/// for some), by PCI class.
fn is_accelerator(class: u32) -> bool {
    matches!(class >> 16, 0x03 | 0x12) || class >> 8 == 0x0b40
}

fn read(path: &Path) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)
        .ok()?
        .take(MAX_ATTRIBUTE)
        .read_to_end(&mut bytes)
        .ok()?;
    Some(bytes)
}

/// A number as sysfs writes it: `0x`, one to eight hexadecimal digits, perhaps a newline.
fn hexadecimal(bytes: &[u8]) -> Option<u32> {
    let bytes = bytes.strip_suffix(b"\n").unwrap_or(bytes);
    let digits = std::str::from_utf8(bytes.strip_prefix(b"0x")?).ok()?;
    let plain = (1..=8).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_hexdigit());
    plain.then(|| u32::from_str_radix(digits, 16).ok())?
}

/// A text as a driver writes it, without the space around it; none when nothing is left, or when
/// it may not travel.
pub(super) fn text(bytes: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(bytes).ok()?.trim();
    (!text.is_empty() && is_text(text)).then(|| text.to_owned())
}

impl Address {
    /// Reads `domain:bus:device.function` in hexadecimal: sysfs writes four digits of domain, NVML
    /// eight.
    pub fn parse(text: &str) -> Option<Self> {
        let (domain, rest) = text.split_once(':')?;
        let (bus, rest) = rest.split_once(':')?;
        let (device, function) = rest.split_once('.')?;
        let part = |digits: &str, length: std::ops::RangeInclusive<usize>| {
            let plain =
                length.contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_hexdigit());
            plain.then(|| u32::from_str_radix(digits, 16).ok())?
        };
        Some(Self {
            domain: part(domain, 4..=8)?,
            bus: part(bus, 2..=2)?.try_into().ok()?,
            device: part(device, 2..=2)?.try_into().ok()?,
            function: part(function, 1..=1)?.try_into().ok()?,
        })
    }
}

#[cfg(test)]
#[path = "pci_tests.rs"]
mod tests;
