//! From observations to a verdict: the vocabulary of the design, one value for each tier.
//!
//! Everything that a value rests on is an argument and is named in the verdict by its hash, so the
//! same inputs give the same bytes on every machine. Three sets of observations are used:
//!
//! | set | for | why |
//! |---|---|---|
//! | all that count | `inconsistent`, incidents of anchors | at most *f* votes lie |
//! | without the host's own operator's anchors | `confined`, `denied-excluded` | nobody vouches for himself |
//! | those that the agent's own times support | `permitted-excluded`, `identity-conflict` | no anchor frames a host |
//!
//! One session's observations are taken as made at one place: a host does not travel during a
//! session. Read on in `physics.rs` (values of a tier), `conflict.rs` (two sessions of one key) and
//! `time.rs` (when it was measured).

mod binding;
mod conflict;
mod physics;
mod time;

use crate::devices::{Account, DeviceChains};
use crate::enrolment::Enrolment;
use crate::policy::Policy;
use crate::verify::Appraised;
use domicile_geo::Territories;
use domicile_proto::types::Digest;
use domicile_proto::wire::{
    AnchorOutcome, AnchorReading, Binding, ChainFinding, Freshness, InvalidReason, PathNotes,
    Premise, Tier, TierResult, Verdict, VerdictValue,
};
use physics::{Claim, Question};

/// A smallest counted round trip from here on is noted in the verdict: it may be a proxy, a
/// satellite or load. Nanoseconds.
pub const NOTED_OFFSET_NS: u64 = 20_000_000;

/// The tiers in the order of every verdict.
const TIERS: [Tier; 3] = [Tier::C, Tier::Fibre, Tier::TwoThirds];

/// Everything that a verdict depends on.
#[derive(Debug, Clone, Copy)]
pub struct Inputs<'a> {
    /// The evidence, from [`crate::verify::verify`].
    pub appraised: &'a Appraised,
    /// The enrolment that it was verified with.
    pub enrolment: &'a Enrolment,
    /// The policy in force.
    pub policy: &'a Policy,
    /// The territory data, those that the policy was read with.
    pub territories: &'a Territories,
    /// What was found about the chain when the evidence was accepted. Recorded, never a value.
    pub chain: &'a [ChainFinding],
    /// Other sessions to compare for `identity-conflict`, each from [`crate::verify::verify`]. Those
    /// of another key and the session itself are left out.
    pub compared: &'a [Appraised],
    /// The chains of the devices in the evidence.
    pub device_chains: &'a DeviceChains,
    /// The judgement's own time, Unix time in ms: recorded, no value depends on it.
    pub judged_ms: u64,
    /// Which rules were applied: [`crate::CODE_VERSION`].
    pub code_version: &'a str,
}

/// Judges one report.
///
/// A licence that the policy does not name permits and denies nothing: the values that need P or D
/// cannot be said, at the policy's default tier. With votes of fewer than *f* + 1 trust domains
/// nothing can be excluded and the value is `insufficient`.
pub fn judge(inputs: &Inputs<'_>) -> Verdict {
    let Inputs {
        appraised,
        enrolment,
        policy,
        territories,
        ..
    } = *inputs;
    let licence = enrolment.token.licence.as_str();
    let rule = policy.licence(licence);
    let required = rule.map_or(policy.default_tier, |rule| rule.tier);
    let lying_votes = policy.lying_votes.max(appraised.lying_votes);
    let freshness = appraised.report.nonce.freshness();
    let compared = sessions_to_compare(inputs);

    let question = Question {
        observations: &appraised.observations,
        lying_votes,
        rule,
        territories,
    };
    let mut conflicts_with = None;
    let mut value = VerdictValue::Insufficient;
    let tiers = TIERS.map(|tier| {
        let conflict = conflict::first(appraised, &compared, tier, lying_votes, territories);
        let result = tier_result(&question, tier, appraised.invalid, conflict, freshness);
        if tier == required {
            value = result.value();
            conflicts_with = conflict.filter(|_| value == VerdictValue::IdentityConflict);
        }
        result
    });
    let measured = time::measured(appraised, lying_votes);
    let devices = Account::of(appraised, inputs.device_chains);
    let binding = binding::of(appraised, &devices);
    let device_window_ms = match binding {
        Binding::Gpu => appraised.received_ms.saturating_sub(measured.until_ms),
        _ => 0,
    };
    Verdict {
        evidence_hash: appraised.report.hash.to_vec(),
        agent_key: appraised.report.agent_key.to_vec(),
        value: value as i32,
        required_tier: required as i32,
        lying_votes: lying_votes.into(),
        binding: binding as i32,
        premises: premises(required, freshness, binding),
        measured_from_ms: measured.from_ms,
        measured_until_ms: measured.until_ms,
        judged_ms: inputs.judged_ms,
        expires_ms: measured
            .until_ms
            .saturating_add(policy.appraisal_lifetime_ms),
        tiers: tiers.into(),
        readings: appraised.readings.clone(),
        chain: chain(inputs.chain),
        invalid_reason: appraised.invalid.unwrap_or(InvalidReason::Unspecified) as i32,
        conflicts_with: conflicts_with.map(Digest::to_vec).unwrap_or_default(),
        notes: Some(notes(appraised)),
        policy_hash: policy.hash.to_vec(),
        directory_hash: appraised.directory_hash.to_vec(),
        territories_hash: territories.hash().to_vec(),
        code_version: inputs.code_version.to_owned(),
        enrolment_hash: enrolment.hash.to_vec(),
        compared_with: compared
            .iter()
            .map(|other| other.report.hash.to_vec())
            .collect(),
        freshness: freshness as i32,
        licence: licence.to_owned(),
        devices: devices.results,
        tpm: appraised.tpm,
        device_roots_hash: devices.roots_hash,
        missing_devices: devices.missing,
        device_window_ms,
    }
}

