//! `result` and `cose-receipt`: offline, against the bundle, and what is refused.
#![allow(clippy::unwrap_used)]

mod support;

use domicile_appraise::testing::{NOW_MS, World};
use domicile_geo::Territories;
use domicile_ledger::{Head, InclusionProof};
use domicile_proto::sign::SigningKey;
use domicile_proto::wire::Verdict;
use domicile_result::{AttestationResult, Subject, receipt};
use std::path::Path;
use std::process::Command;
use support::Scene;
use support::server::write_profile;

fn run(folder: &Path, arguments: &[&str]) -> (i32, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_domicile-audit"))
        .args(arguments)
        .current_dir(folder)
        .output()
        .unwrap();
    let text = [output.stdout, output.stderr].concat();
    (
        output.status.code().unwrap(),
        String::from_utf8(text).unwrap(),
    )
}

fn result(scene: &Scene, verdict: &Verdict) -> AttestationResult {
    let evidence = scene.bundle.evidence.as_ref().unwrap();
    let record: domicile_proto::wire::EvidenceRecord =
        domicile_proto::codec::decode(&evidence.payload, 1 << 20).unwrap();
    let signed = domicile_proto::codec::decode(&record.evidence, 1 << 20).unwrap();
    let report = domicile_appraise::verify::Report::read(&signed).unwrap();
    AttestationResult::of(&Subject {
        verdict,
        session_nonce: report.nonce.as_bytes(),
        territories: Territories::builtin(),
        asked_with: None,
    })
    .unwrap()
}

/// A folder with bundle, trust file, directory, and the verdict's result in both forms.
fn folder(scene: &Scene) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    write_profile(folder.path(), &scene.world, "127.0.0.1:1");
    let write = |name: &str, bytes: &[u8]| std::fs::write(folder.path().join(name), bytes).unwrap();
    write("one.bundle", &scene.bytes());
    let made = result(scene, &scene.verdict);
    write("one.cose", &made.to_cose(&scene.world.collector));
    write(
        "one.jws",
        format!("{}\n", made.to_jws(&scene.world.collector)).as_bytes(),
    );
    folder
}

/// A time before the verdict expires.
fn soon() -> String {
    let at = jiff::Timestamp::from_millisecond(i64::try_from(NOW_MS).unwrap()).unwrap();
    at.to_string()
}

#[test]
fn verify_shows_every_claim_of_either_form() {
    let scene = Scene::new();
    let folder = folder(&scene);
    let made = result(&scene, &scene.verdict);
    let key = scene.world.collector.public().to_string();
    let by_directory = ["--trust", "trust.toml", "--directory", "directory.bin"];
    for file in ["one.cose", "one.jws"] {
        let asked = ["result", "verify", "--result", file, "--at", &soon()];
        for by in [&by_directory[..], &["--key", &key]] {
            let (code, text) = run(folder.path(), &[&asked[..], by].concat());
            assert_eq!(code, 0, "{text}");
            assert!(text.contains("the host's tier: affirming"), "{text}");
            for (claim, value) in made.lines() {
                assert!(text.contains(&format!("{claim}: {value}")), "{claim}");
            }
        }
    }
    // Years later the signature holds and nothing is said any more.
    let (code, text) = run(
        folder.path(),
        &[
            "result",
            "verify",
            "--result",
            "one.cose",
            "--key",
            &key,
            "--at",
            "2040-01-01T00:00:00Z",
        ],
    );
    assert_eq!(code, 0);
    assert!(text.contains("tier: none (it has expired"), "{text}");
    for format in ["json", "ndjson", "csv"] {
        let asked = [
            "--format", format, "result", "verify", "--result", "one.cose",
        ];
        let (code, text) = run(folder.path(), &[&asked[..], &["--key", &key]].concat());
        assert_eq!(code, 0);
        assert!(
            text.contains("domicile_value") && text.contains("confined"),
            "{text}"
        );
    }
}

#[test]
fn other_keys_and_bent_files_are_refused() {
    let scene = Scene::new();
    let folder = folder(&scene);
    let key = scene.world.collector.public().to_string();
    let other = scene.world.log.public().to_string();
    let verify = |file: &str, key: &str| {
        run(
            folder.path(),
            &["result", "verify", "--result", file, "--key", key],
        )
    };
    let (code, text) = verify("one.cose", &other);
    assert_eq!(code, 1);
    assert!(text.contains("NOT VERIFIED"), "{text}");
    for file in ["one.cose", "one.jws"] {
        let mut bytes = std::fs::read(folder.path().join(file)).unwrap();
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        std::fs::write(folder.path().join("bent"), bytes).unwrap();
        let (code, text) = verify("bent", &key);
        assert_eq!(code, 1, "{file}");
        assert!(text.contains("NOT VERIFIED"), "{text}");
    }
    assert_eq!(verify("one.bundle", &key).0, 1);
    assert_eq!(verify("missing", &key).0, 2);
}

