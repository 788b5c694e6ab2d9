//! The places that lie in the most discs: what CBG's multilateration asks for.
//!
//! Searched in the quadtree of the territory data, from the largest cells down: a cell in fewer
//! discs than the best one so far is not divided. A cell of the last level, 6 km across, counts
//! as in a disc that it touches.

use crate::eval::nearest_land::chord;
use domicile_geo::{CellId, EARTH_RADIUS_M, Territories, UnitVec};
use domicile_map::Point;
use std::collections::BinaryHeap;

/// The level of the smallest cells that are looked at.
const FINEST: u8 = 11;

/// A region is described by about so many cells.
const CELLS: usize = 2_000;

/// A cell reaches beyond its corners' distance from the middle by less than this factor.
const SLACK: f64 = 1.1;

/// A disc on the sphere.
#[derive(Debug, Clone, Copy)]
pub(super) struct Disc {
    center: UnitVec,
    /// The radius as a chord of the unit sphere; 2 holds every place.
    chord: f64,
}

impl Disc {
    /// The disc of this radius on the ground; none is negative.
    pub(super) fn new(center: UnitVec, radius_km: f64) -> Self {
        let half =
            (radius_km.max(0.0) * 1000.0 / EARTH_RADIUS_M / 2.0).min(std::f64::consts::FRAC_PI_2);
        Self {
            center,
            chord: 2.0 * half.sin(),
        }
    }

    /// Whether a place is in it.
    pub(super) fn holds(&self, place: &UnitVec) -> bool {
        chord(&self.center, place) <= self.chord
    }
}

/// A cell, and which discs are still in question in it.
#[derive(Debug, Clone)]
struct Part<'d> {
    cell: CellId,
    center: UnitVec,
    /// Discs that hold the whole cell.
    held: usize,
    /// Discs that touch it and do not hold it.
    crossed: Vec<&'d Disc>,
}

impl<'d> Part<'d> {
    fn new(cell: CellId, held: usize, above: &[&'d Disc]) -> Self {
        let center = cell.center();
        let corners = cell.corners();
        let radius = corners
            .iter()
            .map(|corner| chord(&center, corner))
            .fold(0.0, f64::max)
            * SLACK;
        let mut part = Self {
            cell,
            center,
            held,
            crossed: Vec::new(),
        };
        for disc in above {
            // Chords obey the triangle inequality.
            let far = chord(&disc.center, &center);
            if far + radius <= disc.chord {
                part.held += 1;
            } else if far <= disc.chord + radius {
                part.crossed.push(disc);
            }
        }
        part
    }

    /// How many discs any place of it can be in.
    fn most(&self) -> usize {
        self.held + self.crossed.len()
    }

    /// How many discs its middle is in.
    fn at_center(&self) -> usize {
        let holding = self.crossed.iter().filter(|disc| disc.holds(&self.center));
        self.held + holding.count()
    }

    /// `None` at the last level.
    fn split(&self) -> Option<[Self; 4]> {
        let children = self
            .cell
            .children()
            .filter(|_| self.cell.level() < FINEST)?;
        Some(children.map(|cell| Self::new(cell, self.held, &self.crossed)))
    }
}

/// Orders a heap: the most discs first, of equals the smallest cell.
struct Ranked<'d>(Part<'d>);

impl Ranked<'_> {
    fn rank(&self) -> (usize, u8, CellId) {
        (self.0.most(), self.0.cell.level(), self.0.cell)
    }
}

impl PartialEq for Ranked<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.rank() == other.rank()
    }
}

impl Eq for Ranked<'_> {}

impl PartialOrd for Ranked<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Ranked<'_> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.rank().cmp(&other.rank())
    }
}

/// The places that are in the most of some discs.
#[derive(Debug)]
pub(super) struct Region<'d> {
    discs: &'d [Disc],
    /// How many discs hold the places.
    count: usize,
}

impl<'d> Region<'d> {
    /// Finds the largest number of discs that have a place in common.
    pub(super) fn of_most(discs: &'d [Disc]) -> Self {
        let mut queue: BinaryHeap<Ranked<'d>> = roots(discs).map(Ranked).collect();
        while let Some(Ranked(part)) = queue.pop() {
            match part.split() {
                Some(children) => queue.extend(children.map(Ranked)),
                // Nothing left can be in more.
                None => {
                    let count = part.most();
                    return Self { discs, count };
                }
            }
        }
        Self { discs, count: 0 }
    }

    /// Whether every disc holds it: otherwise the discs contradict each other.
    pub(super) fn is_common(&self) -> bool {
        self.count == self.discs.len()
    }

    /// Whether a place is in as many discs.
    pub(super) fn holds(&self, place: &UnitVec) -> bool {
        self.discs.iter().filter(|disc| disc.holds(place)).count() >= self.count
    }

    /// Whether any cell for which `wanted` is true, as are all those above it, is in it.
    pub(super) fn reaches(&self, wanted: impl Fn(CellId) -> bool) -> bool {
        let mut stack: Vec<Part<'d>> = roots(self.discs).collect();
        while let Some(part) = stack.pop() {
            if part.most() < self.count || !wanted(part.cell) {
                continue;
            }
            match part.split() {
                Some(children) => stack.extend(children),
                None => return true,
            }
        }
        false
    }

    /// Whether a disc has a place in common with it.
    pub(super) fn meets(&self, disc: &Disc) -> bool {
        self.reaches(|cell| Part::new(cell, 0, &[disc]).most() == 1)
    }

