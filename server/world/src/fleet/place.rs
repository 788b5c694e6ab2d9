//! Where hosts are declared, where they answer from, and what a session of one says.

use super::noise::Line;
use domicile_diversion::flags::Name;
use domicile_proto::wire::{Tier, VerdictValue};

/// A metro in which hosts are declared, and what their licences permit.
#[derive(Debug)]
pub(super) struct Metro {
    pub(super) name: &'static str,
    pub(super) at: (f64, f64),
    pub(super) permitted: &'static str,
}

const fn metro(name: &'static str, at: (f64, f64), permitted: &'static str) -> Metro {
    Metro {
        name,
        at,
        permitted,
    }
}

/// Where hosts are declared.
pub(super) const METROS: [Metro; 12] = [
    metro("sin", (1.35, 103.82), r#""SG", "MY", "ID""#),
    metro("kul", (3.15, 101.7), r#""MY", "SG", "ID""#),
    metro("tyo", (35.68, 139.65), r#""JP""#),
    metro("sel", (37.57, 126.98), r#""KR", "JP""#),
    metro("dxb", (25.2, 55.27), r#""AE""#),
    metro(
        "fra",
        (50.11, 8.68),
        r#""DE", "FR", "NL", "BE", "LU", "CH", "AT", "CZ""#,
    ),
    metro("lon", (51.51, -0.13), r#""GB", "FR", "NL", "BE", "IE""#),
    metro("iad", (39.04, -77.49), r#""US", "CA""#),
    metro("sjc", (37.34, -121.89), r#""US", "CA", "MX""#),
    metro("gru", (-23.55, -46.63), r#""BR""#),
    metro("syd", (-33.87, 151.21), r#""AU""#),
    metro("bom", (19.08, 72.88), r#""IN""#),
];

/// More places with anchors, where nothing is declared.
pub(super) const OTHERS: [(f64, f64); 4] = [
    (22.3, 114.17),
    (25.03, 121.56),
    (52.37, 4.9),
    (41.88, -87.63),
];

/// Where diverted hosts go: Shenzhen, Beijing, Moscow.
pub(super) const AWAY: [(f64, f64); 3] = [(22.54, 114.06), (39.9, 116.4), (55.75, 37.62)];

/// Denied by every licence.
pub(super) const DENIED: &str = r#""CN", "HK", "MO", "RU", "IR", "KP""#;

/// Where a host answers from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Whence {
    /// A metro of the list.
    Metro(usize),
    /// A place of [`AWAY`].
    Away(usize),
    /// A place of [`AWAY`], through a relay of packets in the declared metro.
    Relayed(usize),
}

/// What decides a host's verdicts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Circumstance {
    pub(super) declared: usize,
    pub(super) whence: Whence,
    pub(super) line: Line,
    pub(super) trouble: Trouble,
}

/// What is wrong in a metro.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Trouble {
    /// Nothing.
    None,
    /// A cable is cut: half of the paths longer than [`CABLE_M`] take another way.
    Cut,
    /// The metro's own anchors do not answer.
    NoAnchors,
    /// One trust domain halves what it measures.
    Lie,
}

impl Trouble {
    pub(super) const ALL: [Self; 4] = [Self::None, Self::Cut, Self::NoAnchors, Self::Lie];
}

/// Paths that are longer go by long cables, metres.
pub(super) const CABLE_M: f64 = 300e3;

/// What one session of a host says.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Session {
    pub(super) values: [VerdictValue; 3],
    pub(super) votes: Vec<Name>,
    pub(super) is_implausible: bool,
}

/// The name of the vote that lies.
pub(super) const LIAR: &str = "provider-0";

/// The tier that all the licences require.
pub(super) const REQUIRED: Tier = Tier::Fibre;
