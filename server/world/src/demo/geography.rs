//! The demo's metros and anchors.

use crate::place::{Node, Point};
use crate::plan::{AnchorPlan, MetroPlan, StopwatchPlan};

/// The metros: id, name, territory, latitude, longitude.
const METROS: [(&str, &str, &str, f64, f64); 13] = [
    ("sin", "Singapore", "SG", 1.30, 103.83),
    ("hkg", "Hong Kong", "HK", 22.32, 114.17),
    ("tpe", "Taipei", "TW", 25.04, 121.50),
    ("nrt", "Tokyo", "JP", 35.68, 139.69),
    ("icn", "Seoul", "KR", 37.55, 126.99),
    ("bom", "Mumbai", "IN", 19.10, 72.88),
    ("syd", "Sydney", "AU", -33.87, 151.05),
    ("fra", "Frankfurt", "DE", 50.11, 8.68),
    ("lhr", "London", "GB", 51.51, -0.13),
    ("jnb", "Johannesburg", "ZA", -26.20, 28.05),
    ("iad", "Ashburn", "US", 39.04, -77.49),
    ("sfo", "San Francisco", "US", 37.50, -122.10),
    ("gru", "Sao Paulo", "BR", -23.55, -46.63),
];

/// The trust domains; each metro has anchors of three of them.
const TRUST_DOMAINS: [&str; 5] = [
    "aurora-hosting",
    "blue-ridge-colo",
    "cordillera-net",
    "delta-exchange",
    "evergreen-ix",
];

/// The anchor that shortens every time, and by how much.
pub(super) const SHORT_LIAR: (&str, f64) = ("fra-b", 0.4);
/// The anchor that lengthens every time.
pub(super) const LONG_LIAR: (&str, f64) = ("nrt-c", 2.5);

/// Where hosts really are when that is no metro of the directory.
pub(super) const SHENZHEN: Point = Point::new(22.54, 114.06);

/// The metros.
pub(super) fn metros() -> Vec<MetroPlan> {
    METROS
        .iter()
        .map(|(id, name, territory, latitude, longitude)| MetroPlan {
            id: (*id).into(),
            name: (*name).into(),
            territory: (*territory).into(),
            point: Point::new(*latitude, *longitude),
        })
        .collect()
}

/// Index of a metro.
///
/// # Panics
/// When there is no such metro: the ids are constants of this module's callers, checked by tests.
pub(super) fn metro(id: &str) -> usize {
    METROS
        .iter()
        .position(|metro| metro.0 == id)
        .expect("a metro of the table")
}

/// Three anchors of different trust domains in each metro, some kilometres apart.
pub(super) fn anchors() -> Vec<AnchorPlan> {
    let mut anchors = Vec::new();
    for (metro, place) in metros().iter().enumerate() {
        for (number, letter) in ["a", "b", "c"].into_iter().enumerate() {
            let name = format!("{}-{letter}", place.id);
            let stopwatch = [SHORT_LIAR, LONG_LIAR]
                .into_iter()
                .find(|(liar, _)| *liar == name)
                .map_or(StopwatchPlan::Honest, |(_, factor)| {
                    StopwatchPlan::Lying(factor)
                });
            let bearing = [20.0, 140.0, 260.0][number];
            anchors.push(AnchorPlan {
                trust_domain: TRUST_DOMAINS[(metro + 2 * number) % TRUST_DOMAINS.len()].into(),
                point: place.point.towards(bearing, 6_000.0),
                metro,
                name,
                survey_error_m: 100,
                stopwatch,
            });
        }
    }
    anchors
}

/// An anchor as an end of paths.
pub(super) fn node(anchor: &AnchorPlan) -> Node {
    Node::new(anchor.name.clone(), anchor.point)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use domicile_geo::{Territories, UnitVec};
    use std::collections::HashSet;

    #[test]
    fn three_trust_domains_in_each_metro_and_all_on_its_land() {
        let (metros, anchors) = (metros(), anchors());
        assert!(metros.len() >= 12 && anchors.len() >= 34);
        let territories = Territories::builtin();
        for (index, metro) in metros.iter().enumerate() {
            let here: Vec<_> = anchors.iter().filter(|a| a.metro == index).collect();
            let domains: HashSet<_> = here.iter().map(|a| &a.trust_domain).collect();
            assert_eq!(domains.len(), 3, "{}", metro.id);
            let [x, y, z] = metro.point.unit();
            let found = territories.contains(&UnitVec::new(x, y, z).unwrap());
            let index = territories.index_of(metro.territory.parse().unwrap());
            assert!(found.contains(index.unwrap()), "{}", metro.id);
        }
        let names: HashSet<_> = anchors.iter().map(|a| &a.name).collect();
        assert_eq!(names.len(), anchors.len());
    }

    #[test]
    fn both_liars_exist_and_belong_to_different_votes() {
        let anchors = anchors();
        let find = |name| anchors.iter().find(|a| a.name == name).unwrap();
        let (short, long) = (find(SHORT_LIAR.0), find(LONG_LIAR.0));
        assert!(matches!(short.stopwatch, StopwatchPlan::Lying(f) if f < 1.0));
        assert!(matches!(long.stopwatch, StopwatchPlan::Lying(f) if f > 1.0));
        assert_ne!(short.trust_domain, long.trust_domain);
    }
}
