//! The two units without systemd: a listener that starts a device process for each connection,
//! and a manager that is told. Both processes are the shipped program, confined.
#![allow(clippy::unwrap_used, clippy::disallowed_methods, missing_docs)]

mod common;

use common::World;
use common::anchor::Manner;
use common::process::signal;
use std::os::fd::OwnedFd;
use std::os::unix::net::{UnixDatagram, UnixListener};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

#[tokio::test]
async fn each_reading_is_a_process_behind_the_socket_and_the_manager_is_told() {
    let world = World::enrolled(&[Manner::Honest; 4]).await;
    let config = world.config_file();
    let run = world.folder.path().join("run");
    std::fs::create_dir(&run).unwrap();
    let socket = run.join("device.sock");
    let notify = UnixDatagram::bind(run.join("notify")).unwrap();
    notify.set_nonblocking(true).unwrap();

    // domiciled-device.socket with Accept=yes, and domiciled-device@.service.
    let listener = UnixListener::bind(&socket).unwrap();
    let readings = Arc::new(AtomicUsize::new(0));
    let (counted, file) = (readings.clone(), config.clone());
    std::thread::spawn(move || {
        while let Ok((connection, _)) = listener.accept() {
            let status = Command::new(env!("CARGO_BIN_EXE_domiciled"))
                .arg("--config")
                .arg(&file)
                .arg("device")
                .stdin(Stdio::from(OwnedFd::from(connection)))
                .status();
            assert!(status.unwrap().success());
            counted.fetch_add(1, Ordering::Relaxed);
        }
    });

    // domiciled.service.
    let mut service = Command::new(env!("CARGO_BIN_EXE_domiciled"))
        .arg("--config")
        .arg(&config)
        .args(["run", "--device-socket"])
        .arg(&socket)
        .env("NOTIFY_SOCKET", run.join("notify"))
        .env("WATCHDOG_USEC", "400000")
        .stdin(Stdio::null())
        .spawn()
        .unwrap();
    for _ in 0..2 {
        world.collector.report_arrived().await;
    }
    for received in &world.collector.kept().received {
        assert!(common::report(received).inventory.is_some());
    }
    while readings.load(Ordering::Relaxed) < 2 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    signal(service.id(), "-TERM");
    while service.try_wait().unwrap().is_none() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert!(service.wait().unwrap().success());

    let mut said = Vec::new();
    let mut space = [0; 64];
    while let Ok(length) = notify.recv(&mut space) {
        said.push(String::from_utf8_lossy(&space[..length]).into_owned());
    }
    assert_eq!(said.first().map(String::as_str), Some("READY=1"));
    assert_eq!(said.last().map(String::as_str), Some("STOPPING=1"));
    assert!(said.iter().filter(|word| *word == "WATCHDOG=1").count() >= 2);
}

#[test]
fn the_device_command_by_hand_says_who_starts_it() {
    let output = Command::new(env!("CARGO_BIN_EXE_domiciled"))
        .arg("device")
        .stdin(Stdio::null())
        .output()
        .unwrap();
    assert!(!output.status.success());
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("not a Unix socket"), "{said}");
}
