//! Shadow mode: a policy that is logged and counted, and changes nothing.
#![allow(clippy::unwrap_used)]

mod harness;

use domicile_appraise::testing::POLICY;
use domicile_collector::runtime::Running;
use domicile_ledger::Kind;
use domicile_policy::{pack, shipped};
use domicile_proto::codec;
use domicile_proto::sign::SigningKey;
use domicile_proto::wire::PolicyPackRecord;
use harness::auditor::Auditor;
use harness::{Hands, Vendor, real_now};
use serde_json::{Value, json};

const CONFIG: &str = "policy-packs = [\"us.signed\"]\nshadow-policy = \"next.toml\"";

/// A vendor with a signed pack, and a policy to come that permits only Japan.
fn vendor() -> Vendor {
    let vendor = Vendor::new();
    let (_, us) = shipped::FILES
        .iter()
        .find(|(name, _)| *name == "us.toml")
        .unwrap();
    let signed = pack::seal(us.as_bytes().to_vec(), vendor.authority.directory_key());
    std::fs::write(vendor.path("us.signed"), signed).unwrap();
    next(&vendor, 2);
    vendor.write_config(CONFIG);
    vendor
}

fn next(vendor: &Vendor, version: u64) {
    let other = POLICY.replacen("version = 1", &format!("version = {version}"), 1);
    let other = other.replacen("[\"SG\", \"MY\", \"ID\"]", "[\"JP\"]", 1);
    std::fs::write(vendor.path("next.toml"), other).unwrap();
}

fn logged(running: &Running) -> Vec<PolicyPackRecord> {
    let store = running.service().store();
    let all = (0..store.head().unwrap().size).map(|index| store.read(index).unwrap());
    all.filter(|entry| entry.kind == Kind::PolicyPack)
        .map(|entry| codec::decode(&entry.payload, 1 << 20).unwrap())
        .collect()
}

async fn shadow(vendor: &Vendor, running: &Running) -> Value {
    let auditor = Auditor::new(vendor, running.api);
    let answer = auditor.get("/v1/policy/shadow").await;
    assert_eq!(answer.status, 200);
    answer.json()
}

async fn until(mut ready: impl AsyncFnMut() -> bool) {
    for _ in 0..100 {
        if ready().await {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("not within five seconds");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_policy_would_say_is_counted_and_said_to_nobody() {
    let vendor = vendor();
    let hands = Hands::at(real_now());
    let running = vendor.start(hands.clock()).await;
    let records = logged(&running);
    assert_eq!(records.len(), 2);
    assert_eq!(
        records[0].pack,
        std::fs::read(vendor.path("us.signed")).unwrap()
    );
    assert_eq!(
        records[1].shadow_policy,
        std::fs::read(vendor.path("next.toml")).unwrap()
    );
    assert_eq!(shadow(&vendor, &running).await["items"], json!([]));

    let mut agent = vendor.enrol(running.quic, 1, "sin", hands.now()).await;
    agent
        .session(running.quic, &vendor.world, hands.now())
        .await;
    let compared = shadow(&vendor, &running).await;
    assert_eq!(compared["policy_version"], 2);
    assert_eq!(
        compared["items"].as_array().unwrap().len(),
        1,
        "{compared:#}"
    );
    let row = &compared["items"][0];
    assert_eq!(
        [
            &row["licence"],
            &row["value"],
            &row["shadow_value"],
            &row["attestations"]
        ],
        [
            &json!("asia"),
            &json!("confined"),
            &json!("permitted-excluded"),
            &json!(1)
        ]
    );
    let auditor = Auditor::new(&vendor, running.api);
    let hosts = auditor.get("/v1/hosts").await.json();
    let last = &hosts["items"][0]["last_verdict"];
    assert_eq!(
        (&last["value"], &last["id"]),
        (&json!("confined"), &row["newest"])
    );
    let detail = auditor
        .get(&format!(
            "/v1/attestations/{}",
            last["id"].as_str().unwrap()
        ))
        .await;
    assert!(!detail.json().to_string().contains("permitted-excluded"));

    // Another version: logged, and counted from nothing.
    next(&vendor, 3);
    until(async || shadow(&vendor, &running).await["policy_version"] == 3).await;
    assert_eq!(shadow(&vendor, &running).await["items"], json!([]));
    assert_eq!(logged(&running).len(), 3);
    // One that is none: what ran goes on.
    std::fs::write(vendor.path("next.toml"), "version = ").unwrap();
    tokio::time::sleep(std::time::Duration::from_millis(400)).await;
    assert_eq!(shadow(&vendor, &running).await["policy_version"], 3);
    running.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_start_logs_nothing_twice_an_end_once_and_refuses_a_strangers_pack() {
    let vendor = vendor();
    let clock = || Hands::at(real_now()).clock();
    for _ in 0..2 {
        let running = vendor.start(clock()).await;
        assert_eq!(logged(&running).len(), 2);
        running.stop().await.unwrap();
    }
    vendor.write_config("");
    for _ in 0..2 {
        let running = vendor.start(clock()).await;
        let records = logged(&running);
        assert_eq!(
            (records.len(), &records[2]),
            (3, &PolicyPackRecord::default())
        );
        assert_eq!(
            shadow(&vendor, &running).await["policy_version"],
            Value::Null
        );
        running.stop().await.unwrap();
    }
    let (_, us) = shipped::FILES
        .iter()
        .find(|(name, _)| *name == "us.toml")
        .unwrap();
    let stranger = SigningKey::from_seed(&[9; 32]);
    let signed = pack::seal(us.as_bytes().to_vec(), &stranger);
    std::fs::write(vendor.path("us.signed"), signed).unwrap();
    vendor.write_config(CONFIG);
    let error = vendor.try_start(clock()).await.err().unwrap().to_string();
    assert!(error.contains("us.signed"), "{error}");
}
