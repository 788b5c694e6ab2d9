//! The device process: one nonce in, one reading, one answer out, and it ends.

use super::frame::{self, NONCE, Reading};
use super::nvml::{self, Library};
use super::pci;
use crate::config::Config;
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
    stream.write_all(&frame::encode(&nonce, machine.read()))
}

/// What a reading is made from: found and loaded before the process is confined.
pub struct Machine {
    sysfs: PathBuf,
    nvml: Option<Library>,
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
        }
    }

    /// Reads the devices. May take as long as a driver takes.
    pub fn read(&self) -> Reading {
        let driver = self.nvml.as_ref().and_then(|nvml| {
            nvml::read(nvml)
                .inspect_err(|reason| tracing::warn!(reason, "NVML gives nothing"))
                .ok()
        });
        Reading {
            inventory: pci::inventory(&self.sysfs),
            driver,
        }
    }
}
