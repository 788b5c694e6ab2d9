//! How long round trips may be for every denied territory to be excluded.

use super::{Metro, Plan, distance_m, shortest_rtt_ns};
use crate::cap::{Observation, SpeedPpm, Tier};
use crate::mesh::Site;
use crate::region::{possible_among, reaches};
use crate::solver::Problem;
use crate::territory::TerritoryMask;

/// So many votes more than needed share in a budget.
pub const SPARE_VOTES: usize = 1;

/// At the slowest tier a cap of this round trip holds every point of the Earth.
const LONGEST_NS: u64 = 210_000_000;

/// Round trips with which every denied territory is excluded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Budget {
    /// What each round trip may have beyond the shortest that the tier's speed allows, ns.
    pub excess_ns: u64,
    /// The longest round trips, in nanoseconds, by anchor (place in [`Plan::sites`]); the nearest
    /// anchor first.
    pub limits: Vec<(usize, u64)>,
    /// What one nanosecond more leaves possible.
    pub first_lost: TerritoryMask,
}

impl Plan<'_> {
    pub(super) fn budget(&self, metro: &Metro, tier: Tier) -> Option<Budget> {
        let shortest: Vec<(usize, u64)> = self
            .nearest_votes(metro)
            .into_iter()
            .map(|(site, metres)| (site, shortest_rtt_ns(metres, tier.speed())))
            .collect();
        let problem = |excess_ns| self.with_excess(&shortest, excess_ns, tier.speed());
        // Too few votes exclude nothing, at no excess either.
        let excess_ns =
            longest(|excess_ns| !reaches(&problem(excess_ns), self.territories, self.goal.denied))?;
        let limit = |(site, rtt_ns): &(usize, u64)| (*site, rtt_ns + excess_ns);
        Some(Budget {
            excess_ns,
            limits: shortest.iter().map(limit).collect(),
            first_lost: possible_among(&problem(excess_ns + 1), self.territories, self.goal.denied),
        })
    }

    fn with_excess(&self, shortest: &[(usize, u64)], excess_ns: u64, speed: SpeedPpm) -> Problem {
        let observations: Vec<Observation> = shortest
            .iter()
            .map(|(site, rtt_ns)| self.sites[*site].observes(0, rtt_ns + excess_ns))
            .collect();
        Problem::new(observations.iter(), speed, self.lying_votes)
    }

    /// The nearest anchor of each of the nearest votes and its distance, nearest first.
    fn nearest_votes(&self, metro: &Metro) -> Vec<(usize, f64)> {
        let sites = self.sites.iter().enumerate();
        let mut rising: Vec<(usize, f64)> = sites
            .map(|(site, known)| (site, distance_m(&known.position, &metro.position)))
            .collect();
        rising.sort_by(|a, b| a.1.total_cmp(&b.1).then(a.0.cmp(&b.0)));
        let mut near: Vec<(usize, f64)> = Vec::new();
        for (site, metres) in rising {
            if near.len() > usize::from(self.lying_votes) + SPARE_VOTES {
                break;
            }
            let vote = self.sites[site].vote;
            if near
                .iter()
                .all(|(other, _)| self.sites[*other].vote != vote)
            {
                near.push((site, metres));
            }
        }
        near
    }

    /// The longest round trip, in nanoseconds, with which this anchor's cap alone misses every
    /// denied territory, wherever the host is; `None` when none is short enough.
    pub fn alone_ns(&self, site: &Site, tier: Tier) -> Option<u64> {
        longest(|rtt_ns| {
            let observation = site.observes(0, rtt_ns);
            let problem = Problem::new([observation].iter(), tier.speed(), 0);
            !reaches(&problem, self.territories, self.goal.denied)
        })
    }
}

/// The largest number of nanoseconds with which something still holds that fails for longer ones.
fn longest(holds: impl Fn(u64) -> bool) -> Option<u64> {
    if !holds(0) {
        return None;
    }
    let (mut low, mut high) = (0, LONGEST_NS);
    if holds(high) {
        return Some(high);
    }
    while high - low > 1 {
        let middle = low + (high - low) / 2;
        if holds(middle) {
            low = middle;
        } else {
            high = middle;
        }
    }
    Some(low)
}
