//! The program: `check`, `run`, `ready`, and an orderly end on SIGTERM.
#![allow(clippy::unwrap_used)]

mod common;

use common::YEAR_MS;
use common::agent::{Agent, Behaviour};
use common::installed::{Installed, PROGRAM};
use rustix::process::{Pid, Signal, kill_process};
use std::io::Read as _;
use std::os::unix::fs::PermissionsExt as _;
use std::process::{Child, Command};
use std::time::Duration;

fn signal(child: &Child, signal: Signal) {
    let pid = Pid::from_raw(i32::try_from(child.id()).unwrap()).unwrap();
    kill_process(pid, signal).unwrap();
}

#[test]
fn check_prints_what_would_be_served() {
    let installed = Installed::new();
    let output = installed.check();
    assert!(output.status.success(), "{output:?}");
    let text = String::from_utf8(output.stdout).unwrap();
    let key = installed.fixture.anchor.key.public().to_string();
    for part in [
        &key,
        "would listen on 127.0.0.1:0",
        "position version 7",
        "trust domain domain",
    ] {
        assert!(text.contains(part), "{text}");
    }
    assert!(
        !installed.fixture.state_dir().exists(),
        "check changes nothing"
    );
}

#[test]
fn check_names_what_is_wrong() {
    let installed = Installed::new();
    installed.configure("colour = \"red\"");
    assert!(installed.refusal().contains("colour"));
    installed.configure("[limits]\nround-deadline = \"1h\"");
    assert!(installed.refusal().contains("limits.round-deadline"));
    installed.configure("");

    let key = installed.fixture.folder.path().join("anchor.key");
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o644)).unwrap();
    assert!(installed.refusal().contains("chmod 600"));
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o600)).unwrap();

    installed.fixture.write_directory(1, 7, false);
    let refusal = installed.refusal();
    assert!(
        refusal.contains("has no anchor with this anchor's key"),
        "{refusal}"
    );
    std::fs::remove_file(installed.fixture.directory_file()).unwrap();
    assert!(installed.refusal().contains("directory.bin"));
    installed.fixture.write_directory(1, 7, true);

    std::fs::remove_file(installed.fixture.crl_dir().join("agent-ca.crl")).unwrap();
    assert!(installed.refusal().contains("agent-ca.crl"));
    std::fs::remove_file(installed.config()).unwrap();
    assert!(installed.refusal().contains("anchor.toml"));
}

#[tokio::test]
async fn it_serves_and_ends_in_order_while_a_session_is_open() {
    let mut installed = Installed::new();
    let (mut child, address) = installed.run();
    let identity = installed.fixture.agent(YEAR_MS);
    let agent = Agent::new(&identity, installed.fixture.anchor.key.public());
    let how = Behaviour {
        delay: Duration::from_millis(30),
        ..Behaviour::default()
    };
    let connection = agent.connect(address).await.unwrap();
    let session = agent.session(&connection, &how);
    let stop = async {
        tokio::time::sleep(Duration::from_millis(100)).await;
        signal(&child, Signal::TERM);
    };
    let (ranged, ()) = tokio::join!(session, stop);
    assert!(ranged.unwrap().receipt.min_rtt_ns >= 30_000_000);
    connection.close(0u32.into(), b"");
    let status = tokio::task::spawn_blocking(move || {
        let mut log = String::new();
        child
            .stderr
            .take()
            .unwrap()
            .read_to_string(&mut log)
            .unwrap();
        (child.wait().unwrap(), log)
    });
    let (status, log) = status.await.unwrap();
    assert_eq!(status.code(), Some(0), "{log}");
    assert!(log.contains("receipts=1"), "{log}");
    std::net::UdpSocket::bind(address).unwrap();
}

#[test]
fn an_interrupt_ends_it_at_once_when_nothing_is_open() {
    let installed = Installed::new();
    let (mut child, _) = installed.run();
    signal(&child, Signal::INT);
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

#[test]
fn an_address_in_use_is_named() {
    let installed = Installed::new();
    let taken = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let text = std::fs::read_to_string(installed.config()).unwrap();
    std::fs::write(installed.config(), text.replace("127.0.0.1:0", &address)).unwrap();
    let mut command = Command::new(PROGRAM);
    command.args(["run", "--config"]).arg(installed.config());
    let output = command.output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let log = String::from_utf8(output.stderr).unwrap();
    assert!(
        log.contains(&format!("cannot listen on {address}")),
        "{log}"
    );
}
