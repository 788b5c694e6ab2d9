//! Every value of the vocabulary from whole evidence.
#![allow(clippy::unwrap_used)]

mod verdicts;

use domicile_appraise::testing::{NOW_MS, Timing, World};
use domicile_proto::wire::{Binding, InvalidReason, Premise, Tier, VerdictValue};
use verdicts::{appraise, assert_value, frankfurt, judge_with, shenzhen, singapore, tier, verdict};

#[test]
fn confined_an_honest_host_near_anchors() {
    let world = World::new();
    let host = world.enrol(1, "sin", "asia");
    let verdict = verdict(
        &world,
        &host,
        &world.honest(&host, &world.trip(&host, singapore(), NOW_MS, 1)),
    );
    assert_value(&verdict, VerdictValue::Confined);
    assert_eq!(verdict.binding(), Binding::Software);
    assert_eq!(verdict.required_tier(), Tier::Fibre);
    assert_eq!(verdict.tiers.len(), 3);
    let fibre = tier(&verdict, Tier::Fibre);
    assert!(
        fibre.possible.contains(&"SG".to_owned()) && !fibre.possible.contains(&"CN".to_owned())
    );
    assert_eq!(fibre.deciding_votes.len(), 2, "f + 1 votes carry it");
    assert!(fibre.lying_votes.is_empty());
    assert_eq!(verdict.notes.unwrap().disagreeing_ends, 0);
    let premises: Vec<Premise> = verdict.premises().collect();
    assert_eq!(
        premises,
        [
            Premise::SessionNotDelegated,
            Premise::OnLand,
            Premise::AtMostFLyingVotes,
            Premise::NoPathFasterThanTier,
            Premise::NonceIssuedByCollector,
        ]
    );
}

#[test]
fn permitted_excluded_a_host_shipped_to_shenzhen() {
    let world = World::new();
    let host = world.enrol(1, "sin", "asia");
    let mut trip = world.trip(&host, shenzhen(), NOW_MS, 0);
    // A draw with anchors of two providers in Shenzhen, which permitted places are far from.
    let near = |nonce: &[u8]| {
        let drawn = world.drawn(&host, nonce);
        drawn.iter().filter(|index| (6..9).contains(*index)).count()
    };
    let number = (0..200)
        .find(|n| near(&world.nonce(&host, NOW_MS, *n)) >= 2)
        .unwrap();
    trip.nonce = world.nonce(&host, NOW_MS, number);
    let verdict = verdict(&world, &host, &world.honest(&host, &trip));
    assert_value(&verdict, VerdictValue::PermittedExcluded);
    assert!(
        tier(&verdict, Tier::Fibre)
            .possible
            .contains(&"CN".to_owned())
    );
    assert_eq!(tier(&verdict, Tier::Fibre).deciding_votes.len(), 2);
}

#[test]
fn denied_excluded_when_a_neighbour_stays_possible() {
    let world = World::new();
    let host = world.enrol(1, "fra", "germany");
    let verdict = verdict(
        &world,
        &host,
        &world.honest(&host, &world.trip(&host, frankfurt(), NOW_MS, 1)),
    );
    // 0.3 ms and more: 30 km at least around Frankfurt. Widen it to reach France and Belgium.
    assert!(matches!(
        verdict.value(),
        VerdictValue::Confined | VerdictValue::DeniedExcluded
    ));
    let trip = world.trip(&host, frankfurt(), NOW_MS, 1);
    let evidence = world.report(&host, &trip, |_, least| {
        Some(Timing::same(least + 5_000_000))
    });
    let verdict = self::verdict(&world, &host, &evidence);
    assert_value(&verdict, VerdictValue::DeniedExcluded);
    assert!(
        tier(&verdict, Tier::Fibre)
            .possible
            .contains(&"FR".to_owned())
    );
}

