//! A flipped bit anywhere in a report or a chain is refused. No field of either is without cover:
//! the zero bytes that may stand behind a signature may be nothing else.
#![allow(clippy::unwrap_used)]

mod common;

use common::{Bits, Sample, board, file, published, survivors};
use domicile_spdm::chain::{Chain, ChainError};
use domicile_spdm::pdi::Kind;
use domicile_spdm::report::Version;
use domicile_spdm::roots::Roots;
use domicile_spdm::testing::{Form, Generation, Vendor};
use domicile_spdm::verify::{Expected, verify};
use std::path::Path;
use std::time::Instant;

/// 2026-01-01.
const NOW_MS: u64 = 1_767_225_600_000;

fn is_authentic(report: &[u8], chain: &Result<Chain, ChainError>) -> bool {
    let expected = Expected {
        at_ms: NOW_MS,
        ..Expected::default()
    };
    verify(report, Some(chain), &expected).is_authentic()
}

fn no_bit_of_the_report(sample: &Sample, roots: &Roots, bits: Bits) {
    let chain = Chain::verify(&sample.chain, roots);
    assert!(is_authentic(&sample.report, &chain), "{}", sample.name);
    let survived = survivors(&sample.report, bits, |report| is_authentic(report, &chain));
    assert_eq!(survived, [0; 0], "{}", sample.name);
}

fn no_bit_of_the_chain(sample: &Sample, roots: &Roots, bits: Bits) {
    for place in 0..sample.chain.len() {
        let survived = survivors(&sample.chain[place], bits, |certificate| {
            let mut chain: Vec<&[u8]> = sample.chain.iter().map(Vec::as_slice).collect();
            chain[place] = certificate;
            let chain = Chain::verify(&chain, roots);
            is_authentic(&sample.report, &chain)
        });
        assert_eq!(survived, [0; 0], "{}, certificate {place}", sample.name);
    }
}

fn made(vendor: &Vendor, kind: Kind, generation: Generation, form: &Form) -> Sample {
    let device = vendor.device_of(kind, 0xe6de_55c3_bdc1_4277, generation);
    Sample {
        name: format!("{kind:?} {generation:?} {:?}", form.version),
        report: device.report([9; 32], form),
        chain: device.chain,
        nonce: Some([9; 32]),
    }
}

fn short(version: Version, padding: usize) -> Form {
    Form {
        version,
        padding,
        measurements: 1,
        ..Form::default()
    }
}

#[test]
fn no_bit_of_a_made_report_may_flip() {
    let vendor = Vendor::new();
    for (kind, form, bits) in [
        (Kind::Gpu, short(Version::V11, 3), Bits::All),
        (Kind::Switch, short(Version::V12, 0), Bits::OneInEachByte),
        (Kind::Gpu, short(Version::V13, 0), Bits::OneInEachByte),
    ] {
        let sample = made(&vendor, kind, Generation::Hopper, &form);
        no_bit_of_the_report(&sample, &vendor.roots(), bits);
    }
}

#[test]
fn no_byte_of_a_made_chain_may_change() {
    let vendor = Vendor::new();
    for generation in [Generation::Hopper, Generation::Blackwell(0x80)] {
        let sample = made(&vendor, Kind::Gpu, generation, &short(Version::V11, 0));
        no_bit_of_the_chain(&sample, &vendor.roots(), Bits::OneInEachByte);
    }
}

#[test]
#[ignore = "a minute of two cores"]
fn no_bit_of_a_made_chain_may_flip() {
    let vendor = Vendor::new();
    for generation in [Generation::Hopper, Generation::Blackwell(0x80)] {
        let sample = made(&vendor, Kind::Gpu, generation, &short(Version::V11, 0));
        no_bit_of_the_chain(&sample, &vendor.roots(), Bits::All);
    }
}

/// A report of each generation, and one of a switch.
fn one_of_each(folder: &Path) -> [Sample; 3] {
    [
        ("hopperAttestationReport.txt", "hopperCertChain.txt"),
        ("blackwellAttestationReport.txt", "blackwellCertChain.txt"),
        (
            "switch/switchAttestationReport.txt",
            "switch/switchCertChain.txt",
        ),
    ]
    .map(|(report, chain)| file(folder, report, chain))
}

/// Says what was done and how long it took: these tests run for minutes.
fn timed(what: &str, sample: &Sample, bytes: usize, check: impl FnOnce()) {
    let begun = Instant::now();
    check();
    let bits = bytes * 8;
    eprintln!(
        "{what} of {}: {bits} bits, {:?}",
        sample.name,
        begun.elapsed()
    );
}

#[test]
fn no_sampled_bit_of_published_reports_and_chains_may_flip() {
    let Some(folder) = published() else { return };
    for sample in one_of_each(&folder) {
        no_bit_of_the_report(&sample, &Roots::vendor(), Bits::Sampled);
        no_bit_of_the_chain(&sample, &Roots::vendor(), Bits::Sampled);
    }
}

#[test]
#[ignore = "minutes of two cores, and published reports"]
fn no_bit_of_published_reports_and_chains_may_flip() {
    let Some(folder) = published() else { return };
    let roots = Roots::vendor();
    for sample in &one_of_each(&folder) {
        timed("report", sample, sample.report.len(), || {
            no_bit_of_the_report(sample, &roots, Bits::All);
        });
        let chain = sample.chain.iter().map(Vec::len).sum();
        timed("chain", sample, chain, || {
            no_bit_of_the_chain(sample, &roots, Bits::All);
        });
    }
}

#[test]
#[ignore = "minutes of two cores, and published reports"]
fn no_bit_of_the_published_board_may_flip() {
    let Some(folder) = published() else { return };
    for sample in &board(&folder) {
        timed("report", sample, sample.report.len(), || {
            no_bit_of_the_report(sample, &Roots::vendor(), Bits::All);
        });
    }
}
