//! The model of a mesh, and what it believes of a host.

use std::sync::OnceLock;

use super::field::{Field, Neighbours};
use super::grades::Grades;
use super::heard::{Echo, Heard, echoes};
use super::mesh::{Mesh, km};
use super::outcome::{Belief, softmax};
use super::places::{Place, places};
use super::shape::Shape;
use crate::cap::Observation;
use crate::cities::Cities;
use crate::mesh::{MeshSample, Site};
use crate::territories::Territories;

/// Degrees of freedom of a host's residuals together: their size differs from host to host.
const TAIL: f64 = 10.0;

/// Without a mesh to learn it from: errors that anchors share make what they say together
/// about half as sure as it looks.
pub(super) const TEMPERATURE: f64 = 0.5;

/// The numbers that hold for a whole mesh, learnt from it. They may be used for a part of it,
/// or for the mesh of the next day.
#[derive(Debug, Clone, PartialEq)]
pub struct Calibration {
    pub(super) shape: Shape,
    /// Exponent of the likelihood.
    pub(super) temperature: f64,
    /// How often the most likely territory is right.
    pub(super) grades: Grades,
}

impl Default for Calibration {
    /// For want of a mesh.
    fn default() -> Self {
        Self {
            shape: Shape::default(),
            temperature: TEMPERATURE,
            grades: Grades::default(),
        }
    }
}

impl Calibration {
    /// Learns from a mesh, leaving out each anchor in turn (96 of more). Of fewer than 8
    /// anchors it learns the curves only.
    pub fn new(
        sites: &[Site],
        samples: &[MeshSample],
        cities: &Cities,
        territories: &Territories,
    ) -> Self {
        super::calibrate::calibrate(Mesh::new(sites, samples), cities, territories)
    }

    /// How much of the anchors' word counts, 0 to 1: they err together.
    pub fn temperature(&self) -> f64 {
        self.temperature
    }
}

/// What a mesh says of round trips from anywhere to its anchors.
#[derive(Debug, Clone)]
pub struct Model<'a> {
    pub(super) mesh: Mesh,
    pub(super) calibration: Calibration,
    pub(super) field: Field,
    pub(super) places: Vec<Place>,
    positions: Vec<[f64; 3]>,
    /// What the field says of each place, once it is asked.
    neighbours: Vec<OnceLock<Neighbours>>,
    cities: &'a Cities,
}

impl<'a> Model<'a> {
    /// Of a mesh, calibrated by itself. Any number of sites and samples will do, none too; of
    /// more than 512 sites evenly spaced ones are used. Samples of sites that are not in the
    /// list, and of a site with itself, do not count.
    pub fn fit(
        sites: &[Site],
        samples: &[MeshSample],
        cities: &'a Cities,
        territories: &Territories,
    ) -> Self {
        let calibration = Calibration::new(sites, samples, cities, territories);
        Self::new(&calibration, sites, samples, cities, territories)
    }

    /// Of a mesh, calibrated by another.
    pub fn new(
        calibration: &Calibration,
        sites: &[Site],
        samples: &[MeshSample],
        cities: &'a Cities,
        territories: &Territories,
    ) -> Self {
        let mesh = Mesh::new(sites, samples);
        Self::of_mesh(calibration, mesh, cities, territories)
    }

    pub(super) fn of_mesh(
        calibration: &Calibration,
        mesh: Mesh,
        cities: &'a Cities,
        territories: &Territories,
    ) -> Self {
        let places = places(&mesh, cities, territories);
        Self {
            field: Field::new(&mesh, &calibration.shape),
            positions: places.iter().map(|place| place.position).collect(),
            calibration: calibration.clone(),
            neighbours: vec![OnceLock::new(); places.len()],
            places,
            mesh,
            cities,
        }
    }

    /// The same mesh, otherwise calibrated; the curves must be the same.
    pub(super) fn with(self, calibration: &Calibration) -> Self {
        Self {
            calibration: calibration.clone(),
            ..self
        }
    }

    /// Where a host is likely to be. [`Observation::anchor`] is the place of the anchor in the
    /// list of sites; an anchor that is not there, or elsewhere, counts as an ordinary one. Of
    /// several observations of an anchor the shortest counts. Without any the belief is that
    /// before measuring.
    pub fn believe(&self, observations: &[Observation]) -> Belief {
        let echoes = echoes(observations, &self.mesh);
        let likely = self.likelihoods(echoes, None);
        let posterior = self.posterior(&likely, self.calibration.temperature);
        let grades = &self.calibration.grades;
        Belief::new(posterior, grades, &self.places, self.cities)
    }

    /// The probabilities of places with these likelihoods.
    pub(super) fn posterior(&self, likely: &[(usize, f64)], temperature: f64) -> Vec<(usize, f64)> {
        let weigh = |(place, log_likelihood): &(usize, f64)| {
            let log_prior = self.places[*place].log_prior;
            (*place, log_prior + temperature * log_likelihood)
        };
        softmax(likely.iter().map(weigh).collect())
    }

    /// The places that can be reached, with the logarithm of their likelihood, as if one site
    /// were not there.
    pub(super) fn likelihoods(
        &self,
        echoes: Vec<Echo>,
        without: Option<usize>,
    ) -> Vec<(usize, f64)> {
        let heard = Heard::new(echoes, &self.calibration.shape);
        let reachable = heard.reachable(&self.positions).into_iter();
        reachable
            .filter(|place| !self.places[*place].is_only(without))
            .map(|place| (place, self.log_likelihood(place, &heard, without)))
            .collect()
    }

    fn log_likelihood(&self, place: usize, heard: &Heard, without: Option<usize>) -> f64 {
        let position = &self.positions[place];
        let neighbours = self.neighbours[place].get_or_init(|| self.field.neighbours(position));
        let fewer = without.map(|site| self.field.without(neighbours, site));
        let neighbours = fewer.as_ref().unwrap_or(neighbours);
        let unexplained = neighbours.unexplained;
        let mut log_density = 0.0;
        let residual = |echo: &Echo| {
            let expected = echo
                .site
                .map_or(0.0, |site| self.field.expected(neighbours, site));
            let distance = km(position, &echo.position);
            let shape = &self.calibration.shape;
            let (z, log_unit) = shape.residual(echo.rtt_ms, distance, expected, unexplained);
            log_density += log_unit;
            z
        };
        let mut residuals: Vec<f64> = heard.near().iter().map(residual).collect();
        let (lower, log_determinant) = heard.lower(unexplained);
        lower.solve_lower(&mut residuals);
        let square: f64 = residuals.iter().map(|z| z * z).sum();
        #[allow(clippy::cast_precision_loss)] // at most 32
        let freedom = TAIL + residuals.len() as f64;
        log_density - log_determinant - 0.5 * freedom * (square / TAIL).ln_1p()
    }
}
