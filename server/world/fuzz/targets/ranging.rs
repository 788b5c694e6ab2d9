//! Datagrams and transcripts, against a live agent session.
#![no_main]

use domicile_proto::ranging::datagram;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(packet) = datagram::decode(bytes) {
        assert_eq!(&datagram::encode(&packet)[..], bytes);
    }
});
