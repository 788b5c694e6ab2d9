//! What devices signed: in a bundle, and as files.
#![allow(clippy::unwrap_used)]

mod support;

use data_encoding::{BASE64, HEXLOWER};
use domicile_audit::bundle::{Check, Vouchers, verify_bundle, verify_bundle_with};
use domicile_proto::wire::Binding;
use domicile_spdm::pdi::Kind;
use domicile_spdm::testing::{Form, TestDevice, Vendor};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::Command;
use support::Scene;

const NONCE: [u8; 32] = [5; 32];

fn run(folder: &Path, arguments: &[&str]) -> (i32, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_domicile-audit"))
        .args(arguments)
        .current_dir(folder)
        .output()
        .unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    let code = output.status.code().unwrap();
    (code, text(output.stdout), text(output.stderr))
}

fn vouchers(vendor: &Vendor) -> Vouchers {
    Vouchers {
        devices: vendor.roots(),
        ..Vouchers::default()
    }
}

#[test]
fn a_verdict_on_devices_replays_from_its_bundle() {
    let vendor = Vendor::new();
    let scene = Scene::with_device(&vendor);
    assert_eq!(scene.verdict.binding(), Binding::Gpu);
    let report = verify_bundle_with(&scene.bundle, &scene.world.trust, &vouchers(&vendor)).unwrap();
    assert_eq!(report.failure(), None);
    let words = domicile_audit::output::report(&report);
    assert!(
        words.contains("binding    gpu, signed within 7."),
        "{words}"
    );
    assert!(
        words.contains("device     gpu 0000000000000007, binding gpu"),
        "{words}"
    );
    assert!(
        words.contains("that the device stands where the responder does"),
        "{words}"
    );

    // Under the vendor's own root it is another question, and said to be.
    let report = verify_bundle(&scene.bundle, &scene.world.trust).unwrap();
    assert_eq!(report.failure().unwrap().0, Check::Rules);
    // Without the chain something else follows.
    let mut without = scene.bundle.clone();
    without.device_chains.clear();
    let report = verify_bundle_with(&without, &scene.world.trust, &vouchers(&vendor)).unwrap();
    assert_eq!(report.failure().unwrap().0, Check::Replay);
    // A chain that no report names has no place here.
    let plain = Scene::new();
    let mut strange = plain.bundle.clone();
    strange.device_chains = scene.bundle.device_chains.clone();
    assert!(
        !verify_bundle(&strange, &plain.world.trust)
            .unwrap()
            .is_verified()
    );
}

/// A folder with a report as text and as bytes, its chain, and the root.
fn files(vendor: &Vendor, device: &TestDevice) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let report = device.report(NONCE, &Form::default());
    let write = |name: &str, bytes: &[u8]| std::fs::write(folder.path().join(name), bytes).unwrap();
    write(
        "report.txt",
        format!("{}\n", HEXLOWER.encode(&report)).as_bytes(),
    );
    write("report.bin", &report);
    write("chain.pem", device.pem().as_bytes());
    write("root.pem", vendor.root_pem().as_bytes());
    write("clean.crl", &vendor.revocation_list(2, &[], 1));
    write("revoked.crl", &vendor.revocation_list(2, &[&[3]], 1));
    let mut broken = report;
    let last = broken.len() - 1;
    broken[last] ^= 1;
    write("broken.bin", &broken);
    folder
}

/// The arguments for one report.
fn one<'a>(report: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    let given = [
        "device-report",
        "verify",
        "--chain",
        "chain.pem",
        "--root",
        "root.pem",
    ];
    let at = ["--at", "2026-01-20T00:00:00Z", "--report", report];
    [&given[..], &at, more].concat()
}

#[test]
fn a_report_is_verified_from_its_files() {
    let vendor = Vendor::new();
    let folder = files(&vendor, &vendor.device(Kind::Gpu, 7));
    let nonce = HEXLOWER.encode(&NONCE);
    let zeros = "0".repeat(64);
    let run = |arguments: &[&str]| run(folder.path(), arguments);

    let (code, table, error) = run(&one("report.txt", &["--nonce", &nonce]));
    assert_eq!((code, error.as_str()), (0, ""), "{table}");
    insta::assert_snapshot!("device_report", table);
    let (code, json, _) = run(&one("report.bin", &["--nonce", &nonce, "--format", "json"]));
    assert_eq!(code, 0);
    insta::assert_snapshot!(
        "device_report_json",
        json.replace(&leaf_hash(&json), "[LEAF]")
    );

    let failing: [(&[&str], &str); 4] = [
        (&one("broken.bin", &[]), "FAILED   signature"),
        (&one("report.bin", &["--nonce", &zeros]), "FAILED   nonce"),
        (
            &one("report.bin", &["--crl", "revoked.crl"]),
            "FAILED   revocation",
        ),
        (
            &[
                "device-report",
                "verify",
                "--report",
                "report.bin",
                "--chain",
                "chain.pem",
            ],
            "FAILED   chain",
        ),
    ];
    for (arguments, words) in failing {
        let (code, table, _) = run(arguments);
        assert_eq!(code, 1, "{arguments:?}");
        assert!(
            table.contains(words) && table.contains("NOT VERIFIED"),
            "{table}"
        );
    }
    let (code, table, _) = run(&one("report.bin", &["--crl", "clean.crl"]));
    assert!(code == 0 && table.contains("19 days old"), "{table}");
}

