//! The token: CMS SignedData (RFC 5652) with one signer around a TSTInfo (RFC 3161).
//!
//! Strict: DER throughout, one signer, signed attributes, no field that has no meaning here.

use crate::StampError;
use crate::time::unix_ms;
use domicile_spdm::der::{Der, Element, tag};

const SET: u8 = 0x31;
const SIGNED_DATA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x02];
const TST_INFO: &[u8] = &[
    0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x10, 0x01, 0x04,
];
const CONTENT_TYPE: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x03];
const MESSAGE_DIGEST: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x04];
const SIGNING_CERTIFICATE: &[u8] = &[
    0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x10, 0x02, 0x0c,
];
const SIGNING_CERTIFICATE_V2: &[u8] = &[
    0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x10, 0x02, 0x2f,
];
const SHA256: &[u8] = &[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01];
const SHA384: &[u8] = &[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x02];
const SHA512: &[u8] = &[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x03];

/// A hash function that signers use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Hash {
    Sha1,
    Sha256,
    Sha384,
    Sha512,
}

impl Hash {
    pub(crate) fn digest(self, bytes: &[u8]) -> ring::digest::Digest {
        let algorithm = match self {
            // Only to find the certificate that an old form of attribute names; nothing rests on it.
            Self::Sha1 => &ring::digest::SHA1_FOR_LEGACY_USE_ONLY,
            Self::Sha256 => &ring::digest::SHA256,
            Self::Sha384 => &ring::digest::SHA384,
            Self::Sha512 => &ring::digest::SHA512,
        };
        ring::digest::digest(algorithm, bytes)
    }

    fn of(oid: &[u8]) -> Option<Self> {
        match oid {
            SHA256 => Some(Self::Sha256),
            SHA384 => Some(Self::Sha384),
            SHA512 => Some(Self::Sha512),
            _ => None,
        }
    }
}

/// What a TSTInfo says.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Info<'a> {
    pub(crate) imprint: &'a [u8],
    pub(crate) time_ms: u64,
    pub(crate) accuracy_ms: Option<u64>,
    pub(crate) serial: &'a [u8],
    pub(crate) nonce: Option<&'a [u8]>,
}

/// A certificate's digest, and by which function.
type Named<'a> = (Hash, &'a [u8]);

/// A token's parts. Nothing is checked but its form.
#[derive(Debug)]
pub(crate) struct Token<'a> {
    /// The bytes of TSTInfo, which the signed attributes name by their digest.
    pub(crate) content: &'a [u8],
    pub(crate) certificates: Vec<&'a [u8]>,
    /// The signed attributes as they are signed: a SET.
    pub(crate) signed: Vec<u8>,
    pub(crate) message_digest: &'a [u8],
    /// The signer's certificate.
    pub(crate) certificate: Named<'a>,
    pub(crate) digest: Hash,
    /// OID of the signature's algorithm.
    pub(crate) algorithm: &'a [u8],
    pub(crate) signature: &'a [u8],
}

type Result<T> = std::result::Result<T, StampError>;

fn need<T>(part: Option<T>, name: &'static str) -> Result<T> {
    part.ok_or(StampError::Malformed(name))
}

fn ends(der: &Der<'_>, name: &'static str) -> Result<()> {
    need(der.is_empty().then_some(()), name)
}

impl<'a> Token<'a> {
    pub(crate) fn read(token: &'a [u8]) -> Result<Self> {
        let name = "ContentInfo";
        let mut info = Der::new(need(Der::only(token, tag::SEQUENCE), name)?);
        let kind = need(info.expect(tag::OID), name)?;
        let data = need(info.expect(tag::constructed(0)), name)?;
        ends(&info, name)?;
        if kind != SIGNED_DATA {
            return Err(StampError::Malformed("SignedData"));
        }
        let name = "SignedData";
        let mut data = Der::new(need(Der::only(data, tag::SEQUENCE), name)?);
        need(
            data.expect(tag::INTEGER).filter(|version| *version == [3]),
            name,
        )?;
        need(data.expect(SET), name)?;
        let content = content(need(data.expect(tag::SEQUENCE), name)?)?;
        let mut certificates = Vec::new();
        let mut bag = Der::new(data.next_if(tag::constructed(0)).unwrap_or_default());
        while !bag.is_empty() {
            let one = need(bag.next(), "certificates")?;
            // Other forms than X.509 certificates have other tags: passed over.
            if one.tag == tag::SEQUENCE {
                certificates.push(one.whole);
            }
        }
        data.next_if(tag::constructed(1)); // revocation lists
        let signers = need(data.expect(SET), "SignerInfo")?;
        ends(&data, name)?;
        let signer = need(Der::only(signers, tag::SEQUENCE), "SignerInfo")?;
        Self::signed_by(signer, content, certificates)
    }

