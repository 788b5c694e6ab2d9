//! The newest head of each log that agents were shown, kept on disk.
//!
//! Agents carry log heads from collectors to anchors, so that a collector that shows different
//! histories to different hosts is found out. A head is kept only when the directory knows the
//! log and the log's key signed it. Files in the state directory, each an encoded
//! [`wire::LogHead`]:
//!
//! - `head-<log key>.bin`: the newest
//! - `past-<log key>-<size>.bin`: earlier ones, fewer the farther back, at most 64 of each log: a log that
//!   shows everybody another history from now on is found out by what it showed before
//! - `conflict-<log key>-<size>-<root>.bin`: both heads of a pair with one size and two roots,
//!   which only a log that broke its promise can sign; at most [`MAX_CONFLICT_FILES`]

use domicile_certs::files::{self, FileError};
use domicile_proto::codec::{self, CodecError, array};
use domicile_proto::directory::Directory;
use domicile_proto::log_head;
use domicile_proto::types::{Digest, Key};
use domicile_proto::wire;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// Files of conflicting heads kept; more are logged and not kept.
pub const MAX_CONFLICT_FILES: usize = 64;

/// Bytes of an encoded head are at most these.
const MAX_BYTES: usize = 256;

/// A head whose signature has been checked against the directory's log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// The log's key.
    pub log_key: Key,
    /// Leaves.
    pub size: u64,
    /// RFC 6962 root.
    pub root: Digest,
    signature: [u8; 64],
}

/// Why a head is not kept.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HeadError {
    /// A field has the wrong size.
    #[error(transparent)]
    Codec(#[from] CodecError),
    /// The directory has no log of this key.
    #[error("no collector of the directory has the log key {0}")]
    UnknownLog(Key),
    /// The log's key did not sign it.
    #[error("the signature of a head of log {0} does not verify")]
    Signature(Key),
}

impl Head {
    /// Checks a head against the directory.
    ///
    /// # Errors
    /// [`HeadError`] when a field's size, the log or the signature is wrong.
    pub fn open(message: &wire::LogHead, directory: &Directory) -> Result<Self, HeadError> {
        let head = Self {
            log_key: Key::read("log_key", &message.log_key)?,
            size: message.size,
            root: Digest::read("root", &message.root)?,
            signature: array("signature", &message.signature)?,
        };
        let collectors = &directory.collectors;
        let log = collectors
            .iter()
            .find(|collector| collector.log_key == head.log_key)
            .ok_or(HeadError::UnknownLog(head.log_key))?;
        let (key, origin) = (&head.log_key, &log.log_origin);
        if !log_head::is_signed(key, origin, head.size, &head.root, &head.signature) {
            return Err(HeadError::Signature(head.log_key));
        }
        Ok(head)
    }

    fn to_wire(&self) -> wire::LogHead {
        wire::LogHead {
            log_key: self.log_key.to_vec(),
            size: self.size,
            root: self.root.to_vec(),
            signature: self.signature.to_vec(),
        }
    }
}

/// What became of a head that was offered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Offered {
    /// It is the newest now.
    Kept,
    /// It is the newest already.
    Known,
    /// A larger one is held. It may stay as one of the earlier heads.
    Older,
    /// Another root of the same size is held: both are on disk as evidence, or were before.
    Conflict,
}

/// The heads in a state directory.
#[derive(Debug)]
pub struct HeadStore {
    folder: PathBuf,
    newest: HashMap<Key, Head>,
    /// Earlier heads of each log by their size.
    past: HashMap<Key, BTreeMap<u64, Head>>,
    conflicts: usize,
}

impl HeadStore {
    /// Opens the state directory, making it (mode 0700) if need be. A kept head that is damaged is
    /// passed over with a warning, one whose log is no longer in the directory silently.
    ///
    /// # Errors
    /// [`FileError`] when the directory or a head in it cannot be made or read.
    pub fn open(folder: &Path, directory: &Directory) -> Result<Self, FileError> {
        make_folder(folder)?;
        let mut store = Self {
            folder: folder.to_owned(),
            newest: HashMap::new(),
            past: HashMap::new(),
            conflicts: 0,
        };
        let mut past = Vec::new();
        for entry in fs::read_dir(folder).map_err(failed("read", folder))? {
            let entry = entry.map_err(failed("read", folder))?;
            let name = entry.file_name();
            let name = name.to_string_lossy();
            store.conflicts += usize::from(name.starts_with("conflict-"));
            if name.starts_with("past-") {
                past.push(entry.path());
            }
        }
        for collector in &directory.collectors {
            let key = collector.log_key;
            let path = store.path(&key);
            if path.exists()
                && let Some(head) = load(&path, directory)?
            {
                if head.log_key == key {
                    store.newest.insert(key, head);
                } else {
                    tracing::warn!(file = %path.display(), "kept head is of another log: passed over");
                }
            }
        }
        for path in past {
            if let Some(head) = load(&path, directory)? {
                let of_log = store.past.entry(head.log_key).or_default();
                of_log.insert(head.size, head);
            }
        }
        Ok(store)
    }

