//! A caller with a scope learns nothing of the hosts outside it: random fleets, every route, every byte.
#![allow(clippy::unwrap_used)]

mod harness;

use data_encoding::{BASE64, BASE64URL_NOPAD, HEXLOWER};
use domicile_appraise::testing::{CITIES, Trip, point};
use domicile_certs::random::{Random as _, Seeded};
use domicile_collector::access::Token;
use domicile_collector::runtime::Running;
use domicile_proto::codec;
use domicile_proto::sign::{self, Domain, sha256};
use domicile_proto::types::Digest;
use domicile_proto::wire;
use harness::auditor::{Answer, Auditor};
use harness::{Agent, Hands, Vendor, real_now, receipt};
use serde_json::Value;
use std::collections::BTreeSet;
use std::fmt::Write as _;

const METROS: [&str; 4] = ["sin", "kul", "fra", "gru"];
const REGULATORS: [&[&str]; 3] = [&["SG"], &["DE", "MY"], &["BR"]];
const OPERATORS: usize = 3;
const HOSTS: usize = 6;
const PAGES: usize = 8;

/// A host, and everything by which an answer would give it away.
struct Known {
    operator: String,
    territory: &'static str,
    key: Vec<u8>,
    evidence: Vec<Digest>,
    /// Its customer, its site, its own device: nobody else's, but that others may show the device.
    names: Vec<String>,
    /// Devices that it showed.
    shown: Vec<String>,
    /// Territories that its newest verdict leaves possible at the required tier.
    possible: Vec<String>,
}

struct Fleet {
    vendor: Vendor,
    running: Running,
    hosts: Vec<Known>,
    devices: Vec<String>,
}

fn token(number: u64) -> Token {
    Token::generate(&mut Seeded::new(number)).unwrap()
}

fn operator(seed: u64, number: usize) -> String {
    format!("operator-{seed}-{number}")
}

/// An auditor, an admin, the operators and the regulators, each with a token.
fn access_file(seed: u64, now_ms: u64) -> String {
    let mut text = String::new();
    let mut user = |name: String, role: &str, more: String, number: u64| {
        let entry = token(number).entry(now_ms, 30);
        writeln!(
            text,
            "[[user]]\nname = \"{name}\"\nrole = \"{role}\"\n{more}\ntokens = [{entry}]"
        )
        .unwrap();
    };
    user("auditor".into(), "auditor", String::new(), 1);
    user("admin".into(), "admin", String::new(), 2);
    for number in 0..OPERATORS {
        let own = format!("operator = \"{}\"", operator(seed, number));
        user(format!("op-{number}"), "operator", own, 10 + number as u64);
    }
    for (number, codes) in REGULATORS.iter().enumerate() {
        let own = format!("territories = {codes:?}");
        user(
            format!("reg-{number}"),
            "regulator",
            own,
            20 + number as u64,
        );
    }
    text
}

fn device(name: &str) -> wire::Device {
    wire::Device {
        vendor_id: 0x10de,
        device_id: 0x2335,
        class: 0x03_0200,
        details: Some(wire::DeviceDetails {
            uuid: name.to_owned(),
            ..wire::DeviceDetails::default()
        }),
        ..wire::Device::default()
    }
}

