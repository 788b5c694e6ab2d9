//! The envelope: one COSE_Sign1 (RFC 9052), tagged, signed with Ed25519.
//!
//! Protected header: `alg` EdDSA, `kid` the signer's public key, `typ` (RFC 9596) the media type of
//! RFC 9782. No unprotected header, no external data. What is signed begins with the CBOR array header
//! and the text `Signature1`, which no other signature of a collector's key does: its own domain.

use crate::cbor::{self, CborError};
use ciborium::Value;
use coset::{
    CoseSign1, CoseSign1Builder, Header, HeaderBuilder, TaggedCborSerializable as _, iana,
};
use domicile_proto::sign::SigningKey;
use domicile_proto::types::Key;
use ring::signature::{ED25519, UnparsedPublicKey};

/// COSE's label of `typ`.
const TYP: i64 = 16;

/// Why an envelope is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EnvelopeError {
    /// Longer than any.
    #[error("{0} bytes where at most {most} are allowed", most = crate::MAX_BYTES)]
    TooLong(usize),
    /// Not the envelope.
    #[error("not a tagged COSE_Sign1: {0}")]
    Malformed(String),
    /// Another algorithm, type or header than this profile's.
    #[error("its header is not that of this profile")]
    Header,
    /// Signed, or said to be, by a key that was not asked for.
    #[error("it names key {0} as its signer, which is none of those given")]
    Signer(Key),
    /// The signature is not by that key over these bytes.
    #[error("its signature does not verify under key {0}")]
    Signature(Key),
    /// The content.
    #[error(transparent)]
    Content(#[from] CborError),
    /// What it says, written in other bytes than the deterministic ones.
    #[error("not the deterministic encoding of the envelope")]
    NotDeterministic,
}

fn header(signer: &Key, media_type: &str) -> Header {
    HeaderBuilder::new()
        .algorithm(iana::Algorithm::EdDSA)
        .key_id(signer.to_vec())
        .value(TYP, Value::Text(media_type.to_owned()))
        .build()
}

fn encode(envelope: CoseSign1) -> Vec<u8> {
    envelope
        .to_tagged_vec()
        .expect("integers, text and bytes are written to memory")
}

/// Signs a payload.
pub(crate) fn sign(payload: Vec<u8>, media_type: &str, key: &SigningKey) -> Vec<u8> {
    encode(
        CoseSign1Builder::new()
            .protected(header(&key.public(), media_type))
            .payload(payload)
            .create_signature(&[], |message| key.ring().sign(message).as_ref().to_vec())
            .build(),
    )
}

/// Checks the signature by one of these keys; gives payload and signer.
pub(crate) fn open(
    bytes: &[u8],
    media_type: &str,
    keys: &[Key],
) -> Result<(Vec<u8>, Key), EnvelopeError> {
    if bytes.len() > crate::MAX_BYTES {
        return Err(EnvelopeError::TooLong(bytes.len()));
    }
    let envelope = CoseSign1::from_tagged_slice(bytes)
        .map_err(|error| EnvelopeError::Malformed(error.to_string()))?;
    let signer =
        Key::read("kid", &envelope.protected.header.key_id).map_err(|_| EnvelopeError::Header)?;
    if !keys.contains(&signer) {
        return Err(EnvelopeError::Signer(signer));
    }
    if envelope.protected.header != header(&signer, media_type) || !envelope.unprotected.is_empty()
    {
        return Err(EnvelopeError::Header);
    }
    envelope
        .verify_signature(&[], |signature, message| {
            UnparsedPublicKey::new(&ED25519, signer.0).verify(message, signature)
        })
        .map_err(|_| EnvelopeError::Signature(signer))?;
    let payload = envelope
        .payload
        .ok_or_else(|| EnvelopeError::Malformed("it has no payload".into()))?;
    let again = CoseSign1Builder::new()
        .protected(header(&signer, media_type))
        .payload(payload.clone())
        .signature(envelope.signature)
        .build();
    match encode(again) == bytes {
        true => Ok((payload, signer)),
        false => Err(EnvelopeError::NotDeterministic),
    }
}

/// Whether bytes look like a tagged COSE_Sign1.
pub(crate) fn is_tagged(bytes: &[u8]) -> bool {
    bytes.first() == Some(&0xd2)
}

/// The payload's claims, for a caller that has checked the signature.
pub(crate) fn claims(
    payload: &[u8],
    table: &'static [crate::schema::Claim],
) -> Result<crate::schema::Map, EnvelopeError> {
    Ok(cbor::decode(payload, table)?)
}