    fn signed_by(signer: &'a [u8], content: &'a [u8], certificates: Vec<&'a [u8]>) -> Result<Self> {
        let name = "SignerInfo";
        let mut signer = Der::new(signer);
        need(signer.expect(tag::INTEGER), name)?;
        // The signer's name: the attribute that holds its certificate's digest says it better.
        need(signer.next(), name)?;
        let digest = algorithm(need(signer.expect(tag::SEQUENCE), name)?)?;
        let digest = Hash::of(digest).ok_or(StampError::Unsupported("another digest"))?;
        let attributes = need(
            signer.next().filter(|one| one.tag == tag::constructed(0)),
            "signed attributes",
        )?;
        let algorithm = algorithm(need(signer.expect(tag::SEQUENCE), name)?)?;
        let signature = need(signer.expect(tag::OCTET_STRING), name)?;
        signer.next_if(tag::constructed(1)); // unsigned attributes
        ends(&signer, name)?;
        let (message_digest, certificate) = attributes_of(attributes.content)?;
        Ok(Self {
            content,
            certificates,
            signed: as_set(&attributes),
            message_digest,
            certificate,
            digest,
            algorithm,
            signature,
        })
    }
}

/// The attributes carry an implicit tag where they stand and a SET's where they are signed.
fn as_set(attributes: &Element<'_>) -> Vec<u8> {
    let mut signed = attributes.whole.to_vec();
    signed[0] = SET;
    signed
}

/// The OID of an AlgorithmIdentifier; its parameters are absent or NULL in all that are read here.
fn algorithm(identifier: &[u8]) -> Result<&[u8]> {
    let mut fields = Der::new(identifier);
    let oid = need(fields.expect(tag::OID), "an algorithm")?;
    match (fields.next(), fields.is_empty()) {
        (None, true) => Ok(oid),
        (Some(parameters), true) if parameters.whole == [5, 0] => Ok(oid),
        _ => Err(StampError::Unsupported("an algorithm with parameters")),
    }
}

fn content(encapsulated: &[u8]) -> Result<&[u8]> {
    let name = "TSTInfo";
    let mut fields = Der::new(encapsulated);
    need(
        fields.expect(tag::OID).filter(|kind| *kind == TST_INFO),
        name,
    )?;
    let explicit = need(fields.expect(tag::constructed(0)), name)?;
    ends(&fields, name)?;
    need(Der::only(explicit, tag::OCTET_STRING), name)
}

/// The digest of the content, and of the signer's certificate.
fn attributes_of(attributes: &[u8]) -> Result<(&[u8], Named<'_>)> {
    let name = "a signed attribute";
    let (mut kind, mut digest, mut certificate) = (None, None, None);
    let mut all = Der::new(attributes);
    while !all.is_empty() {
        let mut attribute = Der::new(need(all.expect(tag::SEQUENCE), name)?);
        let oid = need(attribute.expect(tag::OID), name)?;
        let values = need(attribute.expect(SET), name)?;
        ends(&attribute, name)?;
        let before = match oid {
            CONTENT_TYPE => kind
                .replace(need(Der::only(values, tag::OID), name)?)
                .is_some(),
            MESSAGE_DIGEST => digest
                .replace(need(Der::only(values, tag::OCTET_STRING), name)?)
                .is_some(),
            SIGNING_CERTIFICATE_V2 => certificate.replace(named(values, Hash::Sha256)?).is_some(),
            // The old form stands beside the new one sometimes: then the new one counts.
            SIGNING_CERTIFICATE if certificate.is_none() => {
                certificate = Some(named(values, Hash::Sha1)?);
                false
            }
            _ => false,
        };
        if before && oid != SIGNING_CERTIFICATE_V2 {
            return Err(StampError::Malformed(name));
        }
    }
    need(kind.filter(|kind| *kind == TST_INFO), "the content type")?;
    let digest = need(digest, "the content's digest")?;
    Ok((
        digest,
        need(certificate, "the signer's certificate's digest")?,
    ))
}