#[test]
fn nothing_follows_about_d_from_a_licence_that_denies_nothing() {
    let world = World::new();
    let host = world.enrol(1, "fra", "undenying");
    let trip = world.trip(&host, frankfurt(), NOW_MS, 1);
    let evidence = world.report(&host, &trip, |_, least| {
        Some(Timing::same(least + 5_000_000))
    });
    assert_value(
        &verdict(&world, &host, &evidence),
        VerdictValue::Insufficient,
    );
}

#[test]
fn insufficient_when_delay_hides_everything() {
    let world = World::new();
    let host = world.enrol(1, "sin", "asia");
    let trip = world.trip(&host, singapore(), NOW_MS, 1);
    let evidence = world.report(&host, &trip, |_, least| {
        Some(Timing::same(least + 600_000_000))
    });
    let verdict = verdict(&world, &host, &evidence);
    assert_value(&verdict, VerdictValue::Insufficient);
    assert!(verdict.notes.unwrap().common_offset_ns >= 600_000_000);
    assert!(tier(&verdict, Tier::C).deciding_votes.is_empty());
}

#[test]
fn insufficient_with_votes_of_too_few_trust_domains() {
    let world = World::new();
    let host = world.enrol(1, "sin", "asia");
    let trip = world.trip(&host, singapore(), NOW_MS, 1);
    let first = world.drawn(&host, &trip.nonce)[0];
    let domain = world.directory.anchors[first].trust_domain.clone();
    let evidence = world.report(&host, &trip, |index, least| {
        (world.directory.anchors[index].trust_domain == domain).then_some(Timing::same(least))
    });
    let verdict = verdict(&world, &host, &evidence);
    assert_value(&verdict, VerdictValue::Insufficient);
    assert_eq!(tier(&verdict, Tier::Fibre).excluded, 0);
    assert_eq!(verdict.binding(), Binding::Software);
    assert_eq!(
        verdict.measured_from_ms, NOW_MS,
        "the nonce's issue, when votes are too few"
    );
}

#[test]
fn insufficient_under_a_licence_that_the_policy_does_not_name() {
    let world = World::new();
    let host = world.enrol(1, "sin", "no-such-licence");
    let verdict = verdict(
        &world,
        &host,
        &world.honest(&host, &world.trip(&host, singapore(), NOW_MS, 1)),
    );
    assert_value(&verdict, VerdictValue::Insufficient);
    assert_eq!(verdict.licence, "no-such-licence");
    assert!(
        tier(&verdict, Tier::Fibre).possible.len() < 10,
        "physics is reported all the same"
    );
}

#[test]
fn inconsistent_when_two_votes_on_two_continents_are_both_near() {
    let world = World::new();
    let host = world.enrol(1, "sin", "asia");
    let trip = world.trip(&host, singapore(), NOW_MS, 1);
    let evidence = world.report(&host, &trip, |_, _| Some(Timing::same(2_000_000)));
    let verdict = verdict(&world, &host, &evidence);
    assert_value(&verdict, VerdictValue::Inconsistent);
    assert!(tier(&verdict, Tier::Fibre).possible.is_empty());
    assert!(
        tier(&verdict, Tier::Fibre).lying_votes.is_empty(),
        "a value of the session, no incident"
    );
}

#[test]
fn invalid_stands_above_everything() {
    let world = World::new();
    let host = world.enrol(1, "sin", "asia");
    let mut appraised = appraise(
        &world,
        &host,
        &world.honest(&host, &world.trip(&host, singapore(), NOW_MS, 1)),
    );
    appraised.invalid = Some(InvalidReason::TranscriptSignature);
    let verdict = judge_with(&host, &appraised, &[]);
    assert_value(&verdict, VerdictValue::Invalid);
    assert_eq!(verdict.invalid_reason(), InvalidReason::TranscriptSignature);
    assert_eq!(verdict.binding(), Binding::None);
    assert!(
        verdict
            .tiers
            .iter()
            .all(|tier| tier.value() == VerdictValue::Invalid)
    );
}
