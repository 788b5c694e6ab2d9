//! `GET /v1/mesh`, `/v1/mesh/pairs`: what anchors measured of each other, and what that says about
//! them.

use super::problem::Problem;
use super::read::Rows;
use super::{cursor, limit, time};
use crate::mesh::MeshView;
use crate::mesh::view::MeshViewError;
use crate::service::Service;
use crate::store::{AnchorIncidentRow, MeshReading, StoreError};
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use domicile_geo::mesh::{Bias, Conflict, Examined, Finding, Shape, Whereabouts};
use domicile_geo::{EARTH_RADIUS_M, Territories, arc_below};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::IntoParams;
use utoipa::ToSchema;

/// Conflicts shown with one finding, the worst first.
const CONFLICTS: usize = 16;

#[derive(Serialize, ToSchema)]
#[schema(as = MeshFindings)]
struct Findings {
    items: Vec<Item>,
    /// No longer found, but not yet cleared or once logged: with when.
    closed: Vec<Closed>,
    directory_version: u64,
    lying_votes: u8,
    examined: Option<String>,
    anchors: usize,
    pairs: usize,
    pairs_possible: usize,
    /// Anchors of which nothing was heard lately.
    silent: Vec<String>,
    exact: bool,
}

#[derive(Serialize, ToSchema)]
#[schema(as = MeshFinding)]
struct Item {
    anchor: String,
    key: String,
    trust_domain: String,
    kind: &'static str,
    certainty: &'static str,
    tier: Option<&'static str>,
    since: Option<String>,
    log_index: Option<u64>,
    conflicts: usize,
    worst: Vec<Worst>,
    stopwatch: Option<Stopwatch>,
    whereabouts: Option<Place>,
    instead: Vec<String>,
    not_told_from: &'static str,
}

#[derive(Serialize, ToSchema)]
#[schema(as = MeshConflict)]
struct Worst {
    measurer: String,
    responder: String,
    rtt_ms: f64,
    missing_km: f64,
    tier: &'static str,
}

#[derive(Serialize, ToSchema)]
struct Stopwatch {
    partners: usize,
    offset_ms: f64,
    rate: f64,
    shape: &'static str,
}

#[derive(Serialize, ToSchema)]
#[schema(as = AnchorWhereabouts)]
struct Place {
    tier: &'static str,
    away_km: f64,
    nearest: String,
    within_km: f64,
    possible: Vec<String>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = ClosedMeshFinding)]
struct Closed {
    key: String,
    kind: String,
    first: Option<String>,
    closed: Option<String>,
    log_index: u64,
}

/// What is wrong with which anchor, by today's and yesterday's reports.
#[utoipa::path(
    get,
    path = "/v1/mesh",
    tag = "anchors",
    responses((status = 200, body = Findings))
)]
pub(super) async fn findings(State(service): State<Arc<Service>>) -> Result<Rows, Problem> {
    let _core = service.cores.acquire().await;
    let document = tokio::task::block_in_place(|| examined(&service))?;
    Rows::json(document.items.len(), &document)
}

fn examined(service: &Service) -> Result<Findings, Problem> {
    let view = view(service)?;
    let examined: Examined = view.examine().map_err(problem)?;
    let incidents = service.store.anchor_incidents()?;
    let anchors = view.anchors.len();
    let heard = |key| {
        let mut lately = view.lately.iter();
        lately.any(|reading| reading.measurer == key || reading.responder == key)
    };
    let silent = view.anchors.iter().filter(|anchor| !heard(anchor.key));
    Ok(Findings {
        items: examined
            .findings
            .iter()
            .filter_map(|finding| item(&view, finding, &incidents))
            .collect(),
        closed: incidents
            .iter()
            .filter(|row| row.closed)
            .map(closed)
            .collect(),
        directory_version: view.directory.version,
        lying_votes: view.directory.lying_votes,
        examined: time::text(view.at_ms),
        anchors,
        pairs: view.lately.len(),
        pairs_possible: anchors * anchors.saturating_sub(1),
        silent: silent.map(|anchor| anchor.name.clone()).collect(),
        exact: examined.exact,
    })
}

fn view(service: &Service) -> Result<MeshView, Problem> {
    let view = service.mesh_view().map_err(problem)?;
    view.ok_or_else(|| Problem::missing("no directory holds now"))
}

pub(super) fn problem(error: MeshViewError) -> Problem {
    match error {
        MeshViewError::Store(error) => error.into(),
        MeshViewError::Mesh(error) => StoreError::Closed(error.to_string()).into(),
    }
}

fn name(view: &MeshView, site: u16) -> String {
    view.at(site)
        .map(|anchor| anchor.name.clone())
        .unwrap_or_default()
}

