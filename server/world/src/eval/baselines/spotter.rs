//! Spotter-like: one distribution of distance given a round trip, the same for all anchors, and
//! the place where what all anchors saw is most likely.
//!
//! Laki, Mátray, Hága, Sebők, Csabai, Vattay: *Spotter: a model based active geolocation
//! service*, INFOCOM 2011. Mean and standard deviation of the distance are polynomials of the
//! delay, fitted to the pairs of all anchors in bins of delay; the distance to a host is normal
//! with them; anchors are independent.
//!
//! The paper leaves open the polynomials' degree and the fit. Here: cubics (less with fewer than
//! four bins), least squares over bins of 5 ms weighted by their pairs; beyond the last bin's
//! delay its values hold; the mean is within the Earth, the deviation at least
//! the trial's survey error and 1 km. The estimate is the most likely cell of a search in the
//! quadtree of the territory data, sea included: the best 64 cells of each level are divided.

use super::Answer;
use super::mesh::{Mesh, Pair};
use crate::eval::nearest_land::chord;
use crate::eval::trial::{Host, Trial};
use domicile_geo::{CellId, EARTH_RADIUS_M, Territories, UnitVec};
use domicile_map::Point;

/// Width of a bin of delay, ms.
const BIN_MS: f64 = 5.0;

/// Bins with fewer pairs are left out; where none has as many there is no answer.
const FEWEST: usize = 5;

/// Coefficients of the largest polynomial.
const TERMS: usize = 4;

/// Half the Earth's girth, km.
const HALF_GIRTH_KM: f64 = std::f64::consts::PI * EARTH_RADIUS_M / 1000.0;

/// The level at which every cell is looked at, and the last one.
const LEVELS: (u8, u8) = (5, 11);

/// How many cells of a level are divided.
const BEAM: usize = 64;

/// Locates one host.
pub(super) fn locate(trial: &Trial, mesh: &Mesh, host: &Host, territories: &Territories) -> Answer {
    let Some(model) = Model::fit(mesh, trial.anchor_number(host)) else {
        return Answer::default();
    };
    let rings: Vec<Ring> = host
        .observations
        .iter()
        .map(|observation| {
            let floor = (f64::from(observation.survey_error_m) / 1000.0).max(1.0);
            let (km, deviation) = model.at(super::milliseconds(observation), floor);
            Ring {
                center: observation.position,
                km,
                deviation,
            }
        })
        .collect();
    let [x, y, z] = most_likely(&rings).center().components();
    Answer::of_point(Point::from_vector([x, y, z]), territories)
}

/// How far the host seems from one anchor.
struct Ring {
    center: UnitVec,
    km: f64,
    deviation: f64,
}

/// Twice the negative logarithm of the likelihood, but for a constant.
fn misfit(rings: &[Ring], place: &UnitVec) -> f64 {
    let off = |ring: &Ring| {
        let half = (chord(&ring.center, place) / 2.0).min(1.0);
        let km = 2.0 * half.asin() * EARTH_RADIUS_M / 1000.0;
        let off = (km - ring.km) / ring.deviation;
        off * off
    };
    rings.iter().map(off).sum()
}

fn most_likely(rings: &[Ring]) -> CellId {
    let mut cells: Vec<CellId> = CellId::roots().collect();
    for level in 0..=LEVELS.1 {
        if level >= LEVELS.0 {
            let mut ranked: Vec<(f64, CellId)> = cells
                .iter()
                .map(|cell| (misfit(rings, &cell.center()), *cell))
                .collect();
            ranked.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
            ranked.truncate(if level == LEVELS.1 { 1 } else { BEAM });
            cells = ranked.into_iter().map(|(_, cell)| cell).collect();
        }
        if level < LEVELS.1 {
            cells = cells
                .iter()
                .filter_map(CellId::children)
                .flatten()
                .collect();
        }
    }
    cells[0]
}

/// The common distribution.
#[derive(Debug)]
struct Model {
    mean: Polynomial,
    deviation: Polynomial,
    /// The middle of the last bin, ms.
    last: f64,
}

/// The pairs of one bin of delay.
#[derive(Debug, Default, Clone, Copy)]
struct Bin {
    pairs: usize,
    ms: f64,
    km: f64,
    km2: f64,
}

impl Model {
    /// Learns from the mesh; `None` without enough pairs.
    fn fit(mesh: &Mesh, without: Option<usize>) -> Option<Self> {
        let mut bins: Vec<Bin> = Vec::new();
        for anchor in (0..mesh.len()).filter(|anchor| Some(*anchor) != without) {
            for Pair { km, ms } in mesh.pairs(anchor, without) {
                #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // 60 s at most
                let place = (ms / BIN_MS) as usize;
                if bins.len() <= place {
                    bins.resize(place + 1, Bin::default());
                }
                let bin = &mut bins[place];
                *bin = Bin {
                    pairs: bin.pairs + 1,
                    ms: bin.ms + ms,
                    km: bin.km + km,
                    km2: bin.km2 + km * km,
                };
            }
        }
        let points: Vec<[f64; 4]> = bins
            .iter()
            .filter(|bin| bin.pairs >= FEWEST)
            .map(|bin| {
                #[allow(clippy::cast_precision_loss)] // millions of pairs at most
                let pairs = bin.pairs as f64;
                let mean = bin.km / pairs;
                let variance = (bin.km2 / pairs - mean * mean).max(0.0);
                [bin.ms / pairs, mean, variance.sqrt(), pairs]
            })
            .collect();
        let last = points.last()?[0];
        let curve = |what: usize| {
            let points: Vec<[f64; 3]> = points.iter().map(|p| [p[0], p[what], p[3]]).collect();
            Polynomial::fit(&points, last)
        };
        Some(Self {
            mean: curve(1)?,
            deviation: curve(2)?,
            last,
        })
    }

