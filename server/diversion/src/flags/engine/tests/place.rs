//! Verdicts, beliefs, anomalies.

use super::*;
use VerdictValue::{Confined, IdentityConflict, Inconsistent, Insufficient, PermittedExcluded};
use proptest::prelude::*;

#[test]
fn outside_is_raised_once_with_its_evidence_and_delay_does_not_clear_it() {
    let mut world = World::new(1, 1);
    assert_eq!(raised(&world.hours(6, 1, PermittedExcluded)), []);
    let changes = world.hours(20, 1, PermittedExcluded);
    assert_eq!(raised(&changes), [(Code::OutsidePermitted, host(1))]);
    let Change::Raised(flag) = &changes[0] else {
        panic!("{changes:?}")
    };
    assert_eq!(flag.evidence.len(), 7);
    assert_eq!(flag.ground, Ground::Physics(Severity::High));
    assert_eq!(
        (flag.hosts.as_slice(), flag.signs),
        ([key(1)].as_slice(), 7)
    );
    assert_eq!(world.hours(500, 1, Insufficient), []);
    assert!(world.flags.is_open(Code::OutsidePermitted, &host(1)));
    assert_eq!(world.hours(24, 1, Confined), []);
    let changes = world.hours(1, 1, Confined);
    assert!(matches!(
        &changes[..],
        [Change::Cleared {
            code: Code::OutsidePermitted,
            why: Why::Contrary,
            ..
        }]
    ));
}

#[test]
fn one_confined_between_means_starting_over() {
    let mut world = World::new(1, 1);
    for _ in 0..20 {
        assert_eq!(raised(&world.hours(5, 1, PermittedExcluded)), []);
        assert_eq!(raised(&world.hours(1, 1, Confined)), []);
    }
}

#[test]
fn conflicts_and_impossible_sessions_are_findings_of_medium_severity() {
    for (value, code) in [
        (IdentityConflict, Code::IdentityConflict),
        (Inconsistent, Code::Inconsistent),
    ] {
        let mut world = World::new(1, 1);
        let changes = world.hours(30, 1, value);
        assert_eq!(raised(&changes), [(code, host(1))]);
        assert_eq!(code.entry().ground, Ground::Physics(Severity::Medium));
    }
}

#[test]
fn a_record_told_twice_counts_once() {
    let mut world = World::new(1, 1);
    let event = |world: &World| {
        Event::Verdicts(Verdicts {
            host: key(1),
            values: [Insufficient, PermittedExcluded, PermittedExcluded],
            required: Tier::Fibre,
            votes: vec![],
            sessions: Sessions::one(world.now_ms),
            record: RecordId::Log(world.now_ms),
        })
    };
    let first = event(&world);
    world.now_ms += 7 * HOUR;
    let second = event(&world);
    for _ in 0..10 {
        assert_eq!(world.then(first.clone()), []);
        assert_eq!(world.then(second.clone()), []);
    }
}

#[test]
fn an_anchors_anomaly_holds_back_and_takes_back() {
    let mut world = World::new(1, 1);
    let from = world.now_ms;
    assert_eq!(raised(&world.hours(10, 1, PermittedExcluded)).len(), 1);
    let changes = world.anomaly("a", from, None);
    assert_eq!(
        raised(&changes),
        [(Code::AnchorAnomaly, Subject::Anchor(key(200)))]
    );
    assert_eq!(withdrawn(&changes), 1, "{changes:?}");
    let changes = world.hours(100, 1, PermittedExcluded);
    assert_eq!(raised(&changes), []);
    assert_eq!(changes.len(), 1, "suppression is said once: {changes:?}");
    world.anomaly("a", from, Some(world.now_ms));
    world.wait(HOUR);
    assert_eq!(raised(&world.hours(10, 1, PermittedExcluded)).len(), 1);
}

#[test]
fn an_anomaly_elsewhere_or_earlier_excuses_nothing() {
    let mut world = World::new(1, 1);
    let from = world.now_ms;
    assert_eq!(raised(&world.hours(10, 1, PermittedExcluded)).len(), 1);
    assert_eq!(withdrawn(&world.anomaly("c", from, None)), 0);
    assert_eq!(withdrawn(&world.anomaly("a", 0, Some(from))), 0);
}

