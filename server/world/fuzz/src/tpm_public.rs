//! A public area from anybody, as a collector takes it: one kind of key at most; and a credential for
//! whatever endorsement key comes out.

use domicile_tpm::credential::{CREDENTIAL, make};
use domicile_tpm::public::{AttestationKey, EndorsementKey};
use ring::rand::SystemRandom;

/// Checks one input.
pub fn check(bytes: &[u8]) {
    let (ak, ek) = (AttestationKey::read(bytes), EndorsementKey::read(bytes));
    assert!(ak.is_err() || ek.is_err(), "never both kinds at once");
    let Ok(ek) = ek else {
        return;
    };
    // The numbers may be of no key at all: then there is no credential.
    if let Ok(made) = make(&ek, &ek.name, &[9; 32], &SystemRandom::new()) {
        assert_eq!(made.credential.len(), CREDENTIAL);
        assert!([68, 256].contains(&made.encrypted_secret.len()));
    }
}
