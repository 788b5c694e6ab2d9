//! What all sessions of an anchor share.

use crate::chores::HeadInbox;
use crate::config::Settings;
use crate::limits::{Busy, Limiter};
use crate::materials::Materials;
use crate::stopwatch::{Stopwatch, Tolerance};
use domicile_certs::Trust;
use domicile_certs::revocation::Revocations;
use domicile_certs::tls::Members;
use domicile_proto::directory::Directory;
use domicile_proto::sign::SigningKey;
use domicile_proto::types::Key;
use rustls::time_provider::TimeProvider;
use rustls_pki_types::UnixTime;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// How many sessions ended how, since the start.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    pub(crate) receipts: AtomicU64,
    pub(crate) refused: AtomicU64,
    pub(crate) broken: AtomicU64,
}

/// How many sessions ended how.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Summary {
    /// With a signed receipt.
    pub receipts: u64,
    /// With a status code.
    pub refused: u64,
    /// Without either: handshakes that failed, agents that went away.
    pub broken: u64,
}

impl Counters {
    pub(crate) fn count(counter: &AtomicU64) {
        counter.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn summary(&self) -> Summary {
        let load = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Summary {
            receipts: load(&self.receipts),
            refused: load(&self.refused),
            broken: load(&self.broken),
        }
    }
}

/// The directory in use. Its other anchors may range with this one.
#[derive(Debug)]
pub(crate) struct CurrentDirectory {
    own: Key,
    held: RwLock<Arc<Directory>>,
}

impl CurrentDirectory {
    pub(crate) fn new(own: Key, directory: Arc<Directory>) -> Self {
        Self {
            own,
            held: RwLock::new(directory),
        }
    }

    pub(crate) fn get(&self) -> Arc<Directory> {
        let held = self.held.read();
        held.unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn replace(&self, directory: Directory) {
        let held = self.held.write();
        *held.unwrap_or_else(PoisonError::into_inner) = Arc::new(directory);
    }
}

impl Members for CurrentDirectory {
    fn admits(&self, key: &Key) -> bool {
        *key != self.own && self.get().anchor(key).is_some()
    }
}

/// Sessions of other anchors at a time: agents come first.
const ANCHOR_SESSIONS: usize = 8;

/// Shared by all sessions.
pub(crate) struct Shared {
    pub(crate) key: Arc<SigningKey>,
    pub(crate) trust: Trust,
    pub(crate) revocations: Arc<Revocations>,
    pub(crate) settings: Settings,
    pub(crate) stopwatch: Arc<dyn Stopwatch>,
    /// One permit for each connection.
    pub(crate) connections: Arc<Semaphore>,
    pub(crate) counters: Counters,
    /// One permit for each session of another anchor.
    pub(crate) anchors: Arc<Semaphore>,
    directory: Arc<CurrentDirectory>,
    limiter: Mutex<Limiter>,
    heads: Mutex<Option<HeadInbox>>,
}

/// What the directory says of this anchor.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Position {
    pub(crate) version: u32,
    pub(crate) tolerance: Tolerance,
}

impl Shared {
    pub(crate) fn new(
        materials: &Materials,
        directory: Arc<CurrentDirectory>,
        stopwatch: Arc<dyn Stopwatch>,
        heads: HeadInbox,
    ) -> Self {
        Self {
            key: materials.identity.key.clone(),
            trust: materials.trust.clone(),
            revocations: materials.revocations.clone(),
            settings: materials.settings,
            stopwatch,
            connections: Arc::new(Semaphore::new(materials.settings.connections)),
            counters: Counters::default(),
            anchors: Arc::new(Semaphore::new(ANCHOR_SESSIONS)),
            directory,
            limiter: Mutex::new(Limiter::new(materials.settings.per_key)),
            heads: Mutex::new(Some(heads)),
        }
    }

    pub(crate) fn directory(&self) -> Arc<Directory> {
        self.directory.get()
    }

    pub(crate) fn replace_directory(&self, directory: Directory) {
        self.directory.replace(directory);
    }

    /// This anchor's own entry; `None` when the directory has none.
    pub(crate) fn position(&self) -> Option<Position> {
        let directory = self.directory();
        let entry = directory.anchor(&self.key.public())?;
        let allowance = self.settings.clock_allowance.as_nanos();
        Some(Position {
            version: entry.position.version,
            tolerance: Tolerance {
                ppm: entry.position.clock_error_ppm,
                allowance_ns: u64::try_from(allowance).unwrap_or(u64::MAX),
            },
        })
    }

    /// Admits a session of `agent` until the ticket is dropped.
    pub(crate) fn admit(self: &Arc<Self>, agent: Key) -> Result<Ticket, Busy> {
        let limiter = self.limiter.lock();
        limiter
            .unwrap_or_else(PoisonError::into_inner)
            .admit(agent, self.stopwatch.now_ns())?;
        Ok(Ticket {
            shared: self.clone(),
            agent,
        })
    }

    /// Whether this is another anchor of the directory in use.
    pub(crate) fn is_anchor(&self, key: &Key) -> bool {
        self.directory.admits(key)
    }

    /// Admits a session of another anchor until the permit is dropped; `None` while many are open
    /// or agents take half of the places.
    pub(crate) fn admit_anchor(&self) -> Option<OwnedSemaphorePermit> {
        let crowded = self.connections.available_permits() < self.settings.connections / 2;
        let permit = self.anchors.clone().try_acquire_owned().ok();
        permit.filter(|_| !crowded)
    }

    /// Hands a head that an agent carried to whoever keeps them.
    pub(crate) fn offer_head(&self, head: domicile_proto::wire::LogHead) {
        let heads = self.heads.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(heads) = &*heads {
            heads.offer(head);
        }
    }

    /// No more heads: lets the chores end.
    pub(crate) fn close_inbox(&self) {
        *self.heads.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

/// One admitted session.
pub(crate) struct Ticket {
    shared: Arc<Shared>,
    agent: Key,
}

impl Drop for Ticket {
    fn drop(&mut self) {
        let limiter = self.shared.limiter.lock();
        limiter
            .unwrap_or_else(PoisonError::into_inner)
            .release(&self.agent);
    }
}

/// The stopwatch's wall clock as rustls reads it.
pub(crate) struct WallClock(pub(crate) Arc<dyn Stopwatch>);

impl std::fmt::Debug for WallClock {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("WallClock")
    }
}

impl TimeProvider for WallClock {
    fn current_time(&self) -> Option<UnixTime> {
        let now = Duration::from_nanos(self.0.clocks().realtime_ns);
        Some(UnixTime::since_unix_epoch(now))
    }
}
