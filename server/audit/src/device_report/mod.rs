//! Device reports as files: read, held against their chains, compared as a board.
//!
//! A report is the bytes that a driver gives (`nvmlDeviceGetConfComputeGpuAttestationReport`), raw or
//! as hexadecimal text, with its chain in PEM; or the vendor SDK's evidence file, a JSON list of
//! devices. No collector takes part, no network; the time is an argument.

mod evidence;

pub use evidence::EvidenceError;

use domicile_spdm::MAX_REPORT_BYTES;
use domicile_spdm::board::{Board, Member};
use domicile_spdm::chain::{Chain, ChainError};
use domicile_spdm::pdi::Kind;
use domicile_spdm::pem::{self, PemError};
use domicile_spdm::reference::ReferenceValues;
use domicile_spdm::revocation::Revocations;
use domicile_spdm::roots::Roots;
use domicile_spdm::verify::{Expected, Verification, verify};

/// Largest file with a report, bytes: hexadecimal text with line breaks is longer than the report.
pub const MAX_REPORT_FILE: usize = 4 * MAX_REPORT_BYTES;

/// One report to be checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Submitted {
    /// Where it is from, for people.
    pub name: String,
    /// Its bytes.
    pub report: Vec<u8>,
    /// DER, leaf first.
    pub chain: Vec<Vec<u8>>,
    /// The nonce that it should have.
    pub nonce: Option<[u8; 32]>,
    /// The kind that it is said to be.
    pub kind: Option<Kind>,
}

/// What reports are held against.
#[derive(Debug, Clone)]
pub struct Basis {
    /// The pinned roots.
    pub roots: Roots,
    /// Revocation lists and answers, if any were given.
    pub revocations: Option<Revocations>,
    /// Digests that somebody vouches for, if any were given.
    pub reference: Option<ReferenceValues>,
    /// Unix time in ms at which chains must be valid, and against which lists are aged.
    pub at_ms: u64,
}

/// The results of several reports.
#[derive(Debug, Clone, PartialEq)]
pub struct Results {
    /// Each with its name, in the order given.
    pub reports: Vec<(String, Verification)>,
    /// What those that hold sign of each other.
    pub board: Board,
}

impl Results {
    /// Every report is authentic, and no check of any failed.
    pub fn hold(&self) -> bool {
        !self.reports.is_empty() && self.reports.iter().all(|(_, found)| found.holds())
    }
}

/// Holds every report against its chain, and compares what they sign of each other.
pub fn check(submitted: &[Submitted], basis: &Basis) -> Results {
    let reports: Vec<(String, Verification)> = submitted
        .iter()
        .map(|one| {
            let chain: Result<Chain, ChainError> = Chain::verify(&one.chain, &basis.roots);
            let expected = Expected {
                nonce: one.nonce,
                kind: one.kind,
                inventory: None,
                reference: basis.reference.as_ref(),
                revocations: basis.revocations.as_ref(),
                at_ms: basis.at_ms,
            };
            (
                one.name.clone(),
                verify(&one.report, Some(&chain), &expected),
            )
        })
        .collect();
    let members: Vec<Member> = reports
        .iter()
        .filter(|(_, found)| found.holds())
        .filter_map(|(_, found)| {
            Some(Member {
                device: found.device?,
                peers: found.stated.peers.clone(),
            })
        })
        .collect();
    Results {
        board: Board::of(&members),
        reports,
    }
}

/// A report's bytes from its file: hexadecimal text, or the bytes themselves.
pub fn report_bytes(file: &[u8]) -> Vec<u8> {
    let digits: Vec<u8> = file
        .iter()
        .copied()
        .filter(|byte| !byte.is_ascii_whitespace())
        .collect();
    match data_encoding::HEXLOWER_PERMISSIVE.decode(&digits) {
        Ok(bytes) if !bytes.is_empty() => bytes,
        _ => file.to_vec(),
    }
}

/// The nonce that somebody states: 64 hexadecimal digits.
///
/// # Errors
/// What is expected.
pub fn nonce(text: &str) -> Result<[u8; 32], String> {
    let bytes = data_encoding::HEXLOWER_PERMISSIVE.decode(text.trim().as_bytes());
    let bytes = bytes.ok().and_then(|bytes| bytes.try_into().ok());
    bytes.ok_or_else(|| "64 hexadecimal digits are expected".into())
}

/// One report with its chain, from two files.
///
/// # Errors
/// [`PemError`] when the chain is not PEM.
pub fn from_files(
    name: String,
    report: &[u8],
    chain: &[u8],
    nonce: Option<[u8; 32]>,
) -> Result<Submitted, PemError> {
    Ok(Submitted {
        name,
        report: report_bytes(report),
        chain: pem::certificates(chain)?,
        nonce,
        kind: None,
    })
}

pub use evidence::{MAX_BYTES as MAX_EVIDENCE_FILE, read as from_evidence};
