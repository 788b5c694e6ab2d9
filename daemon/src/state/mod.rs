//! The state folder: what each file in it is, and how it is read and replaced.
//!
//! | File | Holds |
//! |---|---|
//! | `trust.toml` | the vendor's keys, pinned by the first `directory install --trust` |
//! | `directory.bin` | the installed directory, signed |
//! | `zone.toml` | the installed zone file, for coarse mode |
//! | `agent.key` | the agent's private key, PEM, mode 0600, made once |
//! | `enrolment.json` | the declared metro and the machine, from before the first request |
//! | `certificate.pem` | certificate and issuer; with it the agent is enrolled |
//! | `certificate.json` | when it came, by the host's clock: decides when to renew |
//! | `chain.json` | place in the chain of reports |
//! | `log-head.json`, `log-conflicts.json` | newest log head shown, and heads that contradict it |
//! | `device-chains.json` | which devices' certificates each collector has acknowledged |
//! | `session.json`, `receipt.json` | the last session and receipt, for `status` |
//! | `confinement.json` | how the network process is confined, for `status` and `prove` |
//! | `spool/` | unacknowledged reports |
//! | `lock` | held by the one process that may write here |

pub mod chain;
pub mod chains;
pub mod enrolment;
pub mod heads;
pub mod lock;
pub mod record;

use crate::disk::{self, Disk, DiskError};
use serde::{Serialize, de::DeserializeOwned};
use std::fs::{self, DirBuilder};
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _};
use std::path::{Path, PathBuf};

/// Longest state file, bytes.
const MAX_BYTES: usize = 64 * 1024;

/// Why state could not be used.
#[derive(Debug, thiserror::Error)]
pub enum StateError {
    /// The disk failed.
    #[error(transparent)]
    Disk(#[from] DiskError),
    /// A file does not hold what it should.
    #[error("state file `{}` is damaged: {problem}; restore it, or `domiciled withdraw` and enrol again", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What the parser said.
        problem: String,
    },
    /// It is another user's: files made here would not be theirs.
    #[error(
        "state folder `{}` belongs to the user with id {owner}: run this as that user, say \
         `runuser -u domicile -- domiciled …` (a token that only root can read: `--token-file - <FILE`)",
        path.display()
    )]
    Foreign {
        /// The folder.
        path: PathBuf,
        /// Its owner's id.
        owner: u32,
    },
    /// Others can read the folder.
    #[error("state folder `{}` can be read by others (mode {mode:o}): chmod 700 it", path.display())]
    Open {
        /// The folder.
        path: PathBuf,
        /// Its mode.
        mode: u32,
    },
}

/// Paths in the state folder.
#[derive(Debug, Clone)]
pub struct StateDir {
    root: PathBuf,
}

