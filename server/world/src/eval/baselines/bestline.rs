//! CBG's calibration: for each anchor the line of round trip over distance that is nearest to
//! its pairs from below.
//!
//! Gueye, Ziviani, Crovella, Fdida: *Constraint-based geolocation of Internet hosts*, IEEE/ACM
//! Transactions on Networking 14 (2006). The line *y* = *m x* + *b* is below every pair,
//! *m* is at least that of the baseline, *b* is not negative, and the sum of the pairs'
//! distances to the line is the smallest possible.

use super::mesh::Pair;

/// The slopes that a line may have, ms of round trip for each km.
#[derive(Debug, Clone, Copy)]
pub(super) struct Slopes {
    /// That of the fastest signal: the baseline's.
    pub(super) least: f64,
    /// That of the slowest; infinite where the method names none.
    pub(super) most: f64,
}

/// A line of round trip (ms) over distance (km).
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Line {
    /// ms for each km.
    pub(super) slope: f64,
    /// ms at no distance.
    pub(super) offset: f64,
}

impl Line {
    /// The distance that a round trip allows, km; negative when even none is too far.
    pub(super) fn km(&self, ms: f64) -> f64 {
        (ms - self.offset) / self.slope
    }

    /// The line of an anchor's pairs. Without a pair it is the baseline. Where a pair is below
    /// the baseline the line is the baseline too.
    ///
    /// For a slope *m* the best offset is the largest that stays below every pair,
    /// *b(m)* = min (*y* − *m x*), and the line is best where *m x̄* + *b(m)* is largest. That is
    /// concave in *m* and straight between the slopes of the edges of the pairs' lower hull, so
    /// its maximum is at one of these or at a bound.
    pub(super) fn best(pairs: &[Pair], slopes: Slopes) -> Self {
        let baseline = Self {
            slope: slopes.least,
            offset: 0.0,
        };
        // The offset is not negative up to this slope.
        let through_zero = pairs
            .iter()
            .filter(|pair| pair.km > 0.0)
            .map(|pair| pair.ms / pair.km)
            .fold(slopes.most, f64::min);
        if pairs.is_empty() || !through_zero.is_finite() || through_zero <= slopes.least {
            return baseline;
        }
        #[allow(clippy::cast_precision_loss)] // at most thousands of pairs
        let mean = pairs.iter().map(|pair| pair.km).sum::<f64>() / pairs.len() as f64;
        let offset = |slope: f64| {
            let under = pairs.iter().map(|pair| pair.ms - slope * pair.km);
            under.fold(f64::INFINITY, f64::min).max(0.0)
        };
        let edges = hull_slopes(pairs)
            .into_iter()
            .filter(|slope| (slopes.least..=through_zero).contains(slope));
        let lines = edges.chain([slopes.least, through_zero]).map(|slope| Self {
            slope,
            offset: offset(slope),
        });
        let worth = |line: &Self| line.slope * mean + line.offset;
        lines
            .max_by(|a, b| worth(a).total_cmp(&worth(b)))
            .unwrap_or(baseline)
    }
}

/// The slopes of the edges of the lower convex hull.
fn hull_slopes(pairs: &[Pair]) -> Vec<f64> {
    let mut sorted = pairs.to_vec();
    sorted.sort_unstable_by(|a, b| a.km.total_cmp(&b.km).then(a.ms.total_cmp(&b.ms)));
    sorted.dedup_by(|later, first| later.km <= first.km);
    let slope = |a: &Pair, b: &Pair| (b.ms - a.ms) / (b.km - a.km);
    let mut hull: Vec<Pair> = Vec::new();
    for pair in sorted {
        while let [.., a, b] = hull[..]
            && slope(&a, &b) >= slope(&b, &pair)
        {
            hull.pop();
        }
        hull.push(pair);
    }
    hull.windows(2)
        .map(|edge| slope(&edge[0], &edge[1]))
        .collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::float_cmp)] // numbers that are computed exactly
    use super::*;
    use proptest::prelude::*;

    const ANY: Slopes = Slopes {
        least: 0.01,
        most: f64::INFINITY,
    };

    fn pairs(points: &[(f64, f64)]) -> Vec<Pair> {
        points.iter().map(|&(km, ms)| Pair { km, ms }).collect()
    }

    #[test]
    fn the_line_of_points_on_a_line_is_that_line() {
        let points: Vec<_> = (1..20u8)
            .map(|k| (f64::from(k) * 300.0, 2.0 + f64::from(k) * 4.5))
            .collect();
        let line = Line::best(&pairs(&points), ANY);
        assert!((line.slope - 0.015).abs() < 1e-9 && (line.offset - 2.0).abs() < 1e-9);
        assert!((line.km(17.0) - 1000.0).abs() < 1e-6);
    }

    #[test]
    fn bounds_hold() {
        // Steeper than the slowest allowed: the slope is that, and the offset grows.
        let steep = pairs(&[(100.0, 10.0), (1000.0, 100.0)]);
        let line = Line::best(&steep, Slopes { most: 0.02, ..ANY });
        assert_eq!((line.slope, line.offset), (0.02, 8.0));
        // Flatter than the baseline, and impossible pairs: the baseline.
        let flat = Line::best(&pairs(&[(100.0, 50.0), (9000.0, 100.0)]), ANY);
        assert_eq!((flat.slope, flat.offset), (0.01, 10.0));
        let impossible = Line::best(&pairs(&[(1000.0, 1.0), (2000.0, 90.0)]), ANY);
        assert_eq!((impossible.slope, impossible.offset), (0.01, 0.0));
        assert_eq!(Line::best(&[], ANY).slope, 0.01);
        // Two anchors in one city say nothing of the slope.
        assert_eq!(Line::best(&pairs(&[(0.0, 0.5)]), ANY).offset, 0.0);
    }

    proptest! {
        #[test]
        fn no_pair_is_below_and_no_other_line_is_nearer(
            points in proptest::collection::vec((0.0f64..18_000.0, 0.0f64..200.0), 2..30),
            other in 0.01f64..0.05) {
            let points: Vec<_> = points.into_iter().map(|(km, extra)| (km, km * 0.01 + extra)).collect();
            let pairs = pairs(&points);
            let line = Line::best(&pairs, ANY);
            prop_assert!(line.slope >= 0.01 && line.offset >= 0.0);
            let over = |line: &Line| pairs.iter().map(|p| p.ms - line.slope * p.km - line.offset).fold(f64::INFINITY, f64::min);
            prop_assert!(over(&line) > -1e-9);
            let offset = over(&Line { slope: other, offset: 0.0 });
            if offset >= 0.0 {
                let total = |line: &Line| pairs.iter().map(|p| p.ms - line.slope * p.km - line.offset).sum::<f64>();
                let other = Line { slope: other, offset };
                prop_assert!(total(&line) <= total(&other) + 1e-6);
            }
        }
    }
}
