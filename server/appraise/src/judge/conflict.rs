//! Two sessions of one key, farther apart than anything travels in between.

use super::physics::Votes;
use super::time::session_time;
use crate::verify::{Appraised, Window};
use domicile_geo::{Region, Territories, separation_m};
use domicile_proto::types::Digest;
use domicile_proto::wire::Tier;

/// Anchors' wall clocks are taken to be right within this, each way. It lengthens every gap by a
/// minute, 17 km at 1,000 km/h. Milliseconds.
const CLOCK_ALLOWANCE_MS: u64 = 30_000;

/// The first, in order of hash, of the sessions that conflict with this one at a tier.
///
/// Only anchors that the agents' own times support are asked, on both sides. Sessions of another
/// directory keep their own positions and votes; *f* is the largest that applies.
pub(super) fn first(
    own: &Appraised,
    others: &[&Appraised],
    tier: Tier,
    lying_votes: u8,
    territories: &Territories,
) -> Option<Digest> {
    if others.is_empty() {
        return None;
    }
    let place = Place::of(own, tier, lying_votes, territories)?;
    let conflicting = |other: &&&Appraised| {
        let lying_votes = lying_votes.max(other.lying_votes);
        let own = if lying_votes == place.lying_votes {
            Some(place.clone())
        } else {
            Place::of(own, tier, lying_votes, territories)
        };
        let other = Place::of(other, tier, lying_votes, territories);
        own.zip(other)
            .is_some_and(|(own, other)| own.conflicts(&other))
    };
    others
        .iter()
        .find(conflicting)
        .map(|other| other.report.hash)
}

/// Where and when a session was, as far as it may accuse.
#[derive(Clone)]
struct Place {
    region: Region,
    time: Window,
    lying_votes: u8,
}

impl Place {
    fn of(
        appraised: &Appraised,
        tier: Tier,
        lying_votes: u8,
        territories: &Territories,
    ) -> Option<Self> {
        if appraised.invalid.is_some() {
            return None;
        }
        let agreed = appraised
            .observations
            .iter()
            .filter(|observed| observed.agent_agrees);
        let region = Votes::of(agreed.clone()).region(tier, lying_votes, territories)?;
        let time = session_time(agreed, lying_votes)?;
        (!region.is_empty()).then_some(Self {
            region,
            time,
            lying_votes,
        })
    }

    fn conflicts(&self, other: &Self) -> bool {
        let gap_ms = longest_gap_ms(&self.time, &other.time);
        // No two places are 21,000 km apart: past the time for that the distance need not be known.
        is_farther(21_000_000.0, gap_ms)
            && is_farther(separation_m(&self.region, &other.region), gap_ms)
    }
}

/// The longest time between a moment of one interval and a moment of the other.
fn longest_gap_ms(a: &Window, b: &Window) -> u64 {
    let one = b.until_ms.saturating_sub(a.from_ms);
    let other = a.until_ms.saturating_sub(b.from_ms);
    one.max(other).saturating_add(2 * CLOCK_ALLOWANCE_MS)
}

/// Whether `metres` are more than 1,000 km/h covers in `gap_ms`: 18 × metres > 5 × milliseconds, in
/// whole metres rounded down.
fn is_farther(metres: f64, gap_ms: u64) -> bool {
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // bounded just before
    let whole = metres.clamp(0.0, 1e9).floor() as u64;
    u128::from(whole) * 18 > u128::from(gap_ms) * 5
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thousand_kilometres_an_hour_exactly() {
        let hour = 3_600_000;
        assert!(!is_farther(1_000_000.0, hour));
        assert!(!is_farther(1_000_000.9, hour));
        assert!(is_farther(1_000_001.0, hour));
        assert!(!is_farther(f64::NAN, 0) && !is_farther(-1.0, 0) && is_farther(1.0, 0));
        assert!(!is_farther(f64::INFINITY, u64::MAX));
    }

    #[test]
    fn the_gap_is_the_longest_whatever_the_order() {
        let window = |from_ms, until_ms| Window { from_ms, until_ms };
        let (a, b) = (window(1_000, 2_000), window(5_000, 9_000));
        let allowance = 2 * CLOCK_ALLOWANCE_MS;
        assert_eq!(longest_gap_ms(&a, &b), 8_000 + allowance);
        assert_eq!(longest_gap_ms(&b, &a), 8_000 + allowance);
        assert_eq!(longest_gap_ms(&a, &a), 1_000 + allowance);
        assert_eq!(longest_gap_ms(&window(0, u64::MAX), &a), u64::MAX);
    }
}
