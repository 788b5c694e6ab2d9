//! A long result that is written line by line, and goes on where it was broken off.
//!
//! `FILE.part` holds what is not finished. Every so often it is made durable, then `FILE.part.json` is replaced:
//! it says which question is answered, how much of the part is good, and what the work needs to go on. What
//! the part holds beyond is cut off when it is opened again, so that the finished file is the same to the byte
//! wherever the work was broken off. At the end the part gets the file's name.

use super::CommandError;
use domicile_certs::files::{self, FileError};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Seek as _, SeekFrom, Write};
use std::path::{Path, PathBuf};

/// Longest state, bytes.
const MAX_STATE: usize = 16 * 1024 * 1024;

/// Beside the part.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Kept<S> {
    /// What is answered; another question's part is refused.
    question: String,
    /// Bytes of the part that are good.
    written: u64,
    /// How far the work is.
    state: S,
}

/// A result that is being written.
pub(super) struct Journal {
    out: PathBuf,
    part: PathBuf,
    kept: PathBuf,
    question: String,
    file: BufWriter<File>,
}

impl Journal {
    /// Begins `out`, which must not exist, or goes on with its part; then with the state of then.
    ///
    /// # Errors
    /// [`CommandError`] when there is such a file, or a part of another question.
    pub(super) fn open<S: DeserializeOwned>(
        out: &Path,
        question: String,
    ) -> Result<(Self, Option<S>), CommandError> {
        if out.exists() {
            return Err(FileError::Exists(out.to_owned()).into());
        }
        let beside = |ending: &str| {
            let mut name = out.as_os_str().to_owned();
            name.push(ending);
            PathBuf::from(name)
        };
        let (part, kept) = (beside(".part"), beside(".part.json"));
        let before: Option<Kept<S>> = match part.exists() && kept.exists() {
            true => {
                let bytes = files::read(&kept, MAX_STATE)?;
                let read = serde_json::from_slice(&bytes);
                Some(read.map_err(|error| refused(&kept, &error.to_string()))?)
            }
            false => None,
        };
        if before
            .as_ref()
            .is_some_and(|before| before.question != question)
        {
            return Err(refused(
                &part,
                "begun with another question (packs, policy, days or list): remove it, or ask what it was begun with",
            ));
        }
        let written = before.as_ref().map_or(0, |before| before.written);
        let failed = |error| CommandError::File(files::failed("write", &part)(error));
        let mut file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&part)
            .map_err(failed)?;
        if file.metadata().map_err(failed)?.len() < written {
            return Err(refused(&part, "shorter than it was: remove it"));
        }
        file.set_len(written).map_err(failed)?;
        file.seek(SeekFrom::End(0)).map_err(failed)?;
        let journal = Self {
            out: out.to_owned(),
            file: BufWriter::with_capacity(1 << 18, file),
            part,
            kept,
            question,
        };
        Ok((journal, before.map(|before| before.state)))
    }

    /// One line.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(super) fn line(&mut self, row: &impl Serialize) -> io::Result<()> {
        serde_json::to_writer(&mut self.file, row)?;
        self.file.write_all(b"\n")
    }

    /// From here the work can go on: what was written is durable before the state says so.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(super) fn keep(&mut self, state: impl Serialize) -> Result<(), CommandError> {
        self.file.flush()?;
        self.file.get_ref().sync_data()?;
        let kept = Kept {
            question: self.question.clone(),
            written: self.file.stream_position()?,
            state,
        };
        let kept = serde_json::to_vec(&kept).map_err(io::Error::from)?;
        Ok(files::replace(&self.kept, &kept, files::PUBLIC)?)
    }

    /// All is written: it gets its name.
    ///
    /// # Errors
    /// When it cannot be made durable.
    pub(super) fn finish(mut self) -> Result<(), CommandError> {
        self.file.flush()?;
        self.file.get_ref().sync_all()?;
        fs::rename(&self.part, &self.out)?;
        files::sync_parent(&self.out)?;
        match fs::remove_file(&self.kept) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error.into()),
            _ => Ok(()),
        }
    }
}

fn refused(path: &Path, problem: &str) -> CommandError {
    CommandError::Policy {
        place: path.display().to_string(),
        problem: problem.to_owned(),
    }
}
