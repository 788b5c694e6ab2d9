//! `domiciled answer`, the real program: what an inspector gets, with the network unplugged.
#![allow(clippy::unwrap_used, clippy::disallowed_methods, missing_docs)]

mod common;

use common::World;
use common::anchor::Manner;
use domicile_daemon::error::exit;
use domicile_proto::inspection::{Answer, NONCE, Nonce, Statement};
use domicile_proto::sign::sha256;
use domicile_proto::types::Key;
use domicile_proto::wire::Inventory;
use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Output};

const HONEST: [Manner; 4] = [Manner::Honest; 4];
const PROGRAM: &str = env!("CARGO_BIN_EXE_domiciled");

fn nonce(byte: u8) -> Nonce {
    Nonce([byte; NONCE])
}

/// In a network namespace of its own, in which not even loopback is up.
fn unplugged() -> Command {
    let mut command = Command::new("unshare");
    command.args(["--user", "--map-root-user", "--net", PROGRAM]);
    match Command::new("unshare")
        .args(["--user", "--map-root-user", "--net", "true"])
        .output()
    {
        Ok(output) if output.status.success() => command,
        _ => {
            println!("SKIPPED: no namespace can be made here, so the network stays plugged in");
            Command::new(PROGRAM)
        }
    }
}

fn answer(mut command: Command, config: &Path, typed: &str) -> Output {
    command.arg("--config").arg(config).arg("answer");
    command.args(typed.split(' ')).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// The code that was printed.
fn code(output: &Output) -> Answer {
    assert!(output.status.success(), "{}", text(&output.stderr));
    let shown = text(&output.stdout);
    let lines: Vec<&str> = shown.lines().take(6).collect();
    lines.join("\n").parse().unwrap()
}

/// Each file of the folder with its bytes and time of change.
fn files(folder: &Path) -> BTreeMap<String, (Vec<u8>, std::time::SystemTime)> {
    let entries = std::fs::read_dir(folder).unwrap().map(Result::unwrap);
    let files = entries.filter(|entry| entry.path().is_file());
    files
        .map(|entry| {
            let changed = entry.metadata().unwrap().modified().unwrap();
            let bytes = std::fs::read(entry.path()).unwrap();
            (entry.file_name().into_string().unwrap(), (bytes, changed))
        })
        .collect()
}

fn agent_key(world: &World) -> Key {
    let identity =
        domicile_certs::Identity::load(&world.state().key(), &world.state().certificate());
    identity.unwrap().key.public()
}

#[tokio::test]
async fn unplugged_it_answers_with_its_key_its_devices_and_its_newest_report() {
    let world = World::enrolled(&HONEST).await;
    let config = world.config_file();
    let key = agent_key(&world);
    let none = Inventory::default();

    let before = code(&answer(unplugged(), &config, &nonce(1).to_string()));
    let said = before.check(&nonce(1), &key).unwrap();
    assert_eq!(said, Statement::of(&none, None));
    assert!(before.check(&nonce(2), &key).is_err());

    common::nvml::put_on_bus(&world.config.sysfs);
    common::nvml::build(world.config.nvml_library.parent().unwrap(), "");
    world.agent().unwrap().session().await.unwrap();
    let received = world.collector.kept().received[0].clone();
    let reported = common::report(&received).inventory.unwrap();
    let untouched = files(&world.config.state_dir);
    let after = code(&answer(
        unplugged(),
        &config,
        &nonce(2).to_string().to_lowercase(),
    ));
    let said = after.check(&nonce(2), &key).unwrap();
    assert_eq!(said, Statement::of(&reported, Some(&sha256(&received))));
    assert_eq!((said.devices, said.names.is_some()), (2, true));
    assert!(untouched.len() > 5);
    assert_eq!(
        files(&world.config.state_dir),
        untouched,
        "it writes nothing"
    );
}

#[tokio::test]
async fn it_answers_beside_a_running_agent() {
    let world = World::enrolled(&HONEST).await;
    let config = world.config_file();
    let mut run = Command::new(PROGRAM);
    let mut run = run.arg("--config").arg(&config).arg("run");
    run = run.stdout(std::process::Stdio::null());
    let mut service = run.stderr(std::process::Stdio::null()).spawn().unwrap();
    world.collector.report_arrived().await;
    let answered = code(&answer(unplugged(), &config, &nonce(1).to_string()));
    common::process::signal(service.id(), "-TERM");
    while service.try_wait().unwrap().is_none() {
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    let said = answered.check(&nonce(1), &agent_key(&world)).unwrap();
    assert!(said.newest.is_some());
}

#[tokio::test]
async fn a_slip_is_named_and_who_is_not_enrolled_signs_nothing() {
    let world = World::new(&HONEST).await;
    let config = world.config_file();
    let shown = nonce(1).to_string();
    let output = answer(Command::new(PROGRAM), &config, &shown);
    assert_eq!(output.status.code(), Some(exit::NOT_ENROLLED.into()));
    assert!(output.stdout.is_empty());
    world.enrol().await.unwrap();

    let mut groups: Vec<&str> = shown.split(' ').collect();
    groups.swap(2, 3);
    let typed = groups.join(" ");
    let output = answer(Command::new(PROGRAM), &config, &typed);
    assert_eq!(output.status.code(), Some(exit::USAGE.into()));
    let complaint = text(&output.stderr);
    assert!(complaint.contains("group 3 (line 1)"), "{complaint}");
    assert!(output.stdout.is_empty());

    std::fs::write(world.folder.path().join("machine-id"), "machine two\n").unwrap();
    let output = answer(Command::new(PROGRAM), &config, &shown);
    assert_eq!(output.status.code(), Some(exit::NOT_ENROLLED.into()));
    assert!(output.stdout.is_empty());
}
