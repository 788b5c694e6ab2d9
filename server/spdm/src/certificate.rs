//! One certificate of a chain: the fields that count, and the rules that it must keep by itself.

use crate::der::SignedDer;
use crate::dice::Dice;
use crate::roots::KEY_BYTES;
use ring::signature::{ECDSA_P384_SHA384_ASN1, UnparsedPublicKey};
use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::ParsedExtension;
use x509_parser::oid_registry::{
    OID_KEY_TYPE_EC_PUBLIC_KEY, OID_NIST_EC_P384, OID_SIG_ECDSA_WITH_SHA384, Oid,
};
use x509_parser::prelude::FromDer as _;
use x509_parser::x509::X509Version;

/// TCG's DICE extension, as Hopper and as Blackwell number it: OID contents.
const DICE_OIDS: [&[u8]; 2] = [
    &[0x67, 0x81, 0x05, 0x05, 0x04, 0x01],
    &[0x67, 0x81, 0x05, 0x05, 0x04, 0x01, 0x01],
];

/// What is wrong with one certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CertificateError {
    /// Longer than [`crate::MAX_CERTIFICATE_BYTES`].
    #[error("longer than {max} bytes", max = crate::MAX_CERTIFICATE_BYTES)]
    TooLong,
    /// Not one certificate of X.509 version 3, or an extension appears twice.
    #[error("not an X.509 version 3 certificate")]
    Malformed,
    /// Another kind of key than P-384.
    #[error("its key is not on P-384")]
    Key,
    /// Signed with something else than ECDSA and SHA-384, or stating two algorithms.
    #[error("it is not signed with ECDSA and SHA-384")]
    Algorithm,
    /// An extension that it says one must understand, and that is not known here.
    #[error("a critical extension is not known")]
    Critical,
    /// It signs another certificate and may not.
    #[error("it may not sign certificates")]
    NotCa,
    /// More certificates stand below it than it allows.
    #[error("more certificates below it than it allows")]
    PathLength,
    /// It signs the report and may not.
    #[error("it may not sign reports")]
    NotSigner,
    /// The firmware hash in it cannot be read.
    #[error("its DICE extension cannot be read")]
    Dice,
    /// Its issuer has another name than the next certificate.
    #[error("its issuer has another name than the next certificate")]
    IssuerName,
    /// The signature over it fails.
    #[error("the signature over it does not verify under its issuer's key")]
    Signature,
    /// No pinned root has the name of its issuer.
    #[error("its issuer is no pinned root")]
    NoRoot,
    /// A device's serial number stands where only the vendor's own authorities may.
    #[error("a device signed it, where only the vendor's authorities may")]
    SignedByDevice,
}

/// A certificate whose form is right. Nothing has been said about its signature.
#[derive(Debug, Clone)]
pub(crate) struct Certificate<'a> {
    pub(crate) subject: &'a [u8],
    pub(crate) issuer: &'a [u8],
    /// Content of the serial number.
    pub(crate) serial: &'a [u8],
    pub(crate) key: [u8; KEY_BYTES],
    /// Seconds since 1970.
    pub(crate) not_before: i64,
    pub(crate) not_after: i64,
    pub(crate) dice: Option<Dice>,
    /// It says where revocations of its like are published.
    pub(crate) publishes: bool,
    signed: &'a [u8],
    signature: &'a [u8],
    ca: Option<Option<u32>>,
    may_sign_certificates: bool,
    may_sign_data: bool,
    /// Extended key usage: answers about revocation.
    pub(crate) answers_ocsp: bool,
}

