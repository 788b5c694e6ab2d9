//! `policy rejudge`: every host of a list judged by two sets of packs, into a file.
//!
//! Broken off anywhere, by Ctrl-C or a cut of power, the same command goes on, and the file is the same to the
//! byte ([`crate::commands::journal`]). Memory does not grow with the list.
//!
//! Start reading at [`run`], then [`Run::batch`].

use super::diff::{say, with};
use super::load::wrong;
use super::{TrustFile, days, judge, listing};
use crate::cli::policy::RejudgeArgs;
use crate::commands::journal::Journal;
use crate::commands::{CommandError, Exit};
use crate::output::{CHANGED, Format};
use domicile_policy::hosts::{self, Host};
use domicile_policy::judge::Judge;
use domicile_policy::pack::Pack;
use indicatif::{ProgressBar, ProgressStyle};
use ring::digest::{Context, SHA256};
use rustix::time::{ClockId, clock_gettime};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Read, Seek as _, SeekFrom, Write};
use std::path::Path;
use std::time::Duration;

/// Hosts that are judged together, so that their time can be taken.
const BATCH: usize = 1024;

/// How far it is.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct State {
    /// Hosts done.
    hosts: u64,
    /// Where the line of the last of them begins in the list.
    at: u64,
    /// Those with another answer.
    changed: u64,
    /// Subject, before, after; how many, and the first of them.
    counts: Vec<([String; 3], u64, String)>,
}

pub(super) fn run(
    args: &RejudgeArgs,
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
    let named =
        [&before, &after].map(|packs| packs.iter().map(|pack| pack.hash).collect::<Vec<_>>());
    let question = format!("{named:?} {as_of} {known_on} {}", digest(&args.hosts)?);
    let (journal, before) = Journal::open(&args.out, question)?;
    let resumed: bool = before.is_some();
    let state: State = before.unwrap_or_default();
    let done = state.hosts;
    let counts = state.counts.iter().cloned();
    let counts = counts.map(|(what, hosts, example)| (what, (hosts, example)));
    let mut run = Run {
        journal,
        counts: counts.collect(),
        state,
        judges,
    };
    let judging = run.list(&args.hosts, &after, args.checkpoint)?;
    let state = run.finish()?;
    let rows: Vec<Value> = state
        .counts
        .iter()
        .map(|([subject, before, after], hosts, example)| {
            json!({ "subject": subject, "before": before, "after": after, "hosts": hosts, "example": example })
        })
        .collect();
    listing(out, format, CHANGED, rows)?;
    if format == Format::Table {
        let State { hosts, changed, .. } = state;
        let resumed = match resumed {
            true => format!(", of which {done} were done before"),
            false => String::new(),
        };
        eprintln!("{changed} of {hosts} hosts get another answer{resumed}");
        eprintln!("{}", rate(2 * (hosts - done), judging));
    }
    Ok(Exit::Ok)
}

/// How fast the judging alone was, without reading and writing.
#[allow(clippy::cast_precision_loss)] // a rate for people
fn rate(decisions: u64, judging: Duration) -> String {
    let seconds = judging.as_secs_f64();
    let rate = decisions as f64 / seconds.max(1e-9);
    format!("{decisions} decisions in {seconds:.3} s of one core: {rate:.0} a second")
}

/// What this thread has had of a processor: others' work beside it does not count.
fn processor_time() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    time.try_into().unwrap_or_default()
}

/// SHA-256 of a file, hexadecimal.
fn digest(path: &Path) -> Result<String, CommandError> {
    let mut file = File::open(path).map_err(|error| wrong(path, &error))?;
    let mut context = Context::new(&SHA256);
    let mut buffer = vec![0; 1 << 16];
    loop {
        match file
            .read(&mut buffer)
            .map_err(|error| wrong(path, &error))?
        {
            0 => return Ok(data_encoding::HEXLOWER.encode(context.finish().as_ref())),
            read => context.update(&buffer[..read]),
        }
    }
}

