//! The demo's world: licences, addresses and round trips of its cast.

use super::cast::{PROXY, Role, THIEF, THIEF_NAME, Truth};
use super::geography::{self, metro};
use crate::place::{Node, round_trip};
use crate::plan::{AnchorPlan, HostPlan, LicencePlan, MeshPath, Path, Plan, Times, loopback};
use crate::stage::HOSTS;
use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::time::Duration;

/// Territories permitted for each declared metro: the place and the neighbours that physics cannot
/// tell from it there.
fn permitted(declared: &str) -> &'static [&'static str] {
    match declared {
        "sin" => &["SG", "MY", "ID"],
        "fra" => &[
            "DE", "FR", "LU", "BE", "NL", "CH", "AT", "CZ", "LI", "DK", "IT", "PL",
        ],
        "iad" => &["US", "CA"],
        "gru" => &["BR"],
        "jnb" => &["ZA", "BW", "LS", "SZ", "MZ", "ZW"],
        "syd" => &["AU"],
        "lhr" => &["GB", "FR", "BE", "NL", "IE", "IM", "GG", "JE", "LU", "DE"],
        _ => &["JP", "KR"],
    }
}

/// Territories that no licence of the demo allows.
const DENIED: [&str; 4] = ["CN", "IR", "KP", "RU"];

/// The demo's world for these roles.
pub(super) fn plan(roles: &[Role], block: u8) -> Plan {
    let (metros, anchors) = (geography::metros(), geography::anchors());
    let mut plan = Plan {
        hosts: roles
            .iter()
            .enumerate()
            .map(|(number, role)| HostPlan {
                name: role.name.into(),
                metro: metro(role.declared),
                licence: licence(role.declared),
                address: loopback(block, HOSTS, number),
                tpm_device: None,
            })
            .collect(),
        licences: Vec::new(),
        paths: Vec::new(),
        mesh: mesh(&anchors),
        times: Times {
            appraisal_lifetime: Duration::from_secs(26),
            late_after: Duration::from_secs(5),
            silent_after: Duration::from_secs(10),
        },
        tpm_roots: Vec::new(),
        lying_votes: 1,
        draw_near_domains: 3,
        draw_total: anchors.len() - 3,
        metros,
        anchors,
    };
    for role in roles {
        let name = licence(role.declared);
        if !plan.licences.iter().any(|licence| licence.name == name) {
            plan.licences.push(LicencePlan {
                name,
                permitted: permitted(role.declared)
                    .iter()
                    .map(|c| (*c).into())
                    .collect(),
                denied: DENIED.iter().map(|c| (*c).into()).collect(),
            });
        }
    }
    let ends = roles
        .iter()
        .enumerate()
        .map(|(number, role)| (role.name, role.truth, loopback(block, HOSTS, number)));
    let others = [
        (THIEF_NAME, THIEF, thief_address(roles, block)),
        ("proxy", PROXY, proxy_address(roles, block)),
    ];
    for (name, truth, address) in ends.chain(others) {
        for (anchor, round_trip) in round_trips(name, truth, &plan) {
            plan.paths.push(Path {
                host: address,
                anchor,
                round_trip,
            });
        }
    }
    plan
}

/// Every anchor reaches every other.
fn mesh(anchors: &[AnchorPlan]) -> Vec<MeshPath> {
    let nodes: Vec<Node> = anchors.iter().map(geography::node).collect();
    (0..nodes.len())
        .flat_map(|a| (0..a).map(move |b| (a, b)))
        .map(|(a, b)| MeshPath {
            a,
            b,
            round_trip: round_trip(&nodes[a], &nodes[b]),
        })
        .collect()
}

fn licence(declared: &str) -> String {
    format!("DEMO-{}", declared.to_uppercase())
}

fn round_trips(name: &str, truth: Truth, plan: &Plan) -> Vec<(usize, Duration)> {
    let mut node = Node::new(name, truth.point);
    node.access += Duration::from_millis(truth.access_ms);
    plan.anchors
        .iter()
        .map(|anchor| round_trip(&node, &geography::node(anchor)))
        .enumerate()
        .collect()
}

/// The address of the copy of the stolen key.
pub(super) fn thief_address(roles: &[Role], block: u8) -> Ipv4Addr {
    loopback(block, HOSTS, roles.len())
}

/// The address of the proxy.
pub(super) fn proxy_address(roles: &[Role], block: u8) -> Ipv4Addr {
    loopback(block, HOSTS, roles.len() + 1)
}

/// What the delayer adds to each anchor's round trip, microseconds, so that all of them together
/// look like the metro that it declares, all farther away by the same amount: an anchor to which it
/// is nearer than it claims can be delayed, one to which it is farther cannot be hurried.
pub(super) fn delays(role: &Role, plan: &Plan) -> BTreeMap<String, u64> {
    let declared = Truth {
        point: plan.metros[metro(role.declared)].point,
        ..role.truth
    };
    let micros = |duration: Duration| i64::try_from(duration.as_micros()).unwrap_or(i64::MAX);
    let wanted = round_trips("delayer-as-declared", declared, plan);
    let real = round_trips(role.name, role.truth, plan);
    let missing: Vec<i64> = wanted
        .iter()
        .zip(&real)
        .map(|((_, wanted), (_, real))| micros(*wanted) - micros(*real))
        .collect();
    let offset = -missing.iter().copied().min().unwrap_or_default().min(0);
    plan.anchors
        .iter()
        .zip(missing)
        .map(|(anchor, missing)| {
            let delay = u64::try_from(missing + offset).unwrap_or_default();
            (anchor.name.clone(), delay)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::demo::cast::roles;
    use crate::place::fastest_round_trip_s;
    use domicile_geo::Territories;

    #[test]
    fn the_world_is_physically_honest() {
        let roles = roles();
        let plan = plan(&roles, 9);
        for (role, host) in roles.iter().zip(&plan.hosts) {
            for path in plan.paths.iter().filter(|path| path.host == host.address) {
                let fastest =
                    fastest_round_trip_s(role.truth.point, plan.anchors[path.anchor].point);
                assert!(path.round_trip.as_secs_f64() >= fastest);
            }
        }
        assert_eq!(plan.paths.len(), (roles.len() + 2) * plan.anchors.len());
    }

    #[test]
    fn licences_are_known_to_the_data_and_permit_the_declared_territory() {
        let territories = Territories::builtin();
        let plan = plan(&roles(), 9);
        for host in &plan.hosts {
            let licence = plan
                .licences
                .iter()
                .find(|l| l.name == host.licence)
                .unwrap();
            licence.permitted_mask(territories).unwrap();
            assert!(
                licence
                    .permitted
                    .contains(&plan.metros[host.metro].territory)
            );
        }
    }

    #[test]
    fn the_delayer_never_hurries_and_looks_like_its_declared_place() {
        let roles = roles();
        let plan = plan(&roles, 9);
        let role = roles.iter().find(|r| r.name == "hostile-delayer").unwrap();
        let delays = delays(role, &plan);
        assert_eq!(delays.len(), plan.anchors.len());
        assert!(delays.values().any(|delay| *delay == 0));
        assert!(delays["hkg-a"] > 30_000 && delays["hkg-a"] > delays["sin-a"]);
    }
}
