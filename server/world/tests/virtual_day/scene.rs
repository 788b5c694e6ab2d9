//! The agent, its anchors, its collector and what goes wrong with them.

mod servers;

use crate::collector::{Collector, Kept};
use crate::counted::{Counted, Counters, Traffic};
use domicile_anchor::config::{MeshSettings, Settings};
use domicile_anchor::virtual_net::{Network, VirtualStopwatch};
use domicile_anchor::{Anchor, Materials, Stopwatch as _};
use domicile_certs::Identity;
use domicile_certs::authority::Authority;
use domicile_certs::issue::Profile;
use domicile_certs::random::Seeded;
use domicile_daemon::agent::Agent;
use domicile_daemon::device::ask::Devices;
use domicile_daemon::device::frame::{self as device, NONCE, Reading};
use domicile_daemon::disk::{Disk, RealDisk};
use domicile_daemon::host::{Clock, Host, Stopwatch};
use domicile_daemon::net::Network as AgentNetwork;
use domicile_daemon::net::socket::Peers;
use domicile_daemon::notify::Manager;
use domicile_daemon::state::StateDir;
use domicile_daemon::{Config, directory, enrol, run, spool};
use domicile_proto::directory::Directory;
use domicile_proto::sign::Domain;
use domicile_proto::token::{self, Token};
use domicile_proto::types::Digest;
use domicile_proto::{codec, wire};
use servers::directory_message;
use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::task::JoinHandle;
use tokio::time::Instant;

const START_MS: u64 = 1_800_000_000_000;
pub const HOUR: Duration = Duration::from_secs(3600);
const YEAR_MS: u64 = 365 * 24 * 3600 * 1000;

/// Anchors, each of a vote of its own: latitude, longitude, one way to the host in ms.
const ANCHORS: [(f64, f64, u64); 8] = [
    (1.30, 103.80, 1),
    (1.35, 103.90, 1),
    (1.31, 103.70, 2),
    (22.30, 114.20, 19),
    (35.70, 139.70, 36),
    (50.10, 8.70, 82),
    (40.70, -74.00, 115),
    (-33.90, 151.20, 47),
];

/// What goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trouble {
    None,
    /// From the third hour to the twentieth: one thing after another.
    Everything,
}

pub struct Scene {
    folder: tempfile::TempDir,
    config: Config,
    agent: Option<Agent>,
    running: Option<JoinHandle<()>>,
    collector: Arc<Collector>,
    counters: Arc<Counters>,
    disk: Arc<SometimesFull>,
}

fn anchor_address(number: usize) -> SocketAddr {
    SocketAddr::from(([10, 1, 0, u8::try_from(number + 1).unwrap()], 4433))
}

fn collector_address() -> SocketAddr {
    SocketAddr::from(([10, 3, 0, 1], 4433))
}

fn agent_address() -> SocketAddr {
    SocketAddr::from(([10, 2, 0, 1], 4433))
}

/// The hours since the start.
fn hours(start: Instant) -> u64 {
    start.elapsed().as_secs() / HOUR.as_secs()
}

/// The network: whole milliseconds, and what goes wrong with it.
fn network(trouble: Trouble, start: Instant) -> Network {
    let counter = AtomicU64::new(0);
    Network::new(move |from, to| {
        let far = if from == agent_address() { to } else { from };
        let number = (0..ANCHORS.len()).find(|number| anchor_address(*number) == far);
        let way = Duration::from_millis(number.map_or(20, |number| ANCHORS[number].2));
        if trouble == Trouble::None {
            return Some(way);
        }
        let count = counter.fetch_add(1, Ordering::Relaxed);
        // Fixed numbers in the place of chance.
        let chance = count.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32;
        match hours(start) {
            // A lossy line: one packet in twenty.
            3 | 4 if chance.is_multiple_of(20) => None,
            // The collector is away for three hours.
            6..=8 if far == collector_address() => None,
            // Three anchors are away.
            10 if number.is_some_and(|number| number % 3 == 0) => None,
            // Nothing gets through at all.
            12 | 13 => None,
            // Only what the host sends is lost.
            14 if from == agent_address() => None,
            // Packets overtake each other.
            17 => Some(way + Duration::from_millis(chance % 40)),
            _ => Some(way),
        }
    })
}

