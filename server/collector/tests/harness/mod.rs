//! A vendor, its files and agents for the collector's tests: real sockets, real files.
#![allow(dead_code, clippy::unwrap_used, unreachable_pub, missing_docs)]

pub mod agent;
pub mod auditor;
pub mod process;
pub mod scene;

pub use agent::Agent;

use domicile_appraise::testing::{NOW_MS, POLICY, World, point, seeded};
use domicile_certs::authority::{Authority, Ca};
use domicile_certs::issue::{DAY_MS, Period, Profile};
use domicile_certs::keys::{self, Identity};
use domicile_certs::random::Seeded;
use domicile_certs::{pem, tls};
use domicile_collector::clock::Clock;
use domicile_collector::config::Config;
use domicile_collector::runtime::{Checked, RunError, Running};
use domicile_geo::UnitVec;
use domicile_proto::ALPN_COLLECT;
use domicile_proto::codec;
use domicile_proto::frame;
use domicile_proto::sign::{self, Domain, SigningKey};
use domicile_proto::types::Key;
use domicile_proto::wire::collector_reply::Reply;
use domicile_proto::wire::collector_request::Request;
use domicile_proto::wire::{self, StatusCode};
use quinn::crypto::rustls::QuicClientConfig;
use quinn::{Connection, Endpoint};
use rustls_pki_types::CertificateDer;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tempfile::TempDir;

/// A clock that stands until it is moved.
#[derive(Clone)]
pub struct Hands(Arc<AtomicU64>);

impl Hands {
    pub fn at(ms: u64) -> Self {
        Self(Arc::new(AtomicU64::new(ms)))
    }

    pub fn clock(&self) -> Clock {
        let hands = self.clone();
        Clock::from_fn(move || hands.now())
    }

    pub fn now(&self) -> u64 {
        self.0.load(Ordering::SeqCst)
    }

    pub fn advance(&self, ms: u64) {
        self.0.fetch_add(ms, Ordering::SeqCst);
    }
}

/// The real time, Unix ms.
pub fn real_now() -> u64 {
    Clock::system().now_ms()
}

/// Everything that a vendor hands to a collector, in a folder.
pub struct Vendor {
    pub dir: TempDir,
    pub world: World,
    pub authority: Authority,
    tokens: AtomicU64,
}

impl Vendor {
    pub fn new() -> Self {
        Self::with(|_| ())
    }

