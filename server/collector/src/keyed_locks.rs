//! One mutex for each host or token in work, and none for the others.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::OwnedMutexGuard;

type Table<K> = Arc<Mutex<HashMap<K, Arc<tokio::sync::Mutex<()>>>>>;

/// Mutexes by key.
#[derive(Debug)]
pub(crate) struct KeyedLocks<K> {
    table: Table<K>,
}

/// Held while something is done for a key.
#[derive(Debug)]
pub(crate) struct KeyedGuard<K: Hash + Eq> {
    key: Option<K>,
    guard: Option<OwnedMutexGuard<()>>,
    table: Table<K>,
}

impl<K> Default for KeyedLocks<K> {
    fn default() -> Self {
        Self {
            table: Arc::default(),
        }
    }
}

impl<K: Hash + Eq + Clone> KeyedLocks<K> {
    /// Waits until nobody else works on `key`.
    pub(crate) async fn lock(&self, key: K) -> KeyedGuard<K> {
        let mutex = {
            let mut table = self.table.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(table.entry(key.clone()).or_default())
        };
        let guard = mutex.lock_owned().await;
        KeyedGuard {
            key: Some(key),
            guard: Some(guard),
            table: Arc::clone(&self.table),
        }
    }
}

impl<K: Hash + Eq> Drop for KeyedGuard<K> {
    fn drop(&mut self) {
        self.guard = None;
        let mut table = self.table.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(key) = self.key.take() {
            // Nobody holds or awaits it when the table's is the only reference.
            if table
                .get(&key)
                .is_some_and(|mutex| Arc::strong_count(mutex) == 1)
            {
                table.remove(&key);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};

    #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
    async fn one_at_a_time_for_each_key_and_nothing_is_left() {
        let locks = Arc::new(KeyedLocks::<u8>::default());
        let inside = Arc::new([AtomicUsize::new(0), AtomicUsize::new(0)]);
        let mut tasks = Vec::new();
        for turn in 0..200_usize {
            let (locks, inside) = (Arc::clone(&locks), Arc::clone(&inside));
            tasks.push(tokio::spawn(async move {
                let key = turn % 2;
                let _guard = locks.lock(u8::from(key == 1)).await;
                assert_eq!(inside[key].fetch_add(1, Ordering::SeqCst), 0);
                tokio::task::yield_now().await;
                inside[key].fetch_sub(1, Ordering::SeqCst);
            }));
        }
        for task in tasks {
            task.await.expect("no task panics");
        }
        assert!(locks.table.lock().expect("not poisoned").is_empty());
    }
}
