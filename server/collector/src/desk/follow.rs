//! Follows the log: each record once, in order, at its own time, and what changes about flags back into
//! the log.
//!
//! What was read is kept in `DATA/flags.state`, and lost at no cost but time: the log is then read from
//! its beginning. A change is named by the record at which it came about and its place there; those
//! names rise, so that whatever is not after the last one in the log is there already.

use super::FlagSettings;
use crate::net;
use crate::progress::Progress;
use crate::store::{ChangePlace, Store, StoreError};
use domicile_certs::files;
use domicile_diversion::flags::{Change, record};
use domicile_diversion::follow::{Follower, Record};
use domicile_ledger::{Kind, Stored};
use domicile_proto::codec;
use domicile_proto::wire::FlagRecord;
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use tokio::sync::watch;
use tokio::task::block_in_place;

/// Name of the file in the data directory.
const FILE: &str = "flags.state";
/// Largest state, bytes: some hundred bytes for each host.
const MAX_BYTES: usize = 8 * 1024 * 1024 * 1024;
/// Records read in one go; few in tests, so that kills fall anywhere.
const BATCH: u64 = if cfg!(test) { 23 } else { 512 };
/// Flag records in one append.
const APPEND: usize = 256;
/// Between two looks at a log that had nothing new, and before another try after a failure.
const PAUSE: Duration = Duration::from_millis(200);

/// The reader, and where it stands.
pub(crate) struct Following {
    store: Store,
    file: PathBuf,
    save_every: Duration,
    follower: Follower,
    /// The last change that is in the log.
    logged: Option<ChangePlace>,
    /// Changes that are not.
    waiting: Vec<FlagRecord>,
    saved: (u64, Instant),
    /// How many records were read, for metrics.
    followed: Arc<AtomicU64>,
}

impl Following {
    /// Goes on where the file says, or from the beginning of the log.
    ///
    /// # Errors
    /// [`StoreError`] when the log or its index cannot be read.
    pub(crate) fn open(
        store: Store,
        data_dir: &Path,
        settings: &FlagSettings,
        followed: Arc<AtomicU64>,
    ) -> Result<Self, StoreError> {
        let file = data_dir.join(FILE);
        let follower = match restore(&store, &file)? {
            Ok(follower) => follower,
            Err(reason) => {
                if store.size() > 0 {
                    tracing::info!(reason, "flags are made from the beginning of the log");
                }
                Follower::new()
            }
        };
        Ok(Self {
            logged: store.last_flag_change()?,
            saved: (follower.cursor(), Instant::now()),
            store,
            file,
            save_every: settings.save_every,
            follower,
            waiting: Vec::new(),
            followed,
        })
    }

    /// Follows until it is told to stop.
    pub(crate) async fn run(mut self, stop: watch::Receiver<bool>) {
        let mut stopped = pin!(net::stopped(stop.clone()));
        let mut progress = Some((Progress::default(), self.follower.cursor()));
        while !*stop.borrow() {
            let idle = match self.step().await {
                Ok(idle) => idle,
                Err(StoreError::Closed(_)) => return,
                Err(error) => {
                    tracing::error!(%error, "flags wait: the log cannot be read or written");
                    true
                }
            };
            if let Some((bar, from)) = &mut progress {
                let (at, size) = (self.follower.cursor(), self.store.size());
                bar.at("following the log for flags", at - *from, size - *from);
                if idle {
                    bar.finish();
                    progress = None;
                }
            }
            let cursor = self.follower.cursor();
            self.followed.store(cursor, Ordering::Relaxed);
            let (at, when) = self.saved;
            if at != self.follower.cursor() && when.elapsed() >= self.save_every {
                self.save();
            }
            if idle {
                tokio::select! {
                    () = tokio::time::sleep(PAUSE) => {}
                    () = &mut stopped => break,
                }
            }
        }
        self.save();
    }

