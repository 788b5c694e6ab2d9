//! The few things the agent does to a disk, each of which can fail.
//!
//! Everything is written by [`replace`]: a new file, its bytes on the disk, then one rename. A
//! reader sees the old bytes or the new ones, never a part.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

/// Ends the names of files that are not finished yet.
pub const TEMPORARY: &str = ".tmp";

/// Primitive operations. A test's disk fails at any one of them.
pub trait Disk: Send + Sync {
    /// Creates or empties the file, writes the bytes, waits until they are on the disk. Mode 0600.
    ///
    /// # Errors
    /// The system's; the file may then hold a part of the bytes.
    fn write(&self, path: &Path, bytes: &[u8]) -> io::Result<()>;
    /// Renames, replacing `to`.
    ///
    /// # Errors
    /// The system's.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;
    /// Waits until a folder's entries are on the disk.
    ///
    /// # Errors
    /// The system's.
    fn sync_folder(&self, folder: &Path) -> io::Result<()>;
    /// Removes a file.
    ///
    /// # Errors
    /// The system's.
    fn remove(&self, path: &Path) -> io::Result<()>;
}

/// The disk of the machine.
pub struct RealDisk;

impl Disk for RealDisk {
    fn write(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        let mut file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(path)?;
        file.write_all(bytes)?;
        file.sync_all()
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::rename(from, to)
    }

    fn sync_folder(&self, folder: &Path) -> io::Result<()> {
        File::open(folder)?.sync_all()
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        fs::remove_file(path)
    }
}

/// A disk operation failed.
#[derive(Debug, thiserror::Error)]
#[error("{action} `{}`: {source}{}", path.display(), advice(source))]
pub struct DiskError {
    /// What was being done.
    pub action: &'static str,
    /// To what.
    pub path: PathBuf,
    /// Why not.
    #[source]
    pub source: io::Error,
}

impl DiskError {
    /// Says what was being done to which path.
    pub fn at(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self + use<> {
        let path = path.to_owned();
        move |source| Self {
            action,
            path,
            source,
        }
    }

    /// True when the disk or a quota is full.
    pub fn is_full(&self) -> bool {
        is_full(&self.source)
    }
}

fn is_full(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge
    )
}

fn advice(error: &io::Error) -> &'static str {
    match error.kind() {
        _ if is_full(error) => " (free space on this disk)",
        io::ErrorKind::PermissionDenied => " (run this as the user that owns it)",
        _ => "",
    }
}

/// Replaces `path` by `bytes` as a whole. On an error the old file is untouched.
///
/// # Errors
/// [`DiskError`] naming the step that failed.
pub fn replace(disk: &dyn Disk, path: &Path, bytes: &[u8]) -> Result<(), DiskError> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(TEMPORARY);
    let temporary = path.with_file_name(name);
    if let Err(source) = disk.write(&temporary, bytes) {
        // The part that was written must not take the last space of a full disk.
        let _ = disk.remove(&temporary);
        return Err(DiskError::at("writing", &temporary)(source));
    }
    disk.rename(&temporary, path)
        .map_err(DiskError::at("renaming to", path))?;
    let folder = path.parent().unwrap_or(Path::new("."));
    disk.sync_folder(folder)
        .map_err(DiskError::at("syncing", folder))
}

/// Moves a file of at most `limit` bytes to another folder. Landlock before Linux 5.19 lets a
/// confined process rename inside one folder only; there the file is copied.
///
/// # Errors
/// [`DiskError`]; the file then stays where it was.
pub fn relocate(disk: &dyn Disk, from: &Path, to: &Path, limit: usize) -> Result<(), DiskError> {
    match disk.rename(from, to) {
        Err(error) if error.kind() == io::ErrorKind::CrossesDevices => {
            let gone = || DiskError::at("opening", from)(io::ErrorKind::NotFound.into());
            let bytes = read(from, limit)?.ok_or_else(gone)?;
            replace(disk, to, &bytes)?;
            remove(disk, from)
        }
        result => result.map_err(DiskError::at("moving to", to)),
    }
}

/// Reads a file of at most `limit` bytes; `None` when there is none.
///
/// # Errors
/// [`DiskError`], also when the file is longer.
pub fn read(path: &Path, limit: usize) -> Result<Option<Vec<u8>>, DiskError> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(DiskError::at("opening", path)(error)),
    };
    let mut bytes = Vec::new();
    file.take(limit as u64 + 1)
        .read_to_end(&mut bytes)
        .map_err(DiskError::at("reading", path))?;
    if bytes.len() > limit {
        let long = io::Error::new(
            io::ErrorKind::InvalidData,
            format!("longer than the {limit} bytes that it may have"),
        );
        return Err(DiskError::at("reading", path)(long));
    }
    Ok(Some(bytes))
}

