//! The mesh as the belief uses it: sites in an order that no caller chooses, the shortest
//! round trip of each pair.

use std::cmp::Ordering;

use super::matrix::Square;
use super::shape::likeness;
use crate::mesh::{MeshSample, Site};
use crate::sphere::{EARTH_RADIUS_M, chord};

/// The most sites that a model uses; of more, evenly spaced ones.
pub(super) const MAX_SITES: usize = 512;

/// Great-circle distance of two points, km.
pub(super) fn km(a: &[f64; 3], b: &[f64; 3]) -> f64 {
    2.0 * (chord(a, b) / 2.0).min(1.0).asin() * (EARTH_RADIUS_M / 1000.0)
}

/// The mesh.
#[derive(Debug, Clone)]
pub(super) struct Mesh {
    pub(super) sites: Vec<Site>,
    /// Their positions.
    pub(super) positions: Vec<[f64; 3]>,
    /// For each site of the caller its place in `sites`.
    pub(super) places: Vec<Option<usize>>,
    /// Distances, km.
    distances: Square,
    /// How alike what two sites measure is.
    likenesses: Square,
    /// Milliseconds; infinite where nothing was measured.
    round_trips: Square,
}

impl Mesh {
    /// Samples of sites that are not in the list, and of a site with itself, do not count.
    pub(super) fn new(sites: &[Site], samples: &[MeshSample]) -> Self {
        let order = order(sites, samples);
        let mut places = vec![None; sites.len()];
        for (place, site) in order.iter().enumerate() {
            places[*site] = Some(place);
        }
        let positions: Vec<[f64; 3]> = order
            .iter()
            .map(|site| sites[*site].position.normalized())
            .collect();
        let size = positions.len();
        let distances = Square::from_fn(size, |a, b| km(&positions[a], &positions[b]));
        let likenesses = Square::from_fn(size, |a, b| likeness(distances.at(a, b)));
        let mut round_trips = Square::from_fn(size, |_, _| f64::INFINITY);
        for sample in samples {
            let place = |site: u16| places.get(usize::from(site)).copied().flatten();
            let (Some(a), Some(b)) = (place(sample.measurer), place(sample.responder)) else {
                continue;
            };
            if a != b {
                let shortest = round_trips.at(a, b).min(milliseconds(sample.rtt_ns));
                round_trips.set(a, b, shortest);
                round_trips.set(b, a, shortest);
            }
        }
        Self {
            sites: order.into_iter().map(|site| sites[site]).collect(),
            positions,
            places,
            distances,
            likenesses,
            round_trips,
        }
    }

    pub(super) fn km(&self, a: usize, b: usize) -> f64 {
        self.distances.at(a, b)
    }

    pub(super) fn likeness(&self, a: usize, b: usize) -> f64 {
        self.likenesses.at(a, b)
    }

    /// The shortest round trip of two sites, milliseconds.
    pub(super) fn round_trip(&self, a: usize, b: usize) -> Option<f64> {
        let rtt = self.round_trips.at(a, b);
        rtt.is_finite().then_some(rtt)
    }

    /// Distance in km and round trip in milliseconds of each pair that was measured.
    pub(super) fn pairs(&self) -> impl Iterator<Item = (f64, f64)> + '_ {
        let pairs = (0..self.sites.len()).flat_map(|a| (0..a).map(move |b| (a, b)));
        pairs.filter_map(|(a, b)| Some((self.km(a, b), self.round_trip(a, b)?)))
    }
}

#[allow(clippy::cast_precision_loss)] // statistics
pub(super) fn milliseconds(rtt_ns: u64) -> f64 {
    rtt_ns as f64 * 1e-6
}

/// The sites that count, in the order of what they are and measured.
fn order(sites: &[Site], samples: &[MeshSample]) -> Vec<usize> {
    let mut measured: Vec<Vec<u64>> = vec![Vec::new(); sites.len()];
    for sample in samples {
        for end in [sample.measurer, sample.responder] {
            if let Some(of_site) = measured.get_mut(usize::from(end)) {
                of_site.push(sample.rtt_ns);
            }
        }
    }
    measured
        .iter_mut()
        .for_each(|of_site| of_site.sort_unstable());
    let mut order: Vec<usize> = (0..sites.len()).collect();
    order.sort_by(|&a, &b| {
        let vectors = [a, b].map(|site| sites[site].position.components());
        by_components(&vectors[0], &vectors[1]).then_with(|| measured[a].cmp(&measured[b]))
    });
    let all = order.len();
    if all > MAX_SITES {
        (0..MAX_SITES).map(|k| order[k * all / MAX_SITES]).collect()
    } else {
        order
    }
}

/// A total order of points.
pub(super) fn by_components(a: &[f64; 3], b: &[f64; 3]) -> Ordering {
    let mut pairs = a.iter().zip(b);
    let differs = pairs.find_map(|(a, b)| Some(a.total_cmp(b)).filter(|order| order.is_ne()));
    differs.unwrap_or(Ordering::Equal)
}
