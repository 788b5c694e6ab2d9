//! `domicile-world fleet`: years of a fleet in virtual time, honest and diverted, through the rules
//! that raise flags ([`domicile_diversion`]). How many flags honest hosts get, and how many
//! diversions of each kind are seen, and after how long. Method, rates and limits: `SIMULATION.md` in
//! `server/diversion`.
//!
//! | file | owns |
//! |---|---|
//! | `noise.rs` | honest round trips, from real ones |
//! | `place.rs` | where hosts are declared and answer from |
//! | `bench.rs` | what verdict and belief say there |
//! | `profile.rs` | the same, once for each circumstance |
//! | `weather.rs` | cut cables, blackouts, lying anchors, outages |
//! | `life.rs` | one host: its sessions and devices |
//! | `fate.rs` | what befalls it |
//! | `tell.rs` | many sessions as few records |
//! | `registry.rs` | licences and renewals, anomalies of anchors |
//! | `kind.rs`, `case.rs` | kinds of diversion, and one of them |
//! | `world.rs` | some hundred hosts, from change to change |
//! | `blame.rs` | what befell a host before it was flagged |
//! | `report.rs` | JSON and tables, and the bars |

mod bench;
mod blame;
mod case;
mod fate;
mod kind;
mod life;
mod noise;
mod place;
mod profile;
mod registry;
mod report;
mod tell;
#[cfg(test)]
mod tests;
mod weather;
mod world;

use crate::measured::Measured;
use crate::trials::{self, Random};
use anyhow::Context as _;
use bench::Bench;
use clap::{Args, ValueEnum};
use kind::Kind;
use noise::Noise;
use profile::Profiles;
use report::{Detection, Report};
use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use world::Size;

/// What is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// One object.
    Json,
    /// For people.
    Table,
}

/// The options of `fleet`.
#[derive(Debug, Args)]
pub struct FleetArguments {
    /// Honest hosts, rounded up to whole worlds of 200.
    #[arg(long, default_value_t = 2_000, value_parser = clap::value_parser!(u32).range(1..=100_000_000))]
    pub hosts: u32,
    /// Years that each of them is watched.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=50))]
    pub years: u32,
    /// Diversions of each kind.
    #[arg(long, default_value_t = 100)]
    pub cases: u32,
    /// Hosts with paths of their own for each metro, line and trouble; the others are like one of them.
    #[arg(long, default_value = "16")]
    pub paths: NonZeroUsize,
    /// The same seed gives the same fleet.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// Learn the noise from folders of measured round trips (`nodes.csv`, `rtt.csv`).
    #[arg(long, value_name = "DIR")]
    pub rtt: Vec<PathBuf>,
    /// Threads; all cores if not given. The result is the same.
    #[arg(long)]
    pub threads: Option<NonZeroUsize>,
    /// What is printed.
    #[arg(long, value_enum, default_value = "table")]
    pub format: Format,
}

/// Hosts of an honest world.
const HOSTS: u32 = 200;
/// A world with a diverted one: 15 for two years.
const DIVERTED: Size = Size {
    hosts: 15,
    weeks: 104,
};
const WEEKS_A_YEAR: f64 = 365.25 / 7.0;

/// Simulates and prints; 3 when a bar is not met, otherwise 0.
///
/// # Errors
/// A set that cannot be read, output that cannot be written.
pub fn run(arguments: &FleetArguments, out: &mut dyn std::io::Write) -> anyhow::Result<u8> {
    let read = |folder: &PathBuf| {
        Measured::read(folder).with_context(|| format!("cannot read {}", folder.display()))
    };
    let sets: Vec<Measured> = arguments.rtt.iter().map(read).collect::<Result<_, _>>()?;
    let noise = Noise::learn(&sets);
    let threads = arguments.threads.unwrap_or_else(trials::all_cores);
    let bench = Bench::new(noise, arguments.seed)?;
    let profiles = Profiles::new(bench, arguments.seed, arguments.paths.get());
    let mut report = Report::default();
    honest(arguments, threads, &profiles, &mut report)?;
    diverted(arguments, threads, &profiles, &mut report)?;
    let missed = report.missed();
    match arguments.format {
        Format::Json => writeln!(out, "{}", serde_json::to_string(&report)?)?,
        Format::Table => {
            write!(out, "{}", report.table())?;
            for bar in &missed {
                writeln!(out, "not met: {bar}")?;
            }
        }
    }
    Ok(if missed.is_empty() { 0 } else { 3 })
}

