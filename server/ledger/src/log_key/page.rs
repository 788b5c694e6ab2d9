//! The statements of a log as its public page `/log-keys`, or a saved copy of it: each with what makes it
//! a leaf of the log.
//!
//! ```text
//! record INDEX TIME base64(salt)
//! …the statement, a signed note…
//! ```
//! for each statement, in the order of the log.

use super::{LogKeyStatement, LogKeysError};
use crate::entry::{Kind, Leaf};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// Name of the page, beside the checkpoint and the tiles.
pub const STATEMENTS: &str = "log-keys";

/// A statement as it is logged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogKeyRecord {
    /// When, Unix ms, by the collector's clock.
    pub time_ms: u64,
    /// The salt of its leaf. It hides nothing: the statement is public.
    pub salt: [u8; 32],
    /// What it says.
    pub statement: LogKeyStatement,
}

impl LogKeyRecord {
    /// Reads a record's payload. It must be of this place in the log.
    ///
    /// # Errors
    /// [`LogKeysError`].
    pub fn open(
        index: u64,
        time_ms: u64,
        salt: [u8; 32],
        payload: &[u8],
    ) -> Result<Self, LogKeysError> {
        let statement = LogKeyStatement::open(payload);
        let statement = statement.map_err(|source| LogKeysError::Statement { index, source })?;
        if statement.index != index {
            let said = statement.index;
            return Err(LogKeysError::Place { index, said });
        }
        Ok(Self {
            time_ms,
            salt,
            statement,
        })
    }

    /// The records of a page. Each by itself is checked, and nothing of their order: see
    /// [`LogKeys::new`](super::LogKeys::new).
    ///
    /// # Errors
    /// [`LogKeysError`].
    pub fn parse_page(page: &[u8]) -> Result<Vec<Self>, LogKeysError> {
        parse(page)
    }

    /// Its leaf in the log.
    pub fn leaf(&self) -> Leaf {
        let payload = self.statement.note.as_bytes();
        Leaf::new(Kind::LogKey, self.time_ms, &self.salt, payload)
    }
}

/// The page of these records.
pub(super) fn render(records: &[LogKeyRecord]) -> String {
    let mut page = String::new();
    for record in records {
        let (index, time) = (record.statement.index, record.time_ms);
        let salt = STANDARD.encode(record.salt);
        page.push_str(&format!("record {index} {time} {salt}\n"));
        page.push_str(&record.statement.note);
    }
    page
}

/// The records of a page; only each by itself is checked.
pub(super) fn parse(page: &[u8]) -> Result<Vec<LogKeyRecord>, LogKeysError> {
    let page = std::str::from_utf8(page).map_err(|_| LogKeysError::Page(1))?;
    let mut found: Vec<(u64, u64, [u8; 32], String)> = Vec::new();
    for (number, line) in (1..).zip(page.split_inclusive('\n')) {
        let bad = LogKeysError::Page(number);
        match line.strip_prefix("record ") {
            Some(rest) => found.push(header(rest.trim_end_matches('\n')).ok_or(bad)?),
            None => found.last_mut().ok_or(bad)?.3.push_str(line),
        }
    }
    let records = found.into_iter();
    let records = records.map(|(index, time_ms, salt, note)| {
        LogKeyRecord::open(index, time_ms, salt, note.as_bytes())
    });
    records.collect()
}

fn header(text: &str) -> Option<(u64, u64, [u8; 32], String)> {
    let mut parts = text.split(' ');
    let (index, time, salt) = (parts.next()?, parts.next()?, parts.next()?);
    let salt = STANDARD.decode(salt).ok()?.try_into().ok()?;
    let header = (index.parse().ok()?, time.parse().ok()?, salt, String::new());
    parts.next().is_none().then_some(header)
}
