//! `GET` and `PUT /v1/registry`, `GET /v1/registry/changes`, `/v1/registry/changes/{index}`: customers,
//! sites, licences, devices, and who changed them why.
//!
//! The whole registry is one version. A change names the version that it was made from and is refused
//! when there is another by now.

use super::problem::Problem;
use super::read::{Content, Rows};
use super::write::{Write, Written};
use super::{limit, time};
use crate::desk::registry::{By, ChangeError, Current, logged, table_of};
use crate::service::Service;
use crate::store::RegistryRow;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use domicile_ledger::Kind;
use domicile_policy::registry::{
    Customer, Device, Licence, Registry, Site, Table, read_toml, write_toml,
};
use domicile_proto::codec;
use domicile_proto::wire::RegistryEdit;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::sync::{Arc, PoisonError};
use utoipa::{IntoParams, ToSchema};

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct Wanted {
    /// `json`, `toml` or `csv`.
    #[param(value_type = Option<String>)]
    format: Option<Format>,
    /// The table, for `csv`.
    table: Option<String>,
}

#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "kebab-case")]
enum Format {
    Json,
    Toml,
    Csv,
}

/// A change of the registry: all of it, a table of it, or rows of a table.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct Changing {
    /// The version that it is made from; 0 when there is none.
    expected: u64,
    why: String,
    /// The whole registry.
    toml: Option<String>,
    /// A table, with `csv`.
    table: Option<String>,
    csv: Option<String>,
    /// What the CSV is; `table` unless said.
    #[schema(value_type = Option<String>)]
    rows: Option<Extent>,
}

#[derive(Deserialize, Clone, Copy, PartialEq)]
#[serde(rename_all = "kebab-case")]
enum Extent {
    /// All rows of the table.
    Replace,
    /// Rows to put in, by their keys; the others stay.
    Put,
}

#[derive(Serialize)]
struct Document<'r> {
    version: u64,
    log_index: Option<u64>,
    customer: Vec<&'r Customer>,
    site: Vec<&'r Site>,
    licence: Vec<&'r Licence>,
    device: Vec<&'r Device>,
}

#[derive(Serialize)]
struct Changed {
    version: u64,
    changes: usize,
}

/// The registry as it stands.
#[utoipa::path(
    get,
    path = "/v1/registry",
    tag = "registry",
    params(Wanted),
    responses((status = 200, body = serde_json::Value))
)]
pub(super) async fn show(
    State(service): State<Arc<Service>>,
    wanted: Result<Query<Wanted>, QueryRejection>,
) -> Result<Rows, Problem> {
    let Query(wanted) = wanted.map_err(|error| Problem::query(error.body_text()))?;
    let current = service.registry();
    let registry = &current.registry;
    let typed = |kind, bytes| Ok(Rows::of(1, Content::Typed(kind, bytes)));
    match (wanted.format.unwrap_or(Format::Json), &wanted.table) {
        (Format::Csv, Some(name)) => typed("text/csv", current.table(table(name)?)),
        (Format::Csv, None) => Err(Problem::query("`table`: say which, for `csv`")),
        (_, Some(_)) => Err(Problem::query("`table` is for `format=csv`")),
        (Format::Toml, None) => typed("application/toml", write_toml(registry).into_bytes()),
        (Format::Json, None) => Rows::json(
            1,
            &Document {
                version: current.version,
                log_index: current.log_index,
                customer: registry.customers().collect(),
                site: registry.sites().collect(),
                licence: registry.licences().collect(),
                device: registry.devices().collect(),
            },
        ),
    }
}

fn table(name: &str) -> Result<Table, Problem> {
    table_of(name).ok_or_else(|| {
        Problem::query("`table`: one of customer, site, licence, device is expected")
    })
}

/// Changes the registry.
#[utoipa::path(
    put,
    path = "/v1/registry",
    tag = "registry",
    params(("idempotency-key" = String, Header, description = "8 to 64 letters, digits or `-_.:`, new for each write.", min_length = 8, max_length = 64, pattern = "^[A-Za-z0-9_.:-]{8,64}$")),
    request_body = Changing,
    responses((status = 200, body = serde_json::Value))
)]
pub(super) async fn change(
    State(service): State<Arc<Service>>,
    write: Write<Changing>,
) -> Result<Written, Problem> {
    let caller = Arc::clone(&write.caller);
    // Two that change one version: the second finds the next.
    let _alone = service.registry_changes.lock(()).await;
    write
        .once(async |changing, act| {
            let current = service.registry();
            let after = tokio::task::block_in_place(|| after(&current, &changing))?;
            let user = caller.person.user.to_string();
            let by = By {
                user: &user,
                role: caller.person.role.name(),
                why: &changing.why,
            };
            let at_ms = act.at_ms();
            let expected = Some(changing.expected);
            let record = current.change(&after, expected, &by, at_ms)?;
            let Some(record) = record else {
                let version = current.version;
                let answer = Changed {
                    version,
                    changes: 0,
                };
                return act
                    .commit(Vec::new(), StatusCode::OK, &answer, BTreeSet::new())
                    .await;
            };
            let version = record.version;
            let answer = Changed {
                version,
                changes: record.changes.len(),
            };
            let records = vec![(Kind::Registry, codec::encode(&record))];
            let written = act
                .commit(records, StatusCode::OK, &answer, BTreeSet::new())
                .await?;
            let last = service.store.last_registry_change()?;
            let now = Current {
                version,
                log_index: last.map(|(index, _)| index),
                registry: after,
            };
            *service
                .registry
                .write()
                .unwrap_or_else(PoisonError::into_inner) = Arc::new(now);
            Ok(written)
        })
        .await
}

