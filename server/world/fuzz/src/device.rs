//! What comes over the socket from the process that has the devices.

use domicile_daemon::device::frame::{self, HEADER, NONCE};

const ASKED: [u8; NONCE] = [1; NONCE];

/// Checks one input.
pub fn check(bytes: &[u8]) {
    let Some((header, body)) = bytes.split_first_chunk::<HEADER>() else {
        return;
    };
    if frame::length(*header).is_err() {
        return;
    }
    if let Ok(reading) = frame::decode(&ASKED, body) {
        assert_eq!(&frame::encode(&ASKED, reading)[HEADER..], body);
    }
}
