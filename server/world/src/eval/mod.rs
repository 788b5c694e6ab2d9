//! `domicile-world eval`: how well locating does on measured round trips whose true places are
//! known, each node in turn as the host of the others.
//!
//! | Module | Owns |
//! |---|---|
//! | `arguments.rs` | the command line |
//! | `trial.rs` | which nodes are hosts and anchors, and what the anchors saw of a host |
//! | `pick.rs` | which anchors are taken when not all are |
//! | `score.rs` | the solves and what is counted |
//! | `bound.rs` | false claims that no method can refute |
//! | `scan.rs` | the method that the solve is compared with for speed |
//! | `belief.rs` | what is believed of each host |
//! | `baselines/` | methods of others, after their papers |
//! | `forge/` | hosts that delay their answers |
//! | `nearest_land.rs` | the territory of a place |
//! | `estimate.rs` | an estimated place, and how good estimates are over all hosts |
//! | `plots/` | pictures |
//! | `report.rs`, `table.rs` | JSON, and tables for people |
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
//! - Nodes in no territory of the data, and nodes that no anchor saw, are no hosts; they are
//!   named (`left_out`) and may be anchors.
//! - The nodes' coordinates are those of cities, so they are taken to be
//!   [`EvalArguments::survey_error_m`] from the machines.
//!
//! Start reading at [`run`].

mod arguments;
mod baselines;
mod belief;
mod bound;
mod estimate;
mod forge;
mod nearest_land;
mod pick;
mod plots;
mod report;
mod scan;
mod score;
mod table;
mod trial;

pub use arguments::{AnchorCount, EvalArguments, Format};
pub use pick::Pick;

use crate::measured::{self, MAX_FILE};
use crate::trials;
use anyhow::{Context, bail};
use domicile_geo::Territories;
use indicatif::{ProgressBar, ProgressFinish, ProgressStyle};
use std::io::Read;
use std::path::Path;
use std::time::Duration;

/// Exit status when a true territory was excluded, or a forgery confined.
const TRUE_EXCLUDED: u8 = 3;

/// Evaluates and prints. `elapsed` is a steady clock. The exit status: 0, or 3 when a true
/// territory was excluded or a forgery was `confined`.
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
    let score = {
        let bar = progress(trial.hosts.len() + trial.doubtful.len(), "solving");
        score::score(&trial, territories, elapsed, &|| bar.inc(1))?
    };
    let speedup = if arguments.no_scan {
        None
    } else {
        let bar = progress(scan::HOSTS, "scanning every cell");
        Some(scan::speedup(&trial, territories, elapsed, &|| bar.inc(1))?)
    };
    let extras = report::Extras {
        speedup,
        belief: arguments.belief.then(|| {
            let bar = progress(belief::steps(&trial), "belief");
            belief::run(&trial, territories, &|| bar.inc(1))
        }),
        baselines: arguments.baselines.then(|| {
            let bar = progress(baselines::steps(&trial), "methods of others");
            baselines::run(&trial, territories, &|| bar.inc(1))
        }),
        forge: arguments
            .forge
            .map(|count| forge::run(&trial, count, arguments.forge_seed, trials::all_cores()))
            .transpose()?,
    };
    let forged = extras
        .forge
        .as_ref()
        .is_some_and(forge::ForgeReport::is_broken);
    let report = report::Report::new(&trial, &score, &extras, arguments);
    if let Some(folder) = &arguments.plots {
        plots::write(folder, &trial, &report, &extras, territories)?;
    }
    let text = match arguments.format {
        Format::Json => serde_json::to_string(&report)?,
        Format::Table => report.table(),
    };
    writeln!(out, "{text}")?;
    Ok(if forged || score.excludes_a_truth() {
        TRUE_EXCLUDED
    } else {
        0
    })
}

/// A bar on standard error, until it is dropped; invisible when that is no terminal.
fn progress(steps: usize, what: &'static str) -> ProgressBar {
    let bar = ProgressBar::new(steps as u64).with_message(what);
    let style = ProgressStyle::with_template("{spinner} [{elapsed_precise}] {bar:30} {msg}");
    bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
        .with_finish(ProgressFinish::AndClear)
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