/// The first certificate that a SigningCertificate attribute names: the signer's.
fn named(values: &[u8], default: Hash) -> Result<Named<'_>> {
    let name = "the signer's certificate's digest";
    let mut attribute = Der::new(need(Der::only(values, tag::SEQUENCE), name)?);
    let mut identifiers = Der::new(need(attribute.expect(tag::SEQUENCE), name)?);
    let mut first = Der::new(need(identifiers.expect(tag::SEQUENCE), name)?);
    let hash = match (default, first.next_if(tag::SEQUENCE)) {
        (Hash::Sha256, Some(identifier)) => {
            Hash::of(algorithm(identifier)?).ok_or(StampError::Unsupported("another digest"))?
        }
        (default, None) => default,
        _ => return Err(StampError::Malformed(name)),
    };
    Ok((hash, need(first.expect(tag::OCTET_STRING), name)?))
}

impl<'a> Info<'a> {
    /// Reads a TSTInfo.
    pub(crate) fn read(content: &'a [u8]) -> Result<Self> {
        let name = "TSTInfo";
        let mut info = Der::new(need(Der::only(content, tag::SEQUENCE), name)?);
        need(
            info.expect(tag::INTEGER).filter(|version| *version == [1]),
            name,
        )?;
        need(info.expect(tag::OID), name)?; // the authority's policy
        let mut imprint = Der::new(need(info.expect(tag::SEQUENCE), name)?);
        let hash = algorithm(need(imprint.expect(tag::SEQUENCE), name)?)?;
        if hash != SHA256 {
            return Err(StampError::OtherBytes);
        }
        let digest = need(imprint.expect(tag::OCTET_STRING), name)?;
        ends(&imprint, name)?;
        let serial = need(info.expect(tag::INTEGER), name)?;
        let time = need(info.expect(tag::GENERALIZED_TIME), "the time")?;
        let time_ms = need(unix_ms(time), "the time")?;
        let accuracy_ms = info.next_if(tag::SEQUENCE).map(accuracy).transpose()?;
        info.next_if(tag::BOOLEAN); // ordering
        let nonce = info.next_if(tag::INTEGER);
        info.next_if(tag::constructed(0)); // the authority's name, a hint
        if info.next_if(tag::constructed(1)).is_some() {
            return Err(StampError::Unsupported("extensions"));
        }
        ends(&info, name)?;
        Ok(Self {
            imprint: digest,
            time_ms,
            accuracy_ms,
            serial,
            nonce,
        })
    }
}

/// Milliseconds, rounded up.
fn accuracy(fields: &[u8]) -> Result<u64> {
    let name = "the accuracy";
    let number = |bytes: Option<&[u8]>| match bytes {
        None => Ok(0),
        Some(bytes) if bytes.len() <= 5 && bytes.first().is_some_and(|first| *first < 0x80) => {
            Ok(bytes
                .iter()
                .fold(0, |number, byte| number << 8 | u64::from(*byte)))
        }
        Some(_) => Err(StampError::Malformed(name)),
    };
    let mut fields = Der::new(fields);
    let seconds = number(fields.next_if(tag::INTEGER))?;
    let millis = number(fields.next_if(tag::primitive(0)))?;
    let micros = number(fields.next_if(tag::primitive(1)))?;
    ends(&fields, name)?;
    Ok(seconds * 1000 + millis + micros.div_ceil(1000))
}
