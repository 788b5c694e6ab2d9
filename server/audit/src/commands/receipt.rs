//! `verify --receipt`: is a promise of publication kept?

use super::{CommandError, Exit};
use crate::cli::VerifyArgs;
use crate::log::{Broken, Kept, LogFile, Place, Promise, Source};
use crate::output::{Format, instant, plain};
use crate::profile::ServerArgs;
use data_encoding::HEXLOWER;
use domicile_certs::files;
use domicile_certs::trust::Trust;
use domicile_ledger::LogKeyRecord;
use domicile_ledger::witness::{Checkpoint, Policy};
use domicile_proto::directory::{self, Directory};
use domicile_proto::frame::MAX_TO_AGENT;
use jiff::Timestamp;
use serde_json::json;
use std::io::Write;
use std::path::Path;

/// Checks a receipt's signatures, and holds the published log against it where there is one.
pub(super) async fn verify(
    args: &VerifyArgs,
    file: &Path,
    server: &ServerArgs,
    format: Format,
    out: &mut impl Write,
) -> Result<Exit, CommandError> {
    let refused = |problem: String| CommandError::Proof {
        path: file.to_owned(),
        problem,
    };
    let directory = directory(server)?;
    let bytes = files::read(file, MAX_TO_AGENT)?;
    let log = args.log.as_deref().map(LogFile::load).transpose()?;
    let stated = log.as_ref().map_or(&[][..], |log| log.keys.records());
    let open = |stated: &[LogKeyRecord]| Promise::open(&bytes, &directory, stated);
    let Some(place) = &args.url else {
        let promise = open(stated).map_err(|error| refused(error.to_string()))?;
        same_log(log.as_ref(), &promise).map_err(refused)?;
        write_promise(&promise, None, format, out)?;
        return Ok(Exit::Ok);
    };
    let mut source = Source::at(place, server.wait()?);
    let stated = learn(&mut source, log.as_ref()).await?;
    let promise = open(&stated).map_err(|error| refused(error.to_string()))?;
    same_log(log.as_ref(), &promise).map_err(refused)?;
    let published = source.checkpoint(&promise.log).await?;
    let size = published.head().size;
    let tiles = source.tiles(&promise.questions(size), size).await?;
    let policy = log.as_ref().map(|log| &log.policy);
    let seen_ms = seen_ms(args.at, place, policy, &published);
    let kept = promise.hold(&published, &tiles, seen_ms);
    let wrong = || CommandError::Log("the tiles are not those of the published checkpoint".into());
    let kept = kept.ok_or_else(wrong)?;
    write_promise(&promise, Some((&published, kept)), format, out)?;
    let unwitnessed = policy.is_some_and(|policy| !policy.judge(&published).is_enough());
    Ok(match kept {
        Kept::Broken(_) => Exit::Broken,
        Kept::NotDue | Kept::Undated => Exit::NotYet,
        Kept::Kept { .. } if unwitnessed => Exit::Unwitnessed,
        Kept::Kept { .. } => Exit::Ok,
    })
}

/// That `log.toml` is of the log that the receipt is of.
fn same_log(log: Option<&LogFile>, promise: &Promise) -> Result<(), String> {
    let Some(log) = log else { return Ok(()) };
    let (given, named) = (log.keys.given(), promise.log.given());
    let is_same = log.keys.origin() == promise.log.origin()
        && (log.keys.span_of(&named.public).is_some()
            || promise.log.span_of(&given.public).is_some());
    match is_same {
        true => Ok(()),
        false => Err(format!("it is of the log {named}")),
    }
}

/// The statements about the log's keys that it publishes; without any, those of `log.toml`.
async fn learn(
    source: &mut Source,
    log: Option<&LogFile>,
) -> Result<Vec<LogKeyRecord>, CommandError> {
    if let Some(log) = log {
        let mut keys = log.keys.clone();
        source.learn(&mut keys).await?;
        return Ok(keys.records().to_vec());
    }
    Ok(source.statements().await?)
}

