//! Domain-separated Ed25519 signatures over exact bytes, and SHA-256.

use crate::codec::{self, CodecError};
use crate::types::{Digest, Key};
use crate::wire::Signed;
use ring::signature::{ED25519, Ed25519KeyPair, KeyPair as _, UnparsedPublicKey};

/// What a signature is about. A signature made for one domain never verifies in another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Domain {
    /// The vendor's list of servers.
    Directory,
    /// An enrolment token.
    Token,
    /// An agent's report.
    Evidence,
    /// An agent's sign of life.
    Liveness,
    /// An operator's withdrawal.
    Withdrawal,
    /// An agent's account of a ranging session.
    AgentTranscript,
    /// An anchor's receipt for that account.
    RangingReceipt,
    /// A collector's receipt for a report.
    ReportReceipt,
    /// A collector's verdict.
    Verdict,
    /// An anchor's report about the mesh.
    MeshReport,
    /// A policy pack: dated rules of export control.
    PolicyPack,
    /// An agent's account of a coarse ranging session.
    CoarseAccount,
    /// An anchor's receipt for that account.
    CoarseReceipt,
    /// A collector's account of a period: who was enrolled, and what of each is in the log.
    Roster,
    /// What a collector answered to an auditor's read.
    Answer,
    /// A host's answer to an inspector who stands before it.
    InspectionAnswer,
}

impl Domain {
    /// Every domain.
    pub const ALL: [Self; 16] = [
        Self::Directory,
        Self::Token,
        Self::Evidence,
        Self::Liveness,
        Self::Withdrawal,
        Self::AgentTranscript,
        Self::RangingReceipt,
        Self::ReportReceipt,
        Self::Verdict,
        Self::MeshReport,
        Self::PolicyPack,
        Self::CoarseAccount,
        Self::CoarseReceipt,
        Self::Roster,
        Self::Answer,
        Self::InspectionAnswer,
    ];

    /// The tag that stands before the payload in the signed bytes.
    pub const fn tag(self) -> &'static str {
        match self {
            Self::Directory => "domicile directory v1",
            Self::Token => "domicile token v1",
            Self::Evidence => "domicile evidence v1",
            Self::Liveness => "domicile liveness v1",
            Self::Withdrawal => "domicile withdrawal v1",
            Self::AgentTranscript => "domicile agent-transcript v1",
            Self::RangingReceipt => "domicile ranging-receipt v1",
            Self::ReportReceipt => "domicile report-receipt v1",
            Self::Verdict => "domicile verdict v1",
            Self::MeshReport => "domicile mesh-report v1",
            Self::PolicyPack => "domicile policy-pack v1",
            Self::CoarseAccount => "domicile coarse-account v1",
            Self::CoarseReceipt => "domicile coarse-receipt v1",
            Self::Roster => "domicile roster v1",
            Self::Answer => "domicile answer v1",
            Self::InspectionAnswer => "domicile inspection-answer v1",
        }
    }

    fn message(self, payload: &[u8]) -> Vec<u8> {
        let tag = self.tag().as_bytes();
        let mut message = Vec::with_capacity(1 + tag.len() + payload.len());
        message.push(u8::try_from(tag.len()).expect("tags are shorter than 256 bytes"));
        message.extend_from_slice(tag);
        message.extend_from_slice(payload);
        message
    }
}

/// Why a signed structure was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// The bytes are not the structure.
    #[error(transparent)]
    Codec(#[from] CodecError),
    /// The signature does not verify under the expected key.
    #[error("the signature does not verify under key {key} as {}", domain.tag())]
    Signature {
        /// The key it was checked against.
        key: Key,
        /// The domain it was checked in.
        domain: Domain,
    },
}

/// A private key that signs Domicile's structures. Its `Debug` shows the public half only.
pub struct SigningKey {
    pair: Ed25519KeyPair,
}

impl std::fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SigningKey({})", self.public())
    }
}

/// The bytes are not an Ed25519 private key in PKCS#8.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an Ed25519 private key in PKCS#8 DER")]
pub struct KeyError;

