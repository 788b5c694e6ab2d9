//! A quote from anybody: its statement, then its signature. No input is signed by the key here.

use domicile_tpm::public::AttestationKey;
use domicile_tpm::quote::check as quote;

/// `TPMT_PUBLIC` of an attestation key, up to its point: ECDSA P-256 with SHA-256.
const HEAD: [u8; 20] = [
    0, 0x23, 0, 0x0b, 0, 5, 4, 0x72, 0, 0, 0, 0x10, 0, 0x18, 0, 0x0b, 0, 3, 0, 0x10,
];

/// Checks one input: the statement behind its length, the signature.
pub fn check(bytes: &[u8]) {
    let Some((length, rest)) = bytes.split_first_chunk::<2>() else {
        return;
    };
    let length = usize::from(u16::from_be_bytes(*length)).min(rest.len());
    let (attest, signature) = rest.split_at(length);
    // No point of the curve: nothing verifies under it, and it is refused there and not before.
    let key = [&HEAD[..], &[0, 32], &[1; 32], &[0, 32], &[2; 32]].concat();
    let ak = AttestationKey::read(&key).expect("the numbers are not looked at");
    assert!(quote(&ak, attest, signature, &[7; 32]).is_err());
}
