//! What becomes of a verdict: tiers, submodules, and nothing that the verdict does not say.
#![allow(clippy::unwrap_used)]

mod support;

use domicile_geo::Territories;
use domicile_proto::codec;
use domicile_proto::sign::sha256;
use domicile_proto::wire::{
    Binding, DeviceKind, DeviceOutcome, EkStanding, InvalidReason, TierResult, TpmOutcome, Verdict,
    VerdictValue,
};
use domicile_result::ar4si::Tier;
use domicile_result::profile::label;
use domicile_result::schema::{Map, Value};
use domicile_result::{AttestationResult, IssueError, Subject, status};
use support::{confined, result, subject, with_tpm};

fn vector(appraisal: &Map) -> Vec<(&'static str, i8)> {
    let claims = appraisal.map(label::VECTOR).unwrap().iter();
    claims
        .map(|(claim, value)| match value {
            Value::Trust(value) => (claim.name, *value),
            other => panic!("{other:?}"),
        })
        .collect()
}

fn of_value(value: VerdictValue) -> AttestationResult {
    let mut verdict = confined(0);
    verdict.value = value as i32;
    if value == VerdictValue::Invalid {
        verdict.invalid_reason = InvalidReason::FalseTranscript as i32;
        verdict.binding = Binding::None as i32;
    }
    result(&verdict)
}

/// The mapping, value by value. Silence and want of knowledge accuse nobody.
#[test]
fn every_value_has_its_tier() {
    for (value, tier, instance) in [
        (VerdictValue::Invalid, Tier::Contraindicated, 99),
        (VerdictValue::IdentityConflict, Tier::Warning, -33),
        (VerdictValue::Inconsistent, Tier::Warning, 2),
        (VerdictValue::PermittedExcluded, Tier::Contraindicated, 2),
        (VerdictValue::Confined, Tier::Affirming, 2),
        (VerdictValue::DeniedExcluded, Tier::Affirming, 2),
        (VerdictValue::Implausible, Tier::None, 2),
        (VerdictValue::Insufficient, Tier::None, 2),
    ] {
        let made = of_value(value);
        let host = made.submodule("host").unwrap();
        assert_eq!(status(host), tier, "{value:?}");
        assert_eq!(vector(host), [("instance-identity", instance)], "{value:?}");
    }
}

#[test]
fn an_expired_result_says_nothing() {
    let made = of_value(VerdictValue::Confined);
    let expires = made.claims().number(label::EXP).unwrap();
    assert_eq!(made.status_at(expires - 1), Tier::Affirming);
    assert_eq!(made.status_at(expires), Tier::None);
    assert_eq!(
        of_value(VerdictValue::PermittedExcluded).status_at(expires),
        Tier::None
    );
}

#[test]
fn times_are_the_verdicts_and_no_clock_takes_part() {
    let verdict = confined(0);
    let made = result(&verdict);
    assert_eq!(made, result(&verdict));
    assert_eq!(
        made.claims().number(label::IAT),
        Some(verdict.judged_ms / 1000)
    );
    assert_eq!(
        made.claims().number(label::EXP),
        Some(verdict.expires_ms / 1000)
    );
}

#[test]
fn the_host_says_what_the_verdict_says() {
    let verdict = confined(0);
    let made = result(&verdict);
    let host = made.submodule("host").unwrap();
    let claims = host.map(label::VERIFIER).unwrap();
    assert_eq!(claims.text(label::VALUE), Some("confined"));
    assert_eq!(claims.text(label::REQUIRED_TIER), Some("0.69c"));
    assert_eq!(claims.text(label::BINDING), Some("software"));
    assert_eq!(claims.text(label::LICENCE), Some("asia"));
    let inputs = claims.map(label::INPUTS).unwrap();
    assert_eq!(inputs.bytes(0).unwrap(), sha256(&codec::encode(&verdict)).0);
    assert_eq!(inputs.bytes(1).unwrap(), verdict.evidence_hash);
    assert_eq!(inputs.bytes(3).unwrap(), verdict.policy_hash);
    assert_eq!(host.bytes(label::NONCE).unwrap(), support::SESSION_NONCE);
}

fn texts(map: &Map, label: i64) -> Vec<&str> {
    let Some(Value::List(items)) = map.get(label) else {
        panic!("a list is expected");
    };
    items
        .iter()
        .map(|item| match item {
            Value::Text(text) => text.as_str(),
            other => panic!("{other:?}"),
        })
        .collect()
}

