//! Segment files: their names, their header, and which of them a directory holds.
//!
//! | bytes | field | |
//! |---|---|---|
//! | 0..8 | magic | `"DOMSEG"`, `0`, `1` (version) |
//! | 8..12 | number | of the segment, as in its name, big-endian `u32` |
//! | 12..16 | seed | of its records' checksums |
//! | 16..24 | first | index of its first record, big-endian `u64` |
//! | 24..56 | root | of the tree over all records before it |
//! | 56..88 | origin | SHA-256 of the log's origin |
//! | 88..92 | checksum | CRC-32C over bytes 0..88 |
//!
//! The header is made durable, and its name in the directory too, before any record follows it.

use crate::entry::sha256;
use crate::error::{At, Error, Result};
use crate::record::{hash_at, u32_at, u64_at};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// Length of a segment's header in bytes; records start there.
pub const SEGMENT_HEADER_LEN: usize = 92;

const MAGIC: &[u8; 8] = b"DOMSEG\x00\x01";
const SEED_DOMAIN: &[u8] = b"domicile/ledger/seed/v1\0";

/// The fixed part of a segment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SegmentHeader {
    pub(crate) number: u32,
    pub(crate) seed: u32,
    pub(crate) first: u64,
    pub(crate) root: [u8; 32],
    pub(crate) origin: [u8; 32],
}

impl SegmentHeader {
    pub(crate) fn encode(&self) -> [u8; SEGMENT_HEADER_LEN] {
        let mut bytes = [0; SEGMENT_HEADER_LEN];
        bytes[..8].copy_from_slice(MAGIC);
        bytes[8..12].copy_from_slice(&self.number.to_be_bytes());
        bytes[12..16].copy_from_slice(&self.seed.to_be_bytes());
        bytes[16..24].copy_from_slice(&self.first.to_be_bytes());
        bytes[24..56].copy_from_slice(&self.root);
        bytes[56..88].copy_from_slice(&self.origin);
        let sum = crc32c::crc32c(&bytes[..88]);
        bytes[88..].copy_from_slice(&sum.to_be_bytes());
        bytes
    }

    /// Reads a header; the error says what is wrong with it.
    pub(crate) fn decode(bytes: &[u8]) -> Result<SegmentHeader, &'static str> {
        if bytes.len() < SEGMENT_HEADER_LEN {
            return Err("it is too short");
        }
        if &bytes[..8] != MAGIC {
            return Err("it has another magic or version");
        }
        if u32_at(bytes, 88) != crc32c::crc32c(&bytes[..88]) {
            return Err("its checksum is wrong");
        }
        Ok(SegmentHeader {
            number: u32_at(bytes, 8),
            seed: u32_at(bytes, 12),
            first: u64_at(bytes, 16),
            root: hash_at(bytes, 24),
            origin: hash_at(bytes, 56),
        })
    }
}

/// Checksum seed of a segment. It comes from the salt of the segment's first record, which is random
/// and never leaves the access-controlled store, so nobody who writes payloads can know it.
pub(crate) fn seed(root: &[u8; 32], salt: &[u8; 32]) -> u32 {
    u32_at(&sha256(&[SEED_DOMAIN, root, salt]), 0)
}

/// Name of a segment file.
pub(crate) fn file_name(number: u32) -> String {
    format!("{number:08}.seg")
}

/// Path of a segment file.
pub(crate) fn path(segments: &Path, number: u32) -> PathBuf {
    segments.join(file_name(number))
}

/// How many segments the directory holds, numbered from 0 without a gap.
pub(crate) fn count(segments: &Path) -> Result<u32> {
    let mut numbers = Vec::new();
    let entries = match fs::read_dir(segments) {
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(0),
        other => other.at("list", segments)?,
    };
    for entry in entries {
        let path = entry.at("list", segments)?.path();
        let number = path
            .file_name()
            .and_then(|name| name.to_str()?.strip_suffix(".seg")?.parse::<u32>().ok())
            .filter(|&number| path.ends_with(file_name(number)));
        match number {
            Some(number) => numbers.push(number),
            None => return Err(Error::StrangeFile { path }),
        }
    }
    numbers.sort_unstable();
    for (expected, &found) in (0..).zip(&numbers) {
        if expected != found {
            return Err(Error::MissingSegment {
                number: expected,
                dir: segments.to_owned(),
            });
        }
    }
    Ok(u32::try_from(numbers.len()).expect("each number is a distinct u32 below the count"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn header() -> SegmentHeader {
        SegmentHeader {
            number: 3,
            seed: 4,
            first: 5,
            root: [6; 32],
            origin: [7; 32],
        }
    }

    #[test]
    fn headers_decode_to_what_was_encoded_and_every_change_is_found() {
        let good = header().encode();
        assert_eq!(SegmentHeader::decode(&good), Ok(header()));
        assert!(SegmentHeader::decode(&good[..91]).is_err());
        for at in 0..good.len() {
            let mut bytes = good;
            bytes[at] ^= 0x10;
            assert!(SegmentHeader::decode(&bytes).is_err(), "byte {at}");
        }
    }

    #[test]
    fn segments_are_counted_and_gaps_and_strangers_named() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(count(&dir.path().join("absent")).unwrap(), 0);
        for number in [0, 1, 3] {
            fs::write(path(dir.path(), number), b"").unwrap();
        }
        assert!(matches!(
            count(dir.path()),
            Err(Error::MissingSegment { number: 2, .. })
        ));
        fs::write(path(dir.path(), 2), b"").unwrap();
        assert_eq!(count(dir.path()).unwrap(), 4);
        for name in ["4.seg", "00000004.seg.bak", "+0000004.seg"] {
            let stranger = dir.path().join(name);
            fs::write(&stranger, b"").unwrap();
            assert!(
                matches!(count(dir.path()), Err(Error::StrangeFile { .. })),
                "{name}"
            );
            fs::remove_file(stranger).unwrap();
        }
    }

    #[test]
    fn the_seed_depends_on_the_salt() {
        assert_ne!(seed(&[0; 32], &[1; 32]), seed(&[0; 32], &[2; 32]));
    }
}