    /// The middle of the region: the mean of its cells as vectors, weighted by their area.
    /// With territories only its land counts, if it has any.
    pub(super) fn centroid(&self, land: Option<&Territories>) -> Option<Point> {
        let on_land = |cell: &Part<'_>| {
            land.is_some_and(|territories| !territories.within(cell.cell).is_empty())
        };
        let cells = self.cells();
        let mut chosen: Vec<&Part<'_>> = cells.iter().filter(|cell| on_land(cell)).collect();
        if chosen.is_empty() {
            chosen = cells.iter().collect();
        }
        let mut sum = [0.0; 3];
        for part in chosen {
            let weight = area(part.cell);
            let center = part.center.components();
            sum.iter_mut()
                .zip(center)
                .for_each(|(sum, c)| *sum += c * weight);
        }
        let length = sum.iter().map(|k| k * k).sum::<f64>();
        (length > 0.0).then(|| Point::from_vector(sum))
    }

    /// Cells whose middle is in the region, as fine as their number allows; where no middle is,
    /// those that touch it.
    fn cells(&self) -> Vec<Part<'d>> {
        let mut level: Vec<Part<'d>> = roots(self.discs).collect();
        while level.len() < CELLS {
            let finer: Option<Vec<[Part<'d>; 4]>> = level.iter().map(Part::split).collect();
            let Some(finer) = finer else { break };
            level = finer
                .into_iter()
                .flatten()
                .filter(|part| part.most() >= self.count)
                .collect();
        }
        let inside: Vec<Part<'d>> = level
            .iter()
            .filter(|part| part.at_center() >= self.count)
            .cloned()
            .collect();
        if inside.is_empty() { level } else { inside }
    }
}

fn roots(discs: &[Disc]) -> impl Iterator<Item = Part<'_>> {
    let all: Vec<&Disc> = discs.iter().collect();
    CellId::roots().map(move |cell| Part::new(cell, 0, &all))
}

/// The area of a cell up to a factor that is the same for cells of a level: that of the flat
/// quadrangle of its corners.
fn area(cell: CellId) -> f64 {
    let [a, b, c, d] = cell.corners();
    0.5 * chord(&a, &c) * chord(&b, &d)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;

    fn unit(point: Point) -> UnitVec {
        let [x, y, z] = point.unit();
        UnitVec::new(x, y, z).unwrap()
    }

    fn disc(latitude: f64, longitude: f64, km: f64) -> Disc {
        Disc::new(unit(Point::new(latitude, longitude)), km)
    }

    #[test]
    fn one_disc_has_its_middle_in_the_middle() {
        for km in [0.0, 20.0, 300.0, 4_000.0] {
            let discs = [disc(48.0, 11.0, km)];
            let region = Region::of_most(&discs);
            assert!(region.is_common());
            let middle = region.centroid(None).unwrap();
            let off = middle.distance_m(Point::new(48.0, 11.0)) / 1000.0;
            assert!(off < 5.0 + km / 50.0, "{km}: {off}");
        }
    }

    #[test]
    fn contradicting_discs_leave_the_largest_consistent_number() {
        let far = disc(-30.0, 150.0, 500.0);
        let discs = [disc(48.0, 11.0, 300.0), disc(47.0, 12.0, 300.0), far];
        let region = Region::of_most(&discs);
        assert_eq!((region.count, region.is_common()), (2, false));
        assert!(region.holds(&unit(Point::new(47.5, 11.5))));
        assert!(!region.holds(&unit(Point::new(-30.0, 150.0))));
        assert!(!region.meets(&far) && region.meets(&discs[0]));
    }

    #[test]
    fn land_only_moves_the_middle_ashore() {
        // Half of the disc around a point off Lisbon is sea.
        let discs = [disc(38.7, -9.6, 60.0)];
        let region = Region::of_most(&discs);
        let (sea, land) = (
            region.centroid(None).unwrap(),
            region.centroid(Some(Territories::builtin())).unwrap(),
        );
        assert!(land.longitude > sea.longitude + 0.1, "{land:?} {sea:?}");
        // A disc with no land at all keeps its middle.
        let discs = [disc(0.0, -30.0, 100.0)];
        assert!(
            Region::of_most(&discs)
                .centroid(Some(Territories::builtin()))
                .is_some()
        );
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]
        #[test]
        fn a_place_in_every_disc_is_in_the_region(latitude in -80.0f64..80.0, longitude in -180.0f64..180.0,
            walks in proptest::collection::vec((0.0f64..360.0, 0.0f64..9_000.0, 0.0f64..500.0), 1..12)) {
            let place = Point::new(latitude, longitude);
            let discs: Vec<Disc> = walks.iter().map(|&(bearing, km, more)| {
                let center = place.towards(bearing, km * 1000.0);
                Disc::new(unit(center), km + more + 1e-3)
            }).collect();
            let region = Region::of_most(&discs);
            prop_assert!(region.is_common());
            prop_assert!(region.holds(&unit(place)));
            let home = CellId::of_point(&unit(place), FINEST);
            prop_assert!(region.reaches(|cell| CellId::of_point(&home.center(), cell.level()) == cell));
            prop_assert!(region.centroid(None).is_some());
        }

        #[test]
        fn no_place_is_in_more_discs(centers in proptest::collection::vec((-80.0f64..80.0, -180.0f64..180.0, 10.0f64..6_000.0), 1..20),
            latitude in -80.0f64..80.0, longitude in -180.0f64..180.0) {
            let discs: Vec<Disc> = centers.iter().map(|&(a, b, km)| disc(a, b, km)).collect();
            let region = Region::of_most(&discs);
            let place = unit(Point::new(latitude, longitude));
            prop_assert!(region.count >= 1);
            prop_assert!(discs.iter().filter(|disc| disc.holds(&place)).count() <= region.count);
        }
    }
}
