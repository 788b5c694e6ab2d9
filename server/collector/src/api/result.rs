//! `GET /v1/attestations/{id}/result`: the verdict as a signed attestation result, in the words of RATS.
//! `GET /v1/attestations/{id}/cose-receipt`: that it is in the log, as a COSE receipt.
//!
//! Both are made when asked for: the result is a function of the verdict, and Ed25519 signs the same
//! bytes the same way, so two askers without a nonce get the same file.

use super::attestations::named;
use super::detail;
use super::problem::Problem;
use super::read::{Content, Rows, Who};
use super::sight::Sight;
use crate::appraisals::AppraisalError;
use crate::service::Service;
use crate::store::EvidenceRow;
use axum::Extension;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use data_encoding::HEXLOWER_PERMISSIVE;
use domicile_appraise::verify::Report;
use domicile_geo::Territories;
use domicile_ledger::Head;
use domicile_proto::codec;
use domicile_proto::frame::MAX_TO_COLLECTOR;
use domicile_proto::wire::{EvidenceRecord, Signed};
use domicile_result::{AttestationResult, COSE_TYPE, IssueError, Subject, receipt};
use serde::Deserialize;
use std::sync::Arc;
use utoipa::IntoParams;

const JWS_TYPE: &str = "application/eat+jwt";

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct Wish {
    /// `cose` (the default) or `jws`.
    form: Option<String>,
    /// Comes back in the result: 16 to 128 hexadecimal digits.
    nonce: Option<String>,
}

/// The verdict as a signed attestation result.
#[utoipa::path(
    get,
    path = "/v1/attestations/{id}/result",
    tag = "attestations",
    params(("id" = String, Path, description = "The verdict's id, 64 hexadecimal digits."), Wish),
    responses((status = 200, description = "An EAT.", content((String = "application/eat+cwt"), (String = "application/eat+jwt"))))
)]
pub(super) async fn show(
    State(service): State<Arc<Service>>,
    Extension(caller): Who,
    Path(id): Path<String>,
    wish: Result<Query<Wish>, QueryRejection>,
) -> Result<Rows, Problem> {
    let Query(wish) = wish.map_err(|error| Problem::query(error.body_text()))?;
    let mut sight = Sight::of(&service, &caller);
    let (_, row) = named(&service, &mut sight, &id)?;
    let nonce = wish.nonce.as_deref().map(nonce).transpose()?;
    let result = || result(&service, &row, nonce.as_deref());
    let body = match wish.form.as_deref() {
        None | Some("cose") => {
            let result = tokio::task::block_in_place(result)?;
            Content::Typed(COSE_TYPE, result.to_cose(&service.key))
        }
        Some("jws") => {
            let result = tokio::task::block_in_place(result)?;
            Content::Typed(JWS_TYPE, result.to_jws(&service.key).into_bytes())
        }
        Some(_) => return Err(Problem::query("`form`: one of cose, jws is expected")),
    };
    Ok(Rows::of(1, body).about(sight))
}

fn nonce(text: &str) -> Result<Vec<u8>, Problem> {
    let bytes = HEXLOWER_PERMISSIVE.decode(text.as_bytes()).ok();
    bytes
        .filter(|bytes| (8..=64).contains(&bytes.len()))
        .ok_or_else(|| Problem::query("`nonce`: 16 to 128 hexadecimal digits are expected"))
}

fn result(
    service: &Service,
    row: &EvidenceRow,
    asked_with: Option<&[u8]>,
) -> Result<AttestationResult, Problem> {
    let verdict = detail::verdict(service, row.verdict_index)?;
    let broken = |error: String| AppraisalError::Record(error);
    let codec_broken = |error: codec::CodecError| broken(error.to_string());
    let record = service.store.read(row.evidence_index)?.payload;
    let record: EvidenceRecord =
        codec::decode(&record, 2 * MAX_TO_COLLECTOR).map_err(codec_broken)?;
    let signed: Signed = codec::decode(&record.evidence, MAX_TO_COLLECTOR).map_err(codec_broken)?;
    let report = Report::read(&signed).map_err(|error| broken(error.to_string()))?;
    let subject = Subject {
        verdict: &verdict,
        session_nonce: report.nonce.as_bytes(),
        territories: Territories::builtin(),
        asked_with,
    };
    AttestationResult::of(&subject).map_err(|error| match error {
        IssueError::Territories(_) => Problem::missing(format!(
            "there is no result: {error}; the verdict itself and its bundle are there"
        )),
        error => broken(error.to_string()).into(),
    })
}

/// That the verdict is in the log, as a COSE receipt.
#[utoipa::path(
    get,
    path = "/v1/attestations/{id}/cose-receipt",
    tag = "attestations",
    params(("id" = String, Path, description = "The verdict's id, 64 hexadecimal digits.")),
    responses((status = 200, content_type = "application/cose", body = String, description = "A COSE receipt."))
)]
pub(super) async fn receipt(
    State(service): State<Arc<Service>>,
    Extension(caller): Who,
    Path(id): Path<String>,
) -> Result<Rows, Problem> {
    let mut sight = Sight::of(&service, &caller);
    let (_, row) = named(&service, &mut sight, &id)?;
    let index = row.verdict_index;
    let covers = |head: &Arc<Head>| head.size > index;
    if !service.store.head().as_ref().is_some_and(covers) {
        service.store.commit(Vec::new()).await?;
    }
    let head = service.store.head().filter(covers);
    let head = head.ok_or_else(|| Problem::missing("the log has no head over this verdict yet"))?;
    let proof = service.store.inclusion(index, head.size)?;
    let receipt = receipt::sign(&head, &proof, &service.log_key);
    let body = Content::Typed(receipt::RECEIPT_TYPE, receipt);
    Ok(Rows::of(1, body).about(sight))
}
