//! Credentials (`TPM2_MakeCredential` in software): a secret that a TPM releases only if it holds the
//! endorsement key it is enciphered to and the attestation key it is made for.
//!
//! Part 1 of the specification, section 24 (credential protection) and annexes B.10 (RSA) and C.6.3
//! (ECC). Only public-key operations: nothing here has a private key to leak but the one-time secret.
//!
//! Start reading at [`make`].

use crate::public::{EndorsementKey, KeyNumbers, Name};
use aes::Aes128;
use aes::cipher::KeyIvInit as _;
use num_bigint::BigUint;
use ring::agreement::{ECDH_P256, EphemeralPrivateKey, UnparsedPublicKey, agree_ephemeral};
use ring::digest::{Context, SHA256, digest};
use ring::error::Unspecified;
use ring::hmac;
use ring::rand::SecureRandom;

/// Bytes of the secret.
pub const SECRET: usize = 32;

/// Bytes of [`Credential::credential`]: an HMAC and the enciphered secret, each with its length.
pub const CREDENTIAL: usize = 2 + 32 + 2 + SECRET;

/// What a TPM needs to release the secret (`TPM2_ActivateCredential`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credential {
    /// Contents of `TPM2B_ID_OBJECT`, [`CREDENTIAL`] bytes.
    pub credential: Vec<u8>,
    /// Contents of `TPM2B_ENCRYPTED_SECRET`: 256 bytes for RSA 2048, 68 for P-256.
    pub encrypted_secret: Vec<u8>,
}

/// No credential can be made: the system has no randomness, or the endorsement key is no point of
/// its curve.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "no credential can be made for this endorsement key: it is not valid, or randomness failed"
)]
pub struct CredentialError;

impl From<Unspecified> for CredentialError {
    fn from(_: Unspecified) -> Self {
        Self
    }
}

/// Enciphers `secret` to the TPM with `ek`, for the key called `ak` alone.
///
/// # Errors
/// [`CredentialError`].
pub fn make(
    ek: &EndorsementKey,
    ak: &Name,
    secret: &[u8; SECRET],
    random: &dyn SecureRandom,
) -> Result<Credential, CredentialError> {
    let (seed, encrypted_secret) = match &ek.key {
        KeyNumbers::Rsa(modulus) => rsa_seed(modulus, random)?,
        KeyNumbers::P256(x, y) => p256_seed(x, y, random)?,
    };
    Ok(Credential {
        credential: protect(&seed, ak, secret),
        encrypted_secret,
    })
}

/// The inner part: AES-128-CFB under a key of the seed, then an HMAC over it and the name.
fn protect(seed: &[u8; 32], ak: &Name, secret: &[u8; SECRET]) -> Vec<u8> {
    let key = kdfa(seed, "STORAGE", &ak.0, 128);
    let mut identity = [&32u16.to_be_bytes()[..], secret].concat();
    let key: [u8; 16] = *key.first_chunk().expect("a block has 32 bytes");
    cfb_mode::BufEncryptor::<Aes128>::new(&key.into(), &[0; 16].into()).encrypt(&mut identity);
    let key = hmac::Key::new(hmac::HMAC_SHA256, &kdfa(seed, "INTEGRITY", &[], 256));
    let mut integrity = hmac::Context::with_key(&key);
    integrity.update(&identity);
    integrity.update(&ak.0);
    [
        &32u16.to_be_bytes()[..],
        integrity.sign().as_ref(),
        &identity,
    ]
    .concat()
}

/// `KDFa` with SHA-256, of one block: `bits` is 128 or 256, and the caller takes as many.
fn kdfa(key: &[u8; 32], label: &str, context: &[u8], bits: u32) -> [u8; 32] {
    let mut block = hmac::Context::with_key(&hmac::Key::new(hmac::HMAC_SHA256, key));
    block.update(&1u32.to_be_bytes());
    block.update(label.as_bytes());
    block.update(&[0]);
    block.update(context);
    block.update(&bits.to_be_bytes());
    let tag = block.sign();
    tag.as_ref().try_into().expect("SHA-256 has 32 bytes")
}

/// A random seed, enciphered with RSAES-OAEP.
fn rsa_seed(
    modulus: &[u8; 256],
    random: &dyn SecureRandom,
) -> Result<([u8; 32], Vec<u8>), CredentialError> {
    let (mut seed, mut mask) = ([0; 32], [0; 32]);
    random.fill(&mut seed)?;
    random.fill(&mut mask)?;
    let message = BigUint::from_bytes_be(&oaep(&seed, &mask));
    let modulus = BigUint::from_bytes_be(modulus);
    let cipher = message.modpow(&BigUint::from(65_537u32), &modulus);
    let bytes = cipher.to_bytes_be();
    let mut encrypted = vec![0; 256 - bytes.len()];
    encrypted.extend(bytes);
    Ok((seed, encrypted))
}

/// EME-OAEP of RFC 8017 with SHA-256 and the label that the specification gives to credentials.
fn oaep(message: &[u8; 32], mask_seed: &[u8; 32]) -> [u8; 256] {
    const HASH: usize = 32;
    let mut block = [0; 256];
    let (front, data) = block.split_at_mut(1 + HASH);
    data[..HASH].copy_from_slice(digest(&SHA256, b"IDENTITY\0").as_ref());
    let at = data.len() - message.len();
    data[at - 1] = 1;
    data[at..].copy_from_slice(message);
    mgf1(mask_seed, data);
    front[1..].copy_from_slice(mask_seed);
    mgf1(data, &mut front[1..]);
    block
}

/// Exclusive-or with MGF1 of SHA-256.
fn mgf1(seed: &[u8], masked: &mut [u8]) {
    for (counter, chunk) in (0u32..).zip(masked.chunks_mut(32)) {
        let mut context = Context::new(&SHA256);
        context.update(seed);
        context.update(&counter.to_be_bytes());
        for (byte, mask) in chunk.iter_mut().zip(context.finish().as_ref()) {
            *byte ^= mask;
        }
    }
}

/// A seed agreed with a key of one use, whose public half goes along.
fn p256_seed(
    x: &[u8; 32],
    y: &[u8; 32],
    random: &dyn SecureRandom,
) -> Result<([u8; 32], Vec<u8>), CredentialError> {
    let own = EphemeralPrivateKey::generate(&ECDH_P256, random)?;
    let public = own.compute_public_key()?;
    let (own_x, own_y) = public.as_ref()[1..].split_at(32);
    let point = [&32u16.to_be_bytes()[..], own_x, &32u16.to_be_bytes(), own_y].concat();
    let theirs = UnparsedPublicKey::new(&ECDH_P256, KeyNumbers::P256(*x, *y).to_x509());
    let seed = agree_ephemeral(own, &theirs, |shared| kdfe(shared, own_x, x))?;
    Ok((seed, point))
}

/// `KDFe` with SHA-256, of one block, for the label of credentials.
fn kdfe(shared: &[u8], party_u: &[u8], party_v: &[u8]) -> [u8; 32] {
    let mut block = Context::new(&SHA256);
    block.update(&1u32.to_be_bytes());
    block.update(shared);
    block.update(b"IDENTITY\0");
    block.update(party_u);
    block.update(party_v);
    let hash = block.finish();
    hash.as_ref().try_into().expect("SHA-256 has 32 bytes")
}
