//! `replay --range`: straight from a collector, broken off and gone on with.
#![allow(clippy::unwrap_used)]

mod support;

use domicile_appraise::testing::seeded;
use domicile_audit::commands::Exit;
use domicile_proto::types::Digest;
use serde_json::json;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use support::Scene;
use support::server::{Answers, serve, write_profile};

const RANGE: &str = "2026-01-01T00:00:00Z..2027-01-01T00:00:00Z";

/// Three pages of one verdict each; the last is missing while `away`.
fn answers(scene: &Scene, away: Arc<AtomicBool>) -> Answers {
    let bundle = scene.bytes();
    let id = Digest::read("evidence_hash", &scene.verdict.evidence_hash).unwrap();
    Box::new(move |path| {
        if path.ends_with("/bundle") {
            return Some((200, bundle.clone()));
        }
        let next = match path.split("cursor=").nth(1) {
            None => Some("one"),
            Some("one") => Some("two"),
            Some("two") if away.load(Ordering::Relaxed) => {
                return Some((503, br#"{"title":"away"}"#.to_vec()));
            }
            _ => None,
        };
        let page = json!({"items": [{"id": id.to_string()}], "next": next});
        Some((200, page.to_string().into_bytes()))
    })
}

async fn replay(folder: &Path, out: &str, more: &[&str]) -> (Exit, String) {
    let path = |name: &str| folder.join(name).to_str().unwrap().to_owned();
    let mut all = ["domicile-audit", "--profile"].map(str::to_owned).to_vec();
    all.push(path("profile.toml"));
    all.extend(["replay", "--range", RANGE, "--out"].map(str::to_owned));
    all.push(path(out));
    all.extend(more.iter().map(|one| (*one).to_owned()));
    support::run(all).await
}

#[tokio::test]
async fn broken_off_it_goes_on_to_the_same_bytes_and_asks_for_nothing_twice() {
    let scene = Scene::new();
    let away = Arc::new(AtomicBool::new(false));
    let server = serve(&scene.world, seeded(b'c', 0), answers(&scene, away.clone())).await;
    let folder = tempfile::tempdir().unwrap();
    write_profile(folder.path(), &scene.world, &server.address.to_string());
    let (exit, straight) = replay(folder.path(), "straight", &[]).await;
    assert_eq!(exit, Exit::Ok, "{straight}");
    assert!(
        straight.contains("3 bundles: 3 replayed to the same bytes"),
        "{straight}"
    );

    away.store(true, Ordering::Relaxed);
    let (exit, text) = replay(folder.path(), "broken", &[]).await;
    assert_eq!(exit, Exit::Unreachable, "{text}");
    assert!(!folder.path().join("broken").exists());
    away.store(false, Ordering::Relaxed);
    // Another question is not answered with what was begun.
    let (exit, text) = replay(folder.path(), "broken", &["--device-roots", "other.pem"]).await;
    assert_eq!(exit, Exit::Usage, "{text}");
    let before = server.asked.lock().unwrap().len();
    let (exit, text) = replay(folder.path(), "broken", &[]).await;
    assert_eq!((exit, &text), (Exit::Ok, &straight));
    let asked = server.asked.lock().unwrap()[before..].to_vec();
    assert_eq!(asked.len(), 2, "the last page and its bundle: {asked:?}");
    let read = |name: &str| std::fs::read_to_string(folder.path().join(name)).unwrap();
    assert_eq!(read("broken"), read("straight"));
    assert_eq!(read("straight").lines().count(), 3);
    // What is there is not written over.
    assert_eq!(replay(folder.path(), "broken", &[]).await.0, Exit::Usage);
}

#[tokio::test]
async fn a_verdict_that_does_not_follow_is_named() {
    let scene = Scene::with(|verdict| verdict.licence = "another".into());
    let away = Arc::new(AtomicBool::new(false));
    let server = serve(&scene.world, seeded(b'c', 0), answers(&scene, away)).await;
    let folder = tempfile::tempdir().unwrap();
    write_profile(folder.path(), &scene.world, &server.address.to_string());
    let (exit, text) = replay(folder.path(), "out", &[]).await;
    assert_eq!(exit, Exit::Invalid, "{text}");
    assert!(text.contains("3 FAILED"), "{text}");
}
