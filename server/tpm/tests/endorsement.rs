//! Who vouches for an endorsement key: only a given root, only for this key, only in its time.
#![allow(clippy::unwrap_used)]

use domicile_tpm::endorsement::{MAX_CERTIFICATE, Makers, OtherKey, Standing, certificates};
use domicile_tpm::public::EndorsementKey;
use domicile_tpm::testing::{Maker, SoftTpm};
use proptest::prelude::*;
use rcgen::{CertificateParams, ExtendedKeyUsagePurpose, date_time_ymd};

const NOW_MS: u64 = 1_790_000_000_000;

fn makers(maker: &Maker) -> Makers {
    Makers::new([maker.root()]).unwrap()
}

#[test]
fn a_given_root_vouches_for_its_own_key_and_no_other() {
    let (maker, stranger) = (Maker::new("maker"), Maker::new("stranger"));
    let (tpm, other) = (SoftTpm::new(), SoftTpm::new());
    let ek = EndorsementKey::read(&tpm.ek_public()).unwrap();
    let certificate = maker.certify(&tpm.ek_public());
    let standing = |makers: &Makers, bytes: &[u8]| makers.standing(bytes, &ek, NOW_MS);
    assert_eq!(
        standing(&makers(&maker), &certificate),
        Ok(Standing::Certified)
    );
    for unknown in [makers(&stranger), Makers::default()] {
        assert_eq!(standing(&unknown, &certificate), Ok(Standing::UnknownRoot));
    }
    // Whoever vouches for it: another TPM's certificate is a lie, not a weaker standing.
    let theirs = maker.certify(&other.ek_public());
    for any in [makers(&maker), makers(&stranger)] {
        assert_eq!(standing(&any, &theirs), Err(OtherKey));
    }
    // Two makers with one name: the signature decides.
    let namesake = Maker::new("maker");
    let found = standing(&makers(&namesake), &certificate);
    assert_eq!(found, Ok(Standing::UnknownRoot));
}

#[test]
fn a_certificate_for_something_else_or_out_of_time_is_not_valid() {
    let (maker, tpm) = (Maker::new("maker"), SoftTpm::new());
    let ek = EndorsementKey::read(&tpm.ek_public()).unwrap();
    let found = |change: fn(&mut CertificateParams)| {
        let mut params = CertificateParams::default();
        change(&mut params);
        let certificate = maker.certify_with(&tpm.ek_public(), &params);
        makers(&maker).standing(&certificate, &ek, NOW_MS).unwrap()
    };
    // Not every maker states the usage.
    assert_eq!(found(|_| ()), Standing::Certified);
    for change in [
        (|params| params.not_after = date_time_ymd(2020, 1, 1)) as fn(&mut CertificateParams),
        |params| params.not_before = date_time_ymd(2100, 1, 1),
        |params| {
            params
                .extended_key_usages
                .push(ExtendedKeyUsagePurpose::ServerAuth);
        },
    ] {
        assert!(matches!(found(change), Standing::NotValid(_)));
    }
    let long = vec![0x30; MAX_CERTIFICATE + 1];
    let standing = makers(&maker).standing(&long, &ek, NOW_MS);
    assert!(matches!(standing, Ok(Standing::NotValid(_))));
}

#[test]
fn a_file_of_certificates_is_pem_or_der_and_never_empty() {
    let (one, two) = (Maker::new("one"), Maker::new("two"));
    let both = [one.pem(), two.pem()].concat();
    let read = certificates(both.as_bytes()).unwrap();
    assert_eq!(Makers::new(read).unwrap().roots(), 2);
    assert_eq!(certificates(&one.root()).unwrap(), [one.root()]);
    for nothing in [&b""[..], b"text", b"-----BEGIN CERTIFICATE-----\nAA"] {
        assert!(certificates(nothing).is_err());
    }
    assert!(Makers::new(certificates(&[0x30, 0]).unwrap()).is_err());
}

proptest! {
    #[test]
    fn a_changed_certificate_vouches_for_nothing(at: usize, flip in 1_u8..) {
        let (maker, tpm) = (Maker::new("maker"), SoftTpm::new());
        let ek = EndorsementKey::read(&tpm.ek_public()).unwrap();
        let mut certificate = maker.certify(&tpm.ek_public());
        let at = at % certificate.len();
        certificate[at] ^= flip;
        let found = makers(&maker).standing(&certificate, &ek, NOW_MS);
        prop_assert_ne!(found, Ok(Standing::Certified), "byte {}", at);
    }
}
