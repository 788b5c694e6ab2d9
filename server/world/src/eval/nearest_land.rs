//! The territory that a place is in, or nearest to.

use domicile_geo::{CellId, Territories, TerritoryMask, UnitVec};
use domicile_map::Point;
use std::collections::BinaryHeap;

/// How far around a place in several territories' cells is looked for whose land prevails,
/// metres: cells reach 2 km beyond a border.
const AROUND_M: [f64; 3] = [2_000.0, 4_000.0, 8_000.0];

/// The territory of a place on land, or that of the nearest land of a place at sea. Where the
/// cells of several hold the place, the one with the most land around it; of equals the first.
pub(super) fn territory_at(point: Point, territories: &Territories) -> u8 {
    let [x, y, z] = point.unit();
    let unit = UnitVec::new(x, y, z).expect("a point's unit vector has length 1 within rounding");
    let mut here = territories.contains(&unit);
    if here.is_empty() {
        here = nearest(&unit, territories);
    }
    let mut first = here.iter();
    let one = first
        .next()
        .expect("the territory data have land, so some is nearest");
    if first.next().is_none() {
        return one;
    }
    prevailing(point, here, territories).unwrap_or(one)
}

/// Of `among`, the one that most points around `point` are in.
fn prevailing(point: Point, among: TerritoryMask, territories: &Territories) -> Option<u8> {
    let around: Vec<TerritoryMask> = AROUND_M
        .into_iter()
        .flat_map(|metres| (0u8..12).map(move |k| point.towards(f64::from(k) * 30.0, metres)))
        .filter_map(|point| {
            let [x, y, z] = point.unit();
            UnitVec::new(x, y, z).ok()
        })
        .map(|unit| territories.contains(&unit))
        .collect();
    let land = |index: u8| around.iter().filter(|mask| mask.contains(index)).count();
    among
        .iter()
        .max_by_key(|&index| (land(index), u8::MAX - index))
}

/// A cell and a lower bound of its distance, as a chord.
#[derive(Debug, PartialEq)]
struct Near {
    chord: f64,
    cell: CellId,
}

impl Eq for Near {}

impl PartialOrd for Near {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Near {
    /// The nearest is the greatest, so that a heap hands it out first.
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        let nearer = other.chord.total_cmp(&self.chord);
        nearer.then(other.cell.cmp(&self.cell))
    }
}

/// The territories of the leaf with land that is nearest to a point.
fn nearest(point: &UnitVec, territories: &Territories) -> TerritoryMask {
    let near = |cell: CellId| Near {
        chord: chord_below(point, cell),
        cell,
    };
    let mut queue: BinaryHeap<Near> = CellId::roots().map(near).collect();
    while let Some(Near { cell, .. }) = queue.pop() {
        let Some(children) = cell.children() else {
            return territories.within(cell);
        };
        let with_land = children
            .into_iter()
            .filter(|child| !territories.within(*child).is_empty());
        queue.extend(with_land.map(near));
    }
    TerritoryMask::EMPTY
}

/// A cell is within the largest distance of a corner around its middle.
fn chord_below(point: &UnitVec, cell: CellId) -> f64 {
    let center = cell.center();
    let corners = cell.corners();
    let radius = corners.iter().map(|corner| chord(&center, corner));
    (chord(point, &center) - radius.fold(0.0, f64::max)).max(0.0)
}

/// The straight line between two points of the unit sphere.
pub(super) fn chord(a: &UnitVec, b: &UnitVec) -> f64 {
    let (a, b) = (a.components(), b.components());
    let square = |k: usize| (a[k] - b[k]) * (a[k] - b[k]);
    (square(0) + square(1) + square(2)).sqrt()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn at(latitude: f64, longitude: f64) -> String {
        let territories = Territories::builtin();
        let index = territory_at(Point::new(latitude, longitude), territories);
        territories.code(index).unwrap().to_string()
    }

    #[test]
    fn places_on_land_at_sea_and_at_borders() {
        assert_eq!(at(50.11, 8.68), "DE");
        assert_eq!(at(22.3, 114.17), "HK");
        // In the middle of the Atlantic off the Azores, and off the coast of Somalia.
        assert_eq!(at(38.0, -33.0), "PT");
        assert_eq!(at(5.0, 52.0), "SO");
        // A kilometre inside of either side of the border at Strasbourg and Kehl.
        assert_eq!(at(48.575, 7.780), "FR");
        assert_eq!(at(48.575, 7.820), "DE");
        assert_eq!(at(-90.0, 0.0), "AQ");
    }

    #[test]
    fn every_open_sea_has_a_nearest_land() {
        for longitude in (-180..180).step_by(30) {
            for latitude in (-60..=80).step_by(20) {
                let code = at(f64::from(latitude), f64::from(longitude));
                assert_eq!(code.len(), 2);
            }
        }
    }
}
