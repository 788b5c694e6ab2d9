//! Live negative tests: processes that shut themselves in with the code of the shipped program,
//! work, and then try what they must not manage.
//!
//! This file is program and test at once. Started with `probe`, it is a process of the agent in
//! the shape of a test: the same lists and rules, but a denied call answers with an error number
//! of the test's choice, so that every attempt can be made and counted. No kernel gives that
//! number by itself, so it can only come from the filter. The shipped program has no such command.
#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    clippy::exit,
    missing_docs
)]

mod attempts;
#[path = "../common/mod.rs"]
mod common;
mod outcome;

use attempts::{Attempt, Wall};
use common::anchor::Manner;
use common::{Ways, World};
use domicile_daemon::agent::Agent;
use domicile_daemon::device::ask::Devices;
use domicile_daemon::device::serve::{self, Machine};
use domicile_daemon::sandbox::{Denied, Rules, confine};
use domicile_daemon::{Config, Host, rules};
use domicile_proto::inspection::{NONCE, Nonce};
use domicile_proto::wire::Inventory;
use outcome::{all_denied, tried};
use rustix::process::Pid;
use std::io::Write as _;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::Duration;

/// "Exchange full": no call below fails with it by itself.
const DENIED: Denied = Denied::Errno(libc::EXFULL.cast_unsigned());

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    match arguments.get(1).map(String::as_str) {
        Some("probe") => probe(&arguments[2], Path::new(&arguments[3])),
        Some("--list") => {}
        _ => tests(),
    }
}

fn block_on<F: Future>(future: F) -> F::Output {
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    runtime.enable_all().build().unwrap().block_on(future)
}

// ---- the process

fn probe(role: &str, config_file: &Path) {
    let config = Config::load(Some(config_file)).unwrap();
    let outside = config_file.with_file_name("outside");
    let key = config.state_dir.join("agent.key");
    let sysfs = config.sysfs.join("bus/pci/devices");
    let addresses = std::fs::read_to_string(config_file.with_file_name("addresses"));
    let addresses = addresses.unwrap_or_default();
    match role {
        "control" => {
            let all = attempts::never()
                .into_iter()
                .chain(attempts::never_for_children());
            attempt(all.chain(attempts::files(&outside, &key)));
            attempt(attempts::changes(&key, &outside.with_file_name("new")));
        }
        "network" | "network-killed" | "network-tunnels" => block_on(async {
            let devices = Devices::supervised(serve::socket_from_stdin().unwrap()).unwrap();
            let rules = rules::network(&config, None);
            let mut agent = Agent::open(config, Host::real(), devices).unwrap();
            let denied = match role {
                "network-killed" => Denied::Kill,
                _ => DENIED,
            };
            shut_in(&rules, denied);
            // It does its work behind the walls.
            let outcome = agent.session().await.unwrap();
            println!("worked {}", outcome.ranged);
            attempt(attempts::never());
            if role == "network-tunnels" {
                return connect_to_each(&addresses).await;
            }
            attempt(attempts::never_for_children());
            attempt(attempts::files(&outside, &sysfs));
        }),
        "device" => {
            let mut socket = serve::socket_from_stdin().unwrap();
            let machine = Machine::find(&config);
            shut_in(&rules::device(&config), DENIED);
            serve::answer(&mut socket, &machine).unwrap();
            println!("worked 1");
            attempt(
                attempts::never()
                    .into_iter()
                    .chain(attempts::never_for_children()),
            );
            attempt(attempts::files(&outside, &key));
        }
        "answer" => {
            let nonce = Nonce([7; NONCE]);
            shut_in(&rules::answer(&config), DENIED);
            let answered = domicile_daemon::answer::answer(&config, &nonce, &Inventory::default());
            println!("worked {}", u8::from(answered.is_ok()));
            attempt(
                attempts::never()
                    .into_iter()
                    .chain(attempts::never_for_children()),
            );
            attempt(attempts::files(&outside, &sysfs));
            let state = config.state_dir;
            attempt(attempts::changes(
                &state.join("agent.key"),
                &state.join("new"),
            ));
        }
        "supervisor" => {
            let init = rules::supervisor(&config, Some(config_file), Pid::INIT);
            shut_in(&init, DENIED);
            let mut child = Command::new("/proc/self/exe");
            child.args(["probe", "nothing"]).arg(config_file);
            let ended = child.status().unwrap();
            println!("worked {}", u8::from(ended.success()));
            attempt(attempts::never());
            attempt(attempts::files(&outside, &key));
        }
        _ => {}
    }
}