struct Run {
    journal: Journal,
    state: State,
    counts: BTreeMap<[String; 3], (u64, String)>,
    judges: [Judge; 2],
}

impl Run {
    /// Judges what is left of the list. How long the judging alone took.
    fn list(
        &mut self,
        path: &Path,
        packs: &[Pack],
        checkpoint: u64,
    ) -> Result<Duration, CommandError> {
        let failed = |error: io::Error| wrong(path, &error);
        let mut file = BufReader::with_capacity(1 << 18, File::open(path).map_err(failed)?);
        let length = file.get_ref().metadata().map_err(failed)?.len();
        let mut head = Vec::new();
        file.read_until(b'\n', &mut head).map_err(failed)?;
        // The reader is given the head and then the rest from the last host that is done, which is read again.
        let from = self.state.at.max(head.len() as u64);
        file.seek(SeekFrom::Start(from)).map_err(failed)?;
        let skipped = from - head.len() as u64;
        let style = ProgressStyle::with_template("{wide_bar} {percent}% {eta} left");
        let bar = ProgressBar::new(length)
            .with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        let mut hosts = hosts::read(head.as_slice().chain(file), packs)
            .map_err(|error| wrong(path, &error))?
            .skip(usize::from(self.state.hosts > 0));
        let mut judging = Duration::ZERO;
        let mut since = 0;
        loop {
            let batch: Result<Vec<Host>, _> = hosts.by_ref().take(BATCH).collect();
            let batch = batch.map_err(|error| wrong(path, &error))?;
            let Some(last) = batch.last() else {
                bar.finish_and_clear();
                return Ok(judging);
            };
            self.state.at = last.at + skipped;
            judging += self.batch(&batch)?;
            since += batch.len() as u64;
            bar.set_position(self.state.at);
            if since >= checkpoint {
                self.keep()?;
                since = 0;
            }
        }
    }

    /// Judges, counts and writes; how long the judging alone took.
    fn batch(&mut self, batch: &[Host]) -> Result<Duration, CommandError> {
        let [before, after] = &self.judges;
        let began = processor_time();
        let decisions: Vec<_> = batch
            .iter()
            .map(|host| (before.decide(&host.facts), after.decide(&host.facts)))
            .collect();
        let judging = processor_time().saturating_sub(began);
        for (host, (old, new)) in batch.iter().zip(&decisions) {
            let changed = hosts::compare((before, old), (after, new));
            self.state.changed += u64::from(!changed.is_empty());
            let mut rows = Vec::new();
            for one in &changed {
                let what = [one.subject.to_string(), say(one.before), say(one.after)];
                let [subject, before, after] = &what;
                rows.push(json!({ "subject": subject, "before": before, "after": after }));
                let count = self.counts.entry(what);
                count.or_insert_with(|| (0, host.name.clone())).0 += 1;
            }
            let answers: Map<String, Value> = new
                .iter(after)
                .map(|(subject, standing)| (subject.to_string(), standing.to_string().into()))
                .collect();
            let line = json!({ "host": host.name, "answers": answers, "changed": rows });
            self.journal.line(&line)?;
        }
        self.state.hosts += batch.len() as u64;
        Ok(judging)
    }

    fn keep(&mut self) -> Result<(), CommandError> {
        self.state.counts = self.counts();
        self.journal.keep(&self.state)
    }

    fn counts(&self) -> Vec<([String; 3], u64, String)> {
        let counts = self.counts.iter();
        let row = |(what, (hosts, example)): (&[String; 3], &(u64, String))| {
            (what.clone(), *hosts, example.clone())
        };
        counts.map(row).collect()
    }

    /// The file gets its name; what was counted.
    fn finish(mut self) -> Result<State, CommandError> {
        self.state.counts = self.counts();
        self.journal.finish()?;
        Ok(self.state)
    }
}
