//! Lists of hosts and what is known of them: CSV with a column `host`, and the keys of facts as
//! columns. Empty cells and columns that are left out are unknown.

use crate::facts::Facts;
use crate::judge::{Decision, Judge, Standing, Subject};
use crate::pack::Pack;
use crate::pack::example::WrittenFacts;
use std::io::Read;

/// One line of a list.
#[derive(Debug, Clone, PartialEq)]
pub struct Host {
    /// Where its line begins, bytes.
    pub at: u64,
    /// Its name in the list.
    pub name: String,
    /// What is known of it.
    pub facts: Facts,
}

/// Why a list was refused.
#[derive(Debug, thiserror::Error)]
pub enum HostsError {
    /// It is no CSV, or a cell cannot be read. The text names line and column.
    #[error("{0}")]
    Csv(String),
    /// There is no column `host`.
    #[error("line 1: the column `host` is missing")]
    NoHost,
}

/// Reads a list line by line.
///
/// # Errors
/// [`HostsError`] at once for a head that cannot be, and in place of a line that cannot be read.
pub fn read<'p, R: Read + 'p>(
    from: R,
    packs: &'p [Pack],
) -> Result<impl Iterator<Item = Result<Host, HostsError>> + 'p, HostsError> {
    let mut reader = csv::Reader::from_reader(from);
    let headers = reader
        .headers()
        .map_err(|error| HostsError::Csv(error.to_string()))?;
    let at = headers
        .iter()
        .position(|name| name == "host")
        .ok_or(HostsError::NoHost)?;
    let rest = without(headers, at);
    Ok(reader.into_records().map(move |record| {
        let record = record.map_err(|error| HostsError::Csv(error.to_string()))?;
        let line = record.position().map_or(0, csv::Position::line);
        let byte = record.position().map_or(0, csv::Position::byte);
        let wrong = |problem: String| HostsError::Csv(format!("line {line}: {problem}"));
        let written: WrittenFacts = without(&record, at)
            .deserialize(Some(&rest))
            .map_err(|error| wrong(error.to_string()))?;
        Ok(Host {
            at: byte,
            name: record.get(at).unwrap_or_default().to_owned(),
            facts: written
                .facts(packs)
                .map_err(|error| wrong(error.to_string()))?,
        })
    }))
}

fn without(record: &csv::StringRecord, column: usize) -> csv::StringRecord {
    let cells = record.iter().enumerate();
    cells
        .filter(|(at, _)| *at != column)
        .map(|(_, cell)| cell)
        .collect()
}

/// A subject whose answer is another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changed<'j> {
    /// Whose rules.
    pub subject: &'j Subject,
    /// What they said; `None` when no rule applied.
    pub before: Option<Standing>,
    /// What they say.
    pub after: Option<Standing>,
}

/// What two judges answer differently.
pub fn difference<'j>(before: &'j Judge, after: &'j Judge, facts: &Facts) -> Vec<Changed<'j>> {
    compare(
        (before, &before.decide(facts)),
        (after, &after.decide(facts)),
    )
}

/// What two decisions about the same facts say differently, each with the judge that made it.
pub fn compare<'j>(
    (before, old): (&'j Judge, &Decision),
    (after, new): (&'j Judge, &Decision),
) -> Vec<Changed<'j>> {
    let mut changed: Vec<Changed<'j>> = old
        .iter(before)
        .map(|(subject, standing)| Changed {
            subject,
            before: Some(standing),
            after: None,
        })
        .collect();
    for (subject, standing) in new.iter(after) {
        match changed.iter_mut().find(|one| one.subject == subject) {
            Some(one) => one.after = Some(standing),
            None => changed.push(Changed {
                subject,
                before: None,
                after: Some(standing),
            }),
        }
    }
    changed.retain(|one| one.before != one.after);
    changed.sort_by_key(|one| one.subject);
    changed
}
