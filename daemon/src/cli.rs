//! The command line.

mod actions;

use crate::allow_list::{self, Account, Format};
use crate::config::{Config, DEFAULT_PATH, DEFAULT_STATE};
use crate::directory;
use crate::error::Error;
use crate::host::Host;
use crate::roles::{DeviceLink, Parent, Signing};
use crate::state::StateDir;
use crate::supervisor::Arguments;
use crate::zone::{self, command::ZoneCommand};
use crate::{prove, roles, status};
use actions::print;
use clap::{Args, Parser, Subcommand};
use std::net::SocketAddr;
use std::path::PathBuf;

const MAX_TOKEN: usize = 8 * 1024;

const EXIT_CODES: &str = "\
Exit codes:
  0  done
  1  failed (configuration, state, disk)
  2  wrong command line
  3  not enrolled, or enrolled on another machine
  4  refused by the collector
  5  collector unreachable; what was measured waits in the spool
  6  another domiciled is active on the same state";

/// The Domicile agent: measures where this host can be, and changes nothing on it.
#[derive(Debug, Parser)]
#[command(name = "domiciled", version, after_help = EXIT_CODES)]
pub struct Cli {
    #[arg(long, global = true, value_name = "FILE", help = format!("Configuration [default: {DEFAULT_PATH} if it exists]"))]
    config: Option<PathBuf>,
    #[arg(long, global = true, value_name = "DIR", help = format!("State folder [default: {DEFAULT_STATE}]"))]
    state_dir: Option<PathBuf>,
    /// Say more on stderr; peer addresses appear from here on.
    #[arg(long, short, global = true)]
    verbose: bool,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Opt this host in. The key is made here and never leaves.
    Enrol {
        /// The token's file; `-` reads stdin.
        #[arg(long, value_name = "FILE")]
        token_file: PathBuf,
        /// Ask this address instead of the directory's (same key).
        #[arg(long, value_name = "IP:PORT")]
        collector: Option<SocketAddr>,
        /// Succeed, and do nothing, where this host is enrolled already.
        #[arg(long)]
        unless_enrolled: bool,
        #[command(flatten)]
        confine: Confine,
    },
    /// Measure and report at intervals, until SIGTERM.
    Run(Start),
    /// One session: measure, report, wait for the receipt.
    Once(Start),
    /// One reading of the devices, for the request on standard input.
    #[command(hide = true)]
    Device {
        /// Ask no GPU to sign.
        #[arg(long)]
        inventory_only: bool,
        #[command(flatten)]
        confine: Confine,
    },
    /// The TPM's part of an enrolment, over standard input.
    #[cfg(feature = "tpm")]
    #[command(hide = true)]
    Tpm(Confine),
    /// Let GPUs sign in confidential-computing mode, or again after a call that failed.
    Arm,
    /// Print the exact bytes that would be sent, and what each field reveals. Sends nothing.
    Show {
        /// As in coarse mode, whatever the configuration says.
        #[arg(long)]
        coarse: bool,
        /// As JSON.
        #[arg(long)]
        json: bool,
    },
    /// What this agent is, has and last did. Reads files only.
    Status {
        /// As JSON.
        #[arg(long)]
        json: bool,
    },
    /// Print how the running processes are confined, and how to check each point from outside.
    Prove {
        /// As JSON.
        #[arg(long)]
        json: bool,
    },
    /// Answer an inspector who stands before this host. Sends nothing, writes nothing.
    Answer {
        /// The nonce, as the inspector's `domicile-audit challenge make` shows it.
        #[arg(required = true, value_name = "NONCE")]
        nonce: Vec<String>,
        #[command(flatten)]
        confine: Confine,
    },
    /// Check the configuration.
    Check,
    /// The vendor's signed list of servers.
    Directory {
        #[command(subcommand)]
        command: DirectoryCommand,
    },
    /// The vendor's limits for coarse mode.
    Zone {
        #[command(subcommand)]
        command: ZoneCommand,
    },
    /// Opt out: tell the collector once, erase key and state.
    Withdraw(Confine),
}

#[derive(Debug, Args)]
struct Start {
    /// Get readings from systemd's socket, not by an own device process.
    #[arg(long, value_name = "PATH")]
    device_socket: Option<PathBuf>,
    /// This is the network process; standard input is the supervisor's socket.
    #[arg(long, hide = true, conflicts_with = "device_socket")]
    supervised: bool,
    /// Reveal the licence zone only, whatever the configuration says.
    #[arg(long)]
    coarse: bool,
    #[command(flatten)]
    confine: Confine,
}

#[derive(Debug, Clone, Copy, Args)]
struct Confine {
    /// Run even where the kernel or container lacks a layer of confinement.
    #[arg(long)]
    allow_unconfined: bool,
}

#[derive(Debug, Subcommand)]
enum DirectoryCommand {
    /// Check a directory under the pinned vendor key and install it. Versions only rise.
    Install {
        /// The directory.
        file: PathBuf,
        /// The vendor's trust file; the first one given is pinned.
        #[arg(long, value_name = "FILE")]
        trust: Option<PathBuf>,
    },
    /// Print the addresses that the agent needs, for the firewall, systemd or the chart.
    AllowList {
        /// For whom.
        #[arg(long, value_enum, default_value = "nft")]
        format: Format,
        /// The account that the agent runs as.
        #[arg(long, default_value = "domicile")]
        user: Account,
        /// A proxy on the way, IP:PORT; the configuration's own is listed anyway.
        #[arg(long, value_name = "IP:PORT")]
        proxy: Vec<SocketAddr>,
    },
}

