//! Dropping what is older than records are kept, in whole days.

use super::RetentionError;
use super::desk::{By, Desk};
use super::order::{name, record};
use crate::store::{Erased, HostRow, RecordRow};
use domicile_ledger::Kind;
use domicile_proto::types::Key;
use domicile_proto::wire::ErasureCause;
use std::time::Duration;

const DAY_MS: u64 = 24 * 3600 * 1000;

/// Records named by one erasure, about: it is one record of the log, and is read whole.
const MOST: usize = 100_000;

/// What is due.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Due {
    /// Everything logged before this is old, Unix time, ms: the start of a day.
    pub before_ms: u64,
    /// Hosts and anchors with the records of theirs that are to go.
    pub subjects: Vec<(Key, Vec<(u64, RecordRow)>)>,
    /// Hosts whose records would go were they not held, with the log index of the hold.
    pub held: Vec<(Key, u64)>,
}

impl Due {
    /// Number of records.
    pub fn records(&self) -> usize {
        self.subjects.iter().map(|(_, raw)| raw.len()).sum()
    }
}

/// Finds what is older than `keep`.
///
/// # Errors
/// [`RetentionError::Store`].
pub fn due(desk: &Desk, keep: Duration) -> Result<Due, RetentionError> {
    let keep_ms = u64::try_from(keep.as_millis()).unwrap_or(u64::MAX);
    let before_ms = desk.clock.now_ms().saturating_sub(keep_ms) / DAY_MS * DAY_MS;
    let mut due = Due {
        before_ms,
        ..Due::default()
    };
    let mut subject = desk.store.next_subject(None)?;
    while let Some(key) = subject {
        subject = desk.store.next_subject(Some(&key))?;
        let raw = desk.store.raw_of(&key)?;
        let old = match desk.store.host(&key)? {
            None => of_anchor(raw, before_ms),
            Some(host) => {
                let old = of_host(desk, &key, &host, raw, before_ms)?;
                match desk.hold_on(&key, &host)? {
                    Some((hold, _)) if !old.is_empty() => {
                        due.held.push((key, hold));
                        continue;
                    }
                    _ => old,
                }
            }
        };
        if !old.is_empty() {
            due.subjects.push((key, old));
        }
    }
    Ok(due)
}

/// All of a host's, once its last event is old: then nothing that is kept was compared with them.
fn of_host(
    desk: &Desk,
    key: &Key,
    host: &HostRow,
    raw: Vec<(u64, RecordRow)>,
    before_ms: u64,
) -> Result<Vec<(u64, RecordRow)>, RetentionError> {
    let logged = raw.iter().map(|(_, row)| row.time_ms).max();
    let last_ms = [
        host.enrolled_ms,
        host.withdrawn_ms,
        desk.store.last_seen(key, host)?,
        logged.unwrap_or(0),
    ];
    let is_old = last_ms.iter().all(|ms| *ms < before_ms);
    Ok(if is_old { raw } else { Vec::new() })
}

/// Each mesh report by its own age.
fn of_anchor(mut raw: Vec<(u64, RecordRow)>, before_ms: u64) -> Vec<(u64, RecordRow)> {
    raw.retain(|(_, row)| row.kind == u32::from(Kind::Mesh as u8) && row.time_ms < before_ms);
    raw
}

/// Drops what is due. Each erasure is logged by itself, before it is carried out.
///
/// # Errors
/// [`RetentionError::Store`]; what was logged until then is finished at the next opening.
pub async fn drop_due(
    desk: &mut Desk,
    due: &Due,
    keep: Duration,
    by: &By,
    progress: &mut dyn FnMut(&'static str, u64, u64),
) -> Result<Vec<Erased>, RetentionError> {
    let mut done = Vec::new();
    let mut rest = due.subjects.as_slice();
    while !rest.is_empty() {
        let (mut subjects, mut raw) = (Vec::new(), Vec::new());
        while let Some(((key, records), after)) = rest.split_first() {
            if !subjects.is_empty() && raw.len() + records.len() > MOST {
                break;
            }
            subjects.push(*key);
            raw.extend_from_slice(records);
            rest = after;
        }
        let mut erasure = record(ErasureCause::Retention, by, desk.clock.now_ms());
        erasure.keep_ms = u64::try_from(keep.as_millis()).unwrap_or(u64::MAX);
        name(&mut erasure, subjects, &raw);
        done.push(desk.erase(&erasure, progress).await?);
    }
    Ok(done)
}
