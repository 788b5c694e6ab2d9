//! A real bundle verifies; with any byte changed, or with any rule broken and signed again, it does not.
#![allow(clippy::unwrap_used)]

mod support;

use domicile_audit::bundle::{BundleError, Check, Outcome, read_bundle, verify_bundle};
use domicile_proto::codec;
use domicile_proto::sign::Domain;
use domicile_proto::wire::{AnchorReading, Bundle, Signed, VerdictValue};
use proptest::prelude::*;
use std::sync::OnceLock;
use support::{Bend, Scene};

/// The check that a bundle fails at, in this scene's trust.
fn failure(scene: &Scene, bundle: &Bundle) -> Check {
    let report = verify_bundle(bundle, &scene.world.trust).unwrap();
    assert!(!report.is_verified());
    report.failure().unwrap().0
}

fn shared() -> &'static (Scene, Vec<u8>) {
    static SHARED: OnceLock<(Scene, Vec<u8>)> = OnceLock::new();
    SHARED.get_or_init(|| {
        let scene = Scene::new();
        let bytes = scene.bytes();
        (scene, bytes)
    })
}

#[test]
fn a_real_bundle_verifies() {
    let (scene, bytes) = shared();
    let report = verify_bundle(&read_bundle(bytes).unwrap(), &scene.world.trust).unwrap();
    assert!(report.is_verified(), "{:#?}", report.checks);
    assert_eq!(report.failure(), None);
    assert_eq!(report.verdict.as_ref(), Some(&scene.verdict));
    assert_eq!(scene.verdict.value(), VerdictValue::Confined);
    let names: Vec<Check> = report.checks.iter().map(|result| result.check).collect();
    assert_eq!(names, Check::ALL);
    let open = report.not_proven();
    assert!(open.iter().any(|line| line.contains("session's secrets")));
    assert!(open.iter().any(|line| line.contains("witness")));
}

/// Limits in place of times: replay makes the verdict's bytes again out of them alone.
#[test]
fn a_bundle_of_a_coarse_report_verifies() {
    const LIMIT_NS: u64 = 3_000_000;
    let scene = Scene::coarse(LIMIT_NS, |_| ());
    let bundle = read_bundle(&scene.bytes()).unwrap();
    let report = verify_bundle(&bundle, &scene.world.trust).unwrap();
    assert!(report.is_verified(), "{:#?}", report.checks);
    let verdict = report.verdict.unwrap();
    assert_eq!(codec::encode(&verdict), codec::encode(&scene.verdict));
    assert_eq!(verdict.value(), VerdictValue::Confined);
    let limits = verdict.readings.iter().filter(|one| one.limit_ns != 0);
    let times = |one: &AnchorReading| (one.limit_ns, one.anchor_min_rtt_ns, one.agent_min_rtt_ns);
    assert!(limits.clone().all(|one| times(one) == (LIMIT_NS, 0, 0)));
    let notes = verdict.notes.unwrap();
    assert_eq!(limits.count(), notes.limits_only as usize);
    assert!(notes.limits_only >= 3 && notes.common_offset_ns == 0);

    let bends: [Bend; 4] = [
        |v| v.readings.iter_mut().for_each(|one| one.limit_ns /= 2),
        |v| v.readings.iter_mut().for_each(|one| one.tunnelled = true),
        |v| v.notes.as_mut().unwrap().limits_only -= 1,
        |v| v.value = VerdictValue::DeniedExcluded as i32,
    ];
    for bend in bends {
        let scene = Scene::coarse(LIMIT_NS, bend);
        assert_eq!(failure(&scene, &scene.bundle), Check::Replay);
    }
    let bytes = scene.bytes();
    for at in (0..bytes.len()).step_by(41) {
        let mut bent = bytes.clone();
        bent[at] ^= 1 << (at % 8);
        if let Ok(bundle) = read_bundle(&bent) {
            let report = verify_bundle(&bundle, &scene.world.trust).unwrap();
            assert!(!report.is_verified(), "byte {at}");
        }
    }
}

