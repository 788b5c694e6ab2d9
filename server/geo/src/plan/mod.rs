//! Planning: what a set of anchors could say about hosts in given metros, and where another
//! anchor would say more.
//!
//! A plan assumes honest round trips ([`PathModel`]); a verdict never does. Everything else is
//! the engine's own answer: a territory counts as excluded exactly if [`crate::locate`] excludes
//! it for these round trips.
//!
//! # The RTT budget
//! Of a metro and a tier: take the nearest anchor of each of the *f* + 1 + [`SPARE_VOTES`]
//! nearest votes. Let each of them measure the shortest round trip that the tier's speed allows
//! to the metro's middle, plus the same excess *t*. The budget is the largest *t*, in whole
//! nanoseconds, with which every denied territory is excluded; an anchor's limit is its
//! shortest round trip plus *t*. Round trips below the limits exclude the same and more,
//! whatever other anchors say.
//!
//! # What cannot be separated
//! A metro and a territory are inseparable at a tier if *f* + 1 anchors in the metro's middle
//! that measure [`Plan::best_rtt_ns`] would not exclude the territory: it is nearer than that
//! round trip proves. A nearer or faster path may still do it for a single host.
//!
//! # A zone's limits
//! [`Plan::zone_limits`] gives each anchor one limit for all hosts of a licence zone: the longest
//! round trip with which it excludes everything denied by itself. Hosts in coarse mode say no more
//! than that *f* + 1 votes are within their limits.
//!
//! # Where to start reading
//! [`Plan::metro`] judges a metro, [`Plan::roles`] the anchors, [`Plan::next`] new ones; `pick.rs`
//! chooses among given places, `distance.rs` measures how far territories are.

mod budget;
mod coverage;
mod distance;
mod next;
mod path;
mod pick;
mod role;
mod zone;

pub use budget::{Budget, SPARE_VOTES};
pub use distance::Distances;
pub use next::{Candidate, Step};
pub use path::{PathModel, distance_m, shortest_rtt_ns};
pub use pick::{Place, by_exclusion, by_weight_reached};
pub use role::Role;
pub use zone::ZoneVotes;

use crate::cap::{Observation, Tier, VoteId, reach_m};
use crate::error::GeoError;
use crate::mesh::Site;
use crate::region::{MAX_OBSERVATIONS, possible_among};
use crate::solver::Problem;
use crate::sphere::UnitVec;
use crate::territories::Territories;
use crate::territory::TerritoryMask;

/// A place where hosts are.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Metro {
    /// Its middle.
    pub position: UnitVec,
    /// What it counts when anchors are chosen; positive.
    pub weight: f64,
}

/// What verdicts are to say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Goal {
    /// P, if the plan is for a licence: with it `confined` is asked for.
    pub permitted: Option<TerritoryMask>,
    /// D: what must be excluded.
    pub denied: TerritoryMask,
}

/// Everything that a plan depends on but the anchors' limits in space and time.
#[derive(Debug, Clone)]
pub struct Plan<'t> {
    /// The anchors there are.
    pub sites: Vec<Site>,
    /// The metros to be judged.
    pub metros: Vec<Metro>,
    /// What is wanted.
    pub goal: Goal,
    /// *f*: how many votes may lie.
    pub lying_votes: u8,
    /// The tier at which anchors are judged and chosen.
    pub tier: Tier,
    /// Honest round trips.
    pub path: PathModel,
    /// The shortest round trip that practice reaches within a metro, in nanoseconds.
    pub best_rtt_ns: u64,
    /// The land.
    pub territories: &'t Territories,
}

/// What can be said of a metro at one tier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// On honest paths the verdict is `confined`.
    Confined,
    /// On honest paths the verdict is `denied-excluded`.
    DeniedExcluded,
    /// Only if round trips stay within the budget, which honest paths as modelled do not.
    WithinBudget,
    /// Not with these anchors; with *f* + 1 votes in the metro.
    NeedsAnchors,
    /// Not with any anchors: denied land is too near.
    Inseparable,
}

impl Standing {
    /// `confined`, `denied-excluded`, `within-budget`, `needs-anchors` or `inseparable`.
    pub fn label(self) -> &'static str {
        match self {
            Self::Confined => "confined",
            Self::DeniedExcluded => "denied-excluded",
            Self::WithinBudget => "within-budget",
            Self::NeedsAnchors => "needs-anchors",
            Self::Inseparable => "inseparable",
        }
    }

    /// Whether a verdict can be expected that confirms.
    pub fn is_confirmed(self) -> bool {
        self <= Self::DeniedExcluded
    }
}

