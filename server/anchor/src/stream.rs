//! Frames on the session's one stream: bounded in bytes here, in time by the caller.

use domicile_proto::codec::{self, CodecError};
use domicile_proto::frame;
use quinn::{ReadExactError, RecvStream};

/// Why no message came.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ReadError {
    /// It ended, was reset, or the connection did.
    #[error("the stream ended before a message: {0}")]
    Ended(#[from] ReadExactError),
    /// Not a message that is allowed here.
    #[error(transparent)]
    Codec(#[from] CodecError),
}

/// Reads one frame of at most `limit` bytes. Nothing is allocated for a length above it.
pub(crate) async fn read<M: prost::Message + Default>(
    stream: &mut RecvStream,
    limit: usize,
) -> Result<M, ReadError> {
    let mut header = [0; frame::HEADER];
    stream.read_exact(&mut header).await?;
    let mut body = vec![0; frame::length(header, limit)?];
    stream.read_exact(&mut body).await?;
    Ok(codec::decode(&body, limit)?)
}
