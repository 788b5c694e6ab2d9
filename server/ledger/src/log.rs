//! The writer: appends that are durable when they return, and signed heads.
//!
//! An append is one write of all its records behind the last acknowledged one, one `fdatasync`, and
//! only then the tree. A failed write is taken back, so that the log goes on as before. After a failed
//! `fdatasync` nobody knows what is on the disk (Linux may drop the dirty pages and report the error
//! once), so the tail is cut off and the log accepts nothing more until it is opened again.

use crate::checkpoint::{Head, public_key};
use crate::compact;
use crate::entry::{Appended, Leaf, NewEntry};
use crate::error::{At, Error, Result};
use crate::files::{Disk, OsDisk, create_private_dir, replace, sync_dir};
use crate::intent;
use crate::open::{self, Recovery};
use crate::record::{RECORD_HEADER_LEN, encode_record};
use crate::segment::{self, SEGMENT_HEADER_LEN, SegmentHeader};
use crate::view::{View, derived_dir, origin_hash, segments_dir};
use ring::signature::Ed25519KeyPair;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::ops::Deref;
use std::path::Path;

/// Largest payload of one record, in bytes.
pub const MAX_PAYLOAD: usize = 64 * 1024 * 1024;

/// Largest append, in bytes of encoded records.
pub const MAX_BATCH: usize = 256 * 1024 * 1024;

/// How a log is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// A new segment is begun before an append would make the current one longer than this, in bytes.
    /// Kept within 4 KiB and 1 GiB.
    pub segment_bytes: u64,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            segment_bytes: 256 * 1024 * 1024,
        }
    }
}

/// A log opened for writing; there is one such per directory. Reading goes through [`View`].
#[derive(Debug)]
pub struct Log {
    pub(crate) view: View,
    segment_bytes: u64,
    pub(crate) disk: Box<dyn Disk>,
    /// The last segment; `None` while the log is empty.
    active: Option<Active>,
    /// The first failure that left it unknown what is on the disk.
    poisoned: Option<String>,
    buffer: Vec<u8>,
    /// Held for the life of the log; the lock goes with the descriptor.
    _lock: File,
}

/// The segment being written.
#[derive(Debug)]
struct Active {
    number: u32,
    seed: u32,
    file: File,
    /// Where the acknowledged records end.
    len: u64,
}

impl Deref for Log {
    type Target = View;

    fn deref(&self) -> &View {
        &self.view
    }
}

impl Log {
    /// Opens the log in `dir`, creating it if there is none, and repairs what a crash left.
    /// `progress` gets bytes done and bytes to do while records are replayed.
    ///
    /// # Errors
    /// [`Error::Locked`] while another writer has it; [`Error::Damaged`] and its kin, naming the
    /// place, if acknowledged records are not what they were; [`Error::BelowHead`] if records that
    /// the checkpoint promises are gone.
    pub fn open(
        dir: &Path,
        origin: &str,
        options: &Options,
        progress: impl FnMut(u64, u64),
    ) -> Result<(Log, Recovery)> {
        Log::open_on(Box::new(OsDisk), dir, origin, options, progress)
    }

    pub(crate) fn open_on(
        disk: Box<dyn Disk>,
        dir: &Path,
        origin: &str,
        options: &Options,
        mut progress: impl FnMut(u64, u64),
    ) -> Result<(Log, Recovery)> {
        crate::checkpoint::check_origin(origin)?;
        for path in [segments_dir(dir), derived_dir(dir)] {
            create_private_dir(&path)?;
        }
        let lock = lock(dir)?;
        compact::remove_unfinished(dir)?;
        let finished = intent::finish(&*disk, dir)?;
        let mut loaded = open::load(dir, origin, true, &mut progress)?;
        loaded.recovery.erased = finished as u64;
        let mut log = Log {
            view: loaded.view,
            segment_bytes: options.segment_bytes.clamp(4 * 1024, 1024 * 1024 * 1024),
            disk,
            active: None,
            poisoned: None,
            buffer: Vec::new(),
            _lock: lock,
        };
        log.repair(loaded.end, loaded.stub)?;
        if loaded.recovery.replayed > 0 {
            // Only saves the next opening this replay; a full disk must not keep the log shut.
            let _unsaved = log.save_derived();
        }
        Ok((log, loaded.recovery))
    }

