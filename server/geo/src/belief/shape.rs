//! What a whole mesh says of round trips anywhere: how much longer than light in fibre they
//! are at a distance, how that scatters, and what of it the surroundings explain.

use super::curve::{Curve, Spot};
use super::field::Field;
use super::mesh::Mesh;

/// Distance that light in fibre goes and comes back in a millisecond, km: 2/3 of the speed of
/// light, rounded.
const KM_PER_MS: f64 = 100.0;

/// Added to the excess before its logarithm is taken, ms: what no distance explains.
const FLOOR_MS: f64 = 0.5;

/// Degrees of freedom of the curve's scatter: tails so heavy that a detour over another
/// continent is no surprise.
const TAIL: f64 = 4.0;

/// Rounds of reweighting.
const ROUNDS: usize = 8;

/// Standardised residuals count at most this much.
pub(super) const FARTHEST: f64 = 5.0;

/// Weight of the default against so many pairs.
const PRIOR_PAIRS: f64 = 10.0;

/// How fast the likeness of two anchors' residuals fades with their distance, km.
const LIKENESS_KM: f64 = 4_000.0;

/// The logarithm of how much longer than light in fibre a round trip is.
pub(super) fn log_excess(rtt_ms: f64, km: f64) -> f64 {
    ((rtt_ms - km / KM_PER_MS).max(0.0) + FLOOR_MS).ln()
}

/// How alike the residuals of two anchors are by their distance, 0 to 1.
pub(super) fn likeness(km: f64) -> f64 {
    (-km / LIKENESS_KM).exp()
}

/// The numbers that hold for a whole mesh.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Shape {
    /// Middle of the logarithm of the excess.
    middle: Curve,
    /// Logarithm of its scatter.
    log_scatter: Curve,
    /// Variance of what the field leaves, over the scatter's square.
    left_over: Curve,
    /// That variance by how unexplained a place is: constant and slope.
    variance: [f64; 2],
    /// Share of it that anchors near each other have in common: constant and slope.
    common: [f64; 2],
}

impl Default for Shape {
    /// Without a mesh: round trips of about 1.7 times light in fibre plus a few milliseconds,
    /// known within a factor of two, and more alike the less is known.
    fn default() -> Self {
        Self {
            middle: Curve::from_fn(|km| (0.7 * km / KM_PER_MS + 2.0 + FLOOR_MS).ln()),
            log_scatter: Curve::flat(0.7f64.ln()),
            left_over: Curve::flat(1.0),
            variance: [0.1, 0.9],
            common: [0.0, 0.8],
        }
    }
}

impl Shape {
    /// The curves alone; the rest stays as it is by default.
    pub(super) fn curves(mesh: &Mesh) -> Self {
        let mut shape = Self::default();
        let pairs: Vec<(Spot, f64)> = mesh
            .pairs()
            .map(|(km, rtt_ms)| (Spot::new(km), log_excess(rtt_ms, km)))
            .collect();
        for _ in 0..ROUNDS {
            let weigh = |shape: &Self, (spot, y): &(Spot, f64)| {
                let u = (y - shape.middle.at(*spot)) / shape.log_scatter.at(*spot).exp();
                (u, (TAIL + 1.0) / (TAIL + u * u))
            };
            let points = pairs.iter().map(|pair| {
                let scatter = shape.log_scatter.at(pair.0).exp();
                let (_, weight) = weigh(&shape, pair);
                (pair.0, pair.1, weight / (scatter * scatter))
            });
            shape.middle = Self::default().middle.nearest(points);
            let points = pairs.iter().map(|pair| {
                let (u, weight) = weigh(&shape, pair);
                (pair.0, weight * u * u)
            });
            shape.log_scatter = shape.log_scatter.adjusted(points, |old, count, sum| {
                let square = (sum + PRIOR_PAIRS) / (count + PRIOR_PAIRS);
                old + 0.35 * square.max(0.2).ln()
            });
        }
        shape
    }

