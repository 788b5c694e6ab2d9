//! The fields of a certificate that Domicile reads, and Ed25519 signatures over DER.

use domicile_proto::types::Key;
use rustls_pki_types::CertificateDer;
use std::fmt;
use webpki::EndEntityCert;
use x509_parser::certificate::X509Certificate;
use x509_parser::prelude::FromDer as _;

/// Largest certificate read, bytes. Domicile's own have about 500.
pub const MAX_BYTES: usize = 4096;

/// DER of a SubjectPublicKeyInfo of Ed25519, in front of the 32 bytes (RFC 8410).
const SPKI_PREFIX: [u8; 12] = [
    0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00,
];

/// Why a certificate was refused before its issuer was looked at.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum X509Error {
    /// No certificate was given.
    #[error("no certificate was given")]
    Empty,
    /// Longer than [`MAX_BYTES`].
    #[error("a certificate of {0} bytes; at most {MAX_BYTES} are read")]
    TooLong(usize),
    /// Not X.509.
    #[error("not an X.509 certificate that can be read: {0}")]
    Malformed(String),
    /// Another kind of key than Ed25519.
    #[error("the certificate's key is not Ed25519")]
    NotEd25519,
    /// Zero, negative or longer than 16 bytes.
    #[error("the certificate's serial number is not a positive number of at most 16 bytes")]
    Serial,
    /// The signature over it fails.
    #[error("the signature on the {0} does not verify under its issuer's key")]
    Signature(&'static str),
}

/// A certificate's serial number: a positive integer of at most 16 bytes, big-endian.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Serial(pub [u8; 16]);

impl Serial {
    /// Reads the content bytes of a DER integer.
    pub fn from_der_integer(bytes: &[u8]) -> Option<Self> {
        let digits = match bytes {
            [0, rest @ ..] => rest,
            [first, ..] if *first >= 0x80 => return None,
            _ => bytes,
        };
        Self::from_digits(digits)
    }

    fn from_digits(digits: &[u8]) -> Option<Self> {
        let start = 16_usize.checked_sub(digits.len())?;
        let mut serial = [0; 16];
        serial[start..].copy_from_slice(digits);
        (serial != [0; 16]).then_some(Self(serial))
    }

    /// The bytes without leading zeros.
    pub fn digits(&self) -> &[u8] {
        let start = self.0.iter().position(|byte| *byte != 0).unwrap_or(15);
        &self.0[start..]
    }
}

impl fmt::Display for Serial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&data_encoding::HEXLOWER.encode(&self.0))
    }
}

impl fmt::Debug for Serial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Serial({self})")
    }
}

impl std::str::FromStr for Serial {
    type Err = X509Error;

    /// Up to 32 hexadecimal digits, with or without colons.
    fn from_str(text: &str) -> Result<Self, X509Error> {
        let digits: String = text.trim().chars().filter(|c| *c != ':').collect();
        let padded = format!("{digits:0>32}");
        data_encoding::HEXLOWER_PERMISSIVE
            .decode(padded.as_bytes())
            .ok()
            .filter(|_| !digits.is_empty())
            .and_then(|bytes| Self::from_digits(&bytes))
            .ok_or(X509Error::Serial)
    }
}

/// The fields of a certificate that Domicile reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fields {
    /// Its key.
    pub key: Key,
    /// Its serial number.
    pub serial: Serial,
    /// DER of the issuer's name.
    pub issuer: Vec<u8>,
    /// DER of the subject's name.
    pub subject: Vec<u8>,
    /// The issuer's common name, for people.
    pub issuer_name: Option<String>,
    /// The subject's common name.
    pub common_name: Option<String>,
    /// Whether the subject is empty.
    pub subject_is_empty: bool,
    /// Unix time, ms, from which it is valid; 0 for dates before 1970.
    pub not_before_ms: u64,
    /// Unix time, ms, of the last second in which it is valid.
    pub not_after_ms: u64,
    /// Whether it may sign certificates and revocation lists.
    pub is_ca: bool,
    /// Whether its extended key usage names TLS clients.
    pub client_auth: bool,
    /// Whether its extended key usage names TLS servers.
    pub server_auth: bool,
}

impl Fields {
    /// Reads a certificate. Nothing is verified.
    ///
    /// # Errors
    /// [`X509Error`] when it cannot be read or is not one of Domicile's kind.
    pub fn read(der: &CertificateDer<'_>) -> Result<Self, X509Error> {
        let certificate = parse(der)?;
        let usage = certificate.extended_key_usage().map_err(malformed)?;
        let usage = usage.map(|extension| extension.value);
        let signs = certificate.key_usage().map_err(malformed)?;
        let signs =
            signs.is_some_and(|usage| usage.value.key_cert_sign() && usage.value.crl_sign());
        Ok(Self {
            key: ed25519(certificate.public_key().raw)?,
            serial: Serial::from_der_integer(certificate.raw_serial()).ok_or(X509Error::Serial)?,
            issuer: certificate.issuer().as_raw().to_vec(),
            subject: certificate.subject().as_raw().to_vec(),
            issuer_name: common_name(certificate.issuer()),
            common_name: common_name(certificate.subject()),
            subject_is_empty: certificate.subject().iter().next().is_none(),
            not_before_ms: milliseconds(certificate.validity().not_before.timestamp()),
            not_after_ms: milliseconds(certificate.validity().not_after.timestamp()),
            is_ca: certificate.is_ca() && signs,
            client_auth: usage.is_some_and(|usage| usage.client_auth),
            server_auth: usage.is_some_and(|usage| usage.server_auth),
        })
    }
}

fn common_name(name: &x509_parser::x509::X509Name<'_>) -> Option<String> {
    let first = name.iter_common_name().next()?;
    first.as_str().ok().map(str::to_owned)
}

