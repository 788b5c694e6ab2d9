//! The enrolled agent: what it holds while it runs, and one session from challenge to receipt.
//!
//! In coarse mode nothing is measured without an installed zone, and what a report shows is chosen by
//! [`crate::zone`] before it is signed.
//!
//! Order of a session: connect (renewing the certificate if it is time), deliver what waits in
//! the spool, take a challenge, range with every drawn anchor at once, read the devices, sign, keep in the spool,
//! note the place in the chain, deliver. Whatever happens in between, the disk holds a chain
//! that the next start continues.
//!
//! Start reading at [`Agent::session`].

mod delivery;
mod devices;
mod standing;

use crate::config::Config;
use crate::device::ask::Devices;
use crate::error::Error;
use crate::evidence::{self, Findings};
use crate::host::Host;
use crate::net::Network;
use crate::range::{RangeError, Ranged, Visit, range_one};
use crate::report::Receipt;
use crate::spool::{PushError, Spool};
use crate::state::StateDir;
use crate::state::chain::Chain;
use crate::state::chains::Chains;
use crate::state::enrolment;
use crate::state::heads;
use crate::state::lock::Lock;
use crate::state::record::DevicesRecord;
use crate::time;
use crate::zone;
use domicile_certs::{Identity, Zone};
use domicile_proto::directory::Anchor;
use domicile_proto::draw::draw;
use domicile_proto::wire::StatusCode;
use std::time::Duration;
use tokio::task::JoinSet;

/// How long goodbyes may take at the end of a program.
pub const GOODBYE: Duration = Duration::from_millis(300);

/// An enrolled agent that holds its state folder's lock.
pub struct Agent {
    config: Config,
    host: Host,
    state: StateDir,
    network: Network,
    devices: Devices,
    spool: Spool,
    chain: Chain,
    chains: Chains,
    devices_were: Option<DevicesRecord>,
    renew_now: bool,
    _lock: Lock,
}

/// A session that ended with a receipt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// The receipt of this session's report.
    pub receipt: Receipt,
    /// Anchors whose receipt holds.
    pub ranged: usize,
    /// Anchors drawn.
    pub drawn: usize,
    /// Bytes of the report.
    pub bytes: usize,
    /// Reports that had waited and were delivered too.
    pub backlog: usize,
}

impl Agent {
    /// Takes the lock and opens state, spool and sockets. Must run inside a tokio runtime.
    ///
    /// # Errors
    /// [`Error`] when not enrolled, cloned, already active, or something cannot be opened.
    pub fn open(config: Config, host: Host, devices: Devices) -> Result<Self, Error> {
        Self::open_on(config, host, devices, Network::of)
    }

    /// The same with another network than the configuration's.
    ///
    /// # Errors
    /// As [`Agent::open`], and what `network` says.
    pub fn open_on(
        config: Config,
        host: Host,
        devices: Devices,
        network: impl FnOnce(&Config) -> Result<Network, Error>,
    ) -> Result<Self, Error> {
        let state = StateDir::new(&config.state_dir);
        state.check_readable()?;
        if enrolment::recorded(&state)?.is_none() {
            return Err(enrolment::EnrolmentError::NotEnrolled.into());
        }
        state.prepare()?;
        let lock = Lock::take(&state)?;
        enrolment::enrolled(&state, &config.machine_id_file)?;
        let spool = Spool::open(&state.spool(), config.spool_bytes, host.disk.clone())?;
        let chain = Chain::open(&state, host.random_bytes(), spool.newest().as_ref())?;
        let chains = Chains::load(&state);
        let network = network(&config)?;
        if config.coarse {
            zone::installed(&state)?;
        }
        Ok(Self {
            config,
            host,
            state,
            network,
            devices,
            spool,
            chain,
            chains,
            devices_were: None,
            renew_now: false,
            _lock: lock,
        })
    }

    /// The configuration.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// The machine.
    pub fn host(&self) -> &Host {
        &self.host
    }

    /// The sockets.
    pub fn network(&self) -> &Network {
        &self.network
    }

    /// Reports that wait.
    pub fn waiting(&self) -> usize {
        self.spool.len()
    }

    /// One whole session.
    ///
    /// # Errors
    /// [`Error`] when it did not end with a receipt. After [`Error::NotDelivered`] the report
    /// waits in the spool.
    pub async fn session(&mut self) -> Result<Outcome, Error> {
        match self.attempt().await {
            Err(error) if self.may_renew(&error) => self.attempt().await,
            result => result,
        }
    }

    /// One sign of life; delivers what waits.
    ///
    /// # Errors
    /// [`Error`] when the collector did not confirm it.
    pub async fn sign_of_life(&mut self) -> Result<(), Error> {
        match self.greet().await {
            Err(error) if self.may_renew(&error) => self.greet().await,
            result => result,
        }
    }

