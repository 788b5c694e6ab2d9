//! Which records are of cases, and which records alerts are made from.

use super::apply::Logged;
use super::flags::open_key;
use super::index::{Index, IndexError, number};
use super::{Store, StoreError};
use domicile_ledger::Kind;
use domicile_proto::wire::{CaseRecord, FlagChange, FlagRecord};

impl Index {
    pub(super) fn apply_case(&self, record: &Logged<'_>) -> Result<(), IndexError> {
        let logged: CaseRecord = record.decode()?;
        let mut key = logged.number.to_be_bytes().to_vec();
        key.extend_from_slice(&record.index.to_be_bytes());
        self.cases.insert(key, &[])?;
        self.tell(record, logged.number)
    }

    /// To be called before a change of a flag is applied: a cleared flag is found while it is open.
    pub(super) fn tell_flag(&self, record: &Logged<'_>) -> Result<(), IndexError> {
        let logged: FlagRecord = record.decode()?;
        match logged.change() {
            FlagChange::Raised => self.tell(record, record.index),
            FlagChange::Cleared => match self.open_flags.get(open_key(&logged))? {
                Some(id) => self.tell(record, number(&id)?),
                None => Ok(()), // Applied before, and told then.
            },
            FlagChange::Suppressed | FlagChange::Unspecified => Ok(()),
        }
    }

    /// Alerts are made from this record, which is about the flag or the case with this id.
    fn tell(&self, record: &Logged<'_>, id: u64) -> Result<(), IndexError> {
        let value = [&[record.kind as u8][..], &id.to_be_bytes()].concat();
        self.told.insert(record.index.to_be_bytes(), value)?;
        Ok(())
    }
}

/// A record that alerts are made from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Told {
    /// Its log index.
    pub index: u64,
    /// What it is.
    pub kind: Kind,
    /// Of the flag or the case that it is about.
    pub id: u64,
}

impl Store {
    /// Log indices of the records of cases, by the case's number, then in the order of the log.
    ///
    /// # Errors
    /// [`StoreError::Index`].
    pub fn case_records(&self) -> Result<Vec<(u64, u64)>, StoreError> {
        let mut found = Vec::new();
        for pair in self.shared.index.cases.iter() {
            let (key, _) = pair.map_err(IndexError::from)?;
            let (case, index) = key.split_at_checked(8).ok_or(IndexError::Row("cases"))?;
            found.push((number(case)?, number(index)?));
        }
        Ok(found)
    }

    /// The first record at this index or behind it that alerts are made from.
    ///
    /// # Errors
    /// [`StoreError::Index`].
    pub fn next_told(&self, from: u64) -> Result<Option<Told>, StoreError> {
        let mut range = self.shared.index.told.range(from.to_be_bytes()..);
        let Some(pair) = range.next() else {
            return Ok(None);
        };
        let (key, value) = pair.map_err(IndexError::from)?;
        let damaged = || IndexError::Row("told");
        let (kind, id) = value.split_first().ok_or_else(damaged)?;
        Ok(Some(Told {
            index: number(&key)?,
            kind: Kind::try_from(*kind).map_err(|_| damaged())?,
            id: number(id)?,
        }))
    }
}
