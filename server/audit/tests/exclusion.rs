//! Certificates of exclusion: made exactly when a territory is excluded, accepted by a
//! checker that does no search, and refused when any number in them has been changed.
#![allow(clippy::unwrap_used, missing_docs)]

use domicile_audit::exclusion::{ExclusionError, ExclusionQuestion, check_exclusion};
use domicile_geo::{
    CellId, Certificate, EARTH_RADIUS_M, ExcludedCell, GeoError, LEAF_LEVEL, Observation,
    Territories, TerritoryMask, Tier, UnitVec, VoteId, certify, convert::unit_from_degrees, locate,
    reach_m,
};
use proptest::prelude::*;
use proptest::test_runner::Config;

/// The question that a certificate for `excluded` answers.
fn question(
    observations: &[Observation],
    tier: Tier,
    lying_votes: u8,
    excluded: TerritoryMask,
) -> ExclusionQuestion<'_> {
    ExclusionQuestion {
        observations,
        tier,
        lying_votes,
        excluded,
        territories: Territories::builtin(),
    }
}

fn observations() -> impl Strategy<Value = Vec<Observation>> {
    // Anchors around one place in Europe or South-East Asia, so that there are near borders.
    let place = prop_oneof![Just((48.0, 9.0)), Just((2.0, 104.0)), Just((-15.0, -60.0))];
    let anchor = (-6.0f64..6.0, -6.0f64..6.0, 0u16..6, 200u64..12_000);
    (place, prop::collection::vec(anchor, 2..12)).prop_map(|((lat, lon), anchors)| {
        (0u16..)
            .zip(anchors)
            .map(|(anchor, (north, east, vote, micros))| Observation {
                vote: VoteId(vote),
                anchor,
                position: unit_from_degrees(lat + north, lon + east).unwrap(),
                survey_error_m: 100,
                clock_error_ppm: 100,
                rtt_ns: micros * 1000,
            })
            .collect()
    })
}

fn tier() -> impl Strategy<Value = Tier> {
    prop::sample::select(Tier::ALL.to_vec())
}

/// Metres on the sphere, with the platform's mathematics.
fn ground_m(a: &UnitVec, b: &UnitVec) -> f64 {
    let (a, b) = (a.components(), b.components());
    let square: f64 = (0..3).map(|k| (a[k] - b[k]) * (a[k] - b[k])).sum();
    2.0 * (square.sqrt() / 2.0).min(1.0).asin() * EARTH_RADIUS_M
}

/// Some leaves with land of these territories.
fn leaves_of(excluded: &TerritoryMask) -> Vec<CellId> {
    let territories = Territories::builtin();
    let undivided = territories.undivided_cells().step_by(9_973);
    let land = undivided.filter(|(_, set)| !set.is_disjoint(excluded));
    let first = |mut cell: CellId| {
        while let Some(children) = cell.children() {
            cell = children[0];
        }
        cell
    };
    land.map(|(cell, _)| first(cell)).collect()
}

fn only(index: u8) -> TerritoryMask {
    let mut mask = TerritoryMask::EMPTY;
    mask.insert(index);
    mask
}

