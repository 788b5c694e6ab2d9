//! The bytes of one record in a payload segment, as pure functions.
//!
//! | bytes | field | |
//! |---|---|---|
//! | 0..4 | magic | `"DREC"` |
//! | 4 | version | `1` |
//! | 5 | kind | [`Kind`] |
//! | 6..8 | flags | zero (reserved, for erased payloads) |
//! | 8..16 | index | place in the log, big-endian `u64` |
//! | 16..24 | time | milliseconds since 1970-01-01 UTC, big-endian `u64` |
//! | 24..56 | salt | of the commitment |
//! | 56..60 | position | records before this one in the same append, big-endian `u32` |
//! | 60..64 | length | of the payload in bytes, big-endian `u32` |
//! | 64..68 | checksum | CRC-32C, started from the segment's seed, over bytes 0..64 and the payload |
//! | 68.. | payload | |
//!
//! The checksum is there to find accidents (torn writes, bad sectors) at the speed of the disk:
//! CRC-32C runs in hardware at several GB/s and finds every single changed byte. Deliberate changes
//! are found by the leaf's SHA-256 commitment and the signed root. The seed is secret (it comes from a
//! random salt, see `segment`), so that a payload cannot contain bytes that pass for a record.

use crate::entry::{Entry, Kind, Leaf, NewEntry};
use crate::log::MAX_PAYLOAD;
use thiserror::Error;

/// Length of the fixed part of a record in bytes.
pub const RECORD_HEADER_LEN: usize = 68;

pub(crate) const MAGIC: &[u8; 4] = b"DREC";
const VERSION: u8 = 1;
const CHECKSUM_AT: usize = 64;

/// Why bytes are not a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum Damage {
    /// The bytes end before the record does.
    #[error("it needs {needed} bytes and only {present} are there")]
    Truncated {
        /// Bytes the record needs, as far as its length is known.
        needed: usize,
        /// Bytes present.
        present: usize,
    },
    /// The first four bytes are not those of a record.
    #[error("no record starts here")]
    Magic,
    /// Written by a newer program, or damaged.
    #[error("record version {0} is unknown")]
    Version(u8),
    /// Written by a newer program, or damaged.
    #[error("record kind {0} is unknown")]
    Kind(u8),
    /// Written by a newer program, or damaged.
    #[error("record flags {0:#06x} are unknown")]
    Flags(u16),
    /// Longer than any payload can be.
    #[error("payload length {0} is over the limit of {MAX_PAYLOAD} bytes")]
    Length(u32),
    /// Some byte of header or payload changed.
    #[error("checksum is {found:08x}, the bytes give {computed:08x}")]
    Checksum {
        /// As stored.
        found: u32,
        /// As computed.
        computed: u32,
    },
    /// A whole record, but of another place.
    #[error("it says it is record {found}")]
    Index {
        /// The index in the record.
        found: u64,
    },
    /// Its place in the append does not follow from the record before it.
    #[error(
        "it says it is number {found} of its append, which does not follow the record before it"
    )]
    Position {
        /// The position in the record.
        found: u32,
    },
}

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
    /// Salt of the commitment.
    pub salt: [u8; 32],
    /// The record itself.
    pub payload: &'a [u8],
}

impl Record<'_> {
    /// Length of the whole record in bytes.
    pub fn encoded_len(&self) -> usize {
        RECORD_HEADER_LEN + self.payload.len()
    }

    /// Index of the first record of the same append, if the position can be true.
    pub(crate) fn batch_start(&self) -> Option<u64> {
        self.index.checked_sub(u64::from(self.position))
    }

    /// RFC 6962 hash of the record's leaf, recomputed from the payload.
    pub fn leaf_hash(&self) -> [u8; 32] {
        self.leaf().hash()
    }

    /// The leaf that the tree commits to, recomputed from the payload.
    pub fn leaf(&self) -> Leaf {
        Leaf::new(self.kind, self.time_ms, &self.salt, self.payload)
    }

    /// Copies the payload out.
    pub fn to_entry(&self) -> Entry {
        Entry {
            index: self.index,
            kind: self.kind,
            time_ms: self.time_ms,
            salt: self.salt,
            payload: self.payload.to_vec(),
        }
    }
}

