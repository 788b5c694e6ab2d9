//! The bytes of one record in a payload segment, as pure functions.
//!
//! | bytes | field | |
//! |---|---|---|
//! | 0..4 | magic | `"DREC"` |
//! | 4 | version | `1` |
//! | 5 | kind | [`Kind`] |
//! | 6..8 | flags | big-endian `u16`: `0`, or `1` for an erased record |
//! | 8..16 | index | place in the log, big-endian `u64` |
//! | 16..24 | time | milliseconds since 1970-01-01 UTC, big-endian `u64` |
//! | 24..56 | salt | of the commitment; erased: the commitment itself |
//! | 56..60 | position | records before this one in the same append, big-endian `u32` |
//! | 60..64 | length | of the payload in bytes, big-endian `u32` |
//! | 64..68 | checksum | CRC-32C, started from the segment's seed, over bytes 0..64 and the payload |
//! | 68.. | payload | erased: zeros, so many as length says |
//!
//! An erased record keeps its place and gives the same leaf: kind and time are where they were, and
//! the commitment stands where the salt was. Its length is that of the payload it lost, until its
//! segment is written anew without the zeros (mod `compact`): then 0.
//!
//! The checksum is there to find accidents (torn writes, bad sectors) at the speed of the disk:
//! CRC-32C runs in hardware at several GB/s and finds every single changed byte. Deliberate changes
//! are found by the leaf's SHA-256 commitment and the signed root. The seed is secret (it comes from a
//! random salt, see `segment`), so that a payload cannot contain bytes that pass for a record.

pub(crate) use crate::damage::Damage;
use crate::entry::{Kind, Leaf, NewEntry};
use crate::log::MAX_PAYLOAD;
use crate::stored::{Entry, Erased, Stored};

/// Length of the fixed part of a record in bytes.
pub const RECORD_HEADER_LEN: usize = 68;

pub(crate) const MAGIC: &[u8; 4] = b"DREC";
const VERSION: u8 = 1;
/// Flags of a record with its payload.
const WHOLE: u16 = 0;
/// Flags of a record whose payload was erased.
const ERASED: u16 = 1;
const CHECKSUM_AT: usize = 64;

/// One record, borrowing its payload from the bytes it was read from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Record<'a> {
    /// Place in the log, from 0.
    pub index: u64,
    /// Records before this one in the same append.
    pub position: u32,
    /// What it is.
    pub kind: Kind,
    /// Milliseconds since 1970-01-01 UTC.
    pub time_ms: u64,
    /// The record itself, or what an erasure left of it.
    pub content: Content<'a>,
}

/// What a record holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Content<'a> {
    /// The payload as it was appended.
    Whole {
        /// Salt of the commitment.
        salt: [u8; 32],
        /// The record itself.
        payload: &'a [u8],
    },
    /// Neither payload nor salt.
    Erased {
        /// What the tree's leaf says of the payload.
        commitment: [u8; 32],
        /// Zeros that stand where the payload was, in bytes.
        zeros: u32,
    },
}

