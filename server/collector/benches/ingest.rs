//! Durable reports per second, end to end over mutual TLS, and what each part costs alone in the same
//! run on the same machine. Clients and collector share its cores.
//!
//! `cargo bench -p domicile-collector --bench ingest`; without `--bench` among its arguments it does
//! a few reports only, to show that it works.
#![allow(clippy::unwrap_used, clippy::cast_precision_loss)]

#[path = "../tests/harness/mod.rs"]
mod harness;

use domicile_appraise::judge::{Inputs, judge};
use domicile_appraise::testing::DIRECTORY_VERSION;
use domicile_appraise::testing::policy;
use domicile_appraise::verify::Appraised;
use domicile_appraise::{CODE_VERSION, verify};
use domicile_collector::clock::Clock;
use domicile_collector::store::{Store, StoreSettings};
use domicile_geo::Territories;
use domicile_ledger::Kind;
use domicile_proto::codec;
use domicile_proto::sign::Domain;
use domicile_proto::wire;
use domicile_proto::wire::collector_request::Request;
use harness::{Agent, Vendor, ask, real_now, receipt, singapore};
use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How much is measured.
struct Size {
    agents: usize,
    reports: usize,
    rounds: usize,
}

#[tokio::main(flavor = "multi_thread")]
async fn main() {
    let size = if std::env::args().any(|argument| argument == "--bench") {
        Size {
            agents: 64,
            reports: 40,
            rounds: 400,
        }
    } else {
        Size {
            agents: 2,
            reports: 2,
            rounds: 2,
        }
    };
    let vendor = Vendor::new();
    vendor.write_config("[limits]\nrequest-burst = 1000000\nrequests-per-second = 1000000");
    let running = vendor.start(Clock::system()).await;
    let quic = running.quic;
    let mut agents = Vec::new();
    for number in 0..size.agents {
        agents.push(vendor.enrol(quic, number, "sin", real_now()).await);
    }
    let mut prepared = Vec::new();
    for agent in &mut agents {
        prepared.push(prepare(&vendor, agent, quic, size.reports).await);
    }
    let all: Vec<wire::Signed> = prepared.iter().flatten().cloned().collect();
    let bytes = all
        .iter()
        .map(|signed| codec::encode(signed).len())
        .sum::<usize>()
        / all.len();
    println!(
        "{} agents, {} reports of {bytes} bytes, 12 anchors each",
        agents.len(),
        all.len()
    );

    let kept_open = submit(&agents, &prepared, quic).await;
    println!(
        "end to end, connections kept open:   {:>8.0} reports/s",
        per_second(all.len(), kept_open)
    );
    let mut again = Vec::new();
    for agent in &mut agents {
        again.push(prepare(&vendor, agent, quic, size.reports.div_ceil(4)).await);
    }
    let fresh_count = again.iter().map(Vec::len).sum();
    let fresh = submit_fresh(agents, again, quic).await;
    println!(
        "end to end, a handshake each:        {:>8.0} reports/s",
        per_second(fresh_count, fresh)
    );

    println!(
        "\n{:<34} {:>12} {:>8}",
        "one report, each part alone", "microseconds", "share"
    );
    let handshake = handshakes(&vendor, quic, size.rounds).await;
    let (signatures, appraised) = signatures(&vendor, quic, &all[0], size.rounds).await;
    let location = location(&vendor, quic, &appraised, size.rounds).await;
    let store = store(&all, size.rounds * 4).await;
    let parts = [
        ("handshake (both ends)", handshake),
        ("signature checks and draw", signatures),
        ("location and judgement", location),
        ("store (64 at a time)", store),
    ];
    let sum: f64 = parts.iter().map(|(_, time)| time.as_secs_f64()).sum();
    for (name, time) in parts {
        let time = time.as_secs_f64();
        println!(
            "{name:<34} {:>12.1} {:>7.1}%",
            time * 1e6,
            100.0 * time / sum
        );
    }
    running.stop().await.unwrap();
}

fn per_second(count: usize, time: Duration) -> f64 {
    count as f64 / time.as_secs_f64()
}

async fn prepare(
    vendor: &Vendor,
    agent: &mut Agent,
    quic: std::net::SocketAddr,
    count: usize,
) -> Vec<wire::Signed> {
    let connection = agent.connect(quic).await;
    let mut reports = Vec::new();
    for _ in 0..count {
        let reply = ask(
            &connection,
            Request::Challenge(wire::ChallengeRequest {
                directory_version: DIRECTORY_VERSION,
            }),
        )
        .await
        .unwrap();
        let wire::collector_reply::Reply::Challenge(challenge) = reply else {
            panic!("{reply:?}")
        };
        reports.push(agent.report(&vendor.world, &challenge.nonce, singapore(), real_now()));
    }
    reports
}

/// Each agent sends its reports one after the other on one connection.
async fn submit(
    agents: &[Agent],
    prepared: &[Vec<wire::Signed>],
    quic: std::net::SocketAddr,
) -> Duration {
    let mut connections = Vec::new();
    for agent in agents {
        connections.push(agent.connect(quic).await);
    }
    let began = Instant::now();
    let mut tasks = Vec::new();
    for (connection, reports) in connections.into_iter().zip(prepared.to_vec()) {
        tasks.push(tokio::spawn(async move {
            for signed in reports {
                receipt(ask(&connection, Request::Evidence(signed)).await.unwrap());
            }
        }));
    }
    for task in tasks {
        task.await.unwrap();
    }
    began.elapsed()
}

