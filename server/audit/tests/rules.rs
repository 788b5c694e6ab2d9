//! Old rules stay runnable: for every version of the rules that a verdict may name there is a bundle here,
//! made when they were new, and it replays to the same bytes. Whoever changes what follows from evidence makes a
//! new version ([`domicile_appraise::CODE_VERSION`]), keeps the old one, and adds a bundle with
//! `DOMICILE_REGENERATE=1 cargo test -p domicile-audit --test rules`. A bundle that is here is never written again.
#![allow(clippy::unwrap_used)]

mod support;

use domicile_appraise::CODE_VERSION;
use domicile_audit::bundle::{Vouchers, read_bundle, verify_bundle_with};
use domicile_certs::Trust;
use domicile_spdm::roots::Roots;
use domicile_spdm::testing::Vendor;
use std::fs;
use std::path::{Path, PathBuf};
use support::Scene;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/rules")
}

/// `domicile-appraise/2` as a file name.
fn stem() -> String {
    CODE_VERSION.replace('/', "-")
}

#[test]
fn every_version_of_the_rules_replays_its_bundle() {
    let own = folder().join(stem()).with_extension("bundle");
    if std::env::var_os("DOMICILE_REGENERATE").is_some() && !own.exists() {
        let vendor = Vendor::new();
        let scene = Scene::with_device(&vendor);
        fs::create_dir_all(folder()).unwrap();
        fs::write(&own, scene.bytes()).unwrap();
        fs::write(own.with_extension("toml"), scene.world.trust.to_toml()).unwrap();
        fs::write(own.with_extension("roots"), vendor.root_pem()).unwrap();
    }
    assert!(
        own.exists(),
        "no bundle of {CODE_VERSION}: see the head of this file"
    );
    let mut seen = 0;
    for entry in fs::read_dir(folder()).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|end| end != "bundle") {
            continue;
        }
        let trust = Trust::load(&path.with_extension("toml")).unwrap();
        let bundle = read_bundle(&fs::read(&path).unwrap()).unwrap();
        let root = fs::read(path.with_extension("roots")).unwrap();
        let vouchers = Vouchers {
            devices: Roots::from_pem(&root).unwrap(),
            tpms: None,
        };
        let report = verify_bundle_with(&bundle, &trust, &vouchers).unwrap();
        assert_eq!(report.failure(), None, "{}", path.display());
        assert!(report.is_verified());
        seen += 1;
    }
    assert!(seen > 0);
}