fn leaf_hash(json: &str) -> String {
    let value: Value = serde_json::from_str(json).unwrap();
    value["reports"][0]["leaf_key_hash"]
        .as_str()
        .unwrap()
        .into()
}

#[test]
fn wrong_files_and_arguments_exit_2() {
    let vendor = Vendor::new();
    let folder = files(&vendor, &vendor.device(Kind::Gpu, 7));
    for arguments in [
        &["device-report", "verify"][..],
        &["device-report", "verify", "--report", "report.bin"],
        &one("absent.bin", &[]),
        &one("report.bin", &["--nonce", "12"]),
        &one("report.bin", &["--crl", "chain.pem"]),
        &one("report.bin", &["--reference-values", "chain.pem"]),
        &["device-report", "verify", "--evidence", "root.pem"],
    ] {
        let (code, out, error) = run(folder.path(), arguments);
        assert_eq!((code, out.as_str()), (2, ""), "{arguments:?}");
        assert!(!error.is_empty());
    }
}

#[test]
fn a_board_is_verified_from_the_vendors_evidence_files() {
    let vendor = Vendor::new();
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("root.pem"), vendor.root_pem()).unwrap();
    let entry = |(device, form): &(TestDevice, Form)| {
        json!({
            "version": "1.0",
            "arch": match device.device.kind { Kind::Gpu => "HOPPER", Kind::Switch => "LS10" },
            "certificate": BASE64.encode(device.pem().as_bytes()),
            "evidence": BASE64.encode(&device.report(NONCE, form)),
            "nonce": HEXLOWER.encode(&NONCE),
        })
    };
    let mut board: Vec<Value> = vendor.board(1).iter().map(entry).collect();
    board[0]["nonce"] = json!(BASE64.encode(&NONCE));
    let write = |name: &str, list: &[Value]| {
        std::fs::write(folder.path().join(name), json!(list).to_string()).unwrap();
    };
    write("gpus.json", &board[..8]);
    write("switches.json", &board[8..]);
    let run = |files: &[&str]| {
        let mut arguments = vec![
            "device-report",
            "verify",
            "--root",
            "root.pem",
            "--format",
            "json",
        ];
        files
            .iter()
            .for_each(|file| arguments.extend(["--evidence", file]));
        let (code, out, error) = run(folder.path(), &arguments);
        let value: Value = serde_json::from_str(&out).unwrap_or_else(|_| panic!("{error}"));
        (code, value)
    };
    let (code, whole) = run(&["gpus.json", "switches.json"]);
    assert_eq!((code, whole["reports"].as_array().unwrap().len()), (0, 12));
    assert_eq!(whole["board"]["missing"], json!([]));
    let (code, half) = run(&["gpus.json"]);
    assert_eq!(
        (code, half["board"]["missing"].as_array().unwrap().len()),
        (0, 4)
    );

    board[8]["arch"] = json!("HOPPER");
    write("mixed.json", &board);
    let (code, mixed) = run(&["mixed.json"]);
    assert_eq!((code, &mixed["verified"]), (1, &json!(false)));
}

#[test]
fn published_reports_exit_as_they_should() {
    let Some(folder) = std::env::var_os("DOMICILE_GPU_ATTESTATION").map(PathBuf::from) else {
        eprintln!("not run: set DOMICILE_GPU_ATTESTATION to the folder of published reports");
        return;
    };
    let pair = |report, chain| vec!["--report", report, "--chain", chain];
    for (files, expected) in [
        (
            pair("hopperAttestationReport.txt", "hopperCertChain.txt"),
            0,
        ),
        (
            pair(
                "hopperAttestationReportExpired.txt",
                "hopperCertChainExpired.txt",
            ),
            0,
        ),
        (
            pair(
                "hopperAttestationReportInvalidSignature.txt",
                "hopperCertChain.txt",
            ),
            1,
        ),
        (
            pair("blackwellAttestationReport.txt", "blackwellCertChain.txt"),
            0,
        ),
        (
            pair(
                "switch/switchAttestationReport.txt",
                "switch/switchCertChain.txt",
            ),
            0,
        ),
        (
            pair(
                "switch/switchAttestationReportInvalidSignature.txt",
                "switch/switchCertChain.txt",
            ),
            1,
        ),
        (
            vec![
                "--evidence",
                "hgx/gpu_evidence.json",
                "--evidence",
                "hgx/switch_evidence.json",
            ],
            0,
        ),
    ] {
        let arguments = [&["device-report", "verify", "--format", "json"][..], &files].concat();
        let (code, out, error) = run(&folder, &arguments);
        assert_eq!(code, expected, "{files:?} {out} {error}");
        let value: Value = serde_json::from_str(&out).unwrap();
        assert_eq!(value["verified"], json!(expected == 0));
        if value["reports"].as_array().unwrap().len() == 12 {
            assert_eq!(value["board"]["missing"], json!([]), "{files:?}");
        }
    }
}