/// Appends the bytes of one record to `out`. `entry.payload` must be within [`MAX_PAYLOAD`].
///
/// # Panics
/// If the payload is longer than `u32::MAX` bytes.
pub fn encode_record(out: &mut Vec<u8>, seed: u32, index: u64, position: u32, entry: &NewEntry) {
    let start = out.len();
    let length = u32::try_from(entry.payload.len()).expect("callers refuse longer payloads");
    out.extend_from_slice(MAGIC);
    out.extend_from_slice(&[VERSION, entry.kind as u8, 0, 0]);
    out.extend_from_slice(&index.to_be_bytes());
    out.extend_from_slice(&entry.time_ms.to_be_bytes());
    out.extend_from_slice(&entry.salt);
    out.extend_from_slice(&position.to_be_bytes());
    out.extend_from_slice(&length.to_be_bytes());
    let sum = checksum(seed, &out[start..], &entry.payload);
    out.extend_from_slice(&sum.to_be_bytes());
    out.extend_from_slice(&entry.payload);
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
    let mut salt = [0; 32];
    salt.copy_from_slice(&header[24..56]);
    Ok(Record {
        index: u64_at(header, 8),
        position: u32_at(header, 56),
        kind: Kind::try_from(header[5]).map_err(|_| Damage::Kind(header[5]))?,
        time_ms: u64_at(header, 16),
        salt,
        payload,
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
    let flags = u16::from_be_bytes([bytes[6], bytes[7]]);
    if flags != 0 {
        return Err(Damage::Flags(flags));
    }
    let length = u32_at(bytes, 60);
    match usize::try_from(length) {
        Ok(length) if length <= MAX_PAYLOAD => Ok(RECORD_HEADER_LEN + length),
        _ => Err(Damage::Length(length)),
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
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;

    fn encoded(seed: u32, index: u64, position: u32, entry: &NewEntry) -> Vec<u8> {
        let mut out = Vec::new();
        encode_record(&mut out, seed, index, position, entry);
        out
    }

    fn sample() -> NewEntry {
        NewEntry {
            kind: Kind::Evidence,
            time_ms: 77,
            salt: [5; 32],
            payload: b"some payload".to_vec(),
        }
    }

    prop_compose! {
        fn any_entry()(kind in 1..=15u8, time_ms: u64, salt: [u8; 32], payload in proptest::collection::vec(any::<u8>(), 0..300)) -> NewEntry {
            NewEntry { kind: Kind::try_from(kind).unwrap(), time_ms, salt, payload }
        }
    }

    #[test]
    fn record_bytes_are_as_documented() {
        let bytes = encoded(1, 2, 3, &sample());
        assert_eq!(&bytes[..8], b"DREC\x01\x01\0\0");
        assert_eq!(
            &bytes[8..24],
            [0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 77]
        );
        assert_eq!(&bytes[24..56], [5; 32]);
        assert_eq!(&bytes[56..64], [0, 0, 0, 3, 0, 0, 0, 12]);
        assert_eq!(&bytes[68..], b"some payload");
    }

    #[test]
    fn checksum_is_crc32c_of_castagnoli() {
        // RFC 3720, B.4: 32 bytes of zeros.
        assert_eq!(checksum(0, &[0; 16], &[0; 16]), 0x8a91_36aa);
    }

    #[test]
    fn every_changed_bit_is_found() {
        let good = encoded(9, 4, 0, &sample());
        for at in 0..good.len() {
            for bit in 0..8 {
                let mut bytes = good.clone();
                bytes[at] ^= 1 << bit;
                assert!(decode_record(&bytes, 9).is_err(), "byte {at}, bit {bit}");
            }
        }
    }

    #[test]
    fn a_record_is_of_no_use_under_another_seed() {
        let bytes = encoded(9, 4, 0, &sample());
        assert!(matches!(
            decode_record(&bytes, 8),
            Err(Damage::Checksum { .. })
        ));
    }

    #[test]
    fn a_length_over_the_limit_is_refused_before_anything_is_read() {
        let mut bytes = encoded(0, 0, 0, &sample());
        bytes[60..64].copy_from_slice(&u32::MAX.to_be_bytes());
        assert_eq!(record_len(&bytes), Err(Damage::Length(u32::MAX)));
    }

    proptest! {
        #[test]
        fn records_decode_to_what_was_encoded(entry in any_entry(), seed: u32, index: u64, position: u32, after in proptest::collection::vec(any::<u8>(), 0..9)) {
            let mut bytes = encoded(seed, index, position, &entry);
            let len = bytes.len();
            bytes.extend(after);
            let record = decode_record(&bytes, seed).unwrap();
            prop_assert_eq!(record.encoded_len(), len);
            prop_assert_eq!((record.index, record.position), (index, position));
            let read = record.to_entry();
            prop_assert_eq!((read.kind, read.time_ms, read.salt), (entry.kind, entry.time_ms, entry.salt));
            prop_assert_eq!(read.payload, entry.payload);
        }

        #[test]
        fn cut_records_say_so(entry in any_entry(), cut in any::<proptest::sample::Index>()) {
            let bytes = encoded(3, 0, 0, &entry);
            let cut = cut.index(bytes.len());
            let truncated = matches!(decode_record(&bytes[..cut], 3), Err(Damage::Truncated { .. }));
            prop_assert!(truncated);
        }

        #[test]
        fn any_bytes_decode_or_fail(mut bytes in proptest::collection::vec(any::<u8>(), 0..200), seed: u32) {
            let _either = decode_record(&bytes, seed);
            for (byte, wanted) in bytes.iter_mut().zip(b"DREC\x01\x01\0\0") {
                *byte = *wanted;
            }
            let _either = decode_record(&bytes, seed);
        }
    }
}
