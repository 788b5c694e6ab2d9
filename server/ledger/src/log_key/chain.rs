//! Which keys may have signed which heads of a log: a key that somebody was given, and the statements
//! that lead to it and on from it.

use super::page::{self, LogKeyRecord};
use super::{LogKeyStep, StatementError};
use crate::checkpoint::{Head, HeadError};
use crate::entry::Leaf;
use crate::witness::{Checkpoint, VerifierKey};
use thiserror::Error;

/// A log rotates its key at most this often; more statements are refused.
const MAX_STATEMENTS: usize = 1000;

/// A longer page is refused, bytes.
pub const MAX_PAGE: usize = 1024 * 1024;

/// Why statements are refused.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum LogKeysError {
    /// A line of the page.
    #[error("line {0} of the page of statements is malformed")]
    Page(usize),
    /// A statement by itself.
    #[error("the statement in record {index}: {source}")]
    Statement {
        /// The record.
        index: u64,
        /// What is wrong with it.
        source: StatementError,
    },
    /// A statement of another place.
    #[error("the statement in record {index} says that it is record {said}")]
    Place {
        /// The record.
        index: u64,
        /// What it says.
        said: u64,
    },
    /// Too many.
    #[error("{0} statements, at most {MAX_STATEMENTS} are read")]
    Many(usize),
    /// A statement that does not follow from the one before it.
    #[error("the statement in record {index} does not follow from the one before it: {problem}")]
    Order {
        /// The record.
        index: u64,
        /// Why not.
        problem: &'static str,
    },
    /// None of the statements is about the key that was given.
    #[error("no statement names the key that this log is known by, {0}")]
    Stranger(VerifierKey),
    /// Not what was known before.
    #[error(
        "record {index} is another statement than the one that was shown before; whoever holds two \
         statements signed for one place holds evidence against the log"
    )]
    Changed {
        /// The record.
        index: u64,
    },
}

/// The keys of one log. Knows at least the one that it was made from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogKeys {
    given: VerifierKey,
    records: Vec<LogKeyRecord>,
}

impl From<VerifierKey> for LogKeys {
    /// Only this key is known; it may sign any head.
    fn from(given: VerifierKey) -> Self {
        let records = Vec::new();
        Self { given, records }
    }
}

impl LogKeys {
    /// Reads a page of statements beside a key that is trusted: that of `log.toml`, or one that the
    /// vendor's directory names.
    ///
    /// # Errors
    /// [`LogKeysError`].
    pub fn parse(given: VerifierKey, page: &[u8]) -> Result<Self, LogKeysError> {
        Self::new(given, page::parse(page)?)
    }

    /// As [`LogKeys::parse`], from records in the order of the log.
    ///
    /// # Errors
    /// [`LogKeysError`].
    pub fn new(given: VerifierKey, records: Vec<LogKeyRecord>) -> Result<Self, LogKeysError> {
        let keys = Self { given, records };
        keys.check()?;
        Ok(keys)
    }

    /// Learns what a newer page says. What was known before must stand in it unchanged.
    ///
    /// # Errors
    /// [`LogKeysError`]; nothing is learned then.
    pub fn learn(&mut self, page: &[u8]) -> Result<(), LogKeysError> {
        let newer = Self::parse(self.given.clone(), page)?;
        let mut shown = newer.records.iter();
        for known in &self.records {
            if shown.next() != Some(known) {
                let index = known.statement.index;
                return Err(LogKeysError::Changed { index });
            }
        }
        *self = newer;
        Ok(())
    }

    fn check(&self) -> Result<(), LogKeysError> {
        if self.records.len() > MAX_STATEMENTS {
            return Err(LogKeysError::Many(self.records.len()));
        }
        let mut before: Option<&LogKeyRecord> = None;
        for record in &self.records {
            follows(before, record).map_err(|problem| LogKeysError::Order {
                index: record.statement.index,
                problem,
            })?;
            before = Some(record);
        }
        let is_known = self.spans().any(|(key, ..)| *key == self.given);
        match is_known {
            true => Ok(()),
            false => Err(LogKeysError::Stranger(self.given.clone())),
        }
    }

    /// Name of the log.
    pub fn origin(&self) -> &str {
        &self.given.name
    }

    /// The key that was given.
    pub fn given(&self) -> &VerifierKey {
        &self.given
    }

