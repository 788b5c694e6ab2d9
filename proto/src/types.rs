//! Small value types that appear in many messages.

use crate::codec::{CodecError, array};
use std::fmt;

macro_rules! bytes32 {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub [u8; 32]);

        impl $name {
            /// Reads a 32-byte field.
            ///
            /// # Errors
            /// [`CodecError::Field`] when it has another length.
            pub fn read(field: &'static str, bytes: &[u8]) -> Result<Self, CodecError> {
                array(field, bytes).map(Self)
            }

            /// The bytes as a message field.
            pub fn to_vec(self) -> Vec<u8> {
                self.0.to_vec()
            }

            /// The first eight hexadecimal digits, for people.
            pub fn short(&self) -> String {
                data_encoding::HEXLOWER.encode(&self.0[..4])
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&data_encoding::HEXLOWER.encode(&self.0))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({self})", stringify!($name))
            }
        }

        impl std::str::FromStr for $name {
            type Err = CodecError;

            fn from_str(text: &str) -> Result<Self, CodecError> {
                let bytes = data_encoding::HEXLOWER_PERMISSIVE
                    .decode(text.trim().as_bytes())
                    .map_err(|_| CodecError::field(stringify!($name), "64 hexadecimal digits are required"))?;
                Self::read(stringify!($name), &bytes)
            }
        }
    };
}

bytes32! {
    /// An Ed25519 public key: the identity of an agent, anchor, collector or vendor.
    Key
}

bytes32! {
    /// A SHA-256 digest.
    Digest
}