#[test]
fn statistics_count_only_for_lines_that_were_usual() {
    let says = |world: &mut World, says, days: u64| {
        let mut changes = Vec::new();
        for _ in 0..days {
            let from_ms = world.now_ms;
            world.now_ms += DAY;
            changes.extend(world.then(Event::Belief(Belief {
                host: key(1),
                says,
                votes: vec![],
                sessions: Sessions {
                    count: 24,
                    from_ms,
                    until_ms: world.now_ms - 1,
                },
                record: RecordId::Log(world.now_ms),
            })));
        }
        raised(&changes)
    };
    let mut world = World::new(1, 1);
    assert_eq!(says(&mut world, Plausibility::Implausible, 300), []);
    assert_eq!(says(&mut world, Plausibility::Plausible, 7), []);
    assert_eq!(says(&mut world, Plausibility::Implausible, 44), []);
    let found = says(&mut world, Plausibility::Implausible, 5);
    assert_eq!(found, [(Code::ImplausibleLocation, host(1))]);
    let mut world = World::new(1, 1);
    assert_eq!(says(&mut world, Plausibility::Plausible, 30), []);
    world.lives(1, Liveness::Transit);
    world.lives(1, Liveness::Reporting);
    assert_eq!(says(&mut world, Plausibility::Implausible, 300), []);
    // A line about which the belief wavers was never usual.
    let mut world = World::new(1, 1);
    for _ in 0..50 {
        assert_eq!(says(&mut world, Plausibility::Plausible, 6), []);
        assert_eq!(says(&mut world, Plausibility::Implausible, 1), []);
    }
    assert_eq!(says(&mut world, Plausibility::Implausible, 300), []);
}

#[test]
fn what_is_proven_outweighs_what_is_believed() {
    let implausible = |world: &mut World, confined: bool| {
        let mut changes = Vec::new();
        let mut says = |world: &mut World, says, count| {
            let from_ms = world.now_ms;
            world.now_ms += u64::from(count) * HOUR;
            if confined {
                changes.extend(world.verdict(1, Confined, &["a", "b"]));
            }
            changes.extend(world.then(Event::Belief(Belief {
                host: key(1),
                says,
                votes: vec![],
                sessions: Sessions {
                    count,
                    from_ms,
                    until_ms: world.now_ms,
                },
                record: RecordId::Log(world.now_ms),
            })));
        };
        says(world, Plausibility::Plausible, 300);
        for _ in 0..200 {
            says(world, Plausibility::Implausible, 24);
        }
        raised(&changes)
    };
    assert_eq!(implausible(&mut World::new(1, 1), true), []);
    let found = implausible(&mut World::new(1, 1), false);
    assert_eq!(found, [(Code::ImplausibleLocation, host(1))]);
}

proptest! {
    /// Whatever an honest host's verdicts are, as long as none is outside, no physics flag.
    #[test]
    fn physics_flags_need_physics(values in proptest::collection::vec(0..3usize, 1..200)) {
        let mut world = World::new(1, 1);
        for value in values {
            let value = [Confined, Insufficient, VerdictValue::DeniedExcluded][value];
            let changes = world.hours(1, 1, value);
            for (code, _) in raised(&changes) {
                prop_assert!(code.entry().ground.name() != "physics");
            }
        }
    }

    /// Raised and cleared take turns, for any verdicts in any order.
    #[test]
    fn a_flag_is_never_open_twice(
        steps in proptest::collection::vec((1u8..4, 0..6usize, 0u64..3 * DAY), 1..150),
    ) {
        let mut world = World::new(3, 1);
        let mut open = std::collections::BTreeSet::new();
        for (number, what, ms) in steps {
            let mut changes = world.wait(ms);
            changes.extend(match what {
                0 => world.verdict(number, PermittedExcluded, &["a"]),
                1 => world.verdict(number, Confined, &["a"]),
                2 => world.lives(number, Liveness::Silent),
                3 => world.lives(number, Liveness::Reporting),
                4 => world.anomaly("a", world.now_ms.saturating_sub(DAY), None),
                _ => world.anomaly("a", world.now_ms.saturating_sub(DAY), Some(world.now_ms)),
            });
            for change in changes {
                match change {
                    Change::Raised(flag) => {
                        prop_assert!(flag.since_ms <= flag.raised_ms);
                        prop_assert!(open.insert((flag.code, flag.subject)));
                    }
                    Change::Cleared { code, subject, .. } => {
                        prop_assert!(open.remove(&(code, subject)));
                    }
                    Change::Suppressed { .. } => {}
                }
            }
            let told: std::collections::BTreeSet<_> =
                world.flags.open().map(|(code, subject)| (code, subject.clone())).collect();
            prop_assert_eq!(&told, &open);
        }
    }
}
