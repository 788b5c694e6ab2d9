//! The real program, killed and stopped under load: every acknowledged report is there afterwards,
//! with the same receipt. `DOMICILE_KILLS=50` kills it that often.
#![allow(clippy::unwrap_used)]

mod harness;

use domicile_appraise::testing::DIRECTORY_VERSION;
use domicile_proto::codec;
use domicile_proto::wire;
use domicile_proto::wire::collector_reply::Reply;
use domicile_proto::wire::collector_request::Request;
use harness::process::Process;
use harness::{Agent, Vendor, ask, connect, open_receipt, real_now, receipt, singapore};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::watch;

const AGENTS: usize = 4;
const LIMITS: &str = "[limits]\nrequest-burst = 1000000\nrequests-per-second = 1000000";

/// A report and the receipt that the collector gave for it.
type Acknowledged = (usize, wire::Signed, wire::Signed);

/// Reports until the connection breaks; notes what is acknowledged.
async fn load(
    vendor: Arc<Vendor>,
    number: usize,
    agent: &mut Agent,
    quic: SocketAddr,
    acknowledged: Arc<Mutex<Vec<Acknowledged>>>,
    over: watch::Receiver<bool>,
) {
    let Ok(connection) = connect(quic, &agent.identity, vendor.collector_key()).await else {
        return;
    };
    // A killed server says nothing: the client ends by itself.
    let closer = connection.clone();
    let mut over = over;
    tokio::spawn(async move {
        if over.wait_for(|over| *over).await.is_ok() {
            closer.close(0_u32.into(), b"");
        }
    });
    loop {
        let challenge = Request::Challenge(wire::ChallengeRequest {
            directory_version: DIRECTORY_VERSION,
        });
        let Ok(Reply::Challenge(challenge)) = ask(&connection, challenge).await else {
            return;
        };
        let (sequence, previous) = (agent.sequence, agent.previous.clone());
        let signed = agent.report(&vendor.world, &challenge.nonce, singapore(), real_now());
        let Ok(reply) = ask(&connection, Request::Evidence(signed.clone())).await else {
            // Not acknowledged: as an agent without a spool, it starts again from before.
            (agent.sequence, agent.previous) = (sequence, previous);
            return;
        };
        let receipt = receipt(reply);
        acknowledged.lock().unwrap().push((number, signed, receipt));
    }
}

async fn run_load(
    vendor: &Arc<Vendor>,
    agents: Vec<Agent>,
    quic: SocketAddr,
    acknowledged: &Arc<Mutex<Vec<Acknowledged>>>,
    stop: impl FnOnce(),
) -> Vec<Agent> {
    let over = watch::Sender::new(false);
    let mut tasks = Vec::new();
    for (number, mut agent) in agents.into_iter().enumerate() {
        let (vendor, acknowledged) = (Arc::clone(vendor), Arc::clone(acknowledged));
        let over = over.subscribe();
        tasks.push(tokio::spawn(async move {
            load(vendor, number, &mut agent, quic, acknowledged, over).await;
            agent
        }));
    }
    let before = acknowledged.lock().unwrap().len();
    for _ in 0..200 {
        tokio::time::sleep(Duration::from_millis(10)).await;
        if acknowledged.lock().unwrap().len() >= before + 2 * AGENTS {
            break;
        }
    }
    tokio::task::block_in_place(stop);
    over.send_replace(true);
    let mut agents = Vec::new();
    for task in tasks {
        agents.push(task.await.unwrap());
    }
    agents
}

async fn check_all(vendor: &Vendor, agents: &[Agent], quic: SocketAddr, all: &[Acknowledged]) {
    let mut connections = Vec::new();
    for agent in agents {
        connections.push(agent.connect(quic).await);
    }
    for (number, signed, first) in all {
        open_receipt(&vendor.world, first);
        let again = ask(&connections[*number], Request::Evidence(signed.clone()))
            .await
            .unwrap();
        assert_eq!(receipt(again), *first);
    }
}

