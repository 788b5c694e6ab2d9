//! From one signed minimum to a cap: the part of the sphere that the responder can be in.

use std::fmt;
use std::str::FromStr;

use crate::error::GeoError;
use crate::sphere::{Disc, EARTH_RADIUS_M, ELLIPSOID_FACTOR, UnitVec, chord_above};

/// Speed of light in vacuum, metres per second.
pub(crate) const LIGHT_M_PER_S: f64 = 299_792_458.0;

/// A speed in millionths of the speed of light in vacuum.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SpeedPpm(pub u32);

impl fmt::Display for SpeedPpm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:06}c", self.0 / 1_000_000, self.0 % 1_000_000)
    }
}

/// The fastest signal that a verdict assumes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Tier {
    /// The speed of light in vacuum: no premise.
    C,
    /// 0.69 c: no path faster than solid fibre.
    Fibre,
    /// 2/3 c (666,667 millionths, rounded up): the convention.
    TwoThirds,
}

impl Tier {
    /// All tiers, fastest first.
    pub const ALL: [Self; 3] = [Self::C, Self::Fibre, Self::TwoThirds];

    /// `c`, `0.69c` or `2/3c`.
    pub fn label(self) -> &'static str {
        match self {
            Self::C => "c",
            Self::Fibre => "0.69c",
            Self::TwoThirds => "2/3c",
        }
    }

    /// The tier's speed.
    pub fn speed(self) -> SpeedPpm {
        SpeedPpm(match self {
            Self::C => 1_000_000,
            Self::Fibre => 690_000,
            Self::TwoThirds => 666_667,
        })
    }
}

impl fmt::Display for Tier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.label())
    }
}

impl FromStr for Tier {
    type Err = GeoError;

    fn from_str(text: &str) -> Result<Self, GeoError> {
        let found = Self::ALL.into_iter().find(|tier| tier.label() == text);
        found.ok_or_else(|| GeoError::Tier(text.chars().take(16).collect()))
    }
}

/// A trust domain, by the caller's index. All observations of one vote stand or fall
/// together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct VoteId(pub u16);

/// The smallest round trip that one anchor signed, and what is known of the anchor.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Observation {
    /// The anchor's trust domain.
    pub vote: VoteId,
    /// The anchor, by the caller's index; only handed through.
    pub anchor: u16,
    /// The anchor's surveyed position, from the signed directory.
    pub position: UnitVec,
    /// How far the anchor may be from `position`, in metres on the ground.
    pub survey_error_m: u32,
    /// How far the anchor's stopwatch may run slow, in millionths. From 1,000,000 it
    /// measures nothing and the observation excludes nothing.
    pub clock_error_ppm: u32,
    /// The round trip by the anchor's stopwatch, in nanoseconds. 0 is taken as it stands:
    /// the responder is where the anchor is.
    pub rtt_ns: u64,
}

/// How far from the anchor's surveyed position the responder can be, in metres on the
/// sphere of [`EARTH_RADIUS_M`], if no signal is faster than `speed`; infinite when the
/// stopwatch measures nothing. Every rounding makes it larger.
pub fn reach_m(observation: &Observation, speed: SpeedPpm) -> f64 {
    let rate = 1.0 - f64::from(observation.clock_error_ppm) * 1e-6;
    if rate <= 0.0 {
        return f64::INFINITY;
    }
    #[allow(clippy::cast_precision_loss)] // covered by the rounding factor below
    let seconds = observation.rtt_ns as f64 * 1e-9 / rate;
    let ground = LIGHT_M_PER_S * (f64::from(speed.0) * 1e-6) * (seconds / 2.0)
        + f64::from(observation.survey_error_m);
    ground * ELLIPSOID_FACTOR * (1.0 + 1e-12)
}

/// [`reach_m`] at a tier's speed, for maps and reports.
pub fn cap_radius_m(observation: &Observation, tier: Tier) -> f64 {
    reach_m(observation, tier.speed())
}

