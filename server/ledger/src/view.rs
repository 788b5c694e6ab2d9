//! The read side, shared by [`crate::Log`] and [`crate::Reader`]: records, roots and proofs.
//!
//! Every record read is checked against the tree, and every proof against the root, before it is
//! handed out.

use crate::checkpoint::Head;
use crate::derived::{Growing, State};
use crate::entry::{Kind, sha256};
use crate::error::{At, Error, Result};
use crate::iter::Iter;
use crate::record::{Damage, RECORD_HEADER_LEN, Record, decode_record, record_len, u32_at};
use crate::segment::{self, SEGMENT_HEADER_LEN, SegmentHeader};
use crate::stored::{Entry, Stored};
use crate::tree::{self, ConsistencyProof, Frontier, InclusionProof, StoredHashes};
use std::collections::HashMap;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// Read with the first access to a record; most records are shorter.
const FIRST_READ: usize = 4096;

/// Segment files kept open.
const MAX_OPEN: usize = 128;

/// What can be read from a log. Got by dereferencing a [`crate::Log`] or a [`crate::Reader`].
#[derive(Debug)]
pub struct View {
    pub(crate) dir: PathBuf,
    pub(crate) origin: String,
    pub(crate) segments: Vec<SegmentHeader>,
    pub(crate) offsets: Growing,
    pub(crate) hashes: Growing,
    pub(crate) frontier: Frontier,
    pub(crate) head: Option<Head>,
    files: Mutex<HashMap<u32, Arc<File>>>,
}

/// Where a record starts, and what its checksum is started from.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place {
    pub(crate) segment: u32,
    pub(crate) offset: u64,
    pub(crate) seed: u32,
}

impl StoredHashes for View {
    fn stored(&self, index: u64) -> Option<[u8; 32]> {
        self.hashes.get(index * 32)
    }
}

impl View {
    pub(crate) fn new(dir: &Path, origin: &str, offsets: Growing, hashes: Growing) -> View {
        View {
            dir: dir.to_owned(),
            origin: origin.to_owned(),
            segments: Vec::new(),
            offsets,
            hashes,
            frontier: Frontier::default(),
            head: None,
            files: Mutex::default(),
        }
    }

    /// Name of the log.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// Directory of the log.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// Number of records.
    pub fn size(&self) -> u64 {
        self.frontier.size()
    }

    /// Root of the Merkle tree over all records.
    pub fn root(&self) -> [u8; 32] {
        self.frontier.root()
    }

    /// The newest signed head, as stored beside the log. Its size and root were checked against the
    /// records at opening; its signature is the caller's to check.
    pub fn head(&self) -> Option<&Head> {
        self.head.as_ref()
    }

    /// Root of the tree over the first `size` records.
    ///
    /// # Errors
    /// [`Error::OutOfRange`], [`Error::Derived`].
    pub fn root_at(&self, size: u64) -> Result<[u8; 32]> {
        self.check_size(size)?;
        tree::root(self, size).ok_or(Error::Derived { index: size })
    }

    /// Leaf hash of a record, as stored.
    ///
    /// # Errors
    /// [`Error::OutOfRange`], [`Error::Derived`].
    pub fn leaf_hash(&self, index: u64) -> Result<[u8; 32]> {
        self.check_index(index)?;
        self.stored(tree::leaf_at(index))
            .ok_or(Error::Derived { index })
    }

    /// Reads one record that is whole.
    ///
    /// # Errors
    /// [`Error::OutOfRange`] if there is none, [`Error::Erased`] if its payload was erased,
    /// [`Error::Damaged`] or [`Error::Altered`] if its bytes are not those that were logged,
    /// [`Error::Io`].
    pub fn read(&self, index: u64) -> Result<Entry> {
        self.stored_record(index)?
            .whole()
            .ok_or(Error::Erased { index })
    }

    /// Reads one record, or what an erasure left of it.
    ///
    /// # Errors
    /// As [`View::read`], except [`Error::Erased`].
    pub fn stored_record(&self, index: u64) -> Result<Stored> {
        self.with_record(index, |record, _| record.to_stored())
    }

