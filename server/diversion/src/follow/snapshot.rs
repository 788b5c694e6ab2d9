//! A state as bytes: CBOR behind its own form number and hash.
//!
//! `"domicile flags\n"` ‖ form (4, big-endian) ‖ SHA-256 of the rest (32) ‖ CBOR.

use super::Follower;
use domicile_proto::sign::sha256;

const MAGIC: &[u8] = b"domicile flags\n";

/// Changed whenever the state, or what leads to it, changes: a state of another form is not used,
/// and the log is read from its beginning.
const FORM: u32 = 1;

/// Why a state is not used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SnapshotError {
    /// Not one at all.
    #[error("it is no state of the flags")]
    Other,
    /// Of another version of this program.
    #[error("it is of form {0}, this program has form {FORM}")]
    Form(u32),
    /// Bytes were lost or changed.
    #[error("it is damaged")]
    Damaged,
}

impl Follower {
    /// The whole state.
    pub fn save(&self) -> Vec<u8> {
        let mut body = Vec::new();
        ciborium::into_writer(self, &mut body).expect("memory takes everything");
        let hash = sha256(&body);
        [MAGIC, &FORM.to_be_bytes(), &hash.0, &body].concat()
    }

    /// Goes on from a state.
    ///
    /// # Errors
    /// [`SnapshotError`]: read the log from its beginning instead.
    pub fn restore(bytes: &[u8]) -> Result<Self, SnapshotError> {
        let rest = bytes.strip_prefix(MAGIC).ok_or(SnapshotError::Other)?;
        let (form, rest) = rest.split_first_chunk().ok_or(SnapshotError::Damaged)?;
        let form = u32::from_be_bytes(*form);
        if form != FORM {
            return Err(SnapshotError::Form(form));
        }
        let (hash, body) = rest
            .split_first_chunk::<32>()
            .ok_or(SnapshotError::Damaged)?;
        if sha256(body).0 != *hash {
            return Err(SnapshotError::Damaged);
        }
        ciborium::from_reader(body).map_err(|_| SnapshotError::Damaged)
    }
}
