//! `GET /v1/erasures`, `/v1/holds`: what was erased, by whom and why, and what may not be.

use super::problem::Problem;
use super::read::{Rows, Who};
use super::sight::Sight;
use super::{limit, time};
use crate::service::Service;
use crate::store::{ErasureRow, HoldRow};
use axum::Extension;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use data_encoding::HEXLOWER;
use domicile_proto::types::Key;
use domicile_proto::wire::{ErasureCause, HoldScope};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::IntoParams;
use utoipa::ToSchema;

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct Filter {
    /// Rows of a page, 1 to 1000; 100 by default.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<usize>,
    /// `next` of the page before.
    cursor: Option<String>,
}

#[derive(Serialize, ToSchema)]
struct Listed<T> {
    items: Vec<T>,
    next: Option<String>,
}

#[derive(Serialize, ToSchema)]
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

#[derive(Serialize, ToSchema)]
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
#[utoipa::path(
    get,
    path = "/v1/erasures",
    tag = "retention",
    params(Filter),
    responses((status = 200, body = Listed<Erasure>))
)]
pub(super) async fn list(
    State(service): State<Arc<Service>>,
    Extension(caller): Who,
    filter: Result<Query<Filter>, QueryRejection>,
) -> Result<Rows, Problem> {
    let Query(filter) = filter.map_err(|error| Problem::query(error.body_text()))?;
    let mut sight = Sight::of(&service, &caller);
    let (most, after) = place(&sight, &filter)?;
    let rows = service.store.erasures(after, most)?;
    let last = rows.last().filter(|_| rows.len() == most);
    let next = last.map(|(index, _)| sight.seal(index.to_string()));
    let mut items = Vec::new();
    for (index, row) in rows {
        if sight.sees_erasure(&row)? {
            row.subjects.iter().for_each(|key| sight.shows_bytes(key));
            items.push(erasure((index, row)));
        }
    }
    Ok(Rows::json(items.len(), &Listed { items, next })?.about(sight))
}

/// Legal holds in the order of the log, those that were lifted too.
#[utoipa::path(
    get,
    path = "/v1/holds",
    tag = "retention",
    params(Filter),
    responses((status = 200, body = Listed<Hold>))
)]
pub(super) async fn holds(
    State(service): State<Arc<Service>>,
    Extension(caller): Who,
    filter: Result<Query<Filter>, QueryRejection>,
) -> Result<Rows, Problem> {
    let Query(filter) = filter.map_err(|error| Problem::query(error.body_text()))?;
    let mut sight = Sight::of(&service, &caller);
    let (most, after) = place(&sight, &filter)?;
    let mut seen = Vec::new();
    for (index, row) in service.store.holds()? {
        if sees_hold(&mut sight, &row)? {
            seen.push((index, row));
        }
    }
    let rows = seen.into_iter();
    let mut rows = rows.filter(|(index, _)| after.is_none_or(|after| *index > after));
    let items: Vec<Hold> = rows.by_ref().take(most).map(hold).collect();
    let last = items.last();
    let last = last.map(|hold| sight.seal(hold.log_index.to_string()));
    let next = rows.next().and(last);
    Rows::json(items.len(), &Listed { items, next })
}

/// A hold of one host; those of customers and licences are no caller's with a scope.
fn sees_hold(sight: &mut Sight<'_>, row: &HoldRow) -> Result<bool, Problem> {
    match (row.scope(), row.held.parse::<Key>()) {
        _ if sight.is_all() => Ok(true),
        (HoldScope::Host, Ok(key)) => sight.sees(&key),
        _ => Ok(false),
    }
}

fn place(sight: &Sight<'_>, filter: &Filter) -> Result<(usize, Option<u64>), Problem> {
    let after = sight.open(filter.cursor.as_deref())?;
    let after = after.as_deref().map(str::parse).transpose();
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
