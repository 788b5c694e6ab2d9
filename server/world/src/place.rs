//! Places on the earth and the round trips between them.
//!
//! A round trip is the great-circle distance at two thirds of the speed of light, made longer by
//! a detour that is fixed for each pair of names, plus the access delay of both ends. So the
//! world is physically honest: nothing in it is faster than light in fibre.

use std::time::Duration;

/// Speed of light in vacuum, metres per second.
pub const LIGHT_M_PER_S: f64 = 299_792_458.0;

/// Mean radius of the earth, metres (IUGG).
const EARTH_RADIUS_M: f64 = 6_371_008.8;

/// The geodesic is at most this many times the great circle of the mean sphere.
const ELLIPSOID: f64 = 1.006;

/// Smallest and largest detour of a path over the great circle.
const DETOUR: (f64, f64) = (1.3, 1.9);

/// A point on the earth, degrees, north and east positive.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
    /// −90 to 90.
    pub latitude: f64,
    /// −180 to 180.
    pub longitude: f64,
}

impl Point {
    /// The point at these degrees.
    pub const fn new(latitude: f64, longitude: f64) -> Self {
        Self {
            latitude,
            longitude,
        }
    }

    /// As a unit vector: x to (0°, 0°), z to the north pole.
    pub fn unit(self) -> [f64; 3] {
        let (latitude, longitude) = (self.latitude.to_radians(), self.longitude.to_radians());
        [
            latitude.cos() * longitude.cos(),
            latitude.cos() * longitude.sin(),
            latitude.sin(),
        ]
    }

    /// The point of a vector of any length but zero.
    pub fn from_vector([x, y, z]: [f64; 3]) -> Self {
        Self {
            latitude: z.atan2(x.hypot(y)).to_degrees(),
            longitude: y.atan2(x).to_degrees(),
        }
    }

    /// Great-circle distance on the mean sphere, metres.
    pub fn distance_m(self, other: Self) -> f64 {
        let (a, b) = (self.unit(), other.unit());
        let difference = [a[0] - b[0], a[1] - b[1], a[2] - b[2]];
        let chord = difference.iter().map(|d| d * d).sum::<f64>().sqrt();
        2.0 * (chord / 2.0).clamp(0.0, 1.0).asin() * EARTH_RADIUS_M
    }

    /// The point this many metres away in a direction (degrees clockwise from north).
    pub fn towards(self, bearing: f64, distance_m: f64) -> Self {
        let (latitude, arc) = (self.latitude.to_radians(), distance_m / EARTH_RADIUS_M);
        let bearing = bearing.to_radians();
        let up = (latitude.sin() * arc.cos() + latitude.cos() * arc.sin() * bearing.cos())
            .clamp(-1.0, 1.0);
        let east = (bearing.sin() * arc.sin() * latitude.cos())
            .atan2(arc.cos() - latitude.sin() * up)
            .to_degrees();
        let longitude = (self.longitude + east + 540.0).rem_euclid(360.0) - 180.0;
        Self::new(up.asin().to_degrees(), longitude)
    }
}

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

        #[test]
        fn walking_a_distance_leads_that_far(start in point(), bearing in 0.0f64..360.0, far in 0.0f64..2e7) {
            let end = start.towards(bearing, far);
            prop_assert!((start.distance_m(end) - far).abs() < 1.0);
            prop_assert!((-180.0..180.0).contains(&end.longitude));
        }

        #[test]
        fn vectors_lead_back(point in point()) {
            let back = Point::from_vector(point.unit());
            prop_assert!(back.distance_m(point) < 0.01);
        }
    }

    #[test]
    fn known_distances() {
        let (london, sydney) = (Point::new(51.51, -0.13), Point::new(-33.87, 151.21));
        assert!((london.distance_m(sydney) - 16_990_000.0).abs() < 30_000.0);
        let near = round_trip(
            &Node::new("a", london),
            &Node::new("b", london.towards(90.0, 10_000.0)),
        );
        assert!(near > Duration::from_micros(400) && near < Duration::from_micros(600));
    }
}
