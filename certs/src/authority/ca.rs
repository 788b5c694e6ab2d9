//! The CAs by name, and their files in a CA folder.

use super::{AuthorityError, LISTS};
use crate::issue::{Issuer, Profile};
use crate::{keys, pem};
use std::path::{Path, PathBuf};

/// One of the CAs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Ca {
    /// Signs the other three; its key is kept offline.
    Root,
    /// Issues for anchors and collectors.
    Server,
    /// Issues for agents.
    Agent,
    /// Issues for auditors.
    Auditor,
}

impl Ca {
    /// Every CA, the root first.
    pub const ALL: [Self; 4] = [Self::Root, Self::Server, Self::Agent, Self::Auditor];

    /// The CAs that the root signs.
    pub const INTERMEDIATE: [Self; 3] = [Self::Server, Self::Agent, Self::Auditor];

    /// The name of its files.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Root => "root",
            Self::Server => "server-ca",
            Self::Agent => "agent-ca",
            Self::Auditor => "auditor-ca",
        }
    }

    /// Its private key's file in a CA folder.
    pub fn key_path(self, folder: &Path) -> PathBuf {
        folder.join(self.name()).with_extension("key")
    }

    /// Its certificate's file in a CA folder.
    pub fn certificate_path(self, folder: &Path) -> PathBuf {
        folder.join(self.name()).with_extension("crt")
    }

    /// Its revocation list's file in a CA folder.
    pub fn list_path(self, folder: &Path) -> PathBuf {
        folder.join(LISTS).join(self.name()).with_extension("crl")
    }

    /// Reads its key and certificate from a CA folder.
    ///
    /// # Errors
    /// [`AuthorityError`] when either is refused or they do not belong together.
    pub fn load(self, folder: &Path) -> Result<Issuer, AuthorityError> {
        let key = keys::load(&self.key_path(folder))?;
        let mut chain = pem::load(&self.certificate_path(folder))?;
        Ok(Issuer::new(key, chain.swap_remove(0))?)
    }

    pub(super) const fn subject(self) -> &'static str {
        match self {
            Self::Root => "Domicile root",
            Self::Server => "Domicile server CA",
            Self::Agent => "Domicile agent CA",
            Self::Auditor => "Domicile auditor CA",
        }
    }

    pub(super) const fn profile(self) -> Profile<'static> {
        match self {
            Self::Root | Self::Server => Profile::ServerCa(self.subject()),
            Self::Agent | Self::Auditor => Profile::ClientCa(self.subject()),
        }
    }
}
