//! `POST` and `GET /v1/hosts/{host}/declarations`: what an operator declares of a host.

use super::covered::covers;
use super::problem::Problem;
use super::read::{Rows, Who};
use super::time;
use super::write::{Write, Written};
use crate::access::Caller;
use crate::desk::declaration::{DeclarationError, Wanted, declare, name};
use crate::service::Service;
use crate::store::{DeclarationRow, HostRow};
use axum::Extension;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use domicile_ledger::Kind;
use domicile_proto::codec;
use domicile_proto::types::Key;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::sync::Arc;
use utoipa::ToSchema;

/// What is declared.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Declaring {
    /// `transit`, `storage`, `maintenance`, `rma`, `air-gapped`, `decommissioned`; `in-use` takes back.
    state: String,
    /// RFC 3339; now when left out.
    from: Option<String>,
    /// RFC 3339; until another declaration when left out.
    until: Option<String>,
    /// Why.
    why: String,
}

#[derive(Serialize)]
struct Declared {
    state: &'static str,
    from: Option<String>,
    until: Option<String>,
}

#[derive(Serialize)]
struct Items {
    items: Vec<Item>,
}

#[derive(Serialize)]
struct Item {
    log_index: u64,
    #[serde(flatten)]
    declared: Declared,
    why: String,
    user: String,
    role: String,
    at: Option<String>,
}

/// Declares where a host is, or why it will not report.
#[utoipa::path(
    post,
    path = "/v1/hosts/{host}/declarations",
    tag = "hosts",
    params(("host" = String, Path, description = "The host's key, 64 hexadecimal digits."), ("idempotency-key" = String, Header, description = "8 to 64 letters, digits or `-_.:`, new for each write.", min_length = 8, max_length = 64, pattern = "^[A-Za-z0-9_.:-]{8,64}$")),
    request_body = Declaring,
    responses((status = 201, body = serde_json::Value))
)]
pub(super) async fn declare_absence(
    State(service): State<Arc<Service>>,
    Path(host): Path<String>,
    write: Write<Declaring>,
) -> Result<Written, Problem> {
    let caller = Arc::clone(&write.caller);
    let (key, row) = seen(&service, &caller, &host)?;
    write
        .once(async |declaring, act| {
            let wanted = Wanted {
                state: &declaring.state,
                from_ms: time::bound("from", declaring.from.as_deref())?,
                until_ms: time::bound("until", declaring.until.as_deref())?,
                why: &declaring.why,
            };
            let user = caller.person.user.to_string();
            let by = (user.as_str(), caller.person.role.name());
            let record = declare(&key, &row, &wanted, by, act.at_ms())?;
            let answer = Declared {
                state: name(record.state()),
                from: time::text(record.from_ms),
                until: time::text(record.until_ms),
            };
            let records = vec![(Kind::Declaration, codec::encode(&record))];
            let operators = BTreeSet::from([row.operator]);
            act.commit(records, StatusCode::CREATED, &answer, operators)
                .await
        })
        .await
}

/// What was declared of a host, oldest first.
#[utoipa::path(
    get,
    path = "/v1/hosts/{host}/declarations",
    tag = "hosts",
    params(("host" = String, Path, description = "The host's key, 64 hexadecimal digits.")),
    responses((status = 200, body = serde_json::Value))
)]
pub(super) async fn list(
    State(service): State<Arc<Service>>,
    Extension(caller): Who,
    Path(host): Path<String>,
) -> Result<Rows, Problem> {
    let (key, _) = seen(&service, &caller, &host)?;
    let rows = service.store.declarations(&key)?;
    let items: Vec<Item> = rows.into_iter().map(item).collect();
    Rows::json(items.len(), &Items { items })
}

fn item((log_index, row): (u64, DeclarationRow)) -> Item {
    Item {
        log_index,
        declared: Declared {
            state: name(row.state()),
            from: time::text(row.from_ms),
            until: time::text(row.until_ms),
        },
        why: row.why,
        user: row.user,
        role: row.role,
        at: time::text(row.at_ms),
    }
}

/// The host of a path, if this caller may know of it.
fn seen(service: &Service, caller: &Caller, host: &str) -> Result<(Key, HostRow), Problem> {
    let key: Key = host.parse().map_err(|_| unknown())?;
    let row = service.store.host(&key)?.ok_or_else(unknown)?;
    match covers(service, caller, &key)? {
        true => Ok((key, row)),
        false => Err(unknown()),
    }
}

fn unknown() -> Problem {
    Problem::missing("no such host: see /v1/hosts")
}

impl From<DeclarationError> for Problem {
    fn from(error: DeclarationError) -> Self {
        match error {
            DeclarationError::Withdrawn => Self::conflict(error.to_string()),
            error => Self::unprocessable(error.to_string()),
        }
    }
}