fn directory(server: &ServerArgs) -> Result<Directory, CommandError> {
    let refused = |path: &Path, problem: String| CommandError::Proof {
        path: path.to_owned(),
        problem,
    };
    let trust = Trust::load(&server.trust_file()?)?;
    let path = server.directory_file()?;
    let bytes = files::read(&path, directory::MAX_BYTES)?;
    Directory::open(&bytes, &trust.directory_key).map_err(|error| refused(&path, error.to_string()))
}

/// When a checkpoint was what the log published: as the auditor says, else as enough witnesses say,
/// else now if the log itself was asked.
fn seen_ms(
    told: Option<Timestamp>,
    place: &Place,
    policy: Option<&Policy>,
    published: &Checkpoint,
) -> Option<u64> {
    let ms = |time: Timestamp| u64::try_from(time.as_millisecond()).unwrap_or(0);
    if let Some(time) = told {
        return Some(ms(time));
    }
    let witnessed = policy.and_then(|policy| policy.judge(published).time_s());
    let witnessed = witnessed.map(|time_s| time_s.saturating_mul(1000));
    match place {
        Place::Url(_) => Some(ms(Timestamp::now())),
        Place::Folder(_) => witnessed,
    }
}

fn write_promise(
    promise: &Promise,
    held: Option<(&Checkpoint, Kept)>,
    format: Format,
    out: &mut impl Write,
) -> Result<(), CommandError> {
    let (word, text) = match held {
        None => (
            "not-asked",
            "not held against the log: give --url".to_owned(),
        ),
        Some((checkpoint, kept)) => said(promise, checkpoint, kept),
    };
    if !matches!(format, Format::Table) {
        let value = json!({
            "receipt": word,
            "detail": text,
            "collector": promise.collector,
            "origin": promise.log.origin(),
            "evidence": promise.evidence_hash.to_string(),
            "leaf": HEXLOWER.encode(&promise.leaf_hash),
            "index": promise.index,
            "received": instant(promise.received_ms),
            "due": instant(promise.due_ms()),
            "published": held.map(|(checkpoint, _)| checkpoint.head().size),
        });
        writeln!(out, "{value}")?;
        return Ok(());
    }
    writeln!(
        out,
        "receipt of {} for report {}: record {} of {}, received {}, published by {}\n{}: {text}",
        plain(&promise.collector),
        promise.evidence_hash,
        promise.index,
        plain(promise.log.origin()),
        instant(promise.received_ms),
        instant(promise.due_ms()),
        word.to_uppercase(),
    )?;
    Ok(())
}

fn said(promise: &Promise, checkpoint: &Checkpoint, kept: Kept) -> (&'static str, String) {
    let size = checkpoint.head().size;
    match kept {
        Kept::Kept { in_time } => (
            "kept",
            format!(
                "record {} is under the published checkpoint of {size}{}",
                promise.index,
                if in_time {
                    ", and was by the deadline"
                } else {
                    "; that it was by the deadline cannot be seen now"
                }
            ),
        ),
        Kept::NotDue => (
            "not-due",
            format!("{size} records are published; ask again after the deadline"),
        ),
        Kept::Undated => (
            "undated",
            format!(
                "the copy has {size} records, and nothing says when it was taken: give --log with \
                 witnesses, or --at"
            ),
        ),
        Kept::Broken(Broken::Withheld { size, seen_ms }) => (
            "broken",
            format!(
                "{} published {size} records: record {} is not among them",
                instant(seen_ms),
                promise.index
            ),
        ),
        Kept::Broken(Broken::OtherRecord) => (
            "broken",
            format!(
                "record {} of the published log is another one",
                promise.index
            ),
        ),
        Kept::Broken(Broken::OtherHistory) => (
            "broken",
            format!(
                "the published log does not begin with the {} records of the head in the receipt; \
                 the log signed both",
                promise.head.size
            ),
        ),
    }
}
