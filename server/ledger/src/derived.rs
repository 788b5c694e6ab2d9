//! The two derived files, `hashes` and `offsets`, and the `state` that says how far they reach.
//!
//! Both files only grow. What could not be written yet (a full disk must not fail an append whose
//! segment is already durable) waits in memory and is read from there.
//!
//! `state`, replaced atomically after both files were made durable, 108 bytes:
//!
//! | bytes | field | |
//! |---|---|---|
//! | 0..8 | magic | `"DOMDER"`, `0`, `1` (version) |
//! | 8..16 | size | records covered, big-endian `u64` |
//! | 16..20 | segment | that holds the last of them, big-endian `u32` |
//! | 20..24 | | zero |
//! | 24..32 | end | of that record in its segment, big-endian `u64` |
//! | 32..36 | | CRC-32C of the first `size` entries of `offsets` |
//! | 36..40 | | CRC-32C of the hashes of the first `size` leaves in `hashes` |
//! | 40..72 | root | of the tree |
//! | 72..104 | origin | SHA-256 of the log's origin |
//! | 104..108 | checksum | CRC-32C over bytes 0..104 |

use crate::error::{At, Result};
use crate::files::{read_small, replace, sync_dir};
use crate::record::{hash_at, u32_at, u64_at};
use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

const STATE_LEN: usize = 108;
const MAGIC: &[u8; 8] = b"DOMDER\x00\x01";

/// Bytes that wait in memory before they are written.
const FLUSH: usize = 256 * 1024;

/// How far the derived files reach.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct State {
    pub(crate) size: u64,
    pub(crate) segment: u32,
    pub(crate) end: u64,
    pub(crate) offsets_sum: u32,
    pub(crate) hashes_sum: u32,
    pub(crate) root: [u8; 32],
    pub(crate) origin: [u8; 32],
}

impl State {
    pub(crate) fn encode(&self) -> [u8; STATE_LEN] {
        let mut bytes = [0; STATE_LEN];
        bytes[..8].copy_from_slice(MAGIC);
        bytes[8..16].copy_from_slice(&self.size.to_be_bytes());
        bytes[16..20].copy_from_slice(&self.segment.to_be_bytes());
        bytes[24..32].copy_from_slice(&self.end.to_be_bytes());
        bytes[32..36].copy_from_slice(&self.offsets_sum.to_be_bytes());
        bytes[36..40].copy_from_slice(&self.hashes_sum.to_be_bytes());
        bytes[40..72].copy_from_slice(&self.root);
        bytes[72..104].copy_from_slice(&self.origin);
        let sum = crc32c::crc32c(&bytes[..104]);
        bytes[104..].copy_from_slice(&sum.to_be_bytes());
        bytes
    }

    pub(crate) fn decode(bytes: &[u8]) -> Option<State> {
        if bytes.len() != STATE_LEN
            || &bytes[..8] != MAGIC
            || u32_at(bytes, 104) != crc32c::crc32c(&bytes[..104])
        {
            return None;
        }
        Some(State {
            size: u64_at(bytes, 8),
            segment: u32_at(bytes, 16),
            end: u64_at(bytes, 24),
            offsets_sum: u32_at(bytes, 32),
            hashes_sum: u32_at(bytes, 36),
            root: hash_at(bytes, 40),
            origin: hash_at(bytes, 72),
        })
    }

    /// `None` if there is no usable state, whatever the reason: everything is rebuilt then.
    pub(crate) fn load(dir: &Path) -> Option<State> {
        let bytes = read_small(&dir.join("state"), STATE_LEN as u64).ok()??;
        State::decode(&bytes)
    }

    pub(crate) fn save(&self, dir: &Path) -> Result<()> {
        replace(dir, "state", &self.encode())
    }
}

/// Takes the state away, durably: the derived files are made anew at the next opening.
pub(crate) fn forget_state(dir: &Path) -> Result<()> {
    let path = dir.join("state");
    match std::fs::remove_file(&path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error).at("remove", &path),
        _ => sync_dir(dir),
    }
}

/// A file that only grows, with a tail that may wait in memory.
#[derive(Debug)]
pub(crate) struct Growing {
    /// `None` for a reader that found no file, or a file of no use.
    file: Option<File>,
    path: PathBuf,
    writable: bool,
    /// Bytes in the file; those after it are in `tail`.
    written: u64,
    tail: Vec<u8>,
    sum: u32,
}

impl Growing {
    /// Opens for a writer, with nothing in it yet.
    pub(crate) fn create(path: PathBuf) -> Result<Growing> {
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .at("open", &path)?;
        Ok(Growing {
            file: Some(file),
            path,
            writable: true,
            written: 0,
            tail: Vec::new(),
            sum: 0,
        })
    }

    /// Opens for a reader, which only ever adds to memory.
    pub(crate) fn read_only(path: PathBuf) -> Growing {
        let file = File::open(&path).ok();
        Growing {
            file,
            path,
            writable: false,
            written: 0,
            tail: Vec::new(),
            sum: 0,
        }
    }

    /// Takes the first `len` bytes of the file as they are if they have this checksum.
    pub(crate) fn adopt(&mut self, len: u64, sum: u32) -> bool {
        let Some(file) = &self.file else {
            return len == 0;
        };
        if checksum(file, len) != Some(sum) {
            return false;
        }
        (self.written, self.sum) = (len, sum);
        true
    }

