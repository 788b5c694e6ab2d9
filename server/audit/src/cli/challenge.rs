//! The arguments of `challenge`.

use super::{VouchersArgs, time};
use crate::profile::duration;
use clap::{Args, Subcommand};
use domicile_proto::types::Key;
use jiff::Timestamp;
use std::path::PathBuf;
use std::time::Duration;

/// An inspector's challenge.
#[derive(Debug, Subcommand)]
pub enum ChallengeCommand {
    /// Make a nonce to be read to a host, and the file that its answer is checked with
    Make(MakeArgs),
    /// Say whether the host that answered is the one on record
    ///
    /// The record is the bundles, records or keys that are named, all offline; without any the
    /// collector is asked. Exit code 0: it is. 1: it is not, or something differs.
    Check(CheckArgs),
}

/// For which host, how long.
#[derive(Debug, Args)]
pub struct MakeArgs {
    /// The file to write, readable by its owner alone; it must not exist
    #[arg(long, value_name = "FILE")]
    pub out: PathBuf,
    /// The only host whose answer counts: its key, 64 hexadecimal digits, as `hosts` shows it
    #[arg(long, value_name = "HEX", value_parser = key)]
    pub host: Option<Key>,
    /// How long an answer counts
    #[arg(long, value_name = "TIME", default_value = "1h", value_parser = duration)]
    pub valid: Duration,
}

/// Which answer, against what.
#[derive(Debug, Args)]
pub struct CheckArgs {
    /// The challenge's file
    #[arg(long, value_name = "FILE")]
    pub challenge: PathBuf,
    /// The code that the host showed, in any number of pieces; without it standard input is read
    pub code: Vec<String>,
    /// A bundle, or a folder of them, of one host or of many; needs --trust
    #[arg(long, value_name = "PATH")]
    pub bundle: Vec<PathBuf>,
    /// A host's records, as `completeness --out` writes them; needs --trust
    #[arg(long, value_name = "FILE")]
    pub records: Vec<PathBuf>,
    /// Who vouches for devices and TPMs.
    #[command(flatten)]
    pub vouchers: VouchersArgs,
    /// A host's key, 64 hexadecimal digits: says who answered, and compares nothing else
    #[arg(long, value_name = "HEX", value_parser = key)]
    pub key: Vec<Key>,
    /// When the code was read off the host's screen, by the inspector's clock [default: now]
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub at: Option<Timestamp>,
}

fn key(text: &str) -> Result<Key, String> {
    text.parse()
        .map_err(|_| "a host's key, 64 hexadecimal digits, is expected".into())
}
