//! Branch and bound: which cells can the responder be in?
//!
//! A leaf is **feasible** when at most *f* votes exclude it; a vote excludes it when one of
//! its caps misses the whole disc around the leaf. A larger cell is settled at once when
//! more than *f* votes exclude all of it, or when so few votes could exclude any part of
//! it that every leaf is feasible. The discs of larger cells hold those of their leaves,
//! so the answer is that of a scan over every leaf.

use std::ops::Range;

use crate::cap::{Cap, Observation, SpeedPpm, VoteId};
use crate::cell::{CellId, LEAF_CHORD};
use crate::relevant;
use crate::sphere::{Disc, Meeting, dot};
use crate::territory::TerritoryMask;
use crate::tree::{Place, Tree};

/// The caps that matter, smallest first, and the number of votes that may lie.
#[derive(Debug, Clone)]
pub(crate) struct Problem {
    caps: Vec<Cap>,
    lying: usize,
}

/// With so many allowed liars at most a search starts at a cell that holds their caps.
const FEW: usize = 3;

/// How far a cell is decided.
enum Standing {
    /// More than *f* votes exclude all of it.
    Excluded,
    /// Every leaf below is feasible.
    Feasible,
    /// Neither.
    Open,
}

/// Where a search is: the caps (indices) that may exclude some of the cell but not all of
/// it, and the votes that exclude all of it.
#[derive(Debug, Clone, Default)]
pub(crate) struct State {
    open: Vec<u16>,
    out: Vec<VoteId>,
}

/// What a search wants of a feasible cell.
pub(crate) trait Search {
    /// Whether a cell whose land belongs to `below` is of no interest.
    fn skips(&self, below: &TerritoryMask) -> bool;
    /// A cell all of whose leaves are feasible, or a feasible leaf. `false` ends the search.
    fn found(&mut self, cell: CellId, below: &TerritoryMask) -> bool;
}

impl Problem {
    /// Caps at `speed`; those that decide nothing are dropped. Two sets of the same
    /// observations in any order give the same problem.
    pub(crate) fn new<'o>(
        observations: impl Iterator<Item = &'o Observation>,
        speed: SpeedPpm,
        lying: u8,
    ) -> Self {
        let lying = usize::from(lying);
        Self {
            caps: relevant::caps(observations, speed, lying),
            lying,
        }
    }

    /// The votes that have a cap left.
    pub(crate) fn votes(&self) -> Vec<VoteId> {
        let mut votes: Vec<VoteId> = self.caps.iter().map(|cap| cap.vote).collect();
        votes.sort_unstable();
        votes.dedup();
        votes
    }

    pub(crate) fn lying(&self) -> usize {
        self.lying
    }

    /// The state above the faces: every cap may matter.
    pub(crate) fn start(&self) -> State {
        let open = (0u16..).zip(&self.caps).map(|(k, _)| k).collect();
        State {
            open,
            ..State::default()
        }
    }

    /// The state at a cell from that of its parent; `None` when the cell is excluded.
    pub(crate) fn narrow(&self, cell: CellId, above: &State) -> Option<State> {
        let State { mut open, mut out } = above.clone();
        let own = open.len();
        let standing = self.settle(&cell.disc(), 0..own, &mut open, &mut out);
        open.drain(..own);
        match standing {
            Standing::Excluded => None,
            Standing::Feasible => {
                open.clear();
                Some(State { open, out })
            }
            Standing::Open => Some(State { open, out }),
        }
    }

    /// Sorts the caps of `open` by what they do to the disc: adds votes that exclude all of
    /// it to `out`, and appends caps that may exclude some of it to `open`.
    fn settle(
        &self,
        disc: &Disc,
        from: Range<usize>,
        open: &mut Vec<u16>,
        out: &mut Vec<VoteId>,
    ) -> Standing {
        let start = open.len();
        for place in from {
            let k = open[place];
            let cap = &self.caps[usize::from(k)];
            if out.contains(&cap.vote) {
                continue;
            }
            match cap.disc.meets(disc) {
                Meeting::Misses => {
                    out.push(cap.vote);
                    if out.len() > self.lying {
                        return Standing::Excluded;
                    }
                }
                Meeting::Holds => {}
                Meeting::Crosses => open.push(k),
            }
        }
        if self.at_most_lying(&open[start..], out) {
            Standing::Feasible
        } else {
            Standing::Open
        }
    }

    /// Whether the votes that exclude all (`out`) or some of the cell are at most *f*.
    fn at_most_lying(&self, open: &[u16], out: &[VoteId]) -> bool {
        let vote = |k: &u16| self.caps[usize::from(*k)].vote;
        let mut votes = out.len();
        for (place, k) in open.iter().enumerate() {
            if votes + (open.len() - place) <= self.lying {
                return true;
            }
            let seen = out.contains(&vote(k)) || open[..place].iter().any(|l| vote(l) == vote(k));
            votes += usize::from(!seen);
            if votes > self.lying {
                return false;
            }
        }
        true
    }

    /// Runs a search over the whole tree.
    pub(crate) fn run<S: Search>(&self, tree: &Tree, search: &mut S) {
        let State { open, out } = self.start();
        let all = 0..open.len();
        let target = self.caps.first().map_or([0.0; 3], |cap| cap.disc.center);
        let start = self.holding_all(tree);
        let mut descent = Descent {
            problem: self,
            tree,
            search,
            target,
            open,
            out,
        };
        match start {
            Some((cell, place)) => {
                let bounds = cell.cube_bounds();
                descent.visit_all(std::iter::once(((cell, place), bounds)), all);
            }
            None => {
                let roots = tree.roots().map(|root| (root, root.0.cube_bounds()));
                descent.visit_all(roots, all);
            }
        }
    }

    /// The smallest cell found in a few steps that has every feasible leaf in it, to start at
    /// instead of the six faces.
    ///
    /// At most *f* votes exclude a feasible leaf, so of any *f* + 1 votes' caps one does not miss its
    /// disc: the leaf's middle is within the cap's radius and the leaf's own, for one of the
    /// smallest caps of *f* + 1 votes.
    fn holding_all<'t>(&self, tree: &'t Tree) -> Option<(CellId, Place<'t>)> {
        let smallest = self.smallest()?;
        let smallest = &smallest[..=self.lying];
        let holds = |cell: &CellId, bounds: [f64; 4]| {
            // sin(r + l) ≤ sin r + l
            let sine = |cap: &Cap| cap.disc.sin + 1.1 * LEAF_CHORD;
            smallest
                .iter()
                .all(|cap| cell.holds(bounds, &cap.disc.center, sine(cap)))
        };
        let mut roots = tree.roots();
        let (mut cell, mut place) = roots.find(|(cell, _)| holds(cell, cell.cube_bounds()))?;
        while place.is_divided() {
            let Some(children) = cell.children() else {
                break;
            };
            let bounds = cell.children_bounds();
            let Some(k) = (0..4).find(|&k| holds(&children[k], bounds[k])) else {
                break;
            };
            (cell, place) = (children[k], tree.parts(&place)[k]);
        }
        Some((cell, place))
    }

    /// The smallest caps of *f* + 1 votes, the rest of the array filled up; `None` when *f* is large,
    /// there are not so many votes, or a cap is a quarter of the sphere or more.
    fn smallest(&self) -> Option<[&Cap; FEW + 1]> {
        let first = self.caps.first().filter(|_| self.lying <= FEW)?;
        let mut smallest = [first; FEW + 1];
        let mut count = 0;
        for cap in &self.caps {
            if smallest[..count].iter().any(|other| other.vote == cap.vote) {
                continue;
            }
            if cap.disc.cos <= 0.0 {
                return None;
            }
            smallest[count] = cap;
            count += 1;
            if count > self.lying {
                return Some(smallest);
            }
        }
        None
    }
}

