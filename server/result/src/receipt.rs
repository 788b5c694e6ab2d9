//! COSE receipts (RFC 9942): that a record is in the log, for tools that read COSE and not C2SP's notes.
//!
//! The same tree and the same key as the log's checkpoints, another envelope: a COSE_Sign1 whose
//! payload, the root, is detached. A reader computes it from the leaf and the proof. Protected header:
//! `alg` EdDSA, `kid` the log's public key, CWT claims (RFC 9597) with the log's origin as `iss` and the
//! size of the tree (under a private label: RFC 9942 has the root alone signed), and `vds`
//! RFC9162_SHA256. Unprotected: `vdp` with one proof of inclusion.
//!
//! A receipt is signed only over a root that a checkpoint has committed to: it says nothing that the
//! checkpoint does not, and like it nothing of what others were shown.

use crate::cbor;
use crate::cose::EnvelopeError;
use ciborium::Value;
use coset::{
    CoseSign1, CoseSign1Builder, Header, HeaderBuilder, TaggedCborSerializable as _, iana,
};
use domicile_ledger::{Head, InclusionProof};
use domicile_proto::sign::SigningKey;
use domicile_proto::types::Key;
use ring::digest::{SHA256, digest};
use ring::signature::{ED25519, UnparsedPublicKey};

/// Largest receipt, bytes.
pub const MAX_RECEIPT: usize = 8 * 1024;

/// Media type (RFC 9942 registers none for a receipt alone; this is COSE_Sign1's own, RFC 9052).
pub const RECEIPT_TYPE: &str = "application/cose; cose-type=\"cose-sign1\"";

const CWT_CLAIMS: i64 = 15;
const ISS: i64 = 1;
const SIZE: i64 = -80_050;
const VDS: i64 = 395;
const VDP: i64 = 396;
const RFC9162_SHA256: i64 = 1;
const INCLUSION: i64 = -1;

/// Longest name of a log, bytes.
const MAX_ORIGIN: usize = 128;

/// What a receipt says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CoseReceipt {
    /// Name of the log.
    pub origin: String,
    /// The log's key.
    pub log_key: Key,
    /// The proof.
    pub proof: InclusionProof,
}

/// Why a receipt is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReceiptError {
    /// The envelope.
    #[error(transparent)]
    Envelope(#[from] EnvelopeError),
    /// No proof of inclusion as RFC 9942 writes it.
    #[error("its proof is not one of inclusion in an RFC9162_SHA256 tree")]
    Proof,
    /// The proof has not the length that its index and size ask for.
    #[error("its proof does not fit record {index} of {size}")]
    Path {
        /// Index of the leaf.
        index: u64,
        /// Size of the tree.
        size: u64,
    },
    /// The root that leaf and proof lead to is not what the log signed.
    #[error("log key {0} has not signed the root that this record and proof lead to")]
    Root(Key),
}

fn protected(log_key: &Key, origin: &str, size: u64) -> Header {
    let claims = vec![(ISS.into(), origin.into()), (SIZE.into(), size.into())];
    HeaderBuilder::new()
        .algorithm(iana::Algorithm::EdDSA)
        .key_id(log_key.to_vec())
        .value(CWT_CLAIMS, Value::Map(claims))
        .value(VDS, RFC9162_SHA256.into())
        .build()
}

fn unprotected(proof: &InclusionProof) -> Header {
    let path = proof.hashes.iter().map(|hash| Value::Bytes(hash.to_vec()));
    let proof = Value::Array(vec![
        proof.size.into(),
        proof.index.into(),
        Value::Array(path.collect()),
    ]);
    let proofs = Value::Array(vec![Value::Bytes(cbor::write(&proof))]);
    HeaderBuilder::new()
        .value(VDP, Value::Map(vec![(INCLUSION.into(), proofs)]))
        .build()
}

/// Signs a receipt under a head that the log has signed; the proof is for that head.
pub fn sign(head: &Head, proof: &InclusionProof, log_key: &SigningKey) -> Vec<u8> {
    CoseSign1Builder::new()
        .protected(protected(&log_key.public(), &head.origin, proof.size))
        .unprotected(unprotected(proof))
        .create_detached_signature(&head.root, &[], |message| {
            log_key.ring().sign(message).as_ref().to_vec()
        })
        .build()
        .to_tagged_vec()
        .expect("integers, text and bytes are written to memory")
}

/// Reads a receipt without checking anything but its form: to learn which record it is for.
///
/// # Errors
/// [`ReceiptError`] when it is not one, or in other bytes than [`sign`] writes.
pub fn parse(bytes: &[u8]) -> Result<CoseReceipt, ReceiptError> {
    read(bytes).map(|(receipt, _)| receipt)
}

