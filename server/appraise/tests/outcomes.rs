//! Every outcome of an anchor that says nothing about the host.
#![allow(clippy::unwrap_used)]

mod scene;

use domicile_appraise::testing::{NOW_MS, Timing, Trip, point, seeded};
use domicile_proto::types::Key;
use domicile_proto::wire::{self, AnchorOutcome, DropReason, Evidence, RangingTranscript};
use scene::{Scene, TEN_MINUTES};

#[test]
fn counted() {
    let scene = Scene::new();
    assert_eq!(scene.changed(|_| ()), AnchorOutcome::Counted);
    let appraised = scene.appraise(&scene.world.honest(&scene.host, &scene.trip));
    assert_eq!(appraised.observations.len(), 12);
    assert_eq!(appraised.readings.len(), 12);
    assert!(
        appraised
            .readings
            .is_sorted_by(|a, b| a.anchor_key < b.anchor_key)
    );
}

#[test]
fn dropped_and_not_visited() {
    let scene = Scene::new();
    let mut evidence = scene.world.honest(&scene.host, &scene.trip);
    evidence.rangings.remove(2);
    assert_eq!(
        scene.outcome_in(&evidence, &scene.key()).0,
        AnchorOutcome::NotVisited
    );
    for (name, reason) in [
        (scene.key(), DropReason::Timeout),
        (Key([7; 32]), DropReason::Refused),
    ] {
        let anchor_key = name.to_vec();
        evidence.dropped.push(wire::Dropped {
            anchor_key,
            reason: reason as i32,
        });
    }
    let appraised = scene.appraise(&evidence);
    assert_eq!(
        appraised.readings.len(),
        12,
        "only drawn anchors can be dropped"
    );
    let reading = appraised
        .readings
        .iter()
        .find(|r| r.anchor_key == scene.key().0)
        .unwrap();
    assert_eq!(reading.outcome(), AnchorOutcome::DroppedByAgent);
    assert_eq!(reading.drop_reason(), DropReason::Timeout);
}

#[test]
fn not_drawn() {
    let scene = Scene::new();
    let drawn = scene.world.drawn(&scene.host, &scene.trip.nonce);
    let index = (0..48).find(|index| !drawn.contains(index)).unwrap();
    let session = scene
        .world
        .session(&scene.host, &scene.trip, index, Timing::same(1));
    let mut evidence = scene.world.honest(&scene.host, &scene.trip);
    evidence
        .rangings
        .push(session.seal(&scene.host.key, &scene.world.anchors[index]));
    let key = scene.world.directory.anchors[index].key;
    assert_eq!(
        scene.outcome_in(&evidence, &key),
        (AnchorOutcome::NotDrawn, None)
    );
}

#[test]
fn unknown_anchor_loses_its_vote_and_nothing_else() {
    let scene = Scene::new();
    let stranger = seeded(b'x', 1);
    let mut session = scene.session();
    session.transcript.anchor_key = stranger.public().to_vec();
    let evidence = scene.replaced(session.seal(&scene.host.key, &stranger));
    assert_eq!(
        scene.outcome_in(&evidence, &stranger.public()),
        (AnchorOutcome::Unknown, None)
    );
    assert_eq!(scene.appraise(&evidence).observations.len(), 11);
}

#[test]
fn retired_anchor_by_the_time_of_the_measurement() {
    let plain = Scene::new();
    for (from, until) in [(0, NOW_MS), (NOW_MS + 60_000, NOW_MS + 90_000)] {
        let scene = Scene::with(|directory| {
            directory.anchors[plain.index].valid_from_ms = from;
            directory.anchors[plain.index].valid_until_ms = until;
        });
        let (outcome, invalid) = scene.outcome(scene.seal(&scene.session()));
        assert_eq!((outcome, invalid), (AnchorOutcome::Retired, None));
    }
    let lately = Scene::with(|d| d.anchors[plain.index].valid_until_ms = NOW_MS + 60_000);
    assert_eq!(
        lately.changed(|_| ()),
        AnchorOutcome::Counted,
        "retired since, but not then"
    );
}

#[test]
fn another_session_has_no_vote() {
    let scene = Scene::new();
    let changes: [fn(&mut RangingTranscript); 4] = [
        |t| t.session_nonce[20] ^= 1,
        |t| t.agent_key[0] ^= 1,
        |t| t.directory_version += 1,
        |t| t.anchor_key[0] ^= 1,
    ];
    for change in changes {
        assert_eq!(scene.changed(change), AnchorOutcome::OtherSession);
    }
}

