//! Branch and bound: which cells can the responder be in?
//!
//! A leaf is **feasible** when at most *f* votes exclude it; a vote excludes it when one of
//! its caps misses the whole disc around the leaf. A larger cell is settled at once when
//! more than *f* votes exclude all of it, or when so few votes could exclude any part of
//! it that every leaf is feasible. The discs of larger cells hold those of their leaves,
//! so the answer is that of a scan over every leaf.

use crate::cap::{Cap, Observation, SpeedPpm, VoteId};
use crate::cell::{CellId, LEAF_LEVEL};
use crate::sphere::dot;
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
        let key = |cap: &Cap| {
            (
                cap.disc.chord.to_bits(),
                cap.vote,
                cap.disc.center.map(f64::to_bits),
            )
        };
        caps.sort_unstable_by_key(key);
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
            out: Vec::new(),
        }
    }

    /// The state at a cell from that of its parent; `None` when the cell is excluded.
    pub(crate) fn narrow(&self, cell: CellId, above: &State) -> Option<State> {
        let mut state = State::default();
        match self.settle(cell, above, &mut state) {
            Standing::Excluded => None,
            Standing::Feasible => {
                state.open.clear();
                Some(state)
            }
            Standing::Open => Some(state),
        }
    }

    fn settle(&self, cell: CellId, above: &State, state: &mut State) -> Standing {
        let disc = cell.disc();
        state.open.clear();
        state.out.clone_from(&above.out);
        for &k in &above.open {
            let cap = &self.caps[usize::from(k)];
            if state.out.contains(&cap.vote) {
                continue;
            }
            if cap.disc.misses(&disc) {
                state.out.push(cap.vote);
                if state.out.len() > self.lying {
                    return Standing::Excluded;
                }
            } else if !cap.disc.holds(&disc) {
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
    fn at_most_lying(&self, state: &State) -> bool {
        let mut votes = state.out.clone();
        for &k in &state.open {
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
        let mut roots: Vec<(CellId, Place<'_>)> = tree.roots().collect();
        self.nearest_first(&mut roots);
        let mut states = vec![State::default(); usize::from(LEAF_LEVEL) + 1];
        for (cell, place) in roots {
            if !self.visit(tree, cell, &place, &start, &mut states, search) {
                return;
            }
        }
    }

    /// Cells nearest to the smallest cap come first: a feasible leaf is found sooner.
    fn nearest_first(&self, cells: &mut [(CellId, Place<'_>)]) {
        if let Some(cap) = self.caps.first() {
            let near = |cell: &CellId| dot(&cell.center().normalized(), &cap.disc.center);
            cells.sort_by(|a, b| near(&b.0).total_cmp(&near(&a.0)));
        }
    }

    fn visit(
        &self,
        tree: &Tree,
        cell: CellId,
        place: &Place<'_>,
        above: &State,
        states: &mut [State],
        search: &mut impl Search,
    ) -> bool {
        let below = tree.below(place);
        if below.is_empty() || search.skips(below) {
            return true;
        }
        let (state, deeper) = states.split_first_mut().expect("one state per level");
        match (self.settle(cell, above, state), cell.children()) {
            (Standing::Excluded, _) => true,
            (Standing::Feasible, _) | (Standing::Open, None) => search.found(cell, below),
            (Standing::Open, Some(children)) => {
                let parts = tree.parts(place);
                let mut order: [(CellId, Place<'_>); 4] =
                    std::array::from_fn(|k| (children[k], parts[k]));
                self.nearest_first(&mut order);
                order
                    .into_iter()
                    .all(|(child, part)| self.visit(tree, child, &part, state, deeper, search))
            }
        }
    }
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
