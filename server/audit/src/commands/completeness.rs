//! `completeness`: is everything of a host here?

use super::{CommandError, Exit};
use crate::cli::CompletenessArgs;
use crate::client::{Client, query};
use crate::completeness::{self, Account, Period, against_leaves};
use crate::log::{LogFile, Place, Source};
use crate::output::{Format, instant, plain};
use crate::profile::ServerArgs;
use domicile_certs::files;
use domicile_certs::trust::Trust;
use domicile_ledger::tiles::{Question, TileSet};
use domicile_ledger::witness::Witnessed;
use domicile_ledger::{Leaf, leaf_hash};
use domicile_proto::wire::{DeclaredState, HostRecords, RosterCounts, RosterRow, RosterStanding};
use jiff::Timestamp;
use serde_json::json;
use std::io::Write;

/// Leaves of a tile.
const TILE: u64 = 256;

/// Fetches or reads a host's records, and checks them against the rosters.
pub(super) async fn run(
    args: &CompletenessArgs,
    server: &ServerArgs,
    format: Format,
    out: &mut impl Write,
) -> Result<Exit, CommandError> {
    let trust = Trust::load(&server.trust_file()?)?;
    let log = args.log.as_deref().map(LogFile::load).transpose()?;
    let bytes = bytes(args, server).await?;
    let refused = |problem: String| CommandError::Log(format!("proves nothing: {problem}"));
    let records = completeness::read(&bytes).map_err(|error| refused(error.to_string()))?;
    if args.host.is_some_and(|host| records.agent_key != host.0) {
        return Err(refused("it is of another host".into()));
    }
    let ms = |time: Timestamp| u64::try_from(time.as_millisecond()).unwrap_or(0);
    let from_ms = args.from.map_or(records.from_ms, ms);
    let until_ms = args.to.map_or(records.until_ms, ms);
    let mut account = completeness::check(&records, &trust, from_ms, until_ms).map_err(refused)?;
    if let Some(place) = &args.url {
        against_log(place, server, &records, &mut account).await?;
    }
    if let Some(file) = &args.out {
        files::create_new(file, &bytes, files::PUBLIC)?;
    }
    let witnessed = log.map(|log| witnessed(&records, &account, &log));
    let counted = args.url.is_some();
    write_account(
        &account,
        (from_ms, until_ms),
        counted,
        witnessed.as_ref(),
        format,
        out,
    )?;
    Ok(match (account.gaps.is_empty(), witnessed) {
        (false, _) => Exit::Incomplete,
        (true, Some(witnessed)) if !witnessed.is_enough() => Exit::Unwitnessed,
        (true, _) => Exit::Ok,
    })
}

async fn bytes(args: &CompletenessArgs, server: &ServerArgs) -> Result<Vec<u8>, CommandError> {
    if let Some(file) = &args.records {
        return Ok(files::read(file, completeness::MAX_BYTES)?);
    }
    let Some(host) = args.host else {
        return Err(CommandError::Log("no host and no file is named".into()));
    };
    let pairs = [
        ("from", args.from.map(|time| time.to_string())),
        ("until", args.to.map(|time| time.to_string())),
    ];
    let mut client = Client::connect(&server.access()?).await?;
    let path = format!("/v1/hosts/{host}/records{}", query(&pairs));
    Ok(client.get(&path, completeness::MAX_BYTES).await?.to_vec())
}

/// Who signed the checkpoint of the head that the records stand under.
fn witnessed(records: &HostRecords, account: &Account, log: &LogFile) -> Witnessed {
    let checkpoint = log.keys.open(&records.checkpoint).ok();
    let same = checkpoint.filter(|one| *one.head() == account.head);
    same.map_or(
        Witnessed {
            by: Vec::new(),
            needed: log.policy.needed(),
        },
        |checkpoint| log.policy.judge(&checkpoint),
    )
}

/// Counts the public leaves of each period, known to be of the head that the records stand under.
async fn against_log(
    place: &Place,
    server: &ServerArgs,
    records: &HostRecords,
    account: &mut Account,
) -> Result<(), CommandError> {
    let mut source = Source::at(place, server.wait()?);
    let wrong = || CommandError::Log("the tiles are not those of the records' log".into());
    let size = records.head.as_ref().map_or(0, |head| head.size);
    for period in &account.periods {
        let from = period.first_index.saturating_sub(1);
        let until = (period.end_index + 1).min(size);
        let leaves = leaves(&mut source, account, from, until).await?;
        let leaves: Option<Vec<Leaf>> = leaves;
        let leaves = leaves.ok_or_else(wrong)?;
        let first = usize::try_from(period.first_index - from).unwrap_or(0);
        let count = usize::try_from(period.end_index - period.first_index).unwrap_or(0);
        let own = leaves.get(first..first + count).ok_or_else(wrong)?;
        let before = leaves[..first].first();
        let after = leaves.get(first + count);
        against_leaves(period, own, before, after, &mut account.gaps);
    }
    Ok(())
}

