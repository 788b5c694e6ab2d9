//! Stand-ins for NVML, built with the system's C compiler.

use std::path::{Path, PathBuf};
use std::process::Command;

/// Builds the stand-in into `folder`; `kind` holds definitions of `standin.c`, with space between.
pub fn build(folder: &Path, kind: &str) -> PathBuf {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/nvml/standin.c");
    std::fs::create_dir_all(folder).unwrap();
    let library = folder.join("libnvidia-ml.so.1");
    let mut compiler = Command::new("cc");
    compiler.args(["-shared", "-fPIC", "-o"]).arg(&library);
    compiler.args(kind.split_whitespace().map(|word| format!("-D{word}")));
    let built = compiler.arg(source).status().unwrap();
    assert!(built.success());
    library
}

/// Where the two GPUs of the stand-in stand, as sysfs names them.
pub fn put_on_bus(sysfs: &Path) {
    for slot in ["0000:01:00.0", "0000:a1:00.0"] {
        let folder = sysfs.join("bus/pci/devices").join(slot);
        std::fs::create_dir_all(&folder).unwrap();
        for (name, value) in [
            ("vendor", "0x10de\n"),
            ("device", "0x2335\n"),
            ("subsystem_vendor", "0x10de\n"),
            ("subsystem_device", "0x18be\n"),
            ("class", "0x030200\n"),
            ("revision", "0xa1\n"),
        ] {
            std::fs::write(folder.join(name), value).unwrap();
        }
    }
}

/// Lines in the file to which a stand-in built with `CALLS` adds one for each call for a report:
/// what the GPUs would remember whatever becomes of the process.
pub fn calls(file: &Path) -> usize {
    std::fs::read_to_string(file).map_or(0, |text| text.lines().count())
}

/// Builds the stand-in for a job that uses a GPU into `folder`.
pub fn build_job(folder: &Path) -> PathBuf {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/nvml/job.c");
    let program = folder.join("job");
    let mut compiler = Command::new("cc");
    let built = compiler.arg("-O1").arg("-o").arg(&program).arg(source);
    assert!(built.arg("-ldl").status().unwrap().success());
    program
}
