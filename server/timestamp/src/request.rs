//! `TimeStampReq` and `TimeStampResp`.

use crate::{MAX_TOKEN, StampError};
use domicile_spdm::der::{Der, tag};

/// Media type of a request.
pub const REQUEST_TYPE: &str = "application/timestamp-query";

/// Media type of an answer.
pub const RESPONSE_TYPE: &str = "application/timestamp-reply";

/// AlgorithmIdentifier of SHA-256 with NULL parameters, then the header of a 32-byte OCTET STRING.
const SHA256_IMPRINT: [u8; 17] = [
    0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0x04,
    0x20,
];

/// A request to stamp a SHA-256 digest, with a nonce, asking for the certificates in the answer.
pub fn request(digest: &[u8; 32], nonce: [u8; 8]) -> Vec<u8> {
    let nonce = positive(nonce);
    let mut body = vec![tag::INTEGER, 1, 1, tag::SEQUENCE, 49];
    body.extend_from_slice(&SHA256_IMPRINT);
    body.extend_from_slice(digest);
    body.extend_from_slice(&[tag::INTEGER, 8]);
    body.extend_from_slice(&nonce);
    body.extend_from_slice(&[tag::BOOLEAN, 1, 0xff]);
    let length = u8::try_from(body.len()).expect("67 bytes");
    [vec![tag::SEQUENCE, length], body].concat()
}

/// The nonce as it is written: a positive INTEGER of exactly eight bytes.
pub(crate) fn positive(nonce: [u8; 8]) -> [u8; 8] {
    let mut nonce = nonce;
    nonce[0] = nonce[0] & 0x7f | 0x40;
    nonce
}

/// The token in an authority's answer. Nothing in it has been checked then.
///
/// # Errors
/// [`StampError`] when the answer is malformed, or a refusal.
pub fn token_of(response: &[u8]) -> Result<&[u8], StampError> {
    if response.len() > MAX_TOKEN {
        return Err(StampError::TooLong(response.len()));
    }
    let malformed = || StampError::Malformed("the answer");
    let mut fields = Der::new(Der::only(response, tag::SEQUENCE).ok_or_else(malformed)?);
    let mut info = Der::new(fields.expect(tag::SEQUENCE).ok_or_else(malformed)?);
    let status = info.expect(tag::INTEGER).ok_or_else(malformed)?;
    match status {
        // granted, granted with modifications
        [0 | 1] => {}
        [status] => return Err(StampError::Refused(*status)),
        _ => return Err(malformed()),
    }
    let token = fields.next().filter(|one| one.tag == tag::SEQUENCE);
    let token = token.ok_or_else(malformed)?;
    match fields.is_empty() {
        true => Ok(token.whole),
        false => Err(malformed()),
    }
}
