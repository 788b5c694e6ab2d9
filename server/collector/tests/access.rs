//! Who may do what in the API, over real sockets with real TLS.
#![allow(clippy::unwrap_used)]

mod harness;

use domicile_certs::random::Seeded;
use domicile_collector::access::Token;
use domicile_collector::runtime::Running;
use domicile_ledger::Kind;
use domicile_proto::codec;
use domicile_proto::wire::{AccessRecord, AuditReadRecord};
use harness::auditor::{Auditor, auditor_identity};
use harness::{Hands, Vendor, real_now};
use hyper::StatusCode;
use std::time::Duration;

fn token(number: u64) -> Token {
    Token::generate(&mut Seeded::new(number)).unwrap()
}

/// Ann the analyst and Ada the admin have certificates; Tim the auditor and Oda of acme have tokens.
fn access_file() -> String {
    let now_ms = real_now();
    format!(
        r#"
[[user]]
name = "ann"
role = "analyst"
certificate-names = ["Ann Example"]

[[user]]
name = "ada"
role = "admin"
certificate-names = ["Ada Example"]

[[user]]
name = "tim"
role = "auditor"
tokens = [{}, {}]

[[user]]
name = "oda"
role = "operator"
operator = "acme"
tokens = [{}]
"#,
        token(1).entry(now_ms, 30),
        token(2).entry(now_ms - 60 * 24 * 3600 * 1000, 30),
        token(3).entry(now_ms, 30),
    )
}

struct Scene {
    vendor: Vendor,
    hands: Hands,
    running: Running,
}

impl Scene {
    async fn new() -> Self {
        let vendor = Vendor::new();
        std::fs::write(vendor.path("access.toml"), access_file()).unwrap();
        vendor.write_config("access = \"access.toml\"");
        let hands = Hands::at(real_now());
        let running = vendor.start(hands.clock()).await;
        vendor.enrol(running.quic, 1, "sin", hands.now()).await;
        Self {
            vendor,
            hands,
            running,
        }
    }

    fn by_name(&self, name: &str) -> Auditor {
        Auditor::named(&self.vendor, self.running.api, name)
    }

    fn by_token(&self, number: u64) -> Auditor {
        Auditor::bearer(&self.vendor, self.running.api, &token(number).reveal())
    }

    fn last(&self) -> AuditReadRecord {
        let store = self.running.service().store();
        let entry = store.read(store.size() - 1).unwrap();
        assert_eq!(entry.kind, Kind::AuditRead);
        codec::decode(&entry.payload, 1 << 20).unwrap()
    }

    fn holds(&self) -> usize {
        self.running.service().store().holds().unwrap().len()
    }

    async fn restart(self) -> Self {
        self.running.stop().await.unwrap();
        let running = self.vendor.start(self.hands.clock()).await;
        Self { running, ..self }
    }
}

const HOLD: &str = r#"{"scope":"customer","held":"Acme Cloud","reason":"case 7"}"#;

