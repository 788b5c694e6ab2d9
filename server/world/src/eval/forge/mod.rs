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

mod likely;
#[cfg(test)]
mod tests;

use super::trial::Trial;
use crate::land::{Land, sphere_m};
use crate::trials::{self, Random};
use domicile_geo::{ELLIPSOID_FACTOR, Observation, TerritoryMask, Tier, UnitVec, VoteId, locate};
use likely::Likely;
use serde::Serialize;
use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::ops::AddAssign;

const LIGHT_M_PER_S: f64 = 299_792_458.0;

/// How far a claimed place may be from an anchor, metres.
const CLAIM_M: f64 = 150_000.0;

/// How near to its claim a forger may be, in half of the trials, metres.
const NEAR_M: f64 = 1_500_000.0;

/// One in so many trials is also made honestly and beyond the premise, …
const SIDE: u64 = 8;

/// … and at most so many of these are shown to the verifier that looks for the likeliest place.
const LIKELY: u64 = 12_000;

/// How the host chooses its delays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Strategy {
    Random,
    Constant,
    Geometry,
}

impl Strategy {
    const ALL: [Self; 3] = [Self::Random, Self::Constant, Self::Geometry];
    const NAMES: [&'static str; 3] = ["random", "constant-offset", "geometry-optimal"];
}

/// What was counted of one strategy.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
struct Count {
    trials: u64,
    /// `confined` with honest anchors, at f = 0 or f = 1.
    honest_anchors: u64,
    /// `confined` with f bribed votes, f = 1 or 2.
    bribed: u64,
    /// Shown to the likeliest-place verifier, and believed.
    likely_asked: u64,
    likely_believed: u64,
}

/// What was counted in all.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
struct Counts {
    strategies: [Count; 3],
    /// Forgeries with more bribed votes than f, and how many of them were confined.
    beyond: u64,
    beyond_confined: u64,
    /// Honest hosts at the claimed place, and how many were confined at f = 0 and 1.
    honest: u64,
    honest_confined: [u64; 2],
    honest_likely_asked: u64,
    honest_likely_believed: u64,
}

impl AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        for (sum, one) in self.strategies.iter_mut().zip(other.strategies) {
            sum.trials += one.trials;
            sum.honest_anchors += one.honest_anchors;
            sum.bribed += one.bribed;
            sum.likely_asked += one.likely_asked;
            sum.likely_believed += one.likely_believed;
        }
        self.beyond += other.beyond;
        self.beyond_confined += other.beyond_confined;
        self.honest += other.honest;
        self.honest_confined[0] += other.honest_confined[0];
        self.honest_confined[1] += other.honest_confined[1];
        self.honest_likely_asked += other.honest_likely_asked;
        self.honest_likely_believed += other.honest_likely_believed;
    }
}

/// The result, in the shape of the JSON.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct ForgeReport {
    trials: u64,
    seed: u64,
    false_confined: BTreeMap<&'static str, FalseConfined>,
    /// Share of the forgeries that a verifier of the most likely place accepts.
    likeliest_place_accepts: BTreeMap<&'static str, f64>,
    /// Share of honest hosts at the claimed places that are `confined`, by f.
    honest_confined: BTreeMap<&'static str, f64>,
    /// Forgeries with f + 1 bribed votes: false `confined` here shows that the counter counts.
    beyond_premise: Beyond,
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
struct FalseConfined {
    trials: u64,
    honest_anchors: u64,
    bribed: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
struct Beyond {
    trials: u64,
    false_confined: u64,
}

impl ForgeReport {
    /// Whether any forgery within the premise was confined.
    pub(super) fn is_broken(&self) -> bool {
        let mut all = self.false_confined.values();
        all.any(|one| one.honest_anchors + one.bribed > 0)
    }

    /// For people.
    pub(super) fn lines(&self) -> Vec<String> {
        let mut lines = vec![format!("{} forgeries, seed {}", self.trials, self.seed)];
        for (name, one) in &self.false_confined {
            lines.push(format!(
                "  {name}: false `confined` {}, with f bribed votes {}; the likeliest place is believed in {:.1} %",
                one.honest_anchors,
                one.bribed,
                100.0 * self.likeliest_place_accepts[name]
            ));
        }
        let honest = &self.honest_confined;
        lines.push(format!(
            "  honest hosts at the claimed places: confined {:.1} % at f = 0, {:.1} % at f = 1; the likeliest place is believed in {:.1} %",
            100.0 * honest["f=0"],
            100.0 * honest["f=1"],
            100.0 * self.likeliest_place_accepts["honest"]
        ));
        lines.push(format!(
            "  beyond the premise, with f + 1 bribed votes: false `confined` {} of {}",
            self.beyond_premise.false_confined, self.beyond_premise.trials
        ));
        lines
    }
}

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
            field.forge(number, seed, &mut counts)?;
        }
        Ok(counts)
    })?;
    let mut counts = Counts::default();
    parts.into_iter().for_each(|part| counts += part);
    Ok(report(&counts, trials, seed))
}

