//! Areas on the sphere bounded by rings: which cells their boundary touches, and which
//! points are inside.

use domicile_geo::{CellId, convert};

use crate::topojson::Ring;

/// A piece of boundary in cube coordinates of one face: from (u, v) to (u, v).
pub(crate) type Edge = [f64; 4];

/// Longest piece of boundary treated as one great-circle arc, in degrees; the straight
/// line in degrees is then under a metre away.
const STEP: f64 = 0.05;

/// Bins of longitude for the inside test.
const BINS: usize = 3600;

pub(crate) struct Area {
    /// Boundary per face.
    pub(crate) edges: [Vec<Edge>; 6],
    /// Per bin of longitude, the boundary's segments in degrees (lon within ±180 of each other).
    bins: Vec<Vec<[f64; 4]>>,
    /// Whether the area holds the south pole.
    south_pole: bool,
}

impl Area {
    pub(crate) fn new<'r>(rings: impl Iterator<Item = &'r Ring>, south_pole: bool) -> Self {
        let mut area = Self {
            edges: Default::default(),
            bins: vec![Vec::new(); BINS],
            south_pole,
        };
        for ring in rings {
            let next = ring.iter().skip(1).chain(ring.first());
            for (from, to) in ring.iter().zip(next) {
                area.add(*from, *to);
            }
        }
        area
    }

    fn add(&mut self, from: [f64; 2], to: [f64; 2]) {
        // The short way round where a segment crosses the date line.
        let dlon = wrap(to[0] - from[0]);
        let dlat = to[1] - from[1];
        self.bin([from[0], from[1], from[0] + dlon, to[1]]);
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // at most 3,600
        let steps = (dlon.abs().max(dlat.abs()) / STEP).ceil().max(1.0) as u32;
        let point = |k: u32| {
            let t = f64::from(k) / f64::from(steps);
            convert::unit_from_degrees(from[1] + dlat * t, wrap(from[0] + dlon * t))
                .expect("the source is in degrees")
                .components()
        };
        let mut last = point(0);
        for k in 1..=steps {
            let here = point(k);
            self.project(last, here);
            last = here;
        }
    }

    fn bin(&mut self, segment: [f64; 4]) {
        let (west, east) = (segment[0].min(segment[2]), segment[0].max(segment[2]));
        let scale = BINS as f64 / 360.0;
        #[allow(clippy::cast_possible_truncation)] // within ±7,200
        let (first, last) = ((west * scale).floor() as i64, (east * scale).floor() as i64);
        for bin in first..=last {
            let place = usize::try_from(bin.rem_euclid(BINS as i64)).expect("not negative");
            self.bins[place].push(segment);
        }
    }

    /// Adds a short piece of boundary to every face that it may touch.
    fn project(&mut self, from: [f64; 3], to: [f64; 3]) {
        for face in 0..6usize {
            let axis = face % 3;
            let sign = if face < 3 { 1.0 } else { -1.0 };
            let place = |p: [f64; 3]| {
                let depth = p[axis] * sign;
                // Faces reach 54.8° from their middle, so depth is at least 0.577 on them.
                (depth > 0.5).then(|| [p[(axis + 1) % 3] / depth, p[(axis + 2) % 3] / depth])
            };
            if let (Some([u0, v0]), Some([u1, v1])) = (place(from), place(to)) {
                let out = |a: f64, b: f64| a.min(b) > 1.001 || a.max(b) < -1.001;
                if !out(u0, u1) && !out(v0, v1) {
                    self.edges[face].push([u0, v0, u1, v1]);
                }
            }
        }
    }

    /// Whether the middle of a cell is inside: counts the crossings on the way south.
    pub(crate) fn holds_center(&self, cell: CellId) -> bool {
        let (lat, lon) = convert::degrees(&cell.center());
        #[allow(clippy::cast_possible_truncation)] // within ±1,800
        let bin = (lon * BINS as f64 / 360.0).floor() as i64;
        let place = usize::try_from(bin.rem_euclid(BINS as i64)).expect("not negative");
        let mut inside = self.south_pole;
        for [lon0, lat0, lon1, lat1] in &self.bins[place] {
            let a = wrap(lon0 - lon);
            let b = a + (lon1 - lon0);
            if (a <= 0.0) != (b <= 0.0) && lat0 + (lat1 - lat0) * (-a / (b - a)) < lat {
                inside = !inside;
            }
        }
        inside
    }
}

/// A difference of longitudes, −180 to 180.
fn wrap(degrees: f64) -> f64 {
    degrees - 360.0 * (degrees / 360.0).round()
}

/// Whether an edge comes within `margin` of a rectangle (u from, u to, v from, v to).
pub(crate) fn touches(edge: &Edge, [u0, u1, v0, v1]: [f64; 4], margin: f64) -> bool {
    let (u0, u1, v0, v1) = (u0 - margin, u1 + margin, v0 - margin, v1 + margin);
    let [a, b, c, d] = *edge;
    if a.max(c) < u0 || a.min(c) > u1 || b.max(d) < v0 || b.min(d) > v1 {
        return false;
    }
    let side = |u: f64, v: f64| (c - a) * (v - b) - (d - b) * (u - a);
    let sides = [side(u0, v0), side(u1, v0), side(u1, v1), side(u0, v1)];
    !(sides.iter().all(|s| *s > 0.0) || sides.iter().all(|s| *s < 0.0))
}
