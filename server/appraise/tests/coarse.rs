//! Coarse sessions: limits in place of round trips. They say less, never something else.
#![allow(clippy::unwrap_used)]

mod scene;

use domicile_appraise::CODE_VERSION;
use domicile_appraise::judge::{Inputs, judge};
use domicile_appraise::testing::{CITIES, Host, NOW_MS, Timing, Trip, World, point, policy};
use domicile_appraise::verify::Appraised;
use domicile_geo::mesh::Site;
use domicile_geo::plan::{Goal, PathModel, Plan};
use domicile_geo::{Territories, Tier, UnitVec, VoteId};
use domicile_proto::sign::{Domain, SigningKey};
use domicile_proto::wire::{self, AnchorOutcome, InvalidReason, TierResult, Verdict, VerdictValue};
use domicile_proto::{codec, ranging::ROUND_DEADLINE_MAX_NS};
use proptest::prelude::*;
use scene::Scene;
use std::collections::BTreeSet;
use std::sync::OnceLock;
use wire::VerdictValue::{Confined, DeniedExcluded, Inconsistent, PermittedExcluded};

fn world() -> &'static World {
    static WORLD: OnceLock<World> = OnceLock::new();
    WORLD.get_or_init(World::new)
}

fn verdict(host: &Host, evidence: &wire::Evidence) -> Verdict {
    let signed = host.sign(evidence);
    let appraised = world().verify(host, &signed, NOW_MS + 10_000).unwrap();
    judged(host, &appraised, &[])
}

fn judged(host: &Host, appraised: &Appraised, compared: &[Appraised]) -> Verdict {
    judge(&Inputs {
        appraised,
        enrolment: &host.enrolment,
        policy: &policy(),
        territories: Territories::builtin(),
        chain: &[],
        compared,
        judged_ms: NOW_MS,
        code_version: CODE_VERSION,
        device_chains: &domicile_appraise::devices::DeviceChains::default(),
    })
}

/// A coarse report with these limits; `None` shows nothing of an anchor.
fn coarse_report(
    host: &Host,
    trip: &Trip,
    timing: impl Fn(usize, u64) -> Timing,
    mut limit_ns: impl FnMut(usize, u64) -> Option<u64>,
) -> wire::Evidence {
    world().sealed(host, trip, |index, least| {
        let timing = timing(index, least);
        let limit_ns = limit_ns(index, timing.anchor_ns)?;
        let session = world().session(host, trip, index, timing);
        Some(session.seal_coarse(&host.key, &world().anchors[index], limit_ns, |_| ()))
    })
}

fn honest(_: usize, least: u64) -> Timing {
    Timing::same(least + least / 20 + 300_000)
}

fn possible(tier: &TierResult) -> BTreeSet<&str> {
    tier.possible.iter().map(String::as_str).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn limits_never_say_more_than_the_times_and_never_exclude_the_truth(
        city in 0..CITIES.len(), (dy, dx) in (-3.0f64..3.0, -3.0f64..3.0), number: u8,
        licence in prop_oneof![Just("asia"), Just("germany"), Just("america"), Just("undenying")],
        delays in proptest::collection::vec(0u64..8_000_000, 48),
        spare in proptest::collection::vec(prop_oneof![
            Just(0u64), 0u64..2_000_000, 0u64..100_000_000
        ], 48),
        shown in proptest::collection::vec(prop::bool::weighted(0.8), 48),
    ) {
        let at = CITIES[city];
        let host = world().enrol(1, at.id, licence);
        let place = point(at.latitude + dy, at.longitude + dx);
        let trip = world().trip(&host, place, NOW_MS, number);
        let timing = |index: usize, least: u64| Timing::same(least + delays[index] + 1);
        let exact = verdict(&host, &world().report(&host, &trip, |i, least| Some(timing(i, least))));
        let rough = verdict(&host, &coarse_report(&host, &trip, timing, |index, rtt_ns| {
            shown[index].then_some(rtt_ns + spare[index])
        }));
        let truth = Territories::builtin().contains(&place);
        for (exact, rough) in exact.tiers.iter().zip(&rough.tiers) {
            prop_assert!(possible(exact).is_subset(&possible(rough)));
            prop_assert!(rough.excluded <= exact.excluded);
            if exact.tier() != wire::Tier::TwoThirds {
                for code in truth.codes(Territories::builtin()) {
                    let code = code.to_string();
                    prop_assert!(truth.is_empty() || possible(rough).contains(code.as_str()));
                }
            }
            // What the limits say the times say too, or that no land is left at this tier.
            let entails: &[VerdictValue] = match rough.value() {
                Inconsistent => &[Inconsistent],
                PermittedExcluded => &[PermittedExcluded, Inconsistent],
                Confined => &[Confined, Inconsistent],
                DeniedExcluded => &[DeniedExcluded, Confined, PermittedExcluded, Inconsistent],
                _ => continue,
            };
            prop_assert!(entails.contains(&exact.value()), "{:?} of limits", rough.value());
        }
    }
}

