//! Which caps matter: those that exclude something which no smaller caps exclude already.
//!
//! Most caps of a solve are large and hold one of the few smallest ones. They are dropped
//! first, by a quick test and in the order given, so that only the others are sorted and
//! compared with each other.

use crate::cap::{Cap, Observation, SpeedPpm, reach_m};
use crate::sphere::{EARTH_RADIUS_M, chord_squared};

/// Caps reach no farther than this, in radians, rounded up.
const HALF_TURN: f64 = 3.141_592_653_589_794;

/// From so many allowed liars on the first filter is left out, which only costs time.
const FILTERS: usize = 4;

/// The caps that matter at `speed` when `lying` votes may be false, smallest first; the same
/// for observations in any order.
pub(crate) fn caps<'o>(
    observations: impl Iterator<Item = &'o Observation>,
    speed: SpeedPpm,
    lying: usize,
) -> Vec<Cap> {
    let reaches: Vec<Reach<'o>> = observations
        .map(|observation| Reach::new(observation, speed))
        .filter(|reach| reach.arc < HALF_TURN)
        .collect();
    let nearest = nearest(&reaches, lying);
    let mut caps: Vec<Cap> = reaches
        .iter()
        .filter(|reach| !reach.is_dominated(&nearest, lying))
        .filter_map(|reach| Cap::new(reach.observation, speed))
        .collect();
    // Every field takes part, so that caps in any order come out the same.
    caps.sort_unstable_by(|a, b| {
        let bits = |cap: &Cap| cap.disc.center.map(f64::to_bits);
        a.disc
            .chord
            .total_cmp(&b.disc.chord)
            .then_with(|| a.vote.cmp(&b.vote))
            .then_with(|| bits(a).cmp(&bits(b)))
    });
    caps.dedup();
    undominated(&caps, lying)
}

/// An observation and its reach, in radians of the sphere.
#[derive(Clone, Copy)]
struct Reach<'o> {
    arc: f64,
    observation: &'o Observation,
}

impl<'o> Reach<'o> {
    fn new(observation: &'o Observation, speed: SpeedPpm) -> Self {
        Self {
            arc: reach_m(observation, speed) / EARTH_RADIUS_M,
            observation,
        }
    }

    /// By size, equals by all that makes caps differ.
    fn precedes(&self, other: &Self) -> bool {
        let bits = |reach: &Self| reach.observation.position.components().map(f64::to_bits);
        self.arc
            .total_cmp(&other.arc)
            .then_with(|| self.observation.vote.cmp(&other.observation.vote))
            .then_with(|| bits(self).cmp(&bits(other)))
            .is_lt()
    }

    /// Whether the cap holds another one whole; unsure counts as no.
    ///
    /// It does when the centres are at most the difference of the radii apart. The chord of
    /// an arc a is at least a - a^3/24; 1e-8 (6 cm) is more than all roundings, vectors that are
    /// units only within 1e-9 included.
    fn holds(&self, other: &Self) -> bool {
        let arc = self.arc - other.arc - 1e-8;
        let straight = arc * (1.0 - arc * arc / 24.0);
        let (a, b) = (
            self.observation.position.components(),
            other.observation.position.components(),
        );
        arc > 0.0 && chord_squared(&a, &b) < straight * straight
    }

    /// Whether more than *f* other votes, or the same one, exclude all that this excludes.
    fn is_dominated(&self, nearest: &[Self], lying: usize) -> bool {
        let vote = self.observation.vote;
        let held = nearest.iter().filter(|small| self.holds(small));
        let mut votes = 0;
        for small in held {
            votes += 1;
            if small.observation.vote == vote || votes > lying {
                return true;
            }
        }
        false
    }
}

