//! What the witness remembers and when it signs. Time is an argument; the only I/O is the folder.

use crate::config::{Checked, KnownLog};
use data_encoding::HEXLOWER;
use domicile_certs::files::{self, FileError};
use domicile_ledger::witness::{AddCheckpoint, Checkpoint, Cosignature, VerifierKey, cosign};
use domicile_ledger::{Head, HeadError, verify_consistency};
use domicile_proto::sign::{SigningKey, sha256};
use std::collections::BTreeMap;
use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// Pieces of evidence kept of each log; more are reported and not kept.
pub const MAX_EVIDENCE: usize = 16;

const MAX_NOTE: usize = 64 * 1024;

/// What is answered to `add-checkpoint`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Added {
    /// Remembered and cosigned: the signature line.
    Cosigned(String),
    /// The old size is not the one remembered, which this is.
    OldSize(u64),
    /// Of the size remembered, and of another root: the log has two histories.
    Fork,
    /// The checkpoint is of no known log.
    UnknownLog,
    /// No key of the log signed it.
    NotSigned,
    /// The proof does not lead from the checkpoint remembered to this one.
    BadProof,
    /// Not the request of the protocol.
    Malformed(String),
    /// The memory cannot be written: nothing was signed.
    Failed(String),
}

/// Why the memory cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum MemoryError {
    /// A file.
    #[error(transparent)]
    File(#[from] FileError),
    /// Another witness uses the folder.
    #[error("{} is in use by another witness; each needs its own folder and key", .0.display())]
    Locked(PathBuf),
    /// What is remembered cannot be read back: signing on would be signing blind.
    #[error(
        "{}: {problem}; if its log changed keys, give `log-keys`; if the file is damaged, this \
         witness needs a new key and an empty folder", path.display()
    )]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        problem: String,
    },
}

/// Everything that a witness remembers.
#[derive(Debug)]
pub struct Memory {
    folder: PathBuf,
    key: SigningKey,
    public: VerifierKey,
    logs: BTreeMap<String, Remembered>,
    /// The lock goes with the descriptor.
    _lock: File,
}

#[derive(Debug)]
struct Remembered {
    log: KnownLog,
    /// The newest checkpoint with our cosignature. Locked from the check until it is durable.
    newest: Mutex<Option<(Checkpoint, Cosignature)>>,
}

impl Memory {
    /// Opens the folder of a configuration, making it if need be.
    ///
    /// # Errors
    /// [`MemoryError`].
    pub fn open(checked: Checked) -> Result<Memory, MemoryError> {
        let folder = checked.config.data_dir;
        for path in [&folder, &folder.join("evidence")] {
            make_folder(path)?;
        }
        let lock = lock(&folder)?;
        let mut logs = BTreeMap::new();
        for log in checked.logs {
            let origin = log.origin().to_owned();
            let newest = read(&folder.join(file_name(&origin)), &log, &checked.public)?;
            let newest = Mutex::new(newest);
            logs.insert(origin, Remembered { log, newest });
        }
        Ok(Memory {
            folder,
            key: checked.key,
            public: checked.public,
            logs,
            _lock: lock,
        })
    }

    /// Considers a checkpoint at a time, seconds since 1970. A cosignature is given only after it is
    /// durable here that this checkpoint was seen.
    pub fn add(&self, body: &[u8], now_s: u64) -> Added {
        let request = match AddCheckpoint::parse(body) {
            Ok(request) => request,
            Err(error) => return Added::Malformed(error.to_string()),
        };
        let origin = request.note.lines().next().unwrap_or_default();
        let Some(Remembered { log, newest }) = self.logs.get(origin) else {
            return Added::UnknownLog;
        };
        let offered = match log.open(request.note.as_bytes()) {
            Ok(offered) => offered,
            Err(HeadError::Unsigned { .. } | HeadError::Signature | HeadError::Retired { .. }) => {
                return Added::NotSigned;
            }
            Err(error) => return Added::Malformed(error.to_string()),
        };
        if request.old > offered.head().size {
            return Added::Malformed("the old size is above the checkpoint's".into());
        }
        let mut newest = newest.lock().unwrap_or_else(PoisonError::into_inner);
        let held = newest.as_ref().map(|(checkpoint, _)| checkpoint.head());
        if let Some(held) = held {
            self.keep_if_fork(held, &offered, newest.as_ref());
        }
        let refused = refusal(&request, held, offered.head());
        if let Some(refused) = refused {
            return refused;
        }
        // Time never runs backwards in what is signed: a later statement would contradict an earlier.
        let last_s = newest.as_ref().map_or(0, |(_, cosigned)| cosigned.time_s);
        let line = cosign(
            self.key.ring(),
            &self.public.name,
            now_s.max(last_s),
            &offered.head().text(),
        );
        let ours = offered.answered(&line, std::slice::from_ref(&self.public));
        let Some(ours) = ours.into_iter().next() else {
            return Added::Failed("our own cosignature does not verify".into());
        };
        let Some(key) = log.signer(offered.head()) else {
            return Added::NotSigned;
        };
        let cosigned = offered.with(std::slice::from_ref(&ours), key);
        let path = self.folder.join(file_name(origin));
        if let Err(error) = files::replace(&path, cosigned.note().as_bytes(), files::SECRET) {
            return Added::Failed(error.to_string());
        }
        *newest = Some((cosigned, ours));
        Added::Cosigned(line)
    }

