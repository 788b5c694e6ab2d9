//! The spool keeps order, bounds and whole reports through crashes at every step.
#![allow(clippy::unwrap_used, clippy::cast_possible_truncation)]

use super::*;
use crate::disk::RealDisk;
use crate::disk::tests::DyingDisk;
use proptest::prelude::*;
use std::io::ErrorKind;

fn open(folder: &Path, limit: u64) -> Spool {
    Spool::open(folder, limit, Arc::new(RealDisk)).unwrap()
}

/// Takes everything out, in order.
fn drain(spool: &mut Spool) -> Vec<Entry> {
    let mut all = Vec::new();
    while let (Some(entry), _) = spool.oldest().unwrap() {
        spool.remove(entry.ordinal).unwrap();
        all.push(entry);
    }
    all
}

#[test]
fn reports_come_out_in_order_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let mut spool = open(folder.path(), 1 << 20);
    for ordinal in [9, 10, 11, 100] {
        spool.push(ordinal, &[ordinal as u8; 50]).unwrap();
    }
    drop(spool);
    let mut spool = open(folder.path(), 1 << 20);
    assert_eq!(spool.newest().unwrap().ordinal, 100);
    let ordinals: Vec<u64> = drain(&mut spool)
        .iter()
        .map(|entry| entry.ordinal)
        .collect();
    assert_eq!(ordinals, [9, 10, 11, 100]);
}

#[test]
fn a_full_spool_keeps_the_oldest_and_refuses_the_new() {
    let folder = tempfile::tempdir().unwrap();
    let mut spool = open(folder.path(), 300);
    spool.push(1, &[1; 100]).unwrap();
    spool.push(2, &[2; 100]).unwrap();
    assert!(matches!(
        spool.push(3, &[3; 100]),
        Err(PushError::Full { reports: 2, .. })
    ));
    assert_eq!(drain(&mut spool).len(), 2);
    spool.push(3, &[3; 100]).unwrap();
}

#[test]
fn a_damaged_report_is_put_aside_and_blocks_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let mut spool = open(folder.path(), 1 << 20);
    for ordinal in 1..=4 {
        spool.push(ordinal, &[7; 64]).unwrap();
    }
    let damage = |ordinal: u64, change: fn(&mut Vec<u8>)| {
        let path = folder.path().join(file_name(ordinal));
        let mut bytes = fs::read(&path).unwrap();
        change(&mut bytes);
        fs::write(&path, bytes).unwrap();
    };
    damage(1, |bytes| *bytes.last_mut().unwrap() ^= 1);
    damage(2, Vec::clear);
    damage(4, |bytes| bytes.push(0));
    let (entry, damaged) = spool.oldest().unwrap();
    assert_eq!(entry.unwrap().ordinal, 3);
    assert_eq!(damaged, [1, 2]);
    assert_eq!(spool.newest().unwrap().ordinal, 3);
    assert!(folder.path().join("damaged").join(file_name(1)).exists());
}

#[test]
fn the_number_put_aside_is_bounded() {
    let folder = tempfile::tempdir().unwrap();
    let mut spool = open(folder.path(), 1 << 20);
    for ordinal in 0..MAX_ASIDE as u64 + 5 {
        spool.push(ordinal, b"x").unwrap();
        spool.put_aside(ordinal, Aside::Refused).unwrap();
    }
    assert_eq!(look_aside(folder.path()).unwrap(), [0, MAX_ASIDE]);
    assert!(spool.is_empty());
}

#[test]
fn strange_files_are_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    for name in [
        "README",
        "1.report",
        "+0000000000000000001.report",
        "x.report.tmp",
    ] {
        fs::write(folder.path().join(name), b"?").unwrap();
    }
    let mut spool = open(folder.path(), 1 << 20);
    assert!(spool.oldest().unwrap().0.is_none());
    assert!(folder.path().join("README").exists());
    assert!(
        !folder.path().join("x.report.tmp").exists(),
        "unfinished files go"
    );
}

/// What was tried before the disk died.
#[derive(Debug, Clone)]
enum Step {
    Push(usize),
    PopOldest,
    AsideOldest,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        3 => (0..200usize).prop_map(Step::Push),
        1 => Just(Step::PopOldest),
        1 => Just(Step::AsideOldest),
    ];
    proptest::collection::vec(step, 1..12)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// After a death at any disk operation: every report whose push returned is there whole
    /// unless it was popped, in order, and at most one other is (the one being pushed).
    #[test]
    fn a_crash_at_every_step_loses_nothing_acknowledged(steps in steps(), dies in 0..40usize) {
        let folder = tempfile::tempdir().unwrap();
        let disk = Arc::new(DyingDisk::new(dies, ErrorKind::Other));
        let mut spool = Spool::open(folder.path(), 1 << 20, disk).unwrap();
        let mut kept: BTreeMap<u64, Vec<u8>> = BTreeMap::new();
        let mut uncertain = None;
        for (at, step) in steps.iter().enumerate() {
            let ordinal = at as u64;
            match step {
                Step::Push(length) => {
                    let report = vec![at as u8; *length];
                    if spool.push(ordinal, &report).is_err() {
                        uncertain = Some(ordinal);
                        break;
                    }
                    kept.insert(ordinal, report);
                }
                Step::PopOldest | Step::AsideOldest => {
                    let Some(oldest) = kept.keys().next().copied() else { continue };
                    let done = match step {
                        Step::PopOldest => spool.remove(oldest),
                        _ => spool.put_aside(oldest, Aside::Refused).map(|_| ()),
                    };
                    if done.is_err() {
                        uncertain = Some(oldest);
                        kept.remove(&oldest);
                        break;
                    }
                    kept.remove(&oldest);
                }
            }
        }
        drop(spool);
        let mut spool = open(folder.path(), 1 << 20);
        let found: BTreeMap<u64, Vec<u8>> =
            drain(&mut spool).into_iter().map(|entry| (entry.ordinal, entry.bytes)).collect();
        for (ordinal, report) in &kept {
            prop_assert_eq!(found.get(ordinal), Some(report));
        }
        prop_assert!(found.keys().all(|o| kept.contains_key(o) || Some(*o) == uncertain));
        prop_assert_eq!(look_aside(folder.path()).unwrap()[0], 0, "nothing half-written");
    }

    #[test]
    fn never_above_its_bound(sizes in proptest::collection::vec(0..400usize, 0..20), limit in 0..2000u64) {
        let folder = tempfile::tempdir().unwrap();
        let mut spool = open(folder.path(), limit);
        for (ordinal, size) in sizes.iter().enumerate() {
            let _ = spool.push(ordinal as u64, &vec![0; *size]);
            prop_assert!(spool.bytes() <= limit);
        }
        prop_assert_eq!(look(folder.path()).unwrap().values().sum::<u64>(), spool.bytes());
    }
}
