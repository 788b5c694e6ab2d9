//! Faults injected into the writes of the active segment.
#![allow(clippy::unwrap_used)]

use crate::files::{Disk, OsDisk};
use crate::{Error, Kind, Log, NewEntry, Options};
use std::fs::{self, File};
use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex};

const ORIGIN: &str = "log.example.com/faults";

/// What the disk refuses, from now on.
#[derive(Debug, Clone, Default)]
struct Plan {
    /// Bytes that can still be written.
    space: Option<usize>,
    sync_fails: bool,
    set_len_fails: bool,
    /// Operations that still succeed; the one after them fails, a write halfway.
    operations: Option<usize>,
}

impl Plan {
    fn operation(&mut self) -> io::Result<()> {
        match &mut self.operations {
            Some(0) => Err(io::Error::other("injected EIO")),
            Some(left) => {
                *left -= 1;
                Ok(())
            }
            None => Ok(()),
        }
    }
}

#[derive(Debug, Clone, Default)]
struct FaultyDisk(Arc<Mutex<Plan>>);

impl FaultyDisk {
    fn set(&self, plan: Plan) {
        *self.0.lock().unwrap() = plan;
    }
}

impl Disk for FaultyDisk {
    fn write_all_at(&self, file: &File, bytes: &[u8], offset: u64) -> io::Result<()> {
        let mut plan = self.0.lock().unwrap();
        if let Err(error) = plan.operation() {
            OsDisk.write_all_at(file, &bytes[..bytes.len() / 2], offset)?;
            return Err(error);
        }
        match plan.space {
            Some(space) if space < bytes.len() => {
                plan.space = Some(0);
                OsDisk.write_all_at(file, &bytes[..space], offset)?;
                Err(io::Error::from(io::ErrorKind::StorageFull))
            }
            _ => OsDisk.write_all_at(file, bytes, offset),
        }
    }

    fn sync_data(&self, file: &File) -> io::Result<()> {
        self.0.lock().unwrap().operation()?;
        if self.0.lock().unwrap().sync_fails {
            return Err(io::Error::other("injected EIO"));
        }
        OsDisk.sync_data(file)
    }

    fn set_len(&self, file: &File, len: u64) -> io::Result<()> {
        if self.0.lock().unwrap().set_len_fails {
            return Err(io::Error::other("injected EIO"));
        }
        OsDisk.set_len(file, len)
    }
}

fn batch(from: u8, count: u8) -> Vec<NewEntry> {
    let entry = |n: u8| NewEntry {
        kind: Kind::Evidence,
        time_ms: n.into(),
        salt: [n; 32],
        payload: vec![n; 10 + usize::from(n)],
    };
    (from..from + count).map(entry).collect()
}

fn open(disk: &FaultyDisk, dir: &Path) -> Log {
    let options = Options {
        segment_bytes: 4096,
    };
    Log::open_on(Box::new(disk.clone()), dir, ORIGIN, &options, |_, _| ())
        .unwrap()
        .0
}

/// The log holds records 0..count and nothing else, now and when opened from its segments alone.
fn assert_exactly(log: Log, dir: &Path, count: u64) {
    assert_eq!(log.size(), count);
    let root = log.root();
    drop(log);
    fs::remove_dir_all(dir.join("derived")).unwrap();
    let log = open(&FaultyDisk::default(), dir);
    assert_eq!((log.size(), log.root()), (count, root));
    assert_eq!(log.verify(None, |_, _| ()).unwrap().records, count);
    for (n, entry) in (0u8..).zip(log.iter(0)) {
        let entry = entry.unwrap().whole().unwrap();
        assert_eq!(
            (entry.salt, entry.payload),
            ([n; 32], vec![n; 10 + usize::from(n)])
        );
    }
}

