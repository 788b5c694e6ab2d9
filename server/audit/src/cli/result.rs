//! The arguments of `result`, `cose-receipt` and `timestamp`.

use super::{VouchersArgs, id, time};
use clap::{Args, Subcommand, ValueEnum};
use data_encoding::HEXLOWER_PERMISSIVE;
use domicile_proto::types::{Digest, Key};
use jiff::Timestamp;
use std::path::PathBuf;

/// Attestation results.
#[derive(Debug, Subcommand)]
pub enum ResultCommand {
    /// Fetch a verdict's attestation result from the collector
    Fetch(FetchArgs),
    /// Verify an attestation result offline and show every claim
    Verify(VerifyResultArgs),
    /// Compute the result again from the verdict's bundle, and compare
    Check {
        /// The result's file
        #[arg(long, value_name = "FILE")]
        result: PathBuf,
        /// The bundle's file
        #[arg(long, value_name = "FILE")]
        bundle: PathBuf,
        /// Who vouches for devices and TPMs.
        #[command(flatten)]
        vouchers: VouchersArgs,
    },
}

/// Which result, in which form.
#[derive(Debug, Args)]
pub struct FetchArgs {
    /// The verdict's id: 64 hexadecimal digits, as `list` shows it
    #[arg(value_parser = id)]
    pub id: Digest,
    /// The file to write; it must not exist
    #[arg(long, value_name = "FILE")]
    pub out: PathBuf,
    /// COSE_Sign1 over CBOR, or JWS over JSON
    #[arg(long, value_enum, default_value = "cose")]
    pub form: ResultForm,
    /// Have it signed with this nonce, 16 to 128 hexadecimal digits: it is then no older than that
    #[arg(long, value_name = "HEX", value_parser = nonce)]
    pub nonce: Option<String>,
}

/// The two forms.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ResultForm {
    /// COSE_Sign1 over deterministic CBOR.
    Cose,
    /// JWS over JSON.
    Jws,
}

/// Which result, by whose key.
#[derive(Debug, Args)]
pub struct VerifyResultArgs {
    /// The result's file, in either form
    #[arg(long, value_name = "FILE")]
    pub result: PathBuf,
    /// The collector's key, 64 hexadecimal digits; several times for several [default: those of
    /// --directory, checked with --trust]
    #[arg(long, value_name = "HEX", value_parser = key)]
    pub key: Vec<Key>,
    /// The time at which it must not have expired (RFC 3339) [default: now]
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub at: Option<Timestamp>,
}

/// COSE receipts.
#[derive(Debug, Subcommand)]
pub enum CoseReceiptCommand {
    /// Fetch a receipt that a verdict is in the log
    Fetch {
        /// The verdict's id: 64 hexadecimal digits, as `list` shows it
        #[arg(value_parser = id)]
        id: Digest,
        /// The file to write; it must not exist
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
    },
    /// Verify a receipt offline, for the record of a bundle that it names by its index
    Verify {
        /// The receipt's file
        #[arg(long, value_name = "FILE")]
        receipt: PathBuf,
        /// The bundle's file
        #[arg(long, value_name = "FILE")]
        bundle: PathBuf,
        /// Who vouches for devices and TPMs.
        #[command(flatten)]
        vouchers: VouchersArgs,
    },
}

/// Time stamps.
#[derive(Debug, Subcommand)]
pub enum TimestampCommand {
    /// Verify that an authority (RFC 3161) stamped a checkpoint, and say when
    Verify {
        /// The token, DER, as the collector keeps it: SIZE.tst
        #[arg(long, value_name = "FILE")]
        token: PathBuf,
        /// The checkpoint that it is of: SIZE.note beside it
        #[arg(long, value_name = "FILE")]
        checkpoint: PathBuf,
        /// Roots of the authority's certificates, PEM
        #[arg(long, value_name = "FILE")]
        root: PathBuf,
    },
}

fn key(text: &str) -> Result<Key, String> {
    text.parse()
        .map_err(|_| "a key, 64 hexadecimal digits, is expected".into())
}

fn nonce(text: &str) -> Result<String, String> {
    let bytes = HEXLOWER_PERMISSIVE.decode(text.as_bytes()).ok();
    bytes
        .filter(|bytes| (8..=64).contains(&bytes.len()))
        .map(|_| text.to_owned())
        .ok_or_else(|| "16 to 128 hexadecimal digits are expected".into())
}
