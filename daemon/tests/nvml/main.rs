//! NVML's getters against stand-ins, and the processes beside one that hangs.
#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    missing_docs,
    unsafe_code
)]

#[path = "../common/mod.rs"]
mod common;
mod signing;

use common::World;
use common::anchor::Manner;
use common::process::{alive, children, readers, signal};
use domicile_daemon::Config;
use domicile_daemon::device::frame::{self, Reading};
use domicile_daemon::device::nvml::{self, Confidential, Driver, Library, MAX_GPUS, Refusal};
use domicile_daemon::device::pci::Address;
use domicile_daemon::device::serve::Machine;
use domicile_proto::wire::DeviceReading;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

const HONEST: [Manner; 4] = [Manner::Honest; 4];

/// A number that the stand-in keeps about itself.
fn count(library: &Path, name: &str) -> i32 {
    // SAFETY: the stand-in's functions of these names take nothing and give an int.
    unsafe {
        let library = libloading::Library::new(library).unwrap();
        let function = library.get::<unsafe extern "C" fn() -> i32>(name).unwrap();
        function()
    }
}

fn read(library: &Library) -> Driver {
    let session = library.open().unwrap();
    let devices = session.devices(MAX_GPUS);
    nvml::read(&session, &devices)
}

#[test]
fn what_the_driver_says_is_read_and_the_client_is_closed_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = common::nvml::build(folder.path(), "");
    let library = Library::load(&path).unwrap();
    assert_eq!(count(&path, "standin_open"), 0, "loaded is not opened");
    let driver = read(&library);
    assert_eq!(driver.version.as_deref(), Some("580.95.05"));
    assert_eq!(driver.confidential, Confidential::On);
    let [first, second] = &driver.gpus[..] else {
        panic!("{driver:?}")
    };
    assert_eq!(first.name.as_deref(), Some("NVIDIA H200"));
    assert_eq!(first.serial.as_deref(), Some("1650924000001"));
    assert_eq!(first.address, Address::parse("0000:a1:00.0"));
    assert_eq!(first.pci_id, Some(0x2335_10de));
    assert_eq!(first.board_part.as_deref(), Some("699-21010-0215-000"));
    assert_eq!(first.vbios.as_deref(), Some("96.00.CF.00.01"));
    assert!(first.uuid.as_ref().unwrap().starts_with("GPU-1111"));
    assert_eq!(first.pdi, Some(0x1122_3344_5566_7788));
    assert_eq!(
        second.serial, None,
        "a getter that fails leaves its value out"
    );
    assert_eq!(
        count(&path, "standin_open"),
        0,
        "no client between readings"
    );
    assert_eq!(count(&path, "standin_changed"), 0);
    assert_eq!(count(&path, "standin_reports"), 0, "reading asks for none");
}

#[test]
fn older_hostile_and_absent_libraries_are_survived() {
    let folder = tempfile::tempdir().unwrap();
    let build = |kind: &str| {
        let path = common::nvml::build(&folder.path().join(kind), kind);
        Library::load(&path).unwrap()
    };
    let old = read(&build("OLD"));
    assert_eq!(
        (old.confidential, old.gpus.len()),
        (Confidential::Absent, 2)
    );
    assert_eq!(old.gpus[0].pdi, None);
    let hostile = build("HOSTILE");
    let said = read(&hostile);
    assert_eq!(said.gpus.len(), 64);
    assert_eq!(said.gpus[0].name, None, "a text without an end is none");
    assert_eq!(said.gpus[0].address, None);
    let session = hostile.open().unwrap();
    let gpu = session.devices(1)[0];
    let long = Err(Refusal::BadLength(u32::MAX));
    assert_eq!(
        (gpu.certificates(), gpu.report(&[0; 32])),
        (long.clone(), long)
    );
    let absent = Config {
        nvml_library: folder.path().join("absent.so"),
        sysfs: folder.path().to_owned(),
        ..Config::default()
    };
    assert_eq!(Machine::find(&absent).read(&[0; 32]), Reading::default());
    // Some other library under that name.
    assert!(Library::load(Path::new("libc.so.6")).is_ok_and(|other| other.open().is_err()));
}

#[test]
fn what_nvml_says_stands_with_the_device_on_the_bus_and_no_slot_is_told() {
    let folder = tempfile::tempdir().unwrap();
    common::nvml::put_on_bus(folder.path());
    let config = Config {
        nvml_library: common::nvml::build(folder.path(), "SLOW"),
        sysfs: folder.path().to_owned(),
        ..Config::default()
    };
    let read = Machine::find(&config).read(&[0; 32]);
    assert_eq!(read.inventory.driver, "580.95.05");
    let details: Vec<_> = read
        .inventory
        .devices
        .iter()
        .map(|d| d.details.clone().unwrap())
        .collect();
    let serials: Vec<&str> = details
        .iter()
        .map(|details| details.serial.as_str())
        .collect();
    assert_eq!(details.len(), 2);
    assert!(serials.contains(&"1650924000001") && serials.contains(&""));
    assert!(
        details
            .iter()
            .all(|details| details.revision == 0xa1 && details.name == "NVIDIA H200")
    );
    let sent = frame::encode(&[0; 32], read);
    let text = String::from_utf8_lossy(&sent);
    assert!(text.contains("NVIDIA H200"));
    for slot in ["A1:00", "a1:00", "01:00"] {
        assert!(!text.contains(slot), "{slot}");
    }
}

