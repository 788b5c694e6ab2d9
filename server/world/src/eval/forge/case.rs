//! One forgery, and the delays that the host chooses.

use crate::trials::Random;
use domicile_geo::{TerritoryMask, Tier};

/// How the host chooses its delays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Strategy {
    Random,
    Constant,
    Geometry,
}

impl Strategy {
    pub(super) const ALL: [Self; 3] = [Self::Random, Self::Constant, Self::Geometry];
    pub(super) const NAMES: [&'static str; 3] = ["random", "constant-offset", "geometry-optimal"];
}

/// One forgery: who is where, what is claimed, and which anchors are visited.
#[derive(Debug)]
pub(super) struct Case {
    pub(super) tier: Tier,
    pub(super) permitted: TerritoryMask,
    /// Places in the list of sites.
    pub(super) visited: Vec<usize>,
    /// The shortest round trips, nanoseconds: what the host cannot go below.
    pub(super) base: Vec<f64>,
    /// Those of an honest host at the claimed place.
    pub(super) claimed: Vec<f64>,
    /// The same at the tier's speed exactly.
    pub(super) ideal: Vec<f64>,
}

impl Case {
    /// Round trips with delays: never below the base.
    pub(super) fn forged(&self, strategy: Strategy, random: &mut Random) -> Vec<f64> {
        let missing = self
            .base
            .iter()
            .zip(&self.claimed)
            .map(|(base, claimed)| claimed - base);
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
            Strategy::Geometry => missing
                .zip(&self.base)
                .map(|(missing, base)| base + missing.max(0.0))
                .collect(),
        }
    }
}
