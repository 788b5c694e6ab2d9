//! Strict decoding: bounded, and refused when encoding the result again gives other bytes.
//!
//! Unknown fields, repeated scalar fields, overlong varints and non-canonical orders all fail that
//! comparison, so a message has one encoding and a signature covers everything that was read.

use prost::Message;

/// Why bytes were refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CodecError {
    /// Longer than this message may be.
    #[error("{actual} bytes where at most {limit} are allowed")]
    TooLong {
        /// Bytes allowed.
        limit: usize,
        /// Bytes given.
        actual: usize,
    },
    /// Not this message.
    #[error("not a valid message: {0}")]
    Malformed(String),
    /// Decodes, but encodes to other bytes: unknown fields or a non-canonical form.
    #[error("not the canonical encoding of a known message (unknown field or altered form)")]
    NotCanonical,
    /// A field has a length or value outside its range.
    #[error("field `{field}`: {problem}")]
    Field {
        /// The field's name in the schema.
        field: &'static str,
        /// What is wrong with it.
        problem: String,
    },
}

impl CodecError {
    /// A field outside its range.
    pub fn field(field: &'static str, problem: impl Into<String>) -> Self {
        Self::Field {
            field,
            problem: problem.into(),
        }
    }
}

/// Decodes `bytes` as `M`, at most `limit` bytes long.
///
/// # Errors
/// [`CodecError`] when they are too long, not an `M`, or not its canonical encoding.
pub fn decode<M: Message + Default>(bytes: &[u8], limit: usize) -> Result<M, CodecError> {
    if bytes.len() > limit {
        return Err(CodecError::TooLong {
            limit,
            actual: bytes.len(),
        });
    }
    let message = M::decode(bytes).map_err(|error| CodecError::Malformed(error.to_string()))?;
    if message.encoded_len() != bytes.len() || message.encode_to_vec() != bytes {
        return Err(CodecError::NotCanonical);
    }
    Ok(message)
}

/// The canonical encoding.
pub fn encode<M: Message>(message: &M) -> Vec<u8> {
    message.encode_to_vec()
}

/// A byte field of exactly `N` bytes.
///
/// # Errors
/// [`CodecError::Field`] when it has another length.
pub fn array<const N: usize>(field: &'static str, bytes: &[u8]) -> Result<[u8; N], CodecError> {
    bytes.try_into().map_err(|_| {
        CodecError::field(
            field,
            format!("{} bytes where {N} are required", bytes.len()),
        )
    })
}

/// A short printable name: 1 to 64 characters of `a-z A-Z 0-9 . _ : / + -` and inner spaces.
///
/// # Errors
/// [`CodecError::Field`] when it is empty, too long or holds another character.
pub fn name(field: &'static str, text: &str) -> Result<String, CodecError> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || " ._:/+-".contains(c);
    if text.is_empty() || text.len() > 64 {
        return Err(CodecError::field(
            field,
            format!("{} bytes where 1 to 64 are allowed", text.len()),
        ));
    }
    if !text.chars().all(allowed) || text.trim() != text {
        return Err(CodecError::field(
            field,
            "only letters, digits, inner spaces and . _ : / + - are allowed",
        ));
    }
    Ok(text.to_owned())
}

/// A territory code: two upper-case letters, ISO 3166 alpha-2.
///
/// # Errors
/// [`CodecError::Field`] when it is anything else.
pub fn territory(field: &'static str, text: &str) -> Result<[u8; 2], CodecError> {
    match text.as_bytes() {
        [a, b] if a.is_ascii_uppercase() && b.is_ascii_uppercase() => Ok([*a, *b]),
        _ => Err(CodecError::field(
            field,
            "two upper-case letters (ISO 3166 alpha-2) are required",
        )),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::wire;
    use proptest::prelude::*;

    #[test]
    fn unknown_field_is_refused() {
        let mut bytes = encode(&wire::Status {
            code: wire::StatusCode::Ok as i32,
        });
        assert!(decode::<wire::Status>(&bytes, 64).is_ok());
        bytes.extend([0x7a, 0x01, b'x']); // field 15, one byte
        assert_eq!(
            decode::<wire::Status>(&bytes, 64),
            Err(CodecError::NotCanonical)
        );
    }

    #[test]
    fn overlong_varint_and_explicit_default_are_refused() {
        assert_eq!(
            decode::<wire::Status>(&[0x08, 0x81, 0x00], 64),
            Err(CodecError::NotCanonical)
        );
        assert_eq!(
            decode::<wire::Status>(&[0x08, 0x00], 64),
            Err(CodecError::NotCanonical)
        );
    }

    #[test]
    fn too_long_is_refused_before_decoding() {
        assert!(matches!(
            decode::<wire::Signed>(&[0xff; 65], 64),
            Err(CodecError::TooLong { .. })
        ));
    }

    proptest! {
        #[test]
        fn what_decodes_is_what_was_given(bytes in proptest::collection::vec(any::<u8>(), 0..256)) {
            if let Ok(message) = decode::<wire::CollectorRequest>(&bytes, 256) {
                prop_assert_eq!(encode(&message), bytes);
            }
        }
    }
}
