//! The demo's hosts: who they are, where they really stand, and what has to come of them.

use super::geography::{self, SHENZHEN, metro};
use crate::hostile::Kind;
use crate::place::{Node, Point, round_trip};
use crate::plan::{HostPlan, LicencePlan, Path, Plan, Times, loopback};
use crate::stage::HOSTS;
use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::time::Duration;

/// What a host of the demo does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Act {
    /// The real agent, as a service.
    Serves,
    /// The real agent, one session, then nothing.
    FallsSilent,
    /// The real agent, set back to a backup of its state.
    Restored,
    /// The real agent, and a copy of its state elsewhere.
    StolenKey,
    /// A hostile process.
    Hostile(Kind),
}

/// A host of the demo.
#[derive(Debug, Clone)]
pub(super) struct Role {
    /// Its name; names of hostile hosts say what they do.
    pub(super) name: &'static str,
    /// What it does.
    pub(super) act: Act,
    /// Where its sessions really end.
    pub(super) truth: Truth,
    /// The metro that it declares.
    pub(super) declared: &'static str,
    /// What the demo has to show: a verdict's value, or `silent`.
    pub(super) expected: &'static str,
    /// What that means, in one sentence.
    pub(super) meaning: &'static str,
}

/// A real place.
#[derive(Debug, Clone, Copy)]
pub(super) struct Truth {
    /// For people.
    pub(super) name: &'static str,
    /// Where.
    pub(super) point: Point,
    /// What its last mile adds to every round trip, milliseconds.
    pub(super) access_ms: u64,
}

const fn at(name: &'static str, latitude: f64, longitude: f64) -> Truth {
    Truth {
        name,
        point: Point::new(latitude, longitude),
        access_ms: 0,
    }
}

const IN_SHENZHEN: Truth = Truth {
    name: "Shenzhen",
    point: SHENZHEN,
    access_ms: 0,
};

/// Where the thief of the stolen key uses it, and where a proxy answers for a diverted host.
pub(super) const THIEF: Truth = at("Sao Paulo", -23.60, -46.70);
pub(super) const PROXY: Truth = at("Singapore", 1.32, 103.70);
/// The thief's name in the world.
pub(super) const THIEF_NAME: &str = "stolen-key-thief";

const fn role(
    name: &'static str,
    act: Act,
    truth: Truth,
    declared: &'static str,
    expected: &'static str,
    meaning: &'static str,
) -> Role {
    Role {
        name,
        act,
        truth,
        declared,
        expected,
        meaning,
    }
}

/// Everybody, in the order of the table.
pub(super) fn roles() -> Vec<Role> {
    use Act::{FallsSilent, Hostile, Restored, Serves, StolenKey};
    let satellite = Truth {
        access_ms: 560,
        ..at("Sydney, by satellite", -33.80, 151.00)
    };
    vec![
        role(
            "honest-singapore",
            Serves,
            at("Singapore", 1.34, 103.72),
            "sin",
            "confined",
            "Every place outside its licence is excluded by at least two votes.",
        ),
        role(
            "honest-frankfurt",
            Serves,
            at("Frankfurt", 50.07, 8.60),
            "fra",
            "confined",
            "The same in Europe, with an anchor nearby that lies.",
        ),
        role(
            "honest-ashburn",
            Serves,
            at("Ashburn", 39.02, -77.42),
            "iad",
            "confined",
            "The same in North America.",
        ),
        role(
            "honest-sao-paulo",
            Serves,
            at("Sao Paulo", -23.50, -46.55),
            "gru",
            "confined",
            "The same in South America.",
        ),
        role(
            "honest-johannesburg",
            Serves,
            at("Johannesburg", -26.10, 28.10),
            "jnb",
            "confined",
            "The same in Africa.",
        ),
        role(
            "shipped",
            Serves,
            IN_SHENZHEN,
            "sin",
            "permitted-excluded",
            "It cannot be in any territory of its licence: an indicator of possible diversion.",
        ),
        role(
            "hostile-delayer",
            Hostile(Kind::Delayer),
            IN_SHENZHEN,
            "sin",
            "insufficient",
            "Delay hides where it is, and wins it nothing: it is never confined.",
        ),
        role(
            "hostile-replayer",
            Hostile(Kind::Replayer),
            at("Frankfurt", 50.15, 8.75),
            "fra",
            "insufficient",
            "Old bytes got the old receipt, other bytes under the nonce were refused, old receipts have no vote.",
        ),
        role(
            "hostile-receipt-alterer",
            Hostile(Kind::ReceiptAlterer),
            at("Singapore", 1.28, 103.85),
            "sin",
            "insufficient",
            "An altered receipt loses its anchor's vote; who altered it is not known.",
        ),
        role(
            "hostile-false-transcript",
            Hostile(Kind::FalseTranscript),
            IN_SHENZHEN,
            "sin",
            "invalid",
            "It signed times that the anchor did not: only the host itself can have put them together.",
        ),
        role(
            "stolen-key",
            StolenKey,
            at("Frankfurt", 50.12, 8.70),
            "fra",
            "identity-conflict",
            "One key answered on two continents within seconds: a stolen or copied key, or a moved machine.",
        ),
        role(
            "hostile-proxied",
            Hostile(Kind::Proxied),
            IN_SHENZHEN,
            "sin",
            "confined",
            "The answers came from Singapore, the GPU is elsewhere: rests on the premise session-not-delegated.",
        ),
        role(
            "satellite",
            Serves,
            satellite,
            "syd",
            "insufficient",
            "A long path bounds nothing, and accuses nobody.",
        ),
        role(
            "restored",
            Restored,
            at("London", 51.48, -0.20),
            "lhr",
            "confined",
            "Set back to a backup: the chain shows a rollback, the verdict is what it was.",
        ),
        role(
            "falls-silent",
            FallsSilent,
            at("Tokyo", 35.70, 139.75),
            "nrt",
            "silent",
            "It stopped reporting: its verdict has expired, and silence is no evidence.",
        ),
    ]
}

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
            })
            .collect(),
        licences: Vec::new(),
        paths: Vec::new(),
        times: Times {
            appraisal_lifetime: Duration::from_secs(20),
            late_after: Duration::from_secs(5),
            silent_after: Duration::from_secs(10),
        },
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
    use crate::place::fastest_round_trip_s;
    use domicile_geo::Territories;
    use std::collections::HashSet;

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
    fn everybody_the_demo_promises_is_there() {
        let roles = roles();
        let names: HashSet<_> = roles.iter().map(|role| role.name).collect();
        assert_eq!(names.len(), roles.len());
        let declared: HashSet<_> = roles
            .iter()
            .filter(|role| role.expected == "confined" && role.act == Act::Serves)
            .map(|role| role.declared)
            .collect();
        assert!(declared.is_superset(&["sin", "fra", "iad", "gru", "jnb"].into()));
        for role in &roles {
            let hostile = matches!(role.act, Act::Hostile(_));
            assert_eq!(role.name.starts_with("hostile-"), hostile, "{}", role.name);
        }
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
