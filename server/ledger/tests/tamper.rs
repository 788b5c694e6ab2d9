//! Every change at rest is found by `verify`, and the record named.
#![allow(clippy::unwrap_used, clippy::cast_possible_truncation)]

mod common;

use common::{ORIGIN, build, entry, key, last_segment, open, scratch, segment};
use domicile_ledger::{
    Damage, Error, RECORD_HEADER_LEN, Reader, SEGMENT_HEADER_LEN, Verified, decode_record,
    encode_record,
};
use std::fs;
use std::path::Path;

const COUNT: u64 = 80;

fn check(reader: &Reader) -> Result<Verified, Error> {
    reader.verify(None, |_, _| ())
}

/// The segment files' bytes, and for each byte the record that it belongs to (`None`: a header).
fn layout(dir: &Path) -> Vec<(Vec<u8>, Vec<Option<u64>>)> {
    let mut next = 0;
    (0..=last_segment(dir))
        .map(|number| {
            let bytes = fs::read(segment(dir, number)).unwrap();
            let mut owners = vec![None; SEGMENT_HEADER_LEN];
            while owners.len() < bytes.len() {
                let len = RECORD_HEADER_LEN + entry(next).payload.len();
                owners.extend(vec![Some(next); len]);
                next += 1;
            }
            (bytes, owners)
        })
        .collect()
}

#[test]
fn every_changed_byte_is_found_and_the_record_named() {
    let dir = scratch();
    build(dir.path(), COUNT, 3);
    let reader = Reader::open(dir.path(), ORIGIN, |_, _| ()).unwrap();
    assert_eq!(check(&reader).unwrap().records, COUNT);
    for (number, (bytes, owners)) in (0..).zip(layout(dir.path())) {
        let path = segment(dir.path(), number);
        for at in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[at] ^= 1 << (at % 8);
            overwrite(&path, &changed);
            match (check(&reader).unwrap_err(), owners[at]) {
                (Error::SegmentHeader { number: named, .. }, None) => assert_eq!(named, number),
                (Error::Damaged { segment, index, .. }, Some(owner)) => {
                    assert_eq!((segment, index), (number, owner), "byte {at}");
                }
                (other, owner) => panic!("segment {number} byte {at} of {owner:?}: {other}"),
            }
            if let Some(index) = owners[at] {
                assert!(reader.read(index).is_err());
            }
        }
        overwrite(&path, &bytes);
    }
    check(&reader).unwrap();
}

/// Writes in place: an open reader keeps the file it opened.
fn overwrite(path: &Path, bytes: &[u8]) {
    use std::os::unix::fs::FileExt;
    let file = fs::OpenOptions::new().write(true).open(path).unwrap();
    file.write_all_at(bytes, 0).unwrap();
    file.set_len(bytes.len() as u64).unwrap();
}

/// Whoever can write the files can also make checksums fit; the leaf's commitment still differs.
#[test]
fn a_rewritten_record_with_a_fitting_checksum_is_found() {
    let dir = scratch();
    build(dir.path(), COUNT, 3);
    let (mut log, _) = open(dir.path());
    log.sign_head(&key().0).unwrap();
    drop(log);
    let (bytes, _) = &layout(dir.path())[0];
    let seed = u32::from_be_bytes(bytes[12..16].try_into().unwrap());
    let at = SEGMENT_HEADER_LEN + RECORD_HEADER_LEN + entry(0).payload.len();
    let record = decode_record(&bytes[at..], seed).unwrap();
    assert_eq!(record.index, 1);
    let mut forged = entry(1);
    forged.payload[0] ^= 1;
    let mut new = bytes[..at].to_vec();
    encode_record(&mut new, seed, 1, record.position, &forged);
    new.extend_from_slice(&bytes[new.len()..]);

    let reader = Reader::open(dir.path(), ORIGIN, |_, _| ()).unwrap();
    overwrite(&segment(dir.path(), 0), &new);
    let found = check(&reader).unwrap_err();
    assert!(
        matches!(
            found,
            Error::Altered {
                index: 1,
                segment: 0,
                ..
            }
        ),
        "{found}"
    );
    assert!(matches!(
        reader.read(1),
        Err(Error::Altered { index: 1, .. })
    ));
    assert!(matches!(
        reader.iter(0).nth(1),
        Some(Err(Error::Altered { index: 1, .. }))
    ));
    // Derived files made anew from the forgery agree with it; headers and checkpoint do not.
    fs::remove_dir_all(dir.path().join("derived")).unwrap();
    let found = Reader::open(dir.path(), ORIGIN, |_, _| ()).unwrap_err();
    assert!(
        matches!(found, Error::SegmentHeader { number: 1, .. }),
        "{found}"
    );
}

#[test]
fn dropped_doubled_and_swapped_records_are_found() {
    let dir = scratch();
    build(dir.path(), COUNT, 3);
    let reader = Reader::open(dir.path(), ORIGIN, |_, _| ()).unwrap();
    for (number, (bytes, owners)) in (0..).zip(layout(dir.path())) {
        let path = segment(dir.path(), number);
        let span = |n: u64| {
            let start = owners.iter().position(|o| *o == Some(n)).unwrap();
            start..start + owners.iter().filter(|o| **o == Some(n)).count()
        };
        let first = owners[SEGMENT_HEADER_LEN].unwrap();
        let last = owners[bytes.len() - 1].unwrap();
        for n in first..last {
            let (a, b) = (span(n), span(n + 1));
            let (before, after) = (&bytes[..a.start], &bytes[b.end..]);
            let (one, two) = (&bytes[a], &bytes[b]);
            for forged in [
                [before, two, after].concat(),
                [before, one, one, two, after].concat(),
                [before, two, one, after].concat(),
            ] {
                overwrite(&path, &forged);
                let found = check(&reader).unwrap_err();
                let Error::Damaged {
                    index,
                    damage: Damage::Index { .. },
                    ..
                } = found
                else {
                    panic!("{found}")
                };
                assert!(index == n || index == n + 1);
            }
        }
        // Bytes added behind the last record of a segment that has a successor.
        if number < last_segment(dir.path()) {
            overwrite(&path, &[&bytes[..], b"x"].concat());
            assert!(matches!(check(&reader), Err(Error::Damaged { .. })));
            assert!(Reader::open(dir.path(), ORIGIN, |_, _| ()).is_err());
        }
        overwrite(&path, &bytes);
    }
}

#[test]
fn a_head_of_another_history_is_found() {
    let (dir, other) = (scratch(), scratch());
    build(dir.path(), COUNT, 3);
    let (mut fork, _) = open(other.path());
    fork.append(&[entry(0), entry(2)]).unwrap();
    let head = fork.sign_head(&key().0).unwrap();
    let (log, _) = open(dir.path());
    let found = log.verify(Some(&head), |_, _| ()).unwrap_err();
    assert!(matches!(found, Error::HeadMismatch { size: 2 }), "{found}");
    let ahead = domicile_ledger::Head {
        size: COUNT + 1,
        ..head
    };
    let found = log.verify(Some(&ahead), |_, _| ()).unwrap_err();
    assert!(matches!(found, Error::BelowHead { .. }), "{found}");
}
