//! Which way to a server: UDP, and where that stays silent, the same connection through a tunnel.
//!
//! Start reading at [`Network::reach`].

use super::{ConnectError, Link, Network, SERVER_NAME, client_config};
use domicile_certs::Identity;
use domicile_proto::types::Key;
use domicile_proto::wire::Transport;
use std::future::Future;
use std::net::SocketAddr;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::time::{sleep, timeout};

/// How long UDP has before a tunnel is tried beside it.
const HEAD_START: Duration = Duration::from_secs(2);

/// A server, as the directory lists it.
#[derive(Debug, Clone, Copy)]
pub struct Server<'a> {
    /// Its pinned key.
    pub key: Key,
    /// UDP.
    pub addresses: &'a [SocketAddr],
    /// TLS over TCP.
    pub tunnels: &'a [SocketAddr],
}

impl Network {
    /// Connects to `server` as `identity`; each address has `patience`.
    ///
    /// UDP goes first. When it has been silent for two seconds, or a quarter of `patience`, a tunnel
    /// is tried beside it, and the first connection counts. While UDP is known to be silent, both
    /// start at once: so a blocked host waits once, and one that is no longer blocked comes back.
    /// A refusal ends the attempt: the server has been reached.
    ///
    /// # Errors
    /// [`ConnectError`]; of both ways, when both were tried.
    pub async fn reach(
        &self,
        identity: &Identity,
        server: Server<'_>,
        alpn: &[u8],
        patience: Duration,
    ) -> Result<Link, ConnectError> {
        let udp = in_order(server.addresses, patience, |address| {
            self.connect(identity, server.key, address, alpn)
        });
        let tunnel = in_order(server.tunnels, patience, |address| {
            self.connect_through_tunnel(identity, server.key, address, alpn)
        });
        match &self.tunnels {
            Some(tunnels) if tunnels.always => return tunnel.await,
            Some(_) if !server.tunnels.is_empty() => {}
            _ => return udp.await,
        }
        let head_start = match self.udp_is_silent.load(Ordering::Relaxed) {
            true => Duration::ZERO,
            false => HEAD_START.min(patience / 4),
        };
        let link = first(udp, tunnel, head_start).await?;
        let silent = link.transport == Transport::TlsTcp;
        if self.udp_is_silent.swap(silent, Ordering::Relaxed) != silent {
            match silent {
                true => tracing::warn!("UDP is silent: going through TLS over TCP"),
                false => tracing::info!("UDP answers again"),
            }
        }
        Ok(link)
    }

    /// The same connection as [`connect`](Self::connect), inside a tunnel to `address` and through
    /// the proxy if there is one.
    ///
    /// # Errors
    /// [`ConnectError`].
    pub async fn connect_through_tunnel(
        &self,
        identity: &Identity,
        server: Key,
        address: SocketAddr,
        alpn: &[u8],
    ) -> Result<Link, ConnectError> {
        let tunnels = self.tunnels.as_ref().ok_or(ConnectError::NoTunnels)?;
        if !tunnels.may_connect(address) {
            return Err(ConnectError::NewPort(address.port()));
        }
        let config = client_config(identity, server, alpn)?;
        // Held until the tunnel is gone.
        let place = self.places.clone().acquire_owned().await;
        let place = place.map_err(|_| ConnectError::NoTunnels)?;
        let tunnel = domicile_tunnel::client::open(server, address, tunnels.proxy.as_ref()).await?;
        let connecting = tunnel.connect(config, SERVER_NAME, place)?;
        let connection = connecting.await.map_err(ConnectError::Connection)?;
        Ok(Link {
            connection,
            transport: Transport::TlsTcp,
            proxied: tunnels.proxy.is_some(),
            _allowed: None,
        })
    }
}

/// Tries `addresses` one after another, each for `patience`. A refusal is an answer.
async fn in_order<F>(
    addresses: &[SocketAddr],
    patience: Duration,
    connect: impl Fn(SocketAddr) -> F,
) -> Result<Link, ConnectError>
where
    F: Future<Output = Result<Link, ConnectError>>,
{
    let mut last = ConnectError::Timeout;
    for &address in addresses {
        last = match timeout(patience, connect(address)).await {
            Ok(Ok(link)) => return Ok(link),
            Ok(Err(error)) => error,
            Err(_) => ConnectError::Timeout,
        };
    }
    Err(last)
}

/// `udp`, and after `head_start` without an answer `tunnel` beside it: whichever comes first.
async fn first(
    udp: impl Future<Output = Result<Link, ConnectError>>,
    tunnel: impl Future<Output = Result<Link, ConnectError>>,
    head_start: Duration,
) -> Result<Link, ConnectError> {
    let (mut udp, mut tunnel) = (std::pin::pin!(udp), std::pin::pin!(tunnel));
    let ahead = tokio::select! {
        biased;
        result = &mut udp => Some(result),
        () = sleep(head_start) => None,
    };
    let failed = match ahead {
        Some(Err(error)) if !error.is_refusal() => error,
        Some(result) => return result,
        None => tokio::select! {
            biased;
            result = &mut udp => match result {
                Err(error) if !error.is_refusal() => error,
                result => return result,
            },
            result = &mut tunnel => match result {
                Ok(link) => return Ok(link),
                Err(through_tunnel) => {
                    return udp.await.map_err(|udp| both(udp, through_tunnel));
                }
            },
        },
    };
    tunnel.await.map_err(|tunnel| both(failed, tunnel))
}

fn both(udp: ConnectError, tunnel: ConnectError) -> ConnectError {
    ConnectError::Both {
        udp: Box::new(udp),
        tunnel: Box::new(tunnel),
    }
}
