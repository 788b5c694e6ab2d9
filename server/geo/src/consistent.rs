//! Which votes contradict the others.

use crate::cap::{Observation, Tier, VoteId};
use crate::region::reaches;
use crate::solver::Problem;
use crate::territories::Territories;

/// The smallest set of votes without which some land is left that no vote excludes
/// (*f* = 0): empty when nothing contradicts. Of several sets of that size the first in
/// rising order of votes. `None` when more than `max_removed` would have to go.
///
/// Names an incident of the anchors; it does not say which side lies.
pub fn consistent_without(
    observations: &[Observation],
    tier: Tier,
    territories: &Territories,
    max_removed: u8,
) -> Option<Vec<VoteId>> {
    // Some land is excluded by at most k votes exactly if removing some k votes frees it.
    let feasible = |removed: &[VoteId], lying: u8| {
        let kept = observations.iter().filter(|o| !removed.contains(&o.vote));
        reaches(
            &Problem::new(kept, tier.speed(), lying),
            territories,
            territories.all(),
        )
    };
    let size = (0..=max_removed).find(|&k| feasible(&[], k))?;
    let votes = Problem::new(observations.iter(), tier.speed(), 255).votes();
    let mut removed = Vec::new();
    for left in (0..size).rev() {
        let next = votes.iter().copied().find(|vote| {
            !removed.contains(vote) && {
                let mut trial = removed.clone();
                trial.push(*vote);
                feasible(&trial, left)
            }
        })?;
        removed.push(next);
    }
    removed.sort_unstable();
    Some(removed)
}
