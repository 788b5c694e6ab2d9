//! The same claims for the web: a JWS in compact form (RFC 7515), signed by the same key with EdDSA
//! (RFC 8037).
//!
//! What is signed is ASCII that begins with `eyJ`: no other signature of a collector's key covers such
//! bytes.

use crate::json::{self, JsonError};
use crate::schema::{Claim, Map};
use data_encoding::BASE64URL_NOPAD;
use domicile_proto::sign::SigningKey;
use domicile_proto::types::Key;
use ring::signature::{ED25519, UnparsedPublicKey};

/// Why a JWS is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum JwsError {
    /// Longer than any.
    #[error("{0} bytes where at most {most} are allowed", most = crate::MAX_BYTES)]
    TooLong(usize),
    /// Not three parts in base64url.
    #[error("not a JWS in compact form: header.payload.signature in base64url")]
    Malformed,
    /// Another algorithm, type or header than this profile's.
    #[error("its header is not that of this profile, or names none of the keys given")]
    Header,
    /// The signature is not by that key over these bytes.
    #[error("its signature does not verify under key {0}")]
    Signature(Key),
    /// The content.
    #[error(transparent)]
    Content(#[from] JsonError),
}

fn header(signer: &Key, media_type: &str) -> String {
    let kid = BASE64URL_NOPAD.encode(&signer.0);
    BASE64URL_NOPAD
        .encode(format!(r#"{{"alg":"EdDSA","kid":"{kid}","typ":"{media_type}"}}"#).as_bytes())
}

/// Signs claims.
pub(crate) fn sign(claims: &Map, media_type: &str, key: &SigningKey) -> String {
    let payload = BASE64URL_NOPAD.encode(&json::encode(claims));
    let message = format!("{}.{payload}", header(&key.public(), media_type));
    let signature = BASE64URL_NOPAD.encode(key.ring().sign(message.as_bytes()).as_ref());
    format!("{message}.{signature}")
}

/// Checks the signature by one of these keys, then reads the claims; gives both.
pub(crate) fn open(
    text: &[u8],
    media_type: &str,
    keys: &[Key],
    table: &'static [Claim],
) -> Result<(Map, Key), JwsError> {
    if text.len() > crate::MAX_BYTES {
        return Err(JwsError::TooLong(text.len()));
    }
    let text = std::str::from_utf8(text).map_err(|_| JwsError::Malformed)?;
    let (message, signature) = text.rsplit_once('.').ok_or(JwsError::Malformed)?;
    let (protected, payload) = message.split_once('.').ok_or(JwsError::Malformed)?;
    // The header is one of few texts: compared, never interpreted.
    let signer = keys
        .iter()
        .find(|key| header(key, media_type) == protected)
        .ok_or(JwsError::Header)?;
    let decode = |text: &str| {
        BASE64URL_NOPAD
            .decode(text.as_bytes())
            .map_err(|_| JwsError::Malformed)
    };
    let (payload, signature) = (decode(payload)?, decode(signature)?);
    UnparsedPublicKey::new(&ED25519, signer.0)
        .verify(message.as_bytes(), &signature)
        .map_err(|_| JwsError::Signature(*signer))?;
    Ok((json::decode(&payload, table)?, *signer))
}
