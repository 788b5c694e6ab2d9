//! `GET /v1/cases/{case}/pack`, `/v1/cases/{case}/records`: a case to take away. The first is a page for
//! people, the second its records with the proofs that they are in the log.

use super::bundle::logged;
use super::cases::seen;
use super::detail::verdict;
use super::problem::Problem;
use super::read::{Content, Rows, Who};
use crate::cases::Held;
use crate::cases::pack::{Pack, Proven, VerdictText, evidence_of, is_final};
use crate::service::Service;
use crate::store::StoreError;
use axum::Extension;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use data_encoding::HEXLOWER;
use domicile_appraise::text::name_of;
use domicile_ledger::{Head, Kind, Leaf};
use domicile_proto::codec::{self, array};
use domicile_proto::wire::{Binding, CaseRecords, LoggedEntry, Premise, Tier, VerdictValue};
use serde::Deserialize;
use std::sync::Arc;
use utoipa::IntoParams;

const VERSION: u32 = 1;

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct Asked {
    /// Gives a draft of what two approvers have not agreed on.
    #[serde(default)]
    draft: bool,
}

/// The page. What two approvers have not agreed on is given as a draft only, and only when asked for.
#[utoipa::path(
    get,
    path = "/v1/cases/{case}/pack",
    tag = "cases",
    params(("case" = u64, Path, description = "The case's number."), Asked),
    responses((status = 200, content_type = "text/html", body = String))
)]
pub(super) async fn pack(
    State(service): State<Arc<Service>>,
    Extension(caller): Who,
    Path(number): Path<String>,
    asked: Result<Query<Asked>, QueryRejection>,
) -> Result<Rows, Problem> {
    let Query(asked) = asked.map_err(|error| Problem::query(error.body_text()))?;
    let held = seen(&service, &caller, &number)?;
    let state = held.case.state();
    if !is_final(state) && !asked.draft {
        return Err(Problem::conflict(format!(
            "the case is `{}`, and only what two approvers agreed on goes to an authority: \
             `draft=true` gives a draft of it",
            state.name()
        )));
    }
    let (head, checkpoint) = head(&service, &held).await?;
    let page = tokio::task::block_in_place(|| page(&service, &held, &head, &checkpoint))?;
    let body = Content::Typed("text/html; charset=utf-8", page.into_bytes());
    Ok(Rows::of(1, body).whose(held.case.operator()))
}

/// The records.
#[utoipa::path(
    get,
    path = "/v1/cases/{case}/records",
    tag = "cases",
    params(("case" = u64, Path, description = "The case's number.")),
    responses((status = 200, content_type = "application/octet-stream", body = String, description = "A `CaseRecords` message."))
)]
pub(super) async fn records(
    State(service): State<Arc<Service>>,
    Extension(caller): Who,
    Path(number): Path<String>,
) -> Result<Rows, Problem> {
    let held = seen(&service, &caller, &number)?;
    let (head, checkpoint) = head(&service, &held).await?;
    let entries = || -> Result<Vec<LoggedEntry>, Problem> {
        let indices = held.records.iter();
        indices
            .map(|index| logged(&service, *index, &head))
            .collect()
    };
    let records = tokio::task::block_in_place(entries)?;
    let rows = records.len();
    let all = CaseRecords {
        version: VERSION,
        number: held.case.number(),
        records,
        head: Some(service.log_head(&head)),
        log_origin: head.origin.clone(),
        checkpoint: checkpoint.into_bytes(),
    };
    let body = Content::File(codec::encode(&all));
    Ok(Rows::of(rows, body).whose(held.case.operator()))
}

/// A head over all of the case: one that witnesses signed, once there is one, and its checkpoint.
async fn head(service: &Service, held: &Held) -> Result<(Head, String), Problem> {
    let last = held.records.last().copied().unwrap_or_default();
    let covers = |size: u64| last < size;
    if !service.store.head().is_some_and(|head| covers(head.size)) {
        service.store.commit(Vec::new()).await?;
    }
    let witnessed = service.publication().witnessed();
    if let Some(one) = witnessed.filter(|one| covers(one.head().size)) {
        return Ok((one.head().clone(), one.note().to_owned()));
    }
    let head = service.store.head();
    let head = head.ok_or_else(|| StoreError::Closed("the log has no head".into()))?;
    Ok((Head::clone(&head), String::new()))
}

fn page(service: &Service, held: &Held, head: &Head, checkpoint: &str) -> Result<String, Problem> {
    let history = held.history(&service.store)?;
    let mut verdicts = Vec::new();
    let mut indices = held.records.clone();
    for id in evidence_of(held) {
        // What was erased is named by its hash, beside the flag.
        let row = service.store.evidence(&id)?.filter(|row| row.judged);
        if let Some(row) = row.filter(|row| row.verdict_index < head.size) {
            let mut text = text(service, row.verdict_index)?;
            text.id = id.to_string();
            verdicts.push(text);
            indices.extend([row.evidence_index, row.verdict_index]);
        }
    }
    indices.sort_unstable();
    indices.dedup();
    let records = indices.iter().map(|index| proven(service, *index, head));
    let records = records.collect::<Result<Vec<_>, _>>()?;
    let pack = Pack {
        held,
        history: &history,
        verdicts: &verdicts,
        records: &records,
        head,
        checkpoint,
        made_ms: service.clock.now_ms(),
    };
    Ok(pack.html())
}

fn text(service: &Service, index: u64) -> Result<VerdictText, Problem> {
    let verdict = verdict(service, index)?;
    let mut tiers = verdict.tiers.iter();
    let required = tiers.find(|tier| tier.tier == verdict.required_tier);
    let required = required.cloned().unwrap_or_default();
    let premises = verdict.premises.iter();
    Ok(VerdictText {
        id: String::new(),
        value: name_of::<VerdictValue>(verdict.value),
        tier: name_of::<Tier>(verdict.required_tier),
        possible: required.possible,
        premises: premises.map(|one| name_of::<Premise>(*one)).collect(),
        binding: name_of::<Binding>(verdict.binding),
        deciding: required.deciding_votes,
        from_ms: verdict.measured_from_ms,
        until_ms: verdict.measured_until_ms,
        index,
        policy: HEXLOWER.encode(&verdict.policy_hash),
    })
}

fn proven(service: &Service, index: u64, head: &Head) -> Result<Proven, Problem> {
    let entry = logged(service, index, head)?;
    let broken = |problem: String| Problem::from(StoreError::Closed(problem));
    let kind = u8::try_from(entry.kind).unwrap_or_default();
    let kind = Kind::try_from(kind).map_err(|error| broken(error.to_string()))?;
    let salt = array("salt", &entry.salt).map_err(|error| broken(error.to_string()))?;
    let path = entry.inclusion.iter().map(|hash| array("inclusion", hash));
    Ok(Proven {
        index,
        kind: kind.name(),
        time_ms: entry.time_ms,
        leaf_hash: Leaf::new(kind, entry.time_ms, &salt, &entry.payload).hash(),
        path: path
            .collect::<Result<_, _>>()
            .map_err(|error| broken(error.to_string()))?,
    })
}
