//! The store: the log's append-only segments are the truth, sled is an index made from them.
//!
//! ```text
//! DATA/log/          the log (crate `domicile-ledger`)
//! DATA/index/        sled; can be deleted at any time while the collector is down
//! DATA/index.state   whether the index was closed, see `marker`
//! ```
//!
//! A commit is acknowledged after its records are durable in the log, the index holds them, and a
//! durable head covers them. Whatever is wrong with the index is answered by making it anew.
//!
//! Start reading at `committer`, then `apply` (what a record does to the index) and `load`.

mod apply;
mod cases;
mod committer;
mod desk;
mod desk_rows;
mod devices;
mod erasing;
mod flags;
mod holds;
mod index;
mod listing;
mod load;
mod log_keys;
mod marker;
mod mesh;
mod query;
mod records;
mod requests;
mod roster;
mod rows;

pub use cases::Told;
pub use committer::Committed;
pub use desk_rows::{DeclarationRow, FlagRow, OutageRow, RegistryRow};
pub(crate) use devices::FINDING_KEY;
pub use erasing::Erased;
pub(crate) use flags::ChangePlace;
pub use index::IndexError;
pub use listing::{Compared, Page, Position};
pub use load::{Opened, Rebuilt};
pub use mesh::MeshReading;
pub use roster::RosterPage;
pub use rows::{
    AnchorIncidentRow, DocumentRow, ErasureRow, EvidenceRow, FindingRow, ForkRow, HoldRow, HostRow,
    IncidentRow, RecordRow,
};

use crate::clock::Clock;
use committer::{Committer, Group};
use domicile_ledger::tiles::Tiles;
use domicile_ledger::witness::VerifierKey;
use domicile_ledger::{
    Entry, Error as LedgerError, Head, InclusionProof, Kind, Leaves, Log, LogKeysError, Options,
};
use domicile_proto::sign::SigningKey;
use index::Index;
use ring::rand::SystemRandom;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::thread::JoinHandle;
use tokio::sync::{mpsc, oneshot, watch};

/// Groups that may wait for the committer.
const QUEUE: usize = 4096;

/// Why the store did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// No space: nothing was stored; it may work later.
    #[error("no space is left: nothing was stored")]
    Full,
    /// More waits than may.
    #[error("too much waits to be stored")]
    Busy,
    /// It accepts nothing more until it is opened again.
    #[error("the store is closed: {0}")]
    Closed(String),
    /// The log.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// The index.
    #[error(transparent)]
    Index(#[from] IndexError),
    /// The statements about the log's key in it.
    #[error("the log's key: {0}")]
    LogKeys(#[from] LogKeysError),
    /// Another key signs this log.
    #[error(
        "this log is signed by the key {in_force}, not by {given}: to replace it run \
         `domicile-collector log-key rotate` with the old key in the configuration"
    )]
    OtherKey {
        /// The key that was given.
        given: Box<VerifierKey>,
        /// The key that its statements name.
        in_force: Box<VerifierKey>,
    },
    /// The log is closed.
    #[error("record {0} of the log retires its key: nothing can be logged any more")]
    Retired(u64),
    /// A file beside log and index.
    #[error("cannot use the data directory: {0}")]
    Files(std::io::Error),
}

impl StoreError {
    /// The same again, for everybody in a batch.
    fn repeat(&self) -> Self {
        match self {
            Self::Full => Self::Full,
            Self::Busy => Self::Busy,
            other => Self::Closed(other.to_string()),
        }
    }
}

/// How a store is opened.
#[derive(Debug, Clone)]
pub struct StoreSettings {
    /// Where everything lies. Created if it is not there.
    pub data_dir: PathBuf,
    /// C2SP origin of the log.
    pub origin: String,
    /// Below this much free space, in bytes, everything is refused. It keeps the index from meeting a
    /// full disk.
    pub min_free_bytes: u64,
    /// Makes the index anew, whatever it looks like.
    pub rebuild_index: bool,
}

/// What committer and readers share.
struct Shared {
    log: RwLock<Log>,
    index: Index,
    head: RwLock<Option<Arc<Head>>>,
    failure: watch::Sender<Option<String>>,
    /// Overrides the configured least free space when not 0.
    min_free: AtomicU64,
}

