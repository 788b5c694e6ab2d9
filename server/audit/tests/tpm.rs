//! What a TPM signed, in a bundle: check by check, and its maker asked again.
#![allow(clippy::unwrap_used)]

mod support;

use domicile_audit::bundle::{Check, Vouchers, verify_bundle, verify_bundle_with};
use domicile_audit::output::{report, report_json};
use domicile_proto::wire::Binding;
use domicile_tpm::endorsement::Makers;
use domicile_tpm::testing::{Maker, SoftTpm};
use serde_json::json;
use std::process::Command;
use support::Scene;
use support::server::write_profile;

fn vouchers(maker: &Maker) -> Vouchers {
    Vouchers {
        tpms: Some(Makers::new([maker.root()]).unwrap()),
        ..Vouchers::default()
    }
}

#[test]
fn a_session_bound_to_a_tpm_replays_and_says_each_check() {
    let (tpm, maker) = (SoftTpm::new(), Maker::new("maker"));
    let scene = Scene::with_tpm(&tpm, &maker.certify(&tpm.ek_public()));
    assert_eq!(scene.verdict.binding(), Binding::Tpm);

    let found = verify_bundle(&scene.bundle, &scene.world.trust).unwrap();
    assert_eq!(found.failure(), None);
    let words = report(&found);
    for line in [
        "binding    tpm\n",
        "tpm        holds: enrolled passed, form passed, signature passed, nonce passed, maker passed\n",
        "firmware 3132333435363738\n",
        "that the device stands where the responder does",
        "the collector saw that at enrolment",
        "the collector found so at enrolment (see --tpm-roots)",
    ] {
        assert!(words.contains(line), "{line}: {words}");
    }
    let json = report_json(&found);
    let checks = json!({
        "enrolled": "passed", "form": "passed", "signature": "passed", "nonce": "passed", "maker": "passed",
    });
    assert_eq!(json["verdict"]["tpm"]["checks"], checks);
    assert_eq!(
        json["verdict"]["tpm"]["account"]["reset_count"],
        0x1112_1314
    );

    // Its maker, asked again, vouches for it; then that is no longer the collector's word.
    let found = verify_bundle_with(&scene.bundle, &scene.world.trust, &vouchers(&maker)).unwrap();
    assert_eq!(found.failure(), None);
    assert!(!report(&found).contains("--tpm-roots"));
}

#[test]
fn a_maker_that_the_auditor_does_not_know_is_no_proof() {
    let (tpm, maker) = (SoftTpm::new(), Maker::new("maker"));
    let scene = Scene::with_tpm(&tpm, &maker.certify(&tpm.ek_public()));
    let verify = |scene: &Scene, vouchers: &Vouchers| {
        verify_bundle_with(&scene.bundle, &scene.world.trust, vouchers).unwrap()
    };
    let found = verify(&scene, &vouchers(&Maker::new("stranger")));
    let (check, why) = found.failure().unwrap();
    assert_eq!(check, Check::Enrolment);
    assert!(why.contains("none of their roots"), "{why}");

    // A collector that says `certified` of another TPM's certificate, or of one out of its time.
    let other = maker.certify(&SoftTpm::new().ek_public());
    let lied = Scene::with_tpm(&tpm, &other);
    for vouchers in [vouchers(&maker), Vouchers::default()] {
        let found = verify(&lied, &vouchers);
        let (check, why) = found.failure().unwrap();
        assert_eq!(check, Check::Enrolment);
        assert!(why.contains("not of this endorsement key"), "{why}");
    }
}

#[test]
fn the_program_asks_the_makers_in_its_files() {
    let (tpm, maker) = (SoftTpm::new(), Maker::new("maker"));
    let scene = Scene::with_tpm(&tpm, &maker.certify(&tpm.ek_public()));
    let folder = tempfile::tempdir().unwrap();
    write_profile(folder.path(), &scene.world, "127.0.0.1:1");
    let write = |name: &str, bytes: &[u8]| std::fs::write(folder.path().join(name), bytes).unwrap();
    write("one.bundle", &scene.bytes());
    write("maker.pem", maker.pem().as_bytes());
    write("maker.der", &maker.root());
    write("stranger.pem", Maker::new("stranger").pem().as_bytes());
    write("text.pem", b"text");
    let run = |roots: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_domicile-audit"));
        command.args(["verify", "one.bundle", "--trust", "trust.toml"]);
        for root in roots {
            command.args(["--tpm-roots", root]);
        }
        let output = command.current_dir(folder.path()).output().unwrap();
        output.status.code()
    };
    assert_eq!(run(&[]), Some(0));
    assert_eq!(run(&["maker.pem"]), Some(0));
    assert_eq!(run(&["stranger.pem", "maker.der"]), Some(0));
    assert_eq!(run(&["stranger.pem"]), Some(1));
    assert_eq!(run(&["text.pem"]), Some(2));
}