macro_rules! paths {
    ($($(#[$doc:meta])* $name:ident = $file:literal;)*) => {
        impl StateDir {
            $($(#[$doc])* pub fn $name(&self) -> PathBuf { self.root.join($file) })*
        }
    };
}

paths! {
    /// The pinned trust file.
    trust = "trust.toml";
    /// The installed directory.
    directory = "directory.bin";
    /// The installed zone file.
    zone = "zone.toml";
    /// The private key.
    key = "agent.key";
    /// Metro, machine and collector.
    enrolment = "enrolment.json";
    /// Certificate and issuer.
    certificate = "certificate.pem";
    /// When the certificate came.
    renewal = "certificate.json";
    /// Place in the chain of reports.
    chain = "chain.json";
    /// Devices' certificates that collectors have acknowledged.
    device_chains = "device-chains.json";
    /// Newest log head.
    log_head = "log-head.json";
    /// Heads that contradict it.
    log_conflicts = "log-conflicts.json";
    /// The last session.
    session = "session.json";
    /// The last receipt, for people.
    receipt = "receipt.json";
    /// The last receipt as the collector signed it: an auditor holds the published log against it.
    signed_receipt = "receipt.bin";
    /// How the network process is confined.
    confinement = "confinement.json";
    /// Unacknowledged reports.
    spool = "spool";
    /// Held by the process that writes.
    lock = "lock";
}

impl StateDir {
    /// The folder at `root`, whether it exists or not.
    pub fn new(root: &Path) -> Self {
        Self {
            root: root.to_owned(),
        }
    }

    /// The folder.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Makes the folder with mode 0700 if need be.
    ///
    /// # Errors
    /// [`StateError`] when it cannot be made, is another user's, or group or others can reach into it.
    pub fn prepare(&self) -> Result<(), StateError> {
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&self.root)
            .map_err(DiskError::at("making folder", &self.root))?;
        let meta = self.own()?;
        match meta.mode() & 0o077 {
            0 => Ok(()),
            _ => Err(StateError::Open {
                path: self.root.clone(),
                mode: meta.mode() & 0o7777,
            }),
        }
    }

    /// Fails when the folder is there and is another user's: a process without capabilities cannot read it,
    /// be it root's.
    ///
    /// # Errors
    /// [`StateError`] naming the folder.
    pub fn check_own(&self) -> Result<(), StateError> {
        match self.root.exists() {
            true => self.own().map(drop),
            false => Ok(()),
        }
    }

    fn own(&self) -> Result<fs::Metadata, StateError> {
        let meta = fs::metadata(&self.root).map_err(DiskError::at("reading", &self.root))?;
        if meta.uid() != rustix::process::geteuid().as_raw() {
            return Err(StateError::Foreign {
                path: self.root.clone(),
                owner: meta.uid(),
            });
        }
        Ok(meta)
    }

    /// Fails when the folder is there and cannot be looked into: what is in it must not be taken
    /// for missing.
    ///
    /// # Errors
    /// [`StateError`] naming the folder.
    pub fn check_readable(&self) -> Result<(), StateError> {
        match fs::read_dir(&self.root) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                Err(DiskError::at("reading folder", &self.root)(error).into())
            }
            _ => Ok(()),
        }
    }

    /// Every file that belongs to an enrolment, the certificate first: without it the agent is
    /// not enrolled. Trust and directory are not among them.
    pub fn of_enrolment(&self) -> [PathBuf; 13] {
        [
            self.certificate(),
            self.key(),
            self.enrolment(),
            self.renewal(),
            self.chain(),
            self.device_chains(),
            self.log_head(),
            self.log_conflicts(),
            self.session(),
            self.receipt(),
            self.signed_receipt(),
            self.confinement(),
            self.root.join("agent.key.tmp"),
        ]
    }
}

/// Reads a JSON state file; `None` when there is none.
///
/// # Errors
/// [`StateError`] when it cannot be read or is not a `T`.
pub fn load<T: DeserializeOwned>(path: &Path) -> Result<Option<T>, StateError> {
    let Some(bytes) = disk::read(path, MAX_BYTES)? else {
        return Ok(None);
    };
    serde_json::from_slice(&bytes)
        .map(Some)
        .map_err(|error| StateError::Damaged {
            path: path.to_owned(),
            problem: error.to_string(),
        })
}

/// Replaces a JSON state file as a whole.
///
/// # Errors
/// [`StateError`]; the old file is then untouched.
pub fn save<T: Serialize>(disk: &dyn Disk, path: &Path, value: &T) -> Result<(), StateError> {
    let mut bytes = serde_json::to_vec_pretty(value).expect("state has string keys only");
    bytes.push(b'\n');
    Ok(disk::replace(disk, path, &bytes)?)
}

/// Values that state files hold as the text that people read.
pub mod text {
    use serde::{Deserialize as _, Deserializer, Serializer, de::Error as _};
    use std::fmt::Display;
    use std::str::FromStr;

    /// Writes a value as its text.
    ///
    /// # Errors
    /// The serializer's.
    pub fn serialize<T: Display, S: Serializer>(value: &T, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(value)
    }

    /// Reads a value from its text.
    ///
    /// # Errors
    /// The deserializer's, or that the text is not one.
    pub fn deserialize<'de, T, D>(from: D) -> Result<T, D::Error>
    where
        T: FromStr<Err: Display>,
        D: Deserializer<'de>,
    {
        String::deserialize(from)?.parse().map_err(D::Error::custom)
    }
}

/// Bytes that state files hold as hexadecimal.
pub mod hex {
    use data_encoding::HEXLOWER;
    use serde::{Deserialize as _, Deserializer, Serializer, de::Error as _};

    /// Writes bytes as hexadecimal.
    ///
    /// # Errors
    /// The serializer's.
    pub fn serialize<B: AsRef<[u8]>, S: Serializer>(bytes: &B, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&HEXLOWER.encode(bytes.as_ref()))
    }

    /// Reads bytes from hexadecimal.
    ///
    /// # Errors
    /// The deserializer's, or that the text is no hexadecimal of the right length.
    pub fn deserialize<'de, B: TryFrom<Vec<u8>>, D: Deserializer<'de>>(
        from: D,
    ) -> Result<B, D::Error> {
        let text = String::deserialize(from)?;
        let bytes = HEXLOWER.decode(text.as_bytes()).map_err(D::Error::custom)?;
        B::try_from(bytes).map_err(|_| D::Error::custom("wrong number of bytes"))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;

    #[test]
    fn a_folder_of_another_user_is_refused() {
        let root = tempfile::tempdir().unwrap();
        // Only root can give a folder away; for anybody else root's are foreign.
        let foreign = match rustix::process::geteuid().is_root() {
            true => {
                std::os::unix::fs::chown(root.path(), Some(65_534), None).unwrap();
                root.path()
            }
            false => Path::new("/proc"),
        };
        let refused = StateDir::new(foreign).prepare().unwrap_err();
        assert!(matches!(refused, StateError::Foreign { .. }), "{refused}");
    }

    #[test]
    fn the_folder_is_private() {
        let root = tempfile::tempdir().unwrap();
        let state = StateDir::new(&root.path().join("state"));
        state.prepare().unwrap();
        assert_eq!(fs::metadata(state.root()).unwrap().mode() & 0o777, 0o700);
        fs::set_permissions(state.root(), fs::Permissions::from_mode(0o750)).unwrap();
        assert!(matches!(
            state.prepare(),
            Err(StateError::Open { mode: 0o750, .. })
        ));
    }

    #[test]
    fn a_folder_that_cannot_be_read_is_not_an_empty_one() {
        let root = tempfile::tempdir().unwrap();
        let missing = StateDir::new(&root.path().join("missing"));
        missing.check_readable().unwrap();
        let file = root.path().join("file");
        fs::write(&file, b"").unwrap();
        let error = StateDir::new(&file).check_readable().unwrap_err();
        assert!(error.to_string().contains("file"), "{error}");
    }

    #[test]
    fn a_damaged_file_is_named() {
        let root = tempfile::tempdir().unwrap();
        let state = StateDir::new(root.path());
        fs::write(state.chain(), b"{").unwrap();
        let error = load::<chain::Stored>(&state.chain())
            .unwrap_err()
            .to_string();
        assert!(error.contains("chain.json"), "{error}");
    }
}
