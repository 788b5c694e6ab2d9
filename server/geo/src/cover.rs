//! A region as a bounded list of discs, and the distance between two regions.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

use crate::cell::CellId;
use crate::region::Region;
use crate::solver::{Problem, State};
use crate::sphere::{Disc, EARTH_RADIUS_M, ELLIPSOID_FACTOR, UnitVec, arc_below, chord};
use crate::territories::Territories;
use crate::territory::TerritoryMask;
use crate::tree::Place;

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
struct Part<'t> {
    cell: CellId,
    place: Place<'t>,
    state: State,
    disc: Disc,
}

impl<'t> Part<'t> {
    fn new(
        problem: &Problem,
        territories: &'t Territories,
        cell: CellId,
        place: Place<'t>,
        above: &State,
    ) -> Option<Self> {
        if territories.tree().below(&place).is_empty() {
            return None;
        }
        let state = problem.narrow(cell, above)?;
        Some(Self {
            cell,
            place,
            state,
            disc: cell.snug_disc(),
        })
    }

    /// The parts of a part, or `None` at a leaf.
    fn split(&self, problem: &Problem, territories: &'t Territories) -> Option<Vec<Self>> {
        let children = self
            .cell
            .children()?
            .into_iter()
            .zip(territories.tree().parts(&self.place));
        let part = |(cell, place)| Self::new(problem, territories, cell, place, &self.state);
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

/// A heap that hands out the highest rank first, of equals the one that came first.
pub(crate) struct Queue<T> {
    heap: BinaryHeap<Ranked<T>>,
    tie: u64,
}

impl<T> Queue<T> {
    pub(crate) fn new() -> Self {
        Self {
            heap: BinaryHeap::new(),
            tie: 0,
        }
    }

    pub(crate) fn push(&mut self, rank: f64, value: T) {
        self.tie += 1;
        self.heap.push(Ranked {
            rank,
            tie: self.tie,
            value,
        });
    }

    pub(crate) fn pop(&mut self) -> Option<(f64, T)> {
        self.heap.pop().map(|ranked| (ranked.rank, ranked.value))
    }
}

/// The parts of a region, largest split first, until there are about `most`.
fn parts(region: &Region, most: usize) -> Vec<Part<'_>> {
    let (problem, territories) = (region.problem(), region.territories());
    let start = problem.start();
    let mut queue = Queue::new();
    let mut done = Vec::new();
    for (cell, place) in territories.tree().roots() {
        if let Some(part) = Part::new(problem, territories, cell, place, &start) {
            queue.push(part.disc.chord, part);
        }
    }
    while queue.heap.len() + done.len() + 3 <= most {
        let Some((_, part)) = queue.pop() else { break };
        match part.split(problem, territories) {
            Some(smaller) => {
                smaller
                    .into_iter()
                    .for_each(|part| queue.push(part.disc.chord, part));
            }
            None => done.push(part),
        }
    }
    done.extend(queue.heap.into_iter().map(|ranked| ranked.value));
    done.sort_by_key(|part| part.cell);
    done
}

impl Region {
    /// Discs that together hold the whole region: at most `max_cells` of them (but never
    /// fewer than six), the finer the more are allowed, down to leaves of 2 km. Empty
    /// when the region is (or turns out so at this fineness).
    pub fn cover(&self, max_cells: usize) -> Vec<Cell> {
        let tree = self.territories().tree();
        let cell = |part: Part<'_>| Cell {
            id: part.cell,
            center: UnitVec::from_direction(part.disc.center),
            radius_chord: part.disc.chord + 1e-15,
            territories: *tree.below(&part.place),
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
    let mut queue = Queue::new();
    let rank = |x: &Part<'_>, y: &Part<'_>| -gap(&x.disc, &y.disc);
    for x in parts(a, 32) {
        for y in parts(b, 32) {
            queue.push(rank(&x, &y), (x.clone(), y));
        }
    }
    // The pair on top has the smallest bound of all, so its bound holds for the regions.
    let mut steps = 0;
    while let Some((bound, (x, y))) = queue.pop() {
        steps += 1;
        if bound >= 0.0 {
            return 0.0;
        }
        if steps > MAX_STEPS {
            return -bound;
        }
        let (xs, ys) = if x.disc.chord >= y.disc.chord {
            (x.split(a.problem(), a.territories()), None)
        } else {
            (None, y.split(b.problem(), b.territories()))
        };
        match (xs, ys) {
            (Some(xs), _) => {
                xs.into_iter()
                    .for_each(|x| queue.push(rank(&x, &y), (x, y.clone())));
            }
            (_, Some(ys)) => {
                ys.into_iter()
                    .for_each(|y| queue.push(rank(&x, &y), (x.clone(), y)));
            }
            (None, None) => return -bound,
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
