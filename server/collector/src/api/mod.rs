//! The side for people: HTTPS with client certificates or bearer tokens, JSON. Every request of a known
//! user is in the log before its answer goes out; who may do what stands in [`crate::access`].
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
//! | `/v1/cases`, `/v1/cases/{case}`, `/v1/cases/{case}/steps` | `cases`, `case_input`, `case_text` |
//! | `/v1/cases/{case}/pack`, `/v1/cases/{case}/records` | `case_pack` |
//! | `/v1/flags`, `/v1/flags/{id}` | `flags` |
//! | `/v1/registry`, `/v1/registry/changes` | `registry` |
//! | `/v1/hosts/{host}/declarations` | `declarations` |
//! | `/v1/erasures`, `/v1/holds` | `erasures`; `holds` writes |
//! | `/v1/queries` | `queries` |
//! | `/v1/openapi.json` | `openapi` |
//! | `/v1/incidents`, `/v1/forks`, `/v1/log/head`, `/v1/policy/shadow` | `lists` |
//!
//! What of it a caller with a scope may see, `sight` says.
//!
//! Lists take `limit` (1 to 1000) and `cursor` (from `next` of the page before, with the same
//! filters). Times are RFC 3339 in UTC, ranges half-open. Errors are RFC 9457 problems. Writes (`write`)
//! are POST or PUT with JSON and an `Idempotency-Key`.
// The macros of utoipa qualify every name that they are given.
#![allow(unused_qualifications)]

mod attestations;
mod belief;
mod bundle;
mod case_input;
mod case_pack;
mod case_text;
mod cases;
mod covered;
mod cursor;
mod declarations;
mod detail;
mod device_detail;
mod devices;
mod erasures;
mod findings;
mod flags;
mod holds;
mod hosts;
mod listener;
mod lists;
mod mesh;
mod openapi;
mod page;
mod problem;
mod queries;
mod read;
mod records;
mod registry;
mod result;
mod sight;
mod time;
mod write;

pub use listener::ApiError;
pub(crate) use listener::bind;
pub(crate) use time::text_or_dash as time_text;

use crate::access::Permission;
use crate::service::Service;
use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::{MethodRouter, get, post, put};
use std::sync::Arc;

/// Rows of a page when the query names no limit.
const DEFAULT_LIMIT: usize = 100;

/// Rows of a page at most.
const MAX_LIMIT: usize = 1000;

/// Rows looked at for one page: a filter that matches little gives short pages, not long waits.
const MAX_SCAN: usize = 20_000;

/// Longest path and query, bytes.
const MAX_QUERY: usize = 2048;

/// Every route, with the permission that it asks for. A new one goes here, its module above, its
/// description as `openapi` says.
fn router(service: Arc<Service>) -> Router {
    use Permission::{
        Declare, ReadAnchors, ReadCases, ReadEvidence, ReadFlags, ReadFleet, ReadHosts, ReadLog,
        ReadQueries, ReadRegistry, ReadRetention, WriteCases, WriteHolds, WriteRegistry,
    };
    Router::new()
        .route("/v1/hosts", of(ReadHosts, get(hosts::list)))
        .route(
            "/v1/hosts/{host}/records",
            of(ReadEvidence, get(records::export)),
        )
        .route("/v1/attestations", of(ReadHosts, get(attestations::list)))
        .route("/v1/attestations/{id}", of(ReadHosts, get(detail::show)))
        .route(
            "/v1/attestations/{id}/bundle",
            of(ReadEvidence, get(bundle::export)),
        )
        .route(
            "/v1/attestations/{id}/belief",
            of(ReadEvidence, get(belief::show)),
        )
        .route(
            "/v1/attestations/{id}/result",
            of(ReadEvidence, get(result::show)),
        )
        .route(
            "/v1/attestations/{id}/cose-receipt",
            of(ReadEvidence, get(result::receipt)),
        )
        .route("/v1/incidents", of(ReadFleet, get(lists::incidents)))
        .route("/v1/forks", of(ReadHosts, get(lists::forks)))
        .route("/v1/devices", of(ReadHosts, get(devices::list)))
        .route("/v1/devices/{name}", of(ReadHosts, get(devices::show)))
        .route("/v1/device-findings", of(ReadHosts, get(findings::list)))
        .route("/v1/licences", of(ReadFleet, get(findings::licences)))
        .route("/v1/erasures", of(ReadRetention, get(erasures::list)))
        .route("/v1/holds", of(ReadRetention, get(erasures::holds)))
        .route("/v1/holds", of(WriteHolds, post(holds::place)))
        .route("/v1/holds/{hold}/lift", of(WriteHolds, post(holds::lift)))
        .route("/v1/cases", of(ReadCases, get(cases::list)))
        .route("/v1/cases", of(WriteCases, post(cases::open)))
        .route("/v1/cases/{case}", of(ReadCases, get(cases::show)))
        .route("/v1/cases/{case}/steps", of(WriteCases, post(cases::step)))
        .route("/v1/cases/{case}/pack", of(ReadCases, get(case_pack::pack)))
        .route(
            "/v1/cases/{case}/records",
            of(ReadCases, get(case_pack::records)),
        )
        .route("/v1/mesh", of(ReadAnchors, get(mesh::findings)))
        .route("/v1/mesh/pairs", of(ReadAnchors, get(mesh::pairs)))
        .route("/v1/queries", of(ReadQueries, get(queries::list)))
        .route("/v1/openapi.json", of(ReadLog, get(openapi::show)))
        .route("/v1/flags", of(ReadFlags, get(flags::list)))
        .route("/v1/flags/{id}", of(ReadFlags, get(flags::show)))
        .route(
            "/v1/hosts/{host}/declarations",
            of(ReadHosts, get(declarations::list)),
        )
        .route(
            "/v1/hosts/{host}/declarations",
            of(Declare, post(declarations::declare_absence)),
        )
        .route("/v1/registry", of(ReadRegistry, get(registry::show)))
        .route("/v1/registry", of(WriteRegistry, put(registry::change)))
        .route(
            "/v1/registry/changes",
            of(ReadRegistry, get(registry::changes)),
        )
        .route(
            "/v1/registry/changes/{index}",
            of(ReadRegistry, get(registry::changed)),
        )
        .route("/v1/log/head", of(ReadLog, get(lists::head)))
        .route("/v1/policy/shadow", of(ReadFleet, get(lists::shadow)))
        .fallback(problem::not_found)
        .method_not_allowed_fallback(problem::method_not_allowed)
        .with_state(service)
}

/// A route for callers with a permission.
fn of(permission: Permission, route: MethodRouter<Arc<Service>>) -> MethodRouter<Arc<Service>> {
    route.route_layer(from_fn_with_state(permission, read::permitted))
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
