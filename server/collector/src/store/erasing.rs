//! Erasures in log and index. The index forgets what is erased by being made anew: nothing in it can
//! outlive what it was made from.

use super::apply::Logged;
use super::index::{Index, IndexError, decode_row, number, put, row};
use super::rows::ErasureRow;
use super::{Store, StoreError, marker};
use domicile_ledger::{ErasedNow, Kind, Log, MAX_PAYLOAD, Spans};
use domicile_proto::codec;
use domicile_proto::types::Digest;
use domicile_proto::wire::ErasureRecord;

/// What an erasure did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Erased {
    /// Log index of the record that says so.
    pub log_index: u64,
    /// Records erased, and their bytes.
    pub now: ErasedNow,
    /// Bytes that the segments are shorter.
    pub freed: u64,
}

impl Index {
    pub(super) fn apply_erasure(&self, record: &Logged<'_>) -> Result<(), IndexError> {
        let erasure: ErasureRecord =
            codec::decode(record.payload, MAX_PAYLOAD).map_err(|error| record.problem(&error))?;
        let spans =
            Spans::decode(&erasure.spans, record.index).map_err(|error| record.problem(&error))?;
        let place = record.index.to_be_bytes();
        for id in &erasure.evidence {
            self.erased.insert(id, &place)?;
        }
        for subject in &erasure.subjects {
            let subject = record.key(subject)?;
            // A subject that is no host is an anchor.
            if let Some(mut host) = self.host(&subject)? {
                host.erased_by = Some(record.index);
                put(&self.hosts, &subject.0, &host)?;
            }
        }
        let row = ErasureRow {
            cause: erasure.cause,
            user: erasure.user,
            reason: erasure.reason,
            at_ms: erasure.at_ms,
            subjects: erasure.subjects,
            records: spans.count(),
        };
        put(&self.erasures, &place, &row)
    }
}

/// Finishes erasures that were logged and not carried out to their end. Gives whether there were any:
/// then the index holds rows of what is gone now.
pub(super) fn finish(log: &mut Log, index: &Index) -> Result<bool, StoreError> {
    let mut any = false;
    for key in index.erasures.iter().keys() {
        let erasure = number(&key.map_err(IndexError::from)?)?;
        if log.is_unfinished(erasure)? {
            tracing::warn!(erasure, "finishing an erasure that was cut short");
            log.erase(erasure, |_, _| ())?;
            any = true;
        }
    }
    Ok(any)
}

impl Store {
    /// Logs this erasure, and when that is durable erases what it names. Afterwards the index is not to
    /// be used: [`Store::end_erasing`], then open anew. `progress` gets records done and to do.
    ///
    /// # Errors
    /// [`StoreError`]; whatever was logged is finished at the next opening.
    pub async fn erase(
        &self,
        erasure: &ErasureRecord,
        progress: impl FnMut(u64, u64),
    ) -> Result<Erased, StoreError> {
        // From here on, whatever happens, the next opening makes the index anew.
        marker::clear(&self.shared.data_dir()).map_err(StoreError::Files)?;
        let record = (Kind::Erasure, codec::encode(erasure));
        let committed = self.commit(vec![record]).await?;
        let log_index = committed.records.first().map_or(0, |place| place.index);
        let spans = Spans::decode(&erasure.spans, log_index).map_err(|error| {
            StoreError::Closed(format!("erasure {log_index} cannot be read: {error}"))
        })?;
        let mut log = self.shared.log_mut();
        let now = log.erase(log_index, progress)?;
        let freed = log.compact(spans.hull())?;
        Ok(Erased {
            log_index,
            now,
            freed,
        })
    }

    /// After the last erasure: the index is made anew at the next opening.
    pub fn end_erasing(&self) {
        self.shared
            .poison("records were erased: the index is made anew".to_owned());
    }

    /// Log index of the erasure that took the evidence with this hash, if one did.
    ///
    /// # Errors
    /// [`StoreError::Index`], here and below.
    pub fn erased_by(&self, evidence: &Digest) -> Result<Option<u64>, StoreError> {
        let value = self.shared.index.erased.get(evidence.0);
        let value = value.map_err(IndexError::from)?;
        Ok(value.map(|index| number(&index)).transpose()?)
    }

    /// The erasure at this place of the log.
    ///
    /// # Errors
    /// [`StoreError::Index`].
    pub fn erasure(&self, log_index: u64) -> Result<Option<ErasureRow>, StoreError> {
        let key = log_index.to_be_bytes();
        Ok(row(&self.shared.index.erasures, &key, "erasures")?)
    }

    /// Up to `limit` erasures after this one, in the order of the log.
    ///
    /// # Errors
    /// [`StoreError::Index`].
    pub fn erasures(
        &self,
        after: Option<u64>,
        limit: usize,
    ) -> Result<Vec<(u64, ErasureRow)>, StoreError> {
        let start = after.map_or(0, |index| index.saturating_add(1));
        let tree = &self.shared.index.erasures;
        let mut found = Vec::new();
        for pair in tree.range(start.to_be_bytes()..).take(limit) {
            let (key, value) = pair.map_err(IndexError::from)?;
            found.push((number(&key)?, decode_row(&value, "erasures")?));
        }
        Ok(found)
    }
}
