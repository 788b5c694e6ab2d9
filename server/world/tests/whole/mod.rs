//! One process with everything real in it: a collector, four anchors, agents; on loopback sockets,
//! with a world's clock and each host's error beside it.
#![allow(unreachable_pub)]

use domicile_anchor::config::Settings;
use domicile_anchor::stopwatch::Clocks;
use domicile_anchor::{Anchor, Materials, RawStopwatch, Stopwatch};
use domicile_certs::authority::Authority;
use domicile_certs::issue::Profile;
use domicile_certs::random::System;
use domicile_certs::{Identity, keys, pem};
use domicile_collector::clock::Clock;
use domicile_collector::config::Config as CollectorConfig;
use domicile_collector::runtime::{Checked, Running};
use domicile_daemon::agent::Agent;
use domicile_daemon::device::ask::Devices;
use domicile_daemon::device::serve::{self, Machine};
use domicile_daemon::disk::RealDisk;
use domicile_daemon::host::{Clock as _, SystemClock};
use domicile_daemon::net::Network;
use domicile_daemon::state::StateDir;
use domicile_daemon::{Config, Host, directory, enrol};
use domicile_proto::codec;
use domicile_proto::directory::{Directory, address_to_wire};
use domicile_proto::sign::{Domain, SigningKey, sha256};
use domicile_proto::token::{self, Token};
use domicile_proto::types::Digest;
use domicile_proto::wire::{self, VerdictValue};
use std::net::{SocketAddr, TcpListener, UdpSocket};
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tempfile::TempDir;
use tokio::sync::oneshot;

pub const DAY_MS: u64 = 24 * 3_600_000;
/// Directory version in which servers are reached over UDP.
pub const UDP: u64 = 1;
/// The same servers; UDP leads nowhere, and tunnels to them.
pub const TUNNELS: u64 = 2;
const ANCHORS: usize = 4;

/// The world's clock: so many ms before the machine's.
#[derive(Clone, Default)]
pub struct Time(Arc<AtomicU64>);

impl Time {
    pub fn set_ago(&self, ms: u64) {
        self.0.store(ms, Ordering::SeqCst);
    }

    pub fn now_ms(&self) -> u64 {
        SystemClock.unix_ms() - self.0.load(Ordering::SeqCst)
    }
}

/// The machine's stopwatch with the world's wall clock.
struct Watch(Time);

impl Stopwatch for Watch {
    fn now_ns(&self) -> u64 {
        RawStopwatch.now_ns()
    }

    fn clocks(&self) -> Clocks {
        let clocks = RawStopwatch.clocks();
        Clocks {
            realtime_ns: clocks.realtime_ns - self.0.0.load(Ordering::SeqCst) * 1_000_000,
            ..clocks
        }
    }
}

/// A host's wall clock: the world's, and its error.
struct HostClock(Time, i64);

impl domicile_daemon::host::Clock for HostClock {
    fn unix_ms(&self) -> u64 {
        self.0.now_ms().saturating_add_signed(self.1)
    }
}

pub struct World {
    pub time: Time,
    pub folder: TempDir,
    authority: Authority,
    collector: Running,
    stop: Vec<oneshot::Sender<()>>,
    _hole: UdpSocket,
}

/// An enrolled host.
pub struct Installed {
    pub config: Config,
    pub host: Host,
}

