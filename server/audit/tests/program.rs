//! The program itself: exit codes, clear errors, the report.
#![allow(clippy::unwrap_used)]

mod support;

use domicile_appraise::testing::World;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use support::Scene;
use support::server::write_profile;

fn run(folder: &Path, arguments: &[&str]) -> (i32, String, String) {
    let Output {
        status,
        stdout,
        stderr,
    } = Command::new(env!("CARGO_BIN_EXE_domicile-audit"))
        .args(arguments)
        .current_dir(folder)
        .output()
        .unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (status.code().unwrap(), text(stdout), text(stderr))
}

/// A folder with a real bundle, the vendor's trust file and an auditor's profile.
fn folder(scene: &Scene) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    // Port 1 of this machine: nobody is there.
    write_profile(folder.path(), &scene.world, "127.0.0.1:1");
    std::fs::write(folder.path().join("one.bundle"), scene.bytes()).unwrap();
    folder
}

#[test]
fn verify_says_what_it_proves_and_what_not() {
    let scene = Scene::new();
    let folder = folder(&scene);
    let (code, report, error) = run(
        folder.path(),
        &["verify", "one.bundle", "--trust", "trust.toml"],
    );
    assert_eq!((code, error.as_str()), (0, ""));
    // The certificate's bytes, the version of the territory data and what depends on it are not this test's.
    let version = domicile_geo::Territories::builtin().version();
    let leaf = domicile_proto::sign::sha256(&scene.host.certificate.leaf).short();
    let length = domicile_proto::codec::encode(&scene.verdict).len();
    let report = report
        .replace(version, "[TERRITORIES]")
        .replace(&leaf, "[LEAF]")
        .replace(&format!("{length} bytes"), "[N] bytes");
    insta::assert_snapshot!("verified", report);
    for format in ["json", "ndjson", "csv"] {
        let arguments = [
            "--format",
            format,
            "--trust",
            "trust.toml",
            "verify",
            "one.bundle",
        ];
        let (code, text, _) = run(folder.path(), &arguments);
        assert!(code == 0 && text.contains("replay"), "{text}");
    }
}

#[test]
fn a_coarse_report_is_verified_offline_too() {
    let scene = Scene::coarse(3_000_000, |_| ());
    let folder = folder(&scene);
    let verify = ["verify", "one.bundle", "--trust", "trust.toml"];
    let (code, report, error) = run(folder.path(), &verify);
    assert_eq!((code, error.as_str()), (0, ""));
    assert!(report.contains("confined"), "{report}");
}

#[test]
fn a_bundle_that_does_not_hold_exits_1_and_names_the_check() {
    let scene = Scene::with(|verdict| verdict.expires_ms += 1);
    let folder = folder(&scene);
    let (code, report, _) = run(
        folder.path(),
        &["verify", "one.bundle", "--trust", "trust.toml"],
    );
    assert_eq!(code, 1);
    assert!(
        report.contains("FAILED  replay") && report.contains("NOT VERIFIED"),
        "{report}"
    );
    let (code, json, _) = run(
        folder.path(),
        &[
            "--format",
            "json",
            "verify",
            "one.bundle",
            "--trust",
            "trust.toml",
        ],
    );
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert!(code == 1 && json["verified"] == false && json["verdict"].is_null());
}

