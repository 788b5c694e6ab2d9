//! Which of the nodes that can be anchors are taken when not all are. No round trip has a say.

use super::EvalArguments;
use super::trial::votes;
use crate::measured::Measured;
use clap::ValueEnum;
use domicile_geo::cities::Cities;
use domicile_geo::mesh::Site;
use domicile_geo::plan::{PathModel, Place, by_exclusion, by_weight_reached};
use domicile_geo::{Territories, TerritoryMask, Tier, UnitVec};
use serde::Serialize;

/// People so near to a node count as reached, metres.
const REACHED_M: f64 = 500_000.0;

/// The rule by which nodes become anchors when there may be fewer than could.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Pick {
    /// Evenly spaced in the order of the file.
    Spaced,
    /// By the planner's rule: each time the node with which most pairs of place and territory can
    /// be excluded, if paths are as the planner assumes.
    Exclusion,
    /// Each time the node with most people within 500 km that no chosen node has yet.
    Population,
}

/// At most `most` of the `able` nodes, in the order of the file.
pub(super) fn pick(
    world: &Measured,
    able: Vec<usize>,
    most: usize,
    arguments: &EvalArguments,
    territories: &Territories,
) -> anyhow::Result<Vec<usize>> {
    if most >= able.len() {
        return Ok(able);
    }
    let sites = sites(world, &able, arguments)?;
    let mut chosen = match arguments.pick {
        Pick::Spaced => (0..most).map(|k| k * able.len() / most).collect(),
        Pick::Exclusion => {
            let places = places(world, &able, territories)?;
            let setting = (PathModel::default(), Tier::TwoThirds, arguments.lying_votes);
            by_exclusion(&sites, &places, most, setting, territories)
        }
        Pick::Population => {
            let positions: Vec<UnitVec> = sites.iter().map(|site| site.position).collect();
            let cities: Vec<(UnitVec, f64)> = Cities::builtin()
                .iter()
                .map(|city| (city.position, f64::from(city.population)))
                .collect();
            by_weight_reached(&positions, &cities, most, REACHED_M)
        }
    };
    chosen.sort_unstable();
    Ok(chosen.into_iter().map(|place| able[place]).collect())
}

fn sites(world: &Measured, able: &[usize], arguments: &EvalArguments) -> anyhow::Result<Vec<Site>> {
    let votes = votes(world, able, arguments.votes)?;
    able.iter()
        .zip(votes)
        .map(|(node, vote)| {
            let [x, y, z] = world.nodes[*node].point.unit();
            Ok(Site {
                vote,
                position: UnitVec::new(x, y, z)?,
                survey_error_m: arguments.survey_error_m,
                clock_error_ppm: 0,
            })
        })
        .collect()
}

/// Every node of known place, with all territories but its own.
fn places(
    world: &Measured,
    able: &[usize],
    territories: &Territories,
) -> anyhow::Result<Vec<Place>> {
    let nodes = world.nodes.iter().enumerate();
    nodes
        .filter(|(_, node)| node.doubt.is_none())
        .map(|(number, node)| {
            let [x, y, z] = node.point.unit();
            let mut own = TerritoryMask::EMPTY;
            let code = node.territory.parse().ok();
            if let Some(index) = code.and_then(|code| territories.index_of(code)) {
                own.insert(index);
            }
            Ok(Place {
                position: UnitVec::new(x, y, z)?,
                wanted: territories.all().difference(&own),
                weight: 1.0,
                own: able.iter().position(|candidate| *candidate == number),
            })
        })
        .collect()
}
