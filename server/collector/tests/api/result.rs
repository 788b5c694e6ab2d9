//! Verdicts as attestation results, and COSE receipts of their records.

use super::Scene;
use domicile_ledger::{Kind, Leaf};
use domicile_proto::codec;
use domicile_proto::wire;
use domicile_result::ar4si::Tier;
use domicile_result::profile::label;
use domicile_result::{AttestationResult, Form, receipt};
use hyper::StatusCode;

#[tokio::test(flavor = "multi_thread")]
async fn a_verdict_is_given_as_an_attestation_result_in_both_forms() {
    let scene = Scene::new().await;
    let item = scene.items("/v1/attestations").await[3].clone();
    let path = format!("/v1/attestations/{}/result", item["id"].as_str().unwrap());
    let keys = [scene.vendor.collector_key()];

    let cose = scene.auditor.get(&path).await;
    assert_eq!(
        (cose.status, cose.kind.as_str()),
        (StatusCode::OK, "application/eat+cwt")
    );
    let (result, signer, form) = AttestationResult::read(&cose.body, &keys).unwrap();
    assert_eq!((signer, form), (keys[0], Form::Cose));
    assert_eq!(cose.body, scene.auditor.get(&path).await.body);
    let host = result.submodule("host").unwrap();
    let claims = host.map(label::VERIFIER).unwrap();
    assert_eq!(claims.text(label::VALUE), item["value"].as_str());
    assert_eq!(item["value"], "confined");
    assert_eq!(domicile_result::status(host), Tier::Affirming);

    let jws = scene.auditor.get(&format!("{path}?form=jws")).await;
    assert_eq!(jws.kind, "application/eat+jwt");
    let (mirror, _, form) = AttestationResult::read(&jws.body, &keys).unwrap();
    assert_eq!((mirror, form), (result.clone(), Form::Jws));

    let fresh = scene
        .auditor
        .get(&format!("{path}?nonce=0102030405060708"))
        .await;
    let (fresh, ..) = AttestationResult::read(&fresh.body, &keys).unwrap();
    assert_eq!(fresh.asked_with(), Some(&[1, 2, 3, 4, 5, 6, 7, 8][..]));
    assert_eq!(result.asked_with(), None);

    for (query, wanted) in [
        ("?form=xml", "cose, jws"),
        ("?nonce=01020304050607", "16 to 128"),
        ("?nonce=zz", "16 to 128"),
        ("?more=1", "unknown field"),
    ] {
        let (status, detail) = scene.problem(&format!("{path}{query}")).await;
        assert_eq!(status, 400, "{query}");
        assert!(detail.contains(wanted), "{query}: {detail}");
    }
    let unknown = format!("/v1/attestations/{}/result", "0".repeat(64));
    assert_eq!(scene.problem(&unknown).await.0, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_verdict_has_a_cose_receipt_under_the_logs_key() {
    let scene = Scene::new().await;
    let item = scene.items("/v1/attestations").await[0].clone();
    let path = format!("/v1/attestations/{}", item["id"].as_str().unwrap());
    let answer = scene.auditor.get(&format!("{path}/cose-receipt")).await;
    assert_eq!(answer.kind, receipt::RECEIPT_TYPE);
    let bundle = scene.auditor.get(&format!("{path}/bundle")).await.body;
    let bundle: wire::Bundle = codec::decode(&bundle, 1 << 24).unwrap();
    let leaf = |entry: &wire::LoggedEntry| {
        let kind = Kind::try_from(u8::try_from(entry.kind).unwrap()).unwrap();
        let salt = entry.salt.clone().try_into().unwrap();
        Leaf::new(kind, entry.time_ms, &salt, &entry.payload).hash()
    };
    let log_keys = [scene.vendor.world.log.public()];
    let verdict = bundle.verdict.unwrap();
    let read = receipt::verify(&answer.body, &leaf(&verdict), &log_keys).unwrap();
    assert_eq!(
        (read.proof.index, read.origin),
        (verdict.index, bundle.log_origin)
    );
    let other = leaf(&bundle.evidence.unwrap());
    assert!(receipt::verify(&answer.body, &other, &log_keys).is_err());
    let collector = [scene.vendor.collector_key()];
    assert!(receipt::verify(&answer.body, &leaf(&verdict), &collector).is_err());
}
