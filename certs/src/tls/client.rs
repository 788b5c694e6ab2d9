//! The client's side: the server is the key that the directory pins, nothing else.

use super::{TlsError, no_tls12, provider, resolver, verify_handshake};
use crate::keys::Identity;
use crate::x509;
use domicile_proto::types::Key;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{ClientConfig, Resumption};
use rustls::{CertificateError, DigitallySignedStruct, SignatureScheme};
use rustls_pki_types::{CertificateDer, ServerName, UnixTime};
use std::sync::Arc;

/// The name to pass where a library wants one. It is neither sent nor checked.
pub const SERVER_NAME: &str = "domicile";

/// The configuration of a client that shows `identity` and talks to the server with `server_key`
/// alone. Names and dates are ignored: a host whose clock is a year off still connects.
///
/// # Errors
/// [`TlsError`] when rustls refuses the configuration.
pub fn client(identity: &Identity, server_key: Key, alpn: &[u8]) -> Result<ClientConfig, TlsError> {
    let mut config = ClientConfig::builder_with_provider(provider())
        .with_protocol_versions(&[&rustls::version::TLS13])?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(Pinned::new(server_key)))
        .with_client_cert_resolver(resolver(identity)?);
    config.alpn_protocols = vec![alpn.to_vec()];
    config.resumption = Resumption::disabled();
    config.enable_early_data = false;
    config.enable_sni = false;
    Ok(config)
}

/// Accepts the certificates of one key.
#[derive(Debug)]
pub(super) struct Pinned {
    key: Key,
}

impl Pinned {
    pub(super) fn new(key: Key) -> Self {
        Self { key }
    }
}

impl ServerCertVerifier for Pinned {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let key = x509::key(end_entity).map_err(|_| CertificateError::BadEncoding)?;
        if key == self.key {
            Ok(ServerCertVerified::assertion())
        } else {
            Err(CertificateError::ApplicationVerificationFailure.into())
        }
    }

    fn verify_tls12_signature(
        &self,
        _message: &[u8],
        _cert: &CertificateDer<'_>,
        _dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Err(no_tls12())
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_handshake(message, cert, dss)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        vec![SignatureScheme::ED25519]
    }
}