    /// Reads one record, checks it, and gives what `f` makes of it and the place where it starts.
    pub(crate) fn with_record<T>(
        &self,
        index: u64,
        f: impl FnOnce(&Record<'_>, Place) -> T,
    ) -> Result<T> {
        let (number, offset) = self.locate(index)?;
        let seed = self.segment(number, index)?.seed;
        let damaged = |damage| Error::Damaged {
            segment: number,
            offset,
            index,
            damage,
        };
        let bytes = self.read_bytes(number, offset, &damaged)?;
        let record = decode_record(&bytes, seed).map_err(damaged)?;
        if record.index != index {
            return Err(damaged(Damage::Index {
                found: record.index,
            }));
        }
        self.check_leaf(&record, number, offset)?;
        let place = Place {
            segment: number,
            offset,
            seed,
        };
        Ok(f(&record, place))
    }

    /// Records from `from` to the end, in order. A log that grows meanwhile is read to the size it
    /// had at the call.
    pub fn iter(&self, from: u64) -> Iter<'_> {
        Iter::new(self, from)
    }

    /// Proof that record `index` is in the tree over the first `size` records.
    ///
    /// # Errors
    /// [`Error::OutOfRange`] unless `index < size <= self.size()`, [`Error::Derived`].
    pub fn inclusion(&self, index: u64, size: u64) -> Result<InclusionProof> {
        self.check_size(size)?;
        if index >= size {
            return Err(Error::OutOfRange { index, size });
        }
        let derived = Error::Derived { index };
        let Some(hashes) = tree::prove_inclusion(self, index, size) else {
            return Err(derived);
        };
        let leaf = self.leaf_hash(index)?;
        match tree::verify_inclusion(&leaf, index, &hashes, size, &self.root_at(size)?) {
            Ok(()) => Ok(InclusionProof {
                index,
                size,
                hashes,
            }),
            Err(_) => Err(derived),
        }
    }

    /// Proof that the tree over the first `new` records begins with the one over the first `old`.
    ///
    /// # Errors
    /// [`Error::OutOfRange`] unless `old <= new <= self.size()`, [`Error::Derived`].
    pub fn consistency(&self, old: u64, new: u64) -> Result<ConsistencyProof> {
        self.check_size(new)?;
        if old > new {
            return Err(Error::OutOfRange {
                index: old,
                size: new,
            });
        }
        let derived = Error::Derived { index: new };
        let Some(hashes) = tree::prove_consistency(self, old, new) else {
            return Err(derived);
        };
        let (old_root, new_root) = (self.root_at(old)?, self.root_at(new)?);
        match tree::verify_consistency(old, &old_root, new, &new_root, &hashes) {
            Ok(()) => Ok(ConsistencyProof { old, new, hashes }),
            Err(_) => Err(derived),
        }
    }

    /// Adds a record that lies in a segment to tree and offsets.
    pub(crate) fn push(&mut self, number: u32, offset: u64, leaf_hash: [u8; 32]) {
        let offset = u32::try_from(offset).expect("segments end below 4 GiB");
        let mut place = [0; 8];
        place[..4].copy_from_slice(&number.to_be_bytes());
        place[4..].copy_from_slice(&offset.to_be_bytes());
        self.offsets.push(&place);
        self.hashes
            .push(self.frontier.push(leaf_hash).as_flattened());
    }

    /// Makes the derived files durable, then says so. `end` is where the last record ends.
    pub(crate) fn save_derived(&mut self, segment: u32, end: u64) -> Result<()> {
        self.offsets.sync()?;
        self.hashes.sync()?;
        let state = State {
            size: self.size(),
            segment,
            end,
            offsets_sum: self.offsets.sum(),
            hashes_sum: self.hashes.sum(),
            root: self.root(),
            origin: origin_hash(&self.origin),
        };
        state.save(&derived_dir(&self.dir))
    }

    /// Segment and offset of a record.
    pub(crate) fn locate(&self, index: u64) -> Result<(u32, u64)> {
        self.check_index(index)?;
        let place: [u8; 8] = self
            .offsets
            .get(index * 8)
            .ok_or(Error::Derived { index })?;
        Ok((u32_at(&place, 0), u64::from(u32_at(&place, 4))))
    }

    pub(crate) fn segment(&self, number: u32, index: u64) -> Result<&SegmentHeader> {
        usize::try_from(number)
            .ok()
            .and_then(|n| self.segments.get(n))
            .ok_or(Error::Derived { index })
    }