#[test]
fn a_disk_full_at_any_byte_takes_the_append_back() {
    let dir = tempfile::tempdir().unwrap();
    let disk = FaultyDisk::default();
    let mut log = open(&disk, dir.path());
    log.append(&batch(0, 3)).unwrap();
    let (root, path) = (log.root(), dir.path().join("segments/00000000.seg"));
    let len = fs::metadata(&path).unwrap().len();
    let needed = batch(3, 2).iter().map(|e| 68 + e.payload.len()).sum();
    for space in 0..needed {
        disk.set(Plan {
            space: Some(space),
            ..Plan::default()
        });
        let refused = log.append(&batch(3, 2)).unwrap_err();
        assert!(
            matches!(refused, Error::NotAppended { .. }),
            "{space}: {refused}"
        );
        assert_eq!((log.size(), log.root()), (3, root));
        assert_eq!(fs::metadata(&path).unwrap().len(), len);
    }
    disk.set(Plan {
        space: Some(needed),
        ..Plan::default()
    });
    let appended = log.append(&batch(3, 2)).unwrap();
    assert_eq!(appended[0].index, 3);
    assert_exactly(log, dir.path(), 5);
}

#[test]
fn a_disk_full_at_a_new_segment_leaves_no_trace() {
    let dir = tempfile::tempdir().unwrap();
    let disk = FaultyDisk::default();
    let mut log = open(&disk, dir.path());
    let big = NewEntry {
        payload: vec![0; 3500],
        ..batch(0, 1).remove(0)
    };
    log.append(&[big]).unwrap();
    for plan in [
        Plan {
            space: Some(20),
            ..Plan::default()
        },
        Plan {
            sync_fails: true,
            ..Plan::default()
        },
        // The header fits, the records do not: the empty segment stays and is used later.
        Plan {
            space: Some(100),
            ..Plan::default()
        },
    ] {
        disk.set(plan.clone());
        assert!(
            matches!(log.append(&batch(1, 9)), Err(Error::NotAppended { .. })),
            "{plan:?}"
        );
        assert_eq!(log.size(), 1);
    }
    disk.set(Plan::default());
    log.append(&batch(1, 9)).unwrap();
    assert_eq!(log.size(), 10);
    drop(log);
    let log = open(&disk, dir.path());
    assert_eq!(log.verify(None, |_, _| ()).unwrap().records, 10);
    assert_eq!(log.read(9).unwrap().salt, [9; 32]);
}

#[test]
fn a_failed_sync_poisons_and_says_so() {
    let dir = tempfile::tempdir().unwrap();
    let disk = FaultyDisk::default();
    let mut log = open(&disk, dir.path());
    log.append(&batch(0, 3)).unwrap();
    disk.set(Plan {
        sync_fails: true,
        ..Plan::default()
    });
    let refused = log.append(&batch(3, 2)).unwrap_err();
    assert!(
        refused.to_string().contains("could not be made durable"),
        "{refused}"
    );
    // Even a disk that is well again does not bring it back: only reopening looks at what is there.
    disk.set(Plan::default());
    assert!(matches!(
        log.append(&batch(3, 2)),
        Err(Error::Poisoned { .. })
    ));
    assert_eq!(log.read(2).unwrap().salt, [2; 32]);
    drop(log);
    let mut log = open(&disk, dir.path());
    assert_eq!(log.size(), 3);
    log.append(&batch(3, 2)).unwrap();
    assert_exactly(log, dir.path(), 5);
}

#[test]
fn a_tail_that_cannot_be_taken_back_poisons_and_is_cut_at_opening() {
    for space in [0, 1, 67, 80, 100] {
        let dir = tempfile::tempdir().unwrap();
        let disk = FaultyDisk::default();
        let mut log = open(&disk, dir.path());
        log.append(&batch(0, 3)).unwrap();
        disk.set(Plan {
            space: Some(space),
            set_len_fails: true,
            ..Plan::default()
        });
        let refused = log.append(&batch(3, 2)).unwrap_err();
        assert!(
            refused.to_string().contains("could not be taken back"),
            "{refused}"
        );
        disk.set(Plan::default());
        assert!(matches!(
            log.append(&batch(3, 2)),
            Err(Error::Poisoned { .. })
        ));
        drop(log);
        let mut log = open(&disk, dir.path());
        // Record 3 may be there whole; it was never acknowledged, and is not lost either.
        let size = log.size();
        assert_eq!(size, if space >= 81 { 4 } else { 3 });
        log.append(&batch(u8::try_from(size).unwrap(), 2)).unwrap();
        assert_exactly(log, dir.path(), size + 2);
    }
}

