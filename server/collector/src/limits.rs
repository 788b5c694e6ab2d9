//! Limits for each key: connections at a time and requests over time. Tables are bounded; a key that
//! asks for nothing leaves none of it behind.

use crate::config::Limits;
use domicile_proto::types::Key;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

/// Keys whose requests are counted at a time.
const MAX_KEYS: usize = 200_000;

/// Counts for all keys.
#[derive(Debug)]
pub(crate) struct KeyLimits {
    burst: f64,
    per_second: f64,
    connections_per_key: usize,
    connections: usize,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    buckets: HashMap<Key, Bucket>,
    open: HashMap<Key, usize>,
    total: usize,
}

#[derive(Debug, Clone, Copy)]
struct Bucket {
    tokens: f64,
    at: Instant,
}

/// A connection that counts until it is dropped.
#[derive(Debug)]
pub(crate) struct Admitted {
    key: Key,
    limits: Arc<KeyLimits>,
}

impl KeyLimits {
    pub(crate) fn new(limits: &Limits) -> Arc<Self> {
        Arc::new(Self {
            burst: f64::from(limits.request_burst),
            per_second: f64::from(limits.requests_per_second),
            connections_per_key: limits.connections_per_key,
            connections: limits.connections,
            state: Mutex::default(),
        })
    }

    /// Counts a connection of `key`; `None` when it is one too many.
    pub(crate) fn admit(self: &Arc<Self>, key: Key) -> Option<Admitted> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let of_key = state.open.get(&key).copied().unwrap_or(0);
        if state.total >= self.connections || of_key >= self.connections_per_key {
            return None;
        }
        state.open.insert(key, of_key + 1);
        state.total += 1;
        Some(Admitted {
            key,
            limits: Arc::clone(self),
        })
    }

    /// Takes one request from a key's allowance; false when it is used up.
    pub(crate) fn take(&self, key: &Key, now: Instant) -> bool {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if state.buckets.len() >= MAX_KEYS && !state.buckets.contains_key(key) {
            // A full bucket says nothing that its absence does not.
            let refilled = |bucket: &Bucket| self.refill(bucket, now) < self.burst;
            state.buckets.retain(|_, bucket| refilled(bucket));
            if state.buckets.len() >= MAX_KEYS {
                return false;
            }
        }
        let full = Bucket {
            tokens: self.burst,
            at: now,
        };
        let bucket = state.buckets.entry(*key).or_insert(full);
        let tokens = self.refill(bucket, now);
        let allowed = tokens >= 1.0;
        *bucket = Bucket {
            tokens: if allowed { tokens - 1.0 } else { tokens },
            at: now,
        };
        allowed
    }

    fn refill(&self, bucket: &Bucket, now: Instant) -> f64 {
        let elapsed = now.saturating_duration_since(bucket.at).as_secs_f64();
        (bucket.tokens + elapsed * self.per_second).min(self.burst)
    }
}

impl Drop for Admitted {
    fn drop(&mut self) {
        let mut state = self
            .limits
            .state
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        state.total = state.total.saturating_sub(1);
        match state.open.get(&self.key).copied() {
            Some(count) if count > 1 => {
                state.open.insert(self.key, count - 1);
            }
            _ => {
                state.open.remove(&self.key);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use std::time::Duration;

    fn limits() -> Arc<KeyLimits> {
        KeyLimits::new(&Limits {
            connections: 3,
            connections_per_key: 2,
            request_burst: 2,
            requests_per_second: 1,
            ..Limits::default()
        })
    }

    #[test]
    fn connections_are_counted_for_each_key_and_in_all() {
        let limits = limits();
        let (a, b) = (Key([1; 32]), Key([2; 32]));
        let first = limits.admit(a).unwrap();
        let _second = limits.admit(a).unwrap();
        assert!(limits.admit(a).is_none());
        let _third = limits.admit(b).unwrap();
        assert!(limits.admit(b).is_none(), "three in all");
        drop(first);
        assert!(limits.admit(a).is_some());
    }

    #[test]
    fn requests_refill_over_time() {
        let limits = limits();
        let (key, now) = (Key([1; 32]), Instant::now());
        assert!(limits.take(&key, now));
        assert!(limits.take(&key, now));
        assert!(!limits.take(&key, now));
        assert!(limits.take(&Key([2; 32]), now), "another key has its own");
        assert!(!limits.take(&key, now + Duration::from_millis(900)));
        assert!(limits.take(&key, now + Duration::from_millis(1100)));
    }
}
