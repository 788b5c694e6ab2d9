//! Verdicts of a synthetic world.
#![allow(clippy::unwrap_used, dead_code, unreachable_pub)] // each test file uses its part

use domicile_appraise::CODE_VERSION;
use domicile_appraise::judge::{Inputs, judge};
use domicile_appraise::testing::devices::{chains_of, sign_with};
use domicile_appraise::testing::{Host, NOW_MS, World, point, policy};
use domicile_geo::Territories;
use domicile_proto::sign::SigningKey;
use domicile_proto::types::Key;
use domicile_proto::wire::{EkStanding, TpmOutcome, TpmResult, Verdict};
use domicile_result::{AttestationResult, Subject};
use domicile_spdm::pdi::Kind;
use domicile_spdm::testing::{Form, Vendor};
use std::sync::LazyLock;

pub const SESSION_NONCE: [u8; 60] = [7; 60];

/// The collector's key.
pub fn key() -> SigningKey {
    SigningKey::from_seed(&[42; 32])
}

pub fn keys() -> [Key; 1] {
    [key().public()]
}

/// A host in Singapore under a licence for it, with so many GPUs that sign the session.
pub fn confined(gpus: u64) -> Verdict {
    static PLAIN: LazyLock<Verdict> = LazyLock::new(|| judged(0));
    match gpus {
        0 => PLAIN.clone(),
        gpus => judged(gpus),
    }
}

fn judged(gpus: u64) -> Verdict {
    let world = World::new();
    let host: Host = world.enrol(1, "sin", "asia");
    let vendor = Vendor::new();
    let trip = world.trip(&host, point(1.35, 103.82), NOW_MS, 1);
    let mut evidence = world.honest(&host, &trip);
    let devices: Vec<_> = (0..gpus)
        .map(|pdi| (vendor.device(Kind::Gpu, 0x1000 + pdi), Form::default()))
        .collect();
    sign_with(&mut evidence, &devices);
    let signed = host.sign(&evidence);
    let appraised = world.verify(&host, &signed, NOW_MS + 10_000).unwrap();
    judge(&Inputs {
        appraised: &appraised,
        enrolment: &host.enrolment,
        policy: &policy(),
        territories: Territories::builtin(),
        chain: &[],
        compared: &[],
        judged_ms: NOW_MS + 20_000,
        code_version: CODE_VERSION,
        device_chains: &chains_of(&vendor, &evidence),
    })
}

/// The same with a TPM.
pub fn with_tpm(outcome: TpmOutcome, ek: EkStanding) -> Verdict {
    Verdict {
        tpm: Some(TpmResult {
            outcome: outcome as i32,
            ek: ek as i32,
            clock_ms: 123_456,
            reset_count: 3,
            restart_count: 1,
            clock_safe: true,
            firmware_version: 0x2023_0001_0002_0003,
        }),
        ..confined(0)
    }
}

pub fn result(verdict: &Verdict) -> AttestationResult {
    AttestationResult::of(&subject(verdict)).unwrap()
}

pub fn subject(verdict: &Verdict) -> Subject<'_> {
    Subject {
        verdict,
        session_nonce: &SESSION_NONCE,
        territories: Territories::builtin(),
        asked_with: None,
    }
}
