//! Bundles by the folder: replayed, judged by another policy, and what is missing or altered is named.
#![allow(clippy::unwrap_used)]

mod support;

use domicile_appraise::testing::World;
use domicile_audit::bundle::Vouchers;
use domicile_audit::commands::Exit;
use domicile_audit::replay::{Against, Replayed, replay};
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};
use support::Scene;
use support::server::{serve, write_profile};

/// A folder with copies of one bundle, and the trust file.
struct Stage {
    scene: Scene,
    folder: tempfile::TempDir,
}

impl Stage {
    fn new(copies: usize) -> Self {
        let scene = Scene::new();
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("bundles")).unwrap();
        for copy in 0..copies {
            fs::write(
                folder.path().join(format!("bundles/{copy:02}.bundle")),
                scene.bytes(),
            )
            .unwrap();
        }
        fs::write(folder.path().join("bundles/notes.txt"), "no bundle").unwrap();
        fs::write(
            folder.path().join("trust.toml"),
            scene.world.trust.to_toml(),
        )
        .unwrap();
        Self { scene, folder }
    }

    fn at(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    async fn replay(&self, arguments: &[&str]) -> (Exit, String) {
        let (bundles, trust) = (self.at("bundles"), self.at("trust.toml"));
        let start = [
            "domicile-audit",
            "--trust",
            trust.to_str().unwrap(),
            "replay",
            bundles.to_str().unwrap(),
        ];
        support::run(start.iter().chain(arguments)).await
    }
}

#[tokio::test]
async fn a_folder_is_replayed_and_what_was_altered_is_named() {
    let stage = Stage::new(5);
    let (exit, text) = stage.replay(&[]).await;
    assert_eq!(exit, Exit::Ok, "{text}");
    assert!(
        text.starts_with("5 bundles: 5 replayed to the same bytes (confined 5), 0 FAILED\n"),
        "{text}"
    );

    let mut bytes = stage.scene.bytes();
    let at = bytes.len() / 2;
    bytes[at] ^= 1;
    fs::write(stage.at("bundles/03.bundle"), bytes).unwrap();
    let (exit, text) = stage.replay(&["--format", "ndjson"]).await;
    assert_eq!(exit, Exit::Invalid, "{text}");
    let rows: Vec<Value> = text
        .lines()
        .map(|row| serde_json::from_str(row).unwrap())
        .collect();
    let states: Vec<&str> = rows
        .iter()
        .map(|row| row["replay"].as_str().unwrap())
        .collect();
    assert_eq!(states, ["same", "same", "same", "FAILED", "same"]);
    assert!(rows[3]["bundle"].as_str().unwrap().ends_with("03.bundle"));
}

#[tokio::test]
async fn nothing_to_replay_is_not_success() {
    let stage = Stage::new(0);
    assert_eq!(stage.replay(&[]).await.0, Exit::Invalid);
}

#[test]
fn results_are_the_same_on_one_thread_and_on_many() {
    let stage = Stage::new(9);
    let paths: Vec<PathBuf> = (0..9)
        .map(|n| stage.at(&format!("bundles/{n:02}.bundle")))
        .collect();
    let vouchers = Vouchers::default();
    let against = Against {
        trust: &stage.scene.world.trust,
        vouchers: &vouchers,
        policy: None,
    };
    let on = |threads: usize| -> Vec<Replayed> { replay(&paths, against, threads, || ()) };
    let (one, many) = (on(1), on(4));
    assert_eq!(one, many);
    assert_eq!(
        one.iter().map(|result| &result.path).collect::<Vec<_>>(),
        paths.iter().collect::<Vec<_>>()
    );
    assert!(one.iter().all(|result| result.outcome.is_ok()));
}

#[tokio::test]
async fn another_policy_gives_another_answer_to_the_same_evidence() {
    let stage = Stage::new(3);
    let policy = stage.at("other.toml");
    let text = "version = 9\n[[licence]]\nname = \"asia\"\npermitted = [\"DE\"]\n";
    fs::write(&policy, text).unwrap();
    let (exit, text) = stage.replay(&["--policy", policy.to_str().unwrap()]).await;
    assert_eq!(exit, Exit::Ok, "{text}");
    assert!(text.contains("under policy version 9"), "{text}");
    assert!(
        text.contains("3 change\n  confined at 0.69c -> permitted-excluded at 0.69c: 3\n"),
        "{text}"
    );
    // The verdict's own policy changes nothing.
    fs::write(&policy, domicile_appraise::testing::POLICY).unwrap();
    let (_, text) = stage.replay(&["--policy", policy.to_str().unwrap()]).await;
    assert!(text.contains(": 0 change\n"), "{text}");
}