impl Fleet {
    async fn new(seed: u64) -> Self {
        let mut random = Seeded::new(seed);
        let mut below = |most: usize| {
            let mut byte = [0];
            random.fill(&mut byte).unwrap();
            usize::from(byte[0]) % most
        };
        let vendor = Vendor::new();
        let hands = Hands::at(real_now());
        let file = access_file(seed, hands.now());
        std::fs::write(vendor.path("access.toml"), file).unwrap();
        vendor.write_config("access = \"access.toml\"");
        let running = vendor.start(hands.clock()).await;
        let mut fleet = Self {
            vendor,
            running,
            hosts: Vec::new(),
            devices: Vec::new(),
        };
        for number in 0..HOSTS {
            let metro = METROS[below(METROS.len())];
            let names = vec![
                format!("customer-{seed}-{number}"),
                format!("site-{seed}-{number}"),
                format!("GPU-{seed}-{number}"),
            ];
            let operator = operator(seed, below(OPERATORS));
            let mut fields = fleet.vendor.token_fields(metro, 1, hands.now());
            fields.operator.clone_from(&operator);
            fields.customer.clone_from(&names[0]);
            fields.site.clone_from(&names[1]);
            let enrolment = fleet.vendor.sign_token(&fields);
            let mut agent = Agent::new(&fleet.vendor, number);
            let reply = agent.enrol(fleet.running.quic, &enrolment).await;
            agent.adopt(&enrolment, hands.now(), reply);
            let (mut evidence, mut all_shown) = (Vec::new(), Vec::new());
            // One of them may be where it was not declared; one shows a device of the one before.
            let place = if below(3) == 0 { "sin" } else { metro };
            for session in 0..below(3) {
                hands.advance(60_000);
                let mut shown = vec![names[2].clone()];
                if session == 1 && number > 0 {
                    shown.push(format!("GPU-{seed}-{}", number - 1));
                }
                all_shown.extend_from_slice(&shown);
                let shown = shown.iter().map(|name| device(name)).collect();
                let signed = fleet.session(&mut agent, place, hands.now(), shown).await;
                evidence.push(sha256(&codec::encode(&signed)));
            }
            fleet.devices.push(format!("uuid:{}", names[2]));
            let city = CITIES.iter().find(|city| city.id == metro).unwrap();
            let possible = fleet.possible(evidence.last());
            fleet.hosts.push(Known {
                operator,
                territory: city.territory,
                key: agent.key().to_vec(),
                evidence,
                names,
                shown: all_shown,
                possible,
            });
        }
        fleet
    }

    async fn session(
        &self,
        agent: &mut Agent,
        metro: &str,
        now_ms: u64,
        devices: Vec<wire::Device>,
    ) -> wire::Signed {
        let city = CITIES.iter().find(|city| city.id == metro).unwrap();
        let nonce = agent.challenge(self.running.quic).await.nonce;
        let trip = Trip {
            nonce: nonce.clone(),
            at_ms: now_ms,
            place: point(city.latitude, city.longitude),
        };
        let mut evidence = self.vendor.world.honest(agent.host(), &trip);
        evidence.device_reading = wire::DeviceReading::Complete.into();
        evidence.inventory = Some(wire::Inventory {
            devices,
            ..wire::Inventory::default()
        });
        let signed = agent.finish(evidence.clone());
        receipt(agent.submit(self.running.quic, &signed).await);
        // Other bytes under the nonce: a fork.
        evidence.inventory = None;
        let _ = agent
            .submit(self.running.quic, &agent.host().sign(&evidence))
            .await;
        signed
    }

    fn possible(&self, newest: Option<&Digest>) -> Vec<String> {
        let Some(id) = newest else { return Vec::new() };
        let store = self.running.service().store();
        let row = store.evidence(id).unwrap().unwrap();
        let bytes = store.read(row.verdict_index).unwrap().payload;
        let key = self.vendor.world.collector.public();
        let verdict: wire::Verdict =
            sign::open_bytes(Domain::Verdict, &key, &bytes, 1 << 20).unwrap();
        let mut tiers = verdict.tiers.into_iter();
        let required = tiers.find(|tier| tier.tier == verdict.required_tier);
        required.map_or(Vec::new(), |tier| tier.possible)
    }

    fn by(&self, number: u64) -> Auditor {
        Auditor::bearer(&self.vendor, self.running.api, &token(number).reveal())
    }

