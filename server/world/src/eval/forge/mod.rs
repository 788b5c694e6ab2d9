//! The forgery trial: hosts in denied territories that delay their answers to look like a
//! permitted place, against the anchors of a real set.
//!
//! # The host
//! It stands on land outside of all permitted territories, half of the time near the place that
//! it claims. Its signals are as fast as the tier allows, and the distance is taken as 0.6 % shorter
//! than the sphere's and shorter by the anchor's survey error: the shortest round trips under
//! which the caps still promise to hold the truth. In half of the trials its paths are longer, each by a
//! factor of its own. It can add any delay to any anchor's round trip, and cannot take any away.
//!
//! # The claim
//! A place on land within 150 km of an anchor, where an honest host would be easiest to confine.
//! Permitted are its territory and up to four of the nearest.
//!
//! # Strategies
//! | Name | Delay |
//! |---|---|
//! | `random` | of its own for each anchor, exponential |
//! | `constant-offset` | the same for all anchors, up to the largest that is missing |
//! | `geometry-optimal` | for each anchor just so much that the round trip is that of the claimed place, where it is not longer already |
//!
//! # Bribed anchors
//! The votes nearest to the claim sign the round trip that a host there would have had at the
//! tier's speed, however far the host is.
//!
//! Counted is `confined`, false every time. What is beyond the premise (more bribed votes than *f*) is counted too:
//! it shows that the counter counts. So is how often an honest host at the claimed place is confined, and
//! how often a verifier that looks for the most likely place (`likely.rs`) believes each.
//!
//! Start reading at [`run`].

mod case;
mod count;
mod field;
mod likely;
#[cfg(test)]
mod tests;

pub(super) use count::ForgeReport;

use super::trial::Trial;
use crate::trials::{self, Random};
use case::Strategy;
use count::Counts;
use field::Field;
use std::num::NonZeroUsize;

/// One in so many trials is also made honestly and beyond the premise, …
const SIDE: u64 = 8;

/// … and at most so many of these are shown to the verifier that looks for the likeliest place.
const LIKELY: u64 = 12_000;

/// Makes `trials` forgeries against the anchors of a set.
///
/// # Errors
/// A set without anchors.
pub(super) fn run(
    trial: &Trial,
    trials: u64,
    seed: u64,
    threads: NonZeroUsize,
) -> anyhow::Result<ForgeReport> {
    let field = Field::new(trial)?;
    let bar = trials::bar(trials, "forgeries");
    let parts = trials::in_blocks(trials, threads, &bar, |range| {
        let mut counts = Counts::default();
        for number in range {
            forge(&field, number, seed, &mut counts)?;
        }
        Ok(counts)
    })?;
    let mut counts = Counts::default();
    parts.into_iter().for_each(|part| counts += part);
    Ok(count::report(&counts, trials, seed))
}

/// One forgery under all the rules, and what belongs to it.
fn forge(field: &Field, number: u64, seed: u64, counts: &mut Counts) -> anyhow::Result<()> {
    let mut random = Random::of_trial(seed, number);
    let case = field.case(&mut random);
    let kind = random.below(3);
    let rtts = case.forged(Strategy::ALL[kind], &mut random);
    let confined =
        |rtts: &[f64], bribed: usize, lying: u8| field.is_confined(&case, rtts, bribed, lying);
    let count = &mut counts.strategies[kind];
    count.trials += 1;
    for lying in [0, 1] {
        count.honest_anchors += u64::from(confined(&rtts, 0, lying)?);
    }
    let f = if random.once_in(4) { 2 } else { 1 };
    count.bribed += u64::from(confined(&rtts, f.into(), f)?);
    if !number.is_multiple_of(SIDE) {
        return Ok(());
    }
    let asks = number < SIDE * LIKELY;
    if asks {
        count.likely_asked += 1;
        count.likely_believed +=
            u64::from(field.likely.believes(&case.visited, &rtts, &case.permitted));
        counts.honest_likely_asked += 1;
        let believed = field
            .likely
            .believes(&case.visited, &case.claimed, &case.permitted);
        counts.honest_likely_believed += u64::from(believed);
    }
    counts.honest += 1;
    for (lying, sum) in (0u8..).zip(&mut counts.honest_confined) {
        *sum += u64::from(confined(&case.claimed, 0, lying)?);
    }
    let best = case.forged(Strategy::Geometry, &mut random);
    let lying = u8::from(random.once_in(2));
    counts.beyond += 1;
    counts.beyond_confined += u64::from(confined(&best, usize::from(lying) + 1, lying)?);
    Ok(())
}
