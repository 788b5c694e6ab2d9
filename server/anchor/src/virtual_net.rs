//! A network in memory on tokio's clock, for tests under `#[tokio::test(start_paused = true)]`.
//!
//! Quinn reads tokio's clock too, so under a paused clock whole sessions take no time and their
//! round trips come out exact, provided that delays are whole milliseconds: tokio's timers are.
//! Development only: behind the feature `testing`.

use crate::stopwatch::{Clocks, Stopwatch};
use quinn::udp::{RecvMeta, Transmit};
use quinn::{AsyncUdpSocket, UdpPoller};
use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};
use std::fmt;
use std::io::{self, IoSliceMut};
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Duration;
use tokio::time::{Instant, Sleep, sleep_until};

/// Packets that wait for one socket; more are lost.
const QUEUE: usize = 4096;

/// The one-way delay from the first address to the second; `None` loses the packet.
type Delay = dyn Fn(SocketAddr, SocketAddr) -> Option<Duration> + Send + Sync;

/// A network: sockets by address, and a delay between any two.
#[derive(Clone)]
pub struct Network(Arc<Inner>);

struct Inner {
    delay: Box<Delay>,
    inboxes: Mutex<HashMap<SocketAddr, Arc<Mutex<Inbox>>>>,
}

#[derive(Default)]
struct Inbox {
    packets: BinaryHeap<Reverse<Packet>>,
    sent: u64,
    timer: Option<Pin<Box<Sleep>>>,
    waker: Option<Waker>,
}

/// When it arrives, a number that keeps equal times in order, from where, what.
type Packet = (Instant, u64, SocketAddr, Vec<u8>);

impl Network {
    /// A network with these one-way delays.
    pub fn new(
        delay: impl Fn(SocketAddr, SocketAddr) -> Option<Duration> + Send + Sync + 'static,
    ) -> Self {
        Self(Arc::new(Inner {
            delay: Box::new(delay),
            inboxes: Mutex::default(),
        }))
    }

    /// A socket at `address`, in place of any that was there.
    pub fn socket(&self, address: SocketAddr) -> Arc<dyn AsyncUdpSocket> {
        let inbox = Arc::default();
        locked(&self.0.inboxes).insert(address, Arc::clone(&inbox));
        Arc::new(VirtualSocket {
            network: self.clone(),
            address,
            inbox,
        })
    }

    fn send(&self, from: SocketAddr, to: SocketAddr, bytes: &[u8]) {
        let Some(delay) = (self.0.delay)(from, to) else {
            return;
        };
        let inbox = locked(&self.0.inboxes).get(&to).cloned();
        let Some(inbox) = inbox else {
            return;
        };
        let mut inbox = locked(&inbox);
        if inbox.packets.len() >= QUEUE {
            return;
        }
        inbox.sent += 1;
        let packet = (Instant::now() + delay, inbox.sent, from, bytes.to_vec());
        inbox.packets.push(Reverse(packet));
        if let Some(waker) = inbox.waker.take() {
            waker.wake();
        }
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

struct VirtualSocket {
    network: Network,
    address: SocketAddr,
    inbox: Arc<Mutex<Inbox>>,
}

impl fmt::Debug for VirtualSocket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "VirtualSocket({})", self.address)
    }
}

#[derive(Debug)]
struct AlwaysWritable;

impl UdpPoller for AlwaysWritable {
    fn poll_writable(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

impl AsyncUdpSocket for VirtualSocket {
    fn create_io_poller(self: Arc<Self>) -> Pin<Box<dyn UdpPoller>> {
        Box::pin(AlwaysWritable)
    }

    fn try_send(&self, transmit: &Transmit<'_>) -> io::Result<()> {
        let segment = transmit.segment_size.unwrap_or(transmit.contents.len());
        for bytes in transmit.contents.chunks(segment.max(1)) {
            self.network.send(self.address, transmit.destination, bytes);
        }
        Ok(())
    }

    fn poll_recv(
        &self,
        cx: &mut Context<'_>,
        buffers: &mut [IoSliceMut<'_>],
        meta: &mut [RecvMeta],
    ) -> Poll<io::Result<usize>> {
        let mut inbox = locked(&self.inbox);
        let mut count = 0;
        while count < buffers.len().min(meta.len()) {
            let due = inbox.packets.peek().map(|Reverse(packet)| packet.0);
            if due.is_none_or(|due| due > Instant::now()) {
                break;
            }
            let Some(Reverse((_, _, addr, bytes))) = inbox.packets.pop() else {
                break;
            };
            let len = bytes.len().min(buffers[count].len());
            buffers[count][..len].copy_from_slice(&bytes[..len]);
            meta[count] = RecvMeta {
                addr,
                len,
                stride: len,
                ..RecvMeta::default()
            };
            count += 1;
        }
        if count > 0 {
            return Poll::Ready(Ok(count));
        }
        inbox.waker = Some(cx.waker().clone());
        inbox.timer = inbox.packets.peek().map(|Reverse(packet)| {
            let mut timer = Box::pin(sleep_until(packet.0));
            if timer.as_mut().poll(cx).is_ready() {
                cx.waker().wake_by_ref();
            }
            timer
        });
        Poll::Pending
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        Ok(self.address)
    }

    fn may_fragment(&self) -> bool {
        false
    }
}

/// A stopwatch on tokio's clock: all clocks agree.
#[derive(Debug, Clone, Copy)]
pub struct VirtualStopwatch {
    start: Instant,
    start_unix_ms: u64,
}

impl VirtualStopwatch {
    /// Starts now, which is `start_unix_ms` by its wall clock.
    pub fn starting(start_unix_ms: u64) -> Self {
        Self {
            start: Instant::now(),
            start_unix_ms,
        }
    }
}

impl Stopwatch for VirtualStopwatch {
    fn now_ns(&self) -> u64 {
        u64::try_from(self.start.elapsed().as_nanos()).unwrap_or(u64::MAX)
    }

    fn clocks(&self) -> Clocks {
        let now_ns = self.now_ns();
        Clocks {
            raw_ns: now_ns,
            monotonic_ns: now_ns,
            boottime_ns: now_ns,
            realtime_ns: self
                .start_unix_ms
                .saturating_mul(1_000_000)
                .saturating_add(now_ns),
        }
    }
}
