//! QUIC packets inside TLS over TCP, for networks that block UDP.
//!
//! The outer connection is TLS 1.3 to the same pinned key, with an ALPN of its own ([`ALPN`]). It
//! carries the packets of exactly one QUIC connection, each behind its length. The QUIC connection
//! inside is the one that UDP would have carried: mutual TLS, exporter, datagrams, streams. So
//! nothing of the protocol is said twice, and whoever opens the outer connection finds the inner
//! one closed. TCP can only add delay: a round trip measured through it is an upper bound as any
//! other.
//!
//! | Module | Owns |
//! |---|---|
//! | [`frame`] | a packet behind its length, on both sides |
//! | [`socket`] | a byte stream as quinn's socket, without a task of its own |
//! | [`proxy`] | HTTP/1.1 `CONNECT`: the request, and the strict reading of the reply |
//! | [`client`] | TCP, proxy, TLS, endpoint |
//! | `server` (feature) | TLS, endpoint and the one QUIC connection, in bounded time and memory |
//!
//! Start reading at [`client::open`], then [`socket::TunnelSocket`].

pub mod client;
pub mod frame;
pub mod proxy;
#[cfg(feature = "server")]
pub mod server;
pub mod socket;

/// The application protocol of the outer connection.
pub const ALPN: &[u8] = b"domicile-tunnel/1";

/// Bytes of TLS records that wait for the system, for each connection.
const TLS_BUFFER: usize = 32 * 1024;

/// An endpoint for the one connection inside a tunnel.
fn endpoint(
    socket: std::sync::Arc<dyn quinn::AsyncUdpSocket>,
    server: Option<quinn::ServerConfig>,
) -> std::io::Result<quinn::Endpoint> {
    quinn::Endpoint::new_with_abstract_socket(
        quinn::EndpointConfig::default(),
        server,
        socket,
        std::sync::Arc::new(quinn::TokioRuntime),
    )
}
