//! Torn tails, lost or damaged derived files, and what opening refuses.
#![allow(clippy::unwrap_used, clippy::cast_possible_truncation)]

mod common;

use common::{
    ORIGIN, SMALL, assert_holds, build, copy, entries, entry, key, last_segment, open, scratch,
    segment,
};
use domicile_ledger::{Error, Log, RECORD_HEADER_LEN, Reader, SEGMENT_HEADER_LEN};
use std::fs::{self, OpenOptions};
use std::path::Path;

fn set_len(path: &Path, len: u64) {
    OpenOptions::new()
        .write(true)
        .open(path)
        .unwrap()
        .set_len(len)
        .unwrap();
}

/// Where each record of the last segment ends, with its index.
fn record_ends(first: u64, count: u64) -> Vec<(u64, u64)> {
    let mut end = SEGMENT_HEADER_LEN as u64;
    (first..count)
        .map(|n| {
            end += (RECORD_HEADER_LEN + entry(n).payload.len()) as u64;
            (n, end)
        })
        .collect()
}

/// Index of the first record in the last segment: what opening leaves when that segment is cut to
/// its header.
fn first_of_last(dir: &Path) -> u64 {
    let scratch = scratch();
    copy(dir, scratch.path());
    set_len(
        &segment(scratch.path(), last_segment(dir)),
        SEGMENT_HEADER_LEN as u64,
    );
    open(scratch.path()).0.size()
}

/// Enough for a second segment with a few records.
const COUNT: u64 = 32;

/// Cuts the last segment at every byte; what is whole stays, the rest goes, appends go on.
fn cut_everywhere(keep_derived: bool) {
    let dir = scratch();
    build(dir.path(), COUNT, 3);
    let last = last_segment(dir.path());
    assert!(last > 0);
    let first = first_of_last(dir.path());
    let ends = record_ends(first, COUNT);
    let len = fs::metadata(segment(dir.path(), last)).unwrap().len();
    assert_eq!(ends.last().unwrap().1, len);

    for cut in 0..len {
        let copied = scratch();
        copy(dir.path(), copied.path());
        if !keep_derived {
            fs::remove_dir_all(copied.path().join("derived")).unwrap();
        }
        set_len(&segment(copied.path(), last), cut);
        let whole = ends.iter().filter(|(_, end)| *end <= cut).count() as u64;
        let (mut log, recovery) = open(copied.path());
        assert_eq!(log.size(), first + whole, "cut at {cut}");
        let at_end = cut == SEGMENT_HEADER_LEN as u64 || ends.iter().any(|(_, end)| *end == cut);
        let torn = cut > SEGMENT_HEADER_LEN as u64 && !at_end;
        assert_eq!(recovery.torn.is_some(), torn, "cut at {cut}");
        assert_eq!(recovery.shrunk_from, keep_derived.then_some(COUNT));
        if cut % 16 == 0 {
            log.append(&entries(log.size(), COUNT + 4)).unwrap();
            assert_eq!(log.verify(None, |_, _| ()).unwrap().records, COUNT + 4);
            assert_holds(&log, COUNT + 4);
        }
    }
}

#[test]
fn a_tail_cut_at_any_byte_loses_only_what_was_cut() {
    cut_everywhere(false);
}

#[test]
fn a_tail_cut_after_closing_is_reported() {
    cut_everywhere(true);
}

#[test]
fn a_segment_never_begun_is_removed() {
    for cut in [0, 1, SEGMENT_HEADER_LEN as u64 - 1] {
        let dir = scratch();
        build(dir.path(), 3, 3);
        fs::remove_dir_all(dir.path().join("derived")).unwrap();
        set_len(&segment(dir.path(), 0), cut);
        let (mut log, recovery) = open(dir.path());
        assert_eq!((log.size(), recovery.rebuilt), (0, false));
        log.append(&entries(0, 5)).unwrap();
        assert_holds(&log, 5);
    }
}

/// A segment is begun only when the one before it is durable, so its end cannot be torn any more.
#[test]
fn damage_before_a_segment_never_begun_is_no_torn_tail() {
    let dir = scratch();
    build(dir.path(), COUNT, 3);
    let last = last_segment(dir.path());
    let first = first_of_last(dir.path());
    fs::remove_dir_all(dir.path().join("derived")).unwrap();
    for header in [SEGMENT_HEADER_LEN as u64, 10] {
        set_len(&segment(dir.path(), last), header);
        let before = segment(dir.path(), last - 1);
        let mut bytes = fs::read(&before).unwrap();
        *bytes.last_mut().unwrap() ^= 1;
        fs::write(&before, &bytes).unwrap();
        let refused = Log::open(dir.path(), ORIGIN, &SMALL, |_, _| ()).unwrap_err();
        let Error::Damaged { segment, index, .. } = refused else {
            panic!("{refused}")
        };
        assert_eq!((segment, index), (last - 1, first - 1));
        *bytes.last_mut().unwrap() ^= 1;
        fs::write(&before, &bytes).unwrap();
    }
    assert_eq!(open(dir.path()).0.size(), first);
}

