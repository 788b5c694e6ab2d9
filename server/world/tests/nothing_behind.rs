//! Whatever ends the demo, it leaves no process and no folder behind.
#![allow(clippy::unwrap_used)]

use domicile_world::programs::Programs;
use rustix::process::{Pid, Signal, kill_process};
use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Once;
use std::time::{Duration, Instant};

const DEMO: &str = env!("CARGO_BIN_EXE_domicile-world");

/// Builds the programs once for all tests here.
fn build() {
    static BUILT: Once = Once::new();
    BUILT.call_once(|| {
        Programs::build(DEMO.as_ref()).unwrap();
    });
}

/// A demo whose temporary folders lie in `folder`.
fn start(folder: &Path) -> Child {
    build();
    let out = folder.join("out");
    let temporary = folder.join("tmp");
    fs::create_dir_all(&temporary).unwrap();
    Command::new(DEMO)
        .args(["demo", "--out"])
        .arg(&out)
        .env("TMPDIR", &temporary)
        .env_remove("CARGO")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

/// Command lines of live processes that name `folder`.
fn processes(folder: &Path) -> Vec<String> {
    let wanted = folder.display().to_string();
    let mut found = Vec::new();
    for entry in fs::read_dir("/proc").unwrap().flatten() {
        let line = fs::read(entry.path().join("cmdline")).unwrap_or_default();
        let line = String::from_utf8_lossy(&line).replace('\0', " ");
        if line.contains(&wanted) && !line.contains(" demo ") {
            found.push(line);
        }
    }
    found
}

fn wait_for(what: &str, mut condition: impl FnMut() -> bool) {
    let start = Instant::now();
    while !condition() {
        assert!(
            start.elapsed() < Duration::from_secs(60),
            "waited for {what}"
        );
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Ends a demo in the middle of its work with `signal`; answers its exit code.
fn end_with(signal: Signal, folder: &Path) -> Option<i32> {
    let mut demo = start(folder);
    wait_for("a collector and many anchors", || {
        processes(folder).len() > 20
    });
    kill_process(Pid::from_child(&demo), signal).unwrap();
    let status = demo.wait().unwrap();
    wait_for("all processes to be gone", || processes(folder).is_empty());
    status.code()
}

#[test]
fn an_interrupt_leaves_nothing() {
    for signal in [Signal::INT, Signal::TERM] {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(end_with(signal, folder.path()), Some(130));
        let left: Vec<_> = fs::read_dir(folder.path().join("tmp")).unwrap().collect();
        assert!(left.is_empty(), "{left:?}");
    }
}

#[test]
fn a_kill_leaves_no_process() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(end_with(Signal::KILL, folder.path()), None);
}

#[test]
fn a_set_that_cannot_be_read_is_named_and_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    build();
    fs::write(folder.path().join("nodes.csv"), "id,name\n").unwrap();
    fs::write(folder.path().join("rtt.csv"), "src,dst,rtt_ms\n").unwrap();
    let temporary = folder.path().join("tmp");
    fs::create_dir(&temporary).unwrap();
    let ended = Command::new(DEMO)
        .args(["demo", "--rtt"])
        .arg(folder.path())
        .arg("--out")
        .arg(folder.path().join("out"))
        .env("TMPDIR", &temporary)
        .env_remove("CARGO")
        .output()
        .unwrap();
    assert_eq!(ended.status.code(), Some(2));
    let said = String::from_utf8_lossy(&ended.stderr);
    assert!(
        said.contains("nodes.csv, line 1: the header has no column `country_iso2`"),
        "{said}"
    );
    assert_eq!(fs::read_dir(&temporary).unwrap().count(), 0);
}
