//! What is believed of each host, by a model that never saw it.
//!
//! - A host that is an anchor is left out of the anchors and of their mesh.
//! - What holds for a whole mesh (how sure to be, the curves) is learnt once for each of
//!   [`FOLDS`] groups of hosts, from a mesh without any of the group, and once from all anchors
//!   for the hosts that are no anchors.

use super::estimate::{Accuracy, Estimate};
use super::trial::{Host, Trial};
use domicile_geo::belief::{Calibration, Model};
use domicile_geo::cities::Cities;
use domicile_geo::mesh::{MeshSample, Site};
use domicile_geo::{Observation, Territories};
use domicile_map::Point;

/// Groups of hosts that are anchors.
const FOLDS: usize = 5;

/// How many steps [`run`] reports.
pub(super) fn steps(trial: &Trial) -> usize {
    trial.hosts.len()
}

/// Believes every host; `step` is called after each.
pub(super) fn run(trial: &Trial, territories: &Territories, step: &dyn Fn()) -> Accuracy {
    let cities = Cities::builtin();
    let mut groups: Vec<Vec<usize>> = vec![Vec::new(); FOLDS];
    let anchors = trial.hosts.iter().enumerate();
    let anchors = anchors.filter_map(|(host, of)| Some((host, trial.anchor_number(of)?)));
    let mut estimates: Vec<Option<Estimate>> = vec![None; trial.hosts.len()];
    for (place, (host, _)) in anchors.enumerate() {
        groups[place % FOLDS].push(host);
    }
    for group in groups.iter().filter(|group| !group.is_empty()) {
        let out = group.iter().map(|host| &trial.hosts[*host]);
        let out: Vec<usize> = out.filter_map(|host| trial.anchor_number(host)).collect();
        let calibration = Mesh::without(trial, &out).calibration(cities, territories);
        for &host in group {
            let of = &trial.hosts[host];
            let out: Vec<usize> = trial.anchor_number(of).into_iter().collect();
            let mesh = Mesh::without(trial, &out);
            let model = mesh.model(&calibration, cities, territories);
            estimates[host] = believe(&mesh, &model, of, territories);
            step();
        }
    }
    let others = trial.hosts.iter().enumerate();
    let mut others = others
        .filter(|(_, host)| trial.anchor_number(host).is_none())
        .peekable();
    if others.peek().is_some() {
        let mesh = Mesh::without(trial, &[]);
        let model = mesh.model(&mesh.calibration(cities, territories), cities, territories);
        for (host, of) in others {
            estimates[host] = believe(&mesh, &model, of, territories);
            step();
        }
    }
    Accuracy::new(trial, &estimates)
}

fn believe(
    mesh: &Mesh,
    model: &Model<'_>,
    host: &Host,
    territories: &Territories,
) -> Option<Estimate> {
    let belief = model.believe(&mesh.renumbered(&host.observations));
    let (territory, probability) = *belief.territories().first()?;
    Some(Estimate {
        point: Point::from_vector(belief.estimate()?.components()),
        territory: territories.index_of(territory)?,
        probability: Some(probability),
    })
}

/// The mesh of the anchors but some.
struct Mesh {
    sites: Vec<Site>,
    samples: Vec<MeshSample>,
    /// For each anchor of the trial its place in `sites`.
    numbers: Vec<Option<u16>>,
}

impl Mesh {
    fn without(trial: &Trial, out: &[usize]) -> Self {
        let mut mesh = Self {
            sites: Vec::new(),
            samples: Vec::new(),
            numbers: Vec::new(),
        };
        for (number, anchor) in trial.anchors().iter().enumerate() {
            let place = u16::try_from(mesh.sites.len()).ok();
            let place = place.filter(|_| !out.contains(&number));
            mesh.numbers.push(place);
            if place.is_some() {
                mesh.sites.push(Site {
                    vote: anchor.vote,
                    position: anchor.position,
                    survey_error_m: trial.survey_error_m(),
                    clock_error_ppm: 0,
                });
            }
        }
        let numbers = mesh.numbers.iter().enumerate();
        let kept: Vec<(usize, u16)> = numbers.filter_map(|(k, n)| Some((k, (*n)?))).collect();
        for (place, (a, measurer)) in kept.iter().enumerate() {
            for (b, responder) in &kept[..place] {
                let Some(round_trip) = trial.between(*a, *b) else {
                    continue;
                };
                mesh.samples.push(MeshSample {
                    measurer: *measurer,
                    responder: *responder,
                    rtt_ns: u64::try_from(round_trip.as_nanos()).unwrap_or(u64::MAX),
                });
            }
        }
        mesh
    }

    fn calibration(&self, cities: &Cities, territories: &Territories) -> Calibration {
        Calibration::new(&self.sites, &self.samples, cities, territories)
    }

    fn model<'a>(
        &self,
        calibration: &Calibration,
        cities: &'a Cities,
        territories: &Territories,
    ) -> Model<'a> {
        Model::new(calibration, &self.sites, &self.samples, cities, territories)
    }

    /// Observations of these anchors, with their numbers here.
    fn renumbered(&self, observations: &[Observation]) -> Vec<Observation> {
        let renumber = |observation: &Observation| {
            let anchor = (*self.numbers.get(usize::from(observation.anchor))?)?;
            Some(Observation {
                anchor,
                ..*observation
            })
        };
        observations.iter().filter_map(renumber).collect()
    }
}
