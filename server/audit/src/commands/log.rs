//! `monitor`, `proof` and `consistency`: the log from outside, without a login.

use super::{CommandError, Exit};
use crate::cli::{ConsistencyArgs, LogArgs, MonitorArgs, ProofCommand};
use crate::log::{FindingKind, LogFile, Look, Memory, Monitor, Source, read_gossip, verify_rest};
use crate::output::{Format, plain};
use domicile_certs::files;
use domicile_http::client::Url;
use domicile_ledger::tiles::Question;
use domicile_ledger::witness::{Checkpoint, Policy};
use domicile_ledger::{Leaf, MAX_TLOG_PROOF, TlogProof, leaf_hash, verify_consistency};
use indicatif::{ProgressBar, ProgressStyle};
use jiff::Timestamp;
use serde_json::{Value, json};
use std::io::{self, Write};
use std::path::Path;
use std::time::Duration;

/// Between two questions to a source that shows less than before.
const SETTLE: Duration = Duration::from_secs(3);

const MAX_NOTE: usize = 64 * 1024;

/// Looks at the log, once or until something speaks against it.
pub(super) async fn monitor(
    args: &MonitorArgs,
    wait: Duration,
    format: Format,
    out: &mut impl Write,
) -> Result<Exit, CommandError> {
    let log = LogFile::load(&args.log.log)?;
    let mut gossip = Vec::new();
    for path in &args.gossip {
        gossip.extend(read_gossip(path, &log.keys)?);
    }
    let source = |url: &Url| Source::new(url.clone(), wait);
    let mut monitor = Monitor {
        source: Source::at(&args.log.url, wait),
        witnesses: args.witness.iter().map(source).collect(),
        memory: Memory::open(&args.state)?,
        settle: SETTLE,
        gossip,
        log,
    };
    loop {
        let now_s = u64::try_from(Timestamp::now().as_second()).unwrap_or(0);
        let look = monitor.look(now_s).await?;
        write_look(&look, format, out)?;
        out.flush()?;
        let speaks_against = look.gravest() >= Some(FindingKind::Invalid);
        match args.every {
            Some(every) if !speaks_against => tokio::time::sleep(every).await,
            _ => return Ok(exit(look.gravest())),
        }
    }
}

/// The exit code of the gravest finding.
fn exit(gravest: Option<FindingKind>) -> Exit {
    match gravest {
        None => Exit::Ok,
        Some(FindingKind::Invalid) => Exit::Invalid,
        Some(FindingKind::Unwitnessed) => Exit::Unwitnessed,
        Some(FindingKind::Stale) => Exit::Stale,
        Some(FindingKind::Rollback) => Exit::Rollback,
        Some(FindingKind::Fork) => Exit::Fork,
        Some(FindingKind::SplitView) => Exit::SplitView,
    }
}

fn write_look(look: &Look, format: Format, out: &mut impl Write) -> io::Result<()> {
    let head = look.checkpoint.head();
    let by: Vec<&str> = look
        .witnessed
        .by
        .iter()
        .map(|one| one.name.as_str())
        .collect();
    if !matches!(format, Format::Table) {
        let findings: Vec<Value> = look
            .findings
            .iter()
            .map(|one| json!({ "finding": one.kind.name(), "detail": one.text }))
            .collect();
        let value = json!({
            "origin": head.origin,
            "size": head.size,
            "root": data_encoding::HEXLOWER.encode(&head.root),
            "witnessed_by": by,
            "witnesses_needed": look.witnessed.needed,
            "agreed": look.agreed,
            "waiting": look.waiting,
            "findings": findings,
            "notes": look.notes,
        });
        return writeln!(out, "{value}");
    }
    writeln!(
        out,
        "{}: {} records, signed by {} of {} witnesses needed; {} heads of others agree, {} are newer",
        plain(&head.origin),
        head.size,
        by.len(),
        look.witnessed.needed,
        look.agreed,
        look.waiting
    )?;
    for finding in &look.findings {
        let (kind, text) = (finding.kind.name().to_uppercase(), plain(&finding.text));
        writeln!(out, "{kind}: {text}")?;
    }
    for note in &look.notes {
        writeln!(out, "note: {}", plain(note))?;
    }
    Ok(())
}

