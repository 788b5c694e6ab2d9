//! The vendor SDK's evidence file: a JSON list with `arch`, `certificate` (PEM in base64), `evidence`
//! (the report in base64) and `nonce` (hexadecimal, or base64) for each device.

use super::Submitted;
use domicile_spdm::pdi::Kind;
use domicile_spdm::pem;
use serde::Deserialize;

/// Largest evidence file read, bytes. Eight GPUs have 100 KB.
pub const MAX_BYTES: usize = 4 * 1024 * 1024;

/// Most devices in one file.
const MAX_DEVICES: usize = 256;

/// A file is no evidence of the vendor's SDK.
#[derive(Debug, thiserror::Error)]
pub enum EvidenceError {
    /// Not JSON of this form.
    #[error("not a JSON list of device evidence: {0}")]
    Json(#[from] serde_json::Error),
    /// None, or too many.
    #[error("{0} devices, where 1 to {MAX_DEVICES} are allowed")]
    Count(usize),
    /// A field of one device.
    #[error("device {number}: `{field}` {problem}")]
    Field {
        /// From 1.
        number: usize,
        /// Which.
        field: &'static str,
        /// What is wrong with it.
        problem: &'static str,
    },
}

/// One device. Other fields (versions that the SDK states) are unsigned and left alone.
#[derive(Deserialize)]
struct Entry {
    arch: String,
    certificate: String,
    evidence: String,
    nonce: String,
}

/// Reads the devices of a file. `nonce` replaces the one that the file states.
///
/// # Errors
/// [`EvidenceError`] when it is not such a file.
pub fn read(
    name: &str,
    json: &[u8],
    nonce: Option<[u8; 32]>,
) -> Result<Vec<Submitted>, EvidenceError> {
    let entries: Vec<Entry> = serde_json::from_slice(json)?;
    if entries.is_empty() || entries.len() > MAX_DEVICES {
        return Err(EvidenceError::Count(entries.len()));
    }
    entries
        .iter()
        .enumerate()
        .map(|(place, entry)| submitted(name, place + 1, entry, nonce))
        .collect()
}

fn submitted(
    name: &str,
    number: usize,
    entry: &Entry,
    given: Option<[u8; 32]>,
) -> Result<Submitted, EvidenceError> {
    let wrong = |field, problem| EvidenceError::Field {
        number,
        field,
        problem,
    };
    let base64 = |field, text: &str| {
        let decoded = data_encoding::BASE64.decode(text.trim().as_bytes());
        decoded.map_err(|_| wrong(field, "is not base64"))
    };
    let stated = match super::nonce(&entry.nonce) {
        Ok(nonce) => nonce,
        Err(_) => base64("nonce", &entry.nonce)?
            .try_into()
            .map_err(|_| wrong("nonce", "has not 32 bytes"))?,
    };
    let chain = pem::certificates(&base64("certificate", &entry.certificate)?)
        .map_err(|_| wrong("certificate", "is not PEM in base64"))?;
    Ok(Submitted {
        name: format!("{name}, device {number}"),
        report: base64("evidence", &entry.evidence)?,
        chain,
        nonce: Some(given.unwrap_or(stated)),
        kind: kind(&entry.arch),
    })
}

/// The SDK's names of chips.
fn kind(arch: &str) -> Option<Kind> {
    match arch {
        "HOPPER" | "BLACKWELL" => Some(Kind::Gpu),
        "LS10" => Some(Kind::Switch),
        _ => None,
    }
}
