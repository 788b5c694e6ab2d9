//! The files of a log at rest: payload segments, checkpoint, tiles, as a collector keeps them or as
//! somebody copied them. Everything is computed again from the payloads.

use super::file::LogFile;
use domicile_certs::files::{self, FileError};
use domicile_ledger::tiles::{self, Tiles};
use domicile_ledger::witness::{Checkpoint, Witnessed};
use domicile_ledger::{
    Error as LedgerError, HeadError, LogKeyRecord, LogKeys, LogKeysError, MAX_STATEMENTS_PAGE,
    Reader, STATEMENTS,
};
use std::path::{Path, PathBuf};

const MAX_NOTE: usize = 80 * 1024;

/// What was found whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rest {
    /// Records, each with its checksum, its commitment and its place in the tree.
    pub records: u64,
    /// Their root.
    pub root: [u8; 32],
    /// The published checkpoint and how many tiles are as it says; `None` where there are no tiles.
    pub published: Option<(Checkpoint, u64)>,
    /// Who signed the published checkpoint.
    pub witnessed: Witnessed,
}

/// Files that are not what was written. The text names file and record.
#[derive(Debug, thiserror::Error)]
pub enum RestError {
    /// Segments, derived files or tiles.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// A checkpoint.
    #[error("{}: {source}", path.display())]
    Checkpoint {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: HeadError,
    },
    /// A file cannot be read.
    #[error(transparent)]
    File(#[from] FileError),
    /// The statements about the log's key.
    #[error(transparent)]
    LogKeys(#[from] LogKeysError),
    /// A statement about the log's key that was made for other records than those before it.
    #[error("record {0}: this statement about the log's key was signed for another history")]
    OtherHistory(u64),
    /// The page of statements is not what the log holds.
    #[error("{}: not the statements that stand in the log", .0.display())]
    Statements(PathBuf),
    /// A checkpoint is not of this log as it is.
    #[error("{}: not a checkpoint of the records that are here", .0.display())]
    Published(PathBuf),
}

/// Checks every byte of a log's folder. `progress` gets bytes done and bytes to do.
///
/// # Errors
/// [`RestError`], the first thing that is not as it was written.
pub fn verify_rest(
    folder: &Path,
    log: &LogFile,
    progress: impl FnMut(u64, u64),
) -> Result<Rest, RestError> {
    let reader = Reader::open(folder, log.keys.origin(), |_, _| ())?;
    let verified = reader.verify(None, progress)?;
    let stated = verified.log_keys.into_iter().collect::<Result<_, _>>()?;
    let keys = keys(&reader, log, stated)?;
    let kept = folder.join("checkpoint");
    let head = open(&kept, &keys)?.head().clone();
    if head.size > verified.records || reader.root_at(head.size)? != head.root {
        return Err(RestError::Published(kept));
    }
    let mut rest = Rest {
        records: verified.records,
        root: verified.root,
        published: None,
        witnessed: Witnessed {
            by: Vec::new(),
            needed: log.policy.needed(),
        },
    };
    let folder = tiles::folder(folder);
    if folder.is_dir() {
        let path = folder.join("checkpoint");
        let checkpoint = open(&path, &keys)?;
        let page = folder.join(STATEMENTS);
        if page.exists() && files::read(&page, MAX_STATEMENTS_PAGE)? != keys.page().as_bytes() {
            return Err(RestError::Statements(page));
        }
        let tiles = Tiles::open(&reader)?;
        let head = checkpoint.head();
        if head.size > verified.records || reader.root_at(head.size)? != head.root {
            return Err(RestError::Published(path));
        }
        let count = tiles.verify_to(&reader, head.size)?;
        rest.witnessed = log.policy.judge(&checkpoint);
        rest.published = Some((checkpoint, count));
    }
    Ok(rest)
}

/// The keys of the log, as the log itself says; each statement was signed for this very history.
fn keys(reader: &Reader, log: &LogFile, records: Vec<LogKeyRecord>) -> Result<LogKeys, RestError> {
    if records.is_empty() {
        return Ok(log.keys.clone());
    }
    for said in records.iter().map(|record| &record.statement) {
        if reader.root_at(said.index)? != said.root {
            return Err(RestError::OtherHistory(said.index));
        }
    }
    Ok(LogKeys::new(log.keys.given().clone(), records)?)
}

fn open(path: &Path, log: &LogKeys) -> Result<Checkpoint, RestError> {
    let bytes = files::read(path, MAX_NOTE)?;
    log.open(&bytes).map_err(|source| RestError::Checkpoint {
        path: path.to_owned(),
        source,
    })
}
