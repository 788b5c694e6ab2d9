//! What is believed of each host, by a model that never saw it.
//!
//! - A host that is an anchor is left out of the anchors and of their mesh.
//! - What holds for a whole mesh (how sure to be, the curves) is learnt once for each of
//!   group of hosts, from a mesh without any of the group, and once from all anchors for the
//!   hosts that are no anchors.

use super::estimate::{Accuracy, Estimate};
use super::trial::{Host, Trial};
use domicile_geo::belief::{Calibration, Model};
use domicile_geo::cities::Cities;
use domicile_geo::mesh::{MeshSample, Site};
use domicile_geo::{Observation, Territories};
use domicile_map::Point;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Groups of hosts that are anchors, at least; with fewer than 400 anchors there are more, up to
/// one for each, since learning takes less time then.
const MIN_GROUPS: usize = 5;

/// About as many anchors times groups.
const GROUPS_TIMES_ANCHORS: usize = 2_000;

/// How many steps [`run`] reports.
pub(super) fn steps(trial: &Trial) -> usize {
    trial.hosts.len()
}

/// Believes every host, on every core; `step` is called after each.
pub(super) fn run(trial: &Trial, territories: &Territories, step: &(dyn Fn() + Sync)) -> Accuracy {
    let groups = groups(trial);
    let next = AtomicUsize::new(0);
    let work = || {
        let mut answers = Vec::new();
        while let Some(group) = groups.get(next.fetch_add(1, Ordering::Relaxed)) {
            answers.extend(believe_group(trial, group, territories, step));
        }
        answers
    };
    let mut estimates: Vec<Option<Estimate>> = vec![None; trial.hosts.len()];
    std::thread::scope(|scope| {
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let workers: Vec<_> = (0..cores).map(|_| scope.spawn(work)).collect();
        for worker in workers {
            let answers = worker.join();
            for (host, estimate) in answers.expect("a worker that panics ends the program") {
                estimates[host] = estimate;
            }
        }
    });
    Accuracy::new(trial, &estimates)
}

/// Hosts that share what is learnt of a mesh.
#[derive(Default)]
struct Group {
    hosts: Vec<usize>,
    /// The anchors that they are.
    anchors: Vec<usize>,
}

/// The hosts that are no anchors, then the others in groups.
fn groups(trial: &Trial) -> Vec<Group> {
    let count = (GROUPS_TIMES_ANCHORS / trial.anchor_count().max(1)).max(MIN_GROUPS);
    let mut groups: Vec<Group> = (0..=count).map(|_| Group::default()).collect();
    let mut turn = 0;
    for (host, of) in trial.hosts.iter().enumerate() {
        let group = trial.anchor_number(of).map_or(0, |_| {
            turn += 1;
            1 + turn % count
        });
        groups[group].hosts.push(host);
        groups[group].anchors.extend(trial.anchor_number(of));
    }
    groups.retain(|group| !group.hosts.is_empty());
    groups
}

fn believe_group(
    trial: &Trial,
    group: &Group,
    territories: &Territories,
    step: &dyn Fn(),
) -> Vec<(usize, Option<Estimate>)> {
    let cities = Cities::builtin();
    let mesh = Mesh::without(trial, &group.anchors);
    let calibration = mesh.calibration(cities, territories);
    let of_all = group.anchors.is_empty().then(|| {
        let model = mesh.model(&calibration, cities, territories);
        (&mesh, model)
    });
    let believe = |&host: &usize| {
        let of = &trial.hosts[host];
        let estimate = match &of_all {
            Some((mesh, model)) => believe(mesh, model, of, territories),
            None => {
                let out: Vec<usize> = trial.anchor_number(of).into_iter().collect();
                let mesh = Mesh::without(trial, &out);
                let model = mesh.model(&calibration, cities, territories);
                believe(&mesh, &model, of, territories)
            }
        };
        step();
        (host, estimate)
    };
    group.hosts.iter().map(believe).collect()
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::measured;
    use clap::Parser;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        arguments: super::super::EvalArguments,
    }

    /// Twelve anchors; the round trips of one are `slower` milliseconds longer.
    fn trial(slow: usize, slower: usize) -> Trial {
        let (mut nodes, mut rtt) = (String::new(), String::new());
        for a in 0..12 {
            nodes.push_str(&format!("n{a},N{a},C,DE,{},{},p\n", 48 + a % 4, 8 + a / 4));
            for b in 0..a {
                let more = if a == slow || b == slow { slower } else { 0 };
                rtt.push_str(&format!("n{a},n{b},{}\n", 9 + (a * b) % 5 + more));
            }
            rtt.push_str(&format!("n{a},n{},30\n", (a + 1) % 12));
        }
        let world = measured::parse(
            format!("id,name,city,country_iso2,lat,lon,provider\n{nodes}").as_bytes(),
            format!("src,dst,rtt_ms\n{rtt}").as_bytes(),
            b"",
        );
        let line = Line::parse_from(["eval", "--nodes", "-", "--rtt", "-"]);
        Trial::new(world.unwrap(), &line.arguments, Territories::builtin()).unwrap()
    }

    #[test]
    fn a_model_for_a_host_does_not_know_its_round_trips() {
        let (cities, territories) = (Cities::builtin(), Territories::builtin());
        for host in [0, 5, 11] {
            let worlds = [trial(host, 0), trial(host, 40)];
            let [before, after] = worlds.each_ref().map(|trial| {
                let out = trial.anchor_number(&trial.hosts[host]).unwrap();
                let mesh = Mesh::without(trial, &[out]);
                assert_eq!(mesh.sites.len(), 11);
                let calibration = mesh.calibration(cities, territories);
                let model = mesh.model(&calibration, cities, territories);
                let seen = mesh.renumbered(&worlds[0].hosts[host].observations);
                (mesh.samples, calibration, model.believe(&seen))
            });
            assert!(before == after);
            let all = worlds.each_ref().map(|trial| Mesh::without(trial, &[]));
            assert!(all[0].samples != all[1].samples);
        }
        for group in groups(&trial(0, 0)) {
            let of_hosts = group.hosts.len();
            assert_eq!(group.anchors.len(), of_hosts);
        }
    }
}
