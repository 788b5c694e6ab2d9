//! Writes the beginnings of the fuzz corpora `spdm_report` and `spdm_chain`: reports and chains of a
//! vendor made up here. `cargo run -p domicile-spdm --features testing --example seeds -- FOLDER`
#![allow(clippy::unwrap_used)]

use domicile_spdm::pdi::{Kind, Pdi};
use domicile_spdm::report::Version;
use domicile_spdm::testing::{Form, Generation, Vendor};
use std::fs;
use std::path::PathBuf;

fn main() {
    let folder = PathBuf::from(std::env::args().nth(1).expect("a folder to write into"));
    let write = |target: &str, name: &str, bytes: &[u8]| {
        let folder = folder.join(target);
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join(name), bytes).unwrap();
    };
    let vendor = Vendor::new();
    for version in [Version::V11, Version::V12, Version::V13] {
        for kind in [Kind::Gpu, Kind::Switch] {
            let form = Form {
                version,
                measurements: 2,
                peers: vec![Pdi([3; 8]), Pdi([4; 8])],
                ..Form::default()
            };
            let device = vendor.device(kind, 7);
            let name = format!("{}-{}", kind.name(), version.name());
            write("spdm_report", &name, &device.report([5; 32], &form));
        }
    }
    for (name, generation) in [
        ("hopper", Generation::Hopper),
        ("blackwell", Generation::Blackwell(0x80)),
    ] {
        let mut bytes = Vec::new();
        for certificate in vendor.device_of(Kind::Gpu, 7, generation).chain {
            bytes.extend(u16::try_from(certificate.len()).unwrap().to_be_bytes());
            bytes.extend(certificate);
        }
        write("spdm_chain", name, &bytes);
    }
    write("spdm_chain", "crl", &vendor.revocation_list(2, &[&[3]], 1));
}
