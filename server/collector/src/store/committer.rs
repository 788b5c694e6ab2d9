//! The one writer of a log: takes what waits, appends it in one go, signs the head, brings the
//! index up, acknowledges.
//!
//! All records of one append carry the same time, and the next append a later one. So the log itself
//! says which records came together, and with them the size of the head that a receipt showed: the
//! same receipt can be made again from the log alone.

use super::apply::Logged;
use super::rows::MarkRow;
use super::{Shared, StoreError};
use crate::clock::Clock;
use domicile_ledger::{Appended, Error as LedgerError, Head, Kind, NewEntry};
use domicile_proto::sign::SigningKey;
use ring::rand::{SecureRandom as _, SystemRandom};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};

/// Records in one append, at most, unless one group alone has more.
const MAX_RECORDS: usize = 1024;

/// Payload bytes in one append, at most, unless one group alone has more.
const MAX_BYTES: usize = 16 * 1024 * 1024;

/// What is to be logged together: all of it in one append.
pub(super) struct Group {
    pub(super) records: Vec<(Kind, Vec<u8>)>,
    pub(super) done: oneshot::Sender<Result<Committed, StoreError>>,
}

impl Group {
    fn bytes(&self) -> usize {
        self.records.iter().map(|(_, payload)| payload.len()).sum()
    }
}

/// What the log says about a group that is on disk.
#[derive(Debug, Clone)]
pub struct Committed {
    /// Place and leaf hash of each record, in the order given.
    pub records: Vec<Appended>,
    /// The time they are logged under, Unix ms.
    pub time_ms: u64,
    /// The head that covers them, durable.
    pub head: Arc<Head>,
}

/// The thread's state.
pub(super) struct Committer {
    pub(super) shared: Arc<Shared>,
    pub(super) mark: MarkRow,
    pub(super) last_time_ms: u64,
    pub(super) key: Arc<SigningKey>,
    pub(super) clock: Clock,
    pub(super) random: SystemRandom,
    pub(super) data_dir: PathBuf,
    pub(super) min_free_bytes: u64,
}

impl Committer {
    /// Runs until every sender is gone or the store can no longer be trusted.
    pub(super) fn run(mut self, mut queue: mpsc::Receiver<Group>) {
        while let Some(first) = queue.blocking_recv() {
            let batch = collect(first, &mut queue);
            // sled may panic; whatever it was, the store is opened anew.
            let commit = catch_unwind(AssertUnwindSafe(|| self.commit(batch)));
            let commit = commit.unwrap_or_else(|_| Err("the committer panicked".to_owned()));
            if let Err(cause) = commit {
                tracing::error!(cause, "the store accepts nothing more; restart to recover");
                self.shared.poison(cause);
                break;
            }
        }
        queue.close();
        while let Ok(group) = queue.try_recv() {
            // Whoever asked may have gone; there is nobody else to tell.
            let _gone = group.done.send(Err(self.shared.closed_error()));
        }
    }

    /// Commits a batch and answers everybody in it. An error means that the store is unusable.
    fn commit(&mut self, batch: Vec<Group>) -> Result<(), String> {
        if let Err(error) = self.check_space() {
            answer(batch, |_| Err(error.repeat()));
            return Ok(());
        }
        let time_ms = self.next_time();
        let (batch, entries) = self.entries(batch, time_ms)?;
        let appended = match self.append(&entries) {
            Ok(appended) => appended,
            Err(LedgerError::NotAppended { source }) => {
                tracing::warn!(%source, "the log cannot grow: reports are refused");
                answer(batch, |_| Err(StoreError::Full));
                return Ok(());
            }
            Err(error) => {
                let cause = error.to_string();
                answer(batch, |_| Err(StoreError::Closed(cause.clone())));
                return Err(cause);
            }
        };
        self.last_time_ms = time_ms;
        if let Err(error) = self.index(&entries, &appended) {
            let cause = error.to_string();
            answer(batch, |_| Err(StoreError::Closed(cause.clone())));
            return Err(cause);
        }
        match self.sign_head() {
            Ok(head) => {
                let mut appended = appended.into_iter();
                answer(batch, |group| {
                    Ok(Committed {
                        records: appended.by_ref().take(group.records.len()).collect(),
                        time_ms,
                        head: Arc::clone(&head),
                    })
                });
            }
            Err(error) => {
                tracing::warn!(%error, "the log's head cannot be stored: nothing is acknowledged");
                answer(batch, |_| Err(StoreError::Full));
            }
        }
        Ok(())
    }

