//! Quotes of a TPM that signs whatever it is told to: each check refuses what it is for.
#![allow(clippy::unwrap_used)]

use domicile_tpm::ReadError;
use domicile_tpm::public::{AttestationKey, EndorsementKey, PublicError};
use domicile_tpm::quote::{Clock, QuoteError, check};
use domicile_tpm::testing::{ATTESTATION, ENDORSEMENT, SoftTpm, Statement};
use proptest::prelude::*;

const NONCE: [u8; 32] = [7; 32];

fn checked(tpm: &SoftTpm, statement: &Statement) -> Result<Clock, QuoteError> {
    let ak = AttestationKey::read(&tpm.ak_public()).unwrap();
    let (attest, signature) = tpm.sign(statement);
    check(&ak, &attest, &signature, &NONCE)
}

#[test]
fn an_honest_quote_gives_its_whole_account() {
    let statement = Statement::over(&NONCE);
    let clock = checked(&SoftTpm::new(), &statement).unwrap();
    assert_eq!(clock, statement.clock, "every counter is what was signed");
    let unsafe_clock = Statement {
        clock: Clock {
            safe: false,
            ..clock
        },
        ..statement
    };
    assert!(!checked(&SoftTpm::new(), &unsafe_clock).unwrap().safe);
}

#[test]
fn a_good_signature_over_another_nonce_is_of_another_session() {
    let tpm = SoftTpm::new();
    for nonce in [
        &[8; 32][..],
        &[],
        &NONCE[..31],
        &[&NONCE[..], &[0]].concat(),
    ] {
        let statement = Statement::over(nonce);
        let found = checked(&tpm, &statement);
        assert_eq!(found, Err(QuoteError::OtherNonce(statement.clock)));
    }
}

#[test]
fn a_good_signature_over_something_else_is_no_quote() {
    let tpm = SoftTpm::new();
    let honest = Statement::over(&NONCE);
    let value = |field| QuoteError::Malformed(ReadError::Value { field, value: 1 });
    // Bytes from outside the TPM, which only a key that is not restricted signs.
    let outside = Statement {
        magic: 1,
        ..honest.clone()
    };
    assert_eq!(checked(&tpm, &outside), Err(value("magic")));
    // Another statement of the TPM, such as that it made a key (`TPM_ST_ATTEST_CERTIFY`).
    let other = Statement {
        kind: 0x8017,
        ..honest.clone()
    };
    assert!(matches!(
        checked(&tpm, &other),
        Err(QuoteError::Malformed(_))
    ));
    // What was booted, which an agent never asks for.
    let registers = Statement {
        pcr_selections: 1,
        ..honest.clone()
    };
    assert_eq!(checked(&tpm, &registers), Err(value("pcrSelect.count")));
    // Bytes behind it that the signature covers too.
    let ak = AttestationKey::read(&tpm.ak_public()).unwrap();
    let longer = [honest.encode(), vec![0]].concat();
    let found = check(&ak, &longer, &tpm.sign_bytes(&longer), &NONCE);
    assert_eq!(found, Err(QuoteError::Malformed(ReadError::Trailing(1))));
}

#[test]
fn no_other_key_signs_for_it() {
    let (tpm, other) = (SoftTpm::new(), SoftTpm::new());
    let ak = AttestationKey::read(&tpm.ak_public()).unwrap();
    let (attest, signature) = other.sign(&Statement::over(&NONCE));
    let found = check(&ak, &attest, &signature, &NONCE);
    assert_eq!(found, Err(QuoteError::Signature));
}

/// Bits of `objectAttributes` by which a key is not what it is offered as, set or clear.
#[test]
fn a_key_with_any_other_deciding_attribute_is_refused() {
    let tpm = SoftTpm::new();
    // fixedTPM, fixedParent, sensitiveDataOrigin, encryptedDuplication, restricted, decrypt, sign,
    // x509sign; the rest (stClear, userWithAuth, adminWithPolicy, noDA) says who may use it.
    let deciding = [1, 4, 5, 11, 16, 17, 18, 19];
    for bit in 0..32 {
        let flip = 1 << bit;
        let ak = AttestationKey::read(&tpm.ak_public_with(ATTESTATION ^ flip));
        let ek = EndorsementKey::read(&tpm.ek_public_with(ENDORSEMENT ^ flip));
        if deciding.contains(&bit) {
            assert_eq!(
                ak,
                Err(PublicError::Attributes(ATTESTATION ^ flip)),
                "{bit}"
            );
            assert_eq!(
                ek,
                Err(PublicError::Attributes(ENDORSEMENT ^ flip)),
                "{bit}"
            );
        } else if [2, 6, 7, 10].contains(&bit) {
            assert!(ak.is_ok() && ek.is_ok(), "bit {bit}");
        } else {
            assert!(ak.is_err() && ek.is_err(), "reserved bit {bit}");
        }
    }
    assert!(AttestationKey::read(&tpm.ek_public()).is_err());
    assert!(EndorsementKey::read(&tpm.ak_public()).is_err());
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..700)) {
        let _ = (AttestationKey::read(&bytes), EndorsementKey::read(&bytes));
        let tpm = SoftTpm::new();
        let ak = AttestationKey::read(&tpm.ak_public()).unwrap();
        prop_assert!(check(&ak, &bytes, &bytes, &NONCE).is_err());
        // Signed, so that the statement alone decides.
        prop_assert!(check(&ak, &bytes, &tpm.sign_bytes(&bytes), &NONCE).is_err());
    }

    #[test]
    fn a_cut_or_changed_quote_is_refused(at in 0_usize..145, to: u8) {
        let tpm = SoftTpm::new();
        let ak = AttestationKey::read(&tpm.ak_public()).unwrap();
        let whole = Statement::over(&NONCE).encode();
        let at = at % whole.len();
        let cut = &whole[..at];
        prop_assert!(check(&ak, cut, &tpm.sign_bytes(cut), &NONCE).is_err());
        // Changed before it was signed: what changes is then in what is returned, or in a field that
        // says nothing here (the name of the key's parent, the digest of no register).
        let mut changed = whole.clone();
        changed[at] = to;
        if let Ok(clock) = check(&ak, &changed, &tpm.sign_bytes(&changed), &NONCE) {
            let silent = (8..42).contains(&at) || at >= whole.len() - 32;
            let same = clock == Statement::over(&NONCE).clock;
            prop_assert_eq!(same, silent || changed == whole, "byte {}", at);
        }
    }
}