impl World {
    pub async fn raise(ago_ms: u64) -> Self {
        let time = Time::default();
        time.set_ago(ago_ms);
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().to_owned();
        let start_ms = SystemClock.unix_ms() - 200 * DAY_MS;
        let authority = Authority::generate(&mut System::default(), start_ms).unwrap();
        authority.write(&root.join("ca")).unwrap();
        let server = || {
            let profile = Profile::Server("anchor");
            let lifetime = 400 * DAY_MS;
            authority
                .identity(profile, &mut System::default(), start_ms, lifetime)
                .unwrap()
        };
        let identities: Vec<Identity> = (0..ANCHORS).map(|_| server()).collect();
        let collector = SigningKey::from_seed(&[7; 32]);
        let log = SigningKey::from_seed(&[8; 32]);
        let hole = UdpSocket::bind("127.0.0.1:0").unwrap();
        let hole_address = hole.local_addr().unwrap();
        let quic = free(|address| UdpSocket::bind(address).unwrap().local_addr().unwrap());
        let tunnel = free(tcp);
        let sockets: Vec<UdpSocket> = (0..ANCHORS)
            .map(|_| UdpSocket::bind("127.0.0.1:0").unwrap())
            .collect();
        let tunnels: Vec<SocketAddr> = (0..ANCHORS).map(|_| free(tcp)).collect();
        let message = |version: u64| {
            let anchors = identities.iter().zip(&sockets).zip(&tunnels);
            let entry = |(number, ((identity, socket), tunnel)): (
                usize,
                ((&Identity, &UdpSocket), &SocketAddr),
            )| {
                let (udp, tunnel) =
                    ways(version, socket.local_addr().unwrap(), *tunnel, hole_address);
                wire::AnchorEntry {
                    key: identity.key.public().to_vec(),
                    name: format!("sin-{number}"),
                    metro: "sin".into(),
                    trust_domain: format!("domain-{number}"),
                    operator: format!("operator-{number}"),
                    addresses: udp,
                    tunnel_addresses: tunnel,
                    position: Some(singapore()),
                    valid_from_ms: start_ms,
                    valid_until_ms: start_ms + 400 * DAY_MS,
                }
            };
            let (udp, tunnel) = ways(version, quic, tunnel, hole_address);
            wire::Directory {
                version,
                issued_ms: start_ms,
                expires_ms: start_ms + 400 * DAY_MS,
                lying_votes: 1,
                draw_near_domains: 3,
                draw_total: u32::try_from(ANCHORS).unwrap(),
                metros: vec![wire::Metro {
                    id: "sin".into(),
                    territory: "SG".into(),
                    position: Some(singapore()),
                }],
                anchors: anchors.enumerate().map(entry).collect(),
                collectors: vec![wire::CollectorEntry {
                    key: collector.public().to_vec(),
                    name: "collector".into(),
                    addresses: udp,
                    tunnel_addresses: tunnel,
                    log_key: log.public().to_vec(),
                    log_origin: "example.org/log".into(),
                }],
            }
        };
        std::fs::create_dir(root.join("directories")).unwrap();
        for version in [UDP, TUNNELS] {
            let signed = authority
                .directory_key()
                .sign(Domain::Directory, codec::encode(&message(version)));
            let path = root.join(format!("directories/{version}.bin"));
            std::fs::write(path, codec::encode(&signed)).unwrap();
        }
        let directory = Arc::new(Directory::validate(&message(UDP), sha256(b"")).unwrap());
        let stop = identities
            .iter()
            .zip(sockets)
            .zip(&tunnels)
            .enumerate()
            .map(|(number, ((identity, socket), tunnel))| {
                let materials = Materials {
                    identity: identity.clone(),
                    trust: authority.trust(),
                    directory: Arc::clone(&directory),
                    directory_file: None,
                    revocations: Arc::new(authority.revocations().unwrap()),
                    state_dir: root.join(format!("anchor-{number}")),
                    settings: settings(),
                };
                let runtime: &dyn quinn::Runtime = &quinn::TokioRuntime;
                let socket = runtime.wrap_udp_socket(socket).unwrap();
                let watch = Arc::new(Watch(time.clone()));
                let mut anchor = Anchor::with_sockets(&materials, watch, vec![socket]).unwrap();
                anchor.listen_for_tunnels(&materials, &[*tunnel]).unwrap();
                let (stop, stopped) = oneshot::channel();
                tokio::spawn(anchor.run(async {
                    let _ = stopped.await;
                }));
                stop
            })
            .collect();
        collector_files(&root, &authority, start_ms, quic, tunnel);
        let config = CollectorConfig::load(&root.join("collector.toml")).unwrap();
        let clock = time.clone();
        let clock = Clock::from_fn(move || clock.now_ms());
        let checked = Checked::read(config).unwrap();
        let collector = Running::start(checked, clock, &mut |_, _, _| ())
            .await
            .unwrap();
        Self {
            time,
            folder,
            authority,
            collector,
            stop,
            _hole: hole,
        }
    }

    /// Enrols a host whose clock is off by `clock_error_ms`, with this directory.
    pub async fn enrol(&self, name: &str, version: u64, clock_error_ms: i64) -> Installed {
        let root = self.folder.path().join(name);
        std::fs::create_dir(&root).unwrap();
        std::fs::create_dir(root.join("sys")).unwrap();
        std::fs::write(root.join("machine-id"), name).unwrap();
        let config = Config {
            state_dir: root.join("state"),
            bind: vec![([127, 0, 0, 1], 0).into()],
            machine_id_file: root.join("machine-id"),
            sysfs: root.join("sys"),
            nvml_library: root.join("none.so"),
            ..Config::default()
        };
        let host = Host {
            clock: Arc::new(HostClock(self.time.clone(), clock_error_ms)),
            ..Host::real()
        };
        let state = StateDir::new(&config.state_dir);
        state.prepare().unwrap();
        let file = self
            .folder
            .path()
            .join(format!("directories/{version}.bin"));
        let trust = self.folder.path().join("ca/trust.toml");
        directory::install(&RealDisk, &config, &state, &file, Some(&trust)).unwrap();
        let token = Token {
            id: [9; 16],
            customer: "Acme".into(),
            operator: "acme".into(),
            site: name.into(),
            metro: "sin".into(),
            territory: *b"SG",
            licence: "L-1".into(),
            uses: 100,
            not_before_ms: 1,
            not_after_ms: u64::MAX,
        };
        let message = codec::encode(&token.to_wire());
        let token = token::to_text(&self.authority.token_key().sign(Domain::Token, message));
        let network = Network::of(&config).unwrap();
        enrol::enrol(&config, &host, &network, &token, None, None, None)
            .await
            .unwrap();
        Installed { config, host }
    }

