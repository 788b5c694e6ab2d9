//! What the network process asks of the kernel, seen from outside: under servers with right keys that
//! do everything wrong it makes no call, names no file outside its state folder and sends to no
//! address that it does not with honest ones.
//!
//! The kernel ends it at a call that is not on its list (`confinement`); this shows that hostile bytes
//! do not even move it about inside that list. Needs root (others cannot trace the process) and
//! `strace`; with `DOMICILE_REQUIRE_STRACE` set it fails where they are missing.
#![allow(clippy::unwrap_used, clippy::disallowed_methods, missing_docs)]

mod common;

use common::World;
use common::anchor::Manner;
use common::collector::Mood;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::Ordering;
use std::time::Duration;

/// How the C library gets memory and gives it back: which of these it uses depends on sizes and
/// on what it has kept, and a bound on memory is `envelope.rs`'s matter.
const MEMORY: [&str; 6] = ["brk", "mmap", "munmap", "mremap", "madvise", "mprotect"];

/// What was asked of the kernel.
#[derive(Debug, Default)]
struct Asked {
    /// Calls and how often.
    calls: BTreeMap<String, usize>,
    /// The files that calls named.
    files: BTreeSet<String>,
    /// Where datagrams went.
    destinations: BTreeSet<String>,
}

impl Asked {
    /// Adds a line of strace's, which shows no data.
    fn add(&mut self, line: &str) {
        let name: String = line
            .chars()
            .take_while(|c| c.is_ascii_alphanumeric() || *c == '_')
            .collect();
        let Some(arguments) = line[name.len()..].strip_prefix('(') else {
            return;
        };
        *self.calls.entry(name).or_default() += 1;
        let quoted = arguments.split('"').skip(1).step_by(2);
        let files = quoted.filter(|text| text.starts_with('/'));
        self.files.extend(files.map(str::to_owned));
        let port = arguments.split_once("sin_port=");
        let destination = port.and_then(|(_, rest)| rest.split_once('}'));
        self.destinations
            .extend(destination.map(|(address, _)| address.to_owned()));
    }
}

struct Service(Child);

impl Drop for Service {
    fn drop(&mut self) {
        common::process::signal(self.0.id(), "-TERM");
        let _ = self.0.wait();
    }
}

/// A tracer of one process, from when it has attached until it is told to stop.
struct Tracer {
    strace: Child,
    file: std::path::PathBuf,
}

impl Tracer {
    async fn attach(pid: u32, folder: &Path) -> Self {
        let file = folder.join("strace");
        let strace = Command::new("strace")
            .args(["-qq", "-s", "0", "-o"])
            .arg(&file)
            .args(["-p", &pid.to_string()])
            .stdin(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let traced = || {
            let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
            !status.contains("TracerPid:\t0\n")
        };
        while !traced() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        Self { strace, file }
    }

    fn stop(mut self) -> Asked {
        common::process::signal(self.strace.id(), "-TERM");
        self.strace.wait().unwrap();
        let mut asked = Asked::default();
        for line in std::fs::read_to_string(&self.file).unwrap().lines() {
            asked.add(line);
        }
        asked
    }
}

fn is_possible() -> bool {
    let strace = Command::new("strace")
        .arg("-V")
        .stdout(Stdio::null())
        .status();
    let possible = rustix::process::geteuid().is_root() && strace.is_ok();
    let missing = "this test needs root and strace (apt-get install strace)";
    if !possible {
        assert!(
            std::env::var_os("DOMICILE_REQUIRE_STRACE").is_none(),
            "{missing}"
        );
        println!("SKIPPED: {missing}");
    }
    possible
}

async fn until(ready: impl Fn() -> bool) {
    while !ready() {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

#[tokio::test]
async fn hostile_servers_move_it_to_no_other_call_file_or_address() {
    if !is_possible() {
        return;
    }
    let world = World::enrolled(&[Manner::Honest; 4]).await;
    // No longer than it must be: silence costs each of them once.
    let config = world.config_file();
    let text = std::fs::read_to_string(&config).unwrap();
    std::fs::write(&config, text.replace("\"2s\"", "\"1s\"")).unwrap();
    let child = Command::new(env!("CARGO_BIN_EXE_domiciled"))
        .arg("--config")
        .arg(config)
        .arg("run")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let network = common::process::network(&child).await;
    let _service = Service(child);
    world.collector.report_arrived().await;

    // Honest servers, and a collector that is away for a while: a report is kept and sent later.
    let tracer = Tracer::attach(network, world.folder.path()).await;
    for _ in 0..3 {
        world.collector.report_arrived().await;
    }
    world.collector.set(Mood::Away);
    let spooled = || {
        domicile_daemon::spool::look(&world.state().spool())
            .unwrap()
            .len()
    };
    until(|| spooled() >= 2).await;
    world.collector.set(Mood::Good);
    until(|| spooled() == 0).await;
    let signs = world.collector.kept().liveness.len();
    until(|| world.collector.kept().liveness.len() >= signs + 2).await;
    let honest = tracer.stop();
    println!("honest: {honest:?}");
    assert_eq!(honest.destinations.len(), 5, "four anchors, one collector");
    let state = world.state().root().to_str().unwrap().to_owned() + "/";
    assert!(honest.files.iter().any(|file| file.starts_with(&state)));
    let check = |what: &str, asked: &Asked| {
        let known = |name: &str| honest.calls.contains_key(name) || MEMORY.contains(&name);
        let calls: Vec<_> = asked.calls.keys().filter(|name| !known(name)).collect();
        let known = |file: &str| file.starts_with(&state) || honest.files.contains(file);
        let files: Vec<_> = asked.files.iter().filter(|file| !known(file)).collect();
        let elsewhere: Vec<_> = asked
            .destinations
            .difference(&honest.destinations)
            .collect();
        println!(
            "{what}: {} calls, of {} kinds",
            asked.calls.values().sum::<usize>(),
            asked.calls.len()
        );
        assert!(calls.is_empty(), "{what}: {calls:?}");
        assert!(files.is_empty(), "{what}: {files:?}");
        assert!(elsewhere.is_empty(), "{what}: {elsewhere:?}");
        assert!(!asked.calls.is_empty(), "{what}: it was traced");
    };
    for manner in [
        Manner::Oversized,
        Manner::RandomBytes,
        Manner::Mutates,
        Manner::Endless,
        Manner::Replays,
        Manner::Reorders,
        Manner::Floods,
        Manner::SlowDrip,
        Manner::Talks,
        Manner::ForgedReceipt,
    ] {
        let tracer = Tracer::attach(network, world.folder.path()).await;
        for anchor in &world.anchors {
            anchor.set(manner);
        }
        let visits = || world.anchors[0].visits.load(Ordering::Relaxed);
        let before = visits();
        until(|| visits() >= before + 2).await;
        check(&format!("{manner:?}"), &tracer.stop());
    }
    for mood in [
        Mood::Oversized,
        Mood::RandomBytes,
        Mood::Mutates,
        Mood::Endless,
        Mood::Replays,
        Mood::OtherReply,
        Mood::Truncated,
        Mood::SlowDrip,
        Mood::Talks,
        Mood::ForgedReceipt,
        Mood::BadHead,
    ] {
        let tracer = Tracer::attach(network, world.folder.path()).await;
        world.collector.set(mood);
        let before = world.collector.kept().connections;
        until(|| world.collector.kept().connections >= before + 2).await;
        check(&format!("{mood:?}"), &tracer.stop());
    }
}