fn read(bytes: &[u8]) -> Result<(CoseReceipt, CoseSign1), ReceiptError> {
    if bytes.len() > MAX_RECEIPT {
        return Err(EnvelopeError::TooLong(bytes.len()).into());
    }
    let envelope = CoseSign1::from_tagged_slice(bytes)
        .map_err(|error| EnvelopeError::Malformed(error.to_string()))?;
    let header = &envelope.protected.header;
    let log_key = Key::read("kid", &header.key_id).map_err(|_| EnvelopeError::Header)?;
    let origin = issuer(header).ok_or(EnvelopeError::Header)?;
    let proof = proof(&envelope.unprotected).ok_or(ReceiptError::Proof)?;
    let again = CoseSign1Builder::new()
        .protected(protected(&log_key, &origin, proof.size))
        .unprotected(unprotected(&proof))
        .signature(envelope.signature.clone())
        .build();
    let again = again.to_tagged_vec().map_err(|_| EnvelopeError::Header)?;
    if again != bytes {
        return Err(EnvelopeError::NotDeterministic.into());
    }
    let receipt = CoseReceipt {
        origin,
        log_key,
        proof,
    };
    Ok((receipt, envelope))
}

/// Checks that a log with one of these keys has signed a root under which the leaf stands.
///
/// # Errors
/// [`ReceiptError`] when it has not.
pub fn verify(
    bytes: &[u8],
    leaf_hash: &[u8; 32],
    log_keys: &[Key],
) -> Result<CoseReceipt, ReceiptError> {
    let (receipt, envelope) = read(bytes)?;
    let CoseReceipt { log_key, proof, .. } = &receipt;
    if !log_keys.contains(log_key) {
        return Err(EnvelopeError::Signer(*log_key).into());
    }
    let (index, size) = (proof.index, proof.size);
    let root = root(leaf_hash, proof).ok_or(ReceiptError::Path { index, size })?;
    envelope
        .verify_detached_signature(&root, &[], |signature, message| {
            UnparsedPublicKey::new(&ED25519, log_key.0).verify(message, signature)
        })
        .map_err(|_| ReceiptError::Root(*log_key))?;
    Ok(receipt)
}

fn issuer(header: &Header) -> Option<String> {
    let (_, claims) = header.rest.first()?;
    let [(_, Value::Text(origin)), _] = claims.as_map()?.as_slice() else {
        return None;
    };
    let is_name = !origin.is_empty() && origin.len() <= MAX_ORIGIN;
    (is_name && !origin.chars().any(char::is_control)).then(|| origin.clone())
}

fn proof(header: &Header) -> Option<InclusionProof> {
    let (_, proofs) = header.rest.first()?;
    let [(_, Value::Array(proofs))] = proofs.as_map()?.as_slice() else {
        return None;
    };
    let [Value::Bytes(proof)] = proofs.as_slice() else {
        return None;
    };
    let Value::Array(proof) = cbor::read(proof).ok()? else {
        return None;
    };
    let [
        Value::Integer(size),
        Value::Integer(index),
        Value::Array(path),
    ] = proof.as_slice()
    else {
        return None;
    };
    let hashes = path
        .iter()
        .map(|hash| hash.as_bytes()?.as_slice().try_into().ok());
    Some(InclusionProof {
        index: u64::try_from(*index).ok()?,
        size: u64::try_from(*size).ok()?,
        hashes: hashes.collect::<Option<_>>()?,
    })
}

/// The root that a leaf and its path lead to (RFC 9162, section 2.1.3.2); `None` if the path has not
/// the length that index and size ask for.
fn root(leaf_hash: &[u8; 32], proof: &InclusionProof) -> Option<[u8; 32]> {
    let mut node = proof.index;
    let mut last = proof.size.checked_sub(1).filter(|last| node <= *last)?;
    let mut hash = *leaf_hash;
    for sibling in &proof.hashes {
        if last == 0 {
            return None;
        }
        if node & 1 == 1 || node == last {
            hash = parent(sibling, &hash);
            while node & 1 == 0 && node != 0 {
                node >>= 1;
                last >>= 1;
            }
        } else {
            hash = parent(&hash, sibling);
        }
        node >>= 1;
        last >>= 1;
    }
    (last == 0).then_some(hash)
}

fn parent(left: &[u8; 32], right: &[u8; 32]) -> [u8; 32] {
    let hash = digest(&SHA256, &[&[1], &left[..], &right[..]].concat());
    let mut parent = [0; 32];
    parent.copy_from_slice(hash.as_ref());
    parent
}
