//! The rules around the values: who may vouch, who may accuse, what is never said.
#![allow(clippy::unwrap_used)]

mod verdicts;

use domicile_appraise::CODE_VERSION;
use domicile_appraise::judge::{Inputs, judge};
use domicile_appraise::policy::Policy;
use domicile_appraise::testing::{NOW_MS, Timing, Trip, World, point};
use domicile_geo::Territories;
use domicile_proto::wire::{
    Binding, Evidence, InvalidReason, Premise, Tier, Transport, VerdictValue,
};
use verdicts::{appraise, assert_value, frankfurt, judge_with, singapore, tier, verdict};

#[test]
fn no_votes_confirm_nothing_even_where_everything_is_permitted() {
    let world = World::new();
    let host = world.enrol(1, "sin", "anywhere");
    let trip = world.trip(&host, singapore(), NOW_MS, 1);
    let codes: Vec<String> = Territories::builtin()
        .codes()
        .iter()
        .map(ToString::to_string)
        .collect();
    let text = format!("version = 1\n[[licence]]\nname = \"anywhere\"\npermitted = {codes:?}\n");
    let policy = Policy::parse(text.as_bytes(), Territories::builtin()).unwrap();
    let judged = |evidence: &Evidence| {
        judge(&Inputs {
            appraised: &appraise(&world, &host, evidence),
            enrolment: &host.enrolment,
            policy: &policy,
            territories: Territories::builtin(),
            chain: &[],
            compared: &[],
            judged_ms: NOW_MS,
            code_version: CODE_VERSION,
            device_chains: &domicile_appraise::devices::DeviceChains::default(),
        })
    };
    let silent = judged(&world.report(&host, &trip, |_, _| None));
    assert_value(&silent, VerdictValue::Insufficient);
    assert_eq!(silent.binding(), Binding::None);
    assert_value(&judged(&world.honest(&host, &trip)), VerdictValue::Confined);
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
fn tunnels_and_proxies_are_noted_and_weigh_nothing() {
    let world = World::new();
    let host = world.enrol(1, "sin", "asia");
    let trip = world.trip(&host, singapore(), NOW_MS, 1);
    let mut drawn = Vec::new();
    let plain = world.report(&host, &trip, |index, least| {
        let timing = Timing::same(least + least / 20 + 300_000);
        drawn.push((index, timing));
        Some(timing)
    });
    let mut evidence = plain.clone();
    for (position, (index, timing)) in drawn.iter().enumerate().take(3) {
        let mut session = world.session(&host, &trip, *index, *timing);
        session.transcript.transport = Transport::TlsTcp as i32;
        session.proxied = position == 0;
        evidence.rangings[position] = session.seal(&host.key, &world.anchors[*index]);
    }
    let noted = verdict(&world, &host, &evidence);
    let notes = noted.notes.unwrap();
    assert_eq!((notes.tunnelled, notes.proxied), (3, 1));
    let first = world.directory.anchors[drawn[0].0].key.to_vec();
    let reading = noted.readings.iter().find(|one| one.anchor_key == first);
    assert!(reading.unwrap().proxied && reading.unwrap().tunnelled);
    assert_eq!(noted.value(), verdict(&world, &host, &plain).value());
    let plain = verdict(&world, &host, &plain).notes.unwrap();
    assert_eq!((plain.tunnelled, plain.proxied), (0, 0));
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

#[test]
fn the_directory_may_ask_for_more_lying_votes_than_the_policy() {
    let world = World::with(|directory| {
        directory.lying_votes = 2;
        directory.draw_near_domains = 5;
    });
    let host = world.enrol(1, "sin", "asia");
    let trip = world.trip(&host, singapore(), NOW_MS, 1);
    let verdict = verdict(&world, &host, &world.honest(&host, &trip));
    assert_eq!(verdict.lying_votes, 2);
    for tier in verdict.tiers {
        assert!(tier.deciding_votes.is_empty() || tier.deciding_votes.len() >= 3);
    }
}
