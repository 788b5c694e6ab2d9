//! The follower: what a fleet's records come to, and that neither when it is killed nor whether its
//! state is kept makes a difference.

use super::{DAY, HOUR, Scene, subject};
use crate::desk::log_outage;
use domicile_diversion::flags::record;
use domicile_diversion::follow::{Follower, Record};
use domicile_ledger::Stored;
use domicile_proto::wire::{DeclaredState, FlagChange, FlagEnd, FlagRecord, VerdictValue};
use std::time::Duration;

/// Reads to the end of the log.
async fn follow(scene: &Scene) {
    let mut following = scene.following();
    while !following.step().await.unwrap() {}
    following.save();
}

async fn hours(scene: &mut Scene, hours: u32, host: u8, value: VerdictValue, votes: &[&str]) {
    for _ in 0..hours {
        scene.wait(HOUR);
        scene.report(host, value, votes).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shipped_host_is_flagged_once_and_cleared_by_hysteresis() {
    let mut scene = Scene::new();
    scene.registry().await;
    scene.enrol(1).await;
    hours(&mut scene, 2, 1, VerdictValue::Confined, &["a", "b"]).await;
    let mut evidence = Vec::new();
    for _ in 0..12 {
        scene.wait(HOUR);
        evidence.push(
            scene
                .report(1, VerdictValue::PermittedExcluded, &["a", "b"])
                .await,
        );
        follow(&scene).await;
    }
    let said = scene.said();
    let raised = (
        FlagChange::Raised,
        "outside-permitted".to_owned(),
        subject(1),
    );
    assert_eq!(said, [raised], "once, however often it is seen");
    let record = &scene.changes()[0];
    let named: Vec<_> = record
        .evidence
        .iter()
        .map(|one| one.evidence_hash.clone())
        .collect();
    assert_eq!(
        named,
        evidence[..7],
        "after six hours and the seventh session"
    );
    assert_eq!(
        (record.ground.as_str(), record.severity.as_str()),
        ("physics", "high")
    );
    let (_, open, row) = scene.store().open_flags(None, 9).unwrap().remove(0);
    assert_eq!(
        (row.subject.as_str(), row.cleared_index),
        (subject(1).as_str(), None)
    );
    assert_eq!(
        scene
            .store()
            .flags_of(&domicile_proto::types::Key([1; 32]), None, 9)
            .unwrap()[0]
            .0,
        open
    );

    hours(&mut scene, 23, 1, VerdictValue::Confined, &["a", "b"]).await;
    follow(&scene).await;
    assert_eq!(scene.said().len(), 1, "a day of the contrary is asked for");
    hours(&mut scene, 3, 1, VerdictValue::Confined, &["a", "b"]).await;
    follow(&scene).await;
    let changes = scene.changes();
    assert_eq!((changes.len(), changes[1].end()), (2, FlagEnd::Contrary));
    assert!(scene.store().open_flags(None, 9).unwrap().is_empty());
    let row = scene.store().flag(open).unwrap().unwrap();
    assert_eq!(row.end, i32::from(FlagEnd::Contrary));
    assert!(row.cleared_index.is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn silence_is_flagged_when_the_log_shows_it_and_an_outage_or_a_declaration_explains_it() {
    let mut scene = Scene::new();
    scene.registry().await;
    for host in [1, 2] {
        scene.enrol(host).await;
        scene.report(host, VerdictValue::Confined, &[]).await;
    }
    scene.declare(2, DeclaredState::Transit, 30 * DAY).await;
    // Away for ten days: nobody could be heard.
    let from_ms = scene.now();
    scene.wait(10 * DAY);
    log_outage(
        scene.store(),
        (from_ms, scene.now()),
        Duration::from_secs(24 * 3600),
    )
    .await
    .unwrap();
    follow(&scene).await;
    let outage = |change| {
        (
            change,
            "collector-outage".to_owned(),
            "collector".to_owned(),
        )
    };
    let said = [outage(FlagChange::Raised), outage(FlagChange::Cleared)];
    assert_eq!(scene.said(), said, "nobody is silent");
    // Silent by the log after 26 hours, since its last sign; the licence allows three days.
    scene.wait(2 * DAY);
    scene.tick().await;
    follow(&scene).await;
    assert_eq!(scene.said().len(), 2);
    scene.wait(DAY + HOUR);
    scene.tick().await;
    follow(&scene).await;
    let silent = (FlagChange::Raised, "silence".to_owned(), subject(1));
    assert_eq!(scene.said()[2..], [silent], "and not the one in transit");
    // Transit for more than twenty days; an outage does not make that shorter.
    scene.wait(8 * DAY);
    scene.tick().await;
    follow(&scene).await;
    let long = (
        FlagChange::Raised,
        "transit-too-long".to_owned(),
        subject(2),
    );
    assert_eq!(scene.said()[3..], [long]);
    // It arrives and reports; the other comes back.
    scene.report(2, VerdictValue::Confined, &[]).await;
    scene.report(1, VerdictValue::Confined, &[]).await;
    scene.wait(2 * HOUR);
    scene.tick().await;
    follow(&scene).await;
    let ends: Vec<_> = scene.changes()[4..].iter().map(FlagRecord::end).collect();
    assert_eq!(ends, [FlagEnd::Contrary; 2]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_anomaly_of_an_anchor_takes_back_what_it_could_have_caused() {
    let mut scene = Scene::new();
    scene.directory(200, "a", "sin").await;
    scene.enrol(1).await;
    scene.enrol(2).await;
    for _ in 0..8 {
        scene.wait(HOUR);
        scene
            .report(1, VerdictValue::PermittedExcluded, &["a"])
            .await;
        scene
            .report(2, VerdictValue::PermittedExcluded, &["b"])
            .await;
    }
    follow(&scene).await;
    assert_eq!(scene.said().len(), 2);
    scene.incident(200, false).await;
    scene
        .report(1, VerdictValue::PermittedExcluded, &["a"])
        .await;
    follow(&scene).await;
    let changes = scene.changes();
    let anomaly = (changes[2].code.as_str(), changes[2].change());
    assert_eq!(anomaly, ("anchor-anomaly", FlagChange::Raised));
    assert_eq!(
        (changes[3].end(), &changes[3].subject),
        (FlagEnd::Withdrawn, &subject(1))
    );
    assert_eq!(changes[3].explained_by, "anomaly:a");
    assert_eq!(
        (changes[4].change(), &changes[4].subject),
        (FlagChange::Suppressed, &subject(1))
    );
    let open = scene.store().open_flags(None, 9).unwrap();
    let open: Vec<_> = open
        .iter()
        .map(|(_, _, row)| row.subject.as_str())
        .collect();
    assert!(open.contains(&subject(2).as_str()) && !open.contains(&subject(1).as_str()));
}

#[tokio::test(flavor = "multi_thread")]
async fn models_and_numbers_are_held_against_the_licence() {
    let mut scene = Scene::new();
    scene.registry().await;
    scene.enrol(1).await;
    // An A100, and a device that no catalogue knows, under a licence for eight H200.
    scene.devices = vec![(0x20b0, "GPU-1".into()), (0xffff, "GPU-2".into())];
    hours(&mut scene, 26, 1, VerdictValue::Confined, &[]).await;
    follow(&scene).await;
    let model = "model:L-1:NVIDIA A100-SXM4-40GB".to_owned();
    let raised = (FlagChange::Raised, "model-not-covered".to_owned(), model);
    assert_eq!(scene.said(), [raised]);
    let record = &scene.changes()[0];
    assert_eq!(
        (record.ground.as_str(), record.severity.as_str()),
        ("claim", "low")
    );
    // Two where eight are licensed, for three months.
    for _ in 0..92 {
        scene.wait(DAY);
        scene.devices.truncate(2);
        scene.devices[0].0 = 0x2335;
        scene.report(1, VerdictValue::Confined, &[]).await;
    }
    follow(&scene).await;
    let short = |change| {
        (
            change,
            "quantity-short".to_owned(),
            "licence:L-1".to_owned(),
        )
    };
    assert!(scene.said().contains(&short(FlagChange::Raised)));
    for _ in 0..3 {
        scene.wait(DAY);
        scene.devices = (0..8).map(|n| (0x2335, format!("GPU-{n}"))).collect();
        scene.report(1, VerdictValue::Confined, &[]).await;
    }
    scene.wait(32 * DAY);
    scene.report(1, VerdictValue::Confined, &[]).await;
    scene.wait(2 * DAY);
    scene.report(1, VerdictValue::Confined, &[]).await;
    follow(&scene).await;
    assert!(
        scene.said().contains(&short(FlagChange::Cleared)),
        "{:?}",
        scene.said()
    );
}

/// Everything at once, for as long as a few hundred records.
async fn a_busy_month(scene: &mut Scene) {
    scene.registry().await;
    scene.directory(200, "a", "sin").await;
    for host in 1..=4 {
        scene.enrol(host).await;
    }
    for hour in 0..150_u32 {
        scene.wait(HOUR);
        let away = (40..70).contains(&hour);
        scene
            .report(
                1,
                if away {
                    VerdictValue::PermittedExcluded
                } else {
                    VerdictValue::Confined
                },
                &["b"],
            )
            .await;
        if hour % 3 == 0 {
            scene
                .report(2, VerdictValue::PermittedExcluded, &["a"])
                .await;
        }
        if hour < 20 {
            scene.report(3, VerdictValue::Insufficient, &[]).await;
        }
        match hour {
            30 => scene.declare(4, DeclaredState::Storage, 5 * DAY).await,
            60 => scene.incident(200, false).await,
            100 => scene.incident(200, true).await,
            120 => {
                let from_ms = scene.now();
                scene.wait(20 * HOUR);
                let every = Duration::from_secs(12 * 3600);
                log_outage(scene.store(), (from_ms, scene.now()), every)
                    .await
                    .unwrap();
            }
            _ => {}
        }
    }
    scene.wait(5 * DAY);
    scene.tick().await;
}

/// The flag records that follow from the other records of the log, in one go from its beginning.
fn from_the_beginning(scene: &Scene) -> Vec<FlagRecord> {
    let mut follower = Follower::new();
    let mut records = Vec::new();
    for index in 0..scene.store().size() {
        let Stored::Whole(entry) = scene.store().stored(index).unwrap() else {
            panic!("nothing is erased here");
        };
        let (changes, read) = follower.take(&Record {
            index,
            kind: entry.kind,
            time_ms: entry.time_ms,
            payload: &entry.payload,
        });
        read.unwrap();
        let changes = (0u32..).zip(&changes);
        records
            .extend(changes.map(|(number, change)| record(change, index, number, entry.time_ms)));
    }
    records
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_anywhere_and_with_or_without_its_state_nothing_is_lost_or_said_twice() {
    let mut scene = Scene::new();
    a_busy_month(&mut scene).await;
    let expected = from_the_beginning(&scene);
    assert!(expected.len() > 8, "{}", expected.len());
    // A small generator: the same kills each time.
    let mut random = 7_u64;
    let mut next = |below: u64| {
        random = random
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (random >> 33) % below
    };
    loop {
        let mut following = scene.following();
        let mut idle = false;
        for _ in 0..=next(6) {
            idle = following.step().await.unwrap();
        }
        match next(4) {
            0 | 1 => following.save(),
            2 => scene.lose_state(),
            _ => {}
        }
        drop(following);
        if next(3) == 0 {
            scene.close();
            scene.open();
        }
        if idle {
            break;
        }
    }
    assert_eq!(scene.changes(), expected);
    assert_eq!(from_the_beginning(&scene), expected, "flags cause no flags");
    // Read again, with the state, without, and with a damaged one.
    follow(&scene).await;
    scene.damage_state();
    follow(&scene).await;
    scene.lose_state();
    follow(&scene).await;
    assert_eq!(scene.changes(), expected);
}
