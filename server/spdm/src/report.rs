//! A measurement report: the requester's `GET_MEASUREMENTS` and the device's signed `MEASUREMENTS`.
//!
//! | SPDM | bytes | signature over |
//! |---|---|---|
//! | 1.1 (Hopper; Blackwell as far as published) | request ‖ response | SHA-384 of all before the signature |
//! | 1.2, 1.3 | VCA ‖ request ‖ response | SHA-384 of (a prefix of 100 bytes ‖ SHA-384 of all before the signature) |
//!
//! VCA are the six messages in which both sides agreed on version, capabilities and algorithms.
//! Nothing stands at a fixed place behind the first record: the signature is found by parsing.
//! Trailing zero bytes are allowed (drivers hand out padded buffers) and no signature covers them.

use crate::bytes::{FormError, Reader};
use crate::opaque::Opaque;
use ring::digest::{SHA384, digest};
use std::borrow::Cow;

/// Bytes of an ECDSA P-384 signature, r ‖ s.
pub const SIGNATURE_BYTES: usize = 96;

const REQUEST: u8 = 0xe0;
const RESPONSE: u8 = 0x60;

/// Bytes that a request of SPDM 1.3 may add and its response returns.
const CONTEXT_BYTES: usize = 8;

/// A version of SPDM that is read here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Version {
    /// 1.1
    V11,
    /// 1.2
    V12,
    /// 1.3
    V13,
}

impl Version {
    fn read(byte: u8) -> Result<Self, FormError> {
        match byte {
            0x11 => Ok(Self::V11),
            0x12 => Ok(Self::V12),
            0x13 => Ok(Self::V13),
            found => Err(FormError::Value {
                what: "SPDM version",
                expected: "1.1, 1.2 or 1.3",
                found: found.into(),
            }),
        }
    }

    fn byte(self) -> u8 {
        match self {
            Self::V11 => 0x11,
            Self::V12 => 0x12,
            Self::V13 => 0x13,
        }
    }

    /// As people write it.
    pub fn name(self) -> &'static str {
        match self {
            Self::V11 => "1.1",
            Self::V12 => "1.2",
            Self::V13 => "1.3",
        }
    }
}

/// One measurement: a digest that the device's boot made of a part of its firmware or state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Measurement<'a> {
    /// From 1.
    pub index: u8,
    /// What it is of, by DMTF's table; bit 7 set means that the value is raw, no digest.
    pub value_type: u8,
    /// The value; 48 bytes where it is a SHA-384.
    pub value: &'a [u8],
}

/// A report in its parts. Nothing in it is trusted before its signature is checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report<'a> {
    /// Of the protocol.
    pub version: Version,
    /// The requester's nonce: what ties the report to a session.
    pub nonce: [u8; 32],
    /// The certificate slot that was asked for.
    pub slot: u8,
    /// In the device's order, indices rising.
    pub measurements: Vec<Measurement<'a>>,
    /// The device's own nonce.
    pub device_nonce: [u8; 32],
    /// What the device says of itself.
    pub opaque: Opaque<'a>,
    /// Everything that the signature covers.
    pub signed: &'a [u8],
    /// r ‖ s.
    pub signature: [u8; SIGNATURE_BYTES],
    /// Zero bytes behind the signature, which nothing covers.
    pub padding: usize,
}

impl<'a> Report<'a> {
    /// Reads a report.
    ///
    /// # Errors
    /// [`FormError`] when the bytes are anything else.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, FormError> {
        if bytes.len() > crate::MAX_REPORT_BYTES {
            return Err(FormError::TooLong(bytes.len()));
        }
        let mut reader = Reader::new(bytes);
        let agreed = crate::vca::skip(&mut reader)?;
        let version = Version::read(reader.byte("SPDM version")?)?;
        match agreed {
            Some(found) if found != version.byte() => {
                return Err(FormError::Inconsistent(
                    "another SPDM version than the one agreed on before",
                ));
            }
            None if version != Version::V11 => {
                return Err(FormError::Inconsistent(
                    "SPDM 1.2 and later sign the agreement of version and algorithms, which is missing",
                ));
            }
            _ => {}
        }
        reader.exactly("request code", "GET_MEASUREMENTS (0xe0)", REQUEST)?;
        let attributes = reader.byte("request attributes")?;
        if attributes & 1 == 0 {
            return Err(FormError::Inconsistent("no signature was asked for"));
        }
        let _operation = reader.byte("measurement operation")?;
        let nonce = reader.array("request nonce")?;
        let slot = reader.byte("slot")? & 0x0f;
        let request_context = context(&mut reader, version)?;

