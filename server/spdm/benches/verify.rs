//! What verifying a report costs beside its P-384 operations alone. One run measures both:
//! `cargo bench -p domicile-spdm`. With `DOMICILE_GPU_ATTESTATION` it is NVIDIA's Hopper report,
//! else one of the same size made here.
#![allow(clippy::unwrap_used)]

use divan::{Bencher, black_box};
use domicile_spdm::chain::Chain;
use domicile_spdm::pdi::Kind;
use domicile_spdm::report::{Report, SIGNATURE_BYTES};
use domicile_spdm::roots::Roots;
use domicile_spdm::testing::{Form, Vendor};
use domicile_spdm::verify::{Expected, verify};
use ring::signature::{ECDSA_P384_SHA384_FIXED, UnparsedPublicKey};
use std::path::PathBuf;

struct Subject {
    report: Vec<u8>,
    certificates: Vec<Vec<u8>>,
    roots: Roots,
}

fn main() {
    divan::main();
}

fn subject() -> Subject {
    let published = std::env::var_os("DOMICILE_GPU_ATTESTATION").map(PathBuf::from);
    if let Some(folder) = published {
        let text = std::fs::read_to_string(folder.join("hopperAttestationReport.txt")).unwrap();
        let pem = std::fs::read(folder.join("hopperCertChain.txt")).unwrap();
        return Subject {
            report: data_encoding::HEXLOWER_PERMISSIVE
                .decode(text.trim().as_bytes())
                .unwrap(),
            certificates: domicile_spdm::pem::certificates(&pem).unwrap(),
            roots: Roots::vendor(),
        };
    }
    let vendor = Vendor::new();
    let device = vendor.device(Kind::Gpu, 1);
    Subject {
        report: device.report([1; 32], &Form::default()),
        certificates: device.chain,
        roots: vendor.roots(),
    }
}

fn expected(report: &[u8]) -> Expected<'static> {
    Expected {
        nonce: Some(Report::parse(report).unwrap().nonce),
        kind: Some(Kind::Gpu),
        at_ms: 1_767_225_600_000,
        ..Expected::default()
    }
}

/// One signature, key and message at hand: nothing but ring.
#[divan::bench]
fn p384_of_a_report_alone(bencher: Bencher<'_, '_>) {
    let subject = subject();
    let chain = Chain::verify(&subject.certificates, &subject.roots).unwrap();
    let parsed = Report::parse(&subject.report).unwrap();
    let (message, signature): (Vec<u8>, [u8; SIGNATURE_BYTES]) =
        (parsed.signed.to_vec(), parsed.signature);
    bencher.bench_local(|| {
        UnparsedPublicKey::new(&ECDSA_P384_SHA384_FIXED, chain.leaf_key)
            .verify(black_box(&message), black_box(&signature))
            .unwrap();
    });
}

/// The whole: parsed, every check, chain verified before.
#[divan::bench]
fn report_with_its_chain_kept(bencher: Bencher<'_, '_>) {
    let subject = subject();
    let chain = Chain::verify(&subject.certificates, &subject.roots);
    let expected = expected(&subject.report);
    bencher.bench_local(|| {
        let found = verify(black_box(&subject.report), Some(&chain), &expected);
        assert!(found.holds());
    });
}

/// A chain seen for the first time: five signatures.
#[divan::bench]
fn chain_of_five(bencher: Bencher<'_, '_>) {
    let subject = subject();
    bencher
        .bench_local(|| Chain::verify(black_box(&subject.certificates), &subject.roots).unwrap());
}

/// The parsers alone.
#[divan::bench]
fn parse_a_report(bencher: Bencher<'_, '_>) {
    let subject = subject();
    bencher.bench_local(|| {
        Report::parse(black_box(&subject.report))
            .unwrap()
            .measurements
            .len()
    });
}
