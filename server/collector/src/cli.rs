//! The command line.

use crate::log_key::LogKeyCommand;
use crate::plan::PlanArguments;
use crate::retention::cli::{EraseArguments, HoldCommand, RetainArguments};
use clap::{Parser, Subcommand};
use std::path::PathBuf;

/// The collector: takes in agents' evidence, judges it, keeps it in an append-only log.
#[derive(Debug, Parser)]
#[command(name = "domicile-collector", version)]
pub struct Arguments {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Serve until SIGTERM or SIGINT. Prints `ready quic=ADDR api=ADDR` when it does, after a line
    /// `tunnel ADDR` for each address of `tunnel-listen` and `tiles ADDR` for `publish.listen`.
    Run(File),
    /// Check the configuration and everything it names; change nothing.
    Check(File),
    /// Make a bearer token for the API: print it once, and the entry of the access file that knows it by
    /// its hash. Reads and writes nothing.
    Token(TokenArguments),
    /// Make the index anew from the log, then exit. The collector must not be running.
    RebuildIndex(File),
    /// Erase the raw records of one host: reports, verdicts, liveness. Their places and hashes stay, so
    /// every proof does. Logged first. The collector must not be running.
    Erase(Box<EraseArguments>),
    /// Legal holds: what is held is neither erased nor dropped. The collector must not be running.
    #[command(subcommand)]
    Hold(Box<HoldCommand>),
    /// Drop the raw records of hosts that were last heard of longer ago than `retention.keep`. Logged
    /// first. The collector must not be running.
    Retain(RetainArguments),
    /// The key that signs the log: replace it by a statement in the log itself. The collector must not be
    /// running.
    #[command(subcommand)]
    LogKey(LogKeyCommand),
    /// Say which metros a set of anchors can confirm, within which round trips, and where another
    /// anchor helps most. Reads files, changes none, needs no running collector.
    Plan(Box<PlanArguments>),
}

/// A bearer token.
#[derive(Debug, clap::Args)]
pub struct TokenArguments {
    /// How long it holds, in days from now.
    #[arg(long, default_value_t = 90, value_parser = clap::value_parser!(u16).range(1..=366))]
    pub days: u16,
}

/// Where the configuration is.
#[derive(Debug, clap::Args)]
pub struct File {
    /// The configuration.
    #[arg(long, default_value = "/etc/domicile/collector.toml")]
    pub config: PathBuf,
}