/// Runs the parsed command line and prints its results to stdout. Gives the exit code.
///
/// # Errors
/// [`Error`], whose [`Error::exit_code`] is the program's.
pub fn execute(cli: Cli) -> Result<u8, Error> {
    logs(cli.verbose);
    let mut config = Config::load(cli.config.as_deref())?;
    if let Some(state_dir) = &cli.state_dir {
        config.state_dir.clone_from(state_dir);
    }
    config.coarse |= cli.command.is_coarse();
    let host = Host::real();
    let confine = cli.command.confine();
    let parent = Parent {
        arguments: Arguments::of_process(
            cli.config.as_deref(),
            cli.state_dir.as_deref(),
            confine.allow_unconfined,
        ),
        config_file: cli.config,
        allow_unconfined: confine.allow_unconfined,
    };
    let done = match cli.command {
        Command::Run(start) => match start.link() {
            None => return roles::supervise(&config, &parent),
            Some(link) => roles::run(config, host, &link, confine.allow_unconfined),
        },
        Command::Once(start) => match start.link() {
            None => return roles::supervise(&config, &parent),
            Some(link) => actions::once(config, host, &link, confine),
        },
        Command::Device { inventory_only, .. } => {
            let signing = match inventory_only {
                true => Signing::NotAsked,
                false => Signing::Asked,
            };
            roles::device(&config, host, signing, confine.allow_unconfined)
        }
        #[cfg(feature = "tpm")]
        Command::Tpm(_) => roles::tpm(&config, &host, confine.allow_unconfined),
        Command::Arm => roles::arm(&config, &host).map(print),
        Command::Enrol {
            token_file,
            collector,
            unless_enrolled,
            ..
        } => match actions::enrol(&config, &host, &parent, &token_file, collector) {
            Err(Error::AlreadyEnrolled { metro }) if unless_enrolled => {
                print(&format!("Enrolled already, for metro {metro}.\n"));
                Ok(())
            }
            result => result,
        },
        Command::Show { json, .. } => {
            print(&roles::show(&config, &host, &parent)?.text(json));
            Ok(())
        }
        Command::Status { json } => {
            print(&status::status(&config, host.clock.unix_ms())?.text(json));
            Ok(())
        }
        Command::Prove { json } => {
            print(&prove::prove(&config)?.text(json));
            Ok(())
        }
        Command::Answer { nonce, .. } => actions::answer(&config, &host, &parent, &nonce),
        Command::Check => actions::check(&config),
        Command::Directory {
            command: DirectoryCommand::Install { file, trust },
        } => actions::install(&config, &host, &file, trust.as_deref()),
        Command::Directory {
            command:
                DirectoryCommand::AllowList {
                    format,
                    user,
                    mut proxy,
                },
        } => {
            let state = StateDir::new(&config.state_dir);
            let trust = directory::trust(&config, &state)?;
            let directory = directory::installed(&state, &trust)?;
            proxy.extend(config.proxy);
            print(&allow_list::text(&directory, &proxy, format, &user));
            Ok(())
        }
        Command::Zone { command } => {
            print(&zone::command::execute(&config, &host, &command)?);
            Ok(())
        }
        Command::Withdraw(_) => actions::withdraw(&config, &host, confine),
    };
    done.map(|()| 0)
}

impl Cli {
    /// Whether the command has nothing to do with what its parent left open.
    pub fn is_service(&self) -> bool {
        #[cfg(feature = "tpm")]
        if matches!(self.command, Command::Tpm(_)) {
            return true;
        }
        matches!(
            self.command,
            Command::Run(_) | Command::Once(_) | Command::Device { .. } | Command::Answer { .. }
        )
    }
}

impl Command {
    fn confine(&self) -> Confine {
        match self {
            Self::Run(start) | Self::Once(start) => start.confine,
            #[cfg(feature = "tpm")]
            Self::Tpm(confine) => *confine,
            Self::Withdraw(confine)
            | Self::Device { confine, .. }
            | Self::Answer { confine, .. }
            | Self::Enrol { confine, .. } => *confine,
            _ => Confine {
                allow_unconfined: false,
            },
        }
    }
}

impl Command {
    fn is_coarse(&self) -> bool {
        match self {
            Self::Run(start) | Self::Once(start) => start.coarse,
            Self::Show { coarse, .. } => *coarse,
            _ => false,
        }
    }
}

impl Start {
    fn link(self) -> Option<DeviceLink> {
        match (self.supervised, self.device_socket) {
            (true, _) => Some(DeviceLink::Supervisor),
            (false, Some(path)) => Some(DeviceLink::Socket(path)),
            (false, None) => None,
        }
    }
}

fn logs(verbose: bool) {
    let level = match verbose {
        true => tracing::Level::DEBUG,
        false => tracing::Level::INFO,
    };
    // A second call in one process keeps the first.
    let _ = tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .with_ansi(false)
        .with_max_level(level)
        .try_init();
}
