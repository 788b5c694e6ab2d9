//! `GET /v1/device-findings`, `/v1/licences`: what does not fit about devices, and how many are
//! seen under each licence.

use super::problem::Problem;
use super::read::{Rows, Who};
use super::sight::Sight;
use super::{cursor, limit, page, time};
use crate::service::Service;
use crate::store::FindingRow;
use axum::Extension;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use data_encoding::HEXLOWER;
use domicile_fleet::{Basis, Counted, Finding, Kind, Quantity};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::IntoParams;
use utoipa::ToSchema;

/// Devices seen in the last so many days count for a licence, unless the query says otherwise.
const PERIOD_DAYS: u64 = 30;
const DAY_MS: u64 = 24 * 3600 * 1000;

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct Filter {
    /// Of this kind.
    kind: Option<String>,
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
#[schema(as = DeviceFindingPage)]
struct Page {
    items: Vec<Item>,
    next: Option<String>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = DeviceFinding)]
struct Item {
    kind: &'static str,
    basis: &'static str,
    measured: Option<String>,
    devices: Vec<String>,
    alias: Option<String>,
    hosts: Vec<String>,
    evidence: Vec<String>,
    log_index: Option<u64>,
    proves: &'static str,
    does_not_prove: &'static str,
    innocent: &'static [&'static str],
}

/// Findings by the time of the measurement that showed them.
#[utoipa::path(
    get,
    path = "/v1/device-findings",
    tag = "devices",
    params(Filter),
    responses((status = 200, body = Page))
)]
pub(super) async fn list(
    State(service): State<Arc<Service>>,
    Extension(caller): Who,
    filter: Result<Query<Filter>, QueryRejection>,
) -> Result<Rows, Problem> {
    let Query(filter) = filter.map_err(|error| Problem::query(error.body_text()))?;
    let mut sight = Sight::of(&service, &caller);
    let page = tokio::task::block_in_place(|| page(&service, &mut sight, &filter))?;
    Ok(Rows::json(page.items.len(), &page)?.about(sight))
}

fn page(service: &Service, sight: &mut Sight<'_>, filter: &Filter) -> Result<Page, Problem> {
    let most = limit(filter.limit)?;
    let wanted = filter.kind.as_deref().map(wanted).transpose()?;
    let range = time::range(filter.from.as_deref(), filter.until.as_deref())?;
    let after = cursor::finding(sight.open(filter.cursor.as_deref())?.as_deref())?;
    let (items, next) = page::scan(
        most,
        after,
        |after| Ok(service.store.device_findings(range, after, most)?),
        |_, row| {
            // One that names another's host too is not for a caller with a scope.
            let is_wanted = wanted.is_none_or(|kind| kind.name() == row.kind);
            if !is_wanted || !sight.sees_each(&row.hosts)? {
                return Ok(None);
            }
            for host in &row.hosts {
                sight.shows_bytes(host);
            }
            Ok(item(row))
        },
    )?;
    Ok(Page {
        items,
        next: next.map(|key| sight.seal(cursor::of_finding(&key))),
    })
}

fn wanted(name: &str) -> Result<Kind, Problem> {
    Kind::of_name(name).ok_or_else(|| {
        let names: Vec<_> = Kind::ALL.iter().map(|kind| kind.name()).collect();
        Problem::query(format!("`kind`: one of {} is expected", names.join(", ")))
    })
}

fn item(row: FindingRow) -> Option<Item> {
    let kind = Kind::of_name(&row.kind)?;
    let basis = Basis::of(row.signed);
    Some(Item {
        kind: kind.name(),
        basis: basis.name(),
        measured: time::text(row.at_ms),
        devices: row.devices,
        alias: row.alias,
        hosts: row.hosts.iter().map(|key| HEXLOWER.encode(key)).collect(),
        evidence: row.evidence.iter().map(|id| HEXLOWER.encode(id)).collect(),
        log_index: row.log_index,
        proves: kind.proves(basis),
        does_not_prove: kind.does_not_prove(),
        innocent: kind.innocent(),
    })
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct Period {
    /// At or after this time, RFC 3339.
    from: Option<String>,
    /// Before this time, RFC 3339.
    until: Option<String>,
}

#[derive(Serialize, ToSchema)]
struct Licences {
    items: Vec<Licence>,
    from: Option<String>,
    until: Option<String>,
}

#[derive(Serialize, ToSchema)]
struct Licence {
    licence: String,
    /// By the policy of now; absent where it names no number.
    licensed: Option<u32>,
    signed: u32,
    claimed: u32,
    finding: Option<Difference>,
}

#[derive(Serialize, ToSchema)]
struct Difference {
    kind: &'static str,
    basis: &'static str,
    proves: &'static str,
    does_not_prove: &'static str,
    innocent: &'static [&'static str],
}

/// Devices seen under each licence in a period, the last 30 days unless the query says otherwise.
#[utoipa::path(
    get,
    path = "/v1/licences",
    tag = "devices",
    params(Period),
    responses((status = 200, body = Licences))
)]
pub(super) async fn licences(
    State(service): State<Arc<Service>>,
    period: Result<Query<Period>, QueryRejection>,
) -> Result<Rows, Problem> {
    let Query(period) = period.map_err(|error| Problem::query(error.body_text()))?;
    let now_ms = service.clock.now_ms();
    let (from_ms, until_ms) = time::range(period.from.as_deref(), period.until.as_deref())?;
    let until_ms = until_ms.min(now_ms.saturating_add(1));
    let from_ms = match period.from {
        Some(_) => from_ms,
        None => until_ms.saturating_sub(PERIOD_DAYS * DAY_MS),
    };
    let _core = service.cores.acquire().await;
    let document = tokio::task::block_in_place(|| counted(&service, (from_ms, until_ms)))?;
    Rows::json(document.items.len(), &document)
}

fn counted(service: &Service, period: (u64, u64)) -> Result<Licences, Problem> {
    let policy = service.books().policy_at(period.1);
    let rules = policy.iter().flat_map(|policy| policy.licences());
    let quantities: Vec<Quantity> = rules
        .filter_map(|(licence, rule)| {
            Some(Quantity {
                licence: licence.to_owned(),
                licensed: rule.quantity?,
            })
        })
        .collect();
    let (mut counts, findings) = service.count_devices(&quantities, period)?;
    for quantity in &quantities {
        counts.entry(quantity.licence.clone()).or_default();
    }
    let of_licence = |(licence, counted): (String, Counted)| {
        let named = quantities.iter().find(|q| q.licence == licence);
        let about = |finding: &&Finding| {
            let of = finding.licence.as_ref();
            of.is_some_and(|(name, _, _)| *name == licence)
        };
        Licence {
            licensed: named.map(|quantity| quantity.licensed),
            signed: counted.signed,
            claimed: counted.claimed,
            finding: findings.iter().find(about).map(difference),
            licence,
        }
    };
    Ok(Licences {
        items: counts.into_iter().map(of_licence).collect(),
        from: time::text(period.0),
        until: time::text(period.1),
    })
}

fn difference(finding: &Finding) -> Difference {
    Difference {
        kind: finding.kind.name(),
        basis: finding.basis.name(),
        proves: finding.kind.proves(finding.basis),
        does_not_prove: finding.kind.does_not_prove(),
        innocent: finding.kind.innocent(),
    }
}