#[test]
fn an_exclusion_is_certified_and_checked_offline() {
    let scene = Scene::new();
    let folder = folder(&scene);
    let with = |arguments: &[&str]| {
        let all = [
            &["exclusion"],
            arguments,
            &["--bundle", "one.bundle", "--trust", "trust.toml"],
        ]
        .concat();
        run(folder.path(), &all)
    };
    let (code, text, error) = with(&[
        "certify",
        "--territory",
        "CN",
        "--territory",
        "RU",
        "--out",
        "cn.cert",
    ]);
    assert_eq!((code, error.as_str()), (0, ""));
    assert!(
        text.contains("at 0.69c with at most 1 lying votes, outside: CN RU"),
        "{text}"
    );
    let (code, text, _) = with(&["check", "cn.cert", "--territory", "RU", "--territory", "CN"]);
    assert!(code == 0 && text.starts_with("HOLDS: at 0.69c"), "{text}");
    for format in ["json", "ndjson", "csv"] {
        let (code, text, _) = with(&[
            "check",
            "cn.cert",
            "--format",
            format,
            "--territory",
            "RU",
            "--territory",
            "CN",
        ]);
        assert!(
            code == 0 && text.contains("holds") && text.contains("CN RU"),
            "{text}"
        );
    }
    // Any byte of it changed: not a certificate, or one that does not hold.
    let bytes = std::fs::read(folder.path().join("cn.cert")).unwrap();
    for at in (0..bytes.len()).step_by(bytes.len() / 12) {
        let mut bent = bytes.clone();
        bent[at] ^= 1;
        std::fs::write(folder.path().join("bent.cert"), bent).unwrap();
        let (code, text, error) = with(&[
            "check",
            "bent.cert",
            "--territory",
            "RU",
            "--territory",
            "CN",
        ]);
        assert_eq!(code, 1, "byte {at}: {text}{error}");
    }
    let (code, text, _) = with(&["check", "cn.cert", "--territory", "RU"]);
    assert!(code == 1 && text.starts_with("DOES NOT HOLD"), "{text}");
    let (code, text, _) = with(&["certify", "--territory", "CN", "--out", "cn.cert"]);
    assert!(code == 2 && text.is_empty(), "it exists");
    let (code, _, error) = with(&["certify", "--territory", "SG", "--out", "sg.cert"]);
    assert!(code == 1 && error.contains("SG is not excluded"), "{error}");
    let (code, _, error) = with(&["certify", "--territory", "ZZ", "--out", "zz.cert"]);
    assert!(code == 2 && error.contains("ZZ"), "{error}");
    let (code, _, error) = with(&[
        "certify",
        "--territory",
        "CN",
        "--tier",
        "0.7c",
        "--out",
        "x.cert",
    ]);
    assert!(code == 2 && error.contains("0.69c"), "{error}");
    assert!(!folder.path().join("sg.cert").exists());
    // Nothing follows from a bundle that does not hold.
    let bad = Scene::with(|verdict| verdict.expires_ms += 1);
    std::fs::write(folder.path().join("one.bundle"), bad.bytes()).unwrap();
    let (code, _, error) = with(&["check", "cn.cert", "--territory", "RU", "--territory", "CN"]);
    assert!(
        code == 1 && error.contains("NOT VERIFIED: replay"),
        "{error}"
    );
}

#[test]
fn truncated_random_and_empty_files_exit_1() {
    let scene = Scene::new();
    let folder = folder(&scene);
    let whole = scene.bytes();
    let random: Vec<u8> = (0..5_000u32)
        .map(|n| (n.wrapping_mul(2_654_435_761) >> 24).to_le_bytes()[0])
        .collect();
    for (name, bytes) in [
        ("cut", &whole[..whole.len() / 2]),
        ("random", &random),
        ("empty", &[]),
    ] {
        std::fs::write(folder.path().join(name), bytes).unwrap();
        let (code, out, error) = run(folder.path(), &["verify", name, "--trust", "trust.toml"]);
        assert_eq!((code, out.as_str()), (1, ""), "{error}");
        assert!(error.contains(name) && error.contains("bundle"), "{error}");
    }
}

#[test]
fn another_vendors_trust_file_exits_1() {
    let scene = Scene::new();
    let folder = folder(&scene);
    let mut trust = scene.world.trust.clone();
    trust.directory_key = trust.token_key;
    std::fs::write(folder.path().join("other.toml"), trust.to_toml()).unwrap();
    let (code, report, _) = run(
        folder.path(),
        &["verify", "one.bundle", "--trust", "other.toml"],
    );
    assert!(
        code == 1 && report.contains("FAILED  directories"),
        "{report}"
    );
}

#[test]
fn wrong_usage_exits_2_and_says_what_to_do() {
    let scene = Scene::new();
    let folder = folder(&scene);
    std::fs::write(folder.path().join("bad.toml"), "servers = \"x\"\n").unwrap();
    std::fs::write(folder.path().join("bad-trust.toml"), "root = 3\n").unwrap();
    let cases: [(&[&str], &str); 9] = [
        (&[], "Usage"),
        (&["verify"], "BUNDLE"),
        (&["verify", "one.bundle"], "--trust"),
        (
            &["verify", "missing.bundle", "--trust", "trust.toml"],
            "missing.bundle",
        ),
        (
            &["verify", "one.bundle", "--trust", "bad-trust.toml"],
            "bad-trust.toml",
        ),
        (&["hosts"], "--server"),
        (&["hosts", "--profile", "bad.toml"], "servers"),
        (
            &["show", "abc", "--profile", "profile.toml"],
            "64 hexadecimal",
        ),
        (&["list", "--from", "yesterday"], "2026-01-31T00:00:00Z"),
    ];
    for (arguments, words) in cases {
        let (code, out, error) = run(folder.path(), arguments);
        assert_eq!((code, out.as_str()), (2, ""), "{arguments:?}: {error}");
        assert!(error.contains(words), "{arguments:?}: {error}");
    }
}

