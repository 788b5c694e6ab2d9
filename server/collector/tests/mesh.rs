//! The anchors' mesh at the collector: what it takes in, what it logs, what it says.
#![allow(clippy::unwrap_used)]

mod harness;

use domicile_appraise::testing::{CITIES, least_rtt_ns, point, seeded};
use domicile_certs::Identity;
use domicile_collector::mesh::WINDOW_MS;
use domicile_collector::mesh::calibration::Believed;
use domicile_collector::runtime::Running;
use domicile_geo::{Tier, UnitVec};
use domicile_ledger::Kind;
use domicile_proto::codec;
use domicile_proto::mesh::{MAX_SESSIONS, report};
use domicile_proto::ranging::receipt;
use domicile_proto::sign::{Domain, SigningKey};
use domicile_proto::wire::collector_request::Request;
use domicile_proto::wire::{self, StatusCode};
use harness::auditor::Auditor;
use harness::{Hands, Vendor, ask, connect, real_now, status};
use serde_json::Value;
use std::sync::Arc;

/// One anchor in each city: each third of the world's.
fn anchor(city: usize) -> SigningKey {
    seeded(b'a', 3 * city)
}

fn place(city: usize) -> UnitVec {
    point(CITIES[city].latitude, CITIES[city].longitude)
}

/// A session that `visitor` had with `visited` at `end_ms`; both measured `rtt_ns`.
fn session(visitor: &SigningKey, visited: &SigningKey, rtt_ns: u64, end_ms: u64) -> wire::Ranging {
    let round = wire::Round {
        anchor_nonce: vec![1; 8],
        agent_nonce: vec![2; 8],
        rtt_ns,
    };
    let transcript = wire::RangingTranscript {
        exporter: vec![7; 32],
        session_nonce: vec![4; 32],
        anchor_key: visited.public().to_vec(),
        directory_version: 4,
        position_version: 1,
        agent_key: visitor.public().to_vec(),
        transport: wire::Transport::QuicDatagram.into(),
        start_ms: end_ms - 500,
        end_ms,
        rounds: vec![round; 16],
    };
    let account = wire::AgentTranscript {
        transcript: codec::encode(&transcript),
        agent_rtt_ns: vec![rtt_ns; 16],
        newest_head: None,
        proxied: false,
    };
    let account = visitor.sign(Domain::AgentTranscript, codec::encode(&account));
    let receipt = receipt::sign_receipt(visited, &account, &transcript);
    wire::Ranging {
        coarse: false,
        transcript: codec::encode(&account),
        receipt: codec::encode(&receipt),
    }
}

struct Scene {
    vendor: Vendor,
    hands: Hands,
    running: Running,
}

impl Scene {
    async fn new() -> Self {
        let vendor = Vendor::new();
        vendor.write_config("mesh-examine-every = \"1s\"");
        let hands = Hands::at(real_now());
        let running = vendor.start(hands.clock()).await;
        Self {
            vendor,
            hands,
            running,
        }
    }

    async fn send(&self, as_key: &SigningKey, signed: wire::Signed) -> StatusCode {
        let key = Arc::new(SigningKey::from_seed(&seed(as_key)));
        let identity = Identity::self_signed(key).unwrap();
        let server = self.vendor.collector_key();
        let connection = connect(self.running.quic, &identity, server).await.unwrap();
        let reply = ask(&connection, Request::Mesh(signed)).await.unwrap();
        status(reply)
    }

    /// Every anchor reports sessions with all others, by where each truly is.
    async fn all_report(&self, truth: impl Fn(usize) -> UnitVec) {
        for a in 0..CITIES.len() {
            let (visitor, now_ms) = (anchor(a), self.hands.now());
            let others = (0..CITIES.len()).filter(|b| *b != a);
            let sessions = others.map(|b| {
                let least_ns = least_rtt_ns(&truth(a), &truth(b), Tier::TwoThirds);
                session(&visitor, &anchor(b), least_ns * 3 / 2 + 200_000, now_ms)
            });
            let signed = report(&visitor, sessions.collect());
            assert_eq!(self.send(&visitor, signed).await, StatusCode::Ok);
        }
    }

    async fn json(&self, path: &str) -> Value {
        let answer = Auditor::new(&self.vendor, self.running.api).get(path).await;
        assert_eq!(answer.status.as_u16(), 200, "{path}");
        answer.json()
    }

