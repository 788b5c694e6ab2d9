//! Durable append beside the raw write and `fdatasync` of the same bytes, and checking proofs.
//!
//! Both write to a directory under `LEDGER_BENCH_DIR`, or the system's temporary directory: choose a
//! real disk. Throughput is in records.
#![allow(clippy::unwrap_used)]

use divan::counter::{BytesCount, ItemsCount};
use divan::{Bencher, black_box};
use domicile_ledger::{
    Kind, Log, NewEntry, Options, RECORD_HEADER_LEN, encode_record, verify_inclusion,
};
use ring::signature::Ed25519KeyPair;
use std::fs::{File, OpenOptions};
use std::os::unix::fs::FileExt;
use tempfile::TempDir;

const BATCH: usize = 256;
const PAYLOAD: usize = 1500;
const ORIGIN: &str = "log.example.com/bench";

fn main() {
    divan::main();
}

fn batch() -> Vec<NewEntry> {
    let entry = |n: usize| NewEntry {
        kind: Kind::Evidence,
        time_ms: 1_700_000_000_000,
        salt: [u8::try_from(n % 256).unwrap(); 32],
        payload: (0..PAYLOAD)
            .map(|i| u8::try_from((i * 31 + n) % 256).unwrap())
            .collect(),
    };
    (0..BATCH).map(entry).collect()
}

fn directory() -> TempDir {
    let parent =
        std::env::var_os("LEDGER_BENCH_DIR").unwrap_or_else(|| std::env::temp_dir().into());
    tempfile::tempdir_in(parent).unwrap()
}

fn open(dir: &TempDir) -> Log {
    Log::open(dir.path(), ORIGIN, &Options::default(), |_, _| ())
        .unwrap()
        .0
}

/// The bar: what the disk can do.
#[divan::bench(sample_count = 300, sample_size = 1)]
fn raw_append_and_fdatasync(bencher: Bencher<'_, '_>) {
    let dir = directory();
    let path = dir.path().join("raw");
    let file: File = OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(path)
        .unwrap();
    let mut bytes = Vec::new();
    for (n, entry) in (0..).zip(batch()) {
        encode_record(&mut bytes, 1, n.into(), n, &entry);
    }
    assert_eq!(bytes.len(), BATCH * (RECORD_HEADER_LEN + PAYLOAD));
    let mut end = 0;
    bencher.counter(ItemsCount::new(BATCH)).bench_local(|| {
        file.write_all_at(&bytes, end).unwrap();
        file.sync_data().unwrap();
        end += bytes.len() as u64;
    });
}

#[divan::bench(sample_count = 300, sample_size = 1)]
fn durable_append(bencher: Bencher<'_, '_>) {
    let dir = directory();
    let mut log = open(&dir);
    let batch = batch();
    bencher
        .counter(ItemsCount::new(BATCH))
        .bench_local(|| log.append(&batch).unwrap());
}

#[divan::bench(sample_count = 300, sample_size = 1)]
fn durable_append_with_checkpoint(bencher: Bencher<'_, '_>) {
    let dir = directory();
    let mut log = open(&dir);
    let batch = batch();
    let key = Ed25519KeyPair::from_seed_unchecked(&[7; 32]).unwrap();
    bencher.counter(ItemsCount::new(BATCH)).bench_local(|| {
        log.append(&batch).unwrap();
        log.sign_head(&key).unwrap()
    });
}

/// A log of 25,600 records, for reading.
fn filled(dir: &TempDir) -> Log {
    let mut log = open(dir);
    let batch = batch();
    for _ in 0..100 {
        log.append(&batch).unwrap();
    }
    log
}

#[divan::bench]
fn verify_inclusion_proof(bencher: Bencher<'_, '_>) {
    let dir = directory();
    let log = filled(&dir);
    let (size, root) = (log.size(), log.root());
    let proof = log.inclusion(12_345, size).unwrap();
    let leaf = log.leaf_hash(12_345).unwrap();
    bencher.bench_local(|| {
        verify_inclusion(black_box(&leaf), 12_345, &proof.hashes, size, &root).unwrap();
    });
}

#[divan::bench]
fn make_inclusion_proof(bencher: Bencher<'_, '_>) {
    let dir = directory();
    let log = filled(&dir);
    bencher.bench_local(|| log.inclusion(black_box(12_345), log.size()).unwrap());
}

#[divan::bench]
fn read_record(bencher: Bencher<'_, '_>) {
    let dir = directory();
    let log = filled(&dir);
    let mut index = 0;
    bencher.counter(BytesCount::new(PAYLOAD)).bench_local(|| {
        index = (index + 7919) % log.size();
        log.read(black_box(index)).unwrap()
    });
}

#[divan::bench(sample_count = 20, sample_size = 1)]
fn verify_whole_log(bencher: Bencher<'_, '_>) {
    let dir = directory();
    let log = filled(&dir);
    bencher
        .counter(ItemsCount::new(log.size()))
        .bench_local(|| log.verify(None, |_, _| ()).unwrap());
}

#[divan::bench(sample_count = 20, sample_size = 1)]
fn open_closed_log(bencher: Bencher<'_, '_>) {
    let dir = directory();
    let log = filled(&dir);
    let size = log.size();
    log.close().unwrap();
    bencher
        .counter(ItemsCount::new(size))
        .bench_local(|| open(&dir));
}