        reader.exactly("response version", "the request's", version.byte())?;
        reader.exactly("response code", "MEASUREMENTS (0x60)", RESPONSE)?;
        let _parameters: [u8; 2] = reader.array("response parameters")?;
        let blocks = reader.byte("number of blocks")?;
        let length = reader.le24("record length")?;
        let record = reader.take("measurement record", length)?;
        let device_nonce = reader.array("response nonce")?;
        let length = reader.le16("opaque length")?;
        let opaque = reader.take("opaque data", length.into())?;
        if context(&mut reader, version)? != request_context {
            return Err(FormError::Inconsistent(
                "the response returns another context than the request's",
            ));
        }
        let signed = &bytes[..bytes.len() - reader.rest().len()];
        let signature = reader.array("signature")?;
        let padding = reader.rest();
        if let Some(found) = padding.iter().find(|byte| **byte != 0) {
            return Err(FormError::Value {
                what: "byte behind the signature",
                expected: "nothing, or zeros,",
                found: u64::from(*found),
            });
        }
        Ok(Self {
            version,
            nonce,
            slot,
            measurements: measurements(record, blocks)?,
            device_nonce,
            opaque: Opaque::parse(opaque)?,
            signed,
            signature,
            padding: padding.len(),
        })
    }

    /// The message whose SHA-384 was signed.
    pub fn message(&self) -> Cow<'a, [u8]> {
        match self.version {
            Version::V11 => self.signed.into(),
            version => later_message(version, self.signed).into(),
        }
    }
}

/// What is signed since SPDM 1.2: a prefix, and the hash of the messages.
pub(crate) fn later_message(version: Version, messages: &[u8]) -> Vec<u8> {
    let prefix = signing_prefix(version);
    [&prefix[..], digest(&SHA384, messages).as_ref()].concat()
}

/// The 100 bytes in front of the hash since SPDM 1.2: four times the version, then the context,
/// padded with zeros at its front.
fn signing_prefix(version: Version) -> [u8; 100] {
    const CONTEXT: &[u8; 30] = b"responder-measurements signing";
    let mut prefix = [0; 100];
    for part in prefix[..64].as_chunks_mut::<16>().0 {
        *part = *b"dmtf-spdm-v1.2.*";
        part[13] = b'0' + (version.byte() & 0x0f);
    }
    prefix[100 - CONTEXT.len()..].copy_from_slice(CONTEXT);
    prefix
}

fn context<'a>(reader: &mut Reader<'a>, version: Version) -> Result<&'a [u8], FormError> {
    match version {
        Version::V13 => reader.take("requester context", CONTEXT_BYTES),
        _ => Ok(&[]),
    }
}

fn measurements(record: &[u8], blocks: u8) -> Result<Vec<Measurement<'_>>, FormError> {
    const DMTF: u8 = 1;
    let mut reader = Reader::new(record);
    let mut measurements: Vec<Measurement<'_>> = Vec::with_capacity(blocks.into());
    for _ in 0..blocks {
        let index = reader.byte("measurement index")?;
        reader.exactly("measurement specification", "DMTF (1)", DMTF)?;
        let size = reader.le16("measurement size")?;
        let mut block = Reader::new(reader.take("measurement", size.into())?);
        let value_type = block.byte("measurement value type")?;
        let size = block.le16("measurement value size")?;
        let value = block.take("measurement value", size.into())?;
        if !block.rest().is_empty() {
            return Err(FormError::Inconsistent(
                "a measurement is longer than its value",
            ));
        }
        if measurements.last().is_some_and(|last| last.index >= index) {
            return Err(FormError::Inconsistent("measurement indices do not rise"));
        }
        measurements.push(Measurement {
            index,
            value_type,
            value,
        });
    }
    if reader.rest().is_empty() {
        Ok(measurements)
    } else {
        Err(FormError::Inconsistent(
            "the measurement record is longer than its blocks",
        ))
    }
}
