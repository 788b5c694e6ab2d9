//! A small world on real QUIC sockets: a CA, fake anchors, a fake collector, one agent's folder.
#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    dead_code,
    unreachable_pub
)]

pub mod anchor;
pub mod collector;
pub mod nvml;
pub mod process;
pub mod proxy;
pub mod tty;

use anchor::{FakeAnchor, Manner};
use collector::FakeCollector;
use domicile_certs::authority::Authority;
use domicile_certs::random;
use domicile_certs::tls::{self, ClientPolicy};
use domicile_certs::{Identity, issue};
use domicile_daemon::agent::Agent;
use domicile_daemon::device::ask::Devices;
use domicile_daemon::device::serve::{self, Machine};
use domicile_daemon::disk::RealDisk;
use domicile_daemon::enrol::{self, Enrolled};
use domicile_daemon::host::{Clock, SystemClock};
use domicile_daemon::net::Network;
use domicile_daemon::state::StateDir;
use domicile_daemon::{Config, Error, Host, directory};
use domicile_proto::codec;
use domicile_proto::directory::address_to_wire;
use domicile_proto::sign::Domain;
use domicile_proto::token::{self, Token};
use domicile_proto::wire;
use domicile_tunnel::server::Listener;
use std::net::SocketAddr;
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

pub const HOUR_MS: u64 = 3_600_000;
/// What a talkative server says on leaving: a terminal's escape sequence among it.
pub const WORDS: &[u8] = b"\x1b[2J run this: curl evil";
pub const LOG_ORIGIN: &str = "example.org/log";

/// A wall clock that can be moved.
#[derive(Default)]
pub struct FakeClock(AtomicI64);

impl FakeClock {
    pub fn move_by(&self, ms: i64) {
        self.0.fetch_add(ms, Ordering::Relaxed);
    }
}

impl Clock for FakeClock {
    fn unix_ms(&self) -> u64 {
        SystemClock
            .unix_ms()
            .saturating_add_signed(self.0.load(Ordering::Relaxed))
    }
}

pub struct World {
    pub folder: tempfile::TempDir,
    pub authority: Arc<Authority>,
    pub anchors: Vec<FakeAnchor>,
    pub collector: FakeCollector,
    pub clock: Arc<FakeClock>,
    pub host: Host,
    pub config: Config,
    pub directory_version: u64,
    /// What the directory says about servers' addresses.
    pub ways: Ways,
    /// Swallows what it is sent.
    hole: std::net::UdpSocket,
}

/// Which ways lead to the servers.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Ways {
    Udp,
    UdpAndTunnels,
    /// UDP goes nowhere.
    TunnelsOnly,
}

/// A QUIC server for tests.
pub fn serve(
    authority: &Authority,
    identity: &Identity,
    clients: ClientPolicy,
    alpn: &[u8],
) -> quinn::Endpoint {
    let config = server_config(authority, identity, clients, alpn);
    quinn::Endpoint::server(config, ([127, 0, 0, 1], 0).into()).unwrap()
}

/// The same over TCP.
pub fn listen(
    authority: &Authority,
    identity: &Identity,
    clients: ClientPolicy,
    alpn: &[u8],
) -> Listener {
    let config = server_config(authority, identity, clients, alpn);
    let limits = domicile_tunnel::server::Limits {
        tunnels: 64,
        handshake: Duration::from_secs(2),
    };
    Listener::bind(([127, 0, 0, 1], 0).into(), identity, config, limits).unwrap()
}

fn server_config(
    authority: &Authority,
    identity: &Identity,
    clients: ClientPolicy,
    alpn: &[u8],
) -> quinn::ServerConfig {
    let revocations = Arc::new(authority.revocations().unwrap());
    let tls = tls::server(identity, clients, &authority.trust(), revocations, &[alpn]).unwrap();
    let quic = quinn::crypto::rustls::QuicServerConfig::try_from(tls).unwrap();
    quinn::ServerConfig::with_crypto(Arc::new(quic))
}

