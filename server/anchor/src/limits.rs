//! What one agent may ask of an anchor: sessions at a time and sessions a minute.
//!
//! A pure table on `now`. It holds at most [`KeyLimits::keys`] agents; one that is idle and has
//! its whole allowance back carries no information and makes room for another.

use domicile_proto::types::Key;
use std::collections::HashMap;

/// Limits for each agent key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeyLimits {
    /// Sessions at a time.
    pub concurrent: u32,
    /// Sessions a minute, and as many at once after a pause.
    pub per_minute: u32,
    /// Agents remembered at a time.
    pub keys: usize,
}

/// Over a limit: try later.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Busy {
    /// Too many sessions of this key at a time.
    #[error("{0} sessions of this key are open, the most allowed")]
    Concurrent(u32),
    /// Too many sessions of this key within a minute.
    #[error("over {0} sessions of this key in a minute")]
    Rate(u32),
    /// Too many agents at a time.
    #[error("{0} agents are served, the most allowed")]
    Table(usize),
}

#[derive(Debug, Clone, Copy, Default)]
struct Client {
    active: u32,
    /// When the whole allowance is back, ns: the bucket of a token-bucket limiter as one number.
    whole_at_ns: u64,
}

impl Client {
    fn is_forgettable(&self, now_ns: u64) -> bool {
        self.active == 0 && self.whole_at_ns <= now_ns
    }
}

/// The table.
#[derive(Debug)]
pub struct Limiter {
    limits: KeyLimits,
    clients: HashMap<Key, Client>,
}

const MINUTE_NS: u64 = 60_000_000_000;

impl Limiter {
    /// An empty table.
    pub fn new(limits: KeyLimits) -> Self {
        Self {
            limits,
            clients: HashMap::new(),
        }
    }

    /// Admits one session of `key`, to be given back with [`release`](Self::release).
    ///
    /// # Errors
    /// [`Busy`] when it is over a limit; nothing is counted then.
    pub fn admit(&mut self, key: Key, now_ns: u64) -> Result<(), Busy> {
        if !self.clients.contains_key(&key) && self.clients.len() >= self.limits.keys {
            self.clients
                .retain(|_, client| !client.is_forgettable(now_ns));
            if self.clients.len() >= self.limits.keys {
                return Err(Busy::Table(self.limits.keys));
            }
        }
        let mut client = self.clients.get(&key).copied().unwrap_or_default();
        if client.active >= self.limits.concurrent {
            return Err(Busy::Concurrent(client.active));
        }
        let interval_ns = MINUTE_NS / u64::from(self.limits.per_minute.max(1));
        let whole_at_ns = client.whole_at_ns.max(now_ns).saturating_add(interval_ns);
        if whole_at_ns > now_ns.saturating_add(MINUTE_NS) {
            return Err(Busy::Rate(self.limits.per_minute));
        }
        client.active += 1;
        client.whole_at_ns = whole_at_ns;
        self.clients.insert(key, client);
        Ok(())
    }

    /// Ends one admitted session of `key`.
    pub fn release(&mut self, key: &Key) {
        if let Some(client) = self.clients.get_mut(key) {
            client.active = client.active.saturating_sub(1);
        }
    }

    /// Agents remembered now.
    pub fn len(&self) -> usize {
        self.clients.len()
    }

    /// True when no agent is remembered.
    pub fn is_empty(&self) -> bool {
        self.clients.is_empty()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;

    const LIMITS: KeyLimits = KeyLimits {
        concurrent: 2,
        per_minute: 6,
        keys: 3,
    };

    fn key(n: u8) -> Key {
        Key([n; 32])
    }

    #[test]
    fn sessions_at_a_time_are_limited_for_each_key() {
        let mut limiter = Limiter::new(LIMITS);
        limiter.admit(key(1), 0).unwrap();
        limiter.admit(key(1), 0).unwrap();
        assert_eq!(limiter.admit(key(1), 0), Err(Busy::Concurrent(2)));
        limiter.admit(key(2), 0).unwrap();
        limiter.release(&key(1));
        limiter.admit(key(1), 0).unwrap();
    }

    #[test]
    fn sessions_a_minute_are_limited_and_come_back() {
        let mut limiter = Limiter::new(LIMITS);
        for _ in 0..6 {
            limiter.admit(key(1), 7).unwrap();
            limiter.release(&key(1));
        }
        assert_eq!(limiter.admit(key(1), 7), Err(Busy::Rate(6)));
        assert!(limiter.admit(key(1), 10_000_000_006).is_err());
        limiter.admit(key(1), 10_000_000_007).unwrap();
        assert!(limiter.admit(key(1), 10_000_000_007).is_err());
    }

    #[test]
    fn the_table_is_bounded_and_forgets_only_the_idle() {
        let mut limiter = Limiter::new(LIMITS);
        limiter.admit(key(1), 0).unwrap();
        for n in 2..=3 {
            limiter.admit(key(n), 0).unwrap();
            limiter.release(&key(n));
        }
        assert_eq!(limiter.admit(key(4), 0), Err(Busy::Table(3)));
        limiter.admit(key(4), 2 * MINUTE_NS).unwrap();
        assert_eq!(limiter.len(), 2, "2 and 3 were idle and whole, 1 is active");
        limiter.admit(key(1), 2 * MINUTE_NS).unwrap();
        assert_eq!(
            limiter.admit(key(1), 2 * MINUTE_NS),
            Err(Busy::Concurrent(2))
        );
    }

    proptest! {
        #[test]
        fn never_over_a_limit(
            steps in proptest::collection::vec((0u8..6, any::<bool>(), 0u64..20_000_000_000), 0..200),
        ) {
            let mut limiter = Limiter::new(LIMITS);
            let mut active = [0u32; 6];
            let mut admitted: Vec<(u8, u64)> = Vec::new();
            let mut now = 0;
            for (n, start, wait) in steps {
                now += wait;
                let at = usize::from(n);
                if start {
                    if limiter.admit(key(n), now).is_ok() {
                        active[at] += 1;
                        admitted.push((n, now));
                    }
                } else if active[at] > 0 {
                    limiter.release(&key(n));
                    active[at] -= 1;
                }
                prop_assert!(limiter.len() <= LIMITS.keys);
                prop_assert!(active[at] <= LIMITS.concurrent);
                // Burst of a whole bucket plus what comes back within the minute.
                let recent = admitted.iter().filter(|(m, t)| *m == n && t + MINUTE_NS > now);
                prop_assert!(recent.count() <= 2 * LIMITS.per_minute as usize);
            }
        }
    }
}
