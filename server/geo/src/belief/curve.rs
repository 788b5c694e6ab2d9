//! Functions of distance: straight lines between knots, over the logarithm of the distance.

use super::matrix::Square;

/// Where the knots are, km. Nearer and farther the function is constant.
const KNOTS_KM: [f64; KNOTS] = [10.0, 100.0, 300.0, 1_000.0, 3_000.0, 8_000.0, 20_000.0];

const KNOTS: usize = 7;

/// Weight of the second differences in [`Curve::nearest`]: what as many pairs would have that
/// want a straight line.
const STIFFNESS: f64 = 0.3;

/// A function of distance by its values at the knots.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Curve([f64; KNOTS]);

/// A distance as a place between two knots.
#[derive(Debug, Clone, Copy)]
pub(super) struct Spot {
    left: usize,
    /// Weight of the knot on the right.
    right: f64,
}

impl Spot {
    /// Of a distance in km (0 or more).
    pub(super) fn new(km: f64) -> Self {
        let inner = &KNOTS_KM[1..KNOTS - 1];
        let left = inner.iter().filter(|knot| **knot <= km).count();
        let (from, to) = (KNOTS_KM[left], KNOTS_KM[left + 1]);
        let right = ((km.max(KNOTS_KM[0]) / from).ln() / (to / from).ln()).clamp(0.0, 1.0);
        Self { left, right }
    }

    fn weights(self) -> [(usize, f64); 2] {
        [(self.left, 1.0 - self.right), (self.left + 1, self.right)]
    }
}

impl Curve {
    /// The same everywhere.
    pub(super) const fn flat(value: f64) -> Self {
        Self([value; KNOTS])
    }

    /// With these values at the knots.
    pub(super) fn from_fn(value: impl Fn(f64) -> f64) -> Self {
        Self(KNOTS_KM.map(value))
    }

    pub(super) fn at(&self, spot: Spot) -> f64 {
        self.0[spot.left] * (1.0 - spot.right) + self.0[spot.left + 1] * spot.right
    }

    /// The value at each knot is made another, given how many points count there and the sum
    /// of what they say.
    pub(super) fn adjusted(
        &self,
        points: impl Iterator<Item = (Spot, f64)>,
        adjust: impl Fn(f64, f64, f64) -> f64,
    ) -> Self {
        let (mut counts, mut sums) = ([0.0; KNOTS], [0.0; KNOTS]);
        for (spot, said) in points {
            for (knot, weight) in spot.weights() {
                counts[knot] += weight;
                sums[knot] += weight * said;
            }
        }
        Self(std::array::from_fn(|k| {
            adjust(self.0[k], counts[k], sums[k])
        }))
    }

    /// This curve plus a smooth one, so that the weighted squares of the distances of the
    /// points (spot, value, weight) from it become least.
    pub(super) fn nearest(&self, points: impl Iterator<Item = (Spot, f64, f64)>) -> Self {
        let mut normal = Square::from_fn(KNOTS, |r, c| {
            // Second differences, and one point's weight for the curve as it was.
            let bend = |k: usize, at: usize| match at.abs_diff(k) {
                0 => -2.0,
                1 => 1.0,
                _ => 0.0,
            };
            let bends = (1..KNOTS - 1).map(|k| bend(k, r) * bend(k, c)).sum::<f64>();
            STIFFNESS * bends + f64::from(r == c) * 0.1
        });
        let mut right = [0.0; KNOTS];
        for (spot, value, weight) in points {
            let off = value - self.at(spot);
            for (row, a) in spot.weights() {
                right[row] += weight * a * off;
                for (column, b) in spot.weights() {
                    let cell = normal.at(row, column) + weight * a * b;
                    normal.set(row, column, cell);
                }
            }
        }
        normal.cholesky().solve(&mut right);
        Self(std::array::from_fn(|k| self.0[k] + right[k]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_curve_is_between_its_knots(km in 0.0f64..30_000.0) {
            let curve = Curve::from_fn(|knot| knot.ln());
            let clamped = km.clamp(10.0, 20_000.0).ln();
            prop_assert!((curve.at(Spot::new(km)) - clamped).abs() < 1e-9);
        }
    }

    #[test]
    fn the_nearest_curve_follows_the_points_and_without_any_stays() {
        let flat = Curve::flat(1.0);
        assert_eq!(flat.nearest(std::iter::empty()), flat);
        let points = (0..2_000).map(|k| {
            let km = 15.0 + f64::from(k) * 9.0;
            (Spot::new(km), km.ln() * 0.5, 1.0)
        });
        let curve = flat.nearest(points);
        let at = |km: f64| curve.at(Spot::new(km));
        assert!((at(5_000.0) - 5_000f64.ln() * 0.5).abs() < 0.05);
        assert!((at(500.0) - 500f64.ln() * 0.5).abs() < 0.1);
    }
}
