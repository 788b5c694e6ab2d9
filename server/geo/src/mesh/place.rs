//! Where an anchor can be that is not where it was surveyed: the others' measurements of it, as
//! for any host.

use super::{Pairs, Site};
use crate::cap::{Observation, Tier, reach_m};
use crate::error::GeoError;
use crate::region::locate;
use crate::territories::Territories;
use crate::territory::TerritoryMask;

/// Where an anchor can be by what trusted partners measured of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Whereabouts {
    /// The tier at which this holds.
    pub tier: Tier,
    /// How far it is from its surveyed position at least, in metres on the sphere.
    pub away_m: f64,
    /// The partner with the shortest reach: it is within [`within_m`](Self::within_m) of it.
    pub nearest: u16,
    /// In metres on the sphere.
    pub within_m: f64,
    /// Territories in which it can be, if at most *f* of the partners' votes lie; empty when
    /// their measurements fit no place, as those from before and after a move do together.
    pub possible: TerritoryMask,
}

/// Measurements of `site` by everybody but those in `doubted`.
pub(super) fn measured(
    sites: &[Site],
    pairs: &Pairs,
    site: u16,
    doubted: &[u16],
) -> Vec<Observation> {
    (0..sites.len())
        .filter_map(|other| {
            let measurer = u16::try_from(other).ok()?;
            if measurer == site || doubted.contains(&measurer) {
                return None;
            }
            let rtt_ns = pairs.rtt_ns(measurer, site)?;
            Some(sites[other].observes(measurer, rtt_ns))
        })
        .collect()
}

/// Where the site can be; `None` when nobody measured it.
pub(super) fn find(
    observations: &[Observation],
    away_m: f64,
    tier: Tier,
    lying_votes: u8,
    territories: &Territories,
) -> Result<Option<Whereabouts>, GeoError> {
    let reach = |observation: &Observation| reach_m(observation, tier.speed());
    let nearest = observations
        .iter()
        .map(|observation| (reach(observation), observation.anchor))
        .min_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    let Some((within_m, nearest)) = nearest else {
        return Ok(None);
    };
    let region = locate(observations, tier, lying_votes, territories)?;
    Ok(Some(Whereabouts {
        tier,
        away_m,
        nearest,
        within_m,
        possible: region.possible(),
    }))
}