/// Each tier lists every territory once: as possible or as excluded.
#[test]
fn every_territory_is_possible_or_excluded() {
    let verdict = confined(0);
    let made = result(&verdict);
    let claims = made
        .submodule("host")
        .unwrap()
        .map(label::VERIFIER)
        .unwrap();
    let Some(Value::List(tiers)) = claims.get(label::TIERS) else {
        panic!("tiers are expected");
    };
    assert_eq!(tiers.len(), 3);
    for (tier, said) in tiers.iter().zip(&verdict.tiers) {
        let Value::Map(tier) = tier else { panic!() };
        let (possible, excluded) = (texts(tier, 2), texts(tier, 3));
        assert_eq!(possible, said.possible);
        let mut all = [possible, excluded.clone()].concat();
        all.sort_unstable();
        let known: Vec<_> = Territories::builtin().codes().iter().collect();
        assert_eq!(all.len(), known.len());
        assert!(
            all.iter()
                .zip(known)
                .all(|(said, code)| *said == code.as_str())
        );
        assert!(excluded.contains(&"CN") && excluded.contains(&"RU"));
    }
}

#[test]
fn one_possible_territory_is_a_geographic_result() {
    let mut verdict = confined(0);
    let of = |verdict: &Verdict| {
        let made = result(verdict);
        let claims = made
            .submodule("host")
            .unwrap()
            .map(label::VERIFIER)
            .unwrap()
            .clone();
        let country = claims.map(label::GEOGRAPHIC)?.text(0)?.to_owned();
        Some(country)
    };
    let all = u32::try_from(Territories::builtin().codes().len()).unwrap();
    let only = |codes: &[&str], tier: &mut TierResult| {
        tier.possible = codes.iter().map(|code| (*code).to_owned()).collect();
        tier.excluded = all - u32::try_from(codes.len()).unwrap();
    };
    only(&["SG"], &mut verdict.tiers[1]);
    assert_eq!(of(&verdict), Some("SG".into()));
    only(&["MY", "SG"], &mut verdict.tiers[1]);
    assert_eq!(of(&verdict), None);
    // At another tier than the required one it is no result.
    only(&["SG"], &mut verdict.tiers[2]);
    assert_eq!(of(&verdict), None);
    // Of an invalid session nothing follows.
    only(&["SG"], &mut verdict.tiers[1]);
    verdict.value = VerdictValue::Invalid as i32;
    assert_eq!(of(&verdict), None);
}

#[test]
fn each_gpu_is_a_submodule_with_its_own_results() {
    let made = result(&confined(3));
    let names: Vec<_> = made.submodules().map(|(name, _)| name).collect();
    assert_eq!(names, ["gpu-0", "gpu-1", "gpu-2", "host"]);
    let host = made
        .submodule("host")
        .unwrap()
        .map(label::VERIFIER)
        .unwrap();
    assert_eq!(host.text(label::BINDING), Some("gpu"));
    let gpu = made.submodule("gpu-1").unwrap();
    assert_eq!(status(gpu), Tier::Affirming);
    assert_eq!(vector(gpu), [("instance-identity", 2), ("hardware", 2)]);
    let claims = gpu.map(label::VERIFIER).unwrap();
    assert_eq!(claims.text(label::BINDING), Some("gpu"));
    // Reference values are no inputs of a verdict: unknown, which is not failed.
    assert_eq!(claims.map(label::CHECKS).unwrap().text(6), Some("unknown"));
    let device = gpu
        .map(label::ATTESTER)
        .unwrap()
        .map(label::DEVICE)
        .unwrap();
    assert_eq!(device.bytes(0).unwrap(), 0x1001u64.to_be_bytes());
}

/// What fails in a device is said of that device alone.
#[test]
fn a_failing_device_leaves_host_and_neighbours_alone() {
    let failed = DeviceOutcome::Failed as i32;
    let unknown = DeviceOutcome::Unknown as i32;
    type Change = fn(&mut domicile_proto::wire::DeviceResult, i32);
    let cases: [(Change, i32, Tier, i8); 6] = [
        (|d, o| d.signature = o, failed, Tier::Contraindicated, 99),
        (|d, o| d.chain = o, failed, Tier::Contraindicated, 97),
        (|d, o| d.identity = o, failed, Tier::Contraindicated, 97),
        (|d, o| d.revocation = o, failed, Tier::Contraindicated, 96),
        (|d, o| d.nonce = o, failed, Tier::None, 1),
        (|d, o| d.chain = o, unknown, Tier::None, 0),
    ];
    for (place, (change, outcome, tier, instance)) in cases.into_iter().enumerate() {
        let mut verdict = confined(2);
        change(&mut verdict.devices[1], outcome);
        let made = result(&verdict);
        let bad = made.submodule("gpu-1").unwrap();
        assert_eq!(status(bad), tier, "case {place}");
        assert_eq!(
            vector(bad)[0],
            ("instance-identity", instance),
            "case {place}"
        );
        assert_eq!(status(made.submodule("gpu-0").unwrap()), Tier::Affirming);
        assert_eq!(status(made.submodule("host").unwrap()), Tier::Affirming);
    }
}

