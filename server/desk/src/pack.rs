//! A case taken away for an authority: a folder that says by itself what it is, and whose every part can
//! be checked without a network.
//!
//! | file | what |
//! |---|---|
//! | `report.html` | the report, as the collector made it |
//! | `case.json` | the case as the API shows it |
//! | `records.bin` | `CaseRecords`: its records, each with the proof that it is in the log |
//! | `bundles/ID.bundle` | each verdict that its flags rest on |
//! | `manifest.json` | SHA-256 and length of each file, and the collector's signed statement of each answer |

use domicile_audit::bundle::{check_included, open_head, read_bundle, verify_bundle};
use domicile_certs::Trust;
use domicile_certs::files::{self, FileError};
use domicile_diversion::cases::{Case, Entry, State};
use domicile_diversion::flags::RecordId;
use domicile_ledger::Kind;
use domicile_proto::codec;
use domicile_proto::directory::Directory;
use domicile_proto::sign::sha256;
use domicile_proto::types::Digest;
use domicile_proto::wire::{CaseRecord, CaseRecords};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Display;
use std::path::{Path, PathBuf};

/// Version of the folder's form.
pub const FORMAT: u32 = 1;
/// The report.
pub const REPORT: &str = "report.html";
/// The case as JSON.
pub const CASE: &str = "case.json";
/// The case's records.
pub const RECORDS: &str = "records.bin";
/// The folder with the bundles.
pub const BUNDLES: &str = "bundles";
/// The manifest.
pub const MANIFEST: &str = "manifest.json";

/// Largest file of a folder, bytes.
pub const MAX_FILE: usize = 64 * 1024 * 1024;
/// Most files.
const MAX_FILES: usize = 10_000;
/// Largest record of a case, bytes.
const MAX_RECORD: usize = 2 * 1024 * 1024;

/// What is in a folder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// [`FORMAT`].
    pub format: u32,
    /// The program that wrote it.
    pub written_by: String,
    /// The case's number.
    pub case: u64,
    /// Its state.
    pub state: String,
    /// Whether two approvers have not agreed.
    pub draft: bool,
    /// Verdicts whose evidence was erased, so that there is no bundle.
    pub without_bundle: Vec<String>,
    /// The files by their names.
    pub files: BTreeMap<String, FileFacts>,
}

/// What is known of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileFacts {
    /// SHA-256, hex.
    pub sha256: String,
    /// Length.
    pub bytes: u64,
    /// The collector's signed statement of its answer, base64.
    pub statement: Option<String>,
}

impl FileFacts {
    /// Those of a file with this content.
    pub fn of(content: &[u8], statement: Option<String>) -> Self {
        Self {
            sha256: sha256(content).to_string(),
            bytes: content.len() as u64,
            statement,
        }
    }
}

