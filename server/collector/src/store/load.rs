//! Opening: the index is brought up to the log, or made anew from it.

use super::StoreError;
use super::apply::{LIMIT, Logged};
use super::index::{Index, IndexError, LAYOUT};
use super::marker::{self, Trust};
use super::rows::MarkRow;
use domicile_ledger::{Kind, Log, Stored, View};
use domicile_proto::codec;
use domicile_proto::sign::sha256;
use domicile_proto::types::Digest;
use domicile_proto::wire;
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::time::Duration;

/// Attempts to open an index whose lock a closing instance of this process still holds.
const LOCK_ATTEMPTS: u32 = 100;
const LOCK_PAUSE: Duration = Duration::from_millis(20);

/// Why the index was made anew.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rebuilt {
    /// It was not: at most its tail was brought up to the log.
    No,
    /// It was, for this reason.
    Because(String),
}

/// What opening did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opened {
    /// Whether the index was made anew.
    pub rebuilt: Rebuilt,
    /// Records applied to the index.
    pub applied: u64,
    /// Evidence of the last append that has no verdict: a crash cut the append short.
    pub unjudged: Vec<Digest>,
}

/// Opens the index in `data_dir` and brings it up to the log. `progress` gets records done and to do.
pub(super) fn open(
    data_dir: &Path,
    log: &Log,
    force: bool,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<(Index, MarkRow, Opened), StoreError> {
    let trust = marker::trust(data_dir);
    let kept = match (force, trust) {
        (true, _) => Err("it was asked for".to_owned()),
        (_, Trust::None) => Err("no index, or not as it was closed".to_owned()),
        _ => {
            marker::set_open(data_dir).map_err(StoreError::Files)?;
            keep(data_dir, log, trust, progress)
        }
    };
    let (index, mark, rebuilt, applied) = match kept {
        Ok((index, mark, applied)) => (index, mark, Rebuilt::No, applied),
        Err(reason) => {
            let fresh = log.size() == 0 && trust == Trust::None;
            if !fresh {
                tracing::warn!(reason, "rebuilding the index from the log");
            }
            let (index, mark) = rebuild(data_dir, log, progress)?;
            let applied = mark.size;
            (index, mark, Rebuilt::Because(reason), applied)
        }
    };
    let unjudged = unjudged(&index, log)?;
    Ok((
        index,
        mark,
        Opened {
            rebuilt,
            applied,
            unjudged,
        },
    ))
}

/// Evidence without a verdict in the last append: the two go together, unless the end of the append
/// was torn off.
fn unjudged(index: &Index, log: &View) -> Result<Vec<Digest>, StoreError> {
    let mut found = Vec::new();
    let mut time_ms = None;
    for at in (0..log.size()).rev() {
        let Some(entry) = log.stored_record(at)?.whole() else {
            break; // What is erased was never of the last append: the erasure is after it.
        };
        if *time_ms.get_or_insert(entry.time_ms) != entry.time_ms {
            break;
        }
        if entry.kind != Kind::Evidence {
            continue;
        }
        let record = codec::decode::<wire::EvidenceRecord>(&entry.payload, LIMIT);
        let id = record.ok().map(|record| sha256(&record.evidence));
        if let Some(id) = id
            && index.evidence(&id)?.is_some_and(|row| !row.judged)
        {
            found.push(id);
        }
    }
    Ok(found)
}

/// Uses the index that is there. An error is the reason to make it anew.
fn keep(
    data_dir: &Path,
    log: &Log,
    trust: Trust,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<(Index, MarkRow, u64), String> {
    let index = open_sled(&marker::index_dir(data_dir)).map_err(|error| error.to_string())?;
    let attempt = || -> Result<(MarkRow, u64), String> {
        let mark = index.mark().map_err(|error| error.to_string())?;
        let mut mark = mark.ok_or("it has no mark")?;
        check_mark(&mark, log)?;
        let from = mark.size;
        replay(&index, log, &mut mark, progress).map_err(|error| error.to_string())?;
        if trust == Trust::Crashed {
            check_counts(&index, &mark)?;
        }
        let applied = mark.size - from;
        Ok((mark, applied))
    };
    // sled panics on some damaged pages, when it opens them or first reads them.
    let result = catch_unwind(AssertUnwindSafe(attempt))
        .unwrap_or_else(|_| Err("sled panicked while reading it".to_owned()));
    result.map(|(mark, applied)| (index, mark, applied))
}

fn check_mark(mark: &MarkRow, log: &View) -> Result<(), String> {
    if mark.layout != LAYOUT {
        return Err(format!("its layout is {}, not {LAYOUT}", mark.layout));
    }
    if mark.origin != sha256(log.origin().as_bytes()).to_vec() {
        return Err("it is the index of another log".to_owned());
    }
    if mark.size > log.size() {
        return Err(format!(
            "it reaches {} and the log {}",
            mark.size,
            log.size()
        ));
    }
    if let Some(last) = mark.size.checked_sub(1) {
        let leaf = log.leaf_hash(last).map_err(|error| error.to_string())?;
        if mark.last_leaf != leaf {
            return Err("it was made from other records".to_owned());
        }
    }
    Ok(())
}

/// Compares the rows with the records they come from: what sled may have lost without a word.
fn check_counts(index: &Index, mark: &MarkRow) -> Result<(), String> {
    let trees = [
        ("evidence", &index.evidence, mark.evidences),
        ("by-host", &index.by_host, mark.verdicts),
        ("hosts", &index.hosts, mark.enrolments),
        ("forks", &index.forks, mark.forks),
    ];
    for (name, tree, expected) in trees {
        let mut rows = 0;
        for row in tree.iter() {
            row.map_err(|error| error.to_string())?;
            rows += 1;
        }
        if rows != expected {
            return Err(format!(
                "`{name}` has {rows} rows where the log gives {expected}"
            ));
        }
    }
    Ok(())
}

/// Makes the index anew.
fn rebuild(
    data_dir: &Path,
    log: &Log,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<(Index, MarkRow), StoreError> {
    let dir = marker::index_dir(data_dir);
    // A crash before the old one is gone must not leave it to be believed.
    marker::clear(data_dir).map_err(StoreError::Files)?;
    match fs::remove_dir_all(&dir) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            return Err(StoreError::Files(error));
        }
        _ => {}
    }
    marker::set_open(data_dir).map_err(StoreError::Files)?;
    let index = open_sled(&dir)?;
    let mut mark = MarkRow {
        layout: LAYOUT,
        origin: sha256(log.origin().as_bytes()).to_vec(),
        ..MarkRow::default()
    };
    index.save_mark(&mark)?;
    replay(&index, log, &mut mark, progress)?;
    index.flush()?;
    Ok((index, mark))
}

/// Applies what the log holds beyond the mark, append by append.
fn replay(
    index: &Index,
    log: &View,
    mark: &mut MarkRow,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<(), StoreError> {
    let (from, to) = (mark.size, log.size());
    let mut group: Vec<Stored> = Vec::new();
    for stored in log.iter(from) {
        let stored = stored?;
        if group
            .first()
            .is_some_and(|first| first.time_ms() != stored.time_ms())
        {
            apply_group(index, &group, mark)?;
            progress(mark.size - from, to - from);
            group.clear();
        }
        group.push(stored);
    }
    apply_group(index, &group, mark)?;
    progress(to - from, to - from);
    Ok(())
}

/// Applies the records of one append: those that carry the same time (see `committer`). What is erased
/// does nothing but count.
fn apply_group(index: &Index, group: &[Stored], mark: &mut MarkRow) -> Result<(), StoreError> {
    let Some(last) = group.last() else {
        return Ok(());
    };
    for stored in group {
        let leaf_hash = stored.leaf().hash();
        match stored {
            Stored::Whole(entry) => {
                let record = Logged {
                    index: entry.index,
                    kind: entry.kind,
                    time_ms: entry.time_ms,
                    leaf_hash,
                    batch_end: last.index() + 1,
                    payload: &entry.payload,
                };
                index.apply(&record, mark)?;
            }
            Stored::Erased(erased) => mark.reach(erased.index, &leaf_hash),
        }
    }
    index.save_mark(mark)?;
    Ok(())
}

/// Opens sled, which panics on some damaged files: here a panic is an error like any other, and the
/// answer to it is a rebuild.
fn open_sled(dir: &Path) -> Result<Index, IndexError> {
    let mut attempt = 0;
    loop {
        let opened = catch_unwind(AssertUnwindSafe(|| Index::open(dir)));
        match opened {
            Ok(Err(IndexError::Sled(sled::Error::Io(error)))) if attempt < LOCK_ATTEMPTS => {
                if error.kind() != std::io::ErrorKind::WouldBlock && !is_lock(&error) {
                    return Err(sled::Error::Io(error).into());
                }
                attempt += 1;
                std::thread::sleep(LOCK_PAUSE);
            }
            Ok(result) => return result,
            Err(_) => {
                let reason = "sled panicked while opening it".to_owned();
                return Err(sled::Error::ReportableBug(reason).into());
            }
        }
    }
}

/// sled wraps the failure to lock its file in an error of kind `Other` that says so.
fn is_lock(error: &std::io::Error) -> bool {
    error.to_string().contains("could not acquire lock")
}
