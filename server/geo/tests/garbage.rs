//! Garbage in: a clear error or a right answer, never a panic. A time that is no number, or less
//! than nothing, cannot be written down: round trips are whole nanoseconds without a sign, and
//! positions are checked where they enter.
#![allow(clippy::unwrap_used, missing_docs)]

use domicile_geo::{
    CellId, EARTH_RADIUS_M, GeoError, MAX_OBSERVATIONS, Observation, Territories, TerritoryMask,
    Tier, UnitVec, VoteId, certify, chord_above, consistent_without, convert::unit_from_degrees,
    locate, reach_m, separation_m,
};
use std::sync::OnceLock;

fn saw(vote: u16, position: UnitVec, rtt_ns: u64) -> Observation {
    Observation {
        vote: VoteId(vote),
        anchor: vote,
        position,
        survey_error_m: 100,
        clock_error_ppm: 100,
        rtt_ns,
    }
}

fn at(lat: f64, lon: f64) -> UnitVec {
    unit_from_degrees(lat, lon).unwrap()
}

fn chord(a: &UnitVec, b: &UnitVec) -> f64 {
    let (a, b) = (a.components(), b.components());
    let square: f64 = (0..3).map(|k| (a[k] - b[k]) * (a[k] - b[k])).sum();
    square.sqrt()
}

/// Undivided cells: middle, radius as a chord, whose land it is.
fn cells() -> &'static [(UnitVec, f64, TerritoryMask)] {
    static CELLS: OnceLock<Vec<(UnitVec, f64, TerritoryMask)>> = OnceLock::new();
    CELLS.get_or_init(|| {
        let cell = |(cell, set): (CellId, TerritoryMask)| {
            let center = cell.center();
            let radii = cell.corners().map(|corner| chord(&center, &corner));
            (center, radii.into_iter().fold(0.0, f64::max) + 1e-9, set)
        };
        Territories::builtin().undivided_cells().map(cell).collect()
    })
}

/// Bounds on the answer, by looking at every undivided cell without a tree: territories with a
/// cell all of which at most *f* votes come near to excluding, and those with one that more
/// than *f* votes do not exclude whole.
fn scan(observations: &[Observation], tier: Tier, lying: u8) -> (TerritoryMask, TerritoryMask) {
    let caps: Vec<_> = observations
        .iter()
        .filter_map(|o| Some((o, chord_above(reach_m(o, tier.speed()) / EARTH_RADIUS_M)?)))
        .collect();
    let (mut surely, mut perhaps) = (TerritoryMask::EMPTY, TerritoryMask::EMPTY);
    let mut near = Vec::new();
    for (center, radius, set) in cells() {
        // What a cap lacks to reach the middle, and its vote.
        near.clear();
        near.extend(
            caps.iter()
                .map(|(o, reach)| (chord(center, &o.position) - reach, o.vote)),
        );
        let votes = |more_than: f64| {
            let mut votes: Vec<VoteId> = Vec::new();
            for (lacks, vote) in &near {
                if *lacks > more_than && !votes.contains(vote) {
                    votes.push(*vote);
                }
            }
            votes.len()
        };
        if votes(-radius - 1e-4) <= usize::from(lying) {
            surely = surely.union(set);
        }
        if votes(*radius) <= usize::from(lying) {
            perhaps = perhaps.union(set);
        }
    }
    (surely, perhaps)
}

/// Asks everything that can be asked, and compares with the scan.
fn right(what: &str, observations: &[Observation], lying: u8) -> TerritoryMask {
    let territories = Territories::builtin();
    let mut last = TerritoryMask::EMPTY;
    for tier in Tier::ALL {
        let region = locate(observations, tier, lying, territories).unwrap();
        last = region.possible();
        // A scan takes a fraction of a second for few caps; at the tier that excludes most.
        if observations.len() < 10 && tier == Tier::TwoThirds {
            let (surely, perhaps) = scan(observations, tier, lying);
            assert!(
                surely.is_subset(&last),
                "{what}: {tier}, f {lying}: one is missing"
            );
            assert!(
                last.is_subset(&perhaps),
                "{what}: {tier}, f {lying}: one is too many"
            );
        }
        assert_eq!(region.is_empty(), region.possible().is_empty());
        assert!(region.cover(20).len() <= 20 && separation_m(&region, &region) <= 0.0);
        assert!(
            consistent_without(observations, tier, territories, 0)
                .is_none_or(|votes| votes.is_empty())
        );
        let excluded = region.excluded();
        if excluded.is_empty() {
            assert!(certify(observations, tier, lying, &excluded, territories).is_err());
        } else {
            assert!(certify(observations, tier, lying, &excluded, territories).is_ok());
        }
    }
    last
}

