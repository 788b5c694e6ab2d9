//! What befell an honest host before it was flagged.

use super::fate::Fate;
use super::life::Life;
use super::noise::Line;
use super::weather::{Span, Storm, StormKind, Weather};
use domicile_diversion::flags::DAY;

/// Nothing did: chance alone, or a rule that is wrong.
pub(super) const NOTHING: &str = "nothing";

/// So long after a storm's end it is still taken for the cause, ms.
const AFTER: u64 = 10 * DAY;
/// The same after the beginning of what befell a host: licences wait for so long.
const AFTER_FATE: u64 = 100 * DAY;

/// What befell the metro in a time, if anything did.
pub(super) fn of_metro(weather: &Weather, metro: usize, time: Span) -> Option<&'static str> {
    let near = |storm: &&Storm| {
        storm.span.from_ms <= time.until_ms && storm.span.until_ms + AFTER >= time.from_ms
    };
    let storm = weather.storms[metro].iter().rfind(near)?;
    Some(match storm.kind {
        StormKind::Cable => "a cut cable",
        StormKind::Blackout => "a blackout",
        StormKind::NoAnchors => "the metro's anchors away",
        StormKind::Lie { .. } => "an anchor's lie",
    })
}

/// What befell the host in a time: what happened to it last, the weather of its metro, or its line.
pub(super) fn of_host(life: &Life, weather: &Weather, time: Span) -> &'static str {
    let near = |at_ms: u64| at_ms <= time.until_ms && at_ms + AFTER_FATE >= time.from_ms;
    let last = life.befell.filter(|(_, at_ms)| near(*at_ms));
    of_line(life.line)
        .or_else(|| last.map(|(what, _)| what.name()))
        .or_else(|| of_metro(weather, life.declared, time))
        .unwrap_or(NOTHING)
}

fn of_line(line: Line) -> Option<&'static str> {
    match line {
        Line::Fibre | Line::Detour => None,
        Line::Slow => Some("a slow line"),
        Line::LowSatellite | Line::HighSatellite => Some("a satellite"),
    }
}

impl Fate {
    /// As it stands in the report.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Outage => "an outage",
            Self::SwitchedOff => "switched off",
            Self::Maintenance => "maintenance",
            Self::DeclaredMove => "a declared move",
            Self::UndeclaredMove => "an undeclared move",
            Self::Repair => "a repair",
            Self::Rebalanced => "rebalanced devices",
            Self::RestoredBackup => "a restored backup",
            Self::Reinstalled => "re-installed",
            Self::Detour => "a detour",
            Self::NewRoute => "a new route",
        }
    }
}
