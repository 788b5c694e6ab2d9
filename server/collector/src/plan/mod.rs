//! `domicile-collector plan`: which metros a set of anchors can confirm, within which round trips,
//! what each anchor decides, and where another one helps most.
//!
//! | module | owns |
//! |---|---|
//! | `input` | anchors and metros out of files |
//! | `goal` | which territories a verdict has to exclude |
//! | `outcome` | the plan, with names |
//! | `limits` | the zone file for agents in coarse mode |
//! | `table`, `sheet`, `picture` | its forms for people, spreadsheets and eyes |
//!
//! Reads files and computes; nothing here touches the store or the network. The plan itself is
//! [`domicile_geo::plan`]'s, whose premises hold here too: it supposes that a host measures every
//! anchor that is not left out, by honest paths.
//!
//! Start reading at [`run`].

mod goal;
mod input;
mod limits;
mod outcome;
mod picture;
mod sheet;
mod table;

use anyhow::{Context as _, bail, ensure};
use clap::{Args, ValueEnum};
use domicile_certs::files;
use domicile_geo::plan::{Goal, PathModel, Plan};
use domicile_geo::{SpeedPpm, Territories, TerritoryCode, Tier};
use input::{Anchors, Named};
use outcome::Outcome;
use std::path::PathBuf;

/// What is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// Tables, for people.
    Table,
    /// One line for each metro and tier.
    Csv,
    /// Everything, as one object.
    Json,
}

/// What a metro counts when anchors are chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Weights {
    /// Every metro the same.
    Equal,
    /// Its people (or the `weight` of the metros file).
    Population,
}

/// The options of `plan`.
#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("source").required(true))]
#[command(group = clap::ArgGroup::new("wanted").required(true).multiple(true))]
pub struct PlanArguments {
    /// A signed directory: its anchors that have not expired, and its metros.
    #[arg(long, value_name = "FILE", group = "source")]
    pub directory: Option<PathBuf>,
    /// The vendor's trust file, for the directory's signature.
    #[arg(long, value_name = "FILE", default_value = "/etc/domicile/trust.toml")]
    pub trust: PathBuf,
    /// Anchors as CSV: `name,vote,lat,lon` and, if wanted, `survey_error_m,clock_error_ppm`.
    #[arg(long, value_name = "FILE", group = "source")]
    pub anchors: Option<PathBuf>,
    /// Leave out the anchors of this operator: they do not count for its own hosts.
    #[arg(long, value_name = "NAME", conflicts_with = "anchors")]
    pub operator: Option<String>,

    /// Territories that must be excluded, by code; without it, all that are not permitted.
    #[arg(long, value_name = "CODES", value_delimiter = ',', group = "wanted")]
    pub deny: Vec<TerritoryCode>,
    /// Territories that a licence permits, by code.
    #[arg(long, value_name = "CODES", value_delimiter = ',', group = "wanted")]
    pub permit: Vec<TerritoryCode>,
    /// A policy file: plan for one of its licences.
    #[arg(long, value_name = "FILE", group = "wanted", conflicts_with_all = ["deny", "permit"])]
    pub policy: Option<PathBuf>,
    /// The licence; not needed when the policy has only one.
    #[arg(long, value_name = "NAME", requires = "policy")]
    pub licence: Option<String>,

    /// Metros as CSV: `name,territory,lat,lon` and, if wanted, `weight`. Without it, those of the
    /// directory and large cities.
    #[arg(long, value_name = "FILE")]
    pub metros: Option<PathBuf>,
    /// Cities with so many people are metros.
    #[arg(long, value_name = "PEOPLE", default_value_t = 1_000_000)]
    pub min_population: u32,
    /// Where anchors could be added, as CSV of the metros' shape. Without it, in any of the metros.
    #[arg(long, value_name = "FILE")]
    pub candidates: Option<PathBuf>,
    /// What a metro counts when anchors are chosen.
    #[arg(long, value_enum, default_value = "equal")]
    pub weights: Weights,

    /// How many votes may lie; by default what policy and directory ask for, or 1.
    #[arg(long, value_name = "VOTES", value_parser = clap::value_parser!(u8).range(..=8))]
    pub lying_votes: Option<u8>,
    /// The tier of the verdicts: `c`, `0.69c` or `2/3c`; by default the licence's, or 0.69c.
    #[arg(long)]
    pub tier: Option<Tier>,
    /// Find up to so many places for further anchors.
    #[arg(long, value_name = "PLACES", default_value_t = 0)]
    pub next: usize,

    /// Honest paths: speed along the great circle, as a share of the speed of light.
    #[arg(long, value_name = "SHARE", default_value = "0.333333", value_parser = speed)]
    pub path_speed: SpeedPpm,
    /// Honest paths: what every round trip has on top, in milliseconds.
    #[arg(long, value_name = "MS", default_value = "2", value_parser = nanoseconds)]
    pub path_fixed_ms: Nanoseconds,
    /// The shortest round trip that practice reaches within a metro, in milliseconds.
    #[arg(long, value_name = "MS", default_value = "0.5", value_parser = nanoseconds)]
    pub best_rtt_ms: Nanoseconds,

