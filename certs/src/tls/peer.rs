//! Who a certificate chain stands for. The only source of a [`Standing`].

use crate::pem::MAX_CHAIN;
use crate::revocation::{ClientCa, Revocations};
use crate::trust::Trust;
use crate::x509::{self, Fields, Serial, X509Error};
use domicile_proto::sign::sha256;
use domicile_proto::types::{Digest, Key};
use rustls_pki_types::{CertificateDer, UnixTime};
use std::time::Duration;
use webpki::{EndEntityCert, KeyUsage, anchor_from_trusted_cert};

/// How a client stands with the CAs, at the moment of asking.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// A key that certifies itself: it proves its possession and nothing else.
    Unenrolled,
    /// An agent with a valid certificate.
    Enrolled {
        /// Of its certificate.
        serial: Serial,
        /// Unix time, ms.
        not_after_ms: u64,
    },
    /// An agent whose certificate has expired: it may renew, nothing else.
    Expired {
        /// Of its certificate.
        serial: Serial,
    },
    /// An agent or auditor whose certificate was revoked, expired or not.
    Revoked {
        /// Of its certificate.
        serial: Serial,
    },
    /// An auditor with a valid certificate.
    Auditor {
        /// Of its certificate.
        serial: Serial,
        /// Unix time, ms.
        not_after_ms: u64,
    },
}

/// A client that TLS let in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Peer {
    /// Its key, which signed the handshake.
    pub key: Key,
    /// How it stands.
    pub standing: Standing,
    /// SHA-256 of its leaf certificate.
    pub leaf_hash: Digest,
    /// The common name, for auditors; agents have none.
    pub subject: Option<String>,
}

/// A chain that stands for nobody.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PeerError {
    /// The leaf cannot be read.
    #[error("client certificate: {0}")]
    Certificate(#[from] X509Error),
    /// Too many certificates.
    #[error("a chain of {0} certificates; at most {MAX_CHAIN} are read")]
    TooMany(usize),
    /// It leads to a CA of ours by name, but does not hold.
    #[error("client certificate: {0}")]
    Chain(webpki::Error),
    /// It leads elsewhere.
    #[error("client certificate: neither from a CA that this server trusts nor self-signed")]
    UnknownIssuer,
    /// It holds, but is for something else.
    #[error("client certificate: {0}")]
    Purpose(&'static str),
    /// An auditor's certificate has expired.
    #[error("the auditor's certificate has expired: ask for a new one")]
    AuditorExpired,
}

/// Says whom a chain stands for at `now_ms` (Unix ms), leaf first. The intermediates are those of
/// `trust`; what the client sent besides its leaf is not used.
///
/// # Errors
/// [`PeerError`] when it stands for nobody.
pub fn peer(
    chain: &[CertificateDer<'_>],
    trust: &Trust,
    revocations: &Revocations,
    now_ms: u64,
) -> Result<Peer, PeerError> {
    let leaf = chain.first().ok_or(X509Error::Empty)?;
    if chain.len() > MAX_CHAIN {
        return Err(PeerError::TooMany(chain.len()));
    }
    let fields = Fields::read(leaf)?;
    if fields.key != x509::key(leaf)? {
        return Err(X509Error::NotEd25519.into());
    }
    let standing = if fields.issuer == Fields::read(&trust.agent_ca)?.subject {
        agent(leaf, &fields, trust, revocations, now_ms)?
    } else if fields.issuer == Fields::read(&trust.auditor_ca)?.subject {
        auditor(leaf, &fields, trust, revocations, now_ms)?
    } else {
        new_key(leaf, &fields)?
    };
    Ok(Peer {
        key: fields.key,
        standing,
        leaf_hash: sha256(leaf),
        subject: fields.common_name,
    })
}

fn agent(
    leaf: &CertificateDer<'_>,
    fields: &Fields,
    trust: &Trust,
    revocations: &Revocations,
    now_ms: u64,
) -> Result<Standing, PeerError> {
    if !fields.subject_is_empty {
        return Err(PeerError::Purpose("an agent's certificate has no subject"));
    }
    let expired = now_ms > fields.not_after_ms;
    // An expired certificate is checked as of its last second.
    verify(
        leaf,
        fields,
        trust,
        &trust.agent_ca,
        now_ms.min(fields.not_after_ms),
    )?;
    let (serial, not_after_ms) = (fields.serial, fields.not_after_ms);
    Ok(if revocations.is_revoked(ClientCa::Agent, &serial) {
        Standing::Revoked { serial }
    } else if expired {
        Standing::Expired { serial }
    } else {
        Standing::Enrolled {
            serial,
            not_after_ms,
        }
    })
}

fn auditor(
    leaf: &CertificateDer<'_>,
    fields: &Fields,
    trust: &Trust,
    revocations: &Revocations,
    now_ms: u64,
) -> Result<Standing, PeerError> {
    if fields.common_name.is_none() {
        return Err(PeerError::Purpose("an auditor's certificate has a name"));
    }
    verify(
        leaf,
        fields,
        trust,
        &trust.auditor_ca,
        now_ms.min(fields.not_after_ms),
    )?;
    let (serial, not_after_ms) = (fields.serial, fields.not_after_ms);
    if revocations.is_revoked(ClientCa::Auditor, &serial) {
        Ok(Standing::Revoked { serial })
    } else if now_ms > not_after_ms {
        Err(PeerError::AuditorExpired)
    } else {
        Ok(Standing::Auditor {
            serial,
            not_after_ms,
        })
    }
}

/// The leaf, one pinned intermediate, the root: signatures, dates, constraints and purposes.
fn verify(
    leaf: &CertificateDer<'_>,
    fields: &Fields,
    trust: &Trust,
    intermediate: &CertificateDer<'static>,
    at_ms: u64,
) -> Result<(), PeerError> {
    if !fields.client_auth {
        return Err(PeerError::Purpose("not for TLS clients"));
    }
    let anchor = anchor_from_trusted_cert(&trust.root).map_err(PeerError::Chain)?;
    EndEntityCert::try_from(leaf)
        .and_then(|certificate| {
            certificate.verify_for_usage(
                &[webpki::ring::ED25519],
                &[anchor],
                std::slice::from_ref(intermediate),
                UnixTime::since_unix_epoch(Duration::from_millis(at_ms)),
                KeyUsage::client_auth(),
                None,
                None,
            )?;
            Ok(())
        })
        .map_err(PeerError::Chain)
}

fn new_key(leaf: &CertificateDer<'_>, fields: &Fields) -> Result<Standing, PeerError> {
    let self_signed =
        fields.issuer == fields.subject && x509::verify_signed_by(leaf, &fields.key).is_ok();
    match () {
        () if !self_signed => Err(PeerError::UnknownIssuer),
        () if !fields.subject_is_empty => Err(PeerError::Purpose(
            "a key that certifies itself must have an empty subject",
        )),
        () if fields.is_ca => Err(PeerError::Purpose("a CA is not a client")),
        () => Ok(Standing::Unenrolled),
    }
}
