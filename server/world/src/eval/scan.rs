//! The method without a tree: test every cell in which the territory data are not divided
//! against every cap. Only for comparing speed, and as a check on the solve.

use super::nearest_land::chord;
use super::trial::{Host, Trial};
use anyhow::ensure;
use domicile_geo::{
    EARTH_RADIUS_M, Territories, TerritoryMask, Tier, UnitVec, VoteId, chord_above, locate, reach_m,
};
use std::hint::black_box;
use std::time::Duration;

/// How many hosts are scanned, at most.
pub(super) const HOSTS: usize = 5;

/// How many times each of their solves is repeated.
const REPEATS: u32 = 20;

/// A cell as the scan knows it: the middle, the radius as a chord, whose land it is.
struct Place {
    center: UnitVec,
    radius: f64,
    territories: TerritoryMask,
}

/// A cap: centre, radius as a chord, vote.
type Cap = (UnitVec, f64, VoteId);

/// How many times longer a scan takes than a solve at 2/3 c, over [`HOSTS`] hosts of the trial;
/// `step` is called after each.
///
/// # Errors
/// When a solve finds a territory possible that the scan, which is coarser, excludes.
pub(super) fn speedup(
    trial: &Trial,
    territories: &Territories,
    elapsed: &dyn Fn() -> Duration,
    step: &dyn Fn(),
) -> anyhow::Result<f64> {
    let places: Vec<Place> = territories
        .undivided_cells()
        .map(|(cell, set)| {
            let center = cell.center();
            let radii = cell.corners().map(|corner| chord(&center, &corner));
            Place {
                center,
                radius: radii.into_iter().fold(0.0, f64::max) + 1e-12,
                territories: set,
            }
        })
        .collect();
    let (mut scans, mut solves) = (Duration::ZERO, Duration::ZERO);
    let count = trial.hosts.len().min(HOSTS);
    for host in (0..count).map(|k| &trial.hosts[k * trial.hosts.len() / count]) {
        let start = elapsed();
        let by_scan = scan(black_box(&places), host, trial.lying_votes);
        scans += elapsed().saturating_sub(start);
        let start = elapsed();
        let mut by_solve = TerritoryMask::EMPTY;
        for _ in 0..REPEATS {
            let observations = black_box(&host.observations);
            let region = locate(
                observations,
                Tier::TwoThirds,
                trial.lying_votes,
                territories,
            )?;
            by_solve = region.possible();
        }
        solves += elapsed().saturating_sub(start);
        ensure!(
            by_solve.is_subset(&by_scan),
            "the solve of {} contradicts a scan of all cells",
            trial.node(host).id
        );
        step();
    }
    Ok(scans.as_secs_f64() / (solves.as_secs_f64() / f64::from(REPEATS)).max(1e-9))
}

fn scan(places: &[Place], host: &Host, lying_votes: u8) -> TerritoryMask {
    let caps: Vec<Cap> = host
        .observations
        .iter()
        .filter_map(|observation| {
            let reach = reach_m(observation, Tier::TwoThirds.speed());
            let chord = chord_above(reach / EARTH_RADIUS_M)?;
            Some((observation.position, chord + 1e-12, observation.vote))
        })
        .collect();
    let mut possible = TerritoryMask::EMPTY;
    let mut votes: Vec<VoteId> = Vec::new();
    for place in places {
        votes.clear();
        let excluded = caps.iter().any(|(at, reach, vote)| {
            // Chords obey the triangle inequality.
            if chord(&place.center, at) > reach + place.radius && !votes.contains(vote) {
                votes.push(*vote);
            }
            votes.len() > usize::from(lying_votes)
        });
        if !excluded {
            possible = possible.union(&place.territories);
        }
    }
    possible
}
