//! The auditors' side: HTTPS with client certificates, read-only, JSON. Every read is in the log
//! before its answer goes out.
//!
//! | path | module |
//! |---|---|
//! | `/v1/hosts` | `hosts` |
//! | `/v1/hosts/{host}/records` | `records` |
//! | `/v1/attestations`, `/v1/attestations/{id}` | `attestations`, `detail` |
//! | `/v1/attestations/{id}/bundle` | `bundle` |
//! | `/v1/attestations/{id}/belief` | `belief` |
//! | `/v1/attestations/{id}/result`, `/v1/attestations/{id}/cose-receipt` | `result` |
//! | `/v1/mesh`, `/v1/mesh/pairs` | `mesh` |
//! | `/v1/devices`, `/v1/devices/{name}` | `devices` |
//! | `/v1/device-findings`, `/v1/licences` | `findings` |
//! | `/v1/erasures`, `/v1/holds` | `erasures` |
//! | `/v1/incidents`, `/v1/forks`, `/v1/log/head` | `lists` |
//!
//! Lists take `limit` (1 to 1000) and `cursor` (from `next` of the page before, with the same
//! filters). Times are RFC 3339 in UTC, ranges half-open. Errors are RFC 9457 problems.

mod attestations;
mod belief;
mod bundle;
mod cursor;
mod detail;
mod device_detail;
mod devices;
mod erasures;
mod findings;
mod hosts;
mod listener;
mod lists;
mod mesh;
mod page;
mod problem;
mod read;
mod records;
mod result;
mod time;

pub use listener::ApiError;
pub(crate) use listener::bind;
pub(crate) use time::text_or_dash as time_text;

use crate::service::Service;
use axum::Router;
use axum::routing::get;
use std::sync::Arc;

/// Rows of a page when the query names no limit.
const DEFAULT_LIMIT: usize = 100;

/// Rows of a page at most.
const MAX_LIMIT: usize = 1000;

/// Rows looked at for one page: a filter that matches little gives short pages, not long waits.
const MAX_SCAN: usize = 20_000;

/// Longest path and query, bytes.
const MAX_QUERY: usize = 2048;

fn router(service: Arc<Service>) -> Router {
    Router::new()
        .route("/v1/hosts", get(hosts::list))
        .route("/v1/hosts/{host}/records", get(records::export))
        .route("/v1/attestations", get(attestations::list))
        .route("/v1/attestations/{id}", get(detail::show))
        .route("/v1/attestations/{id}/bundle", get(bundle::export))
        .route("/v1/attestations/{id}/belief", get(belief::show))
        .route("/v1/attestations/{id}/result", get(result::show))
        .route("/v1/attestations/{id}/cose-receipt", get(result::receipt))
        .route("/v1/incidents", get(lists::incidents))
        .route("/v1/forks", get(lists::forks))
        .route("/v1/devices", get(devices::list))
        .route("/v1/devices/{name}", get(devices::show))
        .route("/v1/device-findings", get(findings::list))
        .route("/v1/licences", get(findings::licences))
        .route("/v1/erasures", get(erasures::list))
        .route("/v1/holds", get(erasures::holds))
        .route("/v1/mesh", get(mesh::findings))
        .route("/v1/mesh/pairs", get(mesh::pairs))
        .route("/v1/log/head", get(lists::head))
        .fallback(problem::not_found)
        .method_not_allowed_fallback(problem::method_not_allowed)
        .with_state(service)
}

/// A page's size from the query.
fn limit(asked: Option<usize>) -> Result<usize, problem::Problem> {
    match asked {
        None => Ok(DEFAULT_LIMIT),
        Some(limit) if (1..=MAX_LIMIT).contains(&limit) => Ok(limit),
        Some(limit) => Err(problem::Problem::query(format!(
            "`limit`: {limit} where 1 to {MAX_LIMIT} are allowed"
        ))),
    }
}
