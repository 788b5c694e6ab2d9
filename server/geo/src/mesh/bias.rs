//! One stopwatch against the others'. Both ends of a pair time the same path, so the difference
//! of their shortest round trips is that of their stopwatches. Most anchors are right, so the
//! median over an anchor's partners is its own.

use super::{Pairs, Site};

/// Partners measured in both directions without which nothing is said.
pub(super) const PARTNERS: usize = 5;

/// Least difference that is a finding when it is the same for all partners, ns.
const OFFSET_FLOOR_NS: f64 = 1_500_000.0;

/// Least share of the round trip that is a finding.
const RATE_FLOOR: f64 = 0.01;

/// A share is no finding below this difference, ns: machines differ by as much.
const RATE_LEAST_NS: f64 = 200_000.0;

/// And both are at least so many standard deviations of the anchors' medians.
const DEVIATIONS: f64 = 8.0;

/// The share of partners that must show the same sign.
const AGREEING: f64 = 0.75;

/// Round trips whose median distance from their median is below this share of it are alike.
const ALIKE: f64 = 0.03;

/// A rate beyond this is no stopwatch that runs badly, but one that lies.
const RATE_MOST: f64 = 0.2;

/// How an anchor's stopwatch differs from those of its partners.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// By the same time for all partners.
    Offset,
    /// By the same share of each round trip, at most a fifth: a rate error.
    Rate,
    /// By the same share of each round trip, more than a fifth.
    Factor,
    /// Its readings are alike for partners far and near.
    Unrelated,
    /// In no regular way, or the partners are too alike in distance to say.
    Irregular,
}

/// An anchor's stopwatch against its partners'.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bias {
    /// Partners measured in both directions.
    pub partners: usize,
    /// Median of its round trip less the partner's, ns.
    pub offset_ns: f64,
    /// Median of that difference as a share of the partner's round trip.
    pub rate: f64,
    /// How it differs.
    pub shape: Shape,
}

impl Bias {
    /// Whether its own measurements are shorter than the others'.
    pub fn is_short(&self) -> bool {
        self.offset_ns < 0.0
    }
}

/// An anchor's differences from its partners.
struct Differences {
    offset_ns: f64,
    rate: f64,
    /// Its round trip and its partner's, ns.
    both: Vec<(f64, f64)>,
}

/// For each site, how its stopwatch differs, where that is a finding.
pub(super) fn find(sites: &[Site], pairs: &Pairs) -> Vec<Option<Bias>> {
    let all: Vec<Option<Differences>> = (0..sites.len())
        .map(|site| differences(u16::try_from(site).ok()?, pairs))
        .collect();
    let spread = |of: fn(&Differences) -> f64| {
        let mut sizes: Vec<f64> = all.iter().flatten().map(|d| of(d).abs()).collect();
        1.4826 * median(&mut sizes)
    };
    let offset_ns = OFFSET_FLOOR_NS.max(DEVIATIONS * spread(|d| d.offset_ns));
    let rate = RATE_FLOOR.max(DEVIATIONS * spread(|d| d.rate));
    let judged = |found: &Option<Differences>| {
        let found = found.as_ref()?;
        found.is_finding(offset_ns, rate).then(|| found.bias())
    };
    all.iter().map(judged).collect()
}

fn differences(site: u16, pairs: &Pairs) -> Option<Differences> {
    let both: Vec<(f64, f64)> = pairs
        .by(site)
        .iter()
        .filter_map(|own| {
            let theirs = pairs.rtt_ns(own.responder, site)?;
            Some((float(own.rtt_ns), float(theirs)))
        })
        .collect();
    if both.len() < PARTNERS {
        return None;
    }
    Some(Differences {
        offset_ns: median(
            &mut both
                .iter()
                .map(|(own, theirs)| own - theirs)
                .collect::<Vec<_>>(),
        ),
        rate: median(
            &mut both
                .iter()
                .map(|(own, theirs)| own / theirs - 1.0)
                .collect::<Vec<_>>(),
        ),
        both,
    })
}

impl Differences {
    fn is_finding(&self, offset_ns: f64, rate: f64) -> bool {
        if self.is_unrelated() {
            return true;
        }
        let large = self.offset_ns.abs() >= offset_ns
            || (self.rate.abs() >= rate && self.offset_ns.abs() >= RATE_LEAST_NS);
        if !large {
            return false;
        }
        // Most partners must show it, each by a quarter of what the median says.
        let shows = |(own, theirs): &&(f64, f64)| {
            let difference = own - theirs;
            difference * self.offset_ns > 0.0 && difference.abs() >= self.offset_ns.abs() / 4.0
                || (own / theirs - 1.0) * self.rate > 0.0
                    && (own / theirs - 1.0).abs() >= self.rate.abs() / 2.0
        };
        let showing = self.both.iter().filter(shows).count();
        count(showing) >= AGREEING * count(self.both.len())
    }

    fn bias(&self) -> Bias {
        Bias {
            partners: self.both.len(),
            offset_ns: self.offset_ns,
            rate: self.rate,
            shape: self.shape(),
        }
    }

    /// Whether its own round trips are all alike while its partners' of it are not.
    fn is_unrelated(&self) -> bool {
        let own = spread(self.both.iter().map(|(own, _)| *own));
        let theirs = spread(self.both.iter().map(|(_, theirs)| *theirs));
        own < ALIKE && theirs > 3.0 * ALIKE
    }

    fn shape(&self) -> Shape {
        if self.is_unrelated() {
            return Shape::Unrelated;
        }
        let left = |expected: &dyn Fn(f64) -> f64| {
            let mut left: Vec<f64> = self
                .both
                .iter()
                .map(|(own, theirs)| (own - theirs - expected(*theirs)).abs())
                .collect();
            median(&mut left)
        };
        let from_offset = left(&|_| self.offset_ns);
        let from_rate = left(&|theirs| theirs * self.rate);
        if 2.0 * from_rate < from_offset {
            if self.rate.abs() <= RATE_MOST {
                Shape::Rate
            } else {
                Shape::Factor
            }
        } else if 2.0 * from_offset < from_rate {
            Shape::Offset
        } else {
            Shape::Irregular
        }
    }
}

/// Median distance from the median, as a share of it.
fn spread(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    let middle = median(&mut values);
    let mut away: Vec<f64> = values.iter().map(|value| (value - middle).abs()).collect();
    median(&mut away) / middle
}

/// The lower of the two middle values when their number is even; 0 for none.
fn median(values: &mut [f64]) -> f64 {
    values.sort_unstable_by(f64::total_cmp);
    let middle = values.len().saturating_sub(1) / 2;
    values.get(middle).copied().unwrap_or(0.0)
}

#[allow(clippy::cast_precision_loss)] // a rounding in the sixteenth digit of a statistic
fn float(ns: u64) -> f64 {
    ns as f64
}

#[allow(clippy::cast_precision_loss)] // far below 2^53
fn count(items: usize) -> f64 {
    items as f64
}