/// A crash may leave any part of the last append unwritten, not only its end.
#[test]
fn holes_in_the_last_append_are_a_torn_tail() {
    let dir = scratch();
    let (mut log, _) = open(dir.path());
    log.append(&entries(0, 3)).unwrap();
    let path = segment(dir.path(), 0);
    let start = fs::metadata(&path).unwrap().len() as usize;
    log.append(&entries(3, 9)).unwrap();
    drop(log);
    fs::remove_dir_all(dir.path().join("derived")).unwrap();
    let whole = fs::read(&path).unwrap();
    for at in (start..whole.len()).step_by(7) {
        let mut bytes = whole.clone();
        let to = (at + 100).min(bytes.len());
        bytes[at..to].fill(0);
        fs::write(&path, bytes).unwrap();
        let (log, recovery) = open(dir.path());
        assert!(
            (3..9).contains(&log.size()),
            "hole at {at} left {}",
            log.size()
        );
        assert_eq!(
            recovery.torn.map(|t| t.offset),
            fs::metadata(&path).ok().map(|m| m.len())
        );
        assert_holds(&log, 3);
        drop(log);
        fs::remove_dir_all(dir.path().join("derived")).unwrap();
    }
}

#[test]
fn the_same_hole_in_an_earlier_append_is_damage() {
    let dir = scratch();
    build(dir.path(), 9, 3);
    fs::remove_dir_all(dir.path().join("derived")).unwrap();
    let path = segment(dir.path(), 0);
    let ends = record_ends(0, 9);
    let whole = fs::read(&path).unwrap();
    for (n, end) in &ends[..6] {
        let mut bytes = whole.clone();
        bytes[*end as usize - 1] ^= 1;
        fs::write(&path, bytes).unwrap();
        let refused = Log::open(dir.path(), ORIGIN, &SMALL, |_, _| ()).unwrap_err();
        let Error::Damaged {
            segment: 0, index, ..
        } = refused
        else {
            panic!("{refused}")
        };
        assert_eq!(index, *n);
        assert!(
            refused.to_string().contains(&format!("record {n}")),
            "{refused}"
        );
    }
}

/// Payloads are written by strangers: one that contains a record of a later append must not make a
/// torn tail look like damage.
#[test]
fn a_payload_cannot_pose_as_a_later_record() {
    let dir = scratch();
    let (mut log, _) = open(dir.path());
    log.append(&entries(0, 3)).unwrap();
    let path = segment(dir.path(), 0);
    let start = fs::metadata(&path).unwrap().len();
    let mut hostile = entry(3);
    hostile.payload.clear();
    domicile_ledger::encode_record(&mut hostile.payload, 0, 4, 0, &entry(4));
    log.append(&[hostile]).unwrap();
    drop(log);
    fs::remove_dir_all(dir.path().join("derived")).unwrap();
    let mut bytes = fs::read(&path).unwrap();
    bytes[start as usize + 20] ^= 1;
    fs::write(&path, bytes).unwrap();
    let (log, recovery) = open(dir.path());
    assert_eq!((log.size(), recovery.torn.unwrap().offset), (3, start));
}

#[test]
fn a_checkpoint_turns_a_lost_tail_into_an_error() {
    let dir = scratch();
    build(dir.path(), 40, 3);
    let (mut log, _) = open(dir.path());
    log.sign_head(&key().0).unwrap();
    drop(log);
    let path = segment(dir.path(), last_segment(dir.path()));
    let len = fs::metadata(&path).unwrap().len();
    set_len(&path, len - 1);
    for keep in [true, false] {
        if !keep {
            fs::remove_dir_all(dir.path().join("derived")).unwrap();
        }
        let refused = Log::open(dir.path(), ORIGIN, &SMALL, |_, _| ()).unwrap_err();
        assert!(
            matches!(refused, Error::BelowHead { size: 39, head: 40 }),
            "{refused}"
        );
        let refused = Reader::open(dir.path(), ORIGIN, |_, _| ()).unwrap_err();
        assert!(
            matches!(refused, Error::BelowHead { size: 39, head: 40 }),
            "{refused}"
        );
    }
    // Refusing must not have cut anything: the restored byte makes the log whole again.
    assert_eq!(fs::metadata(&path).unwrap().len(), len - 1);
}

