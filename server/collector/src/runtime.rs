//! From a configuration to a collector that serves, and back: what is read at the start, what is
//! watched while it runs, how it stops.

use crate::access::AccessError;
use crate::alerts::{AlertError, Alerts};
use crate::api;
use crate::books::{BookError, Books};
use crate::cases::Docket;
use crate::clock::Clock;
use crate::desk;
use crate::desk::registry::{ChangeError, Current};
use crate::limits::KeyLimits;
use crate::liveness::Outage;
use crate::mac_keys::{MacKeyError, MacKeys};
use crate::maintain;
use crate::net::{self, NetError};
use crate::publish::{self, Publication, PublishError, Publisher, StartError};
use crate::service::Service;
use crate::store::{Opened, Store, StoreError, StoreOwner};
use domicile_certs::files::FileError;
use domicile_certs::issue::IssueError;
use domicile_certs::keys::{IdentityError, KeyFileError};
use domicile_certs::random::System;
use domicile_certs::revocation::RevocationError;
use domicile_certs::trust::TrustError;
use domicile_spdm::cache::ChainCache;
use domicile_spdm::roots::RootError;
use domicile_tunnel::server::Listener;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, RwLock};
use tokio::sync::{Semaphore, watch};

pub use crate::checked::Checked;

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
    /// The access file.
    #[error(transparent)]
    Access(#[from] AccessError),
    /// Policy packs, or the shadow policy.
    #[error(transparent)]
    Shadow(#[from] crate::shadow::ShadowError),
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
    /// The registry in the log.
    #[error(transparent)]
    Registry(#[from] ChangeError),
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
    /// Who is told of flags and cases.
    #[error(transparent)]
    Alerts(#[from] AlertError),
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
    /// Where Prometheus reads counts, if anywhere.
    pub metrics: Option<SocketAddr>,
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
            access,
            shadow,
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
        let stamps = config.publish.timestamp.as_ref();
        let stamper = stamps
            .map(|stamps| {
                let publication = Arc::clone(&publication);
                publish::Stamper::open(stamps, &config.data_dir, publication)
            })
            .transpose()?;
        let outage = Outage {
            from_ms: store.alive_ms()?,
            until_ms: clock.now_ms(),
        };
        let away = (outage.from_ms, outage.until_ms);
        desk::log_outage(&store, away, config.liveness_log_interval).await?;
        // Without flags nothing is behind.
        let followed = Arc::new(AtomicU64::new(u64::MAX));
        let following = config.flags.as_ref();
        let following = following
            .map(|settings| {
                let followed = Arc::clone(&followed);
                desk::Following::open(store.clone(), &config.data_dir, settings, followed)
            })
            .transpose()?;
        let registry = Current::read(&store)?;
        let books = Books::open(&store, &documents, &trust.directory_key).await?;
        access.log(&store).await?;
        crate::log_key::first_use(&store, &log_key).await?;
        let log_keys = store.log_keys(&log_key)?;
        publisher.show(&log_keys)?;
        shadow.log(&store, clock.now_ms()).await?;
        let mac_keys = MacKeys::open(&config.data_dir, clock.now_ms(), &mut System::default())?;
        let docket = Arc::new(Docket::open(&store)?);
        let cores = std::thread::available_parallelism().map_or(2, usize::from);
        let service = Arc::new(Service {
            store,
            books: RwLock::new(Arc::new(books)),
            mac_keys: RwLock::new(mac_keys),
            trust,
            revocations,
            access,
            shadow,
            tpm_makers,
            issuer,
            key: Arc::clone(&identity.key),
            log_key,
            log_keys,
            log_origin,
            clock,
            certificate_lifetime: config.certificate_lifetime,
            liveness_log_interval: config.liveness_log_interval,
            outage,
            hosts: crate::keyed_locks::KeyedLocks::default(),
            tokens: crate::keyed_locks::KeyedLocks::default(),
            holds: crate::keyed_locks::KeyedLocks::default(),
            writes: crate::keyed_locks::KeyedLocks::default(),
            registry: RwLock::new(Arc::new(registry)),
            registry_changes: crate::keyed_locks::KeyedLocks::default(),
            appraisals: crate::appraisals::Appraisals::default(),
            chain_cache: Mutex::new(ChainCache::new(device_roots, crate::device_chains::KEPT)),
            mesh_allowance: crate::mesh::MeshAllowance::default(),
            calibration: RwLock::default(),
            followed,
            docket,
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
        let alerts = Alerts::open(&config.alerts, &service, &config.data_dir).await?;
        let metrics = alerts.metrics_address();
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
        tasks.extend(alerts.spawn(&service, &stopping));
        tasks.push(tokio::spawn(publisher.run(stopping.clone())));
        if let Some(following) = following {
            tasks.push(tokio::spawn(following.run(stopping.clone())));
        }
        if let Some(stamper) = stamper {
            tasks.push(tokio::spawn(stamper.run(stopping.clone())));
        }
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
            metrics,
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
