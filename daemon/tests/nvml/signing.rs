//! What GPUs sign: bound to the session, seldom, and never again after a failure.

use super::{HONEST, start, wait};
use crate::common::{self, World, nvml, process};
use domicile_daemon::device::attest::interlock;
use domicile_daemon::disk::RealDisk;
use domicile_proto::device_nonce::device_nonce;
use domicile_proto::devices::chain_hash;
use domicile_proto::sign::sha256;
use domicile_proto::types::Key;
use domicile_proto::wire::{CcState, DeviceReading, Evidence};
use std::path::PathBuf;

const DAY_MS: i64 = 24 * 3_600_000;

/// A world whose host has the stand-in's two GPUs. Gives the file that counts their calls, too.
async fn world(kind: &str) -> (World, PathBuf) {
    let mut world = World::enrolled(&HONEST).await;
    let folder = world.config.device_state_dir();
    interlock::prepare(&folder).unwrap();
    let calls = folder.join("calls");
    let kind = format!("{kind} CALLS=\"{}\"", calls.display());
    nvml::build(world.config.nvml_library.parent().unwrap(), &kind);
    nvml::put_on_bus(&world.config.sysfs);
    world.config.attest_in_cc_mode = true;
    (world, calls)
}

fn arm(world: &World) {
    interlock::arm(&RealDisk, &world.config.device_state_dir()).unwrap();
}

/// One session of a new process.
async fn session(world: &World) -> Evidence {
    world.agent().unwrap().session().await.unwrap();
    common::report(world.collector.kept().received.last().unwrap())
}

/// The nonce that the session of this evidence gives its devices.
fn nonce(evidence: &Evidence) -> [u8; 32] {
    let key = Key::read("agent_key", &evidence.agent_key).unwrap();
    let transcripts = evidence.rangings.iter();
    let hashes = transcripts.map(|ranging| sha256(&ranging.transcript));
    device_nonce(&key, &evidence.nonce, hashes)
}

#[tokio::test]
async fn each_gpu_signs_this_sessions_nonce_and_its_chain_travels_until_it_is_acknowledged() {
    let (world, calls) = world("").await;
    arm(&world);
    let first = session(&world).await;
    assert_eq!(first.device_reading(), DeviceReading::Complete);
    assert_eq!(first.rangings.len(), 4);
    assert_eq!(first.device_reports.len(), 2);
    for report in &first.device_reports {
        assert_eq!(report.report[4..36], nonce(&first));
        assert_eq!(report.chain.len(), 5);
        assert_eq!(report.chain_hash, chain_hash(&report.chain).0);
    }
    assert_eq!(nvml::calls(&calls), 2);
    // Within the day nobody is asked.
    let second = session(&world).await;
    assert_eq!(second.device_reading(), DeviceReading::Complete);
    assert!(second.device_reports.is_empty());
    assert_eq!(nvml::calls(&calls), 2);
    // The next day: another nonce, the same chains by name.
    world.clock.move_by(DAY_MS);
    let third = session(&world).await;
    assert_eq!(third.device_reports.len(), 2);
    for (now, before) in third.device_reports.iter().zip(&first.device_reports) {
        assert_eq!(now.report[4..36], nonce(&third));
        assert!(now.chain.is_empty());
        assert_eq!(now.chain_hash, before.chain_hash);
    }
    assert_ne!(nonce(&third), nonce(&first));
}

#[tokio::test]
async fn a_chain_that_nobody_acknowledged_travels_again() {
    let (world, _) = world("").await;
    arm(&world);
    session(&world).await;
    std::fs::remove_file(world.state().device_chains()).unwrap();
    world.clock.move_by(DAY_MS);
    let again = session(&world).await;
    assert!(
        again
            .device_reports
            .iter()
            .all(|report| report.chain.len() == 5)
    );
}

#[tokio::test]
async fn in_cc_mode_nothing_is_asked_by_default() {
    let (mut world, calls) = world("").await;
    arm(&world);
    world.config.attest_in_cc_mode = false;
    let evidence = session(&world).await;
    assert!(evidence.device_reports.is_empty());
    assert_eq!(evidence.inventory.unwrap().cc(), CcState::On);
    assert_eq!(nvml::calls(&calls), 0);
}