/// One metro at one tier.
#[derive(Debug, Clone, PartialEq)]
pub struct TierPlan {
    /// The answer.
    pub standing: Standing,
    /// Denied territories that honest paths do not exclude.
    pub remaining: TerritoryMask,
    /// Denied territories that no anchors exclude.
    pub inseparable: TerritoryMask,
    /// How long round trips may be; `None` when even the shortest possible ones exclude too
    /// little, or there are too few votes.
    pub budget: Option<Budget>,
}

/// One metro.
#[derive(Debug, Clone, PartialEq)]
pub struct MetroPlan {
    /// In the order of [`Tier::ALL`].
    pub tiers: [TierPlan; Tier::ALL.len()],
    /// The nearest denied territory and how far it is in metres; a lower bound, at most 0.8 % or
    /// 2 km short.
    pub nearest_denied: Option<(u8, f64)>,
}

impl Plan<'_> {
    /// Judges a metro at every tier.
    pub fn metro(&self, metro: &Metro) -> MetroPlan {
        let distances = Distances::new(&metro.position, &self.goal.denied, self.territories);
        MetroPlan {
            tiers: Tier::ALL.map(|tier| self.at_tier(metro, tier)),
            nearest_denied: distances.nearest(),
        }
    }

    fn at_tier(&self, metro: &Metro, tier: Tier) -> TierPlan {
        let inseparable = self.inseparable(metro, tier);
        let observations = self.honest(metro);
        let remaining = self.remaining(&observations, tier);
        let budget = self.budget(metro, tier);
        let standing = match &budget {
            _ if remaining.is_empty() => self.confirmed(&observations, tier),
            _ if !inseparable.is_empty() => Standing::Inseparable,
            Some(budget) if budget.excess_ns >= self.best_rtt_ns => Standing::WithinBudget,
            _ => Standing::NeedsAnchors,
        };
        TierPlan {
            standing,
            remaining,
            inseparable,
            budget,
        }
    }

    /// `confined` asks that nothing outside of P is left, which may be more than D.
    fn confirmed(&self, observations: &[Observation], tier: Tier) -> Standing {
        let outside = |permitted| {
            let outside = self.territories.all().difference(permitted);
            self.possible(observations, tier, outside)
        };
        match &self.goal.permitted {
            Some(permitted) if outside(permitted).is_empty() => Standing::Confined,
            _ => Standing::DeniedExcluded,
        }
    }

    /// What all anchors measure of a host in the metro's middle on honest paths.
    pub fn honest(&self, metro: &Metro) -> Vec<Observation> {
        self.sites
            .iter()
            .zip(0..=u16::MAX)
            .map(|(site, number)| {
                let metres = distance_m(&site.position, &metro.position);
                site.observes(number, self.path.rtt_ns(metres))
            })
            .collect()
    }

    /// Denied territories that the observations leave possible.
    fn remaining(&self, observations: &[Observation], tier: Tier) -> TerritoryMask {
        self.possible(observations, tier, self.goal.denied)
    }

    fn possible(
        &self,
        observations: &[Observation],
        tier: Tier,
        wanted: TerritoryMask,
    ) -> TerritoryMask {
        let problem = Problem::new(observations.iter(), tier.speed(), self.lying_votes);
        possible_among(&problem, self.territories, wanted)
    }

    /// Denied territories that *f* + 1 anchors in the metro's middle, surveyed without error, do
    /// not exclude.
    fn inseparable(&self, metro: &Metro, tier: Tier) -> TerritoryMask {
        let ideal = |vote| Site {
            vote: VoteId(vote),
            position: metro.position,
            survey_error_m: 0,
            clock_error_ppm: 0,
        };
        let votes = 0..=u16::from(self.lying_votes);
        let observations: Vec<Observation> = votes
            .map(|vote| ideal(vote).observes(vote, self.best_rtt_ns))
            .collect();
        self.remaining(&observations, tier)
    }

    /// Refuses what no plan can be made for.
    ///
    /// # Errors
    /// [`GeoError::TooManyObservations`] for more anchors than one solve accepts.
    pub fn check(&self) -> Result<(), GeoError> {
        let count = self.sites.len();
        if count > MAX_OBSERVATIONS {
            let max = MAX_OBSERVATIONS;
            return Err(GeoError::TooManyObservations { count, max });
        }
        Ok(())
    }
}

/// How far from an anchor a host can be that answers after such a round trip.
fn reach(site: &Site, rtt_ns: u64, tier: Tier) -> f64 {
    reach_m(&site.observes(0, rtt_ns), tier.speed())
}
