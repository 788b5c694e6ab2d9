//! The log's bars, measured in one run, each beside what it must be; ends with 1 if one is missed.
//!
//! `cargo bench -p domicile-ledger --bench bars`. `LEDGER_BENCH_DIR` chooses the disk (default: the
//! system's temporary directory), `LEDGER_BENCH_RECORDS` the size of the log that is opened (default
//! ten million records of 64 bytes: 1.7 GB).
#![allow(clippy::unwrap_used)]

use domicile_ledger::tiles::Tiles;
use domicile_ledger::{
    Head, Kind, Log, NewEntry, Options, RECORD_HEADER_LEN, encode_record, verify_inclusion,
};
use ring::signature::Ed25519KeyPair;
use std::fs::{self, OpenOptions};
use std::hint::black_box;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, Instant};
use tempfile::TempDir;

const ORIGIN: &str = "log.example.com/bars";
const BATCH: usize = 256;
const ROUNDS: usize = 300;

fn directory() -> TempDir {
    let parent =
        std::env::var_os("LEDGER_BENCH_DIR").unwrap_or_else(|| std::env::temp_dir().into());
    tempfile::tempdir_in(parent).unwrap()
}

fn batch(count: usize, payload: usize) -> Vec<NewEntry> {
    let entry = |n: usize| NewEntry {
        kind: Kind::Evidence,
        time_ms: 1_700_000_000_000,
        salt: [u8::try_from(n % 256).unwrap(); 32],
        payload: (0..payload)
            .map(|i| u8::try_from((i * 31 + n) % 256).unwrap())
            .collect(),
    };
    (0..count).map(entry).collect()
}

fn open(dir: &Path) -> Log {
    Log::open(dir, ORIGIN, &Options::default(), |_, _| ())
        .unwrap()
        .0
}

fn key() -> Ed25519KeyPair {
    Ed25519KeyPair::from_seed_unchecked(&[7; 32]).unwrap()
}

/// A bar: what was measured, and whether it is met.
struct Bar {
    name: &'static str,
    measured: String,
    wanted: &'static str,
    is_met: bool,
}

#[allow(clippy::cast_precision_loss)] // for people
fn ratio(part: u64, whole: u64) -> f64 {
    part as f64 / whole as f64
}

/// Raw and durable appends of the same bytes take turns, so that both meet the same disk.
fn append() -> Bar {
    let dir = directory();
    let batch = batch(BATCH, 1500);
    let file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(dir.path().join("raw"))
        .unwrap();
    let mut bytes = Vec::new();
    for (n, entry) in (0..).zip(&batch) {
        encode_record(&mut bytes, 1, n.into(), n, entry);
    }
    assert_eq!(bytes.len(), BATCH * (RECORD_HEADER_LEN + 1500));
    let (mut log, key) = (open(&dir.path().join("log")), key());
    let (mut raw, mut durable, mut end) = (Duration::ZERO, Duration::ZERO, 0);
    for _ in 0..ROUNDS {
        let begun = Instant::now();
        file.write_all_at(&bytes, end).unwrap();
        file.sync_data().unwrap();
        end += bytes.len() as u64;
        raw += begun.elapsed();
        let begun = Instant::now();
        log.append(&batch).unwrap();
        log.sign_head(&key).unwrap();
        durable += begun.elapsed();
    }
    let share = raw.as_secs_f64() / durable.as_secs_f64();
    let records = u64::try_from(BATCH * ROUNDS).unwrap();
    let rate = |time: Duration| ratio(records, 1) / time.as_secs_f64();
    Bar {
        name: "durable append with checkpoint, share of raw append + fdatasync",
        measured: format!(
            "{:.1} % ({:.0} of {:.0} records/s)",
            share * 100.0,
            rate(durable),
            rate(raw)
        ),
        wanted: "≥ 35 %",
        is_met: share >= 0.35,
    }
}

fn wanted_records() -> u64 {
    std::env::var("LEDGER_BENCH_RECORDS").map_or(10_000_000, |count| count.parse().unwrap())
}

/// Opens a large log that was closed in order, and checks proofs in it.
fn large() -> [Bar; 2] {
    let dir = directory();
    let mut log = open(dir.path());
    let batch = batch(20_000, 64);
    while log.size() < wanted_records() {
        log.append(&batch).unwrap();
    }
    log.sign_head(&key()).unwrap();
    log.close().unwrap();
    let begun = Instant::now();
    let log = open(dir.path());
    let opened = begun.elapsed();
    let (size, root) = (log.size(), log.root());
    let proofs: Vec<_> = (0..1000)
        .map(|n| {
            let index = n * 7_919_777 % size;
            (
                index,
                log.inclusion(index, size).unwrap().hashes,
                log.leaf_hash(index).unwrap(),
            )
        })
        .collect();
    let begun = Instant::now();
    for _ in 0..10 {
        for (index, hashes, leaf) in &proofs {
            verify_inclusion(black_box(leaf), *index, hashes, size, &root).unwrap();
        }
    }
    let each = begun.elapsed() / 10_000;
    [
        Bar {
            name: "opening a log that was closed in order",
            measured: format!("{:.3} s ({size} records)", opened.as_secs_f64()),
            wanted: "≤ 1 s",
            is_met: opened <= Duration::from_secs(1),
        },
        Bar {
            name: "checking a proof of inclusion in it",
            measured: format!("{:.2} µs", each.as_secs_f64() * 1e6),
            wanted: "≤ 10 µs",
            is_met: each <= Duration::from_micros(10),
        },
    ]
}

/// All bytes of a log's folder, tiles included, for each byte of payload.
fn stored() -> Bar {
    let dir = directory();
    let mut log = open(dir.path());
    let batch = batch(BATCH, 3000);
    for _ in 0..100 {
        log.append(&batch).unwrap();
    }
    let head: Head = log.sign_head(&key()).unwrap();
    let mut tiles = Tiles::open(&log).unwrap();
    tiles
        .extend(log.leaves(0, log.size()).unwrap(), &head, &mut |_, _| ())
        .unwrap();
    let payload = log.size() * 3000;
    log.close().unwrap();
    let share = ratio(folder_bytes(dir.path()), payload);
    Bar {
        name: "stored bytes for each byte of payload (3,000 bytes a record)",
        measured: format!("{share:.3}"),
        wanted: "≤ 1.15",
        is_met: share <= 1.15,
    }
}

fn folder_bytes(folder: &Path) -> u64 {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap());
    entries
        .map(|entry| match entry.file_type().unwrap().is_dir() {
            true => folder_bytes(&entry.path()),
            false => entry.metadata().unwrap().len(),
        })
        .sum()
}

fn main() -> ExitCode {
    // `cargo test --benches` only wants to know that it builds.
    if std::env::args().any(|argument| argument == "--test") {
        return ExitCode::SUCCESS;
    }
    let [opening, proof] = large();
    let bars = [append(), proof, opening, stored()];
    for bar in &bars {
        let word = if bar.is_met { "met" } else { "MISSED" };
        println!("{word:6} {} {}: {}", bar.wanted, bar.name, bar.measured);
    }
    match bars.iter().all(|bar| bar.is_met) {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    }
}
