//! `revoked-<ca>.toml`: what a CA has revoked, the source of its revocation list.
//!
//! The list is made from this file alone. A file that lacks what the list in force revokes is
//! refused, so a lost or old copy cannot undo a revocation.

use crate::authority::{AuthorityError, Ca, LIST_LIFETIME_MS};
use crate::files::{self, FileError};
use crate::issue::{Issuer, Period, RevocationReason, Revoked};
use crate::pem;
use crate::revocation::{self, List};
use crate::x509::{Fields, Serial};
use serde::{Deserialize, Serialize};
use std::fs::File;
use std::path::{Path, PathBuf};

const MAX_BYTES: usize = 64 * 1024 * 1024;

/// A CA's revocations could not be read or changed.
#[derive(Debug, thiserror::Error)]
pub enum RegistryError {
    /// A file.
    #[error(transparent)]
    File(#[from] FileError),
    /// The CA, or its list.
    #[error(transparent)]
    Authority(#[from] AuthorityError),
    /// A file that does not say what it must.
    #[error("{}: {problem}", path.display())]
    Content {
        /// The file.
        path: PathBuf,
        /// What is wrong with it and what to do.
        problem: String,
    },
}

/// Why a certificate was revoked, as it stands in the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reason {
    /// Not said.
    Unspecified,
    /// Someone else may hold the private key.
    KeyCompromise,
    /// The holder changed its name or owner.
    AffiliationChanged,
    /// Another certificate took its place.
    Superseded,
    /// The holder no longer operates.
    CessationOfOperation,
    /// The holder lost its permission.
    PrivilegeWithdrawn,
}

impl From<Reason> for RevocationReason {
    fn from(reason: Reason) -> Self {
        match reason {
            Reason::Unspecified => Self::Unspecified,
            Reason::KeyCompromise => Self::KeyCompromise,
            Reason::AffiliationChanged => Self::AffiliationChanged,
            Reason::Superseded => Self::Superseded,
            Reason::CessationOfOperation => Self::CessationOfOperation,
            Reason::PrivilegeWithdrawn => Self::PrivilegeWithdrawn,
        }
    }
}

/// One revocation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Entry {
    /// The certificate's serial number, hexadecimal.
    #[serde(with = "serial_text")]
    pub serial: Serial,
    /// When it was revoked, Unix ms.
    pub revoked_ms: u64,
    /// Why.
    pub reason: Reason,
    /// The certificate's subject, for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

mod serial_text {
    use super::Serial;
    use serde::{Deserialize as _, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(serial: &Serial, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(serial)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Serial, D::Error> {
        let text = String::deserialize(from)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// What a CA has revoked.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Registry {
    /// Number of the last list made from it.
    pub list_number: u64,
    /// The revocations, oldest first.
    #[serde(default)]
    pub revoked: Vec<Entry>,
}

impl Registry {
    /// Reads the file's text.
    ///
    /// # Errors
    /// What is wrong with it: an unknown key, a malformed value, a serial that stands twice.
    pub fn parse(bytes: &[u8]) -> Result<Self, String> {
        let text = std::str::from_utf8(bytes).map_err(|_| "not UTF-8 text".to_owned())?;
        let registry: Self = toml::from_str(text).map_err(|error| error.to_string())?;
        let mut serials: Vec<_> = registry.revoked.iter().map(|entry| entry.serial).collect();
        serials.sort_unstable();
        match serials.windows(2).find(|pair| pair[0] == pair[1]) {
            Some(pair) => Err(format!("serial {} stands twice", pair[0])),
            None => Ok(registry),
        }
    }

    /// The file's text.
    pub fn to_toml(&self) -> String {
        toml::to_string(self).expect("numbers, strings and tables are TOML")
    }

    /// The revocation of a serial number.
    pub fn entry(&self, serial: &Serial) -> Option<&Entry> {
        self.revoked.iter().find(|entry| entry.serial == *serial)
    }
}

/// What [`update`] did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Updated {
    /// The certificate had been revoked already, at this time (Unix ms).
    pub already_ms: Option<u64>,
    /// Number of the new list.
    pub number: u64,
    /// Certificates in it.
    pub revoked: usize,
    /// Where it stands.
    pub list: PathBuf,
}

/// The registry's file of a CA.
pub fn path(folder: &Path, ca: Ca) -> PathBuf {
    folder.join(format!("revoked-{}.toml", ca.name()))
}

/// Adds a revocation, if one is given and is not there yet, and issues the CA's next list. Two
/// programs at once take turns.
///
/// # Errors
/// [`RegistryError`]; registry and list are unchanged, or the registry alone has the new entry and
/// doing it again completes it.
pub fn update(
    folder: &Path,
    ca: Ca,
    entry: Option<Entry>,
    now_ms: u64,
) -> Result<Updated, RegistryError> {
    let issuer = ca.load(folder)?;
    let _turn = lock(folder)?;
    let mut registry = read(folder, ca)?;
    let in_force = list_in_force(folder, ca, &issuer)?;
    if let Some(lost) = in_force
        .iter()
        .flat_map(List::serials)
        .find(|serial| registry.entry(serial).is_none())
    {
        return Err(RegistryError::Content {
            path: path(folder, ca),
            problem: format!(
                "lacks serial {lost}, which the list in force revokes; restore the newest copy of this file"
            ),
        });
    }
    let already = entry
        .as_ref()
        .and_then(|entry| registry.entry(&entry.serial));
    let already_ms = already.map(|entry| entry.revoked_ms);
    registry
        .revoked
        .extend(entry.filter(|_| already_ms.is_none()));
    let number = registry
        .list_number
        .max(in_force.map_or(0, |list| list.number))
        + 1;
    registry.list_number = number;
    files::replace(
        &path(folder, ca),
        registry.to_toml().as_bytes(),
        files::PUBLIC,
    )?;
    let list = ca.list_path(folder);
    let text = pem::encode("X509 CRL", &sign(&issuer, &registry, now_ms)?);
    files::replace(&list, text.as_bytes(), files::PUBLIC)?;
    Ok(Updated {
        already_ms,
        number,
        revoked: registry.revoked.len(),
        list,
    })
}

fn sign(issuer: &Issuer, registry: &Registry, now_ms: u64) -> Result<Vec<u8>, AuthorityError> {
    let period = Period {
        from_ms: now_ms,
        until_ms: now_ms.saturating_add(LIST_LIFETIME_MS),
    };
    let entries = registry.revoked.iter().map(|entry| Revoked {
        serial: entry.serial,
        revoked_ms: entry.revoked_ms,
        reason: entry.reason.into(),
    });
    let revoked: Vec<_> = entries.collect();
    let list = issuer.revocation_list(registry.list_number, period, &revoked)?;
    Ok(list.to_vec())
}

fn read(folder: &Path, ca: Ca) -> Result<Registry, RegistryError> {
    let path = path(folder, ca);
    if !path.exists() {
        return Ok(Registry::default());
    }
    Registry::parse(&files::read(&path, MAX_BYTES)?)
        .map_err(|problem| RegistryError::Content { path, problem })
}

fn list_in_force(folder: &Path, ca: Ca, issuer: &Issuer) -> Result<Option<List>, RegistryError> {
    let path = ca.list_path(folder);
    if !path.exists() {
        return Ok(None);
    }
    let bytes = files::read(&path, revocation::MAX_BYTES)?;
    Fields::read(issuer.certificate())
        .map_err(|error| error.to_string())
        .and_then(|ca| List::parse(&bytes, &ca))
        .map(Some)
        .map_err(|problem| RegistryError::Content {
            path,
            problem: format!(
                "{problem}; restore the CA's list, or move this file away if it is lost"
            ),
        })
}

fn lock(folder: &Path) -> Result<File, FileError> {
    let path = folder.join(".lock");
    let locked = File::create(&path).and_then(|file| file.lock().map(|()| file));
    locked.map_err(|source| FileError::Io {
        action: "lock",
        path,
        source,
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;

    fn entry(serial: u8) -> Entry {
        Entry {
            serial: Serial([serial; 16]),
            revoked_ms: u64::from(serial),
            reason: Reason::Superseded,
            name: serial.is_multiple_of(2).then(|| "A \"name\"\n".to_owned()),
        }
    }

    #[test]
    fn what_is_written_is_read() {
        let registry = Registry {
            list_number: 9,
            revoked: vec![entry(1), entry(2)],
        };
        assert_eq!(Registry::parse(registry.to_toml().as_bytes()), Ok(registry));
        let twice = Registry {
            list_number: 9,
            revoked: vec![entry(1), entry(1)],
        };
        assert!(
            Registry::parse(twice.to_toml().as_bytes())
                .unwrap_err()
                .contains("stands twice")
        );
    }

    proptest! {
        #[test]
        fn any_bytes_are_answered(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = Registry::parse(&bytes);
        }
    }
}