#[test]
fn any_changed_byte_is_rejected() {
    let (scene, bytes) = shared();
    for at in (0..bytes.len()).step_by(2) {
        let mut bent = bytes.clone();
        bent[at] ^= 1 << (at % 8);
        if let Ok(bundle) = read_bundle(&bent) {
            let report = verify_bundle(&bundle, &scene.world.trust).unwrap();
            assert!(!report.is_verified(), "byte {at}");
        }
    }
}

#[test]
fn a_verdict_that_does_not_follow_is_found_by_replay() {
    let bends: [Bend; 5] = [
        |v| v.value = VerdictValue::PermittedExcluded as i32,
        |v| v.expires_ms += 1,
        |v| v.tiers[1].possible.push("ZZ".into()),
        |v| v.chain.clear(),
        |v| v.readings[0].agent_agrees = !v.readings[0].agent_agrees,
    ];
    for bend in bends {
        let scene = Scene::with(bend);
        assert_eq!(failure(&scene, &scene.bundle), Check::Replay);
    }
}

#[test]
fn a_verdict_with_other_rules_policy_or_sessions_is_not_replayed() {
    let bends: [(Bend, Check); 4] = [
        (|v| v.code_version = "other/9".into(), Check::Rules),
        (|v| v.territories_hash[0] ^= 1, Check::Rules),
        (|v| v.policy_hash[0] ^= 1, Check::Policy),
        (|v| v.compared_with.clear(), Check::Compared),
    ];
    for (bend, check) in bends {
        let scene = Scene::with(bend);
        assert_eq!(failure(&scene, &scene.bundle), check);
    }
}

#[test]
fn each_part_is_needed_and_must_be_what_it_is() {
    let (scene, _) = shared();
    let changed = |change: &dyn Fn(&mut Bundle)| {
        let mut bundle = scene.bundle.clone();
        change(&mut bundle);
        failure(scene, &bundle)
    };
    assert_eq!(changed(&|b| b.verdict = None), Check::Form);
    assert_eq!(changed(&|b| b.head = None), Check::Form);
    assert_eq!(changed(&|b| b.policy = b.enrolment.clone()), Check::Form);
    assert_eq!(
        changed(&|b| b.compared = vec![b.compared[0].clone(); 70]),
        Check::Form
    );
    assert_eq!(changed(&|b| b.directories.clear()), Check::Directories);
    assert_eq!(
        changed(&|b| b.directories.push(b.directories[0].clone())),
        Check::Directories
    );
    assert_eq!(
        changed(&|b| b.log_origin = "log.example/other".into()),
        Check::LogHead
    );
    assert_eq!(
        changed(&|b| b.head.as_mut().unwrap().size += 1),
        Check::LogHead
    );
    assert_eq!(
        changed(&|b| b.verdict.as_mut().unwrap().index -= 1),
        Check::Inclusion
    );
    assert_eq!(
        changed(&|b| b.enrolment.as_mut().unwrap().salt[0] ^= 1),
        Check::Inclusion
    );
    assert_eq!(changed(&|b| b.compared.clear()), Check::Compared);
    assert_eq!(
        changed(&|b| b.compared.push(b.compared[0].clone())),
        Check::Compared
    );
    let stray = |b: &mut Bundle| b.compared_chains.push(b.certificate_chain.clone().unwrap());
    assert_eq!(changed(&stray), Check::Compared);
    // The sessions the other way round: the verdict is about the other evidence.
    let swapped = |b: &mut Bundle| {
        let own = b.evidence.clone().unwrap();
        b.evidence = Some(std::mem::replace(&mut b.compared[0], own));
    };
    assert_eq!(changed(&swapped), Check::Compared);
}