#[test]
fn check_computes_the_result_again() {
    let scene = Scene::new();
    let folder = folder(&scene);
    let check = |file: &str| {
        let asked = [
            "result",
            "check",
            "--result",
            file,
            "--bundle",
            "one.bundle",
        ];
        run(
            folder.path(),
            &[&asked[..], &["--trust", "trust.toml"]].concat(),
        )
    };
    for file in ["one.cose", "one.jws"] {
        let (code, text) = check(file);
        assert_eq!(code, 0, "{text}");
        assert!(text.starts_with("AGREES"), "{text}");
    }
    // A collector that signs something kinder than its own verdict.
    let mut kinder = scene.verdict.clone();
    kinder.expires_ms += 3_600_000;
    let lie = result(&scene, &kinder).to_cose(&scene.world.collector);
    std::fs::write(folder.path().join("lie.cose"), lie).unwrap();
    let (code, text) = check("lie.cose");
    assert_eq!(code, 1);
    assert!(text.starts_with("DOES NOT AGREE"), "{text}");
    assert!(
        text.contains("expires_ms") && text.contains("exp"),
        "{text}"
    );
    // Of a key that is no collector's.
    let foreign = result(&scene, &scene.verdict).to_cose(&SigningKey::from_seed(&[3; 32]));
    std::fs::write(folder.path().join("foreign.cose"), foreign).unwrap();
    assert_eq!(check("foreign.cose").0, 1);
}

/// A verdict that does not follow from its evidence has no result that agrees.
#[test]
fn a_bundle_that_does_not_hold_agrees_with_nothing() {
    let scene = Scene::with(|verdict| verdict.expires_ms += 1);
    let folder = folder(&scene);
    let asked = [
        "result",
        "check",
        "--result",
        "one.cose",
        "--bundle",
        "one.bundle",
    ];
    let (code, text) = run(
        folder.path(),
        &[&asked[..], &["--trust", "trust.toml"]].concat(),
    );
    assert_eq!(code, 1);
    assert!(text.contains("replay"), "{text}");
}

#[test]
fn a_cose_receipt_holds_for_its_record_of_the_bundle() {
    let scene = Scene::new();
    let folder = folder(&scene);
    let bundle = &scene.bundle;
    let head = bundle.head.as_ref().unwrap();
    let root = head.root.clone().try_into().unwrap();
    let head = Head::sign(scene.world.log.ring(), &bundle.log_origin, head.size, root);
    let entry = bundle.verdict.as_ref().unwrap();
    let hashes = entry
        .inclusion
        .iter()
        .map(|hash| hash.clone().try_into().unwrap());
    let proof = InclusionProof {
        index: entry.index,
        size: head.size,
        hashes: hashes.collect(),
    };
    let verify = |bytes: &[u8]| {
        std::fs::write(folder.path().join("one.receipt"), bytes).unwrap();
        let asked = ["cose-receipt", "verify", "--receipt", "one.receipt"];
        let with = ["--bundle", "one.bundle", "--trust", "trust.toml"];
        run(folder.path(), &[&asked[..], &with].concat())
    };
    let good = receipt::sign(&head, &proof, &scene.world.log);
    let (code, text) = verify(&good);
    assert_eq!(code, 0, "{text}");
    assert!(
        text.starts_with("VERIFIED: record 7 is in the first 9 records"),
        "{text}"
    );
    let mut elsewhere = proof.clone();
    elsewhere.index = 4;
    for (bytes, why) in [
        (
            receipt::sign(&head, &elsewhere, &scene.world.log),
            "NOT VERIFIED",
        ),
        (
            receipt::sign(&head, &proof, &scene.world.collector),
            "signer",
        ),
        (good[..good.len() - 1].to_vec(), "COSE_Sign1"),
    ] {
        let (code, text) = verify(&bytes);
        assert_eq!(code, 1, "{text}");
        assert!(text.contains(why), "{text}");
    }
}

/// The vendor's next directory names other keys. What the old ones signed still verifies, with the
/// directory of then, and is not taken for something that the new keys said.
#[test]
fn what_was_signed_before_a_rotation_verifies_after_it() {
    let scene = Scene::new();
    let folder = folder(&scene);
    let rotated = World::with(|directory| {
        directory.version += 1;
        directory.collectors[0].key = SigningKey::from_seed(&[77; 32]).public().to_vec();
        directory.collectors[0].log_key = SigningKey::from_seed(&[78; 32]).public().to_vec();
    });
    let path = |name: &str| folder.path().join(name);
    std::fs::rename(path("directory.bin"), path("of-then.bin")).unwrap();
    std::fs::write(path("directory.bin"), &rotated.directory_bytes).unwrap();
    let run = |arguments: &[&str]| {
        run(
            folder.path(),
            &[arguments, &["--trust", "trust.toml"]].concat(),
        )
    };
    assert_eq!(run(&["verify", "one.bundle"]).0, 0);
    assert_eq!(
        run(&[
            "result",
            "check",
            "--result",
            "one.cose",
            "--bundle",
            "one.bundle"
        ])
        .0,
        0
    );
    let by = |directory: &str| {
        run(&[
            "result",
            "verify",
            "--result",
            "one.cose",
            "--directory",
            directory,
        ])
    };
    assert_eq!(by("of-then.bin").0, 0);
    let (code, text) = by("directory.bin");
    assert_eq!(code, 1);
    assert!(text.contains("none of those given"), "{text}");
}
