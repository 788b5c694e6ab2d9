//! `result` and `cose-receipt`: what a collector says in the words of RATS and COSE, verified offline.

use super::{CommandError, Exit, connect, device, offline};
use crate::bundle::{self, BundleReport};
use crate::cli::result::{CoseReceiptCommand, FetchArgs, ResultCommand, ResultForm};
use crate::cli::{Cli, VouchersArgs};
use crate::client::query;
use crate::output::{CLAIMS, COSE_RECEIPTS, DIFFERENCES, Format, Listing, plain};
use domicile_certs::{Trust, files};
use domicile_geo::Territories;
use domicile_proto::directory::{self, Collector, Directory};
use domicile_proto::types::Key;
use domicile_proto::wire::Bundle;
use domicile_result::{AttestationResult, Form, MAX_BYTES, Subject, receipt};
use jiff::Timestamp;
use serde_json::json;
use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::Path;

/// Runs a command about attestation results.
pub(super) async fn run(
    command: &ResultCommand,
    cli: &Cli,
    out: &mut impl Write,
) -> Result<Exit, CommandError> {
    match command {
        ResultCommand::Fetch(args) => fetch(args, cli, out).await,
        ResultCommand::Verify(args) => {
            let keys = match args.key.as_slice() {
                [] => directory_keys(cli)?,
                keys => keys.to_vec(),
            };
            let read = read(&args.result, &keys)?;
            let at = args.at.unwrap_or_else(Timestamp::now);
            show(
                &read,
                u64::try_from(at.as_second()).unwrap_or(0),
                cli.format,
                out,
            )?;
            Ok(Exit::Ok)
        }
        ResultCommand::Check {
            result,
            bundle,
            vouchers,
        } => {
            let verified = Verified::open(bundle, cli, vouchers)?;
            check(result, bundle, &verified, cli.format, out)
        }
    }
}

async fn fetch(args: &FetchArgs, cli: &Cli, out: &mut impl Write) -> Result<Exit, CommandError> {
    let form = match args.form {
        ResultForm::Cose => "cose",
        ResultForm::Jws => "jws",
    };
    let wish = query(&[("form", Some(form.into())), ("nonce", args.nonce.clone())]);
    let path = format!("/v1/attestations/{}/result{wish}", args.id);
    save(cli, &path, MAX_BYTES, &args.out, out).await
}

async fn save(
    cli: &Cli,
    path: &str,
    limit: usize,
    file: &Path,
    out: &mut impl Write,
) -> Result<Exit, CommandError> {
    if file.exists() {
        return Err(files::FileError::Exists(file.to_owned()).into());
    }
    let bytes = connect(cli).await?.get(path, limit).await?;
    files::create_new(file, &bytes, files::PUBLIC)?;
    writeln!(out, "{} bytes written to {}", bytes.len(), file.display())?;
    Ok(Exit::Ok)
}

/// The keys of the collectors in the vendor's directory.
fn directory_keys(cli: &Cli) -> Result<Vec<Key>, CommandError> {
    let trust = Trust::load(&cli.server.trust_file()?)?;
    let path = cli.server.directory_file()?;
    let bytes = files::read(&path, directory::MAX_BYTES)?;
    let directory =
        Directory::open(&bytes, &trust.directory_key).map_err(|error| CommandError::Attested {
            path,
            problem: error.to_string(),
        })?;
    Ok(directory.collectors.iter().map(|one| one.key).collect())
}

/// An attestation result whose signature holds.
struct Read {
    result: AttestationResult,
    signer: Key,
    form: Form,
}

fn read(path: &Path, keys: &[Key]) -> Result<Read, CommandError> {
    let bytes = files::read(path, MAX_BYTES)?;
    // A text file may end with a line feed.
    let bytes = match bytes.strip_suffix(b"\n") {
        Some(line) if line.starts_with(b"eyJ") => line,
        _ => &bytes,
    };
    let (result, signer, form) =
        AttestationResult::read(bytes, keys).map_err(|error| refused(path, &error))?;
    Ok(Read {
        result,
        signer,
        form,
    })
}

fn refused(path: &Path, error: &dyn std::error::Error) -> CommandError {
    CommandError::Attested {
        path: path.to_owned(),
        problem: error.to_string(),
    }
}

fn show(read: &Read, at_s: u64, format: Format, out: &mut impl Write) -> io::Result<()> {
    let tier = read.result.status_at(at_s);
    let rows = || {
        let lines = read.result.lines().into_iter();
        lines.map(|(claim, value)| json!({ "claim": claim, "value": value }))
    };
    match format {
        Format::Table => {
            let form = match read.form {
                Form::Cose => "COSE_Sign1",
                Form::Jws => "JWS",
            };
            writeln!(out, "VERIFIED: {form}, signed by key {}", read.signer)?;
            let expired = match read.result.has_expired(at_s) {
                true => " (it has expired: nothing is said any more)",
                false => "",
            };
            writeln!(out, "the host's tier: {}{expired}\n", tier.name())?;
            for (claim, value) in read.result.lines() {
                writeln!(out, "{claim}: {}", plain(&value))?;
            }
            Ok(())
        }
        Format::Json => {
            let claims: BTreeMap<String, String> = read.result.lines().into_iter().collect();
            let document = json!({
                "signer": read.signer.to_string(),
                "tier": tier.name(),
                "expired": read.result.has_expired(at_s),
                "claims": claims,
            });
            serde_json::to_writer_pretty(&mut *out, &document)?;
            writeln!(out)
        }
        Format::Ndjson | Format::Csv => {
            let mut listing = Listing::new(&mut *out, format, CLAIMS);
            listing.rows(rows().collect())?;
            listing.end(None)
        }
    }
}

