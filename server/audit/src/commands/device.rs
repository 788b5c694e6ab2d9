//! `device-report verify`: what devices signed, offline.

use super::{CommandError, Exit};
use crate::bundle::Vouchers;
use crate::cli::VouchersArgs;
use crate::cli::device_report::DeviceReportArgs;
use crate::device_report::{
    Basis, MAX_EVIDENCE_FILE, MAX_REPORT_FILE, Submitted, check, from_evidence, from_files,
};
use crate::output::{self, Format};
use domicile_certs::files;
use domicile_spdm::pem;
use domicile_spdm::reference::{self, ReferenceValues};
use domicile_spdm::revocation::{self, Revocations};
use domicile_spdm::roots::Roots;
use domicile_tpm::endorsement::{self, Makers};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Verifies the reports that the arguments name and writes the results. `now_ms` is Unix time.
pub(super) fn verify(
    args: &DeviceReportArgs,
    format: Format,
    now_ms: u64,
    out: &mut impl Write,
) -> Result<Exit, CommandError> {
    let results = check(&submitted(args)?, &basis(args, now_ms)?);
    match format {
        Format::Table => writeln!(out, "{}", output::device_reports(&results))?,
        Format::Json => {
            serde_json::to_writer_pretty(&mut *out, &output::device_reports_json(&results))
                .map_err(io::Error::from)?;
            writeln!(out)?;
        }
        Format::Ndjson | Format::Csv => {
            return Err(CommandError::Device(
                "results are written as `table` or `json`".into(),
            ));
        }
    }
    Ok(match results.hold() {
        true => Exit::Ok,
        false => Exit::Invalid,
    })
}

fn submitted(args: &DeviceReportArgs) -> Result<Vec<Submitted>, CommandError> {
    let mut all = Vec::new();
    if let (Some(report), Some(chain)) = (&args.report, &args.chain) {
        let name = report.display().to_string();
        let bytes = files::read(report, MAX_REPORT_FILE)?;
        let pem = files::read(chain, pem::MAX_BYTES)?;
        let one = from_files(name, &bytes, &pem, args.nonce);
        all.push(one.map_err(|error| in_file(chain, &error))?);
    }
    for path in &args.evidence {
        let json = files::read(path, MAX_EVIDENCE_FILE)?;
        let name = path.display().to_string();
        let devices = from_evidence(&name, &json, args.nonce);
        all.extend(devices.map_err(|error| in_file(path, &error))?);
    }
    Ok(all)
}

fn basis(args: &DeviceReportArgs, now_ms: u64) -> Result<Basis, CommandError> {
    let roots = roots(args.root.as_deref())?;
    let mut revocations = (!args.crl.is_empty()).then(|| Revocations::new(roots.clone()));
    for path in &args.crl {
        let bytes = files::read(path, revocation::MAX_BYTES)?;
        if let Some(lists) = &mut revocations {
            lists.add(&bytes).map_err(|error| in_file(path, &error))?;
        }
    }
    let reference = match &args.reference_values {
        None => None,
        Some(path) => {
            let bytes = files::read(path, reference::MAX_BYTES)?;
            let text = String::from_utf8(bytes).map_err(|error| in_file(path, &error))?;
            Some(ReferenceValues::parse(&text).map_err(|error| in_file(path, &error))?)
        }
    };
    Ok(Basis {
        roots,
        revocations,
        reference,
        at_ms: match args.at {
            Some(at) => u64::try_from(at.as_millisecond()).unwrap_or(0),
            None => now_ms,
        },
    })
}

/// The roots in a file, or the vendor's own.
fn roots(path: Option<&Path>) -> Result<Roots, CommandError> {
    let Some(path) = path else {
        return Ok(Roots::vendor());
    };
    let pem = files::read(path, pem::MAX_BYTES)?;
    Roots::from_pem(&pem).map_err(|error| in_file(path, &error))
}

/// Whom the arguments name, to be believed about devices.
pub(super) fn vouchers(args: &VouchersArgs) -> Result<Vouchers, CommandError> {
    Ok(Vouchers {
        devices: roots(args.device_roots.as_deref())?,
        tpms: tpm_makers(&args.tpm_roots)?,
    })
}

/// The makers of TPMs in these files; `None` without one.
fn tpm_makers(paths: &[PathBuf]) -> Result<Option<Makers>, CommandError> {
    let mut certificates = Vec::new();
    for path in paths {
        let bytes = files::read(path, pem::MAX_BYTES)?;
        let read = endorsement::certificates(&bytes);
        let read = read.and_then(|read| Makers::new(read.clone()).map(|_| read));
        certificates.extend(read.map_err(|error| in_file(path, &error))?);
    }
    let makers = Makers::new(certificates);
    let makers = makers.map_err(|error| CommandError::Device(error.to_string()))?;
    Ok((!paths.is_empty()).then_some(makers))
}

fn in_file(path: &Path, error: &dyn std::error::Error) -> CommandError {
    CommandError::Device(format!("{}: {error}", path.display()))
}
