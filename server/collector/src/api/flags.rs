//! `GET /v1/flags`, `/v1/flags/{id}`: indicators of possible diversion, open and past, each with what it
//! means, rests on, proves and does not prove.
//!
//! A caller with a scope sees a flag when every host that it names is in the scope.

use super::covered::covers_each;
use super::problem::Problem;
use super::read::{Rows, Who};
use super::{limit, page, time};
use crate::access::Caller;
use crate::service::Service;
use crate::store::FlagRow;
use axum::Extension;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use data_encoding::HEXLOWER;
use domicile_diversion::flags::Code;
use domicile_proto::types::Key;
use domicile_proto::wire::{FlagEnd, FlagEvidence};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::IntoParams;

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct Filter {
    /// A flag's name, as FLAGS.md has it.
    code: Option<String>,
    /// What it is about, as text.
    subject: Option<String>,
    /// A host that it names, by its key.
    host: Option<String>,
    /// `open` or `cleared`.
    #[param(value_type = Option<String>)]
    state: Option<Standing>,
    /// note, low, medium or high.
    severity: Option<String>,
    /// Raised from then on, RFC 3339.
    from: Option<String>,
    /// Raised before then, RFC 3339.
    until: Option<String>,
    /// Rows of a page, 1 to 1000; 100 by default.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<usize>,
    /// `next` of the page before.
    cursor: Option<String>,
}

#[derive(Deserialize, Clone, Copy, PartialEq)]
#[serde(rename_all = "kebab-case")]
enum Standing {
    Open,
    Cleared,
}

#[derive(Serialize)]
struct Page {
    items: Vec<Item>,
    next: Option<String>,
}

#[derive(Serialize)]
struct Item {
    /// Log index of the record that raised it.
    id: u64,
    code: String,
    class: Option<&'static str>,
    subject: String,
    hosts: Vec<String>,
    ground: String,
    severity: String,
    since: Option<String>,
    raised: Option<String>,
    logged: Option<String>,
    signs: u64,
    state: &'static str,
    cleared: Option<String>,
    end: Option<&'static str>,
    explained_by: Option<String>,
}

#[derive(Serialize)]
struct Whole {
    #[serde(flatten)]
    item: Item,
    /// What it says, and what it does not. Absent for a flag of another version.
    about: Option<About>,
    evidence: Vec<Evidence>,
    /// The record at which it was raised: all up to it, and none after, led here.
    cause_index: u64,
    cleared_index: Option<u64>,
}

#[derive(Serialize)]
struct About {
    meaning: &'static str,
    premises: &'static [&'static str],
    proves: &'static str,
    does_not_prove: &'static str,
    innocent: &'static [&'static str],
    held_back_by: &'static [&'static str],
    raised: String,
    cleared: String,
}

#[derive(Serialize)]
struct Evidence {
    /// Hash of the evidence, where the record is one.
    attestation: Option<String>,
    log_index: Option<u64>,
    link: Option<String>,
}

/// Flags in the order in which they were raised. A cursor is the id of the last one looked at.
#[utoipa::path(
    get,
    path = "/v1/flags",
    tag = "flags",
    params(Filter),
    responses((status = 200, body = serde_json::Value))
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
    if let Some(code) = &filter.code
        && Code::of_name(code).is_none()
    {
        let names: Vec<_> = Code::all().map(Code::name).collect();
        return Err(Problem::query(format!(
            "`code`: one of {} is expected",
            names.join(", ")
        )));
    }
    if let Some(severity) = &filter.severity
        && !["note", "low", "medium", "high"].contains(&severity.as_str())
    {
        return Err(Problem::query(
            "`severity`: one of note, low, medium, high is expected",
        ));
    }
    let host = filter.host.as_deref().map(host).transpose()?;
    let range = time::range(filter.from.as_deref(), filter.until.as_deref())?;
    let after = filter.cursor.as_deref().map(str::parse).transpose();
    let after: Option<u64> =
        after.map_err(|_| Problem::query("`cursor`: give `next` of the page before, unchanged"))?;
    let (items, next) = page::scan(
        most,
        after,
        |after: Option<&u64>| match &host {
            Some(host) => Ok(service.store.flags_of(host, after.copied(), most)?),
            None => Ok(service.store.flags(after.copied(), most)?),
        },
        |id, row| {
            let seen = matches(filter, range, &row) && covers_each(service, caller, &row.hosts)?;
            Ok(seen.then(|| item(*id, row)))
        },
    )?;
    Ok(Page {
        items,
        next: next.map(|id| id.to_string()),
    })
}