    /// Reads some records, and logs what they changed before it reads more. `true` when it stands at
    /// the end of the log.
    pub(super) async fn step(&mut self) -> Result<bool, StoreError> {
        if self.waiting.is_empty() {
            block_in_place(|| self.read())?;
        }
        while !self.waiting.is_empty() {
            let some = self.waiting.len().min(APPEND);
            let records = self.waiting[..some]
                .iter()
                .map(|record| (Kind::Flag, codec::encode(record)))
                .collect();
            self.store.commit(records).await?;
            self.logged = self.waiting[..some].last().map(place);
            self.waiting.drain(..some);
        }
        Ok(self.follower.cursor() >= self.durable())
    }

    /// Records that a durable head covers.
    fn durable(&self) -> u64 {
        self.store.head().map_or(0, |head| head.size)
    }

    fn read(&mut self) -> Result<(), StoreError> {
        let from = self.follower.cursor();
        let until = self.durable().min(from.saturating_add(BATCH));
        for index in from..until {
            let stored = self.store.stored(index)?;
            let time_ms = stored.time_ms();
            let changes = match stored {
                Stored::Whole(entry) => {
                    let (changes, read) = self.follower.take(&Record {
                        index,
                        kind: entry.kind,
                        time_ms,
                        payload: &entry.payload,
                    });
                    if let Err(error) = read {
                        tracing::error!(index, %error, "a record says nothing to the flags");
                    }
                    changes
                }
                Stored::Erased(erased) => self.follower.take_erased(index, erased.kind, time_ms),
            };
            self.queue(&changes, index, time_ms);
        }
        Ok(())
    }

    /// Of the changes at a record those that are not in the log.
    fn queue(&mut self, changes: &[Change], index: u64, time_ms: u64) {
        for (number, change) in (0u32..).zip(changes) {
            let record = record(change, index, number, time_ms);
            if self.logged.is_none_or(|logged| place(&record) > logged) {
                self.waiting.push(record);
            }
        }
    }

    /// Keeps the state beside the log. Everything that it says is logged by then.
    pub(super) fn save(&mut self) {
        let cursor = self.follower.cursor();
        self.saved = (cursor, Instant::now());
        if !self.waiting.is_empty() || cursor == 0 {
            return;
        }
        let bytes = self
            .store
            .leaf_hash(cursor - 1)
            .map(|leaf| [&leaf[..], &self.follower.save()].concat());
        let kept = match bytes {
            Ok(bytes) => files::replace(&self.file, &bytes, 0o600).map_err(|e| e.to_string()),
            Err(error) => Err(error.to_string()),
        };
        if let Err(error) = kept {
            tracing::warn!(
                error,
                "the state of the flags is not kept: a start will read more"
            );
        }
    }
}

/// The state in the file, if it is one of this log.
fn restore(store: &Store, file: &Path) -> Result<Result<Follower, String>, StoreError> {
    if !file.exists() {
        return Ok(Err("no state is kept".to_owned()));
    }
    let read = || -> Result<([u8; 32], Follower), String> {
        let bytes = files::read(file, MAX_BYTES).map_err(|error| error.to_string())?;
        let (leaf, state) = bytes.split_first_chunk().ok_or("the file is cut short")?;
        let follower = Follower::restore(state).map_err(|error| error.to_string())?;
        Ok((*leaf, follower))
    };
    let (leaf, follower) = match read() {
        Ok(read) => read,
        Err(reason) => return Ok(Err(reason)),
    };
    let last = follower.cursor().checked_sub(1);
    let Some(last) = last.filter(|last| *last < store.size()) else {
        return Ok(Err("the state is ahead of the log".to_owned()));
    };
    Ok(match store.leaf_hash(last)? == leaf {
        true => Ok(follower),
        false => Err("the state is of another log".to_owned()),
    })
}

fn place(record: &FlagRecord) -> ChangePlace {
    ChangePlace {
        cause_index: record.cause_index,
        number: record.number,
    }
}
