//! The security properties of a solve, on the real land: the truth is never excluded, with
//! and without lying votes; the search equals a scan; order does not matter; no input
//! panics; distances are lower bounds.
#![allow(clippy::unwrap_used, missing_docs)]

use std::collections::BTreeSet;

use domicile_geo::{
    CellId, EARTH_RADIUS_M, Observation, SpeedPpm, Territories, Tier, UnitVec, VoteId, arc_below,
    consistent_without, convert::unit_from_degrees, locate, reach_m, separation_m,
};
use proptest::prelude::*;
use proptest::test_runner::Config;

const LIGHT: f64 = 299_792_458.0;

fn unit() -> impl Strategy<Value = UnitVec> {
    // Uniform on the sphere.
    (-1.0f64..=1.0, -180.0f64..=180.0)
        .prop_map(|(z, lon)| unit_from_degrees(z.asin().to_degrees(), lon).unwrap())
}

/// Land: random points, moved into the nearest land cell of a coarse grid.
fn land() -> impl Strategy<Value = UnitVec> {
    (any::<prop::sample::Index>(), 0.0f64..1.0, 0.0f64..1.0).prop_map(|(index, a, b)| {
        let cells: Vec<CellId> = Territories::builtin()
            .cells(5)
            .map(|(cell, _)| cell)
            .collect();
        let corners = cells[index.index(cells.len())]
            .corners()
            .map(|c| c.components());
        let mix = |k: usize| {
            let south = corners[0][k] * (1.0 - a) + corners[1][k] * a;
            let north = corners[3][k] * (1.0 - a) + corners[2][k] * a;
            south * (1.0 - b) + north * b
        };
        let v = [mix(0), mix(1), mix(2)];
        let norm = (v[0] * v[0] + v[1] * v[1] + v[2] * v[2]).sqrt();
        UnitVec::new(v[0] / norm, v[1] / norm, v[2] / norm).unwrap()
    })
}

fn ground_m(a: &UnitVec, b: &UnitVec) -> f64 {
    let (a, b) = (a.components(), b.components());
    let d: f64 = (0..3).map(|k| (a[k] - b[k]) * (a[k] - b[k])).sum();
    2.0 * (d.sqrt() / 2.0).min(1.0).asin() * EARTH_RADIUS_M
}

/// The shortest possible round trip at a tier, plus `extra` of it.
fn honest(
    anchor: u16,
    vote: u16,
    at: UnitVec,
    truth: &UnitVec,
    tier: Tier,
    extra: f64,
) -> Observation {
    let metres = ground_m(&at, truth) / 1.006 * (1.0 + extra);
    let seconds = 2.0 * metres / (LIGHT * f64::from(tier.speed().0) * 1e-6);
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    let rtt_ns = (seconds * 1e9).ceil() as u64;
    Observation {
        vote: VoteId(vote),
        anchor,
        position: at,
        survey_error_m: 10,
        clock_error_ppm: 50,
        rtt_ns,
    }
}

fn tier() -> impl Strategy<Value = Tier> {
    prop::sample::select(Tier::ALL.to_vec())
}

fn anchors(most: usize) -> impl Strategy<Value = Vec<(UnitVec, u16, f64)>> {
    prop::collection::vec(
        (
            unit(),
            0u16..12,
            prop_oneof![Just(0.0), 0.0f64..0.5, 0.0f64..20.0],
        ),
        0..most,
    )
}

fn observe(anchors: &[(UnitVec, u16, f64)], truth: &UnitVec, tier: Tier) -> Vec<Observation> {
    (0u16..)
        .zip(anchors)
        .map(|(k, (at, vote, extra))| honest(k, *vote, *at, truth, tier, *extra))
        .collect()
}

