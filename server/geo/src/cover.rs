//! A region as a bounded list of discs, and the distance between two regions.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

use crate::cell::CellId;
use crate::region::Region;
use crate::solver::{Problem, State};
use crate::sphere::{Disc, EARTH_RADIUS_M, ELLIPSOID_FACTOR, UnitVec, arc_below, chord};
use crate::territories::Territories;
use crate::territory::TerritoryMask;
use crate::tree::Link;

/// A disc of a cover.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Cell {
    /// The quadtree cell, for its corners.
    pub id: CellId,
    /// The middle of the disc.
    pub center: UnitVec,
    /// The radius as a chord of the unit sphere; times [`EARTH_RADIUS_M`] it is metres
    /// through the ball, for a small disc nearly those on the ground.
    pub radius_chord: f64,
    /// The territories with land in the cell (not all of it need be feasible).
    pub territories: TerritoryMask,
}

/// A cell that may hold feasible land.
#[derive(Debug, Clone)]
struct Part {
    cell: CellId,
    link: Link,
    state: State,
    disc: Disc,
}

impl Part {
    fn new(
        problem: &Problem,
        territories: &Territories,
        cell: CellId,
        link: Link,
        above: &State,
    ) -> Option<Self> {
        if territories.tree().below(link).is_empty() {
            return None;
        }
        let state = problem.narrow(cell, above)?;
        Some(Self {
            cell,
            link,
            state,
            disc: cell.disc(),
        })
    }

    /// The parts of a part, or `None` at a leaf.
    fn split(&self, problem: &Problem, territories: &Territories) -> Option<Vec<Self>> {
        let children = self
            .cell
            .children()?
            .into_iter()
            .zip(territories.tree().parts(self.link));
        let part = |(cell, link)| Self::new(problem, territories, cell, link, &self.state);
        Some(children.filter_map(part).collect())
    }
}

/// Orders a heap by a number, ties by place.
struct Ranked<T> {
    rank: f64,
    tie: u64,
    value: T,
}

impl<T> PartialEq for Ranked<T> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl<T> Eq for Ranked<T> {}

impl<T> PartialOrd for Ranked<T> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<T> Ord for Ranked<T> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.rank
            .total_cmp(&other.rank)
            .then(other.tie.cmp(&self.tie))
    }
}

/// The parts of a region, largest split first, until there are about `most`.
fn parts(region: &Region, most: usize) -> Vec<Part> {
    let (problem, territories) = (region.problem(), region.territories());
    let start = problem.start();
    let mut heap = BinaryHeap::new();
    let mut done = Vec::new();
    let mut tie = 0u64;
    let mut push = |heap: &mut BinaryHeap<Ranked<Part>>, part: Part| {
        tie += 1;
        heap.push(Ranked {
            rank: part.disc.chord,
            tie,
            value: part,
        });
    };
    for (cell, link) in CellId::roots().zip(territories.tree().roots) {
        if let Some(part) = Part::new(problem, territories, cell, link, &start) {
            push(&mut heap, part);
        }
    }
    while heap.len() + done.len() + 3 <= most {
        let Some(Ranked { value: part, .. }) = heap.pop() else {
            break;
        };
        match part.split(problem, territories) {
            Some(smaller) => smaller.into_iter().for_each(|part| push(&mut heap, part)),
            None => done.push(part),
        }
    }
    done.extend(heap.into_iter().map(|ranked| ranked.value));
    done.sort_by_key(|part| part.cell);
    done
}

impl Region {
    /// Discs that together hold the whole region: at most `max_cells` of them (but never
    /// fewer than six), the finer the more are allowed, down to leaves of 2 km. Empty
    /// when the region is (or turns out so at this fineness).
    pub fn cover(&self, max_cells: usize) -> Vec<Cell> {
        let tree = self.territories().tree();
        let cell = |part: Part| Cell {
            id: part.cell,
            center: UnitVec::from_direction(part.disc.center),
            radius_chord: part.disc.chord + 1e-15,
            territories: *tree.below(part.link),
        };
        parts(self, max_cells.max(6))
            .into_iter()
            .map(cell)
            .collect()
    }
}

/// How many pairs of cells one distance may look at.
const MAX_STEPS: usize = 4_000;

/// Metres on the ground that any point of `a` is from any point of `b`, at least: a
/// rigorous lower bound (the sphere's distance less 0.6 %), 0 when the regions may touch,
/// when either is unconstrained, or when either is empty.
pub fn separation_m(a: &Region, b: &Region) -> f64 {
    if a.is_unconstrained() || b.is_unconstrained() || a.is_empty() || b.is_empty() {
        return 0.0;
    }
    let mut heap = BinaryHeap::new();
    let mut tie = 0u64;
    let mut push = |heap: &mut BinaryHeap<_>, x: Part, y: Part| {
        tie += 1;
        heap.push(Ranked {
            rank: -gap(&x.disc, &y.disc),
            tie,
            value: (x, y),
        });
    };
    for x in parts(a, 32) {
        for y in parts(b, 32) {
            push(&mut heap, x.clone(), y);
        }
    }
    // The pair on top has the smallest bound of all, so its bound holds for the regions.
    let mut steps = 0;
    while let Some(Ranked {
        rank,
        value: (x, y),
        ..
    }) = heap.pop()
    {
        steps += 1;
        let larger_first = x.disc.chord >= y.disc.chord;
        let split_x = || x.split(a.problem(), a.territories());
        let split_y = || y.split(b.problem(), b.territories());
        let (xs, ys) = match larger_first {
            _ if rank >= 0.0 || steps > MAX_STEPS => return -rank.min(0.0),
            true => (split_x(), None),
            false => (None, split_y()),
        };
        match (xs, ys) {
            (Some(xs), _) => xs.into_iter().for_each(|x| push(&mut heap, x, y.clone())),
            (_, Some(ys)) => ys.into_iter().for_each(|y| push(&mut heap, x.clone(), y)),
            (None, None) => return -rank,
        }
    }
    0.0
}

/// Lower bound in metres on the ground between any two points of two discs.
fn gap(x: &Disc, y: &Disc) -> f64 {
    let straight = chord(&x.center, &y.center) * (1.0 - 1e-15);
    // arc(x) ≤ chord(x)·π/2 is far too coarse for radii; a chord r < 1 has an arc of at
    // most r + r³/8, since 2·asin(r/2) = r + r³/24 + 3r⁵/640 + …
    let radius = |disc: &Disc| {
        let r = disc.chord;
        r + r * r * r / 8.0
    };
    let arc = arc_below(straight) - radius(x) - radius(y);
    (arc * EARTH_RADIUS_M / ELLIPSOID_FACTOR - 1e-3).max(0.0)
}
