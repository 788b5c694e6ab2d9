//! Rosters: when a period is over, who was enrolled in it and what of each host is in the log.
//!
//! A roster follows from the log alone, so that it comes out the same whenever it is made: right after
//! midnight, after days of downtime, or again after a crash between two of its pages. What counts as a
//! period's are the records whose leaves carry a time in it: from where the roster before ended to the
//! first record of a later time.

use crate::service::Service;
use crate::store::{HostRow, Store, StoreError};
use domicile_ledger::Kind;
use domicile_ledger::roster::slot;
use domicile_proto::codec;
use domicile_proto::sign::Domain;
use domicile_proto::types::Key;
use domicile_proto::wire::{Roster, RosterCounts, RosterRow, RosterStanding};
use std::time::Duration;

/// Rows on a page.
const PAGE: usize = 1024;

/// Hosts read at a time.
const CHUNK: usize = 1024;

/// A day is over a minute after its end: no append under way can still get a time in it. Shorter
/// periods are for trials, and are over sooner.
fn grace_ms(period_ms: u64) -> u64 {
    (period_ms / 1440).clamp(1000, 60_000)
}

/// Periods made up for in one go; the next look goes on from there.
const AT_ONCE: usize = 64;

/// A period and its records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Span {
    from_ms: u64,
    until_ms: u64,
    first: u64,
    end: u64,
}

impl Service {
    /// Logs the roster of every period that is over and has none. Gives the number of pages logged.
    pub(crate) async fn log_rosters(&self, period: Duration) -> Result<usize, StoreError> {
        let period_ms = u64::try_from(period.as_millis()).unwrap_or(u64::MAX).max(1);
        let mut logged = 0;
        for _ in 0..AT_ONCE {
            let due = tokio::task::block_in_place(|| self.due(period_ms))?;
            let Some(span) = due else { break };
            let pages = tokio::task::block_in_place(|| pages(&self.store, span))?;
            let there = self.store.roster(span.from_ms)?.len();
            for page in pages.into_iter().skip(there) {
                let signed = self.key.sign(Domain::Roster, codec::encode(&page));
                let committed = self
                    .store
                    .commit(vec![(Kind::Roster, codec::encode(&signed))])
                    .await?;
                if committed.time_ms < span.until_ms {
                    tracing::error!("the clock stepped back into a period whose roster is made");
                }
                logged += 1;
            }
            tracing::info!(
                from_ms = span.from_ms,
                until_ms = span.until_ms,
                records = span.end - span.first,
                "roster logged"
            );
        }
        Ok(logged)
    }

    /// The first period that is over and whose roster is not whole.
    fn due(&self, period_ms: u64) -> Result<Option<Span>, StoreError> {
        let store = &self.store;
        let grace_ms = grace_ms(period_ms);
        let over = |until_ms: u64| self.clock.now_ms() >= until_ms.saturating_add(grace_ms);
        let (from_ms, first) = match store.last_roster()? {
            // A crash stopped between its pages.
            Some(last) if last.page + 1 < last.row.pages => {
                return Ok(Some(Span {
                    from_ms: last.from_ms,
                    until_ms: last.row.until_ms,
                    first: last.row.first_index,
                    end: last.row.end_index,
                }));
            }
            Some(last) => (last.row.until_ms, last.row.end_index),
            None if store.size() == 0 => return Ok(None),
            None => {
                let begun_ms = store.time_at(0)?;
                (begun_ms - begun_ms % period_ms, 0)
            }
        };
        let until_ms = (from_ms / period_ms + 1).saturating_mul(period_ms);
        if !over(until_ms) {
            return Ok(None);
        }
        let end = store.first_at(until_ms)?;
        Ok(Some(Span {
            from_ms,
            until_ms,
            first,
            end,
        }))
    }
}