/// A bundle whose every check passed, with the collectors whose log it is from.
struct Verified {
    bundle: Bundle,
    report: BundleReport,
    collectors: Vec<Collector>,
}

impl Verified {
    fn open(path: &Path, cli: &Cli, vouchers: &VouchersArgs) -> Result<Self, CommandError> {
        let trust = Trust::load(&cli.server.trust_file()?)?;
        let (bundle, report) = offline::verified(path, &trust, &device::vouchers(vouchers)?)?;
        let log_key = bundle.head.as_ref().map(|head| head.log_key.clone());
        let directories = bundle.directories.iter();
        let opened =
            directories.filter_map(|one| Directory::open(&one.payload, &trust.directory_key).ok());
        let collectors = opened
            .flat_map(|directory| directory.collectors)
            .filter(|one| {
                Some(one.log_key.to_vec()) == log_key && one.log_origin == bundle.log_origin
            })
            .collect();
        Ok(Self {
            bundle,
            report,
            collectors,
        })
    }
}

/// Computes the attestation result of the bundle's verdict, and compares.
fn check(
    file: &Path,
    bundle: &Path,
    verified: &Verified,
    format: Format,
    out: &mut impl Write,
) -> Result<Exit, CommandError> {
    let keys: Vec<Key> = verified.collectors.iter().map(|one| one.key).collect();
    let read = read(file, &keys)?;
    let (Some(verdict), Some(appraised)) = (&verified.report.verdict, &verified.report.appraised)
    else {
        return Err(CommandError::Answer("the bundle has no verdict".into()));
    };
    let again = AttestationResult::of(&Subject {
        verdict,
        session_nonce: appraised.report.nonce.as_bytes(),
        territories: Territories::builtin(),
        asked_with: read.result.asked_with(),
    });
    let again = again.map_err(|error| refused(bundle, &error))?;
    let differences = differences(&read.result, &again);
    let agrees = read.result == again;
    match format {
        Format::Table if agrees => writeln!(
            out,
            "AGREES: the result, signed by key {}, is that of the verdict which follows from the bundle",
            read.signer
        )?,
        Format::Table | Format::Json | Format::Ndjson | Format::Csv => {
            if format == Format::Table {
                writeln!(
                    out,
                    "DOES NOT AGREE with the verdict which follows from the bundle:"
                )?;
            }
            let mut listing = Listing::new(&mut *out, format, DIFFERENCES);
            listing.rows(differences)?;
            listing.end(None)?;
        }
    }
    Ok(if agrees { Exit::Ok } else { Exit::Invalid })
}

fn differences(one: &AttestationResult, other: &AttestationResult) -> Vec<serde_json::Value> {
    let one: BTreeMap<String, String> = one.lines().into_iter().collect();
    let other: BTreeMap<String, String> = other.lines().into_iter().collect();
    let mut claims: Vec<&String> = one.keys().chain(other.keys()).collect();
    claims.sort_unstable();
    claims.dedup();
    let differs = claims
        .into_iter()
        .filter(|claim| one.get(*claim) != other.get(*claim));
    differs
        .map(
            |claim| json!({ "claim": claim, "result": one.get(claim), "bundle": other.get(claim) }),
        )
        .collect()
}

/// Runs a command about COSE receipts.
pub(super) async fn receipt(
    command: &CoseReceiptCommand,
    cli: &Cli,
    out: &mut impl Write,
) -> Result<Exit, CommandError> {
    match command {
        CoseReceiptCommand::Fetch { id, out: file } => {
            let path = format!("/v1/attestations/{id}/cose-receipt");
            save(cli, &path, receipt::MAX_RECEIPT, file, out).await
        }
        CoseReceiptCommand::Verify {
            receipt,
            bundle,
            vouchers,
        } => {
            let verified = Verified::open(bundle, cli, vouchers)?;
            verify_receipt(receipt, &verified, cli.format, out)
        }
    }
}

fn verify_receipt(
    file: &Path,
    verified: &Verified,
    format: Format,
    out: &mut impl Write,
) -> Result<Exit, CommandError> {
    let bytes = files::read(file, receipt::MAX_RECEIPT)?;
    let index = receipt::parse(&bytes)
        .map_err(|error| refused(file, &error))?
        .proof
        .index;
    let leaf =
        bundle::leaf_hash(&verified.bundle, index).ok_or_else(|| CommandError::Attested {
            path: file.to_owned(),
            problem: format!("it is of record {index}, which is not in the bundle"),
        })?;
    let keys: Vec<Key> = verified.collectors.iter().map(|one| one.log_key).collect();
    let read = receipt::verify(&bytes, &leaf, &keys).map_err(|error| refused(file, &error))?;
    if read.origin != verified.bundle.log_origin {
        return Err(CommandError::Attested {
            path: file.to_owned(),
            problem: format!("it is of log {:?}", plain(&read.origin)),
        });
    }
    if format == Format::Table {
        writeln!(
            out,
            "VERIFIED: record {index} is in the first {} records of {}, by log key {}",
            read.proof.size,
            plain(&read.origin),
            read.log_key
        )?;
        return Ok(Exit::Ok);
    }
    let row = json!({
        "log": read.origin,
        "log_key": read.log_key.to_string(),
        "index": index,
        "size": read.proof.size,
        "state": "verified",
    });
    if format == Format::Json {
        serde_json::to_writer_pretty(&mut *out, &row).map_err(io::Error::from)?;
        writeln!(out)?;
        return Ok(Exit::Ok);
    }
    let mut listing = Listing::new(&mut *out, format, COSE_RECEIPTS);
    listing.rows(vec![row])?;
    listing.end(None)?;
    Ok(Exit::Ok)
}