/// The world's anchors as a planner sees them.
fn plan(goal: Goal, tier: Tier) -> Plan<'static> {
    let anchors = &world().directory.anchors;
    let site = |anchor: &domicile_proto::directory::Anchor| {
        let [x, y, z] = anchor.position.unit;
        let vote: u16 = anchor
            .trust_domain
            .trim_start_matches("provider-")
            .parse()
            .unwrap();
        Site {
            vote: VoteId(vote),
            position: UnitVec::new(x, y, z).unwrap(),
            survey_error_m: anchor.position.survey_error_m,
            clock_error_ppm: anchor.position.clock_error_ppm,
        }
    };
    Plan {
        sites: anchors.iter().map(site).collect(),
        metros: vec![],
        goal,
        lying_votes: 1,
        tier,
        path: PathModel::default(),
        best_rtt_ns: 500_000,
        territories: Territories::builtin(),
    }
}

fn goal(licence: &str, confined: bool) -> Goal {
    let policy = policy();
    let rule = policy.licence(licence).unwrap();
    let all = Territories::builtin().all();
    Goal {
        permitted: Some(rule.permitted),
        denied: if confined {
            all.difference(&rule.permitted)
        } else {
            rule.denied
        },
    }
}

#[test]
fn within_the_limits_of_the_plan_the_verdict_is_that_of_the_exact_session() {
    for (metro, licence, confined, tier) in [
        ("sin", "asia", false, Tier::Fibre),
        ("fra", "germany", false, Tier::Fibre),
        ("fra", "germany", true, Tier::Fibre),
        ("iad", "america", true, Tier::C),
    ] {
        let city = CITIES.iter().find(|city| city.id == metro).unwrap();
        let host = world().enrol(1, metro, licence);
        let trip = world().trip(&host, point(city.latitude, city.longitude), NOW_MS, 3);
        let limits = plan(goal(licence, confined), tier).zone_limits();
        let mut met = BTreeSet::new();
        let evidence = coarse_report(&host, &trip, honest, |index, rtt_ns| {
            let anchor = &world().directory.anchors[index];
            let limit = limits[index].filter(|limit| rtt_ns <= *limit)?;
            // As many votes as a zone file asks for.
            (met.len() < 3 && met.insert(anchor.trust_domain.clone())).then_some(limit)
        });
        assert_eq!(met.len(), 3, "{metro} {licence}");
        let rough = verdict(&host, &evidence);
        let exact = verdict(&host, &world().honest(&host, &trip));
        let expected = match confined {
            true => Confined,
            false => DeniedExcluded,
        };
        assert_eq!(rough.value(), expected, "{metro} {licence}");
        assert!([expected, Confined].contains(&exact.value()));
        assert_eq!(rough.notes.unwrap().limits_only, 3);

        // Two of three votes suffice, one does not.
        for (kept, value) in [(2, expected), (1, VerdictValue::Insufficient)] {
            let mut fewer = evidence.clone();
            fewer.rangings.truncate(kept);
            assert_eq!(
                verdict(&host, &fewer).value(),
                value,
                "{metro}, {kept} votes"
            );
        }
    }
}

