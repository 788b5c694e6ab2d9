//! Tiles on disk: written as the log grows, right after every crash, made anew when they are not.
#![allow(clippy::unwrap_used)]

use domicile_ledger::tiles::{Question, Tile, TileKind, TileSet, Tiles, bundle_leaves, tiles_for};
use domicile_ledger::{
    Error, Head, Kind, Leaf, Log, NewEntry, Options, leaf_hash, verify_consistency,
    verify_inclusion,
};
use ring::signature::{Ed25519KeyPair, KeyPair as _};
use std::path::Path;
use tempfile::TempDir;

const ORIGIN: &str = "log.example.com/tiles";

fn key() -> Ed25519KeyPair {
    Ed25519KeyPair::from_seed_unchecked(&[4; 32]).unwrap()
}

fn open(dir: &TempDir) -> Log {
    let options = Options {
        segment_bytes: 16 * 1024,
    };
    Log::open(dir.path(), ORIGIN, &options, |_, _| ())
        .unwrap()
        .0
}

fn append(log: &mut Log, count: u64) {
    let first = log.size();
    let entries: Vec<NewEntry> = (first..first + count)
        .map(|n| NewEntry {
            kind: Kind::Evidence,
            time_ms: n,
            salt: [3; 32],
            payload: n.to_be_bytes().to_vec(),
        })
        .collect();
    log.append(&entries).unwrap();
}

/// Brings the tiles up to the log and publishes its head.
fn publish(tiles: &mut Tiles, log: &mut Log) -> Head {
    let head = log.sign_head(&key()).unwrap();
    let leaves = log.leaves(tiles.size(), head.size).unwrap();
    tiles.extend(leaves, &head, &mut |_, _| ()).unwrap();
    let public: [u8; 32] = key().public_key().as_ref().try_into().unwrap();
    tiles.publish(&head, head.to_note(&public)).unwrap();
    head
}

fn file(dir: &Path, tile: Tile) -> Vec<u8> {
    std::fs::read(dir.join("tiles").join(tile.to_string())).unwrap()
}

/// What a client does: fetch what it needs, as the tree of that size has it.
fn fetch(dir: &Path, tiles: Vec<Tile>) -> TileSet {
    let mut set = TileSet::default();
    for tile in tiles {
        assert!(set.insert(tile, file(dir, tile)), "{tile}");
    }
    set
}

#[test]
fn a_growing_log_gives_tiles_from_which_every_proof_follows() {
    let dir = tempfile::tempdir().unwrap();
    let (mut log, mut heads) = (open(&dir), Vec::new());
    let mut tiles = Tiles::open(&log).unwrap();
    for count in [1, 2, 252, 1, 1, 255, 257, 700] {
        append(&mut log, count);
        heads.push(publish(&mut tiles, &mut log));
    }
    let last = heads.last().unwrap();
    assert_eq!(last.size, 1469);
    assert!(tiles.verify(&log).unwrap() > 10);
    for head in &heads {
        let set = fetch(dir.path(), tiles_for(Question::Root(head.size), last.size));
        let tree = set.tree(last.size, &last.root).unwrap();
        assert_eq!(tree.root(head.size), Some(head.root), "{}", head.size);
        let needed = tiles_for(Question::Consistency(head.size), last.size);
        let set = fetch(dir.path(), needed);
        let tree = set.tree(last.size, &last.root).unwrap();
        let proof = tree.consistency(head.size).unwrap();
        verify_consistency(head.size, &head.root, last.size, &last.root, &proof).unwrap();
    }
    for index in [0, 1, 255, 256, 1023, 1279, 1280, 1468] {
        let set = fetch(dir.path(), tiles_for(Question::Inclusion(index), last.size));
        let path = set
            .tree(last.size, &last.root)
            .unwrap()
            .inclusion(index)
            .unwrap();
        let bundle = Tile::in_tree(TileKind::Entries, index / 256, last.size).unwrap();
        let bytes = file(dir.path(), bundle);
        let leaves = bundle_leaves(&bytes).unwrap();
        let leaf = leaves[usize::try_from(index % 256).unwrap()];
        assert_eq!(Leaf::decode(leaf).unwrap().time_ms, index);
        verify_inclusion(&leaf_hash(leaf), index, &path, last.size, &last.root).unwrap();
    }
}