#[tokio::test]
async fn the_policy_of_another_day_is_made_from_packs_and_registry() {
    let stage = Stage::new(2);
    let registry = stage.at("registry.toml");
    let text = "[[customer]]\nid = \"acme\"\nname = \"Acme\"\nheadquarters = \"SG\"\n\n\
                [[licence]]\nnumber = \"asia\"\nauthority = \"BIS\"\nmodels = [\"H200\"]\nquantity = 8\n\
                consignee = \"acme\"\nend-user = \"acme\"\nend-user-headquarters = \"SG\"\npermitted = [\"SG\", \"MY\", \"ID\"]\nvalid-from = \"2026-01-20\"\nvalid-until = \"2028-01-20\"\n";
    fs::write(&registry, text).unwrap();
    let as_of = async |day: &str| {
        stage
            .replay(&["--registry", registry.to_str().unwrap(), "--as-of", day])
            .await
    };
    let (exit, text) = as_of("2026-02-01").await;
    assert_eq!(exit, Exit::Ok, "{text}");
    assert!(text.contains(": 0 change\n"), "{text}");
    // Before the licence held, nothing was permitted under it.
    let (_, text) = as_of("2025-12-01").await;
    assert!(
        text.contains("confined at 0.69c -> insufficient at 0.69c: 2\n"),
        "{text}"
    );
    let (exit, text) = stage.replay(&["--as-of", "2026-02-01"]).await;
    assert_eq!(exit, Exit::Usage);
    assert!(text.contains("--registry"), "{text}");
}

#[tokio::test]
async fn a_range_is_exported_with_its_signed_listing_and_a_missing_bundle_is_named() {
    let scene = Scene::new();
    let id = data_encoding::HEXLOWER.encode(&scene.verdict.evidence_hash);
    let (bundle, listed) = (scene.bytes(), id.clone());
    let answers = move |path: &str| {
        if path.starts_with("/v1/attestations?") {
            let page = json!({"items": [{"id": listed, "value": "confined"}], "next": null});
            return Some((200, page.to_string().into_bytes()));
        }
        assert_eq!(path, format!("/v1/attestations/{listed}/bundle"));
        Some((200, bundle.clone()))
    };
    let world = World::new();
    let server = serve(
        &world,
        domicile_appraise::testing::seeded(b'c', 0),
        Box::new(answers),
    )
    .await;
    let folder = tempfile::tempdir().unwrap();
    let profile = write_profile(folder.path(), &world, &server.address.to_string());
    let out = folder.path().join("year");
    let text = |path: &Path| path.to_str().unwrap().to_owned();
    let base = [
        "domicile-audit".to_owned(),
        "--profile".to_owned(),
        text(&profile),
    ];
    let with = async |more: &[&str]| {
        support::run(base.iter().map(String::as_str).chain(more.iter().copied())).await
    };
    let out_text = text(&out);
    let export = [
        "export",
        "--from",
        "2026-01-01T00:00:00Z",
        "--out",
        &out_text,
    ];
    let (exit, said) = with(&export).await;
    assert_eq!(exit, Exit::Ok, "{said}");
    // Verified as any saved listing, and replayed as any bundle.
    assert_eq!(
        with(&["saved", "verify", &text(&out.join("listing"))])
            .await
            .0,
        Exit::Ok
    );
    let (exit, said) = with(&["replay", &out_text]).await;
    assert_eq!(exit, Exit::Ok, "{said}");
    // A bundle that was lost is named; the same export brings it back.
    fs::remove_file(out.join(format!("{id}.bundle"))).unwrap();
    let (exit, said) = with(&["replay", &out_text]).await;
    assert_eq!(exit, Exit::Invalid);
    assert!(said.contains(&id), "{said}");
    assert_eq!(with(&export).await.0, Exit::Ok);
    assert_eq!(with(&["replay", &out_text]).await.0, Exit::Ok);
    // Neither an id nor a filter.
    assert_eq!(with(&["export", "--out", &out_text]).await.0, Exit::Usage);
}
