//! An anchor that behaves as told.

use super::{listen, serve, server_identity};
use domicile_certs::Identity;
use domicile_certs::authority::Authority;
use domicile_certs::tls::ClientPolicy;
use domicile_certs::x509;
use domicile_daemon::host::Host;
use domicile_proto::codec;
use domicile_proto::ranging::anchor::RANDOM_BYTES;
use domicile_proto::ranging::{
    AnchorSession, Limits, Opening, ROUNDS, SessionFacts, SessionNonce, SessionRandom, coarse,
    receipt,
};
use domicile_proto::sign::SigningKey;
use domicile_proto::types::Key;
use domicile_proto::wire::{self, StatusCode, anchor_reply::Reply};
use domicile_proto::{ALPN_RANGE, EXPORTER_LABEL, frame};
use quinn::{Connection, RecvStream, SendStream};
use rustls::pki_types::CertificateDer;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// How a fake anchor behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Manner {
    Honest,
    /// Accepts the connection and says nothing.
    Silent,
    /// Refuses with this status instead of ranging.
    Refuses(StatusCode),
    /// The transcript names another session nonce.
    OtherSession,
    /// The transcript names another exporter: another connection.
    OtherConnection,
    /// The transcript claims a pong with a nonce that was never sent.
    InventsPong,
    /// Sends no ping.
    NoPings,
    /// The receipt is signed by another key.
    ForgedReceipt,
    /// The receipt is for another account.
    ReceiptForOther,
    /// The receipt claims a shorter time than its transcript.
    ReceiptShortens,
    /// One byte of the receipt's signature is changed.
    ReceiptAltered,
    /// The transcript's frame announces more than an agent accepts.
    Oversized,
    /// The stream ends inside the transcript.
    Truncated,
    /// Random bytes in a right frame.
    RandomBytes,
    /// One byte every 50 ms.
    SlowDrip,
    /// Ends the connection with words of its own.
    Talks,
    /// Datagrams without end.
    Floods,
    /// One byte of the transcript's frame is changed.
    Mutates,
    /// The transcript never ends.
    Endless,
    /// The transcript of the first session that it had.
    Replays,
    /// A receipt before the transcript.
    Reorders,
    /// Of before there were coarse sessions: a hello with a limit is no message.
    KnowsNoCoarse,
    /// Signs a limit that its own transcript does not show.
    CoarseShortens,
}

/// What an anchor measured, and the account that the agent sent back, encoded.
pub type Measured = (wire::RangingTranscript, Vec<u8>);

pub struct FakeAnchor {
    pub address: SocketAddr,
    /// The same over TCP.
    pub tunnel: SocketAddr,
    identity: Identity,
    manner: Arc<Mutex<Manner>>,
    pub visits: Arc<AtomicUsize>,
    /// Heads that agents put into their accounts.
    pub heads: Arc<Mutex<Vec<Option<wire::LogHead>>>>,
    /// What it measured, and the accounts that agents sent back, encoded.
    pub sessions: Arc<Mutex<Vec<Measured>>>,
    _endpoint: quinn::Endpoint,
}

impl FakeAnchor {
    pub fn start(authority: &Authority, manner: Manner) -> Self {
        let identity = server_identity(authority, "anchor");
        let endpoint = serve(authority, &identity, ClientPolicy::AgentStrict, ALPN_RANGE);
        let listener = listen(authority, &identity, ClientPolicy::AgentStrict, ALPN_RANGE);
        let anchor = Self {
            tunnel: listener.address(),
            address: endpoint.local_addr().unwrap(),
            identity: identity.clone(),
            manner: Arc::new(Mutex::new(manner)),
            visits: Arc::default(),
            heads: Arc::default(),
            sessions: Arc::default(),
            _endpoint: endpoint.clone(),
        };
        let (manner, visits) = (anchor.manner.clone(), anchor.visits.clone());
        let kept = (anchor.heads.clone(), anchor.sessions.clone());
        let serve = move |incoming: quinn::Incoming, transport| {
            let manner = *manner.lock().unwrap();
            let (identity, kept) = (identity.clone(), kept.clone());
            visits.fetch_add(1, Ordering::Relaxed);
            async move {
                if let Ok(connection) = incoming.await {
                    session(&connection, transport, &identity, manner, &kept).await;
                    connection.closed().await;
                }
            }
        };
        let through_tunnel = serve.clone();
        let through_tunnel = move |incoming| through_tunnel(incoming, wire::Transport::TlsTcp);
        tokio::spawn(listener.run(through_tunnel, std::future::pending()));
        tokio::spawn(async move {
            while let Some(incoming) = endpoint.accept().await {
                tokio::spawn(serve(incoming, wire::Transport::QuicDatagram));
            }
        });
        anchor
    }