impl Record<'_> {
    /// Length of the whole record in bytes.
    pub fn encoded_len(&self) -> usize {
        RECORD_HEADER_LEN
            + match self.content {
                Content::Whole { payload, .. } => payload.len(),
                Content::Erased { zeros, .. } => zeros as usize,
            }
    }

    /// Index of the first record of the same append, if the position can be true.
    pub(crate) fn batch_start(&self) -> Option<u64> {
        self.index.checked_sub(u64::from(self.position))
    }

    /// Whether payload and salt were erased.
    pub fn is_erased(&self) -> bool {
        matches!(self.content, Content::Erased { .. })
    }

    /// RFC 6962 hash of the record's leaf, see [`Record::leaf`].
    pub fn leaf_hash(&self) -> [u8; 32] {
        self.leaf().hash()
    }

    /// The leaf that the tree commits to: recomputed from the payload, or from the commitment that an
    /// erasure left.
    pub fn leaf(&self) -> Leaf {
        let commitment = match self.content {
            Content::Whole { salt, payload } => crate::entry::commitment(&salt, payload),
            Content::Erased { commitment, .. } => commitment,
        };
        Leaf {
            kind: self.kind,
            time_ms: self.time_ms,
            commitment,
        }
    }

    /// The same record without salt and payload, with so many zeros in the payload's place.
    pub(crate) fn erased(&self, zeros: u32) -> Record<'static> {
        Record {
            index: self.index,
            position: self.position,
            kind: self.kind,
            time_ms: self.time_ms,
            content: Content::Erased {
                commitment: self.leaf().commitment,
                zeros,
            },
        }
    }

    /// Copies it out.
    pub fn to_stored(&self) -> Stored {
        match self.content {
            Content::Whole { salt, payload } => Stored::Whole(Entry {
                index: self.index,
                kind: self.kind,
                time_ms: self.time_ms,
                salt,
                payload: payload.to_vec(),
            }),
            Content::Erased { commitment, .. } => Stored::Erased(Erased {
                index: self.index,
                kind: self.kind,
                time_ms: self.time_ms,
                commitment,
            }),
        }
    }

    /// Appends the record's bytes to `out`.
    pub(crate) fn encode(&self, out: &mut Vec<u8>, seed: u32) {
        out.extend_from_slice(&self.header(seed));
        match self.content {
            Content::Whole { payload, .. } => out.extend_from_slice(payload),
            Content::Erased { zeros, .. } => out.resize(out.len() + zeros as usize, 0),
        }
    }

    /// The fixed part, with its checksum.
    pub(crate) fn header(&self, seed: u32) -> [u8; RECORD_HEADER_LEN] {
        let (flags, field, length) = match &self.content {
            Content::Whole { salt, payload } => {
                let length = u32::try_from(payload.len()).expect("callers refuse longer payloads");
                (WHOLE, salt, length)
            }
            Content::Erased { commitment, zeros } => (ERASED, commitment, *zeros),
        };
        let mut bytes = [0; RECORD_HEADER_LEN];
        bytes[..4].copy_from_slice(MAGIC);
        bytes[4] = VERSION;
        bytes[5] = self.kind as u8;
        bytes[6..8].copy_from_slice(&flags.to_be_bytes());
        bytes[8..16].copy_from_slice(&self.index.to_be_bytes());
        bytes[16..24].copy_from_slice(&self.time_ms.to_be_bytes());
        bytes[24..56].copy_from_slice(field);
        bytes[56..60].copy_from_slice(&self.position.to_be_bytes());
        bytes[60..64].copy_from_slice(&length.to_be_bytes());
        let sum = crc32c::crc32c_append(seed, &bytes[..CHECKSUM_AT]);
        let sum = match self.content {
            Content::Whole { payload, .. } => crc32c::crc32c_append(sum, payload),
            Content::Erased { zeros, .. } => checksum_of_zeros(sum, zeros as usize),
        };
        bytes[CHECKSUM_AT..].copy_from_slice(&sum.to_be_bytes());
        bytes
    }
}

/// Goes on with a checksum over so many zeros.
fn checksum_of_zeros(mut sum: u32, mut zeros: usize) -> u32 {
    const SOME: [u8; 4096] = [0; 4096];
    while zeros > 0 {
        let some = zeros.min(SOME.len());
        sum = crc32c::crc32c_append(sum, &SOME[..some]);
        zeros -= some;
    }
    sum
}

/// Appends the bytes of one record to `out`. `entry.payload` must be within [`MAX_PAYLOAD`].
///
/// # Panics
/// If the payload is longer than `u32::MAX` bytes.
pub fn encode_record(out: &mut Vec<u8>, seed: u32, index: u64, position: u32, entry: &NewEntry) {
    let content = Content::Whole {
        salt: entry.salt,
        payload: &entry.payload,
    };
    let record = Record {
        index,
        position,
        kind: entry.kind,
        time_ms: entry.time_ms,
        content,
    };
    record.encode(out, seed);
}