    /// The key that signs now, as far as is known here; `None` once it is retired.
    pub fn in_force(&self) -> Option<&VerifierKey> {
        match self.records.last() {
            None => Some(&self.given),
            Some(last) if last.statement.step == LogKeyStep::Retirement => None,
            Some(last) => Some(&last.statement.key),
        }
    }

    /// The statements known, in the order of the log.
    pub fn records(&self) -> &[LogKeyRecord] {
        &self.records
    }

    /// The statements as a page.
    pub fn page(&self) -> String {
        page::render(&self.records)
    }

    /// Each key with the smallest and largest size of the heads that it may sign.
    fn spans(&self) -> impl Iterator<Item = (&VerifierKey, u64, u64)> {
        let statements = || self.records.iter().map(|record| &record.statement);
        let alone = self
            .records
            .is_empty()
            .then_some((&self.given, 0, u64::MAX));
        // The key before the first statement, where that is a rotation.
        let before = statements().next();
        let before = before.and_then(|one| Some((one.previous.as_ref()?, 0, one.index + 1)));
        let ends = statements().skip(1).map(|next| next.index + 1);
        let kept = statements()
            .zip(ends.chain([u64::MAX]))
            .filter(|(one, _)| one.step != LogKeyStep::Retirement);
        // Of what the log held before its first statement nothing else is said.
        let from = |one: &super::LogKeyStatement| match one.step {
            LogKeyStep::FirstUse => 0,
            LogKeyStep::Rotation | LogKeyStep::Retirement => one.index + 1,
        };
        let kept = kept.map(move |(one, end)| (&one.key, from(one), end));
        alone.into_iter().chain(before).chain(kept)
    }

    /// The smallest and largest size of the heads that a key of this log may sign.
    pub fn span_of(&self, key: &[u8; 32]) -> Option<(u64, u64)> {
        let found = self.spans().find(|(one, ..)| one.public == *key);
        found.map(|(_, from, to)| (from, to))
    }

    /// The keys that may sign a head of this size: one, or two where a rotation is its last record, or
    /// none after a retirement.
    pub fn at(&self, size: u64) -> impl Iterator<Item = &VerifierKey> {
        let spans = self.spans();
        spans.filter_map(move |(key, from, to)| (from..=to).contains(&size).then_some(key))
    }

    /// The key that signed a head, if it may have.
    pub fn signer(&self, head: &Head) -> Option<&VerifierKey> {
        let is_origin = head.origin == self.given.name;
        let mut keys = self.at(head.size).filter(|_| is_origin);
        keys.find(|key| head.verify(&key.public).is_ok())
    }

    /// Reads a checkpoint that a key of this log signed which may sign one of its size.
    ///
    /// # Errors
    /// [`HeadError`].
    pub fn open(&self, note: &[u8]) -> Result<Checkpoint, HeadError> {
        let size = Head::parse(note, &self.given.name, None)?.size;
        let mut last = None;
        for key in self.at(size) {
            match Checkpoint::open(note, key) {
                Ok(checkpoint) => return Ok(checkpoint),
                Err(error) => last = Some(error),
            }
        }
        Err(last.unwrap_or(HeadError::Retired {
            name: self.given.name.clone(),
            size,
        }))
    }

    /// The statement at this place, as a leaf of the log.
    pub fn leaf(&self, index: u64) -> Option<Leaf> {
        let mut records = self.records.iter();
        let found = records.find(|record| record.statement.index == index);
        found.map(LogKeyRecord::leaf)
    }
}

/// Why a statement cannot stand behind the one before it.
fn follows(before: Option<&LogKeyRecord>, record: &LogKeyRecord) -> Result<(), &'static str> {
    let now = &record.statement;
    let Some(before) = before.map(|record| &record.statement) else {
        return match now.step {
            LogKeyStep::Retirement => Err("a key is retired that no statement brought in"),
            LogKeyStep::FirstUse | LogKeyStep::Rotation => Ok(()),
        };
    };
    if now.index <= before.index {
        return Err("it is not later in the log");
    }
    if now.origin() != before.origin() {
        return Err("it is of another log");
    }
    if before.step == LogKeyStep::Retirement {
        return Err("the log's key was retired");
    }
    match now.step {
        LogKeyStep::FirstUse => Err("the log has a key already"),
        LogKeyStep::Rotation if now.previous.as_ref() != Some(&before.key) => {
            Err("it replaces another key than the one in force")
        }
        LogKeyStep::Retirement if now.key != before.key => {
            Err("it retires another key than the one in force")
        }
        LogKeyStep::Rotation | LogKeyStep::Retirement => Ok(()),
    }
}
