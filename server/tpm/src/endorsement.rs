//! Certificates of endorsement keys: does a maker of TPMs vouch for this key?

use crate::public::EndorsementKey;
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, SignatureVerificationAlgorithm, TrustAnchor, UnixTime};
use std::time::Duration;
use webpki::{EndEntityCert, KeyUsage, anchor_from_trusted_cert, ring as algorithms};

/// Longest certificate read, bytes.
pub const MAX_CERTIFICATE: usize = 2048;

/// Extended key usage `tcg-kp-EKCertificate`, 2.23.133.8.1.
const EK_CERTIFICATE: [u8; 5] = [0x67, 0x81, 0x05, 0x08, 0x01];

const ALGORITHMS: &[&dyn SignatureVerificationAlgorithm] = &[
    algorithms::ECDSA_P256_SHA256,
    algorithms::ECDSA_P256_SHA384,
    algorithms::ECDSA_P384_SHA256,
    algorithms::ECDSA_P384_SHA384,
    algorithms::RSA_PKCS1_2048_8192_SHA256,
    algorithms::RSA_PKCS1_2048_8192_SHA384,
    algorithms::RSA_PKCS1_2048_8192_SHA512,
];

/// The makers' certificates that a verifier was given.
#[derive(Debug, Clone, Default)]
pub struct Makers {
    anchors: Vec<TrustAnchor<'static>>,
    intermediates: Vec<CertificateDer<'static>>,
}

/// A given certificate that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not the certificates of a TPM's maker: {0}")]
pub struct MakerError(String);

/// What an endorsement key's certificate is worth.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// It leads to a given root.
    Certified,
    /// It leads to none of them.
    UnknownRoot,
    /// It is expired, or not understood; why, in the X.509 library's words.
    NotValid(String),
}

/// The certificate is another key's: whoever offers the two together is wrong or lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the certificate is not of this endorsement key")]
pub struct OtherKey;

/// The certificates in a file: PEM with any number of them, or DER with one.
///
/// # Errors
/// [`MakerError`] when there is none, or the PEM is broken.
pub fn certificates(bytes: &[u8]) -> Result<Vec<CertificateDer<'static>>, MakerError> {
    if bytes.first() == Some(&0x30) {
        return Ok(vec![CertificateDer::from(bytes.to_vec())]);
    }
    let read: Vec<_> = CertificateDer::pem_slice_iter(bytes)
        .collect::<Result<_, _>>()
        .map_err(|error| MakerError(format!("broken PEM: {error}")))?;
    match read.is_empty() {
        true => Err(MakerError("no certificate in it".into())),
        false => Ok(read),
    }
}

impl Makers {
    /// Sorts certificates into roots, which are self-issued and trusted, and those that may stand
    /// between a root and a TPM.
    ///
    /// # Errors
    /// [`MakerError`] when one is not a certificate.
    pub fn new(
        certificates: impl IntoIterator<Item = CertificateDer<'static>>,
    ) -> Result<Self, MakerError> {
        let mut makers = Self::default();
        for certificate in certificates {
            let failed = |error: webpki::Error| MakerError(error.to_string());
            let parsed = EndEntityCert::try_from(&certificate).map_err(failed)?;
            if parsed.issuer() == parsed.subject() {
                let anchor = anchor_from_trusted_cert(&certificate).map_err(failed)?;
                makers.anchors.push(anchor.to_owned());
            } else {
                makers.intermediates.push(certificate);
            }
        }
        Ok(makers)
    }

    /// Number of roots.
    pub fn roots(&self) -> usize {
        self.anchors.len()
    }

    /// What `certificate` says of `ek` at a time (Unix, ms).
    ///
    /// # Errors
    /// [`OtherKey`] when it can be read and carries another key.
    pub fn standing(
        &self,
        certificate: &[u8],
        ek: &EndorsementKey,
        at_ms: u64,
    ) -> Result<Standing, OtherKey> {
        let der = CertificateDer::from(certificate);
        let leaf = match EndEntityCert::try_from(&der) {
            Ok(leaf) if certificate.len() <= MAX_CERTIFICATE => leaf,
            Ok(_) => return Ok(Standing::NotValid("it is too long".into())),
            Err(error) => return Ok(Standing::NotValid(error.to_string())),
        };
        // The algorithm's name before the key differs from maker to maker (some write RSAES-OAEP).
        if !leaf
            .subject_public_key_info()
            .as_ref()
            .ends_with(&bit_string(&ek.key.to_x509()))
        {
            return Err(OtherKey);
        }
        let verified = leaf.verify_for_usage(
            ALGORITHMS,
            &self.anchors,
            &self.intermediates,
            UnixTime::since_unix_epoch(Duration::from_millis(at_ms)),
            KeyUsage::required_if_present(&EK_CERTIFICATE),
            None,
            None,
        );
        Ok(match verified {
            Ok(_) => Standing::Certified,
            // Nobody of the issuer's name, or a namesake who did not sign it.
            Err(webpki::Error::UnknownIssuer | webpki::Error::InvalidSignatureForPublicKey) => {
                Standing::UnknownRoot
            }
            Err(error) => Standing::NotValid(error.to_string()),
        })
    }
}

/// The end of a SubjectPublicKeyInfo in DER: a BIT STRING of whole bytes.
fn bit_string(key: &[u8]) -> Vec<u8> {
    let length = key.len() + 1;
    let mut bytes = vec![0x03];
    match u8::try_from(length) {
        Ok(short) if short < 0x80 => bytes.push(short),
        _ => {
            let [high, low] = u16::try_from(length).unwrap_or(u16::MAX).to_be_bytes();
            bytes.extend([0x82, high, low]);
        }
    }
    bytes.push(0);
    bytes.extend(key);
    bytes
}
