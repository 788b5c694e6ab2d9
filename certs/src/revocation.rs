//! Revocation lists: signed by their CA, held in memory, reloaded while a server runs.
//!
//! A list that cannot be used never replaces one that can: the old one stays in force and the
//! caller is told. A list past its `nextUpdate` stays in force too, since what it revokes stays
//! revoked; [`Revocations::due`] says so.

mod list;

pub use list::List;

use crate::files::{self, FileError, Stamp};
use crate::trust::Trust;
use crate::x509::{Fields, Serial};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError, RwLock};

/// Largest list read, bytes: about 400,000 entries.
pub const MAX_BYTES: usize = 16 * 1024 * 1024;

/// A CA whose certificates servers accept from clients.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClientCa {
    /// Agents' certificates.
    Agent,
    /// Auditors' certificates.
    Auditor,
}

impl ClientCa {
    const ALL: [Self; 2] = [Self::Agent, Self::Auditor];

    /// The list's file in the folder of lists.
    pub const fn file(self) -> &'static str {
        match self {
            Self::Agent => "agent-ca.crl",
            Self::Auditor => "auditor-ca.crl",
        }
    }

    const fn index(self) -> usize {
        match self {
            Self::Agent => 0,
            Self::Auditor => 1,
        }
    }
}

/// A revocation list was refused.
#[derive(Debug, thiserror::Error)]
pub enum RevocationError {
    /// It could not be read.
    #[error("revocation list: {0}; put the CA's current list there")]
    File(#[from] FileError),
    /// It is not a list of this CA.
    #[error("revocation list {}: {problem}; put the CA's current list there", path.display())]
    Content {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
}

/// What a look at the files found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reload {
    /// The files are those that were read last.
    Unchanged,
    /// A newer list is in force.
    Reloaded,
}

/// The lists of the client CAs, shared by all connections of a server.
#[derive(Debug)]
pub struct Revocations {
    cas: [Fields; 2],
    lists: RwLock<[List; 2]>,
    folder: Option<PathBuf>,
    seen: Mutex<[Option<Stamp>; 2]>,
}

impl Revocations {
    /// Reads `agent-ca.crl` and `auditor-ca.crl` of a folder. Both must be there and signed by
    /// the CAs of `trust`; a server without lists does not start.
    ///
    /// # Errors
    /// [`RevocationError`] naming the file that is refused.
    pub fn load(folder: &Path, trust: &Trust) -> Result<Self, RevocationError> {
        let cas = cas(trust).map_err(|problem| RevocationError::Content {
            path: folder.to_owned(),
            problem,
        })?;
        let seen = ClientCa::ALL.map(|ca| Stamp::of(&folder.join(ca.file())));
        let [agent, auditor] = ClientCa::ALL.map(|ca| read(folder, ca, &cas));
        Ok(Self {
            lists: RwLock::new([agent?, auditor?]),
            folder: Some(folder.to_owned()),
            seen: Mutex::new(seen),
            cas,
        })
    }

    /// Lists that stand in memory only. For tests and tools.
    ///
    /// # Errors
    /// What is wrong with them.
    pub fn from_bytes(agent: &[u8], auditor: &[u8], trust: &Trust) -> Result<Self, String> {
        let cas = cas(trust)?;
        let lists = [List::parse(agent, &cas[0])?, List::parse(auditor, &cas[1])?];
        Ok(Self {
            cas,
            lists: RwLock::new(lists),
            folder: None,
            seen: Mutex::new([None; 2]),
        })
    }

    /// Looks whether the files changed and, where one did, reads it. To be called every few
    /// seconds. Each changed file is answered once, in force or refused.
    ///
    /// # Errors
    /// [`RevocationError`] when a changed file is refused: the list that was in force stays in
    /// force. Also for a list with a lower number than the one in force.
    pub fn reload_if_changed(&self) -> Result<Reload, RevocationError> {
        let Some(folder) = &self.folder else {
            return Ok(Reload::Unchanged);
        };
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let mut found = Ok(Reload::Unchanged);
        for ca in ClientCa::ALL {
            let stamp = Stamp::of(&folder.join(ca.file()));
            if stamp == seen[ca.index()] {
                continue;
            }
            seen[ca.index()] = stamp;
            match self.accept(folder, ca) {
                Ok(()) => found = found.map(|_| Reload::Reloaded),
                Err(error) => found = Err(error),
            }
        }
        found
    }

    fn accept(&self, folder: &Path, ca: ClientCa) -> Result<(), RevocationError> {
        let new = read(folder, ca, &self.cas)?;
        let mut lists = self.lists.write().unwrap_or_else(PoisonError::into_inner);
        let old = &mut lists[ca.index()];
        if new.number < old.number {
            let (new, old) = (new.number, old.number);
            return Err(RevocationError::Content {
                path: folder.join(ca.file()),
                problem: format!("its number {new} is lower than {old}, which is in force"),
            });
        }
        *old = new;
        Ok(())
    }

    /// Whether a certificate of this CA is revoked.
    pub fn is_revoked(&self, ca: ClientCa, serial: &Serial) -> bool {
        let lists = self.lists.read().unwrap_or_else(PoisonError::into_inner);
        lists[ca.index()].contains(serial)
    }

    /// The CAs whose next list should have come by `now_ms`: worth a warning.
    pub fn due(&self, now_ms: u64) -> Vec<ClientCa> {
        let lists = self.lists.read().unwrap_or_else(PoisonError::into_inner);
        let due = |ca: &ClientCa| lists[ca.index()].next_update_ms <= now_ms;
        ClientCa::ALL.into_iter().filter(due).collect()
    }
}

fn cas(trust: &Trust) -> Result<[Fields; 2], String> {
    let read = |der| Fields::read(der).map_err(|error| error.to_string());
    Ok([read(&trust.agent_ca)?, read(&trust.auditor_ca)?])
}

fn read(folder: &Path, ca: ClientCa, cas: &[Fields; 2]) -> Result<List, RevocationError> {
    let path = folder.join(ca.file());
    let bytes = files::read(&path, MAX_BYTES)?;
    List::parse(&bytes, &cas[ca.index()])
        .map_err(|problem| RevocationError::Content { path, problem })
}

#[cfg(test)]
mod tests;