    /// Lets the days pass up to the machine's time. Only a host was off: the collector has changed
    /// its nonce keys every day, so wait until it has.
    pub async fn passes_to_now(&self) {
        let keys = self.folder.path().join("data/nonce-keys.json");
        let before = std::fs::read(&keys).unwrap();
        self.time.set_ago(0);
        while std::fs::read(&keys).unwrap() == before {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
        // The file is written just before the keys are taken into use.
        tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    }

    /// Whether the collector says that it has no room for reports.
    pub fn is_full(&self, full: bool) {
        let least = if full { u64::MAX } else { 0 };
        self.collector.service().store().set_min_free(least);
    }

    /// What the collector made of a report: its verdict, and the anchors' receipts in it.
    pub fn verdict(&self, evidence: &Digest) -> VerdictValue {
        let store = self.collector.service().store();
        let row = store.evidence(evidence).unwrap().unwrap();
        assert!(row.judged);
        VerdictValue::try_from(row.value).unwrap()
    }

    /// When the collector says that a report was measured, Unix time, ms.
    pub fn measured_ms(&self, evidence: &Digest) -> u64 {
        let store = self.collector.service().store();
        store.evidence(evidence).unwrap().unwrap().measured_until_ms
    }

    /// Whether the collector has never taken this report.
    pub fn has_no(&self, evidence: &Digest) -> bool {
        let store = self.collector.service().store();
        store.evidence(evidence).unwrap().is_none()
    }

    pub async fn lower(mut self) {
        self.stop.clear();
        self.collector.stop().await.unwrap();
    }
}

impl Installed {
    /// A new process on this host.
    pub fn agent(&self) -> Agent {
        let (near, mut far) = UnixStream::pair().unwrap();
        let machine = Machine::find(&self.config);
        std::thread::spawn(move || while serve::answer(&mut far, &machine).is_ok() {});
        let devices = Devices::supervised(near).unwrap();
        Agent::open(self.config.clone(), self.host.clone(), devices).unwrap()
    }
}

/// Room for a machine with other work: two clocks read apart are no fault of an anchor here.
fn settings() -> Settings {
    let mut settings = Settings {
        clock_allowance: std::time::Duration::from_millis(10),
        ..Settings::default()
    };
    settings.mesh.enabled = false;
    settings
}

fn tcp(address: SocketAddr) -> SocketAddr {
    TcpListener::bind(address).unwrap().local_addr().unwrap()
}

/// An address that was free a moment ago.
fn free(bind: impl Fn(SocketAddr) -> SocketAddr) -> SocketAddr {
    bind(([127, 0, 0, 1], 0).into())
}

type Addresses = Vec<wire::SocketAddress>;

fn ways(
    version: u64,
    udp: SocketAddr,
    tcp: SocketAddr,
    hole: SocketAddr,
) -> (Addresses, Addresses) {
    match version {
        UDP => (vec![address_to_wire(udp)], vec![]),
        _ => (vec![address_to_wire(hole)], vec![address_to_wire(tcp)]),
    }
}

fn singapore() -> wire::Position {
    let (latitude, longitude) = (1.35f64.to_radians(), 103.82f64.to_radians());
    wire::Position {
        version: 1,
        x: latitude.cos() * longitude.cos(),
        y: latitude.cos() * longitude.sin(),
        z: latitude.sin(),
        latitude_e7: 13_500_000,
        longitude_e7: 1_038_200_000,
        survey_error_m: 100,
        clock_error_ppm: 200,
    }
}

fn collector_files(
    root: &std::path::Path,
    authority: &Authority,
    start_ms: u64,
    quic: SocketAddr,
    tunnel: SocketAddr,
) {
    use domicile_certs::authority::Ca;
    use domicile_certs::issue::Period;
    let write = |name: &str, text: &str| std::fs::write(root.join(name), text).unwrap();
    let key = keys::create(&root.join("collector.key"), &[7; 32]).unwrap();
    keys::create(&root.join("log.key"), &[8; 32]).unwrap();
    let period = Period::starting(start_ms, 400 * DAY_MS);
    let profile = Profile::Server("collector");
    let certificate = authority.ca(Ca::Server);
    let certificate = certificate
        .issue(profile, &key.public(), [7; 16], period)
        .unwrap();
    write("collector.crt", &pem::encode("CERTIFICATE", &certificate));
    let policy = "version = 1\n[[licence]]\nname = \"L-1\"\npermitted = [\"SG\", \"MY\", \"ID\"]\n\
                  denied = [\"CN\"]\n";
    write("policy.toml", policy);
    let config = format!(
        "listen = \"{quic}\"\ntunnel-listen = [\"{tunnel}\"]\napi-listen = \"127.0.0.1:0\"\n\
         key = \"collector.key\"\ncertificate = \"collector.crt\"\nlog-key = \"log.key\"\n\
         trust = \"ca/trust.toml\"\ndirectory = \"directories\"\npolicy = \"policy.toml\"\n\
         agent-ca-key = \"ca/agent-ca.key\"\ncrl-dir = \"ca/crl\"\ndata-dir = \"data\"\n\
         reload-interval = \"100ms\"\nmin-free-bytes = 1048576\n"
    );
    write("collector.toml", &config);
}