fn report(counts: &Counts, trials: u64, seed: u64) -> ForgeReport {
    #[allow(clippy::cast_precision_loss)] // far below 2^53
    let share = |part: u64, all: u64| part as f64 / all.max(1) as f64;
    let named = || Strategy::NAMES.into_iter().zip(&counts.strategies);
    let mut accepts: BTreeMap<&'static str, f64> = named()
        .map(|(name, one)| (name, share(one.likely_believed, one.likely_asked)))
        .collect();
    let honest = share(counts.honest_likely_believed, counts.honest_likely_asked);
    accepts.insert("honest", honest);
    let false_confined = |one: &Count| FalseConfined {
        trials: one.trials,
        honest_anchors: one.honest_anchors,
        bribed: one.bribed,
    };
    ForgeReport {
        trials,
        seed,
        false_confined: named().map(|(name, one)| (name, false_confined(one))).collect(),
        likeliest_place_accepts: accepts,
        honest_confined: ["f=0", "f=1"]
            .into_iter()
            .zip(counts.honest_confined.map(|part| share(part, counts.honest)))
            .collect(),
        beyond_premise: Beyond {
            trials: counts.beyond,
            false_confined: counts.beyond_confined,
        },
    }
}

/// An anchor of the set.
#[derive(Debug)]
struct Site {
    vote: VoteId,
    position: UnitVec,
    /// The five nearest territories, the nearest first.
    nearest: Vec<u8>,
}

/// What all forgeries have in common.
#[derive(Debug)]
struct Field {
    sites: Vec<Site>,
    land: Land,
    likely: Likely,
    survey_error_m: u32,
}

/// One forgery: who is where, what is claimed, and which anchors are visited.
#[derive(Debug)]
struct Case {
    tier: Tier,
    permitted: TerritoryMask,
    /// Places in the list of sites.
    visited: Vec<usize>,
    /// The shortest round trips, nanoseconds: what the host cannot go below.
    base: Vec<f64>,
    /// Those of an honest host at the claimed place.
    claimed: Vec<f64>,
    /// The same at the tier's speed exactly.
    ideal: Vec<f64>,
}

impl Field {
    fn new(trial: &Trial) -> anyhow::Result<Self> {
        let land = Land::builtin();
        let cells: Vec<_> = land.territories().cells(6).collect();
        let site = |anchor: &super::trial::Anchor| {
            let mut near: Vec<(f64, TerritoryMask)> = cells
                .iter()
                .map(|(cell, set)| (sphere_m(&cell.center(), &anchor.position), *set))
                .collect();
            near.sort_by(|a, b| a.0.total_cmp(&b.0));
            let mut nearest: Vec<u8> = Vec::new();
            for index in near.iter().flat_map(|(_, set)| set.iter()) {
                if !nearest.contains(&index) {
                    nearest.push(index);
                }
                if nearest.len() == 5 {
                    break;
                }
            }
            Site {
                vote: anchor.vote,
                position: anchor.position,
                nearest,
            }
        };
        let sites: Vec<Site> = trial.anchors().iter().map(site).collect();
        anyhow::ensure!(!sites.is_empty(), "no anchors, so nothing to forge against");
        let likely = Likely::new(&land, sites.iter().map(|site| site.position).collect());
        Ok(Self {
            sites,
            land,
            likely,
            survey_error_m: trial.survey_error_m(),
        })
    }

