//! What physics says at one tier: the claims, the votes they rest on, the votes that contradict.

use crate::policy::LicenceRule;
use crate::verify::Observed;
use domicile_geo::{Observation, Region, Territories, UnitVec, VoteId, consistent_without, locate};
use domicile_proto::wire::{self, VerdictValue};
use std::collections::BTreeSet;

/// A physics value, in the order in which they are asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Claim {
    Inconsistent,
    PermittedExcluded,
    Confined,
    DeniedExcluded,
}

impl Claim {
    pub(super) const IN_ORDER: [Self; 4] = [
        Self::Inconsistent,
        Self::PermittedExcluded,
        Self::Confined,
        Self::DeniedExcluded,
    ];

    pub(super) fn value(self) -> VerdictValue {
        match self {
            Self::Inconsistent => VerdictValue::Inconsistent,
            Self::PermittedExcluded => VerdictValue::PermittedExcluded,
            Self::Confined => VerdictValue::Confined,
            Self::DeniedExcluded => VerdictValue::DeniedExcluded,
        }
    }

    /// Whether an observation may be used for this claim.
    fn counts(self, observed: &Observed) -> bool {
        match self {
            Self::Inconsistent => true,
            Self::PermittedExcluded => observed.agent_agrees,
            Self::Confined | Self::DeniedExcluded => !observed.own_operator,
        }
    }

    /// Whether a region says it. Nothing follows from an empty region but that it is empty, and
    /// nothing about D from a licence that denies nothing.
    fn follows(self, region: &Region, rule: Option<&LicenceRule>) -> bool {
        let possible = region.possible();
        match (self, rule) {
            (Self::Inconsistent, _) => possible.is_empty(),
            (_, None) => false,
            (_, Some(_)) if possible.is_empty() => false,
            (Self::PermittedExcluded, Some(rule)) => possible.is_disjoint(&rule.permitted),
            (Self::Confined, Some(rule)) => possible.is_subset(&rule.permitted),
            (Self::DeniedExcluded, Some(rule)) => {
                !rule.denied.is_empty() && possible.is_disjoint(&rule.denied)
            }
        }
    }
}

/// The geometry's name of a tier.
pub(super) fn speed_tier(tier: wire::Tier) -> domicile_geo::Tier {
    match tier {
        wire::Tier::C => domicile_geo::Tier::C,
        wire::Tier::Fibre => domicile_geo::Tier::Fibre,
        wire::Tier::TwoThirds => domicile_geo::Tier::TwoThirds,
        // Not reached: policies and tables have the three tiers only. Most cautious all the same.
        wire::Tier::Unspecified => domicile_geo::Tier::C,
    }
}

/// Observations as the geometry takes them, and the names of the votes by number.
pub(super) struct Votes<'a> {
    names: Vec<&'a str>,
    observations: Vec<Observation>,
}

impl<'a> Votes<'a> {
    /// Votes are numbered by the sorted names of their trust domains, anchors by their place. A
    /// position that is no unit vector has no vote; a checked directory has none.
    pub(super) fn of(observed: impl Iterator<Item = &'a Observed> + Clone) -> Self {
        let names: Vec<&str> = observed
            .clone()
            .map(|observed| observed.trust_domain.as_str())
            .collect::<BTreeSet<_>>()
            .into_iter()
            .collect();
        let observation = |(place, observed): (usize, &Observed)| {
            let [x, y, z] = observed.position.unit;
            let vote = names.binary_search(&observed.trust_domain.as_str()).ok()?;
            Some(Observation {
                vote: VoteId(u16::try_from(vote).ok()?),
                anchor: u16::try_from(place).ok()?,
                position: UnitVec::new(x, y, z).ok()?,
                survey_error_m: observed.position.survey_error_m,
                clock_error_ppm: observed.position.clock_error_ppm,
                rtt_ns: observed.rtt_ns,
            })
        };
        let observations = observed.enumerate().filter_map(observation).collect();
        Self {
            names,
            observations,
        }
    }

    pub(super) fn into_observations(self) -> Vec<Observation> {
        self.observations
    }

    /// F_f of these observations; `None` when fewer than *f* + 1 votes are there, which exclude
    /// nothing.
    pub(super) fn region(
        &self,
        tier: wire::Tier,
        lying_votes: u8,
        territories: &Territories,
    ) -> Option<Region> {
        if self.names.len() <= usize::from(lying_votes) {
            return None;
        }
        locate(
            &self.observations,
            speed_tier(tier),
            lying_votes,
            territories,
        )
        .ok()
    }

    /// These votes only.
    fn only(&self, kept: &[VoteId]) -> Vec<Observation> {
        self.observations
            .iter()
            .filter(|o| kept.contains(&o.vote))
            .copied()
            .collect()
    }

