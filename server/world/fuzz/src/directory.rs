//! The list of servers, past its signature.

use domicile_proto::directory::Directory;
use domicile_proto::types::Digest;
use domicile_proto::{codec, directory, draw, wire};

/// Checks one input.
pub fn check(bytes: &[u8]) {
    let Ok(message) = codec::decode::<wire::Directory>(bytes, directory::MAX_BYTES) else {
        return;
    };
    let Ok(directory) = Directory::validate(&message, Digest([0; 32])) else {
        return;
    };
    for metro in &directory.metros {
        let drawn = draw::draw(bytes, &directory, &metro.id).expect("the metro is the directory's");
        assert!(drawn.len() <= directory.draw_total);
    }
}
