//! What round trips are expected beyond the curve, by interpolation between sites (kriging): a
//! place is served by the cables of its neighbours.

use super::matrix::{Square, product};
use super::mesh::{Mesh, km};
use super::shape::{FARTHEST, Shape};

/// Two lengths over which places are alike, km: a metropolis and its surroundings, a part of a
/// continent.
const NEAR_KM: f64 = 300.0;
const FAR_KM: f64 = 3_000.0;

/// Variance of what a site has alone, over that of what it shares with its neighbours.
const ALONE: f64 = 0.3;

/// Weight of no effect against so many pairs of an anchor.
const SHRINKAGE: f64 = 3.0;

/// How alike two places are, 0 to 1.
fn alike(km: f64) -> f64 {
    0.5 * (-km / NEAR_KM).exp() + 0.5 * (-km / FAR_KM).exp()
}

/// The residuals of a mesh.
#[derive(Debug, Clone)]
pub(super) struct Field {
    sites: Vec<[f64; 3]>,
    /// Inverse of the covariance of the sites.
    inverse: Square,
    /// Each site's own effect.
    effects: Vec<f64>,
    /// For an anchor (row) the residual of each site (column) beyond the anchor's effect,
    /// filled where nothing was measured.
    residuals: Square,
    /// Whether it was measured.
    is_measured: Vec<bool>,
}

/// No place is explained better than this.
const LEAST: f64 = 0.02;

/// What the sites say of a place.
#[derive(Debug, Clone)]
pub(super) struct Neighbours {
    pub(super) weights: Vec<f64>,
    /// How much of the place the sites do not explain: 0 at a well-known place, 1 far from all.
    pub(super) unexplained: f64,
}

impl Field {
    pub(super) fn new(mesh: &Mesh, shape: &Shape) -> Self {
        let size = mesh.sites.len();
        let standard = |a: usize, b: usize| {
            let rtt_ms = mesh.round_trip(a, b)?;
            let u = shape.standard(rtt_ms, mesh.km(a, b));
            Some(u.clamp(-FARTHEST, FARTHEST))
        };
        let is_measured: Vec<bool> = (0..size * size)
            .map(|cell| mesh.round_trip(cell / size, cell % size).is_some())
            .collect();
        let measured = Square::from_fn(size, |a, b| standard(a, b).unwrap_or(0.0));
        let effects = effects(&measured, &is_measured);
        let residuals = Square::from_fn(size, |anchor, site| {
            if is_measured[anchor * size + site] {
                measured.at(anchor, site) - effects[anchor]
            } else {
                effects[site]
            }
        });
        let covariance = Square::from_fn(size, |a, b| {
            alike(mesh.km(a, b)) + f64::from(a == b) * ALONE
        });
        Self {
            sites: mesh.positions.clone(),
            inverse: covariance.inverse(),
            effects,
            residuals,
            is_measured,
        }
    }

    pub(super) fn size(&self) -> usize {
        self.sites.len()
    }

    /// How unexplained a site is when it is left out, and what is left of each of its round
    /// trips: (anchor, residual).
    pub(super) fn left_out(&self, site: usize) -> (f64, Vec<(usize, f64)>) {
        let size = self.size();
        let own = self.inverse.at(site, site);
        let row = self.inverse.row(site);
        let residual = |anchor: usize| (anchor, product(row, self.residuals.row(anchor)) / own);
        let measured = (0..size).filter(|anchor| self.is_measured[site * size + anchor]);
        let unexplained = (1.0 / own - ALONE).clamp(0.0, 1.0);
        (unexplained, measured.map(residual).collect())
    }

    /// What the sites say of a place.
    pub(super) fn neighbours(&self, place: &[f64; 3]) -> Neighbours {
        let near: Vec<f64> = self
            .sites
            .iter()
            .map(|site| alike(km(place, site)))
            .collect();
        let weights = self.inverse.times(&near);
        let unexplained = (1.0 - product(&near, &weights)).clamp(LEAST, 1.0);
        Neighbours {
            weights,
            unexplained,
        }
    }

    /// The same as if one site were not there.
    pub(super) fn without(&self, neighbours: &Neighbours, site: usize) -> Neighbours {
        let (own, weight) = (self.inverse.at(site, site), neighbours.weights[site]);
        let rest = neighbours.weights.iter().zip(self.inverse.row(site));
        let mut weights: Vec<f64> = rest.map(|(w, cell)| w - cell * (weight / own)).collect();
        weights[site] = 0.0;
        let unexplained = neighbours.unexplained + weight * weight / own;
        Neighbours {
            weights,
            unexplained: unexplained.min(1.0),
        }
    }

    /// The residual that an anchor should see of a place with these neighbours.
    pub(super) fn expected(&self, neighbours: &Neighbours, anchor: usize) -> f64 {
        self.effects[anchor] + product(&neighbours.weights, self.residuals.row(anchor))
    }
}

/// How much longer than the curve the round trips of each site are, all its others considered.
fn effects(measured: &Square, is_measured: &[bool]) -> Vec<f64> {
    let size = measured.size;
    let mut effects = vec![0.0; size];
    for _ in 0..30 {
        let fresh = |a: usize| {
            let (mut count, mut sum) = (SHRINKAGE, 0.0);
            for b in 0..size {
                if is_measured[a * size + b] {
                    count += 1.0;
                    sum += measured.at(a, b) - effects[b];
                }
            }
            0.5 * effects[a] + 0.5 * sum / count
        };
        effects = (0..size).map(fresh).collect();
    }
    effects
}
