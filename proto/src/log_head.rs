//! What a log's signature covers: how agents and anchors check the heads that collectors show.

use crate::types::{Digest, Key};
use data_encoding::BASE64;
use ring::signature::{ED25519, UnparsedPublicKey};

/// The text that a log signs for a head: a C2SP checkpoint without extensions.
pub fn checkpoint(origin: &str, size: u64, root: &Digest) -> String {
    format!("{origin}\n{size}\n{}\n", BASE64.encode(&root.0))
}

/// True when the log with this key and origin signed a head of `size` leaves with this root.
pub fn is_signed(log: &Key, origin: &str, size: u64, root: &Digest, signature: &[u8; 64]) -> bool {
    UnparsedPublicKey::new(&ED25519, log.0)
        .verify(checkpoint(origin, size, root).as_bytes(), signature)
        .is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sign::SigningKey;

    #[test]
    fn key_origin_size_and_root_are_covered() {
        let key = SigningKey::from_seed(&[1; 32]);
        let (log, root) = (key.public(), Digest([2; 32]));
        let text = checkpoint("example.org/log", 3, &root);
        assert_eq!(
            text,
            "example.org/log\n3\nAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgI=\n"
        );
        let mut signature = [0; 64];
        signature.copy_from_slice(key.ring().sign(text.as_bytes()).as_ref());
        assert!(is_signed(&log, "example.org/log", 3, &root, &signature));
        assert!(!is_signed(
            &Key([9; 32]),
            "example.org/log",
            3,
            &root,
            &signature
        ));
        assert!(!is_signed(&log, "example.org/other", 3, &root, &signature));
        assert!(!is_signed(&log, "example.org/log", 4, &root, &signature));
        assert!(!is_signed(
            &log,
            "example.org/log",
            3,
            &Digest([3; 32]),
            &signature
        ));
        signature[0] ^= 1;
        assert!(!is_signed(&log, "example.org/log", 3, &root, &signature));
    }
}
