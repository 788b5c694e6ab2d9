//! Public keys that live in a TPM (`TPMT_PUBLIC`), and the two kinds that attestation rests on.

use crate::reader::{ReadError, Reader};
use ring::digest::{SHA256, digest};

/// Longest `TPMT_PUBLIC` read, bytes. RSA 2048 with a SHA-512 policy has 346.
pub const MAX_BYTES: usize = 512;

pub(crate) const ALG_SHA256: u16 = 0x000b;
pub(crate) const ALG_RSASSA: u16 = 0x0014;
pub(crate) const ALG_ECDSA: u16 = 0x0018;
const ALG_RSA: u16 = 0x0001;
const ALG_AES: u16 = 0x0006;
const ALG_NULL: u16 = 0x0010;
const ALG_ECC: u16 = 0x0023;
const ALG_CFB: u16 = 0x0043;
const CURVE_P256: u16 = 0x0003;
const RSA_BITS: u16 = 2048;
const RSA_EXPONENT: u32 = 65_537;

/// `TPMA_OBJECT`: the bits that decide what a key is, and those that mean nothing here.
mod attribute {
    pub(super) const FIXED_TPM: u32 = 1 << 1;
    pub(super) const FIXED_PARENT: u32 = 1 << 4;
    pub(super) const SENSITIVE_DATA_ORIGIN: u32 = 1 << 5;
    pub(super) const RESTRICTED: u32 = 1 << 16;
    pub(super) const DECRYPT: u32 = 1 << 17;
    pub(super) const SIGN: u32 = 1 << 18;
    /// stClear, userWithAuth, adminWithPolicy, noDA: who may use the key, and until when.
    pub(super) const OTHERS: u32 = (1 << 2) | (1 << 6) | (1 << 7) | (1 << 10);
    /// Made inside this TPM, never outside it, and bound to the TPM's own structures.
    pub(super) const RESIDENT: u32 = FIXED_TPM | FIXED_PARENT | SENSITIVE_DATA_ORIGIN | RESTRICTED;
}

/// Why a public area is not the key that it is offered as.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PublicError {
    /// Not a public area, or of an algorithm that is not read.
    #[error("not a public area that is supported: {0}")]
    Read(#[from] ReadError),
    /// Longer than [`MAX_BYTES`].
    #[error("a public area of {0} bytes, where at most {MAX_BYTES} are read")]
    TooLong(usize),
    /// Its attributes make it another kind of key.
    #[error(
        "attributes {0:#010x}: needed are fixedTPM, fixedParent, sensitiveDataOrigin and restricted, with sign for \
         an attestation key or decrypt for an endorsement key, and no others that export or reuse it"
    )]
    Attributes(u32),
}

/// The key's numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyNumbers {
    /// RSA 2048 with exponent 65537: the modulus, big-endian.
    Rsa([u8; 256]),
    /// A point on P-256: x, then y, big-endian.
    P256([u8; 32], [u8; 32]),
}

impl KeyNumbers {
    /// As X.509 carries them: `RSAPublicKey` in DER, or the uncompressed point.
    pub fn to_x509(&self) -> Vec<u8> {
        match self {
            // SEQUENCE { INTEGER n with a leading zero (bit 2047 is set), INTEGER 65537 }
            Self::Rsa(modulus) => [
                &[0x30, 0x82, 0x01, 0x0a, 0x02, 0x82, 0x01, 0x01, 0x00],
                &modulus[..],
                &[0x02, 0x03, 0x01, 0x00, 0x01],
            ]
            .concat(),
            Self::P256(x, y) => [&[0x04], &x[..], y].concat(),
        }
    }
}

/// A restricted signing key that lives in one TPM: it signs what that TPM says of itself, and nothing
/// that is handed to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AttestationKey {
    /// Its numbers.
    pub key: KeyNumbers,
    /// Its name: what a credential is made for.
    pub name: Name,
}

/// A restricted decryption key of one TPM, by which that TPM is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EndorsementKey {
    /// Its numbers.
    pub key: KeyNumbers,
    /// Its name.
    pub name: Name,
}

