//! The command line.

use crate::allow_list::{self, Account, Format};
use crate::config::{Config, DEFAULT_PATH, DEFAULT_STATE};
use crate::directory::{self, DirectoryError, Installed};
use crate::disk;
use crate::enrol;
use crate::error::Error;
use crate::host::Host;
use crate::roles::{DeviceLink, Parent, Signing};
use crate::state::StateDir;
use crate::supervisor::Arguments;
use crate::zone::{self, command::ZoneCommand};
use crate::{prove, roles, status};
use clap::{Args, Parser, Subcommand};
use std::io::{Read as _, Write as _};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

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
            Some(link) => once(config, host, &link, confine),
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
        } => match enrol_command(&config, &host, &parent, &token_file, collector) {
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
        Command::Check => check(&config),
        Command::Directory {
            command: DirectoryCommand::Install { file, trust },
        } => install(&config, &host, &file, trust.as_deref()),
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
        Command::Withdraw(_) => withdraw(&config, &host, confine),
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
            Command::Run(_) | Command::Once(_) | Command::Device { .. }
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

fn enrol_command(
    config: &Config,
    host: &Host,
    parent: &Parent,
    token_file: &Path,
    collector: Option<SocketAddr>,
) -> Result<(), Error> {
    // Before the token is looked for (it may be gone by now) and the devices are read.
    enrol::refuse_enrolled(&StateDir::new(&config.state_dir))?;
    let text = read_token(token_file)?;
    let result = roles::enrol(config, host, parent, &text, collector);
    if let Err(error) = &result
        && enrol::may_retry(error)
    {
        print("Not enrolled yet. The key is kept: run the same command again.\n");
    }
    let enrolled = result?;
    print(&format!(
        "Enrolled at {} for metro {}, key {}, {}.\nNext: domiciled show, then domiciled once or systemctl enable --now domiciled\n",
        enrolled.collector,
        enrolled.metro,
        enrolled.agent,
        match enrolled.tpm {
            true => "with its TPM",
            false => "without a TPM",
        }
    ));
    Ok(())
}

fn read_token(file: &Path) -> Result<String, Error> {
    let bytes = match file.as_os_str() == "-" {
        true => {
            let mut bytes = Vec::new();
            std::io::stdin()
                .take(MAX_TOKEN as u64)
                .read_to_end(&mut bytes)
                .map_err(Error::System)?;
            bytes
        }
        false => disk::read(file, MAX_TOKEN)?
            .ok_or_else(|| Error::Token(format!("`{}` does not exist", file.display())))?,
    };
    enrol::token_text(bytes)
}

fn once(config: Config, host: Host, link: &DeviceLink, confine: Confine) -> Result<(), Error> {
    let outcome = roles::once(config, host, link, confine.allow_unconfined)?;
    print(&format!(
        "acknowledged: evidence {} at log index {}, {} of {} anchors, {} bytes{}\n",
        outcome.receipt.evidence_hash,
        outcome.receipt.index,
        outcome.ranged,
        outcome.drawn,
        outcome.bytes,
        match outcome.backlog {
            0 => String::new(),
            waited => format!(", and {waited} that had waited"),
        }
    ));
    Ok(())
}

fn check(config: &Config) -> Result<(), Error> {
    let effective = toml::to_string(config).map_err(|error| Error::Print(error.to_string()))?;
    print(&effective);
    let state = StateDir::new(&config.state_dir);
    let directory =
        directory::trust(config, &state).and_then(|trust| directory::installed(&state, &trust));
    print(&match directory {
        Ok(directory) => format!(
            "configuration is good; directory version {} with {} anchors\n",
            directory.version,
            directory.anchors.len()
        ),
        // Not the configuration's fault, and the next command to run.
        Err(error @ (DirectoryError::NoTrust | DirectoryError::NotInstalled)) => {
            format!("configuration is good; {error}\n")
        }
        Err(error) => return Err(error.into()),
    });
    Ok(())
}

fn install(config: &Config, host: &Host, file: &Path, trust: Option<&Path>) -> Result<(), Error> {
    let state = StateDir::new(&config.state_dir);
    state.prepare()?;
    let (directory, installed) = directory::install(&*host.disk, config, &state, file, trust)?;
    let what = match installed {
        Installed::New => "installed",
        Installed::Unchanged => "already installed, unchanged:",
    };
    print(&format!(
        "{what} directory version {}: {} anchors in {} metros, {} collectors\n",
        directory.version,
        directory.anchors.len(),
        directory.metros.len(),
        directory.collectors.len()
    ));
    Ok(())
}

fn withdraw(config: &Config, host: &Host, confine: Confine) -> Result<(), Error> {
    let withdrawn = roles::withdraw(config, host, confine.allow_unconfined)?;
    match withdrawn.told {
        Ok(()) => print("The collector confirmed the withdrawal.\n"),
        Err(error) => print(&format!(
            "The collector was not told ({error}): it will see silence; tell the vendor.\n"
        )),
    }
    if withdrawn.unsent > 0 {
        print(&format!(
            "{} reports had not been delivered and are erased.\n",
            withdrawn.unsent
        ));
    }
    print("Key, certificate and state are erased. Trust and directory stay.\n");
    Ok(())
}

/// Writes to stdout; a reader that went away is no error.
fn print(text: &str) {
    let _ = std::io::stdout().write_all(text.as_bytes());
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
