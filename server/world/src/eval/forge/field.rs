//! The anchors of a set, and forgeries against them.

use super::case::Case;
use super::likely::Likely;
use crate::eval::trial::{Anchor, Trial};
use crate::land::{Land, sphere_m};
use crate::trials::Random;
use domicile_geo::{ELLIPSOID_FACTOR, Observation, TerritoryMask, Tier, UnitVec, VoteId, locate};

const LIGHT_M_PER_S: f64 = 299_792_458.0;

/// How far a claimed place may be from an anchor, metres.
const CLAIM_M: f64 = 150_000.0;

/// How near to its claim a forger may be, in half of the trials, metres.
const NEAR_M: f64 = 1_500_000.0;

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
pub(super) struct Field {
    sites: Vec<Site>,
    land: Land,
    pub(super) likely: Likely,
    survey_error_m: u32,
}

impl Field {
    pub(super) fn new(trial: &Trial) -> anyhow::Result<Self> {
        let land = Land::builtin();
        let cells: Vec<_> = land.territories().cells(6).collect();
        let site = |anchor: &Anchor| {
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
        let positions: Vec<UnitVec> = sites.iter().map(|site| site.position).collect();
        let likely = Likely::new(&land, &positions);
        Ok(Self {
            sites,
            land,
            likely,
            survey_error_m: trial.survey_error_m(),
        })
    }

    pub(super) fn case(&self, random: &mut Random) -> Case {
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
        let slowest = if random.once_in(2) {
            1.0
        } else {
            random.between(1.05, 3.0)
        };
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
            nearest
                .take(more)
                .for_each(|index| permitted.insert(*index));
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
    pub(super) fn is_confined(
        &self,
        case: &Case,
        rtts: &[f64],
        bribed: usize,
        lying: u8,
    ) -> anyhow::Result<bool> {
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
            let rtt = if votes.contains(&vote) {
                case.ideal[place]
            } else {
                rtts[place]
            };
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
        let observations: Vec<Observation> =
            case.visited.iter().enumerate().map(observation).collect();
        let possible = locate(&observations, case.tier, lying, self.land.territories())?.possible();
        Ok(!possible.is_empty() && possible.is_subset(&case.permitted))
    }
}
