//! Asking each GPU to sign this session's nonce: one after the other, seldom, and never again
//! after a failure.
//!
//! - [`interlock`]: the mark on the disk, and who may take it away
//! - [`chain`]: a GPU's certificates, from text to bytes
//!
//! Start reading at [`ask`].

pub mod chain;
pub mod interlock;

use super::frame::MAX_REPORT_BYTES;
use super::nvml::{Confidential, Device, Refusal};
use crate::disk::Disk;
use domicile_proto::devices::{self, MAX_REPORTS};
use domicile_proto::wire::{DeviceKind, DeviceReport};
use interlock::{Allowance, Interlock, Refused};
use std::path::PathBuf;

/// A GPU that may sign.
pub trait Signer {
    /// Whether there is anything to call: a GPU without it is passed over, and nothing is marked.
    fn can_attest(&self) -> bool;
    /// The certificates of its key, PEM, leaf first.
    ///
    /// # Errors
    /// [`Refusal`].
    fn certificates(&self) -> Result<Vec<u8>, Refusal>;
    /// Its report over `nonce`.
    ///
    /// # Errors
    /// [`Refusal`].
    fn report(&self, nonce: &[u8; 32]) -> Result<Vec<u8>, Refusal>;
}

impl Signer for Device<'_> {
    fn can_attest(&self) -> bool {
        Device::can_attest(*self)
    }

    fn certificates(&self) -> Result<Vec<u8>, Refusal> {
        Device::certificates(*self)
    }

    fn report(&self, nonce: &[u8; 32]) -> Result<Vec<u8>, Refusal> {
        Device::report(*self, nonce)
    }
}

/// What decides whether GPUs are asked.
pub struct Settings {
    /// The device process's own folder.
    pub folder: PathBuf,
    /// What the configuration allows.
    pub allowance: Allowance,
}

/// Asks `gpus`, each with its name, one after the other. Gives what was signed before the first
/// one that did not; says in the log why there is not more.
pub fn ask<S: Signer>(
    gpus: &[(S, String)],
    confidential: Confidential,
    settings: &Settings,
    disk: &dyn Disk,
    now_ms: u64,
    nonce: &[u8; 32],
) -> Vec<DeviceReport> {
    let mut reports = Vec::new();
    let able: Vec<_> = gpus.iter().filter(|(gpu, _)| gpu.can_attest()).collect();
    if able.is_empty() || confidential == Confidential::Absent {
        return reports;
    }
    // A driver that cannot say whether the mode is on may have it on.
    let cc_mode = confidential != Confidential::Off;
    let folder = &settings.folder;
    let held = Interlock::permit(disk, folder, settings.allowance, cc_mode, now_ms);
    let asked = held.and_then(|mut held| {
        for (gpu, name) in able.into_iter().take(MAX_REPORTS) {
            if size(&reports) + ROOM > MAX_REPORT_BYTES {
                tracing::warn!("more GPUs than reports fit into one message: the rest is not asked");
                break;
            }
            held.begin(name, now_ms)?;
            match sign(gpu, nonce) {
                Ok(report) => {
                    held.succeeded()?;
                    reports.push(report);
                }
                // Outside that mode a GPU without the function says so, and nothing has happened.
                Err(SignError::Refused(Refusal::NotSupported)) if !cc_mode => held.succeeded()?,
                Err(error) => {
                    tracing::error!(gpu = name, %error, "a GPU did not sign: none is asked again until the operator runs `domiciled arm`");
                    break;
                }
            }
        }
        Ok(())
    });
    match asked {
        Ok(()) | Err(Refused::TooSoon(_)) => {}
        Err(reason) => tracing::warn!(%reason, "no GPU is asked to sign"),
    }
    reports
}

/// Room that one more report and its chain may take, bytes.
const ROOM: usize = 14 * 1024;

fn size(reports: &[DeviceReport]) -> usize {
    let chain = |report: &DeviceReport| report.chain.iter().map(Vec::len).sum::<usize>();
    let sizes = reports
        .iter()
        .map(|report| report.report.len() + chain(report));
    sizes.sum()
}

#[derive(Debug, thiserror::Error)]
enum SignError {
    #[error("{0}")]
    Refused(Refusal),
    #[error("{0}")]
    Chain(String),
    #[error(transparent)]
    Report(#[from] domicile_proto::codec::CodecError),
}

fn sign(gpu: &impl Signer, nonce: &[u8; 32]) -> Result<DeviceReport, SignError> {
    let chain = gpu.certificates().map_err(SignError::Refused)?;
    let chain = chain::read(&chain).map_err(SignError::Chain)?;
    let report = DeviceReport {
        kind: DeviceKind::Gpu.into(),
        report: gpu.report(nonce).map_err(SignError::Refused)?,
        chain_hash: devices::chain_hash(&chain).0.to_vec(),
        chain,
    };
    devices::check_report(&report)?;
    Ok(report)
}

#[cfg(test)]
mod tests;
