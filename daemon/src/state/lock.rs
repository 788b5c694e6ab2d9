//! One process at a time writes the state folder.

use super::{StateDir, StateError};
use crate::disk::DiskError;
use rustix::fs::{FlockOperation, flock};
use std::fs::{File, OpenOptions};
use std::os::unix::fs::OpenOptionsExt as _;

/// Held while this value lives; the system lets go of it when the process ends, however it ends.
#[derive(Debug)]
pub struct Lock {
    _file: File,
}

/// Why the lock was not taken.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// Another process holds it.
    #[error(
        "another domiciled is active on this state folder; \
         if it is the service, stop it first (systemctl stop domiciled)"
    )]
    Active,
    /// The lock file could not be used.
    #[error(transparent)]
    State(#[from] StateError),
}

impl Lock {
    /// Takes the lock of a prepared state folder, without waiting.
    ///
    /// # Errors
    /// [`LockError::Active`] when another process has it.
    pub fn take(state: &StateDir) -> Result<Self, LockError> {
        let path = state.lock();
        let file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(&path)
            .map_err(|error| StateError::from(DiskError::at("opening", &path)(error)))?;
        match flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => Ok(Self { _file: file }),
            Err(rustix::io::Errno::WOULDBLOCK) => Err(LockError::Active),
            Err(error) => {
                Err(StateError::from(DiskError::at("locking", &path)(error.into())).into())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn two_at_once_are_refused() {
        let root = tempfile::tempdir().unwrap();
        let state = StateDir::new(root.path());
        let first = Lock::take(&state).unwrap();
        assert!(matches!(Lock::take(&state), Err(LockError::Active)));
        drop(first);
        Lock::take(&state).unwrap();
    }
}
