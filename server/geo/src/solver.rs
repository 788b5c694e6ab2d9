//! Branch and bound: which cells can the responder be in?
//!
//! A leaf is **feasible** when at most *f* votes exclude it; a vote excludes it when one of
//! its caps misses the whole disc around the leaf. A larger cell is settled at once when
//! more than *f* votes exclude all of it, or when so few votes could exclude any part of
//! it that every leaf is feasible. The discs of larger cells hold those of their leaves,
//! so the answer is that of a scan over every leaf.

use crate::cap::{Cap, Observation, SpeedPpm, VoteId};
use crate::cell::{CellId, LEAF_LEVEL};
use crate::sphere::{Disc, dot};
use crate::territory::TerritoryMask;
use crate::tree::{Place, Tree};

/// The caps that matter, smallest first, and the number of votes that may lie.
#[derive(Debug, Clone)]
pub(crate) struct Problem {
    caps: Vec<Cap>,
    lying: usize,
}

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
    /// Room for counting votes.
    seen: Vec<VoteId>,
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
        let mut caps: Vec<Cap> = observations.filter_map(|o| Cap::new(o, speed)).collect();
        // Every field takes part, so that caps in any order come out the same.
        caps.sort_unstable_by(|a, b| {
            let bits = |cap: &Cap| cap.disc.center.map(f64::to_bits);
            a.disc
                .chord
                .total_cmp(&b.disc.chord)
                .then_with(|| a.vote.cmp(&b.vote))
                .then_with(|| bits(a).cmp(&bits(b)))
        });
        caps.dedup();
        let lying = usize::from(lying);
        Self {
            caps: undominated(&caps, lying),
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
        let mut state = State::default();
        match self.settle(&cell.disc(), above, &mut state) {
            Standing::Excluded => None,
            Standing::Feasible => {
                state.open.clear();
                Some(state)
            }
            Standing::Open => Some(state),
        }
    }

    fn settle(&self, disc: &Disc, above: &State, state: &mut State) -> Standing {
        state.open.clear();
        state.out.clone_from(&above.out);
        for &k in &above.open {
            let cap = &self.caps[usize::from(k)];
            if state.out.contains(&cap.vote) {
                continue;
            }
            if cap.disc.misses(disc) {
                state.out.push(cap.vote);
                if state.out.len() > self.lying {
                    return Standing::Excluded;
                }
            } else if !cap.disc.holds(disc) {
                state.open.push(k);
            }
        }
        if self.at_most_lying(state) {
            Standing::Feasible
        } else {
            Standing::Open
        }
    }

    /// Whether the votes that exclude all or some of the cell are at most *f*.
    fn at_most_lying(&self, state: &mut State) -> bool {
        let State {
            open,
            out,
            seen: votes,
        } = state;
        votes.clone_from(out);
        for &k in open.iter() {
            let vote = self.caps[usize::from(k)].vote;
            if !votes.contains(&vote) {
                votes.push(vote);
                if votes.len() > self.lying {
                    return false;
                }
            }
        }
        true
    }

    /// Runs a search over the whole tree.
    pub(crate) fn run(&self, tree: &Tree, search: &mut impl Search) {
        let start = self.start();
        let mut states = vec![State::default(); usize::from(LEAF_LEVEL) + 1];
        self.visit_all(tree, tree.roots(), &start, &mut states, search);
    }

    /// Visits cells of one parent, those nearest to the smallest cap first: a feasible leaf
    /// is found sooner. `false` when the search has ended.
    fn visit_all<'t>(
        &self,
        tree: &'t Tree,
        cells: impl Iterator<Item = (CellId, Place<'t>)>,
        above: &State,
        states: &mut [State],
        search: &mut impl Search,
    ) -> bool {
        let target = self.caps.first().map_or([0.0; 3], |cap| cap.disc.center);
        // At most six: the faces, or four parts.
        let mut order: [Option<Visit<'t>>; 6] = [const { None }; 6];
        let mut count = 0;
        for (cell, place) in cells {
            let below = tree.below(&place);
            if below.is_empty() || search.skips(below) {
                continue;
            }
            let disc = cell.disc();
            let near = dot(&disc.center, &target);
            order[count] = Some(Visit {
                cell,
                place,
                disc,
                near,
            });
            count += 1;
        }
        let order = &mut order[..count];
        let near = |visit: &Option<Visit<'_>>| visit.as_ref().map_or(f64::MIN, |v| v.near);
        order.sort_by(|a, b| near(b).total_cmp(&near(a)));
        order
            .iter()
            .flatten()
            .all(|visit| self.visit(tree, visit, above, states, search))
    }

    fn visit(
        &self,
        tree: &Tree,
        visit: &Visit<'_>,
        above: &State,
        states: &mut [State],
        search: &mut impl Search,
    ) -> bool {
        let below = tree.below(&visit.place);
        if search.skips(below) {
            return true;
        }
        let (state, deeper) = states.split_first_mut().expect("one state per level");
        match (
            self.settle(&visit.disc, above, state),
            visit.cell.children(),
        ) {
            (Standing::Excluded, _) => true,
            (Standing::Feasible, _) | (Standing::Open, None) => search.found(visit.cell, below),
            (Standing::Open, Some(children)) => {
                let parts = children.into_iter().zip(tree.parts(&visit.place));
                self.visit_all(tree, parts, state, deeper, search)
            }
        }
    }
}

/// A cell to be visited.
struct Visit<'t> {
    cell: CellId,
    place: Place<'t>,
    disc: Disc,
    near: f64,
}

/// Drops caps that exclude only what more than *f* other votes, or another cap of the same
/// vote, exclude as well. `caps` are sorted by size, so what a cap holds comes before it.
fn undominated(caps: &[Cap], lying: usize) -> Vec<Cap> {
    let mut kept: Vec<Cap> = Vec::new();
    let mut votes = Vec::new();
    for cap in caps {
        votes.clear();
        let dominated = kept.iter().any(|small| {
            if !cap.disc.holds(&small.disc) {
                return false;
            }
            if !votes.contains(&small.vote) {
                votes.push(small.vote);
            }
            small.vote == cap.vote || votes.len() > lying
        });
        if !dominated {
            kept.push(*cap);
        }
    }
    kept
}