#[test]
fn another_vendor_is_not_trusted() {
    let (scene, _) = shared();
    let with = |change: &dyn Fn(&mut domicile_certs::Trust)| {
        let mut trust = scene.world.trust.clone();
        change(&mut trust);
        let report = verify_bundle(&scene.bundle, &trust).unwrap();
        report.failure().map(|(check, _)| check)
    };
    assert_eq!(with(&|_| ()), None);
    assert_eq!(
        with(&|t| t.directory_key.0[0] ^= 1),
        Some(Check::Directories)
    );
    assert_eq!(with(&|t| t.token_key.0[0] ^= 1), Some(Check::Enrolment));
    assert_eq!(
        with(&|t| t.agent_ca = t.auditor_ca.clone()),
        Some(Check::Certificate)
    );
}

#[test]
fn what_follows_a_failure_is_not_reached() {
    let (scene, _) = shared();
    let mut bundle = scene.bundle.clone();
    bundle.verdict.as_mut().unwrap().time_ms += 1;
    let report = verify_bundle(&bundle, &scene.world.trust).unwrap();
    let outcome = |check: Check| {
        let result = report
            .checks
            .iter()
            .find(|result| result.check == check)
            .unwrap();
        result.outcome.clone()
    };
    assert!(matches!(outcome(Check::LogHead), Outcome::Passed(_)));
    assert!(matches!(outcome(Check::Inclusion), Outcome::Failed(_)));
    assert_eq!(outcome(Check::Replay), Outcome::NotReached);
    assert_eq!(report.verdict, None, "an unchecked verdict is not shown");
}

#[test]
fn another_key_than_the_collectors_does_not_sign_verdicts() {
    let world_key = domicile_appraise::testing::seeded(b'z', 1);
    let (scene, _) = shared();
    let mut records: Vec<(domicile_ledger::Kind, Vec<u8>)> = vec![];
    for index in 0..9u64 {
        let bundle = &scene.bundle;
        let all = [
            &bundle.verdict,
            &bundle.evidence,
            &bundle.enrolment,
            &bundle.certificate_chain,
            &bundle.policy,
        ];
        let found = all
            .into_iter()
            .flatten()
            .chain(&bundle.directories)
            .chain(&bundle.compared)
            .find(|entry| entry.index == index);
        records.push(match found {
            None => (domicile_ledger::Kind::Liveness, vec![0]),
            Some(entry) => {
                let kind = u8::try_from(entry.kind).unwrap();
                (kind.try_into().unwrap(), entry.payload.clone())
            }
        });
    }
    let signed: Signed = codec::decode(&records[7].1, 1 << 20).unwrap();
    records[7].1 = codec::encode(&world_key.sign(Domain::Verdict, signed.payload.clone()));
    let forged = support::bundle(&scene.world, &records);
    assert_eq!(failure(scene, &forged), Check::VerdictSignature);
    // The verdict before its evidence in the log: put together from records that are each genuine.
    records[7].1 = codec::encode(&signed);
    records.swap(6, 7);
    let mut early = support::bundle(&scene.world, &records);
    std::mem::swap(&mut early.verdict, &mut early.evidence);
    assert_eq!(failure(scene, &early), Check::Order);
}

#[test]
fn truncated_and_foreign_files_are_no_bundles() {
    let (_, bytes) = shared();
    for length in [0, 1, 100, bytes.len() - 1] {
        let whole = read_bundle(&bytes[..length]);
        assert!(whole.is_err(), "{length} bytes");
    }
    let mut longer = bytes.clone();
    longer.push(0);
    assert!(read_bundle(&longer).is_err());
    let other = codec::encode(&Bundle {
        version: 2,
        ..Bundle::default()
    });
    assert_eq!(read_bundle(&other), Err(BundleError::Version(2)));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn any_bytes_are_answered(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        if let Ok(bundle) = read_bundle(&bytes) {
            let report = verify_bundle(&bundle, &shared().0.world.trust).unwrap();
            prop_assert!(!report.is_verified());
        }
    }
}
