//! What a world consists of, before anything of it runs.

use crate::place::Point;
use domicile_geo::{GeoError, Territories, TerritoryCode, TerritoryMask};
use std::net::Ipv4Addr;
use std::path::PathBuf;
use std::time::Duration;

/// Hosts in one world at most: their loopback addresses have to be distinct.
pub const MAX_HOSTS: usize = 1_000;

/// A world to be staged.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Declared places.
    pub metros: Vec<MetroPlan>,
    /// Anchors; their place in this list is their number everywhere.
    pub anchors: Vec<AnchorPlan>,
    /// Hosts that will be enrolled.
    pub hosts: Vec<HostPlan>,
    /// The network: what reaches what, and how fast.
    pub paths: Vec<Path>,
    /// Round trips between anchors, which range each other over them; empty: they do not.
    pub mesh: Vec<MeshPath>,
    /// The policy's licences.
    pub licences: Vec<LicencePlan>,
    /// The policy's times.
    pub times: Times,
    /// Files with the certificates of TPM makers that the collector believes.
    pub tpm_roots: Vec<PathBuf>,
    /// *f*: votes that may lie or fail.
    pub lying_votes: u8,
    /// Trust domains drawn near the declared metro.
    pub draw_near_domains: usize,
    /// Anchors drawn in all.
    pub draw_total: usize,
}

/// A declared place.
#[derive(Debug, Clone, PartialEq)]
pub struct MetroPlan {
    /// Its id in the directory.
    pub id: String,
    /// For people.
    pub name: String,
    /// ISO 3166 alpha-2.
    pub territory: String,
    /// Its centre.
    pub point: Point,
}

/// An anchor.
#[derive(Debug, Clone, PartialEq)]
pub struct AnchorPlan {
    /// Unique.
    pub name: String,
    /// Index into [`Plan::metros`].
    pub metro: usize,
    /// Its vote.
    pub trust_domain: String,
    /// Its surveyed position.
    pub point: Point,
    /// Error of the survey, metres.
    pub survey_error_m: u32,
    /// How its stopwatch runs.
    pub stopwatch: StopwatchPlan,
}

/// How an anchor's stopwatch runs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum StopwatchPlan {
    /// As the machine's.
    Honest,
    /// It reports this many times what passed.
    Lying(f64),
}

/// A host that will be enrolled.
#[derive(Debug, Clone, PartialEq)]
pub struct HostPlan {
    /// Unique; also its customer's site.
    pub name: String,
    /// Index into [`Plan::metros`]: what it declares.
    pub metro: usize,
    /// Its licence, a name in [`Plan::licences`].
    pub licence: String,
    /// The loopback address by which the relay knows it.
    pub address: Ipv4Addr,
    /// The device of its TPM; the machine's own belongs to no host of a world.
    pub tpm_device: Option<PathBuf>,
}

/// A path between a loopback address and an anchor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Path {
    /// The host's side.
    pub host: Ipv4Addr,
    /// Index into [`Plan::anchors`].
    pub anchor: usize,
    /// There and back.
    pub round_trip: Duration,
}

/// A path between two anchors, by their indices in [`Plan::anchors`]; the same both ways.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MeshPath {
    /// One end.
    pub a: usize,
    /// The other.
    pub b: usize,
    /// There and back.
    pub round_trip: Duration,
}

/// A licence of the policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LicencePlan {
    /// Its name.
    pub name: String,
    /// Where the host may be.
    pub permitted: Vec<String>,
    /// Where it must not be.
    pub denied: Vec<String>,
}

impl LicencePlan {
    /// The permitted territories as a set.
    ///
    /// # Errors
    /// [`GeoError`] for a code that the data do not have.
    pub fn permitted_mask(&self, territories: &Territories) -> Result<TerritoryMask, GeoError> {
        let codes = self
            .permitted
            .iter()
            .map(|code| code.parse())
            .collect::<Result<Vec<TerritoryCode>, _>>()?;
        TerritoryMask::from_codes(territories, &codes)
    }
}

/// The policy's times.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Times {
    /// How long a verdict holds after its measurement.
    pub appraisal_lifetime: Duration,
    /// Quiet time after which a host is late.
    pub late_after: Duration,
    /// Quiet time after which it is silent.
    pub silent_after: Duration,
}

/// The loopback address of the `number`-th thing of a kind, in a block of its own for each run:
/// 127.`block`.`kind · 64 + number / 250`.`1 + number % 250`.
///
/// # Panics
/// Never: the parts are reduced to a byte each.
pub fn loopback(block: u8, kind: u8, number: usize) -> Ipv4Addr {
    let high = u8::try_from(number / 250 % 64).expect("below 64");
    let low = u8::try_from(number % 250).expect("below 250");
    Ipv4Addr::new(127, block, kind % 4 * 64 + high, low + 1)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn loopback_addresses_are_distinct() {
        let mut seen = std::collections::HashSet::new();
        for kind in 0..4 {
            for number in 0..4096 {
                let address = loopback(77, kind, number);
                assert!(address.is_loopback() && seen.insert(address));
            }
        }
    }
}
