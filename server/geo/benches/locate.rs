//! One solve over all territories against testing every cell, on the same observations.
//!
//! `cargo bench -p domicile-geo`. The scan tests every border and coast leaf (and the
//! larger cells inside) against every cap, as a verifier without a tree would.

use divan::{Bencher, black_box};
use domicile_geo::{
    CellId, EARTH_RADIUS_M, LEAF_LEVEL, Observation, SpeedPpm, Territories, TerritoryMask, Tier,
    UnitVec, VoteId, chord_above, convert::unit_from_degrees, locate, reach_m,
};

fn main() {
    divan::main();
}

/// `count` anchors spread over the land, and a host in `place` whose round trips run at
/// 0.45 c, as measured paths do on average.
fn observations(count: u16, place: (f64, f64)) -> Vec<Observation> {
    let truth = unit_from_degrees(place.0, place.1).expect("degrees");
    let land: Vec<CellId> = Territories::builtin()
        .cells(6)
        .map(|(cell, _)| cell)
        .collect();
    let step = land.len() / usize::from(count);
    (0..count)
        .map(|k| {
            let position = land[usize::from(k) * step].center();
            let metres = 2.0 * (chord(&position, &truth) / 2.0).min(1.0).asin() * EARTH_RADIUS_M;
            #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
            let rtt_ns = (2.0 * metres / (0.45 * 299_792_458.0) * 1e9) as u64 + 300_000;
            let vote = VoteId(k % 60);
            Observation {
                vote,
                anchor: k,
                position,
                survey_error_m: 100,
                clock_error_ppm: 100,
                rtt_ns,
            }
        })
        .collect()
}

fn chord(a: &UnitVec, b: &UnitVec) -> f64 {
    let (a, b) = (a.components(), b.components());
    (0..3)
        .map(|k| (a[k] - b[k]) * (a[k] - b[k]))
        .sum::<f64>()
        .sqrt()
}

const PLACES: [(&str, (f64, f64)); 4] = [
    ("Frankfurt", (50.11, 8.68)),
    ("Singapore", (1.35, 103.82)),
    ("Ashburn", (39.04, -77.49)),
    ("Nairobi", (-1.29, 36.82)),
];

#[divan::bench(args = PLACES.map(|(name, _)| name))]
fn solve(bencher: Bencher<'_, '_>, name: &str) {
    let place = PLACES
        .iter()
        .find(|place| place.0 == name)
        .expect("a listed place")
        .1;
    let observations = observations(230, place);
    let territories = Territories::builtin();
    bencher.bench(|| locate(black_box(&observations), Tier::Fibre, 1, territories));
}

#[divan::bench(sample_count = 5, sample_size = 1)]
fn scan_every_cell(bencher: Bencher<'_, '_>) {
    let observations = observations(230, PLACES[0].1);
    let caps: Vec<(UnitVec, f64, u16)> = observations.iter().filter_map(cap).collect();
    let cells = Territories::builtin().undivided_cells();
    let cells: Vec<(UnitVec, f64, TerritoryMask)> = cells
        .map(|(cell, set)| {
            let center = cell.center();
            let radius = cell
                .corners()
                .iter()
                .map(|c| chord(&center, c))
                .fold(0.0, f64::max);
            (center, radius, set)
        })
        .collect();
    bencher.bench(|| {
        let mut possible = TerritoryMask::EMPTY;
        for (center, radius, set) in black_box(&cells) {
            let mut out = None;
            let excluded = caps.iter().any(|(at, reach, vote)| {
                chord(center, at) > reach + radius && out.replace(*vote).is_some_and(|v| v != *vote)
            });
            if !excluded {
                possible = possible.union(set);
            }
        }
        possible
    });
}

fn cap(observation: &Observation) -> Option<(UnitVec, f64, u16)> {
    let arc = reach_m(observation, SpeedPpm(Tier::Fibre.speed().0)) / EARTH_RADIUS_M;
    Some((observation.position, chord_above(arc)?, observation.vote.0))
}

#[divan::bench]
fn deciders(bencher: Bencher<'_, '_>) {
    let observations = observations(230, PLACES[0].1);
    let region = locate(&observations, Tier::Fibre, 1, Territories::builtin()).expect("few");
    bencher.bench(|| black_box(&region).deciders());
}

#[divan::bench]
fn f_star_of_china(bencher: Bencher<'_, '_>) {
    let territories = Territories::builtin();
    let observations = observations(230, PLACES[1].1);
    let region = locate(&observations, Tier::Fibre, 1, territories).expect("few");
    let china = territories
        .index_of("CN".parse().expect("a code"))
        .expect("listed");
    bencher.bench(|| black_box(&region).f_star(china));
}

#[divan::bench]
fn open_data(bencher: Bencher<'_, '_>) {
    bencher.bench(|| Territories::open_builtin_again().version().len());
}

const _: () = assert!(
    LEAF_LEVEL >= 13,
    "the scan is meant to be over leaves under 2 km"
);
