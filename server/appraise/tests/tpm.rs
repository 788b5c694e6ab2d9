//! What a host's TPM signed: each way in which a quote fails, and that none of them accuses anybody.
#![allow(clippy::unwrap_used)]

use domicile_appraise::CODE_VERSION;
use domicile_appraise::devices::DeviceChains;
use domicile_appraise::judge::{Inputs, judge};
use domicile_appraise::testing::devices::nonce_of;
use domicile_appraise::testing::{Host, NOW_MS, World, point, policy};
use domicile_appraise::verify::tpm_checks;
use domicile_geo::Territories;
use domicile_proto::wire::{
    Binding, DeviceOutcome, EkStanding, Evidence, Premise, TpmEnrolment, TpmOutcome, TpmQuote,
    Verdict, VerdictValue,
};
use domicile_tpm::testing::{SoftTpm, Statement};

fn enrolment(tpm: &SoftTpm, ek: EkStanding) -> TpmEnrolment {
    TpmEnrolment {
        ak_public: tpm.ak_public(),
        ek_public: tpm.ek_public(),
        ek_certificate: Vec::new(),
        ek: ek.into(),
    }
}

/// The verdict on an honest session from Singapore with this quote of its nonce.
fn judged(world: &World, host: &Host, sign: impl FnOnce(&Evidence) -> TpmQuote) -> Verdict {
    let trip = world.trip(host, point(1.35, 103.82), NOW_MS, 1);
    let mut evidence = world.honest(host, &trip);
    evidence.tpm = Some(sign(&evidence));
    let signed = host.sign(&evidence);
    let appraised = world.verify(host, &signed, NOW_MS + 10_000).unwrap();
    judge(&Inputs {
        appraised: &appraised,
        enrolment: &host.enrolment,
        policy: &policy(),
        territories: Territories::builtin(),
        chain: &[],
        compared: &[],
        judged_ms: NOW_MS + 20_000,
        code_version: CODE_VERSION,
        device_chains: &DeviceChains::default(),
    })
}

fn quote(tpm: &SoftTpm, statement: &Statement) -> TpmQuote {
    let (attest, signature) = tpm.sign(statement);
    TpmQuote { attest, signature }
}

fn honest(tpm: &SoftTpm) -> impl Fn(&Evidence) -> TpmQuote {
    move |evidence| quote(tpm, &Statement::over(&nonce_of(evidence)))
}

fn outcomes(verdict: &Verdict) -> [DeviceOutcome; 5] {
    tpm_checks(verdict.tpm.as_ref().unwrap()).map(|(_, outcome)| outcome)
}

#[test]
fn only_a_tpm_with_a_known_maker_binds() {
    use DeviceOutcome::{Absent, Failed, Passed, Unknown};
    let (world, tpm) = (World::new(), SoftTpm::new());
    for (standing, maker) in [
        (EkStanding::Certified, Passed),
        (EkStanding::NoCertificate, Absent),
        (EkStanding::UnknownRoot, Unknown),
        (EkStanding::NotValid, Failed),
    ] {
        let host = world.with_tpm(world.enrol(1, "sin", "asia"), enrolment(&tpm, standing));
        let verdict = judged(&world, &host, honest(&tpm));
        assert_eq!(outcomes(&verdict), [Passed, Passed, Passed, Passed, maker]);
        let binds = standing == EkStanding::Certified;
        let (binding, premise) = match binds {
            true => (Binding::Tpm, 1),
            false => (Binding::Software, 0),
        };
        assert_eq!(verdict.binding(), binding);
        let with_responder = |premise: &Premise| *premise == Premise::DeviceWithResponder;
        assert_eq!(verdict.premises().filter(with_responder).count(), premise);
        // Its own account is in the verdict, field by field.
        let clock = Statement::over(&[]).clock;
        let said = verdict.tpm.unwrap();
        assert_eq!(
            (said.clock_ms, said.reset_count, said.restart_count),
            (clock.clock_ms, clock.reset_count, clock.restart_count)
        );
        assert_eq!(
            (said.clock_safe, said.firmware_version),
            (clock.safe, clock.firmware_version)
        );
    }
}

#[test]
fn a_quote_that_fails_binds_nothing_and_accuses_nobody() {
    use DeviceOutcome::{Failed, Passed, Unknown};
    let (world, tpm, other) = (World::new(), SoftTpm::new(), SoftTpm::new());
    let enrolled = world.with_tpm(
        world.enrol(1, "sin", "asia"),
        enrolment(&tpm, EkStanding::Certified),
    );
    let plain = world.enrol(1, "sin", "asia");
    let check = |host: &Host, sign: &dyn Fn(&Evidence) -> TpmQuote, outcome, checks| {
        let verdict = judged(&world, host, sign);
        assert_eq!(verdict.tpm.unwrap().outcome(), outcome);
        assert_eq!(outcomes(&verdict), checks, "{outcome:?}");
        assert_eq!(verdict.binding(), Binding::Software, "{outcome:?}");
        assert_eq!(verdict.value(), VerdictValue::Confined, "{outcome:?}");
    };
    check(
        &enrolled,
        &|_| quote(&tpm, &Statement::over(&[1; 32])),
        TpmOutcome::OtherNonce,
        [Passed, Passed, Passed, Failed, Passed],
    );
    check(
        &enrolled,
        &honest(&other),
        TpmOutcome::SignatureFails,
        [Passed, Passed, Failed, Unknown, Passed],
    );
    let not_generated = |evidence: &Evidence| {
        let honest = Statement::over(&nonce_of(evidence));
        quote(&tpm, &Statement { magic: 0, ..honest })
    };
    check(
        &enrolled,
        &not_generated,
        TpmOutcome::Malformed,
        [Passed, Failed, Unknown, Unknown, Passed],
    );
    check(
        &plain,
        &honest(&tpm),
        TpmOutcome::NotEnrolled,
        [Failed, Unknown, Unknown, Unknown, Unknown],
    );
}
