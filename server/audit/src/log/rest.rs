//! The files of a log at rest: payload segments, checkpoint, tiles, as a collector keeps them or as
//! somebody copied them. Everything is computed again from the payloads.

use super::file::LogFile;
use domicile_certs::files::{self, FileError};
use domicile_ledger::tiles::{self, Tiles};
use domicile_ledger::witness::{Checkpoint, Witnessed};
use domicile_ledger::{Error as LedgerError, HeadError, Reader};
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
    /// The checkpoint beside the tiles is not of this log as it is.
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
    let reader = Reader::open(folder, &log.key.name, |_, _| ())?;
    let kept = folder.join("checkpoint");
    let head = open(&kept, log)?.head().clone();
    let verified = reader.verify(Some(&head), progress)?;
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
        let checkpoint = open(&path, log)?;
        let tiles = Tiles::open(&reader)?;
        if tiles.published().is_none() {
            return Err(RestError::Published(path));
        }
        let count = tiles.verify(&reader)?;
        rest.witnessed = log.policy.judge(&checkpoint);
        rest.published = Some((checkpoint, count));
    }
    Ok(rest)
}

fn open(path: &Path, log: &LogFile) -> Result<Checkpoint, RestError> {
    let bytes = files::read(path, MAX_NOTE)?;
    Checkpoint::open(&bytes, &log.key).map_err(|source| RestError::Checkpoint {
        path: path.to_owned(),
        source,
    })
}
