//! The relay's one thread.

use super::{DelayQueue, Shared};
use rustix::event::epoll;
use rustix::time::{
    Itimerspec, TimerfdClockId, TimerfdFlags, TimerfdTimerFlags, Timespec, timerfd_create,
    timerfd_settime,
};
use std::collections::HashMap;
use std::io;
use std::net::{SocketAddr, UdpSocket};
use std::os::fd::{AsFd, OwnedFd};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

const WAKE: u64 = u64::MAX;
const TIMER: u64 = u64::MAX - 1;
/// Tokens from here on are flows; below are fronts.
const FLOWS: u64 = 1 << 32;
/// Host sockets served at once.
const MAX_FLOWS: usize = 4096;
/// Packets that may wait at once.
const MAX_WAITING: usize = 1 << 18;
/// A flow that has been silent this long is closed.
const IDLE: Duration = Duration::from_secs(60);

/// The state of the relay's thread.
pub(super) struct Forwarder {
    shared: Arc<Shared>,
    epoll: OwnedFd,
    timer: OwnedFd,
    fronts: Vec<UdpSocket>,
    flows: HashMap<u64, Flow>,
    by_host: HashMap<SocketAddr, u64>,
    opened: u64,
    waiting: DelayQueue<Packet>,
    start: Instant,
    swept: Instant,
}

/// A host's socket as the anchors see it.
struct Flow {
    socket: UdpSocket,
    host: SocketAddr,
    active: Instant,
}

struct Packet {
    bytes: Box<[u8]>,
    to: Destination,
}

enum Destination {
    /// To the anchor, out of a flow.
    Anchor(u64, SocketAddr),
    /// To the host, out of a front.
    Host(usize, SocketAddr),
}

impl Forwarder {
    pub(super) fn new(shared: Arc<Shared>, fronts: Vec<UdpSocket>) -> io::Result<Self> {
        let epoll = epoll::create(epoll::CreateFlags::CLOEXEC)?;
        let timer = timerfd_create(
            TimerfdClockId::Monotonic,
            TimerfdFlags::CLOEXEC | TimerfdFlags::NONBLOCK,
        )?;
        watch(&epoll, &shared.wake, WAKE)?;
        watch(&epoll, &timer, TIMER)?;
        for (token, front) in (0..).zip(&fronts) {
            front.set_nonblocking(true)?;
            watch(&epoll, front, token)?;
        }
        Ok(Self {
            shared,
            epoll,
            timer,
            fronts,
            flows: HashMap::new(),
            by_host: HashMap::new(),
            opened: 0,
            waiting: DelayQueue::default(),
            start: Instant::now(),
            swept: Instant::now(),
        })
    }

    /// Runs until the relay is dropped.
    pub(super) fn run(mut self) {
        let mut events = Vec::with_capacity(64);
        let mut buffer = vec![0; 65_536];
        while !self.shared.stop.load(Ordering::SeqCst) {
            events.clear();
            let spare = rustix::buffer::spare_capacity(&mut events);
            match epoll::wait(&self.epoll, spare, None) {
                Ok(_) | Err(rustix::io::Errno::INTR) => {}
                Err(_) => return,
            }
            for event in &events {
                self.handle(event.data.u64(), &mut buffer);
            }
            self.send_due();
            self.arm();
            self.sweep();
        }
    }

    fn handle(&mut self, token: u64, buffer: &mut [u8]) {
        match token {
            WAKE => {}
            TIMER => {
                let _ = rustix::io::read(&self.timer, &mut buffer[..8]);
            }
            flow if flow >= FLOWS => self.take_from_anchors(flow, buffer),
            front => self.take_from_hosts(usize::try_from(front).unwrap_or(usize::MAX), buffer),
        }
    }

    /// Packets of hosts that wait at a front.
    fn take_from_hosts(&mut self, front: usize, buffer: &mut [u8]) {
        loop {
            let Some(socket) = self.fronts.get(front) else {
                return;
            };
            let Some((length, host)) = receive(socket, buffer) else {
                return;
            };
            let arrived = self.now_ns();
            let (round_trip, anchor) = {
                let routes = self.shared.read();
                (
                    routes.round_trips.get(&(host.ip(), front)).copied(),
                    routes.anchors.get(front).copied().flatten(),
                )
            };
            let (Some(round_trip), Some(anchor)) = (round_trip, anchor) else {
                self.count_unreachable();
                continue;
            };
            match self.flow(host) {
                Some(flow) => self.delay(
                    arrived,
                    round_trip / 2,
                    &buffer[..length],
                    Destination::Anchor(flow, anchor),
                ),
                None => self.count_refused(),
            }
        }
    }

