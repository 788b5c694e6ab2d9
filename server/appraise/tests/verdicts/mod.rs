//! From a world and a report to its verdict.
#![allow(clippy::unwrap_used, dead_code, unreachable_pub)] // each test file uses its part

use domicile_appraise::CODE_VERSION;
use domicile_appraise::judge::{Inputs, judge};
use domicile_appraise::testing::{Host, NOW_MS, World, point, policy};
use domicile_appraise::text::name_of;
use domicile_appraise::verify::Appraised;
use domicile_geo::{Territories, UnitVec};
use domicile_proto::wire::{Evidence, Tier, TierResult, Verdict, VerdictValue};

pub fn singapore() -> UnitVec {
    point(1.35, 103.82)
}

pub fn shenzhen() -> UnitVec {
    point(22.65, 114.05)
}

pub fn frankfurt() -> UnitVec {
    point(50.11, 8.68)
}

pub fn appraise(world: &World, host: &Host, evidence: &Evidence) -> Appraised {
    world
        .verify(host, &host.sign(evidence), NOW_MS + 10_000)
        .unwrap()
}

pub fn judge_with(host: &Host, appraised: &Appraised, compared: &[Appraised]) -> Verdict {
    judge(&Inputs {
        appraised,
        enrolment: &host.enrolment,
        policy: &policy(),
        territories: Territories::builtin(),
        chain: &[],
        compared,
        judged_ms: NOW_MS + 20_000,
        code_version: CODE_VERSION,
        device_chains: &domicile_appraise::devices::DeviceChains::default(),
    })
}

pub fn verdict(world: &World, host: &Host, evidence: &Evidence) -> Verdict {
    judge_with(host, &appraise(world, host, evidence), &[])
}

/// The value, and the whole verdict in words when it is another.
pub fn assert_value(verdict: &Verdict, expected: VerdictValue) {
    let shown: Vec<String> = verdict
        .tiers
        .iter()
        .map(|t| format!("{} {:?}", name_of::<VerdictValue>(t.value), t.possible))
        .collect();
    assert_eq!(verdict.value(), expected, "{shown:#?}");
}

pub fn tier(verdict: &Verdict, tier: Tier) -> &TierResult {
    verdict
        .tiers
        .iter()
        .find(|result| result.tier() == tier)
        .unwrap()
}
