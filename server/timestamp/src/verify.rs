//! A token against the bytes that it is of and the roots that somebody trusts.

use crate::request::positive;
use crate::token::{Info, Token};
use crate::{MAX_TOKEN, StampError};
use ring::digest;
use rustls_pki_types::{CertificateDer, SignatureVerificationAlgorithm, TrustAnchor, UnixTime};
use std::time::Duration;
use webpki::{EndEntityCert, KeyUsage, anchor_from_trusted_cert, ring as algorithms};

/// Contents of the OID id-kp-timeStamping.
const TIME_STAMPING: &[u8] = &[0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, 0x08];

/// The signature algorithms that are believed, by the contents of their OIDs in SignerInfo. A name of
/// a key's kind alone (`rsaEncryption`) goes with the digest beside it.
const ECDSA_SHA256: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02];
const ECDSA_SHA384: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x03];
const ECDSA_SHA512: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x04];
const RSA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];
const RSA_SHA256: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0b];
const RSA_SHA384: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0c];
const RSA_SHA512: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0d];

/// What certificates of authorities are signed with.
const IN_CHAINS: &[&dyn SignatureVerificationAlgorithm] = &[
    algorithms::ECDSA_P256_SHA256,
    algorithms::ECDSA_P256_SHA384,
    algorithms::ECDSA_P384_SHA256,
    algorithms::ECDSA_P384_SHA384,
    algorithms::ED25519,
    algorithms::RSA_PKCS1_2048_8192_SHA256,
    algorithms::RSA_PKCS1_2048_8192_SHA384,
    algorithms::RSA_PKCS1_2048_8192_SHA512,
];

/// What a time stamp says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stamp {
    /// The bytes existed then, Unix ms, by the authority's clock.
    pub time_ms: u64,
    /// How far the authority's clock may be off, ms, if it says.
    pub accuracy_ms: Option<u64>,
    /// The authority's number for it.
    pub serial: Vec<u8>,
    /// SHA-256 of the certificate that signed it.
    pub certificate: [u8; 32],
}

/// Checks that a token stamps `bytes`, and is signed under one of `roots` with certificates that were
/// valid at the time that it states. With `nonce`, that it answers the request with that one too.
///
/// # Errors
/// [`StampError`] when it does not.
pub fn verify(
    token: &[u8],
    bytes: &[u8],
    nonce: Option<[u8; 8]>,
    roots: &[CertificateDer<'_>],
) -> Result<Stamp, StampError> {
    if token.len() > MAX_TOKEN {
        return Err(StampError::TooLong(token.len()));
    }
    let token = Token::read(token)?;
    let info = Info::read(token.content)?;
    if info.imprint != digest::digest(&digest::SHA256, bytes).as_ref() {
        return Err(StampError::OtherBytes);
    }
    if nonce.is_some_and(|nonce| info.nonce != Some(&positive(nonce)[..])) {
        return Err(StampError::OtherNonce);
    }
    if token.digest.digest(token.content).as_ref() != token.message_digest {
        return Err(StampError::Signature);
    }
    let (hash, named) = token.certificate;
    let mut certificates = token.certificates.iter();
    let signer = certificates.find(|one| hash.digest(one).as_ref() == named);
    let signer = CertificateDer::from(*signer.ok_or(StampError::NoCertificate)?);
    check_signature(&token, &signer)?;
    check_chain(&token.certificates, &signer, info.time_ms, roots)?;
    let mut certificate = [0; 32];
    certificate.copy_from_slice(digest::digest(&digest::SHA256, &signer).as_ref());
    Ok(Stamp {
        time_ms: info.time_ms,
        accuracy_ms: info.accuracy_ms,
        serial: info.serial.to_vec(),
        certificate,
    })
}

fn check_signature(token: &Token<'_>, signer: &CertificateDer<'_>) -> Result<(), StampError> {
    let signer = EndEntityCert::try_from(signer).map_err(certificate)?;
    use crate::token::Hash::{Sha256, Sha384, Sha512};
    let tried: &[&dyn SignatureVerificationAlgorithm] = match (token.algorithm, token.digest) {
        (ECDSA_SHA256, Sha256) => &[algorithms::ECDSA_P256_SHA256, algorithms::ECDSA_P384_SHA256],
        (ECDSA_SHA384, Sha384) => &[algorithms::ECDSA_P256_SHA384, algorithms::ECDSA_P384_SHA384],
        (RSA | RSA_SHA256, Sha256) => &[algorithms::RSA_PKCS1_2048_8192_SHA256],
        (RSA | RSA_SHA384, Sha384) => &[algorithms::RSA_PKCS1_2048_8192_SHA384],
        (RSA | RSA_SHA512, Sha512) => &[algorithms::RSA_PKCS1_2048_8192_SHA512],
        (ECDSA_SHA512, _) => return Err(StampError::Unsupported("ECDSA with SHA-512")),
        _ => return Err(StampError::Unsupported("another signature algorithm")),
    };
    let holds = |algorithm: &&dyn SignatureVerificationAlgorithm| {
        signer
            .verify_signature(*algorithm, &token.signed, token.signature)
            .is_ok()
    };
    match tried.iter().any(holds) {
        true => Ok(()),
        false => Err(StampError::Signature),
    }
}

fn check_chain(
    beside: &[&[u8]],
    signer: &CertificateDer<'_>,
    time_ms: u64,
    roots: &[CertificateDer<'_>],
) -> Result<(), StampError> {
    let anchors: Vec<TrustAnchor<'_>> = roots
        .iter()
        .map(|root| anchor_from_trusted_cert(root))
        .collect::<Result<_, _>>()
        .map_err(|error| StampError::Root(error.to_string()))?;
    let between: Vec<CertificateDer<'_>> = beside
        .iter()
        .map(|one| CertificateDer::from(*one))
        .collect();
    EndEntityCert::try_from(signer)
        .map_err(certificate)?
        .verify_for_usage(
            IN_CHAINS,
            &anchors,
            &between,
            UnixTime::since_unix_epoch(Duration::from_millis(time_ms)),
            KeyUsage::required(TIME_STAMPING),
            None,
            None,
        )
        .map_err(certificate)?;
    Ok(())
}

#[allow(clippy::needless_pass_by_value)] // as `map_err` hands it over
fn certificate(error: webpki::Error) -> StampError {
    StampError::Certificate(error.to_string())
}

#[cfg(test)]
#[path = "../tests/support/mod.rs"]
mod support;

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::support::Authority;
    use super::*;

    /// A certificate of the same root for another purpose stamps no time, nor does one before it was
    /// valid or after.
    #[test]
    fn only_valid_certificates_for_time_stamping_count() {
        let Some(authority) = Authority::new() else {
            return;
        };
        let now = std::time::UNIX_EPOCH.elapsed().unwrap().as_millis();
        let now_ms = u64::try_from(now).unwrap() + 1_000;
        let check = |time_ms| check_chain(&[], &authority.signer(), time_ms, &[authority.root()]);
        check(now_ms).unwrap();
        let year_ms = 366 * 24 * 3600 * 1000;
        assert!(check(now_ms - year_ms).is_err());
        assert!(check(now_ms + 9 * year_ms).is_ok());
        assert!(check(now_ms + 11 * year_ms).is_err());
        authority.certify("v3_other");
        assert!(matches!(check(now_ms), Err(StampError::Certificate(_))));
    }
}
