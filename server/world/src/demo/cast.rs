//! The demo's hosts: who they are, where they really stand, and what has to come of them.

use super::geography::SHENZHEN;
use crate::hostile::Kind;
use crate::place::Point;

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

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

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
}
