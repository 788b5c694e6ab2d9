//! A set of CAs, an anchor on them, and agents made of the sans-IO session.
#![allow(dead_code, unreachable_pub, clippy::unwrap_used)]

pub mod agent;
// Only tests know where the program is.
#[cfg(test)]
pub mod installed;

use domicile_anchor::config::Settings;
use domicile_anchor::{Anchor, Materials, RawStopwatch, Stopwatch, Summary};
use domicile_certs::authority::{Authority, Ca};
use domicile_certs::issue::{Period, Profile, Revoked};
use domicile_certs::random::Seeded;
use domicile_certs::revocation::Revocations;
use domicile_certs::{Identity, issue::RevocationReason, x509::Serial};
use domicile_proto::codec;
use domicile_proto::directory::Directory;
use domicile_proto::sign::{Domain, SigningKey};
use domicile_proto::types::{Digest, Key};
use domicile_proto::wire;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

pub const YEAR_MS: u64 = 365 * 24 * 3600 * 1000;
pub const LOG_ORIGIN: &str = "example.org/log";

pub fn now_ms() -> u64 {
    RawStopwatch.clocks().unix_ms()
}

/// CAs, an anchor's identity, its directory, a log.
pub struct Fixture {
    pub authority: Authority,
    pub random: Seeded,
    pub anchor: Identity,
    pub log: SigningKey,
    pub folder: tempfile::TempDir,
    pub settings: Settings,
    pub now_ms: u64,
}

impl Fixture {
    pub fn new() -> Self {
        Self::at(now_ms())
    }

    pub fn at(now_ms: u64) -> Self {
        let mut random = Seeded::new(1);
        let authority = Authority::generate(&mut random, now_ms).unwrap();
        let anchor = authority
            .identity(Profile::Server("anchor"), &mut random, now_ms, YEAR_MS)
            .unwrap();
        let fixture = Self {
            authority,
            random,
            anchor,
            log: SigningKey::from_seed(&[9; 32]),
            folder: tempfile::tempdir().unwrap(),
            settings: Settings {
                clock_allowance: Duration::from_millis(10),
                reload_interval: Duration::from_millis(100),
                ..Settings::default()
            },
            now_ms,
        };
        std::fs::create_dir(fixture.crl_dir()).unwrap();
        fixture.write_list(1, &[]);
        fixture.write_directory(1, 7, true);
        fixture
    }

    pub fn crl_dir(&self) -> std::path::PathBuf {
        self.folder.path().join("crl")
    }

    pub fn state_dir(&self) -> std::path::PathBuf {
        self.folder.path().join("state")
    }

    pub fn directory_file(&self) -> std::path::PathBuf {
        self.folder.path().join("directory.bin")
    }

    /// Writes the agents' revocation list.
    pub fn write_list(&self, number: u64, revoked: &[&Identity]) {
        let revoked: Vec<Revoked> = revoked
            .iter()
            .map(|identity| Revoked {
                serial: serial(identity),
                revoked_ms: self.now_ms,
                reason: RevocationReason::KeyCompromise,
            })
            .collect();
        let period = Period::starting(self.now_ms, YEAR_MS);
        for (ca, revoked) in [(Ca::Agent, &revoked[..]), (Ca::Auditor, &[])] {
            let list = self.authority.ca(ca);
            let list = list.revocation_list(number, period, revoked).unwrap();
            let name = format!(
                "{}.crl",
                if ca == Ca::Agent {
                    "agent-ca"
                } else {
                    "auditor-ca"
                }
            );
            replace(&self.crl_dir().join(name), &list);
        }
    }

    /// Writes a directory in which the anchor has this position version, or is missing.
    pub fn write_directory(&self, version: u64, position_version: u32, listed: bool) {
        let key = if listed {
            self.anchor.key.public().to_vec()
        } else {
            vec![1; 32]
        };
        let message = directory(version, position_version, key, self.log.public().to_vec());
        let signed = self
            .authority
            .directory_key()
            .sign(Domain::Directory, codec::encode(&message));
        replace(&self.directory_file(), &codec::encode(&signed));
    }

    /// Writes a directory in which these keys are anchors beside this one.
    pub fn write_directory_with(&self, version: u64, others: &[Key]) {
        let own = self.anchor.key.public().to_vec();
        let mut message = directory(version, 7, own, self.log.public().to_vec());
        for (number, key) in others.iter().enumerate() {
            let mut entry = message.anchors[0].clone();
            entry.key = key.to_vec();
            entry.name = format!("other-{number}");
            message.anchors.push(entry);
        }
        let signed = self
            .authority
            .directory_key()
            .sign(Domain::Directory, codec::encode(&message));
        replace(&self.directory_file(), &codec::encode(&signed));
    }

