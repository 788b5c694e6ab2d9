//! No honest host is framed and no affirmation is false, with at most *f* votes lying any way they
//! like: the properties that the three sets of observations exist for.
#![allow(clippy::unwrap_used)]

use domicile_appraise::CODE_VERSION;
use domicile_appraise::enrolment::Enrolment;
use domicile_appraise::judge::{Inputs, judge};
use domicile_appraise::policy::Policy;
use domicile_appraise::testing::{CITIES, NOW_MS, World, least_rtt_ns, point};
use domicile_appraise::text::Named as _;
use domicile_appraise::verify::{Appraised, Observed, agent_agrees};
use domicile_geo::{Territories, Tier, UnitVec};
use domicile_proto::directory::Position;
use domicile_proto::types::{Digest, Key};
use domicile_proto::wire::{self, Verdict, VerdictValue};
use proptest::prelude::*;
use std::sync::OnceLock;

/// An appraisal to be filled with observations, and its enrolment.
fn template() -> &'static (Appraised, Enrolment) {
    static TEMPLATE: OnceLock<(Appraised, Enrolment)> = OnceLock::new();
    TEMPLATE.get_or_init(|| {
        let world = World::new();
        let host = world.enrol(1, "sin", "any");
        let trip = world.trip(&host, point(1.35, 103.82), NOW_MS, 1);
        let signed = host.sign(&world.honest(&host, &trip));
        let appraised = world.verify(&host, &signed, NOW_MS + 10_000).unwrap();
        (appraised, host.enrolment)
    })
}

/// A place on land, and its territories.
fn land() -> impl Strategy<Value = (UnitVec, Vec<String>)> {
    (0..CITIES.len(), -20.0f64..20.0, -30.0f64..30.0).prop_filter_map("at sea", |(city, dy, dx)| {
        let city = CITIES[city];
        let latitude = (city.latitude + dy).clamp(-89.0, 89.0);
        let longitude = (city.longitude + dx + 540.0) % 360.0 - 180.0;
        let place = point(latitude, longitude);
        let codes: Vec<String> = Territories::builtin()
            .contains(&place)
            .codes(Territories::builtin())
            .map(|code| code.to_string())
            .collect();
        (!codes.is_empty()).then_some((place, codes))
    })
}

/// What one anchor is like in a scene.
#[derive(Debug, Clone)]
struct Anchor {
    place: UnitVec,
    vote: u8,
    own: bool,
    /// Delay above the least round trip, ns.
    delay: u64,
    /// What it says when it lies: its RTT and its clock's shift, ms.
    lie: (u64, i64),
    /// What the agent measured above the least round trip, ns; a dishonest delay is allowed too.
    agent_delay: u64,
    start_ms: u64,
}

fn anchor() -> impl Strategy<Value = Anchor> {
    (
        0..CITIES.len(),
        (-3.0f64..3.0, -3.0f64..3.0),
        0u8..6,
        prop::bool::weighted(0.15),
        prop_oneof![Just(0u64), 0u64..2_000_000, 0u64..400_000_000],
        (
            prop_oneof![1u64..1_000_000, 1u64..400_000_000],
            -600_000i64..600_000,
        ),
        prop_oneof![Just(0u64), 0u64..500_000, 0u64..400_000_000],
        0u64..5_000,
    )
        .prop_map(
            |(city, (dy, dx), vote, own, delay, lie, agent_delay, start_ms)| {
                let city = CITIES[city];
                let place = point(city.latitude + dy, city.longitude + dx);
                Anchor {
                    place,
                    vote,
                    own,
                    delay,
                    lie,
                    agent_delay,
                    start_ms,
                }
            },
        )
}