proptest! {
    #![proptest_config(Config::with_cases(60))]

    #[test]
    fn made_exactly_when_excluded_and_accepted(observations in observations(), tier in tier(), lying in 0u8..3) {
        let territories = Territories::builtin();
        let region = locate(&observations, tier, lying, territories).unwrap();
        for index in region.possible().iter() {
            let code = territories.code(index).unwrap().to_string();
            prop_assert_eq!(certify(&observations, tier, lying, &only(index), territories),
                Err(GeoError::NotExcluded(code)));
        }
        let excluded = region.excluded();
        if !excluded.is_empty() {
            let certificate = certify(&observations, tier, lying, &excluded, territories).unwrap();
            let question = question(&observations, tier, lying, excluded);
            prop_assert_eq!(check_exclusion(&certificate, &question), Ok(()));
            prop_assert_eq!(Certificate::from_bytes(&certificate.to_bytes()), Ok(certificate));
        }
    }

    #[test]
    fn what_is_certified_is_so_by_the_definition(observations in observations(), tier in tier(), lying in 0u8..3,
        points in prop::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>()), 40)) {
        let territories = Territories::builtin();
        let excluded = locate(&observations, tier, lying, territories).unwrap().excluded();
        if excluded.is_empty() {
            return Ok(());
        }
        let certificate = certify(&observations, tier, lying, &excluded, territories).unwrap();
        for (cell, corner) in points {
            let listed = &certificate.cells[cell.index(certificate.cells.len())];
            let mut cell = listed.cell;
            while cell.level() < LEAF_LEVEL {
                cell = cell.children().unwrap()[corner.index(4)];
            }
            let point = cell.corners()[corner.index(4)];
            let mut votes = Vec::new();
            for place in &listed.by {
                let by = &observations[usize::from(*place)];
                prop_assert!(ground_m(&point, &by.position) > reach_m(by, tier.speed()));
                votes.push(by.vote);
            }
            votes.sort_unstable();
            votes.dedup();
            prop_assert_eq!(votes.len(), usize::from(lying) + 1);
        }
        // All land of the excluded territories is in a listed cell.
        let holds = |inner: CellId| certificate.cells.iter().any(|listed| {
            let shift = inner.level().saturating_sub(listed.cell.level());
            listed.cell.level() <= inner.level()
                && (listed.cell.face(), listed.cell.i(), listed.cell.j()) == (inner.face(), inner.i() >> shift, inner.j() >> shift)
        });
        for leaf in leaves_of(&excluded) {
            prop_assert!(holds(leaf));
        }
    }

    #[test]
    fn changed_in_any_number_it_fails(observations in observations(), tier in tier(), lying in 0u8..2,
        picked in any::<prop::sample::Index>(), changes in prop::collection::vec((any::<prop::sample::Index>(), 1u8..), 40)) {
        let territories = Territories::builtin();
        let region = locate(&observations, tier, lying, territories).unwrap();
        let all: Vec<u8> = region.excluded().iter().collect();
        if all.is_empty() {
            return Ok(());
        }
        let excluded = only(all[picked.index(all.len())]);
        let question = question(&observations, tier, lying, excluded);
        let certificate = certify(&observations, tier, lying, &excluded, territories).unwrap();
        let bytes = certificate.to_bytes();
        let fails = |bytes: &[u8]| Certificate::from_bytes(bytes).map_or(true, |other| check_exclusion(&other, &question).is_err());
        prop_assert!(!fails(&bytes));
        for (at, change) in changes {
            let mut changed = bytes.clone();
            changed[at.index(bytes.len())] ^= change;
            prop_assert!(fails(&changed), "byte {} ^ {change}", at.index(bytes.len()));
        }
        prop_assert!(fails(&bytes[..bytes.len() - 1]) && fails(&[&bytes[..], &[0]].concat()));
        // Cells left out, doubled or exchanged.
        let last = certificate.cells.len() - 1;
        let edited = |edit: &dyn Fn(&mut Vec<ExcludedCell>)| {
            let mut other = certificate.clone();
            edit(&mut other.cells);
            other == certificate || check_exclusion(&other, &question).is_err()
        };
        prop_assert!(edited(&|cells| drop(cells.remove(picked.index(last + 1)))));
        prop_assert!(edited(&|cells| cells.push(cells[last].clone())));
        prop_assert!(edited(&|cells| cells.swap(0, picked.index(last + 1))));
        // A named observation whose round trip was longer than the certificate was made for.
        let named = usize::from(certificate.cells[picked.index(last + 1)].by[0]);
        let mut longer = observations.clone();
        longer[named].rtt_ns = 200_000_000;
        let question = ExclusionQuestion { observations: &longer, ..question };
        prop_assert!(check_exclusion(&certificate, &question).is_err());
    }

    #[test]
    fn any_bytes_are_answered(bytes in prop::collection::vec(any::<u8>(), 0..200), head in any::<bool>()) {
        let bytes = if head { [&b"DOMCERT1"[..], &bytes].concat() } else { bytes };
        if let Ok(certificate) = Certificate::from_bytes(&bytes) {
            prop_assert_eq!(certificate.to_bytes(), bytes);
        }
    }
}

