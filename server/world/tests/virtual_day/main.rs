//! A day of the agent in virtual time: the whole agent, eight real anchors and a collector on a network in memory,
//! a sign of life every five minutes, ranging every hour. Its traffic is counted at its socket, its memory by the
//! allocator; a day of failures leaves it where a quiet one does.
#![allow(clippy::unwrap_used, unreachable_pub)]

mod collector;
mod counted;
mod scene;

use counted::Traffic;
use scene::{HOUR, Scene, Trouble};
use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};
use std::alloc::System;
use std::sync::{Mutex, PoisonError};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// What the agent may send and receive in a day, UDP and IPv4 headers counted.
const TRAFFIC: u64 = 5_000_000;
/// How far the bytes in use may rise from one hour to a later one, servers' included: tables of theirs and the
/// allocator's rounding, not a byte for each session.
const GROWTH: usize = 64 * 1024;

/// One at a time: the allocator counts what all threads of this process have.
static ALONE: Mutex<()> = Mutex::new(());

/// Runs a test alone, in virtual time.
fn alone(test: impl Future<Output = ()>) {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = runtime.enable_all().start_paused(true).build().unwrap();
    runtime.block_on(test);
}

/// Bytes in use by everything in this process.
fn in_use() -> usize {
    let stats = ALLOCATOR.stats();
    stats.bytes_allocated - stats.bytes_deallocated
}

/// Lets an hour pass, and a little more, so that no session is under way.
async fn readings(scene: &mut Scene, hours: u32) -> Vec<(usize, usize, u64)> {
    let mut all = Vec::new();
    for _ in 0..hours {
        tokio::time::sleep(HOUR).await;
        scene.quiet().await;
        let (files, bytes) = scene.state_folder();
        all.push((in_use(), files, bytes));
        let (hour, memory) = (all.len(), in_use());
        println!("hour {hour}: {memory} bytes in use, {files} files of {bytes} bytes");
    }
    all
}

#[test]
fn a_day_costs_little_traffic_and_leaves_no_more_than_an_hour() {
    alone(quiet_day());
}

#[test]
fn a_day_of_failures_is_survived_and_leaves_nothing_behind() {
    alone(day_of_failures());
}

async fn quiet_day() {
    let mut scene = Scene::start(Trouble::None).await;
    scene.run();
    let readings = readings(&mut scene, 24).await;
    let Traffic {
        sent,
        received,
        packets,
    } = scene.traffic();
    let kept = scene.kept();
    println!(
        "a day: {} reports, {} signs of life, {packets} packets, {sent} bytes sent, {received} received, {} in all",
        kept.reports,
        kept.liveness,
        sent + received
    );
    assert!(
        (22..=27).contains(&kept.reports),
        "{} reports",
        kept.reports
    );
    assert!(
        (260..=320).contains(&kept.liveness),
        "{} signs of life",
        kept.liveness
    );
    assert_eq!(kept.anchors_dropped, 0);
    assert!(sent + received <= TRAFFIC, "{} bytes", sent + received);
    no_growth(&readings);
}

async fn day_of_failures() {
    let mut scene = Scene::start(Trouble::Everything).await;
    scene.run();
    let readings = readings(&mut scene, 24).await;
    // The last hours are quiet: what waited has been delivered, and the chain has no hole.
    let kept = scene.kept();
    println!(
        "{} reports, {} anchors dropped",
        kept.reports, kept.anchors_dropped
    );
    assert!(kept.reports >= 15, "{} reports", kept.reports);
    assert!(kept.anchors_dropped > 0, "the failures were felt");
    assert!(scene.disk_refused() > 0, "the disk was full for a while");
    assert_eq!(scene.waiting(), 0, "nothing waits");
    assert_eq!(kept.gaps, 0, "each report names the one before it");
    no_growth(&readings);
}

/// The second and the last quiet reading of memory, files and bytes are of one size.
fn no_growth(readings: &[(usize, usize, u64)]) {
    let (early, late) = (readings[2], readings[readings.len() - 1]);
    assert!(
        late.0 <= early.0 + GROWTH,
        "{} then {} bytes in use",
        early.0,
        late.0
    );
    assert!(late.1 <= early.1, "{} then {} files", early.1, late.1);
    assert!(
        late.2 <= early.2 + 1024,
        "{} then {} bytes of files",
        early.2,
        late.2
    );
}
