//! Writes attestation results of a synthetic world, and COSE receipts of a small log with its leaves, for other implementations to check:
//! `cargo run -p domicile-result --example samples -- DIR`.
#![allow(clippy::unwrap_used, clippy::expect_used)] // a tool of tests

#[path = "../tests/support/mod.rs"]
mod support;

use domicile_ledger::{Kind, Log, NewEntry, Options};
use domicile_proto::wire::{EkStanding, TpmOutcome};
use domicile_result::receipt;
use std::path::PathBuf;

fn main() {
    let folder = PathBuf::from(std::env::args().nth(1).expect("usage: samples DIR"));
    std::fs::create_dir_all(&folder).unwrap();
    let write = |name: &str, bytes: &[u8]| std::fs::write(folder.join(name), bytes).unwrap();
    write("key.hex", support::key().public().to_string().as_bytes());
    for (name, verdict) in [
        ("confined", support::confined(0)),
        ("gpus", support::confined(2)),
        (
            "tpm",
            support::with_tpm(TpmOutcome::Holds, EkStanding::Certified),
        ),
    ] {
        let result = support::result(&verdict);
        write(&format!("{name}.cose"), &result.to_cose(&support::key()));
        write(
            &format!("{name}.jws"),
            result.to_jws(&support::key()).as_bytes(),
        );
        write(&format!("{name}.json"), result.to_json().as_bytes());
    }
    receipts(write);
}

/// `INDEX.receipt` for each record of a log, `leaves` one behind the other, and `log-key.hex`.
fn receipts(write: impl Fn(&str, &[u8])) {
    let folder = tempfile::tempdir().unwrap();
    let key = support::key();
    let (mut log, _) = Log::open(
        folder.path(),
        "log.example/1",
        &Options::default(),
        |_, _| (),
    )
    .unwrap();
    let entries: Vec<NewEntry> = (0..11_u64)
        .map(|number| NewEntry {
            kind: Kind::Verdict,
            time_ms: number,
            salt: [1; 32],
            payload: number.to_be_bytes().to_vec(),
        })
        .collect();
    log.append(&entries).unwrap();
    let head = log.sign_head(key.ring()).unwrap();
    for index in 0..head.size {
        let proof = log.inclusion(index, head.size).unwrap();
        write(
            &format!("{index}.receipt"),
            &receipt::sign(&head, &proof, &key),
        );
    }
    let leaves = log.leaves(0, head.size).unwrap();
    let leaves: Vec<u8> = leaves.flat_map(|leaf| leaf.unwrap().encode()).collect();
    write("leaves", &leaves);
    write("log-key.hex", key.public().to_string().as_bytes());
}
