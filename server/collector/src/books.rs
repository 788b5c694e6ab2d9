//! Directories and policies: every version in the log, the newest from their files, and which one
//! holds when.

use crate::store::{Store, StoreError};
use domicile_appraise::policy::{Policy, PolicyError};
use domicile_certs::files::{self, FileError, Stamp};
use domicile_geo::Territories;
use domicile_ledger::Kind;
use domicile_proto::SUBMISSION_WINDOW_MS;
use domicile_proto::directory::{self, Directory};
use domicile_proto::sign::{OpenError, sha256};
use domicile_proto::types::Key;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Directory files read from a folder, at most.
const MAX_FILES: usize = 1024;

/// A directory or policy was refused.
#[derive(Debug, thiserror::Error)]
pub enum BookError {
    /// Its file.
    #[error(transparent)]
    File(#[from] FileError),
    /// The folder of directories.
    #[error("{}: {source}", path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
        /// Why it cannot be read.
        source: std::io::Error,
    },
    /// No directory at all.
    #[error("{} holds no directory: put the vendor's signed `directory.bin` there", .0.display())]
    NoDirectory(PathBuf),
    /// Not a directory signed by the vendor.
    #[error("{}: {source}", path.display())]
    Directory {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: OpenError,
    },
    /// Two directories with one version number.
    #[error(
        "two different directories have version {0}: remove the one that the vendor did not mean"
    )]
    TwoOfOneVersion(u64),
    /// A document in the log that no longer opens: the trust file changed.
    #[error("the directory logged at {index} does not open with this trust file: {source}")]
    Logged {
        /// Its place in the log.
        index: u64,
        /// What is wrong with it.
        source: OpenError,
    },
    /// Not a policy.
    #[error("{}: {source}", path.display())]
    Policy {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: PolicyError,
    },
    /// The log could not be read or written.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The documents as they stand in their files.
pub struct Documents {
    directories: Vec<(Directory, Vec<u8>)>,
    policy: (Policy, Vec<u8>),
}

impl Documents {
    /// Reads and checks the files of a configuration.
    ///
    /// # Errors
    /// [`BookError`] naming the file.
    pub fn read(directory: &Path, policy: &Path, directory_key: &Key) -> Result<Self, BookError> {
        let mut directories: Vec<(Directory, Vec<u8>)> = Vec::new();
        for path in directory_files(directory)? {
            let bytes = files::read(&path, directory::MAX_BYTES)?;
            let opened = Directory::open(&bytes, directory_key)
                .map_err(|source| BookError::Directory { path, source })?;
            directories.push((opened, bytes));
        }
        directories.sort_by_key(|(directory, _)| (directory.version, directory.hash));
        directories.dedup_by_key(|(directory, _)| directory.hash);
        for pair in directories.windows(2) {
            if pair[0].0.version == pair[1].0.version {
                return Err(BookError::TwoOfOneVersion(pair[0].0.version));
            }
        }
        if directories.is_empty() {
            return Err(BookError::NoDirectory(directory.to_owned()));
        }
        let bytes = files::read(policy, domicile_appraise::policy::MAX_BYTES)?;
        let parsed =
            Policy::parse(&bytes, Territories::builtin()).map_err(|source| BookError::Policy {
                path: policy.to_owned(),
                source,
            })?;
        Ok(Self {
            directories,
            policy: (parsed, bytes),
        })
    }

    /// The directory with the highest version.
    pub fn newest(&self) -> Option<&Directory> {
        self.directories.last().map(|(directory, _)| directory)
    }

    /// The policy.
    pub fn policy(&self) -> &Policy {
        &self.policy.0
    }
}

fn directory_files(path: &Path) -> Result<Vec<PathBuf>, BookError> {
    if !path.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let folder = |source| BookError::Folder {
        path: path.to_owned(),
        source,
    };
    let mut files = Vec::new();
    for entry in std::fs::read_dir(path).map_err(folder)?.take(MAX_FILES) {
        let file = entry.map_err(folder)?.path();
        if file.extension().is_some_and(|extension| extension == "bin") {
            files.push(file);
        }
    }
    files.sort();
    Ok(files)
}