    /// Starts over with nothing.
    pub(crate) fn reset(&mut self) {
        self.written = 0;
        self.sum = 0;
        self.tail = Vec::new();
        if !self.writable {
            self.file = None;
        }
    }

    /// CRC-32C of all bytes.
    pub(crate) fn sum(&self) -> u32 {
        self.sum
    }

    /// Adds bytes in memory, and writes them out when enough wait.
    pub(crate) fn push(&mut self, bytes: &[u8]) {
        self.sum = crc32c::crc32c_append(self.sum, bytes);
        self.tail.extend_from_slice(bytes);
        if self.tail.len() >= FLUSH {
            // A failure keeps the bytes in memory; `sync` reports it where it matters.
            let _kept = self.flush();
        }
    }

    fn flush(&mut self) -> Result<()> {
        if let (true, Some(file)) = (self.writable, &self.file) {
            file.write_all_at(&self.tail, self.written)
                .at("write", &self.path)?;
            self.written += self.tail.len() as u64;
            self.tail.clear();
        }
        Ok(())
    }

    /// Makes all bytes durable, and nothing after them.
    pub(crate) fn sync(&mut self) -> Result<()> {
        self.flush()?;
        match &self.file {
            Some(file) if self.writable => file
                .set_len(self.written)
                .and_then(|()| file.sync_data())
                .at("sync", &self.path),
            _ => Ok(()),
        }
    }

    /// Puts other bytes in the place of written ones.
    pub(crate) fn write_over(&mut self, offset: u64, bytes: &[u8]) -> Result<()> {
        let misses = || io::Error::other("it is not open for writing, or too short");
        let file = self
            .file
            .as_ref()
            .filter(|_| self.writable && offset.saturating_add(bytes.len() as u64) <= self.written);
        let file = file.ok_or_else(misses).at("write", &self.path)?;
        file.write_all_at(bytes, offset).at("write", &self.path)?;
        let sum = checksum(file, self.written).ok_or_else(misses);
        self.sum = sum.at("read", &self.path)?;
        self.sum = crc32c::crc32c_append(self.sum, &self.tail);
        Ok(())
    }

    /// `N` bytes at `offset`; `None` if they are not there.
    pub(crate) fn get<const N: usize>(&self, offset: u64) -> Option<[u8; N]> {
        let mut out = [0; N];
        if offset >= self.written {
            let start = usize::try_from(offset - self.written).ok()?;
            out.copy_from_slice(self.tail.get(start..start.checked_add(N)?)?);
        } else {
            self.file.as_ref()?.read_exact_at(&mut out, offset).ok()?;
        }
        Some(out)
    }
}

fn checksum(file: &File, len: u64) -> Option<u32> {
    let mut buffer = vec![0; FLUSH];
    let (mut sum, mut at) = (0, 0);
    while at < len {
        let want = usize::try_from(len - at).unwrap_or(usize::MAX).min(FLUSH);
        file.read_exact_at(&mut buffer[..want], at).ok()?;
        sum = crc32c::crc32c_append(sum, &buffer[..want]);
        at += want as u64;
    }
    Some(sum)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn state() -> State {
        State {
            size: 1,
            segment: 2,
            end: 3,
            offsets_sum: 4,
            hashes_sum: 5,
            root: [6; 32],
            origin: [7; 32],
        }
    }

    #[test]
    fn states_decode_to_what_was_encoded_and_every_change_is_found() {
        let good = state().encode();
        assert_eq!(State::decode(&good), Some(state()));
        assert_eq!(State::decode(&good[..107]), None);
        for at in 0..good.len() {
            let mut bytes = good;
            bytes[at] ^= 0x10;
            assert_eq!(State::decode(&bytes), None, "byte {at}");
        }
    }

    /// Pushes enough to be written out twice, and reads across the seam of file and memory.
    fn fill(growing: &mut Growing) {
        let count = 2 * FLUSH as u64 / 8 + 5;
        for n in 0..count {
            growing.push(&n.to_be_bytes());
        }
        for n in [0, 1, count / 2, count - 6, count - 1] {
            assert_eq!(growing.get(n * 8), Some(n.to_be_bytes()), "{n}");
        }
        assert_eq!(growing.get::<8>(count * 8), None);
        assert_eq!(growing.get::<8>(u64::MAX), None);
    }

    #[test]
    fn bytes_are_read_from_file_and_memory_alike() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("hashes");
        let mut growing = Growing::create(path.clone()).unwrap();
        fill(&mut growing);
        growing.sync().unwrap();
        let sum = growing.sum();
        let len = std::fs::metadata(&path).unwrap().len();
        let mut again = Growing::read_only(path);
        assert!(!again.adopt(len, sum ^ 1));
        assert!(!again.adopt(len + 1, sum));
        assert!(again.adopt(len, sum));
        assert_eq!(again.get(8), Some(1u64.to_be_bytes()));
    }

    #[test]
    fn a_full_disk_keeps_the_bytes_in_memory() {
        let mut growing = Growing::create(PathBuf::from("/dev/full")).unwrap();
        fill(&mut growing);
        assert!(growing.sync().is_err());
        fill(&mut Growing::read_only(PathBuf::from(
            "/nonexistent/hashes",
        )));
    }
}
