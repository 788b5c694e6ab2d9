//! The registry, declarations and outages in the index.

use super::apply::Logged;
use super::desk_rows::{DeclarationRow, OutageRow, RegistryRow};
use super::index::{Index, IndexError, decode_row, number, put};
use super::{Store, StoreError};
use domicile_ledger::MAX_PAYLOAD;
use domicile_proto::codec;
use domicile_proto::types::Key;
use domicile_proto::wire::{DeclarationRecord, OutageRecord, RegistryRecord};

impl Index {
    pub(super) fn apply_registry(&self, record: &Logged<'_>) -> Result<(), IndexError> {
        let logged: RegistryRecord =
            codec::decode(record.payload, MAX_PAYLOAD).map_err(|error| record.problem(&error))?;
        let row = RegistryRow {
            version: logged.version,
            user: logged.user,
            role: logged.role,
            why: logged.why,
            at_ms: logged.at_ms,
            changes: logged.changes.len() as u64,
        };
        put(&self.registries, &record.index.to_be_bytes(), &row)
    }

    pub(super) fn apply_declaration(&self, record: &Logged<'_>) -> Result<(), IndexError> {
        let logged: DeclarationRecord = record.decode()?;
        let host = record.key(&logged.agent_key)?;
        self.note(record, &host, None)?;
        let row = DeclarationRow {
            state: logged.state,
            from_ms: logged.from_ms,
            until_ms: logged.until_ms,
            why: logged.why,
            user: logged.user,
            role: logged.role,
            at_ms: record.time_ms,
        };
        let key = [&host.0[..], &record.index.to_be_bytes()].concat();
        put(&self.declarations, &key, &row)
    }

    pub(super) fn apply_outage(&self, record: &Logged<'_>) -> Result<(), IndexError> {
        let logged: OutageRecord = record.decode()?;
        let row = OutageRow {
            from_ms: logged.from_ms,
            until_ms: logged.until_ms,
            liveness_every_ms: logged.liveness_every_ms,
        };
        put(&self.outages, &record.index.to_be_bytes(), &row)
    }
}

impl Store {
    /// Up to `limit` changes of the registry after this one, in the order of the log.
    ///
    /// # Errors
    /// [`StoreError::Index`], here and below.
    pub fn registry_changes(
        &self,
        after: Option<u64>,
        limit: usize,
    ) -> Result<Vec<(u64, RegistryRow)>, StoreError> {
        let start = after.map_or(0, |index| index.saturating_add(1));
        let tree = &self.shared.index.registries;
        let pairs = tree.range(start.to_be_bytes()..).take(limit);
        pairs.map(|pair| numbered(pair, "registries")).collect()
    }

    /// The newest change of the registry.
    ///
    /// # Errors
    /// [`StoreError::Index`].
    pub fn last_registry_change(&self) -> Result<Option<(u64, RegistryRow)>, StoreError> {
        let last = self.shared.index.registries.last().transpose();
        last.map(|pair| numbered(pair, "registries")).transpose()
    }

    /// What was declared of a host, in the order of the log.
    ///
    /// # Errors
    /// [`StoreError::Index`].
    pub fn declarations(&self, host: &Key) -> Result<Vec<(u64, DeclarationRow)>, StoreError> {
        let pairs = self.shared.index.declarations.scan_prefix(host.0);
        pairs
            .map(|pair| {
                let (key, value) = pair.map_err(IndexError::from)?;
                let index = number(key.get(32..).unwrap_or_default())?;
                Ok((index, decode_row(&value, "declarations")?))
            })
            .collect()
    }

    /// The newest record of an outage.
    ///
    /// # Errors
    /// [`StoreError::Index`].
    pub fn last_outage(&self) -> Result<Option<(u64, OutageRow)>, StoreError> {
        let last = self.shared.index.outages.last().transpose();
        last.map(|pair| numbered(pair, "outages")).transpose()
    }
}

fn numbered<R: prost::Message + Default>(
    pair: sled::Result<(sled::IVec, sled::IVec)>,
    tree: &'static str,
) -> Result<(u64, R), StoreError> {
    let (key, value) = pair.map_err(IndexError::from)?;
    Ok((number(&key)?, decode_row(&value, tree)?))
}
