//! Coarse mode on real sockets: what is told, what is not, and that nothing exact stands in for it.
#![allow(clippy::unwrap_used, missing_docs)]

mod common;

use common::anchor::Manner;
use common::{World, report};
use domicile_certs::zone::{Limit, Zone};
use domicile_daemon::Error;
use domicile_daemon::disk::RealDisk;
use domicile_daemon::zone::{self, ZoneError};
use domicile_proto::codec;
use domicile_proto::ranging::coarse::{self, MINUTE_MS};
use domicile_proto::types::Key;
use domicile_proto::wire::{self, DropReason};
use std::sync::atomic::Ordering;

const HONEST: [Manner; 4] = [Manner::Honest; 4];
const SECOND: u64 = 1_000_000_000;

/// A world whose agent is in coarse mode, with these limits of its anchors.
async fn world(manners: &[Manner], votes: u8, limits: &[Option<u64>]) -> World {
    let mut world = World::enrolled(manners).await;
    world.config.coarse = true;
    install(&world, votes, limits);
    world
}

fn install(world: &World, votes: u8, limits: &[Option<u64>]) {
    let mut zone = Zone::new("asia", "0.69c", vec!["CN".into()], votes).unwrap();
    for (anchor, limit_ns) in world.anchors.iter().zip(limits) {
        if let Some(limit_ns) = *limit_ns {
            let limit = Limit {
                position_version: 1,
                limit_ns,
            };
            zone.insert(anchor.key(), limit).unwrap();
        }
    }
    let file = world.folder.path().join("zone.toml");
    std::fs::write(&file, zone.to_toml()).unwrap();
    zone::install(&RealDisk, &world.state(), &file).unwrap();
}

/// The accounts of a report's coarse rangings, each with its receipt checked.
fn accounts(evidence: &wire::Evidence) -> Vec<wire::CoarseAccount> {
    let account = |ranging: &wire::Ranging| {
        assert!(ranging.coarse, "an exact ranging");
        let signed: wire::Signed = codec::decode(&ranging.transcript, 4096).unwrap();
        let receipt: wire::Signed = codec::decode(&ranging.receipt, 4096).unwrap();
        let account: wire::CoarseAccount = codec::decode(&signed.payload, 4096).unwrap();
        let key = Key::read("", &account.anchor_key).unwrap();
        coarse::check_receipt(&receipt, &key, &signed).unwrap();
        account
    };
    evidence.rangings.iter().map(account).collect()
}

fn dropped(world: &World, evidence: &wire::Evidence) -> Vec<(usize, DropReason)> {
    let mut dropped: Vec<_> = evidence
        .dropped
        .iter()
        .map(|one| {
            let mut anchors = world.anchors.iter();
            let at = anchors.position(|anchor| anchor.key().to_vec() == one.anchor_key);
            (at.unwrap(), one.reason())
        })
        .collect();
    dropped.sort_unstable_by_key(|(at, _)| *at);
    dropped
}

