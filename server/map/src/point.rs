//! A point on the earth in degrees, and the distance between two.

use domicile_geo::EARTH_RADIUS_M;

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
    }
}
