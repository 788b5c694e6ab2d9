//! Where alerts come from.

use super::Alert;
use super::alert::Change;
use crate::store::{Store, Told};
use domicile_diversion::cases::{Entry, Role};
use domicile_diversion::flags::{Code, Severity};
use domicile_ledger::Kind;
use domicile_proto::codec;
use domicile_proto::wire::CaseRecord;

/// Longest record that is read, bytes.
const MAX_RECORD: usize = 2 * 1024 * 1024;

/// The alerts of a log, in its order.
pub trait Source: Send + Sync + 'static {
    /// The first alert at this log index or behind it.
    ///
    /// # Errors
    /// Why it cannot be read.
    fn next(&self, from: u64) -> Result<Option<Alert>, String>;
}

impl<F> Source for F
where
    F: Fn(u64) -> Result<Option<Alert>, String> + Send + Sync + 'static,
{
    fn next(&self, from: u64) -> Result<Option<Alert>, String> {
        self(from)
    }
}

/// The collector's own log.
pub(super) struct LogSource(pub(super) Store);

impl Source for LogSource {
    fn next(&self, mut from: u64) -> Result<Option<Alert>, String> {
        loop {
            let told = self.0.next_told(from).map_err(|error| error.to_string())?;
            let Some(told) = told else {
                return Ok(None);
            };
            let entry = self.0.read(told.index).map_err(|error| error.to_string())?;
            let change = match told.kind {
                Kind::Case => case(&entry.payload),
                _ => flag(&self.0, told),
            };
            let index = told.index;
            match change {
                Ok(change) => {
                    return Ok(Some(Alert {
                        index,
                        at_ms: entry.time_ms,
                        change,
                    }));
                }
                // The index has read it before: a record of a version that knew more.
                Err(problem) => tracing::error!(index, problem, "a record makes no alert"),
            }
            from = index + 1;
        }
    }
}

fn flag(store: &Store, told: Told) -> Result<Change, String> {
    let row = store.flag(told.id).map_err(|error| error.to_string())?;
    let row = row.ok_or("its flag is not in the index")?;
    Ok(Change::Flag {
        is_raised: told.id == told.index,
        id: told.id.to_string(),
        code: Code::of_name(&row.code).ok_or_else(|| format!("flag {:?}", row.code))?,
        severity: Severity::of_name(&row.severity)
            .ok_or_else(|| format!("severity {:?}", row.severity))?,
        subject: row.subject,
    })
}

fn case(payload: &[u8]) -> Result<Change, String> {
    let record: CaseRecord =
        codec::decode(payload, MAX_RECORD).map_err(|error| error.to_string())?;
    let entry = Entry::read(&record).map_err(|error| error.to_string())?;
    Ok(match entry {
        Entry::Opening(opening) => Change::CaseOpened {
            number: opening.number,
            is_contest: opening.by.role == Role::Operator,
        },
        Entry::Step { number, step } => Change::CaseStep {
            number,
            version: step.version.saturating_add(1),
            verb: step.action.verb(),
        },
    })
}
