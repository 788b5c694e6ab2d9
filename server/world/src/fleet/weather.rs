//! What happens to many hosts at once: cut cables, blackouts, anchors that are away or lie, the
//! collector's outages.

use super::place::{METROS, Trouble};
use crate::trials::Random;
use domicile_diversion::flags::{DAY, HOUR};

/// A time, Unix ms, half-open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) from_ms: u64,
    pub(super) until_ms: u64,
}

impl Span {
    pub(super) fn contains(&self, at_ms: u64) -> bool {
        (self.from_ms..self.until_ms).contains(&at_ms)
    }
}

/// What is wrong in a metro for a time.
#[derive(Debug, Clone, Copy)]
pub(super) struct Storm {
    pub(super) span: Span,
    pub(super) kind: StormKind,
}

/// What it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum StormKind {
    /// A cable on the way to the metro.
    Cable,
    /// All of the metro is without power or network: its hosts are not heard.
    Blackout,
    /// The metro's anchors do not answer.
    NoAnchors,
    /// A trust domain of the metro lies; when the mesh finds it, `None` when it does not.
    Lie { found_ms: Option<u64> },
}

/// How often a year in each metro, and how long on average, ms. See `SIMULATION.md`.
const CABLE: (f64, u64) = (0.5, 25 * DAY);
const BLACKOUT: (f64, u64) = (0.2, 12 * HOUR);
const NO_ANCHORS: (f64, u64) = (0.1, 5 * DAY);
const LIE: (f64, u64) = (0.2, 20 * DAY);
/// The same of the collector.
const COLLECTOR: (f64, u64) = (2.0, 6 * HOUR);

/// Everything of the kind in one world.
pub(super) struct Weather {
    pub(super) storms: Vec<Vec<Storm>>,
    pub(super) outages: Vec<Span>,
}

/// Exponentially distributed with this mean, ms.
pub(super) fn about(mean_ms: u64, random: &mut Random) -> u64 {
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss
    )] // some months
    let ms = (-(1.0 - random.unit()).ln() * mean_ms as f64) as u64;
    ms.max(60_000)
}

/// Times that begin so often a year, in order, not overlapping.
fn spans(
    (a_year, mean_ms): (f64, u64),
    (start, end): (u64, u64),
    random: &mut Random,
) -> Vec<Span> {
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss
    )] // some years
    let between = ((365 * DAY) as f64 / a_year) as u64;
    let mut found = Vec::new();
    let mut from_ms = start + about(between, random);
    while from_ms < end {
        let until_ms = from_ms + about(mean_ms, random);
        found.push(Span { from_ms, until_ms });
        from_ms = until_ms + about(between, random);
    }
    found
}

impl Weather {
    /// Of a world from `start` to `end`, Unix ms.
    pub(super) fn new(time: (u64, u64), random: &mut Random) -> Self {
        let storms = METROS.iter().map(|_| storms(time, random)).collect();
        Self {
            storms,
            outages: spans(COLLECTOR, time, random),
        }
    }

    /// The next moment after `at_ms` at which something begins, is found, or ends in a metro.
    pub(super) fn next(&self, metro: usize, at_ms: u64) -> u64 {
        let of_storm = |storm: &Storm| {
            let found = match storm.kind {
                StormKind::Lie { found_ms } => found_ms,
                _ => None,
            };
            [Some(storm.span.from_ms), Some(storm.span.until_ms), found]
        };
        let storms = self.storms[metro].iter().flat_map(of_storm).flatten();
        let outages = self.outages.iter().flat_map(|o| [o.from_ms, o.until_ms]);
        let later = storms.chain(outages).filter(|moment| *moment > at_ms);
        later.min().unwrap_or(u64::MAX)
    }

    /// What is wrong in a metro: of several what says most.
    pub(super) fn trouble(&self, metro: usize, at_ms: u64) -> Trouble {
        let storms = self.storms[metro].iter();
        let now = storms.filter(|storm| storm.span.contains(at_ms));
        let troubles = now.map(|storm| match storm.kind {
            StormKind::Cable => Trouble::Cut,
            StormKind::NoAnchors => Trouble::NoAnchors,
            StormKind::Lie { .. } => Trouble::Lie,
            StormKind::Blackout => Trouble::None,
        });
        troubles.max().unwrap_or(Trouble::None)
    }

    /// Whether hosts of a metro are not heard.
    pub(super) fn is_dark(&self, metro: usize, at_ms: u64) -> bool {
        let mut storms = self.storms[metro].iter();
        storms.any(|storm| storm.kind == StormKind::Blackout && storm.span.contains(at_ms))
    }

    /// When something that happens is recorded: not while the collector is away.
    pub(super) fn recorded_ms(&self, at_ms: u64) -> u64 {
        let mut outages = self.outages.iter();
        let outage = outages.find(|outage| outage.contains(at_ms));
        outage.map_or(at_ms, |outage| outage.until_ms)
    }
}

fn storms(time: (u64, u64), random: &mut Random) -> Vec<Storm> {
    let mut storms = Vec::new();
    for (rate, kind) in [
        (CABLE, StormKind::Cable),
        (BLACKOUT, StormKind::Blackout),
        (NO_ANCHORS, StormKind::NoAnchors),
    ] {
        let found = spans(rate, time, random).into_iter();
        storms.extend(found.map(|span| Storm { span, kind }));
    }
    for span in spans(LIE, time, random) {
        let found_ms = span.from_ms + about(3 * DAY, random);
        let is_found = found_ms < span.until_ms && !random.once_in(3);
        let found_ms = is_found.then_some(found_ms);
        let kind = StormKind::Lie { found_ms };
        storms.push(Storm { span, kind });
    }
    storms
}
