//! The submodule of the host: where its responder can be.

use super::{Builder, IssueError, Subject};
use crate::ar4si::{self, Tier};
use crate::profile::{self, PROFILE, label};
use crate::schema::{Map, Value};
use data_encoding::BASE64URL_NOPAD;
use domicile_appraise::text::Named;
use domicile_geo::Territories;
use domicile_proto::codec;
use domicile_proto::sign::sha256;
use domicile_proto::wire::{self, Binding, TierResult, Verdict, VerdictValue};

/// The tier of a location value.
///
/// Affirming where physics excludes every territory that is denied; contraindicated where physics
/// excludes every permitted one, or the host itself made what fails. Warning where a value accuses no
/// host: a key in two places, measurements that no one place explains. Statistics and want of
/// knowledge are none.
pub(crate) fn tier_of(value: VerdictValue) -> Tier {
    match value {
        VerdictValue::Confined | VerdictValue::DeniedExcluded => Tier::Affirming,
        VerdictValue::PermittedExcluded | VerdictValue::Invalid => Tier::Contraindicated,
        VerdictValue::IdentityConflict | VerdictValue::Inconsistent => Tier::Warning,
        VerdictValue::Implausible | VerdictValue::Insufficient | VerdictValue::Unspecified => {
            Tier::None
        }
    }
}

/// What AR4SI calls the host's key in this session.
fn instance(value: VerdictValue, binding: Binding) -> i8 {
    match (value, binding) {
        (VerdictValue::Invalid, _) => ar4si::CRYPTO_FAILED,
        (VerdictValue::IdentityConflict, _) => ar4si::KEY_IN_TWO_PLACES,
        (_, Binding::Software | Binding::Tpm | Binding::Gpu) => ar4si::AFFIRMED,
        (_, Binding::None | Binding::Unspecified) => ar4si::NO_CLAIM,
    }
}

pub(super) fn appraisal(subject: &Subject<'_>) -> Result<Map, IssueError> {
    let verdict = subject.verdict;
    let value = known::<VerdictValue>("value", verdict.value)?;
    let binding = known::<Binding>("binding", verdict.binding)?;
    let vector = Builder::new(&profile::TRUST_VECTOR)
        .value(label::INSTANCE, Value::Trust(instance(value, binding)))?
        .complete()?;
    let policy = format!(
        "ni:///sha-256;{}",
        BASE64URL_NOPAD.encode(&verdict.policy_hash)
    );
    let attester = Builder::new(&profile::HOST_ATTESTER)
        .bytes(label::AGENT_KEY, &verdict.agent_key)?
        .complete()?;
    let appraisal = Builder::new(&profile::HOST_APPRAISAL)
        .bytes(label::NONCE, subject.session_nonce)?
        .text(label::PROFILE, PROFILE)?
        .value(label::STATUS, Value::Tier(tier_of(value)))?
        .map(label::VECTOR, vector)?
        .texts(label::POLICY_IDS, [policy.as_str()])?
        .map(label::ATTESTER, attester)?
        .map(
            label::VERIFIER,
            verifier_claims(verdict, subject.territories)?,
        )?
        .complete()?;
    Ok(appraisal)
}

fn verifier_claims(verdict: &Verdict, territories: &Territories) -> Result<Map, IssueError> {
    let tiers = verdict
        .tiers
        .iter()
        .map(|tier| tier_claims(tier, territories));
    let tiers = tiers
        .map(|tier| tier.map(Value::Map))
        .collect::<Result<_, _>>()?;
    let invalid = match verdict.invalid_reason {
        0 => None,
        raw => Some(Value::Text(
            known::<wire::InvalidReason>("invalid_reason", raw)?
                .name()
                .into(),
        )),
    };
    let claims = Builder::new(&profile::HOST_VERIFIER)
        .text(
            label::VALUE,
            known::<VerdictValue>("value", verdict.value)?.name(),
        )?
        .text(
            label::REQUIRED_TIER,
            known::<wire::Tier>("required_tier", verdict.required_tier)?.name(),
        )?
        .number(label::LYING_VOTES, verdict.lying_votes.into())?
        .text(
            label::BINDING,
            known::<Binding>("binding", verdict.binding)?.name(),
        )?
        .texts(
            label::PREMISES,
            names::<wire::Premise>("premises", &verdict.premises)?,
        )?
        .value(label::TIERS, Value::List(tiers))?
        .maybe(label::GEOGRAPHIC, geographic(verdict)?)?
        .map(label::TIMES, times(verdict)?)?
        .text(label::LICENCE, &verdict.licence)?
        .text(
            label::FRESHNESS,
            known::<wire::Freshness>("freshness", verdict.freshness)?.name(),
        )?
        .texts(
            label::CHAIN,
            names::<wire::ChainFinding>("chain", &verdict.chain)?,
        )?
        .maybe(label::INVALID_REASON, invalid)?
        .bytes_if_any(label::CONFLICTS_WITH, &verdict.conflicts_with)?
        .map(label::PATH, path(verdict)?)?
        .map(label::INPUTS, inputs(verdict)?)?;
    let claims = match verdict.missing_devices.as_slice() {
        [] => claims,
        missing => claims.many_bytes(label::MISSING, missing)?,
    };
    Ok(claims.complete()?)
}

