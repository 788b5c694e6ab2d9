//! What a configuration names, read and checked before anything is opened for writing.

use crate::access::Access;
use crate::books::{BookError, Documents};
use crate::clock::Clock;
use crate::config::Config;
use crate::runtime::RunError;
use crate::shadow::Shadow;
use crate::store::{Opened, Store, StoreSettings};
use domicile_certs::files;
use domicile_certs::issue::AgentIssuer;
use domicile_certs::keys::{self, Identity};
use domicile_certs::revocation::Revocations;
use domicile_certs::trust::Trust;
use domicile_proto::sign::SigningKey;
use domicile_proto::types::Key;
use domicile_spdm::roots::Roots;
use domicile_tpm::endorsement::Makers;
use std::path::Path;
use std::sync::Arc;

/// Everything that a configuration names, read and checked; nothing written yet.
pub struct Checked {
    pub(crate) config: Config,
    pub(crate) trust: Trust,
    pub(crate) identity: Identity,
    pub(crate) log_key: SigningKey,
    pub(crate) log_origin: String,
    pub(crate) issuer: AgentIssuer,
    pub(crate) revocations: Arc<Revocations>,
    pub(crate) access: Access,
    pub(crate) shadow: Shadow,
    pub(crate) tpm_makers: Makers,
    pub(crate) documents: Documents,
    pub(crate) device_roots: Roots,
}

fn read_roots(path: &Path) -> Result<Roots, RunError> {
    let pem = files::read(path, domicile_spdm::pem::MAX_BYTES)?;
    Roots::from_pem(&pem).map_err(|source| RunError::DeviceRoots {
        path: path.to_owned(),
        source,
    })
}

impl Checked {
    /// Reads and checks what `config` names.
    ///
    /// # Errors
    /// [`RunError`] naming file and problem.
    pub fn read(config: Config) -> Result<Self, RunError> {
        let trust = Trust::load(&config.trust)?;
        let identity = Identity::load(&config.key, &config.certificate)?;
        let log_key = keys::load(&config.log_key)?;
        let issuer = AgentIssuer::load(&config.agent_ca_key, &trust.agent_ca)?;
        let revocations = Arc::new(Revocations::load(&config.crl_dir, &trust)?);
        let access = Access::load(config.access.as_deref())?;
        let shadow = Shadow::read(&config, trust.directory_key)?;
        let tpm_makers = crate::tpm::makers(&config.tpm_roots)?;
        let documents = Documents::read(&config.directory, &config.policy, &trust.directory_key)?;
        let device_roots = match &config.device_roots {
            None => Roots::vendor(),
            Some(path) => read_roots(path)?,
        };
        let log_origin = origin(
            &config,
            &documents,
            &identity.key.public(),
            &log_key.public(),
        )?;
        Ok(Self {
            config,
            trust,
            identity,
            log_key,
            log_origin,
            issuer,
            revocations,
            access,
            shadow,
            tpm_makers,
            documents,
            device_roots,
        })
    }

    /// The log's name.
    pub fn log_origin(&self) -> &str {
        &self.log_origin
    }

    /// The log's verifier key, for witnesses and monitors.
    pub fn log_verifier_key(&self) -> String {
        domicile_ledger::verifier_key(&self.log_origin, &self.log_key.public().0)
    }

    /// How many users the access file lists; `None` without one.
    pub fn users(&self) -> Option<usize> {
        self.access.users().map(|users| users.all().len())
    }

    /// What was read of directory and policy.
    pub fn documents(&self) -> &Documents {
        &self.documents
    }

    pub(crate) fn settings(&self, rebuild_index: bool) -> StoreSettings {
        StoreSettings {
            data_dir: self.config.data_dir.clone(),
            origin: self.log_origin.clone(),
            min_free_bytes: self.config.min_free_bytes,
            rebuild_index,
        }
    }

    /// Makes the index anew, then closes the store.
    ///
    /// # Errors
    /// [`RunError::Store`].
    pub fn rebuild_index(
        self,
        clock: Clock,
        progress: &mut dyn FnMut(&'static str, u64, u64),
    ) -> Result<Opened, RunError> {
        let settings = self.settings(true);
        let (store, owner, opened) =
            Store::open(&settings, Arc::new(self.log_key), clock, progress)?;
        drop(store);
        owner.close()?;
        Ok(opened)
    }
}

/// The log's name and key must be those that the directory gives to anchors and auditors.
fn origin(
    config: &Config,
    documents: &Documents,
    key: &Key,
    log_key: &Key,
) -> Result<String, RunError> {
    let Some(directory) = documents.newest() else {
        return Err(BookError::NoDirectory(config.directory.clone()).into());
    };
    let problem = |problem: String| RunError::Directory {
        version: directory.version,
        problem,
    };
    match (directory.collector(key), &config.log_origin) {
        (Some(entry), _) if entry.log_key != *log_key => Err(problem(format!(
            "names log key {} for this collector, `log-key` is {log_key}",
            entry.log_key
        ))),
        (Some(entry), Some(origin)) if entry.log_origin != *origin => Err(problem(format!(
            "names log origin {} for this collector, `log-origin` is {origin}",
            entry.log_origin
        ))),
        (Some(entry), _) => Ok(entry.log_origin.clone()),
        (None, Some(origin)) => Ok(origin.clone()),
        (None, None) => Err(problem(format!(
            "has no collector with key {key}: use a directory that lists it, or set `log-origin`"
        ))),
    }
}
