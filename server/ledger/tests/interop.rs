//! Second implementations: what this crate writes is checked by `pymerkle` and `cryptography`, what they
//! write by this crate. `DOMICILE_INTEROP_PYTHON` names a Python that has both packages; without it
//! nothing is compared, and the test says so.
#![allow(clippy::unwrap_used)]

use domicile_ledger::{
    Head, Kind, Leaf, Log, NewEntry, Options, leaf_hash, verify_consistency, verify_inclusion,
};
use ring::signature::{Ed25519KeyPair, KeyPair as _};
use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

const ORIGIN: &str = "log.example.com/interop";
const SIZES: [u64; 9] = [1, 2, 3, 6, 7, 128, 255, 256, 300];

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").unwrap();
        text
    })
}

fn unhex(text: &str) -> Vec<u8> {
    let byte = |at| u8::from_str_radix(&text[at..at + 2], 16).unwrap();
    (0..text.len()).step_by(2).map(byte).collect()
}

fn list(hashes: &[[u8; 32]]) -> String {
    let hashes: Vec<String> = hashes.iter().map(|hash| hex(hash)).collect();
    hashes.join(",")
}

fn hashes(text: &str) -> Vec<[u8; 32]> {
    let parts = text.split(',').filter(|part| !part.is_empty());
    parts.map(|part| unhex(part).try_into().unwrap()).collect()
}

/// A log of ours, in the form of `interop.py`.
fn ours() -> String {
    let dir = tempfile::tempdir().unwrap();
    let key = Ed25519KeyPair::from_seed_unchecked(&[7; 32]).unwrap();
    let (mut log, _) = Log::open(dir.path(), ORIGIN, &Options::default(), |_, _| ()).unwrap();
    let mut text = format!("key {}\n", hex(key.public_key().as_ref()));
    let mut rest = String::new();
    let public: [u8; 32] = key.public_key().as_ref().try_into().unwrap();
    for size in SIZES {
        for n in log.size()..size {
            let payload = n.to_be_bytes().to_vec();
            let salt = [u8::try_from(n % 256).unwrap(); 32];
            let leaf = Leaf::new(Kind::Evidence, n, &salt, &payload);
            writeln!(text, "leaf {}", hex(&leaf.encode())).unwrap();
            let entry = NewEntry {
                kind: Kind::Evidence,
                time_ms: n,
                salt,
                payload,
            };
            log.append(&[entry]).unwrap();
        }
        let note = log.sign_head(&key).unwrap().to_note(&public);
        writeln!(rest, "checkpoint {}", hex(note.as_bytes())).unwrap();
        for index in [0, size / 3, size / 2, size - 1] {
            let path = log.inclusion(index, size).unwrap().hashes;
            writeln!(rest, "inclusion {index} {size} {}", list(&path)).unwrap();
        }
        for old in SIZES.into_iter().filter(|old| *old <= size) {
            let proof = log.consistency(old, size).unwrap().hashes;
            writeln!(rest, "consistency {old} {size} {}", list(&proof)).unwrap();
        }
    }
    text + &rest
}

/// Checks a log of theirs; gives the number of proofs.
fn check(text: &str) -> usize {
    let (mut leaves, mut key, mut heads, mut proofs) = (Vec::new(), [0; 32], Vec::new(), 0);
    for line in text.lines() {
        let fields: Vec<&str> = line.split(' ').collect();
        let number = |at: usize| fields[at].parse::<u64>().unwrap();
        match fields[0] {
            "key" => key = unhex(fields[1]).try_into().unwrap(),
            "leaf" => leaves.push(leaf_hash(&unhex(fields[1]))),
            "checkpoint" => heads.push(Head::from_note(&unhex(fields[1]), ORIGIN, &key).unwrap()),
            _ => {}
        }
        let root = |size: u64| heads.iter().find(|head| head.size == size).unwrap().root;
        match fields[0] {
            "inclusion" => {
                let (index, size) = (number(1), number(2));
                let leaf = leaves[usize::try_from(index).unwrap()];
                verify_inclusion(&leaf, index, &hashes(fields[3]), size, &root(size)).unwrap();
                proofs += 1;
            }
            "consistency" => {
                let (old, new) = (number(1), number(2));
                let proof = hashes(fields[3]);
                verify_consistency(old, &root(old), new, &root(new), &proof).unwrap();
                proofs += 1;
            }
            _ => {}
        }
    }
    proofs
}

#[test]
fn our_bytes_hold_by_other_implementations_and_theirs_by_ours() {
    let Some(python) = std::env::var_os("DOMICILE_INTEROP_PYTHON") else {
        println!(
            "not compared: DOMICILE_INTEROP_PYTHON names no Python with pymerkle and cryptography"
        );
        return;
    };
    let dir = tempfile::tempdir().unwrap();
    let file = |name: &str| dir.path().join(name);
    std::fs::write(file("ours"), ours()).unwrap();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/interop.py");
    let output = Command::new(python)
        .arg(script)
        .args([file("ours"), file("theirs")])
        .output()
        .unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    let said = String::from_utf8_lossy(&output.stdout);
    let theirs = std::fs::read_to_string(file("theirs")).unwrap();
    println!(
        "theirs on ours: {}; ours on theirs: {} proofs",
        said.trim(),
        check(&theirs)
    );
    assert!(check(&theirs) > 50);
}