#[test]
fn one_nanosecond_above_the_plans_limit_confirms_nothing() {
    let host = world().enrol(1, "fra", "germany");
    let trip = world().trip(&host, point(50.11, 8.68), NOW_MS, 3);
    let limits = plan(goal("germany", true), Tier::Fibre).zone_limits();
    let value = |more: u64| {
        let evidence = coarse_report(
            &host,
            &trip,
            |_, _| Timing::same(1_000),
            |index, _| {
                let is_near = world().directory.anchors[index].name.starts_with("fra");
                is_near.then(|| limits[index].unwrap() + more)
            },
        );
        assert_eq!(evidence.rangings.len(), 3);
        verdict(&host, &evidence).value()
    };
    assert_eq!(value(0), Confined);
    assert_ne!(value(1), Confined);
}

#[test]
fn a_zone_of_one_city_state_has_no_limit_that_a_path_keeps() {
    let singapore = Goal {
        permitted: None,
        denied: {
            let all = Territories::builtin().all();
            let here = Territories::builtin().contains(&point(1.35, 103.82));
            all.difference(&here)
        },
    };
    let plan = plan(singapore, Tier::Fibre);
    let limits = plan.zone_limits();
    assert!(
        limits.iter().flatten().all(|limit| *limit < 300_000),
        "{limits:?}"
    );
}

/// A coarse ranging of the scene with a change to the account that both sign.
fn bent(scene: &Scene, change: impl FnOnce(&mut wire::CoarseAccount)) -> wire::Ranging {
    let anchor = &scene.world.anchors[scene.index];
    let session = scene.session();
    session.seal_coarse(&scene.host.key, anchor, 6_000_000, change)
}

#[test]
fn what_becomes_of_each_coarse_session() {
    let scene = Scene::new();
    let outcome = |change: fn(&mut wire::CoarseAccount)| {
        let (outcome, invalid) = scene.outcome(bent(&scene, change));
        assert_eq!(invalid, None);
        outcome
    };
    assert_eq!(outcome(|_| ()), AnchorOutcome::Counted);
    assert_eq!(
        outcome(|a| a.start_minute -= 12),
        AnchorOutcome::OutsideWindow
    );
    assert_eq!(
        outcome(|a| a.start_minute += 10),
        AnchorOutcome::OutsideWindow
    );
    assert_eq!(
        outcome(|a| a.start_minute = u64::MAX),
        AnchorOutcome::Retired
    );
    assert_eq!(outcome(|a| a.start_minute = 0), AnchorOutcome::Retired);
    assert_eq!(
        outcome(|a| a.session_nonce[9] ^= 1),
        AnchorOutcome::OtherSession
    );
    assert_eq!(
        outcome(|a| a.agent_key[9] ^= 1),
        AnchorOutcome::OtherSession
    );
    assert_eq!(
        outcome(|a| a.anchor_key[9] ^= 1),
        AnchorOutcome::OtherSession
    );
    assert_eq!(
        outcome(|a| a.directory_version += 1),
        AnchorOutcome::OtherSession
    );
    assert_eq!(
        outcome(|a| a.position_version += 1),
        AnchorOutcome::OldPosition
    );
    assert_eq!(outcome(|a| a.transport = 0), AnchorOutcome::ReceiptInvalid);
    assert_eq!(
        outcome(|a| a.transcript_hash.truncate(31)),
        AnchorOutcome::ReceiptInvalid
    );
    let too_long = |a: &mut wire::CoarseAccount| a.limit_ns = ROUND_DEADLINE_MAX_NS + 1;
    assert_eq!(outcome(too_long), AnchorOutcome::ReceiptInvalid);
    let agrees_with_nothing = |a: &mut wire::CoarseAccount| a.limit_ns = 0;
    assert_eq!(outcome(agrees_with_nothing), AnchorOutcome::ReceiptInvalid);
    let unmet = |a: &mut wire::CoarseAccount| {
        a.limit_ns = 0;
        a.agent_agrees = false;
    };
    assert_eq!(outcome(unmet), AnchorOutcome::AllLost);
}