    /// The newest head of a log.
    pub fn newest(&self, log_key: &Key) -> Option<&Head> {
        self.newest.get(log_key)
    }

    /// Keeps a checked head if it is newer, or as evidence if it conflicts.
    ///
    /// # Errors
    /// [`FileError`] when it cannot be written; the one held before stays then.
    pub fn offer(&mut self, head: Head) -> Result<Offered, FileError> {
        let held = self.newest.get(&head.log_key).cloned();
        let of_log = self.past.get(&head.log_key);
        let same_size = match &held {
            Some(held) if held.size == head.size => Some(held),
            _ => of_log.and_then(|past| past.get(&head.size)),
        };
        if let Some(same_size) = same_size.cloned() {
            if same_size.root == head.root {
                return Ok(Offered::Known);
            }
            tracing::warn!(
                log = %head.log_key, size = head.size, root = %head.root, other_root = %same_size.root,
                "two heads of one log have one size and two roots: its history was split",
            );
            self.keep_conflict(&same_size)?;
            self.keep_conflict(&head)?;
            return Ok(Offered::Conflict);
        }
        match held {
            Some(held) if head.size < held.size => {
                self.keep_past(head, held.size)?;
                return Ok(Offered::Older);
            }
            Some(held) => self.keep_past(held, head.size)?,
            None => {}
        }
        let path = self.path(&head.log_key);
        files::replace(&path, &codec::encode(&head.to_wire()), files::SECRET)?;
        self.newest.insert(head.log_key, head);
        Ok(Offered::Kept)
    }

    /// Keeps an earlier head if none is held that is about as far back from the newest; the older of
    /// two that have come to be about as far back stays.
    fn keep_past(&mut self, head: Head, newest: u64) -> Result<(), FileError> {
        let distance = |size: u64| newest.saturating_sub(size).checked_ilog2();
        let past = self.past.entry(head.log_key).or_default();
        let mut taken = HashSet::new();
        let kept = past.keys().filter(|size| taken.insert(distance(**size)));
        let kept: HashSet<u64> = kept.copied().collect();
        let folder = &self.folder;
        past.retain(|size, old| {
            let stays = kept.contains(size);
            if !stays {
                // If it stays on disk, it is read and dropped again next time.
                let _left = fs::remove_file(past_path(folder, old));
            }
            stays
        });
        if taken.contains(&distance(head.size)) {
            return Ok(());
        }
        let path = past_path(&self.folder, &head);
        files::replace(&path, &codec::encode(&head.to_wire()), files::SECRET)?;
        past.insert(head.size, head);
        Ok(())
    }

    fn keep_conflict(&mut self, head: &Head) -> Result<(), FileError> {
        let name = format!("conflict-{}-{}-{}.bin", head.log_key, head.size, head.root);
        let path = self.folder.join(name);
        if path.exists() {
            return Ok(());
        }
        if self.conflicts >= MAX_CONFLICT_FILES {
            tracing::warn!(
                limit = MAX_CONFLICT_FILES,
                "conflicting head not kept: move the old ones away"
            );
            return Ok(());
        }
        files::replace(&path, &codec::encode(&head.to_wire()), files::SECRET)?;
        self.conflicts += 1;
        Ok(())
    }

    fn path(&self, log_key: &Key) -> PathBuf {
        self.folder.join(format!("head-{log_key}.bin"))
    }
}

fn past_path(folder: &Path, head: &Head) -> PathBuf {
    folder.join(format!("past-{}-{}.bin", head.log_key, head.size))
}

/// A kept head; what is damaged, or of no log in the directory, is passed over with a warning.
fn load(path: &Path, directory: &Directory) -> Result<Option<Head>, FileError> {
    let bytes = match files::read(path, MAX_BYTES) {
        Err(FileError::TooLong { .. }) => Vec::new(),
        other => other?,
    };
    let opened = codec::decode(&bytes, MAX_BYTES)
        .map_err(HeadError::from)
        .and_then(|message| Head::open(&message, directory));
    match opened {
        Ok(head) => Ok(Some(head)),
        Err(error) => {
            tracing::warn!(file = %path.display(), %error, "kept head is damaged: passed over");
            Ok(None)
        }
    }
}

fn make_folder(folder: &Path) -> Result<(), FileError> {
    use std::os::unix::fs::DirBuilderExt as _;
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true).mode(0o700);
    builder.create(folder).map_err(failed("create", folder))
}

fn failed(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> FileError {
    let path = path.to_owned();
    move |source| FileError::Io {
        action,
        path,
        source,
    }
}
