//! Random lives of a log against a model that is a list of entries.
#![allow(clippy::unwrap_used, clippy::cast_possible_truncation)]

mod common;

use common::{ORIGIN, SMALL, key, last_segment, scratch, segment};
use domicile_ledger::{Head, Kind, Log, NewEntry, Reader};
use proptest::prelude::*;
use std::fs::{self, OpenOptions};
use std::path::Path;

#[derive(Debug, Clone)]
enum Step {
    Append(Vec<NewEntry>),
    Close,
    /// Dies while this append is being written: so many in 1,000 of its bytes reach the disk.
    Crash(Vec<NewEntry>, u64),
    LoseDerived,
    Sign,
    Read(proptest::sample::Index),
}

prop_compose! {
    fn entry()(kind in 1..=13u8, time_ms: u64, salt: [u8; 32], payload in proptest::collection::vec(any::<u8>(), 0..700)) -> NewEntry {
        NewEntry { kind: Kind::try_from(kind).unwrap(), time_ms, salt, payload }
    }
}

fn step() -> impl Strategy<Value = Step> {
    let batch = || proptest::collection::vec(entry(), 0..12);
    prop_oneof![
        5 => batch().prop_map(Step::Append),
        1 => Just(Step::Close),
        2 => (batch(), 0..=1000u64).prop_map(|(b, share)| Step::Crash(b, share)),
        1 => Just(Step::LoseDerived),
        1 => Just(Step::Sign),
        2 => any::<proptest::sample::Index>().prop_map(Step::Read),
    ]
}

fn open(dir: &Path) -> Log {
    Log::open(dir, ORIGIN, &SMALL, |_, _| ()).unwrap().0
}

/// Lets the log die inside an append. What was acknowledged before is kept; of the append some first
/// records may be. Gives how many of them are.
fn crash(mut log: Log, batch: &[NewEntry], share: u64) -> u64 {
    let (dir, before) = (log.dir().to_owned(), log.size());
    let segments = last_segment_len(&dir);
    let state = fs::read(dir.join("derived/state")).ok();
    log.append(batch).unwrap();
    drop(log);
    // Back to the derived state of before, and to a part of the bytes.
    match state {
        Some(bytes) => fs::write(dir.join("derived/state"), bytes).unwrap(),
        None => fs::remove_dir_all(dir.join("derived")).unwrap(),
    }
    if let Some((number, after)) = last_segment_len(&dir) {
        let start = segments
            .filter(|(n, _)| *n == number)
            .map_or(0, |(_, len)| len);
        let len = start + (after - start) * share / 1000;
        let file = OpenOptions::new()
            .write(true)
            .open(segment(&dir, number))
            .unwrap();
        file.set_len(len).unwrap();
    }
    open(&dir).size() - before
}

fn last_segment_len(dir: &Path) -> Option<(u32, u64)> {
    let any = fs::read_dir(dir.join("segments")).unwrap().next().is_some();
    let number = any.then(|| last_segment(dir))?;
    Some((number, fs::metadata(segment(dir, number)).unwrap().len()))
}

fn check(log: &Log, model: &[NewEntry], heads: &[Head]) {
    assert_eq!(log.size(), model.len() as u64);
    for (read, wanted) in log.iter(0).zip(model) {
        let read = read.unwrap().whole().unwrap();
        assert_eq!(
            (read.kind, read.time_ms, read.salt),
            (wanted.kind, wanted.time_ms, wanted.salt)
        );
        assert_eq!(read.payload, wanted.payload);
    }
    for head in heads {
        assert_eq!(log.root_at(head.size).unwrap(), head.root);
        log.consistency(head.size, log.size()).unwrap();
    }
    let reader = Reader::open(log.dir(), ORIGIN, |_, _| ()).unwrap();
    assert_eq!((reader.size(), reader.root()), (log.size(), log.root()));
    assert_eq!(
        reader.verify(heads.last(), |_, _| ()).unwrap().root,
        log.root()
    );
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]

    #[test]
    fn a_log_is_a_list_that_survives(steps in proptest::collection::vec(step(), 1..20)) {
        let dir = scratch();
        let (mut model, mut heads) = (Vec::new(), Vec::new());
        let mut log = open(dir.path());
        for step in steps {
            match step {
                Step::Append(batch) => {
                    let appended = log.append(&batch).unwrap();
                    assert_eq!(appended.len(), batch.len());
                    model.extend(batch);
                }
                Step::Close => {
                    log.close().unwrap();
                    log = open(dir.path());
                }
                Step::Crash(batch, share) => {
                    let kept = crash(log, &batch, share) as usize;
                    assert!(kept <= batch.len());
                    model.extend_from_slice(&batch[..kept]);
                    log = open(dir.path());
                }
                Step::LoseDerived => {
                    drop(log);
                    fs::remove_dir_all(dir.path().join("derived")).unwrap();
                    log = open(dir.path());
                }
                Step::Sign => heads.push(log.sign_head(&key().0).unwrap()),
                Step::Read(at) if !model.is_empty() => {
                    let at = at.index(model.len());
                    assert_eq!(log.read(at as u64).unwrap().payload, model[at].payload);
                }
                Step::Read(_) => assert!(log.read(0).is_err()),
            }
        }
        check(&log, &model, &heads);
    }
}
