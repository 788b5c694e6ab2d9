//! Files that are whole or absent.
//!
//! A file is written beside its place, synced, and then moved there; [`create_new`] refuses to
//! take the place of another, also when two programs try at once.

use std::fs::{File, OpenOptions, Permissions};
use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{
    DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _,
};
use std::path::{Path, PathBuf};

/// Mode of a file that only its owner may read.
pub const SECRET: u32 = 0o600;

/// Mode of a file that everyone may read.
pub const PUBLIC: u32 = 0o644;

/// A file could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// The system refused.
    #[error("cannot {action} {}: {source}", path.display())]
    Io {
        /// What was tried.
        action: &'static str,
        /// On which file.
        path: PathBuf,
        /// The system's answer.
        source: io::Error,
    },
    /// There is a file at this place already, and it is left as it is.
    #[error(
        "{} exists already and is never overwritten; move it away or name another place",
        .0.display()
    )]
    Exists(PathBuf),
    /// Longer than such a file can be.
    #[error("{} is longer than {limit} bytes: not the file meant", path.display())]
    TooLong {
        /// The file.
        path: PathBuf,
        /// Bytes allowed.
        limit: usize,
    },
}

/// What tells two versions of a file apart, for programs that look again at what they were given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stamp {
    inode: u64,
    length: u64,
    modified: (i64, i64),
}

impl Stamp {
    /// The file's; `None` when there is none to be seen.
    pub fn of(path: &Path) -> Option<Self> {
        let metadata = std::fs::metadata(path).ok()?;
        Some(Self {
            inode: metadata.ino(),
            length: metadata.len(),
            modified: (metadata.mtime(), metadata.mtime_nsec()),
        })
    }
}

/// The error of an action on a file, for `map_err`.
pub fn failed(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> FileError {
    let path = path.to_owned();
    move |source| FileError::Io {
        action,
        path,
        source,
    }
}

/// Reads at most `limit` bytes.
///
/// # Errors
/// [`FileError`] when the file cannot be read or is longer.
pub fn read(path: &Path, limit: usize) -> Result<Vec<u8>, FileError> {
    let file = File::open(path).map_err(failed("read", path))?;
    read_open(file, path, limit)
}

pub(crate) fn read_open(file: File, path: &Path, limit: usize) -> Result<Vec<u8>, FileError> {
    let length = file.metadata().map_or(0, |metadata| metadata.len());
    let length = usize::try_from(length).unwrap_or(limit).min(limit);
    // Room from the start: growing would leave copies of secrets behind.
    let mut bytes = Vec::with_capacity(length + 1);
    file.take(limit as u64 + 1)
        .read_to_end(&mut bytes)
        .map_err(failed("read", path))?;
    if bytes.len() > limit {
        return Err(FileError::TooLong {
            path: path.to_owned(),
            limit,
        });
    }
    Ok(bytes)
}

/// Writes a file that must not exist yet, with exactly this mode whatever the umask, durably.
///
/// # Errors
/// [`FileError::Exists`] when something stands there, [`FileError::Io`] when the system refuses.
/// Nothing is left behind in either case.
pub fn create_new(path: &Path, bytes: &[u8], mode: u32) -> Result<(), FileError> {
    let beside = write_beside(path, bytes, mode)?;
    // A hard link fails where a rename would replace.
    let linked = std::fs::hard_link(&beside, path);
    let _ = std::fs::remove_file(&beside);
    match linked {
        Ok(()) => sync_parent(path),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            Err(FileError::Exists(path.to_owned()))
        }
        Err(error) => Err(failed("create", path)(error)),
    }
}

/// Makes a folder that must not exist yet, for its owner alone whatever the umask.
///
/// # Errors
/// [`FileError::Io`] when something stands there or the system refuses.
pub fn create_folder(path: &Path) -> Result<(), FileError> {
    std::fs::DirBuilder::new()
        .mode(0o700)
        .create(path)
        .and_then(|()| std::fs::set_permissions(path, Permissions::from_mode(0o700)))
        .map_err(failed("create", path))
}

/// Writes a file in place of what stands there, if anything does, durably: a reader sees the old
/// bytes or the new ones.
///
/// # Errors
/// [`FileError::Io`] when the system refuses; the old file stands then.
pub fn replace(path: &Path, bytes: &[u8], mode: u32) -> Result<(), FileError> {
    let beside = write_beside(path, bytes, mode)?;
    std::fs::rename(&beside, path).map_err(|error| {
        let _ = std::fs::remove_file(&beside);
        failed("replace", path)(error)
    })?;
    sync_parent(path)
}

fn write_beside(path: &Path, bytes: &[u8], mode: u32) -> Result<PathBuf, FileError> {
    let beside = beside(path);
    let write = || -> io::Result<()> {
        let mut file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(mode)
            .open(&beside)?;
        file.set_permissions(Permissions::from_mode(mode))?;
        file.write_all(bytes)?;
        file.sync_all()
    };
    write().map_err(|error| {
        if error.kind() != io::ErrorKind::AlreadyExists {
            let _ = std::fs::remove_file(&beside);
        }
        failed("write", &beside)(error)
    })?;
    Ok(beside)
}

/// A new name in the same folder. Its number is the standard library's random hash state: a
/// leftover of a crash never stands in the way.
pub fn beside(path: &Path) -> PathBuf {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let number = RandomState::new().build_hasher().finish();
    path.with_file_name(format!(".{name}.{number:016x}.new"))
}

/// Makes the names in a file's folder durable.
///
/// # Errors
/// [`FileError::Io`] when the system refuses.
pub fn sync_parent(path: &Path) -> Result<(), FileError> {
    let parent = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    File::open(parent)
        .and_then(|folder| folder.sync_all())
        .map_err(failed("sync", parent))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let entries = std::fs::read_dir(folder).unwrap();
        entries
            .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
            .collect()
    }

    #[test]
    fn create_new_never_overwrites_and_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        create_new(&path, b"first", SECRET).unwrap();
        let refused = create_new(&path, b"second", SECRET);
        assert!(matches!(refused, Err(FileError::Exists(_))));
        assert_eq!(read(&path, 5).unwrap(), b"first");
        assert_eq!(names(folder.path()), ["a"]);
    }

    #[test]
    fn modes_are_exact_and_replace_replaces() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        replace(&path, b"one", SECRET).unwrap();
        let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o7777;
        assert_eq!(mode(&path), SECRET);
        replace(&path, b"two", PUBLIC).unwrap();
        assert_eq!(mode(&path), PUBLIC);
        assert_eq!(read(&path, 3).unwrap(), b"two");
        assert_eq!(names(folder.path()), ["a"]);
    }

    #[test]
    fn long_files_and_missing_folders_are_errors() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        replace(&path, b"four", PUBLIC).unwrap();
        assert!(matches!(read(&path, 3), Err(FileError::TooLong { .. })));
        let nowhere = folder.path().join("no/a");
        assert!(create_new(&nowhere, b"x", PUBLIC).is_err());
        assert!(replace(&nowhere, b"x", PUBLIC).is_err());
        assert_eq!(names(folder.path()), ["a"]);
    }
}
