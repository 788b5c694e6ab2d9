//! `GET /v1/cases`, `/v1/cases/{case}`, `POST /v1/cases`, `/v1/cases/{case}/steps`: what people decide.
//! Which step is possible for whom, the case's own rules say (`domicile_diversion::cases`).

use super::case_input::{Opening, Step};
use super::case_text::{Case, Detail};
use super::limit;
use super::problem::Problem;
use super::read::{Rows, Who};
use super::sight::Sight;
use super::write::{Write, Written};
use crate::access::{Caller, Scope};
use crate::cases::{CaseError, Held, linked};
use crate::service::Service;
use axum::Extension;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State as Shared};
use axum::http::StatusCode;
use domicile_diversion::cases::{Refusal, State};
use domicile_proto::types::Key;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::sync::Arc;
use utoipa::IntoParams;
use utoipa::ToSchema;

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct Filter {
    /// In this state: inquiry, explained, under-review, substantiated, unsubstantiated, reported, closed.
    state: Option<String>,
    /// About this operator's hosts.
    operator: Option<String>,
    /// Whether the next step is overdue.
    overdue: Option<bool>,
    /// Rows of a page, 1 to 1000; 100 by default.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<usize>,
    /// `next` of the page before.
    cursor: Option<String>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = CasePage)]
struct Page {
    items: Vec<Case>,
    next: Option<String>,
}

/// Cases in the order of their numbers. A cursor is the number of the last one.
#[utoipa::path(
    get,
    path = "/v1/cases",
    tag = "cases",
    params(Filter),
    responses((status = 200, body = Page))
)]
pub(super) async fn list(
    Shared(service): Shared<Arc<Service>>,
    Extension(caller): Who,
    filter: Result<Query<Filter>, QueryRejection>,
) -> Result<Rows, Problem> {
    let Query(filter) = filter.map_err(|error| Problem::query(error.body_text()))?;
    let state = filter.state.as_deref().map(state).transpose()?;
    let after = filter.cursor.as_deref().map(str::parse).transpose();
    let after =
        after.map_err(|_| Problem::query("`cursor`: `next` of the page before is expected"))?;
    let most = limit(filter.limit)?;
    let now_ms = service.clock.now_ms();
    let wanted = |held: &Held| {
        let case = &held.case;
        state.is_none_or(|state| state == case.state())
            && filter.operator.as_deref().is_none_or(|name| name == &**case.operator())
            && filter.overdue.is_none_or(|overdue| overdue == case.is_overdue(now_ms))
            // What cannot be read is not shown; the store says so and stops.
            && may_see(&service, &caller, held).unwrap_or(false)
    };
    let found = tokio::task::block_in_place(|| service.docket.list(after, wanted, most + 1));
    let more = found.len() > most;
    let items: Vec<Case> = found
        .iter()
        .take(most)
        .map(|held| Case::of(held, now_ms))
        .collect();
    let last = items.last().map(|case| case.case.to_string());
    let next = last.filter(|_| more);
    Rows::json(items.len(), &Page { items, next })
}

/// A case with its steps.
#[utoipa::path(
    get,
    path = "/v1/cases/{case}",
    tag = "cases",
    params(("case" = u64, Path, description = "The case's number.")),
    responses((status = 200, body = Detail))
)]
pub(super) async fn show(
    Shared(service): Shared<Arc<Service>>,
    Extension(caller): Who,
    Path(number): Path<String>,
) -> Result<Rows, Problem> {
    let held = seen(&service, &caller, &number)?;
    let history = tokio::task::block_in_place(|| held.history(&service.store))?;
    let detail = Detail::of(&held, &history, service.clock.now_ms());
    Ok(Rows::json(1, &detail)?.whose(held.case.operator()))
}

/// Opens a case: an analyst about flags, an operator by contesting a flag or a verdict.
#[utoipa::path(
    post,
    path = "/v1/cases",
    tag = "cases",
    params(("idempotency-key" = String, Header, description = "8 to 64 letters, digits or `-_.:`, new for each write.", min_length = 8, max_length = 64, pattern = "^[A-Za-z0-9_.:-]{8,64}$")),
    request_body = Opening,
    responses((status = 201, body = Case))
)]
pub(super) async fn open(
    Shared(service): Shared<Arc<Service>>,
    write: Write<Opening>,
) -> Result<Written, Problem> {
    let person = write.caller.person.clone();
    write
        .once(async |opening, act| {
            let read = || opening.read(&service.store, person, act.at_ms());
            let opening = tokio::task::block_in_place(read)?;
            let now_ms = act.at_ms();
            let pending = service.docket.open_case(opening).await?;
            let answer = Case::of(pending.held(), now_ms);
            let about = BTreeSet::from([answer.operator.clone()]);
            let records = vec![pending.record()];
            let written = act
                .commit(records, StatusCode::CREATED, &answer, about)
                .await?;
            if let Some(index) = written.first_record() {
                pending.logged(index);
            }
            Ok(written)
        })
        .await
}

