//! Servers with right keys that do everything wrong, against the running program: its files,
//! descriptors, threads and memory stay inside the envelope of its work with honest ones.
//!
//! Its system calls do, too: the kernel ends a network process at any call that is not on the
//! list (`confinement.rs` shows that), so one that lives has made none.
#![allow(clippy::unwrap_used, clippy::disallowed_methods, missing_docs)]

mod common;

use common::World;
use common::anchor::Manner;
use common::collector::Mood;
use std::collections::BTreeSet;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::Ordering;
use std::time::Duration;

/// How much more memory hostile servers may cost than honest ones did: KiB of the peak, of which
/// most is what the C library keeps for reuse.
const MEMORY_KIB: u64 = 1024;
/// Junk of strangers costs nothing: what may differ is what a session under way holds at one
/// reading and not at the other.
const FLOOD_KIB: u64 = 128;

fn field(pid: u32, name: &str) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix(name));
    let value = line.unwrap().trim_start_matches(':').split_whitespace();
    value.into_iter().next().unwrap().parse().unwrap()
}

/// Memory of its own (heap and stack), KiB: counted page by page, where the kernel's peak is rounded
/// to as much as 128 KiB for each processor.
fn anonymous(pid: u32) -> u64 {
    let rollup = std::fs::read_to_string(format!("/proc/{pid}/smaps_rollup")).unwrap();
    let line = rollup
        .lines()
        .find_map(|line| line.strip_prefix("Anonymous:"));
    line.unwrap()
        .split_whitespace()
        .next()
        .unwrap()
        .parse()
        .unwrap()
}

/// What a process has open, as far as this user may see, but for a file of its state that it
/// reads or writes right now.
fn descriptors(pid: u32) -> BTreeSet<String> {
    let entries = std::fs::read_dir(format!("/proc/{pid}/fd"));
    if entries.is_err() {
        println!("SKIPPED: the descriptors of a process that cannot be dumped are shown to root");
    }
    let targets = entries.into_iter().flatten().flatten();
    targets
        .filter_map(|entry| std::fs::read_link(entry.path()).ok())
        .map(|target| target.to_string_lossy().into_owned())
        .filter(|target| !target.contains("/state") || target.ends_with("/state/lock"))
        .collect()
}

/// The names of the files under a folder, with reports that wait counted as one name.
fn names(folder: &Path) -> BTreeSet<String> {
    let mut all = BTreeSet::new();
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        let name = entry.file_name().into_string().unwrap();
        match entry.path().is_dir() {
            true => all.extend(
                names(&entry.path())
                    .into_iter()
                    .map(|file| format!("{name}/{file}")),
            ),
            false if name.ends_with(".tmp") => {}
            false if name.ends_with(".report") => drop(all.insert("N.report".into())),
            false => drop(all.insert(name)),
        }
    }
    all
}

fn udp_port(pid: u32) -> u16 {
    let sockets = descriptors(pid);
    let table = std::fs::read_to_string(format!("/proc/{pid}/net/udp")).unwrap();
    let ours = table.lines().skip(1).find(|line| {
        let inode = line.split_whitespace().nth(9).unwrap();
        sockets.contains(&format!("socket:[{inode}]"))
    });
    let local = ours.unwrap().split_whitespace().nth(1).unwrap();
    u16::from_str_radix(local.split_once(':').unwrap().1, 16).unwrap()
}

struct Service {
    child: Child,
    network: u32,
}

impl Service {
    async fn start(world: &World) -> Self {
        let child = Command::new(env!("CARGO_BIN_EXE_domiciled"))
            .arg("--config")
            .arg(world.config_file())
            .arg("run")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let network = common::process::network(&child).await;
        Self { child, network }
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        common::process::signal(self.child.id(), "-TERM");
        let _ = self.child.wait();
    }
}

#[tokio::test]
async fn hostile_servers_change_neither_files_nor_descriptors_nor_memory() {
    let world = World::enrolled(&[Manner::Honest; 4]).await;
    let service = Service::start(&world).await;
    let network = service.network;
    for _ in 0..4 {
        world.collector.report_arrived().await;
    }
    let folder = world.state();
    let mut files = names(folder.root());
    files.insert("spool/N.report".into());
    let open = descriptors(network);
    let honest_kib = field(network, "VmHWM");
    let check = |what: &str| {
        assert_eq!(
            field(network, "Seccomp"),
            2,
            "{what}: it lives, behind its filter"
        );
        assert_eq!(field(network, "Threads"), 1, "{what}");
        assert_eq!(descriptors(network), open, "{what}");
        let now = names(folder.root());
        let more: Vec<_> = now.difference(&files).collect();
        assert!(more.is_empty(), "{what}: {more:?}");
        let grown = field(network, "VmHWM").saturating_sub(honest_kib);
        assert!(
            grown <= MEMORY_KIB,
            "{what}: {grown} KiB more than with honest servers"
        );
    };
    for manner in [
        Manner::Oversized,
        Manner::RandomBytes,
        Manner::Mutates,
        Manner::Endless,
        Manner::Replays,
        Manner::Reorders,
        Manner::Floods,
        Manner::SlowDrip,
    ] {
        for anchor in &world.anchors {
            anchor.set(manner);
        }
        let visits = world.anchors[0].visits.load(Ordering::Relaxed);
        while world.anchors[0].visits.load(Ordering::Relaxed) < visits + 2 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        check(&format!("{manner:?}"));
    }
    for mood in [
        Mood::Oversized,
        Mood::RandomBytes,
        Mood::Mutates,
        Mood::Endless,
        Mood::Replays,
        Mood::OtherReply,
        Mood::Truncated,
        Mood::SlowDrip,
    ] {
        world.collector.set(mood);
        let connections = world.collector.kept().connections;
        while world.collector.kept().connections < connections + 2 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        check(&format!("{mood:?}"));
    }
    let grown = field(network, "VmHWM").saturating_sub(honest_kib);
    println!("peak memory: honest {honest_kib} KiB, after hostile servers {grown} KiB more");
}

#[tokio::test]
async fn a_hundred_thousand_datagrams_of_a_stranger_cost_no_memory() {
    let world = World::enrolled(&[Manner::Honest; 4]).await;
    let service = Service::start(&world).await;
    for _ in 0..2 {
        world.collector.report_arrived().await;
    }
    if descriptors(service.network).is_empty() {
        return;
    }
    let port = udp_port(service.network);
    let before = anonymous(service.network);
    let stranger = tokio::net::UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let packets: Vec<Vec<u8>> = (0..100u8).map(|seed| vec![seed | 0x40; 1200]).collect();
    for round in 0..1000 {
        for packet in &packets {
            let _ = stranger.send_to(packet, ("127.0.0.1", port)).await;
        }
        if round % 50 == 0 {
            tokio::task::yield_now().await;
        }
    }
    // It still works.
    world.collector.report_arrived().await;
    let grown = anonymous(service.network).saturating_sub(before);
    println!("own memory: {before} KiB before the flood, {grown} KiB more after it");
    assert!(grown <= FLOOD_KIB, "{grown} KiB more after a flood");
}
