//! `verify`: a bundle and the trust file, no network.

use super::{CommandError, Exit};
use crate::bundle::{self, BundleReport, Check, Vouchers, read_bundle, verify_bundle_with};
use crate::log::LogFile;
use crate::output::{self, Format};
use domicile_certs::{Trust, files};
use domicile_proto::codec;
use domicile_proto::frame::MAX_TO_COLLECTOR;
use domicile_proto::types::Digest;
use domicile_proto::wire;
use serde_json::Value;
use std::io::{self, Write};
use std::path::Path;

/// Reads a bundle's file and runs every check.
fn open(
    path: &Path,
    trust: &Trust,
    vouchers: &Vouchers,
) -> Result<(wire::Bundle, BundleReport), CommandError> {
    let bytes = files::read(path, bundle::MAX_BYTES)?;
    let no_bundle = |source| CommandError::Bundle {
        path: path.to_owned(),
        source,
    };
    let bundle = read_bundle(&bytes).map_err(no_bundle)?;
    let report = verify_bundle_with(&bundle, trust, vouchers).map_err(no_bundle)?;
    Ok((bundle, report))
}

/// A bundle of which every check passed: from any other nothing follows.
pub(super) fn verified(
    path: &Path,
    trust: &Trust,
    vouchers: &Vouchers,
) -> Result<(wire::Bundle, BundleReport), CommandError> {
    let (bundle, report) = open(path, trust, vouchers)?;
    if report.is_verified() {
        return Ok((bundle, report));
    }
    Err(unverified(path, &report))
}

/// Which check of a bundle failed.
pub(super) fn unverified(path: &Path, report: &BundleReport) -> CommandError {
    let (check, why) = report.failure().unwrap_or((Check::Replay, "not reached"));
    CommandError::Unverified {
        path: path.to_owned(),
        check: check.name(),
        why: why.to_owned(),
    }
}

/// Verifies a bundle's file and writes the report.
pub(super) fn verify(
    path: &Path,
    trust: &Path,
    vouchers: &Vouchers,
    log: Option<&Path>,
    format: Format,
    out: &mut impl Write,
) -> Result<Exit, CommandError> {
    let trust = Trust::load(trust)?;
    let log = log.map(LogFile::load).transpose()?;
    let (bundle, mut report) = open(path, &trust, vouchers)?;
    if let Some(log) = &log {
        report.judge_witnesses(&bundle, &log.keys, &log.policy);
    }
    match format {
        Format::Table => writeln!(out, "{}", output::report(&report))?,
        Format::Json => {
            serde_json::to_writer_pretty(&mut *out, &output::report_json(&report))
                .map_err(io::Error::from)?;
            writeln!(out)?;
        }
        Format::Ndjson | Format::Csv => {
            let Value::Array(checks) = output::report_json(&report)["checks"].take() else {
                return Ok(Exit::Invalid);
            };
            let mut listing = output::Listing::new(&mut *out, format, output::CHECKS);
            listing.rows(checks)?;
            listing.end(None)?;
        }
    }
    Ok(match (report.is_verified(), &report.witnessed) {
        (false, _) => Exit::Invalid,
        (true, Some(witnessed)) if !witnessed.is_enough() => Exit::Unwitnessed,
        (true, _) => Exit::Ok,
    })
}

/// The evidence that a bundle's verdict says it is about. Nothing is checked.
pub(super) fn evidence_hash(bundle: &wire::Bundle) -> Option<Digest> {
    let entry = bundle.verdict.as_ref()?;
    let signed: wire::Signed = codec::decode(&entry.payload, MAX_TO_COLLECTOR).ok()?;
    let verdict: wire::Verdict = codec::decode(&signed.payload, MAX_TO_COLLECTOR).ok()?;
    Digest::read("evidence_hash", &verdict.evidence_hash).ok()
}
