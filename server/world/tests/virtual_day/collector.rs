//! A collector that answers as a real one does, and keeps counts instead of reports.

use domicile_anchor::virtual_net::Network;
use domicile_certs::authority::Authority;
use domicile_certs::tls::{self, ClientPolicy};
use domicile_certs::{Identity, x509};
use domicile_proto::challenge::{MacKey, Nonce};
use domicile_proto::frame::{self, MAX_TO_COLLECTOR};
use domicile_proto::log_head::checkpoint;
use domicile_proto::sign::{self, Domain, SigningKey};
use domicile_proto::types::{Digest, Key};
use domicile_proto::wire::{self, StatusCode, collector_reply::Reply, collector_request::Request};
use domicile_proto::{ALPN_COLLECT, codec};
use quinn::crypto::rustls::QuicServerConfig;
use quinn::{Endpoint, EndpointConfig, Incoming, TokioRuntime};
use rustls::time_provider::TimeProvider;
use rustls_pki_types::{CertificateDer, UnixTime};
use std::fmt;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

pub const LOG_ORIGIN: &str = "day.example/log";
const MONTH_MS: u64 = 30 * 24 * 3600 * 1000;

/// What came.
#[derive(Debug, Clone, Default)]
pub struct Kept {
    pub reports: u64,
    pub liveness: u64,
    pub renewals: u64,
    pub anchors_dropped: usize,
    /// Reports that did not name the one before.
    pub gaps: u64,
    newest: Option<Digest>,
}

/// The virtual wall clock, Unix time, ms.
type Now = Arc<dyn Fn() -> u64 + Send + Sync>;

/// The same, as rustls reads it.
struct Then(Now);

impl fmt::Debug for Then {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Then")
    }
}

impl TimeProvider for Then {
    fn current_time(&self) -> Option<UnixTime> {
        Some(UnixTime::since_unix_epoch(
            Duration::from_millis((self.0)()),
        ))
    }
}

pub struct Collector {
    identity: Identity,
    log: SigningKey,
    authority: Authority,
    now_ms: Now,
    pub kept: Mutex<Kept>,
}

impl Collector {
    pub fn start(
        network: &Network,
        address: SocketAddr,
        (identity, authority): (Identity, Authority),
        now_ms: impl Fn() -> u64 + Send + Sync + 'static,
    ) -> Arc<Self> {
        let revocations = Arc::new(authority.revocations().unwrap());
        let trust = authority.trust();
        let policy = ClientPolicy::AgentOrNew;
        let now_ms: Now = Arc::new(now_ms);
        let clock = Arc::new(Then(Arc::clone(&now_ms)));
        let alpn: &[&[u8]] = &[ALPN_COLLECT];
        let tls = tls::server_at(&identity, policy, &trust, revocations, alpn, clock).unwrap();
        let tls = QuicServerConfig::try_from(tls).unwrap();
        let endpoint = Endpoint::new_with_abstract_socket(
            EndpointConfig::default(),
            Some(quinn::ServerConfig::with_crypto(Arc::new(tls))),
            network.socket(address),
            Arc::new(TokioRuntime),
        )
        .unwrap();
        let collector = Arc::new(Self {
            identity,
            log: log_key(),
            authority,
            now_ms,
            kept: Mutex::default(),
        });
        let served = Arc::clone(&collector);
        tokio::spawn(async move {
            while let Some(incoming) = endpoint.accept().await {
                tokio::spawn(Arc::clone(&served).connection(incoming));
            }
        });
        collector
    }

    async fn connection(self: Arc<Self>, incoming: Incoming) -> Option<()> {
        let connection = incoming.await.ok()?;
        let chain = connection.peer_identity()?;
        let chain = chain.downcast::<Vec<CertificateDer<'static>>>().ok()?;
        let agent = x509::key(&chain[0]).ok()?;
        while let Ok((mut send, mut receive)) = connection.accept_bi().await {
            let bytes = receive.read_to_end(MAX_TO_COLLECTOR).await.ok()?;
            let request: wire::CollectorRequest = frame::unframe(&bytes, MAX_TO_COLLECTOR).unwrap();
            let reply = self.answer(agent, request.request.unwrap());
            let reply = wire::CollectorReply { reply: Some(reply) };
            send.write_all(&frame::frame(&reply)).await.ok()?;
            send.finish().ok()?;
        }
        None
    }

    fn answer(&self, agent: Key, request: Request) -> Reply {
        let now_ms = (self.now_ms)();
        let mut kept = self.kept.lock().unwrap();
        match request {
            Request::Enrol(_) => self.certificate(agent),
            Request::Renew(_) => {
                kept.renewals += 1;
                self.certificate(agent)
            }
            Request::Challenge(request) => {
                let (mac, version) = (MacKey::new(1, &[5; 32]), request.directory_version);
                let random = now_ms.to_be_bytes().repeat(2).try_into().unwrap();
                let nonce = Nonce::issue(&mac, now_ms, random, &agent, version);
                Reply::Challenge(wire::Challenge {
                    nonce: nonce.as_bytes().to_vec(),
                    directory_version: version,
                })
            }
            Request::Evidence(signed) => {
                let report: wire::Evidence =
                    sign::open(Domain::Evidence, &agent, &signed, MAX_TO_COLLECTOR).unwrap();
                let hash = sign::sha256(&codec::encode(&signed));
                if kept.newest != Some(hash) {
                    let named = Digest::read("previous", &report.previous_hash).ok();
                    kept.gaps += u64::from(named != kept.newest);
                    kept.newest = Some(hash);
                    kept.reports += 1;
                    kept.anchors_dropped += report.dropped.len();
                }
                Reply::Receipt(self.receipt(hash, kept.reports, now_ms))
            }
            Request::Liveness(signed) => {
                let _: wire::Liveness =
                    sign::open(Domain::Liveness, &agent, &signed, 1024).unwrap();
                kept.liveness += 1;
                ok()
            }
            other => panic!("not an agent's: {other:?}"),
        }
    }

    fn certificate(&self, agent: Key) -> Reply {
        let issuer = self.authority.agent_issuer().unwrap();
        let leaf = issuer.issue(&agent, [7; 16], (self.now_ms)(), MONTH_MS);
        Reply::Certificate(wire::Certificate {
            leaf: leaf.unwrap().to_vec(),
            issuer: issuer.certificate().to_vec(),
        })
    }

    fn receipt(&self, hash: Digest, size: u64, now_ms: u64) -> wire::Signed {
        let root = sign::sha256(&size.to_be_bytes());
        let text = checkpoint(LOG_ORIGIN, size, &root);
        let receipt = wire::ReportReceipt {
            evidence_hash: hash.to_vec(),
            leaf_hash: vec![2; 32],
            index: size - 1,
            received_ms: now_ms,
            head: Some(wire::LogHead {
                log_key: self.log.public().to_vec(),
                size,
                root: root.to_vec(),
                signature: self.log.ring().sign(text.as_bytes()).as_ref().to_vec(),
            }),
        };
        self.identity
            .key
            .sign(Domain::ReportReceipt, codec::encode(&receipt))
    }
}

pub fn log_key() -> SigningKey {
    SigningKey::from_seed(&[42; 32])
}

fn ok() -> Reply {
    Reply::Status(wire::Status {
        code: StatusCode::Ok.into(),
    })
}
