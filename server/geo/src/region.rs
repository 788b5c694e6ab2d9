//! The answer of one solve: the feasible region and what it means for territories.

use crate::cap::{Observation, SpeedPpm, Tier, VoteId};
use crate::cell::CellId;
use crate::error::GeoError;
use crate::solver::{Problem, Search};
use crate::territories::Territories;
use crate::territory::TerritoryMask;

/// The most observations that one solve accepts.
pub const MAX_OBSERVATIONS: usize = 20_000;

/// Speeds above this are not told apart: a thousand times light.
const FASTEST: u32 = 1_000_000_000;

/// F_f: the land that at most *f* votes exclude, at one tier's speed.
///
/// Computed cell by cell; every rounding and every undecided leaf cell falls to the larger
/// region, so the truth is in it if at most *f* votes lie and the tier's premise holds.
#[derive(Debug, Clone)]
pub struct Region {
    observations: Vec<Observation>,
    lying_votes: u8,
    tier: Tier,
    problem: Problem,
    possible: TerritoryMask,
    territories: Territories,
}

/// Where can the responder be, if at most `lying_votes` votes lie and no signal is faster
/// than the tier says? The order of the observations does not matter.
///
/// # Errors
/// [`GeoError::TooManyObservations`] above [`MAX_OBSERVATIONS`].
pub fn locate(
    observations: &[Observation],
    tier: Tier,
    lying_votes: u8,
    territories: &Territories,
) -> Result<Region, GeoError> {
    if observations.len() > MAX_OBSERVATIONS {
        let count = observations.len();
        return Err(GeoError::TooManyObservations {
            count,
            max: MAX_OBSERVATIONS,
        });
    }
    let problem = Problem::new(observations.iter(), tier.speed(), lying_votes);
    let possible = possible(&problem, territories);
    Ok(Region {
        observations: observations.to_vec(),
        lying_votes,
        tier,
        problem,
        possible,
        territories: territories.clone(),
    })
}

/// Collects the territories with a feasible leaf.
struct Possible(TerritoryMask);

impl Search for Possible {
    fn skips(&self, below: &TerritoryMask) -> bool {
        below.is_subset(&self.0)
    }

    fn found(&mut self, _: CellId, below: &TerritoryMask) -> bool {
        self.0 = self.0.union(below);
        true
    }
}

/// Asks for one feasible leaf that belongs to any of these territories.
struct Any {
    wanted: TerritoryMask,
    found: bool,
}

impl Search for Any {
    fn skips(&self, below: &TerritoryMask) -> bool {
        below.is_disjoint(&self.wanted)
    }

    fn found(&mut self, _: CellId, _: &TerritoryMask) -> bool {
        self.found = true;
        false
    }
}

fn possible(problem: &Problem, territories: &Territories) -> TerritoryMask {
    let mut search = Possible(TerritoryMask::EMPTY);
    problem.run(territories.tree(), &mut search);
    search.0
}

/// The members of `wanted` with feasible land.
pub(crate) fn possible_among(
    problem: &Problem,
    territories: &Territories,
    wanted: TerritoryMask,
) -> TerritoryMask {
    let others = territories.all().difference(&wanted);
    let mut search = Possible(others);
    problem.run(territories.tree(), &mut search);
    search.0.intersection(&wanted)
}

/// Whether any land of `wanted` is feasible.
pub(crate) fn reaches(problem: &Problem, territories: &Territories, wanted: TerritoryMask) -> bool {
    let mut search = Any {
        wanted,
        found: false,
    };
    problem.run(territories.tree(), &mut search);
    search.found
}

impl Region {
    /// The territories with a point that at most *f* votes exclude.
    pub fn possible(&self) -> TerritoryMask {
        self.possible
    }

    /// The territories every point of which more than *f* votes exclude.
    pub fn excluded(&self) -> TerritoryMask {
        self.territories.all().difference(&self.possible)
    }

    /// Whether no land at all is left.
    pub fn is_empty(&self) -> bool {
        self.possible.is_empty()
    }

    /// The tier that was asked for.
    pub fn tier(&self) -> Tier {
        self.tier
    }

    /// The number of votes that may lie.
    pub fn lying_votes(&self) -> u8 {
        self.lying_votes
    }

    /// Whether nothing excludes anything: no observation, or none with a cap smaller than
    /// the Earth.
    pub fn is_unconstrained(&self) -> bool {
        self.problem.votes().len() <= self.problem.lying()
    }

    /// f*: the smallest speed, in whole millionths of c, at which the territory is
    /// possible. Excluded at a tier exactly if f* is above the tier's speed; any speed
    /// below f* is ruled out. Reality would have needed more than f* − 1 millionths.
    /// `None` when the territory is excluded even at 1,000 c, or the index is unknown.
    /// Takes twenty to thirty solves.
    pub fn f_star(&self, territory: u8) -> Option<SpeedPpm> {
        let mut wanted = TerritoryMask::EMPTY;
        wanted.insert(territory);
        let at = |speed: u32| {
            let problem = Problem::new(self.observations.iter(), SpeedPpm(speed), self.lying_votes);
            reaches(&problem, &self.territories, wanted)
        };
        if self.territories.code(territory).is_none() || !at(FASTEST) {
            return None;
        }
        let tier = self.tier.speed().0;
        // The tier's own answer is known; search on its side of the tier only.
        let (mut low, mut high) = if self.possible.contains(territory) {
            (0, tier)
        } else {
            (tier + 1, FASTEST)
        };
        while low < high {
            let middle = low + (high - low) / 2;
            if at(middle) {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        Some(SpeedPpm(low))
    }

    /// The votes that decide: without any one of them the set of possible territories, or
    /// whether there is one, would differ. Rising; takes a solve per vote whose caps matter.
    pub fn deciders(&self) -> Vec<VoteId> {
        let mut deciders = self.problem.votes();
        deciders.retain(|vote| {
            let others = self.observations.iter().filter(|o| o.vote != *vote);
            let problem = Problem::new(others, self.tier.speed(), self.lying_votes);
            possible(&problem, &self.territories) != self.possible
        });
        deciders
    }

    pub(crate) fn problem(&self) -> &Problem {
        &self.problem
    }

    pub(crate) fn territories(&self) -> &Territories {
        &self.territories
    }
}
