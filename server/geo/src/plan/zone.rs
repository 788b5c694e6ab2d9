//! One limit for each anchor that holds for a whole zone: what hosts may say of themselves that
//! want to say no more than the zone.

use super::{Metro, Plan, distance_m};
use crate::cap::VoteId;
use std::collections::BTreeSet;

/// What a zone's limits do for one metro.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ZoneVotes {
    /// Votes with an anchor whose limit honest paths from the metro keep, among the nearest.
    pub near: usize,
    /// The same among all.
    pub all: usize,
}

impl Plan<'_> {
    /// The limit of each anchor at [`Plan::tier`], in nanoseconds: the longest round trip with which
    /// it excludes every denied territory by itself. Any *f* + 1 votes within their limits give the
    /// verdict, whichever they are, so no limit depends on a metro or a host. `None` for an anchor
    /// that cannot exclude them by itself.
    pub fn zone_limits(&self) -> Vec<Option<u64>> {
        let alone = |site| self.alone_ns(site, self.tier).filter(|ns| *ns > 0);
        self.sites.iter().map(alone).collect()
    }

    /// How many votes keep their limits on honest paths from a metro. `near` is how many of the
    /// nearest votes a session is sure to visit.
    pub fn zone_votes(&self, metro: &Metro, limits: &[Option<u64>], near: usize) -> ZoneVotes {
        let mut rising: Vec<(f64, VoteId, bool)> = self
            .sites
            .iter()
            .zip(limits)
            .map(|(site, limit)| {
                let metres = distance_m(&site.position, &metro.position);
                let is_kept = limit.is_some_and(|limit| self.path.rtt_ns(metres) <= limit);
                (metres, site.vote, is_kept)
            })
            .collect();
        rising.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        let mut visited = BTreeSet::new();
        let mut near_kept = BTreeSet::new();
        let mut kept = BTreeSet::new();
        for (_, vote, is_kept) in rising {
            let is_nearest_of_vote = visited.len() < near && visited.insert(vote);
            if is_kept {
                kept.insert(vote);
                if is_nearest_of_vote {
                    near_kept.insert(vote);
                }
            }
        }
        ZoneVotes {
            near: near_kept.len(),
            all: kept.len(),
        }
    }
}