proptest! {
    #![proptest_config(Config::with_cases(400))]

    #[test]
    fn the_truth_is_never_excluded(truth in land(), anchors in anchors(40), tier in tier()) {
        let territories = Territories::builtin();
        let true_ones = territories.contains(&truth);
        let region = locate(&observe(&anchors, &truth, tier), tier, 0, territories).unwrap();
        prop_assert!(true_ones.is_subset(&region.possible()));
        // A faster tier or more allowed liars never excludes more.
        for wider in Tier::ALL.into_iter().filter(|t| t.speed() >= tier.speed()) {
            let wide = locate(&observe(&anchors, &truth, tier), wider, 1, territories).unwrap();
            prop_assert!(region.possible().is_subset(&wide.possible()));
        }
    }

    #[test]
    fn the_truth_survives_as_many_liars_as_allowed(truth in land(), anchors in anchors(30), tier in tier(),
        liars in prop::collection::vec((0u16..12, unit(), 0u64..1_000_000), 0..6)) {
        let territories = Territories::builtin();
        let mut observations = observe(&anchors, &truth, tier);
        for (vote, at, rtt_ns) in &liars {
            // A liar claims any round trip, however short, from anywhere.
            observations.push(Observation { vote: VoteId(*vote), anchor: 999, position: *at,
                survey_error_m: 0, clock_error_ppm: 0, rtt_ns: *rtt_ns });
        }
        let mut votes: Vec<u16> = liars.iter().map(|l| l.0).collect();
        votes.sort_unstable();
        votes.dedup();
        let region = locate(&observations, tier, u8::try_from(votes.len()).unwrap(), territories).unwrap();
        prop_assert!(territories.contains(&truth).is_subset(&region.possible()));
        if !territories.contains(&truth).is_empty() {
            let named = consistent_without(&observations, tier, territories, 6).unwrap();
            prop_assert!(named.len() <= votes.len());
        }
    }

    #[test]
    fn the_order_of_observations_does_not_matter(truth in land(), anchors in anchors(25), tier in tier(),
        lying in 0u8..3, seed in any::<u64>()) {
        let territories = Territories::builtin();
        let observations = observe(&anchors, &truth, tier);
        let mut shuffled = observations.clone();
        let mut state = seed | 1;
        for k in (1..shuffled.len()).rev() {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            shuffled.swap(k, usize::try_from(state >> 33).unwrap() % (k + 1));
        }
        let a = locate(&observations, tier, lying, territories).unwrap();
        let b = locate(&shuffled, tier, lying, territories).unwrap();
        prop_assert_eq!(a.possible(), b.possible());
        prop_assert_eq!(a.deciders(), b.deciders());
        prop_assert_eq!(a.cover(64), b.cover(64));
        prop_assert_eq!(separation_m(&a, &b).to_bits(), separation_m(&b, &a).to_bits());
        prop_assert_eq!(consistent_without(&observations, tier, territories, 2),
            consistent_without(&shuffled, tier, territories, 2));
    }

    #[test]
    fn covers_hold_the_truth_and_distances_are_lower_bounds(first in land(), second in land(),
        a in anchors(12), b in anchors(12), tier in tier(), cells in 0usize..300) {
        let territories = Territories::builtin();
        let at = |truth: &UnitVec, anchors: &[(UnitVec, u16, f64)]| {
            locate(&observe(anchors, truth, tier), tier, 0, territories).unwrap()
        };
        let (ra, rb) = (at(&first, &a), at(&second, &b));
        if territories.contains(&first).is_empty() || territories.contains(&second).is_empty() {
            return Ok(());
        }
        prop_assert!(separation_m(&ra, &rb) <= ground_m(&first, &second) / 1.006 + 1e-3);
        let cover = ra.cover(cells);
        prop_assert!(cover.len() <= cells.max(6));
        let holds = cover.iter().any(|cell| {
            ground_m(&cell.center, &first) <= 2.0 * (cell.radius_chord / 2.0).asin() * EARTH_RADIUS_M
        });
        prop_assert!(holds);
    }

    #[test]
    fn no_input_panics(observations in prop::collection::vec(
            (prop_oneof![unit(), Just(UnitVec::new(0.0, 0.0, -1.0).unwrap()), Just(UnitVec::new(-1.0, 0.0, 0.0).unwrap())],
             any::<u16>(), prop_oneof![0u64..200_000_000, Just(0), any::<u64>()],
             prop_oneof![0u32..1000, any::<u32>()], prop_oneof![0u32..1000, any::<u32>()]), 0..30),
        tier in tier(), lying in prop_oneof![0u8..4, any::<u8>()]) {
        let observations: Vec<Observation> = observations.into_iter().map(|(position, vote, rtt_ns, survey, ppm)|
            Observation { vote: VoteId(vote), anchor: vote, position, survey_error_m: survey, clock_error_ppm: ppm, rtt_ns }).collect();
        let territories = Territories::builtin();
        let region = locate(&observations, tier, lying, territories).unwrap();
        prop_assert_eq!(region.is_empty(), region.possible().is_empty());
        prop_assert_eq!(region.is_empty(), region.excluded() == territories.all());
        prop_assert_eq!(region.cover(10).is_empty() && !region.is_empty(), false);
        let _ = (region.deciders(), region.is_unconstrained(), separation_m(&region, &region));
        let _ = consistent_without(&observations, tier, territories, 2);
    }
}

