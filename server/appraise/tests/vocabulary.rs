//! Every value of the vocabulary from whole evidence, and the rules around it.
#![allow(clippy::unwrap_used)]

use domicile_appraise::CODE_VERSION;
use domicile_appraise::judge::{Inputs, judge};
use domicile_appraise::testing::{Host, NOW_MS, Timing, Trip, World, point, policy};
use domicile_appraise::text::name_of;
use domicile_appraise::verify::Appraised;
use domicile_geo::{Territories, UnitVec};
use domicile_proto::wire::{
    Binding, Evidence, InvalidReason, Premise, Tier, TierResult, Verdict, VerdictValue,
};

fn singapore() -> UnitVec {
    point(1.35, 103.82)
}

fn shenzhen() -> UnitVec {
    point(22.65, 114.05)
}

fn frankfurt() -> UnitVec {
    point(50.11, 8.68)
}

fn appraise(world: &World, host: &Host, evidence: &Evidence) -> Appraised {
    world
        .verify(host, &host.sign(evidence), NOW_MS + 10_000)
        .unwrap()
}

fn judge_with(host: &Host, appraised: &Appraised, compared: &[Appraised]) -> Verdict {
    judge(&Inputs {
        appraised,
        enrolment: &host.enrolment,
        policy: &policy(),
        territories: Territories::builtin(),
        chain: &[],
        compared,
        judged_ms: NOW_MS + 20_000,
        code_version: CODE_VERSION,
    })
}

fn verdict(world: &World, host: &Host, evidence: &Evidence) -> Verdict {
    judge_with(host, &appraise(world, host, evidence), &[])
}

/// The value, and the whole verdict in words when it is another.
fn assert_value(verdict: &Verdict, expected: VerdictValue) {
    let shown: Vec<String> = verdict
        .tiers
        .iter()
        .map(|t| format!("{} {:?}", name_of::<VerdictValue>(t.value), t.possible))
        .collect();
    assert_eq!(verdict.value(), expected, "{shown:#?}");
}

fn tier(verdict: &Verdict, tier: Tier) -> &TierResult {
    verdict
        .tiers
        .iter()
        .find(|result| result.tier() == tier)
        .unwrap()
}

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
fn one_short_liar_is_an_incident_and_no_value_of_the_host() {
    let world = World::new();
    let host = world.enrol(1, "sin", "asia");
    let trip = world.trip(&host, singapore(), NOW_MS, 1);
    let drawn = world.drawn(&host, &trip.nonce);
    // The drawn anchor farthest from Singapore's three.
    let liar = *drawn.iter().find(|index| **index >= 21).unwrap();
    let domain = &world.directory.anchors[liar].trust_domain;
    let evidence = world.report(&host, &trip, |index, least| {
        let honest = least + least / 20 + 300_000;
        let anchor_ns = if index == liar { 1_000_000 } else { honest };
        Some(Timing {
            anchor_ns,
            agent_ns: honest,
        })
    });
    let verdict = verdict(&world, &host, &evidence);
    assert!(matches!(
        verdict.value(),
        VerdictValue::Confined | VerdictValue::DeniedExcluded
    ));
    assert_eq!(
        tier(&verdict, Tier::C).lying_votes,
        std::slice::from_ref(domain)
    );
    assert_eq!(verdict.notes.unwrap().disagreeing_ends, 1);
}

