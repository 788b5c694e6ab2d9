//! Records of a payload segment and leaves of the log.
#![no_main]

use domicile_ledger::{Leaf, decode_record};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let _ = decode_record(bytes, 0);
    if let Ok(leaf) = Leaf::decode(bytes) {
        assert_eq!(&leaf.encode()[..], bytes);
    }
});
