//! Rosters: of each day that is over, also of those that passed while the collector was down; what they
//! say of hosts that report, that only live, that are silent, that left; one host's records for an auditor.
#![allow(clippy::unwrap_used)]

mod harness;

use domicile_collector::runtime::Running;
use domicile_ledger::{Kind, Leaf, verify_inclusion};
use domicile_proto::codec::{self, array};
use domicile_proto::sign::{self, Domain};
use domicile_proto::types::Key;
use domicile_proto::wire::collector_request::Request;
use domicile_proto::wire::{self, HostRecords, Roster, RosterCounts, RosterStanding};
use harness::auditor::Auditor;
use harness::{Agent, Hands, Vendor, real_now, receipt, singapore};
use std::collections::HashMap;
use std::time::{Duration, Instant};

const DAY_MS: u64 = 24 * 3600 * 1000;

/// The last noon: the sessions are of one day, and certificates of that time are valid now.
fn noon() -> Hands {
    Hands::at((real_now() - DAY_MS / 2) / DAY_MS * DAY_MS + DAY_MS / 2)
}

/// The rosters in the log, in its order, each with its index.
fn rosters(running: &Running, vendor: &Vendor) -> Vec<(u64, Roster)> {
    let store = running.service().store();
    let mut found = Vec::new();
    for index in 0..store.size() {
        let entry = store.read(index).unwrap();
        if entry.kind == Kind::Roster {
            let signed: wire::Signed = codec::decode(&entry.payload, 1 << 20).unwrap();
            let key = vendor.collector_key();
            let page = sign::open(Domain::Roster, &key, &signed, 1 << 20).unwrap();
            found.push((index, page));
        }
    }
    found
}

