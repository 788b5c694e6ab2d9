//! From a configuration to a collector that serves, and back: what is read at the start, what is
//! watched while it runs, how it stops.

use crate::api;
use crate::books::{BookError, Books, Documents};
use crate::clock::Clock;
use crate::config::Config;
use crate::limits::KeyLimits;
use crate::liveness::Outage;
use crate::mac_keys::{MacKeyError, MacKeys};
use crate::maintain;
use crate::net::{self, NetError};
use crate::publish::{self, Publication, PublishError, Publisher, StartError};
use crate::service::Service;
use crate::store::{Opened, Store, StoreError, StoreOwner, StoreSettings};
use domicile_certs::files::{self, FileError};
use domicile_certs::issue::{AgentIssuer, IssueError};
use domicile_certs::keys::{self, Identity, IdentityError, KeyFileError};
use domicile_certs::random::System;
use domicile_certs::revocation::{RevocationError, Revocations};
use domicile_certs::trust::{Trust, TrustError};
use domicile_proto::sign::SigningKey;
use domicile_proto::types::Key;
use domicile_spdm::cache::ChainCache;
use domicile_spdm::roots::{RootError, Roots};
use domicile_tpm::endorsement::Makers;
use domicile_tunnel::server::Listener;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, RwLock};
use tokio::sync::{Semaphore, watch};