/// A disk that is full in the sixteenth hour.
struct SometimesFull {
    trouble: Trouble,
    start: Instant,
    refused: AtomicU64,
}

impl Disk for SometimesFull {
    fn write(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        if self.trouble == Trouble::Everything && hours(self.start) == 15 {
            self.refused.fetch_add(1, Ordering::Relaxed);
            RealDisk.write(path, &bytes[..bytes.len() / 2])?;
            return Err(io::ErrorKind::StorageFull.into());
        }
        RealDisk.write(path, bytes)
    }
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        RealDisk.rename(from, to)
    }
    fn sync_folder(&self, _: &Path) -> io::Result<()> {
        Ok(())
    }
    fn remove(&self, path: &Path) -> io::Result<()> {
        RealDisk.remove(path)
    }
}

/// The host's clocks: tokio's, and with trouble a wall clock that jumps by years.
struct Clocks {
    watch: VirtualStopwatch,
    trouble: Trouble,
    start: Instant,
}

impl Clock for Clocks {
    fn unix_ms(&self) -> u64 {
        let now_ms = self.watch.clocks().unix_ms();
        match hours(self.start) {
            5 if self.trouble == Trouble::Everything => now_ms + 3 * YEAR_MS,
            _ => now_ms,
        }
    }
}

impl Stopwatch for Clocks {
    fn now_ns(&self) -> u64 {
        self.watch.now_ns()
    }
}

impl Scene {
    /// Everybody up, the agent enrolled.
    pub async fn start(trouble: Trouble) -> Self {
        let start = Instant::now();
        let mut random = Seeded::new(7);
        let authority = Authority::generate(&mut random, START_MS).unwrap();
        let mut server = |name| {
            let profile = Profile::Server(name);
            authority
                .identity(profile, &mut random, START_MS, YEAR_MS)
                .unwrap()
        };
        let anchors: Vec<Identity> = ANCHORS.iter().map(|_| server("anchor")).collect();
        let identity = server("collector");
        let folder = tempfile::tempdir().unwrap();
        let network = network(trouble, start);
        let message = directory_message(&anchors, &identity);
        let directory = Arc::new(Directory::validate(&message, Digest([0; 32])).unwrap());
        for (number, identity) in anchors.iter().enumerate() {
            start_anchor(
                &network,
                &authority,
                (number, identity),
                &directory,
                folder.path(),
            );
        }
        let watch = VirtualStopwatch::starting(START_MS);
        let disk = Arc::new(SometimesFull {
            trouble,
            start,
            refused: AtomicU64::new(0),
        });
        let clocks = Arc::new(Clocks {
            watch,
            trouble,
            start,
        });
        let host = Host {
            clock: clocks.clone(),
            stopwatch: clocks,
            disk: disk.clone(),
            ..Host::real()
        };
        let config = configuration(folder.path());
        install(&config, &authority, &message, folder.path());
        let token = token_text(&authority);
        let now_ms = move || watch.clocks().unix_ms();
        let collector =
            Collector::start(&network, collector_address(), (identity, authority), now_ms);
        let counters = Arc::<Counters>::default();
        let socket = Arc::new(Counted {
            socket: network.socket(agent_address()),
            counters: counters.clone(),
        });
        let peers = Peers::default();
        let network = AgentNetwork::on(vec![(socket, peers)]).unwrap();
        enrol::enrol(&config, &host, &network, &token, None, None, None)
            .await
            .unwrap();
        let agent = Agent::open_on(config.clone(), host, devices(), |_| Ok(network)).unwrap();
        Self {
            folder,
            config,
            agent: Some(agent),
            running: None,
            collector,
            counters,
            disk,
        }
    }

    /// Lets the service run.
    pub fn run(&mut self) {
        let agent = self.agent.take().unwrap();
        self.running = Some(tokio::spawn(async move {
            let (stop, manager) = (
                run::Stop::listen().unwrap(),
                Manager::of_environment().unwrap(),
            );
            run::run(agent, stop, manager).await.unwrap();
        }));
    }

