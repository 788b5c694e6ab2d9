//! The running program against servers with right keys that do everything wrong, for as long as
//! one likes: every second its memory, descriptors, threads, files and calls are written down, and
//! nothing may grow.
//!
//! `DOMICILE_SOAK_MINUTES=30 cargo test -p domicile-daemon --test soak -- --nocapture`; without
//! the variable it takes twenty seconds. `DOMICILE_SOAK_PROGRAM` names another `domiciled`, such as the
//! one that ships. Shares of memory (PSS) and descriptors are shown to root.
#![allow(clippy::unwrap_used, clippy::disallowed_methods, missing_docs)]

mod common;

use common::World;
use common::anchor::Manner;
use common::collector::Mood;
use domicile_proto::wire::StatusCode;
use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

const SHORT: Duration = Duration::from_secs(20);
/// How long servers behave one way before they behave another.
const TURN: Duration = Duration::from_secs(4);
/// What may lie between the highest reading of one half of the run and of the other.
const GROWTH_KIB: u64 = 128;

const MANNERS: [Manner; 15] = [
    Manner::Oversized,
    Manner::RandomBytes,
    Manner::Mutates,
    Manner::Endless,
    Manner::Replays,
    Manner::Reorders,
    Manner::Floods,
    Manner::SlowDrip,
    Manner::Truncated,
    Manner::Silent,
    Manner::Talks,
    Manner::NoPings,
    Manner::InventsPong,
    Manner::ForgedReceipt,
    Manner::ReceiptShortens,
];
const MOODS: [Mood; 15] = [
    Mood::Oversized,
    Mood::RandomBytes,
    Mood::Mutates,
    Mood::Endless,
    Mood::Replays,
    Mood::OtherReply,
    Mood::Truncated,
    Mood::SlowDrip,
    Mood::Talks,
    Mood::ForgedReceipt,
    Mood::BadHead,
    Mood::Withholds,
    Mood::Away,
    Mood::Closed,
    Mood::Everything(StatusCode::Busy),
];

/// What is written down every second: of the supervisor and the network process together, but
/// for what names one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Sample {
    seconds: u64,
    /// KiB; 0 where it is not shown.
    pss: u64,
    rss: u64,
    descriptors: u64,
    threads: u64,
    files: u64,
    file_bytes: u64,
    /// read and write calls so far; the kernel counts those of each process.
    calls: u64,
    /// Hundredths of a second of CPU so far.
    cpu: u64,
}

impl Sample {
    fn take(seconds: u64, processes: &[u32], state: &Path) -> Self {
        let mut sample = Self {
            seconds,
            ..Self::default()
        };
        for pid in processes {
            let read = |file: &str| std::fs::read_to_string(format!("/proc/{pid}/{file}")).ok();
            let status = read("status").expect("it lives");
            sample.pss += value(&read("smaps_rollup").unwrap_or_default(), "Pss:");
            sample.rss += value(&status, "VmRSS:");
            sample.threads += value(&status, "Threads:");
            let io = read("io").unwrap_or_default();
            sample.calls += value(&io, "syscr:") + value(&io, "syscw:");
            let stat = read("stat").unwrap();
            let (_, rest) = stat.rsplit_once(')').unwrap();
            let fields: Vec<&str> = rest.split_whitespace().collect();
            sample.cpu += fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap();
            let open = std::fs::read_dir(format!("/proc/{pid}/fd"));
            sample.descriptors += open.map_or(0, |open| open.count() as u64);
        }
        (sample.files, sample.file_bytes) = weigh(state);
        sample
    }
}

fn value(text: &str, name: &str) -> u64 {
    let line = text.lines().find_map(|line| line.strip_prefix(name));
    line.and_then(|rest| rest.split_whitespace().next()?.parse().ok())
        .unwrap_or(0)
}

/// Files and bytes under a folder.
fn weigh(folder: &Path) -> (u64, u64) {
    let mut all = (0, 0);
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let (files, bytes) = match entry.path().is_dir() {
            true => weigh(&entry.path()),
            false => (1, entry.metadata().map_or(0, |meta| meta.len())),
        };
        all = (all.0 + files, all.1 + bytes);
    }
    all
}

struct Service(Child);

impl Drop for Service {
    fn drop(&mut self) {
        common::process::signal(self.0.id(), "-TERM");
        let _ = self.0.wait();
    }
}

/// What the servers do in one turn: anchors, then the collector, then both, then nobody is
/// hostile, so that what waits is delivered.
fn behave(world: &World, turn: usize) -> String {
    let (manner, mood) = match turn % 4 {
        0 => (MANNERS[turn / 4 % MANNERS.len()], Mood::Good),
        1 => (Manner::Honest, MOODS[turn / 4 % MOODS.len()]),
        2 => (
            MANNERS[turn / 4 % MANNERS.len()],
            MOODS[(turn / 4 + 7) % MOODS.len()],
        ),
        _ => (Manner::Honest, Mood::Good),
    };
    for anchor in &world.anchors {
        anchor.set(manner);
    }
    world.collector.set(mood);
    format!("{manner:?} {mood:?}")
}

