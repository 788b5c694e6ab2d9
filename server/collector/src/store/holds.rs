//! Legal holds in the index.

use super::apply::Logged;
use super::index::{Index, IndexError, decode_row, number, put, row};
use super::rows::{HoldRow, HostRow};
use super::{Store, StoreError};
use domicile_proto::types::Key;
use domicile_proto::wire::{HoldScope, LegalHoldRecord};

impl Index {
    pub(super) fn apply_hold(&self, record: &Logged<'_>) -> Result<(), IndexError> {
        let logged: LegalHoldRecord = record.decode()?;
        let Some(lifts) = logged.lifts else {
            let row = HoldRow {
                scope: logged.scope,
                held: logged.held,
                user: logged.user,
                reason: logged.reason,
                at_ms: logged.at_ms,
                lifted_by: None,
            };
            return put(&self.holds, &record.index.to_be_bytes(), &row);
        };
        let key = lifts.to_be_bytes();
        if let Some(mut hold) = row::<HoldRow>(&self.holds, &key, "holds")? {
            hold.lifted_by = hold.lifted_by.or(Some(record.index));
            put(&self.holds, &key, &hold)?;
        }
        Ok(())
    }
}

impl HoldRow {
    /// Whether it stands and holds the records of this host.
    pub fn holds(&self, key: &Key, host: &HostRow) -> bool {
        let held = match self.scope() {
            HoldScope::Host => key.to_string() == self.held,
            HoldScope::Customer => host.customer == self.held,
            HoldScope::Licence => host.licence == self.held,
            HoldScope::Unspecified => false,
        };
        held && self.lifted_by.is_none()
    }
}

impl Store {
    /// The legal holds, in the order of the log, those that were lifted too.
    ///
    /// # Errors
    /// [`StoreError::Index`].
    pub fn holds(&self) -> Result<Vec<(u64, HoldRow)>, StoreError> {
        let mut found = Vec::new();
        for pair in self.shared.index.holds.iter() {
            let (key, value) = pair.map_err(IndexError::from)?;
            found.push((number(&key)?, decode_row(&value, "holds")?));
        }
        Ok(found)
    }
}