/// A search under way: depth first, so that one list of caps serves as the stack of all
/// levels, and so does the list of votes.
struct Descent<'a, S> {
    problem: &'a Problem,
    tree: &'a Tree,
    search: &'a mut S,
    /// The middle of the smallest cap.
    target: [f64; 3],
    open: Vec<u16>,
    out: Vec<VoteId>,
}

impl<'a, S: Search> Descent<'a, S> {
    /// Visits cells of one parent, those nearest to the smallest cap first: a feasible leaf
    /// is found sooner. `above` are the parent's open caps. `false` when the search has ended.
    fn visit_all(
        &mut self,
        cells: impl Iterator<Item = ((CellId, Place<'a>), [f64; 4])>,
        above: Range<usize>,
    ) -> bool {
        // At most six: the faces, or four parts.
        let mut visits: [Option<Visit<'a>>; 6] = [None; 6];
        let mut order = [(f64::MIN, 0usize); 6];
        let mut count: usize = 0;
        for ((cell, place), bounds) in cells {
            let below = self.tree.below(&place);
            if below.is_empty() || self.search.skips(below) {
                continue;
            }
            let disc = cell.disc_within(bounds);
            let near = dot(&disc.center, &self.target);
            // Nearest first; of equals the one that came first.
            let mut at = count;
            while at > 0 && order[at - 1].0 < near {
                order[at] = order[at - 1];
                at -= 1;
            }
            order[at] = (near, count);
            visits[count] = Some(Visit {
                cell,
                place,
                below,
                disc,
            });
            count += 1;
        }
        order[..count]
            .iter()
            .filter_map(|(_, k)| visits[*k].as_ref())
            .all(|visit| self.visit(visit, above.clone()))
    }

    fn visit(&mut self, visit: &Visit<'a>, above: Range<usize>) -> bool {
        if self.search.skips(visit.below) {
            return true;
        }
        let (open, out) = (self.open.len(), self.out.len());
        let standing = self
            .problem
            .settle(&visit.disc, above, &mut self.open, &mut self.out);
        let goes_on = match (standing, visit.cell.children()) {
            (Standing::Excluded, _) => true,
            (Standing::Feasible, _) | (Standing::Open, None) => {
                self.search.found(visit.cell, visit.below)
            }
            (Standing::Open, Some(children)) => {
                let parts = children.into_iter().zip(self.tree.parts(&visit.place));
                let own = open..self.open.len();
                self.visit_all(parts.zip(visit.cell.children_bounds()), own)
            }
        };
        self.open.truncate(open);
        self.out.truncate(out);
        goes_on
    }
}

/// A cell to be visited.
#[derive(Clone, Copy)]
struct Visit<'t> {
    cell: CellId,
    place: Place<'t>,
    below: &'t TerritoryMask,
    disc: Disc,
}
