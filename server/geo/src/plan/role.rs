//! What would be lost without an anchor.

use super::{Metro, Plan};
use crate::cap::{Observation, Tier};
use crate::solver::Problem;
use crate::territory::TerritoryMask;

/// What one anchor does for the plan.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Role {
    /// By tier, in the order of [`Tier::ALL`]: up to which round trip, in nanoseconds, its cap
    /// alone excludes every denied territory. *f* + 1 votes below theirs confirm a host.
    pub alone_ns: [Option<u64>; Tier::ALL.len()],
    /// Metros (places in [`Plan::metros`]) and the denied territories that honest paths would
    /// no longer exclude there without this anchor, at [`Plan::tier`].
    pub decides: Vec<(usize, TerritoryMask)>,
}

impl Role {
    /// How many pairs of metro and territory hang on the anchor.
    pub fn pairs(&self) -> u64 {
        let count = |(_, lost): &(usize, TerritoryMask)| u64::from(lost.count());
        self.decides.iter().map(count).sum()
    }
}

impl Plan<'_> {
    /// What each anchor does. `progress` is told how many metros are done.
    pub fn roles(&self, progress: &mut dyn FnMut(usize)) -> Vec<Role> {
        let mut roles: Vec<Role> = self
            .sites
            .iter()
            .map(|site| Role {
                alone_ns: Tier::ALL.map(|tier| self.alone_ns(site, tier)),
                decides: Vec::new(),
            })
            .collect();
        for (number, metro) in self.metros.iter().enumerate() {
            for (site, lost) in self.deciders(metro) {
                roles[site].decides.push((number, lost));
            }
            progress(number + 1);
        }
        roles
    }

    /// Anchors without any one of which more would remain, and what.
    fn deciders(&self, metro: &Metro) -> Vec<(usize, TerritoryMask)> {
        let observations = self.honest(metro);
        let remaining = self.remaining(&observations, self.tier);
        let excluded = self.goal.denied.difference(&remaining);
        if excluded.is_empty() {
            return Vec::new();
        }
        let votes = Problem::new(observations.iter(), self.tier.speed(), self.lying_votes).votes();
        let mut deciders = Vec::new();
        for site in 0..self.sites.len() {
            // Votes without a cap that matters decide nothing.
            if votes.binary_search(&self.sites[site].vote).is_err() {
                continue;
            }
            let others = observations.iter().enumerate();
            let others: Vec<Observation> = others
                .filter_map(|(other, observation)| (other != site).then_some(*observation))
                .collect();
            let lost = self.possible(&others, self.tier, excluded);
            if !lost.is_empty() {
                deciders.push((site, lost));
            }
        }
        deciders
    }
}
