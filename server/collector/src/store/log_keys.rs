//! The statements about the log's key: which of them the log holds, and the next.

use super::apply::Logged;
use super::index::{Index, IndexError, number};
use super::{Store, StoreError};
use domicile_ledger::witness::{KeyUse, VerifierKey};
use domicile_ledger::{Kind, Log, LogKeyRecord, LogKeyStatement, LogKeyStep, LogKeys, View};
use domicile_proto::sign::SigningKey;

impl Index {
    pub(super) fn apply_log_key(&self, record: &Logged<'_>) -> Result<(), IndexError> {
        self.log_keys.insert(record.index.to_be_bytes(), &[])?;
        Ok(())
    }
}

/// Refuses a key that the log's own statements do not say is in force: a new one comes in by a rotation
/// alone. A log without statements takes any key that it was signed by so far.
pub(super) fn check(log: &Log, index: &Index, key: &SigningKey) -> Result<(), StoreError> {
    let given = named(log.origin(), key);
    let records = read(log, index)?;
    let Some(last) = records.last().map(|record| record.statement.clone()) else {
        return Ok(());
    };
    if last.step == LogKeyStep::Retirement {
        return Err(StoreError::Retired(last.index));
    }
    if last.key != given {
        let (given, in_force) = (Box::new(given), Box::new(last.key));
        return Err(StoreError::OtherKey { given, in_force });
    }
    LogKeys::new(given, records)?;
    Ok(())
}

fn read(log: &View, index: &Index) -> Result<Vec<LogKeyRecord>, StoreError> {
    let mut records = Vec::new();
    for pair in index.log_keys.iter() {
        let (key, _) = pair.map_err(IndexError::from)?;
        let entry = log.read(number(&key)?)?;
        let (at, time_ms) = (entry.index, entry.time_ms);
        records.push(LogKeyRecord::open(at, time_ms, entry.salt, &entry.payload)?);
    }
    Ok(records)
}

fn named(origin: &str, key: &SigningKey) -> VerifierKey {
    VerifierKey {
        name: origin.to_owned(),
        usage: KeyUse::Log,
        public: key.public().0,
    }
}

impl Store {
    /// The keys of this log, as its statements say. `key` signs it now.
    ///
    /// # Errors
    /// [`StoreError::LogKeys`], [`StoreError::Index`].
    pub fn log_keys(&self, key: &SigningKey) -> Result<LogKeys, StoreError> {
        let log = self.shared.log();
        let given = named(log.origin(), key);
        Ok(LogKeys::new(given, read(&log, &self.shared.index)?)?)
    }

    /// Logs the statement that `make` gives for the next record: its index, and the root before it.
    /// Nothing else may be logging.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn state_log_key(
        &self,
        make: impl FnOnce(&str, u64, [u8; 32]) -> LogKeyStatement,
    ) -> Result<LogKeyStatement, StoreError> {
        let (origin, index) = (self.origin(), self.size());
        let statement = make(&origin, index, self.root_at(index)?);
        let payload = statement.note.clone().into_bytes();
        let logged = self.commit(vec![(Kind::LogKey, payload)]).await?;
        match logged.records.first().map(|place| place.index) {
            Some(place) if place == index => Ok(statement),
            place => {
                let cause = format!(
                    "something was logged beside a statement for record {index}: {place:?}"
                );
                self.close(cause.clone());
                Err(StoreError::Closed(cause))
            }
        }
    }
}
