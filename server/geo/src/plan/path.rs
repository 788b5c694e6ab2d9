//! What a plan assumes of round trips. Arguments of planning, never of a verdict.

use crate::cap::{LIGHT_M_PER_S, SpeedPpm};
use crate::sphere::{EARTH_RADIUS_M, UnitVec, arc_below, chord};

/// How long an honest round trip of a given length takes: the length at a speed, and a fixed
/// part for the last mile of both ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PathModel {
    /// Speed along the great circle; detours are in it.
    pub speed: SpeedPpm,
    /// Nanoseconds that every round trip has on top.
    pub fixed_ns: u64,
}

impl Default for PathModel {
    /// A third of the speed of light and 2 ms. Of the pairs of wonderproxy2020 54 %, of those of
    /// skyplane2022 69 % are at least as fast.
    fn default() -> Self {
        Self {
            speed: SpeedPpm(333_333),
            fixed_ns: 2_000_000,
        }
    }
}

impl PathModel {
    /// The round trip between two places so far from each other, in nanoseconds.
    pub fn rtt_ns(&self, metres: f64) -> u64 {
        shortest_rtt_ns(metres, self.speed).saturating_add(self.fixed_ns)
    }
}

/// The round trip along the great circle at a speed, in nanoseconds.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // `as` saturates
pub fn shortest_rtt_ns(metres: f64, speed: SpeedPpm) -> u64 {
    let m_per_s = LIGHT_M_PER_S * (f64::from(speed.0) * 1e-6);
    (2.0 * metres / m_per_s * 1e9) as u64
}

/// Metres on the sphere between two points, at most 10 cm short.
pub fn distance_m(a: &UnitVec, b: &UnitVec) -> f64 {
    arc_below(chord(&a.normalized(), &b.normalized())) * EARTH_RADIUS_M
}
