//! Signed packs: the pack's exact bytes under the vendor's key, in a domain of their own.

use super::MAX_BYTES;
use domicile_proto::codec::{self, CodecError};
use domicile_proto::sign::{self, Domain, OpenError, SigningKey};
use domicile_proto::types::Key;
use domicile_proto::wire::Signed;

/// What a signature and its framing add at most, bytes.
const FRAMING: usize = 256;

/// Why a signed pack was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// Not a signed structure.
    #[error("not a signed pack: {0}")]
    Codec(#[from] CodecError),
    /// Not this vendor's.
    #[error(transparent)]
    Open(#[from] OpenError),
}

/// Signs the exact bytes of a pack's TOML file.
pub fn seal(toml: Vec<u8>, key: &SigningKey) -> Vec<u8> {
    codec::encode(&key.sign(Domain::PolicyPack, toml))
}

/// Checks a signed pack and returns the bytes of its TOML file.
///
/// # Errors
/// [`SealError`] when it is too long, not a signed structure, or not signed by `key` as a pack.
pub fn open(bytes: &[u8], key: &Key) -> Result<Vec<u8>, SealError> {
    let signed: Signed = codec::decode(bytes, MAX_BYTES + FRAMING)?;
    sign::verify(Domain::PolicyPack, key, &signed)?;
    Ok(signed.payload)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_pack_opens_under_its_key_and_as_a_pack_only() {
        let key = SigningKey::from_seed(&[3; 32]);
        let sealed = seal(b"name = \"x\"".to_vec(), &key);
        assert_eq!(open(&sealed, &key.public()).unwrap(), b"name = \"x\"");
        let other = SigningKey::from_seed(&[4; 32]);
        assert!(matches!(
            open(&sealed, &other.public()),
            Err(SealError::Open(_))
        ));
        let directory = codec::encode(&key.sign(Domain::Directory, b"name = \"x\"".to_vec()));
        assert!(open(&directory, &key.public()).is_err());
        for at in 0..sealed.len() {
            let mut bent = sealed.clone();
            bent[at] ^= 1;
            assert!(open(&bent, &key.public()).is_err(), "{at}");
        }
        assert!(open(b"name = \"x\"", &key.public()).is_err());
    }
}
