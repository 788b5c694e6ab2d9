//! The nonce that a device signs: it ties a GPU's report to one ranging session of one agent.
//!
//! SHA-256 over `len(tag) ‖ tag ‖ agent key 32 ‖ len(session nonce) ‖ session nonce ‖ transcript
//! hashes`, lengths in one byte, with the hashes in the order of `Evidence.rangings`. Only one part
//! has no stated length, so no two inputs share their bytes.
//!
//! A report over this nonce was signed after the last of the transcripts: the agent's signed account
//! holds the anchor's nonces of every round, which nobody knows before. It does not say where the
//! device stood.

use crate::types::{Digest, Key};
use ring::digest::{Context, SHA256};

/// The tag before the hashed parts. No signature uses it.
pub const TAG: &str = "domicile device-nonce v1";

/// The nonce for every device report of one session.
///
/// `session_nonce` is `Evidence.nonce` (60 bytes when challenged, 32 when anchor-fresh; longer than
/// 255 bytes is none of this protocol). Each transcript is the SHA-256 of `Ranging.transcript` as it
/// travels (an encoded `Signed`), which is what the anchor's receipt covers; in the order of
/// `Evidence.rangings`, those included that no anchor will count.
pub fn device_nonce(
    agent_key: &Key,
    session_nonce: &[u8],
    transcripts: impl IntoIterator<Item = Digest>,
) -> [u8; 32] {
    let mut context = Context::new(&SHA256);
    context.update(&[length(TAG.as_bytes())]);
    context.update(TAG.as_bytes());
    context.update(&agent_key.0);
    context.update(&[length(session_nonce)]);
    context.update(session_nonce);
    for transcript in transcripts {
        context.update(&transcript.0);
    }
    let digest = context.finish();
    digest.as_ref().try_into().expect("SHA-256 has 32 bytes")
}

fn length(part: &[u8]) -> u8 {
    u8::try_from(part.len()).unwrap_or(u8::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sign::{Domain, sha256};

    fn nonce(key: u8, session: &[u8], transcripts: &[u8]) -> [u8; 32] {
        let hashes = transcripts.iter().map(|byte| Digest([*byte; 32]));
        device_nonce(&Key([key; 32]), session, hashes)
    }

    #[test]
    fn it_is_the_hash_that_the_page_states() {
        let stated = [
            &[24],
            TAG.as_bytes(),
            &[1; 32],
            &[60],
            &[2; 60],
            &[3; 32],
            &[4; 32],
        ]
        .concat();
        assert_eq!(nonce(1, &[2; 60], &[3, 4]), sha256(&stated).0);
    }

    #[test]
    fn every_part_and_the_order_count() {
        let whole = nonce(1, &[2; 60], &[3, 4]);
        for other in [
            nonce(9, &[2; 60], &[3, 4]),
            nonce(1, &[9; 60], &[3, 4]),
            nonce(1, &[2; 32], &[3, 4]),
            nonce(1, &[2; 60], &[4, 3]),
            nonce(1, &[2; 60], &[3]),
            nonce(1, &[2; 60], &[3, 4, 4]),
            nonce(1, &[2; 60], &[]),
        ] {
            assert_ne!(whole, other);
        }
    }

    #[test]
    fn bytes_do_not_move_from_one_part_to_the_next() {
        let longer = [[2; 60].as_slice(), &[3; 32]].concat();
        assert_ne!(nonce(1, &[2; 60], &[3]), nonce(1, &longer, &[]));
    }

    #[test]
    fn no_signature_uses_its_tag() {
        assert!(Domain::ALL.iter().all(|domain| domain.tag() != TAG));
    }
}
