//! Which records are whose: by the host (for mesh reports: the anchor) that they are about. Rosters count them;
//! retention drops, and law may have erased, the raw ones among them.

use super::apply::Logged;
use super::index::{Index, IndexError, decode_row, digest, number, put};
use super::rows::RecordRow;
use super::{Store, StoreError};
use domicile_ledger::Kind;
use domicile_proto::types::{Digest, Key};
use sled::IVec;

/// Whether records of this kind are raw and go with their host or anchor.
fn is_raw(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::Evidence | Kind::Verdict | Kind::Fork | Kind::Liveness | Kind::Mesh
    )
}

impl Index {
    /// Notes whom a record is about.
    pub(super) fn note(
        &self,
        record: &Logged<'_>,
        subject: &Key,
        evidence: Option<&Digest>,
    ) -> Result<(), IndexError> {
        let row = RecordRow {
            kind: u32::from(record.kind as u8),
            time_ms: record.time_ms,
            evidence: evidence.map_or(Vec::new(), |id| id.to_vec()),
        };
        put(&self.records, &place(subject, record.index), &row)
    }
}

impl Store {
    /// A host's records in a range of the log: index and kind, ascending.
    ///
    /// # Errors
    /// [`StoreError::Index`], here and below.
    pub fn records_of(
        &self,
        host: &Key,
        from: u64,
        to: u64,
    ) -> Result<Vec<(u64, Kind)>, StoreError> {
        let pairs = self
            .shared
            .index
            .records
            .range(place(host, from)..place(host, to));
        let mut found = Vec::new();
        for pair in pairs {
            let (index, kind, _) = read(pair)?;
            if kind != Kind::Mesh {
                found.push((index, kind));
            }
        }
        Ok(found)
    }

    /// The raw records about this subject, in the order of the log.
    ///
    /// # Errors
    /// [`StoreError::Index`].
    pub fn raw_of(&self, subject: &Key) -> Result<Vec<(u64, RecordRow)>, StoreError> {
        let mut found = Vec::new();
        for pair in self.shared.index.records.scan_prefix(subject.0) {
            let (index, kind, row) = read(pair)?;
            if is_raw(kind) {
                found.push((index, row));
            }
        }
        Ok(found)
    }

    /// The first subject after this one that has records.
    ///
    /// # Errors
    /// [`StoreError::Index`].
    pub fn next_subject(&self, after: Option<&Key>) -> Result<Option<Key>, StoreError> {
        let start = after.map_or(Vec::new(), |key| [&key.0[..], &[0xff; 9]].concat());
        let first = self.shared.index.records.range(start..).next();
        let Some(pair) = first else { return Ok(None) };
        let (key, _) = pair.map_err(IndexError::from)?;
        Ok(Some(Key(digest(key.get(..32).unwrap_or_default())?.0)))
    }
}

fn place(subject: &Key, index: u64) -> Vec<u8> {
    [&subject.0[..], &index.to_be_bytes()].concat()
}

fn read(pair: sled::Result<(IVec, IVec)>) -> Result<(u64, Kind, RecordRow), IndexError> {
    let (key, value) = pair.map_err(IndexError::from)?;
    let index = number(key.get(32..).unwrap_or_default())?;
    let row: RecordRow = decode_row(&value, "records")?;
    let kind = u8::try_from(row.kind)
        .ok()
        .and_then(|kind| Kind::try_from(kind).ok());
    Ok((index, kind.ok_or(IndexError::Row("records"))?, row))
}
