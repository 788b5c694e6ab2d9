//! What comes out of a tunnel before QUIC sees it, and what a proxy may answer.

use domicile_tunnel::frame::{self, Decoder, MAX_PACKET};
use domicile_tunnel::proxy::{self, Credentials, MAX_REPLY};

/// Checks one input.
pub fn check(bytes: &[u8]) {
    let mut decoder = Decoder::default();
    let mut again = Vec::new();
    let mut rest = bytes;
    let sound = loop {
        match decoder.packet() {
            Ok(Some(packet)) => {
                assert!((1..=MAX_PACKET).contains(&packet.len()));
                frame::encode(packet, &mut again).expect("a packet that came out goes in");
                continue;
            }
            Ok(None) if rest.is_empty() => break true,
            Ok(None) => {}
            Err(_) => break false,
        }
        let space = decoder.space();
        let count = space.len().min(rest.len());
        assert!(count > 0);
        space[..count].copy_from_slice(&rest[..count]);
        decoder.filled(count);
        rest = &rest[count..];
    };
    assert!(!sound || bytes.starts_with(&again));

    match proxy::status(bytes) {
        Ok(Some(code)) => {
            assert!((100..600).contains(&code) && bytes.ends_with(b"\r\n\r\n"));
            // No beginning of a whole head is one.
            assert_eq!(
                proxy::status(&bytes[..bytes.len() - 1]).ok().flatten(),
                None
            );
        }
        Ok(None) => assert!(bytes.len() < MAX_REPLY),
        Err(_) => {}
    }
    if let Ok(text) = std::str::from_utf8(bytes)
        && let Ok(credentials) = Credentials::parse(text)
    {
        let server = ([192, 0, 2, 1], 443).into();
        let request = proxy::request(server, Some(&credentials));
        assert_eq!(request.matches("\r\n").count(), 4);
    }
}
