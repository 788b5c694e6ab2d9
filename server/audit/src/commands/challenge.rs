//! `challenge`: a nonce for an inspector, and the check of a host's answer.

use super::{CommandError, Exit, connect, device, export, listing, offline, paged, progress};
use crate::bundle::{self, Vouchers, read_bundle, verify_bundle_with};
use crate::challenge::{self, Challenge, Compared, Match, Place, Report, report};
use crate::cli::Cli;
use crate::cli::challenge::{ChallengeCommand, CheckArgs, MakeArgs};
use crate::client::{Client, MAX_JSON, read_json};
use crate::completeness;
use crate::output::{Format, instant, plain};
use crate::page::Page;
use crate::replay::bundles;
use domicile_certs::random::{self, System};
use domicile_certs::{Trust, files};
use domicile_ledger::Kind;
use domicile_proto::inspection::{Answer, Nonce, Statement};
use domicile_proto::types::{Digest, Key};
use domicile_proto::wire::{Bundle, Device};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use std::io::{self, Read as _, Write};
use std::path::Path;

/// Longest text read from standard input, bytes.
const MAX_CODE: u64 = 4 * 1024;
/// The inspector's own.
const PRIVATE: u32 = 0o600;

/// What no answer shows.
const NOT_PROVEN: [&str; 3] = [
    "where the key is: with the network unplugged, it is in what could be reached without one",
    "that the host spoke the truth about its devices: compare the boards' labels with the list above",
    "that no second copy of the key stands elsewhere",
];

pub(super) async fn run(
    command: &ChallengeCommand,
    cli: &Cli,
    out: &mut impl Write,
) -> Result<Exit, CommandError> {
    match command {
        ChallengeCommand::Make(args) => make(args, Timestamp::now(), out),
        ChallengeCommand::Check(args) => check(args, cli, out).await,
    }
}

fn make(args: &MakeArgs, now: Timestamp, out: &mut impl Write) -> Result<Exit, CommandError> {
    let nonce = random::bytes(&mut System::default());
    let nonce = Nonce(nonce.map_err(|error| CommandError::Output(io::Error::other(error)))?);
    let valid = SignedDuration::try_from(args.valid).unwrap_or(SignedDuration::MAX);
    let challenge = Challenge {
        nonce,
        host: args.host,
        made: now,
        until: now.saturating_add(valid).unwrap_or(Timestamp::MAX),
    };
    files::create_new(&args.out, challenge.to_toml().as_bytes(), PRIVATE)?;
    let file = args.out.display();
    writeln!(
        out,
        "At the host, with its network unplugged:\n\n  domiciled answer {nonce}\n\n\
         Until {:.0}: domicile-audit challenge check --challenge {file} …, and type its code",
        challenge.until
    )?;
    Ok(Exit::Ok)
}

/// The host that answered, and what is on record of it.
struct Found {
    host: Key,
    said: Statement,
    reports: Vec<Report>,
}

async fn check(args: &CheckArgs, cli: &Cli, out: &mut impl Write) -> Result<Exit, CommandError> {
    let refused = |problem: String| CommandError::Attested {
        path: args.challenge.clone(),
        problem,
    };
    let text = files::read(&args.challenge, challenge::MAX_BYTES)?;
    let challenge = Challenge::from_toml(&String::from_utf8_lossy(&text)).map_err(refused)?;
    let code: Answer = match code(&args.code)?.parse() {
        Ok(code) => code,
        Err(error) => return Err(CommandError::Code(error)),
    };
    if let Some(why) = challenge.refuses(args.at.unwrap_or_else(Timestamp::now)) {
        return Err(refused(why));
    }
    let question = Question {
        challenge: &challenge,
        code: &code,
        vouchers: device::vouchers(&args.vouchers)?,
    };
    let offline = !(args.bundle.is_empty() && args.records.is_empty() && args.key.is_empty());
    let found = match offline {
        true => on_file(args, cli, &question)?,
        false => at_collector(cli, &question).await?,
    };
    let Some(found) = found else {
        return Err(refused(
            "none of these hosts answered it: the code is another key's, or was given to another nonce"
                .into(),
        ));
    };
    let compared = Compared::of(found.said, found.reports);
    match cli.format {
        Format::Table => write_text(&found.host, &found.said, compared.as_ref(), out)?,
        Format::Json | Format::Ndjson | Format::Csv => {
            let document = document(&found.host, &found.said, compared.as_ref());
            serde_json::to_writer_pretty(&mut *out, &document).map_err(io::Error::from)?;
            writeln!(out)?;
        }
    }
    Ok(match compared.is_none_or(|compared| compared.fits()) {
        true => Exit::Ok,
        false => Exit::Invalid,
    })
}