    /// Waits until no session is under way and every connection has been forgotten.
    pub async fn quiet(&self) {
        let mut still = 0;
        let mut before = self.traffic().packets;
        while still < 40 {
            tokio::time::sleep(Duration::from_secs(1)).await;
            let now = self.traffic().packets;
            still = if now == before { still + 1 } else { 0 };
            before = now;
        }
        assert!(
            !self.running.as_ref().unwrap().is_finished(),
            "the service runs"
        );
    }

    pub fn traffic(&self) -> Traffic {
        self.counters.read()
    }

    pub fn kept(&self) -> Kept {
        self.collector.kept.lock().unwrap().clone()
    }

    pub fn disk_refused(&self) -> u64 {
        self.disk.refused.load(Ordering::Relaxed)
    }

    /// Reports in the spool.
    pub fn waiting(&self) -> usize {
        let folder = StateDir::new(&self.config.state_dir).spool();
        spool::look(&folder).unwrap().len()
    }

    /// Files of the state folder and their bytes.
    pub fn state_folder(&self) -> (usize, u64) {
        weigh(&self.folder.path().join("state"))
    }
}

fn weigh(folder: &Path) -> (usize, u64) {
    let entries = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap());
    entries.fold((0, 0), |(files, bytes), entry| {
        let (more, longer) = match entry.path().is_dir() {
            true => weigh(&entry.path()),
            false => (1, entry.metadata().unwrap().len()),
        };
        (files + more, bytes + longer)
    })
}

/// A device process that answers at once, on this runtime: its clock must not run ahead.
fn devices() -> Devices {
    let (near, far) = std::os::unix::net::UnixStream::pair().unwrap();
    far.set_nonblocking(true).unwrap();
    let mut far = tokio::net::UnixStream::from_std(far).unwrap();
    tokio::spawn(async move {
        let mut nonce = [0; NONCE];
        while far.read_exact(&mut nonce).await.is_ok() {
            let answer = device::encode(&nonce, Reading::default());
            far.write_all(&answer).await.unwrap();
        }
    });
    Devices::supervised(near).unwrap()
}

fn configuration(folder: &Path) -> Config {
    std::fs::write(folder.join("machine-id"), "machine one\n").unwrap();
    Config {
        state_dir: folder.join("state"),
        machine_id_file: folder.join("machine-id"),
        ..Config::default()
    }
}

fn install(config: &Config, authority: &Authority, message: &wire::Directory, folder: &Path) {
    let signed = authority
        .directory_key()
        .sign(Domain::Directory, codec::encode(message));
    let (file, trust) = (folder.join("directory.bin"), folder.join("trust.toml"));
    std::fs::write(&file, codec::encode(&signed)).unwrap();
    std::fs::write(&trust, authority.trust().to_toml()).unwrap();
    let state = StateDir::new(&config.state_dir);
    state.prepare().unwrap();
    directory::install(&RealDisk, config, &state, &file, Some(&trust)).unwrap();
}

fn token_text(authority: &Authority) -> String {
    let token = Token {
        id: [1; 16],
        customer: "Acme".into(),
        operator: "acme".into(),
        site: "sin-1".into(),
        metro: "sin".into(),
        territory: *b"SG",
        licence: "L-1".into(),
        uses: 1,
        not_before_ms: 1,
        not_after_ms: u64::MAX,
    };
    let message = codec::encode(&token.to_wire());
    token::to_text(&authority.token_key().sign(Domain::Token, message))
}

fn start_anchor(
    network: &Network,
    authority: &Authority,
    (number, identity): (usize, &Identity),
    directory: &Arc<Directory>,
    folder: &Path,
) {
    // Anchors among themselves are another test's matter.
    let mesh = MeshSettings {
        enabled: false,
        ..MeshSettings::default()
    };
    let materials = Materials {
        identity: identity.clone(),
        trust: authority.trust(),
        directory: Arc::clone(directory),
        directory_file: None,
        revocations: Arc::new(authority.revocations().unwrap()),
        state_dir: folder.join(format!("anchor-{number}")),
        settings: Settings {
            mesh,
            ..Settings::default()
        },
    };
    let stopwatch = Arc::new(VirtualStopwatch::starting(START_MS));
    let sockets = vec![network.socket(anchor_address(number))];
    let anchor = Anchor::with_sockets(&materials, stopwatch, sockets).unwrap();
    tokio::spawn(anchor.run(std::future::pending()));
}
