//! `GET /v1/erasures`, `/v1/holds`: what was erased, by whom and why, and what may not be.

use super::problem::Problem;
use super::read::Rows;
use super::{limit, time};
use crate::service::Service;
use crate::store::{ErasureRow, HoldRow};
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use data_encoding::HEXLOWER;
use domicile_proto::wire::{ErasureCause, HoldScope};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Filter {
    limit: Option<usize>,
    cursor: Option<String>,
}

#[derive(Serialize)]
struct Page<T> {
    items: Vec<T>,
    next: Option<String>,
}

#[derive(Serialize)]
struct Erasure {
    log_index: u64,
    cause: &'static str,
    user: String,
    reason: String,
    at: Option<String>,
    records: u64,
    /// Keys: of hosts, of anchors whose mesh reports went.
    subjects: Vec<String>,
}

#[derive(Serialize)]
struct Hold {
    log_index: u64,
    scope: &'static str,
    held: String,
    user: String,
    reason: String,
    at: Option<String>,
    lifted_by: Option<u64>,
}

/// Erasures in the order of the log. A cursor is the log index of the last one.
pub(super) async fn list(
    State(service): State<Arc<Service>>,
    filter: Result<Query<Filter>, QueryRejection>,
) -> Result<Rows, Problem> {
    let Query(filter) = filter.map_err(|error| Problem::query(error.body_text()))?;
    let (most, after) = place(&filter)?;
    let rows = service.store.erasures(after, most)?;
    let next = (rows.len() == most).then(|| rows.last().map(|(index, _)| index.to_string()));
    let items: Vec<Erasure> = rows.into_iter().map(erasure).collect();
    Rows::json(
        items.len(),
        &Page {
            items,
            next: next.flatten(),
        },
    )
}

/// Legal holds in the order of the log, those that were lifted too.
pub(super) async fn holds(
    State(service): State<Arc<Service>>,
    filter: Result<Query<Filter>, QueryRejection>,
) -> Result<Rows, Problem> {
    let Query(filter) = filter.map_err(|error| Problem::query(error.body_text()))?;
    let (most, after) = place(&filter)?;
    let rows = service.store.holds()?.into_iter();
    let mut rows = rows.filter(|(index, _)| after.is_none_or(|after| *index > after));
    let items: Vec<Hold> = rows.by_ref().take(most).map(hold).collect();
    let last = items.last().map(|hold| hold.log_index.to_string());
    let next = rows.next().and(last);
    Rows::json(items.len(), &Page { items, next })
}

fn place(filter: &Filter) -> Result<(usize, Option<u64>), Problem> {
    let after = filter.cursor.as_deref().map(str::parse).transpose();
    let after =
        after.map_err(|_| Problem::query("`cursor`: `next` of the page before is expected"))?;
    Ok((limit(filter.limit)?, after))
}

fn erasure((log_index, row): (u64, ErasureRow)) -> Erasure {
    Erasure {
        log_index,
        cause: match row.cause() {
            ErasureCause::Order => "order",
            ErasureCause::Retention => "retention",
            ErasureCause::Unspecified => "unknown",
        },
        at: time::text(row.at_ms),
        records: row.records,
        subjects: row
            .subjects
            .iter()
            .map(|key| HEXLOWER.encode(key))
            .collect(),
        user: row.user,
        reason: row.reason,
    }
}

fn hold((log_index, row): (u64, HoldRow)) -> Hold {
    Hold {
        log_index,
        scope: match row.scope() {
            HoldScope::Host => "host",
            HoldScope::Customer => "customer",
            HoldScope::Licence => "licence",
            HoldScope::Unspecified => "unknown",
        },
        held: row.held,
        user: row.user,
        reason: row.reason,
        at: time::text(row.at_ms),
        lifted_by: row.lifted_by,
    }
}
