//! Where another anchor would exclude most.

use super::coverage::{Coverage, Gain, Measurer};
use super::pick::first_best;
use super::{Place, Plan};
use crate::cap::VoteId;
use crate::mesh::Site;
use crate::sphere::UnitVec;
use crate::territory::TerritoryMask;

/// A place where anchors could be.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Candidate {
    /// Where.
    pub position: UnitVec,
    /// How far an anchor there would be from its surveyed position, metres.
    pub survey_error_m: u32,
    /// How far its stopwatch would run slow, millionths.
    pub clock_error_ppm: u32,
}

/// Anchors to be added at one place.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// The place, by its number among the candidates.
    pub candidate: usize,
    /// How many anchors, each of a trust domain that has no anchor yet.
    pub anchors: u8,
    /// Pairs of metro and denied territory that honest paths exclude then and did not before.
    pub pairs: u64,
    /// The same pairs by the metros' weights.
    pub weight: f64,
    /// Metros (places in [`Plan::metros`]) at which nothing denied remains then.
    pub confirmed: Vec<usize>,
}

impl Plan<'_> {
    /// Up to `count` places for anchors, the best first, each chosen with those before it in
    /// place: of all candidates and of 1 to *f* + 1 anchors there, the choice with most weight
    /// of newly excluded pairs for each anchor, judged by what votes exclude alone; of equals
    /// the one that brings most pairs a vote nearer, then the first. What a step says that it
    /// excludes is the engine's answer. Ends early when nothing helps.
    ///
    /// At [`Plan::tier`]. `progress` is told how many steps are done.
    pub fn next(
        &self,
        candidates: &[Candidate],
        count: usize,
        progress: &mut dyn FnMut(usize),
    ) -> Vec<Step> {
        let mut grown = self.clone();
        let measurer = |site| Measurer::new(site, &self.goal.denied, self.territories);
        let choices: Vec<Measurer> = candidates
            .iter()
            .map(|candidate| measurer(candidate.site(VoteId(u16::MAX))))
            .collect();
        let mut present: Vec<Measurer> = self.sites.iter().map(|site| measurer(*site)).collect();
        let mut remaining = grown.remaining_everywhere();
        let mut steps = Vec::new();
        while steps.len() < count {
            let Some((candidate, anchors)) = grown.best(&choices, &present, &remaining) else {
                break;
            };
            for _ in 0..anchors {
                let Some(vote) = grown.fresh_vote() else {
                    break;
                };
                let site = candidates[candidate].site(vote);
                grown.sites.push(site);
                present.push(measurer(site));
            }
            let after = grown.remaining_everywhere();
            steps.push(grown.step((candidate, anchors), &remaining, &after));
            remaining = after;
            progress(steps.len());
        }
        steps
    }

    /// The best candidate and how many anchors to put there.
    fn best(
        &self,
        choices: &[Measurer],
        present: &[Measurer],
        remaining: &[TerritoryMask],
    ) -> Option<(usize, u8)> {
        let places: Vec<Place> = self
            .metros
            .iter()
            .zip(remaining)
            .filter(|(_, wanted)| !wanted.is_empty())
            .map(|(metro, wanted)| Place {
                position: metro.position,
                wanted: *wanted,
                weight: metro.weight,
                own: None,
            })
            .collect();
        let mut coverage = Coverage::new(&places, self.path, self.tier, self.lying_votes);
        present.iter().for_each(|known| coverage.add(known, None));
        let options: Vec<(usize, u8)> = (0..choices.len())
            .flat_map(|choice| (1..=self.lying_votes.saturating_add(1)).map(move |n| (choice, n)))
            .collect();
        let (place, best) = first_best(options.iter().map(|(choice, anchors)| {
            coverage
                .gain(&choices[*choice], None, Some(*anchors))
                .shared_by(*anchors)
        }));
        (best != Gain::default()).then(|| options[place])
    }

    fn step(
        &self,
        (candidate, anchors): (usize, u8),
        before: &[TerritoryMask],
        after: &[TerritoryMask],
    ) -> Step {
        let mut step = Step {
            candidate,
            anchors,
            pairs: 0,
            weight: 0.0,
            confirmed: Vec::new(),
        };
        let changes = self.metros.iter().zip(before.iter().zip(after));
        for (number, (metro, (before, after))) in changes.enumerate() {
            let excluded = before.difference(after).count();
            step.pairs += u64::from(excluded);
            step.weight += metro.weight * f64::from(excluded);
            if excluded > 0 && after.is_empty() {
                step.confirmed.push(number);
            }
        }
        step
    }

    /// What honest paths leave of D, by metro.
    fn remaining_everywhere(&self) -> Vec<TerritoryMask> {
        let metros = self.metros.iter();
        metros
            .map(|metro| self.remaining(&self.honest(metro), self.tier))
            .collect()
    }

    /// A vote that no anchor has, while there is one.
    fn fresh_vote(&self) -> Option<VoteId> {
        (0..=u16::MAX)
            .map(VoteId)
            .find(|vote| self.sites.iter().all(|site| site.vote != *vote))
    }
}

impl Candidate {
    fn site(&self, vote: VoteId) -> Site {
        Site {
            vote,
            position: self.position,
            survey_error_m: self.survey_error_m,
            clock_error_ppm: self.clock_error_ppm,
        }
    }
}
