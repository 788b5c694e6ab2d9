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

        #[cfg(feature = "serde")]
        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                to.serialize_bytes(&self.0)
            }
        }

        #[cfg(feature = "serde")]
        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                let bytes = from.deserialize_bytes(Bytes32)?;
                Ok(Self(bytes))
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

/// Reads 32 bytes of a binary format.
#[cfg(feature = "serde")]
struct Bytes32;

#[cfg(feature = "serde")]
impl serde::de::Visitor<'_> for Bytes32 {
    type Value = [u8; 32];

    fn expecting(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str("32 bytes")
    }

    fn visit_bytes<E: serde::de::Error>(self, bytes: &[u8]) -> Result<[u8; 32], E> {
        bytes
            .try_into()
            .map_err(|_| E::invalid_length(bytes.len(), &self))
    }
}
