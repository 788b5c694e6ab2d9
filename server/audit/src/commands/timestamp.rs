//! `timestamp verify`: when did a checkpoint exist, by an authority that is not the collector?

use super::{CommandError, Exit};
use crate::cli::result::TimestampCommand;
use crate::output::{Format, Listing, STAMPS};
use data_encoding::HEXLOWER;
use domicile_certs::files;
use domicile_proto::sign::sha256;
use domicile_timestamp::{MAX_TOKEN, Stamp, verify};
use jiff::Timestamp;
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject as _;
use serde_json::json;
use std::io::{self, Write};
use std::path::Path;

/// Largest checkpoint or file of roots, bytes.
const MAX_FILE: usize = 1024 * 1024;

pub(super) fn run(
    command: &TimestampCommand,
    format: Format,
    out: &mut impl Write,
) -> Result<Exit, CommandError> {
    let TimestampCommand::Verify {
        token,
        checkpoint,
        root,
    } = command;
    let refused = |path: &Path, problem: String| CommandError::Attested {
        path: path.to_owned(),
        problem,
    };
    let roots = files::read(root, MAX_FILE)?;
    let roots = CertificateDer::pem_slice_iter(&roots).collect::<Result<Vec<_>, _>>();
    let roots = roots.map_err(|error| refused(root, error.to_string()))?;
    let bytes = files::read(checkpoint, MAX_FILE)?;
    let read = files::read(token, MAX_TOKEN)?;
    let stamp =
        verify(&read, &bytes, None, &roots).map_err(|error| refused(token, error.to_string()))?;
    show(&stamp, &bytes, format, out)?;
    Ok(Exit::Ok)
}

fn show(stamp: &Stamp, checkpoint: &[u8], format: Format, out: &mut impl Write) -> io::Result<()> {
    let time = i64::try_from(stamp.time_ms).ok();
    let time = time.and_then(|ms| Timestamp::from_millisecond(ms).ok());
    let time = time.map(|time| time.to_string()).unwrap_or_default();
    if format == Format::Table {
        let within = match stamp.accuracy_ms {
            Some(ms) => format!(" within {ms} ms"),
            None => String::new(),
        };
        return writeln!(
            out,
            "VERIFIED: these bytes existed at {time}{within}, by the authority's clock\n\
             not shown: that the certificate was not revoked; whose checkpoint it is (see `verify`)"
        );
    }
    let row = json!({
        "time": time,
        "accuracy_ms": stamp.accuracy_ms,
        "certificate": HEXLOWER.encode(&stamp.certificate),
        "checkpoint": sha256(checkpoint).to_string(),
        "state": "verified",
    });
    if format == Format::Json {
        serde_json::to_writer_pretty(&mut *out, &row)?;
        return writeln!(out);
    }
    let mut listing = Listing::new(&mut *out, format, STAMPS);
    listing.rows(vec![row])?;
    listing.end(None)
}