#[test]
fn a_host_in_frankfurt_is_certified_out_of_china_in_a_few_hundred_bytes() {
    let saw = |vote, micros: u64| Observation {
        vote: VoteId(vote),
        anchor: vote,
        position: unit_from_degrees(50.1109, 8.6821).unwrap(),
        survey_error_m: 100,
        clock_error_ppm: 100,
        rtt_ns: micros * 1000,
    };
    let observations = [saw(1, 400), saw(2, 500), saw(3, 450)];
    let territories = Territories::builtin();
    let china = TerritoryMask::from_codes(territories, &["CN".parse().unwrap()]).unwrap();
    let certificate = certify(&observations, Tier::C, 1, &china, territories).unwrap();
    assert!(certificate.cells.iter().all(|cell| cell.by == [0, 2]));
    let size = certificate.to_bytes().len();
    assert!(size < 300, "{size} bytes");
    let germany = TerritoryMask::from_codes(territories, &["DE".parse().unwrap()]).unwrap();
    assert_eq!(
        certify(&observations, Tier::C, 1, &germany, territories),
        Err(GeoError::NotExcluded("DE".into()))
    );
    assert!(
        certify(
            &observations,
            Tier::C,
            1,
            &TerritoryMask::EMPTY,
            territories
        )
        .is_err()
    );
}

#[test]
fn each_way_to_fail_is_named() {
    let observations: Vec<Observation> = (0..3)
        .map(|vote| Observation {
            vote: VoteId(vote),
            anchor: vote,
            position: unit_from_degrees(50.1109, 8.6821).unwrap(),
            survey_error_m: 100,
            clock_error_ppm: 100,
            rtt_ns: 400_000,
        })
        .collect();
    let territories = Territories::builtin();
    let china = TerritoryMask::from_codes(territories, &["CN".parse().unwrap()]).unwrap();
    let made = certify(&observations, Tier::C, 1, &china, territories).unwrap();
    let asked = question(&observations, Tier::C, 1, china);
    assert_eq!(check_exclusion(&made, &asked), Ok(()));
    let with = |change: &dyn Fn(&mut Certificate)| {
        let mut other = made.clone();
        change(&mut other);
        check_exclusion(&other, &asked).unwrap_err()
    };
    let first = made.cells[0].clone();
    let question_error = |what| ExclusionError::Question(what);
    assert_eq!(
        with(&|c| c.territories_hash[0] ^= 1),
        question_error("the territories")
    );
    assert_eq!(
        with(&|c| c.tier = Tier::Fibre),
        question_error("the tier or the lying votes")
    );
    assert_eq!(
        with(&|c| c.lying_votes = 0),
        question_error("the tier or the lying votes")
    );
    assert_eq!(
        with(&|c| c.excluded.clear()),
        question_error("the territories")
    );
    assert_eq!(
        with(&|c| drop(c.cells.remove(0))),
        ExclusionError::Cell(first.cell)
    );
    assert!(matches!(
        with(&|c| c.cells.clear()),
        ExclusionError::Cell(_)
    ));
    assert_eq!(
        with(&|c| c.cells.push(first.clone())),
        ExclusionError::Surplus
    );
    let other_votes = with(&|c| c.cells[0].by = vec![0, 2]);
    assert!(matches!(other_votes, ExclusionError::Witnesses(cell, _) if cell == first.cell));
    let nothing = question(&observations, Tier::C, 1, TerritoryMask::EMPTY);
    let mut empty = made.clone();
    (empty.excluded, empty.cells) = (Vec::new(), Vec::new());
    assert_eq!(
        check_exclusion(&empty, &nothing),
        Err(question_error("the territories"))
    );
    // The observations of another session: there China is not excluded.
    let far: Vec<Observation> = observations
        .iter()
        .map(|o| Observation {
            rtt_ns: 150_000_000,
            ..*o
        })
        .collect();
    assert!(check_exclusion(&made, &question(&far, Tier::C, 1, china)).is_err());
}
