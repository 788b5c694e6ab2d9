//! From a verdict to claims: no judgement of its own, only other words for the same.
//!
//! Pure: the same verdict, nonce and territories give the same claims, so an auditor who has computed
//! a verdict again can compute its attestation result too.

mod device;
mod host;

use crate::profile::{self, DEVELOPER, EAR_PROFILE, label};
use crate::schema::{Claim, ClaimError, Map, Value};
use domicile_geo::Territories;
use domicile_proto::wire::Verdict;
use std::collections::BTreeMap;

/// What an attestation result is made from.
#[derive(Debug, Clone, Copy)]
pub struct Subject<'a> {
    /// The verdict.
    pub verdict: &'a Verdict,
    /// The nonce of the evidence that it judges.
    pub session_nonce: &'a [u8],
    /// The territory data that it was made with.
    pub territories: &'a Territories,
    /// The nonce that the relying party asks with, 8 to 64 bytes, if it wants to see the result signed
    /// after that.
    pub asked_with: Option<&'a [u8]>,
}

/// Why a verdict has no attestation result.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IssueError {
    /// A field that this profile cannot say.
    #[error(transparent)]
    Claim(#[from] ClaimError),
    /// The verdict was made with other territory data than those at hand.
    #[error("the verdict was made with other territory data than this program's ({0})")]
    Territories(String),
    /// The verdict names a value that this program does not know.
    #[error("field `{0}` has a value that this program does not know")]
    Unknown(&'static str),
}

/// The claims set of a verdict.
///
/// # Errors
/// [`IssueError`] for a verdict that this program's rules and data cannot have made.
pub(crate) fn claims(subject: &Subject<'_>) -> Result<Map, IssueError> {
    let Subject {
        verdict,
        territories,
        ..
    } = *subject;
    if verdict.territories_hash != territories.hash() {
        return Err(IssueError::Territories(territories.version().to_owned()));
    }
    let mut submodules = BTreeMap::new();
    submodules.insert(profile::HOST.to_owned(), host::appraisal(subject)?);
    if let Some(tpm) = &verdict.tpm {
        submodules.insert(profile::TPM.to_owned(), device::tpm(tpm)?);
    }
    for (place, result) in verdict.devices.iter().enumerate() {
        submodules.insert(device::name(place, result), device::appraisal(result)?);
    }
    let verifier = Builder::new(&profile::VERIFIER_ID)
        .text(0, DEVELOPER)?
        .text(1, &verdict.code_version)?
        .complete()?;
    let nonce = subject.asked_with.map(|nonce| Value::Bytes(nonce.to_vec()));
    let token = Builder::new(&profile::TOKEN)
        .number(label::EXP, verdict.expires_ms / 1000)?
        .number(label::IAT, verdict.judged_ms / 1000)?
        .maybe(label::NONCE, nonce)?
        .text(label::PROFILE, EAR_PROFILE)?
        .value(label::SUBMODS, Value::Submodules(submodules))?
        .map(label::VERIFIER_ID, verifier)?
        .complete()?;
    Ok(token)
}

/// Fills a [`Map`], claim by claim.
struct Builder(Map);

impl Builder {
    fn new(table: &'static [Claim]) -> Self {
        Self(Map::new(table))
    }

    fn value(mut self, label: i64, value: Value) -> Result<Self, ClaimError> {
        self.0.set(label, value)?;
        Ok(self)
    }

    fn maybe(self, label: i64, value: Option<Value>) -> Result<Self, ClaimError> {
        match value {
            Some(value) => self.value(label, value),
            None => Ok(self),
        }
    }

    fn text(self, label: i64, text: &str) -> Result<Self, ClaimError> {
        self.value(label, Value::Text(text.to_owned()))
    }

    fn texts<'a>(
        self,
        label: i64,
        texts: impl IntoIterator<Item = &'a str>,
    ) -> Result<Self, ClaimError> {
        let texts = texts.into_iter().map(|text| Value::Text(text.to_owned()));
        self.value(label, Value::List(texts.collect()))
    }

    fn number(self, label: i64, number: u64) -> Result<Self, ClaimError> {
        self.value(label, Value::Number(number))
    }

    fn bytes(self, label: i64, bytes: &[u8]) -> Result<Self, ClaimError> {
        self.value(label, Value::Bytes(bytes.to_vec()))
    }

    /// Bytes that the verdict leaves empty when it has none.
    fn bytes_if_any(self, label: i64, bytes: &[u8]) -> Result<Self, ClaimError> {
        match bytes {
            [] => Ok(self),
            bytes => self.bytes(label, bytes),
        }
    }

    fn many_bytes(self, label: i64, many: &[Vec<u8>]) -> Result<Self, ClaimError> {
        let many = many.iter().map(|one| Value::Bytes(one.clone()));
        self.value(label, Value::List(many.collect()))
    }

    fn map(self, label: i64, map: Map) -> Result<Self, ClaimError> {
        self.value(label, Value::Map(map))
    }

    fn complete(self) -> Result<Map, ClaimError> {
        self.0.complete()
    }
}
