//! Reports that no collector has acknowledged yet: one file for each, in order, bounded.
//!
//! File `<ordinal, 20 digits>.report` holds a header, the SHA-256 of the bytes and the encoded
//! `Signed` evidence. Ordinals rise by one with each report kept. A file that does not hold what
//! its header says is moved to `damaged/` and never blocks the rest; one that the collector
//! refuses for good is moved to `refused/`. A full spool keeps what it has and refuses the new.

use crate::disk::{self, Disk, DiskError, TEMPORARY};
use domicile_proto::sign;
use domicile_proto::types::Digest;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Largest report, bytes: what a collector accepts.
pub const MAX_REPORT: usize = domicile_proto::frame::MAX_TO_COLLECTOR;
const MAGIC: &[u8; 8] = b"domspl1\n";
const HEADER: usize = MAGIC.len() + 32;
const SUFFIX: &str = ".report";
/// Files kept in each of `damaged/` and `refused/`; the oldest go first.
pub const MAX_ASIDE: usize = 64;

/// The spool of one state folder.
pub struct Spool {
    folder: PathBuf,
    limit: u64,
    disk: Arc<dyn Disk>,
    /// Bytes of each file by its ordinal.
    files: BTreeMap<u64, u64>,
    /// Whether it refused a report since one last left it.
    full: bool,
}

/// A report in the spool.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its place in the order.
    pub ordinal: u64,
    /// The encoded `Signed` evidence, exactly as it will be sent.
    pub bytes: Vec<u8>,
}

impl Entry {
    /// The hash by which everybody names this evidence.
    pub fn hash(&self) -> Digest {
        sign::sha256(&self.bytes)
    }
}

/// Why a report is put aside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Aside {
    /// The file does not hold what its header says.
    Damaged,
    /// The collector refused it for good.
    Refused,
}

impl Aside {
    fn folder(self) -> &'static str {
        match self {
            Self::Damaged => "damaged",
            Self::Refused => "refused",
        }
    }
}

/// Why a report was not kept.
#[derive(Debug, thiserror::Error)]
pub enum PushError {
    /// No room under the configured bound.
    #[error(
        "the spool is full: {used} of {limit} bytes hold {reports} unacknowledged reports; \
         the oldest are kept and this one is not"
    )]
    Full {
        /// Bytes in use.
        used: u64,
        /// Bytes allowed.
        limit: u64,
        /// Reports kept.
        reports: usize,
    },
    /// Larger than any collector accepts.
    #[error("a report of {0} bytes is larger than any collector accepts")]
    TooLong(usize),
    /// The disk failed.
    #[error(transparent)]
    Disk(#[from] DiskError),
}

impl Spool {
    /// Opens the spool in `folder`, making it if need be and removing unfinished files.
    ///
    /// # Errors
    /// [`DiskError`] when the folder cannot be made or read.
    pub fn open(folder: &Path, limit: u64, disk: Arc<dyn Disk>) -> Result<Self, DiskError> {
        for path in [
            folder.to_owned(),
            folder.join(Aside::Damaged.folder()),
            folder.join(Aside::Refused.folder()),
        ] {
            fs::create_dir_all(&path).map_err(DiskError::at("making folder", &path))?;
        }
        for path in list(folder)? {
            if path.to_string_lossy().ends_with(TEMPORARY) {
                disk::remove(&*disk, &path)?;
            }
        }
        Ok(Self {
            files: scan(folder)?,
            folder: folder.to_owned(),
            limit,
            disk,
            full: false,
        })
    }

    /// Reports kept.
    pub fn len(&self) -> usize {
        self.files.len()
    }

    /// True when nothing waits.
    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    /// Bytes on disk.
    pub fn bytes(&self) -> u64 {
        self.files.values().sum()
    }

    /// Keeps a report at `ordinal`, which must be above every one kept before. When this
    /// returns, the report survives a power cut.
    ///
    /// # Errors
    /// [`PushError`]; nothing of the report is then on the disk.
    pub fn push(&mut self, ordinal: u64, report: &[u8]) -> Result<(), PushError> {
        if report.len() > MAX_REPORT {
            return Err(PushError::TooLong(report.len()));
        }
        let size = (HEADER + report.len()) as u64;
        let used = self.bytes();
        if used + size > self.limit {
            self.full = true;
            return Err(self.full_error());
        }
        let path = self.path(ordinal);
        let content = [MAGIC.as_slice(), &sign::sha256(report).0, report].concat();
        if let Err(error) = disk::replace(&*self.disk, &path, &content) {
            // The rename may have happened and only its sync failed: it must not count as kept.
            let _ = disk::remove(&*self.disk, &path);
            return Err(error.into());
        }
        self.files.insert(ordinal, size);
        Ok(())
    }

    /// The refusal of a spool that has been full since a report last left it.
    pub fn full(&self) -> Option<PushError> {
        self.full.then(|| self.full_error())
    }

    fn full_error(&self) -> PushError {
        PushError::Full {
            used: self.bytes(),
            limit: self.limit,
            reports: self.len(),
        }
    }

