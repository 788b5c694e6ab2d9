//! Flags in the index: open ones and past ones, from the flag records of the log.

use super::apply::Logged;
use super::desk_rows::FlagRow;
use super::index::{Index, IndexError, decode_row, number, put, row};
use super::{Store, StoreError};
use domicile_ledger::Stored;
use domicile_proto::types::Key;
use domicile_proto::wire::{FlagChange, FlagRecord};

impl Index {
    pub(super) fn apply_flag(&self, record: &Logged<'_>) -> Result<(), IndexError> {
        let logged: FlagRecord = record.decode()?;
        let place = record.index.to_be_bytes();
        let cause = [
            &logged.cause_index.to_be_bytes()[..],
            &logged.number.to_be_bytes(),
        ];
        self.flag_changes.insert(place, cause.concat())?;
        match logged.change() {
            FlagChange::Raised => self.raise(record, &logged),
            FlagChange::Cleared => self.clear(record, &logged),
            FlagChange::Suppressed | FlagChange::Unspecified => Ok(()),
        }
    }

    fn raise(&self, record: &Logged<'_>, logged: &FlagRecord) -> Result<(), IndexError> {
        let place = record.index.to_be_bytes();
        let held: Option<FlagRow> = row(&self.flags, &place, "flags")?;
        if held.is_some_and(|held| held.cleared_index.is_some()) {
            return Ok(()); // Applied before, as was what cleared it.
        }
        let row = FlagRow {
            code: logged.code.clone(),
            subject: logged.subject.clone(),
            ground: logged.ground.clone(),
            severity: logged.severity.clone(),
            since_ms: logged.since_ms,
            raised_ms: logged.at_ms,
            logged_ms: record.time_ms,
            signs: logged.signs,
            evidence: logged.evidence.clone(),
            hosts: logged.hosts.clone(),
            cause_index: logged.cause_index,
            ..FlagRow::default()
        };
        put(&self.flags, &place, &row)?;
        self.open_flags.insert(open_key(logged), &place)?;
        for host in &logged.hosts {
            let host = record.key(host)?;
            self.flags_of_hosts
                .insert([&host.0[..], &place].concat(), &[])?;
        }
        Ok(())
    }

    fn clear(&self, record: &Logged<'_>, logged: &FlagRecord) -> Result<(), IndexError> {
        let Some(place) = self.open_flags.get(open_key(logged))? else {
            return Ok(());
        };
        if number(&place)? > record.index {
            return Ok(()); // Applied before, and raised again since.
        }
        let Some(mut row): Option<FlagRow> = row(&self.flags, &place, "flags")? else {
            return Err(IndexError::Row("open-flags"));
        };
        row.cleared_index = Some(record.index);
        row.cleared_ms = logged.at_ms;
        row.end = logged.end;
        row.explained_by.clone_from(&logged.explained_by);
        put(&self.flags, &place, &row)?;
        self.open_flags.remove(open_key(logged))?;
        Ok(())
    }
}

pub(super) fn open_key(logged: &FlagRecord) -> Vec<u8> {
    [logged.code.as_bytes(), &[0], logged.subject.as_bytes()].concat()
}

/// Which changes of flags are in the log: all up to this one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct ChangePlace {
    /// The record at which the flag changed.
    pub(crate) cause_index: u64,
    /// Among the changes there, from 0.
    pub(crate) number: u32,
}

impl Store {
    /// The flag that the record with this index raised.
    ///
    /// # Errors
    /// [`StoreError::Index`], here and below.
    pub fn flag(&self, id: u64) -> Result<Option<FlagRow>, StoreError> {
        Ok(row(&self.shared.index.flags, &id.to_be_bytes(), "flags")?)
    }

