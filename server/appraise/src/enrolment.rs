//! A host's enrolment: who it is and under what scope, read from the logged record.

use domicile_proto::codec::{self, CodecError, array};
use domicile_proto::devices;
use domicile_proto::sign::{OpenError, sha256};
use domicile_proto::token::Token;
use domicile_proto::types::{Digest, Key};
use domicile_proto::wire::{self, EkStanding};
use domicile_tpm::public::{AttestationKey, EndorsementKey, PublicError};

/// Largest encoded enrolment record, bytes.
pub const MAX_BYTES: usize = 64 * 1024;
const MAX_TOKEN: usize = 2048;

/// A checked enrolment record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Enrolment {
    /// The host's key.
    pub agent_key: Key,
    /// The scope it was enrolled under, signed by the vendor.
    pub token: Token,
    /// SHA-256 of a domain tag and the machine id.
    pub machine_id_hash: Digest,
    /// The leaf certificate that it was given then.
    pub certificate_hash: Digest,
    /// When, Unix time in ms by the collector's clock.
    pub enrolled_ms: u64,
    /// Its TPM; `None` when it offered none, and then no quote of it counts.
    pub tpm: Option<TpmKeys>,
    /// SHA-256 of the encoded record.
    pub hash: Digest,
}

/// A host's TPM as enrolled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TpmKeys {
    /// The key that signs its quotes.
    pub ak: AttestationKey,
    /// Who vouches for the TPM, as the collector found when it was enrolled.
    pub ek: EkStanding,
}

impl TpmKeys {
    /// Checks an enrolled TPM's keys.
    ///
    /// # Errors
    /// [`EnrolmentError`] when a key is not what it is offered as, or the standing is missing.
    pub fn read(tpm: &wire::TpmEnrolment) -> Result<Self, EnrolmentError> {
        let ak = AttestationKey::read(&tpm.ak_public)?;
        EndorsementKey::read(&tpm.ek_public)?;
        match EkStanding::try_from(tpm.ek) {
            Ok(ek) if ek != EkStanding::Unspecified => Ok(Self { ak, ek }),
            _ => Err(CodecError::field("tpm.ek", "not a standing of this protocol version").into()),
        }
    }
}

/// Why an enrolment record was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EnrolmentError {
    /// Not an enrolment record, or a field out of range.
    #[error("enrolment record: {0}")]
    Codec(#[from] CodecError),
    /// The token in it is not signed by the vendor, or not a token.
    #[error("enrolment record: its token: {0}")]
    Token(#[from] OpenError),
    /// A key in it is not one that a TPM attests with.
    #[error("enrolment record: its TPM: {0}")]
    Tpm(#[from] PublicError),
    /// Redeemed before or after the time that the token allows.
    #[error(
        "enrolled at {enrolled_ms} ms, but its token was valid from {not_before_ms} to {not_after_ms} ms"
    )]
    OutOfTime {
        /// When it was redeemed.
        enrolled_ms: u64,
        /// First valid time.
        not_before_ms: u64,
        /// Last valid time.
        not_after_ms: u64,
    },
}

impl Enrolment {
    /// Checks an encoded [`wire::EnrolmentRecord`] and the token in it.
    ///
    /// # Errors
    /// [`EnrolmentError`] when the record or its token is refused, or was redeemed out of time.
    pub fn open(bytes: &[u8], token_key: &Key) -> Result<Self, EnrolmentError> {
        let record: wire::EnrolmentRecord = codec::decode(bytes, MAX_BYTES)?;
        let signed: wire::Signed = codec::decode(&record.token, MAX_TOKEN)?;
        let token = Token::open(&signed, token_key)?;
        check_inventory(record.inventory.as_ref())?;
        if !(token.not_before_ms..=token.not_after_ms).contains(&record.enrolled_ms) {
            return Err(EnrolmentError::OutOfTime {
                enrolled_ms: record.enrolled_ms,
                not_before_ms: token.not_before_ms,
                not_after_ms: token.not_after_ms,
            });
        }
        Ok(Self {
            agent_key: Key::read("agent_key", &record.agent_key)?,
            token,
            machine_id_hash: array("machine_id_hash", &record.machine_id_hash).map(Digest)?,
            certificate_hash: array("certificate_hash", &record.certificate_hash).map(Digest)?,
            enrolled_ms: record.enrolled_ms,
            tpm: record.tpm.as_ref().map(TpmKeys::read).transpose()?,
            hash: sha256(bytes),
        })
    }
}

/// Checks the ranges of an inventory, which nobody signs.
pub(crate) fn check_inventory(inventory: Option<&wire::Inventory>) -> Result<(), CodecError> {
    inventory.map_or(Ok(()), devices::check_inventory)
}