#[test]
fn a_receipt_whose_limit_was_changed_is_no_vote() {
    let scene = Scene::new();
    let good = bent(&scene, |_| ());
    let signed: wire::Signed = codec::decode(&good.receipt, 4096).unwrap();
    let receipt: wire::CoarseReceipt = codec::decode(&signed.payload, 4096).unwrap();
    let shorter = wire::CoarseReceipt {
        limit_ns: receipt.limit_ns - 1,
        ..receipt
    };
    let with_receipt = |receipt: wire::Signed| wire::Ranging {
        receipt: codec::encode(&receipt),
        ..good.clone()
    };
    // By the host, whose key is not the anchor's; by changing bytes; and by the anchor itself.
    let anchor = &scene.world.anchors[scene.index];
    let payload = codec::encode(&shorter);
    let forged = scene.host.key.sign(Domain::CoarseReceipt, payload.clone());
    let altered = wire::Signed {
        payload: payload.clone(),
        ..signed
    };
    let by_anchor = anchor.sign(Domain::CoarseReceipt, payload);
    for receipt in [forged, altered, by_anchor] {
        let outcome = scene.outcome(with_receipt(receipt));
        assert_eq!(outcome, (AnchorOutcome::ReceiptInvalid, None));
    }
}

#[test]
fn only_what_the_host_alone_can_have_made_is_invalid() {
    let scene = Scene::new();
    let good = bent(&scene, |_| ());
    let receipt_invalid = AnchorOutcome::ReceiptInvalid;
    // An authentic receipt beside another account.
    let other = wire::Ranging {
        receipt: bent(&scene, |a| a.proxied = true).receipt,
        ..good.clone()
    };
    assert_eq!(
        scene.outcome(other),
        (receipt_invalid, Some(InvalidReason::FalseTranscript))
    );
    // An account that another key signed.
    let stranger = SigningKey::from_seed(&[9; 32]);
    let session = scene.session();
    let anchor = &scene.world.anchors[scene.index];
    let strange = session.seal_coarse(&stranger, anchor, 6_000_000, |_| ());
    assert_eq!(
        scene.outcome(strange),
        (receipt_invalid, Some(InvalidReason::TranscriptSignature))
    );
    // One kind is never read as the other.
    for coarse in [true, false] {
        let mut ranging = if coarse {
            scene.seal(&session)
        } else {
            good.clone()
        };
        ranging.coarse = coarse;
        assert_eq!(scene.outcome(ranging), (receipt_invalid, None));
    }
}

#[test]
fn a_limit_is_shown_as_a_limit_and_as_no_time() {
    let scene = Scene::new();
    let appraised = scene.appraise(&scene.replaced(bent(&scene, |_| ())));
    let reading = appraised.readings.iter().find(|r| r.limit_ns != 0).unwrap();
    assert_eq!(reading.limit_ns, 6_000_000);
    assert_eq!(
        (reading.anchor_min_rtt_ns, reading.agent_min_rtt_ns),
        (0, 0)
    );
    assert!(reading.agent_agrees);

    // All limits far above 20 ms: no path is noted as slow, for none was measured.
    let host = world().enrol(1, "sin", "asia");
    let trip = world().trip(&host, point(1.35, 103.82), NOW_MS, 1);
    let evidence = coarse_report(&host, &trip, honest, |_, _| Some(300_000_000));
    let notes = verdict(&host, &evidence).notes.unwrap();
    assert_eq!((notes.common_offset_ns, notes.limits_only), (0, 12));
    let slow = |_: usize, least: u64| Some(Timing::same(least + 50_000_000));
    let notes = verdict(&host, &world().report(&host, &trip, slow))
        .notes
        .unwrap();
    assert!(notes.common_offset_ns > 0 && notes.limits_only == 0);
}

#[test]
fn limits_accuse_only_where_the_hosts_own_time_supports_them() {
    // Licensed for Germany, and within 1 ms of three votes in Moscow.
    let host = world().enrol(1, "mow", "germany");
    let trip = world().trip(&host, point(55.75, 37.62), NOW_MS, 1);
    let near = |agent_ns: u64| {
        coarse_report(
            &host,
            &trip,
            |_, least| Timing {
                anchor_ns: least + 100_000,
                agent_ns: if agent_ns == 0 {
                    least + 100_000
                } else {
                    agent_ns
                },
            },
            |index, _| {
                let is_near = world().directory.anchors[index].name.starts_with("mow");
                is_near.then_some(1_000_000)
            },
        )
    };
    assert_eq!(verdict(&host, &near(0)).value(), PermittedExcluded);
    // Anchors that shorten: the host measured 80 ms.
    let framed = verdict(&host, &near(80_000_000));
    assert_eq!(framed.value(), VerdictValue::Insufficient);
    assert!(framed.readings.iter().all(|reading| !reading.agent_agrees));
}
