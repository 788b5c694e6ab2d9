//! Networks and clocks as they are, with every program real: the verdict is the same or weaker,
//! never another.
#![allow(clippy::unwrap_used)]

mod whole;

use domicile_daemon::Error;
use domicile_daemon::state::StateDir;
use domicile_daemon::{spool, status};
use domicile_proto::sign::sha256;
use domicile_proto::types::Digest;
use domicile_proto::wire::VerdictValue;
use whole::{DAY_MS, Installed, TUNNELS, UDP, World};

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

/// Measures while the collector has no room: the report waits in the spool. Gives its hash.
async fn one_waits(world: &World, host: &Installed) -> Digest {
    world.is_full(true);
    let error = host.agent().session().await.unwrap_err();
    assert!(
        matches!(error, Error::NotDelivered { reports: 1, .. }),
        "{error}"
    );
    world.is_full(false);
    let folder = StateDir::new(&host.config.state_dir).spool();
    let waiting = spool::look(&folder).unwrap();
    let (&ordinal, _) = waiting.first_key_value().unwrap();
    sha256(&spool::look_at(&folder, ordinal).unwrap())
}

fn refused(host: &Installed) -> u64 {
    let status = status::status(&host.config, 0).unwrap();
    status.value()["spool"]["refused"].as_u64().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_may_wait_for_thirty_days_and_counts_as_of_its_measurement() {
    let world = World::raise(150 * DAY_MS).await;
    let host = world.enrol("waits", UDP, 20 * YEAR_MS).await;
    host.agent().session().await.unwrap();
    let first = one_waits(&world, &host).await;

    // Off for a month but a day; its certificate has expired long ago and is renewed first.
    world.time.set_ago(121 * DAY_MS);
    let outcome = host.agent().session().await.unwrap();
    assert_eq!((outcome.backlog, outcome.ranged), (1, 4));
    assert_eq!(world.verdict(&first), VerdictValue::Confined);
    let measured_ago = world.time.now_ms() - world.measured_ms(&first);
    assert!(
        (28 * DAY_MS..30 * DAY_MS).contains(&measured_ago),
        "{measured_ago}"
    );
    assert_eq!(refused(&host), 0);

    // A month and a day: the collector takes it no more, and the agent says so and goes on.
    let second = one_waits(&world, &host).await;
    world.time.set_ago(90 * DAY_MS);
    let outcome = host.agent().session().await.unwrap();
    assert_eq!((outcome.backlog, outcome.ranged), (0, 4));
    assert!(world.has_no(&second));
    assert_eq!(refused(&host), 1, "set aside where the operator sees it");
    let text = status::status(&host.config, 0).unwrap().text(false);
    assert!(
        text.contains("0 reports wait") && text.contains("1 refused"),
        "{text}"
    );
    world.lower().await;
}
