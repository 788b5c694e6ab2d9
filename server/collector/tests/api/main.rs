//! The auditors' side: lists, filters, pages, problems, bundles, and the record of every read.
#![allow(clippy::unwrap_used)]

#[path = "../harness/mod.rs"]
mod harness;
mod refusals;
mod result;

use domicile_collector::runtime::Running;
use domicile_ledger::{Kind, Leaf, verify_inclusion};
use domicile_proto::codec;
use domicile_proto::sign::{self, Domain, sha256};
use domicile_proto::wire;
use domicile_proto::wire::collector_request::Request;
use harness::auditor::Auditor;
use harness::{Agent, Hands, Vendor, real_now};
use hyper::StatusCode;
use serde_json::Value;

/// A collector with three hosts; the first reported three times, the second once, the third never.
struct Scene {
    vendor: Vendor,
    hands: Hands,
    running: Running,
    agents: Vec<Agent>,
    auditor: Auditor,
}

impl Scene {
    async fn new() -> Self {
        let vendor = Vendor::new();
        let hands = Hands::at(real_now());
        let running = vendor.start(hands.clock()).await;
        let mut agents = Vec::new();
        for number in 0..3 {
            agents.push(vendor.enrol(running.quic, number, "sin", hands.now()).await);
        }
        for number in [0, 1, 0, 0] {
            hands.advance(60_000);
            agents[number]
                .session(running.quic, &vendor.world, hands.now())
                .await;
        }
        let auditor = Auditor::new(&vendor, running.api);
        Self {
            vendor,
            hands,
            running,
            agents,
            auditor,
        }
    }

