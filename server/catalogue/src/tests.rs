//! The embedded data held to themselves, to the list of PCI ids, and to a host of each vendor.
#![allow(clippy::unwrap_used, clippy::disallowed_methods)]
use super::*;
use domicile_daemon::device::inventory::of_sysfs;
use domicile_daemon::device::pci::{VENDORS, vendor_name};
use std::collections::BTreeMap;
use std::fs;

/// A host of each vendor and model that the export rules name: PCI class, vendor, device, and the
/// model that the catalogue gives; `-` where no public source names the id. Hygon's guide shows its
/// cards as co-processors.
const HOSTS: &str = "\
0x030200 0x10de 0x20b2 NVIDIA A100-SXM4-80GB
0x030200 0x10de 0x20f3 NVIDIA A800-SXM4-80GB
0x030200 0x10de 0x2330 NVIDIA H100 80GB HBM3
0x030200 0x10de 0x2324 NVIDIA H800
0x030200 0x10de 0x2329 NVIDIA H20
0x030200 0x10de 0x2335 NVIDIA H200
0x030200 0x10de 0x2342 NVIDIA GH200
0x030200 0x10de 0x2901 NVIDIA B200
0x030200 0x10de 0x2941 NVIDIA GB200
0x030200 0x10de 0x3182 NVIDIA B300 SXM6 AC
0x030200 0x10de 0x31c2 NVIDIA GB300
0x030200 0x10de 0x2bb5 NVIDIA RTX PRO 6000 Blackwell Server Edition
0x120000 0x1002 0x74a1 AMD Instinct MI300X
0x120000 0x1002 0x74a2 AMD Instinct MI308X
0x120000 0x1002 0x74a5 AMD Instinct MI325X
0x120000 0x1002 0x75a0 AMD Instinct MI350X
0x120000 0x1002 0x75a3 AMD Instinct MI355X
0x120000 0x19e5 0xd802 Huawei Ascend 910B
0x120000 0xcabc 0x0370 Cambricon MLU370-S4
0x030000 0x1ed5 0x0323 Moore Threads MTT S4000
0x038000 0x9999 0x0a01 MetaX C500
0x120000 0x1e36 0xc035 Enflame S60
0x0b4000 0x1d94 0x62b7 Hygon K100
0x120000 0x1ee0 0x0001 -
0x120000 0x1e3e 0x0002 -";

fn columns(line: &str) -> (&str, &str, &str, &str) {
    let (class, rest) = line.split_once(' ').unwrap();
    let (vendor, rest) = rest.split_once(' ').unwrap();
    let (device, model) = rest.split_once(' ').unwrap();
    (class, vendor, device, model)
}

#[test]
fn the_embedded_data_hold() {
    let catalogue = Catalogue::builtin();
    assert!(catalogue.models.len() > 80);
    for model in &catalogue.models {
        let vendor =
            vendor_name(model.id.value.0.into()).unwrap_or_else(|| panic!("{}", model.name));
        assert!(model.name.starts_with(vendor), "{} of {vendor}", model.name);
    }
}

#[test]
fn a_host_of_each_vendor_is_read_and_named_or_unknown() {
    let hosts: Vec<(&str, &str, &str, &str)> = HOSTS.lines().map(columns).collect();
    for (class, vendor, device, model) in &hosts {
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
            panic!("{model}: {inventory:?}")
        };
        let half = |id: u32| u16::try_from(id).unwrap();
        let found = Catalogue::builtin().lookup(
            (half(found.vendor_id), half(found.device_id)),
            (
                half(found.subsystem_vendor_id),
                half(found.subsystem_device_id),
            ),
        );
        assert_eq!(found.map_or("-", |found| &found.name), *model);
    }
    let vendors: Vec<u16> = VENDORS.iter().map(|(id, _)| *id).collect();
    for vendor in vendors {
        let id = format!("{vendor:#06x}");
        assert!(hosts.iter().any(|host| host.1 == id), "a host of {id}");
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
fn tpp_is_the_rate_times_the_bits_and_says_whose_rate() {
    let tpp = |device| {
        Catalogue::builtin()
            .lookup((0x10de, device), (0, 0))
            .unwrap()
            .tpp()
    };
    let a100 = tpp(0x20b2).unwrap();
    assert_eq!(a100.to_string(), "312 × 16 = 4992");
    assert_eq!(a100.standing, Standing::Secondary);
    assert_eq!(tpp(0x2329).unwrap().to_string(), "148 × 16 = 2368");
    assert_eq!(tpp(0x2330).unwrap().to_string(), "1978.9 × 8 = 15831");
    assert_eq!(tpp(0x2324), None, "nobody has published it: unknown");
}

#[test]
fn a_row_that_cannot_be_right_is_refused() {
    const SOURCES: &str = "id,standing,url,what\ns,registry,https://example.org,ids\nm,manufacturer,https://example.org,all\n";
    const HEAD: &str = "vendor,device,subvendor,subdevice,model,family,id_source,peak_tera,bits,peak_source,bandwidth_gb_s,bandwidth_source,eccn,eccn_source,note\n";
    let read = |rows: &str| parse(&format!("{HEAD}{rows}"), SOURCES);
    let good = "10de,2335,,,X,Y,s,,,,,,3A090,m,\n";
    read(good).unwrap();
    for bad in [
        "10de,2335,,,,Y,s,,,,,,3A090,m,\n",
        "10de,235,,,X,Y,s,,,,,,3A090,m,\n",
        "10DE,2335,,,X,Y,s,,,,,,3A090,m,\n",
        "10de,2335,10de,,X,Y,s,,,,,,3A090,m,\n",
        "10de,2335,,,X,Y,,,,,,,3A090,m,\n",
        "10de,2335,,,X,Y,other,,,,,,3A090,m,\n",
        "10de,2335,,,X,Y,s,100,8,,,,3A090,m,\n",
        "10de,2335,,,X,Y,s,100,,s,,,3A090,m,\n",
        "10de,2335,,,X,Y,s,,,s,,,3A090,m,\n",
        "10de,2335,,,X,Y,s,100,7,s,,,3A090,m,\n",
        "10de,2335,,,X,Y,s,100000,8,s,,,3A090,m,\n",
        "10de,2335,,,X,Y,s,,,,5,s,3A090,m,\n",
        "10de,2335,,,X,Y,s,,,,2000,,3A090,m,\n",
        "10de,2335,,,X,Y,s,,,,,,EAR99,m,\n",
        "10de,2335,,,X,Y,s,,,,,,3A090,,\n",
        // Others than the manufacturer classify nothing.
        "10de,2335,,,X,Y,m,,,,,,3A090,s,\n",
        // A source that no row names.
        "10de,2335,,,X,Y,s,,,,,,,,\n",
        &format!("{good}{good}"),
    ] {
        assert!(read(bad).is_err(), "{bad}");
    }
    assert!(
        parse(
            HEAD,
            "id,standing,url,what\nv,registry,https://x,vendor id\n"
        )
        .is_ok()
    );
    for bad in [
        "v,registry,ftp://x,vendor id",
        "v,rumour,https://x,vendor id",
        "v,registry,https://x,",
    ] {
        assert!(
            parse(HEAD, &format!("id,standing,url,what\n{bad}\n")).is_err(),
            "{bad}"
        );
    }
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
        model.id.source == "pci.ids"
    });
    for model in listed {
        let name = names
            .get(&model.id.value)
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
        .filter(|model| model.id.source == "nvidia-open")
    {
        assert!(names.contains_key(&model.id.value), "{}", model.name);
    }
}
