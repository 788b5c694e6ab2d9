//! What a verifier would do that looks for the most likely place: of many places on land the one
//! whose distances fit the round trips best. Here only to show what such a verifier believes.
//!
//! A round trip is taken as the distance, and 50 km for the last mile, times a factor that is the
//! same for all anchors, times an error: fit is the variance of the logarithms.

use crate::land::{Land, sphere_m};
use domicile_geo::{TerritoryMask, UnitVec};

/// The last mile, metres of fibre.
const LAST_MILE_M: f64 = 50_000.0;

/// Places and the logarithms of their distances.
#[derive(Debug)]
pub(super) struct Likely {
    /// Whose each place is.
    whose: Vec<TerritoryMask>,
    /// By place, then by anchor.
    distances: Vec<Vec<f64>>,
}

impl Likely {
    /// Places on land about 140 km apart, and those of the anchors.
    pub(super) fn new(land: &Land, anchors: &[UnitVec]) -> Self {
        let cells = land.territories().cells(6).map(|(cell, _)| cell.center());
        let places = cells.chain(anchors.iter().copied());
        let (mut whose, mut distances) = (Vec::new(), Vec::new());
        for place in places {
            let territories = land.territories().contains(&place);
            if territories.is_empty() {
                continue;
            }
            let log = |anchor: &UnitVec| (sphere_m(&place, anchor) + LAST_MILE_M).ln();
            whose.push(territories);
            distances.push(anchors.iter().map(log).collect());
        }
        Self { whose, distances }
    }

    /// Whether the most likely place is in one of these territories.
    pub(super) fn believes(
        &self,
        visited: &[usize],
        rtts: &[f64],
        permitted: &TerritoryMask,
    ) -> bool {
        let overhead = 2e9 * LAST_MILE_M / (2.0 / 3.0 * 299_792_458.0);
        let times: Vec<f64> = rtts.iter().map(|rtt| (rtt + overhead).ln()).collect();
        #[allow(clippy::cast_precision_loss)] // some hundreds
        let count = visited.len() as f64;
        let misfit = |distances: &[f64]| {
            let (mut sum, mut squares) = (0.0, 0.0);
            for (time, site) in times.iter().zip(visited) {
                let error = time - distances[*site];
                sum += error;
                squares += error * error;
            }
            squares - sum * sum / count
        };
        let best = self
            .distances
            .iter()
            .zip(&self.whose)
            .map(|(distances, whose)| (misfit(distances), whose))
            .min_by(|a, b| a.0.total_cmp(&b.0));
        best.is_some_and(|(_, whose)| !whose.is_disjoint(permitted))
    }
}
