//! The rustls configurations, and who stands at the other end.
//!
//! Client and server are TLS 1.3 only, mutual, with ring, without resumption and early data, and fit
//! `quinn::crypto::rustls::{QuicClientConfig, QuicServerConfig}` as they are. A server over TCP
//! must also look at the negotiated ALPN: TLS lets a client offer none.

mod client;
mod peer;
mod server;
mod tunnel;

pub use client::{SERVER_NAME, client};
pub use peer::{Peer, PeerError, Standing, peer};
pub use server::{ClientPolicy, Members, server, server_at, server_with_members};
pub use tunnel::{tunnel_client, tunnel_server};

use crate::keys::Identity;
use domicile_proto::sign::SigningKey;
use rustls::crypto::CryptoProvider;
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use rustls::{SignatureAlgorithm, SignatureScheme};
use std::sync::Arc;

/// A configuration could not be built.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// rustls refused it.
    #[error("TLS configuration: {0}")]
    Rustls(#[from] rustls::Error),
    /// The identity has no certificate.
    #[error("the identity has no certificate to show")]
    NoCertificate,
}

fn provider() -> Arc<CryptoProvider> {
    Arc::new(rustls::crypto::ring::default_provider())
}

fn resolver(identity: &Identity) -> Result<Arc<SingleCertAndKey>, TlsError> {
    if identity.chain.is_empty() {
        return Err(TlsError::NoCertificate);
    }
    let key = Arc::new(TlsKey(identity.key.clone()));
    let certified = CertifiedKey::new(identity.chain.clone(), key);
    Ok(Arc::new(SingleCertAndKey::from(certified)))
}

/// Nothing is resumed and nothing is said early.
fn no_tickets(config: &mut rustls::server::ServerConfig) {
    config.session_storage = Arc::new(rustls::server::NoServerSessionStorage {});
    config.send_tls13_tickets = 0;
    config.max_early_data_size = 0;
}

/// Checks that a handshake was signed with Ed25519 by the certificate's key.
fn verify_handshake(
    message: &[u8],
    certificate: &rustls_pki_types::CertificateDer<'_>,
    signature: &rustls::DigitallySignedStruct,
) -> Result<rustls::client::danger::HandshakeSignatureValid, rustls::Error> {
    if signature.scheme != SignatureScheme::ED25519 {
        return Err(rustls::PeerMisbehaved::SignedHandshakeWithUnadvertisedSigScheme.into());
    }
    let algorithms = rustls::crypto::ring::default_provider().signature_verification_algorithms;
    rustls::crypto::verify_tls13_signature(message, certificate, signature, &algorithms)
}

fn no_tls12() -> rustls::Error {
    rustls::PeerIncompatible::Tls12NotOffered.into()
}

/// Lets rustls sign with a key of ours.
#[derive(Debug, Clone)]
struct TlsKey(Arc<SigningKey>);

impl rustls::sign::SigningKey for TlsKey {
    fn choose_scheme(&self, offered: &[SignatureScheme]) -> Option<Box<dyn rustls::sign::Signer>> {
        offered
            .contains(&SignatureScheme::ED25519)
            .then(|| Box::new(self.clone()) as Box<dyn rustls::sign::Signer>)
    }

    fn public_key(&self) -> Option<rustls_pki_types::SubjectPublicKeyInfoDer<'_>> {
        Some(crate::x509::spki(&self.0.public()).into())
    }

    fn algorithm(&self) -> SignatureAlgorithm {
        SignatureAlgorithm::ED25519
    }
}

impl rustls::sign::Signer for TlsKey {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, rustls::Error> {
        Ok(self.0.ring().sign(message).as_ref().to_vec())
    }

    fn scheme(&self) -> SignatureScheme {
        SignatureScheme::ED25519
    }
}
