//! What each command does, and the exit code it ends with.

mod catalogue;
mod challenge;
mod completeness;
mod device;
mod devices;
mod exclusion;
mod export;
mod journal;
mod listing;
mod log;
mod offline;
mod policy;
mod progress;
mod range;
mod receipt;
mod replay;
mod result;
mod saved;
mod timestamp;

use crate::bundle::BundleError;
use crate::cli::device_report::DeviceReportCommand;
use crate::cli::{Cli, Command, HostsArgs, PciId, QueriesArgs, SavedCommand, VerdictFilter};
use crate::client::{Client, ClientError, query};
use crate::log::{GossipError, LogFileError, LookError, MemoryError, RestError, SourceError};
use crate::output::{
    self, ATTESTATIONS, ERASURES, FORKS, Format, HOLDS, HOSTS, INCIDENTS, MESH, MESH_PAIRS, QUERIES,
};
use crate::profile::ProfileError;
use crate::saved::SavedError;
use domicile_certs::files::FileError;
use domicile_certs::trust::TrustError;
use domicile_geo::GeoError;
use domicile_proto::inspection::CodeError;
use domicile_proto::types::Digest;
use jiff::Timestamp;
use std::io::{self, Write};
use std::path::PathBuf;

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// Done; verified.
    Ok = 0,
    /// The bundle, or the certificate, does not hold.
    Invalid = 1,
    /// Options, files, or a question that was refused.
    Usage = 2,
    /// It holds, but too few witnesses signed the log's checkpoint.
    Unwitnessed = 3,
    /// The collector cannot be reached, or is at fault.
    Unreachable = 4,
    /// The witnesses have not signed lately.
    Stale = 5,
    /// The log shows less than it has signed.
    Rollback = 6,
    /// The log does not continue what it showed before.
    Fork = 7,
    /// The log has shown somebody else another history.
    SplitView = 8,
    /// A promise of publication is broken.
    Broken = 9,
    /// A promise of publication is neither kept nor broken yet.
    NotYet = 10,
    /// Something of a host is missing, by the log's rosters.
    Incomplete = 11,
}

