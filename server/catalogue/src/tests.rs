//! The embedded data held to themselves, to the list of PCI ids, and to a host of each vendor.
#![allow(clippy::unwrap_used, clippy::disallowed_methods)]
use super::*;
use domicile_daemon::device::inventory::of_sysfs;
use domicile_daemon::device::pci::{VENDORS, vendor_name};
use std::collections::BTreeMap;
use std::fs;

/// A host of each: PCI class, vendor, device, and the model that the catalogue gives, or none
/// where no public source names the id.
const HOSTS: &[(&str, &str, &str, &str, Option<&str>)] = &[
    (
        "A100",
        "0x030200",
        "0x10de",
        "0x20b2",
        Some("NVIDIA A100-SXM4-80GB"),
    ),
    (
        "A800",
        "0x030200",
        "0x10de",
        "0x20f3",
        Some("NVIDIA A800-SXM4-80GB"),
    ),
    (
        "H100",
        "0x030200",
        "0x10de",
        "0x2330",
        Some("NVIDIA H100 80GB HBM3"),
    ),
    ("H800", "0x030200", "0x10de", "0x2324", Some("NVIDIA H800")),
    ("H20", "0x030200", "0x10de", "0x2329", Some("NVIDIA H20")),
    ("H200", "0x030200", "0x10de", "0x2335", Some("NVIDIA H200")),
    (
        "GH200",
        "0x030200",
        "0x10de",
        "0x2342",
        Some("NVIDIA GH200"),
    ),
    ("B200", "0x030200", "0x10de", "0x2901", Some("NVIDIA B200")),
    (
        "GB200",
        "0x030200",
        "0x10de",
        "0x2941",
        Some("NVIDIA GB200"),
    ),
    (
        "B300",
        "0x030200",
        "0x10de",
        "0x3182",
        Some("NVIDIA B300 SXM6 AC"),
    ),
    (
        "GB300",
        "0x030200",
        "0x10de",
        "0x31c2",
        Some("NVIDIA GB300"),
    ),
    (
        "RTX PRO 6000 server",
        "0x030200",
        "0x10de",
        "0x2bb5",
        Some("NVIDIA RTX PRO 6000 Blackwell Server Edition"),
    ),
    (
        "MI300X",
        "0x120000",
        "0x1002",
        "0x74a1",
        Some("AMD Instinct MI300X"),
    ),
    (
        "MI308X",
        "0x120000",
        "0x1002",
        "0x74a2",
        Some("AMD Instinct MI308X"),
    ),
    (
        "MI325X",
        "0x120000",
        "0x1002",
        "0x74a5",
        Some("AMD Instinct MI325X"),
    ),
    (
        "MI350X",
        "0x120000",
        "0x1002",
        "0x75a0",
        Some("AMD Instinct MI350X"),
    ),
    (
        "MI355X",
        "0x120000",
        "0x1002",
        "0x75a3",
        Some("AMD Instinct MI355X"),
    ),
    (
        "Ascend 910B",
        "0x120000",
        "0x19e5",
        "0xd802",
        Some("Huawei Ascend 910B"),
    ),
    (
        "Cambricon",
        "0x120000",
        "0xcabc",
        "0x0370",
        Some("Cambricon MLU370-S4"),
    ),
    (
        "Moore Threads",
        "0x030000",
        "0x1ed5",
        "0x0323",
        Some("Moore Threads MTT S4000"),
    ),
    ("MetaX", "0x038000", "0x9999", "0x0a01", Some("MetaX C500")),
    (
        "Enflame",
        "0x120000",
        "0x1e36",
        "0xc035",
        Some("Enflame S60"),
    ),
    // Its vendor's guide shows it as a co-processor.
    ("Hygon", "0x0b4000", "0x1d94", "0x62b7", Some("Hygon K100")),
    // No public source names a model of these vendors by its id.
    ("Biren", "0x120000", "0x1ee0", "0x0001", None),
    ("Iluvatar", "0x120000", "0x1e3e", "0x0002", None),
];

#[test]
fn the_embedded_data_hold() {
    let catalogue = Catalogue::builtin();
    assert!(catalogue.models.len() > 80);
    for model in &catalogue.models {
        let vendor = vendor_name(model.id.0.into()).unwrap_or_else(|| panic!("{}", model.name));
        assert!(model.name.starts_with(vendor), "{} of {vendor}", model.name);
    }
}

#[test]
fn a_host_of_each_vendor_is_read_and_named_or_unknown() {
    for (host, class, vendor, device, model) in HOSTS {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("bus/pci/devices/0000:17:00.0");
        fs::create_dir_all(&folder).unwrap();
        for (name, value) in [
            ("vendor", *vendor),
            ("device", device),
            ("subsystem_vendor", vendor),
            ("subsystem_device", "0x0001"),
            ("class", class),
            ("revision", "0xa1"),
        ] {
            fs::write(folder.join(name), format!("{value}\n")).unwrap();
        }
        let inventory = of_sysfs(root.path());
        let [found] = &inventory.devices[..] else {
            panic!("{host}: {inventory:?}")
        };
        let half = |id: u32| u16::try_from(id).unwrap();
        let found = Catalogue::builtin().lookup(
            (half(found.vendor_id), half(found.device_id)),
            (
                half(found.subsystem_vendor_id),
                half(found.subsystem_device_id),
            ),
        );
        assert_eq!(found.map(|model| model.name.as_str()), *model, "{host}");
    }
    let vendors: Vec<u16> = VENDORS.iter().map(|(id, _)| *id).collect();
    for vendor in vendors {
        let id = format!("{vendor:#06x}");
        assert!(HOSTS.iter().any(|host| host.2 == id), "a host of {id}");
    }
}

