//! `POST /v1/holds`, `/v1/holds/{hold}/lift`: legal holds, placed and lifted while the collector runs.

use super::problem::Problem;
use super::write::{Write, Written};
use crate::retention::RetentionError;
use crate::retention::desk::By;
use crate::retention::hold::{self, Held};
use crate::service::Service;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use domicile_ledger::Kind;
use domicile_proto::codec;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::sync::Arc;
use utoipa::ToSchema;

/// A hold to be placed.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = PlacingHold)]
pub(super) struct Placing {
    /// `host`, `customer` or `licence`.
    scope: Scope,
    /// The host's key, 64 hexadecimal digits, or the name of the customer or licence.
    held: String,
    /// Why.
    reason: String,
}

#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
#[schema(as = HoldScope)]
enum Scope {
    Host,
    Customer,
    Licence,
}

/// A hold to be lifted.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = LiftingHold)]
pub(super) struct Lifting {
    /// Why.
    reason: String,
}

#[derive(Serialize, ToSchema)]
#[schema(as = PlacedHold)]
struct Placed {
    /// Hosts that it holds today; those enrolled later are held as well.
    hosts: usize,
}

#[derive(Serialize, ToSchema)]
#[schema(as = LiftedHold)]
struct Lifted {
    /// Log index of the hold.
    lifted: u64,
}

/// Places a legal hold.
#[utoipa::path(
    post,
    path = "/v1/holds",
    tag = "retention",
    params(("idempotency-key" = String, Header, description = "8 to 64 letters, digits or `-_.:`, new for each write.", min_length = 8, max_length = 64, pattern = "^[A-Za-z0-9_.:-]{8,64}$")),
    request_body = Placing,
    responses((status = 201, body = Placed))
)]
pub(super) async fn place(
    State(service): State<Arc<Service>>,
    write: Write<Placing>,
) -> Result<Written, Problem> {
    let user = write.caller.person.user.to_string();
    write
        .once(async |placing, act| {
            let held = match placing.scope {
                Scope::Host => Held::Host(placing.held.parse().map_err(|_| {
                    Problem::query("`held`: a host's key has 64 hexadecimal digits")
                })?),
                Scope::Customer => Held::Customer(placing.held),
                Scope::Licence => Held::Licence(placing.held),
            };
            let by = By::new(&user, &placing.reason)?;
            let placed = || hold::placing(&service.store, &held, &by, act.at_ms());
            let (record, hosts) = tokio::task::block_in_place(placed)?;
            let records = vec![(Kind::LegalHold, codec::encode(&record))];
            act.commit(
                records,
                StatusCode::CREATED,
                &Placed { hosts },
                BTreeSet::new(),
            )
            .await
        })
        .await
}

/// Lifts a legal hold.
#[utoipa::path(
    post,
    path = "/v1/holds/{hold}/lift",
    tag = "retention",
    params(("hold" = u64, Path, description = "The hold's log index."), ("idempotency-key" = String, Header, description = "8 to 64 letters, digits or `-_.:`, new for each write.", min_length = 8, max_length = 64, pattern = "^[A-Za-z0-9_.:-]{8,64}$")),
    request_body = Lifting,
    responses((status = 200, body = Lifted))
)]
pub(super) async fn lift(
    State(service): State<Arc<Service>>,
    Path(index): Path<String>,
    write: Write<Lifting>,
) -> Result<Written, Problem> {
    let user = write.caller.person.user.to_string();
    let index: u64 = index
        .parse()
        .map_err(|_| Problem::missing("a hold is named by its log index"))?;
    // Two that lift one hold: the second finds it lifted.
    let _alone = service.holds.lock(()).await;
    write
        .once(async |lifting, act| {
            let by = By::new(&user, &lifting.reason)?;
            let record = hold::lifting(&service.store, index, &by, act.at_ms())?;
            let records = vec![(Kind::LegalHold, codec::encode(&record))];
            act.commit(
                records,
                StatusCode::OK,
                &Lifted { lifted: index },
                BTreeSet::new(),
            )
            .await
        })
        .await
}

impl From<RetentionError> for Problem {
    fn from(error: RetentionError) -> Self {
        match error {
            RetentionError::Store(error) => error.into(),
            RetentionError::NoHold(_) => Self::missing(error.to_string()),
            RetentionError::HoldsNothing(_) => Self::conflict(error.to_string()),
            error => Self::unprocessable(error.to_string()),
        }
    }
}
