//! What the agent takes from the machine: time, randomness and the disk, as arguments.

use crate::disk::{Disk, RealDisk};
use ring::rand::SecureRandom as _;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

/// The host's wall clock. Nobody trusts it: it is written into reports and decides when a
/// certificate is renewed, never whether a server is believed.
pub trait Clock: Send + Sync {
    /// Unix time, ms; 0 before 1970.
    fn unix_ms(&self) -> u64;
}

/// The agent's own stopwatch. Its times go into the transcript beside the anchor's.
pub trait Stopwatch: Send + Sync {
    /// Nanoseconds since some fixed moment; never goes backwards.
    fn now_ns(&self) -> u64;
}

/// Unpredictable bytes.
pub trait Random: Send + Sync {
    /// Fills `bytes`.
    fn fill(&self, bytes: &mut [u8]);
}

/// The machine, or what a test puts in its place.
#[derive(Clone)]
pub struct Host {
    /// Wall clock.
    pub clock: Arc<dyn Clock>,
    /// Stopwatch.
    pub stopwatch: Arc<dyn Stopwatch>,
    /// Randomness.
    pub random: Arc<dyn Random>,
    /// Disk.
    pub disk: Arc<dyn Disk>,
}

impl Host {
    /// The real machine.
    pub fn real() -> Self {
        Self {
            clock: Arc::new(SystemClock),
            stopwatch: Arc::new(RawMonotonic),
            random: Arc::new(SystemRandom(ring::rand::SystemRandom::new())),
            disk: Arc::new(RealDisk),
        }
    }

    /// `N` unpredictable bytes.
    pub fn random_bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.random.fill(&mut bytes);
        bytes
    }
}

/// The system's wall clock.
pub struct SystemClock;

impl Clock for SystemClock {
    fn unix_ms(&self) -> u64 {
        SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .ok()
            .and_then(|since| u64::try_from(since.as_millis()).ok())
            .unwrap_or(0)
    }
}

/// `CLOCK_MONOTONIC_RAW`: not slewed by time synchronisation.
pub struct RawMonotonic;

impl Stopwatch for RawMonotonic {
    fn now_ns(&self) -> u64 {
        let now = rustix::time::clock_gettime(rustix::time::ClockId::MonotonicRaw);
        let part = |value: i64| u64::try_from(value).unwrap_or(0);
        part(now.tv_sec).saturating_mul(1_000_000_000) + part(now.tv_nsec)
    }
}

/// The kernel's generator.
pub struct SystemRandom(ring::rand::SystemRandom);

impl Random for SystemRandom {
    fn fill(&self, bytes: &mut [u8]) {
        self.0
            .fill(bytes)
            .expect("getrandom(2) cannot fail once the kernel's generator is seeded");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stopwatch_advances_and_randomness_differs() {
        let host = Host::real();
        let before = host.stopwatch.now_ns();
        assert!(host.stopwatch.now_ns() >= before);
        assert_ne!(host.random_bytes::<16>(), host.random_bytes::<16>());
        assert!(host.clock.unix_ms() > 1_600_000_000_000);
    }
}
