//! The command line.

use clap::{Parser, Subcommand};
use std::path::PathBuf;

/// Times how long Domicile agents take to answer, and signs what it measured.
#[derive(Debug, Parser)]
#[command(name = "domicile-anchor", version)]
pub struct Arguments {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Serve until SIGTERM or SIGINT.
    ///
    /// Prints one line `tunnel ADDRESS` for each TCP address, then one line `ready ADDRESS` for each
    /// UDP address that it listens on.
    Run {
        /// The configuration file.
        #[arg(long, value_name = "FILE")]
        config: PathBuf,
    },
    /// Check the configuration and every file that it names; print what would be served.
    Check {
        /// The configuration file.
        #[arg(long, value_name = "FILE")]
        config: PathBuf,
    },
}
