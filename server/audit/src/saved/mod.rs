//! A listing taken away: a folder that shows, offline and years later, what the collector answered.
//!
//! The collector signs every answer to an auditor (`AnswerStatement`): the question, the SHA-256 of the
//! answer, the log's head then, and where the read itself is logged. A saved listing keeps answers
//! and statements; the tables beside them are made from the answers and can be made again.
//!
//! ```text
//! DIR/manifest.json       what the folder holds, with the SHA-256 of each file      (Manifest)
//! DIR/answers.jsonl       the truth: each page's answer, byte for byte, a line each
//! DIR/statements.txt      the statement of each answer, base64 of a Signed, a line each
//! DIR/rows.ndjson         one row a line, keys sorted
//! DIR/rows.csv            the listing's columns
//! DIR/rows.parquet        the same columns as optional text
//! ```
//!
//! Read on in `write.rs`, then `check.rs`; `tables.rs` makes the tables.

mod check;
mod statement;
mod tables;
mod write;

pub use check::{Checked, check};
pub use write::Saver;

use crate::output::{
    ATTESTATIONS, Column, DEVICE_FINDINGS, DEVICES, FORKS, HOSTS, INCIDENTS, LICENCES, MESH,
    MESH_PAIRS,
};
use domicile_certs::files::FileError;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

/// The form of the folder.
const FORMAT: u32 = 1;

/// Largest manifest, bytes.
const MAX_MANIFEST: usize = 64 * 1024;

const MANIFEST: &str = "manifest.json";
const ANSWERS: &str = "answers.jsonl";
const STATEMENTS: &str = "statements.txt";
/// One row a line.
pub(crate) const ROWS: &str = "rows.ndjson";
/// The tables, in the order of [`tables::Tables`].
const TABLES: [&str; 3] = [ROWS, "rows.csv", "rows.parquet"];

/// What a saved listing says of itself. Nothing in it is signed: the statements are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Manifest {
    /// The folder's form.
    pub format: u32,
    /// The program that made the tables.
    pub written_by: String,
    /// Path and filters, without `limit` and `cursor`.
    pub query: String,
    /// Where the listing went on, if it did not begin at its beginning.
    pub begun_at: Option<String>,
    /// Whether it goes to its end.
    pub complete: bool,
    /// Answers.
    pub pages: u64,
    /// Rows.
    pub rows: u64,
    /// SHA-256 of each file, hexadecimal.
    pub files: BTreeMap<String, String>,
}

/// Why a listing was not saved, or a saved one does not hold.
#[derive(Debug, thiserror::Error)]
pub enum SavedError {
    /// A file or folder.
    #[error(transparent)]
    File(#[from] FileError),
    /// Reading or writing a file.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What went wrong.
        source: io::Error,
    },
    /// The collector's answer cannot be saved.
    #[error("the collector's answer: {0}")]
    Answer(String),
    /// The saved listing does not hold.
    #[error("{}: NOT VERIFIED: {problem}", path.display())]
    Broken {
        /// The folder.
        path: PathBuf,
        /// What does not hold, with page and file.
        problem: String,
    },
}

impl SavedError {
    fn io(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { path, source }
    }
}

/// The columns of the listing that a path asks for.
fn columns(path: &str) -> Option<&'static [Column]> {
    let listings: [(&str, &'static [Column]); 9] = [
        ("/v1/hosts", HOSTS),
        ("/v1/attestations", ATTESTATIONS),
        ("/v1/devices", DEVICES),
        ("/v1/device-findings", DEVICE_FINDINGS),
        ("/v1/licences", LICENCES),
        ("/v1/incidents", INCIDENTS),
        ("/v1/forks", FORKS),
        ("/v1/mesh", MESH),
        ("/v1/mesh/pairs", MESH_PAIRS),
    ];
    let path = path.split('?').next()?;
    let found = listings.iter().find(|(one, _)| *one == path);
    found.map(|(_, columns)| *columns)
}

/// A path without `limit` and `cursor`, and the cursor.
fn split(path: &str) -> (String, Option<String>) {
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let mut kept = Vec::new();
    let mut cursor = None;
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        match pair.split_once('=') {
            Some(("limit", _)) => {}
            Some(("cursor", value)) => cursor = Some(value.to_owned()),
            _ => kept.push(pair),
        }
    }
    match kept.is_empty() {
        true => (path.to_owned(), cursor),
        false => (format!("{path}?{}", kept.join("&")), cursor),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_split_into_question_and_place() {
        let split = |path| split(path);
        let text = str::to_owned;
        assert_eq!(split("/v1/hosts"), (text("/v1/hosts"), None));
        assert_eq!(
            split("/v1/hosts?site=a&limit=9&cursor=c%3D&state=late"),
            (text("/v1/hosts?site=a&state=late"), Some(text("c%3D")))
        );
        assert_eq!(split("/v1/hosts?limit=1000"), (text("/v1/hosts"), None));
    }

    #[test]
    fn listings_have_columns_and_others_none() {
        assert!(columns("/v1/hosts?limit=2").is_some());
        assert!(columns("/v1/attestations/00").is_none());
    }
}