impl<'a> Certificate<'a> {
    pub(crate) fn read(der: &'a [u8]) -> Result<Self, CertificateError> {
        if der.len() > crate::MAX_CERTIFICATE_BYTES {
            return Err(CertificateError::TooLong);
        }
        let (behind, x509) =
            X509Certificate::from_der(der).map_err(|_| CertificateError::Malformed)?;
        if !behind.is_empty() || x509.version() != X509Version::V3 {
            return Err(CertificateError::Malformed);
        }
        let frame = SignedDer::read(der).ok_or(CertificateError::Malformed)?;
        let frame = frame.ok_or(CertificateError::Algorithm)?;
        if !frame.behind.is_empty() {
            return Err(CertificateError::Malformed);
        }
        let algorithm = &x509.tbs_certificate.signature;
        if algorithm.algorithm != OID_SIG_ECDSA_WITH_SHA384 || algorithm.parameters.is_some() {
            return Err(CertificateError::Algorithm);
        }
        let key = p384_key(&x509).ok_or(CertificateError::Key)?;
        let mut certificate = Self {
            subject: x509.tbs_certificate.subject.as_raw(),
            issuer: x509.tbs_certificate.issuer.as_raw(),
            serial: x509.tbs_certificate.raw_serial(),
            key,
            not_before: x509.validity().not_before.timestamp(),
            not_after: x509.validity().not_after.timestamp(),
            dice: None,
            publishes: false,
            signed: frame.signed.whole,
            signature: frame.signature,
            ca: None,
            may_sign_certificates: false,
            may_sign_data: false,
            answers_ocsp: false,
        };
        certificate.read_extensions(&x509)?;
        Ok(certificate)
    }

    fn read_extensions(&mut self, x509: &X509Certificate<'_>) -> Result<(), CertificateError> {
        // Refuses an extension that appears twice.
        x509.extensions_map()
            .map_err(|_| CertificateError::Malformed)?;
        for extension in x509.extensions() {
            match extension.parsed_extension() {
                ParsedExtension::BasicConstraints(basic) => {
                    self.ca = basic.ca.then_some(basic.path_len_constraint);
                }
                ParsedExtension::KeyUsage(usage) => {
                    self.may_sign_certificates = usage.key_cert_sign();
                    self.may_sign_data = usage.digital_signature();
                }
                ParsedExtension::ExtendedKeyUsage(usage) => self.answers_ocsp = usage.ocsp_signing,
                ParsedExtension::CRLDistributionPoints(_)
                | ParsedExtension::AuthorityInfoAccess(_) => self.publishes = true,
                _ if is_dice(&extension.oid) => {
                    let dice = Dice::read(extension.value).ok_or(CertificateError::Dice)?;
                    self.dice = Some(dice);
                }
                _ if extension.critical => return Err(CertificateError::Critical),
                _ => {}
            }
        }
        Ok(())
    }

    /// It may sign a certificate with `below` others of authorities between it and the leaf.
    pub(crate) fn check_authority(&self, below: usize) -> Result<(), CertificateError> {
        let longest = self.ca.ok_or(CertificateError::NotCa)?;
        if !self.may_sign_certificates {
            return Err(CertificateError::NotCa);
        }
        match longest {
            Some(longest) if usize::try_from(longest).is_ok_and(|longest| longest < below) => {
                Err(CertificateError::PathLength)
            }
            _ => Ok(()),
        }
    }

    /// It may sign reports, and nothing else.
    pub(crate) fn check_signer(&self) -> Result<(), CertificateError> {
        let only = !self.may_sign_certificates && !self.answers_ocsp;
        if self.ca.is_none() && self.may_sign_data && only {
            Ok(())
        } else {
            Err(CertificateError::NotSigner)
        }
    }

    pub(crate) fn check_signature(&self, key: &[u8; KEY_BYTES]) -> Result<(), CertificateError> {
        UnparsedPublicKey::new(&ECDSA_P384_SHA384_ASN1, key)
            .verify(self.signed, self.signature)
            .map_err(|_| CertificateError::Signature)
    }
}

fn is_dice(oid: &Oid<'_>) -> bool {
    DICE_OIDS.contains(&oid.as_bytes())
}

/// The certificate's key, if it is an uncompressed point on P-384.
pub(crate) fn p384_key(x509: &X509Certificate<'_>) -> Option<[u8; KEY_BYTES]> {
    let spki = x509.public_key();
    let curve = spki.algorithm.parameters.as_ref()?.as_oid().ok()?;
    if spki.algorithm.algorithm != OID_KEY_TYPE_EC_PUBLIC_KEY || curve != OID_NIST_EC_P384 {
        return None;
    }
    let point: [u8; KEY_BYTES] = (*spki.subject_public_key.data).try_into().ok()?;
    (point[0] == 4 && spki.subject_public_key.unused_bits == 0).then_some(point)
}
