//! Every published report: the right result for each check. Needs `DOMICILE_GPU_ATTESTATION`.
#![allow(clippy::unwrap_used)]

mod common;

use Outcome::{Absent, Failed, Passed, Unknown};
use common::{Sample, board, file, published};
use domicile_spdm::board::{Board, Member};
use domicile_spdm::chain::Chain;
use domicile_spdm::check::{Check, Outcome};
use domicile_spdm::pdi::Kind;
use domicile_spdm::report::Report;
use domicile_spdm::roots::Roots;
use domicile_spdm::verify::{Expected, Inventory, Verification, verify};

/// 2026-01-01.
const NOW_MS: u64 = 1_767_225_600_000;

fn check(sample: &Sample, kind: Kind) -> Verification {
    let chain = Chain::verify(&sample.chain, &Roots::vendor());
    let parsed = Report::parse(&sample.report).unwrap();
    let expected = Expected {
        nonce: Some(sample.nonce.unwrap_or(parsed.nonce)),
        kind: Some(kind),
        at_ms: NOW_MS,
        ..Expected::default()
    };
    verify(&sample.report, Some(&chain), &expected)
}

/// Outcomes in the order of `Check::ALL`.
fn outcomes(verification: &Verification) -> [Outcome; 9] {
    verification
        .findings
        .each_ref()
        .map(|finding| finding.outcome)
}

#[test]
fn each_published_report_gives_its_own_results() {
    let Some(folder) = published() else { return };
    let hopper = "hopperCertChain.txt";
    let switch = "switch/switchCertChain.txt";
    // signature, chain, nonce, identity, firmware, inventory, reference, revocation, debug
    let cases = [
        (
            file(&folder, "hopperAttestationReport.txt", hopper),
            Kind::Gpu,
            // Driver 535.86.09 states no FWID.
            [
                Passed, Passed, Passed, Passed, Absent, Unknown, Unknown, Absent, Unknown,
            ],
        ),
        (
            file(
                &folder,
                "hopperAttestationReportExpired.txt",
                "hopperCertChainExpired.txt",
            ),
            Kind::Gpu,
            [
                Passed, Passed, Passed, Passed, Passed, Unknown, Unknown, Absent, Unknown,
            ],
        ),
        (
            file(
                &folder,
                "blackwellAttestationReport.txt",
                "blackwellCertChain.txt",
            ),
            Kind::Gpu,
            [
                Passed, Passed, Passed, Passed, Passed, Unknown, Unknown, Absent, Passed,
            ],
        ),
        (
            file(
                &folder,
                "hopperAttestationReportInvalidSignature.txt",
                hopper,
            ),
            Kind::Gpu,
            // Another device's report: its firmware hash is not this leaf's either.
            [
                Failed, Passed, Passed, Passed, Failed, Unknown, Unknown, Absent, Unknown,
            ],
        ),
        (
            file(&folder, "switch/switchAttestationReport.txt", switch),
            Kind::Switch,
            [
                Passed, Passed, Passed, Passed, Absent, Unknown, Unknown, Absent, Unknown,
            ],
        ),
        (
            file(
                &folder,
                "switch/switchAttestationReportInvalidSignature.txt",
                switch,
            ),
            Kind::Switch,
            // It also states another switch's PDI.
            [
                Failed, Passed, Passed, Failed, Absent, Unknown, Unknown, Absent, Unknown,
            ],
        ),
    ];
    for (sample, kind, expected) in cases {
        let verification = check(&sample, kind);
        assert_eq!(
            outcomes(&verification),
            expected,
            "{}: {verification:#?}",
            sample.name
        );
        assert_eq!(verification.is_authentic(), expected[0] == Passed);
    }
}

#[test]
fn what_reports_state_is_read() {
    let Some(folder) = published() else { return };
    let sample = |report, chain, kind| check(&file(&folder, report, chain), kind);
    let stated = sample(
        "hopperAttestationReport.txt",
        "hopperCertChain.txt",
        Kind::Gpu,
    )
    .stated;
    assert_eq!(stated.driver.as_deref(), Some("535.86.09"));
    assert_eq!(stated.firmware.as_deref(), Some("96.00.5E.00.01"));
    assert_eq!((stated.version, stated.measurements), (Some("1.1"), 64));

    let blackwell = sample(
        "blackwellAttestationReport.txt",
        "blackwellCertChain.txt",
        Kind::Gpu,
    );
    assert_eq!(blackwell.stated.driver.as_deref(), Some("575.32"));
    assert_eq!(blackwell.stated.firmware.as_deref(), Some("97.00.88.00.0F"));
    assert_eq!(
        blackwell.device.unwrap().pdi.to_string(),
        "e6de55c3bdc14277"
    );

    let switch = sample(
        "switch/switchAttestationReport.txt",
        "switch/switchCertChain.txt",
        Kind::Switch,
    );
    assert_eq!(switch.stated.firmware.as_deref(), Some("96.10.55.00.01"));
    assert_eq!(
        switch.device.unwrap().to_string(),
        "switch 203eb31ad9ed0008"
    );
}

#[test]
fn inventory_is_compared_by_pdi() {
    let Some(folder) = published() else { return };
    let sample = file(
        &folder,
        "hopperAttestationReport.txt",
        "hopperCertChain.txt",
    );
    let chain = Chain::verify(&sample.chain, &Roots::vendor());
    let pdi = chain.as_ref().unwrap().device.unwrap().pdi;
    let mut other = pdi;
    other.0[7] ^= 1;
    for (driver, device, expected) in [
        ("535.86.09", (pdi, "96.00.5e.00.01"), Passed),
        ("", (pdi, ""), Passed),
        ("535.86.10", (pdi, "96.00.5E.00.01"), Failed),
        ("535.86.09", (pdi, "96.00.5E.00.02"), Failed),
        ("535.86.09", (other, "96.00.5E.00.01"), Failed),
    ] {
        let devices = [device];
        let expected_inventory = Expected {
            inventory: Some(Inventory {
                driver,
                devices: &devices,
            }),
            at_ms: NOW_MS,
            ..Expected::default()
        };
        let verification = verify(&sample.report, Some(&chain), &expected_inventory);
        assert_eq!(
            verification.outcome(Check::Inventory),
            expected,
            "{driver} {device:?}"
        );
    }
}

#[test]
fn the_board_of_eight_gpus_and_four_switches_is_whole() {
    let Some(folder) = published() else { return };
    let samples = board(&folder);
    assert_eq!(samples.len(), 12);
    let members: Vec<Member> = samples
        .iter()
        .enumerate()
        .map(|(place, sample)| {
            let kind = if place < 8 { Kind::Gpu } else { Kind::Switch };
            let verification = check(sample, kind);
            assert!(verification.holds(), "{}: {verification:#?}", sample.name);
            Member {
                device: verification.device.unwrap(),
                peers: verification.stated.peers,
            }
        })
        .collect();
    assert!(Board::of(&members).is_whole());
    for absent in 0..members.len() {
        let mut rest = members.clone();
        let gone = rest.remove(absent);
        let board = Board::of(&rest);
        let missing: Vec<_> = board.missing.keys().copied().collect();
        assert_eq!(missing, [gone.device]);
        let named_by = if absent < 8 { 4 } else { 8 };
        assert_eq!(board.missing[&gone.device].len(), named_by);
    }
}
