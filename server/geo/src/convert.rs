//! Degrees to unit vectors and back. **Tools only**: this module calls the platform's
//! sine, cosine and arctangent, whose last bits differ between machines. The verdict path
//! takes unit vectors as stored in signed records and never calls it.

use crate::error::GeoError;
use crate::sphere::UnitVec;

/// The unit vector of a geodetic latitude (−90 to 90) and longitude (−180 to 180) in degrees.
///
/// # Errors
/// [`GeoError::Degrees`] when either is out of range or not finite.
pub fn unit_from_degrees(lat: f64, lon: f64) -> Result<UnitVec, GeoError> {
    if !((-90.0..=90.0).contains(&lat) && (-180.0..=180.0).contains(&lon)) {
        return Err(GeoError::Degrees { lat, lon });
    }
    let (lat, lon) = (lat.to_radians(), lon.to_radians());
    let v = [lat.cos() * lon.cos(), lat.cos() * lon.sin(), lat.sin()];
    Ok(UnitVec::from_direction(v))
}

/// Latitude and longitude in degrees.
pub fn degrees(point: &UnitVec) -> (f64, f64) {
    let [x, y, z] = point.components();
    let lat = z.atan2((x * x + y * y).sqrt()).to_degrees();
    (lat, y.atan2(x).to_degrees())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn there_and_back(lat in -89.9f64..89.9, lon in -179.9f64..179.9) {
            let (a, b) = degrees(&unit_from_degrees(lat, lon).unwrap());
            prop_assert!((a - lat).abs() < 1e-9 && (b - lon).abs() < 1e-9);
        }
    }

    #[test]
    fn poles_and_the_date_line_pass_and_the_rest_is_refused() {
        for (lat, lon) in [(90.0, 0.0), (-90.0, 12.0), (0.0, 180.0), (0.0, -180.0)] {
            assert!(unit_from_degrees(lat, lon).is_ok());
        }
        for (lat, lon) in [
            (90.1, 0.0),
            (0.0, 180.5),
            (f64::NAN, 0.0),
            (0.0, f64::INFINITY),
        ] {
            assert!(unit_from_degrees(lat, lon).is_err());
        }
    }
}
