//! What keeps a GPU from being asked again after a call that did not succeed.
//!
//! With confidential computing on, an attestation call that fails can leave a GPU in a state in
//! which it takes no more work. So the device process notes each call on its own disk before it is
//! made, and unmarks it only after it has succeeded. A call that failed, hung, or took the machine
//! with it leaves its mark, and while there is one no GPU of this host is asked again: not after a
//! restart, not after enrolling anew. Only `domiciled arm`, by the operator, takes it away.
//!
//! The folder is the device process's alone. The network process, which hears from outside, can
//! reach neither the folder nor a GPU; whatever it asks for, the mark and the interval hold.
//!
//! In confidential-computing mode a missing file forbids the call: a folder that went with its
//! container must not look like one in which nothing ever failed.
//!
//! Start reading at [`Interlock::permit`].

use crate::disk::{self, Disk, DiskError};
use rustix::fs::{FlockOperation, flock};
use serde::{Deserialize, Serialize};
use std::fs::{DirBuilder, File, OpenOptions};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

const FILE: &str = "attestation.json";
const LOCK: &str = "lock";
const MAX_BYTES: usize = 4096;

/// What stands on the disk.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Record {
    /// The operator has armed it: calls may be made in confidential-computing mode too.
    pub armed: bool,
    /// When the last call began, by the host's clock, Unix time, ms; 0 for never.
    pub last_ms: u64,
    /// The GPU whose call began and has not succeeded.
    pub unfinished: Option<String>,
}

/// Why no GPU may be asked now.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    /// A call has not succeeded.
    #[error(
        "the call to {gpu} at {at} did not succeed: no GPU is asked again until the operator runs \
         `domiciled arm`"
    )]
    Unfinished {
        /// The GPU.
        gpu: String,
        /// When it began.
        at: String,
    },
    /// The configuration does not allow it.
    #[error("confidential computing is on, and `attest-in-cc-mode` is not set")]
    NotAllowed,
    /// The operator has not armed it.
    #[error("confidential computing is on, and `domiciled arm` has not been run on this host")]
    NotArmed,
    /// Asked too recently.
    #[error("the GPUs were asked less than {} s ago", .0.as_secs())]
    TooSoon(Duration),
    /// Another process has the folder.
    #[error("another process is asking")]
    Busy,
    /// Without a disk there is no mark.
    #[error("the mark cannot be kept: {0}")]
    Disk(#[from] DiskError),
    /// The file is not what this program wrote.
    #[error("`{}` is damaged: {problem}; no GPU is asked until the operator runs `domiciled arm`", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What the parser said.
        problem: String,
    },
}

/// What the configuration says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Allowance {
    /// Whether GPUs may be asked in confidential-computing mode.
    pub in_cc_mode: bool,
    /// At least between two askings.
    pub interval: Duration,
}

/// The mark, held by one process at a time.
pub struct Interlock<'a> {
    disk: &'a dyn Disk,
    path: PathBuf,
    record: Record,
    _lock: File,
}

/// What stands in `folder`; the default when there is no file.
///
/// # Errors
/// [`Refused::Disk`] or [`Refused::Damaged`].
pub fn look(folder: &Path) -> Result<Record, Refused> {
    let path = folder.join(FILE);
    match disk::read(&path, MAX_BYTES)? {
        None => Ok(Record::default()),
        Some(bytes) => serde_json::from_slice(&bytes).map_err(|error| Refused::Damaged {
            path,
            problem: error.to_string(),
        }),
    }
}

/// Makes the folder, mode 0700, if it can be made.
///
/// # Errors
/// [`DiskError`].
pub fn prepare(folder: &Path) -> Result<(), DiskError> {
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)
        .map_err(DiskError::at("making folder", folder))
}

/// The operator's word that the GPUs may be asked, again or for the first time.
///
/// # Errors
/// [`Refused::Disk`].
pub fn arm(disk: &dyn Disk, folder: &Path) -> Result<(), Refused> {
    prepare(folder)?;
    let record = Record {
        armed: true,
        ..Record::default()
    };
    save(disk, &folder.join(FILE), &record)
}

fn save(disk: &dyn Disk, path: &Path, record: &Record) -> Result<(), Refused> {
    let bytes = serde_json::to_vec(record).expect("a record has string keys only");
    Ok(disk::replace(disk, path, &bytes)?)
}

impl<'a> Interlock<'a> {
    /// Takes the folder, and says whether GPUs may be asked at `now_ms` by the host's clock.
    ///
    /// # Errors
    /// [`Refused`].
    pub fn permit(
        disk: &'a dyn Disk,
        folder: &Path,
        allowance: Allowance,
        cc_mode: bool,
        now_ms: u64,
    ) -> Result<Self, Refused> {
        let lock = lock(&folder.join(LOCK))?;
        let mut held = Self {
            disk,
            path: folder.join(FILE),
            record: look(folder)?,
            _lock: lock,
        };
        if let Some(gpu) = &held.record.unfinished {
            return Err(Refused::Unfinished {
                gpu: gpu.clone(),
                at: crate::time::rfc3339(held.record.last_ms),
            });
        }
        if cc_mode && !allowance.in_cc_mode {
            return Err(Refused::NotAllowed);
        }
        if cc_mode && !held.record.armed {
            return Err(Refused::NotArmed);
        }
        if held.record.last_ms > now_ms {
            // The clock was set back: the interval starts from here, nothing is asked at once.
            held.record.last_ms = now_ms;
            save(disk, &held.path, &held.record)?;
        }
        let since = Duration::from_millis(now_ms - held.record.last_ms);
        match held.record.last_ms != 0 && since < allowance.interval {
            true => Err(Refused::TooSoon(allowance.interval)),
            false => Ok(held),
        }
    }

    /// Marks the call to `gpu`. When this returns the mark survives a power cut.
    ///
    /// # Errors
    /// [`Refused::Disk`]; the call must then not be made.
    pub fn begin(&mut self, gpu: &str, now_ms: u64) -> Result<(), Refused> {
        self.record.unfinished = Some(gpu.to_owned());
        self.record.last_ms = now_ms;
        save(self.disk, &self.path, &self.record)
    }

    /// Takes the mark away: the call has succeeded.
    ///
    /// # Errors
    /// [`Refused::Disk`]; the mark then stays.
    pub fn succeeded(&mut self) -> Result<(), Refused> {
        self.record.unfinished = None;
        save(self.disk, &self.path, &self.record)
    }
}

fn lock(path: &Path) -> Result<File, Refused> {
    let file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .open(path)
        .map_err(DiskError::at("opening", path))?;
    match flock(&file, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => Ok(file),
        Err(rustix::io::Errno::WOULDBLOCK) => Err(Refused::Busy),
        Err(error) => Err(DiskError::at("locking", path)(error.into()).into()),
    }
}
