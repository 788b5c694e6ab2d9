//! One OCSP response: signed by the issuer itself, or by a responder whose certificate says that it
//! answers and leads, within the response, to an authority of the chain or a pinned root.

use super::{RevocationError, Statement};
use crate::certificate::Certificate;
use crate::chain::{Chain, Link};
use crate::der::{Der, SignedDer, tag};
use crate::pdi::Device;
use crate::roots::{KEY_BYTES, Roots};
use ring::digest::{Algorithm, SHA1_FOR_LEGACY_USE_ONLY, SHA256, SHA384, digest};
use ring::signature::{ECDSA_P384_SHA384_ASN1, UnparsedPublicKey};

const BASIC: &[u8] = &[0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x30, 0x01, 0x01];
const OID_SHA1: &[u8] = &[0x2b, 0x0e, 0x03, 0x02, 0x1a];
const OID_SHA256: &[u8] = &[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01];
const OID_SHA384: &[u8] = &[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x02];

/// Certificates in a response, and answers in it, at most.
const MAX_CERTIFICATES: usize = 4;
const MAX_ANSWERS: usize = 64;

/// A response; its signature is checked when it is asked.
#[derive(Debug, Clone)]
pub(super) struct Answer {
    signed: Vec<u8>,
    signature: Vec<u8>,
    produced: i64,
    singles: Vec<Single>,
    certificates: Vec<Vec<u8>>,
}

/// What it says of one certificate.
#[derive(Debug, Clone)]
struct Single {
    algorithm: &'static Algorithm,
    issuer_name_hash: Vec<u8>,
    issuer_key_hash: Vec<u8>,
    serial: Vec<u8>,
    /// `None`: the responder does not know it.
    revoked: Option<bool>,
    this_update: i64,
    next_update: Option<i64>,
}

impl Answer {
    /// `None` when the bytes are no OCSP response at all.
    pub(super) fn read(bytes: &[u8]) -> Option<Result<Self, RevocationError>> {
        let mut response = Der::new(Der::only(bytes, tag::SEQUENCE)?);
        let status = response.expect(tag::ENUMERATED)?;
        if status != [0] {
            return Some(Err(RevocationError::NoAnswer));
        }
        Some(successful(response))
    }

    /// What it says of a certificate; `None` when nothing, or nothing that is signed as it must be.
    pub(super) fn says(&self, link: &Link, chain: &Chain, roots: &Roots) -> Option<Statement> {
        let single = self.singles.iter().find(|single| single.is_of(link))?;
        let revoked = single.revoked?;
        let authorities: Vec<&[u8; KEY_BYTES]> = chain
            .links
            .iter()
            .skip(1) // the boot ROM's key vouches for firmware only
            .map(|link| &link.issuer_key)
            .collect();
        let direct = self.is_signed_by(&link.issuer_key);
        (direct || self.is_delegated(&authorities, roots, single.this_update)).then_some(())?;
        Some(Statement {
            revoked,
            this_update: single.this_update.min(self.produced),
            next_update: single.next_update,
        })
    }

    fn is_signed_by(&self, key: &[u8; KEY_BYTES]) -> bool {
        UnparsedPublicKey::new(&ECDSA_P384_SHA384_ASN1, key)
            .verify(&self.signed, &self.signature)
            .is_ok()
    }

    /// Signed by a responder that an authority of the vendor certified for this.
    fn is_delegated(&self, authorities: &[&[u8; KEY_BYTES]], roots: &Roots, at: i64) -> bool {
        let path: Option<Vec<Certificate<'_>>> = self
            .certificates
            .iter()
            .map(|der| Certificate::read(der).ok())
            .collect();
        let Some(path) = path else {
            return false;
        };
        let Some(responder) = path.first() else {
            return false;
        };
        if !responder.answers_ocsp || !self.is_signed_by(&responder.key) {
            return false;
        }
        for (place, certificate) in path.iter().enumerate() {
            let in_time = (certificate.not_before..=certificate.not_after).contains(&at);
            if !in_time || (place > 0 && !may_certify(certificate, place - 1)) {
                return false;
            }
            let trusted = authorities
                .iter()
                .copied()
                .chain(roots.named(certificate.issuer).map(|root| &root.key))
                .any(|key| certificate.check_signature(key).is_ok());
            if trusted {
                return true;
            }
            let next = path.get(place + 1);
            if !next.is_some_and(|next| {
                next.subject == certificate.issuer && certificate.check_signature(&next.key).is_ok()
            }) {
                return false;
            }
        }
        false
    }
}

/// It is an authority of the vendor: a device's boot ROM is one of its firmware alone.
fn may_certify(certificate: &Certificate<'_>, below: usize) -> bool {
    certificate.check_authority(below).is_ok() && Device::of_serial(certificate.serial).is_none()
}

impl Single {
    fn is_of(&self, link: &Link) -> bool {
        self.serial == link.serial
            && digest(self.algorithm, &link.issuer).as_ref() == self.issuer_name_hash
            && digest(self.algorithm, &link.issuer_key).as_ref() == self.issuer_key_hash
    }
}

/// The answer of a response that is no error.
fn successful(response: Der<'_>) -> Result<Answer, RevocationError> {
    let basic = basic(response).ok_or(RevocationError::Malformed)?;
    let frame = SignedDer::read(basic).ok_or(RevocationError::Malformed)?;
    let frame = frame.ok_or(RevocationError::Algorithm)?;
    read(&frame).ok_or(RevocationError::Malformed)
}

/// The bytes of the one kind of response that there is.
fn basic(mut response: Der<'_>) -> Option<&[u8]> {
    let typed = Der::only(response.expect(tag::constructed(0))?, tag::SEQUENCE)?;
    let mut typed = Der::new(typed);
    let is_basic = typed.expect(tag::OID)? == BASIC;
    let bytes = typed.expect(tag::OCTET_STRING)?;
    (is_basic && typed.is_empty() && response.is_empty()).then_some(bytes)
}

