//! Unit vectors, chords and discs on the sphere, with + − × ÷ √ only.
//!
//! A distance on the unit sphere is kept as a chord (the straight line through the
//! ball, 0 to 2). Arcs enter through [`chord_above`] and leave through [`arc_below`];
//! both are one-sided bounds, so that every rounding errs towards the larger region.

use crate::error::GeoError;

/// Mean radius of the Earth in metres (IUGG R1), the sphere of this crate.
pub const EARTH_RADIUS_M: f64 = 6_371_008.8;

/// A distance on this sphere is at most this many times the geodesic on WGS 84
/// (the largest local ratio is R over the meridian radius at the equator, 1.00561).
pub const ELLIPSOID_FACTOR: f64 = 1.006;

/// Half a turn in radians, rounded up.
const PI_ABOVE: f64 = 3.141_592_653_589_794;

/// A point on the sphere as a unit vector: x towards 0°N 0°E, y towards 0°N 90°E,
/// z towards the north pole; geodetic latitude is used as the sphere's latitude.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct UnitVec {
    x: f64,
    y: f64,
    z: f64,
}

impl UnitVec {
    /// Takes the components as they are. Source: the signed directory, or
    /// [`crate::convert::unit_from_degrees`] in tools.
    ///
    /// # Errors
    /// [`GeoError::NotUnit`] when a component is not finite or the length differs from 1
    /// by more than 1e-9.
    pub fn new(x: f64, y: f64, z: f64) -> Result<Self, GeoError> {
        let norm2 = x * x + y * y + z * z;
        let sound = norm2.is_finite() && (norm2.sqrt() - 1.0).abs() <= 1e-9;
        if sound {
            Ok(Self { x, y, z })
        } else {
            Err(GeoError::NotUnit { x, y, z })
        }
    }

    /// The components exactly as given to [`UnitVec::new`].
    pub fn components(&self) -> [f64; 3] {
        [self.x, self.y, self.z]
    }

    /// The direction with its length corrected to 1 within rounding, for dot products
    /// whose error must stay far below a metre.
    pub(crate) fn normalized(&self) -> [f64; 3] {
        normalize([self.x, self.y, self.z])
    }

    /// From a vector of any non-zero length.
    pub(crate) fn from_direction(v: [f64; 3]) -> Self {
        let [x, y, z] = normalize(v);
        Self { x, y, z }
    }
}

/// Scales a non-zero vector to length 1 within rounding.
pub(crate) fn normalize([x, y, z]: [f64; 3]) -> [f64; 3] {
    let scale = 1.0 / (x * x + y * y + z * z).sqrt();
    [x * scale, y * scale, z * scale]
}

pub(crate) fn dot(a: &[f64; 3], b: &[f64; 3]) -> f64 {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}

/// Straight-line distance of two unit vectors.
pub(crate) fn chord(a: &[f64; 3], b: &[f64; 3]) -> f64 {
    chord_squared(a, b).sqrt()
}

pub(crate) fn chord_squared(a: &[f64; 3], b: &[f64; 3]) -> f64 {
    let d = [a[0] - b[0], a[1] - b[1], a[2] - b[2]];
    dot(&d, &d)
}

/// A chord not shorter than that of `arc` radians (0 or more), or `None` when the arc is
/// half a turn or longer and so reaches every point.
///
/// chord = 2 sin(arc/2). The Taylor series of the sine alternates with falling terms for
/// 0 ≤ x ≤ π/2, so a partial sum that ends in a positive term bounds it from above.
pub fn chord_above(arc: f64) -> Option<f64> {
    // Not `arc >= PI`: an arc that is not a number must count as unconstrained.
    if !(0.0..PI_ABOVE).contains(&arc) {
        return None;
    }
    let x = arc / 2.0;
    let x2 = x * x;
    // 1/(2k(2k+1)) from the inside out: ... up to +x^17/17!
    let mut sum = 1.0;
    for k in [8.0f64, 7.0, 6.0, 5.0, 4.0, 3.0, 2.0, 1.0] {
        sum = 1.0 - sum * x2 / (2.0 * k * (2.0 * k + 1.0));
    }
    Some((2.0 * x * sum * (1.0 + 4e-15)).min(2.0))
}

/// An arc in radians not longer than that of `chord` (0 to 2).
///
/// arc = 2 asin(chord/2); two halvings of the angle by square roots make the argument
/// small, then the series of the arcsine, all of whose terms are positive, is cut off.
pub fn arc_below(chord: f64) -> f64 {
    let mut x = (chord / 2.0).clamp(0.0, 1.0);
    for _ in 0..2 {
        x /= (2.0 * (1.0 + (1.0 - x * x).max(0.0).sqrt())).sqrt();
    }
    let x2 = x * x;
    let mut sum = 1.0;
    // term ratio of asin: (2k-1)² / (2k(2k+1)), from the inside out
    for k in [9.0f64, 8.0, 7.0, 6.0, 5.0, 4.0, 3.0, 2.0, 1.0] {
        let odd = 2.0 * k - 1.0;
        sum = 1.0 + sum * x2 * odd * odd / (2.0 * k * (2.0 * k + 1.0));
    }
    8.0 * x * sum * (1.0 - 4e-15)
}

/// A disc on the sphere: every point within `chord` of `center`. Its sine and cosine are
/// those of its angular radius.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Disc {
    pub(crate) center: [f64; 3],
    pub(crate) chord: f64,
    pub(crate) cos: f64,
    pub(crate) sin: f64,
}