fn host(text: &str) -> Result<Key, Problem> {
    text.parse()
        .map_err(|_| Problem::query("`host`: a host's key has 64 hexadecimal digits"))
}

fn matches(filter: &Filter, (from_ms, until_ms): (u64, u64), row: &FlagRow) -> bool {
    let is = |wanted: &Option<String>, value: &str| wanted.as_ref().is_none_or(|one| one == value);
    let standing = match row.cleared_index {
        None => Standing::Open,
        Some(_) => Standing::Cleared,
    };
    is(&filter.code, &row.code)
        && is(&filter.subject, &row.subject)
        && is(&filter.severity, &row.severity)
        && filter.state.is_none_or(|state| state == standing)
        && (from_ms..until_ms).contains(&row.raised_ms)
}

fn item(id: u64, row: FlagRow) -> Item {
    let end = match row.end() {
        FlagEnd::Unspecified => None,
        FlagEnd::Contrary => Some("contrary"),
        FlagEnd::Quiet => Some("quiet"),
        FlagEnd::Ended => Some("ended"),
        FlagEnd::Withdrawn => Some("withdrawn"),
    };
    Item {
        id,
        class: Code::of_name(&row.code).map(|code| code.entry().class.name()),
        hosts: row.hosts.iter().map(|key| HEXLOWER.encode(key)).collect(),
        since: time::text(row.since_ms),
        raised: time::text(row.raised_ms),
        logged: time::text(row.logged_ms),
        signs: row.signs,
        state: match row.cleared_index {
            None => "open",
            Some(_) => "cleared",
        },
        cleared: row.cleared_index.and_then(|_| time::text(row.cleared_ms)),
        end,
        explained_by: Some(row.explained_by).filter(|text| !text.is_empty()),
        code: row.code,
        subject: row.subject,
        ground: row.ground,
        severity: row.severity,
    }
}

/// One flag with everything that there is to be said about it.
#[utoipa::path(
    get,
    path = "/v1/flags/{id}",
    tag = "flags",
    params(("id" = u64, Path, description = "Log index of the record that raised it.")),
    responses((status = 200, body = serde_json::Value))
)]
pub(super) async fn show(
    State(service): State<Arc<Service>>,
    Extension(caller): Who,
    Path(id): Path<String>,
) -> Result<Rows, Problem> {
    let missing = || Problem::missing("no such flag: see /v1/flags");
    let id: u64 = id.parse().map_err(|_| missing())?;
    let row = service.store.flag(id)?.ok_or_else(missing)?;
    if !covers_each(&service, &caller, &row.hosts)? {
        return Err(missing());
    }
    let whole = Whole {
        about: Code::of_name(&row.code).map(about),
        evidence: row.evidence.iter().map(evidence).collect(),
        cause_index: row.cause_index,
        cleared_index: row.cleared_index,
        item: item(id, row),
    };
    Rows::json(1, &whole)
}

fn about(code: Code) -> About {
    let entry = code.entry();
    let (clear, contrary) = entry.clear;
    About {
        meaning: entry.meaning,
        premises: entry.premises,
        proves: entry.proves,
        does_not_prove: entry.does_not_prove,
        innocent: entry.innocent,
        held_back_by: entry.held_back_by,
        raised: entry.raise.to_string(),
        cleared: format!("{clear}: {contrary}"),
    }
}

fn evidence(record: &FlagEvidence) -> Evidence {
    match record.evidence_hash.is_empty() {
        true => Evidence {
            attestation: None,
            log_index: Some(record.log_index),
            link: None,
        },
        false => {
            let hash = HEXLOWER.encode(&record.evidence_hash);
            Evidence {
                link: Some(format!("/v1/attestations/{hash}")),
                attestation: Some(hash),
                log_index: None,
            }
        }
    }
}
