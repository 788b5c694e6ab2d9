//! The anchors' mesh as a whole, in virtual time: real visits over QUIC, real reports, and what is
//! found in them.
#![allow(clippy::unwrap_used)]

mod mesh_world;

use domicile_geo::mesh::{Certainty, Finding, Kind};
use mesh_world::{CITIES, Fault, PERIOD, World};
use std::time::Duration;

const FRANKFURT: usize = 4;
const LONDON: usize = 5;
const JOHANNESBURG: usize = 6;
const ASHBURN: usize = 7;
const SAO_PAULO: usize = 8;
const ANCHORAGE: usize = 9;

const ALL: Duration = Duration::from_secs(3600);

async fn found(fault: Fault) -> Vec<Finding> {
    let world = World::start(fault);
    world.pass(2).await;
    let samples = world.samples(Duration::ZERO, ALL);
    world.examine(&samples, &[]).findings
}

async fn only(fault: Fault) -> (usize, Kind, Certainty) {
    let findings = found(fault).await;
    assert_eq!(findings.len(), 1, "{findings:#?}");
    let found = &findings[0];
    (usize::from(found.site), found.kind, found.certainty)
}

#[tokio::test(start_paused = true)]
async fn every_pair_is_measured_from_both_ends_and_an_honest_mesh_has_no_findings() {
    let world = World::start(Fault::default());
    world.pass(2).await;
    let mut samples = world.samples(Duration::ZERO, ALL);
    assert_eq!(world.examine(&samples, &samples).findings, []);
    samples.sort_by_key(|sample| (sample.measurer, sample.responder));
    samples.dedup_by_key(|sample| (sample.measurer, sample.responder));
    assert_eq!(samples.len(), CITIES.len() * (CITIES.len() - 1));
    // Each visits each: both have sessions in which they were the visitor.
    let reports = world.reports.lock().unwrap();
    let mut visits: Vec<_> = reports
        .iter()
        .map(|(_, s)| (s.visitor, s.visited))
        .collect();
    visits.sort_unstable();
    visits.dedup();
    assert_eq!(visits.len(), CITIES.len() * (CITIES.len() - 1));
}

#[tokio::test(start_paused = true)]
async fn both_ends_times_of_a_session_are_the_path_exactly() {
    let world = World::start(Fault::default());
    world.pass(2).await;
    let reports = world.reports.lock().unwrap();
    assert!(!reports.is_empty());
    for (_, session) in reports.iter() {
        assert_eq!(session.visitor_rtt_ns, Some(session.visited_rtt_ns));
    }
}

#[tokio::test(start_paused = true)]
async fn a_short_liar_is_found() {
    let fault = Fault {
        rate: Some((FRANKFURT, 0.4)),
        ..Fault::default()
    };
    let (site, kind, certainty) = only(fault).await;
    assert_eq!((site, kind), (FRANKFURT, Kind::ShortLiar));
    assert!(matches!(certainty, Certainty::Certain(_)), "{certainty:?}");
}

#[tokio::test(start_paused = true)]
async fn a_long_liar_is_found() {
    let fault = Fault {
        rate: Some((ASHBURN, 1.7)),
        ..Fault::default()
    };
    let (site, kind, certainty) = only(fault).await;
    assert_eq!((site, kind), (ASHBURN, Kind::LongLiar));
    assert_eq!(certainty, Certainty::Statistical);
}

#[tokio::test(start_paused = true)]
async fn a_stopwatch_two_percent_fast_or_slow_is_found() {
    for rate in [1.02, 0.98] {
        let fault = Fault {
            rate: Some((ANCHORAGE, rate)),
            ..Fault::default()
        };
        let (site, kind, _) = only(fault).await;
        assert_eq!((site, kind), (ANCHORAGE, Kind::BadStopwatch));
    }
}

#[tokio::test(start_paused = true)]
async fn an_anchor_that_was_never_where_it_was_surveyed_is_found() {
    let fault = Fault {
        elsewhere: Some((SAO_PAULO, LONDON, 0)),
        ..Fault::default()
    };
    let world = World::start(fault);
    world.pass(4).await;
    let earlier = world.samples(Duration::ZERO, PERIOD * 2);
    let lately = world.samples(PERIOD * 2, ALL);
    let findings = world.examine(&lately, &earlier).findings;
    assert_eq!(findings.len(), 1, "{findings:#?}");
    assert_eq!(usize::from(findings[0].site), SAO_PAULO);
    assert_eq!(findings[0].kind, Kind::MisSurveyed);
    let now = findings[0].whereabouts.as_ref().unwrap();
    assert_eq!(usize::from(now.nearest), LONDON);
}

#[tokio::test(start_paused = true)]
async fn an_anchor_that_moves_is_found_to_have_moved() {
    let fault = Fault {
        elsewhere: Some((SAO_PAULO, LONDON, 4)),
        ..Fault::default()
    };
    let world = World::start(fault);
    world.pass(8).await;
    let earlier = world.samples(Duration::ZERO, PERIOD * 4);
    // A report holds the best session of two intervals at most.
    let lately = world.samples(PERIOD * 6, ALL);
    assert_eq!(world.examine(&earlier, &[]).findings, []);
    let findings = world.examine(&lately, &earlier).findings;
    assert_eq!(findings.len(), 1, "{findings:#?}");
    assert_eq!(usize::from(findings[0].site), SAO_PAULO);
    assert_eq!(findings[0].kind, Kind::Moved);
    assert!(matches!(findings[0].certainty, Certainty::Certain(_)));
}

#[tokio::test(start_paused = true)]
async fn a_slow_line_is_no_finding() {
    let fault = Fault {
        slow_line: Some((JOHANNESBURG, Duration::from_millis(30))),
        ..Fault::default()
    };
    assert_eq!(found(fault).await, []);
}

#[tokio::test(start_paused = true)]
async fn sessions_wait_until_a_collector_takes_them() {
    let fault = Fault {
        refuse: 12,
        ..Fault::default()
    };
    let world = World::start(fault);
    world.pass(4).await;
    let mut samples = world.samples(Duration::ZERO, ALL);
    samples.sort_by_key(|sample| (sample.measurer, sample.responder));
    samples.dedup_by_key(|sample| (sample.measurer, sample.responder));
    assert_eq!(samples.len(), CITIES.len() * (CITIES.len() - 1));
}