    pub fn key(&self) -> Key {
        self.identity.key.public()
    }

    pub fn set(&self, manner: Manner) {
        *self.manner.lock().unwrap() = manner;
    }
}

type Kept = (
    Arc<Mutex<Vec<Option<wire::LogHead>>>>,
    Arc<Mutex<Vec<(wire::RangingTranscript, Vec<u8>)>>>,
);

pub async fn read<M: prost::Message + Default>(stream: &mut RecvStream) -> Option<M> {
    let mut header = [0; frame::HEADER];
    stream.read_exact(&mut header).await.ok()?;
    let mut body = vec![0; frame::length(header, 1 << 18).ok()?];
    stream.read_exact(&mut body).await.ok()?;
    codec::decode(&body, 1 << 18).ok()
}

fn peer_key(connection: &Connection) -> Key {
    let chain = connection.peer_identity().unwrap();
    let chain = chain.downcast::<Vec<CertificateDer<'static>>>().unwrap();
    x509::key(&chain[0]).unwrap()
}

async fn session(
    connection: &Connection,
    transport: wire::Transport,
    identity: &Identity,
    manner: Manner,
    (heads, sessions): &Kept,
) -> Option<()> {
    let (mut send, mut recv) = connection.accept_bi().await.ok()?;
    let hello: wire::RangingHello = read(&mut recv).await?;
    match manner {
        Manner::Silent => {
            connection.closed().await;
            return None;
        }
        Manner::KnowsNoCoarse if hello.limit_ns != 0 => {
            let code = StatusCode::Malformed.into();
            return reply(&mut send, Reply::Status(wire::Status { code })).await;
        }
        Manner::Refuses(code) => {
            let status = wire::Status { code: code.into() };
            return reply(&mut send, Reply::Status(status)).await;
        }
        Manner::Talks => {
            connection.close(7u32.into(), super::WORDS);
            return None;
        }
        Manner::Floods => loop {
            if connection.send_datagram(vec![1; 10].into()).is_err() {
                return None;
            }
            tokio::task::yield_now().await;
        },
        _ => {}
    }
    let key = identity.key.public();
    let mut exporter = [0; 32];
    connection
        .export_keying_material(&mut exporter, EXPORTER_LABEL, &key.0)
        .ok()?;
    let facts = SessionFacts {
        exporter,
        session_nonce: SessionNonce::read(&hello.session_nonce).ok()?,
        anchor_key: key,
        directory_version: hello.directory_version,
        agent_key: peer_key(connection),
        transport,
    };
    let mut transcript = rounds(connection, facts, manner).await;
    match manner {
        Manner::OtherSession => transcript.session_nonce[0] ^= 1,
        Manner::OtherConnection => transcript.exporter[0] ^= 1,
        Manner::InventsPong => transcript.rounds[3].agent_nonce = vec![7; 8],
        _ => {}
    }
    let mut bytes = codec::encode(&transcript);
    if manner == Manner::Replays {
        static FIRST: Mutex<Option<Vec<u8>>> = Mutex::new(None);
        bytes = FIRST.lock().unwrap().get_or_insert(bytes).clone();
    }
    match manner {
        Manner::Oversized => {
            send.write_all(&u32::MAX.to_be_bytes()).await.ok()?;
            send.write_all(&[0; 4096]).await.ok()?;
            return None;
        }
        Manner::Truncated => {
            let framed = frame::frame(&wire::AnchorReply {
                reply: Some(Reply::Transcript(bytes)),
            });
            send.write_all(&framed[..framed.len() / 2]).await.ok()?;
            send.finish().ok()?;
            return None;
        }
        Manner::RandomBytes => {
            send.write_all(&64u32.to_be_bytes()).await.ok()?;
            send.write_all(&Host::real().random_bytes::<64>())
                .await
                .ok()?;
            return None;
        }
        Manner::Mutates => {
            let mut framed = frame::frame(&wire::AnchorReply {
                reply: Some(Reply::Transcript(bytes)),
            });
            let [at, change] = Host::real().random_bytes::<2>();
            framed[frame::HEADER + usize::from(at)] ^= change | 1;
            send.write_all(&framed).await.ok()?;
            return None;
        }
        Manner::Endless => {
            send.write_all(&2000u32.to_be_bytes()).await.ok()?;
            loop {
                send.write_all(&[0; 4096]).await.ok()?;
            }
        }
        Manner::Reorders => {
            reply(&mut send, Reply::Receipt(wire::Signed::default())).await?;
        }
        Manner::SlowDrip => {
            let framed = frame::frame(&wire::AnchorReply {
                reply: Some(Reply::Transcript(bytes)),
            });
            for byte in framed {
                send.write_all(&[byte]).await.ok()?;
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            return None;
        }
        _ => {}
    }
    reply(&mut send, Reply::Transcript(bytes.clone())).await?;
    let account: wire::Signed = read(&mut recv).await?;
    let kept = (transcript.clone(), codec::encode(&account));
    sessions.lock().unwrap().push(kept);
    if hello.limit_ns != 0 {
        let agent = peer_key(connection);
        let checked = coarse::check_account(&account, &agent, &bytes, hello.limit_ns);
        let mut inside = checked.expect("an agent's account is its transcript's");
        heads.lock().unwrap().push(inside.newest_head.clone());
        if manner == Manner::CoarseShortens {
            inside.limit_ns = hello.limit_ns;
        }
        let signed = coarse::sign_receipt(&identity.key, &account, &inside);
        return reply(&mut send, Reply::CoarseReceipt(signed)).await;
    }
    let inside: wire::AgentTranscript = codec::decode(&account.payload, 1 << 16).ok()?;
    heads.lock().unwrap().push(inside.newest_head);
    let mut signed = receipt::sign_receipt(&identity.key, &account, &transcript);
    match manner {
        Manner::ForgedReceipt => {
            let other = SigningKey::from_seed(&[9; 32]);
            signed = receipt::sign_receipt(&other, &account, &transcript);
        }
        Manner::ReceiptForOther => {
            let mut other = account.clone();
            other.signature[0] ^= 1;
            signed = receipt::sign_receipt(&identity.key, &other, &transcript);
        }
        Manner::ReceiptShortens => {
            transcript.rounds[0].rtt_ns = 1;
            transcript.rounds[0].agent_nonce = vec![1; 8];
            signed = receipt::sign_receipt(&identity.key, &account, &transcript);
        }
        Manner::ReceiptAltered => signed.signature[5] ^= 1,
        _ => {}
    }
    reply(&mut send, Reply::Receipt(signed)).await
}

async fn reply(send: &mut SendStream, reply: Reply) -> Option<()> {
    let message = wire::AnchorReply { reply: Some(reply) };
    send.write_all(&frame::frame(&message)).await.ok()
}

async fn rounds(
    connection: &Connection,
    facts: SessionFacts,
    manner: Manner,
) -> wire::RangingTranscript {
    let host = Host::real();
    let now = || host.stopwatch.now_ns();
    let mut random = SessionRandom::from_bytes(&host.random_bytes::<RANDOM_BYTES>());
    random.spacings_ns = [1_000_000; ROUNDS];
    let opening = Opening {
        position_version: 1,
        start_ms: host.clock.unix_ms(),
    };
    let limits = Limits {
        round_deadline_ns: 300_000_000,
    };
    let mut session = AnchorSession::new(facts, opening, random, limits, now());
    while let Some(at_ns) = session.poll_timeout() {
        let wait = Duration::from_nanos(at_ns.saturating_sub(now()));
        tokio::select! {
            biased;
            datagram = connection.read_datagram() => match datagram {
                Ok(bytes) => session.handle_datagram(now(), &bytes),
                Err(_) => break,
            },
            () = tokio::time::sleep(wait) => session.handle_timeout(now()),
        }
        while let Some(packet) = session.poll_transmit(now()) {
            if manner != Manner::NoPings {
                let _ = connection.send_datagram(packet.to_vec().into());
            }
        }
    }
    session.finish(host.clock.unix_ms())
}
