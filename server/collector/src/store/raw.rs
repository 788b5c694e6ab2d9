//! The raw records in the index: those that retention drops and that law may have erased, by the host
//! (for mesh reports: the anchor) that they are about.

use super::apply::Logged;
use super::index::{Index, IndexError, decode_row, digest, number, put};
use super::rows::RawRow;
use super::{Store, StoreError};
use domicile_proto::types::{Digest, Key};

impl Index {
    pub(super) fn keep_raw(
        &self,
        record: &Logged<'_>,
        subject: &Key,
        evidence: Option<&Digest>,
    ) -> Result<(), IndexError> {
        let row = RawRow {
            kind: u32::from(record.kind as u8),
            time_ms: record.time_ms,
            evidence: evidence.map_or(Vec::new(), |id| id.to_vec()),
        };
        let key = [&subject.0[..], &record.index.to_be_bytes()].concat();
        put(&self.raw, &key, &row)
    }
}

impl Store {
    /// The raw records about this subject, in the order of the log.
    ///
    /// # Errors
    /// [`StoreError::Index`], here and below.
    pub fn raw_of(&self, subject: &Key) -> Result<Vec<(u64, RawRow)>, StoreError> {
        let mut found = Vec::new();
        for pair in self.shared.index.raw.scan_prefix(subject.0) {
            let (key, value) = pair.map_err(IndexError::from)?;
            let index = number(key.get(32..).unwrap_or_default())?;
            found.push((index, decode_row(&value, "raw")?));
        }
        Ok(found)
    }

    /// The first subject after this one that has raw records.
    ///
    /// # Errors
    /// [`StoreError::Index`].
    pub fn next_subject(&self, after: Option<&Key>) -> Result<Option<Key>, StoreError> {
        let start = after.map_or(Vec::new(), |key| [&key.0[..], &[0xff; 9]].concat());
        let first = self.shared.index.raw.range(start..).next();
        let Some(pair) = first else { return Ok(None) };
        let (key, _) = pair.map_err(IndexError::from)?;
        Ok(Some(Key(digest(key.get(..32).unwrap_or_default())?.0)))
    }
}
