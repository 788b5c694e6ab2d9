//! The agents' side: QUIC, one request and one reply on each bidirectional stream, every wait with
//! an end. Agents hear messages of the protocol and nothing else. Addresses are neither stored nor
//! logged above debug.

use crate::config::Limits;
use crate::limits::KeyLimits;
use crate::service::{Service, status};
use crate::tpm::Session;
use domicile_certs::keys::Identity;
use domicile_certs::tls::{self, ClientPolicy, Peer, TlsError};
use domicile_proto::ALPN_COLLECT;
use domicile_proto::codec;
use domicile_proto::frame::{self, HEADER, MAX_TO_COLLECTOR};
use domicile_proto::wire::{self, StatusCode};
use domicile_tunnel::server::{ListenError, Listener};
use quinn::crypto::rustls::QuicServerConfig;
use quinn::{Connection, Endpoint, Incoming, RecvStream, SendStream, TransportConfig, VarInt};
use rustls_pki_types::CertificateDer;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Instant;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::timeout;

/// Requests of one connection at a time.
const STREAMS: u32 = 8;

/// Connections in handshake at a time; above half of it, clients first prove their address.
const HANDSHAKES: usize = 512;

/// What a connection is closed with when its client is too slow.
const TOO_SLOW: VarInt = VarInt::from_u32(1);

/// What a connection is closed with when there are too many.
const TOO_MANY: VarInt = VarInt::from_u32(2);

/// What a connection is closed with when the collector stops.
const STOPPING: VarInt = VarInt::from_u32(3);

/// The endpoint could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum NetError {
    /// TLS.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// The configuration does not fit QUIC.
    #[error("TLS configuration for QUIC: {0}")]
    Quic(#[from] quinn::crypto::rustls::NoInitialCipherSuite),
    /// A listener for tunnels.
    #[error(transparent)]
    Tunnel(#[from] ListenError),
    /// The address cannot be bound.
    #[error("cannot listen on {address} (UDP): {source}")]
    Bind {
        /// What was asked for.
        address: SocketAddr,
        /// Why not.
        source: std::io::Error,
    },
}

/// Opens the endpoint.
///
/// # Errors
/// [`NetError`].
pub(crate) fn bind(
    address: SocketAddr,
    identity: &Identity,
    service: &Service,
    limits: &Limits,
) -> Result<Endpoint, NetError> {
    let config = server_config(identity, service, limits)?;
    Endpoint::server(config, address).map_err(|source| NetError::Bind { address, source })
}

/// Opens a listener for tunnels.
///
/// # Errors
/// [`NetError`].
pub(crate) fn bind_tunnels(
    address: SocketAddr,
    identity: &Identity,
    service: &Service,
    limits: &Limits,
) -> Result<Listener, NetError> {
    let config = server_config(identity, service, limits)?;
    let limits = domicile_tunnel::server::Limits {
        tunnels: limits.tunnels,
        handshake: limits.request_timeout,
    };
    Ok(Listener::bind(address, identity, config, limits)?)
}

fn server_config(
    identity: &Identity,
    service: &Service,
    limits: &Limits,
) -> Result<quinn::ServerConfig, NetError> {
    let tls = tls::server(
        identity,
        ClientPolicy::AgentOrNew,
        &service.trust,
        Arc::clone(&service.revocations),
        &[ALPN_COLLECT],
    )?;
    let mut config = quinn::ServerConfig::with_crypto(Arc::new(QuicServerConfig::try_from(tls)?));
    config.transport_config(Arc::new(transport(limits)));
    config.max_incoming(HANDSHAKES);
    config.migration(false);
    Ok(config)
}

fn transport(limits: &Limits) -> TransportConfig {
    let window = VarInt::from_u32(u32::try_from(MAX_TO_COLLECTOR + HEADER).unwrap_or(u32::MAX));
    let mut transport = TransportConfig::default();
    transport.max_concurrent_bidi_streams(VarInt::from_u32(STREAMS));
    transport.max_concurrent_uni_streams(VarInt::from_u32(0));
    transport.datagram_receive_buffer_size(None);
    transport.stream_receive_window(window);
    transport.receive_window(VarInt::from_u32(2 * 1024 * 1024));
    transport.send_window(256 * 1024);
    transport.max_idle_timeout(limits.idle_timeout.try_into().ok());
    transport
}

/// Serves agents until `stop` says so, then finishes the requests in work.
pub(crate) async fn serve(
    endpoint: Endpoint,
    service: Arc<Service>,
    limits: Limits,
    counts: Arc<KeyLimits>,
    stop: watch::Receiver<bool>,
) {
    let mut stopped = pin!(stopped(stop.clone()));
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            incoming = endpoint.accept() => {
                let Some(incoming) = incoming else { break };
                if !may_begin(&incoming, connections.len(), &limits) {
                    retry(incoming);
                    continue;
                }
                let agent = Agent {
                    service: Arc::clone(&service),
                    counts: Arc::clone(&counts),
                    limits: limits.clone(),
                    stop: stop.clone(),
                };
                connections.spawn(agent.run(incoming));
            }
            // Finished connections leave the set, which never waits for an empty one.
            Some(_) = connections.join_next(), if !connections.is_empty() => {}
            () = &mut stopped => break,
        }
    }
    // No new connections; those that are there end after their requests.
    endpoint.set_server_config(None);
    while connections.join_next().await.is_some() {}
    endpoint.close(STOPPING, b"");
    endpoint.wait_idle().await;
}

