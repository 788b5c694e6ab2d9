//! Networks and clocks as they are, with every program real: the verdict is the same or weaker,
//! never another.
#![allow(clippy::unwrap_used)]

mod whole;

use domicile_daemon::state::StateDir;
use domicile_proto::wire::VerdictValue;
use whole::{DAY_MS, TUNNELS, UDP, World};

const YEAR_MS: i64 = 365 * 24 * 3_600_000;

#[tokio::test(flavor = "multi_thread")]
async fn through_a_tunnel_the_verdict_is_the_one_that_udp_gives() {
    let world = World::raise(0).await;
    for (name, version) in [("udp", UDP), ("tunnel", TUNNELS)] {
        let host = world.enrol(name, version, 0).await;
        let outcome = host.agent().session().await.unwrap();
        assert_eq!((outcome.ranged, outcome.drawn), (4, 4), "{name}");
        let verdict = world.verdict(&outcome.receipt.evidence_hash);
        assert_eq!(verdict, VerdictValue::Confined, "{name}");
    }
    world.lower().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_clock_years_off_changes_nothing_that_counts() {
    let world = World::raise(0).await;
    for (number, version) in [(-20, UDP), (20, UDP), (3, TUNNELS)] {
        let name = format!("off-by-{number}");
        let host = world.enrol(&name, version, number * YEAR_MS).await;
        let mut agent = host.agent();
        for _ in 0..2 {
            let outcome = agent.session().await.unwrap();
            assert_eq!(outcome.ranged, 4, "{name}");
            let verdict = world.verdict(&outcome.receipt.evidence_hash);
            assert_eq!(verdict, VerdictValue::Confined, "{name}");
        }
        agent.sign_of_life().await.unwrap();
    }
    world.lower().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_that_was_off_for_months_renews_and_reports() {
    let world = World::raise(100 * DAY_MS).await;
    let host = world.enrol("off", UDP, 0).await;
    let before = host.agent().session().await.unwrap();
    assert_eq!(before.ranged, 4);
    // Switched off; its certificate of seven days expires three months before it comes back.
    world.passes_to_now().await;
    let certificate = StateDir::new(&host.config.state_dir).certificate();
    let old = std::fs::read(&certificate).unwrap();
    let after = host.agent().session().await.unwrap();
    assert_eq!(after.ranged, 4);
    assert_ne!(std::fs::read(&certificate).unwrap(), old, "renewed");
    let verdict = world.verdict(&after.receipt.evidence_hash);
    assert_eq!(verdict, VerdictValue::Confined);
    world.lower().await;
}
