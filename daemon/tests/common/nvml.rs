//! Stand-ins for NVML, built with the system's C compiler.

use std::path::{Path, PathBuf};
use std::process::Command;

/// Builds the stand-in into `folder`; `kind` is empty or a definition of `standin.c`.
pub fn build(folder: &Path, kind: &str) -> PathBuf {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/nvml/standin.c");
    std::fs::create_dir_all(folder).unwrap();
    let library = folder.join("libnvidia-ml.so.1");
    let mut compiler = Command::new("cc");
    compiler.args(["-shared", "-fPIC", "-o"]).arg(&library);
    if !kind.is_empty() {
        compiler.arg(format!("-D{kind}"));
    }
    let built = compiler.arg(source).status().unwrap();
    assert!(built.success());
    library
}
