//! What is believed of one host.

use std::collections::BTreeMap;

use super::grades::Grades;
use super::mesh::{by_components, km};
use super::places::Place;
use crate::cities::Cities;
use crate::sphere::{EARTH_RADIUS_M, UnitVec, dot};
use crate::territory::TerritoryCode;

/// At this distance an error counts half as much as one over the whole Earth, km: a city that
/// is wrong is wrong, however far.
const HALF_ERROR_KM: f64 = 300.0;

/// So many of the most likely places can be the estimate.
const MAX_ESTIMATES: usize = 200;

/// How far from its middle a city reaches, km: no ellipse is smaller.
const CITY_KM: f64 = 10.0;

/// A place with its probability.
#[derive(Debug, Clone, PartialEq)]
pub struct LikelyPlace {
    /// The city; for an anchor's site the nearest one.
    pub city: String,
    /// Whose land it is on.
    pub territory: TerritoryCode,
    /// Where.
    pub position: UnitVec,
    /// Whether it is the site of an anchor rather than a city.
    pub is_site: bool,
    /// 0 to 1.
    pub probability: f64,
}

/// An ellipse on the ground.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ellipse {
    /// Its middle.
    pub center: UnitVec,
    /// The longer half-axis, km.
    pub major_km: f64,
    /// The shorter half-axis, km.
    pub minor_km: f64,
    /// Direction of the longer axis, degrees clockwise from north, 0 to 180.
    pub bearing_degrees: f64,
}

/// Where a host is likely to be. **Statistics**: a host that delays its answers makes this
/// whatever it likes. It is for maps and for people, and no verdict depends on it.
#[derive(Debug, Clone, PartialEq)]
pub struct Belief {
    places: Vec<LikelyPlace>,
    territories: Vec<(TerritoryCode, f64)>,
    estimate: Option<UnitVec>,
}

impl Belief {
    /// Out of the probabilities of some places.
    pub(super) fn new(
        mut posterior: Vec<(usize, f64)>,
        grades: &Grades,
        places: &[Place],
        cities: &Cities,
    ) -> Self {
        let before = by_territory(&posterior, places);
        let mut graded: Vec<f64> = before.values().copied().collect();
        grades.apply(&mut graded);
        let territories = before.keys().copied().zip(graded);
        let mut territories: Vec<(TerritoryCode, f64)> = territories.collect();
        for (place, probability) in &mut posterior {
            let territory = places[*place].territory;
            let found = territories.binary_search_by_key(&territory, |(code, _)| *code);
            let after = found.map_or(0.0, |index| territories[index].1);
            *probability *= after / before[&territory].max(f64::MIN_POSITIVE);
        }
        posterior.sort_by(|(a, p), (b, q)| q.total_cmp(p).then(a.cmp(b)));
        territories.sort_by(|(a, p), (b, q)| q.total_cmp(p).then(a.cmp(b)));
        let estimate = estimate(&posterior, places);
        let likely = |(index, probability): (usize, f64)| {
            let place = &places[index];
            LikelyPlace {
                city: cities.as_slice()[place.city].name.clone(),
                territory: place.territory,
                position: UnitVec::from_direction(place.position),
                is_site: !place.sites.is_empty(),
                probability,
            }
        };
        Self {
            places: posterior.into_iter().map(likely).collect(),
            territories,
            estimate,
        }
    }

    /// The places that light in fibre reaches, the most likely first. Their probabilities add
    /// up to 1. Empty only when there is no city to be in.
    pub fn places(&self) -> &[LikelyPlace] {
        &self.places
    }

    /// The probability of each territory that has any, the most likely first.
    pub fn territories(&self) -> &[(TerritoryCode, f64)] {
        &self.territories
    }

    /// The probability of a territory.
    pub fn probability(&self, territory: TerritoryCode) -> f64 {
        let mut all = self.territories.iter();
        all.find(|(code, _)| *code == territory)
            .map_or(0.0, |t| t.1)
    }

    /// The place that is the best answer when only one can be given: the one whose expected
    /// error is least, where an error of *d* km counts as *d* / (*d* + 300 km).
    pub fn estimate(&self) -> Option<UnitVec> {
        self.estimate
    }

    /// The fewest places that have at least this probability together (0 to 1), the most
    /// likely first.
    pub fn region(&self, probability: f64) -> &[LikelyPlace] {
        let mut sum = 0.0;
        let is_needed = |place: &&LikelyPlace| {
            let is_short = sum < probability;
            sum += place.probability;
            is_short
        };
        let count = self.places.iter().take_while(is_needed).count();
        &self.places[..count]
    }

