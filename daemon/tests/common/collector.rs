//! A collector that keeps what it is sent and answers as told.

use super::anchor::read;
use super::{HOUR_MS, LOG_ORIGIN, listen, serve, server_identity};
use domicile_certs::Identity;
use domicile_certs::authority::Authority;
use domicile_certs::random;
use domicile_certs::tls::ClientPolicy;
use domicile_certs::x509;
use domicile_daemon::Host;
use domicile_daemon::host::{Clock as _, SystemClock};
use domicile_proto::challenge::{MacKey, Nonce};
use domicile_proto::log_head::checkpoint;
use domicile_proto::sign::{self, Domain, SigningKey};
use domicile_proto::types::{Digest, Key};
use domicile_proto::wire::{self, StatusCode, collector_reply::Reply, collector_request::Request};
use domicile_proto::{ALPN_COLLECT, codec, frame};
use rustls::pki_types::CertificateDer;
use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;
use tokio::sync::Notify;

/// How a fake collector treats connections and reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mood {
    Good,
    /// Drops connection attempts: silence.
    Away,
    /// Refuses connections.
    Closed,
    /// Answers evidence with this.
    Evidence(StatusCode),
    /// Answers everything with this.
    Everything(StatusCode),
    /// Answers a challenge request with this.
    NoChallenge(StatusCode),
    /// Keeps the report and never answers.
    Withholds,
    /// Receipts signed by another key.
    ForgedReceipt,
    /// Receipts for other evidence.
    OtherEvidence,
    /// Receipts whose log head does not verify.
    BadHead,
    /// A receipt where a challenge is due, and so on.
    OtherReply,
    /// A frame longer than an agent accepts.
    Oversized,
    /// The stream ends inside the answer.
    Truncated,
    /// Ends the connection with words of its own.
    Talks,
    /// Random bytes in a right frame.
    RandomBytes,
    /// One byte every 50 ms.
    SlowDrip,
    /// One byte of the right answer's frame is changed.
    Mutates,
    /// An answer that never ends.
    Endless,
    /// The first answer that it ever gave in this mood.
    Replays,
    /// A certificate for another key.
    OtherCertificate,
    /// Answers a report with `CERTIFICATE_EXPIRED` until the certificate was renewed.
    WantsRenewal,
}

#[derive(Default)]
pub struct Kept {
    pub enrolled: Vec<wire::EnrolRequest>,
    pub renewed: usize,
    /// Every report as it came, also a repeated one.
    pub received: Vec<Vec<u8>>,
    pub index: HashMap<Digest, u64>,
    pub liveness: Vec<wire::Liveness>,
    pub withdrawn: usize,
    pub connections: usize,
}

struct Inner {
    identity: Identity,
    log: SigningKey,
    /// What [`Mood::Replays`] says again.
    first: Mutex<Option<Vec<u8>>>,
    mood: Mutex<Mood>,
    kept: Mutex<Kept>,
    directory: Mutex<u64>,
    /// Makes the next heads of size `.0` with root `.1`, if set.
    head: Mutex<Option<(u64, u8)>>,
    arrived: Notify,
    authority: AgentCa,
}

struct AgentCa(domicile_certs::issue::AgentIssuer);

pub struct FakeCollector {
    pub address: SocketAddr,
    /// The same over TCP.
    pub tunnel: SocketAddr,
    inner: Arc<Inner>,
    _endpoint: quinn::Endpoint,
}

impl FakeCollector {
    pub fn start(authority: &Authority) -> Self {
        let identity = server_identity(authority, "collector");
        let endpoint = serve(authority, &identity, ClientPolicy::AgentOrNew, ALPN_COLLECT);
        let listener = listen(authority, &identity, ClientPolicy::AgentOrNew, ALPN_COLLECT);
        let inner = Arc::new(Inner {
            identity,
            log: SigningKey::from_seed(&[42; 32]),
            mood: Mutex::new(Mood::Good),
            kept: Mutex::default(),
            directory: Mutex::new(1),
            head: Mutex::new(None),
            arrived: Notify::new(),
            first: Mutex::default(),
            authority: AgentCa(authority.agent_issuer().unwrap()),
        });
        let collector = Self {
            tunnel: listener.address(),
            address: endpoint.local_addr().unwrap(),
            inner: inner.clone(),
            _endpoint: endpoint.clone(),
        };
        let through_tunnel = inner.clone();
        let through_tunnel = move |incoming| through_tunnel.clone().connection(incoming);
        tokio::spawn(listener.run(through_tunnel, std::future::pending()));
        tokio::spawn(async move {
            while let Some(incoming) = endpoint.accept().await {
                match inner.mood() {
                    Mood::Away => incoming.ignore(),
                    Mood::Closed => incoming.refuse(),
                    _ => {
                        tokio::spawn(inner.clone().connection(incoming));
                    }
                }
            }
        });
        collector
    }