#[test]
fn a_collector_that_is_not_there_exits_4() {
    let folder = folder(&Scene::new());
    let (code, _, error) = run(folder.path(), &["hosts", "--profile", "profile.toml"]);
    assert!(code == 4 && error.contains("127.0.0.1:1"), "{error}");
}

#[test]
fn a_directory_of_another_vendor_exits_2_before_anybody_is_asked() {
    let scene = Scene::new();
    let folder = folder(&scene);
    let mut bytes = World::new().directory_bytes;
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    std::fs::write(folder.path().join("directory.bin"), bytes).unwrap();
    let (code, _, error) = run(folder.path(), &["hosts", "--profile", "profile.toml"]);
    assert!(code == 2 && error.contains("directory.bin"), "{error}");
}

#[test]
fn a_reader_that_has_enough_is_no_error() {
    let scene = Scene::new();
    let folder = folder(&scene);
    let mut child = Command::new(env!("CARGO_BIN_EXE_domicile-audit"))
        .args(["verify", "one.bundle", "--trust", "trust.toml"])
        .current_dir(folder.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let Output { status, stderr, .. } = child.wait_with_output().unwrap();
    assert_eq!((status.code(), stderr), (Some(0), vec![]));
}

#[test]
fn the_help_states_the_exit_codes() {
    let (code, help, _) = run(Path::new("/"), &["--help"]);
    assert_eq!(code, 0);
    for line in [
        "0  done",
        "1  `verify`",
        "2  wrong usage",
        "3  unwitnessed",
        "4  the collector",
        "5  `monitor`",
        "6  `monitor`",
        "7  `monitor`",
        "8  `monitor`",
    ] {
        assert!(help.contains(line), "{help}");
    }
}

/// A verdict under a checkpoint that witnesses signed, and the same without them.
#[test]
fn verify_says_whether_witnesses_signed() {
    use domicile_ledger::witness::{Checkpoint, KeyUse, VerifierKey, cosign};
    let mut scene = Scene::new();
    let head = scene.bundle.head.clone().unwrap();
    let log: VerifierKey =
        domicile_ledger::verifier_key("log.example/test", &scene.world.log.public().0)
            .parse()
            .unwrap();
    let witness = domicile_proto::sign::SigningKey::from_seed(&[5; 32]);
    let key = VerifierKey {
        name: "w.example".into(),
        usage: KeyUse::Cosignature,
        public: witness.public().0,
    };
    let signed = |size: u64| {
        let root = head.root.clone().try_into().unwrap();
        let head = domicile_ledger::Head::sign(scene.world.log.ring(), &log.name, size, root);
        let plain = Checkpoint::of(&head, &log);
        let line = cosign(witness.ring(), "w.example", 1_800_000_000, &head.text());
        let lines = plain.answered(&line, std::slice::from_ref(&key));
        plain.with(&lines, &log).note().as_bytes().to_vec()
    };
    let (right, other) = (signed(head.size), signed(head.size + 1));
    let folder = folder(&scene);
    let text = format!("key = \"{log}\"\nneeded = 1\nwitness = [\"{key}\"]\n");
    std::fs::write(folder.path().join("log.toml"), text).unwrap();
    let mut verify = |checkpoint: &[u8]| {
        scene.bundle.checkpoint = checkpoint.to_vec();
        std::fs::write(folder.path().join("one.bundle"), scene.bytes()).unwrap();
        let arguments = [
            "verify",
            "one.bundle",
            "--trust",
            "trust.toml",
            "--log",
            "log.toml",
        ];
        run(folder.path(), &arguments)
    };
    let (code, report, _) = verify(&right);
    assert_eq!(code, 0, "{report}");
    assert!(report.contains("signed by witness w.example"), "{report}");
    assert!(!report.contains("UNWITNESSED"), "{report}");
    // A checkpoint of another head says nothing about this one; no checkpoint says nothing at all.
    for bytes in [&other[..], b"", b"rubbish"] {
        let (code, report, _) = verify(bytes);
        assert_eq!(code, 3, "{report}");
        assert!(report.contains("UNWITNESSED"), "{report}");
    }
}
