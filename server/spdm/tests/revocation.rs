//! Revocation lists and OCSP responses: what each says of a chain, and which are not believed.
#![allow(clippy::unwrap_used)]

use Outcome::{Absent, Failed, Passed, Unknown};
use domicile_spdm::chain::Chain;
use domicile_spdm::check::{Check, Outcome};
use domicile_spdm::pdi::Kind;
use domicile_spdm::revocation::{RevocationError, Revocations};
use domicile_spdm::testing::ocsp::{Response, Signer, Status};
use domicile_spdm::testing::{Form, TestDevice, Vendor};
use domicile_spdm::verify::{Expected, verify};
use std::path::Path;
use std::process::Command;

/// 2026-01-20.
const NOW_MS: u64 = 1_768_867_200_000;
const DAY_MS: u64 = 86_400_000;

struct Scene {
    vendor: Vendor,
    device: TestDevice,
}

impl Scene {
    fn new() -> Self {
        let vendor = Vendor::new();
        let device = vendor.device(Kind::Gpu, 1);
        Self { vendor, device }
    }

    /// What files say of the device's chain at this time, and in which words.
    fn check(&self, files: &[Vec<u8>], at_ms: u64) -> (Outcome, String) {
        let mut revocations = Revocations::new(self.vendor.roots());
        for file in files {
            revocations.add(file).unwrap();
        }
        let chain = Chain::verify(&self.device.chain, &self.vendor.roots());
        let expected = Expected {
            revocations: Some(&revocations),
            at_ms,
            ..Expected::default()
        };
        let report = self.device.report([3; 32], &Form::default());
        let found = verify(&report, Some(&chain), &expected);
        let found = found.finding(Check::Revocation);
        (found.outcome, found.detail.clone())
    }

    /// Answers about both certificates whose issuers publish, the second as given.
    fn with(&self, response: &Response) -> (Outcome, String) {
        self.with_at(response, NOW_MS)
    }

    fn with_at(&self, response: &Response, at_ms: u64) -> (Outcome, String) {
        let root = Response {
            place: 3,
            next_update: None,
            ..Response::default()
        };
        let files = [root, response.clone()];
        let files = files.map(|response| self.vendor.ocsp(&self.device, &response));
        self.check(&files, at_ms)
    }
}

#[test]
fn good_revoked_unknown_expired_and_too_early() {
    let scene = Scene::new();
    let (outcome, words) = scene.with(&Response::default());
    assert_eq!(outcome, Passed, "{words}");
    assert!(words.contains("2 of 4"), "{words}");
    assert!(words.contains("10 days old"), "{words}");

    let status = |status| Response {
        status,
        ..Response::default()
    };
    let (outcome, words) = scene.with(&status(Status::Revoked));
    assert_eq!(outcome, Failed, "{words}");
    assert!(words.contains("certificate 3 is revoked"), "{words}");
    assert_eq!(scene.with(&status(Status::Unknown)).0, Unknown);

    // Past its next update: said, and not passed. A revocation stays one.
    let late = NOW_MS + 60 * DAY_MS;
    let (outcome, words) = scene.with_at(&Response::default(), late);
    assert_eq!(outcome, Unknown);
    assert!(words.contains("past its next update"), "{words}");
    assert_eq!(scene.with_at(&status(Status::Revoked), late).0, Failed);
    // An answer that is made later than the time asked about says nothing of it.
    let future = Response {
        this_update: "20260301000000Z",
        next_update: None,
        ..Response::default()
    };
    assert_eq!(scene.with(&future).0, Unknown);
}

#[test]
fn whoever_signs_must_be_the_issuer_or_certified_for_it() {
    let scene = Scene::new();
    for status in [Status::Good, Status::Revoked] {
        let believed = match status {
            Status::Revoked => Failed,
            _ => Passed,
        };
        for (signer, expected) in [
            (Signer::Issuer, believed),
            (Signer::Responder, believed),
            (Signer::NoResponder, Unknown),
            (Signer::Stranger, Unknown),
            // The device's own key speaks for nothing but its firmware.
            (Signer::Device, Unknown),
        ] {
            let response = Response {
                status,
                signer,
                ..Response::default()
            };
            let (outcome, words) = scene.with(&response);
            assert_eq!(outcome, expected, "{signer:?} {status:?}: {words}");
        }
    }
}