fn code(pieces: &[String]) -> Result<String, CommandError> {
    if !pieces.is_empty() {
        return Ok(pieces.join(" "));
    }
    let mut text = String::new();
    io::stdin().take(MAX_CODE).read_to_string(&mut text)?;
    Ok(text)
}

struct Question<'a> {
    challenge: &'a Challenge,
    code: &'a Answer,
    vouchers: Vouchers,
}

impl Question<'_> {
    /// What the holder of a key said, if it was that key, and may have been.
    fn answered_by(&self, host: &Key) -> Option<Statement> {
        if self.challenge.host.is_some_and(|only| only != *host) {
            return None;
        }
        self.code.check(&self.challenge.nonce, host).ok()
    }
}

/// Looks through what was named. Only what is of the host that answered is verified, and that wholly.
fn on_file(
    args: &CheckArgs,
    cli: &Cli,
    question: &Question<'_>,
) -> Result<Option<Found>, CommandError> {
    let mut found: Option<Found> = None;
    let mut add = |host: Key, said: Statement, reports: Vec<Report>| match &mut found {
        Some(found) => found.reports.extend(reports),
        None => {
            found = Some(Found {
                host,
                said,
                reports,
            });
        }
    };
    for host in &args.key {
        if let Some(said) = question.answered_by(host) {
            add(*host, said, Vec::new());
        }
    }
    let paths = bundles(&args.bundle)?;
    let trust = match paths.is_empty() && args.records.is_empty() {
        true => None,
        false => Some(Trust::load(&cli.server.trust_file()?)?),
    };
    let bar = progress::bar(paths.len(), "bundles");
    for (path, trust) in paths.iter().zip(std::iter::repeat(&trust)) {
        bar.inc(1);
        let bytes = files::read(path, bundle::MAX_BYTES)?;
        let (Ok(bundle), Some(trust)) = (read_bundle(&bytes), trust) else {
            return Err(proof(path, "not a bundle".into()));
        };
        let (host, report) = of_bundle(&bundle).map_err(|error| proof(path, error))?;
        if let Some(said) = question.answered_by(&host) {
            verify(path, &bundle, trust, &question.vouchers)?;
            add(host, said, vec![report]);
        }
    }
    bar.finish_and_clear();
    for (path, trust) in args.records.iter().zip(std::iter::repeat(&trust)) {
        let bytes = files::read(path, completeness::MAX_BYTES)?;
        let records = completeness::read(&bytes).map_err(|error| proof(path, error.to_string()))?;
        let host = Key::read("agent_key", &records.agent_key);
        let host = host.map_err(|error| proof(path, error.to_string()))?;
        let (Some(said), Some(trust)) = (question.answered_by(&host), trust) else {
            continue;
        };
        // Whether anything is missing is `completeness`'s matter.
        completeness::check(&records, trust, records.from_ms, records.until_ms)
            .map_err(|error| proof(path, error))?;
        let evidence = records.records.iter();
        let evidence = evidence.filter(|one| one.kind == u32::from(Kind::Evidence as u8));
        let reports: Result<Vec<Report>, String> = evidence.map(|one| Ok(report(one)?.1)).collect();
        add(host, said, reports.map_err(|error| proof(path, error))?);
    }
    Ok(found)
}

/// Looks through the collector's hosts, and takes the newest bundle of the one that answered.
async fn at_collector(cli: &Cli, question: &Question<'_>) -> Result<Option<Found>, CommandError> {
    let trust = Trust::load(&cli.server.access()?.trust)?;
    let mut client = connect(cli).await?;
    let bar = progress::spinner("hosts");
    let mut cursor = None;
    loop {
        let ask = listing::Ask {
            limit: 1000,
            cursor: cursor.take(),
        };
        let body = client.get(&paged("/v1/hosts", &ask), MAX_JSON).await?;
        let page = Page::read(read_json(&body)?).map_err(CommandError::Answer)?;
        bar.inc(page.rows.len() as u64);
        for row in &page.rows {
            let host = row["host"]
                .as_str()
                .and_then(|host| host.parse::<Key>().ok());
            let Some((host, said)) =
                host.and_then(|host| Some((host, question.answered_by(&host)?)))
            else {
                continue;
            };
            let id = row["last_verdict"]["id"]
                .as_str()
                .and_then(|id| id.parse().ok());
            let reports = match id {
                Some(id) => {
                    vec![newest(&mut client, &id, &host, &trust, &question.vouchers).await?]
                }
                None => Vec::new(),
            };
            return Ok(Some(Found {
                host,
                said,
                reports,
            }));
        }
        match page.next {
            Some(next) if ask.cursor.as_ref() != Some(&next) => cursor = Some(next),
            _ => return Ok(None),
        }
    }
}

