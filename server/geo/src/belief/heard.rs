//! What the anchors measured of one host, made ready.

use std::cmp::Ordering;

use super::matrix::Square;
use super::mesh::{Mesh, by_components, km, milliseconds};
use super::shape::{Shape, likeness};
use crate::cap::{Observation, Tier, reach_m};
use crate::sphere::EARTH_RADIUS_M;

/// So many of the shortest round trips tell where the host is; the longer ones add little and
/// are the more alike.
const NEAREST: usize = 32;

/// How far from its middle a city reaches, km.
const CITY_KM: f64 = 20.0;

/// Steps of how unexplained a place is for which [`Heard::lower`] is made.
const STEPS: usize = 5;

/// One anchor's round trip.
#[derive(Debug, Clone, Copy)]
pub(super) struct Echo {
    pub(super) position: [f64; 3],
    /// Its place in the mesh, if the mesh has it.
    pub(super) site: Option<usize>,
    pub(super) rtt_ms: f64,
    /// How far the host can be at 2/3 of the speed of light, km.
    reach_km: f64,
}

impl Echo {
    pub(super) fn new(observation: &Observation, site: Option<usize>) -> Self {
        Self {
            position: observation.position.normalized(),
            site,
            rtt_ms: milliseconds(observation.rtt_ns),
            reach_km: reach_m(observation, Tier::TwoThirds.speed()) / 1000.0 + CITY_KM,
        }
    }

    fn order(&self, other: &Self) -> Ordering {
        self.rtt_ms
            .total_cmp(&other.rtt_ms)
            .then_with(|| by_components(&self.position, &other.position))
            .then_with(|| self.site.cmp(&other.site))
            .then_with(|| self.reach_km.total_cmp(&other.reach_km))
    }

    /// How much farther than it can be a place is, km; negative when it can.
    fn excess_km(&self, place: &[f64; 3]) -> f64 {
        km(&self.position, place) - self.reach_km
    }
}

/// All of a host's round trips.
pub(super) struct Heard {
    /// The shortest first.
    echoes: Vec<Echo>,
    /// For places more and more unexplained: the Cholesky factor of how alike the residuals of
    /// the nearest anchors are, and half the logarithm of its determinant.
    lower: Vec<(Square, f64)>,
}

impl Heard {
    pub(super) fn new(mut echoes: Vec<Echo>, shape: &Shape) -> Self {
        echoes.sort_by(Echo::order);
        let near = &echoes[..echoes.len().min(NEAREST)];
        let alike = Square::from_fn(near.len(), |a, b| {
            likeness(km(&near[a].position, &near[b].position))
        });
        let lower = (0..STEPS).map(|step| {
            let common = shape.common(middle_of(step));
            let covariance = Square::from_fn(near.len(), |a, b| {
                common * alike.at(a, b) + f64::from(a == b) * (1.0 - common)
            });
            let lower = covariance.cholesky();
            let log_determinant = (0..near.len()).map(|k| lower.at(k, k).ln()).sum();
            (lower, log_determinant)
        });
        Self {
            lower: lower.collect(),
            echoes,
        }
    }

    /// The echoes that tell where the host is.
    pub(super) fn near(&self) -> &[Echo] {
        &self.echoes[..self.echoes.len().min(NEAREST)]
    }

    /// The factor for a place and half the logarithm of its determinant.
    pub(super) fn lower(&self, unexplained: f64) -> &(Square, f64) {
        let fits = |step: &usize| unexplained < middle_of(*step) + 0.1;
        &self.lower[(0..STEPS).find(fits).unwrap_or(STEPS - 1)]
    }

    /// Which places light in fibre reaches, by their indices. When there is none, those that
    /// it misses by the least: somebody measured wrongly, and belief goes on.
    pub(super) fn reachable(&self, positions: &[[f64; 3]]) -> Vec<usize> {
        // Compared as cosines: this is asked of every place and every anchor.
        let reaches = self.echoes.iter().map(|echo| {
            let arc = echo.reach_km / (EARTH_RADIUS_M / 1000.0);
            let cos = if arc < std::f64::consts::PI {
                arc.cos()
            } else {
                -2.0
            };
            (echo.position, cos)
        });
        let reaches: Vec<([f64; 3], f64)> = reaches.collect();
        let is_reached = |place: &[f64; 3]| {
            let mut all = reaches.iter();
            all.all(|([x, y, z], cos)| x * place[0] + y * place[1] + z * place[2] >= *cos)
        };
        let all = 0..positions.len();
        let reached: Vec<usize> = all.clone().filter(|k| is_reached(&positions[*k])).collect();
        if !reached.is_empty() {
            return reached;
        }
        let excess = |place: &[f64; 3]| {
            let each = self.echoes.iter().map(|echo| echo.excess_km(place));
            each.fold(f64::NEG_INFINITY, f64::max)
        };
        let excesses: Vec<f64> = positions.iter().map(excess).collect();
        let least = excesses.iter().copied().fold(f64::INFINITY, f64::min);
        all.filter(|k| excesses[*k] <= least + 1.0).collect()
    }
}

/// How unexplained the places of a step are.
#[allow(clippy::cast_precision_loss)] // at most 5
fn middle_of(step: usize) -> f64 {
    (step as f64 + 1.0) / STEPS as f64
}

/// One echo for each anchor of the caller, the shortest.
pub(super) fn echoes(observations: &[Observation], mesh: &Mesh) -> Vec<Echo> {
    let mut shortest: std::collections::BTreeMap<u16, &Observation> = Default::default();
    for observation in observations {
        let entry = shortest.entry(observation.anchor).or_insert(observation);
        if (observation.rtt_ns, observation.survey_error_m) < (entry.rtt_ns, entry.survey_error_m) {
            *entry = observation;
        }
    }
    let site = |observation: &Observation| {
        let site = mesh.places.get(usize::from(observation.anchor));
        let site = site.copied().flatten()?;
        let known = &mesh.sites[site].position;
        (*known == observation.position).then_some(site)
    };
    let all = shortest.into_values();
    all.map(|observation| Echo::new(observation, site(observation)))
        .collect()
}