#[test]
fn ten_minutes_from_the_nonces_issue() {
    let scene = Scene::new();
    for (start, end, expected) in [
        (NOW_MS, NOW_MS + 500, AnchorOutcome::Counted),
        (
            NOW_MS + TEN_MINUTES - 500,
            NOW_MS + TEN_MINUTES,
            AnchorOutcome::Counted,
        ),
        (
            NOW_MS + TEN_MINUTES - 500,
            NOW_MS + TEN_MINUTES + 1,
            AnchorOutcome::OutsideWindow,
        ),
        (
            NOW_MS - TEN_MINUTES,
            NOW_MS - TEN_MINUTES + 9,
            AnchorOutcome::Counted,
        ),
        (
            NOW_MS - TEN_MINUTES - 1,
            NOW_MS - TEN_MINUTES,
            AnchorOutcome::OutsideWindow,
        ),
    ] {
        let outcome = scene.changed(|t| (t.start_ms, t.end_ms) = (start, end));
        assert_eq!(outcome, expected, "{start} to {end}");
    }
}

#[test]
fn anchor_fresh_sessions_belong_together() {
    let scene = Scene::new();
    let trip = Trip {
        nonce: vec![8; 32],
        at_ms: NOW_MS,
        place: point(1.35, 103.82),
    };
    let drawn = scene.world.drawn(&scene.host, &trip.nonce);
    let report = |late: u64, received_ms: u64| {
        let evidence = scene.world.report(&scene.host, &trip, |_, _| None);
        let rangings = drawn.iter().enumerate().map(|(place, index)| {
            let shift = if place == 0 { late } else { 0 };
            let trip = Trip {
                at_ms: NOW_MS + shift,
                ..trip.clone()
            };
            let session =
                scene
                    .world
                    .session(&scene.host, &trip, *index, Timing::same(300_000_000));
            session.seal(&scene.host.key, &scene.world.anchors[*index])
        });
        let evidence = Evidence {
            rangings: rangings.collect(),
            ..evidence
        };
        let signed = scene.host.sign(&evidence);
        let appraised = scene
            .world
            .verify(&scene.host, &signed, received_ms)
            .unwrap();
        (appraised.observations.len(), appraised.readings.len())
    };
    assert_eq!(report(0, NOW_MS + 5_000), (12, 12));
    assert_eq!(report(TEN_MINUTES * 2, NOW_MS + 5_000), (11, 12));
    // Measured more than the submission window before, or well after, its receipt: no vote at all.
    assert_eq!(report(0, NOW_MS - 2 * TEN_MINUTES), (0, 12));
    assert_eq!(
        report(0, NOW_MS + 6 * 24 * 3_600_000),
        (12, 12),
        "six days late is in time"
    );
}

#[test]
fn old_position_and_all_lost() {
    let scene = Scene::new();
    assert_eq!(
        scene.changed(|t| t.position_version = 0),
        AnchorOutcome::OldPosition
    );
    let lost = scene.changed(|t| {
        for round in &mut t.rounds {
            round.agent_nonce.clear();
            round.rtt_ns = 0;
        }
    });
    assert_eq!(lost, AnchorOutcome::AllLost);
}

#[test]
fn of_two_sessions_with_one_anchor_the_shorter_counts() {
    let scene = Scene::new();
    let timing = |ns| {
        scene
            .world
            .session(&scene.host, &scene.trip, scene.index, Timing::same(ns))
    };
    let mut evidence = scene.replaced(scene.seal(&timing(6_000_000)));
    evidence.rangings.push(scene.seal(&timing(4_000_000)));
    for _ in 0..2 {
        evidence.rangings.reverse();
        let appraised = scene.appraise(&evidence);
        let readings: Vec<(AnchorOutcome, u64)> = appraised
            .readings
            .iter()
            .filter(|reading| reading.anchor_key == scene.key().0)
            .map(|reading| (reading.outcome(), reading.anchor_min_rtt_ns))
            .collect();
        let expected = [
            (AnchorOutcome::Counted, 4_000_000),
            (AnchorOutcome::Duplicate, 6_000_000),
        ];
        assert_eq!(readings, expected);
    }
}

#[test]
fn agreement_is_a_millisecond_and_a_tenth() {
    let scene = Scene::new();
    for (agent_ns, agrees) in [
        (0, false), // no echo came
        (1, true),
        (5_000_000, true),
        (6_500_000, true),
        (6_500_001, false),
        (u64::MAX - 2_000, false),
    ] {
        let timing = Timing {
            anchor_ns: 5_000_000,
            agent_ns,
        };
        let session = scene
            .world
            .session(&scene.host, &scene.trip, scene.index, timing);
        let appraised = scene.appraise(&scene.replaced(scene.seal(&session)));
        let key = scene.key();
        let observed = appraised
            .observations
            .iter()
            .find(|o| o.anchor == key)
            .unwrap();
        assert_eq!(observed.agent_agrees, agrees, "{agent_ns}");
    }
}