    pub(crate) fn segment_path(&self, number: u32) -> PathBuf {
        segment::path(&segments_dir(&self.dir), number)
    }

    /// Compares a record with the leaf that the tree holds for it; gives the leaf's hash.
    pub(crate) fn check_leaf(
        &self,
        record: &Record<'_>,
        segment: u32,
        offset: u64,
    ) -> Result<[u8; 32]> {
        let found = record.leaf_hash();
        if found == self.leaf_hash(record.index)? {
            return Ok(found);
        }
        Err(Error::Altered {
            index: record.index,
            segment,
            offset,
        })
    }

    /// What a record says it is, by its header alone.
    pub(crate) fn kind_at(&self, index: u64) -> Result<Kind> {
        let (segment, offset) = self.locate(index)?;
        let mut header = [0; RECORD_HEADER_LEN];
        let present = read_up_to(&*self.file(segment)?, &mut header, offset)
            .at("read", &self.segment_path(segment))?;
        let damage = match record_len(&header[..present]) {
            Ok(_) => match Kind::try_from(header[5]) {
                Ok(kind) => return Ok(kind),
                Err(_) => Damage::Kind(header[5]),
            },
            Err(damage) => damage,
        };
        Err(Error::Damaged {
            segment,
            offset,
            index,
            damage,
        })
    }

    /// The bytes at the start of a segment, as many as a header has.
    pub(crate) fn read_header(&self, number: u32) -> Result<Vec<u8>> {
        let mut bytes = vec![0; SEGMENT_HEADER_LEN];
        let present = read_up_to(&*self.file(number)?, &mut bytes, 0)
            .at("read", &self.segment_path(number))?;
        bytes.truncate(present);
        Ok(bytes)
    }

    fn read_bytes(
        &self,
        number: u32,
        offset: u64,
        damaged: &dyn Fn(Damage) -> Error,
    ) -> Result<Vec<u8>> {
        let file = self.file(number)?;
        let path = self.segment_path(number);
        let mut bytes = vec![0; FIRST_READ];
        let present = read_up_to(&file, &mut bytes, offset).at("read", &path)?;
        bytes.truncate(present);
        let needed = record_len(&bytes).map_err(damaged)?;
        bytes.resize(needed, 0);
        if needed > present {
            let rest = offset + present as u64;
            let more = read_up_to(&file, &mut bytes[present..], rest).at("read", &path)?;
            bytes.truncate(present + more);
        }
        Ok(bytes)
    }

    /// A segment's file is another now: it is opened again when it is next read.
    pub(crate) fn forget_file(&self, number: u32) {
        let mut files = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        files.remove(&number);
    }

    fn file(&self, number: u32) -> Result<Arc<File>> {
        let mut files = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(file) = files.get(&number) {
            return Ok(Arc::clone(file));
        }
        if files.len() >= MAX_OPEN {
            files.clear();
        }
        let path = self.segment_path(number);
        let file = Arc::new(File::open(&path).at("open", &path)?);
        files.insert(number, Arc::clone(&file));
        Ok(file)
    }

    fn check_index(&self, index: u64) -> Result<()> {
        let size = self.size();
        if index < size {
            Ok(())
        } else {
            Err(Error::OutOfRange { index, size })
        }
    }

    fn check_size(&self, asked: u64) -> Result<()> {
        let size = self.size();
        if asked <= size {
            Ok(())
        } else {
            Err(Error::OutOfRange { index: asked, size })
        }
    }
}

/// Reads as much as there is, up to the buffer's length.
fn read_up_to(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
    let mut done = 0;
    while done < buffer.len() {
        match file.read_at(&mut buffer[done..], offset + done as u64) {
            Ok(0) => break,
            Ok(n) => done += n,
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(e) => return Err(e),
        }
    }
    Ok(done)
}

pub(crate) fn segments_dir(dir: &Path) -> PathBuf {
    dir.join("segments")
}

pub(crate) fn derived_dir(dir: &Path) -> PathBuf {
    dir.join("derived")
}

pub(crate) fn origin_hash(origin: &str) -> [u8; 32] {
    sha256(&[origin.as_bytes()])
}
