//! Log heads: which are kept, and what a split history leaves behind.
#![allow(clippy::unwrap_used)]

mod common;

use common::agent::{Agent, Behaviour};
use common::{Fixture, YEAR_MS};
use domicile_anchor::heads::{Head, HeadError, HeadStore, MAX_CONFLICT_FILES, Offered};
use domicile_proto::codec;
use domicile_proto::directory::Directory;
use domicile_proto::wire;
use std::sync::Arc;

fn store(fixture: &Fixture) -> (HeadStore, Arc<Directory>) {
    let directory = fixture.materials().directory;
    let store = HeadStore::open(&fixture.state_dir(), &directory).unwrap();
    (store, directory)
}

fn files(fixture: &Fixture, prefix: &str) -> Vec<std::path::PathBuf> {
    let entries = std::fs::read_dir(fixture.state_dir()).unwrap();
    let mut files: Vec<_> = entries
        .map(|entry| entry.unwrap().path())
        .filter(|path| {
            path.file_name()
                .unwrap()
                .to_str()
                .unwrap()
                .starts_with(prefix)
        })
        .collect();
    files.sort();
    files
}

fn kept(fixture: &Fixture) -> wire::LogHead {
    let path = files(fixture, "head-").remove(0);
    codec::decode(&std::fs::read(path).unwrap(), 256).unwrap()
}

#[test]
fn only_what_the_directorys_log_signed_is_a_head() {
    let fixture = Fixture::new();
    let (_, directory) = store(&fixture);
    let good = fixture.head(10, 1);
    Head::open(&good, &directory).unwrap();
    let changes: [fn(&mut wire::LogHead); 3] = [
        |head| head.size += 1,
        |head| head.root[0] ^= 1,
        |head| head.signature[0] ^= 1,
    ];
    for change in changes {
        let mut bad = good.clone();
        change(&mut bad);
        assert!(matches!(
            Head::open(&bad, &directory),
            Err(HeadError::Signature(_))
        ));
    }
    let mut foreign = good.clone();
    foreign.log_key[0] ^= 1;
    assert!(matches!(
        Head::open(&foreign, &directory),
        Err(HeadError::UnknownLog(_))
    ));
    let shorten: [fn(&mut wire::LogHead); 3] = [
        |head| head.log_key.truncate(31),
        |head| head.root.truncate(31),
        |head| head.signature.truncate(63),
    ];
    for change in shorten {
        let mut bad = good.clone();
        change(&mut bad);
        assert!(matches!(
            Head::open(&bad, &directory),
            Err(HeadError::Codec(_))
        ));
    }
}

#[test]
fn the_newest_is_kept_across_restarts() {
    let fixture = Fixture::new();
    let (mut heads, directory) = store(&fixture);
    let open = |size, root| Head::open(&fixture.head(size, root), &directory).unwrap();
    assert_eq!(heads.offer(open(10, 1)).unwrap(), Offered::Kept);
    assert_eq!(heads.offer(open(10, 1)).unwrap(), Offered::Known);
    assert_eq!(heads.offer(open(9, 1)).unwrap(), Offered::Older);
    assert_eq!(heads.offer(open(12, 2)).unwrap(), Offered::Kept);
    let (mut heads, _) = store(&fixture);
    assert_eq!(heads.newest(&fixture.log.public()), Some(&open(12, 2)));
    assert_eq!(heads.offer(open(11, 1)).unwrap(), Offered::Older);
    assert_eq!(kept(&fixture), fixture.head(12, 2));
    let (newest, earlier) = (files(&fixture, "head-"), files(&fixture, "past-"));
    let all = files(&fixture, "").len();
    assert_eq!(
        (newest.len(), earlier.len(), all),
        (1, 2, 3),
        "no temporary file is left"
    );
}

