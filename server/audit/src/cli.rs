//! The command line.

pub mod challenge;
pub mod device_report;
mod filter;
mod log;
pub mod policy;
pub mod result;

pub use filter::{
    DevicesArgs, FindingsArgs, HostsArgs, ListArgs, PageArgs, PeriodArgs, QueriesArgs,
    VerdictFilter,
};
pub use log::{CompletenessArgs, ConsistencyArgs, LogArgs, MonitorArgs, ProofCommand, VerifyArgs};

use crate::output::Format;
use crate::profile::ServerArgs;
use challenge::ChallengeCommand;
use clap::{Args, Parser, Subcommand};
use device_report::DeviceReportCommand;
use domicile_geo::{TerritoryCode, Tier};
use domicile_proto::types::Digest;
use jiff::Timestamp;
use policy::{PolicyCommand, RegistryCommand};
use result::{CoseReceiptCommand, ResultCommand, TimestampCommand};
use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

/// Exit codes, as the help shows them.
const EXIT_CODES: &str = "\
Exit codes:
  0  done; `verify`, `replay`, `saved verify`, `exclusion check`, `device-report verify`: all holds
  1  `verify`, `replay`, `saved verify`: it does not hold; `exclusion`: nor does the certificate, or there is none;
     `policy lint`, `policy test`, `registry`: nor do packs or registry;
     `device-report verify`: a signature or chain does not hold, or another check failed;
     `challenge check`: another host answered, or something differs from the record;
     `result`, `cose-receipt`, `timestamp`: not verified, or not what the bundle says
  2  wrong usage: options, files, or a question that the collector refuses
  3  unwitnessed: it holds, but too few of the witnesses in log.toml have signed the log's checkpoint
  4  the collector cannot be reached, or is at fault
  5  `monitor`: stale, the witnesses have not signed lately
  6  `monitor`: rollback, the log shows less than it has signed
  7  `monitor`, `consistency`: fork, the log does not continue what it showed before
  8  `monitor`: split view, the log has shown somebody else another history
  9  `verify --receipt`: broken, the published log does not hold what the receipt promised
  10 `verify --receipt`: not yet, the deadline is not over, or nothing dates the copy
  11 `completeness`: incomplete, the gap is named";

