//! How far a point is from every territory: one search of the tree, nearest cells first.

use crate::cell::CellId;
use crate::cover::Queue;
use crate::sphere::{Disc, EARTH_RADIUS_M, UnitVec, arc_below, chord};
use crate::territories::Territories;
use crate::territory::TerritoryMask;
use crate::tree::Place;

/// A cell whose disc is so much smaller than its distance is near enough.
const FINE: f64 = 1.0 / 256.0;

/// Distances from one point to the land of territories, in metres on the sphere of
/// [`EARTH_RADIUS_M`]: lower bounds, at most 0.8 % or 2 km short.
#[derive(Debug, Clone)]
pub struct Distances {
    /// Rising.
    metres: Vec<f64>,
    /// Whose they are.
    territory: Vec<u8>,
    /// The territories from a place in that order to its end.
    from_here: Vec<TerritoryMask>,
}

impl Distances {
    /// From `point` to each of `wanted`.
    pub fn new(point: &UnitVec, wanted: &TerritoryMask, territories: &Territories) -> Self {
        let tree = territories.tree();
        let center = point.normalized();
        let mut search = Search {
            center,
            wanted: *wanted,
            queue: Queue::new(),
        };
        for (cell, place) in tree.roots() {
            search.put(cell, place, tree.below(&place));
        }
        let (mut metres, mut territory) = (Vec::new(), Vec::new());
        while let Some((rank, (cell, place, disc))) = search.queue.pop() {
            let below = tree.below(&place).intersection(&search.wanted);
            if below.is_empty() {
                continue;
            }
            match cell.children().filter(|_| disc.chord > FINE * -rank) {
                Some(children) => {
                    for (child, part) in children.into_iter().zip(tree.parts(&place)) {
                        search.put(child, part, tree.below(&part));
                    }
                }
                None => {
                    for index in below.iter() {
                        metres.push(-rank * EARTH_RADIUS_M);
                        territory.push(index);
                    }
                    search.wanted = search.wanted.difference(&below);
                }
            }
        }
        Self::of(metres, territory)
    }

    fn of(metres: Vec<f64>, territory: Vec<u8>) -> Self {
        let mut from_here = vec![TerritoryMask::EMPTY];
        for index in territory.iter().rev() {
            let mut mask = from_here[from_here.len() - 1];
            mask.insert(*index);
            from_here.push(mask);
        }
        from_here.reverse();
        Self {
            metres,
            territory,
            from_here,
        }
    }

    /// The nearest territory, and its distance.
    pub fn nearest(&self) -> Option<(u8, f64)> {
        let (metres, territory) = (self.metres.first()?, self.territory.first()?);
        Some((*territory, *metres))
    }

    /// The territories all of whose land is farther than `metres`.
    pub fn beyond(&self, metres: f64) -> TerritoryMask {
        let place = self.metres.partition_point(|found| *found <= metres);
        self.from_here[place]
    }
}

/// A search under way. Ranks are negative arcs, so that the nearest comes first.
struct Search<'t> {
    center: [f64; 3],
    wanted: TerritoryMask,
    queue: Queue<(CellId, Place<'t>, Disc)>,
}

impl<'t> Search<'t> {
    fn put(&mut self, cell: CellId, place: Place<'t>, below: &TerritoryMask) {
        if below.is_disjoint(&self.wanted) {
            return;
        }
        let disc = cell.snug_disc();
        // The arc of a chord r < 1 is at most r + r³/8.
        let radius = disc.chord * (1.0 + disc.chord * disc.chord / 8.0);
        let arc = arc_below(chord(&self.center, &disc.center) * (1.0 - 1e-15)) - radius;
        self.queue.push(-arc.max(0.0), (cell, place, disc));
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::convert::unit_from_degrees;
    use crate::{Observation, Tier, VoteId, locate, reach_m};
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(40))]
        #[test]
        fn distances_are_those_at_which_caps_begin_to_reach(lat in -60.0f64..75.0, lon in -180.0f64..180.0,
            rtt_ns in 0u64..120_000_000) {
            let territories = Territories::builtin();
            let position = unit_from_degrees(lat, lon).unwrap();
            let distances = Distances::new(&position, &territories.all(), territories);
            prop_assert_eq!(distances.beyond(-1.0), territories.all());
            prop_assert!(distances.metres.is_sorted());
            let cap = Observation {
                vote: VoteId(0), anchor: 0, position, survey_error_m: 0, clock_error_ppm: 0, rtt_ns,
            };
            let reach = reach_m(&cap, Tier::C.speed());
            let excluded = locate(&[cap], Tier::C, 0, territories).unwrap().excluded();
            // One metre: cosines of small angles are rounded.
            let sure = distances.beyond(reach + 1.0);
            prop_assert!(sure.is_subset(&excluded));
            prop_assert!(excluded.is_subset(&distances.beyond(reach * 0.992 - 2_000.0)));
        }
    }
}
