//! Attestation results: a verdict as other programs read it.
//!
//! The verdict itself is Domicile's own structure, replayed from evidence to the byte. This crate says
//! the same in the words of RATS: an EAT (RFC 9711) with the claims of an EAR (draft-ietf-rats-ear-04),
//! trust tiers of AR4SI, one submodule for the host, one for its TPM, one for each device; signed as
//! COSE_Sign1 (RFC 9052) over deterministic CBOR, and as a JWS (RFC 7515) for the web, by the collector's
//! key. `PROFILE.md` in this folder lists every claim.
//!
//! It judges nothing: [`AttestationResult::of`] is a pure function of the verdict, so that an auditor
//! who has computed the verdict again has its attestation result too, to the byte. It reads no clock:
//! whether a result has expired is for whoever relies on it; from then on it says nothing.
//!
//! Readers are strict: bounded, only the claims of the tables in [`profile`], only the encoding that
//! this crate itself writes.
//!
//! [`receipt`] is the other thing that leaves a collector as COSE: that a record is in its log.
//!
//! Start reading at [`AttestationResult`], then [`profile`] (the claims), `issue/host.rs` (what becomes
//! of a verdict's value) and `cose.rs` (what is signed).

pub mod ar4si;
mod cbor;
mod cose;
mod issue;
mod json;
mod jws;
mod lines;
#[rustfmt::skip] // tables: one line is one claim
pub mod profile;
pub mod receipt;
pub mod schema;

pub use cbor::CborError;
pub use cose::EnvelopeError;
pub use issue::{IssueError, Subject};
pub use json::JsonError;
pub use jws::JwsError;

use ar4si::Tier;
use domicile_proto::sign::SigningKey;
use domicile_proto::types::Key;
use profile::label;
use schema::{ClaimError, Map, Value};

/// Largest attestation result in either form, bytes.
pub const MAX_BYTES: usize = 256 * 1024;

/// Media type of the COSE form (RFC 9782).
pub const COSE_TYPE: &str = "application/eat+cwt";

/// `typ` of the JWS form (RFC 9782), without `application/` as RFC 7515 recommends.
pub const JWS_TYPE: &str = "eat+jwt";

/// The claims of one attestation result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttestationResult {
    claims: Map,
}

