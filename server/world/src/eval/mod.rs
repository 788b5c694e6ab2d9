//! `domicile-world eval`: how well locating does on measured round trips whose true places are
//! known, each node in turn as the host of the others.
//!
//! | Module | Owns |
//! |---|---|
//! | `trial.rs` | which nodes are hosts and anchors, and what the anchors saw of a host |
//! | `score.rs` | the solves and what is counted |
//! | `scan.rs` | the method that the solve is compared with for speed |
//! | `report.rs` | JSON and table |
//!
//! # What counts
//! - A **host** is a node whose true place is known (no `bad_truth`, no `suspect`) and that some
//!   anchor saw. Of `bad_coord` the territory is right, and a host's coordinates are not used.
//! - An **anchor** is a node that is a source of rows that count and about whose place nothing
//!   is in doubt. A host is never its own anchor.
//! - A round trip is the smaller of both directions; rows from a `drop_src` and pairs that are
//!   `bad_pair` do not count.
//! - A **false claim** is a host declared in another territory: every host is declared in each
//!   of the other territories of the territory data. The same is counted for the territories
//!   in which the set has hosts (`set_false_claims`), a harder question: they are the
//!   neighbours, without the islands.
//! - The nodes' coordinates are those of cities, so they are taken to be
//!   [`EvalArguments::survey_error_m`] from the machines.
//!
//! Belief is not part of this program yet: its fields are `null`.
//!
//! Start reading at [`run`].

mod report;
mod scan;
mod score;
mod trial;

use crate::measured::{self, Votes};
use anyhow::{Context, bail};
use clap::{Args, ValueEnum};
use domicile_geo::Territories;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

/// Largest file accepted, bytes.
const MAX_FILE: u64 = 64 * 1024 * 1024;

/// Exit status when a true territory was excluded.
const TRUE_EXCLUDED: u8 = 3;

/// How many nodes become anchors.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AnchorCount {
    /// Every node that can.
    All,
    /// At most so many, evenly spaced in the order of the file.
    AtMost(usize),
}

impl FromStr for AnchorCount {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match (text, text.parse()) {
            ("all", _) => Ok(Self::All),
            (_, Ok(count)) if count > 0 => Ok(Self::AtMost(count)),
            _ => Err("`all` or a number from 1 is expected".into()),
        }
    }
}

/// What is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// One object.
    Json,
    /// For people.
    Table,
}

/// The options of `eval`.
#[derive(Debug, Args)]
pub struct EvalArguments {
    /// Nodes: `id,name,city,country_iso2,lat,lon,provider`.
    #[arg(long)]
    pub nodes: PathBuf,
    /// Round trips: `src,dst,rtt_ms`.
    #[arg(long)]
    pub rtt: PathBuf,
    /// What not to believe: `kind,name`.
    #[arg(long)]
    pub exclusions: Option<PathBuf>,
    /// How many nodes become anchors: `all`, or a number (evenly spaced in the file).
    #[arg(long, default_value = "all")]
    pub anchors: AnchorCount,
    /// What one vote is: each node, or all nodes of a provider together.
    #[arg(long, value_enum, default_value = "node")]
    pub votes: Votes,
    /// How many votes may lie.
    #[arg(long, default_value_t = 0)]
    pub lying_votes: u8,
    /// How far a node may be from its coordinates, metres.
    #[arg(long, default_value_t = 10_000)]
    pub survey_error_m: u32,
    /// Leave out the comparison with a scan of every cell, which takes seconds.
    #[arg(long)]
    pub no_scan: bool,
    /// What is printed.
    #[arg(long, value_enum, default_value = "table")]
    pub format: Format,
}

/// Evaluates and prints. `elapsed` is a steady clock. The exit status: 0, or 3 when a true
/// territory was excluded.
///
/// # Errors
/// Files that cannot be used (file and line are named), output that cannot be written.
pub fn run(
    arguments: &EvalArguments,
    elapsed: &dyn Fn() -> Duration,
    out: &mut dyn std::io::Write,
) -> anyhow::Result<u8> {
    let exclusions = match &arguments.exclusions {
        Some(path) => read(path)?,
        None => Vec::new(),
    };
    let world = measured::parse(
        &read(&arguments.nodes)?,
        &read(&arguments.rtt)?,
        &exclusions,
    )
    .with_context(|| {
        let (nodes, rtt) = (arguments.nodes.display(), arguments.rtt.display());
        format!("cannot use {nodes} (nodes.csv) and {rtt} (rtt.csv)")
    })?;
    let territories = Territories::builtin();
    let trial = trial::Trial::new(world, arguments, territories)?;
    if trial.hosts.is_empty() {
        bail!("no host: no node of a known place was seen by an anchor");
    }
    let score = score::score(&trial, territories, elapsed)?;
    let speedup = (!arguments.no_scan)
        .then(|| scan::speedup(&trial, territories, elapsed))
        .transpose()?;
    let report = report::Report::new(&trial, &score, speedup, arguments);
    let text = match arguments.format {
        Format::Json => serde_json::to_string(&report)?,
        Format::Table => report.table(),
    };
    writeln!(out, "{text}")?;
    Ok(if score.excludes_a_truth() {
        TRUE_EXCLUDED
    } else {
        0
    })
}

fn read(path: &Path) -> anyhow::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    std::fs::File::open(path)
        .and_then(|file| file.take(MAX_FILE + 1).read_to_end(&mut bytes))
        .with_context(|| format!("cannot read {}", path.display()))?;
    if bytes.len() as u64 > MAX_FILE {
        bail!("{} is larger than {MAX_FILE} bytes", path.display());
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests;