/// Opens a TCP connection to each address of the list, as the agent opens them.
async fn connect_to_each(addresses: &str) {
    for address in addresses.lines() {
        let error = tokio::net::TcpStream::connect(address).await.err();
        let number = error.map_or(0, |error| error.raw_os_error().unwrap_or(-1));
        println!("tried\tlandlock\tconnect to {address}\t{number}");
    }
}

fn shut_in(rules: &Rules, denied: Denied) {
    // Where a layer is missing the test says so instead of failing: it is the kernel's.
    let confinement = confine(rules, denied, true).unwrap();
    println!("layers {}", serde_json::to_string(&confinement).unwrap());
}

fn attempt(all: impl IntoIterator<Item = Attempt>) {
    for Attempt { name, wall, run } in all {
        let wall = match wall {
            Wall::Calls => "seccomp",
            Wall::Files => "landlock",
        };
        println!("tried\t{wall}\t{name}\t{}", run());
    }
    std::io::stdout().flush().unwrap();
}

// ---- the tests

fn tests() {
    let filter = std::env::args()
        .skip(1)
        .find(|argument| !argument.starts_with('-'));
    let all: [(&str, fn()); 8] = [
        ("unconfined_every_attempt_gets_past_the_walls", control),
        (
            "the_network_process_works_and_is_denied_everything_else",
            network,
        ),
        (
            "with_tunnels_it_connects_to_their_ports_and_to_no_other",
            tunnels,
        ),
        (
            "the_device_process_works_and_is_denied_everything_else",
            device,
        ),
        (
            "the_supervisor_starts_children_and_is_denied_everything_else",
            supervisor,
        ),
        (
            "who_answers_an_inspector_reads_the_state_and_is_denied_everything_else",
            answer,
        ),
        ("a_denied_call_ends_the_network_process", killed),
        ("without_a_layer_nothing_runs_unless_it_is_allowed", refused),
    ];
    for (name, test) in all {
        if filter
            .as_ref()
            .is_none_or(|filter| name.contains(filter.as_str()))
        {
            test();
            println!("test {name} ... ok");
        }
    }
}

/// A world with one accelerator on its bus, and a file beside the agent's state.
async fn world() -> (World, PathBuf) {
    let world = World::enrolled(&[Manner::Honest; 4]).await;
    let slot = world.config.sysfs.join("bus/pci/devices/0000:01:00.0");
    std::fs::create_dir_all(&slot).unwrap();
    for (name, value) in [
        ("vendor", "0x10de"),
        ("device", "0x2335"),
        ("subsystem_vendor", "0x10de"),
        ("subsystem_device", "0x18be"),
        ("class", "0x030200"),
    ] {
        std::fs::write(slot.join(name), value).unwrap();
    }
    common::nvml::build(world.config.nvml_library.parent().unwrap(), "");
    std::fs::write(world.folder.path().join("outside"), "").unwrap();
    let config = world.config_file();
    (world, config)
}

/// Runs a probe to its end while the fakes go on answering it.
async fn run(role: &str, config: &Path, stdin: Option<UnixStream>) -> Output {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["probe", role])
        .arg(config)
        .stdin(stdin.map_or_else(Stdio::null, |socket| OwnedFd::from(socket).into()))
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    while child.try_wait().unwrap().is_none() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    child.wait_with_output().unwrap()
}

fn control() {
    let output = block_on(async {
        let (_world, config) = world().await;
        run("control", &config, None).await
    });
    let tried = tried(&output);
    assert!(tried.attempts.len() > 40);
    for (wall, name, number) in tried.attempts {
        assert_ne!(number, libc::EXFULL, "{name}");
        assert!(
            wall != "landlock" || number == 0,
            "{name} fails without a wall: {number}"
        );
    }
}

fn network() {
    let (output, reported) = block_on(async {
        let (world, config) = world().await;
        let (near, far) = UnixStream::pair().unwrap();
        world.serve_devices(far);
        let output = run("network", &config, Some(near)).await;
        let received = world.collector.kept().received.clone();
        (output, common::report(&received[0]))
    });
    assert_eq!(reported.inventory.unwrap().devices.len(), 1);
    let expected = attempts::never().len() + attempts::never_for_children().len() + 7;
    all_denied("network process", &output, expected);
}