fn milliseconds(seconds: i64) -> u64 {
    u64::try_from(seconds).unwrap_or(0).saturating_mul(1000)
}

fn malformed(error: impl fmt::Display) -> X509Error {
    X509Error::Malformed(error.to_string())
}

fn parse<'a>(der: &'a CertificateDer<'_>) -> Result<X509Certificate<'a>, X509Error> {
    if der.len() > MAX_BYTES {
        return Err(X509Error::TooLong(der.len()));
    }
    // webpki's reader is the stricter of the two about form: it also compares the algorithm
    // outside, which is not signed, with the one inside.
    EndEntityCert::try_from(der).map_err(malformed)?;
    let (rest, certificate) = X509Certificate::from_der(der).map_err(malformed)?;
    if rest.is_empty() {
        Ok(certificate)
    } else {
        Err(malformed("bytes after its end"))
    }
}

/// The Ed25519 key of a certificate, read as the TLS signature check reads it.
///
/// # Errors
/// [`X509Error`] when the certificate cannot be read or its key is of another kind.
pub fn key(der: &CertificateDer<'_>) -> Result<Key, X509Error> {
    if der.len() > MAX_BYTES {
        return Err(X509Error::TooLong(der.len()));
    }
    let certificate = EndEntityCert::try_from(der).map_err(malformed)?;
    ed25519(&certificate.subject_public_key_info())
}

fn ed25519(spki: &[u8]) -> Result<Key, X509Error> {
    spki.strip_prefix(&SPKI_PREFIX)
        .and_then(|key| key.try_into().ok())
        .map(Key)
        .ok_or(X509Error::NotEd25519)
}

/// DER of a key's SubjectPublicKeyInfo.
pub fn spki(key: &Key) -> Vec<u8> {
    [SPKI_PREFIX.as_slice(), &key.0].concat()
}

/// Checks the Ed25519 signature on a certificate under its issuer's key. Dates, names and
/// purposes are not looked at.
///
/// # Errors
/// [`X509Error`] when it cannot be read or the signature fails.
pub fn verify_signed_by(der: &CertificateDer<'_>, issuer: &Key) -> Result<(), X509Error> {
    let certificate = parse(der)?;
    let signature = &certificate.signature_value.data;
    verify(issuer, certificate.tbs_certificate.as_ref(), signature)
        .ok_or(X509Error::Signature("certificate"))
}

/// `Some` when the Ed25519 signature over `message` verifies.
pub(crate) fn verify(key: &Key, message: &[u8], signature: &[u8]) -> Option<()> {
    ring::signature::UnparsedPublicKey::new(&ring::signature::ED25519, key.0)
        .verify(message, signature)
        .ok()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::issue;
    use domicile_proto::sign::SigningKey;
    use proptest::prelude::*;

    #[test]
    fn serial_numbers_are_positive_and_at_most_16_bytes() {
        let read = Serial::from_der_integer;
        assert_eq!(read(&[1]).unwrap().to_string(), format!("{:0>32}", "1"));
        assert_eq!(read(&[0, 0x80]).unwrap().digits(), [0x80]);
        assert_eq!(
            read(&[&[0][..], &[0xff; 16]].concat()),
            Some(Serial([0xff; 16]))
        );
        for bad in [&[][..], &[0], &[0, 0], &[0x80], &[0xff; 16], &[1; 17]] {
            assert_eq!(read(bad), None, "{bad:?}");
        }
        assert_eq!("01:a0".parse::<Serial>().unwrap().digits(), [1, 0xa0]);
        for bad in ["", "0", "g", "é", "-1", &"1".repeat(33)] {
            assert!(bad.parse::<Serial>().is_err(), "{bad}");
        }
    }

    #[test]
    fn both_readers_find_the_same_key() {
        let signing = SigningKey::from_seed(&[3; 32]);
        let certificate = issue::self_signed(&signing).unwrap();
        assert_eq!(key(&certificate), Ok(signing.public()));
        assert_eq!(Fields::read(&certificate).unwrap().key, signing.public());
        assert_eq!(ed25519(&spki(&signing.public())), Ok(signing.public()));
    }

    #[test]
    fn every_bit_counts() {
        let signing = SigningKey::from_seed(&[3; 32]);
        let good = issue::self_signed(&signing).unwrap();
        assert!(verify_signed_by(&good, &signing.public()).is_ok());
        for bit in 0..8 * good.len() {
            let mut bad = good.to_vec();
            bad[bit / 8] ^= 1 << (bit % 8);
            assert!(
                verify_signed_by(&bad.into(), &signing.public()).is_err(),
                "bit {bit}"
            );
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_answered(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
            let der = CertificateDer::from(bytes);
            prop_assert!(Fields::read(&der).is_err());
            prop_assert!(key(&der).is_err());
            prop_assert!(verify_signed_by(&der, &Key([1; 32])).is_err());
        }

        #[test]
        fn any_change_is_answered(at in 0_usize..400, byte in any::<u8>()) {
            let mut der = issue::self_signed(&SigningKey::from_seed(&[3; 32])).unwrap().to_vec();
            let at = at % der.len();
            der[at] = byte;
            let der = CertificateDer::from(der);
            if let (Ok(fields), Ok(key)) = (Fields::read(&der), key(&der)) {
                prop_assert_eq!(fields.key, key);
            }
        }

        #[test]
        fn serials_survive_text_and_der(bytes in any::<[u8; 16]>()) {
            prop_assume!(bytes != [0; 16]);
            let serial = Serial(bytes);
            prop_assert_eq!(serial.to_string().parse(), Ok(serial));
            let der = [&[0], serial.digits()].concat();
            prop_assert_eq!(Serial::from_der_integer(&der), Some(serial));
        }
    }
}
