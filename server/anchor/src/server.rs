//! The anchor as a whole: sockets, the accept loop, the end.

use crate::chores;
use crate::config::Config;
use crate::endpoint::{self, EndpointError};
use crate::heads::HeadStore;
use crate::materials::{DirectoryWatch, LoadError, Materials};
use crate::mesh::Mesh;
use crate::session;
use crate::shared::{CurrentDirectory, Shared, Summary};
use crate::stopwatch::Stopwatch;
use domicile_certs::Identity;
use domicile_certs::files::FileError;
use domicile_certs::keys::IdentityError;
use domicile_proto::wire::Transport;
use domicile_tunnel::server::{ListenError, Listener};
use quinn::{
    AsyncUdpSocket, Endpoint, EndpointConfig, Incoming, ServerConfig, TokioRuntime, VarInt,
};
use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::JoinSet;

/// An anchor cannot start.
#[derive(Debug, thiserror::Error)]
pub enum AnchorError {
    /// A file.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// The state directory.
    #[error("state directory: {0}")]
    State(#[from] FileError),
    /// TLS or QUIC.
    #[error(transparent)]
    Endpoint(#[from] EndpointError),
    /// The certificate that it shows to other anchors.
    #[error(transparent)]
    Identity(#[from] IdentityError),
    /// A listener for tunnels.
    #[error(transparent)]
    Tunnel(#[from] ListenError),
    /// A socket.
    #[error("cannot listen on {address}: {source}")]
    Listen {
        /// Where.
        address: SocketAddr,
        /// The system's error.
        source: std::io::Error,
    },
    /// The system gave no thread or socket.
    #[error("cannot start: {0}")]
    System(std::io::Error),
}

/// A bound anchor. It answers once [`run`](Self::run) is awaited.
pub struct Anchor {
    endpoints: Vec<Endpoint>,
    addresses: Vec<SocketAddr>,
    /// For connections over UDP and inside tunnels.
    quic: ServerConfig,
    tunnels: Vec<Listener>,
    shared: Arc<Shared>,
    /// As other anchors and collectors see it: its key, certified by itself.
    visitor: Identity,
    chores: Option<JoinHandle<()>>,
}

impl Anchor {
    /// Loads everything a configuration names and binds its sockets. Must be called within a
    /// tokio runtime.
    ///
    /// # Errors
    /// [`AnchorError`] naming the file or address.
    pub fn bind(config: &Config, stopwatch: Arc<dyn Stopwatch>) -> Result<Self, AnchorError> {
        let materials = Materials::load(config)?;
        let mut sockets = Vec::new();
        for &address in &config.listen {
            let listen = |source| AnchorError::Listen { address, source };
            let socket = std::net::UdpSocket::bind(address).map_err(listen)?;
            let runtime: &dyn quinn::Runtime = &TokioRuntime;
            sockets.push(runtime.wrap_udp_socket(socket).map_err(listen)?);
        }
        let mut anchor = Self::with_sockets(&materials, stopwatch, sockets)?;
        anchor.listen_for_tunnels(&materials, &config.tunnel_listen)?;
        Ok(anchor)
    }

    /// Listens for tunnels, too. Must be called within a tokio runtime.
    ///
    /// # Errors
    /// [`AnchorError`] when TLS or the system refuses.
    pub fn listen_for_tunnels(
        &mut self,
        materials: &Materials,
        addresses: &[SocketAddr],
    ) -> Result<(), AnchorError> {
        let settings = &self.shared.settings;
        let limits = domicile_tunnel::server::Limits {
            tunnels: settings.tunnels,
            handshake: settings.handshake_deadline,
        };
        for &address in addresses {
            let quic = self.quic.clone();
            let listener = Listener::bind(address, &materials.identity, quic, limits)?;
            self.tunnels.push(listener);
        }
        Ok(())
    }

    /// The addresses bound for tunnels, in the order of the configuration.
    pub fn tunnel_addresses(&self) -> Vec<SocketAddr> {
        self.tunnels.iter().map(Listener::address).collect()
    }

    /// An anchor on sockets of the caller's. Must be called within a tokio runtime.
    ///
    /// # Errors
    /// [`AnchorError`] when TLS, the state directory or the system refuses.
    pub fn with_sockets(
        materials: &Materials,
        stopwatch: Arc<dyn Stopwatch>,
        sockets: Vec<Arc<dyn AsyncUdpSocket>>,
    ) -> Result<Self, AnchorError> {
        let store = HeadStore::open(&materials.state_dir, &materials.directory)?;
        let own = materials.identity.key.public();
        let directory = Arc::new(CurrentDirectory::new(own, materials.directory.clone()));
        let server = endpoint::server_config(materials, directory.clone(), stopwatch.clone())?;
        let (heads, inbox) = chores::inbox();
        let shared = Arc::new(Shared::new(materials, directory, stopwatch, heads));
        let visitor = Identity::self_signed(materials.identity.key.clone())?;
        let mut endpoints = Vec::new();
        let mut addresses = Vec::new();
        for socket in sockets {
            addresses.push(socket.local_addr().map_err(AnchorError::System)?);
            let endpoint = Endpoint::new_with_abstract_socket(
                EndpointConfig::default(),
                Some(server.clone()),
                socket,
                Arc::new(TokioRuntime),
            );
            endpoints.push(endpoint.map_err(AnchorError::System)?);
        }
        let watch = materials.directory_file.clone().map(|path| {
            let key = materials.identity.key.public();
            DirectoryWatch::new(path, materials.trust.clone(), key)
        });
        let chores =
            chores::start(shared.clone(), inbox, store, watch).map_err(AnchorError::System)?;
        Ok(Self {
            endpoints,
            addresses,
            quic: server,
            tunnels: Vec::new(),
            shared,
            visitor,
            chores: Some(chores),
        })
    }

    /// The bound addresses, in the order of the configuration.
    pub fn addresses(&self) -> &[SocketAddr] {
        &self.addresses
    }

    /// Serves until `shutdown` is ready, lets open sessions end within the drain deadline, and
    /// writes what is still to be written.
    pub async fn run(mut self, shutdown: impl Future<Output = ()>) -> Summary {
        let mut loops = JoinSet::new();
        for endpoint in &self.endpoints {
            loops.spawn(accept(endpoint.clone(), self.shared.clone()));
        }
        if self.shared.settings.mesh.enabled {
            let endpoints = self.endpoints.clone();
            let mesh = Mesh::new(self.shared.clone(), endpoints, self.visitor.clone());
            loops.spawn(mesh.run());
        }
        let (stop, stopping) = watch::channel(());
        let mut tunnels = JoinSet::new();
        for tunnel in std::mem::take(&mut self.tunnels) {
            let (shared, mut stopping) = (self.shared.clone(), stopping.clone());
            let serve = move |incoming| through_tunnel(incoming, shared.clone());
            let stopped = async move { while stopping.changed().await.is_ok() {} };
            tunnels.spawn(tunnel.run(serve, stopped));
        }
        shutdown.await;
        drop(stop);
        loops.shutdown().await;
        for endpoint in &self.endpoints {
            endpoint.set_server_config(None);
        }
        let settings = &self.shared.settings;
        let all = u32::try_from(settings.connections).unwrap_or(u32::MAX);
        let drained = self.shared.connections.acquire_many(all);
        if tokio::time::timeout(settings.drain_deadline, drained)
            .await
            .is_err()
        {
            tracing::warn!("sessions still open after the drain deadline were cut off");
        }
        // Long enough for the last packets to leave.
        let last = Duration::from_secs(1);
        for endpoint in &self.endpoints {
            endpoint.close(VarInt::from_u32(0), b"");
            let _ = tokio::time::timeout(last, endpoint.wait_idle()).await;
        }
        let ended = async { while tunnels.join_next().await.is_some() {} };
        let _ = tokio::time::timeout(2 * last, ended).await;
        self.shared.close_inbox();
        if self
            .chores
            .take()
            .is_some_and(|chores| chores.join().is_err())
        {
            tracing::warn!("the thread that keeps log heads had failed");
        }
        self.shared.counters.summary()
    }
}

impl Drop for Anchor {
    /// An anchor that is dropped instead of run to its end leaves no thread behind.
    fn drop(&mut self) {
        self.shared.close_inbox();
    }
}

/// Accepts connections until the endpoint is closed.
async fn accept(endpoint: Endpoint, shared: Arc<Shared>) {
    while let Some(incoming) = endpoint.accept().await {
        admit(incoming, &shared);
    }
}

fn admit(incoming: Incoming, shared: &Arc<Shared>) {
    let Ok(permit) = shared.connections.clone().try_acquire_owned() else {
        incoming.refuse();
        return;
    };
    // When half of the places are taken, only who answers at its address gets one.
    let crowded = shared.connections.available_permits() < shared.settings.connections / 2;
    if crowded && !incoming.remote_address_validated() && incoming.may_retry() {
        // It cannot fail for an address that is not validated.
        let _ = incoming.retry();
        return;
    }
    let shared = shared.clone();
    tokio::spawn(async move {
        session::serve(shared, incoming, Transport::QuicDatagram).await;
        drop(permit);
    });
}

/// The connection inside a tunnel: it takes a place like any other.
async fn through_tunnel(incoming: Incoming, shared: Arc<Shared>) {
    let Ok(_permit) = shared.connections.clone().try_acquire_owned() else {
        incoming.refuse();
        return;
    };
    session::serve(shared, incoming, Transport::TlsTcp).await;
}

/// [`Anchor::bind`], `ready` with the bound anchor, [`Anchor::run`].
///
/// # Errors
/// [`AnchorError`] when the anchor cannot start.
pub async fn serve(
    config: &Config,
    stopwatch: Arc<dyn Stopwatch>,
    ready: impl FnOnce(&Anchor),
    shutdown: impl Future<Output = ()>,
) -> Result<Summary, AnchorError> {
    let anchor = Anchor::bind(config, stopwatch)?;
    ready(&anchor);
    Ok(anchor.run(shutdown).await)
}
