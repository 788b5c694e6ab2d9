//! How a message stands on a stream: four bytes of big-endian length, then its encoding.

use crate::codec::{self, CodecError};

/// Bytes of the length prefix.
pub const HEADER: usize = 4;

/// Largest message an agent accepts from any server, bytes.
pub const MAX_TO_AGENT: usize = 4 * 1024;

/// Largest request a collector accepts, bytes.
pub const MAX_TO_COLLECTOR: usize = 256 * 1024;

/// Largest message an anchor accepts, bytes.
pub const MAX_TO_ANCHOR: usize = 8 * 1024;

/// A message with its length before it.
pub fn frame<M: prost::Message>(message: &M) -> Vec<u8> {
    let length = u32::try_from(message.encoded_len()).expect("messages are far below 4 GiB");
    let mut bytes = length.to_be_bytes().to_vec();
    message.encode(&mut bytes).expect("a Vec grows as needed");
    bytes
}

/// The length that a header announces.
///
/// # Errors
/// [`CodecError::TooLong`] when it is above `limit`.
pub fn length(header: [u8; HEADER], limit: usize) -> Result<usize, CodecError> {
    let actual = usize::try_from(u32::from_be_bytes(header)).unwrap_or(usize::MAX);
    if actual > limit {
        Err(CodecError::TooLong { limit, actual })
    } else {
        Ok(actual)
    }
}

/// A frame that is whole in memory: header and message and nothing else.
///
/// # Errors
/// [`CodecError`] when the header does not fit the bytes or the message is refused.
pub fn unframe<M: prost::Message + Default>(bytes: &[u8], limit: usize) -> Result<M, CodecError> {
    let (header, body) = bytes
        .split_first_chunk::<HEADER>()
        .ok_or_else(|| CodecError::Malformed("shorter than a frame header".into()))?;
    if length(*header, limit)? != body.len() {
        return Err(CodecError::Malformed(
            "the frame's length is not that of its body".into(),
        ));
    }
    codec::decode(body, limit)
}
