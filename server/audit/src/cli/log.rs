//! The command line of what holds the log to its word: `verify`, `completeness`, `monitor`, `proof`, `consistency`.

use super::VouchersArgs;
use crate::log::Place;
use clap::{Args, Subcommand};
use domicile_http::client::Url;
use domicile_proto::types::Key;
use jiff::Timestamp;
use std::path::PathBuf;
use std::time::Duration;

/// What is verified.
#[derive(Debug, Args)]
pub struct VerifyArgs {
    /// The bundle's file
    #[arg(required_unless_present_any = ["receipt", "data"], conflicts_with_all = ["receipt", "data"])]
    pub bundle: Option<PathBuf>,
    /// A receipt instead, as an agent keeps it (receipt.bin): is its promise kept? Needs --directory
    #[arg(long, value_name = "FILE")]
    pub receipt: Option<PathBuf>,
    /// The folder of a log instead, as a collector keeps it (DATA/log): every byte of it
    #[arg(long, value_name = "DIR", requires = "log", conflicts_with = "receipt")]
    pub data: Option<PathBuf>,
    /// With --receipt: where the log is published, a URL or a folder with a copy
    #[arg(long, requires = "receipt")]
    pub url: Option<Place>,
    /// With --receipt: when the copy was taken, where no witness says so
    #[arg(long, value_name = "TIME", requires = "url")]
    pub at: Option<Timestamp>,
    /// Who vouches for devices and TPMs.
    #[command(flatten)]
    pub vouchers: VouchersArgs,
    /// Which witnesses must have signed the log's checkpoint (log.toml)
    #[arg(long, value_name = "FILE")]
    pub log: Option<PathBuf>,
}

/// Whose records, of which time.
#[derive(Debug, Args)]
pub struct CompletenessArgs {
    /// The host's key: 64 hexadecimal digits, as `hosts` shows it
    #[arg(required_unless_present = "records")]
    pub host: Option<Key>,
    /// Start of the time, RFC 3339; with --records by default as asked then
    #[arg(long, value_name = "TIME", required_unless_present = "records")]
    pub from: Option<Timestamp>,
    /// End of the time
    #[arg(long, value_name = "TIME", required_unless_present = "records")]
    pub to: Option<Timestamp>,
    /// Check this file, as --out wrote it, instead of asking the collector
    #[arg(long, value_name = "FILE", conflicts_with = "out")]
    pub records: Option<PathBuf>,
    /// Write what the collector gave; the file must not exist
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// Count the public leaves, too: where the log is published, a URL or a folder with a copy
    #[arg(long)]
    pub url: Option<Place>,
    /// Which witnesses must have signed the log's checkpoint (log.toml)
    #[arg(long, value_name = "FILE")]
    pub log: Option<PathBuf>,
}

/// Which log, and where it is published.
#[derive(Debug, Args)]
pub struct LogArgs {
    /// The log's key, its witnesses and how many must sign (log.toml)
    #[arg(long, value_name = "FILE")]
    pub log: PathBuf,
    /// Where checkpoint and tiles are.
    #[arg(
        long,
        help = "Where checkpoint and tiles are: http://HOST[:PORT][/PREFIX], or a folder with a copy"
    )]
    pub url: Place,
}

/// What a monitor watches.
#[derive(Debug, Args)]
pub struct MonitorArgs {
    /// The log.
    #[command(flatten)]
    pub log: LogArgs,
    /// The folder in which the monitor remembers; one for each log
    #[arg(long, value_name = "DIR")]
    pub state: PathBuf,
    /// A witness to ask what it saw; may be repeated
    #[arg(long, value_name = "URL")]
    pub witness: Vec<Url>,
    /// Heads that others were shown: bundles, what an anchor keeps, checkpoints, or a folder of them
    #[arg(long, value_name = "PATH")]
    pub gossip: Vec<PathBuf>,
    /// Look this often until something speaks against the log [default: once]
    #[arg(long, value_name = "TIME", value_parser = crate::profile::duration)]
    pub every: Option<Duration>,
}

/// Proofs that stand alone, in the format of C2SP tlog-proof.
#[derive(Debug, Subcommand)]
pub enum ProofCommand {
    /// Fetch the proof of a record from the log's tiles
    Fetch {
        /// The log.
        #[command(flatten)]
        log: LogArgs,
        /// Index of the record
        #[arg(long)]
        index: u64,
        /// The file to write, such as 123.tlog-proof; it must not exist
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
    },
    /// Check a proof offline: the record is in the log, and witnesses have signed that
    Check {
        /// The log's key, its witnesses and how many must sign (log.toml)
        #[arg(long, value_name = "FILE")]
        log: PathBuf,
        /// The proof's file
        proof: PathBuf,
    },
}

/// Two checkpoints of one log.
#[derive(Debug, Args)]
pub struct ConsistencyArgs {
    /// The log.
    #[command(flatten)]
    pub log: LogArgs,
    /// The older checkpoint's file
    pub old: PathBuf,
    /// The newer checkpoint's file
    pub new: PathBuf,
}