/// One observation's cap.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CapView {
    /// Whose it is.
    pub vote: VoteId,
    /// The anchor, as in the observation.
    pub anchor: u16,
    /// The anchor's position.
    pub center: UnitVec,
    /// Radius in metres on the sphere; at half the Earth's girth or more it holds
    /// every point and excludes nothing.
    pub radius_m: f64,
}

impl CapView {
    /// The cap of an observation at a tier.
    pub fn new(observation: &Observation, tier: Tier) -> Self {
        Self {
            vote: observation.vote,
            anchor: observation.anchor,
            center: observation.position,
            radius_m: cap_radius_m(observation, tier),
        }
    }
}

/// A cap that excludes something, ready for tests against cells.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Cap {
    pub(crate) vote: VoteId,
    pub(crate) disc: Disc,
}

impl Cap {
    /// `None` when the cap holds every point.
    pub(crate) fn new(observation: &Observation, speed: SpeedPpm) -> Option<Self> {
        let chord = chord_above(reach_m(observation, speed) / EARTH_RADIUS_M * (1.0 + 4e-16))?;
        let disc = Disc::new(observation.position.normalized(), chord);
        Some(Self {
            vote: observation.vote,
            disc,
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;

    fn observation(rtt_ns: u64, survey_error_m: u32, clock_error_ppm: u32) -> Observation {
        let position = UnitVec::new(0.0, 0.0, 1.0).unwrap();
        Observation {
            vote: VoteId(0),
            anchor: 0,
            position,
            survey_error_m,
            clock_error_ppm,
            rtt_ns,
        }
    }

    #[test]
    fn the_radius_is_half_the_round_trip_at_the_tiers_speed_plus_margins() {
        // 10 ms at c: 1,498,962.29 m one way, plus 100 m, plus 0.6 %.
        let got = cap_radius_m(&observation(10_000_000, 100, 0), Tier::C);
        assert!((got - (1_498_962.29 + 100.0) * 1.006).abs() < 0.01, "{got}");
        // A stopwatch 1 % slow measured 9.9 of 10 ms.
        let slow = cap_radius_m(&observation(9_900_000, 100, 10_000), Tier::C);
        assert!((got - slow).abs() < 0.01);
    }

    #[test]
    fn what_measures_nothing_excludes_nothing() {
        for o in [
            observation(1, 0, 1_000_000),
            observation(u64::MAX, 0, 0),
            observation(1, u32::MAX, u32::MAX),
        ] {
            assert_eq!(Cap::new(&o, Tier::TwoThirds.speed()), None);
        }
        let point = Cap::new(&observation(0, 0, 0), Tier::C.speed()).unwrap();
        assert_eq!(point.disc.chord.to_bits(), 0);
    }

    #[test]
    fn labels_are_read_back_and_others_refused() {
        for tier in Tier::ALL {
            assert_eq!(tier.label().parse::<Tier>().unwrap(), tier);
        }
        assert!("0.7c".parse::<Tier>().is_err());
    }

    proptest! {
        #[test]
        fn more_time_error_or_speed_never_shrinks_a_cap(rtt in 0u64..400_000_000, more in 0u64..1_000_000,
            survey in 0u32..100_000, ppm in 0u32..200_000, speed in 0u32..2_000_000) {
            let base = reach_m(&observation(rtt, survey, ppm), SpeedPpm(speed));
            prop_assert!(reach_m(&observation(rtt + more, survey, ppm), SpeedPpm(speed)) >= base);
            prop_assert!(reach_m(&observation(rtt, survey + 1, ppm), SpeedPpm(speed)) >= base);
            prop_assert!(reach_m(&observation(rtt, survey, ppm + 1), SpeedPpm(speed)) >= base);
            prop_assert!(reach_m(&observation(rtt, survey, ppm), SpeedPpm(speed + 1)) >= base);
        }
    }
}