#[test]
fn a_checkpoint_of_other_records_is_an_error() {
    let (a, b) = (scratch(), scratch());
    build(a.path(), 20, 3);
    let (mut log, _) = open(b.path());
    log.append(&entries(1, 11)).unwrap();
    log.sign_head(&key().0).unwrap();
    fs::copy(b.path().join("checkpoint"), a.path().join("checkpoint")).unwrap();
    let refused = Log::open(a.path(), ORIGIN, &SMALL, |_, _| ()).unwrap_err();
    assert!(
        matches!(refused, Error::HeadMismatch { size: 10 }),
        "{refused}"
    );
    fs::write(a.path().join("checkpoint"), "nonsense").unwrap();
    let refused = Log::open(a.path(), ORIGIN, &SMALL, |_, _| ()).unwrap_err();
    assert!(matches!(refused, Error::HeadFile { .. }), "{refused}");
}

#[test]
fn derived_files_that_are_gone_cut_or_changed_are_rebuilt_the_same() {
    let dir = scratch();
    build(dir.path(), 60, 4);
    let root = open(dir.path()).0.root();
    for name in ["hashes", "offsets", "state"] {
        let path = dir.path().join("derived").join(name);
        let good = fs::read(&path).unwrap();
        let mut cases: Vec<Option<Vec<u8>>> = vec![None, Some(Vec::new())];
        cases.push(Some(good[..good.len() - 1].to_vec()));
        for at in (0..good.len()).step_by(41) {
            let mut bytes = good.clone();
            bytes[at] ^= 4;
            cases.push(Some(bytes));
        }
        for case in cases {
            match case {
                None => fs::remove_file(&path).unwrap(),
                Some(bytes) => fs::write(&path, bytes).unwrap(),
            }
            let mut seen = Vec::new();
            let (log, recovery) = Log::open(dir.path(), ORIGIN, &SMALL, |done, total| {
                seen.push((done, total));
            })
            .unwrap();
            assert!(
                recovery.rebuilt && recovery.replayed == 60,
                "{name}: {recovery:?}"
            );
            assert!(
                seen.last()
                    .is_some_and(|(done, total)| done == total && *total > 0)
            );
            assert_eq!(log.root(), root);
            drop(log);
            assert_eq!(fs::read(&path).unwrap(), good, "{name}");
        }
    }
}

#[test]
fn a_reader_manages_without_derived_files_and_writes_nothing() {
    let dir = scratch();
    build(dir.path(), 60, 4);
    let root = open(dir.path()).0.root();
    fs::remove_dir_all(dir.path().join("derived")).unwrap();
    let reader = Reader::open(dir.path(), ORIGIN, |_, _| ()).unwrap();
    assert_eq!(
        (
            reader.root(),
            reader.verify(None, |_, _| ()).unwrap().records
        ),
        (root, 60)
    );
    reader.inclusion(13, 37).unwrap();
    assert!(!dir.path().join("derived").exists());
}

#[test]
fn an_unclosed_log_replays_only_what_the_derived_files_lack() {
    let dir = scratch();
    build(dir.path(), 30, 3);
    let state = fs::read(dir.path().join("derived/state")).unwrap();
    let (mut log, _) = open(dir.path());
    log.append(&entries(30, 50)).unwrap();
    let root = log.root();
    drop(log);
    fs::write(dir.path().join("derived/state"), state).unwrap();
    let (log, recovery) = open(dir.path());
    assert_eq!(
        (log.root(), recovery.replayed, recovery.rebuilt),
        (root, 20, false)
    );
    assert_holds(&log, 50);
}

#[test]
fn other_logs_gaps_and_strangers_are_refused() {
    let dir = scratch();
    build(dir.path(), 60, 4);
    let refused = |dir: &Path, origin: &str| Log::open(dir, origin, &SMALL, |_, _| ()).unwrap_err();
    assert!(matches!(
        refused(dir.path(), "log.example.com/else"),
        Error::WrongLog { .. }
    ));
    assert!(matches!(
        refused(dir.path(), "has spaces"),
        Error::Origin { .. }
    ));
    let (a, b) = (segment(dir.path(), 0), segment(dir.path(), 1));
    let aside = dir.path().join("aside");
    fs::rename(&a, &aside).unwrap();
    assert!(matches!(
        refused(dir.path(), ORIGIN),
        Error::MissingSegment { number: 0, .. }
    ));
    fs::rename(&b, &a).unwrap();
    fs::rename(&aside, &b).unwrap();
    assert!(matches!(
        refused(dir.path(), ORIGIN),
        Error::SegmentHeader { number: 0, .. }
    ));
    fs::rename(&a, &aside).unwrap();
    fs::rename(&b, &a).unwrap();
    fs::rename(&aside, &b).unwrap();
    fs::write(dir.path().join("segments/notes.txt"), "").unwrap();
    assert!(matches!(
        refused(dir.path(), ORIGIN),
        Error::StrangeFile { .. }
    ));
    fs::remove_file(dir.path().join("segments/notes.txt")).unwrap();
    open(dir.path());
}