/// What changes when a document's file does.
pub fn stamp(directory: &Path, policy: &Path) -> Vec<(PathBuf, Stamp)> {
    let files = directory_files(directory).unwrap_or_default();
    let paths = files.into_iter().chain([policy.to_owned()]);
    paths
        .filter_map(|path| Stamp::of(&path).map(|stamp| (path, stamp)))
        .collect()
}

/// Every directory and policy that the log holds. Cheap to clone.
#[derive(Clone)]
pub struct Books {
    directories: BTreeMap<u64, Arc<Directory>>,
    /// With the time from which each holds, ascending.
    policies: Vec<(u64, Arc<Policy>)>,
}

impl Books {
    /// Logs what the log lacks of the documents, then reads everything from the log.
    ///
    /// # Errors
    /// [`BookError`].
    pub async fn open(
        store: &Store,
        documents: &Documents,
        directory_key: &Key,
    ) -> Result<Self, BookError> {
        let mut missing = Vec::new();
        let logged: BTreeMap<u64, Vec<u8>> = store
            .directories()?
            .into_iter()
            .map(|(version, row)| (version, row.hash))
            .collect();
        for (directory, bytes) in &documents.directories {
            match logged.get(&directory.version) {
                None => missing.push((Kind::Directory, bytes.clone())),
                Some(hash) if *hash == directory.hash.to_vec() => {}
                Some(_) => return Err(BookError::TwoOfOneVersion(directory.version)),
            }
        }
        let newest = store.policies()?.pop().map(|(_, row)| row.hash);
        if newest != Some(sha256(&documents.policy.1).to_vec()) {
            missing.push((Kind::Policy, documents.policy.1.clone()));
        }
        if !missing.is_empty() {
            store.commit(missing).await?;
        }
        Self::from_log(store, directory_key)
    }

    fn from_log(store: &Store, directory_key: &Key) -> Result<Self, BookError> {
        let mut books = Self {
            directories: BTreeMap::new(),
            policies: Vec::new(),
        };
        for (version, row) in store.directories()? {
            let index = row.log_index;
            let bytes = store.read(index)?.payload;
            let directory = Directory::open(&bytes, directory_key)
                .map_err(|source| BookError::Logged { index, source })?;
            books.directories.insert(version, Arc::new(directory));
        }
        for (index, row) in store.policies()? {
            let bytes = store.read(index)?.payload;
            match Policy::parse(&bytes, Territories::builtin()) {
                Ok(policy) => books.policies.push((row.time_ms, Arc::new(policy))),
                // Its territories may be gone from newer data; the newest was checked as a file.
                Err(error) => tracing::warn!(index, %error, "a logged policy is left out"),
            }
        }
        Ok(books)
    }

    /// The directory for new challenges: the highest version that has not expired.
    pub fn current_directory(&self, now_ms: u64) -> Option<Arc<Directory>> {
        self.directories
            .values()
            .rev()
            .find(|directory| directory.expires_ms > now_ms)
            .cloned()
    }

    /// A directory version that evidence may still name: known, and expired no longer ago than
    /// evidence may wait.
    pub fn directory(&self, version: u64, now_ms: u64) -> Option<Arc<Directory>> {
        let directory = self.directories.get(&version)?;
        (directory.expires_ms.saturating_add(SUBMISSION_WINDOW_MS) > now_ms)
            .then(|| Arc::clone(directory))
    }

    /// A directory version, however old.
    pub fn any_directory(&self, version: u64) -> Option<Arc<Directory>> {
        self.directories.get(&version).cloned()
    }

    /// The policy in force at a time: the last one logged before it. What was measured before the
    /// first is judged by the first.
    pub fn policy_at(&self, at_ms: u64) -> Option<Arc<Policy>> {
        let later = self
            .policies
            .partition_point(|(from_ms, _)| *from_ms <= at_ms);
        let (_, policy) = self.policies.get(later.saturating_sub(1))?;
        Some(Arc::clone(policy))
    }

    /// The newest policy.
    pub fn policy(&self) -> Option<Arc<Policy>> {
        self.policies.last().map(|(_, policy)| Arc::clone(policy))
    }
}