#[test]
fn a_full_disk_at_opening_or_signing_is_an_error_and_harms_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let disk = FaultyDisk::default();
    let mut log = open(&disk, dir.path());
    log.append(&batch(0, 3)).unwrap();
    let key = ring::signature::Ed25519KeyPair::from_seed_unchecked(&[7; 32]).unwrap();
    let head = log.sign_head(&key).unwrap();
    log.append(&batch(3, 1)).unwrap();
    // A directory in the way of the temporary file stands for a disk that takes no new file.
    fs::create_dir(dir.path().join("checkpoint.new")).unwrap();
    assert!(matches!(log.sign_head(&key), Err(Error::Io { .. })));
    assert_eq!(log.head(), Some(&head));
    drop(log);
    let mut log = open(&disk, dir.path());
    assert_eq!(log.head(), Some(&head));
    fs::remove_dir(dir.path().join("checkpoint.new")).unwrap();
    assert_eq!(log.sign_head(&key).unwrap().size, 4);
}

/// The erasure at 6 names records 1, 2 and 4.
fn with_erasure(disk: &FaultyDisk, dir: &Path) -> Log {
    let mut log = open(disk, dir);
    log.append(&batch(0, 6)).unwrap();
    let record = domicile_proto::wire::ErasureRecord {
        spans: crate::Spans::of([1, 2, 4]).encode(),
        ..Default::default()
    };
    let erasure = NewEntry {
        kind: Kind::Erasure,
        payload: domicile_proto::codec::encode(&record),
        ..batch(6, 1).remove(0)
    };
    log.append(&[erasure]).unwrap();
    log
}

fn erased(log: &Log) -> Vec<u64> {
    let places = 0..log.size();
    places
        .filter(|n| log.stored_record(*n).unwrap().whole().is_none())
        .collect()
}

#[test]
fn an_erasure_cut_short_anywhere_is_finished_at_opening() {
    // Zeros and a header for each record, and the sync.
    for operations in 0..=7 {
        let dir = tempfile::tempdir().unwrap();
        let disk = FaultyDisk::default();
        let mut log = with_erasure(&disk, dir.path());
        let root = log.root();
        disk.set(Plan {
            operations: Some(operations),
            ..Plan::default()
        });
        let outcome = log.erase(6, |_, _| ());
        disk.set(Plan::default());
        if operations < 7 {
            assert!(
                matches!(outcome, Err(Error::Poisoned { .. })),
                "{operations}"
            );
            assert!(matches!(
                log.append(&batch(7, 1)),
                Err(Error::Poisoned { .. })
            ));
            assert!(dir.path().join("erasing").exists());
        } else {
            outcome.unwrap();
        }
        drop(log);
        if operations % 2 == 0 {
            fs::remove_dir_all(dir.path().join("derived")).unwrap();
        }
        // And cut short once more while it is finished.
        if operations < 7 {
            disk.set(Plan {
                operations: Some(operations),
                ..Plan::default()
            });
            let options = Options::default();
            let boxed = Box::new(disk.clone());
            assert!(Log::open_on(boxed, dir.path(), ORIGIN, &options, |_, _| ()).is_err());
            disk.set(Plan::default());
        }
        let (mut log, recovery) = Log::open_on(
            Box::new(disk.clone()),
            dir.path(),
            ORIGIN,
            &Options::default(),
            |_, _| (),
        )
        .unwrap();
        assert_eq!((recovery.size, recovery.torn), (7, None), "{operations}");
        assert_eq!(recovery.erased, if operations < 7 { 3 } else { 0 });
        assert!(!dir.path().join("erasing").exists());
        assert_eq!((erased(&log), log.root()), (vec![1, 2, 4], root));
        assert!(!log.is_unfinished(6).unwrap());
        assert_eq!(log.verify(None, |_, _| ()).unwrap().erased, 3);
        log.append(&batch(7, 1)).unwrap();
    }
}