/// Rounding of one comparison of cosines; at a leaf's radius this is under a millimetre.
const COS_SLACK: f64 = 1e-14;

impl Disc {
    pub(crate) fn new(center: [f64; 3], chord: f64) -> Self {
        let half = chord * chord / 2.0;
        let cos = 1.0 - half;
        let sin = chord * (1.0 - half / 2.0).max(0.0).sqrt();
        Self {
            center,
            chord,
            cos,
            sin,
        }
    }

    /// As [`Disc::new`] for a chord of at most 1, with a sine that may be too large: then it
    /// meets more discs than the disc itself, and is held by fewer.
    pub(crate) fn about(center: [f64; 3], chord: f64) -> Self {
        let half = chord * chord * 0.5;
        Self {
            center,
            chord,
            cos: 1.0 - half,
            // √(1 − y) ≤ 1 − y/2
            sin: chord * (1.0 - half * 0.25),
        }
    }

    /// How this disc lies to `other`; unsure counts as meeting.
    pub(crate) fn meets(&self, other: &Self) -> Meeting {
        let between = dot(&self.center, &other.center);
        let (cosines, sines) = (self.cos * other.cos, self.sin * other.sin);
        // Radii that add up to half a turn or more always meet.
        if between < cosines - sines - COS_SLACK
            && self.sin * other.cos + self.cos * other.sin > 0.0
        {
            Meeting::Misses
        } else if between > cosines + sines + COS_SLACK && self.chord > other.chord {
            Meeting::Holds
        } else {
            Meeting::Crosses
        }
    }

    /// Whether no point of `other` is in this disc; unsure counts as no.
    pub(crate) fn misses(&self, other: &Self) -> bool {
        self.meets(other) == Meeting::Misses
    }

    /// Whether every point of `other` is in this disc; unsure counts as no.
    pub(crate) fn holds(&self, other: &Self) -> bool {
        self.meets(other) == Meeting::Holds
    }
}

/// How a disc lies to another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Meeting {
    /// They have no point in common.
    Misses,
    /// The first holds every point of the second.
    Holds,
    /// Neither, or too near to say.
    Crosses,
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn chord_above_bounds_the_true_chord_tightly(arc in 0.0f64..std::f64::consts::PI) {
            let chord = chord_above(arc).unwrap();
            let truth = 2.0 * (arc / 2.0).sin();
            prop_assert!(chord >= truth);
            prop_assert!(chord - truth <= 1e-13);
        }

        #[test]
        fn arc_below_bounds_the_true_arc_tightly(chord in 0.0f64..=2.0) {
            let arc = arc_below(chord);
            let truth = 2.0 * (chord / 2.0).asin();
            prop_assert!(arc <= truth);
            prop_assert!(truth - arc <= 1e-8);
        }

        #[test]
        fn a_disc_about_is_missed_and_held_only_when_the_disc_is(z in -1.0f64..1.0, turn in 0.0f64..6.3,
            cap in 0.0f64..=2.0, chord in 0.0f64..0.6, towards in prop_oneof![Just(0.0), -0.1f64..0.1]) {
            let center = [0.0, 0.0, 1.0];
            // Half of the cases are near to touching, outside or inside.
            let arc = (2.0 * (cap / 2.0).asin() + if turn > 3.15 { 1.0 } else { -1.0 } * 2.0 * (chord / 2.0).asin() + towards).abs();
            let z = if towards == 0.0 { z } else { arc.cos() };
            let other = [(1.0 - z * z).sqrt() * turn.cos(), (1.0 - z * z).sqrt() * turn.sin(), z];
            let (cap, exact, about) = (Disc::new(center, cap), Disc::new(other, chord), Disc::about(other, chord));
            prop_assert!(!cap.misses(&about) || cap.misses(&exact));
            prop_assert!(!cap.holds(&about) || cap.holds(&exact));
            prop_assert!(about.sin - exact.sin <= 0.01 && about.chord.to_bits() == exact.chord.to_bits());
        }
    }

    #[test]
    fn arcs_of_half_a_turn_or_no_number_reach_everything() {
        for arc in [4.0, f64::INFINITY, f64::NAN, -1.0] {
            assert_eq!(chord_above(arc), None);
        }
        assert_eq!(chord_above(0.0), Some(0.0));
    }

    #[test]
    fn only_unit_vectors_pass() {
        assert!(UnitVec::new(0.0, 0.6, 0.8).is_ok());
        for (x, y, z) in [
            (f64::NAN, 0.0, 1.0),
            (0.0, 0.0, 0.0),
            (1.0, 1.0, 0.0),
            (f64::INFINITY, 0.0, 0.0),
            (1.0 + 2e-9, 0.0, 0.0),
        ] {
            assert!(matches!(
                UnitVec::new(x, y, z),
                Err(GeoError::NotUnit { .. })
            ));
        }
    }

    #[test]
    fn holds_and_misses_are_never_both() {
        let north = [0.0, 0.0, 1.0];
        let small = Disc::new(north, 0.1);
        let large = Disc::new(north, 0.2);
        let far = Disc::new([1.0, 0.0, 0.0], 0.1);
        assert!(large.holds(&small) && !small.holds(&large));
        assert!(large.misses(&far) && far.misses(&small));
        assert!(!large.misses(&small));
        // A disc that covers more than half of the sphere still misses its antipode's.
        let most = Disc::new(north, 1.9);
        assert!(most.misses(&Disc::new([0.0, 0.0, -1.0], 0.1)));
        assert!(!most.misses(&Disc::new([0.0, 0.0, -1.0], 0.9)));
    }
}
