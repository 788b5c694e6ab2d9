//! Which pairs of place and territory which votes exclude alone: the sum that greedy choices
//! are made by.
//!
//! An anchor excludes a territory alone if all of its land lies beyond the anchor's cap. What
//! votes exclude only together is not seen here, so this counts too few pairs, never too many;
//! it takes a few comparisons where the engine takes a search.

use std::collections::BTreeMap;

use super::{Distances, PathModel, Place, distance_m, reach};
use crate::cap::{Tier, VoteId};
use crate::mesh::Site;
use crate::territories::Territories;
use crate::territory::TerritoryMask;

/// Metres by which a territory must lie beyond a cap; more than cosines of small angles lose.
const SLACK_M: f64 = 1.0;

/// An anchor, real or to be chosen, with how far territories are from it.
#[derive(Debug)]
pub(super) struct Measurer {
    pub(super) site: Site,
    distances: Distances,
}

impl Measurer {
    pub(super) fn new(site: Site, wanted: &TerritoryMask, territories: &Territories) -> Self {
        let distances = Distances::new(&site.position, wanted, territories);
        Self { site, distances }
    }
}

/// What a choice would bring, by weight.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd, Default)]
pub(super) struct Gain {
    /// Pairs that then have enough votes.
    pub(super) excluded: f64,
    /// Votes by which pairs come nearer to enough.
    pub(super) votes: f64,
}

impl Gain {
    /// The gain of each of `count` anchors.
    pub(super) fn shared_by(self, count: u8) -> Self {
        let count = f64::from(count.max(1));
        Self {
            excluded: self.excluded / count,
            votes: self.votes / count,
        }
    }
}

/// What is covered so far.
#[derive(Debug)]
pub(super) struct Coverage<'a> {
    places: &'a [Place],
    path: PathModel,
    tier: Tier,
    /// `layers[k][place]`: territories that at least k + 1 votes exclude. The last layer is
    /// that of enough votes.
    layers: Vec<Vec<TerritoryMask>>,
    /// By vote: what it excludes already at each place.
    votes: BTreeMap<VoteId, Vec<TerritoryMask>>,
}

impl<'a> Coverage<'a> {
    /// Nothing covered yet; a pair needs `lying_votes` + 1 votes.
    pub(super) fn new(places: &'a [Place], path: PathModel, tier: Tier, lying_votes: u8) -> Self {
        let layer = vec![TerritoryMask::EMPTY; places.len()];
        Self {
            places,
            path,
            tier,
            layers: vec![layer; usize::from(lying_votes) + 1],
            votes: BTreeMap::new(),
        }
    }

    /// Asks for one vote more of every pair.
    pub(super) fn deepen(&mut self) {
        self.layers
            .push(vec![TerritoryMask::EMPTY; self.places.len()]);
    }

    /// What this anchor alone excludes of what a place wants.
    fn alone(&self, measurer: &Measurer, number: Option<usize>, place: &Place) -> TerritoryMask {
        if place.own.is_some() && place.own == number {
            return TerritoryMask::EMPTY;
        }
        let metres = distance_m(&measurer.site.position, &place.position);
        let reach = reach(&measurer.site, self.path.rtt_ns(metres), self.tier);
        measurer
            .distances
            .beyond(reach + SLACK_M)
            .intersection(&place.wanted)
    }

    /// What `fresh` anchors of votes of their own would bring, all where this one is; `None` is
    /// one anchor of the site's vote. `number` is the candidate's, as in [`Place::own`].
    pub(super) fn gain(
        &self,
        measurer: &Measurer,
        number: Option<usize>,
        fresh: Option<u8>,
    ) -> Gain {
        let own = match fresh {
            None => self.votes.get(&measurer.site.vote),
            Some(_) => None,
        };
        let count = usize::from(fresh.unwrap_or(1));
        let top = &self.layers[self.layers.len() - 1];
        let mut gain = Gain::default();
        for (at, place) in self.places.iter().enumerate() {
            if place.wanted.is_subset(&top[at]) {
                continue;
            }
            let mut added = self.alone(measurer, number, place);
            if let Some(own) = own {
                added = added.difference(&own[at]);
            }
            let mut last = 0;
            for (depth, layer) in self.layers.iter().enumerate() {
                let below = depth
                    .checked_sub(count)
                    .map(|below| &self.layers[below][at]);
                let raised = below.map_or(added, |below| added.intersection(below));
                last = raised.difference(&layer[at]).count();
                gain.votes += place.weight * f64::from(last);
            }
            gain.excluded += place.weight * f64::from(last);
        }
        gain
    }

    /// Adds an anchor.
    pub(super) fn add(&mut self, measurer: &Measurer, number: Option<usize>) {
        let alone: Vec<TerritoryMask> = self
            .places
            .iter()
            .map(|place| self.alone(measurer, number, place))
            .collect();
        let own = self
            .votes
            .entry(measurer.site.vote)
            .or_insert_with(|| vec![TerritoryMask::EMPTY; alone.len()]);
        for (at, alone) in alone.iter().enumerate() {
            let mut raised = alone.difference(&own[at]);
            own[at] = own[at].union(alone);
            for layer in &mut self.layers {
                let before = layer[at];
                layer[at] = before.union(&raised);
                raised = raised.intersection(&before);
            }
        }
    }
}
