//! `GET /v1/incidents`, `/v1/forks`, `/v1/log/head`, `/v1/policy/shadow`.

use super::problem::Problem;
use super::read::{Rows, Who};
use super::sight::Sight;
use super::{MAX_LIMIT, MAX_SCAN, time};
use crate::publish::WitnessStanding;
use crate::service::Service;
use axum::Extension;
use axum::extract::State;
use data_encoding::HEXLOWER;
use serde::Serialize;
use std::sync::Arc;
use utoipa::ToSchema;

#[derive(Serialize, ToSchema)]
struct Items<T> {
    items: Vec<T>,
}

#[derive(Serialize, ToSchema)]
struct Incident {
    trust_domains: Vec<String>,
    first: Option<String>,
    last: Option<String>,
    attestations: u64,
}

#[derive(Serialize, ToSchema)]
struct Fork {
    host: String,
    received: Option<String>,
    first: String,
    log_index: u64,
}

#[derive(Serialize, ToSchema)]
#[schema(as = LogHead)]
struct Head {
    origin: String,
    log_key: String,
    size: u64,
    root: String,
    signature: String,
    note: String,
    publication: Publication,
}

#[derive(Serialize, ToSchema)]
struct Publication {
    /// Records under the published checkpoint, and under the newest that enough witnesses signed.
    published: u64,
    witnessed: u64,
    /// The published checkpoint, with its cosignatures.
    note: Option<String>,
    witnesses: Vec<WitnessStanding>,
}

/// The trust domains that would have to lie for verdicts in the log to hold, the first
/// [`MAX_LIMIT`].
#[utoipa::path(
    get,
    path = "/v1/incidents",
    tag = "log",
    responses((status = 200, body = Items<Incident>))
)]
pub(super) async fn incidents(State(service): State<Arc<Service>>) -> Result<Rows, Problem> {
    let items: Vec<Incident> = service
        .store
        .incidents(MAX_LIMIT)?
        .into_iter()
        .map(|row| Incident {
            trust_domains: row.trust_domains,
            first: time::text(row.first_ms),
            last: time::text(row.last_ms),
            attestations: row.attestations,
        })
        .collect();
    Rows::json(items.len(), &Items { items })
}

/// Other bytes that came under a used nonce, the first [`MAX_LIMIT`].
#[utoipa::path(
    get,
    path = "/v1/forks",
    tag = "hosts",
    responses((status = 200, body = Items<Fork>))
)]
pub(super) async fn forks(
    State(service): State<Arc<Service>>,
    Extension(caller): Who,
) -> Result<Rows, Problem> {
    let mut sight = Sight::of(&service, &caller);
    let looked_at = match sight.is_all() {
        true => MAX_LIMIT,
        false => MAX_SCAN,
    };
    let mut items = Vec::new();
    for row in service.store.forks(looked_at)? {
        if items.len() == MAX_LIMIT {
            break;
        }
        if !sight.sees_bytes(&row.host)? {
            continue;
        }
        sight.shows_bytes(&row.host);
        items.push(Fork {
            host: HEXLOWER.encode(&row.host),
            received: time::text(row.received_ms),
            first: HEXLOWER.encode(&row.first_hash),
            log_index: row.log_index,
        });
    }
    Ok(Rows::json(items.len(), &Items { items })?.about(sight))
}

/// The newest durable head: fields, and the C2SP note that other tools read.
#[utoipa::path(
    get,
    path = "/v1/log/head",
    tag = "log",
    responses((status = 200, body = Head))
)]
pub(super) async fn head(State(service): State<Arc<Service>>) -> Result<Rows, Problem> {
    let head = service
        .store
        .head()
        .ok_or_else(|| Problem::missing("the log is empty"))?;
    let key = service.log_key.public();
    let document = Head {
        origin: head.origin.clone(),
        log_key: key.to_string(),
        size: head.size,
        root: HEXLOWER.encode(&head.root),
        signature: HEXLOWER.encode(&head.signature),
        note: head.to_note(&key.0),
        publication: publication(&service),
    };
    Rows::json(1, &document)
}

/// What the policy that runs in shadow would have said.
#[utoipa::path(
    get,
    path = "/v1/policy/shadow",
    tag = "log",
    responses((status = 200, description = "What differs.", body = Object))
)]
pub(super) async fn shadow(State(service): State<Arc<Service>>) -> Result<Rows, Problem> {
    let compared = service.shadow.compared();
    Rows::json(compared.items.len(), &compared)
}

fn publication(service: &Service) -> Publication {
    let published = service.publication().published();
    let witnessed = service.publication().witnessed();
    Publication {
        published: published.as_ref().map_or(0, |one| one.head().size),
        witnessed: witnessed.map_or(0, |one| one.head().size),
        note: published.map(|one| one.note().to_owned()),
        witnesses: service.publication().witnesses(),
    }
}
