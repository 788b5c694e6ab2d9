//! The outer TLS of a tunnel: the server is the pinned key, the client is nobody yet.
//!
//! Who the client is, the connection inside says, which the servers check as over UDP.

use super::client::Pinned;
use super::{TlsError, no_tickets, provider, resolver};
use crate::keys::Identity;
use domicile_proto::types::Key;
use rustls::client::{ClientConfig, Resumption};
use rustls::server::ServerConfig;
use std::sync::Arc;

/// The configuration of a client that shows no certificate and talks to the server with
/// `server_key` alone. Names and dates are ignored.
///
/// # Errors
/// [`TlsError`] when rustls refuses the configuration.
pub fn tunnel_client(server_key: Key, alpn: &[u8]) -> Result<ClientConfig, TlsError> {
    let mut config = ClientConfig::builder_with_provider(provider())
        .with_protocol_versions(&[&rustls::version::TLS13])?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(Pinned::new(server_key)))
        .with_no_client_auth();
    config.alpn_protocols = vec![alpn.to_vec()];
    config.resumption = Resumption::disabled();
    config.enable_early_data = false;
    config.enable_sni = false;
    Ok(config)
}

/// The configuration of a server that shows `identity` and asks for no certificate. TLS lets a
/// client offer no protocol: the caller looks at the one that was agreed on.
///
/// # Errors
/// [`TlsError`] when rustls refuses the configuration.
pub fn tunnel_server(identity: &Identity, alpn: &[u8]) -> Result<ServerConfig, TlsError> {
    let mut config = ServerConfig::builder_with_provider(provider())
        .with_protocol_versions(&[&rustls::version::TLS13])?
        .with_no_client_auth()
        .with_cert_resolver(resolver(identity)?);
    config.alpn_protocols = vec![alpn.to_vec()];
    no_tickets(&mut config);
    Ok(config)
}