    /// Up to `limit` flags after this one, in the order in which they were raised.
    ///
    /// # Errors
    /// [`StoreError::Index`].
    pub fn flags(
        &self,
        after: Option<u64>,
        limit: usize,
    ) -> Result<Vec<(u64, FlagRow)>, StoreError> {
        let tree = &self.shared.index.flags;
        let pairs = tree.range(next(after).to_be_bytes()..).take(limit);
        pairs
            .map(|pair| {
                let (key, value) = pair.map_err(IndexError::from)?;
                Ok((number(&key)?, decode_row(&value, "flags")?))
            })
            .collect()
    }

    /// Up to `limit` flags after this one that name a host.
    ///
    /// # Errors
    /// [`StoreError::Index`].
    pub fn flags_of(
        &self,
        host: &Key,
        after: Option<u64>,
        limit: usize,
    ) -> Result<Vec<(u64, FlagRow)>, StoreError> {
        let index = &self.shared.index;
        let end = [&host.0[..], &[0xff; 8]].concat();
        let start = [&host.0[..], &next(after).to_be_bytes()].concat();
        let mut found = Vec::new();
        for key in index.flags_of_hosts.range(start..end).keys().take(limit) {
            let key = key.map_err(IndexError::from)?;
            let id = number(key.get(32..).unwrap_or_default())?;
            let flag = self.flag(id)?.ok_or(IndexError::Row("flags-of-hosts"))?;
            found.push((id, flag));
        }
        Ok(found)
    }

    /// Up to `limit` flags that are open after this one, in the order of code and subject; the key of
    /// each leads to the next.
    ///
    /// # Errors
    /// [`StoreError::Index`].
    pub fn open_flags(
        &self,
        after: Option<&[u8]>,
        limit: usize,
    ) -> Result<Vec<(Vec<u8>, u64, FlagRow)>, StoreError> {
        let start = after.map_or(Vec::new(), |key| [key, &[0]].concat());
        let mut found = Vec::new();
        for pair in self.shared.index.open_flags.range(start..).take(limit) {
            let (key, value) = pair.map_err(IndexError::from)?;
            let id = number(&value)?;
            let flag = self.flag(id)?.ok_or(IndexError::Row("open-flags"))?;
            found.push((key.to_vec(), id, flag));
        }
        Ok(found)
    }

    /// Log indices of up to `limit` flag records after this one: what changed, in its order. Whoever
    /// keeps the last that it saw misses none.
    ///
    /// # Errors
    /// [`StoreError::Index`].
    pub fn flag_changes(&self, after: Option<u64>, limit: usize) -> Result<Vec<u64>, StoreError> {
        let tree = &self.shared.index.flag_changes;
        let keys = tree.range(next(after).to_be_bytes()..).keys().take(limit);
        keys.map(|key| Ok(number(&key.map_err(IndexError::from)?)?))
            .collect()
    }

    /// The last change of a flag that is in the log.
    ///
    /// # Errors
    /// [`StoreError::Index`].
    pub(crate) fn last_flag_change(&self) -> Result<Option<ChangePlace>, StoreError> {
        let last = self.shared.index.flag_changes.last();
        let Some((_, value)) = last.map_err(IndexError::from)? else {
            return Ok(None);
        };
        let damaged = || IndexError::Row("flag-changes");
        let (cause, place) = value.split_at_checked(8).ok_or_else(damaged)?;
        Ok(Some(ChangePlace {
            cause_index: number(cause)?,
            number: u32::from_be_bytes(place.try_into().map_err(|_| damaged())?),
        }))
    }

    /// A record as it is stored: whole, or what is left of it after its erasure.
    ///
    /// # Errors
    /// [`StoreError::Ledger`].
    pub fn stored(&self, index: u64) -> Result<Stored, StoreError> {
        Ok(self.shared.log().stored_record(index)?)
    }

    /// The leaf hash of a record.
    ///
    /// # Errors
    /// [`StoreError::Ledger`].
    pub fn leaf_hash(&self, index: u64) -> Result<[u8; 32], StoreError> {
        Ok(self.shared.log().leaf_hash(index)?)
    }
}

/// The least index after this one.
fn next(after: Option<u64>) -> u64 {
    after.map_or(0, |index| index.saturating_add(1))
}
