//! What is not answered, and the record of what is.

use super::Scene;
use super::harness::auditor::Auditor;
use super::harness::real_now;
use domicile_certs::issue::{DAY_MS, Profile};
use domicile_certs::random::Seeded;
use domicile_ledger::Kind;
use domicile_proto::codec;
use domicile_proto::wire;
use hyper::StatusCode;

#[tokio::test(flavor = "multi_thread")]
async fn wrong_queries_are_problems() {
    let scene = Scene::new().await;
    for (path, status, says) in [
        ("/v1/hosts?lmit=1", 400, "lmit"),
        ("/v1/hosts?limit=0", 400, "`limit`"),
        ("/v1/hosts?limit=1001", 400, "`limit`"),
        ("/v1/hosts?state=asleep", 400, "reporting"),
        ("/v1/hosts?cursor=AAAA", 400, "`cursor`"),
        ("/v1/attestations?value=guilty", 400, "confined"),
        ("/v1/attestations?host=12", 400, "`host`"),
        ("/v1/attestations?from=yesterday", 400, "RFC 3339"),
        ("/v1/attestations/12", 400, "64"),
        ("/v1/nothing", 404, "no such path"),
    ] {
        let (found, detail) = scene.problem(path).await;
        assert_eq!(found, status, "{path}");
        assert!(detail.contains(says), "{path}: {detail}");
    }
    let missing = format!("/v1/attestations/{}", "ab".repeat(32));
    assert_eq!(scene.problem(&missing).await.0, 404);
    assert_eq!(scene.problem(&format!("{missing}/bundle")).await.0, 404);
    let long = format!("/v1/hosts?site={}", "a".repeat(4000));
    assert_eq!(scene.problem(&long).await.0, 414);
    for method in ["POST", "PUT", "DELETE", "PATCH"] {
        let answer = scene.auditor.request(method, "/v1/hosts").await.unwrap();
        assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED);
    }
    scene.running.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn every_read_is_in_the_log_before_its_answer() {
    let scene = Scene::new().await;
    let store = scene.running.service().store().clone();
    for (path, rows) in [
        ("/v1/hosts?limit=2", 2),
        ("/v1/attestations", 4),
        ("/v1/nothing", 0),
    ] {
        let before = store.size();
        scene.auditor.get(path).await;
        assert_eq!(store.size(), before + 1);
        let entry = store.read(before).unwrap();
        assert_eq!(entry.kind, Kind::AuditRead);
        let record: wire::AuditReadRecord = codec::decode(&entry.payload, 4096).unwrap();
        assert_eq!(record.auditor, "auditor-1");
        assert_eq!(record.query, format!("GET {path}"));
        assert_eq!(record.rows, rows);
        assert_eq!(record.at_ms, scene.hands.now());
    }
    // What cannot be recorded is not answered.
    store.set_min_free(u64::MAX);
    let answer = scene.auditor.get("/v1/hosts").await;
    assert_eq!(answer.status, StatusCode::INSUFFICIENT_STORAGE);
    store.set_min_free(0);
    assert_eq!(scene.auditor.get("/v1/hosts").await.status, StatusCode::OK);
    drop(store);
    scene.running.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn only_auditors_are_let_in() {
    let scene = Scene::new().await;
    let mut random = Seeded::new(5);
    let authority = &scene.vendor.authority;
    let agent = scene.agents[0].identity.clone();
    let expired = authority
        .identity(
            Profile::Auditor("late"),
            &mut random,
            real_now() - 2 * DAY_MS,
            DAY_MS,
        )
        .unwrap();
    let other = domicile_certs::authority::Authority::generate(&mut random, real_now()).unwrap();
    let foreign = other
        .identity(
            Profile::Auditor("auditor-1"),
            &mut random,
            real_now(),
            DAY_MS,
        )
        .unwrap();
    let before = scene.running.service().store().size();
    for identity in [agent, expired, foreign] {
        let stranger = Auditor::with(&scene.vendor, scene.running.api, identity);
        assert!(stranger.request("GET", "/v1/hosts").await.is_err());
    }
    assert_eq!(scene.running.service().store().size(), before);
    scene.running.stop().await.unwrap();
}
