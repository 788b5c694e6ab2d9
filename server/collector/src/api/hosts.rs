//! `GET /v1/hosts`: who is enrolled, whether it reports, and its newest verdict.

use super::problem::Problem;
use super::read::{Rows, Who};
use super::sight::Sight;
use super::{cursor, limit, page, time};
use crate::desk::declaration::{ABSENT, name, shown};
use crate::service::Service;
use crate::store::HostRow;
use axum::Extension;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use domicile_appraise::liveness::HostState;
use domicile_appraise::text::{Named as _, name_of};
use domicile_proto::types::{Digest, Key};
use domicile_proto::wire::{Tier, VerdictValue};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::IntoParams;
use utoipa::ToSchema;

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct Filter {
    /// Of this customer.
    customer: Option<String>,
    /// At this site.
    site: Option<String>,
    /// Under this licence.
    licence: Option<String>,
    /// In this state: enrolled, reporting, late, silent, withdrawn, or one that is declared.
    state: Option<String>,
    /// Rows of a page, 1 to 1000; 100 by default.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<usize>,
    /// `next` of the page before.
    cursor: Option<String>,
}

#[derive(Serialize, ToSchema)]
struct Host {
    host: String,
    customer: String,
    operator: String,
    site: String,
    metro: String,
    territory: String,
    licence: String,
    enrolled: Option<String>,
    state: &'static str,
    last_seen: Option<String>,
    last_verdict: Option<LastVerdict>,
    /// Log index of the newest erasure of its raw records.
    erased_by: Option<u64>,
    /// What its operator declared, where it is for now.
    declared: Option<Declared>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = DeclaredAbsence)]
struct Declared {
    state: &'static str,
    from: Option<String>,
    until: Option<String>,
    why: String,
    user: String,
    log_index: u64,
}

#[derive(Serialize, ToSchema)]
struct LastVerdict {
    id: String,
    value: &'static str,
    tier: &'static str,
    measured_from: Option<String>,
    measured_until: Option<String>,
    judged: Option<String>,
    expires: Option<String>,
    current: bool,
}

#[derive(Serialize, ToSchema)]
#[schema(as = HostPage)]
struct Page {
    items: Vec<Host>,
    next: Option<String>,
}

/// Who is enrolled, whether it reports, and its newest verdict.
#[utoipa::path(
    get,
    path = "/v1/hosts",
    tag = "hosts",
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
    if let Some(state) = &filter.state {
        let names = HostState::NAMES.iter().map(|(_, name)| *name);
        let names: Vec<_> = names.chain(ABSENT.iter().map(|(_, name)| *name)).collect();
        if !names.contains(&state.as_str()) {
            let names = names.join(", ");
            return Err(Problem::query(format!(
                "`state`: one of {names} is expected"
            )));
        }
    }
    let after = cursor::host(sight.open(filter.cursor.as_deref())?.as_deref())?;
    let (items, next) = page::scan(
        most,
        after,
        |after| Ok(service.store.hosts(after.copied(), most)?),
        |key, row| match sight.sees_row(key, &row)? {
            true => {
                let host = host(service, filter, key, row)?;
                if host.is_some() {
                    sight.shows(key);
                }
                Ok(host)
            }
            false => Ok(None),
        },
    )?;
    Ok(Page {
        items,
        next: next.map(|key| sight.seal(cursor::of_host(&key))),
    })
}

fn host(
    service: &Service,
    filter: &Filter,
    key: &Key,
    row: HostRow,
) -> Result<Option<Host>, Problem> {
    let matches =
        |wanted: &Option<String>, value: &str| wanted.as_ref().is_none_or(|wanted| wanted == value);
    if !matches(&filter.customer, &row.customer)
        || !matches(&filter.site, &row.site)
        || !matches(&filter.licence, &row.licence)
    {
        return Ok(None);
    }
    let now_ms = service.clock.now_ms();
    let state = service.host_state(key, &row, now_ms)?;
    let declared = service.declared(key, now_ms)?;
    let last_seen_ms = service.store.last_seen(key, &row)?;
    let state = shown(state, last_seen_ms, declared.as_ref().map(|(_, row)| row));
    if !matches(&filter.state, state) {
        return Ok(None);
    }
    Ok(Some(Host {
        host: key.to_string(),
        enrolled: time::text(row.enrolled_ms),
        state,
        last_seen: time::text(last_seen_ms),
        declared: declared.map(|(log_index, row)| Declared {
            state: name(row.state()),
            from: time::text(row.from_ms),
            until: time::text(row.until_ms),
            why: row.why,
            user: row.user,
            log_index,
        }),
        last_verdict: last_verdict(service, &row, now_ms)?,
        erased_by: row.erased_by,
        customer: row.customer,
        operator: row.operator,
        site: row.site,
        metro: row.metro,
        territory: row.territory,
        licence: row.licence,
    }))
}

fn last_verdict(
    service: &Service,
    row: &HostRow,
    now_ms: u64,
) -> Result<Option<LastVerdict>, Problem> {
    let Ok(id) = Digest::read("verdict", &row.verdict_evidence) else {
        return Ok(None);
    };
    Ok(service.store.evidence(&id)?.map(|verdict| LastVerdict {
        id: id.to_string(),
        value: name_of::<VerdictValue>(verdict.value),
        tier: name_of::<Tier>(verdict.tier),
        measured_from: time::text(verdict.measured_from_ms),
        measured_until: time::text(verdict.measured_until_ms),
        judged: time::text(verdict.judged_ms),
        expires: time::text(verdict.expires_ms),
        current: verdict.expires_ms > now_ms && row.withdrawn_ms == 0,
    }))
}
