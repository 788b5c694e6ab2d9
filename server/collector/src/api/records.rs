//! `GET /v1/hosts/{host}/records`: everything of one host in a range of whole periods, with the rosters
//! that say that it is everything.

use super::bundle::logged;
use super::problem::Problem;
use super::read::{Content, Rows, Who};
use super::sight::Sight;
use super::time;
use crate::service::Service;
use crate::store::{RosterPage, StoreError};
use axum::Extension;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use domicile_ledger::Head;
use domicile_proto::codec;
use domicile_proto::types::Key;
use domicile_proto::wire::{HostRecords, LoggedEntry};
use serde::Deserialize;
use std::sync::Arc;
use utoipa::IntoParams;

const VERSION: u32 = 1;

/// Periods in one answer, at most.
const MAX_PERIODS: usize = 100;

/// Records in one answer, at most.
const MAX_RECORDS: usize = 20_000;

/// Bytes of payload in one answer, at most.
const MAX_PAYLOAD: usize = 48 * 1024 * 1024;

/// A roster of at most so many pages is given whole, so that its rows can be added up.
const WHOLE: u32 = 4;

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct Range {
    /// At or after this time, RFC 3339.
    from: Option<String>,
    /// Before this time, RFC 3339.
    until: Option<String>,
}

/// Everything of one host in a range of whole periods, with the rosters that say that it is everything (without a scope only).
#[utoipa::path(
    get,
    path = "/v1/hosts/{host}/records",
    tag = "hosts",
    params(("host" = String, Path, description = "The host's key, 64 hexadecimal digits."), Range),
    responses((status = 200, content_type = "application/octet-stream", body = String, description = "A `HostRecords` message."))
)]
pub(super) async fn export(
    State(service): State<Arc<Service>>,
    Extension(caller): Who,
    Path(host): Path<String>,
    range: Result<Query<Range>, QueryRejection>,
) -> Result<Rows, Problem> {
    let host: Key = host.parse().map_err(|_| {
        Problem::query("a host's key is 64 hexadecimal digits, as /v1/hosts shows it")
    })?;
    let Query(range) = range.map_err(|error| Problem::query(error.body_text()))?;
    let (from_ms, until_ms) = time::range(range.from.as_deref(), range.until.as_deref())?;
    let mut sight = Sight::of(&service, &caller);
    if !sight.sees(&host)? {
        return Err(Problem::missing(format!("there is no host {host}")));
    }
    // A page of a roster names others' hosts, and is proven as a whole: not for callers with a scope.
    let whole = sight.is_all();
    sight.shows(&host);
    // A head covers what is in the index, as for a bundle.
    let covered = service.store.head().map_or(0, |head| head.size);
    if covered < service.store.size() {
        service.store.commit(Vec::new()).await?;
    }
    let records = tokio::task::block_in_place(|| records(&service, &host, from_ms, until_ms))?;
    let mut records = records;
    if !whole {
        records.rosters.clear();
    }
    let rows = records.records.len();
    Ok(Rows::of(rows, Content::File(codec::encode(&records))).about(sight))
}

fn records(
    service: &Service,
    host: &Key,
    from_ms: u64,
    until_ms: u64,
) -> Result<HostRecords, Problem> {
    let store = &service.store;
    let too_much = |what: &str| Problem::query(format!("{what}: ask for a shorter time"));
    let rosters = store.rosters(from_ms, until_ms, MAX_PERIODS)?;
    let (Some(first), Some(last)) = (rosters.first(), rosters.last()) else {
        return Err(Problem::missing(
            "no roster of that time: it is made a minute after its period's end",
        ));
    };
    if rosters.len() > MAX_PERIODS {
        return Err(too_much(&format!("more than {MAX_PERIODS} periods")));
    }
    let found = store.records_of(host, first.row.first_index, last.row.end_index)?;
    if found.len() > MAX_RECORDS {
        return Err(too_much(&format!("more than {MAX_RECORDS} records")));
    }
    let mut pages = Vec::new();
    for roster in &rosters {
        pages.extend(wanted(store.roster(roster.from_ms)?, host));
    }
    let newest = pages
        .iter()
        .map(|page| page.row.log_index)
        .max()
        .unwrap_or(0);
    let missing = || {
        Problem::from(StoreError::Closed(
            "the log has no head or directory".into(),
        ))
    };
    let witnessed = service.publication().witnessed();
    let witnessed = witnessed.filter(|one| newest < one.head().size);
    let (head, checkpoint) = match &witnessed {
        Some(one) => (one.head().clone(), one.note().as_bytes().to_vec()),
        None => {
            let head = store.head().ok_or_else(missing)?;
            (Head::clone(&head), Vec::new())
        }
    };
    let mut size = 0;
    let mut entry = |index: u64| -> Result<LoggedEntry, Problem> {
        let entry = logged(service, index, &head)?;
        size += entry.payload.len();
        match size <= MAX_PAYLOAD {
            true => Ok(entry),
            false => Err(too_much("the answer is too large")),
        }
    };
    let mut shown = Vec::new();
    for (index, _) in found {
        // What is erased cannot be shown; the roster still counts it.
        if !store.is_erased(index)? {
            shown.push(entry(index)?);
        }
    }
    let directories = store.directories()?;
    let directory = directories
        .iter()
        .rfind(|(_, document)| document.log_index < head.size);
    let (_, directory) = directory.ok_or_else(missing)?;
    Ok(HostRecords {
        version: VERSION,
        agent_key: host.to_vec(),
        from_ms,
        until_ms,
        rosters: pages
            .iter()
            .map(|page| entry(page.row.log_index))
            .collect::<Result<_, _>>()?,
        records: shown,
        directory: Some(entry(directory.log_index)?),
        head: Some(service.log_head(&head)),
        log_origin: head.origin.clone(),
        checkpoint,
    })
}

/// The page on which the host is or would be; all of a small roster.
fn wanted(pages: Vec<RosterPage>, host: &Key) -> Vec<RosterPage> {
    if pages.first().is_some_and(|page| page.row.pages <= WHOLE) {
        return pages;
    }
    let before = |page: &RosterPage| page.row.after.as_slice() < host.0.as_slice();
    pages.into_iter().rfind(before).into_iter().collect()
}