/// Reads the record at the start of `bytes`, which may go on after it ([`Record::encoded_len`]
/// says where it ends). Every accepted record re-encodes to the same bytes.
///
/// # Errors
/// [`Damage`] says what is wrong with the bytes.
pub fn decode_record(bytes: &[u8], seed: u32) -> Result<Record<'_>, Damage> {
    let needed = record_len(bytes)?;
    if bytes.len() < needed {
        return Err(Damage::Truncated {
            needed,
            present: bytes.len(),
        });
    }
    let (header, payload) = bytes[..needed].split_at(RECORD_HEADER_LEN);
    let found = u32_at(header, CHECKSUM_AT);
    let computed = checksum(seed, &header[..CHECKSUM_AT], payload);
    if found != computed {
        return Err(Damage::Checksum { found, computed });
    }
    let field = hash_at(header, 24);
    let content = match flags_of(header)? {
        WHOLE => Content::Whole {
            salt: field,
            payload,
        },
        _ => {
            let bytes = payload.iter().filter(|byte| **byte != 0).count();
            if bytes > 0 {
                return Err(Damage::NotErased { bytes });
            }
            Content::Erased {
                commitment: field,
                zeros: u32_at(header, 60),
            }
        }
    };
    Ok(Record {
        index: u64_at(header, 8),
        position: u32_at(header, 56),
        kind: Kind::try_from(header[5]).map_err(|_| Damage::Kind(header[5]))?,
        time_ms: u64_at(header, 16),
        content,
    })
}

/// Length of the whole record whose header starts `bytes`, before any checksum is looked at.
pub(crate) fn record_len(bytes: &[u8]) -> Result<usize, Damage> {
    if bytes.len() < RECORD_HEADER_LEN {
        return Err(Damage::Truncated {
            needed: RECORD_HEADER_LEN,
            present: bytes.len(),
        });
    }
    if &bytes[..4] != MAGIC {
        return Err(Damage::Magic);
    }
    if bytes[4] != VERSION {
        return Err(Damage::Version(bytes[4]));
    }
    Kind::try_from(bytes[5]).map_err(|_| Damage::Kind(bytes[5]))?;
    flags_of(bytes)?;
    let length = u32_at(bytes, 60);
    match usize::try_from(length) {
        Ok(length) if length <= MAX_PAYLOAD => Ok(RECORD_HEADER_LEN + length),
        _ => Err(Damage::Length(length)),
    }
}

/// Flags of a header; the caller has checked the length.
fn flags_of(header: &[u8]) -> Result<u16, Damage> {
    match u16::from_be_bytes([header[6], header[7]]) {
        known @ (WHOLE | ERASED) => Ok(known),
        other => Err(Damage::Flags(other)),
    }
}

fn checksum(seed: u32, header: &[u8], payload: &[u8]) -> u32 {
    crc32c::crc32c_append(crc32c::crc32c_append(seed, header), payload)
}

/// Big-endian `u32` at `at`; the caller has checked the length.
pub(crate) fn u32_at(bytes: &[u8], at: usize) -> u32 {
    let mut field = [0; 4];
    field.copy_from_slice(&bytes[at..at + 4]);
    u32::from_be_bytes(field)
}

/// Big-endian `u64` at `at`; the caller has checked the length.
pub(crate) fn u64_at(bytes: &[u8], at: usize) -> u64 {
    let mut field = [0; 8];
    field.copy_from_slice(&bytes[at..at + 8]);
    u64::from_be_bytes(field)
}

/// 32 bytes at `at`; the caller has checked the length.
pub(crate) fn hash_at(bytes: &[u8], at: usize) -> [u8; 32] {
    let mut field = [0; 32];
    field.copy_from_slice(&bytes[at..at + 32]);
    field
}

#[cfg(test)]
#[path = "record_tests.rs"]
mod tests;
