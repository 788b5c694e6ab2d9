//! Reports and chains of a vendor of our own: every form that is read, and what is refused.
#![allow(clippy::unwrap_used)]

use domicile_spdm::CertificateError;
use domicile_spdm::board::{Board, Member};
use domicile_spdm::cache::ChainCache;
use domicile_spdm::chain::{Chain, ChainError};
use domicile_spdm::check::{Check, Outcome};
use domicile_spdm::pdi::{Kind, Pdi};
use domicile_spdm::reference::ReferenceValues;
use domicile_spdm::report::Version;
use domicile_spdm::revocation::{RevocationError, Revocations};
use domicile_spdm::roots::Roots;
use domicile_spdm::testing::{Form, Generation, TestDevice, Vendor};
use domicile_spdm::verify::{Expected, Verification, verify};
use proptest::prelude::*;
use std::sync::Arc;

/// 2026-01-20.
const NOW_MS: u64 = 1_768_867_200_000;
const NONCE: [u8; 32] = [3; 32];

fn expected() -> Expected<'static> {
    Expected {
        nonce: Some(NONCE),
        at_ms: NOW_MS,
        ..Expected::default()
    }
}

fn check(vendor: &Vendor, device: &TestDevice, form: &Form) -> Verification {
    let chain = Chain::verify(&device.chain, &vendor.roots());
    verify(&device.report(NONCE, form), Some(&chain), &expected())
}

#[test]
fn every_form_verifies() {
    let vendor = Vendor::new();
    for version in [Version::V11, Version::V12, Version::V13] {
        for kind in [Kind::Gpu, Kind::Switch] {
            for generation in [Generation::Hopper, Generation::Blackwell(0x80)] {
                for padding in [0, 1, 200] {
                    let form = Form {
                        version,
                        padding,
                        measurements: 3,
                        ..Form::default()
                    };
                    let device = vendor.device_of(kind, 7, generation);
                    let found = check(&vendor, &device, &form);
                    assert!(
                        found.holds(),
                        "{version:?} {kind:?} {generation:?}: {found:#?}"
                    );
                    assert_eq!(found.device, Some(device.device));
                    assert_eq!(found.stated.firmware.as_deref(), Some("96.00.A5.00.01"));
                    assert_eq!(found.outcome(Check::Firmware), Outcome::Passed);
                }
            }
        }
    }
}

#[test]
fn a_report_for_another_nonce_or_of_another_device_fails_there_only() {
    let vendor = Vendor::new();
    let (one, two) = (vendor.device(Kind::Gpu, 1), vendor.device(Kind::Gpu, 2));
    let chain = Chain::verify(&one.chain, &vendor.roots());
    let form = Form::default();

    let other_nonce = verify(&one.report([4; 32], &form), Some(&chain), &expected());
    assert!(other_nonce.is_authentic() && !other_nonce.holds());
    assert_eq!(other_nonce.outcome(Check::Nonce), Outcome::Failed);

    let other_device = verify(&two.report(NONCE, &form), Some(&chain), &expected());
    assert_eq!(other_device.outcome(Check::Signature), Outcome::Failed);
    assert_eq!(other_device.outcome(Check::Chain), Outcome::Passed);

    let without = verify(&one.report(NONCE, &form), None, &expected());
    assert_eq!(without.outcome(Check::Chain), Outcome::Unknown);
    assert_eq!(without.outcome(Check::Signature), Outcome::Unknown);
    assert!(!without.holds() && without.device.is_none());
}

#[test]
fn firmware_debug_and_claims_are_told_apart() {
    let vendor = Vendor::new();
    let device = vendor.device(Kind::Gpu, 1);
    let with = |fwid| {
        check(
            &vendor,
            &device,
            &Form {
                fwid,
                ..Form::default()
            },
        )
    };
    assert_eq!(with(None).outcome(Check::Firmware), Outcome::Absent);
    assert_eq!(
        with(Some(Some([1; 48]))).outcome(Check::Firmware),
        Outcome::Failed
    );
    // A leaf's empty second FWID is no firmware that a report could state.
    let blackwell = vendor.device_of(Kind::Gpu, 1, Generation::Blackwell(0x80));
    let zeros = Form {
        fwid: Some(Some([0; 48])),
        ..Form::default()
    };
    let found = check(&vendor, &blackwell, &zeros);
    assert_eq!(found.outcome(Check::Firmware), Outcome::Failed);

    for (generation, outcome) in [
        (Generation::Hopper, Outcome::Unknown),
        (Generation::Blackwell(0x80), Outcome::Passed),
        (Generation::Blackwell(0x10), Outcome::Failed),
    ] {
        let device = vendor.device_of(Kind::Gpu, 1, generation);
        let found = check(&vendor, &device, &Form::default());
        assert_eq!(found.outcome(Check::Debug), outcome, "{generation:?}");
        assert_eq!(found.holds(), outcome != Outcome::Failed);
    }

    let chain = Chain::verify(&device.chain, &vendor.roots());
    let claimed = Expected {
        kind: Some(Kind::Switch),
        ..expected()
    };
    let found = verify(
        &device.report(NONCE, &Form::default()),
        Some(&chain),
        &claimed,
    );
    assert_eq!(found.outcome(Check::Identity), Outcome::Failed);
}