    fn check_space(&self) -> Result<(), StoreError> {
        let free = rustix::fs::statvfs(&self.data_dir)
            .map(|stat| stat.f_bavail.saturating_mul(stat.f_frsize))
            .map_err(|error| StoreError::Files(error.into()))?;
        if free < self.shared.min_free(self.min_free_bytes) {
            tracing::warn!(free, "too little space is free: reports are refused");
            return Err(StoreError::Full);
        }
        Ok(())
    }

    /// Later than the append before. Within one millisecond of it, waits for the next.
    fn next_time(&self) -> u64 {
        let now = self.clock.now_ms();
        if now == self.last_time_ms {
            std::thread::sleep(Duration::from_millis(1));
        }
        self.clock.now_ms().max(self.last_time_ms + 1)
    }

    fn entries(
        &self,
        mut batch: Vec<Group>,
        time_ms: u64,
    ) -> Result<(Vec<Group>, Vec<NewEntry>), String> {
        let mut entries = Vec::new();
        for (kind, payload) in batch.iter_mut().flat_map(|group| &mut group.records) {
            let mut salt = [0; 32];
            if self.random.fill(&mut salt).is_err() {
                let cause = "the system gives no randomness".to_owned();
                answer(batch, |_| Err(StoreError::Closed(cause.clone())));
                return Err(cause);
            }
            let payload = std::mem::take(payload);
            entries.push(NewEntry {
                kind: *kind,
                time_ms,
                salt,
                payload,
            });
        }
        Ok((batch, entries))
    }

    fn append(&self, entries: &[NewEntry]) -> Result<Vec<Appended>, LedgerError> {
        self.shared.log_mut().append(entries)
    }

    fn index(&mut self, entries: &[NewEntry], appended: &[Appended]) -> Result<(), StoreError> {
        let batch_end = appended.last().map_or(0, |last| last.index + 1);
        for (entry, place) in entries.iter().zip(appended) {
            let record = Logged {
                index: place.index,
                kind: entry.kind,
                time_ms: entry.time_ms,
                leaf_hash: place.leaf_hash,
                batch_end,
                payload: &entry.payload,
            };
            self.shared.index.apply(&record, &mut self.mark)?;
        }
        self.shared.index.save_mark(&self.mark)?;
        Ok(())
    }

    fn sign_head(&self) -> Result<Arc<Head>, LedgerError> {
        let head = Arc::new(self.shared.log_mut().sign_head(self.key.ring())?);
        self.shared.set_head(Arc::clone(&head));
        Ok(head)
    }
}

/// What waits in the queue, up to the limits.
fn collect(first: Group, queue: &mut mpsc::Receiver<Group>) -> Vec<Group> {
    let (mut records, mut bytes) = (first.records.len(), first.bytes());
    let mut batch = vec![first];
    while records < MAX_RECORDS && bytes < MAX_BYTES {
        let Ok(group) = queue.try_recv() else { break };
        records += group.records.len();
        bytes += group.bytes();
        batch.push(group);
    }
    batch
}

fn answer(batch: Vec<Group>, mut with: impl FnMut(&Group) -> Result<Committed, StoreError>) {
    for group in batch {
        let result = with(&group);
        // The connection that waited for it may have gone: the record stays in the log.
        let _gone = group.done.send(result);
    }
}