impl Shared {
    fn log(&self) -> RwLockReadGuard<'_, Log> {
        self.log.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn log_mut(&self) -> RwLockWriteGuard<'_, Log> {
        self.log.write().unwrap_or_else(PoisonError::into_inner)
    }

    fn set_head(&self, head: Arc<Head>) {
        *self.head.write().unwrap_or_else(PoisonError::into_inner) = Some(head);
    }

    fn data_dir(&self) -> PathBuf {
        let log = self.log();
        log.dir().parent().unwrap_or(log.dir()).to_owned()
    }

    fn poison(&self, cause: String) {
        self.failure.send_replace(Some(cause));
    }

    fn closed_error(&self) -> StoreError {
        let cause = self.failure.borrow().clone();
        StoreError::Closed(cause.unwrap_or_else(|| "it is shutting down".to_owned()))
    }

    fn min_free(&self, configured: u64) -> u64 {
        match self.min_free.load(Ordering::Relaxed) {
            0 => configured,
            changed => changed,
        }
    }
}

/// A handle to the store. Clones are the same store.
#[derive(Clone)]
pub struct Store {
    shared: Arc<Shared>,
    queue: mpsc::Sender<Group>,
}

/// The committer's thread and what it takes to close the store after it.
pub struct StoreOwner {
    thread: JoinHandle<()>,
    shared: Arc<Shared>,
    data_dir: PathBuf,
}

