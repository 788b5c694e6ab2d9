//! What people type: an inspector's nonce at a host, a host's code at the inspector's. What is read is what is
//! written again, and nobody's key made a code that was made up.

use domicile_proto::inspection::{Answer, CODE_FORM, NONCE, NONCE_FORM, Nonce};
use domicile_proto::sign::SigningKey;

/// Takes one input.
pub fn check(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    for form in [CODE_FORM, NONCE_FORM] {
        match form.read(&text) {
            Ok(read) => assert_eq!(form.read(&form.write(&read)), Ok(read)),
            Err(error) => assert!(!error.to_string().contains(char::is_control)),
        }
    }
    if let Ok(nonce) = text.parse::<Nonce>() {
        assert_eq!(nonce.to_string().parse(), Ok(nonce));
    }
    if let Ok(answer) = text.parse::<Answer>() {
        let key = SigningKey::from_seed(&[43; 32]).public();
        assert!(answer.check(&Nonce([7; NONCE]), &key).is_err(), "made up");
    }
}