/// Read with the other implementation of tiles, which checks every tile against the root.
#[test]
fn another_implementation_reads_the_same_tiles() {
    use tlog_tiles::tlog::{Error as TlogError, Hash, tree_hash};
    struct Reader<'a>(&'a Path);
    impl tlog_tiles::TileReader for Reader<'_> {
        fn height(&self) -> u8 {
            8
        }
        fn read_tiles(&self, tiles: &[tlog_tiles::Tile]) -> Result<Vec<Vec<u8>>, TlogError> {
            let read = |tile: &tlog_tiles::Tile| {
                let name = tile.path().replacen("tile/8/", "tile/", 1);
                std::fs::read(self.0.join("tiles").join(name)).unwrap()
            };
            Ok(tiles.iter().map(read).collect())
        }
        fn save_tiles(&self, _: &[tlog_tiles::Tile], _: &[Vec<u8>]) {}
    }
    let dir = tempfile::tempdir().unwrap();
    let mut log = open(&dir);
    let mut tiles = Tiles::open(&log).unwrap();
    append(&mut log, 700);
    let head = publish(&mut tiles, &mut log);
    let reader = Reader(dir.path());
    let hashes = tlog_tiles::TileHashReader::new(head.size, Hash(head.root), &reader);
    assert_eq!(tree_hash(700, &hashes).unwrap().0, head.root);
    for index in [0, 255, 256, 699] {
        let proof = tlog_tiles::prove_record(700, index, &hashes).unwrap();
        let hash = Hash(log.leaf_hash(index).unwrap());
        tlog_tiles::check_record(&proof, 700, Hash(head.root), index, hash).unwrap();
    }
    let proof = tlog_tiles::prove_tree(700, 300, &hashes).unwrap();
    let old = Hash(log.root_at(300).unwrap());
    tlog_tiles::check_tree(&proof, 700, Hash(head.root), 300, old).unwrap();
}

#[test]
fn tiles_go_on_where_they_were_and_unfinished_ones_go_when_full() {
    let dir = tempfile::tempdir().unwrap();
    let mut log = open(&dir);
    append(&mut log, 100);
    publish(&mut Tiles::open(&log).unwrap(), &mut log);
    let partial = dir.path().join("tiles/tile/0/000.p/100");
    assert!(partial.exists());
    let mut tiles = Tiles::open(&log).unwrap();
    assert_eq!((tiles.size(), tiles.published().unwrap().size), (100, 100));
    append(&mut log, 200);
    let head = log.sign_head(&key()).unwrap();
    let leaves = log.leaves(100, 300).unwrap();
    tiles.extend(leaves, &head, &mut |_, _| ()).unwrap();
    assert!(partial.exists(), "the published checkpoint still needs it");
    publish(&mut tiles, &mut log);
    assert!(!partial.exists());
    assert!(dir.path().join("tiles/tile/0/000").exists());
    tiles.verify(&log).unwrap();
}

/// Each is what a crash, a restored copy or a hand could leave.
#[test]
fn tiles_that_do_not_fit_the_log_are_made_anew() {
    let damage: [fn(&Path); 6] = [
        |dir| std::fs::remove_file(dir.join("checkpoint")).unwrap(),
        |dir| std::fs::write(dir.join("checkpoint"), b"no note").unwrap(),
        |dir| std::fs::remove_file(dir.join("tile/0/001.p/44")).unwrap(),
        |dir| std::fs::write(dir.join("tile/0/001.p/44"), [0; 44 * 32]).unwrap(),
        |dir| std::fs::write(dir.join("tile/1/000.p/1"), [0; 32]).unwrap(),
        |dir| std::fs::write(dir.join("tile/entries/001.p/44"), [0; 9]).unwrap(),
    ];
    for (number, damage) in damage.iter().enumerate() {
        let dir = tempfile::tempdir().unwrap();
        let mut log = open(&dir);
        append(&mut log, 300);
        publish(&mut Tiles::open(&log).unwrap(), &mut log);
        damage(&dir.path().join("tiles"));
        let mut tiles = Tiles::open(&log).unwrap();
        assert_eq!((tiles.size(), tiles.published()), (0, None), "{number}");
        publish(&mut tiles, &mut log);
        tiles.verify(&log).unwrap();
    }
}

