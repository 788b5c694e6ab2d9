//! Listings: page after page, until there is enough; shown, or saved with the collector's statements.

use super::{CommandError, Exit, progress};
use crate::cli::PageArgs;
use crate::client::{Client, MAX_JSON, read_json};
use crate::output::{Column, Format, Listing};
use crate::page::Page;
use crate::saved::{Manifest, Saver};
use indicatif::ProgressBar;
use serde_json::Value;
use std::io::Write;
use std::path::Path;
use std::time::{Duration, Instant};

/// Rows of one page, at most.
const PAGE: u64 = 1000;

/// When a listing lasts longer, it says how far it is.
const QUIET: Duration = Duration::from_secs(2);

/// One page to ask for.
pub(super) struct Ask {
    pub(super) limit: u64,
    pub(super) cursor: Option<String>,
}

/// Asks for pages until the limit or the end, and writes or saves them.
pub(super) async fn run(
    client: &mut Client,
    format: Format,
    columns: &[Column],
    args: &PageArgs,
    path: impl Fn(&Ask) -> String,
    out: &mut impl Write,
) -> Result<Exit, CommandError> {
    run_with(client, format, columns, args, path, |_| (), out).await
}

/// The same, with something done to every row that is shown.
pub(super) async fn run_with(
    client: &mut Client,
    format: Format,
    columns: &[Column],
    args: &PageArgs,
    path: impl Fn(&Ask) -> String,
    each: impl Fn(&mut Value),
    out: &mut impl Write,
) -> Result<Exit, CommandError> {
    let mut left = if args.all { u64::MAX } else { args.limit };
    let mut next = args.cursor.clone();
    let mut saver = None;
    let mut listing = Listing::new(&mut *out, format, columns);
    let mut progress = Progress::new();
    while left > 0 {
        let ask = Ask {
            limit: left.min(PAGE),
            cursor: next.clone(),
        };
        let path = path(&ask);
        let answer = client.answer(&path, MAX_JSON).await?;
        let mut page = Page::read(read_json(&answer.body)?).map_err(CommandError::Answer)?;
        if args.save.is_none() {
            page.rows
                .truncate(usize::try_from(ask.limit).unwrap_or(usize::MAX));
        }
        let count = page.rows.len() as u64;
        if page.next.is_some() && page.next == next {
            return Err(CommandError::Answer(
                "the same cursor again and again".into(),
            ));
        }
        progress.add(count);
        left = left.saturating_sub(count);
        next = page.next.clone();
        match &args.save {
            None => {
                page.rows.iter_mut().for_each(&each);
                listing.rows(page.rows)?;
            }
            Some(folder) => {
                if saver.is_none() {
                    saver = Some(Saver::new(folder, &path)?);
                }
                if let Some(saver) = &mut saver {
                    let statement = answer.statement.as_deref().unwrap_or_default();
                    saver.page(&answer.body, statement, page)?;
                }
            }
        }
        if next.is_none() {
            break;
        }
    }
    progress.end();
    match saver {
        None => listing.end(next.as_deref())?,
        Some(saver) => {
            drop(listing);
            saved(&saver.finish()?, args, out)?;
        }
    }
    if let Some(cursor) = next.filter(|_| format != Format::Json) {
        eprintln!("there are more: --cursor {}", crate::output::plain(&cursor));
    }
    Ok(Exit::Ok)
}

fn saved(manifest: &Manifest, args: &PageArgs, out: &mut impl Write) -> Result<(), CommandError> {
    let folder = args.save.as_deref().unwrap_or(Path::new("")).display();
    writeln!(
        out,
        "{} rows in {} signed answers saved in {folder}\nverify it: domicile-audit saved verify {folder} --directory directory.bin --trust trust.toml",
        manifest.rows, manifest.pages
    )?;
    Ok(())
}

/// A listing that is one answer.
pub(super) async fn whole(
    client: &mut Client,
    format: Format,
    columns: &[Column],
    path: &str,
    out: &mut impl Write,
) -> Result<Exit, CommandError> {
    let rows = Page::read(client.json(path).await?)
        .map_err(CommandError::Answer)?
        .rows;
    let mut listing = Listing::new(out, format, columns);
    listing.rows(rows)?;
    listing.end(None)?;
    Ok(Exit::Ok)
}

/// Says on a terminal how many rows have come, once it takes long.
struct Progress {
    since: Instant,
    rows: u64,
    bar: Option<ProgressBar>,
}

impl Progress {
    fn new() -> Self {
        Self {
            since: Instant::now(),
            rows: 0,
            bar: None,
        }
    }

    fn add(&mut self, rows: u64) {
        self.rows += rows;
        if self.bar.is_none() && self.since.elapsed() > QUIET {
            self.bar = Some(progress::spinner("rows"));
        }
        if let Some(bar) = &self.bar {
            bar.set_position(self.rows);
        }
    }

    fn end(self) {
        if let Some(bar) = self.bar {
            bar.finish_and_clear();
        }
    }
}
