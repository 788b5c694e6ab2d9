//! `GET /v1/attestations/{id}/belief`: where a session's responder is likely to be. Statistics,
//! computed now from the mesh as it is now: no part of the verdict, and not in the log.

use super::attestations::named;
use super::detail::verdict;
use super::mesh::problem;
use super::problem::Problem;
use super::read::{Rows, Who};
use super::sight::Sight;
use super::time;
use crate::service::Service;
use axum::Extension;
use axum::extract::{Path, State};
use domicile_geo::{UnitVec, convert};
use domicile_proto::types::Key;
use domicile_proto::wire::{AnchorOutcome, AnchorReading};
use serde::Serialize;
use std::sync::Arc;
use utoipa::ToSchema;

/// Territories and places shown, the most likely first.
const SHOWN: usize = 20;

/// The part of the probability that the ellipse holds.
const ELLIPSE: f64 = 0.9;

const WARNING: &str = "statistics: a host that delays its answers makes this whatever it likes; \
                       no verdict uses it";

#[derive(Serialize, ToSchema)]
struct Believed {
    warning: &'static str,
    /// When the mesh was last learnt from; null: not yet, default numbers were used.
    calibrated: Option<String>,
    anchors: usize,
    estimate: Option<Point>,
    territories: Vec<Territory>,
    places: Vec<Place>,
    ellipse_90: Option<Ellipse>,
}

#[derive(Serialize, ToSchema)]
struct Point {
    latitude: f64,
    longitude: f64,
}

#[derive(Serialize, ToSchema)]
struct Territory {
    code: String,
    probability: f64,
}

#[derive(Serialize, ToSchema)]
#[schema(as = BelievedPlace)]
struct Place {
    city: String,
    territory: String,
    is_anchor_site: bool,
    probability: f64,
    at: Point,
}

#[derive(Serialize, ToSchema)]
struct Ellipse {
    center: Point,
    major_km: f64,
    minor_km: f64,
    bearing_degrees: f64,
}

/// Where the responder is likely to be: statistics, no part of the verdict.
#[utoipa::path(
    get,
    path = "/v1/attestations/{id}/belief",
    tag = "attestations",
    params(("id" = String, Path, description = "The verdict's id, 64 hexadecimal digits.")),
    responses((status = 200, body = Believed))
)]
pub(super) async fn show(
    State(service): State<Arc<Service>>,
    Extension(caller): Who,
    Path(id): Path<String>,
) -> Result<Rows, Problem> {
    let _core = service.cores.acquire().await;
    let mut sight = Sight::of(&service, &caller);
    let believed = tokio::task::block_in_place(|| believed(&service, &mut sight, &id))?;
    Ok(Rows::json(1, &believed)?.about(sight))
}

fn believed(service: &Service, sight: &mut Sight<'_>, id: &str) -> Result<Believed, Problem> {
    let (_, row) = named(service, sight, id)?;
    let verdict = verdict(service, row.verdict_index)?;
    // A limit is no round trip: taken as one it would put the host where the limit ends.
    if verdict.readings.iter().any(|reading| reading.limit_ns != 0) {
        return Err(Problem::missing(
            "this session is coarse: its anchors signed limits, no round trips, and nothing is believed from those",
        ));
    }
    let readings: Vec<_> = verdict.readings.iter().filter_map(counted).collect();
    let answer = service.believe(&readings).map_err(problem)?;
    let answer = answer.ok_or_else(|| Problem::missing("no directory holds now"))?;
    let belief = &answer.belief;
    let territories = belief.territories().iter().take(SHOWN);
    let places = belief.places().iter().take(SHOWN);
    Ok(Believed {
        warning: WARNING,
        calibrated: answer.calibrated_ms.and_then(time::text),
        anchors: answer.anchors,
        estimate: belief.estimate().map(|at| point(&at)),
        territories: territories
            .map(|(code, probability)| Territory {
                code: code.to_string(),
                probability: *probability,
            })
            .collect(),
        places: places
            .map(|place| Place {
                city: place.city.clone(),
                territory: place.territory.to_string(),
                is_anchor_site: place.is_site,
                probability: place.probability,
                at: point(&place.position),
            })
            .collect(),
        ellipse_90: belief.ellipse(ELLIPSE).map(|ellipse| Ellipse {
            center: point(&ellipse.center),
            major_km: ellipse.major_km,
            minor_km: ellipse.minor_km,
            bearing_degrees: ellipse.bearing_degrees,
        }),
    })
}

/// An anchor whose receipt counted, and its shortest round trip.
fn counted(reading: &AnchorReading) -> Option<(Key, u64)> {
    let key = Key::read("anchor_key", &reading.anchor_key).ok()?;
    (reading.outcome() == AnchorOutcome::Counted).then_some((key, reading.anchor_min_rtt_ns))
}

fn point(at: &UnitVec) -> Point {
    let (latitude, longitude) = convert::degrees(at);
    Point {
        latitude,
        longitude,
    }
}
