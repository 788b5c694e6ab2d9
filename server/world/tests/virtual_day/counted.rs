//! A socket that counts what passes.

use quinn::udp::{RecvMeta, Transmit};
use quinn::{AsyncUdpSocket, UdpPoller};
use std::fmt;
use std::io::{self, IoSliceMut};
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll, ready};

/// Bytes of the headers of IPv4 and UDP.
const HEADERS: u64 = 28;

/// What has passed so far.
#[derive(Debug, Clone, Copy, Default)]
pub struct Traffic {
    /// Bytes that left, headers included.
    pub sent: u64,
    /// Bytes that came.
    pub received: u64,
    /// Packets either way.
    pub packets: u64,
}

#[derive(Default)]
pub struct Counters {
    sent: AtomicU64,
    received: AtomicU64,
    packets: AtomicU64,
}

impl Counters {
    pub fn read(&self) -> Traffic {
        Traffic {
            sent: self.sent.load(Ordering::Relaxed),
            received: self.received.load(Ordering::Relaxed),
            packets: self.packets.load(Ordering::Relaxed),
        }
    }

    fn count(&self, way: &AtomicU64, bytes: usize) {
        way.fetch_add(bytes as u64 + HEADERS, Ordering::Relaxed);
        self.packets.fetch_add(1, Ordering::Relaxed);
    }
}

/// The socket.
pub struct Counted {
    pub socket: Arc<dyn AsyncUdpSocket>,
    pub counters: Arc<Counters>,
}

impl fmt::Debug for Counted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.socket.fmt(f)
    }
}

impl AsyncUdpSocket for Counted {
    fn create_io_poller(self: Arc<Self>) -> Pin<Box<dyn UdpPoller>> {
        Arc::clone(&self.socket).create_io_poller()
    }

    fn try_send(&self, transmit: &Transmit<'_>) -> io::Result<()> {
        assert!(transmit.segment_size.is_none(), "one datagram at a time");
        self.socket.try_send(transmit)?;
        self.counters
            .count(&self.counters.sent, transmit.contents.len());
        Ok(())
    }

    fn poll_recv(
        &self,
        context: &mut Context<'_>,
        buffers: &mut [IoSliceMut<'_>],
        meta: &mut [RecvMeta],
    ) -> Poll<io::Result<usize>> {
        let count = ready!(self.socket.poll_recv(context, buffers, meta))?;
        for one in &meta[..count] {
            self.counters.count(&self.counters.received, one.len);
        }
        Poll::Ready(Ok(count))
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.socket.local_addr()
    }

    /// As the agent's own socket answers: it looks for no larger packets than 1,200 bytes.
    fn may_fragment(&self) -> bool {
        true
    }
}
