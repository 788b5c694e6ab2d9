//! A circle on the earth as a path on a flat map, right across the date line and the poles.

use crate::point::Point;
use crate::view::View;
use domicile_geo::EARTH_RADIUS_M;
use std::f64::consts::PI;
use std::fmt::Write as _;

/// Corners of a drawn circle.
const CORNERS: u32 = 240;

/// A circle as SVG path data in a window's drawing units.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CapShape {
    /// What is to be filled, by the even-odd rule.
    pub area: String,
    /// What is to be stroked: the circle alone, without the edges that close the area.
    pub line: String,
}

/// Everything within `radius_m` of `center`; `None` when that is the whole earth.
///
/// The outline is followed with its longitude unwrapped. Around one pole it comes back a full turn
/// away: the area is then closed along that pole's edge of the map. Around both, the circle is all
/// but a circle around the antipode, and the map's frame is added. Copies a turn and two to the
/// left and right fill what the date line cuts off; those outside of the window are left out.
pub fn cap_shape(view: &View, center: Point, radius_m: f64) -> Option<CapShape> {
    let arc = radius_m / EARTH_RADIUS_M;
    if arc >= PI {
        return None;
    }
    let outline = outline(center, radius_m);
    let to_pole = |latitude: f64| (latitude - center.latitude).abs().to_radians();
    let (north, south) = (to_pole(90.0) < arc, to_pole(-90.0) < arc);
    let mut shape = CapShape::default();
    for turn in [-2.0, -1.0, 0.0, 1.0, 2.0] {
        let shift = turn * 360.0;
        let mut ring: Vec<(f64, f64)> = outline
            .iter()
            .map(|(longitude, latitude)| (longitude + shift, *latitude))
            .collect();
        append(&mut shape.line, view, &ring);
        if north != south {
            let edge = if north { 90.0 } else { -90.0 };
            let (first, last) = (ring[0].0, ring[ring.len() - 1].0);
            ring.extend([(last, edge), (first, edge)]);
        }
        append(&mut shape.area, view, &ring);
    }
    if north && south {
        let (west, east) = (view.west - 1.0, view.west + 361.0);
        let frame = [(west, 91.0), (east, 91.0), (east, -91.0), (west, -91.0)];
        append(&mut shape.area, view, &frame);
    }
    Some(shape)
}

/// Longitudes (unwrapped) and latitudes around the circle; the first is repeated at the end.
fn outline(center: Point, radius_m: f64) -> Vec<(f64, f64)> {
    let mut outline: Vec<(f64, f64)> = Vec::new();
    for corner in 0..=CORNERS {
        let bearing = f64::from(corner) * 360.0 / f64::from(CORNERS);
        let point = center.towards(bearing, radius_m);
        let before = outline
            .last()
            .map_or(center.longitude, |(longitude, _)| *longitude);
        let step = (point.longitude - before + 540.0).rem_euclid(360.0) - 180.0;
        outline.push((before + step, point.latitude));
    }
    outline
}

fn append(path: &mut String, view: &View, ring: &[(f64, f64)]) {
    let across = || {
        ring.iter()
            .map(|(longitude, _)| view.place(*longitude, 0.0).0)
    };
    if across().fold(f64::MIN, f64::max) < 0.0
        || across().fold(f64::MAX, f64::min) > f64::from(view.columns)
    {
        return;
    }
    for (index, (longitude, latitude)) in ring.iter().enumerate() {
        let (x, y) = view.place(*longitude, *latitude);
        let command = if index == 0 { 'M' } else { 'L' };
        // Far outside of the window the exact place is of no interest, its size in digits is.
        let (x, y) = (x.clamp(-9_999.0, 9_999.0), y.clamp(-9_999.0, 9_999.0));
        write!(path, "{command}{x:.1} {y:.1}").expect("writing to a String cannot fail");
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;

    /// The rings of a path, in drawing units.
    fn rings(path: &str) -> Vec<Vec<(f64, f64)>> {
        path.split('M')
            .skip(1)
            .map(|ring| {
                ring.split('L')
                    .map(|pair| {
                        let (x, y) = pair.split_once(' ').unwrap();
                        (x.parse().unwrap(), y.parse().unwrap())
                    })
                    .collect()
            })
            .collect()
    }

    /// Even-odd over all rings, as a browser fills it.
    fn filled(path: &str, x: f64, y: f64) -> bool {
        let mut inside = false;
        for ring in rings(path) {
            for (index, a) in ring.iter().enumerate() {
                let b = ring[(index + 1) % ring.len()];
                if (a.1 > y) != (b.1 > y) && x < (b.0 - a.0) * (y - a.1) / (b.1 - a.1) + a.0 {
                    inside = !inside;
                }
            }
        }
        inside
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]
        #[test]
        fn the_drawn_circle_holds_what_the_sphere_says(
            latitude in -85.0f64..85.0, longitude in -180.0f64..180.0, radius in 2e5f64..1.98e7,
            column in 0u16..720, row in 0u16..284,
        ) {
            let center = Point::new(latitude, longitude);
            let sample = View::WORLD.sample(column, row).unwrap();
            let distance = center.distance_m(sample);
            // The polygon cuts corners and its numbers are rounded: leave out what is near the line.
            prop_assume!((distance - radius).abs() > 60_000.0);
            // Nor near the circle's poles on the map, where one corner step spans many degrees.
            let pole_gap = ((90.0 - latitude.abs()) * 111_195.0 - radius).abs()
                .min(((90.0 + latitude.abs()) * 111_195.0 - radius).abs());
            prop_assume!(pole_gap > 400_000.0);
            let path = cap_shape(&View::WORLD, center, radius).unwrap().area;
            let drawn = filled(&path, f64::from(column) + 0.5, f64::from(row) + 0.5);
            prop_assert_eq!(drawn, distance < radius, "distance {} m", distance);
        }
    }

    #[test]
    fn a_circle_that_holds_everything_has_no_outline() {
        assert!(cap_shape(&View::WORLD, Point::new(0.0, 0.0), 2.1e7).is_none());
    }
}
