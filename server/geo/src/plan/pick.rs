//! Choosing some of given places for anchors.

use super::coverage::{Coverage, Gain, Measurer};
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

/// Chooses `count` of `candidates` (or all), each time the one that lets most pairs of place and
/// territory be excluded alone by *f* + 1 votes, then the one that brings most pairs a vote
/// nearer to that; of equals the first. When every pair has its votes, one more is asked for.
/// In the order of choice.
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
    let mut left: Vec<usize> = (0..candidates.len()).collect();
    let mut chosen = Vec::new();
    let mut fruitless = false;
    while chosen.len() < count && !left.is_empty() {
        let gain =
            |candidate: &usize| coverage.gain(&measurers[*candidate], Some(*candidate), None);
        let (place, best) = first_best(left.iter().map(gain));
        if best == Gain::default() && !fruitless {
            coverage.deepen();
            fruitless = true;
            continue;
        }
        fruitless = best == Gain::default();
        let candidate = left.remove(place);
        coverage.add(&measurers[candidate], Some(candidate));
        chosen.push(candidate);
    }
    chosen
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
