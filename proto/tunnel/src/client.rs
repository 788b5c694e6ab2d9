//! The agent's way in: TCP, a proxy if there is one, TLS to the pinned key, an endpoint.

use crate::proxy::{self, Proxy, ProxyError};
use crate::socket::TunnelSocket;
use crate::{ALPN, TLS_BUFFER};
use domicile_certs::tls::{self, TlsError};
use domicile_proto::types::Key;
use quinn::{ClientConfig, Connection, Endpoint, VarInt};
use rustls_pki_types::ServerName;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

/// Why there is no tunnel.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// No TCP connection to the server.
    #[error("no TCP connection: {0}")]
    Connect(io::ErrorKind),
    /// No TCP connection to the proxy.
    #[error("no TCP connection to the proxy: {0}")]
    ConnectProxy(io::ErrorKind),
    /// The proxy gave no way through.
    #[error(transparent)]
    Proxy(#[from] ProxyError),
    /// Somebody between opens TLS.
    #[error(
        "somebody else's certificate: what answers is not the server that the directory pins; a \
         proxy on the way opens TLS"
    )]
    Intercepted,
    /// TLS failed otherwise.
    #[error("TLS: {0}")]
    Tls(String),
    /// It speaks another protocol.
    #[error("what answers speaks another protocol")]
    Protocol,
    /// TLS could not be set up.
    #[error(transparent)]
    Config(#[from] TlsError),
    /// No endpoint for the packets.
    #[error("{0}")]
    Endpoint(io::Error),
    /// quinn refused to start.
    #[error("{0}")]
    Start(#[from] quinn::ConnectError),
}

impl OpenError {
    fn of_handshake(error: &io::Error) -> Self {
        let inside = error
            .get_ref()
            .and_then(|inside| inside.downcast_ref::<rustls::Error>());
        match inside {
            // Certificates of another kind than ours, or of another key.
            Some(
                rustls::Error::InvalidCertificate(_)
                | rustls::Error::PeerIncompatible(_)
                | rustls::Error::NoCertificatesPresented
                | rustls::Error::AlertReceived(rustls::AlertDescription::ProtocolVersion)
                | rustls::Error::AlertReceived(rustls::AlertDescription::HandshakeFailure),
            ) => Self::Intercepted,
            Some(rustls::Error::NoApplicationProtocol) => Self::Protocol,
            Some(error) => Self::Tls(error.to_string()),
            None => Self::Tls(error.kind().to_string()),
        }
    }
}

/// An open tunnel, in which nothing has been said yet.
#[derive(Debug)]
pub struct Tunnel {
    endpoint: Endpoint,
    socket: Arc<TunnelSocket<TlsStream<TcpStream>>>,
    peer: SocketAddr,
}

/// Opens a tunnel to the holder of `server_key` at `server`, through `proxy` if there is one. The
/// caller bounds the time; what is dropped half-way leaves nothing behind.
///
/// # Errors
/// [`OpenError`]; [`OpenError::Intercepted`] when somebody else's key answers. Nothing of the inner
/// connection has been sent then.
pub async fn open(
    server_key: Key,
    server: SocketAddr,
    proxy: Option<&Proxy>,
) -> Result<Tunnel, OpenError> {
    let tcp = match proxy {
        None => TcpStream::connect(server)
            .await
            .map_err(|error| OpenError::Connect(error.kind()))?,
        Some(proxy) => {
            let mut tcp = TcpStream::connect(proxy.address)
                .await
                .map_err(|error| OpenError::ConnectProxy(error.kind()))?;
            proxy::connect(&mut tcp, server, proxy.credentials.as_ref()).await?;
            tcp
        }
    };
    let _ = tcp.set_nodelay(true);
    let local = tcp.local_addr().map_err(OpenError::Endpoint)?;
    let config = Arc::new(tls::tunnel_client(server_key, ALPN)?);
    let name = ServerName::IpAddress(server.ip().into());
    let stream = TlsConnector::from(config)
        .connect_with(name, tcp, |session| {
            session.set_buffer_limit(Some(TLS_BUFFER));
        })
        .await
        .map_err(|error| OpenError::of_handshake(&error))?;
    if stream.get_ref().1.alpn_protocol() != Some(ALPN) {
        return Err(OpenError::Protocol);
    }
    let socket = Arc::new(TunnelSocket::new(stream, local, server));
    let endpoint = crate::endpoint(socket.clone(), None).map_err(OpenError::Endpoint)?;
    Ok(Tunnel {
        endpoint,
        socket,
        peer: server,
    })
}

impl Tunnel {
    /// Makes the QUIC connection. `held` is dropped once the tunnel is gone. The caller bounds the
    /// time.
    ///
    /// # Errors
    /// quinn's, for a connection that cannot be begun.
    pub fn connect<H: Send + 'static>(
        self,
        config: ClientConfig,
        name: &str,
        held: H,
    ) -> Result<impl Future<Output = Result<Connection, quinn::ConnectionError>>, OpenError> {
        let Self {
            endpoint,
            socket,
            peer,
        } = self;
        let connecting = endpoint.connect_with(config, peer, name)?;
        Ok(async move {
            let connection = tokio::select! {
                connection = connecting => connection?,
                _ended = socket.closed() => return Err(quinn::ConnectionError::Reset),
            };
            tokio::spawn(watch(endpoint, connection.clone(), socket, held));
            Ok(connection)
        })
    }
}

/// Ends the connection when the tunnel ends, and lets the tunnel go when the connection has ended.
async fn watch<H>(
    endpoint: Endpoint,
    connection: Connection,
    socket: Arc<TunnelSocket<TlsStream<TcpStream>>>,
    held: H,
) {
    tokio::select! {
        closed = socket.closed() => {
            tracing::debug!(%closed, "tunnel");
            connection.close(VarInt::from_u32(0), b"");
        }
        _ended = connection.closed() => {
            // The goodbye leaves with the connection's task; an endpoint that waits for a peer's
            // answer to it holds nothing but this tunnel.
            drop(connection);
            let _ = tokio::time::timeout(LINGER, endpoint.wait_idle()).await;
        }
    }
    drop(held);
}

/// How long a tunnel may outlive its connection.
const LINGER: std::time::Duration = std::time::Duration::from_secs(1);