/// Leaves of the log under the account's head; `None` if what is served is not of it.
async fn leaves(
    source: &mut Source,
    account: &Account,
    from: u64,
    until: u64,
) -> Result<Option<Vec<Leaf>>, CommandError> {
    let (size, root) = (account.head.size, account.head.root);
    let mut found = Vec::new();
    let mut start = from;
    while start < until {
        let end = until.min((start / TILE + 1) * TILE);
        let question = Question::Inclusion(start);
        let set: TileSet = source.tiles(&[question], size).await?;
        let bytes = source.leaves(start, end, size).await?;
        let Some(hashes) = set
            .tree(size, &root)
            .and_then(|tree| tree.leaf_hashes(start / TILE).map(<[[u8; 32]]>::to_vec))
        else {
            return Ok(None);
        };
        let place = usize::try_from(start % TILE).unwrap_or(0);
        for (leaf, hash) in bytes.iter().zip(hashes.iter().skip(place)) {
            let read = Leaf::decode(leaf).ok().filter(|_| leaf_hash(leaf) == *hash);
            let Some(read) = read else { return Ok(None) };
            found.push(read);
        }
        start = end;
    }
    let wanted = usize::try_from(until.saturating_sub(from)).unwrap_or(usize::MAX);
    Ok((found.len() == wanted).then_some(found))
}

fn write_account(
    account: &Account,
    (from_ms, until_ms): (u64, u64),
    counted: bool,
    witnessed: Option<&Witnessed>,
    format: Format,
    out: &mut impl Write,
) -> Result<(), CommandError> {
    let word = match account.gaps.is_empty() {
        true => "complete",
        false => "incomplete",
    };
    let gaps: Vec<String> = account.gaps.iter().map(ToString::to_string).collect();
    let unseen = match counted {
        true => None,
        false => {
            Some("that every record is some host's: the public leaves were not counted (--url)")
        }
    };
    if !matches!(format, Format::Table) {
        let periods: Vec<_> = account.periods.iter().map(period_json).collect();
        let value = json!({
            "host": account.host.to_string(),
            "answer": word,
            "from": instant(from_ms),
            "until": instant(until_ms),
            "records": counts_json(&account.shown),
            "periods": periods,
            "gaps": gaps,
            "notes": account.notes,
            "not_proven": unseen,
            "witnessed_by": witnessed.map(|one| one.by.len()),
        });
        writeln!(out, "{value}")?;
        return Ok(());
    }
    let shown = &account.shown;
    writeln!(
        out,
        "host {} from {} to {}: {} rosters under {} records of {}",
        account.host,
        instant(from_ms),
        instant(until_ms),
        account.periods.len(),
        account.head.size,
        plain(&account.head.origin)
    )?;
    writeln!(
        out,
        "{}: {} evidence, {} verdicts, {} signs of life, {} enrolments, {} withdrawals, {} forks are here",
        word.to_uppercase(),
        shown.evidence,
        shown.verdicts,
        shown.liveness,
        shown.enrolments,
        shown.withdrawals,
        shown.forks
    )?;
    for period in account.periods.iter().filter(|one| is_silent(one)) {
        let (from, until) = (instant(period.from_ms), instant(period.until_ms));
        let word = standing(period);
        writeln!(out, "  {word} from {from} to {until}")?;
    }
    for gap in &gaps {
        writeln!(out, "GAP: {gap}")?;
    }
    for note in &account.notes {
        writeln!(out, "note: {note}")?;
    }
    if let Some(witnessed) = witnessed {
        let (by, needed) = (witnessed.by.len(), witnessed.needed);
        writeln!(
            out,
            "{by} of the {needed} witnesses needed have signed this head"
        )?;
    }
    if let Some(unseen) = unseen {
        writeln!(out, "not proven: {unseen}")?;
    }
    Ok(())
}

fn is_silent(period: &Period) -> bool {
    period.standing() != Some(RosterStanding::Reported)
}

fn standing(period: &Period) -> &'static str {
    match period.standing() {
        None => "not enrolled",
        Some(RosterStanding::Withdrawn) => "withdrawn",
        Some(RosterStanding::Reported) => "reported",
        Some(RosterStanding::Alive) => "alive",
        Some(RosterStanding::Declared) => declared(period),
        Some(RosterStanding::Silent) => "silent",
        Some(RosterStanding::Unspecified) => "unknown",
    }
}

/// The operator's word, which explains silence and shows nothing.
fn declared(period: &Period) -> &'static str {
    match period.row.as_ref().map(RosterRow::declared) {
        Some(DeclaredState::Transit) => "silent, declared in transit",
        Some(DeclaredState::Storage) => "silent, declared in storage",
        Some(DeclaredState::Maintenance) => "silent, declared in maintenance",
        Some(DeclaredState::Rma) => "silent, declared under RMA",
        Some(DeclaredState::AirGapped) => "silent, declared air-gapped",
        Some(DeclaredState::Decommissioned) => "silent, declared decommissioned",
        _ => "silent, declared absent",
    }
}

fn period_json(period: &Period) -> serde_json::Value {
    json!({
        "from": instant(period.from_ms),
        "until": instant(period.until_ms),
        "standing": standing(period),
        "roster": period.roster_index,
        "declaration": period.row.as_ref().map(|row| row.declared_index).filter(|index| *index != 0),
        "records": counts_json(&period.shown),
    })
}

fn counts_json(counts: &RosterCounts) -> serde_json::Value {
    json!({
        "evidence": counts.evidence,
        "verdicts": counts.verdicts,
        "liveness": counts.liveness,
        "enrolments": counts.enrolments,
        "withdrawals": counts.withdrawals,
        "forks": counts.forks,
        "declarations": counts.declarations,
    })
}
