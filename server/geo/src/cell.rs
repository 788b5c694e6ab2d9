//! Cells of a quadtree on the sphere: six faces of a cube, each halved 14 times.
//!
//! A face is projected through the centre of the ball, so the sides of a cell are arcs of
//! great circles; a quadratic map from grid coordinates (0 to 1) to the cube (−1 to 1)
//! evens out the sizes. All of it is + − × ÷ √. Leaves (level 14) have a diagonal under
//! 0.95 km.

use crate::sphere::{Disc, UnitVec, chord_squared, normalize};

/// The level of the smallest cells.
pub const LEAF_LEVEL: u8 = 14;

/// No leaf's disc has a longer chord than this (checked by a test).
pub(crate) const LEAF_CHORD: f64 = 8e-5;

/// Rounding of a computed disc, about 6 µm on the ground.
const DISC_SLACK: f64 = 1e-12;

/// One cell: a face (0 to 5), a level (0 to 14) and its place in the face's grid of 2^level.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CellId {
    face: u8,
    level: u8,
    i: u16,
    j: u16,
}

/// Grid coordinate 0 to 1 to cube coordinate −1 to 1: (4 s² − 1)/3 from the middle up, and
/// odd about the middle. Without a branch, which would be a coin toss in a search.
fn cube_from_grid(s: f64) -> f64 {
    const THIRD: f64 = 1.0 / 3.0;
    let m = s.max(1.0 - s);
    ((4.0 * m * m - 1.0) * THIRD).copysign(s - 0.5)
}

/// Cube coordinate −1 to 1 to grid coordinate 0 to 1.
fn grid_from_cube(u: f64) -> f64 {
    if u >= 0.0 {
        0.5 * (1.0 + 3.0 * u).sqrt()
    } else {
        1.0 - 0.5 * (1.0 - 3.0 * u).sqrt()
    }
}

/// The direction of cube coordinates (u, v) on a face.
fn direction(face: u8, u: f64, v: f64) -> [f64; 3] {
    let sign = if face < 3 { 1.0 } else { -1.0 };
    match face % 3 {
        0 => [sign, u, v],
        1 => [v, sign, u],
        _ => [u, v, sign],
    }
}

impl CellId {
    /// The six faces.
    pub fn roots() -> impl Iterator<Item = Self> {
        (0..6).map(|face| Self {
            face,
            level: 0,
            i: 0,
            j: 0,
        })
    }

    /// The cell at column `i` and row `j` of a face's grid at a level, or none when there is no
    /// such cell.
    pub fn new(face: u8, level: u8, i: u16, j: u16) -> Option<Self> {
        let size = 1u16.checked_shl(u32::from(level))?;
        let sound = face < 6 && level <= LEAF_LEVEL && i < size && j < size;
        sound.then_some(Self { face, level, i, j })
    }

    /// 0 to 5.
    pub fn face(&self) -> u8 {
        self.face
    }

    /// 0 (a face) to 14 (a leaf).
    pub fn level(&self) -> u8 {
        self.level
    }

    /// Column in the face's grid of 2^level, from 0.
    pub fn i(&self) -> u16 {
        self.i
    }

    /// Row in the face's grid of 2^level, from 0.
    pub fn j(&self) -> u16 {
        self.j
    }

    /// The four children, or none below the leaves.
    pub fn children(&self) -> Option<[Self; 4]> {
        let child = |k: u16| Self {
            face: self.face,
            level: self.level + 1,
            i: self.i * 2 + (k & 1),
            j: self.j * 2 + (k >> 1),
        };
        (self.level < LEAF_LEVEL).then(|| [child(0), child(1), child(2), child(3)])
    }

    /// Which of its parent's children this cell's ancestor at `level` (1 or more) is.
    pub(crate) fn child_index(&self, level: u8) -> usize {
        let shift = self.level - level;
        usize::from((self.i >> shift) & 1) + 2 * usize::from((self.j >> shift) & 1)
    }

    /// The cell at `level` (at most 14) that holds a point. A point within rounding of a
    /// side may fall to either neighbour.
    pub fn of_point(point: &UnitVec, level: u8) -> Self {
        let level = level.min(LEAF_LEVEL);
        let [x, y, z] = point.normalized();
        let (axis, major, a, b) = if x.abs() >= y.abs() && x.abs() >= z.abs() {
            (0, x, y, z)
        } else if y.abs() >= z.abs() {
            (1, y, z, x)
        } else {
            (2, z, x, y)
        };
        let face = if major > 0.0 { axis } else { axis + 3 };
        let size = 1u16 << level;
        Self {
            face,
            level,
            i: grid_index(a / major.abs(), size),
            j: grid_index(b / major.abs(), size),
        }
    }

    /// The cell's side in grid coordinates: a power of two, so that a product is exact.
    fn step(&self) -> f64 {
        f64::from_bits(u64::from(1023 - u16::from(self.level)) << 52)
    }

