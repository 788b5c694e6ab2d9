//! Keys, activation and quotes, without a network.

use crate::swtpm::{Manufacturer, Swtpm};
use domicile_daemon::device::tpm::command::flush;
use domicile_daemon::device::tpm::enrol::{activate, endorsement_key, offer};
use domicile_daemon::device::tpm::link::Tpm;
use domicile_daemon::device::tpm::quote;
use domicile_daemon::device::tpm::template::Endorsement;
use domicile_proto::wire;
use domicile_tpm::credential::make;
use domicile_tpm::endorsement::{Makers, Standing, certificates};
use domicile_tpm::public::{AttestationKey, EndorsementKey};
use domicile_tpm::quote::{QuoteError, check};
use ring::rand::SystemRandom;
use rustls_pki_types::CertificateDer;
use std::path::PathBuf;

const NONCE: [u8; 32] = [7; 32];
const SECRET: [u8; 32] = [9; 32];

fn keys(identity: &wire::TpmIdentity) -> (AttestationKey, EndorsementKey) {
    (
        AttestationKey::read(&identity.ak_public).unwrap(),
        EndorsementKey::read(&identity.ek_public).unwrap(),
    )
}

fn credential(ak: &AttestationKey, ek: &EndorsementKey) -> wire::Activation {
    let made = make(ek, &ak.name, &SECRET, &SystemRandom::new()).unwrap();
    wire::Activation {
        credential: made.credential,
        encrypted_secret: made.encrypted_secret,
    }
}

#[test]
fn a_quote_is_of_the_key_that_was_offered_and_over_its_nonce() {
    let Some(swtpm) = Swtpm::start() else { return };
    let offered = offer(&mut Tpm::new(swtpm.connect())).unwrap();
    assert_eq!(
        offered.endorsement,
        Endorsement::P256,
        "no certificate, the quicker key"
    );
    assert!(offered.identity.ek_certificate.is_empty());
    let (ak, _) = keys(&offered.identity);
    let signed = quote(swtpm.connect(), &NONCE).unwrap();
    let clock = check(&ak, &signed.attest, &signed.signature, &NONCE).unwrap();
    assert!(clock.clock_ms > 0);
    let other = check(&ak, &signed.attest, &signed.signature, &[8; 32]);
    assert!(matches!(other, Err(QuoteError::OtherNonce(_))), "{other:?}");
    // Again, days later: the same key, without anything kept.
    let again = offer(&mut Tpm::new(swtpm.connect())).unwrap();
    assert_eq!(again.identity, offered.identity);
}

/// The certificate lies where makers put it, in the form that they give it: no subject, an
/// alternative name with the maker's numbers, an issuer below the root.
#[test]
fn a_factorys_certificate_is_found_and_its_root_vouches_for_the_key() {
    let Some(factory) = Manufacturer::new() else {
        return;
    };
    let swtpm = factory.make();
    let offered = offer(&mut Tpm::new(swtpm.connect())).unwrap();
    // This factory certifies RSA 2048, and P-384, which is not looked for.
    assert_eq!(offered.endorsement, Endorsement::Rsa2048);
    let (_, ek) = keys(&offered.identity);
    let read = |path: &PathBuf| certificates(&std::fs::read(path).unwrap()).unwrap();
    let [root, issuer] = factory.certificates();
    let now_ms = crate::harness::real_now();
    let standing = |makers: Vec<CertificateDer<'static>>| {
        let makers = Makers::new(makers).unwrap();
        makers.standing(&offered.identity.ek_certificate, &ek, now_ms)
    };
    let both = [read(&root), read(&issuer)].concat();
    assert_eq!(standing(both), Ok(Standing::Certified));
    assert_eq!(standing(read(&issuer)), Ok(Standing::UnknownRoot));
}

