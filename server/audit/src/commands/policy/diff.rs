//! `policy diff`: a list of hosts, judged by two sets of packs.

use super::load::{self, wrong};
use super::{TrustFile, days, judge};
use crate::cli::policy::DiffArgs;
use crate::commands::{CommandError, Exit};
use crate::output::{CHANGED, CHANGED_EACH, Format, Listing};
use domicile_policy::hosts::{self, Changed};
use domicile_policy::judge::{Judge, Standing};
use domicile_policy::pack::Pack;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufReader, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// When it lasts longer, it says how far it is.
const QUIET: Duration = Duration::from_secs(2);

/// Rows that go out together.
const BATCH: usize = 1000;

pub(super) fn run(
    args: &DiffArgs,
    trust: TrustFile<'_>,
    format: Format,
    out: &mut impl Write,
) -> Result<Exit, CommandError> {
    let (as_of, known_on) = days(&args.days);
    let before = with(&args.before, &args.with, trust)?;
    let after = with(&args.after, &args.with, trust)?;
    let judges = [
        judge::judge(&before, as_of, known_on)?,
        judge::judge(&after, as_of, known_on)?,
    ];
    let mut tally = Tally {
        each: args.each,
        listing: Listing::new(out, format, if args.each { CHANGED_EACH } else { CHANGED }),
        rows: Vec::new(),
        counts: BTreeMap::new(),
        changed: 0,
    };
    let hosts = compare(&args.hosts, &after, &judges, &mut tally)?;
    let changed = tally.end()?;
    if format == Format::Table {
        eprintln!("{changed} of {hosts} hosts get another answer");
    }
    Ok(Exit::Ok)
}

pub(super) fn with(
    path: &Path,
    with: &[PathBuf],
    trust: TrustFile<'_>,
) -> Result<Vec<Pack>, CommandError> {
    let paths: Vec<PathBuf> = std::iter::once(path.to_owned())
        .chain(with.iter().cloned())
        .collect();
    load::packs(&paths, &trust)
}

/// Reads the list to its end; how many hosts it has.
fn compare<W: Write>(
    path: &Path,
    packs: &[Pack],
    [before, after]: &[Judge; 2],
    tally: &mut Tally<'_, W>,
) -> Result<u64, CommandError> {
    let file = File::open(path).map_err(|error| wrong(path, &error))?;
    let length = file.metadata().map_or(0, |metadata| metadata.len());
    let bar = ProgressBar::with_draw_target(Some(length), ProgressDrawTarget::hidden());
    let style = ProgressStyle::with_template("{wide_bar} {percent}% {eta}");
    let bar = bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    let read = BufReader::with_capacity(1 << 18, bar.wrap_read(file));
    let (began, mut shown, mut count) = (Instant::now(), false, 0_u64);
    for host in hosts::read(read, packs).map_err(|error| wrong(path, &error))? {
        let host = host.map_err(|error| wrong(path, &error))?;
        count += 1;
        tally.host(&host.name, &hosts::difference(before, after, &host.facts))?;
        if !shown && count.is_multiple_of(1024) && began.elapsed() > QUIET {
            bar.set_draw_target(ProgressDrawTarget::stderr());
            shown = true;
        }
    }
    bar.finish_and_clear();
    Ok(count)
}

/// What changed so far.
struct Tally<'l, W: Write> {
    each: bool,
    listing: Listing<'l, W>,
    rows: Vec<Value>,
    /// By subject, before and after: how many, and one of them.
    counts: BTreeMap<[String; 3], (u64, String)>,
    changed: u64,
}

pub(super) fn say(standing: Option<Standing>) -> String {
    standing.map_or_else(|| "silent".to_owned(), |standing| standing.to_string())
}

impl<W: Write> Tally<'_, W> {
    fn host(&mut self, name: &str, changed: &[Changed<'_>]) -> Result<(), CommandError> {
        self.changed += u64::from(!changed.is_empty());
        for one in changed {
            let what = [one.subject.to_string(), say(one.before), say(one.after)];
            if self.each {
                let [subject, before, after] = what;
                self.rows.push(
                    json!({ "host": name, "subject": subject, "before": before, "after": after }),
                );
            } else {
                self.counts
                    .entry(what)
                    .or_insert_with(|| (0, name.to_owned()))
                    .0 += 1;
            }
        }
        if self.rows.len() >= BATCH {
            self.listing.rows(std::mem::take(&mut self.rows))?;
        }
        Ok(())
    }

    /// Writes what is left; how many hosts changed.
    fn end(mut self) -> Result<u64, CommandError> {
        let counted = self.counts.into_iter().map(|([subject, before, after], (hosts, example))| {
            json!({ "subject": subject, "before": before, "after": after, "hosts": hosts, "example": example })
        });
        self.rows.extend(counted);
        self.listing.rows(self.rows)?;
        self.listing.end(None)?;
        Ok(self.changed)
    }
}
