//! What an auditor is handed as proof: attestation results in both forms, their claims, COSE receipts
//! and time stamps. Nothing that is made up verifies, and what is read is written again as it was.

use domicile_proto::sign::SigningKey;
use domicile_result::{AttestationResult, receipt};

/// Takes one input.
pub fn check(bytes: &[u8]) {
    let key = SigningKey::from_seed(&[43; 32]);
    let keys = [key.public()];
    assert!(
        AttestationResult::read(bytes, &keys).is_err(),
        "made up, and it verifies"
    );
    if let Ok(result) = AttestationResult::read_claims(bytes) {
        let cose = result.to_cose(&key);
        let (again, signer, _) = AttestationResult::read(&cose, &keys).expect("its own form");
        assert_eq!((&again, signer), (&result, keys[0]));
        let jws = result.to_jws(&key);
        let (again, ..) = AttestationResult::read(jws.as_bytes(), &keys).expect("its own form");
        assert_eq!(again, result);
    }
    let _ = receipt::parse(bytes);
    assert!(receipt::verify(bytes, &[0; 32], &keys).is_err());
    let _ = domicile_timestamp::token_of(bytes);
    assert!(domicile_timestamp::verify(bytes, b"", None, &[]).is_err());
}
