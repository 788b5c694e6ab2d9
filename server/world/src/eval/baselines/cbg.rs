//! CBG, constraint-based geolocation: the discs that each anchor's bestline gives, intersected.
//!
//! Gueye, Ziviani, Crovella, Fdida: *Constraint-based geolocation of Internet hosts*, IEEE/ACM
//! Transactions on Networking 14 (2006).
//!
//! Deviations: discs are on the sphere, and larger by the trial's survey error, as the rigorous
//! layer's are. Where the discs have no place in common CBG has no answer; the place that is in
//! the most of them is taken as the estimate then, which favours it, and the host counts among
//! those whose true place is outside.

use super::Answer;
use super::bestline::{Line, Slopes};
use super::discs::{Disc, Region};
use super::mesh::Mesh;
use crate::eval::trial::{Host, Trial};
use domicile_geo::Territories;

/// 2/3 c there and back, ms for each km.
const BASELINE: f64 = 2.0 / (299.792_458 * 2.0 / 3.0);

const SLOPES: Slopes = Slopes {
    least: BASELINE,
    most: f64::INFINITY,
};

/// Locates one host.
pub(super) fn locate(trial: &Trial, mesh: &Mesh, host: &Host, territories: &Territories) -> Answer {
    let discs = bestline_discs(trial, mesh, host, SLOPES);
    let region = Region::of_most(&discs);
    let point = region.centroid(None);
    if region.is_common() {
        Answer::of_region(trial, host, point, &region, territories)
    } else {
        Answer::of_no_region(trial, host, point, territories)
    }
}

/// The disc of each observation by its anchor's bestline.
pub(super) fn bestline_discs(trial: &Trial, mesh: &Mesh, host: &Host, slopes: Slopes) -> Vec<Disc> {
    let without = trial.anchor_number(host);
    let disc = |observation: &domicile_geo::Observation| {
        let pairs: Vec<_> = mesh
            .pairs(usize::from(observation.anchor), without)
            .collect();
        let line = Line::best(&pairs, slopes);
        let reach = line.km(super::milliseconds(observation)).max(0.0);
        Disc::new(
            observation.position,
            reach + f64::from(observation.survey_error_m) / 1000.0,
        )
    };
    host.observations.iter().map(disc).collect()
}
