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
use std::path::{Path, PathBuf};
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

/// A job that uses a GPU: it keeps a core busy, a client of the driver's library and its device's node
/// open, and says after each step what it has computed.
struct Job {
    child: Child,
    lines: PathBuf,
    node: PathBuf,
    handles: Vec<PathBuf>,
    alone: Option<f64>,
    last: Step,
}

/// A line of the job.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
struct Step {
    steps: u64,
    result: u64,
    cpu_ns: u64,
    clients: u64,
    changed: u64,
}

/// Multiplications and additions of a step.
const WORK: u64 = 10_000_000;
/// A step may take so many times the processor's time that it took alone: caches and clock rates
/// are shared with whatever else runs on the machine.
const SLOWER: f64 = 3.0;
const NODE: &[u8] = b"what the device holds";

/// What the job has computed after so many steps, by skipping ahead.
fn result_after(steps: u64) -> u64 {
    let (mut factor, mut term) = (6_364_136_223_846_793_005u64, 1_442_695_040_888_963_407u64);
    let (mut all_factor, mut all_term) = (1u64, 0u64);
    let mut left = steps * WORK;
    while left > 0 {
        if left & 1 == 1 {
            all_factor = all_factor.wrapping_mul(factor);
            all_term = all_term.wrapping_mul(factor).wrapping_add(term);
        }
        term = term.wrapping_mul(factor.wrapping_add(1));
        factor = factor.wrapping_mul(factor);
        left >>= 1;
    }
    all_factor.wrapping_add(all_term)
}

impl Job {
    fn start(folder: &Path, library: &Path) -> Self {
        let node = folder.join("nvidia0");
        std::fs::write(&node, NODE).unwrap();
        let lines = folder.join("job.out");
        let mut job = Command::new(common::nvml::build_job(folder));
        job.arg(library).arg(&node).stdin(Stdio::null());
        let child = job.stdout(std::fs::File::create(&lines).unwrap()).spawn();
        let mut job = Self {
            child: child.unwrap(),
            lines,
            node,
            handles: vec![],
            alone: None,
            last: Step::default(),
        };
        job.goes_on("alone");
        job.goes_on("alone");
        job.handles = job.handles_now();
        assert!(job.handles.contains(&job.node), "{:?}", job.handles);
        job
    }

    fn now(&self) -> Step {
        let text = std::fs::read_to_string(&self.lines).unwrap();
        let whole = text.rsplit_once('\n').map_or("", |(whole, _)| whole);
        let line = whole.lines().next_back().unwrap_or("0 1 0 1 0");
        let mut numbers = line.split(' ').map(|number| number.parse().unwrap());
        let mut next = || numbers.next().unwrap();
        Step {
            steps: next(),
            result: next(),
            cpu_ns: next(),
            clients: next(),
            changed: next(),
        }
    }

    fn handles_now(&self) -> Vec<PathBuf> {
        let entries = std::fs::read_dir(format!("/proc/{}/fd", self.child.id())).unwrap();
        let mut all: Vec<PathBuf> = entries
            .filter_map(|entry| std::fs::read_link(entry.ok()?.path()).ok())
            .collect();
        all.sort();
        all
    }

    /// Twenty steps more: right results at the old price, and everything that it holds untouched.
    fn goes_on(&mut self, what: &str) {
        let before = self.last;
        let start = std::time::Instant::now();
        let now = loop {
            assert!(self.child.try_wait().unwrap().is_none(), "{what}: it ended");
            let now = self.now();
            if now.steps >= before.steps + 20 {
                break now;
            }
            let stands_still = start.elapsed() > Duration::from_secs(60);
            assert!(!stands_still, "{what}: the job stands still at {now:?}");
            std::thread::sleep(Duration::from_millis(5));
        };
        self.last = now;
        assert_eq!(now.result, result_after(now.steps), "{what}: result");
        let client_and_settings = (now.clients, now.changed);
        assert_eq!(client_and_settings, (1, 0), "{what}: its driver client");
        if !self.handles.is_empty() {
            assert_eq!(self.handles_now(), self.handles, "{what}: its handles");
        }
        assert_eq!(
            std::fs::read(&self.node).unwrap(),
            NODE,
            "{what}: its device"
        );
        #[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
        let price = (now.cpu_ns - before.cpu_ns) as f64 / (now.steps - before.steps) as f64;
        let alone = *self.alone.get_or_insert(price);
        assert!(
            price < SLOWER * alone,
            "{what}: {price} ns a step, {alone} ns alone"
        );
    }
}

impl Drop for Job {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[tokio::test]
async fn killed_frozen_or_black_holed_it_leaves_a_job_beside_it_alone() {
    let world = World::enrolled(&HONEST).await;
    let config = world.config_file();
    let folder = world.folder.path();
    let library = common::nvml::build(world.config.nvml_library.parent().unwrap(), "");
    let mut job = Job::start(folder, &library);
    let mut goes_on = |what: &str| job.goes_on(what);

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
    goes_on("a whole session, a reading of its driver included");
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
