//! The command line.

use clap::{Parser, Subcommand};
use std::path::PathBuf;

/// The witness: remembers the newest checkpoint of each log and cosigns what follows it.
#[derive(Debug, Parser)]
#[command(name = "domicile-witness", version)]
pub struct Arguments {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Make the witness's key; prints its public half, for logs and auditors
    Keygen {
        /// The witness's name, such as witness.example.org/w1
        #[arg(long)]
        name: String,
        /// The file to write; it must not exist
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
    },
    /// Serve until SIGTERM or SIGINT. Prints `ready ADDR` when it does
    Run(File),
    /// Check the configuration and everything it names; print key and logs; change nothing
    Check(File),
}

/// Where the configuration is.
#[derive(Debug, clap::Args)]
pub struct File {
    /// The configuration
    #[arg(long, default_value = "/etc/domicile/witness.toml")]
    pub config: PathBuf,
}