fn honest(
    arguments: &FleetArguments,
    threads: NonZeroUsize,
    profiles: &Profiles,
    report: &mut Report,
) -> anyhow::Result<()> {
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // some thousand
    let weeks = (f64::from(arguments.years) * WEEKS_A_YEAR).ceil() as u64;
    let size = Size {
        hosts: HOSTS,
        weeks,
    };
    let worlds = u64::from(arguments.hosts.div_ceil(HOSTS));
    let bar = trials::bar(worlds, "worlds of 200 honest hosts");
    let blocks = trials::in_blocks_of(1, worlds, threads, &bar, |range| {
        let mut counts: BTreeMap<(&str, bool, &str), u64> = BTreeMap::new();
        for number in range {
            let seed = Random::of_trial(arguments.seed, number).next();
            for raised in world::honest(seed, size, profiles) {
                let key = (raised.code.name(), raised.is_true, raised.cause);
                *counts.entry(key).or_default() += 1;
            }
        }
        Ok(counts)
    })?;
    for ((name, is_true, cause), count) in blocks.into_iter().flatten() {
        let sum = report.flags.entry(name).or_default();
        match is_true {
            true => sum.of_diverted += count,
            false => {
                sum.of_honest += count;
                let causes = report.causes.entry(name).or_default();
                *causes.entry(cause).or_default() += count;
            }
        }
    }
    #[allow(clippy::cast_precision_loss)] // at most 10¹²
    let host_weeks = (worlds * u64::from(size.hosts) * size.weeks) as f64;
    report.host_years = host_weeks / WEEKS_A_YEAR;
    Ok(())
}

/// Each case is a world of its own.
fn diverted(
    arguments: &FleetArguments,
    threads: NonZeroUsize,
    profiles: &Profiles,
    report: &mut Report,
) -> anyhow::Result<()> {
    let cases = u64::from(arguments.cases);
    let bar = trials::bar(cases * Kind::ALL.len() as u64, "diversions");
    let blocks = trials::in_blocks_of(1, cases * Kind::ALL.len() as u64, threads, &bar, |range| {
        let mut found = Vec::new();
        for number in range {
            let kind = Kind::ALL[usize::try_from(number / cases)?];
            let seed = Random::of_trial(!arguments.seed, number).next();
            found.push((kind, world::diverted(seed, DIVERTED, kind, profiles)));
        }
        Ok(found)
    })?;
    let mut delays: BTreeMap<Kind, Vec<f64>> = BTreeMap::new();
    for (kind, due) in blocks.into_iter().flatten() {
        let detection = report.detection.entry(kind.name()).or_insert(Detection {
            why: kind.why(),
            ..Detection::default()
        });
        detection.cases += 1;
        for raised in &due {
            report
                .flags
                .entry(raised.code.name())
                .or_default()
                .of_diverted += 1;
        }
        let Some(first) = due.iter().min_by_key(|raised| raised.at_ms) else {
            continue;
        };
        detection.detected += 1;
        *detection.first_flags.entry(first.code.name()).or_default() += 1;
        #[allow(clippy::cast_precision_loss)] // some years
        let days = first.at_ms.saturating_sub(world::diverted_ms()) as f64 / 86_400_000.0;
        delays.entry(kind).or_default().push(days);
    }
    for (kind, mut days) in delays {
        days.sort_unstable_by(f64::total_cmp);
        if let Some(detection) = report.detection.get_mut(kind.name()) {
            detection.median_days = Some(days[days.len() / 2]);
        }
    }
    let unseen = report
        .detection
        .iter()
        .filter(|(_, found)| found.detected == 0);
    report.undetected = unseen.map(|(name, _)| *name).collect();
    Ok(())
}