    /// The votes, the one with the shortest round trip first.
    fn by_round_trip(&self) -> Vec<VoteId> {
        let mut all: Vec<(u64, VoteId)> = self
            .observations
            .iter()
            .map(|o| (o.rtt_ns, o.vote))
            .collect();
        all.sort_unstable();
        let mut seen = BTreeSet::new();
        all.into_iter()
            .map(|(_, vote)| vote)
            .filter(|vote| seen.insert(*vote))
            .collect()
    }

    fn named(&self, votes: &[VoteId]) -> Vec<String> {
        let mut names: Vec<String> = votes
            .iter()
            .filter_map(|vote| self.names.get(usize::from(vote.0)))
            .map(|name| (*name).to_owned())
            .collect();
        names.sort_unstable();
        names
    }
}

/// One report's observations and what is asked of them.
#[derive(Clone, Copy)]
pub(super) struct Question<'a> {
    pub(super) observations: &'a [Observed],
    pub(super) lying_votes: u8,
    pub(super) rule: Option<&'a LicenceRule>,
    pub(super) territories: &'a Territories,
}

impl<'a> Question<'a> {
    pub(super) fn at(self, tier: wire::Tier) -> Answer<'a> {
        let votes = Votes::of(self.observations.iter());
        let region = votes.region(tier, self.lying_votes, self.territories);
        Answer {
            question: self,
            tier,
            votes,
            region,
        }
    }
}

/// The answer at one tier. `region` is that of all observations that count.
pub(super) struct Answer<'a> {
    question: Question<'a>,
    tier: wire::Tier,
    votes: Votes<'a>,
    region: Option<Region>,
}

impl<'a> Answer<'a> {
    /// Whether the claim follows from the observations that it may use.
    pub(super) fn holds(&self, claim: Claim) -> bool {
        let Question {
            observations,
            lying_votes,
            rule,
            territories,
        } = self.question;
        if observations.iter().all(|observed| claim.counts(observed)) {
            return self
                .region
                .as_ref()
                .is_some_and(|region| claim.follows(region, rule));
        }
        self.votes_for(claim)
            .region(self.tier, lying_votes, territories)
            .is_some_and(|region| claim.follows(&region, rule))
    }

    fn votes_for(&self, claim: Claim) -> Votes<'a> {
        Votes::of(
            self.question
                .observations
                .iter()
                .filter(move |observed| claim.counts(observed)),
        )
    }

    /// Codes of the territories with a point in F_f, sorted. All of them when nothing can be
    /// excluded.
    pub(super) fn possible(&self) -> Vec<String> {
        let territories = self.question.territories;
        let possible = self
            .region
            .as_ref()
            .map_or_else(|| territories.all(), Region::possible);
        let mut codes: Vec<String> = possible.codes(territories).map(|c| c.to_string()).collect();
        codes.sort_unstable();
        codes
    }

    /// The number of territories excluded.
    pub(super) fn excluded(&self) -> u32 {
        self.region
            .as_ref()
            .map_or(0, |region| region.excluded().count())
    }

    /// Votes that alone give a claim that holds, and none of which can be left out. Of several such
    /// sets the one with the shortest round trips.
    ///
    /// More votes only shrink a region, so a claim that holds for all of them keeps holding as votes
    /// are added: the search takes the shortest round trips that suffice, then leaves out what it can.
    pub(super) fn supporting(&self, claim: Claim) -> Vec<String> {
        let Question {
            lying_votes,
            rule,
            territories,
            ..
        } = self.question;
        let votes = self.votes_for(claim);
        let enough = |kept: &[VoteId]| {
            kept.len() > usize::from(lying_votes)
                && locate(
                    &votes.only(kept),
                    speed_tier(self.tier),
                    lying_votes,
                    territories,
                )
                .is_ok_and(|region| claim.follows(&region, rule))
        };
        let order = votes.by_round_trip();
        let (mut low, mut high) = (0, order.len());
        while low < high {
            let middle = low.midpoint(high);
            if enough(&order[..middle]) {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        let mut kept = order[..high].to_vec();
        for vote in order[..high].iter().rev() {
            let fewer: Vec<VoteId> = kept.iter().copied().filter(|other| other != vote).collect();
            if enough(&fewer) {
                kept = fewer;
            }
        }
        votes.named(&kept)
    }

    /// The incident of the anchors: the smallest set of votes without which some land is left, when
    /// no land fits all votes and some fits all but *f*. Empty otherwise: a region that is empty for
    /// *f* liars is a value of the session, not of anchors.
    pub(super) fn contradicting(&self) -> Vec<String> {
        let Question {
            lying_votes,
            territories,
            ..
        } = self.question;
        if self.region.as_ref().is_none_or(Region::is_empty) {
            return Vec::new();
        }
        let tier = speed_tier(self.tier);
        consistent_without(&self.votes.observations, tier, territories, lying_votes)
            .map(|votes| self.votes.named(&votes))
            .unwrap_or_default()
    }
}