    /// Every path that there is to ask for, with every name that there is.
    fn paths(&self) -> Vec<String> {
        let mut paths: Vec<String> = [
            "hosts",
            "attestations",
            "incidents",
            "forks",
            "devices",
            "device-findings",
            "licences",
            "erasures",
            "holds",
            "mesh",
            "mesh/pairs",
            "queries",
            "log/head",
        ]
        .map(|list| format!("/v1/{list}"))
        .into();
        for list in [
            "hosts",
            "attestations",
            "devices",
            "device-findings",
            "holds",
            "queries",
        ] {
            paths.push(format!("/v1/{list}?limit=1"));
        }
        for host in &self.hosts {
            let key = HEXLOWER.encode(&host.key);
            paths.push(format!("/v1/hosts/{key}/records"));
            paths.push(format!("/v1/attestations?host={key}"));
            paths.push(format!("/v1/hosts?customer={}", host.names[0]));
            paths.push(format!("/v1/hosts?site={}", host.names[1]));
            paths.push(format!("/v1/queries?operator={}", host.operator));
            for id in &host.evidence {
                for part in ["", "/bundle", "/belief", "/result", "/cose-receipt"] {
                    paths.push(format!("/v1/attestations/{id}{part}"));
                }
            }
        }
        for name in &self.devices {
            paths.push(format!("/v1/devices/{name}"));
        }
        paths
    }

    fn hidden(&self, sees: &dyn Fn(&Known) -> bool) -> Vec<&Known> {
        self.hosts.iter().filter(|host| !sees(host)).collect()
    }

    /// Asks for everything as one caller, page after page, and looks at every byte of every answer.
    async fn nothing_outside(&self, caller: &Auditor, sees: &dyn Fn(&Known) -> bool) -> usize {
        let hidden = self.hidden(sees);
        let seen: Vec<_> = self.hosts.iter().filter(|host| sees(host)).collect();
        // A name that a host in the scope has too gives nobody away.
        let shared: BTreeSet<_> = seen
            .iter()
            .flat_map(|host| host.shown.iter().chain([&host.operator]))
            .collect();
        let names: Vec<&String> = hidden
            .iter()
            .flat_map(|host| host.names.iter().chain([&host.operator]))
            .filter(|name| !shared.contains(name))
            .collect();
        let ids: Vec<&[u8]> = hidden
            .iter()
            .flat_map(|host| {
                host.evidence
                    .iter()
                    .map(|id| &id.0[..])
                    .chain([&host.key[..]])
            })
            .collect();
        let mut answered = 0;
        for path in self.paths() {
            let mut next = Some(path.clone());
            // Asking for queries makes more of them: so many pages are enough.
            for _ in 0..PAGES {
                let Some(asked) = next.take() else { break };
                let answer = caller.get(&asked).await;
                assert!(answer.status.as_u16() < 500, "{asked}: {}", answer.status);
                // What the caller said itself it may hear again: in its own queries, and in problems.
                let own = path.starts_with("/v1/queries") || !answer.status.is_success();
                let bytes = all_bytes(&answer, &asked);
                for name in names.iter().filter(|name| !own || !self.was_asked(name)) {
                    assert!(!contains(&bytes, name.as_bytes()), "{asked} shows {name}");
                }
                for id in &ids {
                    let hex = HEXLOWER.encode(id);
                    assert!(!contains(&bytes, id), "{asked} shows the bytes of {hex}");
                    let shown = !own && contains(&bytes, hex.as_bytes());
                    assert!(!shown, "{asked} shows {hex}");
                }
                answered += usize::from(answer.status.is_success());
                let page = answer
                    .status
                    .is_success()
                    .then(|| cursor(&answer))
                    .flatten();
                next = page.map(|cursor| format!("{}&cursor={cursor}", paged(&path)));
            }
        }
        answered
    }

    fn was_asked(&self, name: &str) -> bool {
        self.paths().iter().any(|path| path.contains(name))
    }
}

fn paged(path: &str) -> String {
    match path.contains('?') {
        true => path.to_owned(),
        false => format!("{path}?limit=100"),
    }
}

fn cursor(answer: &Answer) -> Option<String> {
    let document: Value = serde_json::from_slice(&answer.body).ok()?;
    document["next"].as_str().map(str::to_owned)
}

