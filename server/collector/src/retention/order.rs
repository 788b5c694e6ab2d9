//! Erasing the raw records of one host, by an order with a legal basis.

use super::RetentionError;
use super::desk::{By, Desk, held_text};
use crate::api::time_text;
use crate::store::{Erased, RecordRow};
use domicile_ledger::Spans;
use domicile_proto::SUBMISSION_WINDOW_MS;
use domicile_proto::types::Key;
use domicile_proto::wire::{ErasureCause, ErasureRecord};

const DAY_MS: u64 = 24 * 3600 * 1000;

/// Erases the raw records of this host. Its enrolment stays, and so do bundles of others.
///
/// # Errors
/// [`RetentionError`]: unknown, held, still reporting, or nothing there.
pub async fn erase(
    desk: &mut Desk,
    host: &Key,
    by: &By,
    progress: &mut dyn FnMut(&'static str, u64, u64),
) -> Result<Erased, RetentionError> {
    let row = desk.store.host(host)?;
    let row = row.ok_or_else(|| RetentionError::UnknownHost(host.to_string()))?;
    if let Some((index, hold)) = desk.hold_on(host, &row)? {
        return Err(RetentionError::Held {
            hold: index,
            held: held_text(&hold),
            since: time_text(hold.at_ms),
            user: hold.user,
            reason: hold.reason,
        });
    }
    let now_ms = desk.clock.now_ms();
    let seen_ms = desk.store.last_seen(host, &row)?.max(row.enrolled_ms);
    let silent_ms = now_ms.saturating_sub(seen_ms);
    if row.withdrawn_ms == 0 && silent_ms <= SUBMISSION_WINDOW_MS {
        return Err(RetentionError::Active {
            host: host.to_string(),
            days: silent_ms / DAY_MS,
            wait: SUBMISSION_WINDOW_MS / DAY_MS,
        });
    }
    let raw = desk.store.raw_of(host)?;
    if raw.is_empty() {
        return Err(RetentionError::Nothing(host.to_string()));
    }
    let mut erasure = record(ErasureCause::Order, by, now_ms);
    name(&mut erasure, vec![*host], &raw);
    desk.erase(&erasure, progress).await
}

/// An erasure that names nothing yet.
pub(super) fn record(cause: ErasureCause, by: &By, at_ms: u64) -> ErasureRecord {
    ErasureRecord {
        cause: cause as i32,
        user: by.user(),
        reason: by.reason(),
        at_ms,
        ..ErasureRecord::default()
    }
}

/// Fills in the records that an erasure names.
pub(super) fn name(erasure: &mut ErasureRecord, mut subjects: Vec<Key>, raw: &[(u64, RecordRow)]) {
    subjects.sort_unstable();
    let mut raw: Vec<_> = raw.iter().collect();
    raw.sort_unstable_by_key(|(index, _)| *index);
    erasure.subjects = subjects.iter().map(|key| key.to_vec()).collect();
    erasure.spans = Spans::of(raw.iter().map(|(index, _)| *index)).encode();
    let evidence = raw.iter().map(|(_, row)| row.evidence.clone());
    erasure.evidence = evidence.filter(|id| !id.is_empty()).collect();
}
