//! Checking a saved listing, with the vendor's directory and nothing else.

use super::statement::{self, Statement};
use super::tables::{Hashed, Tables, WRITTEN_BY};
use super::{
    ANSWERS, FORMAT, MANIFEST, MAX_MANIFEST, Manifest, STATEMENTS, SavedError, TABLES, columns,
    split,
};
use crate::client::MAX_JSON;
use crate::page::Page;
use domicile_certs::files;
use domicile_proto::directory::Directory;
use domicile_proto::types::{Digest, Key};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read as _, Sink, Write as _};
use std::path::Path;

/// What a saved listing shows, once it was checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checked {
    /// The folder's own account, which holds.
    pub manifest: Manifest,
    /// Which collector answered, by its name in the directory.
    pub collector: String,
    /// Whom it answered.
    pub auditor: Key,
    /// The collector's clock at the first and at the last answer, Unix ms.
    pub answered_ms: (u64, u64),
    /// The log at the last answer: records and root.
    pub log: (u64, Digest),
    /// Where the reads are logged, the first and the last.
    pub reads: (u64, u64),
}

/// Checks every statement, that the pages follow each other, and that the tables are made from them.
/// `progress` gets the pages done.
///
/// # Errors
/// [`SavedError::Broken`] with what does not hold; the others when a file cannot be read.
pub fn check(
    folder: &Path,
    directory: &Directory,
    mut progress: impl FnMut(u64),
) -> Result<Checked, SavedError> {
    let broken = |problem: String| SavedError::Broken {
        path: folder.to_owned(),
        problem,
    };
    let manifest = files::read(&folder.join(MANIFEST), MAX_MANIFEST)?;
    let manifest: Manifest = serde_json::from_slice(&manifest)
        .map_err(|error| broken(format!("{MANIFEST}: {error}")))?;
    if manifest.format != FORMAT {
        return Err(broken(format!(
            "{MANIFEST}: form {}; this program reads form {FORMAT}",
            manifest.format
        )));
    }
    let columns = columns(&manifest.query)
        .ok_or_else(|| broken(format!("{MANIFEST}: {:?} is no listing", manifest.query)))?;
    let sinks = std::array::from_fn(|_| Hashed::new(io::sink()));
    let mut walk = Walk {
        tables: Tables::new(columns, sinks).map_err(SavedError::io(folder))?,
        manifest: &manifest,
        found: None,
        next: manifest.begun_at.clone(),
        pages: 0,
        rows: 0,
    };
    let mut answers = Lines::open(&folder.join(ANSWERS), MAX_JSON)?;
    let mut statements = Lines::open(&folder.join(STATEMENTS), statement::MAX_TEXT)?;
    loop {
        match (answers.next()?, statements.next()?) {
            (Some(answer), Some(statement)) => walk
                .page(&answer, &statement, directory)
                .map_err(|problem| broken(format!("page {}: {problem}", walk.pages + 1)))?,
            (None, None) => break,
            _ => return Err(broken("as many statements as answers are expected".into())),
        }
        walk.pages += 1;
        progress(walk.pages);
    }
    let (checked, tables) = walk.end().map_err(broken)?;
    let tables = tables.finish().map_err(SavedError::io(folder))?;
    let mut digests = BTreeMap::from([
        (ANSWERS, answers.digest()?),
        (STATEMENTS, statements.digest()?),
    ]);
    for (name, table) in TABLES.into_iter().zip(tables) {
        let (_, made) = table.finish().map_err(SavedError::io(folder))?;
        let found = digest_of(&folder.join(name))?;
        if made != found {
            return Err(broken(format!(
                "{name} is not the table that {WRITTEN_BY} makes of the answers (it was written by {})",
                manifest.written_by
            )));
        }
        digests.insert(name, found);
    }
    let named = manifest
        .files
        .iter()
        .map(|(name, digest)| (name.as_str(), digest.as_str()));
    if !named.eq(digests
        .iter()
        .map(|(name, digest)| (*name, digest.as_str())))
    {
        return Err(broken(format!("{MANIFEST} names other files or digests")));
    }
    Ok(checked)
}

/// The pages so far.
struct Walk<'a> {
    tables: Tables<Hashed<Sink>>,
    manifest: &'a Manifest,
    found: Option<Checked>,
    /// The cursor that the next page must have been asked with.
    next: Option<String>,
    pages: u64,
    rows: u64,
}