/// What the anchors of a scene report of a host at `truth`; votes in `liars` lie.
fn observe(
    anchors: &[Anchor],
    truth: &UnitVec,
    at_ms: u64,
    tier: Tier,
    liars: &[u8],
) -> Vec<Observed> {
    let mut observations: Vec<Observed> = anchors
        .iter()
        .enumerate()
        .map(|(index, anchor)| {
            let least = least_rtt_ns(&anchor.place, truth, tier);
            let lies = liars.contains(&anchor.vote);
            let rtt_ns = if lies {
                anchor.lie.0
            } else {
                least + anchor.delay
            };
            // The agent is honest: it cannot measure less than the true round trip to whoever echoed.
            let agent_ns = least + anchor.agent_delay;
            let shift = if lies { anchor.lie.1 } else { 0 };
            let start_ms = (at_ms + anchor.start_ms).saturating_add_signed(shift);
            Observed {
                limit_only: false,
                anchor: Key([u8::try_from(index).unwrap(); 32]),
                trust_domain: format!("vote-{}", anchor.vote),
                position: Position {
                    version: 1,
                    unit: anchor.place.components(),
                    latitude_e7: 0,
                    longitude_e7: 0,
                    survey_error_m: 50,
                    clock_error_ppm: 50,
                },
                own_operator: anchor.own,
                agent_agrees: agent_agrees(rtt_ns, Some(agent_ns)),
                rtt_ns,
                start_ms,
                end_ms: start_ms + 500,
            }
        })
        .collect();
    observations.sort_by_key(|observed| observed.anchor);
    observations
}

fn session(observations: Vec<Observed>, number: u8) -> Appraised {
    let mut appraised = template().0.clone();
    appraised.observations = observations;
    appraised.report.hash = Digest([number; 32]);
    appraised
}

fn policy(permitted: &[String], denied: &[String], tier: Tier, lying_votes: usize) -> Policy {
    let text = format!(
        "version = 1\n[defaults]\nlying-votes = {lying_votes}\n[[licence]]\nname = \"any\"\n\
         permitted = {permitted:?}\ndenied = {denied:?}\ntier = \"{tier}\"\n"
    );
    Policy::parse(text.as_bytes(), Territories::builtin()).unwrap()
}

fn judged(appraised: &Appraised, policy: &Policy, compared: &[Appraised]) -> Verdict {
    judge(&Inputs {
        appraised,
        enrolment: &template().1,
        policy,
        territories: Territories::builtin(),
        chain: &[],
        compared,
        judged_ms: NOW_MS,
        code_version: CODE_VERSION,
        device_chains: &domicile_appraise::devices::DeviceChains::default(),
    })
}

fn tier() -> impl Strategy<Value = Tier> {
    prop::sample::select(Tier::ALL.to_vec())
}

