//! Many bundles at once: each is verified as [`crate::bundle`] does, on every core, and judged by another
//! policy beside its own if one is given.

use crate::bundle::{
    self, BundleReport, Vouchers, read_bundle, rejudge_bundle, verify_bundle_with,
};
use crate::saved::ROWS;
use domicile_appraise::policy::Policy;
use domicile_appraise::text::name_of;
use domicile_certs::files::{self, FileError};
use domicile_certs::trust::Trust;
use domicile_proto::types::{Digest, Key};
use domicile_proto::wire::{Tier, Verdict, VerdictValue};
use serde_json::Value;
use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// How the files of a folder that are bundles end.
pub const EXTENSION: &str = "bundle";

/// The saved listing beside the bundles of an export.
pub const LISTING: &str = "listing";

/// What bundles are held against.
#[derive(Debug, Clone, Copy)]
pub struct Against<'a> {
    /// What the vendor gave out of band.
    pub trust: &'a Trust,
    /// Who vouches for devices and TPMs.
    pub vouchers: &'a Vouchers,
    /// Another policy to judge by.
    pub policy: Option<&'a Policy>,
}

/// One bundle, replayed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Replayed {
    /// The file.
    pub path: PathBuf,
    /// The verdict, recomputed to the same bytes; or which check failed and why.
    pub outcome: Result<Same, String>,
}

/// A verdict that was recomputed to the same bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Same {
    /// Its id: the hash of its evidence.
    pub id: Digest,
    /// The host.
    pub host: Key,
    /// The licence.
    pub licence: String,
    /// When the host was measured, Unix ms.
    pub measured_ms: u64,
    /// What was said.
    pub said: Said,
    /// What follows under the other policy, if one was given.
    pub under: Option<Said>,
}

/// What a verdict comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Said {
    /// Its value.
    pub value: &'static str,
    /// The tier that the licence requires.
    pub tier: &'static str,
}

impl Said {
    fn of(verdict: &Verdict) -> Self {
        Self {
            value: name_of::<VerdictValue>(verdict.value),
            tier: name_of::<Tier>(verdict.required_tier),
        }
    }
}

impl Same {
    fn of(report: &BundleReport) -> Option<Self> {
        let verdict = report.verdict.as_ref()?;
        Some(Self {
            id: Digest::read("evidence_hash", &verdict.evidence_hash).ok()?,
            host: Key::read("agent_key", &verdict.agent_key).ok()?,
            licence: verdict.licence.clone(),
            measured_ms: verdict.measured_until_ms,
            said: Said::of(verdict),
            under: report.rejudged.as_ref().map(Said::of),
        })
    }

    /// Whether the other policy gives another answer.
    pub fn is_changed(&self) -> bool {
        self.under.is_some_and(|under| under != self.said)
    }
}

/// The bundles that paths name: files as they are; of folders every file that ends in `.bundle`, by name,
/// and what the listing beside them names, whether it is there or not.
///
/// # Errors
/// [`FileError`] when a folder or its listing cannot be read.
pub fn bundles(paths: &[PathBuf]) -> Result<Vec<PathBuf>, FileError> {
    let mut found = Vec::new();
    for path in paths {
        if !path.is_dir() {
            found.push(path.clone());
            continue;
        }
        let mut inside = in_folder(path).map_err(files::failed("list", path))?;
        if path.join(LISTING).exists() {
            let named = listed(path)?;
            inside.extend(
                named
                    .iter()
                    .map(|id| path.join(format!("{id}.{EXTENSION}"))),
            );
        }
        found.extend(inside);
    }
    Ok(found)
}

/// The ids in the listing of an exported folder, in its order. Only `saved verify` says that it is the
/// collector's.
///
/// # Errors
/// [`FileError`] when it cannot be read, or a row has no id.
pub fn listed(folder: &Path) -> Result<Vec<Digest>, FileError> {
    let path = folder.join(LISTING).join(ROWS);
    let failed = |source| files::failed("read", &path)(source);
    let file = BufReader::new(File::open(&path).map_err(failed)?);
    file.lines()
        .map(|line| {
            let row: Value = serde_json::from_str(&line.map_err(failed)?)
                .map_err(|error| failed(error.into()))?;
            let id = row["id"].as_str().and_then(|id| id.parse().ok());
            id.ok_or_else(|| {
                failed(io::Error::new(
                    io::ErrorKind::InvalidData,
                    "a row without an id",
                ))
            })
        })
        .collect()
}

fn in_folder(folder: &Path) -> io::Result<BTreeSet<PathBuf>> {
    let mut found = BTreeSet::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|end| end == EXTENSION) {
            found.insert(path);
        }
    }
    Ok(found)
}

/// Replays bundles on `threads` threads; the results stand in the order of the paths. `progress` hears of
/// each that is done.
pub fn replay(
    paths: &[PathBuf],
    against: Against<'_>,
    threads: usize,
    progress: impl Fn() + Sync,
) -> Vec<Replayed> {
    on_threads(paths, threads, |path| {
        let result = one(path, against);
        progress();
        result
    })
}

/// Replays bundles that are in memory, as [`replay`] does; each with the name to call it by.
pub fn replay_fetched(
    bundles: &[(PathBuf, Vec<u8>)],
    against: Against<'_>,
    threads: usize,
) -> Vec<Replayed> {
    on_threads(bundles, threads, |(name, bytes)| Replayed {
        path: name.clone(),
        outcome: outcome(bytes, against),
    })
}

/// Results in the order of the items.
fn on_threads<T: Sync>(
    items: &[T],
    threads: usize,
    one: impl Fn(&T) -> Replayed + Sync,
) -> Vec<Replayed> {
    let next = AtomicUsize::new(0);
    let work = || {
        let mut done = Vec::new();
        while let Some((at, item)) = {
            let at = next.fetch_add(1, Ordering::Relaxed);
            items.get(at).map(|item| (at, item))
        } {
            done.push((at, one(item)));
        }
        done
    };
    let mut results: Vec<(usize, Replayed)> = thread::scope(|scope| {
        let threads: Vec<_> = (0..threads.max(1)).map(|_| scope.spawn(work)).collect();
        let joined = threads.into_iter().map(|thread| match thread.join() {
            Ok(done) => done,
            Err(panic) => std::panic::resume_unwind(panic),
        });
        joined.flatten().collect()
    });
    results.sort_unstable_by_key(|(at, _)| *at);
    results.into_iter().map(|(_, result)| result).collect()
}

fn one(path: &Path, against: Against<'_>) -> Replayed {
    let outcome = files::read(path, bundle::MAX_BYTES)
        .map_err(|error| error.to_string())
        .and_then(|bytes| outcome(&bytes, against));
    Replayed {
        path: path.to_owned(),
        outcome,
    }
}

/// Replays one bundle's bytes.
fn outcome(bytes: &[u8], against: Against<'_>) -> Result<Same, String> {
    let bundle = read_bundle(bytes).map_err(|error| error.to_string())?;
    let Against {
        trust,
        vouchers,
        policy,
    } = against;
    let report = match policy {
        None => verify_bundle_with(&bundle, trust, vouchers),
        Some(policy) => rejudge_bundle(&bundle, trust, vouchers, policy),
    };
    let report = report.map_err(|error| error.to_string())?;
    match report.failure() {
        Some((check, why)) => Err(format!("{}: {why}", check.name())),
        None => Same::of(&report).ok_or_else(|| "no check was reached".to_owned()),
    }
}