    /// The oldest report that is whole. Damaged ones before it are put aside and returned beside
    /// it by their ordinals.
    ///
    /// # Errors
    /// [`DiskError`] when a damaged one cannot be moved.
    pub fn oldest(&mut self) -> Result<(Option<Entry>, Vec<u64>), DiskError> {
        let mut damaged = Vec::new();
        while let Some((&ordinal, _)) = self.files.first_key_value() {
            match self.load(ordinal) {
                Some(bytes) => return Ok((Some(Entry { ordinal, bytes }), damaged)),
                None => {
                    self.put_aside(ordinal, Aside::Damaged)?;
                    damaged.push(ordinal);
                }
            }
        }
        Ok((None, damaged))
    }

    /// The newest report that is whole.
    pub fn newest(&self) -> Option<Entry> {
        self.files.keys().rev().find_map(|&ordinal| {
            let bytes = self.load(ordinal)?;
            Some(Entry { ordinal, bytes })
        })
    }

    /// Removes an acknowledged report.
    ///
    /// # Errors
    /// [`DiskError`]; the report then stays and will be sent again.
    pub fn remove(&mut self, ordinal: u64) -> Result<(), DiskError> {
        disk::remove(&*self.disk, &self.path(ordinal))?;
        self.files.remove(&ordinal);
        self.full = false;
        Ok(())
    }

    /// Moves a report out of the order.
    ///
    /// # Errors
    /// [`DiskError`]; the report then stays where it is.
    pub fn put_aside(&mut self, ordinal: u64, aside: Aside) -> Result<PathBuf, DiskError> {
        let folder = self.folder.join(aside.folder());
        let to = folder.join(file_name(ordinal));
        disk::relocate(&*self.disk, &self.path(ordinal), &to, HEADER + MAX_REPORT)?;
        self.files.remove(&ordinal);
        self.full = false;
        let mut kept = scan(&folder)?;
        while kept.len() > MAX_ASIDE {
            if let Some((oldest, _)) = kept.pop_first() {
                disk::remove(&*self.disk, &folder.join(file_name(oldest)))?;
            }
        }
        Ok(to)
    }

    fn path(&self, ordinal: u64) -> PathBuf {
        self.folder.join(file_name(ordinal))
    }

    fn load(&self, ordinal: u64) -> Option<Vec<u8>> {
        load(&self.path(ordinal))
    }
}

/// What a spool folder holds, read without taking part in it: ordinals and bytes.
///
/// # Errors
/// [`DiskError`] when the folder cannot be read.
pub fn look(folder: &Path) -> Result<BTreeMap<u64, u64>, DiskError> {
    match folder.exists() {
        true => scan(folder),
        false => Ok(BTreeMap::new()),
    }
}

/// Reports put aside, by kind: damaged, refused.
///
/// # Errors
/// [`DiskError`] when a folder cannot be read.
pub fn look_aside(folder: &Path) -> Result<[usize; 2], DiskError> {
    let count = |aside: Aside| look(&folder.join(aside.folder())).map(|files| files.len());
    Ok([count(Aside::Damaged)?, count(Aside::Refused)?])
}

/// The report at `ordinal` of a spool folder, if its file is whole.
pub fn look_at(folder: &Path, ordinal: u64) -> Option<Vec<u8>> {
    load(&folder.join(file_name(ordinal)))
}

fn load(path: &Path) -> Option<Vec<u8>> {
    let content = disk::read(path, HEADER + MAX_REPORT).ok()??;
    report_in(&content).map(<[u8]>::to_vec)
}

/// The report in what a file of the spool holds, if that is whole.
pub fn report_in(content: &[u8]) -> Option<&[u8]> {
    let rest = content.strip_prefix(MAGIC)?;
    let (hash, report) = rest.split_first_chunk::<32>()?;
    (sign::sha256(report).0 == *hash).then_some(report)
}

fn file_name(ordinal: u64) -> String {
    format!("{ordinal:020}{SUFFIX}")
}

fn scan(folder: &Path) -> Result<BTreeMap<u64, u64>, DiskError> {
    let mut files = BTreeMap::new();
    for path in list(folder)? {
        let ordinal = path
            .file_name()
            .and_then(|name| name.to_str()?.strip_suffix(SUFFIX))
            .filter(|digits| digits.len() == 20 && digits.bytes().all(|b| b.is_ascii_digit()))
            .and_then(|digits| digits.parse().ok());
        if let Some(ordinal) = ordinal {
            let size = fs::metadata(&path).map_err(DiskError::at("reading", &path))?;
            files.insert(ordinal, size.len());
        }
    }
    Ok(files)
}

fn list(folder: &Path) -> Result<Vec<PathBuf>, DiskError> {
    let entries = fs::read_dir(folder).map_err(DiskError::at("reading folder", folder))?;
    entries
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<_, _>>()
        .map_err(DiskError::at("reading folder", folder))
}

#[cfg(test)]
#[path = "spool_tests.rs"]
mod tests;
