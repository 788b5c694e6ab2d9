//! The network side: one UDP socket for each address family, client only, no names resolved. Where
//! UDP is blocked, a TCP connection for as long as a QUIC connection needs it.
//!
//! - [`Network::reach`]: the way to a server that works
//! - [`socket`]: datagrams from peers that this agent is talking to, and from nobody else
//! - [`Network::connect`]: a pinned connection
//! - [`stream`]: framed messages, bounded in bytes and time
//!
//! Start reading at [`Network::open`].

pub mod reach;
pub mod socket;
pub mod stream;
pub mod tunnels;
pub mod way;

use crate::config::Config;
use crate::error::Error;
use domicile_certs::{Identity, tls};
use domicile_proto::types::Key;
use domicile_proto::wire::Transport;
use domicile_tunnel::client::OpenError;
use quinn::crypto::rustls::QuicClientConfig;
use quinn::{
    AsyncUdpSocket, ClientConfig, Connection, Endpoint, EndpointConfig, TransportConfig, VarInt,
};
use socket::{Peers, Socket};
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;
use tokio::sync::Semaphore;
use tunnels::Tunnels;
use way::Way;

/// Name in the TLS handshake; nobody reads it.
const SERVER_NAME: &str = "domicile";
/// Bytes that a server may have under way on one stream.
const STREAM_WINDOW: u32 = 16 * 1024;
/// Bytes of datagrams waiting to be read.
const DATAGRAM_BUFFER: usize = 4 * 1024;
const IDLE: Duration = Duration::from_secs(20);
/// Tunnels at a time, those included whose connection has just ended.
const MAX_TUNNELS: u32 = 80;

/// The agent's sockets, opened once and kept.
#[derive(Clone)]
pub struct Network {
    families: Vec<Family>,
    tunnels: Option<Tunnels>,
    /// One for each tunnel that may be open.
    places: Arc<Semaphore>,
    /// Whether the last server that was reached was so only through a tunnel.
    udp_is_silent: Arc<AtomicBool>,
}

#[derive(Clone)]
struct Family {
    local: SocketAddr,
    endpoint: Endpoint,
    peers: Peers,
}

