//! Opting in and out.

use crate::config::Config;
use crate::device::activation::Offered;
use crate::directory;
use crate::error::Error;
use crate::evidence;
use crate::host::Host;
use crate::net::Network;
use crate::refusal::{self, Meaning};
use crate::report::Client;
use crate::spool;
use crate::state::enrolment::{self, Enrolment};
use crate::state::lock::Lock;
use crate::state::{StateDir, save};
use domicile_certs::Identity;
use domicile_proto::directory::{Collector, Directory};
use domicile_proto::draw::UnknownMetro;
use domicile_proto::token::{self, Token};
use domicile_proto::types::Key;
use domicile_proto::wire;
use std::fs;
use std::net::SocketAddr;

/// A completed enrolment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Enrolled {
    /// The agent's key.
    pub agent: Key,
    /// The declared metro.
    pub metro: String,
    /// The collector's name in the directory.
    pub collector: String,
    /// Whether its TPM will sign for it.
    pub tpm: bool,
}

/// Says so when this state folder is an enrolled agent's.
///
/// # Errors
/// [`Error::AlreadyEnrolled`], or why the folder cannot be read.
pub fn refuse_enrolled(state: &StateDir) -> Result<(), Error> {
    state.check_readable()?;
    match enrolment::recorded(state)? {
        Some(Enrolment { metro, .. }) => Err(Error::AlreadyEnrolled { metro }),
        None => Ok(()),
    }
}

/// Enrols this host with a token's text. The key is made once: after a failure, the same command
/// goes on with it. `inventory` is what the device process read, if it did; `tpm` what the TPM's
/// process offers.
///
/// # Errors
/// [`Error`]; the host is then not enrolled.
pub async fn enrol(
    config: &Config,
    host: &Host,
    network: &Network,
    token_text: &str,
    address: Option<SocketAddr>,
    inventory: Option<wire::Inventory>,
    mut tpm: Option<Offered>,
) -> Result<Enrolled, Error> {
    let state = StateDir::new(&config.state_dir);
    state.prepare()?;
    let _lock = Lock::take(&state)?;
    refuse_enrolled(&state)?;
    let trust = directory::trust(config, &state)?;
    let directory = directory::installed(&state, &trust)?;
    let signed = token::from_text(token_text).map_err(|error| Error::Token(error.to_string()))?;
    let token = Token::read(&signed).map_err(|error| Error::Token(error.to_string()))?;
    if directory.metro(&token.metro).is_none() {
        return Err(UnknownMetro {
            metro: token.metro,
            version: directory.version,
        }
        .into());
    }
    let machine_id_hash = enrolment::machine_id_hash(&config.machine_id_file)?;
    let collector = choose(&directory, address);
    let key =
        enrolment::key(&state, &host.random_bytes()).map_err(enrolment::EnrolmentError::from)?;
    let identity = Identity::self_signed(key).map_err(enrolment::EnrolmentError::from)?;
    let record = Enrolment {
        metro: token.metro.clone(),
        machine_id_hash,
        collector: collector.key,
        tpm: tpm.is_some(),
    };
    save(&*host.disk, &state.enrolment(), &record)?;

    let addresses = address.map_or_else(|| collector.addresses.clone(), |address| vec![address]);
    let patience = config.collector_timeout;
    let client = Client::connect(network, &identity, collector, &addresses, patience).await?;
    let certificate = client
        .enrol(signed, machine_id_hash, inventory, tpm.as_mut())
        .await?;
    certificate.check(identity.key.public(), &trust.agent_ca)?;
    let now_ms = host.clock.unix_ms();
    enrolment::store_certificate(&*host.disk, &state, &certificate.chain, now_ms)?;
    drop(client);
    network.finish(crate::agent::GOODBYE).await;
    Ok(Enrolled {
        agent: identity.key.public(),
        metro: token.metro,
        collector: collector.name.clone(),
        tpm: tpm.is_some(),
    })
}

/// The collector that lists `address`, or the directory's first. Either way its key is pinned.
fn choose(directory: &Directory, address: Option<SocketAddr>) -> &Collector {
    directory
        .collectors
        .iter()
        .find(|collector| address.is_some_and(|address| collector.addresses.contains(&address)))
        .or(directory.collectors.first())
        .expect("a checked directory has a collector")
}

/// What a withdrawal did beside erasing the state.
#[derive(Debug)]
pub struct Withdrawn {
    /// Whether the collector confirmed it.
    pub told: Result<(), Error>,
    /// Reports that had not been delivered.
    pub unsent: usize,
}

/// Tells the collector once, if it can be reached, and erases key, certificate, spool and chain
/// in any case. Trust and directory stay.
///
/// # Errors
/// [`Error`] when there is nothing to withdraw, another process is active, or a file cannot be
/// removed; the command can be repeated.
pub async fn withdraw(config: &Config, host: &Host, network: &Network) -> Result<Withdrawn, Error> {
    let state = StateDir::new(&config.state_dir);
    state.check_readable()?;
    let there = state.of_enrolment().iter().any(|path| path.exists()) || state.spool().exists();
    if !there {
        return Err(enrolment::EnrolmentError::NotEnrolled.into());
    }
    let _lock = Lock::take(&state)?;
    let told = tell(config, host, network, &state).await;
    let unsent = spool::look(&state.spool())?.len();
    for path in state.of_enrolment() {
        crate::disk::remove(&*host.disk, &path)?;
    }
    if state.spool().exists() {
        let failed = crate::disk::DiskError::at("removing", &state.spool());
        fs::remove_dir_all(state.spool()).map_err(failed)?;
    }
    Ok(Withdrawn { told, unsent })
}

async fn tell(
    config: &Config,
    host: &Host,
    network: &Network,
    state: &StateDir,
) -> Result<(), Error> {
    let trust = directory::trust(config, state)?;
    let directory = directory::installed(state, &trust)?;
    let Some(enrolment) = enrolment::recorded(state)? else {
        return Err(enrolment::EnrolmentError::NotEnrolled.into());
    };
    // Not `enrolled`: a copy on another machine may be erased too, but it must not withdraw the
    // original.
    if enrolment::machine_id_hash(&config.machine_id_file)? != enrolment.machine_id_hash {
        return Err(enrolment::EnrolmentError::Cloned.into());
    }
    let identity = Identity::load(&state.key(), &state.certificate())
        .map_err(enrolment::EnrolmentError::from)?;
    let collector = directory
        .collector(&enrolment.collector)
        .unwrap_or_else(|| choose(&directory, None));
    let patience = config.collector_timeout;
    let client = Client::connect(
        network,
        &identity,
        collector,
        &collector.addresses,
        patience,
    )
    .await?;
    let message = evidence::withdrawal(&identity.key, host.clock.unix_ms());
    client.withdraw(message).await?;
    drop(client);
    network.finish(crate::agent::GOODBYE).await;
    Ok(())
}

/// A token's text, from the file's or stdin's bytes.
///
/// # Errors
/// [`Error::Token`] when it is no text.
pub fn token_text(bytes: Vec<u8>) -> Result<String, Error> {
    String::from_utf8(bytes).map_err(|_| Error::Token("the file is not text".into()))
}

/// True when trying again later may help: the collector was away or busy.
pub fn may_retry(error: &Error) -> bool {
    match error {
        Error::Report(error) => {
            error.is_unreachable()
                || error
                    .status()
                    .is_some_and(|code| refusal::meaning(code) == Meaning::Later)
        }
        _ => false,
    }
}