/// Why a command could not do what it should.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    /// The way to the collector.
    #[error(transparent)]
    Profile(#[from] ProfileError),
    /// The collector.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// A file.
    #[error(transparent)]
    File(#[from] FileError),
    /// A question that says too little.
    #[error("{0}")]
    Question(&'static str),
    /// The trust file.
    #[error(transparent)]
    Trust(#[from] TrustError),
    /// A file that is no bundle.
    #[error("{}: {source}", path.display())]
    Bundle {
        /// The file.
        path: PathBuf,
        /// Why it is none.
        source: BundleError,
    },
    /// A bundle that does not hold, so that nothing follows from it.
    #[error("{}: NOT VERIFIED: {check}: {why}", path.display())]
    Unverified {
        /// The file.
        path: PathBuf,
        /// The check that failed.
        check: &'static str,
        /// Why.
        why: String,
    },
    /// A file that is no attestation result, COSE receipt or time stamp, or not by these keys.
    #[error("{}: NOT VERIFIED: {problem}", path.display())]
    Attested {
        /// The file.
        path: PathBuf,
        /// Why it is none.
        problem: String,
    },
    /// A host's code that was not typed as it was shown.
    #[error("the code is not as shown: {0}")]
    Code(CodeError),
    /// No certificate can be made, or the file is none.
    #[error("{}: {source}", path.display())]
    Certificate {
        /// The bundle or the certificate.
        path: PathBuf,
        /// Why.
        source: GeoError,
    },
    /// A pack, a registry's folder or facts that cannot be used.
    #[error("{place}: {problem}")]
    Policy {
        /// The file, or what was given.
        place: String,
        /// What is wrong, and what is expected.
        problem: String,
    },
    /// A registry that does not hold together. The text names file, line and key.
    #[error("{0}")]
    Registry(String),
    /// A device's report, its chain or what they are held against cannot be read.
    #[error("{0}")]
    Device(String),
    /// No public source that is known here names the device.
    #[error("{0} is not in the catalogue: its model is unknown")]
    UnknownDevice(PciId),
    /// `log.toml`.
    #[error(transparent)]
    LogFile(#[from] LogFileError),
    /// A file with heads that others were shown.
    #[error(transparent)]
    Gossip(#[from] GossipError),
    /// The monitor's folder.
    #[error(transparent)]
    Memory(#[from] MemoryError),
    /// The published log.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// A file that proves nothing.
    #[error("{}: {problem}", path.display())]
    Proof {
        /// The file.
        path: PathBuf,
        /// Why.
        problem: String,
    },
    /// The published log does not hold together.
    #[error("{0}")]
    Log(String),
    /// The files of a log are not what was written.
    #[error("NOT VERIFIED: {0}")]
    Rest(#[from] RestError),
    /// A listing cannot be saved, or a saved one does not hold.
    #[error(transparent)]
    Saved(#[from] SavedError),
    /// The collector gave something else than what was asked for.
    #[error("the collector's answer: {0}")]
    Answer(String),
    /// The result could not be written.
    #[error("cannot write the result: {0}")]
    Output(#[from] io::Error),
}

impl CommandError {
    /// The exit code.
    pub fn exit(&self) -> Exit {
        match self {
            Self::Client(error) if error.is_unreachable() => Exit::Unreachable,
            Self::Answer(_) | Self::Saved(SavedError::Answer(_)) => Exit::Unreachable,
            Self::Source(SourceError::Checkpoint { .. } | SourceError::Tile { .. }) => {
                Exit::Invalid
            }
            Self::Source(SourceError::File(_)) => Exit::Usage,
            Self::Source(_) => Exit::Unreachable,
            Self::Saved(SavedError::Broken { .. })
            | Self::Bundle { .. }
            | Self::Unverified { .. }
            | Self::Attested { .. }
            | Self::Registry(_)
            | Self::Proof { .. }
            | Self::Rest(_)
            | Self::Log(_) => Exit::Invalid,
            Self::Certificate { source, .. } => match source {
                GeoError::UnknownTerritory(_) => Exit::Usage,
                _ => Exit::Invalid,
            },
            _ => Exit::Usage,
        }
    }
}

impl From<LookError> for CommandError {
    fn from(error: LookError) -> Self {
        match error {
            LookError::Source(error) => Self::Source(error),
            LookError::Memory(error) => Self::Memory(error),
        }
    }
}

/// Runs a command and writes its result to `out`.
///
/// # Errors
/// [`CommandError`], which knows the exit code.
pub async fn run(cli: &Cli, out: &mut impl Write) -> Result<Exit, CommandError> {
    match &cli.command {
        Command::Verify(args) => match (&args.receipt, &args.data, &args.bundle) {
            (Some(file), ..) => receipt::verify(args, file, &cli.server, cli.format, out).await,
            (None, Some(data), _) => log::rest(data, args.log.as_deref(), cli.format, out),
            (None, None, Some(bundle)) => {
                let vouchers = device::vouchers(&args.vouchers)?;
                let trust = cli.server.trust_file()?;
                let log = args.log.as_deref();
                offline::verify(bundle, &trust, &vouchers, log, cli.format, out)
            }
            (None, None, None) => Err(CommandError::Log("no file is named".into())),
        },
        Command::Replay(args) => {
            let trust = || Ok(cli.server.trust_file()?);
            match (args.range, &args.out) {
                (Some(span), Some(file)) => range::run(args, span, file, cli, out).await,
                _ => replay::run(args, &trust, cli.format, out),
            }
        }
        Command::Saved(SavedCommand::Verify { folder }) => {
            saved::verify(folder, &cli.server, cli.format, out)
        }
        Command::Result(command) => result::run(command, cli, out).await,
        Command::CoseReceipt(command) => result::receipt(command, cli, out).await,
        Command::Timestamp(command) => timestamp::run(command, cli.format, out),
        Command::DeviceReport(DeviceReportCommand::Verify(args)) => {
            let now_ms = u64::try_from(Timestamp::now().as_millisecond()).unwrap_or(0);
            device::verify(args, cli.format, now_ms, out)
        }
        Command::Challenge(command) => challenge::run(command, cli, out).await,
        Command::Catalogue(command) => catalogue::run(command, cli.format, out),
        Command::Monitor(args) => log::monitor(args, cli.server.wait()?, cli.format, out).await,
        Command::Proof(command) => log::proof(command, cli.server.wait()?, out).await,
        Command::Consistency(args) => log::consistency(args, cli.server.wait()?, out).await,
        Command::Completeness(args) => completeness::run(args, &cli.server, cli.format, out).await,
        Command::Exclusion(command) => {
            exclusion::run(command, &cli.server.trust_file()?, cli.format, out)
        }
        Command::Policy(command) => {
            let trust = || Ok(cli.server.trust_file()?);
            policy::run(command, &trust, cli.format, out)
        }
        Command::Registry(command) => policy::run_registry(command, cli.format, out),
        Command::Hosts(args) => {
            let mut client = connect(cli).await?;
            listing::run(
                &mut client,
                cli.format,
                HOSTS,
                &args.page,
                |page| hosts(args, page),
                out,
            )
            .await
        }
        Command::List(args) => {
            let mut client = connect(cli).await?;
            let path = |page: &listing::Ask| attestations(&args.filter, page);
            listing::run(&mut client, cli.format, ATTESTATIONS, &args.page, path, out).await
        }
        Command::Devices(args) => {
            devices::list(&mut connect(cli).await?, args, cli.format, out).await
        }
        Command::Device { name } => {
            devices::show(&mut connect(cli).await?, name, cli.format, out).await
        }
        Command::DeviceFindings(args) => {
            devices::findings(&mut connect(cli).await?, args, cli.format, out).await
        }
        Command::Licences(period) => {
            devices::licences(&mut connect(cli).await?, period, cli.format, out).await
        }
        Command::Incidents => {
            let mut client = connect(cli).await?;
            listing::whole(&mut client, cli.format, INCIDENTS, "/v1/incidents", out).await
        }
        Command::Mesh => {
            let mut client = connect(cli).await?;
            listing::whole(&mut client, cli.format, MESH, "/v1/mesh", out).await
        }
        Command::MeshPairs { page } => {
            let mut client = connect(cli).await?;
            let path = |ask: &listing::Ask| paged("/v1/mesh/pairs", ask);
            listing::run(&mut client, cli.format, MESH_PAIRS, page, path, out).await
        }
        Command::Queries(args) => {
            let mut client = connect(cli).await?;
            let path = |page: &listing::Ask| queries(args, page);
            listing::run(&mut client, cli.format, QUERIES, &args.page, path, out).await
        }
        Command::Erasures { page } => {
            let mut client = connect(cli).await?;
            let path = |ask: &listing::Ask| paged("/v1/erasures", ask);
            listing::run(&mut client, cli.format, ERASURES, page, path, out).await
        }
        Command::Holds { page } => {
            let mut client = connect(cli).await?;
            let path = |ask: &listing::Ask| paged("/v1/holds", ask);
            listing::run(&mut client, cli.format, HOLDS, page, path, out).await
        }
        Command::Forks => {
            let mut client = connect(cli).await?;
            listing::whole(&mut client, cli.format, FORKS, "/v1/forks", out).await
        }
        Command::Show { id } => show(&mut connect(cli).await?, id, cli.format, out).await,
        Command::Export(args) => export::run(&mut connect(cli).await?, args, out).await,
    }
}

async fn connect(cli: &Cli) -> Result<Client, CommandError> {
    Ok(Client::connect(&cli.server.access()?).await?)
}

fn hosts(args: &HostsArgs, page: &listing::Ask) -> String {
    let pairs = [
        ("customer", args.customer.clone()),
        ("site", args.site.clone()),
        ("licence", args.licence.clone()),
        ("state", args.state.clone()),
        ("limit", Some(page.limit.to_string())),
        ("cursor", page.cursor.clone()),
    ];
    format!("/v1/hosts{}", query(&pairs))
}

fn queries(args: &QueriesArgs, page: &listing::Ask) -> String {
    let time = |time: Option<Timestamp>| time.map(|time| time.to_string());
    let pairs = [
        ("user", args.user.clone()),
        ("operator", args.operator.clone()),
        ("from", time(args.from)),
        ("until", time(args.until)),
        ("limit", Some(page.limit.to_string())),
        ("cursor", page.cursor.clone()),
    ];
    format!("/v1/queries{}", query(&pairs))
}

/// A listing without filters.
fn paged(path: &str, page: &listing::Ask) -> String {
    let pairs = [
        ("limit", Some(page.limit.to_string())),
        ("cursor", page.cursor.clone()),
    ];
    format!("{path}{}", query(&pairs))
}

fn attestations(args: &VerdictFilter, page: &listing::Ask) -> String {
    let time = |time: Option<Timestamp>| time.map(|time| time.to_string());
    let pairs = [
        ("host", args.host.map(|host| host.to_string())),
        ("value", args.value.clone()),
        ("licence", args.licence.clone()),
        ("from", time(args.from)),
        ("until", time(args.until)),
        ("limit", Some(page.limit.to_string())),
        ("cursor", page.cursor.clone()),
    ];
    format!("/v1/attestations{}", query(&pairs))
}

async fn show(
    client: &mut Client,
    id: &Digest,
    format: Format,
    out: &mut impl Write,
) -> Result<Exit, CommandError> {
    let value = client.json(&format!("/v1/attestations/{id}")).await?;
    match format {
        Format::Table => writeln!(out, "{}", output::detail(&value))?,
        Format::Json => {
            serde_json::to_writer_pretty(&mut *out, &value).map_err(io::Error::from)?;
            writeln!(out)?;
        }
        Format::Ndjson | Format::Csv => {
            let mut listing = output::Listing::new(&mut *out, format, ATTESTATIONS);
            listing.rows(vec![value])?;
            listing.end(None)?;
        }
    }
    Ok(Exit::Ok)
}