/// Fetches or checks a proof that a record is in the log.
pub(super) async fn proof(
    command: &ProofCommand,
    wait: Duration,
    out: &mut impl Write,
) -> Result<Exit, CommandError> {
    match command {
        ProofCommand::Fetch {
            log,
            index,
            out: file,
        } => fetch(log, *index, file, wait, out).await,
        ProofCommand::Check { log, proof } => check(&LogFile::load(log)?, proof, out),
    }
}

async fn fetch(
    args: &LogArgs,
    index: u64,
    file: &Path,
    wait: Duration,
    out: &mut impl Write,
) -> Result<Exit, CommandError> {
    let mut log = LogFile::load(&args.log)?;
    let mut source = Source::at(&args.url, wait);
    source.learn(&mut log.keys).await?;
    let checkpoint = source.checkpoint(&log.keys).await?;
    let head = checkpoint.head();
    let leaf = source.leaf(index, head.size).await?;
    let set = source
        .tiles(&[Question::Inclusion(index)], head.size)
        .await?;
    let tree = set.tree(head.size, &head.root);
    let path = tree.and_then(|tree| tree.inclusion(index));
    let proof = path.map(|hashes| TlogProof {
        extra: Some(leaf.clone()),
        index,
        hashes,
        note: checkpoint.note().to_owned(),
    });
    let wrong = || CommandError::Log("the tiles are not those of the published checkpoint".into());
    let proof = proof.ok_or_else(wrong)?;
    proof.verify_by(&leaf, &log.keys).map_err(|_| wrong())?;
    files::create_new(file, proof.render().as_bytes(), files::PUBLIC)?;
    writeln!(
        out,
        "record {index} of {}, proof written to {}",
        head.size,
        file.display()
    )?;
    Ok(Exit::Ok)
}

fn check(log: &LogFile, file: &Path, out: &mut impl Write) -> Result<Exit, CommandError> {
    let bytes = files::read(file, MAX_TLOG_PROOF)?;
    let refused = |problem: String| CommandError::Proof {
        path: file.to_owned(),
        problem,
    };
    let proof = TlogProof::parse(&bytes).map_err(|error| refused(error.to_string()))?;
    let leaf = proof.extra.as_deref();
    let leaf = leaf.ok_or_else(|| refused("it does not carry its record".into()))?;
    let checkpoint = proof
        .verify_by(leaf, &log.keys)
        .map_err(|error| refused(error.to_string()))?;
    let read = Leaf::decode(leaf).map_err(|error| refused(error.to_string()))?;
    let time = i64::try_from(read.time_ms).ok();
    let time = time.and_then(|ms| Timestamp::from_millisecond(ms).ok());
    let head = checkpoint.head();
    writeln!(
        out,
        "record {} of {} in {}: {}, logged {}, leaf {}",
        proof.index,
        head.size,
        plain(&head.origin),
        read.kind,
        time.map(|time| time.to_string()).unwrap_or_default(),
        data_encoding::HEXLOWER.encode(&leaf_hash(leaf))
    )?;
    Ok(witnessed(&log.policy, &checkpoint, out)?)
}

/// Says whether enough witnesses signed; the exit code with it.
fn witnessed(policy: &Policy, checkpoint: &Checkpoint, out: &mut impl Write) -> io::Result<Exit> {
    let judged = policy.judge(checkpoint);
    for one in &judged.by {
        let time = i64::try_from(one.time_s).ok();
        let time = time.and_then(|s| Timestamp::from_second(s).ok());
        let time = time.map(|time| time.to_string()).unwrap_or_default();
        writeln!(out, "signed by {} at {time}", plain(&one.name))?;
    }
    if judged.is_enough() {
        return Ok(Exit::Ok);
    }
    writeln!(
        out,
        "UNWITNESSED: {} of the {} witnesses needed have signed",
        judged.by.len(),
        judged.needed
    )?;
    Ok(Exit::Unwitnessed)
}