#[tokio::test]
async fn nothing_grows_under_hostile_servers() {
    let minutes = std::env::var("DOMICILE_SOAK_MINUTES").map(|text| text.parse::<f64>().unwrap());
    let whole = minutes.map_or(SHORT, |minutes| Duration::from_secs_f64(minutes * 60.0));
    let turn = TURN.min(whole / 20);
    let world = World::enrolled(&[Manner::Honest; 4]).await;
    let log = world.folder.path().join("log");
    let program = std::env::var_os("DOMICILE_SOAK_PROGRAM");
    let child = Command::new(program.unwrap_or_else(|| env!("CARGO_BIN_EXE_domiciled").into()))
        .arg("--config")
        .arg(world.config_file())
        .arg("run")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(std::fs::File::create(&log).unwrap())
        .spawn()
        .unwrap();
    let network = common::process::network(&child).await;
    let service = Service(child);
    let processes = [service.0.id(), network];
    for _ in 0..4 {
        world.collector.report_arrived().await;
    }

    let start = Instant::now();
    let mut samples = Vec::new();
    let mut readers = BTreeMap::new();
    let mut behaviour = String::new();
    let mut next = 0;
    println!("load average at the start: {}", load());
    while start.elapsed() < whole {
        let due = start.elapsed().as_secs_f64() / turn.as_secs_f64();
        while f64::from(u32::try_from(next).unwrap()) <= due {
            behaviour = behave(&world, next);
            next += 1;
        }
        let sample = Sample::take(start.elapsed().as_secs(), &processes, world.state().root());
        if sample.seconds.is_multiple_of(60) || whole == SHORT {
            println!("{sample:?} {behaviour}");
        }
        samples.push(sample);
        for reader in common::process::readers(&service.0) {
            *readers.entry(reader).or_insert(0u32) += 1;
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    // Everybody honest again: what waits goes out, and the agent works as at first.
    behave(&world, 3);
    while world.collector.kept().index.len() < 4 || !spool_is_empty(&world) {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    print_table(&samples);
    println!("load average at the end: {}", load());
    let log = std::fs::read_to_string(&log).unwrap();
    assert!(!log.contains("panicked"), "{log}");
    verdict(&samples);
}

fn load() -> String {
    let text = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split(' ').take(3).collect::<Vec<_>>().join(" ")
}

fn spool_is_empty(world: &World) -> bool {
    domicile_daemon::spool::look(&world.state().spool()).is_ok_and(|waiting| waiting.is_empty())
}

type Column = (&'static str, fn(&Sample) -> u64);

const COLUMNS: [Column; 6] = [
    ("PSS, KiB", |sample| sample.pss),
    ("RSS, KiB", |sample| sample.rss),
    ("descriptors", |sample| sample.descriptors),
    ("threads", |sample| sample.threads),
    ("files", |sample| sample.files),
    ("bytes of files", |sample| sample.file_bytes),
];

fn highest(samples: &[Sample], column: Column) -> u64 {
    samples.iter().map(column.1).max().unwrap_or(0)
}

fn print_table(samples: &[Sample]) {
    println!("| highest of each quarter | 1st | 2nd | 3rd | 4th |\n|---|---|---|---|---|");
    let quarters: Vec<&[Sample]> = samples.chunks(samples.len().div_ceil(4)).collect();
    for column in COLUMNS {
        let values = quarters
            .iter()
            .map(|quarter| highest(quarter, column).to_string());
        println!(
            "| {} | {} |",
            column.0,
            values.collect::<Vec<_>>().join(" | ")
        );
    }
    let rate = |value: fn(&Sample) -> u64| {
        quarters.iter().map(move |quarter| {
            let (first, last) = (quarter.first().unwrap(), quarter.last().unwrap());
            let seconds = (last.seconds - first.seconds).max(1);
            (value(last) - value(first)) * 60 / seconds
        })
    };
    for (name, value) in [
        (
            "read and write calls a minute",
            (|sample: &Sample| sample.calls) as fn(&Sample) -> u64,
        ),
        ("CPU, hundredths of a second a minute", |sample| sample.cpu),
    ] {
        let values = rate(value).map(|value| value.to_string());
        println!("| {name} | {} |", values.collect::<Vec<_>>().join(" | "));
    }
}

/// The second half of the run stays where the first was.
fn verdict(samples: &[Sample]) {
    let (first, second) = samples.split_at(samples.len() / 2);
    for (column, allowed) in [(COLUMNS[0], GROWTH_KIB), (COLUMNS[1], GROWTH_KIB)] {
        let (before, after) = (highest(first, column), highest(second, column));
        assert!(
            after <= before + allowed,
            "{}: {before}, then {after}",
            column.0
        );
    }
    // A file of state that is read or written right now may be open beside what always is.
    let least = samples
        .iter()
        .map(|sample| sample.descriptors)
        .min()
        .unwrap_or(0);
    assert!(highest(second, COLUMNS[2]) <= least + 2, "descriptors");
    assert!(
        samples.iter().all(|sample| sample.threads == 2),
        "one thread each"
    );
}