fn item(view: &MeshView, finding: &Finding, incidents: &[AnchorIncidentRow]) -> Option<Item> {
    let anchor = view.at(finding.site)?;
    let kind = finding.kind.name();
    let logged = incidents
        .iter()
        .find(|row| row.anchor == anchor.key.0 && row.kind == kind && !row.closed);
    let instead = finding.instead.iter();
    Some(Item {
        anchor: anchor.name.clone(),
        key: anchor.key.to_string(),
        trust_domain: anchor.trust_domain.clone(),
        kind,
        certainty: finding.certainty.name(),
        tier: finding.certainty.tier().map(|tier| tier.label()),
        since: logged.and_then(|row| time::text(row.first_ms)),
        log_index: logged.map(|row| row.log_index),
        conflicts: finding.conflicts.len(),
        worst: finding
            .conflicts
            .iter()
            .take(CONFLICTS)
            .map(|c| worst(view, c))
            .collect(),
        stopwatch: finding.bias.map(stopwatch),
        whereabouts: finding
            .whereabouts
            .as_ref()
            .map(|place| whereabouts(view, place)),
        instead: instead.map(|site| name(view, *site)).collect(),
        not_told_from: finding.kind.not_told_from(),
    })
}

fn worst(view: &MeshView, conflict: &Conflict) -> Worst {
    Worst {
        measurer: name(view, conflict.sample.measurer),
        responder: name(view, conflict.sample.responder),
        rtt_ms: millis(conflict.sample.rtt_ns),
        missing_km: kilometres(conflict.margin_m()),
        tier: conflict.tier.label(),
    }
}

fn stopwatch(bias: Bias) -> Stopwatch {
    Stopwatch {
        partners: bias.partners,
        offset_ms: (bias.offset_ns / 1e3).round() / 1e3,
        rate: (bias.rate * 1e6).round() / 1e6,
        shape: match bias.shape {
            Shape::Offset => "offset",
            Shape::Rate => "rate",
            Shape::Factor => "factor",
            Shape::Unrelated => "unrelated",
            Shape::Irregular => "irregular",
        },
    }
}

fn whereabouts(view: &MeshView, place: &Whereabouts) -> Place {
    let codes = place.possible.codes(Territories::builtin());
    Place {
        tier: place.tier.label(),
        away_km: kilometres(place.away_m),
        nearest: name(view, place.nearest),
        within_km: kilometres(place.within_m),
        possible: codes.map(|code| code.to_string()).collect(),
    }
}

fn closed(row: &AnchorIncidentRow) -> Closed {
    Closed {
        key: data_encoding::HEXLOWER.encode(&row.anchor),
        kind: row.kind.clone(),
        first: time::text(row.first_ms),
        closed: time::text(row.changed_ms),
        log_index: row.log_index,
    }
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct Page {
    /// Rows of a page, 1 to 1000; 100 by default.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<usize>,
    /// `next` of the page before.
    cursor: Option<String>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = MeshPairs)]
struct Pairs {
    items: Vec<Pair>,
    next: Option<String>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = MeshPair)]
struct Pair {
    measurer: String,
    responder: String,
    rtt_ms: f64,
    distance_km: f64,
    /// The speed that the surveyed distance would have needed, as a share of that of light.
    speed: f64,
    measured: Option<String>,
    log_index: u64,
}

/// The shortest round trip of each ordered pair in today's and yesterday's reports.
#[utoipa::path(
    get,
    path = "/v1/mesh/pairs",
    tag = "anchors",
    params(Page),
    responses((status = 200, body = Pairs))
)]
pub(super) async fn pairs(
    State(service): State<Arc<Service>>,
    page: Result<Query<Page>, QueryRejection>,
) -> Result<Rows, Problem> {
    let Query(page) = page.map_err(|error| Problem::query(error.body_text()))?;
    let document = tokio::task::block_in_place(|| listed(&service, &page))?;
    Rows::json(document.items.len(), &document)
}

fn listed(service: &Service, page: &Page) -> Result<Pairs, Problem> {
    let most = limit(page.limit)?;
    let after = cursor::pair(page.cursor.as_deref())?;
    let view = view(service)?;
    let behind = view.lately.partition_point(|reading| {
        after.is_some_and(|after| (reading.measurer, reading.responder) <= after)
    });
    let rest = &view.lately[behind..];
    let shown = &rest[..rest.len().min(most)];
    let next = shown.last().filter(|_| rest.len() > most);
    Ok(Pairs {
        items: shown
            .iter()
            .filter_map(|reading| pair(&view, reading))
            .collect(),
        next: next.map(|last| cursor::of_pair(&last.measurer, &last.responder)),
    })
}

fn pair(view: &MeshView, reading: &MeshReading) -> Option<Pair> {
    const LIGHT_KM_PER_MS: f64 = 299.792_458;
    let measurer = view.anchor(&reading.measurer)?;
    let responder = view.anchor(&reading.responder)?;
    let chord = measurer.position.chord_squared(&responder.position).sqrt();
    let distance_m = arc_below(chord) * EARTH_RADIUS_M;
    let rtt_ms = millis(reading.rtt_ns);
    let speed = 2.0 * distance_m / 1e3 / (LIGHT_KM_PER_MS * rtt_ms);
    Some(Pair {
        measurer: measurer.name.clone(),
        responder: responder.name.clone(),
        rtt_ms,
        distance_km: kilometres(distance_m),
        speed: (speed * 1e4).round() / 1e4,
        measured: time::text(reading.at_ms),
        log_index: reading.log_index,
    })
}

#[allow(clippy::cast_precision_loss)] // for people, to the microsecond
fn millis(ns: u64) -> f64 {
    (ns as f64 / 1e3).round() / 1e3
}

fn kilometres(m: f64) -> f64 {
    (m / 100.0).round() / 10.0
}
