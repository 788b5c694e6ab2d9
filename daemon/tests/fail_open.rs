//! Whatever becomes of the agent, nothing else on the machine notices; and nothing of it stays.
#![allow(clippy::unwrap_used, clippy::disallowed_methods, missing_docs)]

mod common;

use common::World;
use common::anchor::Manner;
use common::collector::Mood;
use common::process::{alive, network, signal};
use domicile_daemon::error::exit;
use std::os::unix::fs::{MetadataExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

const HONEST: [Manner; 4] = [Manner::Honest; 4];
const PROGRAM: &str = env!("CARGO_BIN_EXE_domiciled");

fn start(config: &Path, command: &str) -> Child {
    Command::new(PROGRAM)
        .arg("--config")
        .arg(config)
        .arg(command)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

async fn wait(mut until: impl FnMut() -> bool) {
    while !until() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// Waits without stopping the fakes, which live on this thread.
async fn end(mut child: Child) -> Output {
    wait(|| child.try_wait().unwrap().is_some()).await;
    child.wait_with_output().unwrap()
}

fn errors(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// A job that keeps a core busy, as one that feeds a GPU does.
struct Job(Child);

impl Job {
    fn start() -> Self {
        let mut job = Command::new("sha256sum");
        Self(job.arg("/dev/zero").stdout(Stdio::null()).spawn().unwrap())
    }

    /// Clock ticks that it has worked; that it is there.
    fn worked(&mut self) -> u64 {
        assert!(self.0.try_wait().unwrap().is_none(), "the job has ended");
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.0.id())).unwrap();
        let (_, rest) = stat.rsplit_once(')').unwrap();
        rest.split_whitespace().nth(11).unwrap().parse().unwrap()
    }
}

impl Drop for Job {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[tokio::test]
async fn killed_frozen_or_black_holed_it_leaves_a_job_beside_it_alone() {
    let world = World::enrolled(&HONEST).await;
    let config = world.config_file();
    let mut job = Job::start();
    let mut worked = 0;
    let mut goes_on = |what: &str| {
        let start = std::time::Instant::now();
        while job.worked() <= worked {
            let stands_still = start.elapsed() > Duration::from_secs(20);
            assert!(!stands_still, "{what}: the job stands still");
            std::thread::sleep(Duration::from_millis(10));
        }
        worked = job.worked();
    };

    // Frozen, and thawed again: it goes on where it was.
    let service = start(&config, "run");
    world.collector.report_arrived().await;
    let pid = network(&service).await;
    signal(pid, "-STOP");
    tokio::time::sleep(Duration::from_millis(1500)).await;
    goes_on("frozen");
    signal(pid, "-CONT");
    world.collector.report_arrived().await;

    // Black-holed: no server answers.
    world.collector.set(Mood::Away);
    for anchor in &world.anchors {
        anchor.set(Manner::Silent);
    }
    tokio::time::sleep(Duration::from_millis(1500)).await;
    goes_on("black-holed");
    assert!(alive(pid));

    // The network process is killed: its supervisor says so and ends.
    signal(pid, "-KILL");
    let ended = end(service).await;
    assert_eq!(ended.status.code(), Some(i32::from(exit::FAILED)));
    assert!(
        errors(&ended).contains("killed by signal 9"),
        "{}",
        errors(&ended)
    );
    goes_on("killed");

    // The supervisor is killed: the network process does not outlive it.
    world.collector.set(Mood::Good);
    for anchor in &world.anchors {
        anchor.set(Manner::Honest);
    }
    let service = start(&config, "run");
    world.collector.report_arrived().await;
    let pid = network(&service).await;
    signal(service.id(), "-KILL");
    end(service).await;
    wait(|| !alive(pid)).await;
    goes_on("supervisor killed");

    // What is on the disk starts again.
    let once = end(start(&config, "once")).await;
    assert!(once.status.success(), "{}", errors(&once));
}

#[tokio::test]
async fn out_of_descriptors_it_says_so_and_starts_again_when_there_are_some() {
    let world = World::enrolled(&HONEST).await;
    let config = world.config_file();
    for limit in [5, 9, 16, 31] {
        let script = format!("ulimit -n {limit} && exec \"$0\" --config \"$1\" once");
        let child = Command::new("sh")
            .args(["-c", &script, PROGRAM])
            .arg(&config)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let ended = end(child).await;
        let said = errors(&ended);
        assert!(ended.status.code().is_some(), "not killed: {said}");
        assert!(!said.contains("panicked"), "{limit}: {said}");
        assert!(said.contains("ulimit -n"), "{limit}: {said}");
    }
    let once = end(start(&config, "once")).await;
    assert!(once.status.success(), "{}", errors(&once));
}

fn give_to(folder: &Path, user: u32) {
    chown(folder, Some(user), Some(user)).unwrap();
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        match entry.path().is_dir() {
            true => give_to(&entry.path(), user),
            false => chown(entry.path(), Some(user), Some(user)).unwrap(),
        }
    }
}

#[tokio::test]
async fn an_ordinary_user_runs_it_confined_as_root_does() {
    let world = World::enrolled(&HONEST).await;
    let folder = world.folder.path();
    if std::fs::metadata(folder).unwrap().uid() != 0 {
        println!("SKIPPED: this is an ordinary user already, so every other test shows it");
        return;
    }
    let nobody = 65534;
    let config = world.config_file();
    let program = folder.join("domiciled");
    std::fs::copy(PROGRAM, &program).unwrap();
    give_to(folder, nobody);
    let child = Command::new(&program)
        .arg("--config")
        .arg(&config)
        .args(["--verbose", "once"])
        .uid(nobody)
        .gid(nobody)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let ended = end(child).await;
    assert!(ended.status.success(), "{}", errors(&ended));
    assert!(!errors(&ended).contains("MISSING"), "{}", errors(&ended));
    let report = common::report(&world.collector.kept().received[0]);
    assert!(report.inventory.is_some(), "the device process works, too");
}
