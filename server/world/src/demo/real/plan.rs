//! The plan of a measured world.

use crate::measured::{Measured, Role, Split, Votes};
use crate::plan::{
    AnchorPlan, HostPlan, LicencePlan, MAX_HOSTS, MetroPlan, Path, Plan, StopwatchPlan, Times,
    loopback,
};
use crate::stage::HOSTS;
use anyhow::{Result, bail, ensure};
use domicile_geo::{Territories, TerritoryCode};
use std::collections::BTreeSet;
use std::time::Duration;

/// How wrong a city's coordinates may be, metres.
const SURVEY_ERROR_M: u32 = 100_000;
/// Anchors in one draw at most (the directory's limit).
const DRAW_LIMIT: usize = 64;

/// The plan, and for each of its hosts the index of its node.
pub(super) fn plan(
    world: &Measured,
    split: &Split,
    votes: Votes,
    block: u8,
) -> Result<(Plan, Vec<usize>)> {
    let with = |roles: &[Role]| -> Vec<usize> {
        let all = 0..world.nodes.len();
        all.filter(|index| roles.contains(&split.roles[*index]))
            .collect()
    };
    let anchors = with(&[Role::Anchor]);
    let hosts = with(&[Role::Host, Role::DoubtfulHost]);
    ensure!(
        anchors.len() >= 3 && !hosts.is_empty(),
        "{} anchors and {} hosts come out of this set; at least 3 and 1 are required",
        anchors.len(),
        hosts.len()
    );
    ensure!(
        hosts.len() <= MAX_HOSTS,
        "{} hosts come out of this set; at most {MAX_HOSTS} are supported",
        hosts.len()
    );
    let territories = Territories::builtin();
    for index in anchors.iter().chain(&hosts) {
        let node = &world.nodes[*index];
        let code: TerritoryCode = node.territory.parse()?;
        if territories.index_of(code).is_none() {
            bail!(
                "`{}` is in {}, which is no known territory",
                node.id,
                node.territory
            );
        }
    }
    let mut plan = Plan {
        metros: Vec::new(),
        anchors: Vec::new(),
        hosts: Vec::new(),
        paths: Vec::new(),
        mesh: Vec::new(),
        licences: licences(world, &hosts),
        times: Times {
            appraisal_lifetime: Duration::from_secs(26 * 3600),
            late_after: Duration::from_secs(900),
            silent_after: Duration::from_secs(7200),
        },
        tpm_roots: Vec::new(),
        lying_votes: 1,
        draw_near_domains: 3,
        draw_total: anchors.len().clamp(3, DRAW_LIMIT),
    };
    for (number, &index) in anchors.iter().enumerate() {
        let node = &world.nodes[index];
        plan.metros.push(metro(world, index));
        plan.anchors.push(AnchorPlan {
            name: format!("anchor-{index}"),
            metro: number,
            trust_domain: match votes {
                Votes::Provider => format!("provider {}", node.provider),
                Votes::Node => format!("node {}", node.id),
            },
            point: node.point,
            survey_error_m: SURVEY_ERROR_M,
            stopwatch: StopwatchPlan::Honest,
        });
    }
    for (number, &index) in hosts.iter().enumerate() {
        plan.metros.push(metro(world, index));
        let host = HostPlan {
            name: format!("host-{index}"),
            metro: anchors.len() + number,
            licence: world.nodes[index].territory.clone(),
            address: loopback(block, HOSTS, number),
            tpm_device: None,
        };
        for (anchor, &other) in anchors.iter().enumerate() {
            if let Some(round_trip) = world.round_trip(index, other) {
                plan.paths.push(Path {
                    host: host.address,
                    anchor,
                    round_trip,
                });
            }
        }
        plan.hosts.push(host);
    }
    Ok((plan, hosts))
}

fn metro(world: &Measured, index: usize) -> MetroPlan {
    let node = &world.nodes[index];
    MetroPlan {
        id: format!("node-{index}"),
        name: node.city.clone(),
        territory: node.territory.clone(),
        point: node.point,
    }
}

/// One licence for each territory that has hosts: it permits that one.
fn licences(world: &Measured, hosts: &[usize]) -> Vec<LicencePlan> {
    let territories: BTreeSet<&String> = hosts
        .iter()
        .map(|index| &world.nodes[*index].territory)
        .collect();
    let denied = |own: &str| {
        let all = ["CN", "IR", "KP", "RU"].into_iter();
        all.filter(|code| *code != own).map(String::from).collect()
    };
    territories
        .into_iter()
        .map(|territory| LicencePlan {
            name: territory.clone(),
            permitted: vec![territory.clone()],
            denied: denied(territory),
        })
        .collect()
}

#[cfg(test)]
pub(super) mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::measured::{parse, split};

    /// Six sources and two pure targets, the last of them with a false claim.
    pub(crate) fn world() -> Measured {
        let nodes: String = (0..8)
            .map(|n| {
                format!(
                    "n{n},N{n},City {n},{},50,8,p{},s\n",
                    ["DE", "FR"][n % 2],
                    n % 3
                )
            })
            .collect();
        let rows: String = (0..6).map(|n| format!("n{n},n6,{}\n", n + 1)).collect();
        parse(
            format!("id,name,city,country_iso2,lat,lon,provider,source\n{nodes}").as_bytes(),
            format!("src,dst,rtt_ms\n{rows}").as_bytes(),
            b"kind,name\nbad_truth,N7\n",
        )
        .unwrap()
    }

    #[test]
    fn sources_become_anchors_and_pairs_without_data_stay_unreachable() {
        let world = world();
        let split = split(&world, 100);
        let (plan, nodes) = plan(&world, &split, Votes::Provider, 9).unwrap();
        assert_eq!(nodes, [6, 7]);
        assert_eq!((plan.anchors.len(), plan.hosts.len()), (6, 2));
        assert_eq!(plan.paths.len(), 6, "n7 has no data");
        assert_eq!(plan.paths[0].round_trip, Duration::from_millis(1));
        assert!(
            plan.anchors
                .iter()
                .all(|anchor| anchor.survey_error_m == 100_000)
        );
        assert_eq!(plan.anchors[0].trust_domain, plan.anchors[3].trust_domain);
        let (alone, _) = super::plan(&world, &split, Votes::Node, 9).unwrap();
        assert_ne!(alone.anchors[0].trust_domain, alone.anchors[3].trust_domain);
    }
}