/// Why a folder does not hold.
#[derive(Debug, thiserror::Error)]
pub enum PackError {
    /// A file cannot be read.
    #[error(transparent)]
    File(#[from] FileError),
    /// Something in it is not what it should be.
    #[error("NOT VERIFIED: {place}: {problem}")]
    Broken {
        /// Which file.
        place: String,
        /// What is wrong.
        problem: String,
    },
}

fn broken(place: &str, problem: &dyn Display) -> PackError {
    PackError::Broken {
        place: place.to_owned(),
        problem: problem.to_string(),
    }
}

/// A case that its records make, and what the proofs lead to.
#[derive(Debug)]
pub struct Proven {
    /// The case.
    pub case: Case,
    /// How many records it has.
    pub records: usize,
    /// Size of the log that holds them.
    pub log_size: u64,
}

/// Checks the records of a case: each is in the log, and together they make the case.
///
/// # Errors
/// What does not hold.
pub fn replay(bytes: &[u8], directory: &Directory) -> Result<Proven, String> {
    let all: CaseRecords = codec::decode(bytes, MAX_FILE).map_err(|error| error.to_string())?;
    let head = all.head.as_ref().ok_or("there is no head")?;
    let directories = std::slice::from_ref(directory);
    let (head, _) = open_head(head, &all.log_origin, directories)?;
    let mut entries = Vec::new();
    let mut last = None;
    for record in &all.records {
        check_included(Kind::Case, record, &head)?;
        if last.is_some_and(|last| last >= record.index) {
            return Err("the records are not in the order of the log".into());
        }
        last = Some(record.index);
        let read: CaseRecord =
            codec::decode(&record.payload, MAX_RECORD).map_err(|error| error.to_string())?;
        if read.number != all.number {
            return Err(format!(
                "record {} is of case {}",
                record.index, read.number
            ));
        }
        entries.push(Entry::read(&read).map_err(|error| error.to_string())?);
    }
    let mut entries = entries.into_iter();
    let Some(Entry::Opening(opening)) = entries.next() else {
        return Err("the first record is no opening".into());
    };
    let steps: Vec<_> = entries
        .map(|entry| match entry {
            Entry::Step { step, .. } => Ok(step),
            Entry::Opening(_) => Err("it is opened twice".to_owned()),
        })
        .collect::<Result<_, _>>()?;
    let case = Case::replay(&opening, &steps).map_err(|refusal| refusal.to_string())?;
    Ok(Proven {
        case,
        records: all.records.len(),
        log_size: head.size,
    })
}

/// The evidence that flags and contest of a case name, once each.
pub fn evidence_of(case: &Case) -> BTreeSet<Digest> {
    let named = case.flags().iter().flat_map(|flag| &flag.evidence);
    let named = named.filter_map(|id| match id {
        RecordId::Evidence(hash) => Some(*hash),
        RecordId::Log(_) => None,
    });
    named.chain(case.verdicts().iter().copied()).collect()
}

/// Whether a case is for an authority as it is.
pub fn is_final(state: State) -> bool {
    matches!(state, State::Substantiated | State::Reported)
}

/// What a check found.
#[derive(Debug)]
pub struct Checked {
    /// The case.
    pub proven: Proven,
    /// Bundles that were verified.
    pub bundles: usize,
    /// What the folder says of itself.
    pub manifest: Manifest,
}

/// Checks a folder: each file is the one of the manifest and nothing lies beside them, the records are
/// in the log and make the case in its state, each bundle holds.
///
/// # Errors
/// [`PackError`].
pub fn check(folder: &Path, trust: &Trust, directory: &Directory) -> Result<Checked, PackError> {
    let manifest = files::read(&folder.join(MANIFEST), MAX_FILE)?;
    let manifest: Manifest =
        serde_json::from_slice(&manifest).map_err(|error| broken(MANIFEST, &error))?;
    if manifest.format != FORMAT || manifest.files.len() > MAX_FILES {
        return Err(broken(MANIFEST, &"of another version of this program"));
    }
    let there = names(folder)?;
    let listed: BTreeSet<String> = manifest.files.keys().cloned().collect();
    if let Some(name) = there.symmetric_difference(&listed).next() {
        let problem = match listed.contains(name) {
            true => "it is missing",
            false => "the manifest does not list it",
        };
        return Err(broken(name, &problem));
    }
    let mut bundles = 0;
    let mut proven = None;
    for (name, facts) in &manifest.files {
        let content = files::read(&folder.join(name), MAX_FILE)?;
        if FileFacts::of(&content, facts.statement.clone()) != *facts {
            return Err(broken(name, &"it is not the file that the manifest names"));
        }
        if name == RECORDS {
            proven = Some(replay(&content, directory).map_err(|why| broken(name, &why))?);
        } else if name.starts_with(BUNDLES) {
            bundle(&content, trust).map_err(|why| broken(name, &why))?;
            bundles += 1;
        }
    }
    let proven = proven.ok_or_else(|| broken(RECORDS, &"it is missing"))?;
    let case = &proven.case;
    if (manifest.case, manifest.state.as_str()) != (case.number(), case.state().name())
        || manifest.draft == is_final(case.state())
    {
        return Err(broken(
            MANIFEST,
            &"its records make another case than it says",
        ));
    }
    for id in evidence_of(case) {
        let name = format!("{BUNDLES}/{id}.bundle");
        if !listed.contains(&name) && !manifest.without_bundle.contains(&id.to_string()) {
            return Err(broken(&name, &"it is missing"));
        }
    }
    Ok(Checked {
        proven,
        bundles,
        manifest,
    })
}

fn bundle(bytes: &[u8], trust: &Trust) -> Result<(), String> {
    let bundle = read_bundle(bytes).map_err(|error| error.to_string())?;
    let report = verify_bundle(&bundle, trust).map_err(|error| error.to_string())?;
    match report.is_verified() {
        true => Ok(()),
        false => Err("a check fails: domicile-audit verify names it".into()),
    }
}

/// The names of the files of a folder, but its manifest.
fn names(folder: &Path) -> Result<BTreeSet<String>, PackError> {
    let mut found = BTreeSet::new();
    for (path, prefix) in [
        (folder.to_owned(), String::new()),
        (folder.join(BUNDLES), format!("{BUNDLES}/")),
    ] {
        let listed =
            |path: &PathBuf| -> std::io::Result<Vec<_>> { std::fs::read_dir(path)?.collect() };
        let entries = listed(&path).map_err(files::failed("list", &path))?;
        for entry in entries {
            let name = entry.file_name().to_string_lossy().into_owned();
            if !(prefix.is_empty() && [MANIFEST, BUNDLES].contains(&name.as_str())) {
                found.insert(format!("{prefix}{name}"));
            }
        }
    }
    Ok(found)
}