/// Deep tiles are not read at opening: `verify` finds what happened to them.
#[test]
fn every_changed_or_missing_tile_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let mut log = open(&dir);
    append(&mut log, 600);
    let mut tiles = Tiles::open(&log).unwrap();
    publish(&mut tiles, &mut log);
    let names = [
        ("tile/0/000", 0, 0),
        ("tile/0/001", 256, 256),
        ("tile/0/002.p/88", 512, 512),
        ("tile/1/000.p/2", 0, 255),
        ("tile/entries/000", 0, 0),
        ("tile/entries/002.p/88", 512, 512),
    ];
    for (name, first, last) in names {
        let path = dir.path().join("tiles").join(name);
        let good = std::fs::read(&path).unwrap();
        let mut bad = good.clone();
        bad[17] ^= 1;
        std::fs::write(&path, bad).unwrap();
        let found = tiles.verify(&log);
        assert!(
            matches!(&found, Err(Error::Tile { path: named, first: a, last: b })
                if *named == path && (*a, *b) == (first, last)),
            "{name}: {found:?}"
        );
        std::fs::remove_file(&path).unwrap();
        assert!(tiles.verify(&log).is_err(), "{name}");
        std::fs::write(&path, good).unwrap();
        tiles.verify(&log).unwrap();
    }
}

#[test]
fn leaves_that_do_not_give_the_head_are_refused_and_change_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let mut log = open(&dir);
    append(&mut log, 300);
    let mut tiles = Tiles::open(&log).unwrap();
    let head = log.sign_head(&key()).unwrap();
    let other = Head::sign(&key(), ORIGIN, 300, [9; 32]);
    let leaves = log.leaves(0, 300).unwrap();
    let refused = tiles.extend(leaves, &other, &mut |_, _| ());
    assert!(matches!(refused, Err(Error::HeadMismatch { size: 300 })));
    assert!(tiles.publish(&head, String::new()).is_err());
    let short = log.leaves(0, 299).unwrap();
    assert!(tiles.extend(short, &head, &mut |_, _| ()).is_err());
    assert_eq!((tiles.size(), tiles.published()), (0, None));
    publish(&mut tiles, &mut log);
    tiles.verify(&log).unwrap();
}

/// Whatever byte of whatever tile is wrong: no answer, never a wrong one.
#[test]
fn tiles_of_another_tree_give_no_answer() {
    let dir = tempfile::tempdir().unwrap();
    let mut log = open(&dir);
    append(&mut log, 1469);
    let head = publish(&mut Tiles::open(&log).unwrap(), &mut log);
    let questions = [
        Question::Root(300),
        Question::Root(1280),
        Question::Consistency(700),
        Question::Inclusion(5),
        Question::Inclusion(1468),
    ];
    for question in questions {
        let needed = tiles_for(question, head.size);
        for (number, tile) in needed.iter().enumerate() {
            let mut bytes = file(dir.path(), *tile);
            bytes[number % 32] ^= 1;
            let rest = needed.iter().copied().filter(|other| other != tile);
            let mut set = fetch(dir.path(), rest.collect());
            for given in [None, Some(bytes)] {
                if let Some(bytes) = given {
                    assert!(set.insert(*tile, bytes));
                }
                let tree = set.tree(head.size, &head.root);
                let answer = tree.and_then(|tree| match question {
                    Question::Root(old) => tree.root(old).map(|root| vec![root]),
                    Question::Consistency(old) => tree.consistency(old),
                    Question::Inclusion(index) => tree.inclusion(index),
                });
                assert_eq!(answer, None, "{question:?} {tile}");
            }
        }
    }
    let empty = TileSet::default();
    assert!(empty.tree(0, &domicile_ledger::EMPTY_ROOT).is_some());
    assert!(empty.tree(0, &head.root).is_none());
    assert!(empty.tree(5, &head.root).is_none());
}