impl SigningKey {
    /// Reads PKCS#8 DER, with or without the public half.
    ///
    /// # Errors
    /// [`KeyError`] when it is anything else.
    pub fn from_pkcs8(der: &[u8]) -> Result<Self, KeyError> {
        Ed25519KeyPair::from_pkcs8_maybe_unchecked(der)
            .map(|pair| Self { pair })
            .map_err(|_| KeyError)
    }

    /// The key of a 32-byte seed. For tests and for tools that carry their own randomness.
    pub fn from_seed(seed: &[u8; 32]) -> Self {
        let pair =
            Ed25519KeyPair::from_seed_unchecked(seed).expect("any 32 bytes are an Ed25519 seed");
        Self { pair }
    }

    /// The public half.
    pub fn public(&self) -> Key {
        Key(self
            .pair
            .public_key()
            .as_ref()
            .try_into()
            .expect("Ed25519 public keys have 32 bytes"))
    }

    /// Signs a payload in a domain.
    pub fn sign(&self, domain: Domain, payload: Vec<u8>) -> Signed {
        let signature = self.pair.sign(&domain.message(&payload)).as_ref().to_vec();
        Signed { payload, signature }
    }

    /// Ring's key pair, for formats with a signature scheme of their own (log checkpoints).
    pub fn ring(&self) -> &Ed25519KeyPair {
        &self.pair
    }
}

/// Checks the signature of a structure under `key`.
///
/// # Errors
/// [`OpenError::Signature`] when it does not verify.
pub fn verify(domain: Domain, key: &Key, signed: &Signed) -> Result<(), OpenError> {
    UnparsedPublicKey::new(&ED25519, key.0)
        .verify(&domain.message(&signed.payload), &signed.signature)
        .map_err(|_| OpenError::Signature { key: *key, domain })
}

/// Checks the signature, then decodes the payload.
///
/// # Errors
/// [`OpenError`] when either fails. `limit` bounds the payload in bytes.
pub fn open<M: prost::Message + Default>(
    domain: Domain,
    key: &Key,
    signed: &Signed,
    limit: usize,
) -> Result<M, OpenError> {
    if signed.payload.len() > limit {
        return Err(CodecError::TooLong {
            limit,
            actual: signed.payload.len(),
        }
        .into());
    }
    verify(domain, key, signed)?;
    Ok(codec::decode(&signed.payload, limit)?)
}

/// Decodes an encoded [`Signed`], checks it and decodes its payload.
///
/// # Errors
/// [`OpenError`] when any of these fails. `limit` bounds the whole in bytes.
pub fn open_bytes<M: prost::Message + Default>(
    domain: Domain,
    key: &Key,
    bytes: &[u8],
    limit: usize,
) -> Result<M, OpenError> {
    let signed: Signed = codec::decode(bytes, limit)?;
    open(domain, key, &signed, limit)
}

/// SHA-256.
pub fn sha256(bytes: &[u8]) -> Digest {
    let digest = ring::digest::digest(&ring::digest::SHA256, bytes);
    Digest(digest.as_ref().try_into().expect("SHA-256 has 32 bytes"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_signature_verifies_in_its_own_domain_only() {
        let key = SigningKey::from_seed(&[7; 32]);
        for made in Domain::ALL {
            let signed = key.sign(made, b"payload".to_vec());
            for read in Domain::ALL {
                assert_eq!(verify(read, &key.public(), &signed).is_ok(), made == read);
            }
        }
    }

    #[test]
    fn every_bit_of_payload_and_signature_counts() {
        let key = SigningKey::from_seed(&[7; 32]);
        let good = key.sign(Domain::Evidence, b"payload".to_vec());
        for bit in 0..8 * (good.payload.len() + good.signature.len()) {
            let mut bad = good.clone();
            match bit / 8 {
                at if at < bad.payload.len() => bad.payload[at] ^= 1 << (bit % 8),
                at => bad.signature[at - good.payload.len()] ^= 1 << (bit % 8),
            }
            assert!(verify(Domain::Evidence, &key.public(), &bad).is_err());
        }
    }

    #[test]
    fn tags_are_prefix_free_by_length() {
        for a in Domain::ALL {
            for b in Domain::ALL {
                assert!(a == b || a.message(b"") != b.message(b""));
            }
        }
    }
}
