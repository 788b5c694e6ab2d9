//! Reading the index.

use super::index::{IndexError, decode_row, digest, number, row};
use super::rows::{DocumentRow, EvidenceRow, ForkRow, HostRow, IncidentRow, TokenRow};
use super::{Store, StoreError, apply};
use domicile_certs::x509::Serial;
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
    /// The host with this key.
    ///
    /// # Errors
    /// [`StoreError::Index`], here and below.
    pub fn host(&self, key: &Key) -> Result<Option<HostRow>, StoreError> {
        Ok(self.shared.index.host(key)?)
    }

    /// When the host was last heard of after its enrolment, Unix ms; 0 before the first time.
    ///
    /// # Errors
    /// [`StoreError::Index`].
    pub fn last_seen(&self, key: &Key, row: &HostRow) -> Result<u64, StoreError> {
        Ok(self.shared.index.seen_ms(key)?.max(row.logged_seen_ms))
    }

    /// Notes a contact in the index alone.
    ///
    /// # Errors
    /// [`StoreError::Index`].
    pub fn touch(&self, key: &Key, at_ms: u64) -> Result<(), StoreError> {
        Ok(self.shared.index.touch(key, at_ms)?)
    }

    /// The accepted evidence with this hash.
    ///
    /// # Errors
    /// [`StoreError::Index`].
    pub fn evidence(&self, id: &Digest) -> Result<Option<EvidenceRow>, StoreError> {
        Ok(self.shared.index.evidence(id)?)
    }

    /// The evidence accepted under this nonce of this host.
    ///
    /// # Errors
    /// [`StoreError::Index`].
    pub fn nonce_use(&self, host: &Key, nonce: &[u8]) -> Result<Option<Digest>, StoreError> {
        let (tree, key) = self.shared.index.nonce_place(host, nonce)?;
        let value = tree.get(key).map_err(IndexError::from)?;
        Ok(value.map(|id| digest(&id)).transpose()?)
    }

    /// The first evidence with this epoch and sequence.
    ///
    /// # Errors
    /// [`StoreError::Index`].
    pub fn by_sequence(
        &self,
        host: &Key,
        boot_epoch: &[u8],
        sequence: u64,
    ) -> Result<Option<Digest>, StoreError> {
        let key = apply::sequence_key(host, boot_epoch, sequence);
        let value = self
            .shared
            .index
            .sequences
            .get(key)
            .map_err(IndexError::from)?;
        Ok(value.map(|id| digest(&id)).transpose()?)
    }

    /// The first evidence that continues from `previous`.
    ///
    /// # Errors
    /// [`StoreError::Index`].
    pub fn successor(&self, host: &Key, previous: &[u8]) -> Result<Option<Digest>, StoreError> {
        let key = [&host.0[..], previous].concat();
        let value = self
            .shared
            .index
            .successors
            .get(key)
            .map_err(IndexError::from)?;
        Ok(value.map(|id| digest(&id)).transpose()?)
    }

    /// Enrolments under a token.
    ///
    /// # Errors
    /// [`StoreError::Index`].
    pub fn token_uses(&self, id: &[u8; 16]) -> Result<u32, StoreError> {
        let token: Option<TokenRow> = row(&self.shared.index.tokens, id, "tokens")?;
        Ok(token.map_or(0, |token| token.uses))
    }

    /// Log index of the certificate chain of a leaf.
    ///
    /// # Errors
    /// [`StoreError::Index`].
    pub fn chain(&self, leaf_hash: &Digest) -> Result<Option<u64>, StoreError> {
        let value = self
            .shared
            .index
            .chains
            .get(leaf_hash.0)
            .map_err(IndexError::from)?;
        Ok(value.map(|index| number(&index)).transpose()?)
    }

    /// Serial numbers of all certificates that the host was given.
    ///
    /// # Errors
    /// [`StoreError::Index`].
    pub fn serials(&self, host: &Key) -> Result<Vec<Serial>, StoreError> {
        let mut serials = Vec::new();
        for pair in self.shared.index.serials.scan_prefix(host.0) {
            let (key, _) = pair.map_err(IndexError::from)?;
            let serial = key.get(32..).and_then(|serial| serial.try_into().ok());
            serials.push(Serial(serial.ok_or(IndexError::Row("serials"))?));
        }
        Ok(serials)
    }

    /// Hashes of the other bytes that are logged as forks of this evidence, up to `limit`.
    ///
    /// # Errors
    /// [`StoreError::Index`].
    pub fn forks_of(&self, first: &Digest, limit: usize) -> Result<Vec<Digest>, StoreError> {
        let mut found = Vec::new();
        for pair in self.shared.index.fork_ids.scan_prefix(first.0).take(limit) {
            let (key, _) = pair.map_err(IndexError::from)?;
            found.push(digest(key.get(32..).unwrap_or_default())?);
        }
        Ok(found)
    }

    /// When the collector was last known to be up, Unix ms: as noted in the index, or by the last
    /// record of the log.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn alive_ms(&self) -> Result<u64, StoreError> {
        let noted = self
            .shared
            .index
            .meta
            .get(b"alive")
            .map_err(IndexError::from)?;
        let noted = noted.map_or(Ok(0), |value| number(&value))?;
        let logged = match self.size().checked_sub(1) {
            Some(last) => self.read(last)?.time_ms,
            None => 0,
        };
        Ok(noted.max(logged))
    }

    /// Notes that the collector is up.
    ///
    /// # Errors
    /// [`StoreError::Index`].
    pub fn set_alive(&self, at_ms: u64) -> Result<(), StoreError> {
        let value = at_ms.to_be_bytes();
        self.shared
            .index
            .meta
            .insert(b"alive", &value)
            .map_err(IndexError::from)?;
        Ok(())
    }

    /// Directory versions in the log, ascending.
    ///
    /// # Errors
    /// [`StoreError::Index`].
    pub fn directories(&self) -> Result<Vec<(u64, DocumentRow)>, StoreError> {
        documents(&self.shared.index.directories)
    }

    /// Policies in the log, in the order in which they were logged.
    ///
    /// # Errors
    /// [`StoreError::Index`].
    pub fn policies(&self) -> Result<Vec<(u64, DocumentRow)>, StoreError> {
        documents(&self.shared.index.policies)
    }

    /// Hosts after `after` in the order of their keys, up to `limit`.
    ///
    /// # Errors
    /// [`StoreError::Index`].
    pub fn hosts(
        &self,
        after: Option<Key>,
        limit: usize,
    ) -> Result<Vec<(Key, HostRow)>, StoreError> {
        let start = after.map_or(Vec::new(), |key| [&key.0[..], &[0]].concat());
        let mut hosts = Vec::new();
        for pair in self.shared.index.hosts.range(start..).take(limit) {
            let (key, value) = pair.map_err(IndexError::from)?;
            let key = Key(digest(&key)?.0);
            hosts.push((key, decode_row(&value, "hosts")?));
        }
        Ok(hosts)
    }

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

    /// Incidents of the anchors, in the order of their trust domains.
    ///
    /// # Errors
    /// [`StoreError::Index`].
    pub fn incidents(&self, limit: usize) -> Result<Vec<IncidentRow>, StoreError> {
        let mut rows = Vec::new();
        for pair in self.shared.index.incidents.iter().take(limit) {
            rows.push(decode_row(&pair.map_err(IndexError::from)?.1, "incidents")?);
        }
        Ok(rows)
    }

    /// Forks, oldest first.
    ///
    /// # Errors
    /// [`StoreError::Index`].
    pub fn forks(&self, limit: usize) -> Result<Vec<ForkRow>, StoreError> {
        let mut rows = Vec::new();
        for pair in self.shared.index.forks.iter().take(limit) {
            rows.push(decode_row(&pair.map_err(IndexError::from)?.1, "forks")?);
        }
        Ok(rows)
    }

    /// Forgets the nonces of days that ended before `before_ms`: evidence under them is out of its
    /// submission window. Gives the number of days.
    ///
    /// # Errors
    /// [`StoreError::Index`].
    pub fn drop_nonces(&self, before_ms: u64) -> Result<usize, StoreError> {
        Ok(self.shared.index.drop_nonces(before_ms)?)
    }
}

fn documents(tree: &sled::Tree) -> Result<Vec<(u64, DocumentRow)>, StoreError> {
    let mut rows = Vec::new();
    for pair in tree.iter() {
        let (key, value) = pair.map_err(IndexError::from)?;
        rows.push((number(&key)?, decode_row(&value, "documents")?));
    }
    Ok(rows)
}