#[test]
fn identity_conflict_of_one_key_on_two_continents() {
    let world = World::new();
    let host = world.enrol(1, "sin", "asia");
    let here = appraise(
        &world,
        &host,
        &world.honest(&host, &world.trip(&host, singapore(), NOW_MS, 1)),
    );
    let far = Trip {
        place: frankfurt(),
        ..world.trip(&host, frankfurt(), NOW_MS + 1_000, 2)
    };
    // Anchors in Europe: draw until there are two providers near Frankfurt.
    let near = |nonce: &[u8]| {
        let drawn = world.drawn(&host, nonce);
        drawn
            .iter()
            .filter(|index| (21..27).contains(*index))
            .count()
    };
    let number = (2..250)
        .find(|n| near(&world.nonce(&host, NOW_MS, *n)) >= 3)
        .unwrap();
    let far = Trip {
        nonce: world.nonce(&host, NOW_MS, number),
        ..far
    };
    let there = appraise(&world, &host, &world.honest(&host, &far));
    let verdict = judge_with(&host, &here, std::slice::from_ref(&there));
    assert_value(&verdict, VerdictValue::IdentityConflict);
    assert_eq!(verdict.conflicts_with, there.report.hash.0);
    assert_eq!(verdict.compared_with, [there.report.hash.to_vec()]);
    assert_eq!(
        judge_with(&host, &there, std::slice::from_ref(&here)).value(),
        VerdictValue::IdentityConflict
    );

    // The same two, a day apart: no conflict. The session itself is never compared with itself.
    let own = judge_with(&host, &here, std::slice::from_ref(&here));
    assert!(own.compared_with.is_empty() && own.value() == VerdictValue::Confined);
    let mut later = there.clone();
    for observed in &mut later.observations {
        observed.start_ms += 24 * 3_600_000;
        observed.end_ms += 24 * 3_600_000;
    }
    assert_value(&judge_with(&host, &here, &[later]), VerdictValue::Confined);

    // An anchor that the other agent's own times do not support accuses nobody.
    let mut unsupported = there.clone();
    unsupported
        .observations
        .iter_mut()
        .for_each(|observed| observed.agent_agrees = false);
    assert_value(
        &judge_with(&host, &here, &[unsupported]),
        VerdictValue::Confined,
    );
    // Nor does a session that is invalid, or of another key.
    let mut invalid = there.clone();
    invalid.invalid = Some(InvalidReason::FalseTranscript);
    assert_value(
        &judge_with(&host, &here, &[invalid]),
        VerdictValue::Confined,
    );
    let mut other = there;
    other.report.agent_key = world.collector.public();
    assert!(judge_with(&host, &here, &[other]).compared_with.is_empty());
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

#[test]
fn anchor_fresh_is_recorded_and_never_confined() {
    let world = World::new();
    let host = world.enrol(1, "sin", "asia");
    let trip = Trip {
        nonce: vec![5; 32],
        at_ms: NOW_MS,
        place: singapore(),
    };
    let verdict = verdict(&world, &host, &world.honest(&host, &trip));
    assert_value(&verdict, VerdictValue::DeniedExcluded);
    assert!(
        !verdict
            .premises()
            .any(|premise| premise == Premise::NonceIssuedByCollector)
    );
}

#[test]
fn a_hosts_own_operator_does_not_vouch_for_it() {
    let world = World::new();
    let host = world.enrol_as(1, "sin", "asia", "OPERATOR-0");
    let alone = world.enrol(1, "sin", "asia");
    let trip = world.trip(&host, singapore(), NOW_MS, 1);
    // Only the anchors in Singapore (providers 0, 1, 2) are near; with all but 0 delayed by 20 ms,
    // provider 0 is one of the two votes that confine.
    let evidence = world.report(&host, &trip, |index, least| {
        let provider = &world.directory.anchors[index].trust_domain;
        let extra = if provider == "provider-0" || provider == "provider-1" {
            0
        } else {
            40_000_000
        };
        Some(Timing::same(least + 300_000 + extra))
    });
    assert_value(&verdict(&world, &alone, &evidence), VerdictValue::Confined);
    let own = verdict(&world, &host, &evidence);
    assert_value(&own, VerdictValue::Insufficient);
    assert!(own.readings.iter().any(|reading| reading.own_operator));
    assert_eq!(
        tier(&own, Tier::Fibre).possible,
        tier(&verdict(&world, &alone, &evidence), Tier::Fibre).possible,
        "all votes still count for what is possible"
    );
}

#[test]
fn the_required_tier_is_the_licences() {
    let world = World::new();
    let host = world.enrol(1, "iad", "america");
    let trip = world.trip(&host, point(39.0, -77.5), NOW_MS, 1);
    let verdict = verdict(&world, &host, &world.honest(&host, &trip));
    assert_eq!(verdict.required_tier(), Tier::C);
    assert!(
        !verdict
            .premises()
            .any(|premise| premise == Premise::NoPathFasterThanTier)
    );
    assert_eq!(verdict.value(), tier(&verdict, Tier::C).value());
}
