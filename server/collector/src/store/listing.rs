//! Listings of evidence by time, of one host or of all.

use super::index::{IndexError, digest, number};
use super::rows::EvidenceRow;
use super::{Store, StoreError};
use domicile_proto::types::{Digest, Key};
use std::ops::Range;

/// Length of `time ‖ evidence hash`.
const TIMED: usize = 40;

/// Where a listing by time stands: after this evidence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// The time it is listed under, Unix ms.
    pub at_ms: u64,
    /// Its hash.
    pub id: Digest,
}

/// Some of a listing, and where it goes on.
#[derive(Debug, Clone, PartialEq)]
pub struct Page<T, P> {
    /// Rows.
    pub items: Vec<T>,
    /// Where the next page starts; `None` at the end.
    pub next: Option<P>,
}

/// An earlier session of a key, as far as the index knows it.
#[derive(Debug, Clone, PartialEq)]
pub struct Compared {
    /// Its evidence's hash.
    pub id: Digest,
    /// Its row.
    pub row: EvidenceRow,
}

impl Position {
    fn read(bytes: &[u8]) -> Result<Self, IndexError> {
        let (time, id) = bytes
            .split_at_checked(8)
            .ok_or(IndexError::Row("position"))?;
        Ok(Self {
            at_ms: number(time)?,
            id: digest(id)?,
        })
    }

    fn bytes(&self) -> Vec<u8> {
        [&self.at_ms.to_be_bytes()[..], &self.id.0].concat()
    }
}

impl Store {
    /// Evidence listed in `range` after `after`, oldest first, up to `limit`; of one host or of all.
    ///
    /// # Errors
    /// [`StoreError::Index`].
    pub fn attestations(
        &self,
        host: Option<&Key>,
        range: Range<u64>,
        after: Option<Position>,
        limit: usize,
    ) -> Result<Page<Compared, Position>, StoreError> {
        let start = match after {
            Some(position) if position.at_ms >= range.start => {
                [&position.bytes()[..], &[0]].concat()
            }
            _ => range.start.to_be_bytes().to_vec(),
        };
        let positions = match host {
            Some(host) => self.host_positions(host, &start, range.end, limit + 1)?,
            None => self.day_positions(&start, range.end, limit + 1)?,
        };
        let mut items = Vec::new();
        for position in positions.iter().take(limit) {
            if let Some(row) = self.evidence(&position.id)? {
                items.push(Compared {
                    id: position.id,
                    row,
                });
            }
        }
        let next = (positions.len() > limit).then(|| positions[limit - 1]);
        Ok(Page { items, next })
    }

    fn day_positions(
        &self,
        start: &[u8],
        end_ms: u64,
        limit: usize,
    ) -> Result<Vec<Position>, StoreError> {
        let index = &self.shared.index;
        let start_ms = number(&start[..8])?;
        let end = end_ms.to_be_bytes().to_vec();
        let mut positions = Vec::new();
        for day in index.days() {
            let begins = day.saturating_mul(24 * 3600 * 1000);
            if begins.saturating_add(24 * 3600 * 1000) <= start_ms {
                continue;
            }
            if begins >= end_ms || positions.len() >= limit {
                break;
            }
            if start >= &end[..] {
                break;
            }
            let tree = index.day(begins)?;
            for pair in tree
                .range(start.to_vec()..end.clone())
                .take(limit - positions.len())
            {
                positions.push(Position::read(&pair.map_err(IndexError::from)?.0)?);
            }
        }
        Ok(positions)
    }

    fn host_positions(
        &self,
        host: &Key,
        start: &[u8],
        end_ms: u64,
        limit: usize,
    ) -> Result<Vec<Position>, StoreError> {
        let from = [&host.0[..], start].concat();
        let to = [&host.0[..], &end_ms.to_be_bytes()].concat();
        if from >= to {
            return Ok(Vec::new());
        }
        let mut positions = Vec::new();
        for pair in self.shared.index.by_host.range(from..to).take(limit) {
            let (key, _) = pair.map_err(IndexError::from)?;
            positions.push(Position::read(&key[key.len().saturating_sub(TIMED)..])?);
        }
        Ok(positions)
    }

    /// Up to `most` judged sessions of this key listed within `window_ms` of `at_ms`, the nearest in
    /// time first, without `except`.
    ///
    /// # Errors
    /// [`StoreError::Index`].
    pub fn sessions_near(
        &self,
        host: &Key,
        at_ms: u64,
        window_ms: u64,
        except: &Digest,
        most: usize,
    ) -> Result<Vec<Compared>, StoreError> {
        let from = at_ms.saturating_sub(window_ms).to_be_bytes();
        let to = at_ms
            .saturating_add(window_ms)
            .saturating_add(1)
            .to_be_bytes();
        let middle = [&host.0[..], &at_ms.to_be_bytes()].concat();
        let tree = &self.shared.index.by_host;
        let before = tree
            .range([&host.0[..], &from].concat()..middle.clone())
            .rev();
        let behind = tree.range(middle..[&host.0[..], &to].concat());
        let mut near = Vec::new();
        // One more from each side: `except` may be among them.
        for pair in before.take(most + 1).chain(behind.take(most + 1)) {
            let (key, _) = pair.map_err(IndexError::from)?;
            let position = Position::read(&key[key.len().saturating_sub(TIMED)..])?;
            if position.id != *except {
                near.push(position);
            }
        }
        near.sort_by_key(|position| (position.at_ms.abs_diff(at_ms), position.id));
        near.truncate(most);
        let mut sessions = Vec::new();
        for Position { id, .. } in near {
            if let Some(row) = self.evidence(&id)? {
                sessions.push(Compared { id, row });
            }
        }
        Ok(sessions)
    }
}
