//! The processes: what each opens, in which order it shuts itself in, and what it then does.
//!
//! | Process | Has | Has not |
//! |---|---|---|
//! | supervisor ([`supervise`]) | its two children | network, devices |
//! | network process ([`run`], [`once`]) | UDP sockets, the state folder | devices, other processes |
//! | device process ([`device`]) | sysfs and device nodes | network, the state folder |
//!
//! [`enrol`] and [`withdraw`] are network processes too; the former reads the devices first.

use crate::agent::{Agent, GOODBYE, Outcome};
use crate::config::Config;
use crate::device::ask::Devices;
use crate::device::frame::{self, HEADER};
use crate::device::serve;
use crate::enrol::{self, Enrolled, Withdrawn};
use crate::error::Error;
use crate::host::Host;
use crate::run;
use crate::supervisor::{self, Arguments};
use domicile_proto::wire;
use rustix::process::{Signal, set_parent_process_death_signal};
use std::future::Future;
use std::net::SocketAddr;
use std::path::PathBuf;

/// The network process's way to a device process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DeviceLink {
    /// Standard input is the supervisor's socket.
    Supervisor,
    /// systemd listens there.
    Socket(PathBuf),
}

/// Starts the network process, and device processes as it asks for them. Gives its exit code.
///
/// # Errors
/// [`Error`].
pub fn supervise(arguments: &Arguments) -> Result<u8, Error> {
    block_on(supervisor::supervise(arguments, |_| Ok(())))?
}

/// The network process of the service.
///
/// # Errors
/// [`Error`] when it cannot start, or nothing that waiting could mend happens.
pub fn run(config: Config, host: Host, link: DeviceLink) -> Result<(), Error> {
    block_on(async {
        let stop = run::Stop::listen()?;
        let agent = open(config, host, link)?;
        run::run(agent, stop).await
    })?
}

/// The network process of one session.
///
/// # Errors
/// [`Error`] when it did not end with a receipt.
pub fn once(config: Config, host: Host, link: DeviceLink) -> Result<Outcome, Error> {
    block_on(async {
        let mut agent = open(config, host, link)?;
        let outcome = agent.session().await;
        agent.network().finish(GOODBYE).await;
        outcome
    })?
}

fn open(config: Config, host: Host, link: DeviceLink) -> Result<Agent, Error> {
    let devices = match link {
        DeviceLink::Supervisor => {
            // Without its supervisor the network process has nobody to stop it.
            set_parent_process_death_signal(Some(Signal::TERM))
                .map_err(|error| Error::System(error.into()))?;
            serve::socket_from_stdin()
                .and_then(Devices::supervised)
                .map_err(Error::System)?
        }
        DeviceLink::Socket(path) => Devices::at(path),
    };
    Agent::open(config, host, devices)
}

/// The device process: one reading.
///
/// # Errors
/// [`Error`] when standard input is no socket, or nobody asks.
pub fn device(config: &Config) -> Result<(), Error> {
    let mut socket = serve::socket_from_stdin().map_err(Error::System)?;
    serve::answer(&mut socket, config).map_err(Error::System)
}

/// Reads the devices in a process of their own, then enrols.
///
/// # Errors
/// [`Error`]; the host is then not enrolled.
pub fn enrol(
    config: &Config,
    host: &Host,
    arguments: &Arguments,
    token: &str,
    collector: Option<SocketAddr>,
) -> Result<Enrolled, Error> {
    block_on(async {
        let inventory = inventory(config, host, arguments).await;
        enrol::enrol(config, host, token, collector, inventory).await
    })?
}

async fn inventory(config: &Config, host: &Host, arguments: &Arguments) -> Option<wire::Inventory> {
    let nonce = host.random_bytes();
    let reading = supervisor::read_devices(arguments, nonce);
    let answer = tokio::time::timeout(config.device_timeout, reading).await;
    let checked = match answer {
        Ok(Ok(answer)) => {
            frame::decode(&nonce, &answer[HEADER..]).map_err(|error| error.to_string())
        }
        Ok(Err(error)) => Err(error.to_string()),
        Err(_) => Err("the device process did not answer in time; it is left to finish".into()),
    };
    checked
        .map_err(|error| tracing::warn!(error, "enrolling without the devices"))
        .ok()
        .map(|reading| reading.inventory)
}

/// Tells the collector once and erases.
///
/// # Errors
/// [`Error`] when there is nothing to withdraw or something cannot be erased.
pub fn withdraw(config: &Config, host: &Host) -> Result<Withdrawn, Error> {
    block_on(enrol::withdraw(config, host))?
}

/// One thread, no pool: whatever blocks would block ranging.
fn block_on<F: Future>(future: F) -> Result<F::Output, Error> {
    Ok(tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(Error::System)?
        .block_on(future))
}
