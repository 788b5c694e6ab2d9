//! The network side: one UDP socket for each address family, client only, no names resolved.
//!
//! - [`socket`]: datagrams from peers that this agent is talking to, and from nobody else
//! - [`Network::connect`]: a pinned connection
//! - [`stream`]: framed messages, bounded in bytes and time
//!
//! Start reading at [`Network::open`].

pub mod socket;
pub mod stream;

use domicile_certs::{Identity, tls};
use domicile_proto::types::Key;
use quinn::crypto::rustls::QuicClientConfig;
use quinn::{ClientConfig, Connection, Endpoint, EndpointConfig, TransportConfig, VarInt};
use socket::{Peers, Socket};
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

/// Name in the TLS handshake; nobody reads it.
const SERVER_NAME: &str = "domicile";
/// Bytes that a server may have under way on one stream.
const STREAM_WINDOW: u32 = 16 * 1024;
/// Bytes of datagrams waiting to be read.
const DATAGRAM_BUFFER: usize = 4 * 1024;
const IDLE: Duration = Duration::from_secs(20);

/// The agent's sockets, opened once and kept.
#[derive(Clone)]
pub struct Network {
    families: Vec<Family>,
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
}

impl ConnectError {
    /// True when the far side answered and said no, as opposed to silence.
    pub fn is_refusal(&self) -> bool {
        match self {
            Self::Connection(error) => !matches!(
                error,
                quinn::ConnectionError::TimedOut | quinn::ConnectionError::LocallyClosed
            ),
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
    _allowed: socket::Allowed,
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
        let families = bind
            .iter()
            .map(|&local| {
                let peers = Peers::default();
                let socket = Socket::bind(local, peers.clone())?;
                let endpoint = Endpoint::new_with_abstract_socket(
                    EndpointConfig::default(),
                    None,
                    Arc::new(socket),
                    Arc::new(quinn::TokioRuntime),
                )?;
                Ok(Family {
                    local: endpoint.local_addr()?,
                    endpoint,
                    peers,
                })
            })
            .collect::<io::Result<_>>()?;
        Ok(Self { families })
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
            _allowed: allowed,
        })
    }

    /// Gives goodbyes at most `patience` to leave.
    pub async fn finish(&self, patience: Duration) {
        let all = async {
            for family in &self.families {
                family.endpoint.wait_idle().await;
            }
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
