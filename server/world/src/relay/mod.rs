//! The network of the world: real packets between hosts and anchors, each delayed by half of the
//! pair's round trip in each direction.
//!
//! An anchor's address in the directory is a *front*, a socket of the relay. A host is known by
//! the loopback address that it binds. What a host sends to a front waits for half the round trip
//! and goes on to the anchor from a socket of the relay that has the host's address, and back the
//! same way. A delay is never shorter than asked. Pairs without a round trip cannot reach each
//! other. One thread, one epoll, a timer in nanoseconds.

mod queue;
mod thread;

pub use queue::DelayQueue;

use rustix::event::{EventfdFlags, eventfd};
use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::os::fd::OwnedFd;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, RwLock};
use std::thread::JoinHandle;
use std::time::Duration;

/// A running relay. Dropping it stops the thread and closes its sockets.
#[derive(Debug)]
pub struct Relay {
    shared: Arc<Shared>,
    fronts: Vec<SocketAddr>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Debug)]
struct Shared {
    routes: RwLock<Routes>,
    counters: Counters,
    stop: AtomicBool,
    wake: OwnedFd,
}

#[derive(Debug, Default)]
struct Routes {
    anchors: Vec<Option<SocketAddr>>,
    fronts: HashMap<SocketAddr, usize>,
    round_trips: HashMap<(IpAddr, usize), Duration>,
}

#[derive(Debug, Default)]
struct Counters {
    forwarded: AtomicU64,
    unreachable: AtomicU64,
    refused: AtomicU64,
    late_total_ns: AtomicU64,
    late_worst_ns: AtomicU64,
}

/// What the relay has done so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Statistics {
    /// Packets sent on.
    pub forwarded: u64,
    /// Packets dropped because the pair has no path or the anchor is not attached.
    pub unreachable: u64,
    /// Packets that the kernel or the limit on flows refused.
    pub refused: u64,
    /// How much later than due packets were sent, on average.
    pub late_mean: Duration,
    /// The same for the worst one.
    pub late_worst: Duration,
}

impl Relay {
    /// Starts the relay over these bound sockets, one for each anchor.
    ///
    /// # Errors
    /// When the kernel refuses an epoll, a timer or a thread.
    pub fn start(fronts: Vec<UdpSocket>) -> io::Result<Self> {
        let addresses = fronts
            .iter()
            .map(UdpSocket::local_addr)
            .collect::<io::Result<Vec<_>>>()?;
        let shared = Arc::new(Shared {
            routes: RwLock::new(Routes {
                anchors: vec![None; fronts.len()],
                ..Routes::default()
            }),
            counters: Counters::default(),
            stop: AtomicBool::new(false),
            wake: eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)?,
        });
        let forwarder = thread::Forwarder::new(Arc::clone(&shared), fronts)?;
        let thread = std::thread::Builder::new()
            .name("world-relay".into())
            .spawn(move || forwarder.run())?;
        Ok(Self {
            shared,
            fronts: addresses,
            thread: Some(thread),
        })
    }

    /// The addresses that stand for the anchors, in the order given to [`Relay::start`].
    pub fn fronts(&self) -> &[SocketAddr] {
        &self.fronts
    }

    /// Says where the anchor behind a front really listens.
    pub fn attach(&self, front: usize, anchor: SocketAddr) {
        let mut routes = self.shared.write();
        if let Some(slot) = routes.anchors.get_mut(front) {
            *slot = Some(anchor);
            routes.fronts.insert(anchor, front);
        }
    }

    /// Opens the path between a host and the anchor behind a front.
    pub fn connect(&self, host: IpAddr, front: usize, round_trip: Duration) {
        self.shared
            .write()
            .round_trips
            .insert((host, front), round_trip);
    }

    /// What it has done so far.
    pub fn statistics(&self) -> Statistics {
        let counters = &self.shared.counters;
        let forwarded = counters.forwarded.load(Ordering::Relaxed);
        let total = counters.late_total_ns.load(Ordering::Relaxed);
        Statistics {
            forwarded,
            unreachable: counters.unreachable.load(Ordering::Relaxed),
            refused: counters.refused.load(Ordering::Relaxed),
            late_mean: Duration::from_nanos(total / forwarded.max(1)),
            late_worst: Duration::from_nanos(counters.late_worst_ns.load(Ordering::Relaxed)),
        }
    }
}

impl Shared {
    fn write(&self) -> std::sync::RwLockWriteGuard<'_, Routes> {
        self.routes
            .write()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    fn read(&self) -> std::sync::RwLockReadGuard<'_, Routes> {
        self.routes
            .read()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.shared.stop.store(true, Ordering::SeqCst);
        // A full counter wakes the thread as well, so a failed write changes nothing.
        let _ = rustix::io::write(&self.shared.wake, &1u64.to_ne_bytes());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use std::time::Instant;

    const HOST: &str = "127.81.2.3";

