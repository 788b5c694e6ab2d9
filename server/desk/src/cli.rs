//! The command line.

use clap::{Args, Parser, Subcommand, ValueEnum};
use domicile_audit::output::Format;
use domicile_audit::profile::ServerArgs;
use domicile_proto::types::{Digest, Key};
use jiff::Timestamp;
use std::path::PathBuf;

/// Exit codes, as the help shows them.
const EXIT_CODES: &str = "\
Exit codes:
  0  done
  1  `case pack`, `case check`: it does not hold
  2  wrong usage: options, files, or what the collector refuses to this person
  3  conflict: the case is not as you saw it, or does not allow the step now; read it again
  4  the collector cannot be reached, or is at fault: the same command with --key may be sent again";

/// Work on flags and cases of a collector, as a named person with a role.
///
/// Every command is recorded by the collector before it is answered. What only reads and verifies is
/// `domicile-audit`.
#[derive(Debug, Parser)]
#[command(name = "domicile-desk", version, after_help = EXIT_CODES)]
pub struct Cli {
    /// How answers are written
    #[arg(long, value_enum, default_value = "table", global = true)]
    pub format: Format,
    /// Names a write, so that it is done once however often it is sent; by default a new random one
    #[arg(long, value_name = "KEY", global = true)]
    pub key: Option<String>,
    /// How to reach the collector.
    #[command(flatten)]
    pub server: ServerArgs,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Look at flags
    #[command(subcommand)]
    Flags(FlagsCommand),
    /// Work on cases
    #[command(subcommand)]
    Case(CaseCommand),
    /// Read and change the registry of customers, sites, licences and devices
    #[command(subcommand)]
    Registry(RegistryCommand),
    /// Declare where a host is, and why it may be silent
    Declare(DeclareArgs),
}

/// Which part of a listing.
#[derive(Debug, Clone, Args)]
pub struct PageArgs {
    /// Rows at most
    #[arg(long, value_name = "N", default_value_t = 100)]
    pub limit: u64,
    /// Go on behind a listing that had more
    #[arg(long, value_name = "TEXT")]
    pub cursor: Option<String>,
}

/// Flags.
#[derive(Debug, Subcommand)]
pub enum FlagsCommand {
    /// List flags, oldest first
    List {
        /// Only this flag, such as `silence`
        #[arg(long, value_name = "NAME")]
        code: Option<String>,
        /// Only flags of this severity: note, low, medium, high
        #[arg(long, value_name = "NAME")]
        severity: Option<String>,
        /// Only flags in this state: open, cleared
        #[arg(long, value_name = "NAME")]
        state: Option<String>,
        /// Only flags that name this host
        #[arg(long, value_name = "KEY")]
        host: Option<Key>,
        /// Which part.
        #[command(flatten)]
        page: PageArgs,
    },
    /// Show one flag, with what it proves and what it does not
    Show {
        /// Its id, as `flags list` shows it
        id: u64,
    },
}

/// Why.
#[derive(Debug, Clone, Args)]
#[group(required = true, multiple = false)]
pub struct Why {
    /// What is said, and logged
    #[arg(long, value_name = "TEXT")]
    pub text: Option<String>,
    /// A file with what is said; `-` is standard input
    #[arg(long, value_name = "FILE")]
    pub text_file: Option<PathBuf>,
}

/// A case, and what is said.
#[derive(Debug, Clone, Args)]
pub struct SayArgs {
    /// The case.
    #[command(flatten)]
    pub case: CaseArgs,
    /// What is said.
    #[command(flatten)]
    pub why: Why,
}

/// A case as somebody saw it.
#[derive(Debug, Clone, Args)]
pub struct CaseArgs {
    /// The case's number
    pub case: u64,
    /// The version that you saw, as `case show` shows it; by default the one it has now
    #[arg(long, value_name = "VERSION")]
    pub seen: Option<u32>,
}

/// What two approvers agree on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Target {
    /// The records show it
    Substantiated,
    /// An authority is told
    Reported,
}

/// What is said to a contest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Verdict {
    /// The operator is right: back to review
    Upheld,
    /// It stays as it is
    Dismissed,
}