/// All pages of a roster; at least one, though nobody be enrolled.
fn pages(store: &Store, span: Span) -> Result<Vec<Roster>, StoreError> {
    let rows = rows(store, span)?;
    let mut totals = RosterCounts::default();
    for counts in rows.iter().filter_map(|row| row.counts.as_ref()) {
        add(&mut totals, counts);
    }
    let count = u32::try_from(rows.len().div_ceil(PAGE).max(1)).unwrap_or(u32::MAX);
    let mut rows = rows.into_iter();
    let mut after = Vec::new();
    let mut pages = Vec::new();
    for page in 0..count {
        let rows: Vec<RosterRow> = rows.by_ref().take(PAGE).collect();
        let last = rows.last().map_or(Vec::new(), |row| row.agent_key.clone());
        pages.push(Roster {
            from_ms: span.from_ms,
            until_ms: span.until_ms,
            first_index: span.first,
            end_index: span.end,
            page,
            pages: count,
            after: std::mem::replace(&mut after, last),
            rows,
            totals: Some(totals),
        });
    }
    Ok(pages)
}

fn rows(store: &Store, span: Span) -> Result<Vec<RosterRow>, StoreError> {
    let mut rows = Vec::new();
    let mut after = None;
    loop {
        let hosts = store.hosts(after, CHUNK)?;
        let is_last = hosts.len() < CHUNK;
        for (key, host) in hosts {
            after = Some(key);
            rows.extend(row(store, span, &key, &host)?);
        }
        if is_last {
            return Ok(rows);
        }
    }
}

/// A host's row; `None` if it was enrolled later, or withdrawn before and not heard of again.
fn row(
    store: &Store,
    span: Span,
    key: &Key,
    host: &HostRow,
) -> Result<Option<RosterRow>, StoreError> {
    let records = store.records_of(key, span.first, span.end)?;
    let mut counts = RosterCounts::default();
    for (_, kind) in &records {
        if let Some(count) = slot(&mut counts, *kind) {
            *count += 1;
        }
    }
    if records.is_empty() && left_long_ago(span, host) {
        return Ok(None);
    }
    let mut withdrawn = None;
    if host.withdrawn_ms != 0 {
        let all = store.records_of(key, 0, span.end)?;
        withdrawn = all.into_iter().find(|(_, kind)| *kind == Kind::Withdrawal);
    }
    let left_before = withdrawn.is_some_and(|(index, _)| index < span.first);
    if host.enrolment_index >= span.end || (left_before && records.is_empty()) {
        return Ok(None);
    }
    let declared = declared(store, span, key)?;
    let standing = match (withdrawn, counts.evidence, counts.liveness, &declared) {
        (Some(_), ..) => RosterStanding::Withdrawn,
        (None, 1.., ..) => RosterStanding::Reported,
        (None, 0, 1.., _) => RosterStanding::Alive,
        (None, 0, 0, Some(_)) => RosterStanding::Declared,
        (None, 0, 0, None) => RosterStanding::Silent,
    };
    let (declared_index, declared) = declared.unwrap_or_default();
    Ok(Some(RosterRow {
        agent_key: key.to_vec(),
        standing: standing.into(),
        counts: Some(counts),
        first_index: records.first().map_or(0, |(index, _)| *index),
        last_index: records.last().map_or(0, |(index, _)| *index),
        withdrawn_ms: withdrawn.map_or(0, |_| host.withdrawn_ms),
        declared,
        declared_index,
    }))
}

/// The newest declaration before the period's end, if it says that the host is absent in any of it.
fn declared(store: &Store, span: Span, key: &Key) -> Result<Option<(u64, i32)>, StoreError> {
    let mut all = store.declarations(key)?;
    all.retain(|(index, _)| *index < span.end);
    let newest = all.pop();
    let newest = newest.filter(|(_, row)| row.stands_within(span.from_ms, span.until_ms));
    Ok(newest.map(|(index, row)| (index, row.state)))
}

/// Withdrawn so long before the period that its record cannot be in it: spares reading its whole past.
fn left_long_ago(span: Span, host: &HostRow) -> bool {
    let day_ms = 24 * 3600 * 1000;
    host.withdrawn_ms != 0 && host.withdrawn_ms.saturating_add(day_ms) < span.from_ms
}

fn add(totals: &mut RosterCounts, counts: &RosterCounts) {
    totals.evidence += counts.evidence;
    totals.verdicts += counts.verdicts;
    totals.enrolments += counts.enrolments;
    totals.withdrawals += counts.withdrawals;
    totals.forks += counts.forks;
    totals.liveness += counts.liveness;
    totals.declarations += counts.declarations;
}