#[test]
fn debugging_warns_and_foreign_firmware_is_not_genuine() {
    let mut verdict = confined(1);
    verdict.devices[0].debug_off = DeviceOutcome::Failed as i32;
    let made = result(&verdict);
    let gpu = made.submodule("gpu-0").unwrap();
    assert_eq!(
        (status(gpu), vector(gpu)[1]),
        (Tier::Warning, ("configuration", 32))
    );
    let mut verdict = confined(1);
    verdict.devices[0].firmware = DeviceOutcome::Failed as i32;
    let made = result(&verdict);
    let gpu = made.submodule("gpu-0").unwrap();
    assert_eq!(
        (status(gpu), vector(gpu)[1]),
        (Tier::Contraindicated, ("hardware", 97))
    );
}

#[test]
fn devices_are_named_by_kind_and_place() {
    let mut verdict = confined(3);
    verdict.devices[1].kind = DeviceKind::Switch as i32;
    verdict.devices[2].kind = DeviceKind::Unspecified as i32;
    let made = result(&verdict);
    let names: Vec<_> = made.submodules().map(|(name, _)| name).collect();
    assert_eq!(names, ["device-2", "gpu-0", "host", "switch-1"]);
}

#[test]
fn a_tpm_is_a_submodule_that_never_judges_the_host() {
    for (outcome, ek, tier, instance) in [
        (TpmOutcome::Holds, EkStanding::Certified, Tier::Affirming, 2),
        (TpmOutcome::Holds, EkStanding::UnknownRoot, Tier::None, 0),
        (TpmOutcome::OtherNonce, EkStanding::Certified, Tier::None, 1),
        (
            TpmOutcome::SignatureFails,
            EkStanding::Certified,
            Tier::Contraindicated,
            99,
        ),
        (
            TpmOutcome::NotEnrolled,
            EkStanding::Unspecified,
            Tier::None,
            0,
        ),
    ] {
        let made = result(&with_tpm(outcome, ek));
        let tpm = made.submodule("tpm").unwrap();
        assert_eq!(
            (status(tpm), vector(tpm)),
            (tier, vec![("instance-identity", instance)])
        );
        assert_eq!(status(made.submodule("host").unwrap()), Tier::Affirming);
    }
}

#[test]
fn what_this_program_cannot_have_judged_has_no_result() {
    let refused = |change: fn(&mut Verdict)| {
        let mut verdict = confined(0);
        change(&mut verdict);
        AttestationResult::of(&subject(&verdict)).unwrap_err()
    };
    assert!(matches!(
        refused(|v| v.territories_hash[0] ^= 1),
        IssueError::Territories(_)
    ));
    assert_eq!(refused(|v| v.value = 99), IssueError::Unknown("value"));
    assert_eq!(refused(|v| v.value = 0), IssueError::Unknown("value"));
    assert_eq!(
        refused(|v| v.tiers[0].excluded += 1),
        IssueError::Unknown("tiers.possible")
    );
    assert_eq!(
        refused(|v| v.premises.push(99)),
        IssueError::Unknown("premises")
    );
    assert!(matches!(
        refused(|v| v.licence.push('\n')),
        IssueError::Claim(_)
    ));
    assert!(matches!(
        refused(|v| v.policy_hash.truncate(31)),
        IssueError::Claim(_)
    ));
}

#[test]
fn a_relying_partys_nonce_is_echoed_within_its_bounds() {
    let verdict = confined(0);
    let with = |nonce| {
        AttestationResult::of(&Subject {
            asked_with: Some(nonce),
            ..subject(&verdict)
        })
    };
    assert_eq!(with(&[1; 8]).unwrap().asked_with(), Some(&[1; 8][..]));
    assert!(with(&[1; 64]).is_ok());
    assert!(with(&[1; 7]).is_err() && with(&[1; 65]).is_err());
}
