//! What the registry and the anchors' mesh say in a world: licences with their renewals, anomalies
//! of anchors, outages of the collector.

use super::place::{LIAR, METROS};
use super::weather::{Storm, StormKind, Weather, about};
use super::world::{CUSTOMERS, WEEK};
use crate::trials::Random;
use domicile_diversion::flags::{Anomaly, Confirmation, DAY, Event, LicenceFacts, Name, RecordId};
use domicile_proto::types::Key;

/// How long a licence holds, weeks.
const LICENCE: u64 = 104;

/// All of it, with the time at which each is recorded.
pub(super) fn of(
    metros: &[usize],
    weather: &Weather,
    time: (u64, u64),
    random: &mut Random,
) -> Vec<(u64, Event)> {
    let mut events = Vec::new();
    for metro in metros {
        for customer in 0..CUSTOMERS {
            let number = format!("L-{customer}-{}", METROS[*metro].name);
            licences(&number.as_str().into(), time, random, &mut events);
        }
        let storms = weather.storms[*metro].iter();
        events.extend(storms.flat_map(|storm| anomalies(*metro, storm)));
    }
    let outages = weather.outages.iter().map(|outage| {
        let event = Event::Outage {
            from_ms: outage.from_ms,
            until_ms: outage.until_ms,
            record: RecordId::Log(2),
        };
        (outage.until_ms, event)
    });
    events.extend(outages);
    events
}

/// A licence, renewed every other year, with other conditions each time, and entered late.
fn licences(
    number: &Name,
    (start, end): (u64, u64),
    random: &mut Random,
    events: &mut Vec<(u64, Event)>,
) {
    let mut at_ms = start;
    while at_ms < end {
        let until_ms = at_ms + LICENCE * WEEK;
        let late = match at_ms == start {
            true => 0,
            false => about(5 * DAY, random),
        };
        let facts = LicenceFacts {
            number: number.clone(),
            models: Vec::new(),
            until_ms: Some(until_ms),
            silence_ms: Some([10, 14, 21][random.below(3)] * DAY),
            unconfirmed_ms: Some([45, 60, 90][random.below(3)] * DAY),
            confirmed_by: Confirmation::DeniedExcluded,
            transit_ms: Some(90 * DAY),
            absence_ms: Some(180 * DAY),
        };
        events.push((at_ms + late, Event::Licence(facts)));
        at_ms = until_ms;
    }
}

/// What the mesh finds of a storm.
fn anomalies(metro: usize, storm: &Storm) -> Vec<(u64, Event)> {
    let StormKind::Lie {
        found_ms: Some(found_ms),
    } = storm.kind
    else {
        return Vec::new();
    };
    let anomaly = |at_ms: u64, until_ms: Option<u64>| {
        let anomaly = Anomaly {
            anchor: Key([u8::try_from(metro).unwrap_or(0); 32]),
            vote: LIAR.into(),
            metro: METROS[metro].name.into(),
            from_ms: storm.span.from_ms,
            until_ms,
            record: RecordId::Log(1),
        };
        (at_ms, Event::Anomaly(anomaly))
    };
    vec![
        anomaly(found_ms, None),
        anomaly(storm.span.until_ms, Some(storm.span.until_ms)),
    ]
}
