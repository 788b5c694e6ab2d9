//! Quotes: a statement of a TPM (`TPMS_ATTEST`) and its attestation key's signature over it.

use crate::public::{ALG_ECDSA, ALG_RSASSA, ALG_SHA256, AttestationKey, KeyNumbers};
use crate::reader::{ReadError, Reader};
use ring::signature::{
    ECDSA_P256_SHA256_FIXED, RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents, UnparsedPublicKey,
};

/// Longest `TPMS_ATTEST` read, bytes.
pub const MAX_ATTEST: usize = 1024;

/// `TPM_GENERATED_VALUE`: a restricted key signs nothing that begins with these bytes and was not made
/// inside the TPM.
const GENERATED: u32 = 0xff54_4347;
const ST_ATTEST_QUOTE: u16 = 0x8018;

/// What the TPM says of itself beside the nonce.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Clock {
    /// Milliseconds for which the TPM has had power since it was last cleared.
    pub clock_ms: u64,
    /// Starts (TPM Reset) since then.
    pub reset_count: u32,
    /// Restarts and resumptions since the last reset.
    pub restart_count: u32,
    /// False when a later clock value may have been reported before.
    pub safe: bool,
    /// The vendor's own number of the firmware.
    pub firmware_version: u64,
}

/// Why a quote does not count.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum QuoteError {
    /// Not a quote as an agent makes it.
    #[error("not a quote: {0}")]
    Malformed(#[from] ReadError),
    /// Not signed by the attestation key.
    #[error("not signed by the attestation key")]
    Signature,
    /// Signed by it, for another nonce.
    #[error("signed by the attestation key, but over another nonce")]
    OtherNonce(Clock),
}

/// Checks that `ak` signed `attest`, and that it is a quote over `nonce` and over no PCR.
///
/// # Errors
/// [`QuoteError`]: the first of form, signature and nonce that fails.
pub fn check(
    ak: &AttestationKey,
    attest: &[u8],
    signature: &[u8],
    nonce: &[u8; 32],
) -> Result<Clock, QuoteError> {
    let statement = Statement::read(attest)?;
    let signature = Signature::read(signature)?;
    if !signature.holds(ak, attest) {
        return Err(QuoteError::Signature);
    }
    match statement.nonce == nonce {
        true => Ok(statement.clock),
        false => Err(QuoteError::OtherNonce(statement.clock)),
    }
}

struct Statement<'a> {
    nonce: &'a [u8],
    clock: Clock,
}

impl<'a> Statement<'a> {
    fn read(attest: &'a [u8]) -> Result<Self, ReadError> {
        if attest.len() > MAX_ATTEST {
            return Err(ReadError::value("attest", attest.len() as u64));
        }
        let mut reader = Reader::new(attest);
        match reader.u32("magic")? {
            GENERATED => {}
            other => return Err(ReadError::value("magic", other)),
        }
        reader.exactly("type", ST_ATTEST_QUOTE)?;
        reader.sized("qualifiedSigner", 66)?;
        let nonce = reader.sized("extraData", 64)?;
        let clock = Clock {
            clock_ms: reader.u64("clock")?,
            reset_count: reader.u32("resetCount")?,
            restart_count: reader.u32("restartCount")?,
            safe: match reader.u8("safe")? {
                0 => false,
                1 => true,
                other => return Err(ReadError::value("safe", other)),
            },
            firmware_version: reader.u64("firmwareVersion")?,
        };
        // An agent selects no PCR, so there is nothing to compare the digest with.
        match reader.u32("pcrSelect.count")? {
            0 => {}
            other => return Err(ReadError::value("pcrSelect.count", other)),
        }
        reader.sized("pcrDigest", 64)?;
        reader.end()?;
        Ok(Self { nonce, clock })
    }
}

enum Signature {
    Rsassa([u8; 256]),
    Ecdsa([u8; 64]),
}

impl Signature {
    fn read(bytes: &[u8]) -> Result<Self, ReadError> {
        let mut reader = Reader::new(bytes);
        let algorithm = reader.u16("sigAlg")?;
        if ![ALG_RSASSA, ALG_ECDSA].contains(&algorithm) {
            return Err(ReadError::value("sigAlg", algorithm));
        }
        reader.exactly("hash", ALG_SHA256)?;
        let signature = if algorithm == ALG_RSASSA {
            Self::Rsassa(reader.number("sig")?)
        } else {
            let r: [u8; 32] = reader.number("signatureR")?;
            let s: [u8; 32] = reader.number("signatureS")?;
            let mut both = [0; 64];
            both[..32].copy_from_slice(&r);
            both[32..].copy_from_slice(&s);
            Self::Ecdsa(both)
        };
        reader.end()?;
        Ok(signature)
    }

    fn holds(&self, ak: &AttestationKey, message: &[u8]) -> bool {
        match (self, ak.key) {
            (Self::Rsassa(signature), KeyNumbers::Rsa(modulus)) => RsaPublicKeyComponents {
                n: &modulus[..],
                e: &[1, 0, 1][..],
            }
            .verify(&RSA_PKCS1_2048_8192_SHA256, message, signature)
            .is_ok(),
            (Self::Ecdsa(signature), key @ KeyNumbers::P256(..)) => {
                UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, key.to_x509())
                    .verify(message, signature)
                    .is_ok()
            }
            _ => false,
        }
    }
}
