//! Errors of the log, each with the values that say what to do about it.

use crate::checkpoint::HeadError;
use crate::record::Damage;
use crate::tree::ProofError;
use std::io;
use std::path::{Path, PathBuf};
use thiserror::Error;

/// Result of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What can go wrong with a log.
#[derive(Debug, Error)]
pub enum Error {
    /// The operating system refused something other than an append.
    #[error("cannot {action} {}: {source}", path.display())]
    Io {
        /// What was tried, e.g. `open`.
        action: &'static str,
        /// On which file.
        path: PathBuf,
        /// Why it failed.
        source: io::Error,
    },
    /// Another process writes this log.
    #[error("{} is in use by another writer; stop it first, a log has one writer", dir.display())]
    Locked {
        /// The log's directory.
        dir: PathBuf,
    },
    /// Not usable as the name of a log.
    #[error(
        "{origin:?} cannot name a log: 1 to 128 bytes without spaces, control characters or '+', \
         e.g. log.example.com/eu/2026"
    )]
    Origin {
        /// What was given.
        origin: String,
    },
    /// A segment of a log with another origin.
    #[error("{} belongs to another log than the one opened", path.display())]
    WrongLog {
        /// The segment.
        path: PathBuf,
    },
    /// A file is in the segments directory that does not belong there.
    #[error("{} is no segment; move it elsewhere", path.display())]
    StrangeFile {
        /// The file.
        path: PathBuf,
    },
    /// A segment file is gone.
    #[error("segment {number} is missing from {}; restore it from a copy", dir.display())]
    MissingSegment {
        /// Number of the missing segment.
        number: u32,
        /// The segments directory.
        dir: PathBuf,
    },
    /// The first bytes of a segment are not what was written.
    #[error("the header of segment {number} is damaged ({reason}); restore the file from a copy")]
    SegmentHeader {
        /// Number of the segment.
        number: u32,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// A record that had been acknowledged is damaged.
    #[error(
        "segment {segment} is damaged at byte {offset}, record {index}: {damage}; restore the file \
         from a copy"
    )]
    Damaged {
        /// Number of the segment.
        segment: u32,
        /// Byte at which the record starts, or should.
        offset: u64,
        /// Index of the record that should be there.
        index: u64,
        /// What is wrong with its bytes.
        damage: Damage,
    },
    /// A record's bytes are whole but are not those that were hashed into the tree.
    #[error("record {index} (segment {segment}, byte {offset}) is not the one that was logged")]
    Altered {
        /// Index of the record.
        index: u64,
        /// Number of the segment.
        segment: u32,
        /// Byte at which the record starts.
        offset: u64,
    },
    /// The payload was asked for and is gone: an erasure took it, and is in the log.
    #[error("the payload of record {index} was erased; the log holds who erased it and why")]
    Erased {
        /// Index of the record.
        index: u64,
    },
    /// A payload is gone and no record says that it was erased.
    #[error(
        "record {index} (segment {segment}, byte {offset}) is erased, and no later record of the log \
         says so: it was tampered with; restore the file from a copy"
    )]
    ErasedUnlogged {
        /// Index of the record.
        index: u64,
        /// Number of the segment.
        segment: u32,
        /// Byte at which the record starts.
        offset: u64,
    },
    /// The record does not say what may be erased.
    #[error("record {index} orders no erasure: {reason}")]
    NotErasure {
        /// Its index.
        index: u64,
        /// Why not.
        reason: String,
    },
    /// What says how an interrupted erasure is finished cannot be read.
    #[error("{} is damaged ({reason}): an erasure cannot be finished; restore the log from a copy", path.display())]
    Intent {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// The segments hold less than a signed checkpoint promised.
    #[error(
        "the log holds {size} records but its checkpoint says {head}: acknowledged records are \
         gone; restore the segments from a copy"
    )]
    BelowHead {
        /// Records found.
        size: u64,
        /// Records in the checkpoint.
        head: u64,
    },
    /// The segments hold other records than a signed checkpoint promised.
    #[error("the first {size} records do not give the root in the checkpoint: some were changed")]
    HeadMismatch {
        /// Size of the checkpoint.
        size: u64,
    },
    /// The checkpoint file cannot be read as one, or is another log's.
    #[error("{} is not a checkpoint of this log: {source}", path.display())]
    HeadFile {
        /// The checkpoint file.
        path: PathBuf,
        /// What is wrong with it.
        source: HeadError,
    },
    /// One record is too large.
    #[error("a payload of {len} bytes is over the limit of {max} bytes")]
    PayloadTooLarge {
        /// Its length.
        len: usize,
        /// The limit.
        max: usize,
    },
    /// One append is too large.
    #[error("an append of {len} bytes is over the limit of {max} bytes; split it")]
    BatchTooLarge {
        /// Bytes it would write.
        len: usize,
        /// The limit.
        max: usize,
    },
    /// No such record, or no such tree size.
    #[error("{index} is outside the log, which holds {size} records")]
    OutOfRange {
        /// What was asked for.
        index: u64,
        /// What there is.
        size: u64,
    },
    /// The append was not written (disk full, for one) and left nothing behind: try again later.
    #[error("nothing was appended, the log is as before: {source}")]
    NotAppended {
        /// What the operating system said.
        source: io::Error,
    },
    /// Whether the append is on disk is unknown; nothing more is accepted until the log is reopened.
    #[error("{cause}; nothing of this append counts; reopen the log once the disk is well")]
    Poisoned {
        /// The first failure.
        cause: String,
    },
    /// A derived file does not agree with itself.
    #[error("a derived file is damaged (record {index}); reopen the log for writing to rebuild it")]
    Derived {
        /// The record whose data showed it.
        index: u64,
    },
    /// A published tile is missing or is not what the log gives.
    #[error(
        "{} is missing or not what the log gives for records {first} to {last}; delete the folder \
         `tiles`: it is made anew", path.display()
    )]
    Tile {
        /// The tile.
        path: PathBuf,
        /// The first record that the part of it stands for that is missing or differs.
        first: u64,
        /// The last of them.
        last: u64,
    },
    /// A proof that does not hold.
    #[error(transparent)]
    Proof(#[from] ProofError),
}

/// Adds action and path to an I/O error.
pub(crate) trait At<T> {
    fn at(self, action: &'static str, path: &Path) -> Result<T>;
}

impl<T> At<T> for io::Result<T> {
    fn at(self, action: &'static str, path: &Path) -> Result<T> {
        self.map_err(|source| Error::Io {
            action,
            path: path.to_owned(),
            source,
        })
    }
}
