//! The command line of `policy` and `registry`: offline, nothing is asked of a collector.

use clap::{Args, Subcommand};
use domicile_policy::day::Day;
use domicile_policy::pack::example::WrittenFacts;
use std::path::PathBuf;

/// Dated rules of export control: check, try, compare, judge by them, make a policy file of them.
#[derive(Debug, Subcommand)]
pub enum PolicyCommand {
    /// Check packs that are used together; exits 1 when one has an error
    Lint {
        /// Packs: TOML files, signed packs (.signed) or folders of them
        #[arg(required = true, value_name = "PACK")]
        packs: Vec<PathBuf>,
    },
    /// Run the examples that stand in the packs; exits 1 when one is not met
    Test {
        /// Packs, or folders of them [default: those that come with this program]
        #[arg(value_name = "PACK")]
        packs: Vec<PathBuf>,
    },
    /// What the rules say about one device at one place
    Judge(JudgeArgs),
    /// Whose answers change from one set of packs to another
    Diff(DiffArgs),
    /// Judge a whole fleet anew, into a file; broken off, the same command goes on
    Rejudge(RejudgeArgs),
    /// Make the policy file that verdicts use, from packs and the registry
    Build(BuildArgs),
    /// Sign a pack with the vendor's directory key
    Sign {
        /// The pack, a TOML file without errors
        pack: PathBuf,
        /// The vendor's directory.key
        #[arg(long, value_name = "FILE")]
        key: PathBuf,
        /// Packs that it is used with, when it names groups, classes or rules of theirs
        #[arg(long = "with", value_name = "PACK")]
        with: Vec<PathBuf>,
        /// The signed pack, ending in .signed; it must not exist
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
    },
    /// Write the packs that come with this program into a folder, to read and change
    Shipped {
        /// The folder; none of the files may exist in it
        #[arg(long, value_name = "DIR")]
        out: PathBuf,
    },
}

/// Which rules: packs and days.
#[derive(Debug, Args)]
pub struct Days {
    /// Rules that hold on this day [default: today, UTC]
    #[arg(long, value_name = "DAY", value_parser = day)]
    pub as_of: Option<Day>,
    /// Rules that were recorded on this day or before [default: the day judged]
    #[arg(long, value_name = "DAY", value_parser = day)]
    pub known_on: Option<Day>,
}

/// What to judge.
#[derive(Debug, Args)]
pub struct JudgeArgs {
    /// A pack or a folder of them; several times for several [default: those that come with it]
    #[arg(long = "pack", value_name = "PACK")]
    pub packs: Vec<PathBuf>,
    /// On which days.
    #[command(flatten)]
    pub days: Days,
    /// Every day on which the answer changed, each judged by what was known that day
    #[arg(long, conflicts_with_all = ["as_of", "known_on"])]
    pub history: bool,
    /// What is known.
    #[command(flatten)]
    pub facts: FactArgs,
}

/// What is known of a device. What is left out is unknown.
#[derive(Debug, Args)]
#[command(next_help_heading = "Facts (what is left out is unknown)")]
pub struct FactArgs {
    /// Who sells the device, such as nvidia
    #[arg(long)]
    pub vendor: Option<String>,
    /// Its architecture, such as hopper
    #[arg(long)]
    pub family: Option<String>,
    /// Its model, such as H200; a model that a pack knows brings its numbers
    #[arg(long)]
    pub model: Option<String>,
    /// Its export control classification number
    #[arg(long)]
    pub eccn: Option<String>,
    /// Total processing performance
    #[arg(long)]
    pub tpp: Option<f64>,
    /// TPP per mm² of die
    #[arg(long)]
    pub performance_density: Option<f64>,
    /// DRAM bandwidth, GB/s
    #[arg(long)]
    pub memory_bandwidth: Option<f64>,
    /// Bandwidth to other circuits, both ways together, GB/s
    #[arg(long)]
    pub interconnect_bandwidth: Option<f64>,
    /// Where it operates or is to go, ISO 3166
    #[arg(long, value_name = "CODE")]
    pub territory: Option<String>,
    /// Where it was shipped from, ISO 3166
    #[arg(long, value_name = "CODE")]
    pub shipped_from: Option<String>,
    /// Seats of the end user and of all its parents: "SG" or "SG CN"
    #[arg(long, value_name = "CODES")]
    pub headquarters: Option<String>,
    /// Whether public money pays for the site
    #[arg(long, value_name = "BOOL")]
    pub public_funding: Option<bool>,
    /// It is known that no licence is held
    #[arg(long)]
    pub no_licence: bool,
}