/// The smallest cap of each of the f + 1 votes whose smallest are smallest. None of these
/// can be dominated: fewer than f + 1 votes have a smaller cap.
fn nearest<'o>(reaches: &[Reach<'o>], lying: usize) -> Vec<Reach<'o>> {
    let mut nearest: Vec<Reach<'o>> = Vec::with_capacity(FILTERS + 1);
    if lying >= FILTERS {
        return nearest;
    }
    for reach in reaches {
        if nearest.len() > lying && !reach.precedes(&nearest[lying]) {
            continue;
        }
        let vote = reach.observation.vote;
        let same = nearest
            .iter()
            .position(|other| other.observation.vote == vote);
        if let Some(place) = same {
            if !reach.precedes(&nearest[place]) {
                continue;
            }
            nearest.remove(place);
        }
        let place = nearest
            .iter()
            .position(|other| reach.precedes(other))
            .unwrap_or(nearest.len());
        nearest.insert(place, *reach);
        nearest.truncate(lying + 1);
    }
    nearest
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::cap::{Tier, VoteId};
    use crate::cell::CellId;
    use crate::convert::unit_from_degrees;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    fn observations() -> impl Strategy<Value = Vec<Observation>> {
        // Some places and times come up often, for equal caps and touching ones.
        let place = prop_oneof![Just((10.0, 20.0)), (-90.0f64..90.0, -180.0f64..180.0)];
        let time = prop_oneof![Just(3_000_000), 0u64..40_000_000, 0u64..300_000_000];
        let one = (place, 0u16..6, time).prop_map(|((lat, lon), vote, rtt_ns)| Observation {
            vote: VoteId(vote),
            anchor: 0,
            position: unit_from_degrees(lat, lon).unwrap(),
            survey_error_m: 100,
            clock_error_ppm: 0,
            rtt_ns,
        });
        proptest::collection::vec(one, 0..40)
    }

    proptest! {
        #[test]
        fn what_is_dropped_decides_nothing(observations in observations(), lying in 0usize..6,
            places in proptest::collection::vec((-90.0f64..90.0, -180.0f64..180.0, 1u8..=14), 40)) {
            let speed = Tier::Fibre.speed();
            let all: Vec<Cap> = observations.iter().filter_map(|o| Cap::new(o, speed)).collect();
            let kept = caps(observations.iter(), speed, lying);
            prop_assert!(kept.iter().all(|cap| all.contains(cap)));
            prop_assert!(kept.is_sorted_by(|a, b| a.disc.chord <= b.disc.chord));
            for (lat, lon, level) in places {
                let disc = CellId::of_point(&unit_from_degrees(lat, lon).unwrap(), level).disc();
                let votes = |caps: &[Cap]| {
                    let out: BTreeSet<VoteId> =
                        caps.iter().filter(|cap| cap.disc.misses(&disc)).map(|cap| cap.vote).collect();
                    out.len()
                };
                prop_assert_eq!(votes(&all) > lying, votes(&kept) > lying);
            }
        }

        #[test]
        fn the_quick_test_never_says_that_a_cap_holds_one_that_it_does_not(observations in observations()) {
            let speed = Tier::C.speed();
            let reaches: Vec<Reach<'_>> = observations.iter().map(|o| Reach::new(o, speed)).collect();
            for a in &reaches {
                for b in reaches.iter().filter(|b| a.arc < HALF_TURN && a.holds(b)) {
                    let (a, b) = (Cap::new(a.observation, speed).unwrap(), Cap::new(b.observation, speed).unwrap());
                    prop_assert!(a.disc.holds(&b.disc));
                }
            }
        }
    }

    #[test]
    fn of_many_large_caps_only_the_smallest_stays() {
        let observation = |k: u16| Observation {
            vote: VoteId(k),
            anchor: k,
            position: unit_from_degrees(f64::from(k % 60), f64::from(k % 90)).unwrap(),
            survey_error_m: 0,
            clock_error_ppm: 0,
            rtt_ns: if k == 0 { 1_000_000 } else { 120_000_000 },
        };
        let observations: Vec<Observation> = (0..200).map(observation).collect();
        let kept = |lying| caps(observations.iter(), Tier::C.speed(), lying).len();
        assert_eq!(kept(0), 1);
        assert!(kept(1) > 1);
    }
}
