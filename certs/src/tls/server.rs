//! The server's side: which clients may connect at all.

use super::peer::{Peer, PeerError, Standing, peer};
use super::{TlsError, no_tickets, no_tls12, provider, resolver, verify_handshake};
use crate::keys::Identity;
use crate::revocation::Revocations;
use crate::trust::Trust;
use domicile_proto::types::Key;
use rustls::client::danger::HandshakeSignatureValid;
use rustls::server::ServerConfig;
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::time_provider::{DefaultTimeProvider, TimeProvider};
use rustls::{CertificateError, DigitallySignedStruct, DistinguishedName, SignatureScheme};
use rustls_pki_types::{CertificateDer, UnixTime};
use std::sync::Arc;

/// Keys that a server lets in by name, whatever certificate of its own making they show.
pub trait Members: std::fmt::Debug + Send + Sync {
    /// Whether this key is let in now.
    fn admits(&self, key: &Key) -> bool;
}

/// Whom a server lets in. A revoked certificate is refused by each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClientPolicy {
    /// Anchors: agents with a valid certificate.
    AgentStrict,
    /// Collectors: agents with a valid or expired certificate, and any key that certifies itself.
    /// [`peer`] tells them apart after the handshake.
    AgentOrNew,
    /// Collectors' API: auditors with a valid certificate.
    Auditor,
    /// The same, and clients that show no certificate: who they are, the server asks by other means.
    /// A certificate that is shown must hold.
    AuditorOrNone,
}

impl ClientPolicy {
    fn admits(self, standing: &Standing) -> Result<(), CertificateError> {
        match (self, standing) {
            (_, Standing::Revoked { .. }) => Err(CertificateError::Revoked),
            (Self::AgentStrict | Self::AgentOrNew, Standing::Enrolled { .. })
            | (Self::AgentOrNew, Standing::Expired { .. } | Standing::Unenrolled)
            | (Self::Auditor | Self::AuditorOrNone, Standing::Auditor { .. }) => Ok(()),
            (Self::AgentStrict, Standing::Expired { .. }) => Err(CertificateError::Expired),
            (
                Self::Auditor | Self::AuditorOrNone,
                Standing::Expired { .. } | Standing::Enrolled { .. } | Standing::Unenrolled,
            )
            | (Self::AgentStrict, Standing::Unenrolled)
            | (Self::AgentStrict | Self::AgentOrNew, Standing::Auditor { .. }) => {
                Err(CertificateError::UnknownIssuer)
            }
        }
    }
}

/// The configuration of a server that shows `identity` and lets in the clients of a policy. The
/// server's own clock decides about dates; `revocations` may be reloaded meanwhile.
///
/// # Errors
/// [`TlsError`] when rustls refuses the configuration.
pub fn server(
    identity: &Identity,
    clients: ClientPolicy,
    trust: &Trust,
    revocations: Arc<Revocations>,
    alpns: &[&[u8]],
) -> Result<ServerConfig, TlsError> {
    let clock = Arc::new(DefaultTimeProvider);
    server_at(identity, clients, trust, revocations, alpns, clock)
}

/// [`server`] with a clock of the caller's.
///
/// # Errors
/// [`TlsError`] when rustls refuses the configuration.
pub fn server_at(
    identity: &Identity,
    clients: ClientPolicy,
    trust: &Trust,
    revocations: Arc<Revocations>,
    alpns: &[&[u8]],
    clock: Arc<dyn TimeProvider>,
) -> Result<ServerConfig, TlsError> {
    let admission = Admission {
        clients,
        members: None,
        trust: trust.clone(),
        revocations,
    };
    configuration(identity, admission, alpns, clock)
}

/// [`server_at`] that also lets in `members` with a certificate of their own making: the key alone
/// says who they are, and [`peer`] calls them [`Standing::Unenrolled`].
///
/// # Errors
/// [`TlsError`] when rustls refuses the configuration.
pub fn server_with_members(
    identity: &Identity,
    clients: ClientPolicy,
    members: Arc<dyn Members>,
    trust: &Trust,
    revocations: Arc<Revocations>,
    alpns: &[&[u8]],
    clock: Arc<dyn TimeProvider>,
) -> Result<ServerConfig, TlsError> {
    let admission = Admission {
        clients,
        members: Some(members),
        trust: trust.clone(),
        revocations,
    };
    configuration(identity, admission, alpns, clock)
}

fn configuration(
    identity: &Identity,
    admission: Admission,
    alpns: &[&[u8]],
    clock: Arc<dyn TimeProvider>,
) -> Result<ServerConfig, TlsError> {
    let mut config = ServerConfig::builder_with_details(provider(), clock)
        .with_protocol_versions(&[&rustls::version::TLS13])?
        .with_client_cert_verifier(Arc::new(admission))
        .with_cert_resolver(resolver(identity)?);
    config.alpn_protocols = alpns.iter().map(|alpn| alpn.to_vec()).collect();
    no_tickets(&mut config);
    Ok(config)
}

#[derive(Debug)]
struct Admission {
    clients: ClientPolicy,
    members: Option<Arc<dyn Members>>,
    trust: Trust,
    revocations: Arc<Revocations>,
}

impl Admission {
    fn is_member(&self, peer: &Peer) -> bool {
        let members = self.members.as_ref();
        peer.standing == Standing::Unenrolled
            && members.is_some_and(|members| members.admits(&peer.key))
    }
}

impl ClientCertVerifier for Admission {
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn client_auth_mandatory(&self) -> bool {
        self.clients != ClientPolicy::AuditorOrNone
    }

    fn verify_client_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<ClientCertVerified, rustls::Error> {
        let mut chain = vec![end_entity.clone()];
        chain.extend_from_slice(intermediates);
        let now_ms = now.as_secs().saturating_mul(1000);
        let peer = peer(&chain, &self.trust, &self.revocations, now_ms)
            .map_err(|error| certificate_error(&error))?;
        if !self.is_member(&peer) {
            self.clients.admits(&peer.standing)?;
        }
        Ok(ClientCertVerified::assertion())
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

/// What the client hears in its alert.
fn certificate_error(error: &PeerError) -> CertificateError {
    match error {
        PeerError::Certificate(_) | PeerError::TooMany(_) => CertificateError::BadEncoding,
        PeerError::AuditorExpired | PeerError::Chain(webpki::Error::CertExpired { .. }) => {
            CertificateError::Expired
        }
        PeerError::Chain(webpki::Error::CertNotValidYet { .. }) => CertificateError::NotValidYet,
        PeerError::Chain(webpki::Error::InvalidSignatureForPublicKey) => {
            CertificateError::BadSignature
        }
        PeerError::Purpose(_) => CertificateError::InvalidPurpose,
        PeerError::UnknownIssuer | PeerError::Chain(_) => CertificateError::UnknownIssuer,
    }
}