    /// An anchor that sends every packet back, until it is sent an empty one.
    fn echo() -> (SocketAddr, JoinHandle<()>) {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        let address = socket.local_addr().unwrap();
        let thread = std::thread::spawn(move || {
            let mut buffer = [0; 2048];
            while let Ok((length, from)) = socket.recv_from(&mut buffer) {
                if length == 0 {
                    return;
                }
                assert_eq!(from.ip(), HOST.parse::<IpAddr>().unwrap());
                socket.send_to(&buffer[..length], from).unwrap();
            }
        });
        (address, thread)
    }

    fn host(ip: &str) -> UdpSocket {
        let socket = UdpSocket::bind((ip, 0)).unwrap();
        socket
            .set_read_timeout(Some(Duration::from_secs(2)))
            .unwrap();
        socket
    }

    fn eventually(mut condition: impl FnMut() -> bool) {
        let start = Instant::now();
        while !condition() {
            assert!(start.elapsed() < Duration::from_secs(5));
            std::thread::yield_now();
        }
    }

    #[test]
    fn delays_are_never_shorter_than_asked_and_hardly_longer() {
        let (anchor, thread) = echo();
        let front = UdpSocket::bind("127.82.0.1:0").unwrap();
        let relay = Relay::start(vec![front]).unwrap();
        relay.attach(0, anchor);
        let host = host(HOST);
        let mut buffer = [0; 2048];
        let mut rounds = 0;
        for asked in [0, 500, 3_000, 17_345].map(Duration::from_micros) {
            relay.connect(HOST.parse().unwrap(), 0, asked);
            let mut best = Duration::MAX;
            // Sixteen rounds, as a session has; more only where the machine is busy.
            for round in 0..=u8::MAX {
                let start = Instant::now();
                host.send_to(&[round; 100], relay.fronts()[0]).unwrap();
                let (length, from) = host.recv_from(&mut buffer).unwrap();
                let measured = start.elapsed();
                assert_eq!(
                    (&buffer[..length], from),
                    (&[round; 100][..], relay.fronts()[0])
                );
                assert!(measured >= asked, "{measured:?} is shorter than {asked:?}");
                best = best.min(measured - asked);
                rounds += 1;
                if round >= 15 && best < Duration::from_millis(1) {
                    break;
                }
            }
            println!("asked {asked:?}: longer by {best:?} at best");
            assert!(best < Duration::from_millis(1), "longer by {best:?}");
        }
        println!("{:?}", relay.statistics());
        // A packet is counted just after it was sent.
        eventually(|| relay.statistics().forwarded == 2 * rounds);
        UdpSocket::bind("127.0.0.1:0")
            .unwrap()
            .send_to(&[], anchor)
            .unwrap();
        thread.join().unwrap();
    }

    #[test]
    fn pairs_without_a_path_cannot_reach_each_other() {
        let front = UdpSocket::bind("127.82.0.1:0").unwrap();
        let relay = Relay::start(vec![front]).unwrap();
        let anchor = UdpSocket::bind("127.0.0.1:0").unwrap();
        anchor.set_nonblocking(true).unwrap();
        relay.attach(0, anchor.local_addr().unwrap());
        relay.connect(HOST.parse().unwrap(), 0, Duration::ZERO);
        let stranger = host("127.81.2.4");
        stranger
            .set_read_timeout(Some(Duration::from_millis(100)))
            .unwrap();
        stranger.send_to(b"hello", relay.fronts()[0]).unwrap();
        assert!(stranger.recv_from(&mut [0; 10]).is_err());
        assert!(anchor.recv_from(&mut [0; 10]).is_err());
        eventually(|| relay.statistics().unreachable == 1);
    }

    #[test]
    fn packets_of_many_pairs_keep_their_own_delays() {
        let (anchor, thread) = echo();
        let fronts = (0..8)
            .map(|_| UdpSocket::bind("127.82.0.1:0").unwrap())
            .collect();
        let relay = Relay::start(fronts).unwrap();
        // Eight anchors behind eight fronts need eight addresses.
        let more: Vec<_> = (1..8).map(|_| echo()).collect();
        relay.attach(0, anchor);
        for (index, (address, _)) in (1..).zip(&more) {
            relay.attach(index, *address);
        }
        let socket = host(HOST);
        let start = Instant::now();
        for front in (0..8).rev() {
            let round_trip = Duration::from_millis(10 * (front + 1));
            let front = usize::try_from(front).unwrap();
            relay.connect(HOST.parse().unwrap(), front, round_trip);
            socket.send_to(&[1], relay.fronts()[front]).unwrap();
        }
        for front in 0..8u32 {
            let (_, from) = socket.recv_from(&mut [0; 10]).unwrap();
            assert!(start.elapsed() >= Duration::from_millis(10) * (front + 1));
            assert_eq!(from, relay.fronts()[usize::try_from(front).unwrap()]);
        }
        let closer = UdpSocket::bind("127.0.0.1:0").unwrap();
        for (address, thread) in more.into_iter().chain([(anchor, thread)]) {
            closer.send_to(&[], address).unwrap();
            thread.join().unwrap();
        }
    }
}