impl<'a> Walk<'a> {
    fn page(
        &mut self,
        answer: &[u8],
        statement: &[u8],
        directory: &Directory,
    ) -> Result<(), String> {
        let text = std::str::from_utf8(statement).map_err(|_| "a statement that is no text")?;
        let said = statement::open(text, answer, directory)?;
        let page = serde_json::from_slice(answer).map_err(|error| error.to_string())?;
        let page = Page::read(page)?;
        let (query, cursor) = split(&said.query);
        if query != self.manifest.query {
            return Err(format!(
                "it answers {query:?}, not {:?}",
                self.manifest.query
            ));
        }
        if self.pages > 0 && self.next.is_none() {
            return Err("the page before it was the last".into());
        }
        if cursor != self.next {
            return Err("it does not go on where the page before it ended".into());
        }
        if page.rows.len() as u64 != said.rows {
            return Err(format!(
                "{} rows, and its statement says {}",
                page.rows.len(),
                said.rows
            ));
        }
        self.next = page.next.as_deref().map(crate::client::encoded);
        self.rows += said.rows;
        self.remember(&said)?;
        self.tables
            .rows(page.rows)
            .map_err(|error| error.to_string())
    }

    fn remember(&mut self, said: &Statement<'_>) -> Result<(), String> {
        let log = (said.log_size, said.log_root);
        let Some(found) = &mut self.found else {
            self.found = Some(Checked {
                manifest: self.manifest.clone(),
                collector: said.collector.name.clone(),
                auditor: said.auditor,
                answered_ms: (said.at_ms, said.at_ms),
                log,
                reads: (said.read_index, said.read_index),
            });
            return Ok(());
        };
        if found.collector != said.collector.name || found.auditor != said.auditor {
            return Err("another collector or auditor than on the page before it".into());
        }
        if said.read_index <= found.reads.1 || said.log_size < found.log.0 {
            return Err("it was answered before the page before it".into());
        }
        found.answered_ms.1 = said.at_ms;
        found.reads.1 = said.read_index;
        found.log = log;
        Ok(())
    }

    fn end(self) -> Result<(Checked, Tables<Hashed<Sink>>), String> {
        let found = self.found.ok_or("there is no page")?;
        let complete = self.next.is_none();
        let said = (
            self.manifest.pages,
            self.manifest.rows,
            self.manifest.complete,
        );
        if said != (self.pages, self.rows, complete) {
            return Err(format!(
                "{MANIFEST}: {} pages, {} rows, complete: {}; there are {} and {}, complete: {complete}",
                said.0, said.1, said.2, self.pages, self.rows
            ));
        }
        Ok((found, self.tables))
    }
}

/// The lines of a file, none longer than a limit, and the SHA-256 of all of them.
struct Lines {
    path: std::path::PathBuf,
    input: BufReader<File>,
    most: usize,
    seen: Hashed<Sink>,
}

impl Lines {
    fn open(path: &Path, most: usize) -> Result<Self, SavedError> {
        Ok(Self {
            input: BufReader::new(File::open(path).map_err(SavedError::io(path))?),
            path: path.to_owned(),
            most,
            seen: Hashed::new(io::sink()),
        })
    }

    fn next(&mut self) -> Result<Option<Vec<u8>>, SavedError> {
        let mut line = Vec::new();
        let limit = self.most as u64 + 1;
        let mut input = (&mut self.input).take(limit);
        let read = input.read_until(b'\n', &mut line);
        if read.map_err(SavedError::io(&self.path))? == 0 {
            return Ok(None);
        }
        self.seen
            .write_all(&line)
            .map_err(SavedError::io(&self.path))?;
        match line.pop() {
            Some(b'\n') => Ok(Some(line)),
            _ => Err(SavedError::Broken {
                path: self.path.clone(),
                problem: format!("a line without an end within {} bytes", self.most),
            }),
        }
    }

    fn digest(self) -> Result<String, SavedError> {
        let (_, digest) = self.seen.finish().map_err(SavedError::io(&self.path))?;
        Ok(digest)
    }
}

fn digest_of(path: &Path) -> Result<String, SavedError> {
    let mut file = File::open(path).map_err(SavedError::io(path))?;
    let mut hashed = Hashed::new(io::sink());
    io::copy(&mut file, &mut hashed).map_err(SavedError::io(path))?;
    let (_, digest) = hashed.finish().map_err(SavedError::io(path))?;
    Ok(digest)
}
