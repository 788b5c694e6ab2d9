//! Sessions against fake servers on real sockets: what goes well, and what must not go wrong.
#![allow(clippy::unwrap_used, missing_docs)]

mod common;

use common::anchor::Manner;
use common::collector::Mood;
use common::{HOUR_MS, World, report};
use domicile_certs::Identity;
use domicile_daemon::Error;
use domicile_daemon::error::exit;
use domicile_daemon::state::enrolment::EnrolmentError;
use domicile_daemon::state::{heads, record};
use domicile_proto::sign::{self, Domain};
use domicile_proto::types::Key;
use domicile_proto::wire::{self, DropReason, Freshness, StatusCode};
use std::sync::atomic::Ordering;

const HONEST: [Manner; 4] = [Manner::Honest; 4];

#[tokio::test]
async fn challenge_ranging_report_receipt() {
    let world = World::enrolled(&HONEST).await;
    let mut agent = world.agent().unwrap();
    let outcome = agent.session().await.unwrap();
    assert_eq!((outcome.ranged, outcome.drawn), (4, 4));
    assert_eq!(agent.waiting(), 0);

    let received = world.collector.kept().received.clone();
    assert_eq!(received.len(), 1);
    let evidence = report(&received[0]);
    let identity = Identity::load(&world.state().key(), &world.state().certificate()).unwrap();
    let key = identity.key.public();
    sign::open_bytes::<wire::Evidence>(Domain::Evidence, &key, &received[0], 1 << 18).unwrap();
    assert_eq!(evidence.agent_key, key.to_vec());
    assert_eq!(
        evidence.certificate_hash,
        sign::sha256(&identity.chain[0]).to_vec()
    );
    assert_eq!(evidence.freshness(), Freshness::Challenged);
    assert_eq!(evidence.nonce.len(), 60);
    assert!(evidence.previous_hash.is_empty());
    assert_eq!(evidence.rangings.len(), 4);
    assert!(evidence.dropped.is_empty());

    let second = agent.session().await.unwrap();
    assert_eq!(second.receipt.index, 1);
    let received = world.collector.kept().received.clone();
    let next = report(&received[1]);
    assert_eq!(next.previous_hash, sign::sha256(&received[0]).to_vec());
    assert_eq!((evidence.sequence, next.sequence), (0, 1));
    assert_eq!(evidence.boot_epoch, next.boot_epoch);
    // The head that the first receipt showed went into the second session's transcripts.
    let shown = world.anchors[0].heads.lock().unwrap().clone();
    assert_eq!(shown[0], None);
    assert_eq!(shown[1].as_ref().unwrap().size, 1);
    assert_eq!(heads::newest(&world.state()).unwrap().unwrap().size, 2);
}

#[tokio::test]
async fn each_way_to_lie_drops_that_anchor_with_its_reason_and_no_other() {
    use DropReason as R;
    let cases = [
        (Manner::OtherSession, R::TranscriptMismatch),
        (Manner::OtherConnection, R::TranscriptMismatch),
        (Manner::InventsPong, R::TranscriptMismatch),
        (Manner::NoPings, R::AllRoundsLost),
        (Manner::ForgedReceipt, R::ReceiptInvalid),
        (Manner::ReceiptForOther, R::ReceiptInvalid),
        (Manner::ReceiptShortens, R::ReceiptInvalid),
        (Manner::ReceiptAltered, R::ReceiptInvalid),
        (Manner::Oversized, R::TranscriptMismatch),
        (Manner::Truncated, R::Refused),
        (Manner::RandomBytes, R::TranscriptMismatch),
        (Manner::SlowDrip, R::Timeout),
        (Manner::Silent, R::Timeout),
        (Manner::Floods, R::TranscriptMismatch),
        (Manner::Talks, R::Refused),
        (Manner::Refuses(StatusCode::Busy), R::Refused),
        (Manner::Refuses(StatusCode::ClockFault), R::Refused),
    ];
    let world = World::enrolled(&HONEST).await;
    let mut agent = world.agent().unwrap();
    for (at, (manner, reason)) in cases.into_iter().enumerate() {
        world.anchors[1].set(manner);
        let outcome = agent.session().await.unwrap();
        assert_eq!(outcome.ranged, 3, "{manner:?}");
        let evidence = report(&world.collector.kept().received[at]);
        let dropped: Vec<(Key, DropReason)> = evidence
            .dropped
            .iter()
            .map(|dropped| {
                (
                    Key::read("", &dropped.anchor_key).unwrap(),
                    dropped.reason(),
                )
            })
            .collect();
        assert_eq!(dropped, [(world.anchors[1].key(), reason)], "{manner:?}");
    }
    let session = record::session(&world.state()).unwrap().unwrap();
    assert!(session.anchors[1].dropped.is_some());
}

