//! Random edits of the files of a log at rest: change, drop, insert, reorder, truncate. Each is found, and
//! what it touched is named. `DOMICILE_EDITS` says how many (default 1,200).
#![allow(clippy::unwrap_used)]

use domicile_audit::log::{LogFile, verify_rest};
use domicile_ledger::tiles::Tiles;
use domicile_ledger::witness::{Checkpoint, KeyUse, VerifierKey, cosign};
use domicile_ledger::{Kind, Log, NewEntry, Options, verifier_key};
use domicile_proto::sign::SigningKey;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

const ORIGIN: &str = "log.example.com/eu/2026";
const RECORDS: u64 = 700;

struct Draw(u64);

impl Draw {
    fn below(&mut self, below: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % u64::try_from(below.max(1)).unwrap()).unwrap()
    }
}

/// A log in two segments with its tiles, closed; and `log.toml`.
fn build(folder: &Path) -> LogFile {
    let (key, witness) = ([1, 2].map(|seed| SigningKey::from_seed(&[seed; 32]))).into();
    let (key, witness): (SigningKey, SigningKey) = (key, witness);
    let options = Options {
        segment_bytes: 128 * 1024,
    };
    let (mut log, _) = Log::open(&folder.join("log"), ORIGIN, &options, |_, _| ()).unwrap();
    for n in 0..RECORDS {
        let entry = NewEntry {
            kind: Kind::Evidence,
            time_ms: n,
            salt: [u8::try_from(n % 256).unwrap(); 32],
            payload: (0..n * 37 % 500)
                .map(|i| u8::try_from((i * 7 + n) % 256).unwrap())
                .collect(),
        };
        log.append(&[entry]).unwrap();
    }
    let head = log.sign_head(key.ring()).unwrap();
    let mut tiles = Tiles::open(&log).unwrap();
    let leaves = log.leaves(0, head.size).unwrap();
    tiles.extend(leaves, &head, &mut |_, _| ()).unwrap();
    let log_key: VerifierKey = verifier_key(ORIGIN, &key.public().0).parse().unwrap();
    let witness_key = VerifierKey {
        name: "witness.example.org/w1".into(),
        usage: KeyUse::Cosignature,
        public: witness.public().0,
    };
    let plain = Checkpoint::of(&head, &log_key);
    let line = cosign(
        witness.ring(),
        &witness_key.name,
        1_800_000_000,
        &head.text(),
    );
    let signed = plain.answered(&line, std::slice::from_ref(&witness_key));
    let note = plain.with(&signed, &log_key).note().to_owned();
    tiles.publish(&head, note).unwrap();
    log.close().unwrap();
    let text = format!("key = \"{log_key}\"\nneeded = 1\nwitness = [\"{witness_key}\"]\n");
    fs::write(folder.join("log.toml"), text).unwrap();
    LogFile::load(&folder.join("log.toml")).unwrap()
}

/// Every file but the lock and what is derived and made anew at every opening.
fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name();
        if entry.file_type().unwrap().is_dir() {
            files(&entry.path(), found);
        } else if name != "lock" {
            found.push(entry.path());
        }
    }
}

/// One edit; `None` if it would leave the bytes as they are.
fn edit(bytes: &[u8], draw: &mut Draw) -> Option<(&'static str, Vec<u8>)> {
    let at = draw.below(bytes.len());
    let len = 1 + draw.below(300);
    let end = (at + len).min(bytes.len());
    let mut edited = bytes.to_vec();
    let name = match draw.below(5) {
        0 => {
            edited[at] ^= 1 << draw.below(8);
            "changed"
        }
        1 => {
            edited.drain(at..end);
            "dropped"
        }
        2 => {
            let noise: Vec<u8> = (0..len)
                .map(|_| u8::try_from(draw.below(256)).unwrap())
                .collect();
            edited.splice(at..at, noise);
            "inserted"
        }
        3 => {
            let middle = at + (end - at) / 2;
            edited[at..end].rotate_left(middle - at);
            "reordered"
        }
        _ => {
            edited.truncate(at);
            "truncated"
        }
    };
    (edited != bytes).then_some((name, edited))
}

#[test]
fn every_random_edit_of_a_file_at_rest_is_found_and_named() {
    let wanted = std::env::var("DOMICILE_EDITS").map_or(1200, |edits| edits.parse().unwrap());
    let folder = tempfile::tempdir_in("/dev/shm")
        .or_else(|_| tempfile::tempdir())
        .unwrap();
    let log = build(folder.path());
    let dir = folder.path().join("log");
    let verify = || verify_rest(&dir, &log, |_, _| ());
    let good = verify().unwrap();
    assert!(good.records == RECORDS && good.witnessed.is_enough());
    let mut all = Vec::new();
    files(&dir, &mut all);
    all.sort();
    let derived = |path: &Path| path.starts_with(dir.join("derived"));
    let mut draw = Draw(0x9e37_79b9_7f4a_7c15);
    let (mut edits, mut counts) = (0, BTreeMap::new());
    while edits < wanted {
        let path = &all[draw.below(all.len())];
        let bytes = fs::read(path).unwrap();
        let Some((how, edited)) = edit(&bytes, &mut draw) else {
            continue;
        };
        fs::write(path, edited).unwrap();
        let found = verify();
        fs::write(path, &bytes).unwrap();
        edits += 1;
        let file = path.strip_prefix(&dir).unwrap().display().to_string();
        let kind = file.split('/').next().unwrap().to_owned();
        *counts.entry(kind).or_insert(0) += 1;
        match found {
            // What is derived is compared, or made anew from what is not; either way nothing of it counts.
            Ok(rest) if derived(path) => assert_eq!(rest, good),
            // Only a cosignature is worth less: that the log is whole still holds, that it was witnessed not.
            Ok(rest) if path.ends_with("tiles/checkpoint") => {
                assert!(!rest.witnessed.is_enough(), "{how} {file}");
            }
            Ok(_) => panic!("{how} {file}: not found"),
            Err(error) => {
                let said = error.to_string();
                // Of a tile the records are named that the changed part stands for.
                if file.starts_with("tiles/tile/") {
                    assert!(said.contains("for records "), "{how} {file}: {said}");
                }
                let names = [
                    "record",
                    "segment",
                    "tile",
                    "checkpoint",
                    "note",
                    "log holds",
                ];
                assert!(
                    names.iter().any(|name| said.contains(name)),
                    "{how} {file}: {said}"
                );
            }
        }
    }
    assert_eq!(verify().unwrap(), good);
    println!("{edits} edits: {counts:?}");
    assert!(
        counts.len() >= 4,
        "segments, tiles, checkpoint and derived: {counts:?}"
    );
}

#[test]
fn the_program_names_the_record_and_ends_with_1() {
    let folder = tempfile::tempdir().unwrap();
    build(folder.path());
    let run = || {
        let output = Command::new(env!("CARGO_BIN_EXE_domicile-audit"))
            .args(["verify", "--data", "log", "--log", "log.toml"])
            .current_dir(folder.path())
            .output()
            .unwrap();
        let text = [output.stdout, output.stderr].concat();
        (
            output.status.code().unwrap(),
            String::from_utf8(text).unwrap(),
        )
    };
    let (code, text) = run();
    assert!(code == 0 && text.contains("700 records"), "{text}");
    let path = folder.path().join("log/segments/00000000.seg");
    let mut bytes = fs::read(&path).unwrap();
    bytes[5000] ^= 1;
    fs::write(&path, bytes).unwrap();
    let (code, text) = run();
    assert!(code == 1 && text.contains("record "), "{code} {text}");
}