    /// Mean and standard deviation of the distance at a delay, km.
    fn at(&self, ms: f64, floor_km: f64) -> (f64, f64) {
        let ms = ms.min(self.last);
        (
            self.mean.at(ms).clamp(0.0, HALF_GIRTH_KM),
            self.deviation.at(ms).max(floor_km),
        )
    }
}

/// A polynomial in a scaled variable.
#[derive(Debug)]
struct Polynomial {
    coefficients: Vec<f64>,
    scale: f64,
}

impl Polynomial {
    fn at(&self, x: f64) -> f64 {
        let x = x / self.scale;
        let terms = self.coefficients.iter().rev();
        terms.fold(0.0, |sum, coefficient| sum * x + coefficient)
    }

    /// Weighted least squares over points (x, y, weight); of as many terms as points allow, 4
    /// at most.
    fn fit(points: &[[f64; 3]], scale: f64) -> Option<Self> {
        let scale = scale.max(1e-6);
        let terms = points.len().min(TERMS);
        // Normal equations, the right side as the last column.
        let mut rows = vec![vec![0.0; terms + 1]; terms];
        for [x, y, weight] in points {
            let mut powers = [1.0; TERMS];
            for k in 1..TERMS {
                powers[k] = powers[k - 1] * x / scale;
            }
            for (row, a) in rows.iter_mut().zip(powers) {
                for (sum, b) in row.iter_mut().zip(powers.iter().take(terms).chain([y])) {
                    *sum += weight * a * b;
                }
            }
        }
        Some(Self {
            coefficients: solve(rows)?,
            scale,
        })
    }
}

/// Gauss–Jordan elimination with partial pivoting; `None` for a singular system.
fn solve(mut rows: Vec<Vec<f64>>) -> Option<Vec<f64>> {
    let size = rows.len();
    for k in 0..size {
        let pivot = (k..size).max_by(|&a, &b| rows[a][k].abs().total_cmp(&rows[b][k].abs()))?;
        rows.swap(k, pivot);
        let top = rows[k].clone();
        if top[k].abs() < 1e-12 {
            return None;
        }
        for (other, row) in rows.iter_mut().enumerate() {
            let factor = row[k] / top[k];
            if other == k {
                row.iter_mut().for_each(|value| *value /= top[k]);
            } else {
                row.iter_mut()
                    .zip(&top)
                    .for_each(|(value, above)| *value -= factor * above);
            }
        }
    }
    Some(
        rows.into_iter()
            .filter_map(|row| row.last().copied())
            .collect(),
    )
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_cubic_is_found_again() {
        let truth = |x: f64| 3.0 + 2.0 * x - 0.05 * x * x + 0.001 * x * x * x;
        let points: Vec<[f64; 3]> = (1..30u8)
            .map(|k| [f64::from(k), truth(f64::from(k)), f64::from(k % 3 + 1)])
            .collect();
        let found = Polynomial::fit(&points, 30.0).unwrap();
        for x in [0.5, 10.0, 29.0] {
            assert!((found.at(x) - truth(x)).abs() < 1e-6);
        }
        // Fewer points than terms: through them.
        let line = Polynomial::fit(&[[1.0, 1.0, 1.0], [3.0, 5.0, 9.0]], 3.0).unwrap();
        assert!((line.at(2.0) - 3.0).abs() < 1e-9);
        assert!(Polynomial::fit(&[], 1.0).is_some_and(|none| none.at(1.0) == 0.0));
        assert!(Polynomial::fit(&[[1.0, 1.0, 1.0], [1.0, 2.0, 1.0]], 1.0).is_none());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(16))]
        #[test]
        fn rings_that_meet_are_found(latitude in -80.0f64..80.0, longitude in -180.0f64..180.0,
            centers in proptest::collection::vec((-80.0f64..80.0, -180.0f64..180.0), 8..20)) {
            let place = Point::new(latitude, longitude);
            let rings: Vec<Ring> = centers.iter().map(|&(a, b)| {
                let center = Point::new(a, b);
                let [x, y, z] = center.unit();
                Ring { center: UnitVec::new(x, y, z).unwrap(), km: center.distance_m(place) / 1000.0, deviation: 300.0 }
            }).collect();
            let [x, y, z] = most_likely(&rings).center().components();
            prop_assert!(Point::from_vector([x, y, z]).distance_m(place) < 20_000.0);
        }
    }
}
