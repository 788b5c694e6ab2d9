//! What a monitor remembers, in a folder of its own for each log.
//!
//! ```text
//! DIR/head           the newest checkpoint that was found to continue the one before it
//! DIR/log-keys       the statements about the log's keys that were shown last
//! DIR/waiting/…      heads that somebody was shown and no checkpoint has covered yet, one file each:
//!                    a line `seen SECONDS by WHO`, then the head as a checkpoint
//! DIR/evidence/…     for each finding the checkpoints that prove it
//! ```

use super::gossip::Seen;
use domicile_certs::files::{self, FileError};
use domicile_ledger::witness::Checkpoint;
use domicile_ledger::{Head, LogKeys, MAX_STATEMENTS_PAGE, STATEMENTS};
use std::path::{Path, PathBuf};

const MAX_NOTE: usize = 80 * 1024;

/// Heads that may wait; more are reported by the caller and not kept.
const MAX_WAITING: usize = 1000;

/// A folder that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum MemoryError {
    /// A file.
    #[error(transparent)]
    File(#[from] FileError),
    /// What is remembered is not this log's.
    #[error("{}: {problem}; give each log a folder of its own", path.display())]
    Foreign {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        problem: String,
    },
}

/// A head that waits to be covered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Waiting {
    pub(super) seen: Seen,
    /// When the monitor first heard of it, seconds since 1970.
    pub(super) since_s: u64,
    path: PathBuf,
}

/// A monitor's folder.
#[derive(Debug)]
pub struct Memory {
    folder: PathBuf,
}

impl Memory {
    /// Opens a folder, making it (mode 0700) if need be.
    ///
    /// # Errors
    /// [`MemoryError::File`].
    pub fn open(folder: &Path) -> Result<Self, MemoryError> {
        use std::os::unix::fs::DirBuilderExt as _;
        for path in [folder, &folder.join("waiting"), &folder.join("evidence")] {
            let mut builder = std::fs::DirBuilder::new();
            builder.recursive(true).mode(0o700);
            builder.create(path).map_err(|source| FileError::Io {
                action: "create",
                path: path.to_owned(),
                source,
            })?;
        }
        let folder = folder.to_owned();
        Ok(Self { folder })
    }

    /// The checkpoint remembered.
    ///
    /// # Errors
    /// [`MemoryError`] when it cannot be read or is another log's.
    pub fn head(&self, log: &LogKeys) -> Result<Option<Checkpoint>, MemoryError> {
        let path = self.folder.join("head");
        if !path.exists() {
            return Ok(None);
        }
        let bytes = files::read(&path, MAX_NOTE)?;
        match log.open(&bytes) {
            Ok(checkpoint) => Ok(Some(checkpoint)),
            Err(error) => Err(MemoryError::Foreign {
                path,
                problem: error.to_string(),
            }),
        }
    }

    /// Remembers a checkpoint instead of the one before.
    ///
    /// # Errors
    /// [`MemoryError::File`].
    pub fn set_head(&self, checkpoint: &Checkpoint) -> Result<(), MemoryError> {
        let path = self.folder.join("head");
        Ok(files::replace(
            &path,
            checkpoint.note().as_bytes(),
            files::SECRET,
        )?)
    }

    /// Adds what was remembered of the log's keys to what is known.
    ///
    /// # Errors
    /// [`MemoryError`] when it cannot be read or contradicts what is known.
    pub fn recall(&self, log: &mut LogKeys) -> Result<(), MemoryError> {
        let path = self.folder.join(STATEMENTS);
        if !path.exists() {
            return Ok(());
        }
        let page = files::read(&path, MAX_STATEMENTS_PAGE)?;
        let mut kept = LogKeys::from(log.given().clone());
        let foreign = |problem: String| MemoryError::Foreign {
            path: path.clone(),
            problem,
        };
        let read = kept.learn(&page);
        read.map_err(|error| foreign(error.to_string()))?;
        // Whichever of the two is longer has to begin with the other.
        if kept.records().len() > log.records().len() {
            std::mem::swap(&mut kept, log);
        }
        match log.records().starts_with(kept.records()) {
            true => Ok(()),
            false => Err(foreign("other statements than those known".into())),
        }
    }

    /// Remembers what is known of the log's keys.
    ///
    /// # Errors
    /// [`MemoryError::File`].
    pub fn set_keys(&self, log: &LogKeys) -> Result<(), MemoryError> {
        let path = self.folder.join(STATEMENTS);
        Ok(files::replace(&path, log.page().as_bytes(), files::SECRET)?)
    }

    /// The heads that wait. Files that are none are passed over.
    pub(super) fn waiting(&self, log: &LogKeys) -> Result<Vec<Waiting>, MemoryError> {
        let folder = self.folder.join("waiting");
        let failed = |source| FileError::Io {
            action: "read",
            path: folder.clone(),
            source,
        };
        let mut waiting = Vec::new();
        for entry in std::fs::read_dir(&folder).map_err(failed)? {
            let path = entry.map_err(failed)?.path();
            let bytes = files::read(&path, MAX_NOTE)?;
            waiting.extend(read(&bytes, log).map(|(since_s, seen)| Waiting {
                seen,
                since_s,
                path,
            }));
        }
        waiting.sort_by_key(|one| one.seen.head.size);
        Ok(waiting)
    }

    /// Lets a head wait; `false` if too many do.
    pub(super) fn wait(&self, seen: &Seen, now_s: u64, log: &LogKeys) -> Result<bool, MemoryError> {
        let folder = self.folder.join("waiting");
        let path = folder.join(name(seen));
        if path.exists() {
            return Ok(true);
        }
        if std::fs::read_dir(&folder).is_ok_and(|all| all.count() >= MAX_WAITING) {
            return Ok(false);
        }
        let by: String = seen.by.chars().filter(|c| !c.is_control()).collect();
        let note = note_of(&seen.head, log);
        let text = format!("seen {now_s} by {by}\n{note}");
        files::replace(&path, text.as_bytes(), files::SECRET)?;
        Ok(true)
    }

    /// A head need not wait any more.
    pub(super) fn settle(&self, waiting: &Waiting) {
        // If it stays, it is settled again next time.
        let _left = std::fs::remove_file(&waiting.path);
    }

    /// Keeps what proves a finding; gives the file.
    pub(super) fn keep(&self, name: &str, text: &str) -> Result<PathBuf, MemoryError> {
        let path = self.folder.join("evidence").join(name);
        if !path.exists() {
            files::replace(&path, text.as_bytes(), files::SECRET)?;
        }
        Ok(path)
    }
}

/// A head that a key of the log signed, as a note.
pub(super) fn note_of(head: &Head, log: &LogKeys) -> String {
    let key = log.signer(head).unwrap_or(log.given());
    head.to_note(&key.public)
}

fn name(seen: &Seen) -> String {
    let root = data_encoding::HEXLOWER.encode(&seen.head.root[..16]);
    format!("{}-{root}", seen.head.size)
}

fn read(bytes: &[u8], log: &LogKeys) -> Option<(u64, Seen)> {
    let text = std::str::from_utf8(bytes).ok()?;
    let (line, note) = text.split_once('\n')?;
    let (since, by) = line.strip_prefix("seen ")?.split_once(" by ")?;
    let head = log.open(note.as_bytes()).ok()?.head().clone();
    let by = by.to_owned();
    Some((since.parse().ok()?, Seen { head, by }))
}