/// The body, what its cursor says when it is taken apart, and what the statement beside it says but the
/// question, which it repeats.
fn all_bytes(answer: &Answer, asked: &str) -> Vec<u8> {
    let mut bytes = answer.body.clone();
    if let Some(cursor) = cursor(answer) {
        bytes.extend(
            BASE64URL_NOPAD
                .decode(cursor.as_bytes())
                .unwrap_or_default(),
        );
        bytes.extend(cursor.bytes());
    }
    if let Some(statement) = &answer.statement {
        let said = BASE64.decode(statement.as_bytes()).unwrap();
        let question = said
            .windows(asked.len())
            .position(|part| part == asked.as_bytes());
        let question = question.unwrap();
        bytes.extend(&said[..question]);
        bytes.extend(&said[question + asked.len()..]);
    }
    bytes
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

#[tokio::test(flavor = "multi_thread")]
async fn no_byte_about_a_host_outside_the_scope_is_answered_on_any_route() {
    // At once: each waits for its disk most of the time.
    tokio::join!(nothing_shows(0), nothing_shows(1), nothing_shows(2));
}

async fn nothing_shows(seed: u64) {
    let fleet = Fleet::new(seed).await;
    // Somebody with no scope asks for everything first, so that there are queries to be hidden.
    let auditor = fleet.by(1);
    for path in fleet.paths() {
        auditor.get(&path).await;
    }
    let all = fleet.nothing_outside(&auditor, &|_| true).await;
    let first = &fleet.hosts[0];
    for (number, (scope, held)) in [
        ("customer", &first.names[0]),
        ("host", &HEXLOWER.encode(&first.key)),
    ]
    .into_iter()
    .enumerate()
    {
        let body = format!(r#"{{"scope":"{scope}","held":"{held}","reason":"a case"}}"#);
        let key = format!("key-{seed}-{number:04}");
        let held = fleet.by(2).post("/v1/holds", &key, &body).await;
        assert_eq!(held.status.as_u16(), 201);
    }
    for number in 0..OPERATORS {
        let name = operator(seed, number);
        let sees = |host: &Known| host.operator == name;
        let caller = fleet.by(10 + number as u64);
        let answered = fleet.nothing_outside(&caller, &sees).await;
        assert!(answered < all);
        // Not by hiding everything: what is its own it gets.
        for host in fleet.hosts.iter().filter(|host| sees(host)) {
            for id in &host.evidence {
                let path = format!("/v1/attestations/{id}/bundle");
                assert_eq!(caller.get(&path).await.status.as_u16(), 200);
            }
        }
    }
    for (number, codes) in REGULATORS.iter().enumerate() {
        let sees = |host: &Known| {
            codes.contains(&host.territory)
                || host
                    .possible
                    .iter()
                    .any(|code| codes.contains(&code.as_str()))
        };
        let caller = fleet.by(20 + number as u64);
        fleet.nothing_outside(&caller, &sees).await;
        let page = caller.get("/v1/hosts").await.json();
        let listed = page["items"].as_array().unwrap().len();
        assert_eq!(listed, fleet.hosts.iter().filter(|host| sees(host)).count());
    }
    fleet.running.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hidden_host_is_answered_as_one_that_does_not_exist() {
    let fleet = Fleet::new(7).await;
    let name = operator(7, 0);
    let caller = fleet.by(10);
    let made_up = "ab".repeat(32);
    let mut compared = 0;
    for host in fleet.hidden(&|host| host.operator == name) {
        let key = HEXLOWER.encode(&host.key);
        let ids = host.evidence.iter().map(ToString::to_string);
        let mut paths = vec![
            (format!("/v1/hosts/{key}/records"), key.clone()),
            (format!("/v1/attestations?host={key}"), key),
        ];
        for id in ids {
            for part in ["", "/bundle", "/belief", "/result", "/cose-receipt"] {
                paths.push((format!("/v1/attestations/{id}{part}"), id.clone()));
            }
        }
        for (path, id) in paths {
            let hidden = caller.get(&path).await;
            let unknown = caller.get(&path.replace(&id, &made_up)).await;
            assert_eq!(hidden.status, unknown.status, "{path}");
            let text = |answer: &Answer| String::from_utf8(answer.body.clone()).unwrap();
            assert_eq!(
                text(&hidden).replace(&id, &made_up),
                text(&unknown),
                "{path}"
            );
            compared += 1;
        }
    }
    assert!(compared > 0);
    for (number, device) in fleet.devices.iter().enumerate() {
        let hidden = fleet.hosts[number].operator != name;
        let answer = caller.get(&format!("/v1/devices/{device}")).await;
        let unknown = caller.get("/v1/devices/uuid:GPU-none").await;
        if hidden && answer.status.as_u16() == 404 {
            assert_eq!(answer.body, unknown.body);
        }
    }
    // A cursor is its owner's: not another's, not one made by hand.
    let page = caller.get("/v1/hosts?limit=1").await;
    if let Some(cursor) = cursor(&page) {
        let path = format!("/v1/hosts?limit=1&cursor={cursor}");
        assert_eq!(caller.get(&path).await.status.as_u16(), 200);
        assert_eq!(fleet.by(11).get(&path).await.status.as_u16(), 400);
    }
    let by_hand = BASE64URL_NOPAD.encode(&fleet.hosts[0].key);
    let path = format!("/v1/hosts?cursor={by_hand}");
    assert_eq!(caller.get(&path).await.status.as_u16(), 400);
    assert_eq!(fleet.by(1).get(&path).await.status.as_u16(), 200);
    fleet.running.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_sees_who_asked_for_its_hosts_and_not_what_else_was_asked() {
    let fleet = Fleet::new(3).await;
    let own = &fleet.hosts[0];
    let other = fleet
        .hosts
        .iter()
        .find(|host| host.operator != own.operator)
        .unwrap();
    let number: u64 = own.operator.rsplit('-').next().unwrap().parse().unwrap();
    let caller = fleet.by(10 + number);
    let auditor = fleet.by(1);
    let key = |host: &Known| HEXLOWER.encode(&host.key);
    for path in [
        format!("/v1/attestations?host={}", key(other)),
        format!("/v1/hosts?customer={}", own.names[0]),
        format!("/v1/hosts?site={}", other.names[1]),
        "/v1/hosts".to_owned(),
        "/v1/log/head".to_owned(),
    ] {
        assert_eq!(auditor.get(&path).await.status.as_u16(), 200, "{path}");
    }
    let page = caller.get("/v1/queries").await.json();
    let items = page["items"].as_array().unwrap();
    let seen: Vec<_> = items
        .iter()
        .map(|item| {
            (
                item["user"].clone(),
                item["what"].clone(),
                item["rows"].clone(),
            )
        })
        .collect();
    let expected: Vec<(Value, Value, Value)> = vec![
        ("auditor".into(), "GET /v1/hosts".into(), 1.into()),
        ("auditor".into(), "GET /v1/hosts".into(), Value::Null),
    ];
    assert_eq!(seen, expected);
    assert_eq!(items[0]["operators"], serde_json::json!([own.operator]));
    assert_eq!(items[1]["operators"], serde_json::json!([own.operator]));
    // Whoever has no scope sees every word, and its own questions.
    let page = auditor.get("/v1/queries?user=auditor").await.json();
    let items = page["items"].as_array().unwrap();
    assert_eq!(items.len(), 5);
    assert_eq!(
        items[2]["what"],
        format!("GET /v1/hosts?site={}", other.names[1])
    );
    assert_eq!(items[3]["operators"].as_array().unwrap().len(), {
        let all: BTreeSet<_> = fleet.hosts.iter().map(|host| &host.operator).collect();
        all.len()
    });
    fleet.running.stop().await.unwrap();
}