fn tier_claims(tier: &TierResult, territories: &Territories) -> Result<Map, IssueError> {
    let all = territories.codes().iter().map(|code| code.as_str());
    let excluded = all.filter(|code| tier.possible.iter().all(|possible| possible != code));
    let excluded: Vec<&str> = excluded.collect();
    if u32::try_from(excluded.len()).ok() != Some(tier.excluded) {
        return Err(IssueError::Unknown("tiers.possible"));
    }
    let claims = Builder::new(&profile::TIER)
        .text(0, known::<wire::Tier>("tiers.tier", tier.tier)?.name())?
        .text(1, known::<VerdictValue>("tiers.value", tier.value)?.name())?
        .texts(2, tier.possible.iter().map(String::as_str))?
        .texts(3, excluded)?
        .texts(4, tier.deciding_votes.iter().map(String::as_str))?
        .texts(5, tier.lying_votes.iter().map(String::as_str))?
        .complete()?;
    Ok(claims)
}

/// Where it is, if one territory alone is possible at the required tier and the host made nothing
/// that fails.
fn geographic(verdict: &Verdict) -> Result<Option<Value>, IssueError> {
    let required = verdict
        .tiers
        .iter()
        .find(|tier| tier.tier == verdict.required_tier);
    let Some([only]) = required.map(|tier| tier.possible.as_slice()) else {
        return Ok(None);
    };
    if matches!(
        verdict.value(),
        VerdictValue::Invalid | VerdictValue::IdentityConflict
    ) {
        return Ok(None);
    }
    let map = Builder::new(&profile::GEOGRAPHIC)
        .text(0, only)?
        .complete()?;
    Ok(Some(Value::Map(map)))
}

fn times(verdict: &Verdict) -> Result<Map, IssueError> {
    let times = [
        verdict.measured_from_ms,
        verdict.measured_until_ms,
        verdict.judged_ms,
        verdict.expires_ms,
        verdict.device_window_ms,
    ];
    numbers(Builder::new(&profile::TIMES), times)
}

fn path(verdict: &Verdict) -> Result<Map, IssueError> {
    let notes = verdict.notes.unwrap_or_default();
    let notes = [
        notes.common_offset_ns,
        notes.disagreeing_ends.into(),
        notes.tunnelled.into(),
        notes.proxied.into(),
        notes.limits_only.into(),
    ];
    numbers(Builder::new(&profile::PATH), notes)
}

/// Numbers under the labels 0, 1, 2, …
fn numbers(builder: Builder, values: [u64; 5]) -> Result<Map, IssueError> {
    let mut builder = builder;
    for (label, value) in (0..).zip(values) {
        builder = builder.number(label, value)?;
    }
    Ok(builder.complete()?)
}

fn inputs(verdict: &Verdict) -> Result<Map, IssueError> {
    let inputs = Builder::new(&profile::INPUTS)
        .bytes(0, &sha256(&codec::encode(verdict)).0)?
        .bytes(1, &verdict.evidence_hash)?
        .bytes(2, &verdict.enrolment_hash)?
        .bytes(3, &verdict.policy_hash)?
        .bytes(4, &verdict.directory_hash)?
        .bytes(5, &verdict.territories_hash)?
        .bytes_if_any(6, &verdict.device_roots_hash)?
        .many_bytes(7, &verdict.compared_with)?
        .complete()?;
    Ok(inputs)
}

/// The value of an enum's field; `UNSPECIFIED` and what this schema lacks are refused.
pub(super) fn known<E: Named + TryFrom<i32>>(
    field: &'static str,
    raw: i32,
) -> Result<E, IssueError> {
    let value = E::try_from(raw).ok();
    value
        .filter(|value| E::NAMES.iter().any(|(named, _)| named == value))
        .ok_or(IssueError::Unknown(field))
}

fn names<E: Named + TryFrom<i32>>(
    field: &'static str,
    raw: &[i32],
) -> Result<Vec<&'static str>, IssueError> {
    raw.iter()
        .map(|raw| known::<E>(field, *raw).map(Named::name))
        .collect()
}