/// `TPM2B_NAME` of a key: the name algorithm (SHA-256) and the hash of its public area.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Name(pub [u8; 34]);

impl AttestationKey {
    /// Reads an encoded `TPMT_PUBLIC`: RSASSA or ECDSA with SHA-256, restricted to the TPM's own
    /// statements.
    ///
    /// # Errors
    /// [`PublicError`] naming what is wrong.
    pub fn read(bytes: &[u8]) -> Result<Self, PublicError> {
        let (key, name) = read(bytes, Kind::Attestation)?;
        Ok(Self { key, name })
    }
}

impl EndorsementKey {
    /// Reads an encoded `TPMT_PUBLIC`: restricted decryption with AES-128-CFB, as the TCG's EK
    /// profile has it. Its policy is not looked at: it says who may use the key, not what it is.
    ///
    /// # Errors
    /// [`PublicError`] naming what is wrong.
    pub fn read(bytes: &[u8]) -> Result<Self, PublicError> {
        let (key, name) = read(bytes, Kind::Endorsement)?;
        Ok(Self { key, name })
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Attestation,
    Endorsement,
}

fn read(bytes: &[u8], kind: Kind) -> Result<(KeyNumbers, Name), PublicError> {
    if bytes.len() > MAX_BYTES {
        return Err(PublicError::TooLong(bytes.len()));
    }
    let mut reader = Reader::new(bytes);
    let algorithm = reader.u16("type")?;
    reader.exactly("nameAlg", ALG_SHA256)?;
    let attributes = reader.u32("objectAttributes")?;
    reader.sized("authPolicy", 64)?;
    let key = match algorithm {
        ALG_RSA => rsa(&mut reader, kind)?,
        ALG_ECC => p256(&mut reader, kind)?,
        other => return Err(ReadError::value("type", other).into()),
    };
    reader.end()?;
    let needed = attribute::RESIDENT
        | match kind {
            Kind::Attestation => attribute::SIGN,
            Kind::Endorsement => attribute::DECRYPT,
        };
    if attributes & !attribute::OTHERS != needed {
        return Err(PublicError::Attributes(attributes));
    }
    let mut name = [0; 34];
    name[..2].copy_from_slice(&ALG_SHA256.to_be_bytes());
    name[2..].copy_from_slice(digest(&SHA256, bytes).as_ref());
    Ok((key, Name(name)))
}

fn rsa(reader: &mut Reader<'_>, kind: Kind) -> Result<KeyNumbers, ReadError> {
    algorithms(reader, kind, ALG_RSASSA)?;
    reader.exactly("keyBits", RSA_BITS)?;
    match reader.u32("exponent")? {
        0 | RSA_EXPONENT => {}
        other => return Err(ReadError::value("exponent", other)),
    }
    let modulus: [u8; 256] = reader.number("unique.rsa")?;
    if modulus[0] < 0x80 || modulus[255].is_multiple_of(2) {
        return Err(ReadError::value("unique.rsa", modulus[0]));
    }
    Ok(KeyNumbers::Rsa(modulus))
}

fn p256(reader: &mut Reader<'_>, kind: Kind) -> Result<KeyNumbers, ReadError> {
    algorithms(reader, kind, ALG_ECDSA)?;
    reader.exactly("curveID", CURVE_P256)?;
    reader.exactly("kdf", ALG_NULL)?;
    Ok(KeyNumbers::P256(
        reader.number("unique.ecc.x")?,
        reader.number("unique.ecc.y")?,
    ))
}

/// `symmetric` and `scheme`.
fn algorithms(reader: &mut Reader<'_>, kind: Kind, signing: u16) -> Result<(), ReadError> {
    match kind {
        Kind::Attestation => {
            reader.exactly("symmetric", ALG_NULL)?;
            reader.exactly("scheme", signing)?;
            reader.exactly("scheme.hashAlg", ALG_SHA256)
        }
        Kind::Endorsement => {
            reader.exactly("symmetric", ALG_AES)?;
            reader.exactly("symmetric.keyBits", 128)?;
            reader.exactly("symmetric.mode", ALG_CFB)?;
            reader.exactly("scheme", ALG_NULL)
        }
    }
}
