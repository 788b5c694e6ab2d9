//! The checked-in generated code is what the schema says.
//!
//! `DOMICILE_REGENERATE=1 cargo test -p domicile-proto --test generated` writes it anew.
#![allow(clippy::unwrap_used, missing_docs)]

use std::{env, fs, path::Path};

const FILES: [&str; 5] = [
    "domicile/v1/common.proto",
    "domicile/v1/directory.proto",
    "domicile/v1/collect.proto",
    "domicile/v1/range.proto",
    "domicile/v1/record.proto",
];

#[test]
fn generated_code_is_current() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let descriptors = protox::compile(FILES, [root.join("schema")]).unwrap();
    let out = tempfile::tempdir().unwrap();
    prost_build::Config::new()
        .out_dir(out.path())
        .compile_fds(descriptors)
        .unwrap();
    let fresh = fs::read_to_string(out.path().join("domicile.v1.rs")).unwrap();
    let checked_in = root.join("src/gen/domicile.v1.rs");
    if env::var_os("DOMICILE_REGENERATE").is_some() {
        fs::write(&checked_in, &fresh).unwrap();
    }
    let current = fs::read_to_string(&checked_in).unwrap_or_default();
    assert!(
        current == fresh,
        "src/gen/domicile.v1.rs is stale: run DOMICILE_REGENERATE=1 cargo test -p domicile-proto --test generated"
    );
}