/// The process above may not even call `connect`: its directory lists no tunnels. This one's does.
fn tunnels() {
    let elsewhere = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let elsewhere = elsewhere.local_addr().unwrap();
    let (output, tunnel) = block_on(async {
        let (mut world, config) = world().await;
        world.ways = Ways::UdpAndTunnels;
        world.collector.set_directory(2);
        world.install(2).unwrap();
        let tunnel = world.collector.tunnel;
        let addresses = format!("{tunnel}\n{elsewhere}\n127.0.0.1:443\n");
        std::fs::write(config.with_file_name("addresses"), addresses).unwrap();
        let (near, far) = UnixStream::pair().unwrap();
        world.serve_devices(far);
        let output = run("network-tunnels", &config, Some(near)).await;
        (output, tunnel)
    });
    let tried = tried(&output);
    assert!(tried.worked, "{output:?}");
    let connected: Vec<_> = tried
        .attempts
        .iter()
        .filter(|(_, name, _)| name.starts_with("connect to "))
        .map(|(_, _, number)| *number)
        .collect();
    let others = tried.attempts.iter().filter(|(wall, ..)| wall == "seccomp");
    if !tried.missing.iter().any(|layer| layer == "seccomp") {
        assert!(others.clone().all(|(.., number)| *number == libc::EXFULL));
        assert_eq!(others.count(), attempts::never().len());
    }
    // Landlock covers TCP from its interface 4 (Linux 6.7) on.
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let old = ["V1,", "V2,", "V3,"].map(|abi| format!("interface {abi}"));
    if tried.missing.iter().any(|layer| layer == "landlock")
        || old.iter().any(|abi| text.contains(abi))
    {
        println!("SKIPPED: this kernel's Landlock does not cover TCP");
        return;
    }
    assert_eq!(
        connected,
        [0, libc::EACCES, libc::EACCES],
        "{tunnel} is listed, {elsewhere} and port 443 are not"
    );
}

fn device() {
    let (output, answer) = block_on(async {
        let (_world, config) = world().await;
        let (near, far) = UnixStream::pair().unwrap();
        let mut devices = Devices::supervised(near).unwrap();
        let read = devices.read([7; 32], Duration::from_secs(10));
        tokio::join!(run("device", &config, Some(far)), read)
    });
    let answer = answer.unwrap();
    assert_eq!(answer.inventory.devices.len(), 1);
    // The stand-in tries to start a program first, as the real library may, and is refused.
    assert_eq!(answer.inventory.driver, "580.95.05");
    let expected = attempts::never().len() + attempts::never_for_children().len() + 7;
    all_denied("device process", &output, expected);
}

fn answer() {
    let output = block_on(async {
        let (_world, config) = world().await;
        run("answer", &config, None).await
    });
    let expected = attempts::never().len() + attempts::never_for_children().len() + 7 + 2;
    all_denied("answer to an inspector", &output, expected);
}

fn supervisor() {
    let output = block_on(async {
        let (_world, config) = world().await;
        run("supervisor", &config, None).await
    });
    let expected = attempts::never().len() + 7;
    all_denied("supervisor", &output, expected);
}

fn killed() {
    let output = block_on(async {
        let (world, config) = world().await;
        let (near, far) = UnixStream::pair().unwrap();
        world.serve_devices(far);
        run("network-killed", &config, Some(near)).await
    });
    let text = String::from_utf8_lossy(&output.stdout);
    if text.contains("\"name\":\"seccomp\",\"up\":false") {
        println!("SKIPPED: this kernel has no seccomp");
        return;
    }
    assert_eq!(output.status.signal(), Some(libc::SIGSYS), "{text}");
    assert!(
        text.contains("worked 4") && !text.contains("tried"),
        "{text}"
    );
}

/// A second thread stands for any layer that cannot be had: the thread would be free.
fn refused() {
    let (stop, wait) = std::sync::mpsc::channel::<()>();
    let other = std::thread::spawn(move || wait.recv());
    let in_a_thread = |allow_unconfined: bool| {
        let rules = rules::device(&Config::default());
        std::thread::spawn(move || confine(&rules, DENIED, allow_unconfined))
            .join()
            .unwrap()
    };
    let text = in_a_thread(false).unwrap_err().to_string();
    assert!(text.contains("one-thread is missing"), "{text}");
    assert!(text.contains("--allow-unconfined"), "{text}");
    let allowed = in_a_thread(true).unwrap();
    assert!(allowed.missing().any(|layer| layer.name == "one-thread"));
    drop(stop);
    let _ = other.join();
}