/// Serves agents in tunnels until `stop` says so, then finishes the requests in work.
pub(crate) async fn serve_tunnels(
    listener: Listener,
    service: Arc<Service>,
    limits: Limits,
    counts: Arc<KeyLimits>,
    stop: watch::Receiver<bool>,
) {
    let agent = Agent {
        service,
        counts,
        limits,
        stop: stop.clone(),
    };
    let agent = Arc::new(agent);
    let serve = move |incoming| agent.share().run(incoming);
    listener.run(serve, stopped(stop)).await;
}

fn may_begin(incoming: &Incoming, open: usize, limits: &Limits) -> bool {
    // A little over the limit on connections, so that a full server still says so after the handshake.
    open < limits.connections + HANDSHAKES / 2 || incoming.remote_address_validated()
}

fn retry(incoming: Incoming) {
    if let Err(error) = incoming.retry() {
        error.into_incoming().refuse();
    }
}

/// Ends when the collector is to stop.
pub(crate) async fn stopped(mut stop: watch::Receiver<bool>) {
    // An error says that whoever could stop it is gone: that is a reason to stop, too.
    let _stopped = stop.wait_for(|stop| *stop).await.is_ok();
}

/// One agent's connection.
struct Agent {
    service: Arc<Service>,
    counts: Arc<KeyLimits>,
    limits: Limits,
    stop: watch::Receiver<bool>,
}

impl Agent {
    async fn run(self, incoming: Incoming) {
        let mut stopped = pin!(stopped(self.stop.clone()));
        let handshake = async { incoming.accept().ok()?.await.ok() };
        let Ok(Some(connection)) = timeout(self.limits.request_timeout, handshake).await else {
            return;
        };
        tracing::debug!(address = %connection.remote_address(), "agent connected");
        let Some(peer) = self.peer(&connection) else {
            connection.close(TOO_MANY, b"");
            return;
        };
        let Some(_counted) = self.counts.admit(peer.key) else {
            connection.close(TOO_MANY, b"");
            return;
        };
        let session = Arc::new(Session::default());
        let mut requests = JoinSet::new();
        loop {
            tokio::select! {
                stream = connection.accept_bi() => {
                    let Ok((send, recv)) = stream else { break };
                    let agent = self.share();
                    let (connection, session) = (connection.clone(), Arc::clone(&session));
                    requests.spawn(async move {
                        agent.answer(&connection, &session, send, recv).await;
                    });
                }
                Some(_) = requests.join_next(), if !requests.is_empty() => {}
                () = &mut stopped => break,
            }
        }
        while requests.join_next().await.is_some() {}
        if *self.stop.borrow() {
            connection.close(STOPPING, b"");
        }
    }

    fn share(&self) -> Self {
        Self {
            service: Arc::clone(&self.service),
            counts: Arc::clone(&self.counts),
            limits: self.limits.clone(),
            stop: self.stop.clone(),
        }
    }

    /// Who is at the other end, as of now: a certificate may expire or be revoked meanwhile.
    fn peer(&self, connection: &Connection) -> Option<Peer> {
        let identity = connection.peer_identity()?;
        let chain = identity.downcast::<Vec<CertificateDer<'static>>>().ok()?;
        let service = &self.service;
        let now_ms = service.clock.now_ms();
        tls::peer(&chain, &service.trust, &service.revocations, now_ms).ok()
    }

    async fn answer(
        &self,
        connection: &Connection,
        session: &Session,
        mut send: SendStream,
        mut recv: RecvStream,
    ) {
        let Ok(read) = timeout(self.limits.request_timeout, read_request(&mut recv)).await else {
            connection.close(TOO_SLOW, b"");
            return;
        };
        let reply = match (read, self.peer(connection)) {
            (Read::Gone, _) => return,
            (_, None) => status(StatusCode::NotEnrolled),
            (Read::Refused, _) => status(StatusCode::Malformed),
            (Read::Request(request), Some(peer)) => {
                if self.counts.take(&peer.key, Instant::now()) {
                    self.service.handle(&peer, session, request).await
                } else {
                    status(StatusCode::Busy)
                }
            }
        };
        let bytes = frame::frame(&wire::CollectorReply { reply: Some(reply) });
        let write = async {
            send.write_all(&bytes).await.ok()?;
            send.finish().ok()?;
            send.stopped().await.ok()
        };
        // Whether the agent took it, it knows best: what it did not take, it asks for again.
        let _taken = timeout(self.limits.request_timeout, write).await;
    }
}

/// What came on a stream.
enum Read {
    Request(wire::CollectorRequest),
    /// Too long, or not a request.
    Refused,
    /// The stream ended early.
    Gone,
}

async fn read_request(recv: &mut RecvStream) -> Read {
    let mut header = [0; HEADER];
    if recv.read_exact(&mut header).await.is_err() {
        return Read::Gone;
    }
    let Ok(length) = frame::length(header, MAX_TO_COLLECTOR) else {
        // The code is a courtesy: the sender learns that the rest is not read.
        let _stopped = recv.stop(TOO_SLOW);
        return Read::Refused;
    };
    let mut body = vec![0; length];
    if recv.read_exact(&mut body).await.is_err() {
        return Read::Gone;
    }
    match codec::decode(&body, MAX_TO_COLLECTOR) {
        Ok(request) => Read::Request(request),
        Err(_) => Read::Refused,
    }
}
