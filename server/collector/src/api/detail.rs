//! `GET /v1/attestations/{id}`: one verdict in full, decoded from its signed bytes in the log.

use super::attestations::{Item, named};
use super::device_detail::{DeviceDetail, TpmDetail};
use super::problem::Problem;
use super::read::{Rows, Who};
use super::sight::Sight;
use crate::appraisals::AppraisalError;
use crate::publish::Standing;
use crate::service::Service;
use axum::Extension;
use axum::extract::{Path, State};
use data_encoding::HEXLOWER;
use domicile_appraise::text::name_of;
use domicile_proto::codec;
use domicile_proto::directory::Directory;
use domicile_proto::frame::MAX_TO_COLLECTOR;
use domicile_proto::types::Key;
use domicile_proto::wire::{
    AnchorOutcome, AnchorReading, Binding, DropReason, Freshness, InvalidReason, Premise, Signed,
    Tier, TierResult, Verdict, VerdictValue,
};
use serde::Serialize;
use std::sync::Arc;
use utoipa::ToSchema;

#[derive(Serialize, ToSchema)]
#[schema(as = AttestationDetail)]
struct Detail {
    #[serde(flatten)]
    item: Item,
    evidence_log_index: u64,
    publication: Standing,
    freshness: &'static str,
    lying_votes: u32,
    premises: Vec<&'static str>,
    tiers: Vec<TierDetail>,
    readings: Vec<Reading>,
    invalid_reason: Option<&'static str>,
    devices: Vec<DeviceDetail>,
    /// PDIs that authentic devices name as linked to them and that sent no authentic report.
    missing_devices: Vec<String>,
    /// From the measurement's end to the receipt; the device signed between them.
    device_window_ms: Option<u64>,
    /// Absent when the report has no quote.
    tpm: Option<TpmDetail>,
    conflicts_with: Option<String>,
    compared_with: Vec<String>,
    notes: Notes,
    hashes: Hashes,
    code_version: String,
    directory_version: u64,
}

#[derive(Serialize, ToSchema)]
struct TierDetail {
    tier: &'static str,
    value: &'static str,
    possible: Vec<String>,
    excluded: u32,
    deciding_votes: Vec<String>,
    lying_votes: Vec<String>,
}

#[derive(Serialize, ToSchema)]
struct Reading {
    anchor: String,
    name: Option<String>,
    metro: Option<String>,
    trust_domain: Option<String>,
    outcome: &'static str,
    drop_reason: Option<&'static str>,
    anchor_min_rtt_ns: Option<u64>,
    agent_min_rtt_ns: Option<u64>,
    /// Coarse: the round trip is at most this; no time was signed.
    limit_ns: Option<u64>,
    own_operator: bool,
    agent_agrees: bool,
    tunnelled: bool,
    proxied: bool,
}

#[derive(Serialize, ToSchema)]
#[schema(as = PathNotes)]
struct Notes {
    common_offset_ns: u64,
    disagreeing_ends: u32,
    tunnelled: u32,
    proxied: u32,
    /// Counted anchors that signed only a limit: a coarse session.
    limits_only: u32,
}

#[derive(Serialize, ToSchema)]
struct Hashes {
    policy: String,
    directory: String,
    territories: String,
    enrolment: String,
    device_roots: Option<String>,
}

/// One verdict in full.
#[utoipa::path(
    get,
    path = "/v1/attestations/{id}",
    tag = "attestations",
    params(("id" = String, Path, description = "The verdict's id, 64 hexadecimal digits.")),
    responses((status = 200, body = Detail))
)]
pub(super) async fn show(
    State(service): State<Arc<Service>>,
    Extension(caller): Who,
    Path(id): Path<String>,
) -> Result<Rows, Problem> {
    let mut sight = Sight::of(&service, &caller);
    let detail = tokio::task::block_in_place(|| detail(&service, &mut sight, &id))?;
    Ok(Rows::json(1, &detail)?.about(sight))
}