async fn wait(mut until: impl FnMut() -> bool) {
    while !until() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

fn start(config: &PathBuf, command: &str) -> Child {
    Command::new(env!("CARGO_BIN_EXE_domiciled"))
        .args(["--verbose", "--config"])
        .arg(config)
        .arg(command)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

#[tokio::test]
async fn a_confined_device_process_reads_nvml() {
    let world = World::enrolled(&HONEST).await;
    common::nvml::build(world.config.nvml_library.parent().unwrap(), "");
    let mut once = start(&world.config_file(), "once");
    wait(|| once.try_wait().unwrap().is_some()).await;
    assert!(once.wait().unwrap().success());
    let report = common::report(&world.collector.kept().received[0]);
    assert!(report.inventory.is_some(), "the device process answered");
}

/// What a client of the driver's library would need: the process that has it mapped.
fn has_library(pid: u32) -> bool {
    let maps = std::fs::read_to_string(format!("/proc/{pid}/maps")).unwrap_or_default();
    maps.contains("libnvidia-ml")
}

#[tokio::test]
async fn between_readings_no_process_of_the_agent_is_a_client_of_the_driver() {
    let world = World::enrolled(&HONEST).await;
    common::nvml::build(world.config.nvml_library.parent().unwrap(), "");
    let config = world.config_file();
    // One reading now, and the next in an hour.
    let text = std::fs::read_to_string(&config).unwrap();
    let seldom = text.replace("ranging-interval = \"1s\"", "ranging-interval = \"1h\"");
    std::fs::write(&config, seldom).unwrap();
    let mut service = start(&config, "run");
    world.collector.report_arrived().await;
    let report = common::report(&world.collector.kept().received[0]);
    assert_eq!(report.inventory.unwrap().driver, "580.95.05");
    wait(|| readers(&service).is_empty()).await;
    let all = children(service.id());
    assert_eq!(all.len(), 1, "the network process alone: {all:?}");
    assert!(!has_library(all[0].0) && !has_library(service.id()));
    signal(service.id(), "-TERM");
    wait(|| service.try_wait().unwrap().is_some()).await;
}

#[tokio::test]
async fn a_reader_that_is_stuck_is_reported_without_left_alone_and_never_doubled() {
    let world = World::enrolled(&HONEST).await;
    common::nvml::build(world.config.nvml_library.parent().unwrap(), "HANGS");
    let mut service = start(&world.config_file(), "run");
    world.collector.report_arrived().await;
    let stuck = readers(&service);
    assert_eq!(stuck.len(), 1);
    assert!(has_library(stuck[0]), "a client is seen where there is one");
    for _ in 0..2 {
        world.collector.report_arrived().await;
        assert_eq!(readers(&service), stuck, "the same one, and no other");
    }
    for received in &world.collector.kept().received {
        let report = common::report(received);
        assert_eq!(report.inventory, None);
        assert_eq!(report.device_reading(), DeviceReading::TimedOut);
    }
    // Told to stop, the agent stops measuring and waits for its reader.
    signal(service.id(), "-TERM");
    wait(|| {
        children(service.id())
            .iter()
            .all(|(pid, _)| stuck.contains(pid) || !alive(*pid))
    })
    .await;
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert!(service.try_wait().unwrap().is_none(), "it waits");
    assert!(alive(stuck[0]));
    // Told again, it leaves; the reader is not killed.
    signal(service.id(), "-TERM");
    wait(|| service.try_wait().unwrap().is_some()).await;
    assert!(alive(stuck[0]));
    signal(stuck[0], "-KILL");
}

/// Enrols with a reader that never answers; gives the enrolling program and its reader.
async fn enrol_beside_a_stuck_reader(world: &World) -> (Child, u32) {
    common::nvml::build(world.config.nvml_library.parent().unwrap(), "HANGS");
    let token = world.folder.path().join("token");
    std::fs::write(&token, world.token_text()).unwrap();
    let enrol = Command::new(env!("CARGO_BIN_EXE_domiciled"))
        .arg("--config")
        .arg(world.config_file())
        .args(["enrol", "--token-file"])
        .arg(token)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    wait(|| world.state().certificate().exists()).await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    let readers = readers(&enrol);
    assert_eq!(readers.len(), 1, "one reader, still there");
    (enrol, readers[0])
}

#[tokio::test]
async fn enrolment_goes_on_without_a_stuck_reader_and_waits_for_it_at_the_end() {
    let world = World::new(&HONEST).await;
    let (mut enrol, reader) = enrol_beside_a_stuck_reader(&world).await;
    assert_eq!(world.collector.kept().enrolled[0].inventory, None);
    assert!(enrol.try_wait().unwrap().is_none(), "it waits");
    // The driver call comes back: here, by the end of its process.
    signal(reader, "-KILL");
    wait(|| enrol.try_wait().unwrap().is_some()).await;
    let ended = enrol.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&ended.stderr).into_owned();
    assert!(ended.status.success(), "{said}");
    assert!(said.contains("waiting for it"), "{said}");
    assert!(String::from_utf8_lossy(&ended.stdout).contains("Enrolled at"));
}

#[tokio::test]
async fn an_enrolment_that_is_told_to_leave_leaves_its_reader_alone() {
    let world = World::new(&HONEST).await;
    let (mut enrol, reader) = enrol_beside_a_stuck_reader(&world).await;
    signal(enrol.id(), "-TERM");
    wait(|| enrol.try_wait().unwrap().is_some()).await;
    assert!(alive(reader), "never killed");
    signal(reader, "-KILL");
    let again = Command::new(env!("CARGO_BIN_EXE_domiciled"))
        .arg("--config")
        .arg(world.config_file())
        .args(["enrol", "--unless-enrolled", "--token-file", "/gone"])
        .output()
        .unwrap();
    assert!(again.status.success(), "the token is not needed any more");
}
