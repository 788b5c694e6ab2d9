//! How sure to be, learnt from the mesh: each anchor in turn is a host whose place is known.

use super::heard::Echo;
use super::mesh::{Mesh, km};
use super::model::{Calibration, Model, TEMPERATURE};
use super::outcome::softmax;
use super::shape::Shape;
use crate::cap::Observation;
use crate::cities::Cities;
use crate::territories::Territories;

/// Fewer anchors teach nothing about how sure to be.
const MIN_SITES: usize = 8;

/// So many anchors are left out in turn.
const MAX_LEFT_OUT: usize = 96;

/// The exponents of the likelihood that are tried.
const TEMPERATURES: [f64; 7] = [1.0, 0.7, 0.5, 0.35, 0.25, 0.18, 0.12];

/// A place within this distance of the truth is right, km.
const RIGHT_KM: f64 = 100.0;

/// No answer counts as worse than this probability of the truth.
const WORST: f64 = 1e-3;

/// Learns the numbers of a mesh.
pub(super) fn calibrate(mesh: Mesh, cities: &Cities, territories: &Territories) -> Calibration {
    let mut calibration = Calibration {
        shape: Shape::curves(&mesh),
        temperature: TEMPERATURE,
    };
    if mesh.sites.len() < MIN_SITES {
        return calibration;
    }
    let model = Model::of_mesh(&calibration, mesh, cities, territories);
    let shape = calibration.shape.with_left_over(&model.mesh, &model.field);
    calibration = Calibration {
        shape,
        temperature: TEMPERATURE,
    };
    let model = model.with(&calibration);
    calibration.temperature = temperature(&model);
    calibration
}

/// The exponent under which the anchors' true territories and places are most probable, with
/// a mild leaning towards the default.
fn temperature(model: &Model<'_>) -> f64 {
    let mut scores = TEMPERATURES.map(|t| -2.0 * (t / TEMPERATURE).ln().powi(2));
    let all = model.mesh.sites.len();
    let chosen = all.min(MAX_LEFT_OUT);
    for site in (0..chosen).map(|k| k * all / chosen) {
        let likely = model.likelihoods(echoes(&model.mesh, site), Some(site));
        let truth = model
            .places
            .iter()
            .find(|place| place.sites.contains(&site));
        let Some(truth) = truth.filter(|_| !likely.is_empty()) else {
            continue;
        };
        for (score, temperature) in scores.iter_mut().zip(TEMPERATURES) {
            let weigh = |(place, log): &(usize, f64)| {
                (*place, model.places[*place].log_prior + temperature * log)
            };
            let posterior = softmax(likely.iter().map(weigh).collect());
            let (mut territory, mut near) = (0.0, 0.0);
            for (place, probability) in posterior {
                let place = &model.places[place];
                if place.territory == truth.territory {
                    territory += probability;
                }
                if km(&place.position, &truth.position) < RIGHT_KM {
                    near += probability;
                }
            }
            *score += f64::max(territory, WORST).ln() + f64::max(near, WORST).ln();
        }
    }
    let best = scores.iter().zip(TEMPERATURES);
    best.max_by(|a, b| a.0.total_cmp(b.0))
        .map_or(TEMPERATURE, |(_, temperature)| temperature)
}

/// What the other anchors measured of a site.
fn echoes(mesh: &Mesh, site: usize) -> Vec<Echo> {
    let echo = |anchor: usize| {
        let rtt_ms = mesh.round_trip(site, anchor)?;
        let known = &mesh.sites[anchor];
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // it was a u64
        let rtt_ns = (rtt_ms * 1e6).round() as u64;
        let observation = Observation {
            vote: known.vote,
            anchor: 0,
            position: known.position,
            survey_error_m: known.survey_error_m,
            clock_error_ppm: known.clock_error_ppm,
            rtt_ns,
        };
        Some(Echo::new(&observation, Some(anchor)))
    };
    (0..mesh.sites.len()).filter_map(echo).collect()
}