    /// Removes a segment that was never begun, cuts the torn tail, and makes what is kept durable: a
    /// killed writer may have left whole records that were never synced.
    fn repair(&mut self, end: u64, stub: Option<u32>) -> Result<()> {
        if let Some(number) = stub {
            let path = self.view.segment_path(number);
            fs::remove_file(&path).at("remove", &path)?;
            sync_dir(&segments_dir(&self.view.dir))?;
        }
        let Some(last) = self.view.segments.last() else {
            return Ok(());
        };
        let path = self.view.segment_path(last.number);
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .open(&path)
            .at("open", &path)?;
        if file.metadata().at("read", &path)?.len() != end {
            self.disk.set_len(&file, end).at("truncate", &path)?;
        }
        self.disk.sync_data(&file).at("sync", &path)?;
        self.active = Some(Active {
            number: last.number,
            seed: last.seed,
            file,
            len: end,
        });
        Ok(())
    }

    /// Appends the batch; when this returns, it is on the disk. All of it is acknowledged or none.
    ///
    /// # Errors
    /// [`Error::PayloadTooLarge`], [`Error::BatchTooLarge`]; [`Error::NotAppended`] when the write
    /// failed and was taken back (a full disk: later appends may work); [`Error::Poisoned`] when it is
    /// unknown what is on the disk: reopen.
    pub fn append(&mut self, batch: &[NewEntry]) -> Result<Vec<Appended>> {
        self.check_poison()?;
        let Some(first) = batch.first() else {
            return Ok(Vec::new());
        };
        let len = batch_len(batch)?;
        self.make_room(len as u64, &first.salt)?;
        let active = self
            .active
            .as_mut()
            .expect("make_room leaves an active segment");
        let (first, seed, end) = (self.view.size(), active.seed, active.len);
        let mut buffer = std::mem::take(&mut self.buffer);
        buffer.clear();
        buffer.reserve(len);
        let mut places = Vec::with_capacity(batch.len());
        for (index, (position, entry)) in (first..).zip((0..).zip(batch)) {
            places.push(end + buffer.len() as u64);
            encode_record(&mut buffer, seed, index, position, entry);
        }
        let written = self.write_durably(&buffer);
        // Keep the allocation for the next batch, unless this one was unusually large.
        if buffer.capacity() <= 8 * 1024 * 1024 {
            self.buffer = buffer;
        }
        let number = written?;
        Ok(self.index_batch(batch, number, &places))
    }

    /// Writes behind the last acknowledged record and syncs; gives the segment's number.
    fn write_durably(&mut self, bytes: &[u8]) -> Result<u32> {
        let active = self
            .active
            .as_mut()
            .expect("make_room leaves an active segment");
        let (file, end) = (&active.file, active.len);
        if let Err(source) = self.disk.write_all_at(file, bytes, end) {
            if let Err(e) = self.disk.set_len(file, end) {
                let cause =
                    format!("an append failed ({source}) and could not be taken back ({e})");
                return Err(self.poison(cause));
            }
            return Err(Error::NotAppended { source });
        }
        if let Err(source) = self.disk.sync_data(file) {
            // Cut the tail now: its pages may look clean and yet never reach the disk.
            let cut = self.disk.set_len(file, end);
            let note = cut
                .err()
                .map_or(String::new(), |e| format!(", nor cut off ({e})"));
            return Err(self.poison(format!(
                "an append could not be made durable ({source}){note}"
            )));
        }
        active.len += bytes.len() as u64;
        Ok(active.number)
    }

    fn index_batch(&mut self, batch: &[NewEntry], number: u32, places: &[u64]) -> Vec<Appended> {
        let mut appended = Vec::with_capacity(batch.len());
        for (entry, &place) in batch.iter().zip(places) {
            let leaf = Leaf::new(entry.kind, entry.time_ms, &entry.salt, &entry.payload);
            let leaf_hash = leaf.hash();
            appended.push(Appended {
                index: self.view.size(),
                leaf_hash,
            });
            self.view.push(number, place, leaf_hash);
        }
        appended
    }

