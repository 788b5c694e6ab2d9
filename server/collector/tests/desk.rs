//! Flags, registry and declarations over the API of a collector that runs: real sockets, real evidence.
#![allow(clippy::unwrap_used)]

mod harness;

use domicile_appraise::testing::point;
use domicile_certs::random::Seeded;
use domicile_collector::access::Token;
use domicile_collector::runtime::Running;
use harness::auditor::Auditor;
use harness::{Agent, Hands, Vendor, real_now, receipt};
use hyper::StatusCode;
use serde_json::{Value, json};
use std::time::{Duration, Instant};

const HOUR: u64 = 3_600_000;

const REGISTRY: &str = r#"
[[customer]]
id = "acme"
name = "Acme"
headquarters = "SG"

[[licence]]
number = "asia"
authority = "BIS"
models = ["H200"]
quantity = 8
consignee = "acme"
end-user = "acme"
end-user-headquarters = "SG"
permitted = ["SG"]
valid-from = "2020-01-01"
valid-until = "2090-01-01"
silence-days = 3
"#;

fn access_file() -> String {
    let token = |number: u64| {
        let token = Token::generate(&mut Seeded::new(number)).unwrap();
        token.entry(real_now(), 30)
    };
    let user = |name: &str, role: &str, number: u64| {
        format!(
            "[[user]]\nname = \"{name}\"\nrole = \"{role}\"\ntokens = [{}]\n",
            token(number)
        )
    };
    let operator = |name: &str, of: &str, number: u64| {
        user(name, "operator", number).replace("tokens", &format!("operator = \"{of}\"\ntokens"))
    };
    [
        user("ada", "admin", 1),
        user("tim", "auditor", 2),
        operator("oda", "acme", 3),
        operator("eve", "other", 4),
    ]
    .concat()
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
        vendor.write_config("access = \"access.toml\"\n[flags]\nsave-every = \"1s\"");
        // Long enough ago for a day of reports, late enough for certificates of now.
        let hands = Hands::at(real_now() - 30 * HOUR);
        let running = vendor.start(hands.clock()).await;
        Self {
            vendor,
            hands,
            running,
        }
    }

    async fn again(self) -> Self {
        self.running.stop().await.unwrap();
        let running = self.vendor.start(self.hands.clock()).await;
        Self { running, ..self }
    }

    fn user(&self, number: u64) -> Auditor {
        let token = Token::generate(&mut Seeded::new(number)).unwrap();
        Auditor::bearer(&self.vendor, self.running.api, &token.reveal())
    }

    async fn report(&self, agent: &mut Agent, latitude: f64, longitude: f64) {
        self.hands.advance(HOUR);
        let challenge = agent.challenge(self.running.quic).await;
        let place = point(latitude, longitude);
        let signed = agent.report(
            &self.vendor.world,
            &challenge.nonce,
            place,
            self.hands.now(),
        );
        receipt(agent.submit(self.running.quic, &signed).await);
    }

    /// The flags, once there are so many.
    async fn flags(&self, query: &str, count: usize) -> Vec<Value> {
        let begun = Instant::now();
        loop {
            let answer = self.user(2).get(&format!("/v1/flags{query}")).await;
            assert_eq!(answer.status, StatusCode::OK, "{}", answer.json());
            let items = answer.json()["items"].as_array().unwrap().clone();
            if items.len() >= count {
                return items;
            }
            assert!(begun.elapsed() < Duration::from_secs(20), "{items:?}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_that_was_shipped_is_flagged_once_over_restarts_and_its_operator_can_read_why() {
    let scene = Scene::new().await;
    // Under a licence for Southeast Asia, and answering near Frankfurt's anchors.
    let now_ms = scene.hands.now();
    let mut agent = scene
        .vendor
        .enrol(scene.running.quic, 1, "fra", now_ms)
        .await;
    for _ in 0..5 {
        scene.report(&mut agent, 50.11, 8.68).await;
    }
    let scene = scene.again().await;
    for _ in 0..5 {
        scene.report(&mut agent, 50.11, 8.68).await;
    }
    let found = scene.flags("?code=outside-permitted&state=open", 1).await;
    let scene = scene.again().await;
    tokio::time::sleep(Duration::from_millis(600)).await;
    assert_eq!(
        scene.flags("?code=outside-permitted", 1).await,
        found,
        "once"
    );
    let flag = &found[0];
    assert_eq!(flag["subject"], format!("host:{}", agent.key()));
    assert_eq!(
        (&flag["severity"], &flag["ground"]),
        (&json!("high"), &json!("physics"))
    );

    let path = format!("/v1/flags/{}", flag["id"]);
    let whole = scene.user(3).get(&path).await.json();
    assert!(
        whole["about"]["does_not_prove"]
            .as_str()
            .unwrap()
            .contains("who brought them")
    );
    let link = whole["evidence"][0]["link"].as_str().unwrap();
    assert_eq!(scene.user(3).get(link).await.status, StatusCode::OK);
    // Another operator is told of no such flag.
    assert_eq!(scene.user(4).get(&path).await.status, StatusCode::NOT_FOUND);
    assert_eq!(
        scene.user(4).get("/v1/flags").await.json()["items"],
        json!([])
    );
    scene.running.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_registry_is_changed_by_one_at_a_time_with_who_and_why() {
    let scene = Scene::new().await;
    let ada = scene.user(1);
    let put = async |key: &str, body: Value| {
        let headers = [
            ("content-type", "application/json"),
            ("idempotency-key", key),
        ];
        ada.send("PUT", "/v1/registry", &headers, &body.to_string())
            .await
            .unwrap()
    };
    let whole = json!({"expected": 0, "why": "the first", "toml": REGISTRY});
    let first = put("key-0001", whole.clone()).await;
    assert_eq!(first.status, StatusCode::OK, "{}", first.json());
    assert_eq!(first.json()["version"], 1);
    assert_eq!(
        put("key-0001", whole.clone()).await.json()["version"],
        1,
        "sent again"
    );
    assert_eq!(
        put("key-0002", whole).await.status,
        StatusCode::CONFLICT,
        "made from none"
    );
    let csv = "id,customer,territory,on-site-anchor\nsin-1,acme,SG,true\n";
    let rows = |csv: &str| json!({"expected": 1, "why": "a hall", "table": "site", "csv": csv, "rows": "put"});
    let wrong = put("key-0003", rows(&csv.replace("acme", "nobody"))).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        wrong.json()["detail"]
            .as_str()
            .unwrap()
            .contains("customer"),
        "{}",
        wrong.json()
    );
    assert_eq!(put("key-0004", rows(csv)).await.json()["version"], 2);
    let tim = scene.user(2);
    let now = tim.get("/v1/registry").await.json();
    assert_eq!(
        (&now["version"], &now["site"][0]["id"]),
        (&json!(2), &json!("sin-1"))
    );
    let changes = tim.get("/v1/registry/changes").await.json();
    assert_eq!(changes["items"][1]["user"], "ada");
    let index = &changes["items"][1]["log_index"];
    let change = tim
        .get(&format!("/v1/registry/changes/{index}"))
        .await
        .json();
    assert_eq!(change["what"][0]["key"], "sin-1");
    assert_eq!(
        scene.user(3).get("/v1/registry").await.status,
        StatusCode::FORBIDDEN
    );
    // It is what the log says, also after a restart.
    let scene = scene.again().await;
    let again = scene.user(2).get("/v1/registry").await.json();
    assert_eq!(again, now);
    scene.running.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_declares_of_its_own_hosts_only() {
    let scene = Scene::new().await;
    let agent = scene
        .vendor
        .enrol(scene.running.quic, 1, "sin", scene.hands.now())
        .await;
    let path = format!("/v1/hosts/{}/declarations", agent.key());
    let body = r#"{"state":"storage","why":"until the hall is built"}"#;
    let stranger = scene.user(4).post(&path, "key-0001", body).await;
    assert_eq!(stranger.status, StatusCode::NOT_FOUND);
    let reader = scene.user(2).post(&path, "key-0001", body).await;
    assert_eq!(reader.status, StatusCode::FORBIDDEN);
    let wrong = scene
        .user(3)
        .post(&path, "key-0001", r#"{"state":"lost","why":"?"}"#)
        .await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    let declared = scene.user(3).post(&path, "key-0002", body).await;
    assert_eq!(declared.status, StatusCode::CREATED, "{}", declared.json());
    let hosts = scene.user(2).get("/v1/hosts?state=storage").await.json();
    assert_eq!(hosts["items"][0]["declared"]["user"], "oda");
    let listed = scene.user(3).get(&path).await.json();
    assert_eq!(listed["items"][0]["why"], "until the hall is built");
    scene.running.stop().await.unwrap();
}
