//! The submodules of devices and of the TPM: whose key signed this session. None says where.

use super::host::known;
use super::{Builder, IssueError};
use crate::ar4si::{self, Tier};
use crate::profile::{self, PROFILE, label};
use crate::schema::{Map, Value};
use domicile_appraise::text::Named as _;
use domicile_appraise::verify::tpm_binds;
use domicile_proto::wire::{
    Binding, DeviceKind, DeviceOutcome, DeviceResult, EkStanding, TpmOutcome, TpmResult,
};

/// The name of a device's submodule: its kind and the place of its report.
pub(super) fn name(place: usize, result: &DeviceResult) -> String {
    let kind = match result.kind() {
        DeviceKind::Gpu => "gpu",
        DeviceKind::Switch => "switch",
        DeviceKind::Unspecified => "device",
    };
    format!("{kind}-{place}")
}

/// What the checks say in AR4SI's words. A check that was not made says nothing.
fn trust(result: &DeviceResult) -> [(i64, i8); 4] {
    use DeviceOutcome::{Absent, Failed, Passed, Unknown};
    let said = [
        result.signature(),
        result.chain(),
        result.nonce(),
        result.identity(),
    ];
    let instance = match (said, result.revocation()) {
        (_, Failed) => ar4si::UNTRUSTWORTHY,
        ([Failed, ..], _) => ar4si::CRYPTO_FAILED,
        ([_, Failed, ..] | [.., Failed], _) => ar4si::UNRECOGNISED,
        // Signed, but not for this session.
        ([_, _, Failed, _], _) => ar4si::UNEXPECTED,
        ([Passed, Passed, Passed, Passed], _) => ar4si::AFFIRMED,
        _ => ar4si::NO_CLAIM,
    };
    let configuration = match result.debug_off() {
        Failed => ar4si::UNSAFE_CONFIGURATION,
        _ => ar4si::NO_CLAIM,
    };
    let executables = match (instance, result.reference()) {
        (ar4si::AFFIRMED, Passed) => ar4si::APPROVED_BOOT,
        (ar4si::AFFIRMED, Failed) => ar4si::UNRECOGNISED_EXECUTABLES,
        _ => ar4si::NO_CLAIM,
    };
    let hardware = match (instance, result.firmware()) {
        (ar4si::AFFIRMED, Failed) => ar4si::UNRECOGNISED,
        (ar4si::AFFIRMED, Passed | Absent | Unknown) => ar4si::AFFIRMED,
        _ => ar4si::NO_CLAIM,
    };
    [
        (label::INSTANCE, instance),
        (label::CONFIGURATION, configuration),
        (label::EXECUTABLES, executables),
        (label::HARDWARE, hardware),
    ]
}

/// The vector, and the worst tier in it.
fn vector(claims: &[(i64, i8)]) -> Result<(Map, Tier), IssueError> {
    let mut vector = Builder::new(&profile::TRUST_VECTOR);
    for (claim, value) in claims {
        if *claim == label::INSTANCE || *value != ar4si::NO_CLAIM {
            vector = vector.value(*claim, Value::Trust(*value))?;
        }
    }
    let worst = claims.iter().map(|(_, value)| Tier::of_claim(*value)).max();
    Ok((vector.complete()?, worst.unwrap_or(Tier::None)))
}

pub(super) fn appraisal(result: &DeviceResult) -> Result<Map, IssueError> {
    let (vector, status) = vector(&trust(result))?;
    let stated = Builder::new(&profile::DEVICE)
        .bytes_if_any(0, &result.pdi)?
        .bytes_if_any(1, &result.leaf_key_hash)?;
    let stated = [(2, &result.driver), (3, &result.firmware_version)]
        .into_iter()
        .filter(|(_, text)| !text.is_empty())
        .try_fold(stated, |stated, (label, text)| stated.text(label, text))?;
    let stated = match result.peers.as_slice() {
        [] => stated,
        peers => stated.many_bytes(4, peers)?,
    };
    let stated = stated.complete()?;
    let is_stated = stated.iter().next().is_some();
    let attester = Builder::new(&profile::DEVICE_ATTESTER)
        .maybe(label::DEVICE, is_stated.then_some(Value::Map(stated)))?
        .complete()?;
    let verifier = Builder::new(&profile::DEVICE_VERIFIER)
        .text(
            label::BINDING,
            known::<Binding>("devices.binding", result.binding)?.name(),
        )?
        .map(label::CHECKS, checks(result)?)?
        .bytes(label::REPORT, &result.report_hash)?
        .bytes_if_any(label::DEVICE_CHAIN, &result.chain_hash)?
        .complete()?;
    submodule(
        &profile::DEVICE_APPRAISAL,
        status,
        vector,
        attester,
        verifier,
    )
}

fn checks(result: &DeviceResult) -> Result<Map, IssueError> {
    let outcomes = [
        result.signature,
        result.chain,
        result.nonce,
        result.identity,
        result.firmware,
        result.inventory,
        result.reference,
        result.revocation,
        result.debug_off,
    ];
    let mut checks = Builder::new(&profile::CHECKS);
    for (label, raw) in (0..).zip(outcomes) {
        checks = checks.text(label, known::<DeviceOutcome>("devices", raw)?.name())?;
    }
    Ok(checks.complete()?)
}

pub(super) fn tpm(result: &TpmResult) -> Result<Map, IssueError> {
    let instance = match result.outcome() {
        TpmOutcome::Holds if tpm_binds(result) => ar4si::AFFIRMED,
        TpmOutcome::SignatureFails => ar4si::CRYPTO_FAILED,
        TpmOutcome::OtherNonce | TpmOutcome::Malformed => ar4si::UNEXPECTED,
        // The key signed, but nobody vouches that it is in a TPM; or no key was enrolled.
        TpmOutcome::Holds | TpmOutcome::NotEnrolled | TpmOutcome::Unspecified => ar4si::NO_CLAIM,
    };
    let (vector, status) = vector(&[(label::INSTANCE, instance)])?;
    let clock = match result.outcome() {
        TpmOutcome::Holds | TpmOutcome::OtherNonce => Some(Value::Map(
            Builder::new(&profile::TPM_CLOCK)
                .number(0, result.clock_ms)?
                .number(1, result.reset_count.into())?
                .number(2, result.restart_count.into())?
                .value(3, Value::Flag(result.clock_safe))?
                .bytes(4, &result.firmware_version.to_be_bytes())?
                .complete()?,
        )),
        _ => None,
    };
    let attester = Builder::new(&profile::TPM_ATTESTER)
        .maybe(label::TPM_CLOCK, clock)?
        .complete()?;
    let ek = match result.ek() {
        EkStanding::Unspecified => "none-enrolled",
        standing => standing.name(),
    };
    let verifier = Builder::new(&profile::TPM_VERIFIER)
        .text(
            label::TPM_OUTCOME,
            known::<TpmOutcome>("tpm.outcome", result.outcome)?.name(),
        )?
        .text(label::EK, ek)?
        .complete()?;
    submodule(&profile::TPM_APPRAISAL, status, vector, attester, verifier)
}

fn submodule(
    table: &'static [crate::schema::Claim],
    status: Tier,
    vector: Map,
    attester: Map,
    verifier: Map,
) -> Result<Map, IssueError> {
    let map = Builder::new(table)
        .text(label::PROFILE, PROFILE)?
        .value(label::STATUS, Value::Tier(status))?
        .map(label::VECTOR, vector)?
        .map(label::ATTESTER, attester)?
        .map(label::VERIFIER, verifier)?
        .complete()?;
    Ok(map)
}
