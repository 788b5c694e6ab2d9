//! sysfs as it is, broken and hostile.
#![allow(clippy::unwrap_used)]
use super::super::inventory;
use super::*;
use proptest::prelude::*;

fn put(sysfs: &Path, slot: &str, attributes: &[(&str, &str)]) {
    let folder = sysfs.join("bus/pci/devices").join(slot);
    fs::create_dir_all(&folder).unwrap();
    for (name, value) in attributes {
        fs::write(folder.join(name), value).unwrap();
    }
}

fn ids(values: [&'static str; 5]) -> Vec<(&'static str, &'static str)> {
    let names = [
        "vendor",
        "device",
        "subsystem_vendor",
        "subsystem_device",
        "class",
    ];
    names.into_iter().zip(values).collect()
}

const H200: [&str; 5] = ["0x10de\n", "0x2335\n", "0x10de\n", "0x18be\n", "0x030200\n"];
const MI300X: [&str; 5] = ["0x1002\n", "0x74a1\n", "0x1002\n", "0x74a1\n", "0x120000\n"];

#[test]
fn accelerators_of_listed_vendors_only_sorted_without_slots() {
    let root = tempfile::tempdir().unwrap();
    put(root.path(), "0000:a1:00.0", &ids(H200));
    put(
        root.path(),
        "0000:01:00.0",
        &ids(["0x19e5\n", "0xd802\n", "0x0200\n", "0x0100\n", "0x120000\n"]),
    );
    put(root.path(), "0000:02:00.0", &ids(MI300X));
    put(
        root.path(),
        "0000:03:00.0",
        &ids(["0x8086\n", "0x1533\n", "0x8086\n", "0x0001\n", "0x020000\n"]),
    );
    // NVIDIA's audio function and NVSwitch are not display controllers.
    put(
        root.path(),
        "0000:04:00.1",
        &ids(["0x10de\n", "0x22a3\n", "0x10de\n", "0x1796\n", "0x068000\n"]),
    );
    let found = inventory::of_sysfs(root.path());
    let vendors: Vec<u32> = found.devices.iter().map(|d| d.vendor_id).collect();
    assert_eq!(vendors, [0x1002, 0x10de, 0x19e5]);
    assert_eq!(found.devices[1].device_id, 0x2335);
    assert!(found.devices.iter().all(|device| device.details.is_none()));
}

#[test]
fn what_amds_driver_writes_is_read_and_its_version_too() {
    let root = tempfile::tempdir().unwrap();
    let mut files = ids(MI300X);
    files.extend([
        ("revision", "0x00\n"),
        ("product_name", "AMD Instinct MI300X OAM\n"),
        ("product_number", "102-G30211-0C\n"),
        ("serial_number", "692251000124\n"),
        ("unique_id", "fb0d52fb3eb1c2d4\n"),
        ("vbios_version", "113-M3000100-103\n"),
    ]);
    put(root.path(), "0000:0c:00.0", &files);
    let module = root.path().join("module/amdgpu");
    fs::create_dir_all(&module).unwrap();
    fs::write(module.join("version"), "6.12.12\n").unwrap();
    let driver = root.path().join("bus/pci/drivers/amdgpu");
    fs::create_dir_all(&driver).unwrap();
    std::os::unix::fs::symlink(&module, driver.join("module")).unwrap();
    let folder = root.path().join("bus/pci/devices/0000:0c:00.0");
    std::os::unix::fs::symlink(&driver, folder.join("driver")).unwrap();

    let found = inventory::of_sysfs(root.path());
    assert_eq!(found.driver, "6.12.12");
    let details = found.devices[0].details.clone().unwrap();
    assert_eq!(details.name, "AMD Instinct MI300X OAM");
    assert_eq!(details.board_part, "102-G30211-0C");
    assert_eq!(details.serial, "692251000124");
    assert_eq!(details.uuid, "fb0d52fb3eb1c2d4");
    assert_eq!(details.firmware, "113-M3000100-103");
    let version = module.join("version").canonicalize().unwrap();
    assert_eq!(driver_versions(root.path()), BTreeSet::from([version]));
}

#[test]
fn texts_that_may_not_travel_are_left_out() {
    let root = tempfile::tempdir().unwrap();
    let long = "a".repeat(200);
    let mut files = ids(MI300X);
    files.extend([
        ("product_name", "\u{1b}[2J"),
        ("product_number", "é"),
        ("serial_number", long.as_str()),
        ("unique_id", " \n"),
        ("vbios_version", "a\nb"),
        ("revision", "0x100\n"),
    ]);
    put(root.path(), "0000:0c:00.0", &files);
    let found = inventory::of_sysfs(root.path());
    assert_eq!(found.devices[0].details, None);
}

#[test]
fn no_bus_no_devices_and_broken_entries_are_left_out() {
    let root = tempfile::tempdir().unwrap();
    assert!(scan(root.path()).is_empty());
    let long: &'static str = "0".repeat(100_000).leak();
    for (slot, values) in [
        ("01", ["10de\n", "0x1\n", "0x1\n", "0x1\n", "0x030200\n"]),
        (
            "02",
            ["0x10de\n", "0x12345\n", "0x1\n", "0x1\n", "0x030200\n"],
        ),
        ("03", ["0x10de\n", "", "0x1\n", "0x1\n", "0x030200\n"]),
        ("04", ["0x10de\n", long, "0x1\n", "0x1\n", "0x030200\n"]),
        ("05", H200),
    ] {
        put(root.path(), &format!("0000:{slot}:00.0"), &ids(values));
    }
    assert_eq!(scan(root.path()).len(), 1);
}

#[test]
fn the_number_of_devices_is_bounded() {
    let root = tempfile::tempdir().unwrap();
    for slot in 0..100 {
        put(root.path(), &format!("0000:{slot:02x}:00.0"), &ids(H200));
    }
    assert_eq!(scan(root.path()).len(), MAX_DEVICES);
}

#[test]
fn both_ways_of_writing_an_address_name_one_place() {
    let sysfs = Address::parse("0000:0c:00.0").unwrap();
    assert_eq!(Address::parse("00000000:0C:00.0"), Some(sysfs));
    assert_ne!(Address::parse("0000:0c:00.1"), Some(sysfs));
    for bad in ["", "0c:00.0", "0000:0c:00", "0000:+c:00.0", "0000:0c:000.0"] {
        assert_eq!(Address::parse(bad), None, "{bad}");
    }
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

    #[test]
    fn whatever_the_files_hold_the_device_may_travel(
        files in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..200), 7)
    ) {
        let of = |name: &str| match name {
            "vendor" => Some(b"0x1002\n".to_vec()),
            "class" => Some(b"0x120000\n".to_vec()),
            "device" | "subsystem_vendor" | "subsystem_device" => Some(b"0x74a1".to_vec()),
            name => files.get(name.len() % 8).cloned(),
        };
        let device = device(of).unwrap();
        prop_assert!(is_reportable(&device));
        let inventory = domicile_proto::wire::Inventory { devices: vec![device], ..Default::default() };
        prop_assert!(domicile_proto::devices::check_inventory(&inventory).is_ok());
    }
}