#[tokio::test]
async fn while_the_collector_is_away_reports_wait_and_go_in_order() {
    let world = World::enrolled(&HONEST).await;
    let mut agent = world.agent().unwrap();
    agent.session().await.unwrap();
    world.collector.set(Mood::Closed);
    for waiting in 1..=2 {
        let error = agent.session().await.unwrap_err();
        assert!(
            matches!(error, Error::NotDelivered { reports, .. } if reports == waiting),
            "{error}"
        );
        assert_eq!(error.exit_code(), exit::UNREACHABLE);
    }
    // A restart in between: the next process continues the chain.
    drop(agent);
    let mut agent = world.agent().unwrap();
    agent.session().await.unwrap_err();
    world.collector.set(Mood::Good);
    let outcome = agent.session().await.unwrap();
    assert_eq!(outcome.backlog, 3);
    let received = world.collector.kept().received.clone();
    let reports: Vec<wire::Evidence> = received.iter().map(|bytes| report(bytes)).collect();
    assert_eq!(reports.len(), 5);
    for at in 1..5 {
        let previous = sign::sha256(&received[at - 1]).to_vec();
        assert_eq!(reports[at].previous_hash, previous, "report {at}");
    }
    for fresh in &reports[1..4] {
        assert_eq!(fresh.freshness(), Freshness::AnchorFresh);
        assert_eq!(fresh.nonce, fresh.previous_hash);
        assert_eq!(fresh.rangings.len(), 4);
    }
    assert_ne!(reports[2].boot_epoch, reports[3].boot_epoch);
    assert_eq!((reports[2].sequence, reports[3].sequence), (2, 0));
    assert_eq!(reports[4].freshness(), Freshness::Challenged);
}

#[tokio::test]
async fn without_a_first_report_there_is_no_nonce_and_nothing_is_measured() {
    let world = World::enrolled(&HONEST).await;
    world.collector.set(Mood::Closed);
    let error = world.agent().unwrap().session().await.unwrap_err();
    assert!(matches!(error, Error::NoFirstNonce(_)), "{error}");
    assert_eq!(world.anchors[0].visits.load(Ordering::Relaxed), 0);
}

#[tokio::test]
async fn a_silent_collector_is_away_too() {
    let mut world = World::enrolled(&HONEST).await;
    world.config.collector_timeout = std::time::Duration::from_millis(200);
    world.collector.set(Mood::Away);
    let error = world.agent().unwrap().session().await.unwrap_err();
    assert_eq!(error.exit_code(), exit::UNREACHABLE, "{error}");
}

#[tokio::test]
async fn a_full_spool_keeps_the_oldest_and_the_next_report_tells() {
    let mut world = World::enrolled(&HONEST).await;
    world.config.spool_bytes = 16 * 1024;
    let mut agent = world.agent().unwrap();
    agent.session().await.unwrap();
    world.collector.set(Mood::Closed);
    let mut refused = 0;
    for _ in 0..20 {
        match agent.session().await.unwrap_err() {
            Error::NotDelivered { .. } => assert_eq!(refused, 0),
            Error::Spool(_) | Error::SpoolFull { .. } => refused += 1,
            error => panic!("{error}"),
        }
        if refused == 3 {
            break;
        }
    }
    assert_eq!(refused, 3);
    let waiting = agent.waiting();
    let visits = world.anchors[0].visits.load(Ordering::Relaxed);
    agent.session().await.unwrap_err();
    assert_eq!(
        world.anchors[0].visits.load(Ordering::Relaxed),
        visits,
        "anchors are spared what could not be kept"
    );
    drop(agent);
    world.collector.set(Mood::Good);
    let outcome = world.agent().unwrap().session().await.unwrap();
    assert_eq!(outcome.backlog, waiting);
    let received = world.collector.kept().received.clone();
    let counts: Vec<u64> = received
        .iter()
        .map(|bytes| report(bytes).spool_refused)
        .collect();
    let (last, before) = counts.split_last().unwrap();
    assert_eq!(*last, 4);
    assert!(before.iter().all(|count| *count == 0));
    let tail = &received[received.len() - 2..];
    assert_eq!(
        report(&tail[1]).previous_hash,
        sign::sha256(&tail[0]).to_vec()
    );
}

#[tokio::test]
async fn a_bad_receipt_never_removes_a_report() {
    let world = World::enrolled(&HONEST).await;
    let mut agent = world.agent().unwrap();
    for (waiting, mood) in [
        (1, Mood::ForgedReceipt),
        (1, Mood::OtherEvidence),
        (1, Mood::BadHead),
        (1, Mood::Evidence(StatusCode::StoreFull)),
    ] {
        world.collector.set(mood);
        agent.session().await.unwrap_err();
        assert!(agent.waiting() >= waiting, "{mood:?}");
    }
    let kept = agent.waiting();
    world.collector.set(Mood::Good);
    assert_eq!(agent.session().await.unwrap().backlog, kept);
    assert_eq!(agent.waiting(), 0);
}

#[tokio::test]
async fn a_report_refused_for_good_is_set_aside_and_blocks_nothing() {
    let world = World::enrolled(&HONEST).await;
    let mut agent = world.agent().unwrap();
    world.collector.set(Mood::Evidence(StatusCode::NonceStale));
    let error = agent.session().await.unwrap_err();
    assert!(matches!(error, Error::SetAside(_)), "{error}");
    assert_eq!(error.exit_code(), exit::REFUSED);
    assert_eq!(agent.waiting(), 0);
    let aside = world.state().spool().join("refused");
    assert_eq!(std::fs::read_dir(aside).unwrap().count(), 1);
    world.collector.set(Mood::Good);
    agent.session().await.unwrap();
}