#[tokio::test]
async fn modes_that_only_newer_functions_tell_count_as_on() {
    for (kind, state) in [("LINKS", CcState::On), ("DEBUG", CcState::Debug)] {
        let (world, calls) = world(kind).await;
        let evidence = session(&world).await;
        assert_eq!(evidence.inventory.unwrap().cc(), state, "{kind}");
        assert_eq!(nvml::calls(&calls), 0, "{kind}: not armed");
    }
    let (world, calls) = world("CC_OFF").await;
    let evidence = session(&world).await;
    assert_eq!(evidence.inventory.unwrap().cc(), CcState::Off);
    assert_eq!((evidence.device_reports.len(), nvml::calls(&calls)), (2, 2));
}

/// The rule that an agent which harms a GPU is worse than no agent.
#[tokio::test]
async fn after_a_gpus_failure_there_is_no_further_call_over_sessions_days_and_restarts() {
    for kind in ["FAILS", "EMPTY", "BROKEN_CHAIN", "HOSTILE"] {
        let (world, calls) = world(kind).await;
        arm(&world);
        let evidence = session(&world).await;
        assert_eq!(evidence.device_reading(), DeviceReading::Complete);
        let after_first = nvml::calls(&calls);
        for _ in 0..5 {
            world.clock.move_by(DAY_MS);
            let evidence = session(&world).await;
            assert_eq!(evidence.device_reading(), DeviceReading::Complete, "{kind}");
            assert!(evidence.device_reports.is_empty(), "{kind}");
        }
        assert_eq!(nvml::calls(&calls), after_first, "{kind}");
        // HOSTILE's GPUs have no names that may travel, so none is asked at all.
        let record = interlock::look(&world.config.device_state_dir()).unwrap();
        let expected = match kind {
            "FAILS" => (2, Some("GPU-66666666-7777-8888-9999-000000000000")),
            "EMPTY" => (1, Some("GPU-11111111-2222-3333-4444-555555555555")),
            "BROKEN_CHAIN" => (0, Some("GPU-11111111-2222-3333-4444-555555555555")),
            _ => (0, None),
        };
        assert_eq!(
            (after_first, record.unfinished.as_deref()),
            expected,
            "{kind}"
        );
    }
}

#[tokio::test]
async fn what_the_first_gpu_signed_before_the_second_failed_is_kept() {
    let (world, _) = world("FAILS").await;
    arm(&world);
    let evidence = session(&world).await;
    assert_eq!(evidence.device_reports.len(), 1);
    assert_eq!(evidence.device_reports[0].report[4..36], nonce(&evidence));
}

/// With the real processes, shut in, and killed and started again.
#[tokio::test]
async fn a_call_that_hangs_delays_no_report_and_is_never_made_again() {
    let (world, calls) = world("HANGS_REPORT").await;
    arm(&world);
    let config = world.config_file();
    let mut service = start(&config, "run");
    world.collector.report_arrived().await;
    let stuck = process::readers(&service);
    assert_eq!(stuck.len(), 1, "it is waited for");
    let reported = common::report(&world.collector.kept().received[0]);
    assert_eq!(reported.device_reading(), DeviceReading::TimedOut);
    assert_eq!(reported.inventory, None);
    assert_eq!(nvml::calls(&calls), 1);
    // The machine goes down with the call in it.
    process::signal(service.id(), "-TERM");
    process::signal(service.id(), "-TERM");
    wait(|| {
        process::signal(service.id(), "-TERM");
        service.try_wait().unwrap().is_some()
    })
    .await;
    process::signal(stuck[0], "-KILL");
    for _ in 0..2 {
        let mut once = start(&config, "once");
        wait(|| once.try_wait().unwrap().is_some()).await;
        assert!(once.wait().unwrap().success());
        let received = world.collector.kept().received.clone();
        let reported = common::report(received.last().unwrap());
        assert_eq!(reported.device_reading(), DeviceReading::Complete);
        assert!(reported.device_reports.is_empty());
    }
    assert_eq!(nvml::calls(&calls), 1);
}

#[tokio::test]
async fn a_confined_device_process_brings_what_the_gpus_signed() {
    let (world, calls) = world("").await;
    arm(&world);
    let mut once = start(&world.config_file(), "once");
    wait(|| once.try_wait().unwrap().is_some()).await;
    assert!(once.wait().unwrap().success());
    let reported = common::report(&world.collector.kept().received[0]);
    assert_eq!(reported.device_reports.len(), 2);
    assert_eq!(reported.device_reports[0].report[4..36], nonce(&reported));
    assert_eq!(nvml::calls(&calls), 2);
    // Showing and enrolling ask no GPU.
    let mut shown = start(&world.config_file(), "show");
    wait(|| shown.try_wait().unwrap().is_some()).await;
    assert!(shown.wait().unwrap().success());
    assert_eq!(nvml::calls(&calls), 2);
}