proptest! {
    #![proptest_config(Config::with_cases(12))]

    #[test]
    fn f_star_is_where_exclusion_ends(truth in land(), anchors in anchors(15), tier in tier(), lying in 0u8..2) {
        let territories = Territories::builtin();
        let observations = observe(&anchors, &truth, tier);
        let region = locate(&observations, tier, lying, territories).unwrap();
        for index in (0u8..250).step_by(25) {
            let star = region.f_star(index);
            prop_assert_eq!(region.excluded().contains(index), star.is_none_or(|f| f > tier.speed()));
            for other in Tier::ALL {
                let there = locate(&observations, other, lying, territories).unwrap();
                prop_assert_eq!(there.excluded().contains(index), star.is_none_or(|f| f > other.speed()));
            }
        }
        prop_assert_eq!(region.f_star(255), None);
    }
}

/// The definition, by looking at every leaf within `within_m` of a point: a leaf is feasible
/// when at most `lying` votes have a cap that misses the disc around it.
fn scan(
    around: &UnitVec,
    within_m: f64,
    observations: &[Observation],
    speed: SpeedPpm,
    lying: usize,
) -> (BTreeSet<u8>, usize) {
    let (mut possible, mut looked) = (BTreeSet::new(), 0);
    let mut cells: Vec<CellId> = CellId::roots().collect();
    while let Some(cell) = cells.pop() {
        let corners = cell.corners().map(|c| c.components());
        let sum = [0, 1, 2].map(|k| corners.iter().map(|c| c[k]).sum::<f64>());
        let norm = sum.iter().map(|x| x * x).sum::<f64>().sqrt();
        let center = UnitVec::new(sum[0] / norm, sum[1] / norm, sum[2] / norm).unwrap();
        let radius = cell
            .corners()
            .iter()
            .map(|c| ground_m(&center, c))
            .fold(0.0, f64::max);
        if ground_m(&center, around) > within_m + radius {
            continue;
        }
        if let Some(children) = cell.children() {
            cells.extend(children);
            continue;
        }
        looked += 1;
        let out: BTreeSet<VoteId> = observations
            .iter()
            .filter(|o| ground_m(&center, &o.position) > reach_m(o, speed) + radius)
            .map(|o| o.vote)
            .collect();
        if out.len() <= lying {
            possible.extend(Territories::builtin().contains(&center).iter());
        }
    }
    (possible, looked)
}

#[test]
fn the_search_equals_a_scan_of_every_leaf() {
    // Near tripoints, coasts and islands; short round trips keep the regions small.
    let places = [
        (47.55, 7.6, 120),
        (22.4, 114.1, 150),
        (1.3, 103.85, 140),
        (35.15, 33.4, 180),
    ];
    for (case, (lat, lon, micros)) in places.into_iter().enumerate() {
        let (tier, around) = (Tier::ALL[case % 3], unit_from_degrees(lat, lon).unwrap());
        let observations: Vec<Observation> = (0..6u16)
            .map(|k| Observation {
                vote: VoteId(k % 3),
                anchor: k,
                position: unit_from_degrees(lat + 0.03 * f64::from(k), lon - 0.04 * f64::from(k))
                    .unwrap(),
                survey_error_m: 50,
                clock_error_ppm: 0,
                rtt_ns: 1000 * micros + 70_000 * u64::from(k),
            })
            .collect();
        // Beyond this every cap misses, so all three votes exclude.
        let reach = |o: &Observation| ground_m(&o.position, &around) + reach_m(o, tier.speed());
        let within = observations.iter().map(reach).fold(0.0, f64::max) + 2_000.0;
        for lying in 0..3u8 {
            let region = locate(&observations, tier, lying, Territories::builtin()).unwrap();
            let (possible, looked) = scan(
                &around,
                within,
                &observations,
                tier.speed(),
                usize::from(lying),
            );
            assert!(looked > 5_000 && !possible.is_empty(), "{looked} leaves");
            let found: BTreeSet<u8> = region.possible().iter().collect();
            assert_eq!(found, possible, "case {case}, f {lying}");
        }
    }
}

#[test]
fn ten_thousand_anchors_and_none() {
    let territories = Territories::builtin();
    let none = locate(&[], Tier::C, 0, territories).unwrap();
    assert_eq!(none.possible(), territories.all());
    assert!(none.is_unconstrained() && none.deciders().is_empty());
    let many: Vec<Observation> = (0..10_000u16)
        .map(|k| Observation {
            vote: VoteId(k),
            anchor: k,
            position: unit_from_degrees(f64::from(k % 170) - 85.0, f64::from(k % 359) - 179.0)
                .unwrap(),
            survey_error_m: 0,
            clock_error_ppm: 0,
            rtt_ns: 60_000_000 + u64::from(k) * 1000,
        })
        .collect();
    assert!(locate(&many, Tier::TwoThirds, 1, territories).is_ok());
    let mut too_many = many.clone();
    too_many.extend(many.iter().chain(&many[..1]));
    assert!(locate(&too_many, Tier::C, 0, territories).is_err());
    assert!(arc_below(0.0).to_bits() == 0);
}
