//! Pairs whose round trip is too short for the distance of their surveyed positions.

use super::{MeshSample, Pairs, Site};
use crate::cap::{Tier, reach_m};
use crate::sphere::{EARTH_RADIUS_M, ELLIPSOID_FACTOR, arc_below, chord};

/// A round trip that no signal could have made at a tier's speed between the surveyed positions:
/// the measurer's stopwatch was short, or one of the two is not where it was surveyed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Conflict {
    /// The pair and its shortest round trip.
    pub sample: MeshSample,
    /// The fastest tier at which it is impossible.
    pub tier: Tier,
    /// How far apart the surveyed positions are at least, both survey errors taken off, in metres
    /// on the sphere.
    pub apart_m: f64,
    /// How far the round trip reaches at most at that tier, in metres on the sphere.
    pub reach_m: f64,
}

impl Conflict {
    /// Metres that are missing: how far, at least, something is from where it says.
    pub fn margin_m(&self) -> f64 {
        self.apart_m - self.reach_m
    }

    /// The other one of the pair.
    pub(super) fn partner(&self, site: u16) -> u16 {
        if self.sample.measurer == site {
            self.sample.responder
        } else {
            self.sample.measurer
        }
    }
}

/// All conflicts, each at its fastest tier, by measurer, then responder.
pub(super) fn find(sites: &[Site], pairs: &Pairs) -> Vec<Conflict> {
    let conflict = |sample: &MeshSample| {
        Tier::ALL
            .into_iter()
            .find_map(|tier| at(sites, *sample, tier))
    };
    pairs.samples().iter().filter_map(conflict).collect()
}

/// The conflict of a sample at a tier, if it is one.
pub(super) fn at(sites: &[Site], sample: MeshSample, tier: Tier) -> Option<Conflict> {
    let measurer = &sites[usize::from(sample.measurer)];
    let responder = &sites[usize::from(sample.responder)];
    let observation = measurer.observes(sample.measurer, sample.rtt_ns);
    // The measurer's survey error is in its reach; every rounding is in the pair's favour.
    let reach_m = reach_m(&observation, tier.speed());
    let straight = chord(
        &measurer.position.normalized(),
        &responder.position.normalized(),
    );
    let arc_m = arc_below(straight * (1.0 - 1e-15)) * EARTH_RADIUS_M - 1e-3;
    let apart_m = arc_m - f64::from(responder.survey_error_m) * ELLIPSOID_FACTOR;
    (apart_m > reach_m).then_some(Conflict {
        sample,
        tier,
        apart_m,
        reach_m,
    })
}