    /// Sides in cube coordinates: u from, u to, v from, v to.
    pub fn cube_bounds(&self) -> [f64; 4] {
        let step = self.step();
        let at = |k: u16| cube_from_grid(f64::from(k) * step);
        [at(self.i), at(self.i + 1), at(self.j), at(self.j + 1)]
    }

    /// [`CellId::cube_bounds`] of the children, in their order.
    pub(crate) fn children_bounds(&self) -> [[f64; 4]; 4] {
        let half = self.step() * 0.5;
        let lines = |k: u16| {
            let at = |k: u16| cube_from_grid(f64::from(k) * half);
            [at(2 * k), at(2 * k + 1), at(2 * k + 2)]
        };
        let ([u0, u1, u2], [v0, v1, v2]) = (lines(self.i), lines(self.j));
        [
            [u0, u1, v0, v1],
            [u1, u2, v0, v1],
            [u0, u1, v1, v2],
            [u1, u2, v1, v2],
        ]
    }

    /// Whether every point within a disc is in the cell with these [`CellId::cube_bounds`]; unsure
    /// counts as no. `sine` is that of the disc's radius, which is under a quarter turn.
    ///
    /// The sides are great circles. A point's distance from the one at *u* has the sine
    /// (a − u m)/√(1 + u²), with m the component towards the face and a the one along it, and
    /// √(1 + u²) ≤ 1 + u²/2.
    pub(crate) fn holds(&self, bounds: [f64; 4], center: &[f64; 3], sine: f64) -> bool {
        let axis = usize::from(self.face % 3);
        let sign = if self.face < 3 { 1.0 } else { -1.0 };
        let major = center[axis] * sign;
        let along = [center[(axis + 1) % 3], center[(axis + 2) % 3]];
        let [u0, u1, v0, v1] = bounds;
        let clear = |inside: f64, u: f64| inside >= sine * (1.0 + 0.5 * u * u);
        clear(along[0] - u0 * major, u0)
            && clear(u1 * major - along[0], u1)
            && clear(along[1] - v0 * major, v0)
            && clear(v1 * major - along[1], v1)
    }

    /// The four corners as unit vectors, in the order of a walk around the cell.
    pub fn corners(&self) -> [UnitVec; 4] {
        let [u0, u1, v0, v1] = self.cube_bounds();
        [(u0, v0), (u1, v0), (u1, v1), (u0, v1)]
            .map(|(u, v)| UnitVec::from_direction(direction(self.face, u, v)))
    }

    /// The middle of the cell.
    pub fn center(&self) -> UnitVec {
        let step = self.step();
        let at = |k: u16| cube_from_grid((f64::from(k) + 0.5) * step);
        UnitVec::from_direction(direction(self.face, at(self.i), at(self.j)))
    }

    /// A disc that holds the cell. Above the leaves it also holds the disc of every leaf
    /// below, so that a test that settles a cell would have settled each of its leaves.
    pub(crate) fn disc(&self) -> Disc {
        self.disc_within(self.cube_bounds())
    }

    /// The smallest of the cell's discs: what [`CellId::disc`] holds, without its width, for
    /// distances.
    pub(crate) fn snug_disc(&self) -> Disc {
        let overhang = if self.level == LEAF_LEVEL {
            0.0
        } else {
            LEAF_CHORD
        };
        tight_disc(self.face, self.cube_bounds(), overhang)
    }

    /// [`CellId::disc`] from [`CellId::cube_bounds`].
    #[inline]
    pub(crate) fn disc_within(&self, bounds: [f64; 4]) -> Disc {
        match self.level {
            LEAF_LEVEL => tight_disc(self.face, bounds, 0.0),
            0 | 1 => tight_disc(self.face, bounds, LEAF_CHORD),
            _ => wide_disc(self.face, bounds),
        }
    }
}

/// A disc a little wider than needed that takes one root; from level 2.
///
/// Dropping points from outside onto a ball brings no two of them farther apart. Every
/// point of the cell on the cube is at least *q* from the middle of the ball, so dropped
/// onto the ball of radius *q* it stays within half the cell's diagonal *h* of its middle,
/// and shrinking that ball to radius 1 divides by *q*. The middle is *m* from the middle of
/// the ball, so *q* is at least *m* − *h*.
fn wide_disc(face: u8, [u0, u1, v0, v1]: [f64; 4]) -> Disc {
    let (u, v) = ((u0 + u1) * 0.5, (v0 + v1) * 0.5);
    let (du, dv) = ((u1 - u0) * 0.5, (v1 - v0) * 0.5);
    // √(a² + b²) ≤ a + (√2 − 1) b for a ≥ b: it is convex, and equal at b = 0 and b = a.
    let half = du.max(dv) + 0.414_213_562_4 * du.min(dv);
    let scale = 1.0 / (1.0 + u * u + v * v).sqrt();
    // h/(m − h) = x/(1 − x) with x = h/m, which is under 0.3 from level 2; up to 0.5
    // that is at most x + x² + 2x³.
    let x = half * scale;
    let reach = x * (1.0 + x * (1.0 + 2.0 * x));
    let center = direction(face, u, v).map(|k| k * scale);
    Disc::about(center, reach + LEAF_CHORD + DISC_SLACK)
}

