//! What changed between two registries, who changed it, and why.

use super::Registry;
use super::rows::{Row, Table};
use serde::Serialize;
use std::collections::BTreeMap;

/// What happened to one cell or row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "what")]
pub enum What {
    /// The row is new.
    Added,
    /// The row is gone.
    Removed,
    /// A cell reads otherwise.
    Changed {
        /// The key or column.
        field: String,
        /// What it read, as CSV writes it.
        before: String,
        /// What it reads.
        after: String,
    },
}

/// One change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Change {
    /// The table.
    pub table: Table,
    /// The row's key.
    pub key: String,
    /// What happened to it.
    #[serde(flatten)]
    pub what: What,
}

/// Changes made together: an entry of the change log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ChangeSet {
    /// Who made them.
    pub who: String,
    /// Why.
    pub why: String,
    /// When, Unix milliseconds.
    pub when_ms: u64,
    /// What changed, by table and key.
    pub changes: Vec<Change>,
}

/// The entry without which a change is not logged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a change to the registry needs to say {0}")]
pub struct Unexplained(&'static str);

impl ChangeSet {
    /// The entry for going from one registry to another; `None` when they are the same.
    ///
    /// # Errors
    /// [`Unexplained`] when `who` or `why` is empty.
    pub fn between(
        before: &Registry,
        after: &Registry,
        who: &str,
        why: &str,
        when_ms: u64,
    ) -> Result<Option<Self>, Unexplained> {
        for (text, missing) in [(who, "who makes it"), (why, "why it is made")] {
            if text.trim().is_empty() {
                return Err(Unexplained(missing));
            }
        }
        let changes = changes(before, after);
        Ok((!changes.is_empty()).then(|| Self {
            who: who.to_owned(),
            why: why.to_owned(),
            when_ms,
            changes,
        }))
    }
}

/// Everything that is different, by table and key.
pub fn changes(before: &Registry, after: &Registry) -> Vec<Change> {
    let mut changes = Vec::new();
    compare(&before.customers, &after.customers, &mut changes);
    compare(&before.sites, &after.sites, &mut changes);
    compare(&before.licences, &after.licences, &mut changes);
    compare(&before.devices, &after.devices, &mut changes);
    changes
}

fn compare<T: Row>(
    before: &BTreeMap<String, T>,
    after: &BTreeMap<String, T>,
    changes: &mut Vec<Change>,
) {
    let first = changes.len();
    let mut push = |key: &str, what| {
        changes.push(Change {
            table: T::TABLE,
            key: key.to_owned(),
            what,
        });
    };
    for (key, old) in before {
        let Some(new) = after.get(key) else {
            push(key, What::Removed);
            continue;
        };
        let cells = old.cells().into_iter().zip(new.cells());
        for (field, (before, after)) in T::COLUMNS.iter().zip(cells) {
            if before != after {
                let field = (*field).to_owned();
                push(
                    key,
                    What::Changed {
                        field,
                        before,
                        after,
                    },
                );
            }
        }
    }
    for key in after.keys().filter(|key| !before.contains_key(*key)) {
        push(key, What::Added);
    }
    changes[first..].sort_by(|a, b| a.key.cmp(&b.key));
}