    /// With what the field leaves unexplained of each site when it is left out.
    #[must_use]
    pub(super) fn with_left_over(mut self, mesh: &Mesh, field: &Field) -> Self {
        let mut left: Vec<LeftOver> = Vec::new();
        for site in 0..field.size() {
            let (unexplained, residuals) = field.left_out(site);
            for (other, residual) in residuals {
                let spot = Spot::new(mesh.km(site, other));
                left.push(LeftOver {
                    site,
                    other,
                    unexplained,
                    spot,
                    residual,
                });
            }
        }
        for _ in 0..5 {
            let points = left.iter().map(|one| {
                let square = one.residual * one.residual / line(self.variance, one.unexplained);
                (one.spot, square.min(FARTHEST * FARTHEST))
            });
            self.left_over = self
                .left_over
                .adjusted(points, |_, count, sum| (sum + 3.0) / (count + 3.0));
            let points = left.iter().map(|one| {
                let square = one.residual * one.residual / self.left_over.at(one.spot);
                (one.unexplained, square.min(FARTHEST * FARTHEST), 1.0)
            });
            self.variance = straight_line(Self::default().variance, points).map(|v| v.max(0.02));
        }
        let products = left
            .chunk_by(|a, b| a.site == b.site)
            .flat_map(|of_site| self.products(mesh, of_site));
        self.common = straight_line(Self::default().common, products);
        self
    }

    /// For each two residuals of one site: how unexplained it is, their product over the
    /// likeness of their anchors, and the weight of that.
    fn products(&self, mesh: &Mesh, of_site: &[LeftOver]) -> Vec<(f64, f64, f64)> {
        let standard = |one: &LeftOver| {
            let z = one.residual / self.spread(one.spot, one.unexplained);
            z.clamp(-4.0, 4.0)
        };
        let z: Vec<f64> = of_site.iter().map(standard).collect();
        let Some(unexplained) = of_site.first().map(|one| one.unexplained) else {
            return Vec::new();
        };
        let (mut weights, mut sum) = (0.0, 0.0);
        for (place, a) in of_site.iter().enumerate() {
            for (other, b) in of_site.iter().enumerate().take(place) {
                let alike = mesh.likeness(a.other, b.other);
                weights += alike * alike;
                sum += alike * z[place] * z[other];
            }
        }
        if weights > 0.0 {
            vec![(unexplained, sum / weights, weights)]
        } else {
            Vec::new()
        }
    }

    /// A round trip in units of the scatter, from the middle.
    pub(super) fn standard(&self, rtt_ms: f64, km: f64) -> f64 {
        let spot = Spot::new(km);
        (log_excess(rtt_ms, km) - self.middle.at(spot)) / self.log_scatter.at(spot).exp()
    }

    /// Standard deviation of what the field leaves, in units of the scatter.
    fn spread(&self, spot: Spot, unexplained: f64) -> f64 {
        (self.left_over.at(spot) * line(self.variance, unexplained)).sqrt()
    }

    /// For a round trip over this distance from a place: its residual from what the field
    /// `expects`, over its standard deviation, and the logarithm of the density of one unit
    /// of that in milliseconds.
    pub(super) fn residual(
        &self,
        rtt_ms: f64,
        km: f64,
        expected: f64,
        unexplained: f64,
    ) -> (f64, f64) {
        let spot = Spot::new(km);
        let (y, log_scatter) = (log_excess(rtt_ms, km), self.log_scatter.at(spot));
        let standard = (y - self.middle.at(spot)) / log_scatter.exp();
        let spread = self.spread(spot, unexplained);
        (
            (standard - expected) / spread,
            -(y + log_scatter + spread.ln()),
        )
    }

    /// Share of the variance that anchors at one place have in common.
    pub(super) fn common(&self, unexplained: f64) -> f64 {
        line(self.common, unexplained).clamp(0.02, 0.95)
    }
}

/// What is left of one round trip of a site that is left out.
struct LeftOver {
    site: usize,
    other: usize,
    unexplained: f64,
    spot: Spot,
    residual: f64,
}

fn line([constant, slope]: [f64; 2], at: f64) -> f64 {
    constant + slope * at
}

/// The line through points (x, y, weight), least squares, with the weight of
/// [`PRIOR_PAIRS`] on each number of another line.
fn straight_line(prior: [f64; 2], points: impl Iterator<Item = (f64, f64, f64)>) -> [f64; 2] {
    let (mut n, mut sx, mut sxx) = (PRIOR_PAIRS, 0.0, PRIOR_PAIRS);
    let (mut sy, mut sxy) = (PRIOR_PAIRS * prior[0], PRIOR_PAIRS * prior[1]);
    for (x, y, weight) in points {
        n += weight;
        sx += weight * x;
        sxx += weight * x * x;
        sy += weight * y;
        sxy += weight * x * y;
    }
    let determinant = n * sxx - sx * sx;
    [
        (sy * sxx - sx * sxy) / determinant,
        (n * sxy - sx * sy) / determinant,
    ]
}
