//! How sure to be, learnt from the mesh: each anchor in turn is a host whose place is known.

use super::grades::Grades;
use super::heard::Echo;
use super::mesh::Mesh;
use super::model::{Calibration, Model, TEMPERATURE};
use super::outcome::by_territory;
use super::shape::Shape;
use crate::cap::Observation;
use crate::cities::Cities;
use crate::territories::Territories;
use crate::territory::TerritoryCode;

/// Fewer anchors teach nothing about how sure to be.
const MIN_SITES: usize = 8;

/// So many anchors are left out in turn.
const MAX_LEFT_OUT: usize = 96;

/// The exponents of the likelihood that are tried.
const TEMPERATURES: [f64; 7] = [1.0, 0.7, 0.5, 0.35, 0.25, 0.18, 0.12];

/// No answer counts as worse than this probability of the truth.
const WORST: f64 = 1e-3;

/// Learns the numbers of a mesh.
pub(super) fn calibrate(mesh: Mesh, cities: &Cities, territories: &Territories) -> Calibration {
    let mut calibration = Calibration {
        shape: Shape::curves(&mesh),
        ..Calibration::default()
    };
    if mesh.sites.len() < MIN_SITES {
        return calibration;
    }
    let model = Model::of_mesh(&calibration, mesh, cities, territories);
    calibration.shape = calibration.shape.with_left_over(&model.mesh, &model.field);
    let model = model.with(&calibration);
    let trials = left_out(&model);
    calibration.temperature = temperature(&model, &trials);
    let answers = trials.iter().map(|trial| {
        let posterior = model.posterior(&trial.likely, calibration.temperature);
        trial.answer(&posterior, &model)
    });
    calibration.grades = Grades::new(&answers.collect::<Vec<_>>());
    calibration
}

/// An anchor as a host.
struct Trial {
    territory: TerritoryCode,
    /// Where it can be, with the logarithms of the likelihoods.
    likely: Vec<(usize, f64)>,
}

impl Trial {
    /// The probability of the most likely territory, and whether it is the true one.
    fn answer(&self, posterior: &[(usize, f64)], model: &Model<'_>) -> (f64, bool) {
        let all = by_territory(posterior, &model.places).into_iter();
        let first = all.max_by(|(a, p), (b, q)| p.total_cmp(q).then(b.cmp(a)));
        first.map_or((0.0, false), |(territory, probability)| {
            (probability, territory == self.territory)
        })
    }
}

/// Each anchor as a host of the others.
fn left_out(model: &Model<'_>) -> Vec<Trial> {
    let all = model.mesh.sites.len();
    let chosen = all.min(MAX_LEFT_OUT);
    let trial = |site: usize| {
        let echoes = echoes(&model.mesh, site);
        if echoes.is_empty() {
            return None;
        }
        let mut places = model.places.iter();
        let place = places.find(|place| place.sites.contains(&site))?;
        Some(Trial {
            territory: place.territory,
            likely: model.likelihoods(echoes, Some(site)),
        })
    };
    (0..chosen)
        .filter_map(|k| trial(k * all / chosen))
        .collect()
}

/// The exponent under which the true territories are most probable, with a mild leaning
/// towards the default.
fn temperature(model: &Model<'_>, trials: &[Trial]) -> f64 {
    let score = |temperature: f64| {
        let log_score = |trial: &Trial| {
            let posterior = model.posterior(&trial.likely, temperature);
            let right = posterior.iter().filter(|(place, _)| {
                let place = &model.places[*place];
                place.territory == trial.territory
            });
            right.map(|(_, p)| p).sum::<f64>().max(WORST).ln()
        };
        let leaning = -2.0 * (temperature / TEMPERATURE).ln().powi(2);
        leaning + trials.iter().map(log_score).sum::<f64>()
    };
    let scores = TEMPERATURES.map(|temperature| (score(temperature), temperature));
    let best = scores.into_iter().max_by(|a, b| a.0.total_cmp(&b.0));
    best.map_or(TEMPERATURE, |(_, temperature)| temperature)
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
