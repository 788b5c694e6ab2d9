//! Choosing some of given places for anchors.

use super::coverage::{Coverage, Measurer};
use super::{PathModel, distance_m};
use crate::cap::Tier;
use crate::mesh::Site;
use crate::sphere::UnitVec;
use crate::territories::Territories;
use crate::territory::TerritoryMask;

/// A place for which territories are to be excluded.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Place {
    /// Where.
    pub position: UnitVec,
    /// The territories to exclude there.
    pub wanted: TerritoryMask,
    /// What each of its pairs counts; positive.
    pub weight: f64,
    /// The candidate that is this place itself and so does not measure it.
    pub own: Option<usize>,
}

/// Chooses `count` of `candidates` (or all), each time the one that adds most votes to pairs of
/// place and territory that fewer than *f* + 1 votes exclude alone; of equals the first. When no
/// pair can be helped, one vote more is asked for. In the order of choice.
///
/// The sum of votes that it raises is submodular: the greedy choice reaches at least 63 % of the
/// best choice's sum, and what a candidate brings only falls as others are chosen.
pub fn by_exclusion(
    candidates: &[Site],
    places: &[Place],
    count: usize,
    (path, tier, lying_votes): (PathModel, Tier, u8),
    territories: &Territories,
) -> Vec<usize> {
    let wanted = places
        .iter()
        .fold(TerritoryMask::EMPTY, |all, place| all.union(&place.wanted));
    let measurers: Vec<Measurer> = candidates
        .iter()
        .map(|site| Measurer::new(*site, &wanted, territories))
        .collect();
    let mut coverage = Coverage::new(places, path, tier, lying_votes);
    let mut left: Vec<Left> = (0..candidates.len()).map(Left::unknown).collect();
    let mut chosen = Vec::new();
    let mut fruitless = false;
    while chosen.len() < count && !left.is_empty() {
        let (place, best) = first_best(left.iter().map(|one| one.at_most));
        let candidate = left[place].candidate;
        if left[place].known_after != Some(chosen.len()) {
            let gain = coverage.gain(&measurers[candidate], Some(candidate), None);
            left[place].at_most = gain.votes;
            left[place].known_after = Some(chosen.len());
        } else if best <= 0.0 && !fruitless {
            coverage.deepen();
            left = left
                .iter()
                .map(|one| Left::unknown(one.candidate))
                .collect();
            fruitless = true;
        } else {
            fruitless = best <= 0.0;
            coverage.add(&measurers[candidate], Some(candidate));
            chosen.push(candidate);
            left.remove(place);
        }
    }
    chosen
}

/// A candidate not chosen yet.
struct Left {
    candidate: usize,
    /// What it brings, or brought when less was chosen, which was no less.
    at_most: f64,
    /// After how many choices that was computed.
    known_after: Option<usize>,
}

impl Left {
    fn unknown(candidate: usize) -> Self {
        Self {
            candidate,
            at_most: f64::INFINITY,
            known_after: None,
        }
    }
}

/// Chooses `count` of `candidates` (or all), each time the one with most weight of places within
/// `radius_m` that no chosen one has yet; of equals the first. When none has any, all places
/// count again. In the order of choice.
pub fn by_weight_reached(
    candidates: &[UnitVec],
    places: &[(UnitVec, f64)],
    count: usize,
    radius_m: f64,
) -> Vec<usize> {
    let within: Vec<Vec<usize>> = candidates
        .iter()
        .map(|candidate| {
            let near = |place: &usize| distance_m(candidate, &places[*place].0) <= radius_m;
            (0..places.len()).filter(near).collect()
        })
        .collect();
    let mut reached = vec![false; places.len()];
    let mut left: Vec<usize> = (0..candidates.len()).collect();
    let mut chosen = Vec::new();
    let mut fruitless = false;
    while chosen.len() < count && !left.is_empty() {
        let fresh = |candidate: &usize| -> f64 {
            let near = within[*candidate].iter();
            let fresh = near.filter(|place| !reached[**place]);
            fresh.map(|place| places[*place].1).sum()
        };
        let (place, best) = first_best(left.iter().map(fresh));
        if best <= 0.0 && !fruitless {
            reached.fill(false);
            fruitless = true;
            continue;
        }
        fruitless = best <= 0.0;
        let candidate = left.remove(place);
        within[candidate]
            .iter()
            .for_each(|&place| reached[place] = true);
        chosen.push(candidate);
    }
    chosen
}

/// The place of the first of the largest, and the largest; a default one of none.
pub(super) fn first_best<T: PartialOrd + Default + Copy>(
    of: impl Iterator<Item = T>,
) -> (usize, T) {
    let mut best = (0, T::default());
    for (place, one) in of.enumerate() {
        if one > best.1 {
            best = (place, one);
        }
    }
    best
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::VoteId;
    use crate::convert::unit_from_degrees;
    use proptest::prelude::*;

    /// As [`by_exclusion`], every candidate asked each time; ends when none brings anything.
    fn by_asking_all(sites: &[Site], places: &[Place], lying_votes: u8) -> Vec<usize> {
        let territories = Territories::builtin();
        let all = territories.all();
        let measurers: Vec<Measurer> = sites
            .iter()
            .map(|site| Measurer::new(*site, &all, territories))
            .collect();
        let mut coverage = Coverage::new(places, PathModel::default(), Tier::Fibre, lying_votes);
        let mut chosen: Vec<usize> = Vec::new();
        loop {
            let votes = |number: usize| {
                let taken = chosen.contains(&number);
                let gain = coverage.gain(&measurers[number], Some(number), None);
                if taken { 0.0 } else { gain.votes }
            };
            let (best, votes) = first_best((0..sites.len()).map(votes));
            if votes <= 0.0 {
                return chosen;
            }
            coverage.add(&measurers[best], Some(best));
            chosen.push(best);
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(30))]
        #[test]
        fn asking_only_those_that_may_be_best_chooses_the_same(
            sites in proptest::collection::vec((0u16..4, -50.0f64..60.0, -180.0f64..180.0), 1..9),
            lying in 0u8..3,
        ) {
            let sites: Vec<Site> = sites.into_iter().map(|(vote, lat, lon)| Site {
                vote: VoteId(vote),
                position: unit_from_degrees(lat, lon).unwrap(),
                survey_error_m: 0,
                clock_error_ppm: 0,
            }).collect();
            let territories = Territories::builtin();
            let places: Vec<Place> = sites.iter().enumerate().map(|(number, site)| Place {
                position: site.position,
                wanted: territories.all(),
                weight: 1.0,
                own: (number % 2 == 0).then_some(number),
            }).collect();
            let slow = by_asking_all(&sites, &places, lying);
            let setting = (PathModel::default(), Tier::Fibre, lying);
            let fast = by_exclusion(&sites, &places, slow.len(), setting, territories);
            prop_assert_eq!(fast, slow);
        }
    }
}
