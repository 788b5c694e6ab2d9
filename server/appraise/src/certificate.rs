//! The agent's certificate as of the measurement. Revocation is a live check of the collector and
//! no part of replay.

use domicile_proto::sign::sha256;
use domicile_proto::types::{Digest, Key};
use domicile_proto::wire::CertificateChainRecord;
use rustls_pki_types::{CertificateDer, UnixTime};
use std::time::Duration;
use webpki::{EndEntityCert, KeyUsage, anchor_from_trusted_cert};

/// Largest certificate, bytes.
pub const MAX_BYTES: usize = 1024;

/// SubjectPublicKeyInfo of an Ed25519 key, less the enclosing SEQUENCE's header: algorithm
/// identifier 1.3.101.112 without parameters, then a bit string of 32 bytes.
const ED25519_SPKI: [u8; 12] = [
    0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00,
];

/// Why a certificate does not vouch for a report.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CertificateError {
    /// Longer than [`MAX_BYTES`].
    #[error("a certificate has {0} bytes where at most {MAX_BYTES} are allowed")]
    TooLong(usize),
    /// The report names another certificate.
    #[error("the report names certificate {named}, this one is {given}")]
    Hash {
        /// As in the report.
        named: Digest,
        /// Of the chain given.
        given: Digest,
    },
    /// The chain's issuer is not the agent CA of the trust file.
    #[error("the certificate's issuer is not the agent CA of the trust file")]
    Issuer,
    /// The certificate carries another key.
    #[error("the certificate does not carry key {0}")]
    Key(Key),
    /// The chain does not verify. The text is the X.509 library's.
    #[error("the certificate does not verify under the agent CA: {0}")]
    Chain(String),
    /// Not valid when the measurement was made.
    #[error("the certificate was not valid between {from_ms} and {until_ms} ms (the measurement)")]
    OutOfTime {
        /// Start of the measurement's window, Unix time in ms.
        from_ms: u64,
        /// End of the measurement's window, Unix time in ms.
        until_ms: u64,
    },
}

/// Checks that the chain is the one named, carries `agent` and leads to the agent CA.
pub(crate) fn check_identity(
    chain: &CertificateChainRecord,
    named: &Digest,
    agent: &Key,
    agent_ca: &CertificateDer<'_>,
) -> Result<(), CertificateError> {
    for der in [&chain.leaf, &chain.issuer] {
        if der.len() > MAX_BYTES {
            return Err(CertificateError::TooLong(der.len()));
        }
    }
    let given = sha256(&chain.leaf);
    if given != *named {
        return Err(CertificateError::Hash {
            named: *named,
            given,
        });
    }
    if chain.issuer != agent_ca.as_ref() {
        return Err(CertificateError::Issuer);
    }
    let der = CertificateDer::from(chain.leaf.as_slice());
    let leaf = EndEntityCert::try_from(&der).map_err(|error| text(&error))?;
    if leaf.subject_public_key_info().as_ref() != [&ED25519_SPKI[..], &agent.0].concat() {
        return Err(CertificateError::Key(*agent));
    }
    Ok(())
}

/// Checks signature, usage and that the certificate was valid at some time of the window.
///
/// A window and not a moment, because a certificate may be renewed between challenge and report.
pub(crate) fn check_chain(
    chain: &CertificateChainRecord,
    agent_ca: &CertificateDer<'_>,
    from_ms: u64,
    until_ms: u64,
) -> Result<(), CertificateError> {
    let out_of_time = CertificateError::OutOfTime { from_ms, until_ms };
    match verify_at(chain, agent_ca, time(from_ms)) {
        Ok(()) => Ok(()),
        Err(webpki::Error::CertNotValidYet { not_before, .. }) if not_before <= time(until_ms) => {
            verify_at(chain, agent_ca, not_before).map_err(|error| text(&error))
        }
        Err(webpki::Error::CertNotValidYet { .. } | webpki::Error::CertExpired { .. }) => {
            Err(out_of_time)
        }
        Err(error) => Err(text(&error)),
    }
}

fn verify_at(
    chain: &CertificateChainRecord,
    agent_ca: &CertificateDer<'_>,
    at: UnixTime,
) -> Result<(), webpki::Error> {
    let anchor = anchor_from_trusted_cert(agent_ca)?;
    let der = CertificateDer::from(chain.leaf.as_slice());
    EndEntityCert::try_from(&der)?.verify_for_usage(
        &[webpki::ring::ED25519],
        &[anchor],
        &[],
        at,
        KeyUsage::client_auth(),
        None,
        None,
    )?;
    Ok(())
}

fn time(ms: u64) -> UnixTime {
    UnixTime::since_unix_epoch(Duration::from_secs(ms / 1000))
}

fn text(error: &webpki::Error) -> CertificateError {
    CertificateError::Chain(error.to_string())
}