fn read(frame: &SignedDer<'_>) -> Option<Answer> {
    let mut behind = frame.behind;
    let certificates = match behind.next_if(tag::constructed(0)) {
        None => Vec::new(),
        Some(list) => certificates(Der::only(list, tag::SEQUENCE)?)?,
    };
    let (produced, singles) = response_data(frame.signed.content)?;
    behind.is_empty().then(|| Answer {
        signed: frame.signed.whole.to_vec(),
        signature: frame.signature.to_vec(),
        produced,
        singles,
        certificates,
    })
}

fn certificates(list: &[u8]) -> Option<Vec<Vec<u8>>> {
    let mut list = Der::new(list);
    let mut certificates = Vec::new();
    while !list.is_empty() {
        certificates.push(list.next()?.whole.to_vec());
        if certificates.len() > MAX_CERTIFICATES {
            return None;
        }
    }
    Some(certificates)
}

/// When it was produced, and what it says.
fn response_data(content: &[u8]) -> Option<(i64, Vec<Single>)> {
    let mut data = Der::new(content);
    let _version = data.next_if(tag::constructed(0));
    let _responder = data.next()?;
    let produced = time(data.expect(tag::GENERALIZED_TIME)?)?;
    let mut list = Der::new(data.expect(tag::SEQUENCE)?);
    if has_critical(data.next_if(tag::constructed(1)))? || !data.is_empty() {
        return None;
    }
    let mut singles = Vec::new();
    while !list.is_empty() {
        singles.push(single(list.expect(tag::SEQUENCE)?)?);
        if singles.len() > MAX_ANSWERS {
            return None;
        }
    }
    Some((produced, singles))
}

fn single(content: &[u8]) -> Option<Single> {
    let mut fields = Der::new(content);
    let mut id = Der::new(fields.expect(tag::SEQUENCE)?);
    let algorithm = match Der::new(id.expect(tag::SEQUENCE)?).expect(tag::OID)? {
        OID_SHA1 => &SHA1_FOR_LEGACY_USE_ONLY,
        OID_SHA256 => &SHA256,
        OID_SHA384 => &SHA384,
        _ => return None,
    };
    let issuer_name_hash = id.expect(tag::OCTET_STRING)?.to_vec();
    let issuer_key_hash = id.expect(tag::OCTET_STRING)?.to_vec();
    let serial = id.expect(tag::INTEGER)?.to_vec();
    let revoked = match fields.next()?.tag {
        good if good == tag::primitive(0) => Some(false),
        revoked if revoked == tag::constructed(1) => Some(true),
        unknown if unknown == tag::primitive(2) => None,
        _ => return None,
    };
    let this_update = time(fields.expect(tag::GENERALIZED_TIME)?)?;
    let next_update = match fields.next_if(tag::constructed(0)) {
        None => None,
        Some(wrapped) => Some(time(Der::only(wrapped, tag::GENERALIZED_TIME)?)?),
    };
    if has_critical(fields.next_if(tag::constructed(1)))? || !fields.is_empty() {
        return None;
    }
    Some(Single {
        algorithm,
        issuer_name_hash,
        issuer_key_hash,
        serial,
        revoked,
        this_update,
        next_update,
    })
}

/// Whether one of these extensions is critical; `None` when they cannot be read.
fn has_critical(extensions: Option<&[u8]>) -> Option<bool> {
    let Some(wrapped) = extensions else {
        return Some(false);
    };
    let mut list = Der::new(Der::only(wrapped, tag::SEQUENCE)?);
    let mut critical = false;
    while !list.is_empty() {
        let mut extension = Der::new(list.expect(tag::SEQUENCE)?);
        let _id = extension.expect(tag::OID)?;
        critical |= extension
            .next_if(tag::BOOLEAN)
            .is_some_and(|value| value != [0]);
    }
    Some(critical)
}

/// `YYYYMMDDHHMMSSZ` as seconds since 1970.
fn time(text: &[u8]) -> Option<i64> {
    let (digits, zone) = text.split_at_checked(14)?;
    if zone != b"Z" || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let number = |from: usize, to: usize| {
        digits[from..to]
            .iter()
            .fold(0_i64, |number, digit| number * 10 + i64::from(digit - b'0'))
    };
    let (year, month, day) = (number(0, 4), number(4, 6), number(6, 8));
    let (hour, minute, second) = (number(8, 10), number(10, 12), number(12, 14));
    let valid = (1970..=9999).contains(&year)
        && (1..=12).contains(&month)
        && (1..=31).contains(&day)
        && hour < 24
        && minute < 60
        && second < 60;
    valid.then(|| ((days(year, month, day) * 24 + hour) * 60 + minute) * 60 + second)
}

/// Days from 1970-01-01 in the Gregorian calendar, counted in years that begin with March.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let (year, month) = match month {
        1 | 2 => (year - 1, month + 9),
        _ => (year, month - 3),
    };
    let leap = year / 4 - year / 100 + year / 400;
    365 * year + leap + (153 * month + 2) / 5 + day - 1 - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_those_of_the_calendar() {
        assert_eq!(time(b"19700101000000Z"), Some(0));
        assert_eq!(time(b"20260301000000Z"), Some(1_772_323_200));
        assert_eq!(time(b"20240229120000Z"), Some(1_709_208_000));
        assert_eq!(time(b"99991231235959Z"), Some(253_402_300_799));
        for bad in [
            &b"20261301000000Z"[..],
            b"20260101000000",
            b"2026010100000aZ",
            b"20260101250000Z",
        ] {
            assert_eq!(time(bad), None);
        }
    }
}
