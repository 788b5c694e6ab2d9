//! One framed message out, one in.

use domicile_proto::codec::{self, CodecError};
use domicile_proto::frame::{self, HEADER, MAX_TO_AGENT};
use quinn::{RecvStream, SendStream};

/// Why a message did not come or go.
#[derive(Debug, thiserror::Error)]
pub enum StreamError {
    /// The far side sent something that is not an allowed message.
    #[error("the server's answer was refused: {0}")]
    Codec(#[from] CodecError),
    /// The stream ended or broke.
    #[error("the connection ended before the answer: {0}")]
    Broken(String),
}

/// Sends one message.
///
/// # Errors
/// [`StreamError::Broken`].
pub async fn send<M: PartialEq + prost::Message>(
    stream: &mut SendStream,
    message: &M,
) -> Result<(), StreamError> {
    stream
        .write_all(&frame::frame(message))
        .await
        .map_err(|error| StreamError::Broken(error.to_string()))
}

/// Receives one message of at most [`MAX_TO_AGENT`] bytes. The caller bounds the time.
///
/// # Errors
/// [`StreamError`].
pub async fn receive<M: prost::Message + Default>(
    stream: &mut RecvStream,
) -> Result<M, StreamError> {
    let broken = |error: quinn::ReadExactError| StreamError::Broken(error.to_string());
    let mut header = [0; HEADER];
    stream.read_exact(&mut header).await.map_err(broken)?;
    let mut body = vec![0; frame::length(header, MAX_TO_AGENT)?];
    stream.read_exact(&mut body).await.map_err(broken)?;
    Ok(codec::decode(&body, MAX_TO_AGENT)?)
}
