//! What the integration tests share.
#![allow(dead_code, clippy::unwrap_used, clippy::cast_possible_truncation)]

use domicile_ledger::{Kind, Log, NewEntry, Options, Recovery, Spans};
use domicile_proto::codec;
use domicile_proto::wire::{ErasureCause, ErasureRecord};
use ring::signature::{Ed25519KeyPair, KeyPair};
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// Name of the logs under test.
pub(crate) const ORIGIN: &str = "log.example.com/test";

/// Small segments, so that every test crosses several.
pub(crate) const SMALL: Options = Options {
    segment_bytes: 4096,
};

/// A temporary directory in memory where there is one: most tests here are about logic, and open logs
/// thousands of times. Killing processes loses nothing there either.
pub(crate) fn scratch() -> TempDir {
    tempfile::tempdir_in("/dev/shm")
        .or_else(|_| tempfile::tempdir())
        .unwrap()
}

/// The `n`th entry: kind, time, salt and length of the payload all differ from its neighbours'.
pub(crate) fn entry(n: u64) -> NewEntry {
    let kind = Kind::ALL[n as usize % Kind::ALL.len()];
    let mut salt = [0; 32];
    salt[..8].copy_from_slice(&(n ^ 0x5a5a_5a5a).to_be_bytes());
    // Squares, so that no payload is a part of another.
    let byte = |i: u64| (i * i * 3 + i * 7 + n * 29) as u8;
    let payload = (0..(n * 37) % 211).map(byte).collect();
    NewEntry {
        kind,
        time_ms: 1_700_000_000_000 + n,
        salt,
        payload,
    }
}

/// Entries `from..to`.
pub(crate) fn entries(from: u64, to: u64) -> Vec<NewEntry> {
    (from..to).map(entry).collect()
}

/// An erasure of these records, as a collector would log it.
pub(crate) fn erasure(records: &Spans) -> NewEntry {
    let record = ErasureRecord {
        cause: ErasureCause::Order as i32,
        user: "A. Person".into(),
        reason: "article 17".into(),
        at_ms: 1_800_000_000_000,
        spans: records.encode(),
        ..ErasureRecord::default()
    };
    NewEntry {
        kind: Kind::Erasure,
        time_ms: record.at_ms,
        salt: [0xee; 32],
        payload: codec::encode(&record),
    }
}

/// Opens for writing with small segments.
pub(crate) fn open(dir: &Path) -> (Log, Recovery) {
    Log::open(dir, ORIGIN, &SMALL, |_, _| ()).unwrap()
}

/// A log of `count` entries in batches of `batch`, closed.
pub(crate) fn build(dir: &Path, count: u64, batch: u64) {
    let (mut log, _) = open(dir);
    let mut at = 0;
    while at < count {
        let to = (at + batch).min(count);
        log.append(&entries(at, to)).unwrap();
        at = to;
    }
    log.close().unwrap();
}

/// Compares every record from the log with what was appended.
pub(crate) fn assert_holds(log: &Log, count: u64) {
    assert!(log.size() >= count, "{} of {count} records", log.size());
    for (n, read) in (0..).zip(log.iter(0)) {
        let (read, wanted) = (read.unwrap().whole().unwrap(), entry(n));
        assert_eq!(read.index, n);
        assert_eq!(
            (read.kind, read.time_ms, read.salt),
            (wanted.kind, wanted.time_ms, wanted.salt)
        );
        assert_eq!(read.payload, wanted.payload, "record {n}");
    }
}

/// A fixed signing key and its public half.
pub(crate) fn key() -> (Ed25519KeyPair, [u8; 32]) {
    let key = Ed25519KeyPair::from_seed_unchecked(&[7; 32]).unwrap();
    let public = key.public_key().as_ref().try_into().unwrap();
    (key, public)
}

/// Path of a segment.
pub(crate) fn segment(dir: &Path, number: u32) -> PathBuf {
    dir.join(format!("segments/{number:08}.seg"))
}

/// Number of the last segment.
pub(crate) fn last_segment(dir: &Path) -> u32 {
    fs::read_dir(dir.join("segments")).unwrap().count() as u32 - 1
}

/// Copies a log's files (not its lock) to another directory.
pub(crate) fn copy(from: &Path, to: &Path) {
    for sub in ["", "segments", "derived"] {
        fs::create_dir_all(to.join(sub)).unwrap();
        for file in fs::read_dir(from.join(sub)).unwrap() {
            let file = file.unwrap();
            if file.file_type().unwrap().is_file() {
                fs::copy(file.path(), to.join(sub).join(file.file_name())).unwrap();
            }
        }
    }
}