/// Query a collector as an auditor, take verdicts away, verify them offline.
///
/// Read-only. Every question is recorded by the collector before it is answered. `verify` needs no
/// network: it checks every signature and computes the verdict again.
#[derive(Debug, Parser)]
#[command(name = "domicile-audit", version, after_help = EXIT_CODES)]
pub struct Cli {
    /// How answers are written
    #[arg(long, value_enum, default_value = "table", global = true)]
    pub format: Format,
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
    /// List enrolled hosts, whether they report, and their newest verdict
    Hosts(HostsArgs),
    /// List verdicts by the time of their measurement, oldest first
    List(ListArgs),
    /// Show one verdict in full
    Show {
        /// The verdict's id: 64 hexadecimal digits, as `list` shows it
        #[arg(value_parser = id)]
        id: Digest,
    },
    /// Take one verdict away as a self-contained bundle, or every verdict of a listing
    Export(ExportArgs),
    /// Verify a bundle offline: needs --trust and nothing else; or a receipt, or a log's files
    Verify(VerifyArgs),
    /// Watch a log from outside: does it continue, is it what others were shown, who signed it?
    ///
    /// Needs no login. What is found is printed, proofs of it are kept in --state.
    Monitor(MonitorArgs),
    /// Fetch, or check offline, a proof that a record is in the log
    #[command(subcommand)]
    Proof(ProofCommand),
    /// Prove from the log's tiles that one checkpoint continues another
    Consistency(ConsistencyArgs),
    /// Take everything of a host away, or check such a file: is anything missing by the log's rosters?
    Completeness(CompletenessArgs),
    /// Recompute many verdicts from their bundles, offline or straight from the collector, and judge the
    /// same evidence by another policy: needs --trust
    Replay(ReplayArgs),
    /// Check listings that were saved with --save, offline
    #[command(subcommand)]
    Saved(SavedCommand),
    /// Fetch a verdict as a signed attestation result (EAT), verify it, compare it with its bundle
    #[command(subcommand)]
    Result(ResultCommand),
    /// Fetch, or verify offline, a COSE receipt that a verdict is in the log
    #[command(subcommand)]
    CoseReceipt(CoseReceiptCommand),
    /// Verify a time stamp on a checkpoint, offline
    #[command(subcommand)]
    Timestamp(TimestampCommand),
    /// Check what GPUs and switches signed, offline: needs nothing but the files
    #[command(subcommand)]
    DeviceReport(DeviceReportCommand),
    /// Challenge a host on site: is the box in front of an inspector the one on record?
    #[command(subcommand)]
    Challenge(ChallengeCommand),
    /// Write down, or check, that a verdict's measurements exclude territories
    #[command(subcommand)]
    Exclusion(ExclusionCommand),
    /// List devices and the host that each is with
    Devices(DevicesArgs),
    /// Show where one device was
    Device {
        /// The device's name, as `devices` shows it
        name: String,
    },
    /// List what does not fit about devices and host keys, by the time of measurement
    DeviceFindings(FindingsArgs),
    /// Count the devices seen under each licence, the last 30 days by default
    Licences(PeriodArgs),
    /// Judge by dated rules of export control, and check the packs that hold them
    #[command(subcommand)]
    Policy(PolicyCommand),
    /// Check and convert a registry of customers, sites, licences and devices
    #[command(subcommand)]
    Registry(RegistryCommand),
    /// Show what a PCI id stands for: model and export attributes, each with its public source
    #[command(subcommand)]
    Catalogue(CatalogueCommand),
    /// List incidents of anchors: votes that contradict the others
    Incidents,
    /// List what the anchors' mesh says is wrong with anchors, by today's and yesterday's reports
    Mesh,
    /// List the shortest round trip of each ordered pair of anchors
    MeshPairs {
        /// How many.
        #[command(flatten)]
        page: PageArgs,
    },
    /// List every request to the API: who asked what and when. Operators: what touched their hosts
    Queries(QueriesArgs),
    /// List what was erased, by whom and why; each is a record of the log
    Erasures {
        /// How many.
        #[command(flatten)]
        page: PageArgs,
    },
    /// List legal holds, those that were lifted too
    Holds {
        /// How many.
        #[command(flatten)]
        page: PageArgs,
    },
    /// List refused evidence: other bytes under a nonce that had been used
    Forks,
}

/// What is taken away.
#[derive(Debug, Args)]
pub struct ExportArgs {
    /// The verdict's id: 64 hexadecimal digits, as `list` shows it; or say which with the filters
    #[arg(value_parser = id, conflicts_with = "VerdictFilter")]
    pub id: Option<Digest>,
    /// Which verdicts.
    #[command(flatten)]
    pub filter: VerdictFilter,
    /// The file to write, which must not exist; for filters the folder, where the same command goes
    /// on after it was broken off
    #[arg(long, value_name = "PATH")]
    pub out: PathBuf,
}

/// What is replayed, under which policy.
#[derive(Debug, Args)]
pub struct ReplayArgs {
    /// Bundles, or folders of files that end in .bundle
    #[arg(
        required_unless_present = "range",
        conflicts_with = "range",
        value_name = "BUNDLE"
    )]
    pub bundles: Vec<PathBuf>,
    /// Every verdict measured from FROM on and before UNTIL, straight from the collector; needs server
    /// access. Broken off, the same command goes on
    #[arg(long, value_name = "FROM..UNTIL", value_parser = range, requires = "out")]
    pub range: Option<(Timestamp, Timestamp)>,
    /// With --range: the file of the results, NDJSON; it must not exist
    #[arg(long, value_name = "FILE", requires = "range")]
    pub out: Option<PathBuf>,
    /// Judge by this policy file besides, and show what changes
    #[arg(long, value_name = "FILE", conflicts_with_all = ["as_of", "known_on", "packs", "registry"])]
    pub policy: Option<PathBuf>,
    /// On which days: with --registry, judge by the policy of that day, and show what changes.
    #[command(flatten)]
    pub days: policy::Days,
    /// A pack or a folder of them; several times for several [default: those that come with it]
    #[arg(long = "pack", value_name = "PACK", requires = "registry")]
    pub packs: Vec<PathBuf>,
    /// The registry of licences: a TOML file, or a folder with its CSV files
    #[arg(long, value_name = "PATH")]
    pub registry: Option<PathBuf>,
    /// Who vouches for devices and TPMs.
    #[command(flatten)]
    pub vouchers: VouchersArgs,
}

