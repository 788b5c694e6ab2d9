//! Methods of others beside which the belief is shown, after their papers.
//!
//! | Module | Method |
//! |---|---|
//! | `shortest_ping.rs` | the place of the anchor with the shortest round trip |
//! | `cbg.rs` | CBG: discs by each anchor's bestline, intersected |
//! | `cbg_plus_plus.rs` | CBG++: the largest consistent number of such discs |
//! | `spotter.rs` | Spotter-like: one distribution of distance given delay |
//! | `mesh.rs`, `bestline.rs`, `discs.rs` | what they share |
//!
//! Each learns from the round trips among the anchors, those of the host under test left out,
//! and then sees what the anchors measured of the host. None of them excludes anything here:
//! that CBG's regions leave out true places is why exclusion rests on physics alone.

mod bestline;
mod cbg;
mod cbg_plus_plus;
mod discs;
mod mesh;
mod shortest_ping;
mod spotter;

use super::estimate::{Accuracy, Estimate};
use super::nearest_land::territory_at;
use super::trial::{Host, Trial};
use discs::Region;
use domicile_geo::{Observation, Territories, UnitVec};
use domicile_map::Point;
use mesh::Mesh;

/// What one method achieved.
#[derive(Debug)]
pub(super) struct Baseline {
    /// Its name in JSON and tables.
    pub(super) name: &'static str,
    pub(super) accuracy: Accuracy,
    /// For a method that answers with a region.
    pub(super) regions: Option<Regions>,
}

/// How often a method's region left out the truth.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Regions {
    /// Hosts whose place was outside, of those whose coordinates are not in doubt.
    pub(super) place_outside: usize,
    /// Ids of hosts no land of whose territory was inside.
    pub(super) true_excluded: Vec<String>,
    /// Hosts whose region was empty.
    pub(super) empty: usize,
}

/// What a method says of one host.
#[derive(Debug, Default)]
struct Answer {
    estimate: Option<Estimate>,
    region: Option<Found>,
}

/// How a region lies to the truth.
#[derive(Debug)]
struct Found {
    /// `None` where the coordinates are in doubt.
    place_outside: Option<bool>,
    territory_excluded: bool,
    empty: bool,
}

impl Answer {
    fn of_point(point: Point, territories: &Territories) -> Self {
        Self {
            estimate: Some(Estimate {
                point,
                territory: territory_at(point, territories),
                probability: None,
            }),
            region: None,
        }
    }

    /// Of a method that answers with a region, whose middle is `point`.
    fn of_region(
        trial: &Trial,
        host: &Host,
        point: Option<Point>,
        region: &Region<'_>,
        territories: &Territories,
    ) -> Self {
        let outside = |place: Point| !region.holds(&unit(place));
        let has_truth = |cell| territories.within(cell).contains(host.territory);
        Self {
            estimate: point.and_then(|point| Self::of_point(point, territories).estimate),
            region: Some(Found {
                place_outside: trial.true_point(host).map(outside),
                territory_excluded: !region.reaches(has_truth),
                empty: false,
            }),
        }
    }

    /// Of such a method when nothing is left of its region; `point` stands in.
    fn of_no_region(
        trial: &Trial,
        host: &Host,
        point: Option<Point>,
        territories: &Territories,
    ) -> Self {
        Self {
            estimate: point.and_then(|point| Self::of_point(point, territories).estimate),
            region: Some(Found {
                place_outside: trial.true_point(host).map(|_| true),
                territory_excluded: true,
                empty: true,
            }),
        }
    }
}

/// Locates one host.
type Method = fn(&Trial, &Mesh, &Host, &Territories) -> Answer;

const METHODS: [(&str, Method); 4] = [
    ("shortest_ping", shortest_ping::locate),
    ("cbg", cbg::locate),
    ("cbg++", cbg_plus_plus::locate),
    ("spotter", spotter::locate),
];

/// How many steps [`run`] reports.
pub(super) fn steps(trial: &Trial) -> usize {
    METHODS.len() * trial.hosts.len()
}

/// Runs every baseline over every host; `step` is called after each.
pub(super) fn run(trial: &Trial, territories: &Territories, step: &dyn Fn()) -> Vec<Baseline> {
    let mesh = Mesh::new(trial);
    let baseline = |(name, method): (&'static str, Method)| {
        let answer = |host: &Host| {
            let answer = method(trial, &mesh, host, territories);
            step();
            answer
        };
        let answers: Vec<Answer> = trial.hosts.iter().map(answer).collect();
        let estimates: Vec<Option<Estimate>> = answers.iter().map(|a| a.estimate).collect();
        Baseline {
            name,
            accuracy: Accuracy::new(trial, &estimates),
            regions: regions(trial, &answers),
        }
    };
    METHODS.into_iter().map(baseline).collect()
}

fn regions(trial: &Trial, answers: &[Answer]) -> Option<Regions> {
    let mut sums: Option<Regions> = None;
    for (host, answer) in trial.hosts.iter().zip(answers) {
        let Some(found) = &answer.region else {
            continue;
        };
        let sums = sums.get_or_insert_default();
        sums.place_outside += usize::from(found.place_outside == Some(true));
        sums.empty += usize::from(found.empty);
        if found.territory_excluded {
            sums.true_excluded.push(trial.node(host).id.clone());
        }
    }
    sums
}

#[allow(clippy::cast_precision_loss)] // a minute is 6e10 ns
fn milliseconds(observation: &Observation) -> f64 {
    observation.rtt_ns as f64 / 1e6
}

fn unit(point: Point) -> UnitVec {
    let [x, y, z] = point.unit();
    UnitVec::new(x, y, z).expect("a point's unit vector has length 1 within rounding")
}
