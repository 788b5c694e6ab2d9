//! `verify`: a bundle and the trust file, no network.

use super::{CommandError, Exit};
use crate::bundle::{self, Vouchers, read_bundle, verify_bundle_with};
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
    let bytes = files::read(path, bundle::MAX_BYTES)?;
    let no_bundle = |source| CommandError::Bundle {
        path: path.to_owned(),
        source,
    };
    let bundle = read_bundle(&bytes).map_err(no_bundle)?;
    let mut report = verify_bundle_with(&bundle, &trust, vouchers).map_err(no_bundle)?;
    if let Some(log) = &log {
        report.judge_witnesses(&bundle, &log.key, &log.policy);
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
