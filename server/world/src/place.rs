//! Places on the earth and the round trips between them.
//!
//! A round trip is the great-circle distance at two thirds of the speed of light, made longer by
//! a detour that is fixed for each pair of names, plus the access delay of both ends. So the
//! world is physically honest: nothing in it is faster than light in fibre.

pub use domicile_map::Point;
use std::time::Duration;

/// Speed of light in vacuum, metres per second.
pub const LIGHT_M_PER_S: f64 = 299_792_458.0;

/// The geodesic is at most this many times the great circle of the mean sphere.
const ELLIPSOID: f64 = 1.006;

/// Smallest and largest detour of a path over the great circle.
const DETOUR: (f64, f64) = (1.3, 1.9);

/// One end of a path.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// Unique in its world; the detours depend on it.
    pub name: String,
    /// Where it really stands.
    pub point: Point,
    /// What its last mile adds to every round trip.
    pub access: Duration,
}

impl Node {
    /// A node with an ordinary last mile.
    pub fn new(name: impl Into<String>, point: Point) -> Self {
        Self {
            name: name.into(),
            point,
            access: Duration::from_micros(150),
        }
    }
}

/// The round trip between two nodes in an undisturbed world.
pub fn round_trip(a: &Node, b: &Node) -> Duration {
    let seconds = fastest_round_trip_s(a.point, b.point) * detour(&a.name, &b.name);
    Duration::from_secs_f64(seconds) + a.access + b.access
}

/// The round trip at two thirds of the speed of light along the geodesic, seconds: what no path
/// of this world beats.
pub fn fastest_round_trip_s(a: Point, b: Point) -> f64 {
    2.0 * a.distance_m(b) * ELLIPSOID / (LIGHT_M_PER_S * 2.0 / 3.0)
}

/// The detour of a pair, the same in both directions: a hash of the two names, spread evenly.
fn detour(a: &str, b: &str) -> f64 {
    let (first, second) = if a <= b { (a, b) } else { (b, a) };
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for byte in first.bytes().chain([0]).chain(second.bytes()) {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    }
    hash ^= hash >> 32;
    let share = f64::from((hash & 0xffff) as u16) / f64::from(u16::MAX);
    DETOUR.0 + share * (DETOUR.1 - DETOUR.0)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;

    fn point() -> impl Strategy<Value = Point> {
        (-90.0f64..=90.0, -180.0f64..180.0).prop_map(|(a, b)| Point::new(a, b))
    }

    proptest! {
        #[test]
        fn nothing_beats_light_in_fibre_and_both_directions_agree(
            a in point(), b in point(), names in ("[a-z]{1,8}", "[a-z]{1,8}"),
        ) {
            let (a, b) = (Node::new(names.0, a), Node::new(names.1, b));
            let rtt = round_trip(&a, &b);
            prop_assert_eq!(rtt, round_trip(&b, &a));
            prop_assert!(rtt.as_secs_f64() >= fastest_round_trip_s(a.point, b.point));
            prop_assert!(rtt.as_secs_f64() <= fastest_round_trip_s(a.point, b.point) * 2.0 + 0.001);
        }
    }

    #[test]
    fn a_metro_is_crossed_in_half_a_millisecond() {
        let london = Point::new(51.51, -0.13);
        let near = round_trip(
            &Node::new("a", london),
            &Node::new("b", london.towards(90.0, 10_000.0)),
        );
        assert!(near > Duration::from_micros(400) && near < Duration::from_micros(600));
    }
}
