//! The TCP listener: TLS with certificates of the auditor CA (or, with an access file, none), HTTP/1.1,
//! a bound on connections and on every wait.

use super::read::{Client, Deadline, recorded};
use super::router;
use crate::config::Limits;
use crate::net::stopped;
use crate::service::Service;
use axum::middleware;
use axum::{Extension, Router};
use domicile_certs::keys::Identity;
use domicile_certs::tls::{self, ClientPolicy, TlsError};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::JoinSet;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;

const ALPN_HTTP: &[u8] = b"http/1.1";

/// Longest request header, bytes.
const MAX_HEADER: usize = 16 * 1024;

/// Between attempts when the system gives no connection (too many open files).
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// The listener could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum ApiError {
    /// TLS.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// The address cannot be bound.
    #[error("cannot listen on {address} (TCP): {source}")]
    Bind {
        /// What was asked for.
        address: SocketAddr,
        /// Why not.
        source: std::io::Error,
    },
}

/// A bound listener.
pub(crate) struct Listener {
    tcp: TcpListener,
    address: SocketAddr,
    acceptor: TlsAcceptor,
}

/// Opens the listener.
///
/// # Errors
/// [`ApiError`].
pub(crate) async fn bind(
    address: SocketAddr,
    identity: &Identity,
    service: &Service,
) -> Result<Listener, ApiError> {
    let clients = match service.access.has_file() {
        true => ClientPolicy::AuditorOrNone,
        false => ClientPolicy::Auditor,
    };
    let tls = tls::server(
        identity,
        clients,
        &service.trust,
        Arc::clone(&service.revocations),
        &[ALPN_HTTP],
    )?;
    let failed = |source| ApiError::Bind { address, source };
    let tcp = TcpListener::bind(address).await.map_err(failed)?;
    let address = tcp.local_addr().map_err(failed)?;
    Ok(Listener {
        tcp,
        address,
        acceptor: TlsAcceptor::from(Arc::new(tls)),
    })
}

impl Listener {
    /// Where it listens.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Serves people until `stop` says so, then finishes the answers in work.
    pub(crate) async fn serve(
        self,
        service: Arc<Service>,
        limits: Limits,
        stop: watch::Receiver<bool>,
    ) {
        let mut stopped = pin!(stopped(stop.clone()));
        let permits = Arc::new(Semaphore::new(limits.api_connections));
        // Whoever shows no certificate has half of the connections at most.
        let strangers = Arc::new(Semaphore::new(limits.api_connections.div_ceil(2)));
        let app = router(Arc::clone(&service))
            .layer(middleware::from_fn_with_state(service, recorded))
            .layer(Extension(Deadline(limits.api_timeout)));
        let mut connections = JoinSet::new();
        loop {
            tokio::select! {
                accepted = self.accept(&permits) => {
                    if let Some((stream, permit)) = accepted {
                        let connection = Connection {
                            app: app.clone(),
                            acceptor: self.acceptor.clone(),
                            strangers: Arc::clone(&strangers),
                            limits: limits.clone(),
                            stop: stop.clone(),
                            _permit: permit,
                        };
                        connections.spawn(connection.run(stream));
                    }
                }
                Some(_) = connections.join_next(), if !connections.is_empty() => {}
                () = &mut stopped => break,
            }
        }
        while connections.join_next().await.is_some() {}
    }

    /// The next connection, once there is room for it.
    async fn accept(&self, permits: &Arc<Semaphore>) -> Option<(TcpStream, OwnedSemaphorePermit)> {
        let permit = Arc::clone(permits).acquire_owned().await.ok()?;
        match self.tcp.accept().await {
            Ok((stream, _)) => Some((stream, permit)),
            Err(error) => {
                tracing::warn!(%error, "no connection could be accepted");
                tokio::time::sleep(ACCEPT_PAUSE).await;
                None
            }
        }
    }
}

/// One client's connection.
struct Connection {
    app: Router,
    acceptor: TlsAcceptor,
    strangers: Arc<Semaphore>,
    limits: Limits,
    stop: watch::Receiver<bool>,
    _permit: OwnedSemaphorePermit,
}

impl Connection {
    async fn run(self, stream: TcpStream) {
        let handshake = self.acceptor.accept(stream);
        let Ok(Ok(stream)) = timeout(self.limits.api_timeout, handshake).await else {
            return;
        };
        let (_, tls) = stream.get_ref();
        let chain = tls.peer_certificates().unwrap_or_default();
        let chain: Vec<_> = chain.iter().map(|one| one.clone().into_owned()).collect();
        let stranger = match chain.is_empty() {
            true => self.strangers.clone().try_acquire_owned().ok().map(Some),
            false => Some(None),
        };
        let Some(_stranger) = stranger else {
            return;
        };
        let app = self.app.layer(Extension(Client(Arc::new(chain))));
        let connection = hyper::server::conn::http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(self.limits.api_timeout)
            .max_buf_size(MAX_HEADER)
            .serve_connection(TokioIo::new(stream), TowerToHyperService::new(app));
        let mut connection = pin!(connection);
        let ended = tokio::select! {
            ended = connection.as_mut() => ended,
            () = stopped(self.stop.clone()) => {
                connection.as_mut().graceful_shutdown();
                timeout(self.limits.api_timeout, connection).await.unwrap_or(Ok(()))
            }
        };
        if let Err(error) = ended {
            tracing::debug!(%error, "a connection to the API ended early");
        }
    }
}
