//! Comparison with an independent source: OpenStreetMap's boundaries as packed in the crate
//! `country-boundaries` (code Apache-2.0, data ODbL; a development dependency only).
#![allow(clippy::unwrap_used, missing_docs)]

use std::collections::BTreeMap;

use country_boundaries::{BOUNDARIES_ODBL_360X180, CountryBoundaries, LatLon};
use domicile_geo::{Territories, TerritoryCode, TerritoryMask, convert};

const POINTS: u32 = 100_000;

/// The territories within `km` of a point, by probing rings around it.
fn near(territories: &Territories, lat: f64, lon: f64, km: f64) -> TerritoryMask {
    let mut all = TerritoryMask::EMPTY;
    for ring in 0..=4 {
        for turn in 0..24 {
            let (distance, angle) = (
                km * f64::from(ring) / 4.0,
                f64::from(turn).to_radians() * 15.0,
            );
            let dlat = distance / 111.2 * angle.cos();
            let dlon = distance / 111.2 * angle.sin() / lat.to_radians().cos().max(0.01);
            let lon = (lon + dlon + 540.0).rem_euclid(360.0) - 180.0;
            if let Ok(point) = convert::unit_from_degrees((lat + dlat).clamp(-90.0, 90.0), lon) {
                all = all.union(&territories.contains(&point));
            }
        }
    }
    all
}

/// Where the sources differ by more than 6 km, and why.
const EXPLAINED: &[(&str, &str, &str)] = &[
    ("CD", "ZM", "islands in Lake Mweru"),
    ("ZM", "CD", "islands in Lake Mweru"),
    (
        "CA",
        "US",
        "water boundaries in the Great Lakes, drawn with fewer points",
    ),
    (
        "US",
        "CA",
        "water boundaries in the Great Lakes, drawn with fewer points",
    ),
    ("MW", "MZ", "boundary in Lake Malawi"),
    ("MZ", "MW", "boundary in Lake Malawi"),
    (
        "DZ",
        "ML",
        "straight desert border, which the sources end at different points",
    ),
    (
        "ML",
        "DZ",
        "straight desert border, which the sources end at different points",
    ),
    ("RU", "FI", "islands in the Gulf of Finland"),
    ("FI", "RU", "islands in the Gulf of Finland"),
    (
        "AR",
        "PY",
        "Yacyreta: an island of Paraguay in a reservoir, left out by the coarser source",
    ),
    (
        "PY",
        "AR",
        "Yacyreta: an island of Paraguay in a reservoir, left out by the coarser source",
    ),
];

#[test]
fn differences_from_openstreetmap_are_explained() {
    let territories = Territories::builtin();
    let osm = CountryBoundaries::from_reader(BOUNDARIES_ODBL_360X180).unwrap();
    let mut counts: BTreeMap<&str, u32> = BTreeMap::new();
    let mut unexplained = Vec::new();
    let mut state = 1u64;
    let mut random = || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        f64::from(u32::try_from(state >> 32).unwrap()) / f64::from(u32::MAX)
    };
    let mut points = 0;
    // Their areas reach far out to sea, so only points on our land are compared.
    while points < POINTS {
        let (lat, lon) = (
            (random() * 2.0 - 1.0).asin().to_degrees(),
            random() * 360.0 - 180.0,
        );
        let ours = territories.contains(&convert::unit_from_degrees(lat, lon).unwrap());
        if ours.is_empty() {
            continue;
        }
        points += 1;
        // The most specific code comes first: GF before FR. Codes that ISO only reserves
        // (IC, TA, DG, ...) are passed over.
        let theirs = osm
            .ids(LatLon::new(lat, lon).unwrap())
            .iter()
            .find_map(|id| territories.index_of(id.parse().ok()?));
        let mine: Vec<TerritoryCode> = ours.codes(territories).collect();
        let class = match theirs {
            None if mine.iter().all(|code| code.as_str() == "AQ") => {
                "Antarctica, which they leave out"
            }
            None => "land that they give to nobody",
            Some(index) if ours.contains(index) => "same",
            Some(index) if near(territories, lat, lon, 6.0).contains(index) => "border within 6 km",
            Some(index) => {
                let code = territories.code(index).unwrap();
                let explained = EXPLAINED.iter().any(|(our, their, _)| {
                    *their == code.as_str() && mine.iter().any(|c| c.as_str() == *our)
                });
                if !explained {
                    unexplained.push(format!("{lat:.3} {lon:.3}: ours {mine:?}, theirs {code}"));
                }
                "explained"
            }
        };
        *counts.entry(class).or_default() += 1;
    }
    assert!(unexplained.is_empty(), "{unexplained:#?} {counts:#?}");
    let of = |class| counts.get(class).copied().unwrap_or(0);
    assert!(
        of("explained") <= 20 && of("land that they give to nobody") <= 20,
        "{counts:#?}"
    );
    assert!(of("border within 6 km") <= 300, "{counts:#?}");
    assert!(of("same") >= 90_000, "{counts:#?}");
    eprintln!("{counts:#?}");
}
