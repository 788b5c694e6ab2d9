//! Two sessions of one key, farther apart than anything travels in between.

use super::physics::Votes;
use super::time::session_time;
use crate::verify::{Appraised, Observed, Window};
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
            .is_some_and(|(own, other)| own.conflicts(&other, territories))
    };
    others
        .iter()
        .find(conflicting)
        .map(|other| other.report.hash)
}

/// Where and when a session was, as far as it may accuse.
#[derive(Clone)]
struct Place<'a> {
    agreed: Vec<&'a Observed>,
    region: Region,
    time: Window,
    tier: Tier,
    lying_votes: u8,
}

impl<'a> Place<'a> {
    fn of(
        appraised: &'a Appraised,
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
        let time = session_time(agreed.clone(), lying_votes)?;
        (!region.is_empty()).then(|| Self {
            agreed: agreed.collect(),
            region,
            time,
            tier,
            lying_votes,
        })
    }

    fn conflicts(&self, other: &Self, territories: &Territories) -> bool {
        let gap_ms = longest_gap_ms(&self.time, &other.time);
        // No two places are 21,000 km apart: past the time for that the distance need not be known.
        // Nor for a host that stayed where it was, which is nearly every time.
        is_farther(21_000_000.0, gap_ms)
            && !self.meets(other, territories)
            && is_farther(separation_m(&self.region, &other.region), gap_ms)
    }

    /// Whether one point is in both regions, by a single search over the votes of both: what at most
    /// *f* votes of the two sessions together exclude, at most *f* of each exclude. `false` says
    /// nothing; [`separation_m`] is then asked, which is far slower.
    fn meets(&self, other: &Self, territories: &Territories) -> bool {
        let both = self.agreed.iter().chain(&other.agreed).copied();
        Votes::of(both)
            .region(self.tier, self.lying_votes, territories)
            .is_some_and(|region| !region.is_empty())
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
    #![allow(clippy::unwrap_used)]
    use super::*;
    use domicile_proto::directory::Position;
    use domicile_proto::types::Key;
    use proptest::prelude::*;

    fn observed(number: u8, latitude: f64, longitude: f64, rtt_ns: u64) -> Observed {
        let (lat, lon) = (latitude.to_radians(), longitude.to_radians());
        Observed {
            limit_only: false,
            anchor: Key([number; 32]),
            trust_domain: format!("domain-{}", number % 4),
            position: Position {
                version: 1,
                unit: [lat.cos() * lon.cos(), lat.cos() * lon.sin(), lat.sin()],
                latitude_e7: 0,
                longitude_e7: 0,
                survey_error_m: 100,
                clock_error_ppm: 100,
            },
            own_operator: false,
            agent_agrees: true,
            rtt_ns,
            start_ms: 0,
            end_ms: 0,
        }
    }

    fn place(agreed: &[Observed]) -> Option<Place<'_>> {
        let territories = Territories::builtin();
        let region = Votes::of(agreed.iter()).region(Tier::Fibre, 1, territories)?;
        Some(Place {
            agreed: agreed.iter().collect(),
            region,
            time: Window {
                from_ms: 0,
                until_ms: 0,
            },
            tier: Tier::Fibre,
            lying_votes: 1,
        })
    }

    fn session() -> impl Strategy<Value = Vec<Observed>> {
        let one = (
            0u8..16,
            -60f64..70.0,
            -180f64..180.0,
            1_000_000u64..120_000_000,
        );
        let one = one.prop_map(|(number, lat, lon, rtt)| observed(number, lat, lon, rtt));
        proptest::collection::vec(one, 2..8)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn what_meets_is_not_apart(a in session(), b in session()) {
            if let (Some(a), Some(b)) = (place(&a), place(&b))
                && a.meets(&b, Territories::builtin())
            {
                prop_assert!(separation_m(&a.region, &b.region) <= 0.0);
            }
        }
    }

    #[test]
    fn a_host_that_stayed_meets_itself_and_not_the_other_side_of_the_world() {
        let near = |number, rtt| observed(number, 50.1, 8.7, rtt);
        let frankfurt = [near(1, 1_000_000), near(2, 2_000_000), near(3, 3_000_000)];
        let far = |number, rtt| observed(number, 1.3, 103.8, rtt);
        let singapore = [far(1, 1_000_000), far(2, 2_000_000), far(3, 3_000_000)];
        let (here, there) = (place(&frankfurt).unwrap(), place(&singapore).unwrap());
        assert!(here.meets(&here, Territories::builtin()));
        assert!(!here.meets(&there, Territories::builtin()));
        assert!(separation_m(&here.region, &there.region) > 9_000_000.0);
    }

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
