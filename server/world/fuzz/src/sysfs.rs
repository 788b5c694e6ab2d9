//! What sysfs gives for one device, whatever its driver writes; and addresses. A device that comes
//! out may travel.

use domicile_daemon::device::pci::{Address, device};
use domicile_proto::devices::check_inventory;
use domicile_proto::wire::Inventory;

const FILES: [&str; 11] = [
    "vendor",
    "device",
    "subsystem_vendor",
    "subsystem_device",
    "class",
    "revision",
    "product_name",
    "product_number",
    "serial_number",
    "unique_id",
    "vbios_version",
];

/// Checks one input.
pub fn check(bytes: &[u8]) {
    // Files are parted by zeros; each holds what a folder's file may.
    let files: Vec<&[u8]> = bytes.split(|byte| *byte == 0).collect();
    let read = |name: &str| {
        let at = FILES.iter().position(|file| *file == name)?;
        files
            .get(at)
            .map(|file| file[..file.len().min(256)].to_vec())
    };
    if let Some(found) = device(read) {
        let inventory = Inventory {
            devices: vec![found],
            ..Inventory::default()
        };
        check_inventory(&inventory).expect("what is found may travel");
    }
    for file in files {
        let _ = std::str::from_utf8(file).map(Address::parse);
    }
}