    /// After an answer that the certificate has expired, the next connection renews first.
    fn may_renew(&mut self, error: &Error) -> bool {
        let expired = error.status() == Some(StatusCode::CertificateExpired);
        expired && !std::mem::replace(&mut self.renew_now, true)
    }

    async fn greet(&mut self) -> Result<(), Error> {
        let mut standing = self.standing()?;
        let client = self.connect(&mut standing).await?;
        let (epoch, counter) = self.chain.next_liveness();
        let now_ms = self.host.clock.unix_ms();
        let message = evidence::liveness(&standing.identity.key, epoch, counter, now_ms);
        client.liveness(message).await?;
        self.deliver(&client).await?;
        Ok(())
    }

    async fn attempt(&mut self) -> Result<Outcome, Error> {
        let mut standing = self.standing()?;
        let zone = match self.config.coarse {
            true => Some(zone::installed(&self.state)?),
            false => None,
        };
        let (online, backlog) = self.reach(&mut standing).await?;
        let (freshness, nonce, online) = self.nonce(&standing.directory, online).await?;
        let (directory, metro) = (&standing.directory, &standing.enrolment.metro);
        let anchors: Vec<Anchor> = draw(nonce.as_bytes(), directory, metro)?
            .into_iter()
            .map(|index| directory.anchors[index].clone())
            .collect();
        let visit = Visit {
            session_nonce: nonce.clone(),
            directory_version: directory.version,
            newest_head: heads::newest(&self.state)?.map(|head| head.to_wire()),
            limit_ns: None,
        };
        let identity = &standing.identity;
        let mut results = self
            .range_all(identity, &anchors, &visit, zone.as_ref())
            .await;
        if let Some(zone) = &zone {
            zone::withhold(zone, directory, metro, &anchors, &mut results);
        }
        let collector = standing::record(&standing.collector, &online);
        let (ranged, devices) = self
            .read_devices(&standing.identity, &nonce, &results)
            .await;
        self.record_session(freshness, collector, &anchors, &results, &devices);
        let mut findings = Findings {
            freshness,
            nonce,
            directory_version: directory.version,
            ranged: vec![],
            dropped: vec![],
            devices,
            host_time_ms: match zone {
                None => self.host.clock.unix_ms(),
                // A session ends when its slowest anchor has answered.
                Some(_) => time::whole_minute(self.host.clock.unix_ms()),
            },
        };
        for (anchor, result) in anchors.iter().zip(results) {
            match result {
                Ok(ranged) => findings.ranged.push(ranged),
                Err(error) => findings.dropped.push((anchor.key, error.reason())),
            }
        }
        let (ordinal, bytes) = self.keep(&standing, findings)?;
        let delivery = match online {
            Ok(client) => self.deliver(&client).await,
            Err(error) => Err(Error::Report(error)),
        };
        let receipt = self.own_receipt(ordinal, delivery)?;
        Ok(Outcome {
            receipt,
            ranged,
            drawn: anchors.len(),
            bytes,
            backlog,
        })
    }

    /// Ranges with all of `anchors` at once; the results are in their order. With a zone each session
    /// is coarse, and anchors without a limit are not visited.
    async fn range_all(
        &self,
        identity: &Identity,
        anchors: &[Anchor],
        visit: &Visit,
        zone: Option<&Zone>,
    ) -> Vec<Result<Ranged, RangeError>> {
        let patience = self.config.anchor_timeout;
        let mut tasks = JoinSet::new();
        let mut results: Vec<_> = anchors
            .iter()
            .map(|_| Err(RangeError::Timeout(patience)))
            .collect();
        for (index, anchor) in anchors.iter().cloned().enumerate() {
            let (network, host) = (self.network.clone(), self.host.clone());
            let (identity, mut visit) = (identity.clone(), visit.clone());
            if let Some(zone) = zone {
                visit.limit_ns = zone.limit_ns(&anchor);
                if visit.limit_ns.is_none() {
                    results[index] = Err(RangeError::NoLimit);
                    continue;
                }
            }
            tasks.spawn(async move {
                let result = range_one(&network, &host, &identity, &anchor, &visit, patience).await;
                if let Err(error) = &result {
                    tracing::info!(anchor = anchor.name, %error, "anchor dropped");
                }
                (index, result)
            });
        }
        while let Some(joined) = tasks.join_next().await {
            // A task that panicked leaves its anchor dropped, and nothing else.
            if let Ok((index, result)) = joined {
                results[index] = result;
            }
        }
        results
    }
}

/// True for a failure of the spool that the next interval may not repeat.
pub fn is_full(error: &Error) -> bool {
    match error {
        Error::SpoolFull { .. } | Error::Spool(PushError::Full { .. }) => true,
        Error::Spool(PushError::Disk(error)) => error.is_full(),
        _ => false,
    }
}
