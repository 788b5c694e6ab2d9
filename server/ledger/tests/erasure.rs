//! Payloads go, everything that was ever promised stays; an erasure that is not logged is found.
#![allow(clippy::unwrap_used, clippy::cast_possible_truncation)]

mod common;

use common::{ORIGIN, build, entry, erasure, key, open, scratch, segment};
use domicile_ledger::tiles::Tiles;
use domicile_ledger::{
    Error, Log, RECORD_HEADER_LEN, Reader, SEGMENT_HEADER_LEN, Spans, Stored, decode_record,
    may_be_erased,
};
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::FileExt;
use std::path::Path;

/// Everything that others may hold of a log of this size: root, proofs, leaves.
fn promises(log: &Log, size: u64) -> Vec<Vec<u8>> {
    let mut held = vec![log.root_at(size).unwrap().to_vec()];
    for index in 0..size {
        held.push(log.inclusion(index, size).unwrap().hashes.concat());
        held.push(log.consistency(index, size).unwrap().hashes.concat());
    }
    held.extend(
        log.leaves(0, size)
            .unwrap()
            .map(|leaf| leaf.unwrap().encode().to_vec()),
    );
    held
}

/// Every file below `dir`, with its bytes.
fn files(dir: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(dir).unwrap().map(Result::unwrap) {
        if entry.file_type().unwrap().is_dir() {
            found.extend(files(&entry.path()));
        } else {
            let path = entry.path().to_string_lossy().into_owned();
            found.insert(path, fs::read(entry.path()).unwrap());
        }
    }
    found
}

fn holds(bytes: &[u8], part: &[u8]) -> bool {
    part.is_empty() || bytes.windows(part.len()).any(|window| window == part)
}

/// Erases these records, and logs that first.
fn erase(log: &mut Log, records: &Spans) -> u64 {
    let at = log.append(&[erasure(records)]).unwrap()[0].index;
    assert_eq!(log.is_unfinished(at).unwrap(), !records.is_empty());
    let now = log.erase(at, |_, _| ()).unwrap();
    assert_eq!(now.records, records.count());
    at
}

fn assert_erased(log: &Log, records: &Spans, count: u64) {
    for n in 0..count {
        let (read, wanted) = (log.stored_record(n).unwrap(), entry(n));
        assert_eq!((read.kind(), read.time_ms()), (wanted.kind, wanted.time_ms));
        match read {
            Stored::Whole(read) => {
                assert!(!records.contains(n));
                assert_eq!((read.salt, read.payload), (wanted.salt, wanted.payload));
            }
            Stored::Erased(left) => {
                assert!(records.contains(n));
                assert_eq!(left.index, n);
                assert!(matches!(log.read(n), Err(Error::Erased { index }) if index == n));
            }
        }
    }
    let verified = log.verify(None, |_, _| ()).unwrap();
    assert_eq!((verified.erased, verified.unfinished), (records.count(), 0));
    assert_eq!(log.iter(0).map(Result::unwrap).count() as u64, log.size());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn payloads_go_and_every_promise_stays(chosen in proptest::collection::vec(any::<bool>(), 70), lose_derived: bool, batch in 1..20u64) {
        let dir = scratch();
        build(dir.path(), 70, batch);
        let records = Spans::of((0..70).filter(|n| chosen[*n as usize] && may_be_erased(entry(*n).kind)));
        let (mut log, _) = open(dir.path());
        let head = log.sign_head(&key().0).unwrap();
        let mut tiles = Tiles::open(&log).unwrap();
        tiles.extend(log.leaves(0, 70).unwrap(), &head, &mut |_, _| ()).unwrap();
        tiles.publish(&head, head.to_note(&key().1)).unwrap();
        let public = files(&dir.path().join("tiles"));
        let checkpoint = fs::read(dir.path().join("checkpoint")).unwrap();
        let before = promises(&log, 70);

        let at = erase(&mut log, &records);
        prop_assert_eq!(at, 70);
        assert_erased(&log, &records, 70);
        prop_assert!(before == promises(&log, 70));
        tiles.verify(&log).unwrap();
        // Once more changes nothing.
        prop_assert_eq!(log.erase(at, |_, _| ()).unwrap().records, 0);
        let whole: u64 = (0..70).map(|n| entry(n).payload.len() as u64).sum();
        let freed = log.compact(0..71).unwrap();
        prop_assert!(freed <= whole);
        assert_erased(&log, &records, 70);
        prop_assert!(before == promises(&log, 70));
        log.append(&[entry(71)]).unwrap();

        // No byte of what is gone is left in any file, salts included.
        log.close().unwrap();
        let left = files(dir.path());
        for gone in records.iter().map(entry) {
            let held = |part: &[u8]| left.values().any(|bytes| holds(bytes, part));
            prop_assert!(!held(&gone.salt[..8]));
            // Unless a record that stays holds the same bytes.
            let stays = (0..72).filter(|n| !records.contains(*n)).map(entry);
            let elsewhere = stays.into_iter().any(|other| holds(&other.payload, &gone.payload));
            prop_assert!(gone.payload.len() < 8 || elsewhere || !held(&gone.payload));
        }
        prop_assert!(public == files(&dir.path().join("tiles")));
        prop_assert!(checkpoint == fs::read(dir.path().join("checkpoint")).unwrap());
        if lose_derived {
            fs::remove_dir_all(dir.path().join("derived")).unwrap();
        }
        let (log, recovery) = open(dir.path());
        prop_assert_eq!((log.size(), recovery.torn, recovery.rebuilt), (72, None, lose_derived));
        assert_erased(&log, &records, 70);
        prop_assert!(before == promises(&log, 70));
    }
}