    /// One forgery under all the rules, and what belongs to it.
    fn forge(&self, number: u64, seed: u64, counts: &mut Counts) -> anyhow::Result<()> {
        let mut random = Random::of_trial(seed, number);
        let case = self.case(&mut random);
        let kind = random.below(3);
        let rtts = case.forged(Strategy::ALL[kind], &mut random);
        let confined = |rtts: &[f64], bribed: usize, lying: u8| self.is_confined(&case, rtts, bribed, lying);
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
            count.likely_believed += u64::from(self.likely.believes(&case.visited, &rtts, &case.permitted));
            counts.honest_likely_asked += 1;
            let believed = self.likely.believes(&case.visited, &case.claimed, &case.permitted);
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

    fn case(&self, random: &mut Random) -> Case {
        let tier = match random.below(4) {
            0 => Tier::C,
            1 => Tier::TwoThirds,
            _ => Tier::Fibre,
        };
        let (claim, permitted) = self.claim(random);
        let truth = self.forger(&claim, &permitted, random);
        let visited = self.visited(&claim, random);
        // Nanoseconds at the tier's speed for the shortest distance that the caps allow for.
        let shortest = |place: &UnitVec, site: usize| {
            let metres = sphere_m(place, &self.sites[site].position) / ELLIPSOID_FACTOR;
            let metres = (metres - f64::from(self.survey_error_m)).max(0.0);
            2e9 * metres / (LIGHT_M_PER_S * f64::from(tier.speed().0) * 1e-6)
        };
        let slowest = if random.once_in(2) { 1.0 } else { random.between(1.05, 3.0) };
        let mut paths = |place: &UnitVec| -> Vec<f64> {
            let one = |site: &usize| shortest(place, *site) * random.between(1.0, slowest);
            visited.iter().map(one).collect()
        };
        Case {
            tier,
            permitted,
            base: paths(&truth),
            claimed: paths(&claim),
            ideal: visited.iter().map(|site| shortest(&claim, *site)).collect(),
            visited,
        }
    }

    /// A place near an anchor, and the territories that are permitted for it.
    fn claim(&self, random: &mut Random) -> (UnitVec, TerritoryMask) {
        loop {
            let site = &self.sites[random.below(self.sites.len())];
            let Some((claim, whose)) = self.land.near(&site.position, CLAIM_M, random) else {
                continue;
            };
            let mut permitted = TerritoryMask::EMPTY;
            permitted.insert(whose.iter().next().expect("a place on land is somebody's"));
            let more = random.below(5);
            let nearest = site.nearest.iter().filter(|index| !whose.contains(**index));
            nearest.take(more).for_each(|index| permitted.insert(*index));
            return (claim, permitted);
        }
    }

    /// A place on land that is denied: that of no permitted territory.
    fn forger(&self, claim: &UnitVec, permitted: &TerritoryMask, random: &mut Random) -> UnitVec {
        let mut near = random.once_in(2);
        loop {
            let (place, whose) = if near {
                // Some claims have no denied land near: then anywhere.
                near = !random.once_in(8);
                let far = random.between(20_000.0, NEAR_M);
                match self.land.near(claim, far, random) {
                    Some(found) => found,
                    None => continue,
                }
            } else {
                self.land.place(random)
            };
            if whose.is_disjoint(permitted) {
                return place;
            }
        }
    }

    /// All anchors, or the five nearest to the claim and a few others, as a session visits.
    fn visited(&self, claim: &UnitVec, random: &mut Random) -> Vec<usize> {
        let mut all: Vec<usize> = (0..self.sites.len()).collect();
        if random.once_in(2) {
            return all;
        }
        let far = |site: &usize| sphere_m(&self.sites[*site].position, claim);
        all.sort_by(|a, b| far(a).total_cmp(&far(b)));
        let others = random.below(12);
        let mut visited: Vec<usize> = all.iter().take(5).copied().collect();
        for _ in 0..others.min(all.len().saturating_sub(5)) {
            let next = all[5 + random.below(all.len() - 5)];
            if !visited.contains(&next) {
                visited.push(next);
            }
        }
        visited
    }

    /// Whether these round trips are `confined` to what is permitted, when the votes nearest to the
    /// claim are bribed and the solver allows for `lying` liars.
    fn is_confined(&self, case: &Case, rtts: &[f64], bribed: usize, lying: u8) -> anyhow::Result<bool> {
        let mut order: Vec<usize> = (0..rtts.len()).collect();
        let mut votes: Vec<VoteId> = Vec::with_capacity(bribed);
        if bribed > 0 {
            order.sort_by(|a, b| case.ideal[*a].total_cmp(&case.ideal[*b]));
            for place in order {
                let vote = self.sites[case.visited[place]].vote;
                if votes.len() < bribed && !votes.contains(&vote) {
                    votes.push(vote);
                }
            }
        }
        let observation = |(place, site): (usize, &usize)| {
            let Site { vote, position, .. } = self.sites[*site];
            let rtt = if votes.contains(&vote) { case.ideal[place] } else { rtts[place] };
            #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // a few seconds
            let rtt_ns = rtt.ceil() as u64;
            Observation {
                vote,
                anchor: u16::try_from(*site).unwrap_or(u16::MAX),
                position,
                survey_error_m: self.survey_error_m,
                clock_error_ppm: 0,
                rtt_ns,
            }
        };
        let observations: Vec<Observation> = case.visited.iter().enumerate().map(observation).collect();
        let possible = locate(&observations, case.tier, lying, self.land.territories())?.possible();
        Ok(!possible.is_empty() && possible.is_subset(&case.permitted))
    }
}

impl Case {
    /// Round trips with delays: never below the base.
    fn forged(&self, strategy: Strategy, random: &mut Random) -> Vec<f64> {
        let missing = self.base.iter().zip(&self.claimed).map(|(base, claimed)| claimed - base);
        match strategy {
            Strategy::Random => {
                let scale = random.between(1e5, 6e7);
                let delay = |base: &f64| base - scale * (1.0 - random.unit()).ln();
                self.base.iter().map(delay).collect()
            }
            Strategy::Constant => {
                let offset = missing.fold(0.0, f64::max) * random.unit();
                self.base.iter().map(|base| base + offset).collect()
            }
            Strategy::Geometry => {
                missing.zip(&self.base).map(|(missing, base)| base + missing.max(0.0)).collect()
            }
        }
    }
}