/// f, and at most f votes that lie.
fn liars() -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(0u8..6, 1..3)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn the_truth_is_never_excluded_and_no_value_is_false(
        (truth, codes) in land(),
        anchors in prop::collection::vec(anchor(), 1..16),
        tier in tier(),
        liars in liars(),
        elsewhere in land(),
    ) {
        let appraised = session(observe(&anchors, &truth, NOW_MS, tier, &liars), 1);
        // Permitted where it is: never permitted-excluded, never inconsistent.
        let elsewhere: Vec<String> =
            elsewhere.1.into_iter().filter(|code| !codes.contains(code)).collect();
        let here = policy(&codes, &elsewhere, tier, liars.len());
        let verdict = judged(&appraised, &here, &[]);
        let same = |result: &&wire::TierResult| result.tier().name() == tier.label();
        let at_tier = verdict.tiers.iter().find(same).unwrap();
        for code in &codes {
            prop_assert!(at_tier.possible.contains(code), "{code} excluded");
        }
        prop_assert!(verdict.value() != VerdictValue::PermittedExcluded);
        prop_assert!(verdict.value() != VerdictValue::Inconsistent);
        prop_assert!(verdict.value() != VerdictValue::Invalid);
        // The incident names at most f votes.
        prop_assert!(at_tier.lying_votes.len() <= liars.len());
        // Permitted elsewhere and denied where it is: never affirmed.
        if !elsewhere.is_empty() {
            let there = policy(&elsewhere, &codes, tier, liars.len());
            let value = judged(&appraised, &there, &[]).value();
            prop_assert!(value != VerdictValue::Confined);
            prop_assert!(value != VerdictValue::DeniedExcluded);
        }
    }

    #[test]
    fn whoever_travels_slower_than_a_thousand_kilometres_an_hour_has_no_conflict(
        (truth, codes) in land(),
        bearing in (-1.0f64..1.0, -1.0f64..1.0, -1.0f64..1.0),
        hours in 0.0f64..20.0,
        share in 0.5f64..0.999,
        first in prop::collection::vec(anchor(), 2..12),
        second in prop::collection::vec(anchor(), 2..12),
        tier in tier(),
        liars in liars(),
    ) {
        // Where it can be after `hours` at up to 1,000 km/h, in any direction, on land.
        let [x, y, z] = truth.components();
        let along = hours * 1_000_000.0 * share / 6_371_008.8;
        let (bx, by, bz) = bearing;
        let dot = x * bx + y * by + z * bz;
        let (tx, ty, tz) = (bx - dot * x, by - dot * y, bz - dot * z);
        let norm = (tx * tx + ty * ty + tz * tz).sqrt();
        prop_assume!(norm > 0.01);
        let (s, c) = along.sin_cos();
        let at = |a: f64, t: f64| a * c + t / norm * s;
        let moved = UnitVec::new(at(x, tx), at(y, ty), at(z, tz)).unwrap();
        prop_assume!(!Territories::builtin().contains(&moved).is_empty());

        // It leaves after its first session (of at most 5.5 s) and arrives before the second.
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        let later = NOW_MS + 5_500 + (hours * 3_600_000.0) as u64;
        let one = session(observe(&first, &truth, NOW_MS, tier, &liars), 1);
        let two = session(observe(&second, &moved, later, tier, &liars), 2);
        let policy = policy(&codes, &[], tier, liars.len());
        for (own, other) in [(&one, &two), (&two, &one)] {
            let verdict = judged(own, &policy, std::slice::from_ref(other));
            prop_assert!(verdict.value() != VerdictValue::IdentityConflict);
        }
    }

    #[test]
    fn anchors_alone_never_accuse(
        (truth, codes) in land(),
        anchors in prop::collection::vec(anchor(), 1..16),
        tier in tier(),
    ) {
        // All votes lie. The agent's own honest times stand against whoever shortens by more than
        // the tolerance, so what is left of the accusation is within it: the truth is at most
        // (1 ms + 10 %) further out than the lie says.
        let everyone: Vec<u8> = (0..6).collect();
        let mut observations = observe(&anchors, &truth, NOW_MS, tier, &everyone);
        for (observed, anchor) in observations.iter_mut().zip(&anchors) {
            let least = least_rtt_ns(&anchor.place, &truth, tier);
            prop_assert!(!observed.agent_agrees || observed.rtt_ns * 11 + 10_000_000 >= least * 10);
            observed.agent_agrees &= observed.rtt_ns >= least;
        }
        let appraised = session(observations, 1);
        let verdict = judged(&appraised, &policy(&codes, &[], tier, 0), &[]);
        prop_assert!(verdict.value() != VerdictValue::PermittedExcluded);
    }

    #[test]
    fn order_leaves_no_trace(
        (truth, codes) in land(),
        anchors in prop::collection::vec(anchor(), 2..10),
        others in prop::collection::vec(anchor(), 2..10),
        tier in tier(),
        liars in liars(),
    ) {
        let one = session(observe(&anchors, &truth, NOW_MS, tier, &liars), 1);
        let two = session(observe(&others, &truth, NOW_MS + 60_000, tier, &liars), 2);
        let three = session(observe(&others, &truth, NOW_MS + 90_000, tier, &liars), 3);
        let policy = policy(&codes, &[], tier, 1);
        let mut turned = one.clone();
        turned.observations.reverse();
        let a = judged(&one, &policy, &[two.clone(), three.clone()]);
        let b = judged(&turned, &policy, &[three, one.clone(), two.clone(), two]);
        prop_assert_eq!(a, b);
    }
}
