//! The accepting side: a TCP connection becomes an endpoint with one QUIC connection.

use crate::socket::TunnelSocket;
use crate::{ALPN, TLS_BUFFER};
use domicile_certs::Identity;
use domicile_certs::tls::{self, TlsError};
use quinn::{Endpoint, Incoming, ServerConfig, VarInt};
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

/// How long a tunnel may stay once its connection has ended, for the last packets.
const LINGER: Duration = Duration::from_secs(1);

/// How long the listener waits when the system has no more descriptors.
const NO_DESCRIPTORS: Duration = Duration::from_millis(100);

/// Connections of a tunnel that wait to be looked at: it carries one.
const MAX_INCOMING: usize = 1;

/// A listener could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum ListenError {
    /// TLS.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// The address cannot be bound.
    #[error("cannot listen on {address} (TCP): {source}")]
    Bind {
        /// What was asked for.
        address: SocketAddr,
        /// Why not.
        source: io::Error,
    },
}

/// What a server allows its tunnels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Tunnels at a time. One more is closed at once.
    pub tunnels: usize,
    /// From the TCP connection to the first packet of a QUIC connection.
    pub handshake: Duration,
}

/// Listens for tunnels.
pub struct Listener {
    tcp: TcpListener,
    address: SocketAddr,
    tls: TlsAcceptor,
    quic: ServerConfig,
    limits: Limits,
}

impl Listener {
    /// Binds `address`. `quic` is the configuration for the connections inside, the same as over
    /// UDP. Must be called within a tokio runtime.
    ///
    /// # Errors
    /// [`ListenError`].
    pub fn bind(
        address: SocketAddr,
        identity: &Identity,
        mut quic: ServerConfig,
        limits: Limits,
    ) -> Result<Self, ListenError> {
        let bind = |source| ListenError::Bind { address, source };
        let tls = TlsAcceptor::from(Arc::new(tls::tunnel_server(identity, ALPN)?));
        let socket = std::net::TcpListener::bind(address).map_err(bind)?;
        socket.set_nonblocking(true).map_err(bind)?;
        quic.max_incoming(MAX_INCOMING);
        Ok(Self {
            address: socket.local_addr().map_err(bind)?,
            tcp: TcpListener::from_std(socket).map_err(bind)?,
            tls,
            quic,
            limits,
        })
    }

    /// The bound address.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Serves the connection inside each tunnel with `serve`, until `stop` is ready; the tunnels
    /// that are open then are served to their end. `serve` bounds its own time.
    pub async fn run<F, W>(self, serve: F, stop: impl Future<Output = ()>)
    where
        F: Fn(Incoming) -> W + Clone + Send + 'static,
        W: Future<Output = ()> + Send + 'static,
    {
        let places = Arc::new(Semaphore::new(self.limits.tunnels));
        let mut tunnels = JoinSet::new();
        let mut stop = std::pin::pin!(stop);
        loop {
            let accepted = tokio::select! {
                accepted = self.tcp.accept() => accepted,
                Some(_) = tunnels.join_next(), if !tunnels.is_empty() => continue,
                () = &mut stop => break,
            };
            let (tcp, peer) = match accepted {
                Ok(accepted) => accepted,
                Err(error) => {
                    tracing::warn!(%error, "no tunnel could be accepted");
                    tokio::time::sleep(NO_DESCRIPTORS).await;
                    continue;
                }
            };
            // Dropping the stream closes it.
            if let Ok(place) = places.clone().try_acquire_owned() {
                let opening = open(self.tls.clone(), self.quic.clone(), tcp, peer);
                let opening = timeout(self.limits.handshake, opening);
                let serve = serve.clone();
                tunnels.spawn(async move {
                    if let Ok(Ok(opened)) = opening.await {
                        opened.serve(serve).await;
                    }
                    drop(place);
                });
            }
        }
        drop(self.tcp);
        while tunnels.join_next().await.is_some() {}
    }
}

/// An endpoint whose first connection has come.
struct Opened {
    endpoint: Endpoint,
    socket: Arc<TunnelSocket<TlsStream<TcpStream>>>,
    incoming: Incoming,
}

impl Opened {
    async fn serve<F, W>(self, serve: F)
    where
        F: Fn(Incoming) -> W,
        W: Future<Output = ()>,
    {
        let mut serving = std::pin::pin!(serve(self.incoming));
        tokio::select! {
            () = &mut serving => {}
            closed = self.socket.closed() => {
                tracing::debug!(%closed, "tunnel");
                // Not cut off: what is being written to the disk is written to its end.
                self.endpoint.close(VarInt::from_u32(0), b"");
                serving.await;
            }
        }
        self.endpoint.close(VarInt::from_u32(0), b"");
        let _ = timeout(LINGER, self.endpoint.wait_idle()).await;
    }
}

async fn open(
    tls: TlsAcceptor,
    quic: ServerConfig,
    tcp: TcpStream,
    peer: SocketAddr,
) -> io::Result<Opened> {
    tcp.set_nodelay(true)?;
    let local = tcp.local_addr()?;
    let stream = tls
        .accept_with(tcp, |session| {
            session.set_buffer_limit(Some(TLS_BUFFER));
        })
        .await?;
    if stream.get_ref().1.alpn_protocol() != Some(ALPN) {
        return Err(io::ErrorKind::InvalidData.into());
    }
    let socket = Arc::new(TunnelSocket::new(stream, local, peer));
    let endpoint = crate::endpoint(socket.clone(), Some(quic))?;
    let incoming = tokio::select! {
        incoming = endpoint.accept() => incoming,
        _ended = socket.closed() => None,
    };
    let incoming = incoming.ok_or(io::ErrorKind::UnexpectedEof)?;
    Ok(Opened {
        endpoint,
        socket,
        incoming,
    })
}
