//! The few file operations whose failure matters, behind a seam for fault injection, and the
//! atomic replacement of small files.

use crate::error::{At, Result};
use std::fs::{self, DirBuilder, File};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, FileExt};
use std::path::Path;

/// The operations on the payload segment being written. Tests replace them to inject faults.
pub(crate) trait Disk: Send + Sync + std::fmt::Debug {
    fn write_all_at(&self, file: &File, bytes: &[u8], offset: u64) -> io::Result<()>;
    fn sync_data(&self, file: &File) -> io::Result<()>;
    fn set_len(&self, file: &File, len: u64) -> io::Result<()>;
}

/// The operating system's.
#[derive(Debug)]
pub(crate) struct OsDisk;

impl Disk for OsDisk {
    fn write_all_at(&self, file: &File, bytes: &[u8], offset: u64) -> io::Result<()> {
        file.write_all_at(bytes, offset)
    }

    fn sync_data(&self, file: &File) -> io::Result<()> {
        file.sync_data()
    }

    fn set_len(&self, file: &File, len: u64) -> io::Result<()> {
        file.set_len(len)
    }
}

/// Makes names created, replaced or removed in `dir` durable.
pub(crate) fn sync_dir(dir: &Path) -> Result<()> {
    File::open(dir).and_then(|d| d.sync_all()).at("sync", dir)
}

/// Makes everything durable that was written to the file system of `dir`: one call for many files.
pub(crate) fn sync_file_system(dir: &Path) -> Result<()> {
    let file = File::open(dir).at("open", dir)?;
    rustix::fs::syncfs(&file)
        .map_err(io::Error::from)
        .at("sync", dir)
}

/// Creates `dir` and what is missing above it, durably, readable by its owner only.
pub(crate) fn create_private_dir(dir: &Path) -> Result<()> {
    let missing: Vec<&Path> = dir
        .ancestors()
        .take_while(|a| !a.as_os_str().is_empty() && !a.exists())
        .collect();
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(dir)
        .at("create", dir)?;
    for created in missing {
        match created.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => sync_dir(parent)?,
            _ => sync_dir(Path::new("."))?,
        }
    }
    Ok(())
}

/// Writes `dir/name` so that after a crash it holds either the old or the new bytes, and the new ones
/// once this returned.
pub(crate) fn replace(dir: &Path, name: &str, bytes: &[u8]) -> Result<()> {
    let temporary = dir.join(format!("{name}.new"));
    let mut file = File::create(&temporary).at("create", &temporary)?;
    file.write_all(bytes)
        .and_then(|()| file.sync_all())
        .at("write", &temporary)?;
    let path = dir.join(name);
    fs::rename(&temporary, &path).at("replace", &path)?;
    sync_dir(dir)
}

/// Reads a small file whole; `None` if there is none. A file over `max` bytes is an error.
pub(crate) fn read_small(path: &Path, max: u64) -> Result<Option<Vec<u8>>> {
    match fs::metadata(path) {
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(e) => return Err(e).at("read", path),
        Ok(meta) if meta.len() > max => {
            return Err(io::Error::new(
                io::ErrorKind::InvalidData,
                "file is too large",
            ))
            .at("read", path);
        }
        Ok(_) => {}
    }
    fs::read(path).at("read", path).map(Some)
}
