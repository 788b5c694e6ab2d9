//! Saving: page after page into a folder that gets its name when it is whole.

use super::statement::MAX_TEXT;
use super::tables::{Hashed, Tables, WRITTEN_BY};
use super::{ANSWERS, FORMAT, MANIFEST, Manifest, STATEMENTS, SavedError, TABLES, columns, split};
use crate::page::Page;
use domicile_certs::files::{self, FileError};
use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};

type Out = Hashed<BufWriter<File>>;

/// A listing being saved. Dropped before [`Saver::finish`], it leaves nothing.
pub struct Saver {
    folder: PathBuf,
    making: Making,
    answers: Out,
    statements: Out,
    tables: Tables<Out>,
    manifest: Manifest,
}

/// A folder that is removed unless it was kept.
struct Making(Option<PathBuf>);

impl Making {
    fn path(&self) -> &Path {
        self.0.as_deref().unwrap_or(Path::new(""))
    }
}

impl Drop for Making {
    fn drop(&mut self) {
        if let Some(path) = &self.0 {
            // What is left has a name that says it is not whole.
            let _left = fs::remove_dir_all(path);
        }
    }
}

impl Saver {
    /// Begins to save the listing that `path` asks for into `folder`, which must not exist.
    ///
    /// # Errors
    /// [`SavedError`] when it exists or cannot be written.
    pub fn new(folder: &Path, path: &str) -> Result<Self, SavedError> {
        if folder.exists() {
            return Err(FileError::Exists(folder.to_owned()).into());
        }
        let columns = columns(path)
            .ok_or_else(|| SavedError::Answer(format!("{path} is no listing that can be saved")))?;
        let making = files::beside(folder);
        files::create_folder(&making)?;
        let making = Making(Some(making));
        let create = |name: &str| create(&making.path().join(name));
        let [ndjson, csv, parquet] = TABLES;
        let tables = [create(ndjson)?, create(csv)?, create(parquet)?];
        let (query, begun_at) = split(path);
        Ok(Self {
            answers: create(ANSWERS)?,
            statements: create(STATEMENTS)?,
            tables: Tables::new(columns, tables).map_err(SavedError::io(folder))?,
            folder: folder.to_owned(),
            making,
            manifest: Manifest {
                format: FORMAT,
                written_by: WRITTEN_BY.to_owned(),
                query,
                begun_at,
                complete: false,
                pages: 0,
                rows: 0,
                files: BTreeMap::new(),
            },
        })
    }

    /// Saves one page: the answer as it came, and its statement.
    ///
    /// # Errors
    /// [`SavedError`] when it cannot be written, is not on one line, or comes without a statement.
    pub fn page(&mut self, answer: &[u8], statement: &str, page: Page) -> Result<(), SavedError> {
        if answer.contains(&b'\n') {
            return Err(SavedError::Answer("it has more than one line".into()));
        }
        if statement.is_empty() || statement.len() > MAX_TEXT {
            return Err(SavedError::Answer("it has no signed statement".into()));
        }
        self.manifest.pages += 1;
        self.manifest.rows += page.rows.len() as u64;
        self.manifest.complete = page.next.is_none();
        let write = || {
            self.answers.write_all(answer)?;
            self.answers.write_all(b"\n")?;
            writeln!(self.statements, "{statement}")?;
            self.tables.rows(page.rows)
        };
        write().map_err(SavedError::io(&self.folder))
    }

    /// Makes what was saved durable, and gives the folder its name.
    ///
    /// # Errors
    /// [`SavedError`] when it cannot be written.
    pub fn finish(mut self) -> Result<Manifest, SavedError> {
        let failed = |source| SavedError::io(&self.folder)(source);
        let tables = self.tables.finish().map_err(failed)?;
        let named = TABLES.into_iter().zip(tables);
        for (name, out) in [(ANSWERS, self.answers), (STATEMENTS, self.statements)]
            .into_iter()
            .chain(named)
        {
            let (out, digest) = out.finish().map_err(failed)?;
            let file = out
                .into_inner()
                .map_err(|error| failed(error.into_error()))?;
            file.sync_all().map_err(failed)?;
            self.manifest.files.insert(name.to_owned(), digest);
        }
        let text =
            serde_json::to_vec_pretty(&self.manifest).map_err(|error| failed(error.into()))?;
        files::create_new(&self.making.path().join(MANIFEST), &text, files::PUBLIC)?;
        fs::rename(self.making.path(), &self.folder).map_err(failed)?;
        self.making.0 = None;
        files::sync_parent(&self.folder)?;
        Ok(self.manifest)
    }
}

fn create(path: &Path) -> Result<Out, SavedError> {
    let file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(path)
        .map_err(SavedError::io(path))?;
    Ok(Hashed::new(BufWriter::new(file)))
}
