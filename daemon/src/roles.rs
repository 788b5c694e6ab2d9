//! The processes: what each opens, in which order it shuts itself in, and what it then does.
//!
//! | Process | Has | Has not |
//! |---|---|---|
//! | supervisor ([`supervise`]) | its two children | network, devices |
//! | network process ([`run()`], [`once`]) | UDP sockets, the state folder | devices, other processes |
//! | device process ([`device()`]) | sysfs, device nodes, a folder of its own | network, the state folder |
//!
//! [`enrol()`] and [`withdraw`] are network processes too; the former reads the devices first.

use crate::agent::{Agent, GOODBYE, Outcome};
use crate::answer::{self, Answered};
use crate::config::Config;
#[cfg(feature = "tpm")]
use crate::device;
use crate::device::activation::Offered;
use crate::device::ask::Devices;
use crate::device::attest::interlock;
use crate::device::frame::{self, HEADER, Nonce};
use crate::device::inventory::of_sysfs;
use crate::device::serve::{self, Machine};
use crate::enrol::{self, Enrolled, Withdrawn};
use crate::error::Error;
use crate::host::Host;
use crate::net::Network;
use crate::notify::Manager;
use crate::sandbox::{Confinement, Denied, Rules, confine};
use crate::show::{self, Shown};
use crate::state::StateDir;
use crate::state::record::ConfinementRecord;
use crate::supervisor::{self, Arguments, Reader};
use crate::{rules, run};
use domicile_proto::inspection;
use domicile_proto::wire;
use rustix::process::{Resource, Signal, getrlimit, set_parent_process_death_signal};
use std::ffi::CStr;
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use tokio::time::error::Elapsed;

/// The network process's way to a device process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DeviceLink {
    /// Standard input is the supervisor's socket.
    Supervisor,
    /// systemd listens there.
    Socket(PathBuf),
}

/// What a process needs to know that starts others.
#[derive(Debug)]
pub struct Parent {
    /// How this program starts itself again.
    pub arguments: Arguments,
    /// The configuration file that was named.
    pub config_file: Option<PathBuf>,
    /// Go on without a layer of confinement.
    pub allow_unconfined: bool,
}

/// File descriptors that a process may need at once; the runtime cannot start without some.
const DESCRIPTORS: u64 = 32;

/// What a driver's library gets for a call that it may not make: NVML may try to start
/// `nvidia-modprobe`, and goes on without. A kill could come between two driver calls.
const REFUSED: Denied = Denied::Errno(libc::EPERM.cast_unsigned());

/// Starts the network process, and device processes as it asks for them. Gives its exit code.
///
/// # Errors
/// [`Error`].
pub fn supervise(config: &Config, parent: &Parent) -> Result<u8, Error> {
    // Its children have no more than it has when it shuts itself in. Without the folder they ask no
    // GPU to sign, and say so.
    if let Err(error) = interlock::prepare(&config.device_state_dir()) {
        tracing::debug!(%error, "the device process has no folder of its own");
    }
    block_on(supervisor::supervise(&parent.arguments, |network| {
        let rules = rules::supervisor(config, parent.config_file.as_deref(), network);
        let confinement = confine(&rules, REFUSED, parent.allow_unconfined)?;
        tracing::debug!(confined = confinement.summary(), "supervisor");
        Ok(())
    }))?
}

/// The network process of the service.
///
/// # Errors
/// [`Error`] when it cannot start, or nothing that waiting could mend happens.
pub fn run(
    config: Config,
    host: Host,
    link: &DeviceLink,
    allow_unconfined: bool,
) -> Result<(), Error> {
    block_on(async {
        let stop = run::Stop::listen()?;
        let manager = Manager::of_environment().map_err(Error::System)?;
        let agent = open(config, host, link, allow_unconfined)?;
        run::run(agent, stop, manager).await
    })?
}

/// The network process of one session.
///
/// # Errors
/// [`Error`] when it did not end with a receipt.
pub fn once(
    config: Config,
    host: Host,
    link: &DeviceLink,
    allow_unconfined: bool,
) -> Result<Outcome, Error> {
    block_on(async {
        let mut agent = open(config, host, link, allow_unconfined)?;
        let outcome = agent.session().await;
        agent.network().finish(GOODBYE).await;
        outcome
    })?
}