#[test]
fn an_erasure_that_cannot_be_begun_leaves_every_record_whole() {
    let dir = tempfile::tempdir().unwrap();
    let disk = FaultyDisk::default();
    let mut log = with_erasure(&disk, dir.path());
    fs::create_dir(dir.path().join("erasing.new")).unwrap();
    assert!(matches!(log.erase(6, |_, _| ()), Err(Error::Io { .. })));
    assert!(erased(&log).is_empty() && log.is_unfinished(6).unwrap());
    assert_eq!(log.verify(None, |_, _| ()).unwrap().unfinished, 3);
    fs::remove_dir(dir.path().join("erasing.new")).unwrap();
    log.erase(6, |_, _| ()).unwrap();
    assert_eq!(erased(&log), [1, 2, 4]);
}

#[test]
fn a_damaged_intent_is_refused_and_nothing_written() {
    let dir = tempfile::tempdir().unwrap();
    let disk = FaultyDisk::default();
    let mut log = with_erasure(&disk, dir.path());
    disk.set(Plan {
        operations: Some(0),
        ..Plan::default()
    });
    log.erase(6, |_, _| ()).unwrap_err();
    disk.set(Plan::default());
    drop(log);
    let path = dir.path().join("erasing");
    let good = fs::read(&path).unwrap();
    let segment = dir.path().join("segments/00000000.seg");
    let records = fs::read(&segment).unwrap();
    for at in 0..good.len() {
        let mut bytes = good.clone();
        bytes[at] ^= 0x10;
        fs::write(&path, bytes).unwrap();
        let opened = Log::open(dir.path(), ORIGIN, &Options::default(), |_, _| ());
        assert!(matches!(opened, Err(Error::Intent { .. })), "byte {at}");
    }
    assert_eq!(records, fs::read(&segment).unwrap());
    fs::write(&path, good).unwrap();
    assert_eq!(erased(&open(&disk, dir.path())), [1, 2, 4]);
}

#[test]
fn a_segment_that_cannot_be_written_anew_stays_as_it_was() {
    let dir = tempfile::tempdir().unwrap();
    let disk = FaultyDisk::default();
    let mut log = with_erasure(&disk, dir.path());
    log.erase(6, |_, _| ()).unwrap();
    let large = |n| NewEntry {
        payload: vec![0; 3000],
        ..batch(n, 1).remove(0)
    };
    log.append(&[large(7)]).unwrap();
    log.append(&[large(8)]).unwrap();
    let segment = dir.path().join("segments/00000000.seg");
    let before = fs::read(&segment).unwrap();
    let record = domicile_proto::wire::ErasureRecord {
        spans: crate::Spans::of([7]).encode(),
        ..Default::default()
    };
    let payload = domicile_proto::codec::encode(&record);
    let kind = Kind::Erasure;
    let entry = NewEntry {
        kind,
        payload,
        ..large(9)
    };
    log.append(&[entry]).unwrap();
    log.erase(9, |_, _| ()).unwrap();
    let zeros = fs::read(&segment).unwrap();
    assert_ne!(before, zeros);
    for operations in 0..2 {
        disk.set(Plan {
            operations: Some(operations),
            ..Plan::default()
        });
        assert!(matches!(log.compact(0..10), Err(Error::Io { .. })));
        assert!(!dir.path().join("compacting").exists());
        assert_eq!(zeros, fs::read(&segment).unwrap());
    }
    disk.set(Plan::default());
    assert!(log.compact(0..10).unwrap() > 3000);
    // As a crash between the new name and the new offsets leaves it.
    fs::write(dir.path().join("compacting"), b"left by a crash").unwrap();
    drop(log);
    fs::remove_file(dir.path().join("derived/state")).unwrap();
    let log = open(&disk, dir.path());
    assert!(!dir.path().join("compacting").exists());
    assert_eq!(erased(&log), [1, 2, 4, 7]);
    assert_eq!(log.verify(None, |_, _| ()).unwrap().erased, 4);
}