#[test]
fn chains_end_in_a_pinned_root_whole_and_in_order() {
    let (vendor, other) = (Vendor::new(), Vendor::new());
    let device = vendor.device(Kind::Gpu, 1);
    let whole = Chain::verify(&device.chain, &vendor.roots()).unwrap();
    // The root's own certificate says nothing that is not pinned.
    let shorter = Chain::verify(&device.chain[..4], &vendor.roots()).unwrap();
    assert_eq!(
        (whole.device, whole.leaf_key),
        (shorter.device, shorter.leaf_key)
    );
    assert_ne!(whole.hash, shorter.hash);

    let error = |chain: &[Vec<u8>], roots: &Roots| Chain::verify(chain, roots).unwrap_err();
    // Another vendor of the same name, and none at all.
    assert_eq!(
        error(&device.chain, &other.roots()),
        ChainError::Certificate {
            number: 5,
            error: CertificateError::Signature
        }
    );
    assert_eq!(
        error(&device.chain, &Roots::vendor()),
        ChainError::Certificate {
            number: 5,
            error: CertificateError::NoRoot
        }
    );
    let mut swapped = device.chain.clone();
    swapped.swap(2, 3);
    assert_eq!(
        error(&swapped, &vendor.roots()),
        ChainError::Certificate {
            number: 2,
            error: CertificateError::IssuerName
        }
    );
    let mut no_leaf = device.chain.clone();
    no_leaf.remove(0);
    assert_eq!(
        error(&no_leaf, &vendor.roots()),
        ChainError::Certificate {
            number: 1,
            error: CertificateError::NotSigner
        }
    );
    assert_eq!(
        error(&device.chain[..2], &vendor.roots()),
        ChainError::Length(2)
    );
    assert_eq!(
        error(&vec![vec![0]; 7], &vendor.roots()),
        ChainError::Length(7)
    );
    assert!(!whole.is_valid_at(0) && whole.is_valid_at(NOW_MS));
}

#[test]
fn a_device_certifies_no_other_device() {
    let vendor = Vendor::new();
    let thief = vendor.device(Kind::Gpu, 1);
    let chain = vendor.forged_by(&thief, Kind::Gpu, 2).chain;
    assert_eq!(
        Chain::verify(&chain, &vendor.roots()).unwrap_err(),
        ChainError::Certificate {
            number: 3,
            error: CertificateError::SignedByDevice
        }
    );
}

#[test]
fn lists_are_read_with_their_age() {
    let vendor = Vendor::new();
    let device = vendor.device(Kind::Gpu, 1);
    let chain = Chain::verify(&device.chain, &vendor.roots());
    let report = device.report(NONCE, &Form::default());
    let outcome = |files: &[Vec<u8>], at_ms| {
        let mut lists = Revocations::new(vendor.roots());
        files.iter().for_each(|file| lists.add(file).unwrap());
        let expected = Expected {
            revocations: Some(&lists),
            at_ms,
            ..expected()
        };
        let found = verify(&report, Some(&chain), &expected);
        let finding = found.finding(Check::Revocation).clone();
        (finding.outcome, finding.detail)
    };
    let lists = |serials: &[&[u8]]| {
        vec![
            vendor.revocation_list(2, serials, 10),
            vendor.revocation_list(3, &[], 10),
        ]
    };
    let (clean, words) = outcome(&lists(&[]), NOW_MS);
    assert_eq!(
        (clean, words.contains("10 days old")),
        (Outcome::Passed, true),
        "{words}"
    );
    // The provisioner (serial 3) stands third.
    let (revoked, words) = outcome(&lists(&[&[3]]), NOW_MS);
    assert_eq!(
        (revoked, words.contains("certificate 3")),
        (Outcome::Failed, true),
        "{words}"
    );
    assert_eq!(outcome(&lists(&[&[99]]), NOW_MS).0, Outcome::Passed);
    let half = [vendor.revocation_list(3, &[], 10)];
    assert_eq!(outcome(&half, NOW_MS).0, Outcome::Unknown);
    let days = |days: u64| NOW_MS + days * 86_400_000;
    assert_eq!(outcome(&lists(&[]), days(60)).0, Outcome::Unknown);
    assert_eq!(outcome(&[], NOW_MS).0, Outcome::Absent);
    // Of a namesake: it speaks of nobody here.
    let other = Vendor::new();
    let foreign = [other.revocation_list(2, &[&[3]], 10)];
    assert_eq!(outcome(&foreign, NOW_MS).0, Outcome::Absent);
    let mut none = Revocations::new(vendor.roots());
    assert_eq!(none.add(b"no list"), Err(RevocationError::Malformed));
}