fn detail(service: &Service, sight: &mut Sight<'_>, id: &str) -> Result<Detail, Problem> {
    let (id, row) = named(service, sight, id)?;
    let verdict = verdict(service, row.verdict_index)?;
    let directory = service.books().any_directory(row.directory_version);
    let directory = directory.as_deref();
    let hex = |bytes: &Vec<u8>| HEXLOWER.encode(bytes);
    let some = |bytes: &Vec<u8>| (!bytes.is_empty()).then(|| HEXLOWER.encode(bytes));
    let notes = verdict.notes.unwrap_or_default();
    Ok(Detail {
        item: Item::of(&id, &row),
        evidence_log_index: row.evidence_index,
        publication: service.publication().of(row.verdict_index),
        freshness: name_of::<Freshness>(verdict.freshness),
        lying_votes: verdict.lying_votes,
        premises: verdict
            .premises
            .iter()
            .map(|raw| name_of::<Premise>(*raw))
            .collect(),
        tiers: verdict.tiers.into_iter().map(TierDetail::from).collect(),
        readings: verdict
            .readings
            .iter()
            .map(|one| reading(one, directory))
            .collect(),
        invalid_reason: (verdict.invalid_reason != 0)
            .then(|| name_of::<InvalidReason>(verdict.invalid_reason)),
        devices: verdict.devices.iter().map(DeviceDetail::of).collect(),
        missing_devices: verdict.missing_devices.iter().map(hex).collect(),
        device_window_ms: (verdict.binding == Binding::Gpu as i32)
            .then_some(verdict.device_window_ms),
        tpm: verdict.tpm.as_ref().map(TpmDetail::of),
        conflicts_with: some(&verdict.conflicts_with),
        compared_with: verdict.compared_with.iter().map(hex).collect(),
        notes: Notes {
            common_offset_ns: notes.common_offset_ns,
            disagreeing_ends: notes.disagreeing_ends,
            tunnelled: notes.tunnelled,
            proxied: notes.proxied,
            limits_only: notes.limits_only,
        },
        hashes: Hashes {
            policy: hex(&verdict.policy_hash),
            directory: hex(&verdict.directory_hash),
            territories: hex(&verdict.territories_hash),
            enrolment: hex(&verdict.enrolment_hash),
            device_roots: some(&verdict.device_roots_hash),
        },
        code_version: verdict.code_version,
        directory_version: row.directory_version,
    })
}

/// The verdict at an index of the log.
pub(super) fn verdict(service: &Service, index: u64) -> Result<Verdict, Problem> {
    let bytes = service.store.read(index)?.payload;
    let broken = |error: codec::CodecError| AppraisalError::Record(error.to_string());
    let signed: Signed = codec::decode(&bytes, MAX_TO_COLLECTOR).map_err(broken)?;
    Ok(codec::decode(&signed.payload, MAX_TO_COLLECTOR).map_err(broken)?)
}

impl From<TierResult> for TierDetail {
    fn from(result: TierResult) -> Self {
        Self {
            tier: name_of::<Tier>(result.tier),
            value: name_of::<VerdictValue>(result.value),
            possible: result.possible,
            excluded: result.excluded,
            deciding_votes: result.deciding_votes,
            lying_votes: result.lying_votes,
        }
    }
}

fn reading(reading: &AnchorReading, directory: Option<&Directory>) -> Reading {
    let anchor = Key::read("anchor_key", &reading.anchor_key)
        .ok()
        .and_then(|key| directory?.anchor(&key));
    let metro = anchor.and_then(|anchor| directory?.metros.get(anchor.metro));
    let some = |ns: u64| (ns != 0).then_some(ns);
    Reading {
        anchor: HEXLOWER.encode(&reading.anchor_key),
        name: anchor.map(|anchor| anchor.name.clone()),
        metro: metro.map(|metro| metro.id.clone()),
        trust_domain: anchor.map(|anchor| anchor.trust_domain.clone()),
        outcome: name_of::<AnchorOutcome>(reading.outcome),
        drop_reason: (reading.drop_reason != 0).then(|| name_of::<DropReason>(reading.drop_reason)),
        anchor_min_rtt_ns: some(reading.anchor_min_rtt_ns),
        agent_min_rtt_ns: some(reading.agent_min_rtt_ns),
        limit_ns: some(reading.limit_ns),
        own_operator: reading.own_operator,
        agent_agrees: reading.agent_agrees,
        tunnelled: reading.tunnelled,
        proxied: reading.proxied,
    }
}
