//! The real program with a TPM's device: which of its processes opens it, what a silent TPM holds up,
//! and what is said where there is none. The device is a terminal's line (see `common/tty.rs`).
#![allow(clippy::unwrap_used, clippy::disallowed_methods, missing_docs)]

mod common;

use common::anchor::Manner;
use common::process::{network, readers, signal};
use common::tty::Tty;
use common::{World, report};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

const HONEST: [Manner; 4] = [Manner::Honest; 4];

/// The world's configuration file, with this device for the TPM.
fn config_file(world: &World, device: &Path) -> PathBuf {
    let path = world.config_file();
    let text = std::fs::read_to_string(&path).unwrap();
    let with = format!("tpm-device = {:?}", device.display().to_string());
    let changed = text.replace("tpm-device = \"\"", &with);
    assert_ne!(text, changed);
    std::fs::write(&path, changed).unwrap();
    path
}

fn start(config: &Path, arguments: &[&str]) -> Child {
    Command::new(env!("CARGO_BIN_EXE_domiciled"))
        .arg("--config")
        .arg(config)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

/// Waits without stopping the fakes, which live on this thread.
async fn ended(mut child: Child) -> Output {
    while child.try_wait().unwrap().is_none() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    child.wait_with_output().unwrap()
}

/// Whether a live process has this file open.
fn has_open(pid: u32, file: &Path) -> bool {
    let Ok(descriptors) = std::fs::read_dir(format!("/proc/{pid}/fd")) else {
        return false;
    };
    let links = descriptors.filter_map(|entry| std::fs::read_link(entry.ok()?.path()).ok());
    links.into_iter().any(|link| link == file)
}

#[tokio::test]
async fn the_device_process_alone_opens_the_tpm_and_a_silent_one_holds_up_no_report() {
    let world = World::enrolled(&HONEST).await;
    let tty = Tty::open();
    let service = start(&config_file(&world, tty.path()), &["run"]);
    let net = network(&service).await;
    // The TPM is asked, and says nothing: the process that asks waits for it.
    let asking = loop {
        let reader = readers(&service)
            .into_iter()
            .find(|pid| has_open(*pid, tty.path()));
        if let Some(pid) = reader {
            break pid;
        }
        assert!(
            !has_open(net, tty.path()),
            "the network process has the TPM"
        );
        tokio::time::sleep(Duration::from_millis(1)).await;
    };
    world.collector.report_arrived().await;
    assert!(has_open(asking, tty.path()), "it is never killed");
    for pid in [net, service.id()] {
        assert!(!has_open(pid, tty.path()));
    }
    let received = report(&world.collector.kept().received[0]);
    assert_eq!(received.tpm, None);
    drop(tty);
    signal(service.id(), "-TERM");
    assert!(ended(service).await.status.success());
}

#[tokio::test]
async fn a_host_without_a_tpm_enrols_and_reports_and_says_so() {
    let world = World::new(&HONEST).await;
    let config = config_file(&world, Path::new("/nonexistent/tpmrm0"));
    let directory = world.directory_file(1);
    let install = ["directory", "install", directory.to_str().unwrap()];
    assert!(ended(start(&config, &install)).await.status.success());
    let token = world.folder.path().join("token");
    std::fs::write(&token, world.token_text()).unwrap();
    let enrol = ended(start(
        &config,
        &["enrol", "--token-file", token.to_str().unwrap()],
    ))
    .await;
    let said = String::from_utf8_lossy(&enrol.stdout).into_owned();
    assert!(
        enrol.status.success(),
        "{}",
        String::from_utf8_lossy(&enrol.stderr)
    );
    assert!(said.contains("without a TPM"), "{said}");
    assert_eq!(world.collector.kept().enrolled[0].tpm, None);

    let once = ended(start(&config, &["once"])).await;
    assert!(
        once.status.success(),
        "{}",
        String::from_utf8_lossy(&once.stderr)
    );
    let received = report(&world.collector.kept().received[0]);
    assert!(received.inventory.is_some());
    assert_eq!(received.tpm, None);
}

#[test]
fn the_units_give_the_tpm_to_the_device_process_alone() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../deploy/systemd");
    let device = domicile_daemon::Config::default().tpm_device;
    let mut units = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|kind| kind != "service") {
            continue;
        }
        units += 1;
        let text = std::fs::read_to_string(&path).unwrap();
        let tpms: Vec<&str> = text
            .lines()
            .filter_map(|line| line.strip_prefix("DeviceAllow="))
            .filter(|allowed| allowed.contains("tpm"))
            .collect();
        if path.ends_with("domiciled-device@.service") {
            // Through the resource manager, as the configuration says; not past it.
            assert_eq!(tpms, [format!("{} rw", device.display())]);
        } else {
            assert_eq!(tpms, [""; 0], "{}", path.display());
            let private = text.lines().any(|line| line == "PrivateDevices=yes");
            assert!(private, "{}", path.display());
        }
    }
    assert!(units >= 2);
}
