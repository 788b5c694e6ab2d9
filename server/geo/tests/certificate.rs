//! Certificates of exclusion: made exactly when a territory is excluded, accepted by a
//! checker that does no search, and refused when any number in them has been changed.
#![allow(clippy::unwrap_used, missing_docs)]

use domicile_geo::{
    CellId, Certificate, ExcludedCell, GeoError, Observation, Territories, TerritoryMask, Tier,
    VoteId, Witnesses, certify, convert::unit_from_degrees, locate,
};
use proptest::prelude::*;
use proptest::test_runner::Config;

/// What a verdict says and rests on.
struct Question<'a> {
    observations: &'a [Observation],
    tier: Tier,
    lying: u8,
    excluded: TerritoryMask,
}

/// The checker: a walk that the certificate must follow to the letter.
fn check(certificate: &Certificate, question: &Question<'_>) -> Result<(), &'static str> {
    let territories = Territories::builtin();
    if certificate.territories_hash != territories.hash()
        || certificate.tier != question.tier
        || certificate.lying_votes != question.lying
        || !question
            .excluded
            .codes(territories)
            .eq(certificate.excluded.iter().copied())
    {
        return Err("another question");
    }
    let witnesses = Witnesses::new(question.observations, question.tier, question.lying)
        .map_err(|_| "too many observations")?;
    let mut listed = certificate.cells.iter();
    // The last is next.
    let mut cells: Vec<CellId> = CellId::roots().collect();
    cells.reverse();
    while let Some(cell) = cells.pop() {
        if territories.within(cell).is_disjoint(&question.excluded) {
            continue;
        }
        match witnesses.excluding(cell) {
            Some(by) => {
                if listed.next() != Some(&ExcludedCell { cell, by }) {
                    return Err("a cell that is missing or other than listed");
                }
            }
            None => cells.extend(
                cell.children()
                    .ok_or("land that is not excluded")?
                    .iter()
                    .rev(),
            ),
        }
    }
    match listed.next() {
        None => Ok(()),
        Some(_) => Err("a cell too many"),
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
            let question = Question { observations: &observations, tier, lying, excluded };
            prop_assert_eq!(check(&certificate, &question), Ok(()));
            prop_assert_eq!(Certificate::from_bytes(&certificate.to_bytes()), Ok(certificate));
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
        let question = Question { observations: &observations, tier, lying, excluded };
        let certificate = certify(&observations, tier, lying, &excluded, territories).unwrap();
        let bytes = certificate.to_bytes();
        let fails = |bytes: &[u8]| Certificate::from_bytes(bytes).map_or(true, |other| check(&other, &question).is_err());
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
            other == certificate || check(&other, &question).is_err()
        };
        prop_assert!(edited(&|cells| drop(cells.remove(picked.index(last + 1)))));
        prop_assert!(edited(&|cells| cells.push(cells[last].clone())));
        prop_assert!(edited(&|cells| cells.swap(0, picked.index(last + 1))));
        // A named observation whose round trip was longer than the certificate was made for.
        let named = usize::from(certificate.cells[picked.index(last + 1)].by[0]);
        let mut longer = observations.clone();
        longer[named].rtt_ns = 200_000_000;
        let question = Question { observations: &longer, ..question };
        prop_assert!(check(&certificate, &question).is_err());
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
