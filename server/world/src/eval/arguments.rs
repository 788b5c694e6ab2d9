//! The command line of `eval`.

use super::pick::Pick;
use crate::measured::Votes;
use clap::{Args, ValueEnum};
use std::path::PathBuf;
use std::str::FromStr;

/// How many nodes become anchors.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AnchorCount {
    /// Every node that can.
    All,
    /// At most so many, by the rule of [`Pick`].
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
    /// How many nodes become anchors: `all`, or a number.
    #[arg(long, default_value = "all")]
    pub anchors: AnchorCount,
    /// Which nodes become anchors when not all do.
    #[arg(long, value_enum, default_value = "spaced")]
    pub pick: Pick,
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
    /// Leave out the belief, which takes seconds.
    #[arg(long = "no-belief", action = clap::ArgAction::SetFalse)]
    pub belief: bool,
    /// Compare with methods of others: shortest ping, CBG, CBG++, Spotter. Takes seconds to minutes.
    #[arg(long)]
    pub baselines: bool,
    /// Write pictures (SVG) of the result into this folder.
    #[arg(long, value_name = "DIR")]
    pub plots: Option<PathBuf>,
    /// Also make so many forgeries against the anchors of the set: hosts in denied territories that
    /// delay their answers. Ends with status 3 when one is `confined`.
    #[arg(long, value_name = "N")]
    pub forge: Option<u64>,
    /// The forgeries' seed: the same gives the same forgeries.
    #[arg(long, default_value_t = 1, value_name = "NUMBER")]
    pub forge_seed: u64,
    /// What is printed.
    #[arg(long, value_enum, default_value = "table")]
    pub format: Format,
}