    /// Sees to it that the active segment takes `len` more bytes, beginning a new one if need be.
    fn make_room(&mut self, len: u64, salt: &[u8; 32]) -> Result<()> {
        let number = match &self.active {
            None => 0,
            Some(active) => {
                let empty = active.len == SEGMENT_HEADER_LEN as u64;
                if empty || active.len + len <= self.segment_bytes {
                    return Ok(());
                }
                active.number + 1
            }
        };
        // A sealed segment is a good place to resume from; if this fails, the next one will do.
        let _unsaved = self.save_derived();
        let root = self.view.root();
        let header = SegmentHeader {
            number,
            seed: segment::seed(&root, salt),
            first: self.view.size(),
            root,
            origin: origin_hash(&self.view.origin),
        };
        let path = self.view.segment_path(number);
        match self.begin_segment(&path, &header) {
            Ok(file) => {
                let (seed, len) = (header.seed, SEGMENT_HEADER_LEN as u64);
                self.active = Some(Active {
                    number,
                    seed,
                    file,
                    len,
                });
                self.view.segments.push(header);
                Ok(())
            }
            Err(source) => match fs::remove_file(&path) {
                Err(e) if e.kind() != io::ErrorKind::NotFound => Err(self.poison(format!(
                    "a segment could not be begun ({source}) and not be removed ({e})"
                ))),
                _ => Err(Error::NotAppended { source }),
            },
        }
    }

    fn begin_segment(&self, path: &Path, header: &SegmentHeader) -> io::Result<File> {
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create_new(true)
            .open(path)?;
        self.disk.write_all_at(&file, &header.encode(), 0)?;
        self.disk.sync_data(&file)?;
        File::open(segments_dir(&self.view.dir))?.sync_all()?;
        Ok(file)
    }

    /// Signs the log as it is now. The head is durable before it is handed out, and later openings
    /// refuse a log that falls short of it.
    ///
    /// # Errors
    /// [`Error::Io`] if the checkpoint file cannot be written; the old one stays.
    pub fn sign_head(&mut self, key: &Ed25519KeyPair) -> Result<Head> {
        let head = Head::sign(key, &self.view.origin, self.view.size(), self.view.root());
        if self.view.head.as_ref() != Some(&head) {
            let note = head.to_note(&public_key(key));
            replace(&self.view.dir, "checkpoint", note.as_bytes())?;
            self.view.head = Some(head.clone());
        }
        Ok(head)
    }

    /// Closes the log so that the next opening has nothing to replay. Dropping it does the same, but
    /// cannot report failure, which costs time at the next opening and nothing else.
    ///
    /// # Errors
    /// [`Error::Io`] if a derived file cannot be written.
    pub fn close(mut self) -> Result<()> {
        self.save_derived()
    }

    pub(crate) fn save_derived(&mut self) -> Result<()> {
        match &self.active {
            Some(active) if self.view.size() > 0 => {
                // The last record lies in the segment before a new and still empty one.
                let empty = active.len == SEGMENT_HEADER_LEN as u64;
                if empty {
                    return Ok(());
                }
                let (number, len) = (active.number, active.len);
                self.view.save_derived(number, len)
            }
            _ => Ok(()),
        }
    }

    pub(crate) fn check_poison(&self) -> Result<()> {
        match &self.poisoned {
            Some(cause) => Err(Error::Poisoned {
                cause: cause.clone(),
            }),
            None => Ok(()),
        }
    }

    pub(crate) fn poison(&mut self, cause: String) -> Error {
        self.poisoned = Some(cause.clone());
        Error::Poisoned { cause }
    }
}

impl Drop for Log {
    fn drop(&mut self) {
        // See `close`: failure costs a replay, no data.
        let _unsaved = self.save_derived();
    }
}

fn batch_len(batch: &[NewEntry]) -> Result<usize> {
    let mut len = 0;
    for entry in batch {
        if entry.payload.len() > MAX_PAYLOAD {
            return Err(Error::PayloadTooLarge {
                len: entry.payload.len(),
                max: MAX_PAYLOAD,
            });
        }
        len += RECORD_HEADER_LEN + entry.payload.len();
    }
    if len > MAX_BATCH {
        return Err(Error::BatchTooLarge {
            len,
            max: MAX_BATCH,
        });
    }
    Ok(len)
}

fn lock(dir: &Path) -> Result<File> {
    let path = dir.join("lock");
    let file = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .open(&path)
        .at("open", &path)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(Error::Locked {
            dir: dir.to_owned(),
        }),
        Err(TryLockError::Error(source)) => Err(Error::Io {
            action: "lock",
            path,
            source,
        }),
    }
}