async fn newest(
    client: &mut Client,
    id: &Digest,
    host: &Key,
    trust: &Trust,
    vouchers: &Vouchers,
) -> Result<Report, CommandError> {
    let bytes = export::bundle(client, id).await?;
    let bundle = read_bundle(&bytes).map_err(|error| CommandError::Answer(error.to_string()))?;
    verify(Path::new(&id.to_string()), &bundle, trust, vouchers)?;
    let (of, report) = of_bundle(&bundle).map_err(CommandError::Answer)?;
    match of == *host {
        true => Ok(report),
        false => Err(CommandError::Answer(
            "the bundle is of another report".into(),
        )),
    }
}

fn of_bundle(bundle: &Bundle) -> Result<(Key, Report), String> {
    report(bundle.evidence.as_ref().ok_or("`evidence` is missing")?)
}

/// Every check of a bundle.
fn verify(
    path: &Path,
    bundle: &Bundle,
    trust: &Trust,
    vouchers: &Vouchers,
) -> Result<(), CommandError> {
    let no_bundle = |source| CommandError::Bundle {
        path: path.to_owned(),
        source,
    };
    let report = verify_bundle_with(bundle, trust, vouchers).map_err(no_bundle)?;
    match report.is_verified() {
        true => Ok(()),
        false => Err(offline::unverified(path, &report)),
    }
}

fn proof(path: &Path, problem: String) -> CommandError {
    CommandError::Proof {
        path: path.to_owned(),
        problem,
    }
}

fn said_of(found: Match) -> &'static str {
    match found {
        Match::Same => "the same as on record",
        Match::Differs => "NOT those on record",
        Match::NotSaid => "on record, and NOT said by the host",
        Match::NotOnRecord => "not on record, so not compared",
    }
}

fn write_text(
    host: &Key,
    said: &Statement,
    compared: Option<&Compared>,
    out: &mut impl Write,
) -> io::Result<()> {
    let Some(compared) = compared else {
        writeln!(out, "ANSWERED by the key of host {host}")?;
        writeln!(out, "accelerators   {} by its word", said.devices)?;
        return writeln!(out, "no record of it is here, so nothing was compared");
    };
    let verdict = match compared.fits() {
        true => "ANSWERED by the host on record",
        false => "NOT AS ON RECORD: the key answered, and something differs",
    };
    let record = &compared.record;
    let (received, index) = (instant(record.received_ms), record.index);
    writeln!(out, "{verdict}\nhost           {host}")?;
    writeln!(
        out,
        "on record      report {} of {received}, log index {index}",
        record.evidence
    )?;
    let newest = match compared.newest {
        Place::Newest => "that one",
        Place::Unknown => "none that is here: later, not delivered, or outside of what was given",
        Place::Older => {
            "an OLDER one, or none: with another copy of this key's state, others were made since"
        }
    };
    writeln!(out, "its newest     {newest}")?;
    let kinds = said_of(compared.kinds);
    writeln!(out, "accelerators   {}, of kinds {kinds}", said.devices)?;
    writeln!(out, "serial numbers {}", said_of(compared.names))?;
    writeln!(
        out,
        "\non record, to be compared with the labels on the boards:"
    )?;
    for device in &record.inventory.devices {
        writeln!(out, "  {}", label(device))?;
    }
    writeln!(out, "\nnot shown by any answer:")?;
    for line in NOT_PROVEN {
        writeln!(out, "  {line}")?;
    }
    Ok(())
}

fn label(device: &Device) -> String {
    let mut text = format!("{:04x}:{:04x}", device.vendor_id, device.device_id);
    let details = device.details.clone().unwrap_or_default();
    for (name, value) in [
        ("", &details.name),
        ("serial ", &details.serial),
        ("part ", &details.board_part),
        ("uuid ", &details.uuid),
    ] {
        if !value.is_empty() {
            text.push_str(&format!(", {name}{}", plain(value)));
        }
    }
    text
}

fn document(host: &Key, said: &Statement, compared: Option<&Compared>) -> serde_json::Value {
    json!({
        "host": host.to_string(),
        "fits": compared.map(Compared::fits),
        "devices": said.devices,
        "kinds": compared.map(|compared| compared.kinds),
        "names": compared.map(|compared| compared.names),
        "newest": compared.map(|compared| compared.newest),
        "record": compared.map(|compared| json!({
            "evidence": compared.record.evidence.to_string(),
            "index": compared.record.index,
            "received": instant(compared.record.received_ms),
            "devices": compared.record.inventory.devices.iter().map(label).collect::<Vec<_>>(),
        })),
        "not_proven": NOT_PROVEN,
    })
}