#[tokio::test(flavor = "multi_thread")]
async fn certificates_and_tokens_lead_to_users_and_others_to_nobody() {
    let scene = Scene::new().await;
    for (client, user, role) in [
        (scene.by_name("Ann Example"), "ann", "analyst"),
        (scene.by_token(1), "tim", "auditor"),
    ] {
        assert_eq!(client.get("/v1/hosts").await.status, StatusCode::OK);
        let record = scene.last();
        assert_eq!((record.user.as_str(), record.role.as_str()), (user, role));
        assert_eq!((record.status, record.rows), (200, 1));
        assert_eq!(record.auditor_key.is_empty(), user == "tim");
        assert_eq!(record.token_hash.is_empty(), user == "ann");
    }
    let size = scene.running.service().store().size();
    let unknown = Auditor::bearer(&scene.vendor, scene.running.api, &token(9).reveal());
    let spoiled = Auditor::bearer(&scene.vendor, scene.running.api, "domicile_x");
    let nobody = scene.by_token(1).and_token(None);
    for stranger in [unknown, spoiled, nobody, scene.by_token(2)] {
        let answer = stranger.get("/v1/hosts").await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
        assert_eq!(answer.headers["www-authenticate"], "Bearer");
        assert!(answer.statement.is_none());
    }
    let unlisted = scene.by_name("Bob Example").get("/v1/hosts").await;
    assert_eq!(unlisted.status, StatusCode::FORBIDDEN);
    // Strangers leave nothing in the log.
    assert_eq!(scene.running.service().store().size(), size);
    scene.running.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_or_foreign_certificate_is_refused_with_a_valid_token_too() {
    let scene = Scene::new().await;
    let ann = scene.by_name("Ann Example");
    let with_own_name = scene
        .by_name("Bob Example")
        .and_token(Some(&token(1).reveal()));
    assert_eq!(
        with_own_name.get("/v1/hosts").await.status,
        StatusCode::FORBIDDEN
    );
    let of_two = scene
        .by_name("Ann Example")
        .and_token(Some(&token(1).reveal()));
    assert_eq!(of_two.get("/v1/hosts").await.status, StatusCode::FORBIDDEN);
    assert_eq!(ann.get("/v1/hosts").await.status, StatusCode::OK);
    let certificate = &auditor_identity(&scene.vendor, "Ann Example").chain[0];
    scene.vendor.revoke_auditor(certificate);
    let revoked = scene
        .by_name("Ann Example")
        .and_token(Some(&token(1).reveal()));
    let mut answer = revoked.request("GET", "/v1/hosts").await;
    for _ in 0..100 {
        if answer.is_err() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
        answer = revoked.request("GET", "/v1/hosts").await;
        if let Ok(answer) = &answer {
            assert_eq!(answer.status, StatusCode::FORBIDDEN);
        }
    }
    assert!(answer.is_err(), "TLS refuses it");
    assert_eq!(
        scene.by_token(1).get("/v1/hosts").await.status,
        StatusCode::OK
    );
    scene.running.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_file_is_in_force_and_in_the_log_within_seconds_and_a_broken_one_is_not() {
    let scene = Scene::new().await;
    let path = scene.vendor.path("access.toml");
    let tim = scene.by_token(1);
    std::fs::write(&path, "[[user]]\nname = \"BROKEN\"").unwrap();
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert_eq!(tim.get("/v1/hosts").await.status, StatusCode::OK);
    let without = access_file().replace(&token(1).hash().to_string(), &"ab".repeat(32));
    std::fs::write(&path, without).unwrap();
    let mut status = StatusCode::OK;
    for _ in 0..100 {
        status = tim.get("/v1/hosts").await.status;
        if status != StatusCode::OK {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(status, StatusCode::UNAUTHORIZED);
    let scene = scene.restart().await;
    let store = scene.running.service().store();
    let versions: Vec<AccessRecord> = (0..store.size())
        .map(|index| store.read(index).unwrap())
        .filter(|entry| entry.kind == Kind::Access)
        .map(|entry| codec::decode(&entry.payload, 1 << 20).unwrap())
        .collect();
    // Two versions: the broken one is none, and a restart brings none.
    assert_eq!(versions.len(), 2);
    let names: Vec<_> = versions[0].users.iter().map(|user| &user.name).collect();
    assert_eq!(names, ["ada", "ann", "oda", "tim"]);
    assert_eq!(versions[0].users[3].tokens[0].hash, token(1).hash().0);
    assert_ne!(versions[1].users[3].tokens[0].hash, token(1).hash().0);
    let store = store.clone();
    for index in 0..store.size() {
        let payload = store.read(index).unwrap().payload;
        let secret = token(1).reveal();
        let found = payload
            .windows(secret.len())
            .any(|part| part == secret.as_bytes());
        assert!(!found, "a token in the log");
    }
    drop(store);
    scene.running.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_write_acts_once_for_its_key_over_a_restart_and_two_at_once() {
    let scene = Scene::new().await;
    let ada = scene.by_name("Ada Example");
    let (one, two) = tokio::join!(
        ada.post("/v1/holds", "key-0001", HOLD),
        ada.post("/v1/holds", "key-0001", HOLD),
    );
    assert_eq!(one.status, StatusCode::CREATED);
    assert_eq!((one.status, &one.body), (two.status, &two.body));
    assert_eq!(one.json()["hosts"], 1);
    let replayed =
        |answer: &harness::auditor::Answer| answer.headers.contains_key("idempotency-replayed");
    assert!(replayed(&one) != replayed(&two));
    assert_eq!(scene.holds(), 1);
    let scene = scene.restart().await;
    let ada = scene.by_name("Ada Example");
    let again = ada.post("/v1/holds", "key-0001", HOLD).await;
    assert_eq!((again.status, &again.body), (one.status, &one.body));
    assert!(replayed(&again) && again.statement.is_some());
    let other = ada
        .post("/v1/holds", "key-0001", &HOLD.replace('7', "8"))
        .await;
    assert_eq!(other.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(scene.holds(), 1);
    // After its time the key is free; until then it is not.
    scene.hands.advance(7 * 24 * 3600 * 1000 - 1000);
    let again = ada.post("/v1/holds", "key-0001", HOLD).await;
    assert!(replayed(&again));
    scene.hands.advance(2000);
    let anew = ada.post("/v1/holds", "key-0001", HOLD).await;
    assert_eq!(anew.status, StatusCode::CREATED);
    assert!(!replayed(&anew));
    assert_eq!(scene.holds(), 2);
    scene.running.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_write_is_in_the_log_with_who_did_it_and_a_refused_one_with_who_tried() {
    let scene = Scene::new().await;
    let ada = scene.by_name("Ada Example");
    let size = scene.running.service().store().size();
    assert_eq!(
        ada.post("/v1/holds", "key-0001", HOLD).await.status,
        StatusCode::CREATED
    );
    // The hold and its record, in one append: the same time.
    let store = scene.running.service().store().clone();
    assert_eq!(store.size(), size + 2);
    let (hold, request) = (store.read(size).unwrap(), store.read(size + 1).unwrap());
    assert_eq!(
        (hold.kind, request.kind),
        (Kind::LegalHold, Kind::AuditRead)
    );
    assert_eq!(hold.time_ms, request.time_ms);
    assert_eq!(scene.last().user, "ada");
    let hold = store.holds().unwrap()[0].clone();
    assert_eq!((hold.0, hold.1.user.as_str()), (size, "ada"));
    let ann = scene.by_name("Ann Example");
    let refused = ann.post("/v1/holds", "key-0002", HOLD).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    assert_eq!(refused.kind, "application/problem+json");
    let record = scene.last();
    assert_eq!((record.user.as_str(), record.status), ("ann", 403));
    assert_eq!(record.query, "POST /v1/holds");
    assert_eq!(record.write, None);
    let lift = format!("/v1/holds/{}/lift", hold.0);
    let reason = r#"{"reason":"over"}"#;
    let (one, two) = tokio::join!(
        ada.post(&lift, "key-0003", reason),
        ada.post(&lift, "key-0004", reason),
    );
    let mut both = [one.status, two.status];
    both.sort();
    assert_eq!(both, [StatusCode::OK, StatusCode::NOT_FOUND]);
    // What cannot be logged is not done.
    store.set_min_free(u64::MAX);
    let answer = ada.post("/v1/holds", "key-0005", HOLD).await;
    assert_eq!(answer.status, StatusCode::INSUFFICIENT_STORAGE);
    store.set_min_free(0);
    assert_eq!(scene.holds(), 1);
    drop(store);
    scene.running.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_write_of_the_wrong_form_is_refused() {
    let scene = Scene::new().await;
    let ada = scene.by_name("Ada Example");
    let json = ("content-type", "application/json");
    let key = ("idempotency-key", "key-0001");
    let long = format!(
        r#"{{"scope":"customer","held":"x","reason":"{}"}}"#,
        "x".repeat(70_000)
    );
    for (headers, body, status) in [
        (&[key][..], HOLD, 415),
        (&[key, ("content-type", "text/plain")], HOLD, 415),
        (&[json], HOLD, 400),
        (&[json, ("idempotency-key", "short")], HOLD, 400),
        (&[json, ("idempotency-key", "with a space")], HOLD, 400),
        (&[json, key, ("idempotency-key", "key-0002")], HOLD, 400),
        (&[json, key], "", 400),
        (&[json, key], "{}", 400),
        (&[json, key], &HOLD.replace("reason", "because"), 400),
        (&[json, key], &long, 413),
        (&[json, key], &HOLD.replace("case 7", ""), 422),
        (&[json, key], &HOLD.replace("Acme Cloud", "nobody"), 409),
        (&[json, key], HOLD, 201),
    ] {
        let answer = ada.send("POST", "/v1/holds", headers, body).await.unwrap();
        let shown: String = body.chars().take(60).collect();
        assert_eq!(answer.status.as_u16(), status, "{headers:?} {shown}");
    }
    assert_eq!(scene.holds(), 1);
    scene.running.stop().await.unwrap();
}
