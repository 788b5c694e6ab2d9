//! People's requests in the index: what was asked, which writes acted, versions of the access file.

use super::apply::Logged;
use super::index::{Index, IndexError, decode_row, number};
use super::rows::DocumentRow;
use super::{Store, StoreError};
use domicile_ledger::Kind;
use domicile_proto::codec;
use domicile_proto::types::Digest;
use domicile_proto::wire::AuditReadRecord;

/// Longest record of a request, bytes.
const MAX_RECORD: usize = 1024 * 1024;

impl Index {
    pub(super) fn apply_request(&self, record: &Logged<'_>) -> Result<(), IndexError> {
        let logged: AuditReadRecord = record.decode()?;
        let at = record.index.to_be_bytes();
        self.queries.insert(at, &[])?;
        if let Some(write) = logged.write {
            self.writes.insert(write.key_hash, &at)?;
        }
        Ok(())
    }
}

impl Store {
    /// The newest version of the access file in the log.
    ///
    /// # Errors
    /// [`StoreError::Index`].
    pub fn access(&self) -> Result<Option<DocumentRow>, StoreError> {
        let last = self.shared.index.access.last().map_err(IndexError::from)?;
        Ok(last
            .map(|(_, value)| decode_row(&value, "access"))
            .transpose()?)
    }

    /// The write that acted last under this idempotency key of a user, and where it is logged.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn write(&self, key_hash: &Digest) -> Result<Option<(u64, AuditReadRecord)>, StoreError> {
        let place = self
            .shared
            .index
            .writes
            .get(key_hash.0)
            .map_err(IndexError::from)?;
        let Some(place) = place else { return Ok(None) };
        let index = number(&place)?;
        Ok(Some((index, self.request(index)?)))
    }

    /// Where people's requests are logged, after `after` in the order of the log, up to `limit`.
    ///
    /// # Errors
    /// [`StoreError::Index`].
    pub fn requests(&self, after: Option<u64>, limit: usize) -> Result<Vec<u64>, StoreError> {
        let start = after.map_or(0, |after| after.saturating_add(1));
        let rows = self.shared.index.queries.range(start.to_be_bytes()..);
        rows.take(limit)
            .map(|pair| Ok(number(&pair.map_err(IndexError::from)?.0)?))
            .collect()
    }

    /// The request that is logged here.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn request(&self, index: u64) -> Result<AuditReadRecord, StoreError> {
        let payload = self.read(index)?.payload;
        let decoded = codec::decode(&payload, MAX_RECORD);
        Ok(decoded.map_err(|error| IndexError::Record {
            index,
            kind: Kind::AuditRead.name(),
            problem: error.to_string(),
        })?)
    }
}