/// Cases.
#[derive(Debug, Subcommand)]
pub enum CaseCommand {
    /// Open a case about flags; an operator opens one by contesting a flag or a verdict
    Open {
        /// A flag's id
        #[arg(long = "flag", value_name = "ID")]
        flags: Vec<u64>,
        /// A verdict that you contest as the host's operator: its id
        #[arg(long = "verdict", value_name = "ID")]
        verdicts: Vec<Digest>,
        /// Whose hosts it is about, where the flags name no host
        #[arg(long, value_name = "NAME")]
        operator: Option<String>,
        /// What is asked.
        #[command(flatten)]
        why: Why,
    },
    /// List cases by their numbers
    List {
        /// Only cases in this state, such as `under-review`
        #[arg(long, value_name = "NAME")]
        state: Option<String>,
        /// Only cases about this operator's hosts
        #[arg(long, value_name = "NAME")]
        operator: Option<String>,
        /// Only cases whose next step is due
        #[arg(long)]
        overdue: bool,
        /// Which part.
        #[command(flatten)]
        page: PageArgs,
    },
    /// Show a case with its steps
    Show {
        /// The case's number
        case: u64,
    },
    /// Say something
    Comment(SayArgs),
    /// The question is answered: `inquiry` becomes `explained`
    Explain(SayArgs),
    /// It needs looking into: `inquiry` becomes `under-review`
    Review(SayArgs),
    /// The records do not show it: `under-review` becomes `unsubstantiated`
    Unsubstantiate(SayArgs),
    /// Ask two approvers
    Propose {
        /// Case and reasons.
        #[command(flatten)]
        say: SayArgs,
        /// What they are to agree on
        target: Target,
    },
    /// Agree with what is proposed; needs --seen, so that you agree with what you read
    Approve {
        /// The case.
        #[command(flatten)]
        case: CaseArgs,
        /// What you agree on
        target: Target,
    },
    /// Take what is proposed off the table
    Decline(SayArgs),
    /// Disagree, as the operator of the hosts
    Contest(SayArgs),
    /// Answer an operator's contest
    Answer {
        /// Case and reasons.
        #[command(flatten)]
        say: SayArgs,
        /// What is said to it
        answer: Verdict,
    },
    /// Another flag belongs to the case
    Link {
        /// The case.
        #[command(flatten)]
        case: CaseArgs,
        /// The flag's id
        #[arg(long, value_name = "ID")]
        flag: u64,
    },
    /// A document belongs to the case: its hash is logged, the document stays here
    Attach {
        /// The case.
        #[command(flatten)]
        case: CaseArgs,
        /// The document
        #[arg(long, value_name = "FILE")]
        file: PathBuf,
        /// What it is; by default the file's name
        #[arg(long, value_name = "TEXT")]
        name: Option<String>,
    },
    /// Set another day until which the next step is due
    Deadline {
        /// Case and reasons.
        #[command(flatten)]
        say: SayArgs,
        /// When, RFC 3339
        due: Timestamp,
    },
    /// Nothing more is to be done
    Close(SayArgs),
    /// Take the report on a case away: a page, its records with proofs, a bundle for each verdict
    Pack {
        /// The case's number
        case: u64,
        /// A folder that does not exist yet
        #[arg(long, value_name = "FOLDER")]
        out: PathBuf,
        /// Also where two approvers have not agreed; the page says on each sheet that it is a draft
        #[arg(long)]
        draft: bool,
    },
    /// Check a folder that `case pack` made, offline: needs --trust and --directory
    Check {
        /// The folder
        folder: PathBuf,
    },
}

/// The registry.
#[derive(Debug, Subcommand)]
pub enum RegistryCommand {
    /// Fetch the registry as it is in force
    Get {
        /// Where to; by default it is printed
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
    /// Put another registry in force
    Put {
        /// The whole registry, TOML; `domicile-audit registry check` checks it before
        file: PathBuf,
        /// The version that it is made from; by default the one in force
        #[arg(long, value_name = "VERSION")]
        seen: Option<u64>,
        /// Why.
        #[command(flatten)]
        why: Why,
    },
}

/// A declaration.
#[derive(Debug, Args)]
pub struct DeclareArgs {
    /// The host's key: 64 hexadecimal digits
    pub host: Key,
    /// What it is: in-use, transit, storage, maintenance, rma, air-gapped, decommissioned
    pub state: String,
    /// Since when, RFC 3339; by default now
    #[arg(long, value_name = "TIME")]
    pub from: Option<Timestamp>,
    /// Until when, RFC 3339; by default until another declaration
    #[arg(long, value_name = "TIME")]
    pub until: Option<Timestamp>,
    /// Why.
    #[command(flatten)]
    pub why: Why,
}
