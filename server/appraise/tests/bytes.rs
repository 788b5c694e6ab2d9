//! Flipped bytes, permuted rangings, and the recorded verdict that pins the rules' version.
#![allow(clippy::unwrap_used)]

use domicile_appraise::CODE_VERSION;
use domicile_appraise::judge::{Inputs, judge};
use domicile_appraise::testing::{Host, NOW_MS, Timing, World, point, policy};
use domicile_appraise::verify::{Appraised, Report};
use domicile_geo::Territories;
use domicile_proto::codec;
use domicile_proto::sign::sha256;
use domicile_proto::wire::{self, ChainFinding, Verdict, VerdictValue};
use proptest::prelude::*;

const RECEIVED_MS: u64 = NOW_MS + 10_000;

fn judged(host: &Host, appraised: &Appraised) -> Verdict {
    judge(&Inputs {
        appraised,
        enrolment: &host.enrolment,
        policy: &policy(),
        territories: Territories::builtin(),
        chain: &[ChainFinding::Late, ChainFinding::First, ChainFinding::Late],
        compared: &[],
        judged_ms: NOW_MS + 20_000,
        code_version: CODE_VERSION,
        device_chains: &domicile_appraise::devices::DeviceChains::default(),
    })
}

/// A host that says Singapore, as near or far from it as `delay_ns`.
fn scene(delay_ns: u64) -> (World, Host, wire::Evidence) {
    let world = World::new();
    let host = world.enrol(1, "sin", "asia");
    let trip = world.trip(&host, point(1.35, 103.82), NOW_MS, 1);
    let evidence = world.report(&host, &trip, |_, least| {
        Some(Timing::same(least + delay_ns))
    });
    (world, host, evidence)
}

/// How much a value affirms.
fn affirms(value: VerdictValue) -> u8 {
    match value {
        VerdictValue::Confined => 2,
        VerdictValue::DeniedExcluded => 1,
        _ => 0,
    }
}

#[test]
fn any_flipped_byte_of_signed_evidence_is_refused() {
    let (world, host, evidence) = scene(300_000);
    let bytes = codec::encode(&host.sign(&evidence));
    for at in 0..bytes.len() {
        let mut bent = bytes.clone();
        bent[at] ^= 1 << (at % 8);
        if let Ok(signed) = codec::decode::<wire::Signed>(&bent, 256 * 1024) {
            assert!(
                world.verify(&host, &signed, RECEIVED_MS).is_err(),
                "byte {at}"
            );
        }
    }
}

#[test]
fn a_byte_that_the_host_itself_bends_and_signs_never_affirms_more() {
    // Far (insufficient), in between (denied-excluded) and near (confined).
    for (delay_ns, expected) in [
        (300_000, VerdictValue::Confined),
        (6_000_000, VerdictValue::DeniedExcluded),
        (60_000_000, VerdictValue::Insufficient),
    ] {
        let (world, host, evidence) = scene(delay_ns);
        let before = judged(
            &host,
            &world
                .verify(&host, &host.sign(&evidence), RECEIVED_MS)
                .unwrap(),
        );
        assert_eq!(before.value(), expected);
        let payload = codec::encode(&evidence);
        for at in (0..payload.len()).step_by(19) {
            let mut bent = payload.clone();
            bent[at] ^= 1 << (at % 8);
            let signed = host.key.sign(domicile_proto::sign::Domain::Evidence, bent);
            if let Ok(appraised) = world.verify(&host, &signed, RECEIVED_MS) {
                let after = judged(&host, &appraised).value();
                assert!(affirms(after) <= affirms(expected), "byte {at}: {after:?}");
            }
        }
    }
}

#[test]
fn the_order_of_rangings_changes_the_evidences_hash_and_nothing_else() {
    let (world, host, mut evidence) = scene(300_000);
    evidence.rangings[3].receipt.truncate(9);
    evidence.rangings.push(evidence.rangings[5].clone());
    let mut verdicts = Vec::new();
    for turn in 0..4 {
        evidence.rangings.rotate_left(turn);
        let appraised = world
            .verify(&host, &host.sign(&evidence), RECEIVED_MS)
            .unwrap();
        let mut verdict = judged(&host, &appraised);
        verdict.evidence_hash.clear();
        verdicts.push(codec::encode(&verdict));
    }
    assert!(verdicts.windows(2).all(|pair| pair[0] == pair[1]));
}

/// When this fails, the rules have changed: an old verdict would no longer be
/// recomputed to its bytes. Give `CODE_VERSION` a new number, keep the old rules runnable if they
/// have ever signed anything, and record the new hash.
#[test]
fn the_recorded_verdict() {
    let (world, host, _) = scene(0);
    let trip = world.trip(&host, point(1.35, 103.82), NOW_MS, 1);
    // Whole tenths of a millisecond, so that a platform's own sine takes no part.
    let evidence = world.report(&host, &trip, |_, least| {
        Some(Timing::same((least / 100_000 + 60) * 100_000))
    });
    let appraised = world
        .verify(&host, &host.sign(&evidence), RECEIVED_MS)
        .unwrap();
    let mut verdict = judged(&host, &appraised);
    assert_eq!(
        verdict.chain,
        [ChainFinding::First as i32, ChainFinding::Late as i32]
    );
    // What stands in it by way of certificates and territory data is not the rules.
    for tier in &mut verdict.tiers {
        tier.possible.clear();
        tier.excluded = 0;
    }
    verdict.territories_hash.clear();
    verdict.directory_hash.clear();
    verdict.enrolment_hash.clear();
    verdict.evidence_hash.clear();
    assert_eq!(
        (
            CODE_VERSION,
            sha256(&codec::encode(&verdict)).to_string().as_str()
        ),
        ("domicile-appraise/2", RECORDED)
    );
}

const RECORDED: &str = "d33f53ca8e5895bc328ecebfcabef2dcdcf5ab5d4b5f8863c8bf70a244e1537a";

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_bytes_are_answered(
        payload in prop::collection::vec(any::<u8>(), 0..300),
        signature in prop::collection::vec(any::<u8>(), 0..70),
    ) {
        let _ = Report::read(&wire::Signed { payload, signature });
    }

    #[test]
    fn any_bytes_in_a_ranging_are_answered(
        transcript in prop::collection::vec(any::<u8>(), 0..300),
        receipt in prop::collection::vec(any::<u8>(), 0..200),
    ) {
        let (world, host, mut evidence) = scene(300_000);
        evidence.rangings = vec![wire::Ranging { coarse: false, transcript, receipt }];
        let appraised = world.verify(&host, &host.sign(&evidence), RECEIVED_MS).unwrap();
        prop_assert!(appraised.observations.is_empty() && appraised.invalid.is_none());
    }
}