/// The same with a connection for each report.
async fn submit_fresh(
    agents: Vec<Agent>,
    prepared: Vec<Vec<wire::Signed>>,
    quic: std::net::SocketAddr,
) -> Duration {
    let began = Instant::now();
    let mut tasks = Vec::new();
    for (agent, reports) in agents.into_iter().zip(prepared) {
        tasks.push(tokio::spawn(async move {
            for signed in reports {
                let connection = agent.connect(quic).await;
                receipt(ask(&connection, Request::Evidence(signed)).await.unwrap());
                connection.close(0_u32.into(), b"");
            }
        }));
    }
    for task in tasks {
        task.await.unwrap();
    }
    began.elapsed()
}

/// A connection until the server has answered on it, less a request on an open one.
async fn handshakes(vendor: &Vendor, quic: std::net::SocketAddr, rounds: usize) -> Duration {
    let agent = vendor.enrol(quic, 10_001, "sin", real_now()).await;
    let open = agent.connect(quic).await;
    let challenge = || {
        Request::Challenge(wire::ChallengeRequest {
            directory_version: DIRECTORY_VERSION,
        })
    };
    let began = Instant::now();
    for _ in 0..rounds {
        ask(&open, challenge()).await.unwrap();
    }
    let request = began.elapsed();
    let began = Instant::now();
    for _ in 0..rounds {
        let connection = agent.connect(quic).await;
        ask(&connection, challenge()).await.unwrap();
        connection.close(0_u32.into(), b"");
    }
    began.elapsed().saturating_sub(request) / u32::try_from(rounds).unwrap()
}

async fn signatures(
    vendor: &Vendor,
    quic: std::net::SocketAddr,
    _like: &wire::Signed,
    rounds: usize,
) -> (Duration, (Agent, Appraised)) {
    let mut agent = vendor.enrol(quic, 10_002, "sin", real_now()).await;
    let signed = prepare(vendor, &mut agent, quic, 1).await.remove(0);
    let began = Instant::now();
    for _ in 0..rounds {
        // As on the wire: once to attribute it, once in the appraisal.
        domicile_proto::sign::verify(Domain::Evidence, &agent.key(), &signed).unwrap();
        black_box(
            vendor
                .world
                .verify(agent.host(), &signed, real_now())
                .unwrap(),
        );
    }
    let time = began.elapsed() / u32::try_from(rounds).unwrap();
    let appraised: Result<Appraised, verify::EvidenceError> =
        vendor.world.verify(agent.host(), &signed, real_now());
    (time, (agent, appraised.unwrap()))
}

/// With four other sessions to compare, as a host has that reports regularly.
async fn location(
    vendor: &Vendor,
    quic: std::net::SocketAddr,
    (agent, appraised): &(Agent, Appraised),
    rounds: usize,
) -> Duration {
    let mut compared = Vec::new();
    for number in 0..4 {
        let mut other = vendor.enrol(quic, 10_010 + number, "sin", real_now()).await;
        let signed = prepare(vendor, &mut other, quic, 1).await.remove(0);
        let mut session = vendor
            .world
            .verify(other.host(), &signed, real_now())
            .unwrap();
        session.report.agent_key = appraised.report.agent_key;
        compared.push(session);
    }
    let policy = policy();
    let began = Instant::now();
    for _ in 0..rounds {
        black_box(judge(&Inputs {
            appraised,
            enrolment: &agent.host().enrolment,
            policy: &policy,
            territories: Territories::builtin(),
            chain: &[],
            compared: &compared,
            judged_ms: 0,
            code_version: CODE_VERSION,
            device_chains: &domicile_appraise::devices::DeviceChains::default(),
        }));
    }
    began.elapsed() / u32::try_from(rounds).unwrap()
}

/// Sixty-four writers, evidence and a verdict of usual size each: log, index and head.
async fn store(all: &[wire::Signed], rounds: usize) -> Duration {
    let dir = tempfile::tempdir().unwrap();
    let settings = StoreSettings {
        data_dir: dir.path().to_owned(),
        origin: "log.example/bench".into(),
        min_free_bytes: 0,
        rebuild_index: false,
    };
    let key = Arc::new(domicile_appraise::testing::seeded(b'l', 0));
    let (store, owner, _) = Store::open(
        &settings,
        Arc::clone(&key),
        Clock::system(),
        &mut |_, _, _| (),
    )
    .unwrap();
    let records: Vec<Vec<(Kind, Vec<u8>)>> = (0..rounds)
        .map(|number| {
            // Each with a nonce and hash of its own, so that the index does all its work.
            let mut evidence: wire::Evidence =
                codec::decode(&all[number % all.len()].payload, 1 << 20).unwrap();
            evidence.nonce[12..20].copy_from_slice(&(number as u64).to_be_bytes());
            let signed = codec::encode(&key.sign(Domain::Evidence, codec::encode(&evidence)));
            let verdict = wire::Verdict {
                evidence_hash: domicile_proto::sign::sha256(&signed).to_vec(),
                agent_key: evidence.agent_key.clone(),
                measured_until_ms: real_now(),
                ..wire::Verdict::default()
            };
            let verdict = key.sign(Domain::Verdict, codec::encode(&verdict));
            let record = wire::EvidenceRecord {
                evidence: signed,
                ..Default::default()
            };
            vec![
                (Kind::Evidence, codec::encode(&record)),
                (Kind::Verdict, codec::encode(&verdict)),
            ]
        })
        .collect();
    let began = Instant::now();
    let mut tasks = Vec::new();
    let share = rounds.div_ceil(64);
    for records in records.chunks(share) {
        let (store, records) = (store.clone(), records.to_vec());
        tasks.push(tokio::spawn(async move {
            for group in records {
                store.commit(group).await.unwrap();
            }
        }));
    }
    for task in tasks {
        task.await.unwrap();
    }
    let time = began.elapsed() / u32::try_from(rounds).unwrap();
    drop(store);
    tokio::task::block_in_place(|| owner.close()).unwrap();
    time
}