    async fn items(&self, path: &str) -> Vec<Value> {
        let answer = self.auditor.get(path).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}");
        assert_eq!(answer.kind, "application/json");
        answer.json()["items"].as_array().unwrap().clone()
    }

    async fn problem(&self, path: &str) -> (u16, String) {
        let answer = self.auditor.get(path).await;
        assert_eq!(answer.kind, "application/problem+json", "{path}");
        let problem = answer.json();
        assert_eq!(problem["status"], answer.status.as_u16());
        (
            answer.status.as_u16(),
            problem["detail"].as_str().unwrap().to_owned(),
        )
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn hosts_are_listed_filtered_and_paged() {
    let scene = Scene::new().await;
    let all = scene.items("/v1/hosts").await;
    assert_eq!(all.len(), 3);
    let key = |number: usize| scene.agents[number].key().to_string();
    let host = |number: usize| all.iter().find(|host| host["host"] == key(number)).unwrap();
    assert_eq!(host(0)["state"], "reporting");
    assert_eq!(host(2)["state"], "enrolled");
    assert_eq!(host(2)["last_verdict"], Value::Null);
    assert_eq!(host(2)["last_seen"], Value::Null);
    for (field, value) in [
        ("customer", "Acme Cloud"),
        ("operator", "acme"),
        ("site", "site-1"),
        ("metro", "sin"),
        ("territory", "SG"),
        ("licence", "asia"),
    ] {
        assert_eq!(host(0)[field], value);
    }
    let verdict = &host(0)["last_verdict"];
    assert_eq!(verdict["value"], "confined");
    assert_eq!(verdict["tier"], "0.69c");
    assert_eq!(verdict["current"], true);

    assert_eq!(scene.items("/v1/hosts?state=enrolled").await.len(), 1);
    assert_eq!(
        scene
            .items("/v1/hosts?site=site-1&customer=Acme%20Cloud")
            .await
            .len(),
        3
    );
    assert_eq!(scene.items("/v1/hosts?licence=other").await.len(), 0);
    let mut paged = Vec::new();
    let mut path = "/v1/hosts?limit=1".to_owned();
    loop {
        let page = scene.auditor.get(&path).await.json();
        paged.extend(page["items"].as_array().unwrap().clone());
        let Some(next) = page["next"].as_str() else {
            break;
        };
        path = format!("/v1/hosts?limit=1&cursor={next}");
    }
    assert_eq!(paged, all);

    // Silence is a state; the appraisal expires on its own.
    scene.hands.advance(3 * 3600 * 1000);
    assert_eq!(scene.items("/v1/hosts?state=silent").await.len(), 3);
    let now = scene.items("/v1/hosts").await;
    assert!(
        now.iter()
            .filter(|h| h["last_verdict"] != Value::Null)
            .all(|h| h["last_verdict"]["current"] == true)
    );
    scene.hands.advance(24 * 3600 * 1000);
    let now = scene.items("/v1/hosts").await;
    assert!(
        now.iter()
            .filter(|h| h["last_verdict"] != Value::Null)
            .all(|h| h["last_verdict"]["current"] == false)
    );
    scene.running.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn liveness_keeps_a_host_reporting() {
    let scene = Scene::new().await;
    scene.hands.advance(3600 * 1000);
    let agent = &scene.agents[2];
    let liveness = |by: &Agent| {
        let message = wire::Liveness {
            agent_key: agent.key().to_vec(),
            boot_epoch: vec![1; 16],
            counter: 0,
            host_time_ms: 0,
        };
        Request::Liveness(
            by.identity
                .key
                .sign(Domain::Liveness, codec::encode(&message)),
        )
    };
    let size = || scene.running.service().store().size();
    let before = size();
    let ok = wire::StatusCode::Ok;
    for _ in 0..3 {
        scene.hands.advance(1000);
        let reply = agent.ask(scene.running.quic, liveness(agent)).await;
        assert_eq!(harness::status(reply), ok);
    }
    assert_eq!(size() - before, 1, "one change of state is logged once");
    let reply = scene.agents[0]
        .ask(scene.running.quic, liveness(agent))
        .await;
    assert_eq!(harness::status(reply), wire::StatusCode::KeyMismatch);
    let reply = agent
        .ask(scene.running.quic, liveness(&scene.agents[0]))
        .await;
    assert_eq!(harness::status(reply), wire::StatusCode::SignatureInvalid);
    let reporting = scene.items("/v1/hosts?state=reporting").await;
    assert_eq!(reporting.len(), 1);
    assert_eq!(reporting[0]["host"], agent.key().to_string());
    assert_eq!(scene.items("/v1/hosts?state=late").await.len(), 2);
    scene.running.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn attestations_are_listed_by_time_filtered_and_paged() {
    let scene = Scene::new().await;
    let all = scene.items("/v1/attestations").await;
    assert_eq!(all.len(), 4);
    let times: Vec<&str> = all
        .iter()
        .map(|a| a["measured_until"].as_str().unwrap())
        .collect();
    assert!(times.is_sorted(), "{times:?}");
    assert_eq!(all[0]["chain"], serde_json::json!(["first"]));
    assert!(!all[0]["deciding_votes"].as_array().unwrap().is_empty());
    let key = scene.agents[0].key();
    assert_eq!(
        scene
            .items(&format!("/v1/attestations?host={key}"))
            .await
            .len(),
        3
    );
    assert_eq!(
        scene
            .items("/v1/attestations?value=confined&licence=asia")
            .await
            .len(),
        4
    );
    assert_eq!(scene.items("/v1/attestations?value=invalid").await.len(), 0);
    // Half-open: from the first's own time, until the last's own time.
    let (first, last) = (times[0], times[3]);
    let range = format!("/v1/attestations?from={first}&until={last}");
    assert_eq!(scene.items(&range).await, all[..3]);
    assert_eq!(
        scene
            .items(&format!("/v1/attestations?from={last}&until={first}"))
            .await
            .len(),
        0
    );
    for filter in ["", "&value=confined", &format!("&host={key}")] {
        let whole = scene
            .items(&format!("/v1/attestations?limit=1000{filter}"))
            .await;
        let mut paged = Vec::new();
        let mut path = format!("/v1/attestations?limit=1{filter}");
        loop {
            let page = scene.auditor.get(&path).await.json();
            paged.extend(page["items"].as_array().unwrap().clone());
            let Some(next) = page["next"].as_str() else {
                break;
            };
            path = format!("/v1/attestations?limit=1{filter}&cursor={next}");
        }
        assert_eq!(paged, whole, "{filter}");
    }
    scene.running.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn one_attestation_in_full_and_its_bundle() {
    let scene = Scene::new().await;
    let all = scene.items("/v1/attestations").await;
    let id = all[3]["id"].as_str().unwrap().to_owned();
    let detail = scene
        .auditor
        .get(&format!("/v1/attestations/{id}"))
        .await
        .json();
    for field in ["id", "value", "log_index", "deciding_votes"] {
        assert_eq!(detail[field], all[3][field]);
    }
    assert_eq!(detail["tiers"].as_array().unwrap().len(), 3);
    assert_eq!(detail["tiers"][1]["tier"], "0.69c");
    assert!(
        detail["tiers"][1]["possible"]
            .as_array()
            .unwrap()
            .contains(&"SG".into())
    );
    assert!(
        detail["premises"]
            .as_array()
            .unwrap()
            .contains(&"session-not-delegated".into())
    );
    let belief = format!("/v1/attestations/{id}/belief");
    let belief = scene.auditor.get(&belief).await.json();
    assert!(belief["warning"].as_str().unwrap().contains("no verdict"));
    let sum = |list: &Value| -> f64 {
        let items = list.as_array().unwrap().iter();
        items
            .map(|item| item["probability"].as_f64().unwrap())
            .sum()
    };
    for list in ["territories", "places"] {
        assert!((0.1..1.000_001).contains(&sum(&belief[list])), "{belief}");
    }
    assert!(belief["ellipse_90"]["major_km"].as_f64().unwrap() >= 10.0);
    let reading = &detail["readings"][0];
    assert_eq!(reading["outcome"], "counted");
    assert!(reading["name"].is_string() && reading["trust_domain"].is_string());

    let answer = scene
        .auditor
        .get(&format!("/v1/attestations/{id}/bundle"))
        .await;
    assert_eq!(answer.kind, "application/octet-stream");
    let bundle: wire::Bundle = codec::decode(&answer.body, 1 << 24).unwrap();
    let head = bundle.head.clone().unwrap();
    let signed_head = domicile_ledger::Head {
        origin: bundle.log_origin.clone(),
        size: head.size,
        root: head.root.clone().try_into().unwrap(),
        signature: head.signature.clone().try_into().unwrap(),
    };
    signed_head
        .verify(&scene.vendor.world.log.public().0)
        .unwrap();
    let entries = [
        &bundle.verdict,
        &bundle.evidence,
        &bundle.enrolment,
        &bundle.certificate_chain,
        &bundle.policy,
    ]
    .map(|entry| entry.as_ref().unwrap())
    .into_iter()
    .chain(&bundle.directories)
    .chain(&bundle.compared)
    .chain(&bundle.compared_chains);
    let mut count = 0;
    for entry in entries {
        let kind = Kind::try_from(u8::try_from(entry.kind).unwrap()).unwrap();
        let salt = entry.salt.clone().try_into().unwrap();
        let leaf = Leaf::new(kind, entry.time_ms, &salt, &entry.payload).hash();
        let proof: Vec<[u8; 32]> = entry
            .inclusion
            .iter()
            .map(|hash| hash.clone().try_into().unwrap())
            .collect();
        verify_inclusion(&leaf, entry.index, &proof, head.size, &signed_head.root).unwrap();
        count += 1;
    }
    // Two earlier sessions of this host were compared.
    assert_eq!(bundle.compared.len(), 2);
    assert_eq!(count, 8);
    let key = scene.vendor.world.collector.public();
    let verdict: wire::Verdict = sign::open_bytes(
        Domain::Verdict,
        &key,
        &bundle.verdict.unwrap().payload,
        1 << 20,
    )
    .unwrap();
    assert_eq!(
        verdict.evidence_hash,
        data_encoding::HEXLOWER.decode(id.as_bytes()).unwrap()
    );
    scene.running.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn forks_incidents_and_the_head() {
    let mut scene = Scene::new().await;
    assert_eq!(scene.items("/v1/incidents").await.len(), 0);
    assert_eq!(scene.items("/v1/forks").await.len(), 0);
    let agent = &mut scene.agents[0];
    let quic = scene.running.quic;
    let nonce = agent.challenge(quic).await.nonce;
    let now = scene.hands.now();
    let first = agent.report(&scene.vendor.world, &nonce, harness::singapore(), now);
    let second = agent.report(&scene.vendor.world, &nonce, harness::singapore(), now);
    harness::receipt(agent.submit(quic, &first).await);
    assert_eq!(
        harness::status(agent.submit(quic, &second).await),
        wire::StatusCode::NonceUsed
    );
    let forks = scene.items("/v1/forks").await;
    assert_eq!(forks.len(), 1);
    assert_eq!(
        forks[0]["first"],
        sha256(&codec::encode(&first)).to_string()
    );
    let head = scene.auditor.get("/v1/log/head").await.json();
    let note = head["note"].as_str().unwrap();
    let read = domicile_ledger::Head::from_note(
        note.as_bytes(),
        "log.example/test",
        &scene.vendor.world.log.public().0,
    )
    .unwrap();
    assert_eq!(head["size"], read.size);
    scene.running.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn every_answer_is_signed_with_its_question_and_where_the_read_is_logged() {
    let scene = Scene::new().await;
    let path = "/v1/attestations?value=confined&limit=2";
    let answer = scene.auditor.get(path).await;
    let text = answer.statement.as_ref().unwrap();
    let bytes = data_encoding::BASE64.decode(text.as_bytes()).unwrap();
    let signed: wire::Signed = codec::decode(&bytes, 4096).unwrap();
    sign::verify(Domain::Answer, &scene.vendor.collector_key(), &signed).unwrap();
    let said: wire::AnswerStatement = codec::decode(&signed.payload, 4096).unwrap();
    assert_eq!(said.query, format!("GET {path}"));
    assert_eq!(said.rows, 2);
    assert_eq!(said.body_hash, sha256(&answer.body).0);
    let entry = scene
        .running
        .service()
        .store()
        .read(said.read_index)
        .unwrap();
    assert_eq!(entry.kind, Kind::AuditRead);
    let record: wire::AuditReadRecord = codec::decode(&entry.payload, 4096).unwrap();
    assert_eq!(
        (record.query, record.auditor_key),
        (said.query, said.auditor_key)
    );
    assert!(said.head.unwrap().size > said.read_index);

    let wrong = scene.auditor.get("/v1/attestations?limit=0").await;
    assert_eq!(
        (wrong.status, wrong.statement),
        (StatusCode::BAD_REQUEST, None)
    );
}