/// Removes a file if it is there.
///
/// # Errors
/// [`DiskError`].
pub fn remove(disk: &dyn Disk, path: &Path) -> Result<(), DiskError> {
    match disk.remove(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(DiskError::at("removing", path)(error))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
pub(crate) mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};

    /// A disk that dies at its `after`-th operation: a write then leaves half of its bytes.
    pub(crate) struct DyingDisk {
        left: AtomicUsize,
        kind: io::ErrorKind,
    }

    impl DyingDisk {
        pub(crate) fn new(after: usize, kind: io::ErrorKind) -> Self {
            Self {
                left: AtomicUsize::new(after),
                kind,
            }
        }

        fn step(&self) -> io::Result<()> {
            self.left
                .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| {
                    left.checked_sub(1)
                })
                .map(|_| ())
                .map_err(|_| io::Error::from(self.kind))
        }
    }

    impl Disk for DyingDisk {
        fn write(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
            if let Err(error) = self.step() {
                RealDisk.write(path, &bytes[..bytes.len() / 2])?;
                return Err(error);
            }
            RealDisk.write(path, bytes)
        }
        fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
            self.step()?;
            RealDisk.rename(from, to)
        }
        fn sync_folder(&self, folder: &Path) -> io::Result<()> {
            self.step()?;
            RealDisk.sync_folder(folder)
        }
        fn remove(&self, path: &Path) -> io::Result<()> {
            self.step()?;
            RealDisk.remove(path)
        }
    }

    #[test]
    fn a_replaced_file_is_old_or_new_at_every_failure() {
        for after in 0..4 {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("file");
            replace(&RealDisk, &path, b"old bytes").unwrap();
            let disk = DyingDisk::new(after, io::ErrorKind::StorageFull);
            let result = replace(&disk, &path, b"new bytes");
            let there = read(&path, 100).unwrap().unwrap();
            assert_eq!(result.is_ok(), after == 3, "{after}");
            assert!(there == b"old bytes" || (after >= 2 && there == b"new bytes"));
        }
    }

    #[test]
    fn a_failed_write_leaves_no_part_behind() {
        let folder = tempfile::tempdir().unwrap();
        // Dies at the write, lives for the removal.
        struct Full;
        impl Disk for Full {
            fn write(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
                RealDisk.write(path, &bytes[..1])?;
                Err(io::ErrorKind::StorageFull.into())
            }
            fn rename(&self, _: &Path, _: &Path) -> io::Result<()> {
                unreachable!("nothing to rename")
            }
            fn sync_folder(&self, _: &Path) -> io::Result<()> {
                Ok(())
            }
            fn remove(&self, path: &Path) -> io::Result<()> {
                RealDisk.remove(path)
            }
        }
        let error = replace(&Full, &folder.path().join("file"), b"bytes").unwrap_err();
        assert!(error.is_full());
        assert!(error.to_string().contains("free space"), "{error}");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[test]
    fn where_nothing_is_renamed_between_folders_a_file_is_copied() {
        struct OneFolder;
        impl Disk for OneFolder {
            fn write(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
                RealDisk.write(path, bytes)
            }
            fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
                match from.parent() == to.parent() {
                    true => RealDisk.rename(from, to),
                    false => Err(io::ErrorKind::CrossesDevices.into()),
                }
            }
            fn sync_folder(&self, folder: &Path) -> io::Result<()> {
                RealDisk.sync_folder(folder)
            }
            fn remove(&self, path: &Path) -> io::Result<()> {
                RealDisk.remove(path)
            }
        }
        let folder = tempfile::tempdir().unwrap();
        let (from, aside) = (folder.path().join("file"), folder.path().join("aside"));
        fs::create_dir(&aside).unwrap();
        let to = aside.join("file");
        fs::write(&from, b"bytes").unwrap();
        assert!(relocate(&OneFolder, &from, &to, 4).is_err());
        assert!(from.exists() && !to.exists());
        relocate(&OneFolder, &from, &to, 5).unwrap();
        assert!(!from.exists());
        assert_eq!(read(&to, 5).unwrap().unwrap(), b"bytes");
    }

    #[test]
    fn reading_is_bounded() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        assert!(read(&path, 4).unwrap().is_none());
        replace(&RealDisk, &path, b"12345").unwrap();
        assert!(read(&path, 4).is_err());
        assert_eq!(read(&path, 5).unwrap().unwrap(), b"12345");
    }
}