impl From<&FactArgs> for WrittenFacts {
    fn from(args: &FactArgs) -> Self {
        Self {
            vendor: args.vendor.clone(),
            family: args.family.clone(),
            model: args.model.clone(),
            eccn: args.eccn.clone(),
            tpp: args.tpp,
            performance_density: args.performance_density,
            memory_bandwidth: args.memory_bandwidth,
            interconnect_bandwidth: args.interconnect_bandwidth,
            territory: args.territory.clone(),
            shipped_from: args.shipped_from.clone(),
            headquarters: args.headquarters.clone(),
            public_funding: args.public_funding,
            licence_held: args.no_licence.then_some(false),
        }
    }
}

/// What to compare.
#[derive(Debug, Args)]
pub struct DiffArgs {
    /// The packs before: a file or a folder
    pub before: PathBuf,
    /// The packs after: a file or a folder
    pub after: PathBuf,
    /// Packs that both are used with, such as models
    #[arg(long = "with", value_name = "PACK")]
    pub with: Vec<PathBuf>,
    /// CSV with the column `host` and the facts as columns: model, territory, headquarters, ...
    #[arg(long, value_name = "FILE")]
    pub hosts: PathBuf,
    /// Every host whose answer changes, instead of how many
    #[arg(long)]
    pub each: bool,
    /// On which days.
    #[command(flatten)]
    pub days: Days,
}

/// What to judge anew.
#[derive(Debug, Args)]
pub struct RejudgeArgs {
    /// The packs before: a file or a folder
    pub before: PathBuf,
    /// The packs after: a file or a folder
    pub after: PathBuf,
    /// Packs that both are used with, such as models
    #[arg(long = "with", value_name = "PACK")]
    pub with: Vec<PathBuf>,
    /// CSV with the column `host` and the facts as columns: model, territory, headquarters, ...
    #[arg(long, value_name = "FILE")]
    pub hosts: PathBuf,
    /// The file to write, NDJSON with one line for each host; it must not exist. What is not finished
    /// stands in FILE.part
    #[arg(long, value_name = "FILE")]
    pub out: PathBuf,
    /// Hosts after which it can go on if it is broken off
    #[arg(long, value_name = "N", default_value_t = 50_000, value_parser = clap::value_parser!(u64).range(1..))]
    pub checkpoint: u64,
    /// On which days.
    #[command(flatten)]
    pub days: Days,
}

/// What to make.
#[derive(Debug, Args)]
pub struct BuildArgs {
    /// A pack or a folder of them; several times for several [default: those that come with it]
    #[arg(long = "pack", value_name = "PACK")]
    pub packs: Vec<PathBuf>,
    /// The registry: a TOML file, or a folder with its CSV files
    #[arg(long, value_name = "PATH")]
    pub registry: PathBuf,
    /// The policy file's version number
    #[arg(long, value_name = "N")]
    pub number: u64,
    /// The policy file; it must not exist
    #[arg(long, value_name = "FILE")]
    pub out: PathBuf,
    /// On which days.
    #[command(flatten)]
    pub days: Days,
}

/// The registry of customers, sites, licences and devices: TOML, or a folder of CSV files.
#[derive(Debug, Subcommand)]
pub enum RegistryCommand {
    /// Check a registry; exits 1 when it does not hold together
    Check {
        /// A TOML file, or a folder with customers.csv, sites.csv, licences.csv, devices.csv
        path: PathBuf,
    },
    /// Write a registry in the other form
    Convert {
        /// A TOML file, or a folder of CSV files
        from: PathBuf,
        /// A TOML file (ending in .toml), or a folder for CSV files; nothing is overwritten
        to: PathBuf,
    },
    /// The entry of the change log for going from one registry to another
    Changes {
        /// The registry before
        before: PathBuf,
        /// The registry after
        after: PathBuf,
        /// Who makes the change
        #[arg(long)]
        who: String,
        /// Why it is made
        #[arg(long)]
        why: String,
    },
}

fn day(text: &str) -> Result<Day, String> {
    text.parse()
        .map_err(|error: domicile_policy::day::DayError| error.to_string())
}