    /// The ellipse that would have this probability (up to 0.999) if the places of the
    /// [`Belief::region`] were normally distributed; for a map, where they are on one
    /// continent. `None` when there is no place.
    pub fn ellipse(&self, probability: f64) -> Option<Ellipse> {
        let region = self.region(probability);
        let mut mean = [0.0; 3];
        for place in region {
            for (sum, component) in mean.iter_mut().zip(place.position.components()) {
                *sum += place.probability * component;
            }
        }
        let all: f64 = region.iter().map(|place| place.probability).sum();
        // Places all around the Earth have no middle: then the most likely place is it.
        let first = region.first()?;
        let center = if dot(&mean, &mean) > 1e-6 * all * all {
            UnitVec::from_direction(mean)
        } else {
            first.position
        };
        let (mut xx, mut xy, mut yy) = (0.0, 0.0, 0.0);
        for place in region {
            let (east, north) = on_map(&center, &place.position);
            let share = place.probability / all;
            xx += share * east * east;
            xy += share * east * north;
            yy += share * north * north;
        }
        let (half_sum, half_difference) = ((xx + yy) / 2.0, (xx - yy) / 2.0);
        let root = (half_difference * half_difference + xy * xy).sqrt();
        let scale = -2.0 * (1.0 - probability.clamp(0.0, 0.999)).ln();
        let axis = |variance: f64| (variance.max(0.0) * scale).sqrt().max(CITY_KM);
        let from_east = 0.5 * xy.atan2(half_difference).to_degrees();
        Some(Ellipse {
            center,
            major_km: axis(half_sum + root),
            minor_km: axis(half_sum - root),
            bearing_degrees: (90.0 - from_east).rem_euclid(180.0),
        })
    }
}

/// What the places of each territory have together.
pub(super) fn by_territory(
    posterior: &[(usize, f64)],
    places: &[Place],
) -> BTreeMap<TerritoryCode, f64> {
    let mut sums: BTreeMap<TerritoryCode, f64> = BTreeMap::new();
    for (place, probability) in posterior {
        *sums.entry(places[*place].territory).or_default() += probability;
    }
    sums
}

/// A point on the map around a centre that keeps distance and direction: km east and north.
fn on_map(center: &UnitVec, point: &UnitVec) -> (f64, f64) {
    let (c, p) = (center.normalized(), point.normalized());
    let flat = (c[0] * c[0] + c[1] * c[1]).sqrt();
    // At a pole every direction is as good as another.
    let east = if flat > 1e-9 {
        [-c[1] / flat, c[0] / flat, 0.0]
    } else {
        [0.0, 1.0, 0.0]
    };
    let north = [
        c[1] * east[2] - c[2] * east[1],
        c[2] * east[0] - c[0] * east[2],
        c[0] * east[1] - c[1] * east[0],
    ];
    let (x, y) = (dot(&p, &east), dot(&p, &north));
    let length = (x * x + y * y).sqrt();
    if length < 1e-12 {
        return (0.0, 0.0);
    }
    let far = km(&c, &p).min(std::f64::consts::PI * EARTH_RADIUS_M / 1000.0);
    (x / length * far, y / length * far)
}

/// The probabilities of these logarithms of weights.
pub(super) fn softmax(mut weighed: Vec<(usize, f64)>) -> Vec<(usize, f64)> {
    let logs = weighed.iter().map(|(_, log)| *log);
    let largest = logs.fold(f64::NEG_INFINITY, f64::max);
    let mut sum = 0.0;
    for (_, weight) in &mut weighed {
        *weight = (*weight - largest).exp();
        sum += *weight;
    }
    weighed.iter_mut().for_each(|(_, weight)| *weight /= sum);
    weighed
}

/// `posterior` is by falling probability.
fn estimate(posterior: &[(usize, f64)], places: &[Place]) -> Option<UnitVec> {
    let likely = &posterior[..posterior.len().min(MAX_ESTIMATES)];
    let position = |place: usize| &places[place].position;
    let error = |guess: usize| {
        let each = likely.iter().map(|(place, probability)| {
            let error = km(position(guess), position(*place));
            probability * error / (error + HALF_ERROR_KM)
        });
        each.sum::<f64>()
    };
    let errors = likely.iter().map(|(guess, _)| (error(*guess), *guess));
    let best = errors.min_by(|(a, x), (b, y)| {
        let tie = || by_components(position(*x), position(*y));
        a.total_cmp(b).then_with(tie)
    });
    best.map(|(_, guess)| UnitVec::from_direction(*position(guess)))
}