fn after(current: &Current, changing: &Changing) -> Result<Registry, Problem> {
    let read = match (&changing.toml, &changing.table, &changing.csv) {
        (Some(toml), None, None) if changing.rows.is_none() => read_toml("toml", toml.as_bytes()),
        (None, Some(name), Some(csv)) => match changing.rows {
            Some(Extent::Put) => current.with_rows(table(name)?, csv.as_bytes()),
            Some(Extent::Replace) | None => current.with_table(table(name)?, csv.as_bytes()),
        },
        _ => {
            return Err(Problem::query(
                "give `toml` with the whole registry, or `table` and `csv`, with `rows` as \
                 `replace` or `put`",
            ));
        }
    };
    Ok(read.map_err(ChangeError::from)?)
}

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

#[derive(Serialize)]
struct Page {
    items: Vec<Item>,
    next: Option<String>,
}

#[derive(Serialize)]
struct Item {
    log_index: u64,
    version: u64,
    user: String,
    role: String,
    why: String,
    at: Option<String>,
    changes: u64,
}

/// Who changed the registry when and why, in the order of the log.
#[utoipa::path(
    get,
    path = "/v1/registry/changes",
    tag = "registry",
    params(Filter),
    responses((status = 200, body = serde_json::Value))
)]
pub(super) async fn changes(
    State(service): State<Arc<Service>>,
    filter: Result<Query<Filter>, QueryRejection>,
) -> Result<Rows, Problem> {
    let Query(filter) = filter.map_err(|error| Problem::query(error.body_text()))?;
    let most = limit(filter.limit)?;
    let after = filter.cursor.as_deref().map(str::parse).transpose();
    let after =
        after.map_err(|_| Problem::query("`cursor`: give `next` of the page before, unchanged"))?;
    let rows = service.store.registry_changes(after, most)?;
    let last = rows.last().map(|(index, _)| index.to_string());
    let next = last.filter(|_| rows.len() == most);
    let items: Vec<Item> = rows.into_iter().map(item).collect();
    Rows::json(items.len(), &Page { items, next })
}

fn item((log_index, row): (u64, RegistryRow)) -> Item {
    Item {
        log_index,
        version: row.version,
        user: row.user,
        role: row.role,
        why: row.why,
        at: time::text(row.at_ms),
        changes: row.changes,
    }
}

#[derive(Serialize)]
struct Whole {
    #[serde(flatten)]
    item: Item,
    what: Vec<Edit>,
}

#[derive(Serialize)]
struct Edit {
    table: String,
    key: String,
    what: &'static str,
    field: Option<String>,
    before: Option<String>,
    after: Option<String>,
}

/// One change, cell by cell.
#[utoipa::path(
    get,
    path = "/v1/registry/changes/{index}",
    tag = "registry",
    params(("index" = u64, Path, description = "Log index of the change.")),
    responses((status = 200, body = serde_json::Value))
)]
pub(super) async fn changed(
    State(service): State<Arc<Service>>,
    Path(index): Path<String>,
) -> Result<Rows, Problem> {
    let missing = || Problem::missing("no such change: see /v1/registry/changes");
    let index: u64 = index.parse().map_err(|_| missing())?;
    let before = index.checked_sub(1);
    let row = service.store.registry_changes(before, 1)?.pop();
    let row = row.filter(|(at, _)| *at == index).ok_or_else(missing)?;
    let record = logged(&service.store, index)?;
    let edit = |change: domicile_proto::wire::RegistryChange| {
        let what = match change.edit() {
            RegistryEdit::Added => "added",
            RegistryEdit::Removed => "removed",
            RegistryEdit::Changed | RegistryEdit::Unspecified => "changed",
        };
        let cell = |text: String| Some(text).filter(|_| what == "changed");
        Edit {
            table: change.table,
            key: change.key,
            what,
            field: cell(change.field),
            before: cell(change.before),
            after: cell(change.after),
        }
    };
    let what: Vec<Edit> = record.changes.into_iter().map(edit).collect();
    Rows::json(
        what.len(),
        &Whole {
            item: item(row),
            what,
        },
    )
}

impl From<ChangeError> for Problem {
    fn from(error: ChangeError) -> Self {
        match error {
            ChangeError::Store(error) => error.into(),
            ChangeError::Stale { .. } => Self::conflict(error.to_string()),
            ChangeError::Registry(_) | ChangeError::Unexplained(_) | ChangeError::Large(_) => {
                Self::unprocessable(error.to_string())
            }
            ChangeError::Logged { .. } => {
                tracing::error!(%error, "the registry in the log");
                Self::fault()
            }
        }
    }
}
