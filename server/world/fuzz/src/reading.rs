//! The device process's answer, as the network process reads it; and a GPU's certificates, as the
//! device process reads them.

use domicile_daemon::device::attest::chain;
use domicile_daemon::device::frame::{self, HEADER, NONCE};
use domicile_proto::devices::check_chain;

/// Checks one input.
pub fn check(bytes: &[u8]) {
    if let Ok(certificates) = chain::read(bytes) {
        check_chain(&certificates).expect("what is read may travel");
    }
    let Some((nonce, answer)) = bytes.split_first_chunk::<NONCE>() else {
        return;
    };
    if let Ok(reading) = frame::decode(nonce, answer) {
        // What is believed encodes to the same bytes: nothing else came with it.
        assert_eq!(frame::encode(nonce, reading)[HEADER..], *answer);
    }
}