/// Why bytes are no attestation result.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// As COSE_Sign1.
    #[error("not an attestation result: {0}")]
    Cose(#[from] EnvelopeError),
    /// As JWS.
    #[error("not an attestation result: {0}")]
    Jws(#[from] JwsError),
    /// Its claims contradict each other.
    #[error("not an attestation result: {0}")]
    Claim(#[from] ClaimError),
}

/// Which of the two forms an attestation result has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// COSE_Sign1 over CBOR.
    Cose,
    /// JWS over JSON.
    Jws,
}

impl AttestationResult {
    /// The attestation result of a verdict.
    ///
    /// # Errors
    /// [`IssueError`] for a verdict that this program's rules and data cannot have made.
    pub fn of(subject: &Subject<'_>) -> Result<Self, IssueError> {
        issue::claims(subject).map(|claims| Self { claims })
    }

    /// Signs it as COSE_Sign1.
    pub fn to_cose(&self, key: &SigningKey) -> Vec<u8> {
        cose::sign(cbor::encode(&self.claims), COSE_TYPE, key)
    }

    /// Signs it as JWS in compact form.
    pub fn to_jws(&self, key: &SigningKey) -> String {
        jws::sign(&self.claims, JWS_TYPE, key)
    }

    /// Reads either form; the signature must be by one of `keys`. Gives the result, its signer and its
    /// form.
    ///
    /// # Errors
    /// [`ReadError`] when it is malformed, in other bytes than [`Self::to_cose`] and [`Self::to_jws`]
    /// write, or not signed by one of these keys.
    pub fn read(bytes: &[u8], keys: &[Key]) -> Result<(Self, Key, Form), ReadError> {
        let (claims, signer, form) = if cose::is_tagged(bytes) {
            let (payload, signer) = cose::open(bytes, COSE_TYPE, keys)?;
            (cose::claims(&payload, &profile::TOKEN)?, signer, Form::Cose)
        } else {
            let (claims, signer) = jws::open(bytes, JWS_TYPE, keys, &profile::TOKEN)?;
            (claims, signer, Form::Jws)
        };
        let result = Self { claims };
        result.check()?;
        Ok((result, signer, form))
    }

    /// Reads a claims set without an envelope, CBOR or JSON (RFC 9781): for tools that have checked its
    /// signature in another way. Nothing vouches for it.
    ///
    /// # Errors
    /// As [`Self::read`], signatures apart.
    pub fn read_claims(bytes: &[u8]) -> Result<Self, ReadError> {
        if bytes.len() > MAX_BYTES {
            return Err(EnvelopeError::TooLong(bytes.len()).into());
        }
        let claims = match bytes.first() {
            Some(b'{') => json::decode(bytes, &profile::TOKEN).map_err(JwsError::Content)?,
            _ => cose::claims(bytes, &profile::TOKEN)?,
        };
        let result = Self { claims };
        result.check()?;
        Ok(result)
    }

    /// What the tables cannot say: there is a host, and no tier is better than its vector.
    fn check(&self) -> Result<(), ClaimError> {
        if self.submodule(profile::HOST).is_none() {
            return Err(ClaimError::new("submods", "`host` is missing"));
        }
        for (name, appraisal) in self.submodules() {
            let values = appraisal.map(label::VECTOR);
            let worst = values
                .into_iter()
                .flat_map(Map::iter)
                .filter_map(|(_, value)| match value {
                    Value::Trust(value) => Some(Tier::of_claim(*value)),
                    _ => None,
                })
                .max()
                .unwrap_or(Tier::None);
            if worst >= Tier::Warning && status(appraisal) < worst {
                return Err(ClaimError::new(name, "its tier is better than its vector"));
            }
        }
        Ok(())
    }

    /// The claims set.
    pub fn claims(&self) -> &Map {
        &self.claims
    }

    /// The submodules with their names.
    pub fn submodules(&self) -> impl Iterator<Item = (&str, &Map)> {
        let submodules = match self.claims.get(label::SUBMODS) {
            Some(Value::Submodules(submodules)) => Some(submodules),
            _ => None,
        };
        let all = submodules.into_iter().flatten();
        all.map(|(name, appraisal)| (name.as_str(), appraisal))
    }

    /// One submodule.
    pub fn submodule(&self, name: &str) -> Option<&Map> {
        self.submodules()
            .find(|(one, _)| *one == name)
            .map(|(_, appraisal)| appraisal)
    }

    /// The host's tier at a time, Unix seconds: none once it has expired.
    pub fn status_at(&self, unix_s: u64) -> Tier {
        match self.submodule(profile::HOST) {
            Some(host) if !self.has_expired(unix_s) => status(host),
            _ => Tier::None,
        }
    }

    /// Whether it says nothing any more at a time, Unix seconds.
    pub fn has_expired(&self, unix_s: u64) -> bool {
        unix_s >= self.claims.number(label::EXP).unwrap_or(0)
    }

    /// The nonce that a relying party asked with.
    pub fn asked_with(&self) -> Option<&[u8]> {
        self.claims.bytes(label::NONCE)
    }

    /// Every claim with its path of JSON names and its value as text, in the order of the tables.
    pub fn lines(&self) -> Vec<(String, String)> {
        lines::of(&self.claims)
    }

    /// The claims as indented JSON.
    pub fn to_json(&self) -> String {
        json::pretty(&self.claims)
    }
}

/// The tier of an appraisal.
pub fn status(appraisal: &Map) -> Tier {
    match appraisal.get(label::STATUS) {
        Some(Value::Tier(tier)) => *tier,
        _ => Tier::None,
    }
}