#[tokio::test]
async fn another_directory_version_is_named() {
    let world = World::enrolled(&HONEST).await;
    world.collector.set_directory(7);
    let error = world.agent().unwrap().session().await.unwrap_err();
    assert!(
        matches!(
            error,
            Error::OtherDirectory {
                collector: 7,
                installed: 1
            }
        ),
        "{error}"
    );
}

#[tokio::test]
async fn a_clock_off_by_a_year_changes_nothing() {
    for year in [-365i64, 365] {
        let world = World::new(&HONEST).await;
        world.clock.move_by(year * 24 * HOUR_MS as i64);
        world.enrol().await.unwrap();
        let mut agent = world.agent().unwrap();
        assert_eq!(agent.session().await.unwrap().ranged, 4);
        assert_eq!(
            world.collector.kept().renewed,
            0,
            "not renewed at every session"
        );
    }
}

#[tokio::test]
async fn the_certificate_is_renewed_before_it_expires_and_after() {
    let world = World::enrolled(&HONEST).await;
    let before = std::fs::read(world.state().certificate()).unwrap();
    let mut agent = world.agent().unwrap();
    world.clock.move_by(17 * HOUR_MS as i64);
    agent.session().await.unwrap();
    assert_eq!(world.collector.kept().renewed, 1);
    assert_ne!(std::fs::read(world.state().certificate()).unwrap(), before);
    agent.session().await.unwrap();
    assert_eq!(world.collector.kept().renewed, 1);

    // An answer that it has expired, whatever this host's clock says.
    let world = World::enrolled(&HONEST).await;
    world.collector.set(Mood::WantsRenewal);
    let mut agent = world.agent().unwrap();
    agent.session().await.unwrap();
    assert_eq!(world.collector.kept().renewed, 1);
    assert_eq!(agent.waiting(), 0);
}

#[tokio::test]
async fn a_copied_state_is_refused_and_says_what_to_do() {
    let world = World::enrolled(&HONEST).await;
    std::fs::write(&world.config.machine_id_file, "machine two\n").unwrap();
    let error = world.agent().err().unwrap();
    assert!(matches!(error, Error::Enrolment(EnrolmentError::Cloned)));
    assert_eq!(error.exit_code(), exit::NOT_ENROLLED);
    assert!(error.to_string().contains("token of its own"));
    assert_eq!(
        world.collector.kept().connections,
        1,
        "only the enrolment's"
    );
}

#[tokio::test]
async fn one_process_at_a_time() {
    let world = World::enrolled(&HONEST).await;
    let first = world.agent().unwrap();
    let error = world.agent().err().unwrap();
    assert_eq!(error.exit_code(), exit::ACTIVE);
    assert!(error.to_string().contains("systemctl stop"));
    drop(first);
    world.agent().unwrap();
}

#[tokio::test]
async fn a_log_that_contradicts_itself_is_noted_and_the_older_kept() {
    let world = World::enrolled(&HONEST).await;
    let mut agent = world.agent().unwrap();
    for (size, root) in [(10, 1), (10, 2), (9, 3)] {
        world.collector.set_head(size, root);
        agent.session().await.unwrap();
    }
    let newest = heads::newest(&world.state()).unwrap().unwrap();
    assert_eq!((newest.size, newest.root.0[0]), (10, 1));
    assert_eq!(heads::conflicts(&world.state()).unwrap().len(), 1);
}

#[tokio::test]
async fn a_sign_of_life_is_small_counted_and_brings_what_waits() {
    let world = World::enrolled(&HONEST).await;
    let mut agent = world.agent().unwrap();
    agent.session().await.unwrap();
    world.collector.set(Mood::Evidence(StatusCode::Busy));
    agent.session().await.unwrap_err();
    assert_eq!(agent.waiting(), 1);
    world.collector.set(Mood::Good);
    agent.sign_of_life().await.unwrap();
    agent.sign_of_life().await.unwrap();
    assert_eq!(agent.waiting(), 0);
    let kept = world.collector.kept();
    let counters: Vec<u64> = kept
        .liveness
        .iter()
        .map(|liveness| liveness.counter)
        .collect();
    assert_eq!(counters, [0, 1]);
    assert_eq!(kept.liveness[0].boot_epoch.len(), 16);
}

#[tokio::test]
async fn a_refusal_of_the_host_stops_before_ranging() {
    let world = World::enrolled(&HONEST).await;
    let mut agent = world.agent().unwrap();
    for code in [
        StatusCode::CertificateRevoked,
        StatusCode::Withdrawn,
        StatusCode::NotEnrolled,
    ] {
        world.collector.set(Mood::Everything(code));
        let error = agent.session().await.unwrap_err();
        assert_eq!(error.exit_code(), exit::REFUSED, "{error}");
        assert!(matches!(error, Error::Report(_)));
    }
    assert_eq!(world.anchors[0].visits.load(Ordering::Relaxed), 0);
}