#[test]
fn a_board_has_its_own_row_and_others_that_of_their_id() {
    let name = |subsystem| {
        let found = Catalogue::builtin().lookup((0x10de, 0x2342), subsystem);
        found.unwrap().name.as_str()
    };
    assert_eq!(name((0x10de, 0x1809)), "NVIDIA GH200 480GB");
    assert_eq!(name((0x10de, 0x16eb)), "NVIDIA GH200 120GB");
    assert_eq!(name((0x10de, 0xffff)), "NVIDIA GH200");
    assert_eq!(Catalogue::builtin().lookup((0x10de, 0xfffe), (0, 0)), None);
}

#[test]
fn tpp_is_the_rate_times_the_bits() {
    let tpp = |device| {
        Catalogue::builtin()
            .lookup((0x10de, device), (0, 0))
            .unwrap()
            .tpp()
    };
    assert_eq!(tpp(0x20b2), Some(4992.0));
    assert_eq!(tpp(0x2329), Some(2368.0));
    assert!((15_800.0..15_850.0).contains(&tpp(0x2330).unwrap()));
    assert_eq!(tpp(0x2324), None, "nobody has published it: unknown");
}

#[test]
fn a_row_that_cannot_be_right_is_refused() {
    const SOURCES: &str = "id,url,what\ns,https://example.org,ids\n";
    const HEAD: &str = "vendor,device,subvendor,subdevice,model,family,peak_tera,bits,bandwidth_gb_s,eccn,id_source,sources,note\n";
    let read = |rows: &str| parse(&format!("{HEAD}{rows}"), SOURCES);
    read("10de,2335,,,X,Y,,,,,s,,\n").unwrap();
    for bad in [
        "10de,2335,,,,Y,,,,,s,,\n",
        "10de,235,,,X,Y,,,,,s,,\n",
        "10DE,2335,,,X,Y,,,,,s,,\n",
        "10de,2335,10de,,X,Y,,,,,s,,\n",
        "10de,2335,,,X,Y,,,,,other,,\n",
        "10de,2335,,,X,Y,100,8,,,s,,\n",
        "10de,2335,,,X,Y,100,,,,s,s,\n",
        "10de,2335,,,X,Y,100,7,,,s,s,\n",
        "10de,2335,,,X,Y,100000,8,,,s,s,\n",
        "10de,2335,,,X,Y,,,5,,s,s,\n",
        "10de,2335,,,X,Y,,,,EAR99,s,s,\n",
        "10de,2335,,,X,Y,,,,,s,s,\n",
        "10de,2335,,,X,Y,,,,,s,,\n10de,2335,,,Z,Y,,,,,s,,\n",
    ] {
        assert!(read(bad).is_err(), "{bad}");
    }
    assert!(
        parse(
            &format!("{HEAD}10de,2335,,,X,Y,,,,,s,,\n"),
            "id,url,what\ns,ftp://x,y\n"
        )
        .is_err()
    );
}

/// Rows whose source is the list of PCI ids, against that list.
#[test]
fn what_is_said_to_stand_in_the_list_of_pci_ids_does() {
    let Some(path) = std::env::var_os("DOMICILE_PCI_IDS") else {
        println!("SKIPPED: DOMICILE_PCI_IDS names no file of PCI ids (https://pci-ids.ucw.cz/)");
        return;
    };
    let text = fs::read_to_string(path).unwrap();
    let hex = |text: &str| u16::from_str_radix(text.get(..4)?, 16).ok();
    let mut names: BTreeMap<(u16, u16), &str> = BTreeMap::new();
    let mut vendor = None;
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        match line.strip_prefix('\t') {
            Some(device) if !device.starts_with('\t') => {
                if let (Some(vendor), Some(id)) = (vendor, hex(device)) {
                    names.insert((vendor, id), device[4..].trim());
                }
            }
            Some(_) => {}
            None => vendor = hex(line),
        }
    }
    let listed = Catalogue::builtin().models.iter().filter(|model| {
        // Huawei's, Hygon's and some of NVIDIA's newest ids are not in it.
        model.id_source == "pci.ids"
    });
    for model in listed {
        let name = names
            .get(&model.id)
            .unwrap_or_else(|| panic!("{}", model.name));
        // The last word of the model's name, without its brackets, stands in the list's.
        let word = model
            .name
            .rsplit([' ', '('])
            .find(|word| word.len() > 2)
            .unwrap();
        let word = word.trim_matches(|c: char| !c.is_ascii_alphanumeric());
        assert!(name.contains(word), "{}: the list says {name}", model.name);
    }
    for model in Catalogue::builtin()
        .models
        .iter()
        .filter(|model| model.id_source == "nvidia-open")
    {
        assert!(names.contains_key(&model.id), "{}", model.name);
    }
}