/// Opens everything that the network process will ever have open, then shuts it in.
fn open(
    config: Config,
    host: Host,
    link: &DeviceLink,
    allow_unconfined: bool,
) -> Result<Agent, Error> {
    name(c"domiciled-net");
    let (devices, socket) = match link {
        DeviceLink::Supervisor => {
            // Without its supervisor the network process has nobody to stop it.
            set_parent_process_death_signal(Some(Signal::TERM))
                .map_err(|error| Error::System(error.into()))?;
            let socket = serve::socket_from_stdin().and_then(Devices::supervised);
            (socket.map_err(Error::System)?, None)
        }
        DeviceLink::Socket(path) => (Devices::at(path.clone()), Some(path.as_path())),
    };
    let rules = rules::network(&config, socket);
    let agent = Agent::open(config, host, devices)?;
    let confinement = confine_network(&rules, allow_unconfined)?;
    let record = ConfinementRecord {
        at_ms: agent.host().clock.unix_ms(),
        pid: std::process::id(),
        allow_unconfined,
        confinement,
    };
    let state = StateDir::new(&agent.config().state_dir);
    if let Err(error) = record.save(&*agent.host().disk, &state) {
        tracing::error!(%error, "the confinement could not be noted");
    }
    Ok(agent)
}

fn confine_network(rules: &Rules, allow_unconfined: bool) -> Result<Confinement, Error> {
    let confinement = confine(rules, Denied::Kill, allow_unconfined)?;
    tracing::debug!(confined = confinement.summary(), "network process");
    Ok(confinement)
}

/// What `ps` calls this process.
fn name(name: &CStr) {
    // It is called something else then, and works.
    let _ = rustix::thread::set_name(name);
}

/// What a device process does beside reading.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signing {
    /// GPUs are asked to sign the nonce.
    Asked,
    /// They are not.
    NotAsked,
}

/// The device process: one reading.
///
/// # Errors
/// [`Error`] when standard input is no socket, a layer is missing, or nobody asks.
pub fn device(
    config: &Config,
    host: Host,
    signing: Signing,
    allow_unconfined: bool,
) -> Result<(), Error> {
    name(c"domiciled-dev");
    let mut socket = serve::socket_from_stdin().map_err(Error::System)?;
    let machine = match signing {
        Signing::Asked => Machine::attesting(config, host),
        Signing::NotAsked => Machine::find(config),
    };
    confine(&rules::device(config), REFUSED, allow_unconfined)?;
    serve::answer(&mut socket, &machine).map_err(Error::System)
}

/// Reads the devices in a process of their own, then shuts itself in and enrols. A reader that is
/// stuck in a driver holds up neither: it is waited for at the end, and never killed.
///
/// # Errors
/// [`Error`]; the host is then not enrolled.
pub fn enrol(
    config: &Config,
    host: &Host,
    parent: &Parent,
    token: &str,
    collector: Option<SocketAddr>,
) -> Result<Enrolled, Error> {
    block_on(async {
        let nonce = host.random_bytes();
        let mut reader = Reader::start(&parent.arguments.inventory, nonce).await;
        let inventory = inventory(config, &nonce, &mut reader).await;
        let tpm = tpm_offer(config, &parent.arguments).await;
        let network = Network::of(config)?;
        StateDir::new(&config.state_dir).prepare()?;
        confine_network(&rules::network(config, None), parent.allow_unconfined)?;
        let late = inventory.is_err();
        let inventory = inventory.ok().flatten();
        let enrolled = enrol::enrol(config, host, &network, token, collector, inventory, tpm).await;
        if let (true, Ok(reader)) = (late, &mut reader) {
            tracing::warn!(
                enrolled = enrolled.is_ok(),
                "a reader is still in a driver; waiting for it (it is never killed, and ends by itself if this is interrupted)"
            );
            reader.answer().await;
        }
        enrolled
    })?
}

/// Shows what would be sent.
///
/// # Errors
/// [`Error`] when state or spool cannot be read.
pub fn show(config: &Config, host: &Host, parent: &Parent) -> Result<Shown, Error> {
    if let Some(waiting) = show::waiting(config)? {
        return Ok(waiting);
    }
    show::sample(config, host, read_unsigned(config, host, parent)?)
}

/// Answers an inspector. The devices are read in a process of their own that asks no GPU to sign; then
/// this one shuts itself in, and only then opens the key.
///
/// # Errors
/// [`Error`] when a layer is missing, or the state folder is not this user's or cannot be read.
pub fn answer(
    config: &Config,
    host: &Host,
    parent: &Parent,
    nonce: &inspection::Nonce,
) -> Result<Answered, Error> {
    StateDir::new(&config.state_dir).check_own()?;
    let inventory = read_unsigned(config, host, parent)?;
    confine(
        &rules::answer(config),
        Denied::Kill,
        parent.allow_unconfined,
    )?;
    answer::answer(config, nonce, &inventory)
}