#[test]
fn positions_that_are_no_numbers_or_no_directions_are_refused() {
    for bad in [
        f64::NAN,
        f64::INFINITY,
        f64::NEG_INFINITY,
        0.0,
        2.0,
        1e300,
        5e-324,
        -1e-9,
    ] {
        let refused = UnitVec::new(bad, 0.0, 0.0);
        assert!(matches!(refused, Err(GeoError::NotUnit { .. })), "{bad}");
    }
    for (lat, lon) in [
        (f64::NAN, 0.0),
        (0.0, f64::NAN),
        (90.001, 0.0),
        (0.0, -180.001),
        (f64::INFINITY, 0.0),
    ] {
        assert!(matches!(
            unit_from_degrees(lat, lon),
            Err(GeoError::Degrees { .. })
        ));
    }
    // As far from a unit as is accepted, and a few roundings: both are used as directions.
    let rough = UnitVec::new(1.0 - 9e-10, 0.0, 0.0).unwrap();
    right(
        "a rough unit",
        &[saw(0, rough, 3_000_000), saw(1, at(0.0, 0.0), 3_000_000)],
        0,
    );
}

#[test]
fn one_anchor_with_no_time_or_too_much() {
    let place = at(48.2, 16.37);
    let territories = Territories::builtin();
    let zero = right("no time", &[saw(0, place, 0)], 0);
    let austria = territories.index_of("AT".parse().unwrap()).unwrap();
    assert!(zero.contains(austria) && zero.count() == 1);
    // With f = 1 one anchor says nothing, and with none neither.
    assert_eq!(right("one, f 1", &[saw(0, place, 0)], 1), territories.all());
    assert_eq!(right("none", &[], 0), territories.all());
    for rtt_ns in [134_000_000 * 3 / 2, 1 << 53, u64::MAX - 1, u64::MAX] {
        assert_eq!(
            right("huge", &[saw(0, place, rtt_ns)], 0),
            territories.all()
        );
    }
}

#[test]
fn errors_that_leave_nothing_to_measure_exclude_nothing() {
    let all = Territories::builtin().all();
    for (survey_error_m, clock_error_ppm) in [
        (u32::MAX, 0),
        (0, 1_000_000),
        (0, u32::MAX),
        (u32::MAX, u32::MAX),
    ] {
        let one = Observation {
            survey_error_m,
            clock_error_ppm,
            ..saw(0, at(1.3, 103.8), 1)
        };
        assert_eq!(right("no measure", &[one], 0), all);
        // Beside one that measures it changes nothing.
        let good = saw(1, at(1.3, 103.8), 2_000_000);
        assert_eq!(
            right("beside a good one", &[one, good], 0),
            right("a good one", &[good], 0)
        );
    }
    let nearly = Observation {
        clock_error_ppm: 999_999,
        ..saw(0, at(1.3, 103.8), 1)
    };
    right("a stopwatch that nearly stands", &[nearly], 0);
}

#[test]
fn poles_and_the_date_line() {
    for (what, position) in [
        ("north pole", at(90.0, 0.0)),
        ("north pole by another name", at(90.0, 179.0)),
        ("south pole", at(-90.0, -180.0)),
        ("+180", at(-16.5, 180.0)),
        ("-180", at(-16.5, -180.0)),
        ("a corner of the cube", {
            let third = (1.0f64 / 3.0).sqrt();
            UnitVec::new(-third, third, -third).unwrap()
        }),
    ] {
        for rtt_ns in [0, 1_500_000, 30_000_000] {
            let three = [
                saw(0, position, rtt_ns),
                saw(1, position, rtt_ns + 1),
                saw(1, position, rtt_ns),
            ];
            right(what, &three, 0);
            right(what, &three, 1);
        }
    }
    // Both names of the date line are one place.
    let fiji = |lon| right("Fiji", &[saw(0, at(-16.5, lon), 1_000_000)], 0);
    assert_eq!(fiji(180.0), fiji(-180.0));
    assert!(
        fiji(180.0).contains(
            Territories::builtin()
                .index_of("FJ".parse().unwrap())
                .unwrap()
        )
    );
}

