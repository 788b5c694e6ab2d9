//! The real program: exit codes, signals, `kill -9`, two at once.
#![allow(clippy::unwrap_used, clippy::disallowed_methods, missing_docs)]

mod common;

use common::anchor::Manner;
use common::collector::Mood;
use common::process::{network as network_process, signal};
use common::{World, report};
use domicile_daemon::error::exit;
use domicile_proto::sign;
use domicile_proto::wire::StatusCode;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::atomic::Ordering;
use std::time::Duration;

const HONEST: [Manner; 4] = [Manner::Honest; 4];
const PROGRAM: &str = env!("CARGO_BIN_EXE_domiciled");

fn command(config: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(PROGRAM);
    command
        .arg("--config")
        .arg(config)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

/// Waits without stopping the fakes, which live on this thread.
async fn ended(child: &mut Child) -> ExitStatus {
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            return status;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

async fn output(config: &Path, arguments: &[&str]) -> Output {
    let mut child = command(config, arguments).spawn().unwrap();
    ended(&mut child).await;
    child.wait_with_output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn code(output: &Output) -> Option<u8> {
    output
        .status
        .code()
        .and_then(|code| u8::try_from(code).ok())
}

/// UDP and TCP sockets that a live process holds, and that it has one thread.
fn sockets(pid: u32) -> (usize, usize) {
    let proc = std::path::PathBuf::from(format!("/proc/{pid}"));
    let held: Vec<String> = std::fs::read_dir(proc.join("fd"))
        .unwrap()
        .filter_map(|entry| std::fs::read_link(entry.unwrap().path()).ok())
        .filter_map(|link| {
            let link = link.to_str()?.strip_prefix("socket:[")?;
            Some(link.trim_end_matches(']').to_owned())
        })
        .collect();
    let count = |tables: [&str; 2]| {
        let lines: String = tables
            .iter()
            .filter_map(|table| std::fs::read_to_string(proc.join("net").join(table)).ok())
            .collect();
        let inodes = lines
            .lines()
            .filter_map(|line| line.split_whitespace().nth(9));
        inodes
            .filter(|inode| held.iter().any(|held| held == inode))
            .count()
    };
    let status = std::fs::read_to_string(proc.join("status")).unwrap();
    assert!(status.contains("Threads:\t1\n"), "{status}");
    (count(["udp", "udp6"]), count(["tcp", "tcp6"]))
}

/// What anybody can see from outside of a process that has shut itself in.
fn confined(pid: u32) {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    for line in [
        "NoNewPrivs:\t1\n",
        "Seccomp:\t2\n",
        "CapPrm:\t0000000000000000\n",
        "CapEff:\t0000000000000000\n",
        "CapAmb:\t0000000000000000\n",
    ] {
        assert!(status.contains(line), "{pid}: {line} is not in {status}");
    }
    let limits = std::fs::read_to_string(format!("/proc/{pid}/limits")).unwrap();
    let core = limits
        .lines()
        .find(|line| line.starts_with("Max core file size"));
    let core: Vec<_> = core.unwrap().split_whitespace().skip(4).take(2).collect();
    assert_eq!(core, ["0", "0"]);
}

#[tokio::test]
async fn from_nothing_to_a_receipt_and_out_again() {
    let world = World::new(&HONEST).await;
    let config = world.config_file();
    let directory = world.directory_file(1);
    let directory = directory.to_str().unwrap();

    let once = output(&config, &["once"]).await;
    assert_eq!(code(&once), Some(exit::NOT_ENROLLED));
    assert!(text(&once.stderr).contains("domiciled enrol"));

    let install = output(&config, &["directory", "install", directory]).await;
    assert!(install.status.success(), "{}", text(&install.stderr));
    assert!(text(&install.stdout).contains("unchanged"));
    let check = output(&config, &["check"]).await;
    assert!(check.status.success(), "{}", text(&check.stderr));

    let token = world.folder.path().join("token");
    std::fs::write(&token, world.token_text()).unwrap();
    let mut enrol = command(&config, &["enrol", "--token-file", "-"]);
    let stdin = std::fs::File::open(&token).unwrap();
    let mut enrol = enrol.stdin(stdin).spawn().unwrap();
    ended(&mut enrol).await;
    let enrol = enrol.wait_with_output().unwrap();
    assert!(enrol.status.success(), "{}", text(&enrol.stderr));
    let again = output(&config, &["enrol", "--token-file", token.to_str().unwrap()]).await;
    assert!(text(&again.stderr).contains("enrolled already"));

    let once = output(&config, &["once"]).await;
    assert!(once.status.success(), "{}", text(&once.stderr));
    assert_eq!(text(&once.stdout).lines().count(), 1);
    assert!(text(&once.stdout).contains("4 of 4 anchors"));

    let status = output(&config, &["status"]).await;
    let lines = text(&status.stdout);
    assert!(lines.contains("yes, metro sin"), "{lines}");
    assert!(lines.contains("at log index 0"), "{lines}");
    let status = output(&config, &["status", "--json"]).await;
    let json: serde_json::Value = serde_json::from_slice(&status.stdout).unwrap();
    assert_eq!(json["enrolled"], true);
    assert_eq!(json["last_session"]["anchors"].as_array().unwrap().len(), 4);

    let withdraw = output(&config, &["withdraw"]).await;
    assert!(withdraw.status.success(), "{}", text(&withdraw.stderr));
    assert_eq!(world.collector.kept().withdrawn, 1);
}

#[tokio::test]
async fn a_wrong_configuration_names_file_and_key() {
    let world = World::new(&HONEST).await;
    let config = world.folder.path().join("bad.toml");
    std::fs::write(&config, "remote-control = true\n").unwrap();
    let check = output(&config, &["check"]).await;
    assert_eq!(code(&check), Some(exit::FAILED));
    let stderr = text(&check.stderr);
    assert!(
        stderr.contains("remote-control") && stderr.contains("bad.toml"),
        "{stderr}"
    );
    let missing = output(Path::new("/nonexistent.toml"), &["check"]).await;
    assert_eq!(code(&missing), Some(exit::FAILED));
    assert_eq!(code(&output(&config, &["reboot"]).await), Some(2));
}

#[tokio::test]
async fn an_unreachable_collector_has_its_exit_code_and_the_report_waits() {
    let world = World::enrolled(&HONEST).await;
    let config = world.config_file();
    assert!(output(&config, &["once"]).await.status.success());
    world.collector.set(Mood::Closed);
    let once = output(&config, &["once"]).await;
    assert_eq!(code(&once), Some(exit::UNREACHABLE));
    assert!(text(&once.stderr).contains("measured and kept"));

    // What `show` prints now is what goes out next, byte for byte.
    let show = output(&config, &["show", "--json"]).await;
    let shown: serde_json::Value = serde_json::from_slice(&show.stdout).unwrap();
    assert_eq!(shown["source"], "spooled");
    world.collector.set(Mood::Good);
    assert!(output(&config, &["once"]).await.status.success());
    let received = world.collector.kept().received.clone();
    assert_eq!(shown["hex"], data_encoding::HEXLOWER.encode(&received[1]));
}

#[tokio::test]
async fn the_service_reports_at_intervals_excludes_once_and_stops_on_sigterm() {
    let world = World::enrolled(&HONEST).await;
    let config = world.config_file();
    let mut service = command(&config, &["run"]).spawn().unwrap();
    world.collector.report_arrived().await;
    world.collector.report_arrived().await;
    let network = network_process(&service).await;
    assert_eq!(sockets(network), (1, 0), "one UDP socket, nothing of TCP");
    let supervisor = service.id();
    assert_eq!(sockets(supervisor), (0, 0), "the supervisor has no network");
    confined(network);
    confined(supervisor);
    let proof = output(&config, &["prove", "--json"]).await;
    let proof: serde_json::Value = serde_json::from_slice(&proof.stdout).unwrap();
    let process = |pid: u32| {
        let all = proof["running"].as_array().unwrap();
        all.iter().find(|process| process["pid"] == pid).unwrap()
    };
    assert_eq!(process(network)["name"], "domiciled-net");
    for pid in [network, supervisor] {
        assert_eq!(process(pid)["seccomp"], 2);
        assert_eq!(process(pid)["capabilities"], "none");
        // Root sees them; an ordinary user is told that it does not.
        for descriptor in process(pid)["descriptors"].as_array().into_iter().flatten() {
            let descriptor = descriptor.as_str().unwrap();
            let device = descriptor.contains(" /dev/") && !descriptor.ends_with("/dev/null");
            assert!(!device && !descriptor.contains("/sys"), "{descriptor}");
        }
    }
    let status = text(&output(&config, &["status"]).await.stdout);
    assert!(status.contains("all layers, process "), "{status}");
    let once = output(&config, &["once"]).await;
    assert_eq!(code(&once), Some(exit::ACTIVE), "{}", text(&once.stderr));
    assert!(output(&config, &["status"]).await.status.success());
    while world.collector.kept().liveness.is_empty() {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    signal(service.id(), "-TERM");
    let status = ended(&mut service).await;
    let logs = text(&service.wait_with_output().unwrap().stderr);
    assert!(status.success(), "{logs}");
    assert!(logs.contains("report acknowledged"), "{logs}");
    assert!(!logs.contains("127.0.0.1"), "no peer addresses: {logs}");
    assert!(output(&config, &["once"]).await.status.success());
}

#[tokio::test]
async fn behind_its_walls_it_can_still_put_a_refused_report_aside() {
    let world = World::enrolled(&HONEST).await;
    let config = world.config_file();
    world
        .collector
        .set(Mood::Evidence(StatusCode::SignatureInvalid));
    let once = output(&config, &["once"]).await;
    assert_eq!(code(&once), Some(exit::REFUSED), "{}", text(&once.stderr));
    let aside = world.state().spool().join("refused");
    assert_eq!(std::fs::read_dir(aside).unwrap().count(), 1);
}

#[tokio::test]
async fn killed_while_ranging_nothing_is_lost_and_nothing_half_written() {
    let world = World::enrolled(&HONEST).await;
    let config = world.config_file();
    assert!(output(&config, &["once"]).await.status.success());
    world.anchors[2].set(Manner::Silent);
    let visits = world.anchors[2].visits.load(Ordering::Relaxed);
    let mut child = command(&config, &["once"]).spawn().unwrap();
    while world.anchors[2].visits.load(Ordering::Relaxed) == visits {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    signal(network_process(&child).await, "-KILL");
    ended(&mut child).await;
    world.anchors[2].set(Manner::Honest);
    let once = output(&config, &["once"]).await;
    assert!(once.status.success(), "{}", text(&once.stderr));
    let received = world.collector.kept().received.clone();
    assert_eq!(received.len(), 2);
    assert_eq!(
        report(&received[1]).previous_hash,
        sign::sha256(&received[0]).to_vec()
    );
}

#[tokio::test]
async fn killed_before_the_receipt_the_same_bytes_go_again() {
    let world = World::enrolled(&HONEST).await;
    let config = world.config_file();
    for _ in 0..3 {
        world.collector.set(Mood::Withholds);
        let mut child = command(&config, &["once"]).spawn().unwrap();
        world.collector.report_arrived().await;
        signal(network_process(&child).await, "-KILL");
        ended(&mut child).await;
        world.collector.set(Mood::Good);
        let once = output(&config, &["once"]).await;
        assert!(once.status.success(), "{}", text(&once.stderr));
        assert!(text(&once.stdout).contains("1 that had waited"));
        // Arrivals that nobody waited for must not count for the next round.
        world.collector.report_arrived().await;
    }
    let received = world.collector.kept().received.clone();
    assert_eq!(received.len(), 9);
    for killed in received.chunks(3) {
        assert_eq!(killed[0], killed[1], "the same bytes");
        assert_eq!(
            report(&killed[2]).previous_hash,
            sign::sha256(&killed[1]).to_vec()
        );
    }
    assert_eq!(
        world.collector.kept().index.len(),
        6,
        "no report counted twice"
    );
}

#[tokio::test]
async fn the_help_is_recorded() {
    let run = |arguments: &[&str]| {
        let output = Command::new(PROGRAM).args(arguments).output().unwrap();
        assert!(output.status.success());
        text(&output.stdout)
    };
    let commands = [
        "enrol", "run", "once", "show", "answer", "status", "check", "withdraw", "prove",
    ];
    let mut all = run(&["--help"]);
    for command in commands {
        all += &run(&[command, "--help"]);
    }
    all += &run(&["directory", "install", "--help"]);
    insta::assert_snapshot!("help", all);
}
