//! A whole set of CAs: in memory for tests and simulated worlds, in a folder for the CA tool.
//!
//! ```text
//! root ─┬─ server-ca   anchors, collectors   (agents pin their keys; the chain is for people)
//!       ├─ agent-ca    agents                (issued by collectors, days)
//!       └─ auditor-ca  auditors
//! ```

mod ca;

pub use ca::Ca;

use crate::files::{self, FileError};
use crate::issue::{AgentIssuer, DAY_MS, IssueError, Issuer, Period, Profile};
use crate::keys::{self, Identity, IdentityError, KeyFileError};
use crate::pem::{self, PemError};
use crate::random::{self, Random, Unavailable};
use crate::revocation::Revocations;
use crate::trust::Trust;
use domicile_proto::sign::SigningKey;
use rustls_pki_types::CertificateRevocationListDer;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Lifetime of the root, ms.
pub const ROOT_LIFETIME_MS: u64 = 20 * 365 * DAY_MS;

/// Lifetime of the intermediates, ms.
pub const CA_LIFETIME_MS: u64 = 10 * 365 * DAY_MS;

/// Time after which a revocation list should be replaced even if nothing was revoked, ms.
pub const LIST_LIFETIME_MS: u64 = 90 * DAY_MS;

/// The folder of revocation lists within a CA's folder.
pub const LISTS: &str = "crl";

