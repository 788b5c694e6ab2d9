//! The rosters that are logged, and what making them asks of the log.

use super::apply::{LIMIT, Logged};
use super::index::{Index, IndexError, decode_row, number, put};
use super::rows::RosterRow;
use super::{Store, StoreError};
use domicile_proto::codec;
use domicile_proto::wire;

impl Index {
    pub(super) fn apply_roster(&self, record: &Logged<'_>) -> Result<(), IndexError> {
        let signed = record.signed(record.payload)?;
        let roster: wire::Roster =
            codec::decode(&signed.payload, LIMIT).map_err(|error| record.problem(&error))?;
        let row = RosterRow {
            log_index: record.index,
            until_ms: roster.until_ms,
            first_index: roster.first_index,
            end_index: roster.end_index,
            pages: roster.pages,
            after: roster.after,
        };
        let from = roster.from_ms.to_be_bytes();
        let key = [&from[..], &roster.page.to_be_bytes()].concat();
        if self.rosters.contains_key(&key)? {
            return Ok(()); // The first logged is the one that is named.
        }
        put(&self.rosters, &key, &row)
    }
}

/// A page of a roster, as the index knows it.
#[derive(Debug, Clone, PartialEq)]
pub struct RosterPage {
    /// Start of the period, Unix ms.
    pub from_ms: u64,
    /// Its number.
    pub page: u32,
    /// The rest.
    pub row: RosterRow,
}

impl Store {
    /// When a record was logged, Unix ms; also of one whose payload is erased.
    ///
    /// # Errors
    /// [`StoreError::Ledger`].
    pub fn time_at(&self, index: u64) -> Result<u64, StoreError> {
        Ok(self.shared.log().stored_record(index)?.time_ms())
    }

    /// Whether a record's payload is erased.
    ///
    /// # Errors
    /// [`StoreError::Ledger`].
    pub fn is_erased(&self, index: u64) -> Result<bool, StoreError> {
        let stored = self.shared.log().stored_record(index)?;
        Ok(stored.whole().is_none())
    }

    /// The first record that was logged at this time or later; the log's size if there is none.
    ///
    /// # Errors
    /// [`StoreError::Ledger`].
    pub fn first_at(&self, time_ms: u64) -> Result<u64, StoreError> {
        let (mut low, mut high) = (0, self.size());
        while low < high {
            let middle = low + (high - low) / 2;
            match self.time_at(middle)? < time_ms {
                true => low = middle + 1,
                false => high = middle,
            }
        }
        Ok(low)
    }

    /// The logged pages of the roster whose period begins at this time.
    ///
    /// # Errors
    /// [`StoreError::Index`].
    pub fn roster(&self, from_ms: u64) -> Result<Vec<RosterPage>, StoreError> {
        let pairs = self.shared.index.rosters.scan_prefix(from_ms.to_be_bytes());
        pairs
            .map(|pair| page(pair.map_err(IndexError::from)?))
            .collect()
    }

    /// The page that is last of all rosters.
    ///
    /// # Errors
    /// [`StoreError::Index`].
    pub fn last_roster(&self) -> Result<Option<RosterPage>, StoreError> {
        let last = self.shared.index.rosters.last().map_err(IndexError::from)?;
        last.map(page).transpose()
    }

    /// The first pages of the rosters whose periods lie between these times, at least in part.
    ///
    /// # Errors
    /// [`StoreError::Index`].
    pub fn rosters(
        &self,
        from_ms: u64,
        until_ms: u64,
        limit: usize,
    ) -> Result<Vec<RosterPage>, StoreError> {
        let tree = &self.shared.index.rosters;
        let before = tree.range(..from_ms.to_be_bytes()).next_back();
        let before = before
            .transpose()
            .map_err(IndexError::from)?
            .map(page)
            .transpose()?;
        let start = before.map_or(from_ms, |before| match before.row.until_ms > from_ms {
            true => before.from_ms,
            false => from_ms,
        });
        let mut found = Vec::new();
        for pair in tree.range(start.to_be_bytes()..until_ms.to_be_bytes()) {
            let page = page(pair.map_err(IndexError::from)?)?;
            if page.page == 0 {
                found.push(page);
            }
            if found.len() > limit {
                break;
            }
        }
        Ok(found)
    }
}

fn page((key, value): (sled::IVec, sled::IVec)) -> Result<RosterPage, StoreError> {
    let (from, page) = key.split_at_checked(8).ok_or(IndexError::Row("rosters"))?;
    let page: [u8; 4] = page.try_into().map_err(|_| IndexError::Row("rosters"))?;
    Ok(RosterPage {
        from_ms: number(from)?,
        page: u32::from_be_bytes(page),
        row: decode_row(&value, "rosters")?,
    })
}