#[test]
fn reference_values_are_right_wrong_or_not_complete() {
    let vendor = Vendor::new();
    let device = vendor.device(Kind::Gpu, 1);
    let chain = Chain::verify(&device.chain, &vendor.roots());
    let form = Form {
        measurements: 2,
        ..Form::default()
    };
    let report = device.report(NONCE, &form);
    let outcome = |text: &str| {
        let values = ReferenceValues::parse(text).unwrap();
        let expected = Expected {
            reference: Some(&values),
            ..expected()
        };
        let found = verify(&report, Some(&chain), &expected);
        (found.outcome(Check::Reference), found.outcome(Check::Debug))
    };
    let hex = |byte: u8| data_encoding::HEXLOWER.encode(&[byte; 48]);
    let (one, two, three) = (hex(1), hex(2), hex(3));
    let set = |rest: String| format!("[[set]]\nname = \"a set\"\n{rest}");
    use Outcome::{Failed, Passed, Unknown};
    for (text, expected) in [
        (
            set(format!(
                "[set.measurements]\n1 = [\"{three}\", \"{one}\"]\n2 = [\"{two}\"]"
            )),
            (Passed, Passed),
        ),
        (
            set(format!("[set.measurements]\n1 = [\"{one}\"]")),
            (Unknown, Unknown),
        ),
        (
            set(format!(
                "[set.measurements]\n1 = [\"{two}\"]\n2 = [\"{two}\"]"
            )),
            (Failed, Unknown),
        ),
        (
            set(format!(
                "[set.measurements]\n1 = [\"{one}\"]\n2 = [\"{two}\"]\n3 = [\"{three}\"]"
            )),
            (Failed, Unknown),
        ),
        (
            set(format!(
                "driver = \"1.2\"\n[set.measurements]\n1 = [\"{two}\"]"
            )),
            (Unknown, Unknown),
        ),
        (
            set(format!(
                "firmware = \"96.00.A5.00.01\"\ndriver = \"590.12\"\n[set.measurements]\n1 = [\"{two}\"]"
            )),
            (Failed, Unknown),
        ),
    ] {
        assert_eq!(outcome(&text), expected, "{text}");
    }
    for bad in [
        "set = 1",
        "[[set]]\nname = \"a\"\n[set.measurements]\n0 = []",
        "[[set]]\nname = \"a\"\n[set.measurements]\n1 = [\"xy\"]",
    ] {
        assert!(ReferenceValues::parse(bad).is_err(), "{bad}");
    }
}

#[test]
fn a_board_misses_whom_its_members_name() {
    let vendor = Vendor::new();
    let board: Vec<Member> = vendor
        .board(1)
        .iter()
        .map(|(device, form)| {
            let found = check(&vendor, device, form);
            assert!(found.holds(), "{found:#?}");
            Member {
                device: found.device.unwrap(),
                peers: found.stated.peers,
            }
        })
        .collect();
    assert_eq!(board.len(), 12);
    assert!(Board::of(&board).is_whole());
    let found = Board::of(&board[1..]);
    assert_eq!(
        found.missing.keys().copied().collect::<Vec<_>>(),
        [board[0].device]
    );
    let mut silent = board.clone();
    silent[0].peers.clear();
    let found = Board::of(&silent);
    assert_eq!((found.missing.len(), found.one_sided.len()), (0, 4));
    assert!(!found.is_whole());
}

#[test]
fn chains_that_hold_are_kept_and_no_others() {
    let vendor = Vendor::new();
    let mut cache = ChainCache::new(vendor.roots(), 2);
    let devices: Vec<TestDevice> = (0..3).map(|pdi| vendor.device(Kind::Gpu, pdi)).collect();
    let first = cache.verify(&devices[0].chain);
    assert!(Arc::ptr_eq(&first, &cache.verify(&devices[0].chain)));
    let rubbish = vec![vec![1], vec![2], vec![3]];
    assert!(cache.verify(&rubbish).is_err());
    cache.verify(&devices[1].chain);
    let hash = |device: &TestDevice| domicile_spdm::chain::chain_hash(&device.chain);
    assert!(cache.get(&hash(&devices[0])).is_some());
    cache.verify(&devices[2].chain);
    assert!(
        cache.get(&hash(&devices[0])).is_none(),
        "the oldest makes room"
    );
    assert!(cache.get(&hash(&devices[2])).is_some());
}

proptest! {
    #[test]
    fn nothing_makes_the_parsers_panic(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
        let certificates = [&bytes, &bytes, &bytes];
        let chain = Chain::verify(&certificates, &Roots::vendor());
        prop_assert!(chain.is_err());
        let found = verify(&bytes, Some(&chain), &expected());
        prop_assert!(!found.is_authentic());
        let mut lists = Revocations::new(Roots::vendor());
        let _ = lists.add(&bytes);
    }

    #[test]
    fn cut_reports_are_refused(keep in 0_usize..400) {
        let vendor = Vendor::new();
        let device = vendor.device(Kind::Switch, 5);
        let form = Form { measurements: 1, peers: vec![Pdi([1; 8])], ..Form::default() };
        let report = device.report(NONCE, &form);
        let cut = &report[..keep.min(report.len() - 1)];
        prop_assert!(domicile_spdm::report::Report::parse(cut).is_err());
    }
}