/// Proves, from the tiles, that one checkpoint continues another.
pub(super) async fn consistency(
    args: &ConsistencyArgs,
    wait: Duration,
    out: &mut impl Write,
) -> Result<Exit, CommandError> {
    let mut log = LogFile::load(&args.log.log)?;
    let mut source = Source::at(&args.log.url, wait);
    source.learn(&mut log.keys).await?;
    let open = |path: &Path| -> Result<Checkpoint, CommandError> {
        let bytes = files::read(path, MAX_NOTE)?;
        log.keys.open(&bytes).map_err(|error| CommandError::Proof {
            path: path.to_owned(),
            problem: error.to_string(),
        })
    };
    let (old, new) = (open(&args.old)?, open(&args.new)?);
    let (old, new) = (old.head(), new.head());
    if old.size > new.size {
        let text = "the first checkpoint is the larger one: give the older one first";
        return Err(CommandError::Log(text.into()));
    }
    let set = source
        .tiles(&[Question::Consistency(old.size)], new.size)
        .await?;
    let proof = set
        .tree(new.size, &new.root)
        .and_then(|tree| tree.consistency(old.size));
    let Some(proof) = proof else {
        let text = "the tiles that are served are not those of the newer checkpoint";
        return Err(CommandError::Log(text.into()));
    };
    match verify_consistency(old.size, &old.root, new.size, &new.root, &proof) {
        Ok(()) => {
            writeln!(
                out,
                "{}: the first {} of {} records are those of the older checkpoint ({} hashes)",
                plain(&new.origin),
                old.size,
                new.size,
                proof.len()
            )?;
            Ok(Exit::Ok)
        }
        Err(_) => {
            writeln!(
                out,
                "FORK: the newer checkpoint does not begin with the older one; both are signed by the log"
            )?;
            Ok(Exit::Fork)
        }
    }
}

/// Checks the files of a log at rest.
pub(super) fn rest(
    folder: &Path,
    log: Option<&Path>,
    format: Format,
    out: &mut impl Write,
) -> Result<Exit, CommandError> {
    let Some(log) = log else {
        return Err(CommandError::Log("--log names no log.toml".into()));
    };
    let log = LogFile::load(log)?;
    let style = ProgressStyle::with_template("checking the log {bytes}/{total_bytes} {wide_bar}");
    let bar = ProgressBar::new(0).with_style(style.expect("a template without mistakes"));
    let found = verify_rest(folder, &log, |done, total| {
        bar.set_length(total);
        bar.set_position(done);
    });
    bar.finish_and_clear();
    let found = found?;
    let published = found.published.as_ref();
    let root = data_encoding::HEXLOWER.encode(&found.root);
    if !matches!(format, Format::Table) {
        let value = json!({
            "records": found.records,
            "root": root,
            "published": published.map(|(one, _)| one.head().size),
            "tiles": published.map(|(_, tiles)| tiles),
            "witnessed_by": found.witnessed.by.len(),
        });
        writeln!(out, "{value}")?;
        return Ok(match published.is_none() || found.witnessed.is_enough() {
            true => Exit::Ok,
            false => Exit::Unwitnessed,
        });
    }
    writeln!(out, "{} records give the root {root}", found.records)?;
    let Some((checkpoint, tiles)) = published else {
        writeln!(out, "no tiles are here")?;
        return Ok(Exit::Ok);
    };
    let size = checkpoint.head().size;
    writeln!(
        out,
        "{tiles} tiles are those of the {size} records published"
    )?;
    Ok(witnessed(&log.policy, checkpoint, out)?)
}