/// Who vouches for devices and TPMs, where a bundle is verified.
#[derive(Debug, Args)]
pub struct VouchersArgs {
    /// Roots of devices' chains, PEM [default: the vendor's own, built in]
    #[arg(long, value_name = "FILE")]
    pub device_roots: Option<PathBuf>,
    /// TPM makers' certificates, PEM or DER; several times for several
    #[arg(long, value_name = "FILE")]
    pub tpm_roots: Vec<PathBuf>,
}

/// Saved listings, offline.
#[derive(Debug, Subcommand)]
pub enum SavedCommand {
    /// Check that a collector signed these answers and that the tables are made of them: needs
    /// --directory and --trust
    Verify {
        /// The folder
        folder: PathBuf,
    },
}

/// The catalogue of accelerators: offline, needs nothing.
#[derive(Debug, Subcommand)]
pub enum CatalogueCommand {
    /// List every device
    List,
    /// Show one device; an unknown one is said to be unknown
    Lookup {
        /// PCI vendor and device id, as 10de:2335
        #[arg(value_name = "VENDOR:DEVICE")]
        device: PciId,
        /// PCI subsystem ids: the one board, where it has a row of its own
        #[arg(long, value_name = "VENDOR:DEVICE")]
        subsystem: Option<PciId>,
    },
}

/// A PCI vendor or subsystem vendor id, and a device id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PciId(pub (u16, u16));

impl FromStr for PciId {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let half = |digits: &str| {
            let plain = digits.len() == 4 && digits.bytes().all(|b| b.is_ascii_hexdigit());
            plain.then(|| u16::from_str_radix(digits, 16).ok())?
        };
        let halves = text.split_once(':');
        halves
            .and_then(|(vendor, device)| Some(Self((half(vendor)?, half(device)?))))
            .ok_or_else(|| "two times four hexadecimal digits, as 10de:2335".into())
    }
}

impl fmt::Display for PciId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (vendor, device) = self.0;
        write!(out, "{vendor:04x}:{device:04x}")
    }
}

/// Certificates of exclusion: offline, with --trust and nothing else.
#[derive(Debug, Subcommand)]
pub enum ExclusionCommand {
    /// Certify that a bundle's measurements exclude territories
    Certify {
        /// What is excluded by what.
        #[command(flatten)]
        question: QuestionArgs,
        /// The certificate's file; it must not exist
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
    },
    /// Check a certificate against the bundle that it was made for
    Check {
        /// What is excluded by what.
        #[command(flatten)]
        question: QuestionArgs,
        /// The certificate's file
        certificate: PathBuf,
    },
}

/// What a certificate of exclusion answers.
#[derive(Debug, Args)]
pub struct QuestionArgs {
    /// The bundle's file
    #[arg(long, value_name = "FILE")]
    pub bundle: PathBuf,
    /// ISO 3166 code; give it several times for several territories, all excluded together
    #[arg(long, value_name = "CODE", required = true, value_parser = territory)]
    pub territory: Vec<TerritoryCode>,
    /// Who vouches for devices and TPMs.
    #[command(flatten)]
    pub vouchers: VouchersArgs,
    /// The fastest signal assumed: c, 0.69c, 2/3c [default: what the licence requires]
    #[arg(long, value_parser = tier)]
    pub tier: Option<Tier>,
}

pub(crate) fn id(text: &str) -> Result<Digest, String> {
    text.parse()
        .map_err(|_| "64 hexadecimal digits are expected".into())
}

fn territory(text: &str) -> Result<TerritoryCode, String> {
    text.parse()
        .map_err(|_| "two capital letters as in ISO 3166, such as CN, are expected".into())
}

fn tier(text: &str) -> Result<Tier, String> {
    text.parse()
        .map_err(|_| "c, 0.69c or 2/3c is expected".into())
}

fn range(text: &str) -> Result<(Timestamp, Timestamp), String> {
    let (from, until) = text
        .split_once("..")
        .ok_or("two times with `..` between them are expected")?;
    let (from, until) = (time(from)?, time(until)?);
    match from < until {
        true => Ok((from, until)),
        false => Err("the first time must be before the second".into()),
    }
}

pub(crate) fn time(text: &str) -> Result<Timestamp, String> {
    text.parse()
        .map_err(|_| "a time like 2026-01-31T00:00:00Z is expected".into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    #[test]
    fn the_command_line_holds_together() {
        Cli::command().debug_assert();
    }
}
