//! Records of a payload segment and leaves of the log.

use domicile_ledger::{Leaf, decode_record};

/// Checks one input.
pub fn check(bytes: &[u8]) {
    let _ = decode_record(bytes, 0);
    if let Ok(leaf) = Leaf::decode(bytes) {
        assert_eq!(&leaf.encode()[..], bytes);
    }
}