    pub fn key(&self) -> Key {
        self.inner.identity.key.public()
    }

    pub fn log_key(&self) -> Key {
        self.inner.log.public()
    }

    pub fn set(&self, mood: Mood) {
        *self.inner.mood.lock().unwrap() = mood;
    }

    pub fn set_directory(&self, version: u64) {
        *self.inner.directory.lock().unwrap() = version;
    }

    pub fn set_head(&self, size: u64, root: u8) {
        *self.inner.head.lock().unwrap() = Some((size, root));
    }

    pub fn kept(&self) -> MutexGuard<'_, Kept> {
        self.inner.kept.lock().unwrap()
    }

    /// Waits until a report has come that was not waited for yet.
    pub async fn report_arrived(&self) {
        self.inner.arrived.notified().await;
    }
}

impl Inner {
    fn mood(&self) -> Mood {
        *self.mood.lock().unwrap()
    }

    async fn connection(self: Arc<Self>, incoming: quinn::Incoming) {
        let Ok(connection) = incoming.await else {
            return;
        };
        self.kept.lock().unwrap().connections += 1;
        let chain = connection.peer_identity().unwrap();
        let chain = chain.downcast::<Vec<CertificateDer<'static>>>().unwrap();
        let agent = x509::key(&chain[0]).unwrap();
        while let Ok((mut send, mut recv)) = connection.accept_bi().await {
            let Some(message) = read::<wire::CollectorRequest>(&mut recv).await else {
                return;
            };
            match self.mood() {
                Mood::Oversized => {
                    let _ = send.write_all(&5000u32.to_be_bytes()).await;
                    continue;
                }
                Mood::Truncated => {
                    let _ = send.write_all(&64u32.to_be_bytes()).await;
                    let _ = send.write_all(&[10, 20, 30]).await;
                    let _ = send.finish();
                    continue;
                }
                Mood::Talks => return connection.close(7u32.into(), super::WORDS),
                Mood::RandomBytes => {
                    let _ = send.write_all(&64u32.to_be_bytes()).await;
                    let noise = Host::real().random_bytes::<64>();
                    let _ = send.write_all(&noise).await;
                    continue;
                }
                Mood::Endless => {
                    let _ = send.write_all(&2000u32.to_be_bytes()).await;
                    while send.write_all(&[0; 4096]).await.is_ok() {}
                    continue;
                }
                Mood::SlowDrip => {
                    for byte in [0, 0, 15, 255].into_iter().chain([0; 4000]) {
                        let _ = send.write_all(&[byte]).await;
                        tokio::time::sleep(Duration::from_millis(50)).await;
                    }
                    continue;
                }
                _ => {}
            }
            if let Some(reply) = self.answer(agent, message.request.unwrap()) {
                let message = wire::CollectorReply { reply: Some(reply) };
                let mut framed = frame::frame(&message);
                match self.mood() {
                    Mood::Mutates => {
                        let [at, change] = Host::real().random_bytes::<2>();
                        let body = framed.len() - frame::HEADER;
                        framed[frame::HEADER + usize::from(at) % body] ^= change | 1;
                    }
                    Mood::Replays => {
                        framed = self.first.lock().unwrap().get_or_insert(framed).clone();
                    }
                    _ => {}
                }
                let _ = send.write_all(&framed).await;
                let _ = send.finish();
            } else {
                // Keeps the stream open without an answer.
                connection.closed().await;
            }
        }
    }

