//! The collector's nonce: stateless to issue, bound to one agent and one directory version.
//!
//! `key id 4 ‖ issue time 8 ‖ random 16 ‖ MAC 32`, all big-endian; the MAC is HMAC-SHA256 over
//! the first 28 bytes, the agent's key and the directory version.

use crate::codec::{CodecError, array};
use crate::types::Key;
use ring::hmac;

/// Bytes of a nonce.
pub const NONCE_BYTES: usize = 60;
const MACED: usize = 28;

/// A rotating key that replicas of one collector share.
#[derive(Clone)]
pub struct MacKey {
    /// Names the key in the nonces made with it.
    pub id: u32,
    key: hmac::Key,
}

impl MacKey {
    /// The key with this number and these 32 secret bytes.
    pub fn new(id: u32, secret: &[u8; 32]) -> Self {
        Self {
            id,
            key: hmac::Key::new(hmac::HMAC_SHA256, secret),
        }
    }
}

impl std::fmt::Debug for MacKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "MacKey({})", self.id)
    }
}

/// A collector's nonce.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Nonce([u8; NONCE_BYTES]);

impl Nonce {
    /// Issues a nonce. `issued_ms` is Unix time; `random` must be unpredictable.
    pub fn issue(
        mac: &MacKey,
        issued_ms: u64,
        random: [u8; 16],
        agent: &Key,
        directory_version: u64,
    ) -> Self {
        let mut bytes = [0; NONCE_BYTES];
        bytes[..4].copy_from_slice(&mac.id.to_be_bytes());
        bytes[4..12].copy_from_slice(&issued_ms.to_be_bytes());
        bytes[12..MACED].copy_from_slice(&random);
        let tag = hmac::sign(&mac.key, &maced(&bytes, agent, directory_version));
        bytes[MACED..].copy_from_slice(tag.as_ref());
        Self(bytes)
    }

    /// Reads a nonce field.
    ///
    /// # Errors
    /// [`CodecError::Field`] when it has another length.
    pub fn read(bytes: &[u8]) -> Result<Self, CodecError> {
        array("nonce", bytes).map(Self)
    }

    /// The number of the key that it claims to be made with.
    pub fn key_id(&self) -> u32 {
        u32::from_be_bytes(array("key id", &self.0[..4]).expect("4 bytes"))
    }

    /// When it claims to be issued, Unix time in ms.
    pub fn issued_ms(&self) -> u64 {
        u64::from_be_bytes(array("issued", &self.0[4..12]).expect("8 bytes"))
    }

    /// True when `mac` issued it for this agent and directory version.
    pub fn is_from(&self, mac: &MacKey, agent: &Key, directory_version: u64) -> bool {
        self.key_id() == mac.id
            && hmac::verify(
                &mac.key,
                &maced(&self.0, agent, directory_version),
                &self.0[MACED..],
            )
            .is_ok()
    }

    /// The bytes as they travel.
    pub fn as_bytes(&self) -> &[u8; NONCE_BYTES] {
        &self.0
    }
}

fn maced(nonce: &[u8; NONCE_BYTES], agent: &Key, directory_version: u64) -> Vec<u8> {
    [&nonce[..MACED], &agent.0, &directory_version.to_be_bytes()].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bound_to_agent_directory_key_and_every_byte() {
        let mac = MacKey::new(3, &[1; 32]);
        let agent = Key([2; 32]);
        let nonce = Nonce::issue(&mac, 1_700_000_000_000, [9; 16], &agent, 5);
        assert_eq!(nonce.issued_ms(), 1_700_000_000_000);
        assert!(nonce.is_from(&mac, &agent, 5));
        assert!(!nonce.is_from(&mac, &Key([3; 32]), 5));
        assert!(!nonce.is_from(&mac, &agent, 6));
        assert!(!nonce.is_from(&MacKey::new(3, &[2; 32]), &agent, 5));
        assert!(!nonce.is_from(&MacKey::new(4, &[1; 32]), &agent, 5));
        for at in 0..NONCE_BYTES {
            let mut bytes = *nonce.as_bytes();
            bytes[at] ^= 1;
            assert!(!Nonce(bytes).is_from(&mac, &agent, 5), "byte {at}");
        }
    }
}