/// A log that shows everybody another history from now on is found out by what it showed before.
#[test]
fn earlier_heads_stay_fewer_the_farther_back_and_conflict_as_the_newest_does() {
    let fixture = Fixture::new();
    let (mut heads, directory) = store(&fixture);
    let open = |size, root| Head::open(&fixture.head(size, root), &directory).unwrap();
    for size in 1..=600 {
        assert_eq!(heads.offer(open(size, 1)).unwrap(), Offered::Kept);
    }
    let earlier = files(&fixture, "past-").len();
    assert!((5..=64).contains(&earlier), "{earlier}");
    let sizes: Vec<u64> = files(&fixture, "past-")
        .iter()
        .map(|path| {
            codec::decode::<wire::LogHead>(&std::fs::read(path).unwrap(), 256)
                .unwrap()
                .size
        })
        .collect();
    assert!(
        sizes.iter().any(|size| *size <= 88),
        "one from far back: {sizes:?}"
    );
    let (mut heads, _) = store(&fixture);
    for size in sizes {
        assert_eq!(heads.offer(open(size, 1)).unwrap(), Offered::Known);
        assert_eq!(heads.offer(open(size, 2)).unwrap(), Offered::Conflict);
    }
}

#[test]
fn a_damaged_file_is_passed_over_and_replaced() {
    let fixture = Fixture::new();
    let (mut heads, directory) = store(&fixture);
    let open = |size, root| Head::open(&fixture.head(size, root), &directory).unwrap();
    heads.offer(open(10, 1)).unwrap();
    let path = files(&fixture, "head-").remove(0);
    let good = std::fs::read(&path).unwrap();
    for bytes in [&good[..40], &[], &[0xff; 300], &[&good[..], &[0]].concat()] {
        std::fs::write(&path, bytes).unwrap();
        let mut heads = HeadStore::open(&fixture.state_dir(), &directory).unwrap();
        assert_eq!(heads.newest(&fixture.log.public()), None);
        assert_eq!(heads.offer(open(5, 1)).unwrap(), Offered::Kept);
    }
}

#[test]
fn both_heads_of_a_split_history_stay_on_disk_and_their_number_is_bounded() {
    let fixture = Fixture::new();
    let (mut heads, directory) = store(&fixture);
    let open = |size, root| Head::open(&fixture.head(size, root), &directory).unwrap();
    heads.offer(open(10, 1)).unwrap();
    assert_eq!(heads.offer(open(10, 2)).unwrap(), Offered::Conflict);
    assert_eq!(heads.offer(open(10, 2)).unwrap(), Offered::Conflict);
    let mut evidence: Vec<wire::LogHead> = files(&fixture, "conflict-")
        .iter()
        .map(|path| codec::decode(&std::fs::read(path).unwrap(), 256).unwrap())
        .collect();
    evidence.sort_by_key(|head| head.root.clone());
    assert_eq!(evidence, [fixture.head(10, 1), fixture.head(10, 2)]);
    assert_eq!(kept(&fixture), fixture.head(10, 1), "the first one stays");
    for root in 3..200 {
        assert_eq!(heads.offer(open(10, root)).unwrap(), Offered::Conflict);
    }
    assert_eq!(files(&fixture, "conflict-").len(), MAX_CONFLICT_FILES);
    let (mut heads, _) = store(&fixture);
    heads.offer(open(10, 201)).unwrap();
    assert_eq!(files(&fixture, "conflict-").len(), MAX_CONFLICT_FILES);
    assert_eq!(
        heads.offer(open(11, 1)).unwrap(),
        Offered::Kept,
        "and life goes on"
    );
}

#[tokio::test]
async fn heads_come_with_sessions_and_bad_ones_do_no_harm() {
    let mut fixture = Fixture::new();
    let anchor = fixture.start();
    let agent = Agent::new(&fixture.agent(YEAR_MS), fixture.anchor.key.public());
    let mut forged = fixture.head(1000, 1);
    forged.signature[5] ^= 1;
    let mut short = fixture.head(1000, 1);
    short.root.pop();
    for head in [
        None,
        Some(wire::LogHead::default()),
        Some(fixture.head(10, 1)),
        Some(forged),
        Some(short),
        Some(fixture.head(12, 3)),
        Some(fixture.head(12, 4)),
    ] {
        let how = Behaviour {
            head,
            ..Behaviour::default()
        };
        agent.range_as(anchor.address, &how).await.unwrap();
    }
    assert_eq!(anchor.stop().await.receipts, 7);
    assert_eq!(kept(&fixture), fixture.head(12, 3));
    assert_eq!(files(&fixture, "conflict-").len(), 2);
}
