//! `GET /v1/queries`: every request of a known user, as it is logged.
//!
//! An operator sees its own, and those whose answer was about its hosts: who asked, when, and for what,
//! as the path without the query's text. Of an answer that was about others' hosts too it sees the
//! list's name and no number of rows. A regulator sees its own.

use super::problem::Problem;
use super::read::{Rows, Who};
use super::sight::Sight;
use super::{limit, page, time};
use crate::access::{Caller, Scope};
use crate::service::Service;
use axum::Extension;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use data_encoding::HEXLOWER;
use domicile_proto::wire::AuditReadRecord;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::IntoParams;
use utoipa::ToSchema;

/// Records looked at in one go.
const STEP: usize = 1000;

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct Filter {
    /// Of this user.
    user: Option<String>,
    /// About hosts of this operator.
    operator: Option<String>,
    /// At or after this time, RFC 3339.
    from: Option<String>,
    /// Before this time, RFC 3339.
    until: Option<String>,
    /// Rows of a page, 1 to 1000; 100 by default.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<usize>,
    /// `next` of the page before.
    cursor: Option<String>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = QueryPage)]
struct Page {
    items: Vec<Asked>,
    next: Option<String>,
}

/// A request that is in the log.
#[derive(Serialize, ToSchema)]
#[schema(as = LoggedQuery)]
struct Asked {
    log_index: u64,
    at: Option<String>,
    user: String,
    role: String,
    /// SHA-256 of the token, or the certificate's key.
    credential: String,
    /// Method, path and query; for an operator, of others' requests, the path alone.
    what: String,
    /// HTTP status of the answer; null in records of old collectors.
    status: Option<u32>,
    /// Rows in the answer; null where that would count others' hosts.
    rows: Option<u64>,
    /// Whose hosts the answer was about, as far as the caller may know.
    operators: Vec<String>,
    /// Whether it was a write that acted.
    acted: bool,
}

/// Requests in the order of the log.
#[utoipa::path(
    get,
    path = "/v1/queries",
    tag = "log",
    params(Filter),
    responses((status = 200, body = Page))
)]
pub(super) async fn list(
    State(service): State<Arc<Service>>,
    Extension(caller): Who,
    filter: Result<Query<Filter>, QueryRejection>,
) -> Result<Rows, Problem> {
    let Query(filter) = filter.map_err(|error| Problem::query(error.body_text()))?;
    let page = tokio::task::block_in_place(|| page(&service, &caller, &filter))?;
    Rows::json(page.items.len(), &page)
}

fn page(service: &Service, caller: &Caller, filter: &Filter) -> Result<Page, Problem> {
    let most = limit(filter.limit)?;
    let (from_ms, until_ms) = time::range(filter.from.as_deref(), filter.until.as_deref())?;
    let sight = Sight::of(service, caller);
    let after = sight.open(filter.cursor.as_deref())?;
    let after = after.as_deref().map(str::parse).transpose();
    let after: Option<u64> = after.map_err(|_| super::cursor::unreadable())?;
    let wanted = |record: &AuditReadRecord| {
        let is = |wanted: &Option<String>, value: &str| wanted.as_ref().is_none_or(|w| w == value);
        (from_ms..until_ms).contains(&record.at_ms) && is(&filter.user, &record.user)
    };
    // Of what is shown: whose else an answer was about is not to be asked out of it.
    let about = |asked: &Asked| {
        let wanted = filter.operator.as_ref();
        wanted.is_none_or(|operator| asked.operators.contains(operator))
    };
    let (items, next) = page::scan(
        most,
        after,
        |after| {
            let places = service.store.requests(after.copied(), most.max(STEP))?;
            Ok(places.into_iter().map(|index| (index, ())).collect())
        },
        |index, ()| {
            let record = service.store.request(*index)?;
            let shown = wanted(&record).then_some(record);
            let shown = shown.and_then(|record| asked(caller, *index, record));
            Ok(shown.filter(about))
        },
    )?;
    Ok(Page {
        items,
        next: next.map(|index| sight.seal(index.to_string())),
    })
}

/// What a caller may know of a request.
fn asked(caller: &Caller, log_index: u64, record: AuditReadRecord) -> Option<Asked> {
    let own = record.user == caller.person.user.to_string();
    let (what, rows, operators) = match caller.scope() {
        Scope::All => (record.query, Some(record.rows), record.operators),
        _ if own => (record.query, Some(record.rows), record.operators),
        Scope::Operator(operator) if record.operators == [operator.as_str()] => {
            let what = path(&record.query).to_owned();
            (what, Some(record.rows), vec![operator])
        }
        Scope::Operator(operator) if record.operators.contains(&operator) => {
            (list_of(&record.query), None, vec![operator])
        }
        Scope::Operator(_) | Scope::Territories(_) => return None,
    };
    let credential = match record.token_hash.is_empty() {
        true => &record.auditor_key,
        false => &record.token_hash,
    };
    Some(Asked {
        log_index,
        at: time::text(record.at_ms),
        // Records of before there were users name the certificate alone.
        user: match record.user.is_empty() {
            true => record.auditor,
            false => record.user,
        },
        role: match record.role.is_empty() {
            true => "auditor".to_owned(),
            false => record.role,
        },
        credential: HEXLOWER.encode(credential),
        what,
        status: (record.status != 0).then_some(record.status),
        rows,
        operators,
        acted: record.write.is_some(),
    })
}

/// Method and path.
fn path(query: &str) -> &str {
    query.split('?').next().unwrap_or(query)
}

/// Method and the list's name.
fn list_of(query: &str) -> String {
    let mut parts = path(query).split('/');
    let list: Vec<_> = parts.by_ref().take(3).collect();
    match parts.next() {
        None => list.join("/"),
        Some(_) => format!("{}/…", list.join("/")),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_list_is_named_without_what_was_asked_of_it() {
        assert_eq!(list_of("GET /v1/hosts?cursor=AAAA"), "GET /v1/hosts");
        assert_eq!(list_of("GET /v1/devices/uuid:GPU-1"), "GET /v1/devices/…");
        assert_eq!(path("GET /v1/hosts?site=a?b"), "GET /v1/hosts");
    }
}
