//! Whether the index on disk can be believed: a small file beside it.
//!
//! sled survives the death of its process but not that of the machine. So the file says whether the
//! index was closed (then with length and checksum of each of its files) or is open, and in which
//! boot of the machine. An index that was open when the machine died is rebuilt from the log.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

const NAME: &str = "index.state";
const MAX_BYTES: u64 = 4 * 1024 * 1024;
const BOOT_ID: &str = "/proc/sys/kernel/random/boot_id";

/// What the file says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
enum Marker {
    /// A process has it open, or died while it had.
    Open { boot: String },
    /// It was closed: path, length and CRC-32C of each file.
    Closed { files: BTreeMap<String, (u64, u32)> },
}

/// How far the index on disk is to be trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Trust {
    /// It is byte for byte what was closed.
    Closed,
    /// Its process died, the machine did not: sled recovers, rows are counted.
    Crashed,
    /// The machine died, files changed, or nothing is known.
    None,
}

/// Judges the index in `data_dir/index`.
pub(super) fn trust(data_dir: &Path) -> Trust {
    match read(data_dir) {
        Some(Marker::Open { boot }) if boot == boot_id() && !boot.is_empty() => Trust::Crashed,
        Some(Marker::Closed { files })
            if sums(&index_dir(data_dir)).is_ok_and(|sums| sums == files) =>
        {
            Trust::Closed
        }
        _ => Trust::None,
    }
}

/// Where the index lies.
pub(super) fn index_dir(data_dir: &Path) -> PathBuf {
    data_dir.join("index")
}

/// Says that this process has the index open.
pub(super) fn set_open(data_dir: &Path) -> io::Result<()> {
    write(data_dir, &Marker::Open { boot: boot_id() })
}

/// Says that the index is closed, once its files are on the disk.
pub(super) fn set_closed(data_dir: &Path) -> io::Result<()> {
    let dir = index_dir(data_dir);
    for path in walk(&dir)? {
        File::open(path)?.sync_all()?;
    }
    write(data_dir, &Marker::Closed { files: sums(&dir)? })
}

/// Says that nothing is to be believed.
pub(super) fn clear(data_dir: &Path) -> io::Result<()> {
    match fs::remove_file(data_dir.join(NAME)) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => File::open(data_dir)?.sync_all(),
    }
}

fn boot_id() -> String {
    fs::read_to_string(BOOT_ID)
        .map(|id| id.trim().to_owned())
        .unwrap_or_default()
}

fn read(data_dir: &Path) -> Option<Marker> {
    let file = File::open(data_dir.join(NAME)).ok()?;
    let mut bytes = Vec::new();
    file.take(MAX_BYTES).read_to_end(&mut bytes).ok()?;
    serde_json::from_slice(&bytes).ok()
}

fn write(data_dir: &Path, marker: &Marker) -> io::Result<()> {
    let temporary = data_dir.join(format!("{NAME}.new"));
    let mut file = File::create(&temporary)?;
    file.write_all(&serde_json::to_vec(marker)?)?;
    file.sync_all()?;
    fs::rename(&temporary, data_dir.join(NAME))?;
    File::open(data_dir)?.sync_all()
}

fn sums(dir: &Path) -> io::Result<BTreeMap<String, (u64, u32)>> {
    let mut sums = BTreeMap::new();
    for path in walk(dir)? {
        let name = path
            .strip_prefix(dir)
            .unwrap_or(&path)
            .to_string_lossy()
            .into_owned();
        sums.insert(name, sum(&path)?);
    }
    Ok(sums)
}

fn sum(path: &Path) -> io::Result<(u64, u32)> {
    let mut file = File::open(path)?;
    let mut buffer = vec![0; 1024 * 1024];
    let (mut length, mut sum) = (0, 0);
    loop {
        let read = file.read(&mut buffer)?;
        if read == 0 {
            return Ok((length, sum));
        }
        length += read as u64;
        sum = crc32c::crc32c_append(sum, &buffer[..read]);
    }
}

/// Every file below `dir`.
fn walk(dir: &Path) -> io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    let mut pending = vec![dir.to_owned()];
    while let Some(next) = pending.pop() {
        for entry in fs::read_dir(next)? {
            let entry = entry?;
            if entry.file_type()?.is_dir() {
                pending.push(entry.path());
            } else {
                files.push(entry.path());
            }
        }
    }
    Ok(files)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_closed_index_is_trusted_until_a_byte_changes() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(trust(dir.path()), Trust::None);
        let db = index_dir(dir.path()).join("db");
        fs::create_dir_all(index_dir(dir.path())).unwrap();
        fs::write(&db, b"pages").unwrap();
        set_closed(dir.path()).unwrap();
        assert_eq!(trust(dir.path()), Trust::Closed);
        fs::write(&db, b"pagez").unwrap();
        assert_eq!(trust(dir.path()), Trust::None);
    }

    #[test]
    fn an_open_index_is_trusted_in_the_same_boot_only() {
        let dir = tempfile::tempdir().unwrap();
        set_open(dir.path()).unwrap();
        assert_eq!(trust(dir.path()), Trust::Crashed);
        write(
            dir.path(),
            &Marker::Open {
                boot: "another".into(),
            },
        )
        .unwrap();
        assert_eq!(trust(dir.path()), Trust::None);
        clear(dir.path()).unwrap();
        assert_eq!(trust(dir.path()), Trust::None);
    }
}