/// Puts an erased form in the place of a record of the first segment, checksum and commitment right.
fn tamper(dir: &Path, log: &Log, n: u64, change: impl Fn(&mut [u8])) {
    let path = segment(dir, 0);
    let bytes = fs::read(&path).unwrap();
    let seed = u32::from_be_bytes(bytes[12..16].try_into().unwrap());
    let mut at = SEGMENT_HEADER_LEN;
    for before in 0..n {
        at += RECORD_HEADER_LEN + entry(before).payload.len();
    }
    let leaf = decode_record(&bytes[at..], seed).unwrap().leaf();
    assert_eq!(leaf.hash(), log.leaf_hash(n).unwrap());
    let mut forged = bytes[at..at + RECORD_HEADER_LEN].to_vec();
    forged[6..8].copy_from_slice(&[0, 1]);
    forged[24..56].copy_from_slice(&leaf.commitment);
    change(&mut forged);
    forged.resize(RECORD_HEADER_LEN + entry(n).payload.len(), 0);
    let sum = crc32c::crc32c_append(seed, &forged[..64]);
    let sum = crc32c::crc32c_append(sum, &forged[RECORD_HEADER_LEN..]);
    forged[64..68].copy_from_slice(&sum.to_be_bytes());
    let file = fs::OpenOptions::new().write(true).open(&path).unwrap();
    file.write_all_at(&forged, at as u64).unwrap();
}

#[test]
fn an_erasure_that_nobody_logged_is_found_and_the_record_named() {
    for n in [0, 3, 9] {
        for lose_derived in [false, true] {
            let dir = scratch();
            build(dir.path(), 40, 3);
            let (mut log, _) = open(dir.path());
            log.sign_head(&key().0).unwrap();
            // One that is logged, of another record, excuses nothing.
            erase(&mut log, &Spans::of([4]));
            tamper(dir.path(), &log, n, |_| ());
            drop(log);
            if lose_derived {
                fs::remove_dir_all(dir.path().join("derived")).unwrap();
            }
            let reader = Reader::open(dir.path(), ORIGIN, |_, _| ()).unwrap();
            let found = reader.verify(None, |_, _| ()).unwrap_err();
            assert!(
                matches!(found, Error::ErasedUnlogged { index, segment: 0, .. } if index == n),
                "{found}"
            );
        }
    }
}

#[test]
fn an_erased_record_with_another_commitment_is_damage() {
    let dir = scratch();
    build(dir.path(), 40, 3);
    let (mut log, _) = open(dir.path());
    erase(&mut log, &Spans::of([4]));
    tamper(dir.path(), &log, 3, |bytes| bytes[30] ^= 1);
    let found = log.verify(None, |_, _| ()).unwrap_err();
    assert!(matches!(found, Error::Altered { index: 3, .. }), "{found}");
    assert!(matches!(
        log.stored_record(3),
        Err(Error::Altered { index: 3, .. })
    ));
}

#[test]
fn nothing_is_erased_that_no_record_of_the_log_orders() {
    let dir = scratch();
    build(dir.path(), 40, 3);
    let (mut log, _) = open(dir.path());
    let protected = (0..40).find(|n| !may_be_erased(entry(*n).kind)).unwrap();
    let first = log.size();
    let mut last = erasure(&Spans::of([1]));
    last.payload.push(0);
    log.append(&[
        erasure(&Spans::of([1, protected])),
        erasure(&Spans::of([first + 1])),
        erasure(&Spans::of([first + 9])),
        last,
    ])
    .unwrap();
    let before = files(&dir.path().join("segments"));
    for (at, wanted) in [
        (0, "of kind"),
        (first, "records stay"),
        (first + 1, "not before it"),
        (first + 2, "not before it"),
        (first + 3, ""),
    ] {
        let refused = log.erase(at, |_, _| ()).unwrap_err();
        assert!(matches!(refused, Error::NotErasure { index, .. } if index == at));
        assert!(refused.to_string().contains(wanted), "{refused}");
    }
    assert!(matches!(
        log.erase(999, |_, _| ()),
        Err(Error::OutOfRange { .. })
    ));
    assert_eq!(before, files(&dir.path().join("segments")));
    assert_eq!(log.verify(None, |_, _| ()).unwrap().unfinished, 2);
}

#[test]
fn sealed_segments_shrink_and_the_one_being_written_does_not() {
    let dir = scratch();
    build(dir.path(), 200, 5);
    let (mut log, _) = open(dir.path());
    let records = Spans::of((0..200).filter(|n| may_be_erased(entry(*n).kind)));
    let sizes = |dir: &Path| -> Vec<u64> {
        let files = files(&dir.join("segments"));
        files.values().map(|bytes| bytes.len() as u64).collect()
    };
    erase(&mut log, &records);
    let before = sizes(dir.path());
    let freed = log.compact(records.hull()).unwrap();
    let after = sizes(dir.path());
    assert_eq!(
        before.iter().sum::<u64>() - after.iter().sum::<u64>(),
        freed
    );
    for (before, after) in before.iter().zip(&after).rev().skip(1) {
        assert!(after * 3 < before * 2, "{after} of {before}");
    }
    assert_eq!(before.last(), after.last());
    assert_eq!(log.compact(records.hull()).unwrap(), 0);
    log.append(&[entry(201)]).unwrap();
    log.close().unwrap();
    let (log, recovery) = open(dir.path());
    assert_eq!((log.size(), recovery.replayed), (202, 0));
    assert_erased(&log, &records, 200);
}