/// Takes a step.
#[utoipa::path(
    post,
    path = "/v1/cases/{case}/steps",
    tag = "cases",
    params(("case" = u64, Path, description = "The case's number."), ("idempotency-key" = String, Header, description = "8 to 64 letters, digits or `-_.:`, new for each write.", min_length = 8, max_length = 64, pattern = "^[A-Za-z0-9_.:-]{8,64}$")),
    request_body = Step,
    responses((status = 201, body = Case))
)]
pub(super) async fn step(
    Shared(service): Shared<Arc<Service>>,
    Path(number): Path<String>,
    write: Write<Step>,
) -> Result<Written, Problem> {
    let caller = Arc::clone(&write.caller);
    write
        .once(async |step, act| {
            let held = seen(&service, &caller, &number)?;
            let (number, now_ms) = (held.case.number(), act.at_ms());
            let read = || step.read(&service.store, caller.person.clone(), now_ms);
            let step = tokio::task::block_in_place(read)?;
            let pending = service.docket.step(number, step).await?;
            let answer = Case::of(pending.held(), now_ms);
            let about = BTreeSet::from([answer.operator.clone()]);
            let records = vec![pending.record()];
            let written = act
                .commit(records, StatusCode::CREATED, &answer, about)
                .await?;
            if let Some(index) = written.first_record() {
                pending.logged(index);
            }
            Ok(written)
        })
        .await
}

/// The case that a path names, if the caller may know of it.
pub(super) fn seen(service: &Service, caller: &Caller, number: &str) -> Result<Arc<Held>, Problem> {
    let missing = || Problem::missing("there is no such case: see /v1/cases");
    let number: u64 = number.parse().map_err(|_| missing())?;
    let held = service.docket.case(number).ok_or_else(missing)?;
    match may_see(service, caller, &held)? {
        true => Ok(held),
        false => Err(missing()),
    }
}

/// An operator sees the cases about its own hosts; a regulator those all of whose hosts it sees: a case
/// tells of each of them.
fn may_see(service: &Service, caller: &Caller, held: &Held) -> Result<bool, Problem> {
    match caller.scope() {
        Scope::All => return Ok(true),
        Scope::Operator(own) => return Ok(*own == **held.case.operator()),
        Scope::Territories(_) => {}
    }
    let store = &service.store;
    let mut hosts: Vec<Vec<u8>> = Vec::new();
    for flag in held.case.flags() {
        let named = linked(store, flag.record)?.map_or(Vec::new(), |(_, hosts)| hosts);
        hosts.extend(named.into_iter().map(Key::to_vec));
    }
    for id in held.case.verdicts() {
        hosts.extend(store.evidence(id)?.map(|row| row.host));
    }
    Sight::of(service, caller).sees_each(&hosts)
}

fn state(name: &str) -> Result<State, Problem> {
    State::of_name(name).ok_or_else(|| {
        let names = State::ALL.map(State::name).join(", ");
        Problem::query(format!("`state`: one of {names} is expected"))
    })
}

impl From<CaseError> for Problem {
    fn from(error: CaseError) -> Self {
        match error {
            CaseError::Store(error) => error.into(),
            CaseError::Missing(_) => Self::missing(error.to_string()),
            CaseError::Known(_) => Self::conflict(error.to_string()),
            CaseError::Refused(refusal) => refusal.into(),
        }
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        let text = refusal.to_string();
        match refusal {
            Refusal::Role { .. } | Refusal::Opening { .. } | Refusal::OtherOperator => {
                Self::not_for_you(text)
            }
            Refusal::NoFlag | Refusal::PastDeadline | Refusal::AccusesNobody { .. } => {
                Self::unprocessable(text)
            }
            Refusal::BeforeLast { .. } => Self::fault(),
            // What the case is now, or who decided so far: read it again, then it may be possible.
            Refusal::Stale { .. }
            | Refusal::State { .. }
            | Refusal::NotProposed { .. }
            | Refusal::NothingProposed
            | Refusal::AlreadyProposed { .. }
            | Refusal::OwnProposal
            | Refusal::SameApprover { .. }
            | Refusal::Contested
            | Refusal::NotContested
            | Refusal::StatisticsAlone
            | Refusal::NothingShown
            | Refusal::Duplicate
            | Refusal::Full { .. } => Self::conflict(text),
        }
    }
}