/// The observations that `confined` and `denied-excluded` rest on (those of the host's own operator's
/// anchors are left out), in the order of the appraisal, as the geometry takes them: votes are
/// numbered by the sorted names of their trust domains. A certificate of exclusion names
/// observations by their place in this list.
pub fn independent_observations(appraised: &Appraised) -> Vec<domicile_geo::Observation> {
    let independent = appraised
        .observations
        .iter()
        .filter(|observed| !observed.own_operator);
    physics::Votes::of(independent).into_observations()
}

/// Sorted by hash, each once, of the same key, without the session itself.
fn sessions_to_compare<'a>(inputs: &Inputs<'a>) -> Vec<&'a Appraised> {
    let own = &inputs.appraised.report;
    let mut sessions: Vec<&Appraised> = inputs
        .compared
        .iter()
        .filter(|other| other.report.agent_key == own.agent_key && other.report.hash != own.hash)
        .collect();
    sessions.sort_by_key(|other| other.report.hash);
    sessions.dedup_by_key(|other| other.report.hash);
    sessions
}

/// What can be said at one tier. The values in their order; the first that holds.
fn tier_result(
    question: &Question<'_>,
    tier: Tier,
    invalid: Option<InvalidReason>,
    conflict: Option<Digest>,
    freshness: Freshness,
) -> TierResult {
    let answer = question.at(tier);
    let claim = Claim::IN_ORDER
        .into_iter()
        .filter(|claim| *claim != Claim::Confined || freshness == Freshness::Challenged)
        .find(|claim| answer.holds(*claim));
    let value = if invalid.is_some() {
        VerdictValue::Invalid
    } else if conflict.is_some() {
        VerdictValue::IdentityConflict
    } else {
        claim.map_or(VerdictValue::Insufficient, Claim::value)
    };
    let decided_by_claim = claim.filter(|claim| claim.value() == value);
    TierResult {
        tier: tier as i32,
        value: value as i32,
        possible: answer.possible(),
        excluded: answer.excluded(),
        deciding_votes: decided_by_claim
            .map(|claim| answer.supporting(claim))
            .unwrap_or_default(),
        lying_votes: answer.contradicting(),
    }
}

fn premises(required: Tier, freshness: Freshness, binding: Binding) -> Vec<i32> {
    let mut premises = vec![
        Premise::SessionNotDelegated,
        Premise::OnLand,
        Premise::AtMostFLyingVotes,
    ];
    if required != Tier::C {
        premises.push(Premise::NoPathFasterThanTier);
    }
    if freshness == Freshness::Challenged {
        premises.push(Premise::NonceIssuedByCollector);
    }
    if matches!(binding, Binding::Tpm | Binding::Gpu) {
        premises.push(Premise::DeviceWithResponder);
    }
    premises.into_iter().map(|premise| premise as i32).collect()
}

fn chain(findings: &[ChainFinding]) -> Vec<i32> {
    let mut chain: Vec<i32> = findings.iter().map(|finding| *finding as i32).collect();
    chain.sort_unstable();
    chain.dedup();
    chain
}

/// Remarks on the path. They carry no value. A limit is no measured time: it says nothing of what
/// all round trips have in common.
fn notes(appraised: &Appraised) -> PathNotes {
    let observations = &appraised.observations;
    let limits_only = observations.iter().filter(|observed| observed.limit_only);
    let measured = observations.iter().filter(|observed| !observed.limit_only);
    let smallest = measured.map(|observed| observed.rtt_ns).min();
    let disagreeing = observations
        .iter()
        .filter(|observed| !observed.agent_agrees)
        .count();
    let count = |what: fn(&AnchorReading) -> bool| {
        let counted = |reading: &&AnchorReading| reading.outcome() == AnchorOutcome::Counted;
        let readings = appraised.readings.iter().filter(counted);
        u32::try_from(readings.filter(|reading| what(reading)).count()).unwrap_or(u32::MAX)
    };
    PathNotes {
        common_offset_ns: smallest.filter(|rtt| *rtt >= NOTED_OFFSET_NS).unwrap_or(0),
        disagreeing_ends: u32::try_from(disagreeing).unwrap_or(u32::MAX),
        tunnelled: count(|reading| reading.tunnelled),
        proxied: count(|reading| reading.proxied),
        limits_only: u32::try_from(limits_only.count()).unwrap_or(u32::MAX),
    }
}
