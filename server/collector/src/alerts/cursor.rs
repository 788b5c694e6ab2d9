//! A target's place in the log: a file with the log's name and the first record that the target has
//! not been told of.

use domicile_certs::files;
use std::path::{Path, PathBuf};

const MAX_BYTES: usize = 1024;

/// The file, and what it says.
#[derive(Debug)]
pub(super) struct Cursor {
    path: PathBuf,
    origin: String,
    next: u64,
    saved: u64,
}

impl Cursor {
    /// Reads the cursor of `name` in `folder`. A target without one begins at `end`, and has one from
    /// then on.
    ///
    /// # Errors
    /// When it cannot be read or written, or is of another log.
    pub(super) fn open(folder: &Path, name: &str, origin: &str, end: u64) -> Result<Self, String> {
        std::fs::create_dir_all(folder)
            .map_err(files::failed("create", folder))
            .map_err(|error| error.to_string())?;
        let path = folder.join(format!("{name}.cursor"));
        let (origin, saved) = (origin.to_owned(), u64::MAX);
        if !path.exists() {
            let next = end;
            let mut cursor = Self {
                path,
                origin,
                next,
                saved,
            };
            cursor.save()?;
            return Ok(cursor);
        }
        let bytes = files::read(&path, MAX_BYTES).map_err(|error| error.to_string())?;
        let wrong = |problem: &str| {
            let path = path.display();
            format!("{path}: {problem}; remove it to begin at the end of the log")
        };
        let text = String::from_utf8(bytes).map_err(|_| wrong("no cursor"))?;
        let (of, next) = text.split_once('\n').ok_or_else(|| wrong("no cursor"))?;
        let next: u64 = next.trim().parse().map_err(|_| wrong("no cursor"))?;
        if of != origin {
            return Err(wrong(&format!("it is of the log {of:?}")));
        }
        if next > end {
            return Err(wrong(&format!(
                "it stands at {next} and the log ends at {end}"
            )));
        }
        Ok(Self {
            path,
            origin,
            next,
            saved: next,
        })
    }

    /// The first record that the target has not been told of.
    pub(super) fn next(&self) -> u64 {
        self.next
    }

    /// Moves on, not yet on disk.
    pub(super) fn pass(&mut self, next: u64) {
        self.next = next;
    }

    /// Makes the place durable, if it changed.
    ///
    /// # Errors
    /// The system's.
    pub(super) fn save(&mut self) -> Result<(), String> {
        if self.saved == self.next {
            return Ok(());
        }
        let text = format!("{}\n{}\n", self.origin, self.next);
        files::replace(&self.path, text.as_bytes(), files::PUBLIC)
            .map_err(|error| error.to_string())?;
        self.saved = self.next;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_place_is_kept_and_one_of_another_log_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let open = |origin: &str, end| Cursor::open(folder.path(), "a", origin, end);
        let mut cursor = open("log/1", 5).unwrap();
        assert_eq!(cursor.next(), 5);
        // A new target begins where the log ended when it was first seen, not at the restart.
        assert_eq!(open("log/1", 9).unwrap().next(), 5);
        cursor.pass(7);
        assert_eq!(open("log/1", 9).unwrap().next(), 5);
        cursor.save().unwrap();
        assert_eq!(open("log/1", 9).unwrap().next(), 7);
        assert!(open("log/2", 9).unwrap_err().contains("log/1"));
        assert!(open("log/1", 6).unwrap_err().contains("ends at 6"));
        std::fs::write(folder.path().join("a.cursor"), "x").unwrap();
        assert!(open("log/1", 9).is_err());
    }
}