/// Why a connection was not made.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// No socket of the address's family.
    #[error("no local address for {0}: add one to `bind`")]
    Family(&'static str),
    /// TLS could not be set up.
    #[error("TLS: {0}")]
    Tls(String),
    /// The handshake failed.
    #[error("{}", describe(.0))]
    Connection(quinn::ConnectionError),
    /// quinn refused to start.
    #[error("{0}")]
    Start(#[from] quinn::ConnectError),
    /// Took too long.
    #[error("no answer in time")]
    Timeout,
    /// No way through TCP.
    #[error("over TCP: {0}")]
    Tunnel(#[from] OpenError),
    /// TCP is not used here.
    #[error("no tunnels: `tunnel` is \"never\"")]
    NoTunnels,
    /// A tunnel's port that this process may not connect to.
    #[error("TCP port {0} is new in the directory since this process started: restart it")]
    NewPort(u16),
    /// Neither way.
    #[error("over UDP: {udp}; {tunnel}")]
    Both {
        /// Why not over UDP.
        udp: Box<Self>,
        /// Why not through a tunnel.
        tunnel: Box<Self>,
    },
}

impl ConnectError {
    /// True when the far side answered and said no, as opposed to silence.
    pub fn is_refusal(&self) -> bool {
        match self {
            Self::Connection(error) => !matches!(
                error,
                quinn::ConnectionError::TimedOut | quinn::ConnectionError::LocallyClosed
            ),
            Self::Both { udp, tunnel } => udp.is_refusal() || tunnel.is_refusal(),
            _ => false,
        }
    }

    /// True when somebody on the way opened TLS.
    pub fn is_interception(&self) -> bool {
        match self {
            Self::Tunnel(OpenError::Intercepted) => true,
            Self::Both { udp, tunnel } => udp.is_interception() || tunnel.is_interception(),
            _ => false,
        }
    }
}

/// Why a connection ended, in words of this program: a server may send a reason of its own with
/// its goodbye, and no string of a server is shown or written anywhere.
pub fn describe(error: &quinn::ConnectionError) -> String {
    use quinn::ConnectionError as E;
    match error {
        E::VersionMismatch => "the server speaks no common version of QUIC".into(),
        E::TransportError(error) => format!("transport error {}", error.code),
        E::ConnectionClosed(close) => format!("the server refused: {}", close.error_code),
        E::ApplicationClosed(close) => {
            format!(
                "the server closed the connection with code {}",
                close.error_code
            )
        }
        E::Reset => "the server lost the connection".into(),
        E::TimedOut => "no answer in time".into(),
        E::LocallyClosed => "closed here".into(),
        E::CidsExhausted => "out of connection ids".into(),
    }
}

/// A connection whose peer may send to this agent only while it lives.
pub struct Link {
    /// The connection.
    pub connection: Connection,
    /// What it goes over.
    pub transport: Transport,
    /// Whether it goes through a proxy of this host's configuration.
    pub proxied: bool,
    _allowed: Option<socket::Allowed>,
}

impl Link {
    /// The way that it goes.
    pub fn way(&self) -> Way {
        Way::of(self.transport, self.proxied)
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        self.connection.close(VarInt::from_u32(0), b"");
    }
}

impl Network {
    /// Opens one socket for each local address. Must run inside a tokio runtime.
    ///
    /// # Errors
    /// The system's, for an address that cannot be bound.
    pub fn open(bind: &[SocketAddr]) -> io::Result<Self> {
        let opened = bind.iter().map(|&local| {
            let peers = Peers::default();
            let socket = Socket::bind(local, peers.clone())?;
            Ok((Arc::new(socket) as Arc<dyn AsyncUdpSocket>, peers))
        });
        Self::on(opened.collect::<io::Result<_>>()?)
    }

    /// The same on other sockets, one for each family, each with the peers that it hears: what a
    /// test in virtual time puts in the system's place.
    ///
    /// # Errors
    /// What the sockets say.
    pub fn on(sockets: Vec<(Arc<dyn AsyncUdpSocket>, Peers)>) -> io::Result<Self> {
        let family = |(socket, peers)| {
            let endpoint = Endpoint::new_with_abstract_socket(
                EndpointConfig::default(),
                None,
                socket,
                Arc::new(quinn::TokioRuntime),
            )?;
            Ok(Family {
                local: endpoint.local_addr()?,
                endpoint,
                peers,
            })
        };
        Ok(Self {
            families: sockets.into_iter().map(family).collect::<io::Result<_>>()?,
            tunnels: None,
            places: Arc::new(Semaphore::new(MAX_TUNNELS as usize)),
            udp_is_silent: Arc::default(),
        })
    }

    /// The sockets and tunnels of a configuration. Must run inside a tokio runtime, before the
    /// process shuts itself in.
    ///
    /// # Errors
    /// [`Error`] when an address cannot be bound or the proxy's credentials cannot be read.
    pub fn of(config: &Config) -> Result<Self, Error> {
        let tunnels = tunnels::of(config)?;
        let network = Self::open(&config.bind).map_err(Error::Socket)?;
        Ok(network.with_tunnels(tunnels))
    }

    /// The same with tunnels.
    #[must_use]
    pub fn with_tunnels(mut self, tunnels: Option<Tunnels>) -> Self {
        self.tunnels = tunnels;
        self
    }

    /// The addresses that the sockets are bound to.
    pub fn local_addresses(&self) -> impl Iterator<Item = SocketAddr> {
        self.families.iter().map(|family| family.local)
    }

    /// Connects to `address` as `identity`, to the holder of `server` and nobody else.
    ///
    /// # Errors
    /// [`ConnectError`].
    pub async fn connect(
        &self,
        identity: &Identity,
        server: Key,
        address: SocketAddr,
        alpn: &[u8],
    ) -> Result<Link, ConnectError> {
        let family = self
            .families
            .iter()
            .find(|family| family.local.is_ipv4() == address.is_ipv4())
            .ok_or(ConnectError::Family(match address.is_ipv4() {
                true => "IPv4",
                false => "IPv6",
            }))?;
        let config = client_config(identity, server, alpn)?;
        let allowed = family.peers.allow(address);
        let connection = family
            .endpoint
            .connect_with(config, address, SERVER_NAME)?
            .await
            .map_err(ConnectError::Connection)?;
        Ok(Link {
            connection,
            transport: Transport::QuicDatagram,
            proxied: false,
            _allowed: Some(allowed),
        })
    }

    /// Gives goodbyes at most `patience` to leave.
    pub async fn finish(&self, patience: Duration) {
        let all = async {
            for family in &self.families {
                family.endpoint.wait_idle().await;
            }
            let _closed = self.places.acquire_many(MAX_TUNNELS).await.is_err();
        };
        let _ = tokio::time::timeout(patience, all).await;
    }
}

fn client_config(
    identity: &Identity,
    server: Key,
    alpn: &[u8],
) -> Result<ClientConfig, ConnectError> {
    let tls = tls::client(identity, server, alpn)
        .map_err(|error| ConnectError::Tls(error.to_string()))?;
    let quic =
        QuicClientConfig::try_from(tls).map_err(|error| ConnectError::Tls(error.to_string()))?;
    let mut config = ClientConfig::new(Arc::new(quic));
    config.transport_config(Arc::new(transport()));
    Ok(config)
}

/// Small windows, and no stream that a server could open.
fn transport() -> TransportConfig {
    let mut transport = TransportConfig::default();
    transport
        .max_concurrent_bidi_streams(VarInt::from_u32(0))
        .max_concurrent_uni_streams(VarInt::from_u32(0))
        .stream_receive_window(VarInt::from_u32(STREAM_WINDOW))
        .receive_window(VarInt::from_u32(2 * STREAM_WINDOW))
        .datagram_receive_buffer_size(Some(DATAGRAM_BUFFER))
        .datagram_send_buffer_size(DATAGRAM_BUFFER)
        .max_idle_timeout(Some(IDLE.try_into().expect("20 s is a valid idle timeout")))
        .allow_spin(false);
    transport
}
