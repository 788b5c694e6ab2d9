//! The device process: one nonce in, one reading, one answer out, and it ends.

use super::attest::interlock::Allowance;
use super::attest::{self, Settings};
use super::frame::{self, NONCE, Nonce, Reading};
use super::inventory;
use super::nvml::{self, Driver, Library, MAX_GPUS};
use super::pci;
#[cfg(feature = "tpm")]
use super::tpm;
use crate::config::Config;
use crate::host::Host;
use domicile_proto::wire::{DeviceReport, TpmQuote};
use std::io::{self, Read as _, Write as _};
use std::os::fd::AsFd as _;
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::time::Duration;

/// How long the device process waits for its nonce before it ends without having read anything.
pub const NONCE_PATIENCE: Duration = Duration::from_secs(10);

/// The connected socket that was given as standard input.
///
/// # Errors
/// When standard input is something else: the command was started by hand.
pub fn socket_from_stdin() -> io::Result<UnixStream> {
    let stdin = io::stdin();
    let domain = rustix::net::sockopt::socket_domain(stdin.as_fd());
    if domain != Ok(rustix::net::AddressFamily::UNIX) {
        let problem = "standard input is not a Unix socket: \
            `domiciled run` or systemd's domiciled-device.socket starts this command";
        return Err(io::Error::new(io::ErrorKind::InvalidInput, problem));
    }
    let stream = UnixStream::from(stdin.as_fd().try_clone_to_owned()?);
    stream.set_nonblocking(false)?;
    stream.set_read_timeout(Some(NONCE_PATIENCE))?;
    stream.set_write_timeout(Some(NONCE_PATIENCE))?;
    Ok(stream)
}

/// Answers the one request on `stream`.
///
/// # Errors
/// The socket's.
pub fn answer(stream: &mut UnixStream, machine: &Machine) -> io::Result<()> {
    let mut nonce = [0; NONCE];
    stream.read_exact(&mut nonce)?;
    stream.write_all(&frame::encode(&nonce, machine.read(&nonce)))
}

/// What a reading is made from: found and loaded before the process is confined.
pub struct Machine {
    sysfs: PathBuf,
    nvml: Option<Library>,
    attestation: Option<(Settings, Host)>,
    #[cfg(feature = "tpm")]
    tpm: Option<std::fs::File>,
}

impl Machine {
    /// Finds sysfs and loads NVML, if this machine has it. Reads no device.
    pub fn find(config: &Config) -> Self {
        let nvml = Library::load(&config.nvml_library);
        if let Err(reason) = &nvml {
            tracing::debug!(reason, "no NVML: the inventory is what sysfs says");
        }
        Self {
            sysfs: config.sysfs.clone(),
            nvml: nvml.ok(),
            attestation: None,
            #[cfg(feature = "tpm")]
            tpm: None,
        }
    }

    /// The same, whose TPM is asked to sign the nonce, and whose GPUs as far as the interlock lets them.
    pub fn attesting(config: &Config, host: Host) -> Self {
        let settings = Settings {
            folder: config.device_state_dir(),
            allowance: Allowance {
                in_cc_mode: config.attest_in_cc_mode,
                interval: config.attest_interval,
            },
        };
        Self {
            attestation: Some((settings, host)),
            #[cfg(feature = "tpm")]
            tpm: open_tpm(config),
            ..Self::find(config)
        }
    }

    /// Reads the devices. May take as long as a driver takes.
    pub fn read(&self, nonce: &Nonce) -> Reading {
        let (driver, reports) = self
            .nvml
            .as_ref()
            .and_then(|nvml| {
                self.ask(nvml, nonce)
                    .inspect_err(|reason| tracing::warn!(reason, "NVML gives nothing"))
                    .ok()
            })
            .unzip();
        Reading {
            inventory: inventory::merge(pci::scan(&self.sysfs), driver.as_ref()),
            reports: reports.unwrap_or_default(),
            tpm: self.quote(nonce),
        }
    }

    #[cfg(feature = "tpm")]
    fn quote(&self, nonce: &Nonce) -> Option<TpmQuote> {
        tpm::quote(self.tpm.as_ref()?, nonce)
            .inspect_err(|error| tracing::warn!(%error, "the TPM signs nothing"))
            .ok()
    }

    #[cfg(not(feature = "tpm"))]
    fn quote(&self, _: &Nonce) -> Option<TpmQuote> {
        None
    }

    /// NVML is open while this runs, and only then.
    fn ask(&self, nvml: &Library, nonce: &Nonce) -> Result<(Driver, Vec<DeviceReport>), String> {
        let session = nvml.open()?;
        let devices = session.devices(MAX_GPUS);
        let driver = nvml::read(&session, &devices);
        let Some((settings, host)) = &self.attestation else {
            return Ok((driver, Vec::new()));
        };
        // A GPU without a name could not be told from another after a failure.
        let named = devices.into_iter().zip(&driver.gpus);
        let gpus: Vec<_> = named
            .filter_map(|(device, gpu)| Some((device, gpu.uuid.clone()?)))
            .collect();
        let (disk, now_ms) = (&*host.disk, host.clock.unix_ms());
        let mode = driver.confidential;
        let reports = attest::ask(&gpus, mode, settings, disk, now_ms, nonce);
        Ok((driver, reports))
    }
}

/// The TPM, if there is one that this account may open.
#[cfg(feature = "tpm")]
pub fn open_tpm(config: &Config) -> Option<std::fs::File> {
    tpm::open(&config.tpm_device)
        .inspect_err(|error| {
            let device = config.tpm_device.display();
            tracing::warn!(%device, %error, "the TPM cannot be opened: this account needs the group that owns it");
        })
        .ok()
        .flatten()
}