#[test]
fn an_answer_speaks_of_its_own_certificate_alone() {
    let scene = Scene::new();
    // Another vendor whose authorities have the same names and serial numbers.
    let other = Scene::new();
    let revoked = Response {
        status: Status::Revoked,
        ..Response::default()
    };
    let foreign = other.vendor.ocsp(&other.device, &revoked);
    assert_eq!(scene.check(&[foreign], NOW_MS).0, Absent);
    // The boot ROM of another device of this vendor.
    let neighbour = scene.vendor.device(Kind::Gpu, 2);
    let rom = Response {
        place: 1,
        ..revoked
    };
    let of_neighbour = scene.vendor.ocsp(&neighbour, &rom);
    assert_eq!(scene.check(&[of_neighbour], NOW_MS).0, Absent);
    let own = scene.vendor.ocsp(&scene.device, &rom);
    let (outcome, words) = scene.check(&[own], NOW_MS);
    assert_eq!(outcome, Failed, "{words}");
    assert!(words.contains("certificate 2 is revoked"), "{words}");
}

#[test]
fn no_changed_byte_of_an_answer_or_a_list_is_believed() {
    let scene = Scene::new();
    let answer = scene.vendor.ocsp(&scene.device, &Response::default());
    let list = scene.vendor.revocation_list(2, &[], 10);
    for file in [answer, list] {
        let (outcome, _) = scene.check(std::slice::from_ref(&file), NOW_MS);
        assert_eq!(outcome, Unknown, "whole: one certificate is not covered");
        for place in 0..file.len() {
            let mut changed = file.clone();
            changed[place] ^= 1 << (place % 8);
            let mut revocations = Revocations::new(scene.vendor.roots());
            // Refused when it is read, or it says nothing.
            if revocations.add(&changed).is_ok() {
                let (outcome, words) = scene.check(&[changed], NOW_MS);
                assert_eq!(outcome, Absent, "byte {place}: {words}");
            }
        }
    }
}

#[test]
fn what_is_no_answer_is_refused_with_the_reason() {
    let mut revocations = Revocations::new(Vendor::new().roots());
    // tryLater
    assert_eq!(
        revocations.add(&[0x30, 3, 10, 1, 3]),
        Err(RevocationError::NoAnswer)
    );
    // Successful, with nothing in it.
    assert_eq!(
        revocations.add(&[0x30, 3, 10, 1, 0]),
        Err(RevocationError::Malformed)
    );
    assert_eq!(revocations.add(&[]), Err(RevocationError::Malformed));
}

/// An answer that another program made: `openssl ocsp`, about the provisioner's certificate.
#[test]
fn answers_made_by_openssl_are_read() {
    if Command::new("openssl").arg("version").output().is_err() {
        eprintln!("not run: there is no `openssl` here, which makes the answers of this test");
        return;
    }
    let scene = Scene::new();
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    // The identity CA (its place is 3 in the chain) answers for the provisioner (2).
    let (issuer, key) = scene.vendor.authority_pem(2);
    write("issuer.pem", &issuer);
    write("issuer.key", &key);
    let pem = scene.device.pem();
    let provisioner = pem.split_inclusive("-----END CERTIFICATE-----\n").nth(2);
    write("provisioner.pem", provisioner.unwrap());
    for (line, expected) in [
        (
            "V\t351231235959Z\t\t03\tunknown\t/CN=provisioner\n",
            Unknown,
        ),
        (
            "R\t351231235959Z\t251231235959Z\t03\tunknown\t/CN=provisioner\n",
            Failed,
        ),
    ] {
        write("index.txt", line);
        let answer = openssl(folder.path());
        // Made now: asked about as of tomorrow.
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        let at_ms = u64::try_from(now.unwrap().as_millis()).unwrap() + DAY_MS;
        let (outcome, words) = scene.check(&[answer], at_ms);
        assert_eq!(outcome, expected, "{words}");
        let covered = words.contains("1 of 4") || words.contains("certificate 3 is revoked");
        assert!(covered, "{words}");
    }
}

fn openssl(folder: &Path) -> Vec<u8> {
    let arguments = "ocsp -index index.txt -CA issuer.pem -rsigner issuer.pem -rkey issuer.key \
                     -rmd sha384 -issuer issuer.pem -cert provisioner.pem -respout answer.der -ndays 30";
    let output = Command::new("openssl")
        .args(arguments.split_whitespace())
        .current_dir(folder)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    std::fs::read(folder.join("answer.der")).unwrap_or_else(|_| panic!("{said}"))
}
