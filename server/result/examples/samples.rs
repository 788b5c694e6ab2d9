//! Writes attestation results of a synthetic world, for other implementations to check:
//! `cargo run -p domicile-result --example samples -- DIR`.
#![allow(clippy::unwrap_used, clippy::expect_used)] // a tool of tests

#[path = "../tests/support/mod.rs"]
mod support;

use domicile_proto::wire::{EkStanding, TpmOutcome};
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
}