#[test]
fn the_account_of_a_quote_counts_starts() {
    let Some(mut swtpm) = Swtpm::start() else {
        return;
    };
    let identity = offer(&mut Tpm::new(swtpm.connect())).unwrap().identity;
    let (ak, _) = keys(&identity);
    let account = |swtpm: &Swtpm| {
        let signed = quote(swtpm.connect(), &NONCE).unwrap();
        check(&ak, &signed.attest, &signed.signature, &NONCE).unwrap()
    };
    let first = account(&swtpm);
    for starts in 1..3 {
        swtpm = swtpm.after_a_power_cut();
        let later = account(&swtpm);
        assert_eq!(later.reset_count, first.reset_count + starts);
        assert!(
            first.safe && !later.safe,
            "what passed before the cut is not known"
        );
        assert_eq!(later.firmware_version, first.firmware_version);
    }
    assert_ne!(first.firmware_version, 0);
}

#[test]
fn another_tpm_has_other_keys_and_its_quote_fails() {
    let (Some(one), Some(two)) = (Swtpm::start(), Swtpm::start()) else {
        return;
    };
    let first = offer(&mut Tpm::new(one.connect())).unwrap().identity;
    let second = offer(&mut Tpm::new(two.connect())).unwrap().identity;
    assert_ne!(first.ak_public, second.ak_public);
    let (ak, _) = keys(&first);
    let signed = quote(two.connect(), &NONCE).unwrap();
    let checked = check(&ak, &signed.attest, &signed.signature, &NONCE);
    assert_eq!(checked, Err(QuoteError::Signature));
}

#[test]
fn both_kinds_of_endorsement_key_open_what_was_made_for_them() {
    let Some(swtpm) = Swtpm::start() else { return };
    let mut tpm = Tpm::new(swtpm.connect());
    let own = offer(&mut tpm).unwrap();
    for endorsement in [Endorsement::P256, Endorsement::Rsa2048] {
        let (handle, ek_public) = endorsement_key(&mut tpm, endorsement).unwrap();
        let identity = wire::TpmIdentity {
            ek_public,
            ..own.identity.clone()
        };
        let (ak, ek) = keys(&identity);
        let activation = credential(&ak, &ek);
        let secret = activate(&mut tpm, handle, &activation, &[1; 16]).unwrap();
        assert_eq!(secret, SECRET, "{endorsement:?}");
        tpm.run(&flush(handle)).unwrap();
    }
}

#[test]
fn the_tpm_opens_nothing_for_other_keys_or_changed_bytes() {
    let (Some(one), Some(two)) = (Swtpm::start(), Swtpm::start()) else {
        return;
    };
    let (mut tpm, mut other) = (Tpm::new(one.connect()), Tpm::new(two.connect()));
    let own = offer(&mut tpm).unwrap();
    let foreign = offer(&mut other).unwrap();
    let (ak, ek) = keys(&own.identity);
    let (foreign_ak, foreign_ek) = keys(&foreign.identity);
    let mut run = |activation: &wire::Activation| activate(&mut tpm, own.ek, activation, &[1; 16]);
    let good = credential(&ak, &ek);
    assert_eq!(run(&good).unwrap(), SECRET);
    // An attestation key of another TPM beside this endorsement key, and the other way round.
    assert!(run(&credential(&foreign_ak, &ek)).is_err());
    assert!(run(&credential(&ak, &foreign_ek)).is_err());
    for at in 0..good.credential.len() {
        let mut changed = good.clone();
        changed.credential[at] ^= 1;
        assert!(run(&changed).is_err(), "credential byte {at}");
    }
    // Nothing stays in the TPM: it still works after all these refusals.
    assert_eq!(run(&good).unwrap(), SECRET);
}

#[test]
fn every_flipped_bit_of_a_quote_is_refused() {
    let Some(swtpm) = Swtpm::start() else { return };
    let identity = offer(&mut Tpm::new(swtpm.connect())).unwrap().identity;
    let (ak, _) = keys(&identity);
    let signed = quote(swtpm.connect(), &NONCE).unwrap();
    for part in 0..2 {
        let length = [&signed.attest, &signed.signature][part].len();
        for bit in 0..length * 8 {
            let mut changed = signed.clone();
            let bytes = match part {
                0 => &mut changed.attest,
                _ => &mut changed.signature,
            };
            bytes[bit / 8] ^= 1 << (bit % 8);
            let checked = check(&ak, &changed.attest, &changed.signature, &NONCE);
            assert!(checked.is_err(), "part {part}, bit {bit}");
        }
    }
}
