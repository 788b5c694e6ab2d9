//! Appending, reading, reopening, proofs, heads, the lock.
#![allow(clippy::unwrap_used)]

mod common;

use common::{ORIGIN, SMALL, assert_holds, build, entries, entry, key, open, scratch};
use domicile_ledger::{
    EMPTY_ROOT, Error, Head, HeadError, Leaf, Log, Reader, leaf_hash, verify_inclusion,
};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::sync::atomic::{AtomicBool, Ordering};

#[test]
fn a_log_holds_what_was_appended_across_reopening() {
    let dir = scratch();
    let (mut log, recovery) = open(dir.path());
    assert_eq!((log.size(), log.root(), recovery.size), (0, EMPTY_ROOT, 0));
    let first = log.append(&entries(0, 100)).unwrap();
    let second = log.append(&entries(100, 130)).unwrap();
    for (n, appended) in (0..).zip(first.iter().chain(&second)) {
        let e = entry(n);
        let leaf = Leaf::new(e.kind, e.time_ms, &e.salt, &e.payload);
        assert_eq!(
            (appended.index, appended.leaf_hash),
            (n, leaf_hash(&leaf.encode()))
        );
        assert_eq!(log.read(n).unwrap().leaf_hash(), appended.leaf_hash);
    }
    let root = log.root();
    assert_holds(&log, 130);
    log.close().unwrap();

    let (log, recovery) = open(dir.path());
    assert_eq!(
        (log.root(), recovery.size, recovery.replayed),
        (root, 130, 0)
    );
    assert!(!recovery.rebuilt && recovery.torn.is_none());
    assert_holds(&log, 130);
    assert_eq!(
        log.iter(127)
            .map(|e| e.unwrap().index())
            .collect::<Vec<_>>(),
        [127, 128, 129]
    );
    assert_eq!(log.iter(130).count(), 0);
    assert!(matches!(
        log.read(130),
        Err(Error::OutOfRange {
            index: 130,
            size: 130
        })
    ));
}

#[test]
fn proofs_hold_for_every_index_and_size() {
    let dir = scratch();
    build(dir.path(), 300, 7);
    let (log, _) = open(dir.path());
    for size in 0..=300 {
        let root = log.root_at(size).unwrap();
        for index in 0..size {
            let proof = log.inclusion(index, size).unwrap();
            let leaf = log.leaf_hash(index).unwrap();
            verify_inclusion(&leaf, index, &proof.hashes, size, &root).unwrap();
        }
        assert!(log.inclusion(size, size).is_err());
    }
}

#[test]
fn one_writer_at_a_time_and_readers_beside_it() {
    let dir = scratch();
    let (mut log, _) = open(dir.path());
    log.append(&entries(0, 50)).unwrap();
    assert!(matches!(
        Log::open(dir.path(), ORIGIN, &SMALL, |_, _| ()),
        Err(Error::Locked { .. })
    ));
    let reader = Reader::open(dir.path(), ORIGIN, |_, _| ()).unwrap();
    assert_eq!((reader.size(), reader.root()), (50, log.root()));
    log.append(&entries(50, 90)).unwrap();
    assert_eq!(reader.read(49).unwrap(), log.read(49).unwrap());
    assert_eq!(
        Reader::open(dir.path(), ORIGIN, |_, _| ()).unwrap().root(),
        log.root()
    );
    drop(log);
    open(dir.path());
}

#[test]
fn readers_beside_a_busy_writer_see_a_whole_log() {
    let dir = scratch();
    let (mut log, _) = open(dir.path());
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for n in 0..200 {
                log.append(&entries(n * 5, n * 5 + 5)).unwrap();
                if n % 10 == 0 {
                    log.sign_head(&key().0).unwrap();
                }
            }
            done.store(true, Ordering::Release);
        });
        let mut seen = 0;
        while !done.load(Ordering::Acquire) {
            let reader = Reader::open(dir.path(), ORIGIN, |_, _| ()).unwrap();
            assert!(reader.size() >= seen);
            seen = reader.size();
            assert_eq!(reader.verify(None, |_, _| ()).unwrap().records, seen);
        }
    });
    let reader = Reader::open(dir.path(), ORIGIN, |_, _| ()).unwrap();
    assert_eq!((reader.size(), reader.root()), (1000, log.root()));
}

#[test]
fn payloads_are_for_their_owner_only() {
    let dir = scratch();
    let path = dir.path().join("a/log");
    drop(open(&path));
    let mode = fs::metadata(path.join("segments"))
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o077, 0, "{mode:o}");
}

#[test]
fn heads_are_signed_stored_and_checked() {
    let dir = scratch();
    let (key, public) = key();
    let (mut log, _) = open(dir.path());
    log.append(&entries(0, 10)).unwrap();
    let old = log.sign_head(&key).unwrap();
    old.verify(&public).unwrap();
    let stored = fs::read(dir.path().join("checkpoint")).unwrap();
    assert_eq!(Head::from_note(&stored, ORIGIN, &public).unwrap(), old);
    let appended = log.append(&entries(10, 40)).unwrap();
    let new = log.sign_head(&key).unwrap();
    log.consistency(10, 40).unwrap().verify(&old, &new).unwrap();
    let proof = log.inclusion(17, 40).unwrap();
    proof.verify(&appended[7].leaf_hash, &new).unwrap();
    assert!(proof.verify(&appended[8].leaf_hash, &new).is_err());
    assert!(proof.verify(&appended[7].leaf_hash, &old).is_err());
    let longer = Head {
        size: 41,
        ..new.clone()
    };
    assert!(proof.verify(&appended[7].leaf_hash, &longer).is_err());
    assert!(
        log.consistency(10, 40)
            .unwrap()
            .verify(&old, &longer)
            .is_err()
    );

    let other = Head {
        size: 39,
        ..new.clone()
    };
    assert_eq!(other.verify(&public), Err(HeadError::Signature));
    drop(log);
    assert_eq!(open(dir.path()).0.head(), Some(&new));
}