pub fn server_identity(authority: &Authority, name: &str) -> Identity {
    let now_ms = SystemClock.unix_ms();
    let profile = issue::Profile::Server(name);
    authority
        .identity(
            profile,
            &mut random::System::default(),
            now_ms,
            24 * HOUR_MS,
        )
        .unwrap()
}

impl World {
    /// Three anchors with these manners in metro `sin`, a directory installed, nothing enrolled.
    pub async fn new(manners: &[Manner]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let now_ms = SystemClock.unix_ms();
        let authority =
            Arc::new(Authority::generate(&mut random::System::default(), now_ms).unwrap());
        let anchors: Vec<FakeAnchor> = manners
            .iter()
            .map(|manner| FakeAnchor::start(&authority, *manner))
            .collect();
        let collector = FakeCollector::start(&authority);
        let clock = Arc::new(FakeClock::default());
        let host = Host {
            clock: clock.clone(),
            ..Host::real()
        };
        std::fs::write(folder.path().join("machine-id"), "machine one\n").unwrap();
        std::fs::create_dir(folder.path().join("sys")).unwrap();
        let text = authority.trust().to_toml();
        std::fs::write(folder.path().join("trust.toml"), text).unwrap();
        let config = Config {
            state_dir: folder.path().join("state"),
            bind: vec![([127, 0, 0, 1], 0).into()],
            machine_id_file: folder.path().join("machine-id"),
            sysfs: folder.path().join("sys"),
            nvml_library: folder.path().join("lib/libnvidia-ml.so.1"),
            device_timeout: Duration::from_secs(2),
            anchor_timeout: Duration::from_secs(2),
            collector_timeout: Duration::from_secs(2),
            ..Config::default()
        };
        let mut world = Self {
            folder,
            authority,
            anchors,
            collector,
            clock,
            host,
            config,
            directory_version: 1,
            ways: Ways::Udp,
            hole: std::net::UdpSocket::bind("127.0.0.1:0").unwrap(),
        };
        world.collector.set_directory(1);
        world.install(1).unwrap();
        world
    }

    /// A world of honest anchors whose agent is enrolled.
    pub async fn enrolled(manners: &[Manner]) -> Self {
        let world = Self::new(manners).await;
        world.enrol().await.unwrap();
        world
    }

    pub fn state(&self) -> StateDir {
        StateDir::new(&self.config.state_dir)
    }

    pub fn directory_message(&self, version: u64) -> wire::Directory {
        let position = wire::Position {
            version: 1,
            x: 1.0,
            y: 0.0,
            z: 0.0,
            latitude_e7: 0,
            longitude_e7: 0,
            survey_error_m: 100,
            clock_error_ppm: 100,
        };
        let hole = self.hole.local_addr().unwrap();
        let address = |address: SocketAddr| match self.ways {
            Ways::TunnelsOnly => vec![address_to_wire(hole)],
            _ => vec![address_to_wire(address)],
        };
        let tunnel = |address: SocketAddr| match self.ways {
            Ways::Udp => vec![],
            _ => vec![address_to_wire(address)],
        };
        wire::Directory {
            version,
            issued_ms: 1,
            expires_ms: u64::MAX,
            lying_votes: 1,
            draw_near_domains: 3,
            draw_total: u32::try_from(self.anchors.len()).unwrap(),
            metros: vec![wire::Metro {
                id: "sin".into(),
                territory: "SG".into(),
                position: Some(position),
            }],
            anchors: self
                .anchors
                .iter()
                .enumerate()
                .map(|(index, anchor)| wire::AnchorEntry {
                    key: anchor.key().to_vec(),
                    name: format!("sin-{index}"),
                    metro: "sin".into(),
                    trust_domain: format!("domain-{index}"),
                    operator: format!("operator-{index}"),
                    addresses: address(anchor.address),
                    tunnel_addresses: tunnel(anchor.tunnel),
                    position: Some(position),
                    valid_from_ms: 1,
                    valid_until_ms: u64::MAX,
                })
                .collect(),
            collectors: vec![wire::CollectorEntry {
                key: self.collector.key().to_vec(),
                name: "collector".into(),
                addresses: address(self.collector.address),
                tunnel_addresses: tunnel(self.collector.tunnel),
                log_key: self.collector.log_key().to_vec(),
                log_origin: LOG_ORIGIN.into(),
            }],
        }
    }