impl Store {
    /// Opens the store, recovering log and index. `progress` gets a step's name, units done and to do.
    ///
    /// # Errors
    /// [`StoreError`] when the log is damaged or in use, or the directory cannot be written.
    pub fn open(
        settings: &StoreSettings,
        key: Arc<SigningKey>,
        clock: Clock,
        progress: &mut dyn FnMut(&'static str, u64, u64),
    ) -> Result<(Self, StoreOwner, Opened), StoreError> {
        let log_dir = settings.data_dir.join("log");
        create_dir(&settings.data_dir)?;
        create_dir(&log_dir)?;
        let (mut log, recovery) = Log::open(
            &log_dir,
            &settings.origin,
            &Options::default(),
            |done, total| progress("reading the log", done, total),
        )?;
        if let Some(torn) = recovery.torn {
            tracing::info!(
                bytes = torn.bytes,
                "cut off an append that was never acknowledged"
            );
        }
        let mut indexing = |log: &Log, rebuild| {
            let mut progress = |done, total| progress("indexing the log", done, total);
            load::open(&settings.data_dir, log, rebuild, &mut progress)
        };
        let (mut index, mut mark, mut opened) = indexing(&log, settings.rebuild_index)?;
        if erasing::finish(&mut log, &index)? {
            drop(index);
            (index, mark, opened) = indexing(&log, true)?;
        }
        log_keys::check(&log, &index, &key)?;
        let last_time_ms = match log.size().checked_sub(1) {
            Some(last) => log.read(last)?.time_ms,
            None => 0,
        };
        let head = match log.size() {
            0 => None,
            _ => Some(Arc::new(log.sign_head(key.ring())?)),
        };
        let shared = Arc::new(Shared {
            log: RwLock::new(log),
            index,
            head: RwLock::new(head),
            failure: watch::Sender::new(None),
            min_free: AtomicU64::new(0),
        });
        let committer = Committer {
            shared: Arc::clone(&shared),
            mark,
            last_time_ms,
            key,
            clock,
            random: SystemRandom::new(),
            data_dir: settings.data_dir.clone(),
            min_free_bytes: settings.min_free_bytes,
        };
        let (queue, receiver) = mpsc::channel(QUEUE);
        let thread = std::thread::Builder::new()
            .name("committer".into())
            .spawn(move || committer.run(receiver))
            .map_err(StoreError::Files)?;
        let data_dir = settings.data_dir.clone();
        let owner = StoreOwner {
            thread,
            shared: Arc::clone(&shared),
            data_dir,
        };
        Ok((Self { shared, queue }, owner, opened))
    }

    /// Logs these records together. When this returns they are durable and indexed, and the head
    /// given covers them. Without records it only makes a head durable that covers all there is.
    ///
    /// # Errors
    /// [`StoreError::Full`], [`StoreError::Busy`], [`StoreError::Closed`].
    pub async fn commit(&self, records: Vec<(Kind, Vec<u8>)>) -> Result<Committed, StoreError> {
        let (done, answer) = oneshot::channel();
        self.queue
            .try_send(Group { records, done })
            .map_err(|error| match error {
                mpsc::error::TrySendError::Full(_) => StoreError::Busy,
                mpsc::error::TrySendError::Closed(_) => self.shared.closed_error(),
            })?;
        answer.await.map_err(|_| self.shared.closed_error())?
    }

    /// Waits until the store can no longer be used, and says why.
    pub async fn failed(&self) -> String {
        let mut failure = self.shared.failure.subscribe();
        match failure.wait_for(Option::is_some).await {
            Ok(cause) => cause.clone().unwrap_or_default(),
            Err(_) => "the store is gone".to_owned(),
        }
    }

    /// Takes an error as what it says about the store: after one of the index, the store is not used
    /// any further, and its index is made anew when it is opened again.
    pub fn distrust(&self, error: &StoreError) {
        if let StoreError::Index(error) = error {
            self.shared.poison(error.to_string());
        }
    }

    /// Records in the log.
    pub fn size(&self) -> u64 {
        self.shared.log().size()
    }

    /// Name of the log.
    pub fn origin(&self) -> String {
        self.shared.log().origin().to_owned()
    }

    /// The newest durable head; `None` while the log is empty.
    pub fn head(&self) -> Option<Arc<Head>> {
        self.shared
            .head
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Root of the log at a size.
    ///
    /// # Errors
    /// [`StoreError::Ledger`].
    pub fn root_at(&self, size: u64) -> Result<[u8; 32], StoreError> {
        Ok(self.shared.log().root_at(size)?)
    }

    /// Reads a record.
    ///
    /// # Errors
    /// [`StoreError::Ledger`].
    pub fn read(&self, index: u64) -> Result<Entry, StoreError> {
        Ok(self.shared.log().read(index)?)
    }

    /// Proof that a record is in the log of this size.
    ///
    /// # Errors
    /// [`StoreError::Ledger`].
    pub fn inclusion(&self, index: u64, size: u64) -> Result<InclusionProof, StoreError> {
        Ok(self.shared.log().inclusion(index, size)?)
    }

    /// Proof that the log of size `new` begins with that of size `old`.
    ///
    /// # Errors
    /// [`StoreError::Ledger`].
    pub fn consistency(&self, old: u64, new: u64) -> Result<Vec<[u8; 32]>, StoreError> {
        Ok(self.shared.log().consistency(old, new)?.hashes)
    }

    /// Leaves of a range of records, read without holding up the committer.
    ///
    /// # Errors
    /// [`StoreError::Ledger`].
    pub fn leaves(&self, from: u64, to: u64) -> Result<Leaves, StoreError> {
        Ok(self.shared.log().leaves(from, to)?)
    }

    /// The log's tiles. For one publisher.
    ///
    /// # Errors
    /// [`StoreError::Ledger`].
    pub fn open_tiles(&self) -> Result<Tiles, StoreError> {
        Ok(Tiles::open(&self.shared.log())?)
    }

    /// The folder of the log's tiles.
    pub fn tiles_folder(&self) -> PathBuf {
        domicile_ledger::tiles::folder(self.shared.log().dir())
    }

    /// Accepts nothing more until it is opened again, and says why.
    pub fn close(&self, cause: String) {
        tracing::error!(cause, "the store is closed");
        self.shared.poison(cause);
    }

    /// Changes the least free space below which everything is refused; 0 restores the configured one.
    pub fn set_min_free(&self, bytes: u64) {
        self.shared.min_free.store(bytes, Ordering::Relaxed);
    }
}

impl StoreOwner {
    /// Closes the store once every [`Store`] is dropped, so that the next opening has nothing to do.
    /// While a handle is still about, it is left as a crash would leave it, which costs the next
    /// opening some time and nothing else.
    ///
    /// # Errors
    /// [`StoreError`] when something could not be written.
    pub fn close(self) -> Result<(), StoreError> {
        if self.thread.join().is_err() {
            return Err(StoreError::Closed("the committer panicked".to_owned()));
        }
        let failed = self.shared.failure.borrow().is_some();
        let Some(shared) = Arc::into_inner(self.shared) else {
            tracing::debug!("handles to the store are left: it is not closed in order");
            return Ok(());
        };
        let Shared { log, index, .. } = shared;
        let log = log.into_inner().unwrap_or_else(PoisonError::into_inner);
        if failed {
            return marker::clear(&self.data_dir).map_err(StoreError::Files);
        }
        index.flush()?;
        drop(index);
        marker::set_closed(&self.data_dir).map_err(StoreError::Files)?;
        Ok(log.close()?)
    }
}

fn create_dir(path: &Path) -> Result<(), StoreError> {
    use std::os::unix::fs::DirBuilderExt as _;
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
        .map_err(StoreError::Files)
}
