//! Known situations, with the answer that a person would give.
#![allow(clippy::unwrap_used, missing_docs)]

use domicile_geo::{
    CapView, Observation, Region, SpeedPpm, Territories, TerritoryMask, Tier, VoteId,
    consistent_without, convert::unit_from_degrees, locate, separation_m,
};

const FRANKFURT: (f64, f64) = (50.1109, 8.6821);
const SHENZHEN: (f64, f64) = (22.5431, 114.0579);
const HONG_KONG: (f64, f64) = (22.3193, 114.1694);
const SINGAPORE: (f64, f64) = (1.3521, 103.8198);
const TOKYO: (f64, f64) = (35.6762, 139.6503);

fn saw(vote: u16, (lat, lon): (f64, f64), micros: u64) -> Observation {
    Observation {
        vote: VoteId(vote),
        anchor: vote,
        position: unit_from_degrees(lat, lon).unwrap(),
        survey_error_m: 100,
        clock_error_ppm: 100,
        rtt_ns: micros * 1000,
    }
}

fn solve(observations: &[Observation], lying: u8) -> Region {
    locate(observations, Tier::Fibre, lying, Territories::builtin()).unwrap()
}

fn codes(mask: TerritoryMask) -> Vec<String> {
    mask.codes(Territories::builtin())
        .map(|code| code.to_string())
        .collect()
}

fn index(code: &str) -> u8 {
    Territories::builtin()
        .index_of(code.parse().unwrap())
        .unwrap()
}

#[test]
fn a_host_in_frankfurt_is_confined_by_any_two_of_three_votes() {
    let region = solve(
        &[
            saw(1, FRANKFURT, 400),
            saw(2, FRANKFURT, 500),
            saw(3, FRANKFURT, 450),
        ],
        1,
    );
    assert_eq!(codes(region.possible()), ["DE"]);
    assert!(region.excluded().contains(index("CN")) && !region.excluded().contains(index("DE")));
    // Three votes say the same: none of them alone decides.
    assert_eq!(region.deciders(), []);
    let cover = region.cover(200);
    assert!(cover.len() > 10 && cover.iter().all(|c| c.territories.contains(index("DE"))));
}

#[test]
fn with_two_votes_both_decide() {
    let region = solve(
        &[
            saw(7, FRANKFURT, 400),
            saw(2, FRANKFURT, 500),
            saw(3, TOKYO, 240_000),
        ],
        1,
    );
    assert_eq!(codes(region.possible()), ["DE"]);
    assert_eq!(region.deciders(), [VoteId(2), VoteId(7)]);
}

#[test]
fn two_anchors_of_one_trust_domain_are_one_vote() {
    let one_domain = solve(&[saw(1, FRANKFURT, 400), saw(1, FRANKFURT, 500)], 1);
    assert!(one_domain.is_unconstrained());
    assert_eq!(one_domain.possible(), Territories::builtin().all());
}

#[test]
fn a_host_shipped_to_shenzhen_is_not_in_singapore() {
    let region = solve(
        &[
            saw(1, HONG_KONG, 900),
            saw(2, HONG_KONG, 1100),
            saw(3, SINGAPORE, 36_000),
        ],
        1,
    );
    assert!(!region.possible().contains(index("SG")));
    // Hong Kong and Shenzhen cannot be told apart from there.
    assert!(region.possible().contains(index("CN")) && region.possible().contains(index("HK")));
    assert!(region.possible().is_disjoint(
        &TerritoryMask::from_codes(Territories::builtin(), &["TW".parse().unwrap()]).unwrap()
    ));
}

#[test]
fn delay_never_confines() {
    let late: Vec<_> = [(1, FRANKFURT), (2, SHENZHEN), (3, SINGAPORE), (4, TOKYO)]
        .map(|(vote, place)| saw(vote, place, 300_000))
        .into();
    assert_eq!(solve(&late, 0).possible(), Territories::builtin().all());
}

#[test]
fn an_anchor_that_shortens_is_named_and_does_not_exclude_the_truth() {
    let observations = [
        saw(1, FRANKFURT, 400),
        saw(2, FRANKFURT, 500),
        saw(3, SINGAPORE, 150_000),
        saw(9, TOKYO, 100),
    ];
    assert!(solve(&observations, 0).is_empty());
    assert_eq!(codes(solve(&observations, 1).possible()), ["DE"]);
    let without =
        |most| consistent_without(&observations, Tier::Fibre, Territories::builtin(), most);
    assert_eq!(without(1), Some(vec![VoteId(9)]));
    assert_eq!(without(0), None);
    assert!(!solve(&observations[..3], 0).cover(50).is_empty());
}

#[test]
fn of_two_votes_that_contradict_the_first_is_named() {
    let observations = [saw(8, FRANKFURT, 400), saw(5, TOKYO, 400)];
    let without = consistent_without(&observations, Tier::C, Territories::builtin(), 3);
    assert_eq!(without, Some(vec![VoteId(5)]));
    assert_eq!(solve(&observations, 0).cover(100), []);
}

#[test]
fn frankfurt_and_singapore_are_ten_thousand_kilometres_apart() {
    let a = solve(&[saw(1, FRANKFURT, 400), saw(2, FRANKFURT, 500)], 1);
    let b = solve(&[saw(1, SINGAPORE, 400), saw(2, SINGAPORE, 500)], 1);
    // 10,260 km on the ground, less two radii of about 52 km and 0.6 %.
    let apart = separation_m(&a, &b);
    assert!((9_950_000.0..10_260_000.0).contains(&apart), "{apart}");
    assert!(separation_m(&a, &a).to_bits() == 0);
    let nowhere = solve(&[], 0);
    assert!(separation_m(&a, &nowhere).to_bits() == 0);
}

#[test]
fn f_star_tells_the_speed_that_a_false_claim_would_need() {
    // New Jersey, claimed to be in Honduras (2,900 km away at the nearest): 2.3 ms.
    let region = solve(&[saw(1, (40.55, -74.46), 2_300)], 0);
    let honduras = region.f_star(index("HN")).unwrap();
    assert!(
        (SpeedPpm(7_000_000)..SpeedPpm(9_000_000)).contains(&honduras),
        "{honduras}"
    );
    assert_eq!(region.f_star(index("US")), Some(SpeedPpm(0)));
}

#[test]
fn the_poles_and_the_date_line_are_ordinary_places() {
    for (place, code) in [
        ((-90.0, 0.0), "AQ"),
        ((71.2, 180.0), "RU"),
        ((-16.8, -180.0), "FJ"),
    ] {
        let region = solve(&[saw(1, place, 700)], 0);
        assert_eq!(codes(region.possible()), [code]);
    }
    // Only sea around the north pole.
    assert!(solve(&[saw(1, (90.0, 0.0), 700)], 0).is_empty());
}

#[test]
fn views_for_maps_carry_the_radius() {
    let view = CapView::new(&saw(4, TOKYO, 10_000), Tier::C);
    assert_eq!(view.vote, VoteId(4));
    assert!((1_500_000.0..1_520_000.0).contains(&view.radius_m));
}