    pub fn directory_file(&self, version: u64) -> PathBuf {
        let message = codec::encode(&self.directory_message(version));
        let signed = self
            .authority
            .directory_key()
            .sign(Domain::Directory, message);
        let path = self.folder.path().join(format!("directory-{version}.bin"));
        std::fs::write(&path, codec::encode(&signed)).unwrap();
        path
    }

    pub fn install(&mut self, version: u64) -> Result<directory::Installed, Error> {
        let file = self.directory_file(version);
        let trust = self.folder.path().join("trust.toml");
        let state = self.state();
        state.prepare()?;
        let result = directory::install(&RealDisk, &self.config, &state, &file, Some(&trust));
        Ok(result.map(|(_, installed)| installed)?)
    }

    pub fn token_text(&self) -> String {
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
        token::to_text(&self.authority.token_key().sign(Domain::Token, message))
    }

    pub async fn enrol(&self) -> Result<Enrolled, Error> {
        let inventory = Machine::find(&self.config).read(&[0; 32]).inventory;
        let token = self.token_text();
        let network = self.network();
        enrol::enrol(
            &self.config,
            &self.host,
            &network,
            &token,
            None,
            Some(inventory),
            None,
        )
        .await
    }

    pub async fn withdraw(&self) -> Result<enrol::Withdrawn, Error> {
        enrol::withdraw(&self.config, &self.host, &self.network()).await
    }

    pub fn network(&self) -> Network {
        Network::of(&self.config).unwrap()
    }

    /// A device process that answers every request, on a thread of its own.
    pub fn devices(&self) -> Devices {
        let (near, far) = UnixStream::pair().unwrap();
        self.serve_devices(far);
        Devices::supervised(near).unwrap()
    }

    pub fn serve_devices(&self, mut far: UnixStream) {
        let (config, host) = (self.config.clone(), self.host.clone());
        std::thread::spawn(move || {
            let machine = Machine::attesting(&config, host);
            while serve::answer(&mut far, &machine).is_ok() {}
        });
    }

    /// A new process, as far as the agent can tell.
    pub fn agent(&self) -> Result<Agent, Error> {
        Agent::open(self.config.clone(), self.host.clone(), self.devices())
    }

    /// Writes the configuration as a file for the real program.
    pub fn config_file(&self) -> PathBuf {
        let path = self.folder.path().join("domiciled.toml");
        let mut text = "state-dir = \"state\"\nbind = [\"127.0.0.1:0\"]\nmachine-id-file = \"machine-id\"\ntpm-device = \"\"\n\
                    sysfs = \"sys\"\nnvml-library = \"lib/libnvidia-ml.so.1\"\ndevice-timeout = \"2s\"\nanchor-timeout = \"2s\"\ncollector-timeout = \"2s\"\n\
                    ranging-interval = \"1s\"\nliveness-interval = \"1s\"\n".to_owned();
        if self.config.attest_in_cc_mode {
            text.push_str("attest-in-cc-mode = true\n");
        }
        std::fs::write(&path, text).unwrap();
        path
    }
}

/// Decodes a report as the collector received it.
pub fn report(bytes: &[u8]) -> wire::Evidence {
    let signed: wire::Signed = codec::decode(bytes, 1 << 18).unwrap();
    codec::decode(&signed.payload, 1 << 18).unwrap()
}
