//! CBG++: CBG made to never fail.
//!
//! Weinberg, Cho, Christin, Sekar, Gill: *How to catch when proxies lie: verifying the physical
//! locations of network proxies with active geolocation*, IMC 2018. Bestlines are no faster than
//! 200 km/ms and no slower than 84.5 km/ms one way (what half the Earth's girth takes within
//! 237 ms, below a geostationary satellite's delay). The places in the most baseline discs are
//! the baseline region; bestline discs without a place in it are dropped as underestimates; the
//! places in the most of the others are the answer, clipped to land.
//!
//! Deviations: all anchors are used, without the paper's two phases of measurement; discs are
//! larger by the trial's survey error; land is that of the territory data, Antarctica included;
//! the paper names a region and no point, here its centroid is the estimate.

use super::Answer;
use super::bestline::Slopes;
use super::cbg::bestline_discs;
use super::discs::{Disc, Region};
use super::mesh::Mesh;
use crate::eval::trial::{Host, Trial};
use domicile_geo::Territories;

/// 200 and 84.5 km/ms one way, as ms there and back for each km.
const SLOPES: Slopes = Slopes {
    least: 2.0 / 200.0,
    most: 2.0 / 84.5,
};

/// Locates one host.
pub(super) fn locate(trial: &Trial, mesh: &Mesh, host: &Host, territories: &Territories) -> Answer {
    let baseline = |observation: &domicile_geo::Observation| {
        let reach = super::milliseconds(observation) / SLOPES.least;
        Disc::new(
            observation.position,
            reach + f64::from(observation.survey_error_m) / 1000.0,
        )
    };
    let baselines: Vec<Disc> = host.observations.iter().map(baseline).collect();
    let possible = Region::of_most(&baselines);
    let mut discs = bestline_discs(trial, mesh, host, SLOPES);
    discs.retain(|disc| possible.meets(disc));
    let region = Region::of_most(&discs);
    let point = region.centroid(Some(territories));
    Answer::of_region(trial, host, point, &region, territories)
}
