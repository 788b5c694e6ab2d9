//! The registry of customers, sites, licences and devices: the newest version in the log is the one
//! that holds, and every change of it is a record with who and why.

use crate::store::{Store, StoreError};
use domicile_ledger::{Kind, MAX_PAYLOAD};
use domicile_policy::registry::{
    Change, ChangeSet, CsvFiles, Registry, RegistryError, Table, Unexplained, What, put_csv,
    read_csv, read_toml, write_csv, write_toml,
};
use domicile_proto::codec;
use domicile_proto::wire::{RegistryChange, RegistryEdit, RegistryRecord};

/// Largest registry, bytes of TOML: each change logs all of it.
pub const MAX_REGISTRY: usize = 16 * 1024 * 1024;

/// A registry and which version it is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Current {
    /// 0 while there is none.
    pub version: u64,
    /// Where it is logged.
    pub log_index: Option<u64>,
    /// The registry; empty while there is none.
    pub registry: Registry,
}

/// Why a registry was not changed.
#[derive(Debug, thiserror::Error)]
pub enum ChangeError {
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// What was given does not hold together.
    #[error(transparent)]
    Registry(#[from] RegistryError),
    /// Nobody, or no reason.
    #[error(transparent)]
    Unexplained(#[from] Unexplained),
    /// Somebody changed it meanwhile.
    #[error("the registry is at version {found}, not {expected}: read it again, then change it")]
    Stale {
        /// The version that was to be changed.
        expected: u64,
        /// The version that there is.
        found: u64,
    },
    /// Too large to be logged with each change.
    #[error("the registry has {0} bytes as TOML where {MAX_REGISTRY} are allowed")]
    Large(usize),
    /// The version in the log cannot be read by this program.
    #[error("the registry logged at {index} cannot be read: {problem}")]
    Logged {
        /// Its place.
        index: u64,
        /// What is wrong.
        problem: String,
    },
}

impl Current {
    /// The newest version in the log.
    ///
    /// # Errors
    /// [`ChangeError`] when it cannot be read.
    pub fn read(store: &Store) -> Result<Self, ChangeError> {
        let Some((index, row)) = store.last_registry_change()? else {
            return Ok(Self::default());
        };
        let wrong = |problem: String| ChangeError::Logged { index, problem };
        let record = logged(store, index)?;
        let registry = read_toml(&format!("version {}", row.version), &record.registry);
        Ok(Self {
            version: row.version,
            log_index: Some(index),
            registry: registry.map_err(|error| wrong(error.to_string()))?,
        })
    }

    /// This registry with one table replaced by a CSV file.
    ///
    /// # Errors
    /// [`RegistryError`], naming line and column.
    pub fn with_table(&self, table: Table, csv: &[u8]) -> Result<Registry, RegistryError> {
        let mut files = write_csv(&self.registry);
        *file_of(&mut files, table) = csv.to_vec();
        read_csv(&files)
    }

    /// This registry with the rows of a CSV file put into one table.
    ///
    /// # Errors
    /// [`RegistryError`], naming line and column.
    pub fn with_rows(&self, table: Table, csv: &[u8]) -> Result<Registry, RegistryError> {
        put_csv(&self.registry, table, csv)
    }

    /// One table as a CSV file.
    pub fn table(&self, table: Table) -> Vec<u8> {
        std::mem::take(file_of(&mut write_csv(&self.registry), table))
    }

    /// What is to be logged so that `after` follows this version; `None` when nothing changes.
    /// `expected` is the version that the person saw.
    ///
    /// # Errors
    /// [`ChangeError`].
    pub fn change(
        &self,
        after: &Registry,
        expected: Option<u64>,
        by: &By<'_>,
        at_ms: u64,
    ) -> Result<Option<RegistryRecord>, ChangeError> {
        if let Some(expected) = expected.filter(|expected| *expected != self.version) {
            return Err(ChangeError::Stale {
                expected,
                found: self.version,
            });
        }
        let set = ChangeSet::between(&self.registry, after, by.user, by.why, at_ms)?;
        let Some(set) = set else { return Ok(None) };
        let text = write_toml(after);
        if text.len() > MAX_REGISTRY {
            return Err(ChangeError::Large(text.len()));
        }
        Ok(Some(RegistryRecord {
            version: self.version + 1,
            registry: text.into_bytes(),
            changes: set.changes.iter().map(change).collect(),
            user: set.who,
            role: by.role.to_owned(),
            why: set.why,
            at_ms,
        }))
    }
}

/// Who changes the registry, as what, and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct By<'b> {
    /// The person.
    pub user: &'b str,
    /// The person's role; empty for whoever has the machine.
    pub role: &'b str,
    /// Why.
    pub why: &'b str,
}

/// The record of a change.
///
/// # Errors
/// [`ChangeError`].
pub fn logged(store: &Store, index: u64) -> Result<RegistryRecord, ChangeError> {
    let entry = store.read(index)?;
    let wrong = |problem: String| ChangeError::Logged { index, problem };
    if entry.kind != Kind::Registry {
        return Err(wrong(format!("it is a record of kind {}", entry.kind)));
    }
    codec::decode(&entry.payload, MAX_PAYLOAD).map_err(|error| wrong(error.to_string()))
}

/// The table of this name, as the API and the command line write it.
pub fn table_of(name: &str) -> Option<Table> {
    let all = [Table::Customer, Table::Site, Table::Licence, Table::Device];
    all.into_iter().find(|table| table.name() == name)
}

fn file_of(files: &mut CsvFiles, table: Table) -> &mut Vec<u8> {
    match table {
        Table::Customer => &mut files.customers,
        Table::Site => &mut files.sites,
        Table::Licence => &mut files.licences,
        Table::Device => &mut files.devices,
    }
}

fn change(change: &Change) -> RegistryChange {
    let base = RegistryChange {
        table: change.table.name().to_owned(),
        key: change.key.clone(),
        ..RegistryChange::default()
    };
    match &change.what {
        What::Added => RegistryChange {
            edit: RegistryEdit::Added.into(),
            ..base
        },
        What::Removed => RegistryChange {
            edit: RegistryEdit::Removed.into(),
            ..base
        },
        What::Changed {
            field,
            before,
            after,
        } => RegistryChange {
            edit: RegistryEdit::Changed.into(),
            field: field.clone(),
            before: before.clone(),
            after: after.clone(),
            ..base
        },
    }
}
