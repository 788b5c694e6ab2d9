//! Hosts that change together.

use super::*;
use VerdictValue::{Confined, PermittedExcluded};

#[test]
fn a_cable_cut_is_one_incident_and_no_flags() {
    let mut world = World::new(40, 3).asking_for_a_place();
    let mut changes = Vec::new();
    for number in 1..=40 {
        changes.extend(world.lives(number, Liveness::Silent));
    }
    assert_eq!(raised(&changes).len(), 1);
    assert_eq!(raised(&changes)[0].0, Code::CommonCause);
    assert_eq!(world.wait(20 * DAY), []);
    let mut changes = Vec::new();
    for number in 1..=39 {
        changes.extend(world.lives(number, Liveness::Reporting));
    }
    assert_eq!(changes.len(), 1, "it ends: {changes:?}");
    // Who stays away is asked about, from now on.
    let mut found = Vec::new();
    for _ in 0..8 {
        for number in 1..=39 {
            world.verdict(number, Confined, &["a"]);
        }
        found.extend(raised(&world.wait(DAY)));
    }
    assert_eq!(found, [(Code::Silence, host(40))]);
}

#[test]
fn a_metro_without_anchors_is_one_incident_and_a_host_that_hides_in_it_is_asked_in_the_end() {
    let mut world = World::new(40, 3).asking_for_a_place();
    for number in 1..=40 {
        world.verdict(number, Confined, &["a"]);
    }
    let changes = world.wait(25 * DAY);
    assert_eq!(raised(&changes).len(), 1, "{changes:?}");
    for number in 1..=39 {
        world.verdict(number, Confined, &["a"]);
    }
    let found = raised(&world.wait(2 * DAY));
    assert_eq!(found, []);
    let mut found = Vec::new();
    for _ in 0..30 {
        for number in 1..=39 {
            world.verdict(number, Confined, &["a"]);
        }
        found.extend(raised(&world.wait(DAY)));
    }
    assert_eq!(found, [(Code::Unconfirmed, host(40))]);
}

#[test]
fn one_customer_alone_is_no_common_cause() {
    let mut world = World::new(40, 1);
    for number in 1..=40 {
        assert_eq!(world.lives(number, Liveness::Silent), []);
    }
    assert_eq!(raised(&world.wait(7 * DAY)).len(), 40);
}

#[test]
fn nobody_hides_in_an_incident_for_good() {
    let mut world = World::new(40, 3);
    for number in 1..=40 {
        world.lives(number, Liveness::Silent);
    }
    let changes = world.wait(29 * DAY);
    assert_eq!(raised(&changes), []);
    let changes = world.wait(8 * DAY);
    assert_eq!(raised(&changes).len(), 40, "after 30 days each by itself");
}

#[test]
fn an_anchor_that_frames_several_customers_is_an_incident() {
    let mut world = World::new(20, 4);
    let mut changes = Vec::new();
    for _ in 0..48 {
        changes.extend(world.wait(HOUR));
        for number in 1..=20 {
            changes.extend(world.verdict(number, PermittedExcluded, &["a"]));
        }
    }
    let found = raised(&changes);
    assert_eq!(found.len(), 1, "{found:?}");
    let group = Group::Vote("a".into());
    let code = Code::OutsidePermitted;
    assert_eq!(found[0].1, Subject::Group { code, group });
}