async fn until_rosters(running: &Running, vendor: &Vendor, count: usize) -> Vec<(u64, Roster)> {
    let begun = Instant::now();
    loop {
        let found = rosters(running, vendor);
        if found.len() >= count {
            return found;
        }
        assert!(
            begun.elapsed() < Duration::from_secs(20),
            "{} rosters",
            found.len()
        );
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

async fn report(running: &Running, vendor: &Vendor, hands: &Hands, agent: &mut Agent) {
    hands.advance(1000);
    let challenge = agent.challenge(running.quic).await;
    let signed = agent.report(&vendor.world, &challenge.nonce, singapore(), hands.now());
    receipt(agent.submit(running.quic, &signed).await);
}

async fn live(running: &Running, agent: &Agent) {
    let liveness = wire::Liveness {
        agent_key: agent.key().to_vec(),
        boot_epoch: vec![1; 16],
        ..wire::Liveness::default()
    };
    let signed = agent
        .host()
        .key
        .sign(Domain::Liveness, codec::encode(&liveness));
    agent.ask(running.quic, Request::Liveness(signed)).await;
}

async fn withdraw(running: &Running, agent: &Agent) {
    let withdrawal = wire::Withdrawal {
        agent_key: agent.key().to_vec(),
        ..wire::Withdrawal::default()
    };
    let signed = agent
        .host()
        .key
        .sign(Domain::Withdrawal, codec::encode(&withdrawal));
    agent.ask(running.quic, Request::Withdrawal(signed)).await;
}

fn standings(roster: &Roster) -> HashMap<Key, RosterStanding> {
    let row = |row: &wire::RosterRow| (Key::read("key", &row.agent_key).unwrap(), row.standing());
    roster.rows.iter().map(row).collect()
}

/// Every record of the counted kinds in the period is in the totals, and the totals are the rows' sum.
fn adds_up(running: &Running, roster: &Roster) {
    let store = running.service().store();
    let mut counts: HashMap<Kind, u64> = HashMap::new();
    for index in roster.first_index..roster.end_index {
        let entry = store.read(index).unwrap();
        assert!((roster.from_ms..roster.until_ms).contains(&entry.time_ms));
        *counts.entry(entry.kind).or_default() += 1;
    }
    let of = |kind: Kind| counts.get(&kind).copied().unwrap_or(0);
    let logged = RosterCounts {
        evidence: of(Kind::Evidence),
        verdicts: of(Kind::Verdict),
        enrolments: of(Kind::Enrolment),
        withdrawals: of(Kind::Withdrawal),
        forks: of(Kind::Fork),
        liveness: of(Kind::Liveness),
        declarations: of(Kind::Declaration),
    };
    assert_eq!(roster.totals, Some(logged));
    let evidence: u64 = roster
        .rows
        .iter()
        .map(|row| row.counts.unwrap().evidence)
        .sum();
    assert_eq!(evidence, logged.evidence);
    let next = store.read(roster.end_index).unwrap();
    assert!(next.time_ms >= roster.until_ms);
}

#[tokio::test(flavor = "multi_thread")]
async fn each_day_that_is_over_has_its_roster_also_those_that_were_slept_through() {
    let vendor = Vendor::new();
    let hands = noon();
    let day = hands.now() / DAY_MS * DAY_MS;
    let running = vendor.start(hands.clock()).await;
    let mut agents = Vec::new();
    for number in 0..4 {
        let now_ms = hands.now();
        agents.push(vendor.enrol(running.quic, number, "sin", now_ms).await);
    }
    report(&running, &vendor, &hands, &mut agents[0]).await;
    report(&running, &vendor, &hands, &mut agents[0]).await;
    live(&running, &agents[1]).await;
    withdraw(&running, &agents[3]).await;
    assert!(rosters(&running, &vendor).is_empty(), "the day is not over");

    hands.advance(DAY_MS / 2 + 61_000);
    let found = until_rosters(&running, &vendor, 1).await;
    let (_, first) = &found[0];
    assert_eq!((first.from_ms, first.until_ms), (day, day + DAY_MS));
    assert_eq!((first.first_index, first.page, first.pages), (0, 0, 1));
    let standing = standings(first);
    let expected = [
        RosterStanding::Reported,
        RosterStanding::Alive,
        RosterStanding::Silent,
        RosterStanding::Withdrawn,
    ];
    for (agent, expected) in agents.iter().zip(expected) {
        assert_eq!(standing[&agent.key()], expected);
    }
    adds_up(&running, first);

    // Two whole days are slept through; another host reports on the third.
    running.stop().await.unwrap();
    hands.advance(2 * DAY_MS + DAY_MS / 2);
    let running = vendor.start(hands.clock()).await;
    report(&running, &vendor, &hands, &mut agents[1]).await;
    hands.advance(DAY_MS);
    let found = until_rosters(&running, &vendor, 4).await;
    let days: Vec<u64> = found
        .iter()
        .map(|(_, one)| (one.from_ms - day) / DAY_MS)
        .collect();
    assert_eq!(days, [0, 1, 2, 3], "each day once, in order");
    for pair in found.windows(2) {
        assert_eq!(pair[0].1.end_index, pair[1].1.first_index);
    }
    for (_, roster) in &found {
        adds_up(&running, roster);
    }
    let last = standings(&found[3].1);
    assert_eq!(last[&agents[1].key()], RosterStanding::Reported);
    assert_eq!(last[&agents[0].key()], RosterStanding::Silent);
    assert!(!last.contains_key(&agents[3].key()), "it left before");

    // An index made anew knows of them, and makes none twice.
    running.stop().await.unwrap();
    std::fs::remove_dir_all(vendor.data("index")).unwrap();
    let running = vendor.start(hands.clock()).await;
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert_eq!(rosters(&running, &vendor), found);
    running.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_auditor_gets_everything_of_a_host_with_its_rosters_under_one_head() {
    let vendor = Vendor::new();
    let hands = noon();
    let running = vendor.start(hands.clock()).await;
    let mut agents = Vec::new();
    for number in 0..2 {
        agents.push(vendor.enrol(running.quic, number, "sin", hands.now()).await);
    }
    for _ in 0..3 {
        report(&running, &vendor, &hands, &mut agents[0]).await;
        report(&running, &vendor, &hands, &mut agents[1]).await;
    }
    let auditor = Auditor::new(&vendor, running.api);
    let path = format!("/v1/hosts/{}/records", agents[0].key());
    hands.advance(DAY_MS);
    until_rosters(&running, &vendor, 1).await;
    assert_eq!(auditor.get("/v1/hosts/12/records").await.status, 400);
    let answer = auditor.get(&path).await;
    assert_eq!(answer.status, 200);
    let records: HostRecords = codec::decode(&answer.body, 1 << 24).unwrap();
    assert_eq!(records.rosters.len(), 1);
    let kinds: Vec<u32> = records.records.iter().map(|one| one.kind).collect();
    assert_eq!(
        kinds,
        [3, 1, 2, 1, 2, 1, 2],
        "enrolment, then evidence and verdict"
    );
    let head = records.head.unwrap();
    let root = array("root", &head.root).unwrap();
    let directory = records.directory.iter();
    for entry in records
        .records
        .iter()
        .chain(&records.rosters)
        .chain(directory)
    {
        let kind = Kind::try_from(u8::try_from(entry.kind).unwrap()).unwrap();
        let salt = array("salt", &entry.salt).unwrap();
        let leaf = Leaf::new(kind, entry.time_ms, &salt, &entry.payload).hash();
        let path: Vec<[u8; 32]> = entry
            .inclusion
            .iter()
            .map(|hash| array("hash", hash).unwrap())
            .collect();
        verify_inclusion(&leaf, entry.index, &path, head.size, &root).unwrap();
    }
    let far = format!("{path}?from=2040-01-01T00:00:00Z&until=2041-01-01T00:00:00Z");
    assert_eq!(auditor.get(&far).await.status, 404);
    running.stop().await.unwrap();
}