    /// The newest checkpoint of the log whose origin has this SHA-256 (lower-case hex), cosigned.
    pub fn newest(&self, origin_hash: &str) -> Option<String> {
        let (_, log) = self
            .logs
            .iter()
            .find(|(origin, _)| hash(origin) == origin_hash)?;
        let newest = log.newest.lock().unwrap_or_else(PoisonError::into_inner);
        newest
            .as_ref()
            .map(|(checkpoint, _)| checkpoint.note().to_owned())
    }

    /// The logs, and the size that is remembered of each.
    pub fn sizes(&self) -> Vec<(&str, u64)> {
        let size = |log: &Remembered| {
            let newest = log.newest.lock().unwrap_or_else(PoisonError::into_inner);
            newest.as_ref().map_or(0, |(one, _)| one.head().size)
        };
        let logs = self.logs.iter();
        logs.map(|(origin, log)| (origin.as_str(), size(log)))
            .collect()
    }

    /// Two signed heads of one size and two roots are proof against the log: both are kept.
    fn keep_if_fork(
        &self,
        held: &Head,
        offered: &Checkpoint,
        newest: Option<&(Checkpoint, Cosignature)>,
    ) {
        let head = offered.head();
        if held.size != head.size || held.root == head.root {
            return;
        }
        let origin = hash(&head.origin);
        tracing::error!(
            log = head.origin,
            size = head.size,
            "the log signed two checkpoints of one size and two roots"
        );
        let folder = self.folder.join("evidence");
        let kept = std::fs::read_dir(&folder).map_or(0, |entries| {
            let of_log = entries.flatten().filter(|entry| {
                let name = entry.file_name();
                name.to_string_lossy().starts_with(&origin)
            });
            of_log.count()
        });
        let name = format!("{origin}-{}-{}", head.size, HEXLOWER.encode(&head.root));
        let path = folder.join(name);
        if kept >= MAX_EVIDENCE || path.exists() {
            return;
        }
        let held = newest.map_or("", |(checkpoint, _)| checkpoint.note());
        let both = format!("{held}\n{}", offered.note());
        if let Err(error) = files::replace(&path, both.as_bytes(), files::SECRET) {
            tracing::error!(%error, "the evidence could not be kept");
        }
    }
}

/// The rules of `tlog-witness`, in its order.
fn refusal(request: &AddCheckpoint, held: Option<&Head>, offered: &Head) -> Option<Added> {
    let size = held.map_or(0, |head| head.size);
    if request.old != size {
        return Some(Added::OldSize(size));
    }
    let root = match held {
        None => {
            return (!request.proof.is_empty()).then_some(Added::BadProof);
        }
        Some(held) => held.root,
    };
    if offered.size == size && offered.root != root {
        return Some(Added::Fork);
    }
    let proof = &request.proof;
    verify_consistency(size, &root, offered.size, &offered.root, proof)
        .is_err()
        .then_some(Added::BadProof)
}

fn read(
    path: &Path,
    log: &KnownLog,
    own: &VerifierKey,
) -> Result<Option<(Checkpoint, Cosignature)>, MemoryError> {
    if !path.exists() {
        return Ok(None);
    }
    let damaged = |problem: String| MemoryError::Damaged {
        path: path.to_owned(),
        problem,
    };
    let bytes = files::read(path, MAX_NOTE)?;
    let checkpoint = log
        .open(&bytes)
        .map_err(|error| damaged(error.to_string()))?;
    let ours = checkpoint.cosignatures(std::slice::from_ref(own));
    match ours.into_iter().next() {
        Some(ours) => Ok(Some((checkpoint, ours))),
        None => Err(damaged("it has no cosignature by this witness".into())),
    }
}

fn hash(origin: &str) -> String {
    sha256(origin.as_bytes()).to_string()
}

fn file_name(origin: &str) -> String {
    format!("{}.checkpoint", hash(origin))
}

fn failed(action: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> FileError {
    let path = path.to_owned();
    move |source| FileError::Io {
        action,
        path,
        source,
    }
}

fn make_folder(path: &Path) -> Result<(), FileError> {
    use std::os::unix::fs::DirBuilderExt as _;
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true).mode(0o700);
    builder.create(path).map_err(failed("create", path))
}

fn lock(folder: &Path) -> Result<File, MemoryError> {
    let path = folder.join("lock");
    let file = File::options()
        .write(true)
        .create(true)
        .truncate(false)
        .open(&path)
        .map_err(failed("open", &path))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(MemoryError::Locked(folder.to_owned())),
        Err(TryLockError::Error(source)) => Err(failed("lock", &path)(source).into()),
    }
}
