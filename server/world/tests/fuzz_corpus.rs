//! Every input that fuzzing kept, through the same checks, without libFuzzer.
#![allow(clippy::unwrap_used, unreachable_pub)]

#[path = "../fuzz/src/lib.rs"]
mod targets;

use std::fs;
use std::path::Path;

#[test]
fn every_input_that_fuzzing_kept_is_answered() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus");
    for (name, check) in targets::TARGETS {
        let folder = corpus.join(name);
        let entries = fs::read_dir(&folder).unwrap_or_else(|error| panic!("{name}: {error}"));
        let inputs: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
        assert!(!inputs.is_empty(), "{name}: no inputs");
        for input in inputs {
            // A panic names the input: the file says what it was.
            println!("{}", input.display());
            check(&fs::read(&input).unwrap());
        }
    }
}