/// A set of CAs could not be made, written or read.
#[derive(Debug, thiserror::Error)]
pub enum AuthorityError {
    /// No randomness.
    #[error(transparent)]
    Random(#[from] Unavailable),
    /// A certificate or list.
    #[error(transparent)]
    Issue(#[from] IssueError),
    /// A private key's file.
    #[error(transparent)]
    Key(#[from] KeyFileError),
    /// A certificate's file.
    #[error(transparent)]
    Certificate(#[from] PemError),
    /// Another file.
    #[error(transparent)]
    File(#[from] FileError),
    /// A key and certificate.
    #[error(transparent)]
    Identity(#[from] IdentityError),
    /// The parts do not hold together.
    #[error("the CAs do not hold together: {0}")]
    Incoherent(String),
    /// The folder holds something already.
    #[error("{} is not empty; a CA is never written over anything: name a new folder", .0.display())]
    NotEmpty(PathBuf),
}

/// A private key together with the seed it was made of, so that it can be written.
struct Made {
    seed: [u8; 32],
    key: Arc<SigningKey>,
}

impl Made {
    fn new(random: &mut dyn Random) -> Result<Self, Unavailable> {
        let seed = random::bytes(random)?;
        let key = Arc::new(SigningKey::from_seed(&seed));
        Ok(Self { seed, key })
    }
}

impl Drop for Made {
    fn drop(&mut self) {
        keys::wipe(&mut self.seed);
    }
}

/// A new set of CAs in memory, with the vendor's directory and token keys.
pub struct Authority {
    issuers: [Issuer; 4],
    ca_keys: [Made; 4],
    directory: Made,
    token: Made,
    made_ms: u64,
}

impl std::fmt::Debug for Authority {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Authority")
            .field("root", &self.issuers[0].key())
            .finish_non_exhaustive()
    }
}

impl Authority {
    /// Makes keys and certificates, valid from `now_ms` (Unix ms).
    ///
    /// # Errors
    /// [`AuthorityError`] when there is no randomness or the time is out of range.
    pub fn generate(random: &mut dyn Random, now_ms: u64) -> Result<Self, AuthorityError> {
        let ca_keys = [
            Made::new(random)?,
            Made::new(random)?,
            Made::new(random)?,
            Made::new(random)?,
        ];
        let root = Issuer::root(
            ca_keys[0].key.clone(),
            Ca::Root.subject(),
            random::serial(random)?,
            Period::starting(now_ms, ROOT_LIFETIME_MS),
        )?;
        let mut intermediate = |ca: Ca, made: &Made| -> Result<Issuer, AuthorityError> {
            let period = Period::starting(now_ms, CA_LIFETIME_MS);
            let serial = random::serial(random)?;
            let certificate = root.issue(ca.profile(), &made.key.public(), serial, period)?;
            Ok(Issuer::new(made.key.clone(), certificate)?)
        };
        let server = intermediate(Ca::Server, &ca_keys[1])?;
        let agent = intermediate(Ca::Agent, &ca_keys[2])?;
        let auditor = intermediate(Ca::Auditor, &ca_keys[3])?;
        Ok(Self {
            issuers: [root, server, agent, auditor],
            ca_keys,
            directory: Made::new(random)?,
            token: Made::new(random)?,
            made_ms: now_ms,
        })
    }

    /// One of the CAs.
    pub fn ca(&self, ca: Ca) -> &Issuer {
        &self.issuers[Ca::ALL.iter().position(|other| *other == ca).unwrap_or(0)]
    }

    /// The agent CA, as a collector holds it.
    ///
    /// # Errors
    /// None for a set that was made by [`Authority::generate`].
    pub fn agent_issuer(&self) -> Result<AgentIssuer, IssueError> {
        let ca = self.ca(Ca::Agent);
        AgentIssuer::new(ca.key().clone(), ca.certificate().clone())
    }

    /// The key that signs directories.
    pub fn directory_key(&self) -> &Arc<SigningKey> {
        &self.directory.key
    }

    /// The key that signs enrolment tokens.
    pub fn token_key(&self) -> &Arc<SigningKey> {
        &self.token.key
    }

    /// What programs are told out of band.
    pub fn trust(&self) -> Trust {
        let certificate = |ca| self.ca(ca).certificate().clone();
        Trust {
            directory_key: self.directory.key.public(),
            token_key: self.token.key.public(),
            root: certificate(Ca::Root),
            agent_ca: certificate(Ca::Agent),
            auditor_ca: certificate(Ca::Auditor),
        }
    }

    /// The first revocation list of a CA: empty, number 1.
    ///
    /// # Errors
    /// [`IssueError`] when the time is out of range.
    pub fn empty_list(&self, ca: Ca) -> Result<CertificateRevocationListDer<'static>, IssueError> {
        let period = Period {
            from_ms: self.made_ms,
            until_ms: self.made_ms.saturating_add(LIST_LIFETIME_MS),
        };
        self.ca(ca).revocation_list(1, period, &[])
    }

    /// The empty lists of the client CAs, in memory.
    ///
    /// # Errors
    /// [`AuthorityError`] when the time is out of range.
    pub fn revocations(&self) -> Result<Revocations, AuthorityError> {
        let (agent, auditor) = (self.empty_list(Ca::Agent)?, self.empty_list(Ca::Auditor)?);
        Revocations::from_bytes(&agent, &auditor, &self.trust()).map_err(AuthorityError::Incoherent)
    }

    /// Makes a key and a certificate for it: an anchor or collector ([`Profile::Server`]), an
    /// agent or an auditor. Servers' chains carry their CA.
    ///
    /// # Errors
    /// [`AuthorityError`] when there is no randomness or a time or name is out of range.
    pub fn identity(
        &self,
        profile: Profile<'_>,
        random: &mut dyn Random,
        now_ms: u64,
        lifetime_ms: u64,
    ) -> Result<Identity, AuthorityError> {
        let made = Made::new(random)?;
        let ca = self.ca(match profile {
            Profile::ServerCa(_) | Profile::ClientCa(_) => Ca::Root,
            Profile::Server(_) => Ca::Server,
            Profile::Agent => Ca::Agent,
            Profile::Auditor(_) => Ca::Auditor,
        });
        let period = Period::starting(now_ms, lifetime_ms);
        let leaf = ca.issue(profile, &made.key.public(), random::serial(random)?, period)?;
        let chain = match profile {
            Profile::Server(_) => vec![leaf, ca.certificate().clone()],
            _ => vec![leaf],
        };
        Ok(Identity::new(made.key.clone(), chain)?)
    }

    /// Writes a CA folder: keys (mode 0600), certificates, `trust.toml` and empty revocation
    /// lists. The folder appears whole or not at all.
    ///
    /// # Errors
    /// [`AuthorityError::NotEmpty`] when something stands there, others when the system refuses.
    pub fn write(&self, folder: &Path) -> Result<(), AuthorityError> {
        let occupied = match std::fs::read_dir(folder) {
            Ok(mut entries) => entries.next().is_some(),
            Err(error) => error.kind() != std::io::ErrorKind::NotFound,
        };
        if occupied || folder.file_name().is_none() {
            return Err(AuthorityError::NotEmpty(folder.to_owned()));
        }
        let beside = files::beside(folder);
        files::create_folder(&beside)?;
        let written = self.fill(&beside).and_then(|()| {
            std::fs::rename(&beside, folder).map_err(files::failed("create", folder))?;
            Ok(files::sync_parent(folder)?)
        });
        if written.is_err() {
            let _ = std::fs::remove_dir_all(&beside);
        }
        written
    }

    fn fill(&self, folder: &Path) -> Result<(), AuthorityError> {
        files::create_folder(&folder.join(LISTS))?;
        for (ca, made) in Ca::ALL.into_iter().zip(&self.ca_keys) {
            keys::create(&ca.key_path(folder), &made.seed)?;
            let text = pem::encode("CERTIFICATE", self.ca(ca).certificate());
            files::create_new(&ca.certificate_path(folder), text.as_bytes(), files::PUBLIC)?;
        }
        for ca in Ca::INTERMEDIATE {
            let text = pem::encode("X509 CRL", &self.empty_list(ca)?);
            files::create_new(&ca.list_path(folder), text.as_bytes(), files::PUBLIC)?;
        }
        keys::create(&folder.join("directory.key"), &self.directory.seed)?;
        keys::create(&folder.join("token.key"), &self.token.seed)?;
        let trust = self.trust().to_toml();
        files::create_new(&folder.join("trust.toml"), trust.as_bytes(), files::PUBLIC)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::random::Seeded;

    const NOW_MS: u64 = 1_767_225_600_000;

    #[test]
    fn what_is_written_is_what_was_made() {
        let made = Authority::generate(&mut Seeded::new(1), NOW_MS).unwrap();
        let parent = tempfile::tempdir().unwrap();
        let folder = parent.path().join("ca");
        made.write(&folder).unwrap();
        assert_eq!(
            Trust::load(&folder.join("trust.toml")).unwrap(),
            made.trust()
        );
        for ca in Ca::ALL {
            let loaded = ca.load(&folder).unwrap();
            assert_eq!(loaded.certificate(), made.ca(ca).certificate());
            assert_eq!(loaded.key().public(), made.ca(ca).key().public());
        }
        Revocations::load(&folder.join(LISTS), &made.trust()).unwrap();
        assert!(matches!(
            made.write(&folder),
            Err(AuthorityError::NotEmpty(_))
        ));
        assert!(made.write(Path::new("/")).is_err());
        let left = std::fs::read_dir(parent.path()).unwrap();
        assert_eq!(left.count(), 1, "something was left beside the folder");
    }

    #[test]
    fn seeds_and_only_seeds_decide() {
        let root = |seed| {
            let made = Authority::generate(&mut Seeded::new(seed), NOW_MS).unwrap();
            made.trust()
        };
        assert_eq!(root(1), root(1));
        assert_ne!(root(1), root(2));
    }

    #[test]
    fn a_failed_source_of_randomness_is_an_error() {
        struct Broken;
        impl Random for Broken {
            fn fill(&mut self, _: &mut [u8]) -> Result<(), Unavailable> {
                Err(Unavailable)
            }
        }
        let made = Authority::generate(&mut Broken, NOW_MS);
        assert!(matches!(made, Err(AuthorityError::Random(Unavailable))));
    }
}