/// The disc around the corners, and so much more.
fn tight_disc(face: u8, [u0, u1, v0, v1]: [f64; 4], overhang: f64) -> Disc {
    let corner = |u, v| normalize(direction(face, u, v));
    let corners = [
        corner(u0, v0),
        corner(u1, v0),
        corner(u1, v1),
        corner(u0, v1),
    ];
    let sum = |k: usize| corners[0][k] + corners[1][k] + corners[2][k] + corners[3][k];
    let center = normalize([sum(0), sum(1), sum(2)]);
    // The cell is convex and smaller than a hemisphere: a corner is its farthest point.
    let reach = corners
        .iter()
        .map(|c| chord_squared(&center, c))
        .fold(0.0, f64::max)
        .sqrt();
    Disc::new(center, reach + overhang + DISC_SLACK)
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // clamped to the grid
fn grid_index(u: f64, size: u16) -> u16 {
    let at = grid_from_cube(u.clamp(-1.0, 1.0)) * f64::from(size);
    (at.max(0.0) as u16).min(size - 1)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::convert::unit_from_degrees;
    use crate::sphere::{EARTH_RADIUS_M, chord};
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_point_is_in_its_cell_and_in_the_discs_above(lat in -90.0f64..90.0, lon in -180.0f64..180.0) {
            let point = unit_from_degrees(lat, lon).unwrap();
            let leaf = CellId::of_point(&point, LEAF_LEVEL);
            let leaf_disc = leaf.disc();
            prop_assert!(leaf_disc.chord <= LEAF_CHORD);
            let mut cell = CellId::roots().nth(usize::from(leaf.face())).unwrap();
            for level in 0..=LEAF_LEVEL {
                let disc = cell.disc();
                prop_assert!(chord(&disc.center, &point.normalized()) <= disc.chord);
                let snug = cell.snug_disc();
                prop_assert!(chord(&snug.center, &point.normalized()) <= snug.chord);
                prop_assert!(snug.chord <= disc.chord && disc.chord < 1.7 * snug.chord);
                prop_assert!(chord(&disc.center, &leaf_disc.center) + leaf_disc.chord <= disc.chord + 1e-15);
                prop_assert_eq!(CellId::of_point(&point, level), cell);
                if level < LEAF_LEVEL {
                    cell = cell.children().unwrap()[leaf.child_index(level + 1)];
                }
            }
            prop_assert_eq!(cell, leaf);
            prop_assert_eq!(cell.children(), None);
        }
    }

    proptest! {
        #[test]
        fn a_cell_holds_only_discs_all_of_whose_points_are_in_it(lat in -90.0f64..90.0, lon in -180.0f64..180.0,
            level in 0u8..=10, radius in 0.0f64..0.5, turn in 0.0f64..6.3, sure in any::<bool>()) {
            let point = unit_from_degrees(lat, lon).unwrap();
            let cell = CellId::of_point(&point, level);
            let radius = if sure { radius * 0.01 } else { radius };
            let center = point.normalized();
            // A point on the disc's edge, in any direction.
            let pole = if center[2].abs() < 0.9 { [0.0, 0.0, 1.0] } else { [1.0, 0.0, 0.0] };
            let cross = |a: [f64; 3], b: [f64; 3]| [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]];
            let east = normalize(cross(pole, center));
            let north = cross(center, east);
            let edge = UnitVec::from_direction([0, 1, 2].map(|k| {
                center[k] * radius.cos() + (east[k] * turn.cos() + north[k] * turn.sin()) * radius.sin()
            }));
            if cell.holds(cell.cube_bounds(), &center, radius.sin() + 1e-12) {
                prop_assert_eq!(CellId::of_point(&edge, level), cell);
            }
            // It is not always unsure: the middle of a cell, with a disc of a quarter of its side.
            let middle = cell.center().normalized();
            let side = 0.25 * chord(&cell.corners()[0].normalized(), &cell.corners()[1].normalized());
            prop_assert!(cell.holds(cell.cube_bounds(), &middle, side));
        }
    }

    #[test]
    fn leaves_are_under_950_metres_across() {
        let mut widest = 0.0f64;
        for face in CellId::roots() {
            for i in (0..1u16 << LEAF_LEVEL).step_by(127) {
                for j in (0..1u16 << LEAF_LEVEL).step_by(127) {
                    let corners = CellId {
                        level: LEAF_LEVEL,
                        i,
                        j,
                        ..face
                    }
                    .corners();
                    let at = |k: usize| corners[k].normalized();
                    widest = widest.max(chord(&at(0), &at(2))).max(chord(&at(1), &at(3)));
                }
            }
        }
        assert!(
            widest * EARTH_RADIUS_M < 950.0,
            "{}",
            widest * EARTH_RADIUS_M
        );
    }
}
