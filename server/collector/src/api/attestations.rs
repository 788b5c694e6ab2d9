//! `GET /v1/attestations`: verdicts by the time of their measurement, oldest first.

use super::problem::Problem;
use super::read::{Rows, Who};
use super::sight::Sight;
use super::{MAX_SCAN, cursor, limit, time};
use crate::service::Service;
use crate::store::{Compared, EvidenceRow, Position};
use axum::Extension;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use domicile_appraise::text::{Named as _, name_of};
use domicile_proto::types::{Digest, Key};
use domicile_proto::wire::{Binding, ChainFinding, Tier, VerdictValue};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::IntoParams;
use utoipa::ToSchema;

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct Filter {
    /// Of the host with this key, 64 hexadecimal digits.
    host: Option<String>,
    /// With this value, such as `confined`.
    value: Option<String>,
    /// Under this licence.
    licence: Option<String>,
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

/// A verdict as lists show it.
#[derive(Serialize, ToSchema)]
#[schema(as = Attestation)]
pub(super) struct Item {
    id: String,
    host: String,
    licence: String,
    value: &'static str,
    tier: &'static str,
    binding: &'static str,
    measured_from: Option<String>,
    measured_until: Option<String>,
    judged: Option<String>,
    expires: Option<String>,
    received: Option<String>,
    log_index: u64,
    chain: Vec<&'static str>,
    deciding_votes: Vec<String>,
}

impl Item {
    pub(super) fn of(id: &Digest, row: &EvidenceRow) -> Self {
        Self {
            id: id.to_string(),
            host: data_encoding::HEXLOWER.encode(&row.host),
            licence: row.licence.clone(),
            value: name_of::<VerdictValue>(row.value),
            tier: name_of::<Tier>(row.tier),
            binding: name_of::<Binding>(row.binding),
            measured_from: time::text(row.measured_from_ms),
            measured_until: time::text(row.measured_until_ms),
            judged: time::text(row.judged_ms),
            expires: time::text(row.expires_ms),
            received: time::text(row.received_ms),
            log_index: row.verdict_index,
            chain: row
                .chain
                .iter()
                .map(|raw| name_of::<ChainFinding>(*raw))
                .collect(),
            deciding_votes: row.deciding_votes.clone(),
        }
    }
}

#[derive(Serialize, ToSchema)]
#[schema(as = AttestationPage)]
struct Page {
    items: Vec<Item>,
    next: Option<String>,
}

/// A filter whose values have been read.
struct Wanted<'a> {
    host: Option<Key>,
    value: Option<i32>,
    licence: Option<&'a str>,
}

impl Wanted<'_> {
    fn matches(&self, row: &EvidenceRow) -> bool {
        self.value.is_none_or(|value| value == row.value)
            && self.licence.is_none_or(|licence| licence == row.licence)
    }
}

/// Verdicts by the time of their measurement, oldest first.
#[utoipa::path(
    get,
    path = "/v1/attestations",
    tag = "attestations",
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
    let (from, until) = time::range(filter.from.as_deref(), filter.until.as_deref())?;
    let wanted = wanted(filter)?;
    let mut after = cursor::position(sight.open(filter.cursor.as_deref())?.as_deref())?;
    let mut items = Vec::new();
    let mut looked_at = 0;
    loop {
        let page = service
            .store
            .attestations(wanted.host.as_ref(), from..until, after, most)?;
        looked_at += page.items.len();
        for Compared { id, row } in &page.items {
            after = Some(Position {
                at_ms: row.at_ms,
                id: *id,
            });
            if wanted.matches(row) && sight.sees_bytes(&row.host)? {
                sight.shows_bytes(&row.host);
                items.push(Item::of(id, row));
            }
            if items.len() == most {
                return Ok(Page {
                    items,
                    next: after.map(|at| sight.seal(cursor::of_position(&at))),
                });
            }
        }
        match page.next {
            None => return Ok(Page { items, next: None }),
            Some(next) => after = Some(next),
        }
        if looked_at >= MAX_SCAN {
            return Ok(Page {
                items,
                next: after.map(|at| sight.seal(cursor::of_position(&at))),
            });
        }
    }
}

fn wanted(filter: &Filter) -> Result<Wanted<'_>, Problem> {
    let host =
        match &filter.host {
            None => None,
            Some(text) => Some(text.parse::<Key>().map_err(|_| {
                Problem::query("`host`: its key, 64 hexadecimal digits, is expected")
            })?),
        };
    let value = match &filter.value {
        None => None,
        Some(name) => Some(VerdictValue::from_name(name).ok_or_else(|| {
            let names: Vec<_> = VerdictValue::NAMES.iter().map(|(_, name)| *name).collect();
            Problem::query(format!("`value`: one of {} is expected", names.join(", ")))
        })? as i32),
    };
    Ok(Wanted {
        host,
        value,
        licence: filter.licence.as_deref(),
    })
}

/// The evidence that a path names, with its row; only what has a verdict is an attestation, and only
/// what the caller may see.
pub(super) fn named(
    service: &Service,
    sight: &mut Sight<'_>,
    id: &str,
) -> Result<(Digest, EvidenceRow), Problem> {
    let id: Digest = id
        .parse()
        .map_err(|_| Problem::query("an attestation's id has 64 hexadecimal digits"))?;
    match service.store.evidence(&id)? {
        Some(row) if row.judged && sight.sees_bytes(&row.host)? => {
            sight.shows_bytes(&row.host);
            Ok((id, row))
        }
        Some(_) => Err(none(&id)),
        None => match service.store.erased_by(&id)? {
            Some(index) => Err(erased(service, sight, &id, index)?),
            None => Err(none(&id)),
        },
    }
}

fn none(id: &Digest) -> Problem {
    Problem::missing(format!("there is no attestation {id}"))
}

/// What is said of an attestation that was erased.
fn erased(
    service: &Service,
    sight: &mut Sight<'_>,
    id: &Digest,
    index: u64,
) -> Result<Problem, Problem> {
    let erasure = service.store.erasure(index)?.unwrap_or_default();
    if !sight.sees_erasure(&erasure)? {
        return Ok(none(id));
    }
    Ok(Problem::gone(format!(
        "attestation {id} was erased by record {index} of the log ({} by {}: {})",
        time::text_or_dash(erasure.at_ms),
        erasure.user,
        erasure.reason
    )))
}
