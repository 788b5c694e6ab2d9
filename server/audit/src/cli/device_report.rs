//! The arguments of `device-report`.

use super::time;
use clap::{Args, Subcommand};
use jiff::Timestamp;
use std::path::PathBuf;

/// Reports of devices, offline.
#[derive(Debug, Subcommand)]
pub enum DeviceReportCommand {
    /// Verify SPDM measurement reports; each check is a result of its own
    Verify(DeviceReportArgs),
}

/// Which reports, held against what.
#[derive(Debug, Args)]
#[group(required = true, multiple = true)]
pub struct DeviceReportArgs {
    /// A report: hexadecimal text, or its bytes
    #[arg(long, value_name = "FILE", requires = "chain")]
    pub report: Option<PathBuf>,
    /// The report's certificate chain, PEM, leaf first
    #[arg(long, value_name = "FILE", requires = "report")]
    pub chain: Option<PathBuf>,
    /// Evidence of the vendor's SDK, JSON; several times for the files of one board
    #[arg(long, value_name = "FILE")]
    pub evidence: Vec<PathBuf>,
    /// The nonce that the devices had to sign, 64 hexadecimal digits
    #[arg(long, value_name = "HEX", value_parser = crate::device_report::nonce)]
    pub nonce: Option<[u8; 32]>,
    /// Roots of the chains, PEM [default: the vendor's own, built in]
    #[arg(long, value_name = "FILE")]
    pub root: Option<PathBuf>,
    /// A revocation list or an OCSP response; several times for several
    #[arg(long, value_name = "FILE")]
    pub crl: Vec<PathBuf>,
    /// Digests that somebody vouches for, TOML
    #[arg(long, value_name = "FILE")]
    pub reference_values: Option<PathBuf>,
    /// The time at which chains must be valid (RFC 3339) [default: now]
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub at: Option<Timestamp>,
}
