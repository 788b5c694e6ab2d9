//! What a verifier needs of TPM 2.0: keys and quotes read and checked, credentials made. Pure: no TPM,
//! no library of one, no clock.
//!
//! - [`public`]: an attestation key (AK) or endorsement key (EK) and its name
//! - [`quote`]: what an AK signed, and whether it is this session's
//! - [`credential`]: a secret that only the TPM with this EK releases, and only if this AK is in it
//! - [`endorsement`]: whether the EK's certificate leads to a known maker
//!
//! Structures are those of the TCG's "TPM 2.0 Library", part 2, revision 1.59: big-endian, and each
//! field's length is bounded before it is read. RSA 2048 and ECC P-256 with SHA-256 are read, since
//! every TPM of the PC Client profile has them; all else is refused by name.
//!
//! Start reading at [`quote::check`].

pub mod credential;
pub mod endorsement;
pub mod public;
pub mod quote;
mod reader;
#[cfg(feature = "testing")]
pub mod testing;

pub use reader::ReadError;
