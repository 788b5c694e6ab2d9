//! What an anchor needs to run: loaded once, checked together, directory reloaded on change.

use crate::config::{Config, Settings};
use domicile_certs::files::{self, FileError, Stamp};
use domicile_certs::keys::IdentityError;
use domicile_certs::revocation::{RevocationError, Revocations};
use domicile_certs::trust::TrustError;
use domicile_certs::{Identity, Trust};
use domicile_proto::directory::{self, Directory};
use domicile_proto::sign::OpenError;
use domicile_proto::types::Key;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Everything an anchor serves with.
#[derive(Debug, Clone)]
pub struct Materials {
    /// Its key and certificate.
    pub identity: Identity,
    /// What the vendor told it out of band.
    pub trust: Trust,
    /// Where it stands and which logs there are. Holds this anchor's key.
    pub directory: Arc<Directory>,
    /// The file that `directory` came from, looked at for a newer version.
    pub directory_file: Option<PathBuf>,
    /// Agents' revoked certificates.
    pub revocations: Arc<Revocations>,
    /// Folder of log heads.
    pub state_dir: PathBuf,
    /// Limits and deadlines.
    pub settings: Settings,
}

/// An anchor cannot start.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// Its key or certificate.
    #[error(transparent)]
    Identity(#[from] IdentityError),
    /// `trust.toml`.
    #[error(transparent)]
    Trust(#[from] TrustError),
    /// The revocation lists.
    #[error(transparent)]
    Revocations(#[from] RevocationError),
    /// The directory.
    #[error(transparent)]
    Directory(#[from] DirectoryError),
}

/// A directory file is not used.
#[derive(Debug, thiserror::Error)]
pub enum DirectoryError {
    /// It could not be read.
    #[error("directory: {0}")]
    File(#[from] FileError),
    /// It is not signed by the vendor's directory key, or a field is out of range.
    #[error("directory {}: {source}", path.display())]
    Content {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: OpenError,
    },
    /// This anchor is not in it.
    #[error(
        "directory {} (version {version}) has no anchor with this anchor's key {key}: \
         have the vendor add it, then copy the new directory here",
        path.display()
    )]
    NotListed {
        /// The file.
        path: PathBuf,
        /// The directory's version.
        version: u64,
        /// This anchor's key.
        key: Key,
    },
    /// It is older than the one in use.
    #[error("directory {} is version {found}, older than version {held} in use", path.display())]
    Older {
        /// The file.
        path: PathBuf,
        /// Its version.
        found: u64,
        /// The version in use.
        held: u64,
    },
}

impl Materials {
    /// Loads and checks all files of a configuration.
    ///
    /// # Errors
    /// [`LoadError`] naming the file and what is wrong.
    pub fn load(config: &Config) -> Result<Self, LoadError> {
        let identity = Identity::load(&config.key, &config.certificate)?;
        let trust = Trust::load(&config.trust)?;
        let revocations = Revocations::load(&config.crl_dir, &trust)?;
        let directory = load_directory(&config.directory, &trust, &identity.key.public())?;
        Ok(Self {
            identity,
            trust,
            directory: Arc::new(directory),
            directory_file: Some(config.directory.clone()),
            revocations: Arc::new(revocations),
            state_dir: config.state_dir.clone(),
            settings: config.settings,
        })
    }
}

fn load_directory(path: &Path, trust: &Trust, anchor: &Key) -> Result<Directory, DirectoryError> {
    let bytes = files::read(path, directory::MAX_BYTES)?;
    let directory = Directory::open(&bytes, &trust.directory_key).map_err(|source| {
        DirectoryError::Content {
            path: path.to_owned(),
            source,
        }
    })?;
    if directory.anchor(anchor).is_none() {
        return Err(DirectoryError::NotListed {
            path: path.to_owned(),
            version: directory.version,
            key: *anchor,
        });
    }
    Ok(directory)
}

/// Looks at a directory file for a newer version.
#[derive(Debug)]
pub(crate) struct DirectoryWatch {
    path: PathBuf,
    trust: Trust,
    anchor: Key,
    seen: Option<Stamp>,
}

impl DirectoryWatch {
    /// Watches `path`. The first look reads the file, whatever was read before.
    pub(crate) fn new(path: PathBuf, trust: Trust, anchor: Key) -> Self {
        Self {
            path,
            trust,
            anchor,
            seen: None,
        }
    }

    /// The directory in the file, if the file changed and the directory differs from `held`.
    /// Each changed file is answered once.
    ///
    /// # Errors
    /// [`DirectoryError`] when the changed file is not used.
    pub(crate) fn look(&mut self, held: &Directory) -> Result<Option<Directory>, DirectoryError> {
        let stamp = Stamp::of(&self.path);
        if stamp.is_some() && stamp == self.seen {
            return Ok(None);
        }
        let missing_before = self.seen.is_none() && stamp.is_none();
        self.seen = stamp;
        if missing_before {
            return Ok(None);
        }
        let found = load_directory(&self.path, &self.trust, &self.anchor)?;
        if found.version < held.version {
            return Err(DirectoryError::Older {
                path: self.path.clone(),
                found: found.version,
                held: held.version,
            });
        }
        Ok((found.hash != held.hash).then_some(found))
    }
}