/// The devices, read in a process of their own that asks no GPU to sign. Without it the inventory is
/// what sysfs says.
fn read_unsigned(config: &Config, host: &Host, parent: &Parent) -> Result<wire::Inventory, Error> {
    let read = block_on(async {
        let nonce = host.random_bytes();
        let mut reader = Reader::start(&parent.arguments.inventory, nonce).await;
        inventory(config, &nonce, &mut reader).await
    })?;
    let inventory = read.ok().flatten();
    Ok(inventory.unwrap_or_else(|| of_sysfs(&config.sysfs)))
}

/// What the TPM offers, in a process of its own that ends with this one.
async fn tpm_offer(config: &Config, arguments: &Arguments) -> Option<Offered> {
    let arguments = arguments.tpm.as_deref()?;
    if config.tpm_device.as_os_str().is_empty() {
        return None;
    }
    // Not waited for: this process is about to lose the call, and ends soon after.
    let heard = match supervisor::start_tpm(arguments) {
        Ok((stream, _child)) => Offered::hear(stream).await,
        Err(error) => Err(error.into()),
    };
    heard
        .inspect_err(|error| tracing::warn!(%error, "enrolling without the TPM"))
        .ok()
        .flatten()
}

/// The TPM's process of an enrolment: it says the keys, and opens one activation.
///
/// # Errors
/// [`Error`] when standard input is no socket, a layer is missing, or nobody answers.
#[cfg(feature = "tpm")]
pub fn tpm(config: &Config, host: &Host, allow_unconfined: bool) -> Result<(), Error> {
    name(c"domiciled-tpm");
    let mut socket = serve::socket_from_stdin().map_err(Error::System)?;
    let tpm = serve::open_tpm(config);
    let nonce = host.random_bytes();
    // Before the walls go up: no option of a socket can be set behind them.
    socket
        .set_read_timeout(Some(device::tpm::enrol::PATIENCE))
        .map_err(Error::System)?;
    confine(&rules::tpm(config), REFUSED, allow_unconfined)?;
    device::tpm::enrol::serve(&mut socket, tpm, &nonce).map_err(Error::System)
}

/// What the reader says, or that it is late.
async fn inventory(
    config: &Config,
    nonce: &Nonce,
    reader: &mut io::Result<Reader>,
) -> Result<Option<wire::Inventory>, Elapsed> {
    let answer = match reader {
        Ok(reader) => tokio::time::timeout(config.device_timeout, reader.answer()).await,
        Err(error) => {
            tracing::warn!(%error, "going on without the devices");
            return Ok(None);
        }
    };
    let checked = match &answer {
        Ok(answer) => frame::decode(nonce, &answer[HEADER..]).map_err(|error| error.to_string()),
        Err(_) => Err("the device process did not answer in time; it is left to finish".into()),
    };
    if let Err(error) = &checked {
        tracing::warn!(error, "going on without the devices");
    }
    answer.map(|_| checked.ok().map(|reading| reading.inventory))
}

/// The operator's word that GPUs may be asked to sign, for the first time or again. Gives what to
/// say of it.
///
/// # Errors
/// [`Error`] when the device process's folder cannot be written.
pub fn arm(config: &Config, host: &Host) -> Result<&'static str, Error> {
    interlock::arm(&*host.disk, &config.device_state_dir())?;
    Ok(match config.attest_in_cc_mode {
        true => "GPUs may be asked to sign, in confidential-computing mode too.\n",
        false => {
            "GPUs may be asked to sign; in confidential-computing mode \
             not before `attest-in-cc-mode` is set.\n"
        }
    })
}

/// Shuts itself in, tells the collector once and erases.
///
/// # Errors
/// [`Error`] when there is nothing to withdraw or something cannot be erased.
pub fn withdraw(config: &Config, host: &Host, allow_unconfined: bool) -> Result<Withdrawn, Error> {
    block_on(async {
        let network = Network::of(config)?;
        confine_network(&rules::network(config, None), allow_unconfined)?;
        enrol::withdraw(config, host, &network).await
    })?
}

/// One thread, no pool: whatever blocks would block ranging.
fn block_on<F: Future>(future: F) -> Result<F::Output, Error> {
    if let Some(limit) = getrlimit(Resource::Nofile).current
        && limit < DESCRIPTORS
    {
        return Err(Error::Descriptors {
            limit,
            needed: DESCRIPTORS,
        });
    }
    Ok(tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(Error::System)?
        .block_on(future))
}
