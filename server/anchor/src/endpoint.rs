//! How the anchor speaks QUIC: as little as a session needs.

use crate::materials::Materials;
use crate::shared::{CurrentDirectory, WallClock};
use crate::stopwatch::Stopwatch;
use domicile_certs::Identity;
use domicile_certs::tls::{self, ClientPolicy, TlsError};
use domicile_proto::ALPN_RANGE;
use domicile_proto::types::Key;
use quinn::crypto::rustls::{NoInitialCipherSuite, QuicClientConfig, QuicServerConfig};
use quinn::{ClientConfig, IdleTimeout, ServerConfig, TransportConfig, VarInt};
use std::sync::Arc;

/// Bytes of one session's messages, with room: the agent's account is the longest.
const STREAM_WINDOW: u32 = 12 * 1024;

/// Bytes of datagrams that wait on either side: a few rounds.
const DATAGRAM_BUFFER: usize = 1024;

/// Silence after which a connection is gone, ms. Longer than the longest round deadline.
const IDLE_MS: u32 = 12_000;

/// Connections whose handshake has not been looked at, and bytes they may hold.
const MAX_INCOMING: usize = 1024;
const INCOMING_BYTES: u64 = 8 * 1024;
const INCOMING_BYTES_TOTAL: u64 = 4 * 1024 * 1024;

/// An endpoint could not be set up.
#[derive(Debug, thiserror::Error)]
pub enum EndpointError {
    /// The TLS configuration.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// QUIC needs a cipher suite that is missing.
    #[error(transparent)]
    Cipher(#[from] NoInitialCipherSuite),
}

/// The server side of an anchor: agents with a valid certificate and the directory's other anchors,
/// one stream, small buffers.
pub(crate) fn server_config(
    materials: &Materials,
    directory: Arc<CurrentDirectory>,
    stopwatch: Arc<dyn Stopwatch>,
) -> Result<ServerConfig, EndpointError> {
    let tls = tls::server_with_members(
        &materials.identity,
        ClientPolicy::AgentStrict,
        directory,
        &materials.trust,
        materials.revocations.clone(),
        &[ALPN_RANGE],
        Arc::new(WallClock(stopwatch)),
    )?;
    let mut config = ServerConfig::with_crypto(Arc::new(QuicServerConfig::try_from(tls)?));
    config
        .transport_config(Arc::new(transport()))
        .max_incoming(MAX_INCOMING)
        .incoming_buffer_size(INCOMING_BYTES)
        .incoming_buffer_size_total(INCOMING_BYTES_TOTAL)
        // A host behind a NAT that rebinds in the middle of a session keeps it.
        .migration(true);
    Ok(config)
}

/// One bidirectional stream, no other; buffers of a few kilobytes; nothing that sends unasked.
pub(crate) fn transport() -> TransportConfig {
    let mut transport = TransportConfig::default();
    transport
        .max_concurrent_bidi_streams(VarInt::from_u32(1))
        .max_concurrent_uni_streams(VarInt::from_u32(0))
        .stream_receive_window(VarInt::from_u32(STREAM_WINDOW))
        .receive_window(VarInt::from_u32(STREAM_WINDOW))
        .send_window(u64::from(STREAM_WINDOW))
        .datagram_receive_buffer_size(Some(DATAGRAM_BUFFER))
        .datagram_send_buffer_size(DATAGRAM_BUFFER)
        .max_idle_timeout(Some(IdleTimeout::from(VarInt::from_u32(IDLE_MS))))
        // Probes and bursts of packets would stand in the way of pings.
        .mtu_discovery_config(None)
        .enable_segmentation_offload(false)
        // The spin bit would tell the path what the anchor measures.
        .allow_spin(false);
    transport
}

/// The client side of an anchor, towards the holder of one key.
pub(crate) fn client_config(
    identity: &Identity,
    server: Key,
    alpn: &[u8],
) -> Result<ClientConfig, EndpointError> {
    let tls = tls::client(identity, server, alpn)?;
    let mut config = ClientConfig::new(Arc::new(QuicClientConfig::try_from(tls)?));
    config.transport_config(Arc::new(transport()));
    Ok(config)
}