    pub fn materials(&self) -> Materials {
        let trust = self.authority.trust();
        let bytes = std::fs::read(self.directory_file()).unwrap();
        Materials {
            identity: self.anchor.clone(),
            directory: Arc::new(Directory::open(&bytes, &trust.directory_key).unwrap()),
            directory_file: Some(self.directory_file()),
            revocations: Arc::new(Revocations::load(&self.crl_dir(), &trust).unwrap()),
            trust,
            state_dir: self.state_dir(),
            settings: self.settings,
        }
    }

    /// An agent whose certificate is valid for `lifetime_ms`, backdated by an hour.
    pub fn agent(&mut self, lifetime_ms: u64) -> Identity {
        let random = &mut self.random;
        self.authority
            .identity(Profile::Agent, random, self.now_ms, lifetime_ms)
            .unwrap()
    }

    /// An anchor on a real socket.
    pub fn start(&self) -> Running {
        self.start_with(Arc::new(RawStopwatch))
    }

    pub fn start_with(&self, stopwatch: Arc<dyn Stopwatch>) -> Running {
        let socket = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
        let runtime: &dyn quinn::Runtime = &quinn::TokioRuntime;
        let socket = runtime.wrap_udp_socket(socket).unwrap();
        Running::start(Anchor::with_sockets(&self.materials(), stopwatch, vec![socket]).unwrap())
    }

    /// A head that the log signed.
    pub fn head(&self, size: u64, root: u8) -> wire::LogHead {
        let root = Digest([root; 32]);
        let text = domicile_proto::log_head::checkpoint(LOG_ORIGIN, size, &root);
        wire::LogHead {
            log_key: self.log.public().to_vec(),
            size,
            root: root.to_vec(),
            signature: self.log.ring().sign(text.as_bytes()).as_ref().to_vec(),
        }
    }
}

/// Replaces a file, so that a reader never sees half of it.
fn replace(path: &Path, bytes: &[u8]) {
    domicile_certs::files::replace(path, bytes, domicile_certs::files::PUBLIC).unwrap();
}

pub fn serial(identity: &Identity) -> Serial {
    domicile_certs::x509::Fields::read(&identity.chain[0])
        .unwrap()
        .serial
}

fn directory(
    version: u64,
    position_version: u32,
    anchor_key: Vec<u8>,
    log_key: Vec<u8>,
) -> wire::Directory {
    let position = wire::Position {
        version: position_version,
        x: 1.0,
        clock_error_ppm: 100,
        ..Default::default()
    };
    let addresses = vec![wire::SocketAddress {
        ip: vec![127, 0, 0, 1],
        port: 4433,
    }];
    wire::Directory {
        version,
        issued_ms: 1,
        expires_ms: u64::MAX,
        lying_votes: 1,
        draw_near_domains: 3,
        draw_total: 3,
        metros: vec![wire::Metro {
            id: "nul".into(),
            territory: "SG".into(),
            position: Some(position),
        }],
        anchors: vec![wire::AnchorEntry {
            key: anchor_key,
            name: "anchor".into(),
            metro: "nul".into(),
            trust_domain: "domain".into(),
            operator: "operator".into(),
            addresses: addresses.clone(),
            tunnel_addresses: vec![],
            position: Some(position),
            valid_from_ms: 1,
            valid_until_ms: u64::MAX,
        }],
        collectors: vec![wire::CollectorEntry {
            key: vec![7; 32],
            name: "collector".into(),
            addresses,
            tunnel_addresses: vec![],
            log_key,
            log_origin: LOG_ORIGIN.into(),
        }],
    }
}

/// A running anchor.
pub struct Running {
    pub address: SocketAddr,
    stop: oneshot::Sender<()>,
    task: JoinHandle<Summary>,
}

impl Running {
    pub fn start(anchor: Anchor) -> Self {
        let address = anchor.addresses()[0];
        let (stop, stopped) = oneshot::channel();
        let task = tokio::spawn(anchor.run(async {
            let _ = stopped.await;
        }));
        Self {
            address,
            stop,
            task,
        }
    }

    /// Stops it and waits until everything is written.
    pub async fn stop(self) -> Summary {
        self.stop.send(()).unwrap();
        self.task.await.unwrap()
    }
}
