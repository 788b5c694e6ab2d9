//! Installing the vendor's directory and pinning the vendor's trust.

use crate::config::Config;
use crate::disk::{self, Disk, DiskError};
use crate::state::StateDir;
use domicile_certs::Trust;
use domicile_certs::trust::{self, TrustError};
use domicile_proto::directory::{Directory, MAX_BYTES};
use domicile_proto::sign::OpenError;
use std::path::{Path, PathBuf};

/// Why a directory was not installed or used.
#[derive(Debug, thiserror::Error)]
pub enum DirectoryError {
    /// A file failed.
    #[error(transparent)]
    Disk(#[from] DiskError),
    /// The file is not there.
    #[error("`{}` does not exist", .0.display())]
    Missing(PathBuf),
    /// Nothing is pinned yet.
    #[error("no vendor is trusted yet: domiciled directory install FILE --trust trust.toml")]
    NoTrust,
    /// The trust file is wrong.
    #[error("trust: {0}")]
    Trust(String),
    /// Another vendor is pinned.
    #[error(
        "another trust file is pinned in `{}`; to change vendors, withdraw, remove that file and `directory.bin`, and install again",
        .0.display()
    )]
    OtherTrust(PathBuf),
    /// The directory's signature or content fails.
    #[error("the directory `{}` was refused: {source}", path.display())]
    Refused {
        /// The file.
        path: PathBuf,
        /// Why.
        source: OpenError,
    },
    /// Not newer than the installed one.
    #[error(
        "directory version {given} was refused: version {installed} is installed, and versions only rise"
    )]
    NotNewer {
        /// The file's.
        given: u64,
        /// Installed.
        installed: u64,
    },
    /// None is installed.
    #[error("no directory is installed: domiciled directory install FILE")]
    NotInstalled,
}

/// What `install` did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Installed {
    /// A new version.
    New,
    /// The same bytes were there already.
    Unchanged,
}

/// Checks the directory in `file` under the vendor's key and installs it. The first time,
/// `trust_file` is pinned.
///
/// # Errors
/// [`DirectoryError`]; nothing is changed then.
pub fn install(
    disk: &dyn Disk,
    config: &Config,
    state: &StateDir,
    file: &Path,
    trust_file: Option<&Path>,
) -> Result<(Directory, Installed), DirectoryError> {
    let bytes = disk::read(file, MAX_BYTES)?.ok_or(DirectoryError::Missing(file.to_owned()))?;
    let pin = match trust_file {
        Some(path) => Some(read_trust(path)?.ok_or(DirectoryError::Missing(path.to_owned()))?),
        None => None,
    };
    let pinned = match (read_trust(&state.trust())?, &pin) {
        (Some((_, there)), Some((_, given))) if there != *given => {
            return Err(DirectoryError::OtherTrust(state.trust()));
        }
        (there, _) => there,
    };
    let trust = match (&pinned, &pin) {
        (_, Some((_, trust))) | (Some((_, trust)), None) => trust.clone(),
        (None, None) => trust(config, state)?,
    };
    let refused = |source| DirectoryError::Refused {
        path: file.to_owned(),
        source,
    };
    let directory = Directory::open(&bytes, &trust.directory_key).map_err(refused)?;
    if let Some(there) = disk::read(&state.directory(), MAX_BYTES)? {
        if there == bytes {
            return Ok((directory, Installed::Unchanged));
        }
        if let Ok(installed) = Directory::open(&there, &trust.directory_key)
            && installed.version >= directory.version
        {
            return Err(DirectoryError::NotNewer {
                given: directory.version,
                installed: installed.version,
            });
        }
    }
    if let (None, Some((text, _))) = (&pinned, &pin) {
        disk::replace(disk, &state.trust(), text)?;
    }
    disk::replace(disk, &state.directory(), &bytes)?;
    Ok((directory, Installed::New))
}

/// The vendor's trust: the configuration's file, or the pinned one.
///
/// # Errors
/// [`DirectoryError`] when there is none or it is wrong.
pub fn trust(config: &Config, state: &StateDir) -> Result<Trust, DirectoryError> {
    let path = config.trust.clone().unwrap_or_else(|| state.trust());
    match read_trust(&path)? {
        Some((_, trust)) => Ok(trust),
        None if config.trust.is_some() => Err(DirectoryError::Missing(path)),
        None => Err(DirectoryError::NoTrust),
    }
}

fn read_trust(path: &Path) -> Result<Option<(Vec<u8>, Trust)>, DirectoryError> {
    let Some(bytes) = disk::read(path, trust::MAX_BYTES)? else {
        return Ok(None);
    };
    let trust = Trust::parse(&bytes).map_err(|problem| {
        DirectoryError::Trust(
            TrustError::Content {
                path: path.to_owned(),
                problem,
            }
            .to_string(),
        )
    })?;
    Ok(Some((bytes, trust)))
}

/// The installed directory, checked again.
///
/// # Errors
/// [`DirectoryError`] when there is none or it does not verify.
pub fn installed(state: &StateDir, trust: &Trust) -> Result<Directory, DirectoryError> {
    let path = state.directory();
    let bytes = disk::read(&path, MAX_BYTES)?.ok_or(DirectoryError::NotInstalled)?;
    Directory::open(&bytes, &trust.directory_key)
        .map_err(|source| DirectoryError::Refused { path, source })
}