    /// What is printed.
    #[arg(long, value_enum, default_value = "table")]
    pub format: Format,
    /// Also write the zone file for agents in coarse mode: one limit for each anchor, the longest
    /// round trip with which it excludes everything denied by itself.
    #[arg(
        long,
        value_name = "FILE",
        requires = "directory",
        conflicts_with = "anchors"
    )]
    pub limits_out: Option<PathBuf>,
    /// What the zone file is called; by default the licence.
    #[arg(long, value_name = "NAME", requires = "limits_out")]
    pub zone_name: Option<String>,
    /// Also draw a map.
    #[arg(long, value_name = "FILE.svg")]
    pub map: Option<PathBuf>,
}

/// A time that the command line gives in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Nanoseconds(pub u64);

/// Makes the plan. `progress` is told the step, how much of it is done, and of how much. The text
/// to be printed; the map is written.
///
/// # Errors
/// Files that cannot be used (file and line are named), a plan without a goal, metros or anchors.
pub fn run(
    arguments: &PlanArguments,
    now_ms: u64,
    progress: &mut dyn FnMut(&'static str, u64, u64),
) -> anyhow::Result<String> {
    let territories = Territories::builtin();
    let anchors = input::anchors(arguments, now_ms)?;
    let wanted = goal::wanted(arguments, anchors.lying_votes, territories)?;
    let all_metros = input::metros(arguments, &anchors, territories)?;
    let candidates = match &arguments.candidates {
        Some(path) => Some(input::places(path, territories)?),
        None => None,
    };
    let offered = all_metros.len();
    let metros: Vec<Named> = all_metros
        .into_iter()
        .filter(|metro| admits(&wanted.goal, metro.territory))
        .collect();
    ensure!(
        !metros.is_empty(),
        "no metro is left: all {offered} are in territories that are denied or not permitted; \
         name others with `--metros`, or lower `--min-population`"
    );
    let plan = Plan {
        sites: anchors.sites.clone(),
        metros: metros
            .iter()
            .map(|metro| metro.weighed(arguments.weights))
            .collect(),
        goal: wanted.goal,
        lying_votes: wanted.lying_votes,
        tier: wanted.tier,
        path: PathModel {
            speed: arguments.path_speed,
            fixed_ns: arguments.path_fixed_ms.0,
        },
        best_rtt_ns: arguments.best_rtt_ms.0,
        territories,
    };
    plan.check()?;
    let candidates = candidates.as_deref().unwrap_or(&metros);
    let mut outcome = Outcome::of(
        &plan,
        &anchors,
        &metros,
        candidates,
        arguments.next,
        progress,
    );
    if let Some(path) = &arguments.limits_out {
        let zone = limits::zone(&plan, &anchors, &metros)?;
        let name = arguments.zone_name.as_deref();
        let name = name.or(arguments.licence.as_deref()).unwrap_or("zone");
        let file = limits::file(&zone, name, &plan, &anchors)?;
        files::replace(path, file.to_toml().as_bytes(), files::PUBLIC)?;
        outcome.zone = Some(zone);
    }
    if let Some(path) = &arguments.map {
        let svg = picture::svg(&outcome, &plan, &anchors, &metros, candidates);
        files::replace(path, svg.as_bytes(), files::PUBLIC)?;
    }
    let left_out = offered - metros.len();
    Ok(match arguments.format {
        Format::Table => table::text(&outcome, left_out),
        Format::Csv => sheet::text(&outcome)?,
        Format::Json => serde_json::to_string_pretty(&outcome).context("the plan as JSON")? + "\n",
    })
}

/// Whether a verdict for a host there could confirm anything.
fn admits(goal: &Goal, territory: u8) -> bool {
    let permitted = goal.permitted.is_none_or(|set| set.contains(territory));
    permitted && !goal.denied.contains(territory)
}

fn speed(text: &str) -> Result<SpeedPpm, String> {
    match text.parse::<f64>() {
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // in range
        Ok(share) if (0.01..=1.0).contains(&share) => Ok(SpeedPpm((share * 1e6).round() as u32)),
        _ => Err("a number from 0.01 to 1 is expected".into()),
    }
}

fn nanoseconds(text: &str) -> Result<Nanoseconds, String> {
    match text.parse::<f64>() {
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // in range
        Ok(ms) if (0.0..=1000.0).contains(&ms) => Ok(Nanoseconds((ms * 1e6).round() as u64)),
        _ => Err("a number of milliseconds from 0 to 1000 is expected".into()),
    }
}

/// Anchors that cannot make a plan.
fn enough(anchors: Anchors) -> anyhow::Result<Anchors> {
    if anchors.sites.is_empty() {
        bail!("there is no anchor: give at least one, even if only to see what is missing");
    }
    Ok(anchors)
}