    /// What is believed of a host in a city, once the collector has learnt from the mesh.
    async fn calibrated_belief(&self, city: usize) -> Believed {
        let others = (0..CITIES.len()).filter(|other| *other != city);
        let readings: Vec<_> = others
            .map(|other| {
                let least_ns = least_rtt_ns(&place(city), &place(other), Tier::TwoThirds);
                (anchor(other).public(), least_ns * 3 / 2 + 200_000)
            })
            .collect();
        loop {
            let believed = self.running.service().believe(&readings).unwrap().unwrap();
            if believed.calibrated_ms.is_some() {
                return believed;
            }
            self.hands.advance(1_000);
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
    }

    /// Waits until the log has so many incidents of anchors.
    async fn incidents(&self, wanted: usize) -> Vec<wire::AnchorIncidentRecord> {
        loop {
            let found = self.logged::<wire::AnchorIncidentRecord>(Kind::AnchorIncident);
            if found.len() >= wanted {
                return found;
            }
            self.hands.advance(1_000);
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
    }

    fn logged<M: prost::Message + Default>(&self, kind: Kind) -> Vec<M> {
        let store = self.running.service().store();
        let entries = (0..store.size()).map(|index| store.read(index).unwrap());
        entries
            .filter(|entry| entry.kind == kind)
            .map(|entry| codec::decode(&entry.payload, 1 << 20).unwrap())
            .collect()
    }
}

/// The seed of a test anchor's key.
fn seed(key: &SigningKey) -> [u8; 32] {
    let found = (0u64..64).flat_map(|number| [b'a', b'h'].map(|role| (role, number)));
    found
        .map(|(role, number)| {
            let mut seed = [role; 32];
            seed[..8].copy_from_slice(&number.to_be_bytes());
            seed
        })
        .find(|seed| SigningKey::from_seed(seed).public() == key.public())
        .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn reports_are_logged_and_an_honest_mesh_has_no_findings() {
    let scene = Scene::new().await;
    scene.all_report(place).await;
    let records = scene.logged::<wire::MeshRecord>(Kind::Mesh);
    assert_eq!(records.len(), CITIES.len());
    assert!(records.iter().all(|record| record.unused.is_empty()));
    let mesh = scene.json("/v1/mesh").await;
    assert_eq!(mesh["items"], Value::Array(Vec::new()));
    assert_eq!(mesh["pairs"], 16 * 15);
    assert_eq!(mesh["anchors"], 48);
    assert_eq!(mesh["silent"].as_array().unwrap().len(), 32);
    // Pages of pairs.
    let first = scene.json("/v1/mesh/pairs?limit=200").await;
    let next = first["next"].as_str().unwrap();
    let second = scene
        .json(&format!("/v1/mesh/pairs?limit=200&cursor={next}"))
        .await;
    let count = |page: &Value| page["items"].as_array().unwrap().len();
    assert_eq!((count(&first), count(&second)), (200, 40));
    assert!(second["next"].is_null());
    let pair = &first["items"][0];
    assert!(pair["speed"].as_f64().unwrap() < 0.667, "{pair}");
    // The belief's fit gets the same.
    let view = scene.running.service().mesh_view().unwrap().unwrap();
    assert_eq!(view.samples(&view.lately).len(), 16 * 15);
    assert_eq!(view.sites.len(), 48);
    let believed = scene.calibrated_belief(8).await;
    let territories = believed.belief.territories();
    assert_eq!(
        (believed.anchors, territories[0].0.as_str()),
        (15, CITIES[8].territory)
    );
    scene.running.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_anchor_that_is_elsewhere_is_an_incident_until_it_is_not() {
    const GRU: usize = 14;
    const LON: usize = 8;
    let scene = Scene::new().await;
    scene
        .all_report(|city| place(if city == GRU { LON } else { city }))
        .await;
    let incident = &scene.incidents(1).await[0];
    assert_eq!(incident.anchor_key, anchor(GRU).public().to_vec());
    assert_eq!(
        (incident.kind.as_str(), incident.certainty.as_str()),
        ("misplaced", "certain")
    );
    assert!(!incident.closed && incident.pairs.len() >= 2 && incident.instead.is_empty());
    let mesh = scene.json("/v1/mesh").await;
    let item = &mesh["items"][0];
    assert_eq!(
        (item["anchor"].as_str(), item["kind"].as_str()),
        (Some("gru-0"), Some("misplaced"))
    );
    assert_eq!(item["whereabouts"]["nearest"], "lon-0");
    assert!(item["since"].is_string() && item["log_index"].is_u64());
    // A rebuilt index says the same.
    let Scene {
        vendor,
        hands,
        running,
    } = scene;
    running.stop().await.unwrap();
    std::fs::remove_dir_all(vendor.data("index")).unwrap();
    let running = vendor.start(hands.clock()).await;
    let scene = Scene {
        vendor,
        hands,
        running,
    };
    let again = scene.json("/v1/mesh").await;
    assert_eq!(again["items"], mesh["items"]);
    // Days later it stands where it should.
    scene.hands.advance(3 * 24 * 3600 * 1000);
    scene.all_report(place).await;
    let incidents = scene.incidents(2).await;
    assert!(incidents[1].closed);
    let mesh = scene.json("/v1/mesh").await;
    assert_eq!(mesh["items"], Value::Array(Vec::new()));
    assert_eq!(mesh["closed"][0]["kind"], "misplaced");
    scene.running.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn only_a_listed_anchors_own_sound_report_is_taken() {
    let scene = Scene::new().await;
    let (a, b, stranger) = (anchor(0), anchor(1), seeded(b'h', 5));
    let now_ms = scene.hands.now();
    let of =
        |visitor: &SigningKey, visited: &SigningKey| session(visitor, visited, 9_000_000, now_ms);
    let good = report(&a, vec![of(&a, &b)]);
    assert_eq!(scene.send(&b, good.clone()).await, StatusCode::KeyMismatch);
    let unlisted = report(&stranger, vec![of(&stranger, &b)]);
    assert_eq!(
        scene.send(&stranger, unlisted).await,
        StatusCode::NotEnrolled
    );
    let mut forged = good.clone();
    forged.signature[0] ^= 1;
    assert_eq!(scene.send(&a, forged).await, StatusCode::SignatureInvalid);
    let mut invented = of(&a, &b);
    invented.receipt = of(&a, &anchor(2)).receipt;
    let invented = report(&a, vec![of(&a, &anchor(3)), invented]);
    let code = scene.send(&a, invented).await;
    assert_eq!(code, StatusCode::TranscriptMismatch);
    let others = report(&a, vec![of(&b, &anchor(2))]);
    assert_eq!(scene.send(&a, others).await, StatusCode::SignatureInvalid);
    let many = vec![of(&a, &b); MAX_SESSIONS + 1];
    assert_eq!(
        scene.send(&a, report(&a, many)).await,
        StatusCode::Malformed
    );
    let twice = vec![of(&a, &b); 2];
    assert_eq!(
        scene.send(&a, report(&a, twice)).await,
        StatusCode::Malformed
    );
    assert_eq!(scene.logged::<wire::MeshRecord>(Kind::Mesh).len(), 0);
    assert_eq!(scene.send(&a, good).await, StatusCode::Ok);
    scene.running.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn old_sessions_and_unknown_partners_are_logged_and_do_not_count() {
    let scene = Scene::new().await;
    let (a, now_ms) = (anchor(0), scene.hands.now());
    let sessions = vec![
        session(&a, &anchor(1), 9_000_000, now_ms),
        session(&a, &anchor(2), 9_000_000, now_ms - WINDOW_MS),
        session(&a, &anchor(3), 9_000_000, now_ms + 3_600_000),
        session(&a, &seeded(b'h', 6), 9_000_000, now_ms),
    ];
    assert_eq!(scene.send(&a, report(&a, sessions)).await, StatusCode::Ok);
    let records = scene.logged::<wire::MeshRecord>(Kind::Mesh);
    assert_eq!(records[0].unused, [1, 2, 3]);
    let view = scene.running.service().mesh_view().unwrap().unwrap();
    assert_eq!(view.lately.len(), 2);
    // What one anchor may report has an end.
    let signed = report(&a, vec![session(&a, &anchor(1), 9_000_000, now_ms)]);
    let mut codes = Vec::new();
    for _ in 0..70 {
        codes.push(scene.send(&a, signed.clone()).await);
    }
    assert_eq!(codes.last(), Some(&StatusCode::Busy));
    scene.running.stop().await.unwrap();
}
