//! Hosts that do not do what an honest agent does. Each is a process of its own, made of the
//! agent's own parts, and prints what became of it as one JSON object.
//!
//! Start reading at [`Kind`], then [`run`].

mod impostor;
mod ranging;

use anyhow::{Context as _, Result, bail};
use domicile_daemon::report::ReportError;
use domicile_proto::wire::StatusCode;
use impostor::Impostor;
use ranging::Manner;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};

/// What a hostile host does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Kind {
    /// Delays its answers, anchor by anchor, to look like the place that it declares.
    Delayer,
    /// Submits an old session again: as it was, signed anew, and under a fresh nonce.
    Replayer,
    /// Alters every receipt before it submits them.
    ReceiptAlterer,
    /// Signs transcripts with shorter times, beside the receipts for the true ones.
    FalseTranscript,
    /// Lets a proxy near the anchors make its session.
    Proxied,
}

/// What a hostile agent is told.
#[derive(Debug, Clone, clap::Args)]
pub struct HostileArguments {
    /// What it does.
    #[arg(long, value_enum)]
    pub kind: Kind,
    /// The configuration of the enrolled agent whose state it uses.
    #[arg(long)]
    pub config: PathBuf,
    /// For `delayer`: a JSON object from anchor name to extra delay in microseconds.
    #[arg(long)]
    pub delays: Option<PathBuf>,
    /// For `proxied`: the loopback address that the proxy sends from.
    #[arg(long)]
    pub proxy: Option<IpAddr>,
}

/// What became of it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct HostileReport {
    /// Evidence hashes that the collector gave a receipt for, in order.
    pub receipts: Vec<String>,
    /// Log indices of those receipts.
    pub indices: Vec<u64>,
    /// Names of the statuses that it was refused with, in order.
    pub refusals: Vec<String>,
}

impl HostileReport {
    fn note(
        &mut self,
        answer: Result<domicile_daemon::report::Receipt, ReportError>,
    ) -> Result<()> {
        match answer {
            Ok(receipt) => {
                self.receipts.push(receipt.evidence_hash.to_string());
                self.indices.push(receipt.index);
            }
            Err(ReportError::Refused(code)) => self.refusals.push(name(code)),
            Err(other) => return Err(other.into()),
        }
        Ok(())
    }
}

/// Plays a hostile host.
///
/// # Errors
/// When it cannot do what it is to do; what the collector refuses is part of the report.
pub async fn run(arguments: &HostileArguments) -> Result<HostileReport> {
    let mut impostor = Impostor::open(&arguments.config)?;
    let mut report = HostileReport::default();
    match arguments.kind {
        Kind::Delayer => {
            let file = arguments
                .delays
                .as_deref()
                .context("`delayer` needs --delays FILE")?;
            let shim = impostor.delay(&read_delays(file)?)?;
            let bytes = impostor.session(Manner::Honest).await?;
            report.note(impostor.submit(&bytes).await)?;
            drop(shim);
        }
        Kind::Replayer => replay(&mut impostor, &mut report).await?,
        Kind::ReceiptAlterer => {
            let bytes = impostor.session(Manner::AlterReceipts).await?;
            report.note(impostor.submit(&bytes).await)?;
        }
        Kind::FalseTranscript => {
            let bytes = impostor.session(Manner::FalseTranscripts).await?;
            report.note(impostor.submit(&bytes).await)?;
        }
        Kind::Proxied => {
            let proxy = arguments.proxy.context("`proxied` needs --proxy ADDRESS")?;
            impostor.range_through(SocketAddr::new(proxy, 0))?;
            let bytes = impostor.session(Manner::Honest).await?;
            report.note(impostor.submit(&bytes).await)?;
        }
    }
    impostor.finish().await;
    Ok(report)
}

/// One honest session, then three attempts to make it count again.
async fn replay(impostor: &mut Impostor, report: &mut HostileReport) -> Result<()> {
    let old = impostor.session(Manner::Honest).await?;
    report.note(impostor.submit(&old).await)?;
    // The same bytes: the same receipt, no new record.
    report.note(impostor.submit(&old).await)?;
    // Other bytes under the nonce that was used.
    let again = impostor.sign_again(&old)?;
    report.note(impostor.submit(&again).await)?;
    // The old receipts under a fresh nonce.
    let moved = impostor.under_fresh_nonce(&old).await?;
    report.note(impostor.submit(&moved).await)
}

fn read_delays(file: &Path) -> Result<BTreeMap<String, u64>> {
    let bytes = std::fs::read(file).with_context(|| format!("cannot read {}", file.display()))?;
    let delays: BTreeMap<String, u64> = serde_json::from_slice(&bytes)
        .with_context(|| format!("{} is not a map of delays", file.display()))?;
    match delays.iter().find(|(_, delay)| **delay > 10_000_000) {
        Some((anchor, _)) => bail!("the delay of `{anchor}` is above ten seconds"),
        None => Ok(delays),
    }
}

/// A status as the reports name it: `nonce-used`.
fn name(code: StatusCode) -> String {
    domicile_daemon::refusal::name(code)
}
