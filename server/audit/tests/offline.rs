//! Verifying and replaying need no network: the program does both in a network namespace that has none.
#![allow(clippy::unwrap_used)]

mod support;

use std::path::Path;
use std::process::{Command, Output};
use support::Scene;
use support::server::write_profile;

/// Runs a command where there is no network but a loopback device that is down.
fn cut_off(folder: &Path, command: &str, arguments: &[&str]) -> Output {
    Command::new("unshare")
        .args(["--map-root-user", "--net", command])
        .args(arguments)
        .current_dir(folder)
        .output()
        .unwrap()
}

/// Whether this system lets a process give up its network; said where it does not.
fn is_allowed(folder: &Path) -> bool {
    let found = Command::new("unshare").arg("--version").output();
    let tried = found.is_ok().then(|| cut_off(folder, "true", &[]));
    if tried.as_ref().is_some_and(|tried| tried.status.success()) {
        return true;
    }
    let why = tried.map_or("there is no `unshare`".into(), |tried| {
        String::from_utf8_lossy(&tried.stderr).trim().to_owned()
    });
    assert!(
        std::env::var_os("DOMICILE_REQUIRE_UNSHARE").is_none(),
        "{why}"
    );
    println!("SKIPPED: this system makes no network namespace: {why}");
    false
}

#[test]
fn verify_and_replay_work_without_a_network() {
    let folder = tempfile::tempdir().unwrap();
    if !is_allowed(folder.path()) {
        return;
    }
    let scene = Scene::new();
    write_profile(folder.path(), &scene.world, "127.0.0.1:1");
    std::fs::write(folder.path().join("one.bundle"), scene.bytes()).unwrap();
    // There is none: even this machine itself cannot be reached.
    let code = "import socket, sys\n\
                s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\n\
                sys.exit(s.connect_ex(('192.0.2.1', 9)) == 0)";
    let reached = cut_off(folder.path(), "python3", &["-c", code]);
    assert!(reached.status.success(), "{reached:?}");
    let program = env!("CARGO_BIN_EXE_domicile-audit");
    for command in ["verify", "replay"] {
        let done = cut_off(
            folder.path(),
            program,
            &["--trust", "trust.toml", command, "one.bundle"],
        );
        let said = String::from_utf8_lossy(&[done.stdout, done.stderr].concat()).into_owned();
        assert!(done.status.success(), "{command}: {said}");
    }
}