#[test]
fn duplicates_and_many_votes_count_as_what_they_are() {
    let one = saw(3, at(35.68, 139.69), 4_000_000);
    // The same observation a thousand times is one vote.
    let same = vec![one; 1000];
    assert_eq!(
        right("a thousand times", &same, 0),
        right("once", &[one], 0)
    );
    assert_eq!(
        right("a thousand times, f 1", &same, 1),
        Territories::builtin().all()
    );
    // In a thousand votes it is a thousand.
    let votes: Vec<Observation> = (0..1000)
        .map(|vote| Observation {
            vote: VoteId(vote),
            ..one
        })
        .collect();
    assert_eq!(
        right("a thousand votes", &votes, 255),
        right("once", &[one], 0)
    );
    assert_eq!(
        right("255 votes, f 255", &votes[..255], 255),
        Territories::builtin().all()
    );
    assert_eq!(
        right("256 votes, f 255", &votes[..256], 255),
        right("once", &[one], 0)
    );
}

#[test]
fn caps_that_contradict_each_other_leave_nothing_and_say_so() {
    let (tokyo, madrid) = (
        saw(0, at(35.68, 139.69), 1_000_000),
        saw(1, at(40.4, -3.7), 1_000_000),
    );
    assert!(right("two places at once", &[tokyo, madrid], 0).is_empty());
    let votes = consistent_without(&[tokyo, madrid], Tier::C, Territories::builtin(), 3);
    assert_eq!(votes, Some(vec![VoteId(0)]));
    // At sea, far from any land.
    assert!(right("at sea", &[saw(0, at(-40.0, -120.0), 1_000_000)], 0).is_empty());
}

#[test]
fn ten_thousand_anchors_in_as_many_votes() {
    let truth = at(50.11, 8.68);
    let many: Vec<Observation> = (0..10_000u16)
        .map(|k| {
            let position = at(f64::from(k % 179) - 89.0, f64::from(k % 359) - 179.0);
            // 10 µs a kilometre there and back is 2/3 c; the arc is at most 1.6 of the chord.
            let kilometres = chord(&position, &truth) * 1.6 * EARTH_RADIUS_M / 1000.0;
            #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
            saw(k, position, (kilometres * 10_100.0) as u64 + 2_000_000)
        })
        .collect();
    let territories = Territories::builtin();
    let germany = territories.index_of("DE".parse().unwrap()).unwrap();
    for lying in [0, 1, 255] {
        let region = locate(&many, Tier::Fibre, lying, territories).unwrap();
        assert!(region.possible().contains(germany));
    }
    assert!(right("many", &many[..300], 2).contains(germany));
}

#[test]
fn votes_up_to_the_last_number_and_observations_up_to_the_limit() {
    // All 65,536 numbers are votes; one solve takes 20,000 observations, so in slices.
    let place = at(-33.87, 151.21);
    let every: Vec<Observation> = (0..=u16::MAX)
        .map(|vote| saw(vote, place, 3_000_000))
        .collect();
    let australia = Territories::builtin()
        .index_of("AU".parse().unwrap())
        .unwrap();
    for slice in every.chunks(MAX_OBSERVATIONS) {
        let region = locate(slice, Tier::C, 255, Territories::builtin()).unwrap();
        assert!(region.possible().contains(australia) && region.possible().count() == 1);
    }
    let refused = locate(&every, Tier::C, 0, Territories::builtin());
    let (count, max) = (65_536, MAX_OBSERVATIONS);
    assert_eq!(
        refused.err(),
        Some(GeoError::TooManyObservations { count, max })
    );
    let message = GeoError::TooManyObservations { count, max }.to_string();
    assert!(
        message.contains("65536") && message.contains("20000"),
        "{message}"
    );
    assert!(
        locate(
            &every[..MAX_OBSERVATIONS + 1],
            Tier::C,
            0,
            Territories::builtin()
        )
        .is_err()
    );
}