/// Why a collector does not run.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// `trust.toml`.
    #[error(transparent)]
    Trust(#[from] TrustError),
    /// The collector's key or certificate.
    #[error(transparent)]
    Identity(#[from] IdentityError),
    /// The log's key.
    #[error(transparent)]
    Key(#[from] KeyFileError),
    /// The agent CA's key.
    #[error(transparent)]
    Issuer(#[from] IssueError),
    /// The revocation lists.
    #[error(transparent)]
    Revocations(#[from] RevocationError),
    /// Directory or policy.
    #[error(transparent)]
    Books(#[from] BookError),
    /// The directory says something else about this collector.
    #[error("directory version {version}: {problem}")]
    Directory {
        /// The version.
        version: u64,
        /// What does not fit.
        problem: String,
    },
    /// The TPM makers' certificates.
    #[error(transparent)]
    TpmMakers(#[from] crate::tpm::MakersError),
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The roots of devices' chains.
    #[error("{path}: {source}", path = .path.display())]
    DeviceRoots {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: RootError,
    },
    /// The roots of devices' chains cannot be read.
    #[error(transparent)]
    File(#[from] FileError),
    /// The nonce keys.
    #[error(transparent)]
    MacKeys(#[from] MacKeyError),
    /// The agents' side.
    #[error(transparent)]
    Net(#[from] NetError),
    /// The auditors' side.
    #[error(transparent)]
    Api(#[from] api::ApiError),
    /// The log as everybody may see it.
    #[error(transparent)]
    Publish(#[from] PublishError),
    /// The store failed while running: restart, so that it recovers.
    #[error("the store failed and must be opened again: {0}")]
    Failed(String),
}

impl From<StartError> for RunError {
    fn from(error: StartError) -> Self {
        match error {
            StartError::Publish(error) => Self::Publish(error),
            StartError::Store(error) => Self::Store(error),
        }
    }
}

/// Everything that a configuration names, read and checked; nothing written yet.
pub struct Checked {
    config: Config,
    trust: Trust,
    identity: Identity,
    log_key: SigningKey,
    log_origin: String,
    issuer: AgentIssuer,
    revocations: Arc<Revocations>,
    tpm_makers: Makers,
    documents: Documents,
    device_roots: Roots,
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

    /// What was read of directory and policy.
    pub fn documents(&self) -> &Documents {
        &self.documents
    }

    fn settings(&self, rebuild_index: bool) -> StoreSettings {
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

/// A collector that serves.
pub struct Running {
    /// Where agents connect.
    pub quic: SocketAddr,
    /// Where agents connect whose networks block UDP.
    pub tunnels: Vec<SocketAddr>,
    /// Where auditors connect.
    pub api: SocketAddr,
    /// Where everybody may fetch checkpoint and tiles, if anywhere.
    pub tiles: Option<SocketAddr>,
    /// What opening the store did.
    pub opened: Opened,
    service: Arc<Service>,
    owner: StoreOwner,
    stop: watch::Sender<bool>,
    tasks: Vec<tokio::task::JoinHandle<()>>,
}

impl Running {
    /// Opens the store and both listeners.
    ///
    /// # Errors
    /// [`RunError`].
    pub async fn start(
        checked: Checked,
        clock: Clock,
        progress: &mut dyn FnMut(&'static str, u64, u64),
    ) -> Result<Self, RunError> {
        let settings = checked.settings(false);
        let Checked {
            config,
            trust,
            identity,
            log_key,
            log_origin,
            issuer,
            revocations,
            tpm_makers,
            documents,
            device_roots,
        } = checked;
        let log_key = Arc::new(log_key);
        let (store, owner, opened) =
            Store::open(&settings, Arc::clone(&log_key), clock.clone(), progress)?;
        let publication = Arc::new(Publication::default());
        // Before anything is appended: a witness may know that this is not the newest copy.
        let publisher = Publisher::open(
            store.clone(),
            &config.publish,
            &log_key,
            Arc::clone(&publication),
        )
        .await?;
        let outage = Outage {
            from_ms: store.alive_ms()?,
            until_ms: clock.now_ms(),
        };
        let books = Books::open(&store, &documents, &trust.directory_key).await?;
        let mac_keys = MacKeys::open(&config.data_dir, clock.now_ms(), &mut System::default())?;
        let cores = std::thread::available_parallelism().map_or(2, usize::from);
        let service = Arc::new(Service {
            store,
            books: RwLock::new(Arc::new(books)),
            mac_keys: RwLock::new(mac_keys),
            trust,
            revocations,
            tpm_makers,
            issuer,
            key: Arc::clone(&identity.key),
            log_key,
            log_origin,
            clock,
            certificate_lifetime: config.certificate_lifetime,
            liveness_log_interval: config.liveness_log_interval,
            outage,
            hosts: crate::keyed_locks::KeyedLocks::default(),
            tokens: crate::keyed_locks::KeyedLocks::default(),
            appraisals: crate::appraisals::Appraisals::default(),
            chain_cache: Mutex::new(ChainCache::new(device_roots, crate::device_chains::KEPT)),
            mesh_allowance: crate::mesh::MeshAllowance::default(),
            calibration: RwLock::default(),
            publication,
            cores: Semaphore::new(cores),
        });
        maintain::judge_rest(&service, &opened).await?;
        let endpoint = net::bind(config.listen, &identity, &service, &config.limits)?;
        let quic = endpoint.local_addr().map_err(|source| NetError::Bind {
            address: config.listen,
            source,
        })?;
        let tunnel_listeners = config
            .tunnel_listen
            .iter()
            .map(|&address| net::bind_tunnels(address, &identity, &service, &config.limits))
            .collect::<Result<Vec<_>, _>>()?;
        let tunnels = tunnel_listeners.iter().map(Listener::address).collect();
        let listener = api::bind(config.api_listen, &identity, &service).await?;
        let api = listener.address();
        let (stop, stopping) = watch::channel(false);
        let public = match config.publish.listen {
            Some(address) => Some(publish::bind(address).await?),
            None => None,
        };
        let tiles = public.as_ref().and_then(|tcp| tcp.local_addr().ok());
        let counts = KeyLimits::new(&config.limits);
        let mut tasks = vec![
            tokio::spawn(net::serve(
                endpoint,
                Arc::clone(&service),
                config.limits.clone(),
                Arc::clone(&counts),
                stopping.clone(),
            )),
            tokio::spawn(listener.serve(
                Arc::clone(&service),
                config.limits.clone(),
                stopping.clone(),
            )),
        ];
        tasks.push(tokio::spawn(publisher.run(stopping.clone())));
        if let Some(listener) = public {
            tasks.push(tokio::spawn(publish::run(
                listener,
                config.publish.connections,
                service.store.tiles_folder(),
                Arc::clone(&service.publication),
                stopping.clone(),
            )));
        }
        for listener in tunnel_listeners {
            tasks.push(tokio::spawn(net::serve_tunnels(
                listener,
                Arc::clone(&service),
                config.limits.clone(),
                Arc::clone(&counts),
                stopping.clone(),
            )));
        }
        let watching = maintain::run(Arc::clone(&service), config, stopping);
        tasks.push(tokio::spawn(watching));
        Ok(Self {
            quic,
            tunnels,
            api,
            tiles,
            opened,
            service,
            owner,
            stop,
            tasks,
        })
    }

    /// The collector's inside, for tests and measurements.
    pub fn service(&self) -> &Arc<Service> {
        &self.service
    }

    /// Waits until the store fails.
    pub async fn failed(&self) -> RunError {
        RunError::Failed(self.service.store.failed().await)
    }

    /// Finishes the requests in work and closes the store.
    ///
    /// # Errors
    /// [`RunError::Store`] when the store could not be closed in order; nothing acknowledged is lost.
    pub async fn stop(self) -> Result<(), RunError> {
        self.stop.send_replace(true);
        for task in self.tasks {
            if task.await.is_err() {
                tracing::error!("a task panicked");
            }
        }
        drop(self.service);
        let owner = self.owner;
        tokio::task::block_in_place(|| owner.close())?;
        Ok(())
    }
}