    fn answer(&self, agent: Key, request: Request) -> Option<Reply> {
        let mood = self.mood();
        let status = |code: StatusCode| Some(Reply::Status(wire::Status { code: code.into() }));
        if let Mood::Everything(code) = mood {
            return status(code);
        }
        if mood == Mood::OtherReply {
            return Some(Reply::Receipt(wire::Signed::default()));
        }
        match request {
            Request::Enrol(request) => {
                self.kept.lock().unwrap().enrolled.push(request);
                Some(self.certificate(agent))
            }
            Request::Renew(_) => {
                self.kept.lock().unwrap().renewed += 1;
                Some(self.certificate(agent))
            }
            Request::Challenge(_) => match mood {
                Mood::NoChallenge(code) => status(code),
                _ => Some(Reply::Challenge(self.challenge(agent))),
            },
            Request::Evidence(signed) => {
                let bytes = codec::encode(&signed);
                self.kept.lock().unwrap().received.push(bytes.clone());
                self.arrived.notify_one();
                match mood {
                    Mood::Evidence(code) => status(code),
                    Mood::Withholds => None,
                    Mood::WantsRenewal if self.kept.lock().unwrap().renewed == 0 => {
                        status(StatusCode::CertificateExpired)
                    }
                    _ => Some(Reply::Receipt(self.receipt(&bytes, mood))),
                }
            }
            Request::Liveness(signed) => {
                let liveness =
                    sign::open(Domain::Liveness, &agent, &signed, 1024).expect("agent's");
                self.kept.lock().unwrap().liveness.push(liveness);
                status(StatusCode::Ok)
            }
            Request::Withdrawal(signed) => {
                let message: wire::Withdrawal =
                    sign::open(Domain::Withdrawal, &agent, &signed, 1024).expect("agent's");
                assert_eq!(message.agent_key, agent.to_vec());
                self.kept.lock().unwrap().withdrawn += 1;
                status(StatusCode::Ok)
            }
            // Anchors' business; no agent sends it.
            Request::Mesh(_) => panic!("an agent sent a mesh report"),
            // Only after an activation, which this collector never sends.
            Request::Activation(_) => panic!("an agent sent a secret that nobody asked for"),
        }
    }

    fn certificate(&self, agent: Key) -> Reply {
        let serial = random::serial(&mut random::System::default()).unwrap();
        let key = match self.mood() {
            Mood::OtherCertificate => SigningKey::from_seed(&[1; 32]).public(),
            _ => agent,
        };
        let issuer = &self.authority.0;
        let leaf = issuer
            .issue(&key, serial, SystemClock.unix_ms(), 24 * HOUR_MS)
            .unwrap();
        Reply::Certificate(wire::Certificate {
            leaf: leaf.to_vec(),
            issuer: issuer.certificate().to_vec(),
        })
    }

    fn challenge(&self, agent: Key) -> wire::Challenge {
        let version = *self.directory.lock().unwrap();
        let mut random_bytes = [0; 16];
        random::Random::fill(&mut random::System::default(), &mut random_bytes).unwrap();
        let mac = MacKey::new(1, &[5; 32]);
        let nonce = Nonce::issue(&mac, SystemClock.unix_ms(), random_bytes, &agent, version);
        wire::Challenge {
            nonce: nonce.as_bytes().to_vec(),
            directory_version: version,
        }
    }

    fn receipt(&self, bytes: &[u8], mood: Mood) -> wire::Signed {
        let hash = sign::sha256(bytes);
        let mut kept = self.kept.lock().unwrap();
        let next = kept.index.len() as u64;
        let index = *kept.index.entry(hash).or_insert(next);
        let (size, root) = self.head.lock().unwrap().unwrap_or((index + 1, 1));
        let mut head = self.head(size, root);
        if mood == Mood::BadHead {
            head.signature[0] ^= 1;
        }
        let receipt = wire::ReportReceipt {
            evidence_hash: match mood {
                Mood::OtherEvidence => vec![1; 32],
                _ => hash.to_vec(),
            },
            leaf_hash: vec![2; 32],
            index,
            received_ms: SystemClock.unix_ms(),
            head: Some(head),
        };
        let payload = codec::encode(&receipt);
        match mood {
            Mood::ForgedReceipt => {
                SigningKey::from_seed(&[1; 32]).sign(Domain::ReportReceipt, payload)
            }
            _ => self.identity.key.sign(Domain::ReportReceipt, payload),
        }
    }

    fn head(&self, size: u64, root: u8) -> wire::LogHead {
        let root = Digest([root; 32]);
        let text = checkpoint(LOG_ORIGIN, size, &root);
        wire::LogHead {
            log_key: self.log.public().to_vec(),
            size,
            root: root.to_vec(),
            signature: self.log.ring().sign(text.as_bytes()).as_ref().to_vec(),
        }
    }
}