/// Enrols agents with a running collector.
async fn enrol(vendor: &Vendor, quic: SocketAddr) -> Vec<Agent> {
    let mut agents = Vec::new();
    for number in 0..AGENTS {
        agents.push(vendor.enrol(quic, number, "sin", real_now()).await);
    }
    agents
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_under_load_it_loses_nothing_that_it_acknowledged() {
    let kills = std::env::var("DOMICILE_KILLS").map_or(8, |kills| kills.parse().unwrap());
    let vendor = Arc::new(Vendor::new());
    vendor.write_config(LIMITS);
    let acknowledged = Arc::new(Mutex::new(Vec::new()));
    let process = Process::start(&vendor);
    let mut agents = enrol(&vendor, process.quic).await;
    process.kill();
    for _ in 0..kills {
        let process = Process::start(&vendor);
        let quic = process.quic;
        agents = run_load(&vendor, agents, quic, &acknowledged, || process.kill()).await;
    }
    let all = acknowledged.lock().unwrap().clone();
    assert!(
        all.len() >= kills * AGENTS,
        "only {} reports in {kills} runs",
        all.len()
    );
    let process = Process::start(&vendor);
    check_all(&vendor, &agents, process.quic, &all).await;
    assert!(process.terminate().success());
    println!("{} reports acknowledged, {kills} kills", all.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn stopped_under_load_it_finishes_what_it_began() {
    let vendor = Arc::new(Vendor::new());
    vendor.write_config(LIMITS);
    let acknowledged = Arc::new(Mutex::new(Vec::new()));
    let process = Process::start(&vendor);
    let agents = enrol(&vendor, process.quic).await;
    let quic = process.quic;
    let waiting = agents[0].challenge(quic).await;
    let mut agents = run_load(&vendor, agents, quic, &acknowledged, || {
        assert!(process.terminate().success());
    })
    .await;
    let process = Process::start(&vendor);
    let all = acknowledged.lock().unwrap().clone();
    check_all(&vendor, &agents, process.quic, &all).await;
    // A challenge from before the restart still holds after it.
    let agent = &mut agents[0];
    let late = agent.report(&vendor.world, &waiting.nonce, singapore(), real_now());
    let receipt = receipt(agent.submit(process.quic, &late).await);
    let opened = open_receipt(&vendor.world, &receipt);
    let hash = domicile_proto::sign::sha256(&codec::encode(&late));
    assert_eq!(opened.evidence_hash, hash.to_vec());
}

#[tokio::test(flavor = "multi_thread")]
async fn when_no_file_may_grow_nothing_is_acknowledged_that_is_not_kept() {
    let vendor = Vendor::new();
    vendor.write_config(LIMITS);
    let process = Process::start(&vendor);
    let mut agent = vendor.enrol(process.quic, 0, "sin", real_now()).await;
    assert!(process.terminate().success());

    // The log's segment or the index meets the limit first; either way the collector may refuse or
    // stop, but not pretend.
    let process = Process::start_limited(&vendor, 3000);
    let mut all: Vec<Acknowledged> = Vec::new();
    let mut refused = false;
    let connection = agent.connect(process.quic).await;
    while !refused && all.len() < 1000 {
        let challenge = Request::Challenge(wire::ChallengeRequest {
            directory_version: DIRECTORY_VERSION,
        });
        let patience = Duration::from_secs(5);
        let asked = tokio::time::timeout(patience, ask(&connection, challenge)).await;
        let Ok(Ok(Reply::Challenge(challenge))) = asked else {
            break;
        };
        let (sequence, previous) = (agent.sequence, agent.previous.clone());
        let signed = agent.report(&vendor.world, &challenge.nonce, singapore(), real_now());
        let evidence = Request::Evidence(signed.clone());
        match tokio::time::timeout(patience, ask(&connection, evidence)).await {
            Ok(Ok(Reply::Receipt(receipt))) => all.push((0, signed, receipt)),
            _ => {
                (agent.sequence, agent.previous) = (sequence, previous);
                refused = true;
            }
        }
    }
    assert!(all.len() < 1000, "the limit was never met");
    process.kill();
    println!("{} reports acknowledged below the limit", all.len());

    let process = Process::start(&vendor);
    check_all(&vendor, &[agent], process.quic, &all).await;
    assert!(process.terminate().success());
}
