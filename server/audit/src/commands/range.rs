//! `replay --range`: the verdicts of a time, straight from the collector, each fetched, replayed and let go.
//!
//! Memory does not grow with the range: a page of ids, and as many bundles as are replayed at once. After each
//! page the work can go on where it was broken off (`journal.rs`). What is kept is the results; who wants the
//! bundles, and the collector's signed listing of them, takes `export` and replays its folder.

use super::journal::Journal;
use super::replay::{Basis, Tally, row, threads};
use super::{CommandError, Exit, attestations, connect, export, listing, progress};
use crate::cli::{Cli, ReplayArgs, VerdictFilter};
use crate::client::{MAX_JSON, read_json};
use crate::output::Format;
use crate::page::Page;
use crate::replay::replay_fetched;
use domicile_proto::types::Digest;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::io::Write;
use std::path::{Path, PathBuf};

/// Verdicts of a page.
const PAGE: u64 = 256;
/// Bundles in memory for each thread.
const EACH: usize = 4;

/// How far it is.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct State {
    cursor: Option<String>,
    tally: Tally,
}

pub(super) async fn run(
    args: &ReplayArgs,
    (from, until): (Timestamp, Timestamp),
    file: &Path,
    cli: &Cli,
    out: &mut impl Write,
) -> Result<Exit, CommandError> {
    let trust = || Ok(cli.server.trust_file()?);
    let basis = Basis::of(args, &trust)?;
    let policy = basis.policy.as_ref().map(|policy| policy.hash);
    let vouchers = &args.vouchers;
    let question = format!(
        "{from}..{until} {} {policy:?} {:?} {:?}",
        basis.trust.directory_key, vouchers.device_roots, vouchers.tpm_roots
    );
    let (mut journal, before) = Journal::open(file, question)?;
    let mut state: State = before.unwrap_or_default();
    let filter = VerdictFilter {
        host: None,
        value: None,
        licence: None,
        from: Some(from),
        until: Some(until),
    };
    let mut client = connect(cli).await?;
    let threads = threads();
    let bar = progress::spinner("bundles");
    bar.set_position(state.tally.bundles);
    loop {
        let ask = listing::Ask {
            limit: PAGE,
            cursor: state.cursor.clone(),
        };
        let body = client.get(&attestations(&filter, &ask), MAX_JSON).await?;
        let page = Page::read(read_json(&body)?).map_err(CommandError::Answer)?;
        for ids in ids(&page)?.chunks(threads * EACH) {
            let mut bundles = Vec::with_capacity(ids.len());
            for id in ids {
                let bytes = export::bundle(&mut client, id).await?;
                bundles.push((PathBuf::from(id.to_string()), bytes.to_vec()));
                bar.inc(1);
            }
            let results = replay_fetched(&bundles, basis.against(), threads);
            state.tally.add(&results);
            for result in &results {
                journal.line(&row(result))?;
            }
        }
        if page.next.is_some() && page.next == state.cursor {
            return Err(CommandError::Answer(
                "the same cursor again and again".into(),
            ));
        }
        state.cursor = page.next;
        if state.cursor.is_none() {
            break;
        }
        journal.keep(&state)?;
    }
    bar.finish_and_clear();
    journal.finish()?;
    match cli.format {
        Format::Table => write!(out, "{}", state.tally.summary(basis.policy.as_ref()))?,
        Format::Json | Format::Ndjson | Format::Csv => {
            serde_json::to_writer(&mut *out, &state.tally).map_err(std::io::Error::from)?;
            writeln!(out)?;
        }
    }
    Ok(state.tally.exit())
}

fn ids(page: &Page) -> Result<Vec<Digest>, CommandError> {
    let id = |row: &serde_json::Value| row["id"].as_str().and_then(|id| id.parse().ok());
    let ids: Option<Vec<Digest>> = page.rows.iter().map(id).collect();
    ids.ok_or_else(|| CommandError::Answer("a row without an id".into()))
}