fn holds(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

#[tokio::test]
async fn no_byte_that_the_agent_sends_holds_a_round_trip_or_a_round() {
    let world = world(&HONEST, 4, &[Some(10 * SECOND); 4]).await;
    let mut agent = world.agent().unwrap();
    let before_minute = world.host.clock.unix_ms() / MINUTE_MS;
    let outcome = agent.session().await.unwrap();
    assert_eq!((outcome.ranged, outcome.drawn), (4, 4));
    let received = world.collector.kept().received.clone();
    let evidence = report(&received[0]);
    assert_eq!(evidence.host_time_ms % MINUTE_MS, 0);
    for account in accounts(&evidence) {
        // Decoding is strict: what is not in these fields is not in the bytes.
        assert_eq!(account.limit_ns, 10 * SECOND);
        assert!(account.agent_agrees);
        assert!((before_minute..=before_minute + 1).contains(&account.start_minute));
    }
    for anchor in &world.anchors {
        let sessions = anchor.sessions.lock().unwrap().clone();
        assert_eq!(sessions.len(), 1);
        let (transcript, account) = &sessions[0];
        assert!(transcript.rounds.iter().any(|round| round.rtt_ns != 0));
        for bytes in [&received[0], account] {
            assert!(!holds(bytes, &codec::encode(transcript)));
            assert!(!holds(bytes, &transcript.exporter));
            for round in &transcript.rounds {
                assert!(!holds(bytes, &round.anchor_nonce));
                assert!(round.agent_nonce.is_empty() || !holds(bytes, &round.agent_nonce));
                // As a round's field: tag 3, then the number.
                let field = codec::encode(&wire::Round {
                    rtt_ns: round.rtt_ns,
                    ..wire::Round::default()
                });
                assert!(field.len() < 4 || !holds(bytes, &field));
            }
        }
    }
}

#[tokio::test]
async fn an_exact_session_holds_what_the_scan_looks_for() {
    let world = World::enrolled(&HONEST).await;
    world.agent().unwrap().session().await.unwrap();
    let received = world.collector.kept().received.clone();
    let (transcript, _) = world.anchors[0].sessions.lock().unwrap()[0].clone();
    assert!(holds(&received[0], &codec::encode(&transcript)));
    assert!(holds(&received[0], &transcript.rounds[0].anchor_nonce));
}

#[tokio::test]
async fn what_is_not_shown_has_one_reason_and_an_anchor_without_a_limit_is_not_visited() {
    let limits = [Some(10 * SECOND), Some(1), None, Some(10 * SECOND)];
    let world = world(&HONEST, 1, &limits).await;
    let mut agent = world.agent().unwrap();
    agent.session().await.unwrap();
    agent.session().await.unwrap();
    let received = world.collector.kept().received.clone();
    for bytes in &received {
        let evidence = report(bytes);
        assert_eq!(accounts(&evidence).len(), 1);
        let dropped = dropped(&world, &evidence);
        assert_eq!(dropped.len(), 3);
        assert!(dropped.iter().all(|(_, why)| *why == DropReason::Withheld));
    }
    assert_eq!(world.anchors[2].visits.load(Ordering::Relaxed), 0);
    // The head that the first receipt showed reached the anchor whose limit was not met, too.
    let heads = world.anchors[1].heads.lock().unwrap().clone();
    assert_eq!(heads[0], None);
    assert_eq!(heads[1].as_ref().unwrap().size, 1);
}

#[tokio::test]
async fn an_anchor_that_knows_no_coarse_sessions_is_dropped_and_never_measured_exactly() {
    let manners = [Manner::KnowsNoCoarse, Manner::Honest, Manner::Honest];
    let world = world(&manners, 3, &[Some(10 * SECOND); 3]).await;
    world.agent().unwrap().session().await.unwrap();
    let evidence = report(&world.collector.kept().received[0]);
    assert_eq!(accounts(&evidence).len(), 2);
    assert_eq!(dropped(&world, &evidence), [(0, DropReason::NoCoarse)]);
    assert_eq!(world.anchors[0].visits.load(Ordering::Relaxed), 1);
    assert!(world.anchors[0].sessions.lock().unwrap().is_empty());
}

#[tokio::test]
async fn a_receipt_for_a_limit_that_was_not_met_is_refused() {
    let manners = [Manner::CoarseShortens, Manner::Honest, Manner::Honest];
    let world = world(
        &manners,
        3,
        &[Some(1), Some(10 * SECOND), Some(10 * SECOND)],
    )
    .await;
    world.agent().unwrap().session().await.unwrap();
    let evidence = report(&world.collector.kept().received[0]);
    assert_eq!(
        dropped(&world, &evidence),
        [(0, DropReason::ReceiptInvalid)]
    );
}

#[tokio::test]
async fn without_a_zone_nothing_is_measured() {
    let mut world = World::enrolled(&HONEST).await;
    world.config.coarse = true;
    let refused = world.agent().err().unwrap();
    assert!(
        matches!(refused, Error::Zone(ZoneError::NotInstalled)),
        "{refused}"
    );
    // Nor after it was lost while the agent ran.
    install(&world, 3, &[Some(SECOND); 4]);
    let mut agent = world.agent().unwrap();
    std::fs::remove_file(world.state().zone()).unwrap();
    agent.session().await.unwrap_err();
    let visits = |anchor: &common::anchor::FakeAnchor| anchor.visits.load(Ordering::Relaxed);
    assert_eq!(world.anchors.iter().map(visits).sum::<usize>(), 0);
}