    /// Packets of anchors that wait at a flow.
    fn take_from_anchors(&mut self, token: u64, buffer: &mut [u8]) {
        loop {
            let Some(flow) = self.flows.get(&token) else {
                return;
            };
            let host = flow.host;
            let Some((length, anchor)) = receive(&flow.socket, buffer) else {
                return;
            };
            let arrived = self.now_ns();
            let found = {
                let routes = self.shared.read();
                routes.fronts.get(&anchor).copied().and_then(|front| {
                    let round_trip = routes.round_trips.get(&(host.ip(), front))?;
                    Some((front, *round_trip))
                })
            };
            let Some((front, round_trip)) = found else {
                self.count_unreachable();
                continue;
            };
            let back = round_trip - round_trip / 2;
            self.delay(
                arrived,
                back,
                &buffer[..length],
                Destination::Host(front, host),
            );
        }
    }

    fn delay(&mut self, arrived: u64, delay: Duration, bytes: &[u8], to: Destination) {
        if self.waiting.len() >= MAX_WAITING {
            self.count_refused();
            return;
        }
        let bytes = bytes.into();
        self.waiting
            .push(arrived.saturating_add(nanos(delay)), Packet { bytes, to });
    }

    /// The flow of a host's socket, opened on its first packet.
    fn flow(&mut self, host: SocketAddr) -> Option<u64> {
        if let Some(&token) = self.by_host.get(&host) {
            self.flows.get_mut(&token)?.active = Instant::now();
            return Some(token);
        }
        if self.flows.len() >= MAX_FLOWS {
            return None;
        }
        let socket = UdpSocket::bind((host.ip(), 0)).ok()?;
        socket.set_nonblocking(true).ok()?;
        let token = FLOWS + self.opened;
        watch(&self.epoll, &socket, token).ok()?;
        self.opened += 1;
        let active = Instant::now();
        self.flows.insert(
            token,
            Flow {
                socket,
                host,
                active,
            },
        );
        self.by_host.insert(host, token);
        Some(token)
    }

    fn send_due(&mut self) {
        loop {
            let now = self.now_ns();
            let Some((due, packet)) = self.waiting.pop_due(now) else {
                return;
            };
            let sent = match packet.to {
                Destination::Anchor(flow, anchor) => self
                    .flows
                    .get(&flow)
                    .and_then(|flow| flow.socket.send_to(&packet.bytes, anchor).ok()),
                Destination::Host(front, host) => {
                    self.fronts[front].send_to(&packet.bytes, host).ok()
                }
            };
            if sent.is_none() {
                self.count_refused();
                continue;
            }
            let late = now - due;
            let counters = &self.shared.counters;
            counters.forwarded.fetch_add(1, Ordering::Relaxed);
            counters.late_total_ns.fetch_add(late, Ordering::Relaxed);
            counters.late_worst_ns.fetch_max(late, Ordering::Relaxed);
        }
    }

    /// Sets the timer to the next due packet; a timer of zero would be off, so at least 1 ns.
    fn arm(&self) {
        let Some(due) = self.waiting.next_due() else {
            return;
        };
        let wait = Duration::from_nanos(due.saturating_sub(self.now_ns()).max(1));
        let value = Timespec {
            tv_sec: i64::try_from(wait.as_secs()).unwrap_or(i64::MAX),
            tv_nsec: wait.subsec_nanos().into(),
        };
        let once = Itimerspec {
            it_interval: Timespec {
                tv_sec: 0,
                tv_nsec: 0,
            },
            it_value: value,
        };
        let _ = timerfd_settime(&self.timer, TimerfdTimerFlags::empty(), &once);
    }

    /// Closes flows that have been silent for long. Closing a socket takes it out of the epoll.
    fn sweep(&mut self) {
        if self.swept.elapsed() < IDLE / 6 {
            return;
        }
        self.swept = Instant::now();
        self.flows.retain(|_, flow| flow.active.elapsed() < IDLE);
        let flows = &self.flows;
        self.by_host.retain(|_, token| flows.contains_key(token));
    }

    fn now_ns(&self) -> u64 {
        nanos(self.start.elapsed())
    }

    fn count_unreachable(&self) {
        self.shared
            .counters
            .unreachable
            .fetch_add(1, Ordering::Relaxed);
    }

    fn count_refused(&self) {
        self.shared.counters.refused.fetch_add(1, Ordering::Relaxed);
    }
}

fn watch(epoll: &OwnedFd, fd: impl AsFd, token: u64) -> io::Result<()> {
    let data = epoll::EventData::new_u64(token);
    Ok(epoll::add(epoll, fd, data, epoll::EventFlags::IN)?)
}

/// One packet, or `None` when no more wait. Errors of earlier sends (port unreachable) are skipped.
fn receive(socket: &UdpSocket, buffer: &mut [u8]) -> Option<(usize, SocketAddr)> {
    for _ in 0..16 {
        match socket.recv_from(buffer) {
            Ok(received) => return Some(received),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return None,
            Err(_) => {}
        }
    }
    None
}

fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}