    /// A vendor whose directory is changed before it is signed.
    pub fn with(change: impl FnOnce(&mut wire::Directory)) -> Self {
        let world = World::with(change);
        // The same CAs as the world's: both come from one seed.
        let authority = Authority::generate(&mut Seeded::new(7), NOW_MS - 30 * DAY_MS).unwrap();
        assert_eq!(authority.trust(), world.trust);
        let dir = tempfile::tempdir().unwrap();
        authority.write(&dir.path().join("ca")).unwrap();
        keys::create(&dir.path().join("collector.key"), &seed(b'c')).unwrap();
        keys::create(&dir.path().join("log.key"), &seed(b'l')).unwrap();
        let certificate = authority
            .ca(Ca::Server)
            .issue(
                Profile::Server("collector-1"),
                &world.collector.public(),
                [7; 16],
                Period::starting(NOW_MS - DAY_MS, 800 * DAY_MS),
            )
            .unwrap();
        let text = pem::encode("CERTIFICATE", &certificate);
        std::fs::write(dir.path().join("collector.crt"), text).unwrap();
        std::fs::create_dir(dir.path().join("directories")).unwrap();
        let vendor = Self {
            dir,
            world,
            authority,
            tokens: AtomicU64::new(1),
        };
        vendor.write_directory("4.bin", &vendor.world.directory_bytes);
        std::fs::write(vendor.path("policy.toml"), POLICY).unwrap();
        vendor.write_config("");
        vendor
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    pub fn data(&self, name: &str) -> PathBuf {
        self.path("data").join(name)
    }

    pub fn write_directory(&self, name: &str, bytes: &[u8]) {
        std::fs::write(self.path("directories").join(name), bytes).unwrap();
    }

    pub fn write_config(&self, more: &str) {
        let text = format!(
            r#"
listen = "127.0.0.1:0"
api-listen = "127.0.0.1:0"
key = "collector.key"
certificate = "collector.crt"
log-key = "log.key"
trust = "ca/trust.toml"
directory = "directories"
policy = "policy.toml"
agent-ca-key = "ca/agent-ca.key"
crl-dir = "ca/crl"
data-dir = "data"
reload-interval = "100ms"
min-free-bytes = 1048576
{more}
"#
        );
        std::fs::write(self.path("collector.toml"), text).unwrap();
    }

    pub fn config(&self) -> Config {
        Config::load(&self.path("collector.toml")).unwrap()
    }

    /// Starts a collector in this process.
    pub async fn start(&self, clock: Clock) -> Running {
        self.try_start(clock).await.unwrap()
    }

    pub async fn try_start(&self, clock: Clock) -> Result<Running, RunError> {
        Running::start(Checked::read(self.config())?, clock, &mut |_, _, _| ()).await
    }

    /// A token for hosts that declare `metro`, valid around `now_ms`.
    pub fn token(&self, metro: &str, uses: u32, now_ms: u64) -> wire::Signed {
        self.sign_token(&self.token_fields(metro, uses, now_ms))
    }

    pub fn token_fields(&self, metro: &str, uses: u32, now_ms: u64) -> wire::Token {
        let number = self.tokens.fetch_add(1, Ordering::SeqCst);
        let territory = self
            .world
            .directory
            .metro(metro)
            .map_or(*b"SG", |metro| metro.territory);
        wire::Token {
            id: [&[0; 8][..], &number.to_be_bytes()].concat(),
            customer: "Acme Cloud".into(),
            operator: "acme".into(),
            site: "site-1".into(),
            metro: metro.into(),
            territory: String::from_utf8(territory.to_vec()).unwrap(),
            licence: "asia".into(),
            uses,
            not_before_ms: now_ms - DAY_MS,
            not_after_ms: now_ms + DAY_MS,
        }
    }

    pub fn sign_token(&self, token: &wire::Token) -> wire::Signed {
        self.authority
            .token_key()
            .sign(Domain::Token, codec::encode(token))
    }

    pub fn collector_key(&self) -> Key {
        self.world.collector.public()
    }

    /// Enrols a new agent that declares `metro`.
    pub async fn enrol(&self, quic: SocketAddr, number: usize, metro: &str, now_ms: u64) -> Agent {
        let token = self.token(metro, 1, now_ms);
        let mut agent = Agent::new(self, number);
        let reply = agent.enrol(quic, &token).await;
        agent.adopt(&token, now_ms, reply);
        agent
    }

    /// Revokes a certificate of the agent CA: a new list replaces the old one.
    pub fn revoke(&self, leaf: &[u8]) {
        self.revoke_of(Ca::Agent, leaf);
    }

    /// The same of the auditor CA.
    pub fn revoke_auditor(&self, leaf: &[u8]) {
        self.revoke_of(Ca::Auditor, leaf);
    }

    fn revoke_of(&self, ca: Ca, leaf: &[u8]) {
        let fields = domicile_certs::x509::Fields::read(&CertificateDer::from(leaf)).unwrap();
        let entry = domicile_certs::issue::Revoked {
            serial: fields.serial,
            revoked_ms: NOW_MS,
            reason: domicile_certs::issue::RevocationReason::KeyCompromise,
        };
        let period = Period {
            from_ms: NOW_MS,
            until_ms: NOW_MS + 800 * DAY_MS,
        };
        let list = self
            .authority
            .ca(ca)
            .revocation_list(2, period, &[entry])
            .unwrap();
        let path = self.path(&format!("ca/crl/{}.crl", ca.name()));
        let beside = path.with_extension("new");
        std::fs::write(&beside, pem::encode("X509 CRL", &list)).unwrap();
        std::fs::rename(beside, path).unwrap();
    }
}

fn seed(role: u8) -> [u8; 32] {
    let mut seed = [role; 32];
    seed[..8].copy_from_slice(&0_u64.to_be_bytes());
    assert_eq!(
        SigningKey::from_seed(&seed).public(),
        seeded(role, 0).public()
    );
    seed
}

pub fn singapore() -> UnitVec {
    point(1.35, 103.82)
}

/// Connects with an identity. The error is what the server said.
pub async fn connect(
    quic: SocketAddr,
    identity: &Identity,
    server: Key,
) -> Result<Connection, quinn::ConnectionError> {
    let config = tls::client(identity, server, ALPN_COLLECT).unwrap();
    let config = quinn::ClientConfig::new(Arc::new(QuicClientConfig::try_from(config).unwrap()));
    let endpoint = Endpoint::client("127.0.0.1:0".parse().unwrap()).unwrap();
    let connection = endpoint
        .connect_with(config, quic, tls::SERVER_NAME)
        .unwrap()
        .await?;
    // In TLS 1.3 the client is done before the server has looked at its certificate.
    Ok(connection)
}

/// One request on a new stream.
pub async fn ask(connection: &Connection, request: Request) -> Result<Reply, String> {
    let message = wire::CollectorRequest {
        request: Some(request),
    };
    send(connection, &frame::frame(&message)).await
}

/// Raw bytes on a new stream.
pub async fn send(connection: &Connection, bytes: &[u8]) -> Result<Reply, String> {
    let text = |error: &dyn std::fmt::Display| error.to_string();
    let (mut send, mut recv) = connection.open_bi().await.map_err(|e| text(&e))?;
    send.write_all(bytes).await.map_err(|e| text(&e))?;
    send.finish().map_err(|e| text(&e))?;
    read_reply(&mut recv).await
}

pub async fn read_reply(recv: &mut quinn::RecvStream) -> Result<Reply, String> {
    let bytes = recv
        .read_to_end(frame::MAX_TO_AGENT)
        .await
        .map_err(|e| e.to_string())?;
    let reply: wire::CollectorReply =
        frame::unframe(&bytes, frame::MAX_TO_AGENT).map_err(|e| e.to_string())?;
    reply.reply.ok_or_else(|| "an empty reply".into())
}

/// The receipt in a reply.
pub fn receipt(reply: Reply) -> wire::Signed {
    match reply {
        Reply::Receipt(receipt) => receipt,
        other => panic!("no receipt: {other:?}"),
    }
}

/// The status in a reply.
pub fn status(reply: Reply) -> StatusCode {
    match reply {
        Reply::Status(status) => StatusCode::try_from(status.code).unwrap(),
        other => panic!("no status: {other:?}"),
    }
}

/// Checks a receipt and its head, and reads it.
pub fn open_receipt(world: &World, signed: &wire::Signed) -> wire::ReportReceipt {
    let receipt: wire::ReportReceipt = sign::open(
        Domain::ReportReceipt,
        &world.collector.public(),
        signed,
        4096,
    )
    .unwrap();
    let head = receipt.head.clone().unwrap();
    let origin = world.directory.collectors[0].log_origin.clone();
    domicile_ledger::Head {
        origin,
        size: head.size,
        root: head.root.try_into().unwrap(),
        signature: head.signature.try_into().unwrap(),
    }
    .verify(&world.log.public().0)
    .unwrap();
    assert!(receipt.index < head.size);
    receipt
}

/// Copies a folder.
pub fn copy_dir(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy_dir(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}
