//! A UDP socket that is deaf to everybody the agent is not talking to.
//!
//! It neither offloads nor coalesces: one datagram for each call, so that a flood cannot grow
//! memory. A datagram from another address than those allowed is dropped before QUIC sees it, so
//! a stranger gets no answer of any kind.

use quinn::udp::{RecvMeta, Transmit};
use quinn::{AsyncUdpSocket, UdpPoller};
use std::collections::HashMap;
use std::fmt;
use std::future::Future;
use std::io::{self, IoSliceMut};
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};
use tokio::io::{Interest, ReadBuf};
use tokio::net::UdpSocket;

/// Datagrams of strangers dropped before other work gets its turn.
const STRANGERS_AT_ONCE: usize = 32;

/// The addresses that may be heard, each with the number of links to it.
#[derive(Debug, Clone, Default)]
pub struct Peers(Arc<Mutex<HashMap<SocketAddr, usize>>>);

/// An address may be heard while this lives.
#[derive(Debug)]
pub struct Allowed {
    peers: Peers,
    address: SocketAddr,
}

impl Peers {
    /// Lets `address` be heard.
    pub fn allow(&self, address: SocketAddr) -> Allowed {
        *self.lock().entry(address).or_default() += 1;
        Allowed {
            peers: self.clone(),
            address,
        }
    }

    /// Whether `address` may be heard.
    pub fn hears(&self, address: &SocketAddr) -> bool {
        self.lock().contains_key(address)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<SocketAddr, usize>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Allowed {
    fn drop(&mut self) {
        let mut peers = self.peers.lock();
        if let Some(links) = peers.get_mut(&self.address) {
            *links -= 1;
            if *links == 0 {
                peers.remove(&self.address);
            }
        }
    }
}

/// The socket.
#[derive(Debug)]
pub struct Socket {
    io: UdpSocket,
    peers: Peers,
}

impl Socket {
    /// Binds `local`; only `peers` will be heard.
    ///
    /// # Errors
    /// The system's.
    pub fn bind(local: SocketAddr, peers: Peers) -> io::Result<Self> {
        let socket = std::net::UdpSocket::bind(local)?;
        socket.set_nonblocking(true)?;
        Ok(Self {
            io: UdpSocket::from_std(socket)?,
            peers,
        })
    }
}

impl AsyncUdpSocket for Socket {
    fn create_io_poller(self: Arc<Self>) -> Pin<Box<dyn UdpPoller>> {
        Box::pin(Writable {
            socket: self,
            waiting: None,
        })
    }

    fn try_send(&self, transmit: &Transmit<'_>) -> io::Result<()> {
        match self.io.try_send_to(transmit.contents, transmit.destination) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Err(error),
            // A route that is away is a lost datagram: QUIC's own timers decide what follows.
            Err(error) => {
                tracing::debug!(%error, "datagram not sent");
                Ok(())
            }
            Ok(_) => Ok(()),
        }
    }

    fn poll_recv(
        &self,
        context: &mut Context<'_>,
        buffers: &mut [IoSliceMut<'_>],
        meta: &mut [RecvMeta],
    ) -> Poll<io::Result<usize>> {
        let (Some(buffer), Some(meta)) = (buffers.first_mut(), meta.first_mut()) else {
            return Poll::Ready(Ok(0));
        };
        for _ in 0..STRANGERS_AT_ONCE {
            let mut space = ReadBuf::new(buffer);
            let from = match ready!(self.io.poll_recv_from(context, &mut space)) {
                Ok(from) => from,
                // Reading has cleared it; there is nothing to hear with it.
                Err(error) => {
                    tracing::debug!(%error, "socket error");
                    continue;
                }
            };
            let length = space.filled().len();
            if self.peers.hears(&from) {
                *meta = RecvMeta {
                    addr: from,
                    len: length,
                    stride: length,
                    ecn: None,
                    dst_ip: None,
                };
                return Poll::Ready(Ok(1));
            }
        }
        // A flood of strangers: let others run, then come back.
        context.waker().wake_by_ref();
        Poll::Pending
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.io.local_addr()
    }

    /// So no connection looks for packets larger than 1,200 bytes: its messages are small, and the search
    /// costs half as much traffic again as they do.
    fn may_fragment(&self) -> bool {
        true
    }
}

type Wait = Pin<Box<dyn Future<Output = io::Result<()>> + Send + Sync>>;

/// Waits until the socket takes another datagram.
struct Writable {
    socket: Arc<Socket>,
    waiting: Option<Wait>,
}

impl fmt::Debug for Writable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Writable")
    }
}

impl UdpPoller for Writable {
    fn poll_writable(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = &mut *self;
        let socket = &this.socket;
        let waiting = this.waiting.get_or_insert_with(|| {
            let socket = socket.clone();
            Box::pin(async move { socket.io.ready(Interest::WRITABLE).await.map(|_| ()) })
        });
        let result = ready!(waiting.as_mut().poll(context));
        this.waiting = None;
        Poll::Ready(result)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn an_address_is_heard_while_a_link_to_it_lives() {
        let peers = Peers::default();
        let address = SocketAddr::from(([127, 0, 0, 1], 9));
        assert!(!peers.hears(&address));
        let first = peers.allow(address);
        let second = peers.allow(address);
        drop(first);
        assert!(peers.hears(&address));
        drop(second);
        assert!(!peers.hears(&address));
    }
}
