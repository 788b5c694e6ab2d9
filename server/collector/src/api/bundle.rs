//! `GET /v1/attestations/{id}/bundle`: one file that re-verifies a verdict offline.

use super::attestations::named;
use super::problem::Problem;
use super::read::{Content, Rows, Who};
use super::sight::Sight;
use crate::appraisals::AppraisalError;
use crate::service::Service;
use crate::store::{EvidenceRow, StoreError};
use axum::Extension;
use axum::extract::{Path, State};
use domicile_ledger::Head;
use domicile_proto::codec;
use domicile_proto::frame::MAX_TO_COLLECTOR;
use domicile_proto::types::{Digest, Key};
use domicile_proto::wire::{self, Bundle, LoggedEntry};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

const VERSION: u32 = 1;

/// One file that verifies a verdict offline.
#[utoipa::path(
    get,
    path = "/v1/attestations/{id}/bundle",
    tag = "attestations",
    params(("id" = String, Path, description = "The verdict's id, 64 hexadecimal digits.")),
    responses((status = 200, content_type = "application/octet-stream", body = String, description = "A `Bundle` message."))
)]
pub(super) async fn export(
    State(service): State<Arc<Service>>,
    Extension(caller): Who,
    Path(id): Path<String>,
) -> Result<Rows, Problem> {
    let mut sight = Sight::of(&service, &caller);
    let (id, row) = named(&service, &mut sight, &id)?;
    // A head covers what is in the index: entries are indexed before they are acknowledged, and a
    // head that could not be stored then is stored now.
    if service
        .store
        .head()
        .is_none_or(|head| head.size <= row.verdict_index)
    {
        service.store.commit(Vec::new()).await?;
    }
    // Under a checkpoint that witnesses signed, once there is one; under the newest head until then.
    let witnessed = service.publication().witnessed();
    let witnessed = witnessed.filter(|one| row.verdict_index < one.head().size);
    let (head, checkpoint) = match &witnessed {
        Some(one) => (one.head().clone(), one.note().as_bytes().to_vec()),
        None => {
            let head = service.store.head();
            let head = head.ok_or_else(|| missing("the head", &id))?;
            (Head::clone(&head), Vec::new())
        }
    };
    let mut bundle = tokio::task::block_in_place(|| bundle(&service, &id, &row, &head))?;
    bundle.checkpoint = checkpoint;
    Ok(Rows::of(1, Content::File(codec::encode(&bundle))).about(sight))
}

fn bundle(
    service: &Service,
    id: &Digest,
    row: &EvidenceRow,
    head: &Head,
) -> Result<Bundle, Problem> {
    let entry = |index: u64| logged(service, index, head);
    let verdict = entry(row.verdict_index)?;
    let decoded = decode_verdict(&verdict.payload)?;
    let host = Key::read("host", &row.host).map_err(|_| missing("the host", id))?;
    let host = service
        .store
        .host(&host)?
        .ok_or_else(|| missing("the host", id))?;
    let mut versions = BTreeSet::from([row.directory_version]);
    let mut chains = BTreeSet::new();
    let own_chain = chain(service, row, id)?;
    let mut compared = Vec::new();
    for other in &decoded.compared_with {
        let other = Digest::read("compared_with", other).map_err(|_| missing("a session", id))?;
        let session = service
            .store
            .evidence(&other)?
            .ok_or_else(|| missing("a session", &other))?;
        versions.insert(session.directory_version);
        chains.insert(chain(service, &session, &other)?);
        compared.push(entry(session.evidence_index)?);
    }
    chains.remove(&own_chain);
    let directories: BTreeMap<u64, u64> = service
        .store
        .directories()?
        .into_iter()
        .map(|(version, document)| (version, document.log_index))
        .collect();
    let directories = versions
        .iter()
        .map(|version| {
            entry(
                *directories
                    .get(version)
                    .ok_or_else(|| missing("a directory", id))?,
            )
        })
        .collect::<Result<_, _>>()?;
    let policies = service.store.policies()?;
    let policy = policies
        .iter()
        .find(|(_, policy)| policy.hash == decoded.policy_hash);
    let (policy, _) = policy.ok_or_else(|| missing("the policy", id))?;
    Ok(Bundle {
        version: VERSION,
        verdict: Some(verdict),
        evidence: Some(entry(row.evidence_index)?),
        enrolment: Some(entry(host.enrolment_index)?),
        certificate_chain: Some(entry(own_chain)?),
        directories,
        policy: Some(entry(*policy)?),
        compared,
        head: Some(service.log_head(head)),
        log_origin: head.origin.clone(),
        compared_chains: chains.into_iter().map(entry).collect::<Result<_, _>>()?,
        device_chains: device_chains(service, &decoded, row.verdict_index)?
            .into_iter()
            .map(entry)
            .collect::<Result<_, _>>()?,
        checkpoint: Vec::new(),
        log_keys: log_keys(service, head)?,
    })
}

/// The statements about the log's keys, once there has been a rotation: they lead from the key that a
/// directory of then names to the one that signed this head.
fn log_keys(service: &Service, head: &Head) -> Result<Vec<LoggedEntry>, Problem> {
    let records = service.log_keys.records();
    if !records.iter().any(|one| one.statement.previous.is_some()) {
        return Ok(Vec::new());
    }
    let indices = records.iter().map(|record| record.statement.index);
    let covered = indices.filter(|index| *index < head.size);
    covered.map(|index| logged(service, index, head)).collect()
}

/// Where the devices' chains are logged that the verdict knew.
fn device_chains(
    service: &Service,
    verdict: &wire::Verdict,
    before: u64,
) -> Result<BTreeSet<u64>, Problem> {
    let mut indices = BTreeSet::new();
    for device in &verdict.devices {
        let Ok(hash) = Digest::read("chain_hash", &device.chain_hash) else {
            continue;
        };
        if device.chain() != wire::DeviceOutcome::Unknown
            && let Some(index) = service.store.device_chain(&hash)?
            && index < before
        {
            indices.insert(index);
        }
    }
    Ok(indices)
}

pub(super) fn logged(service: &Service, index: u64, head: &Head) -> Result<LoggedEntry, Problem> {
    let entry = service.store.read(index)?;
    let proof = service.store.inclusion(index, head.size)?;
    Ok(LoggedEntry {
        kind: entry.kind as u32,
        time_ms: entry.time_ms,
        salt: entry.salt.to_vec(),
        payload: entry.payload,
        index,
        inclusion: proof.hashes.iter().map(|hash| hash.to_vec()).collect(),
    })
}

fn chain(service: &Service, row: &EvidenceRow, id: &Digest) -> Result<u64, Problem> {
    let named = Digest::read("certificate_hash", &row.certificate_hash)
        .map_err(|_| missing("the certificate", id))?;
    service
        .store
        .chain(&named)?
        .ok_or_else(|| missing("the certificate", id))
}

fn decode_verdict(bytes: &[u8]) -> Result<wire::Verdict, Problem> {
    let broken = |error: codec::CodecError| AppraisalError::Record(error.to_string());
    let signed: wire::Signed = codec::decode(bytes, MAX_TO_COLLECTOR).map_err(broken)?;
    Ok(codec::decode(&signed.payload, MAX_TO_COLLECTOR).map_err(broken)?)
}

fn missing(what: &str, id: &Digest) -> Problem {
    StoreError::Closed(format!("{what} of attestation {id} is not logged")).into()
}
