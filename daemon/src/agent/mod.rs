//! The enrolled agent: what it holds while it runs, and one session from challenge to receipt.
//!
//! Order of a session: connect (renewing the certificate if it is time), deliver what waits in
//! the spool, take a challenge, range with every drawn anchor at once, sign, keep in the spool,
//! note the place in the chain, deliver. Whatever happens in between, the disk holds a chain
//! that the next start continues.
//!
//! Start reading at [`Agent::session`].

mod delivery;

use crate::config::Config;
use crate::device::ask::Devices;
use crate::directory;
use crate::error::Error;
use crate::evidence::{self, Findings};
use crate::host::Host;
use crate::net::Network;
use crate::range::{RangeError, Ranged, Visit, range_one};
use crate::refusal::{self, Meaning};
use crate::report::{Client, Receipt, ReportError};
use crate::spool::{PushError, Spool};
use crate::state::StateDir;
use crate::state::chain::Chain;
use crate::state::enrolment::{self, Enrolment};
use crate::state::heads;
use crate::state::lock::Lock;
use domicile_certs::{Identity, Trust};
use domicile_proto::directory::{Anchor, Collector, Directory};
use domicile_proto::draw::draw;
use domicile_proto::ranging::SessionNonce;
use domicile_proto::wire::{self, Freshness, StatusCode};
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
    renew_now: bool,
    _lock: Lock,
}

/// What one attempt works with: read afresh each time, so that an installed directory or a
/// renewed certificate counts at once.
struct Standing {
    trust: Trust,
    directory: Directory,
    enrolment: Enrolment,
    identity: Identity,
    collector: Collector,
}

/// A connection to the collector, or why there is none.
type Online = Result<Client, Box<ReportError>>;

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
        let network = Network::of(&config)?;
        Ok(Self {
            config,
            host,
            state,
            network,
            devices,
            spool,
            chain,
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
        };
        let results = self.range_all(&standing.identity, &anchors, &visit).await;
        self.record_session(freshness, &anchors, &results);
        let inventory = self.inventory().await;
        let mut findings = Findings {
            freshness,
            nonce,
            directory_version: directory.version,
            ranged: vec![],
            dropped: vec![],
            inventory,
            host_time_ms: self.host.clock.unix_ms(),
        };
        for (anchor, result) in anchors.iter().zip(results) {
            match result {
                Ok(ranged) => findings.ranged.push(ranged),
                Err(error) => findings.dropped.push((anchor.key, error.reason())),
            }
        }
        let ranged = findings.ranged.len();
        let (ordinal, bytes) = self.keep(&standing.identity, findings)?;
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

    /// Connects and delivers what waits. Gives the connection, or why the collector is away, and
    /// the number of reports delivered.
    async fn reach(&mut self, standing: &mut Standing) -> Result<(Online, usize), Error> {
        let client = match self.connect(standing).await {
            Err(Error::Report(error)) if error.is_unreachable() => return Ok((Err(error), 0)),
            result => result?,
        };
        match self.deliver(&client).await {
            Ok(delivery) => Ok((Ok(client), delivery.receipts.len())),
            // A collector that cannot keep more may still challenge: measure, and keep it here.
            Err(Error::Report(error)) if is_later(&error) => Ok((Ok(client), 0)),
            Err(Error::Report(error)) if error.is_unreachable() => Ok((Err(error), 0)),
            Err(error) => Err(error),
        }
    }

    /// What the device process reads now, if it does in time: a report goes with or without.
    async fn inventory(&mut self) -> Option<wire::Inventory> {
        let nonce = self.host.random_bytes();
        match self.devices.read(nonce, self.config.device_timeout).await {
            Ok(reading) => Some(reading.inventory),
            Err(error) => {
                tracing::warn!(%error, "reporting without the devices");
                None
            }
        }
    }

    fn standing(&self) -> Result<Standing, Error> {
        let trust = directory::trust(&self.config, &self.state)?;
        let directory = directory::installed(&self.state, &trust)?;
        let (enrolment, identity) = enrolment::enrolled(&self.state, &self.config.machine_id_file)?;
        let collector = directory
            .collector(&enrolment.collector)
            .or(directory.collectors.first())
            .cloned()
            .expect("a checked directory has a collector");
        Ok(Standing {
            trust,
            directory,
            enrolment,
            identity,
            collector,
        })
    }

    /// Connects, and renews the certificate first if it is time.
    async fn connect(&mut self, standing: &mut Standing) -> Result<Client, Error> {
        let client = self.client(standing).await?;
        let now_ms = self.host.clock.unix_ms();
        let forced = std::mem::take(&mut self.renew_now);
        if !forced && !enrolment::renewal_is_due(&self.state, now_ms) {
            return Ok(client);
        }
        let renewed = client.renew(standing.enrolment.machine_id_hash).await;
        let certificate = match renewed {
            Ok(certificate) => certificate,
            Err(error) if !forced && (error.is_unreachable() || is_later(&error)) => {
                tracing::warn!(%error, "the certificate could not be renewed yet");
                return Ok(client);
            }
            Err(error) => return Err(error.into()),
        };
        certificate.check(standing.identity.key.public(), &standing.trust.agent_ca)?;
        let disk = &*self.host.disk;
        enrolment::store_certificate(disk, &self.state, &certificate.chain, now_ms)?;
        tracing::info!("certificate renewed");
        standing.identity = Identity::new(standing.identity.key.clone(), certificate.chain)
            .map_err(enrolment::EnrolmentError::from)?;
        Ok(self.client(standing).await?)
    }

    async fn client(&self, standing: &Standing) -> Result<Client, ReportError> {
        let collector = &standing.collector;
        Client::connect(
            &self.network,
            &standing.identity,
            collector,
            &collector.addresses,
            self.config.collector_timeout,
        )
        .await
    }

    /// The session's nonce: the collector's, or the hash of the previous report while none can
    /// be reached.
    async fn nonce(
        &mut self,
        directory: &Directory,
        online: Online,
    ) -> Result<(Freshness, SessionNonce, Online), Error> {
        let away = match online {
            Ok(client) => match client.challenge(directory.version).await {
                Ok(challenge) if challenge.directory_version != directory.version => {
                    return Err(Error::OtherDirectory {
                        collector: challenge.directory_version,
                        installed: directory.version,
                    });
                }
                Ok(challenge) => {
                    return Ok((Freshness::Challenged, challenge.nonce, Ok(client)));
                }
                Err(error) if error.is_unreachable() => Box::new(error),
                Err(error) => return Err(error.into()),
            },
            Err(error) => error,
        };
        if let Some(spool) = self.spool.full() {
            self.note_refused();
            return Err(Error::SpoolFull {
                source: away,
                spool: Box::new(spool),
            });
        }
        let Some(previous) = self.chain.next().previous else {
            return Err(Error::NoFirstNonce(away));
        };
        tracing::warn!(error = %away, "collector away: measuring with the previous report's hash");
        let nonce = SessionNonce::read(&previous.0)?;
        Ok((Freshness::AnchorFresh, nonce, Err(away)))
    }

    /// Ranges with all of `anchors` at once; the results are in their order.
    async fn range_all(
        &self,
        identity: &Identity,
        anchors: &[Anchor],
        visit: &Visit,
    ) -> Vec<Result<Ranged, RangeError>> {
        let patience = self.config.anchor_timeout;
        let mut tasks = JoinSet::new();
        for (index, anchor) in anchors.iter().cloned().enumerate() {
            let (network, host) = (self.network.clone(), self.host.clone());
            let (identity, visit) = (identity.clone(), visit.clone());
            tasks.spawn(async move {
                let result = range_one(&network, &host, &identity, &anchor, &visit, patience).await;
                if let Err(error) = &result {
                    tracing::info!(anchor = anchor.name, %error, "anchor dropped");
                }
                (index, result)
            });
        }
        let mut results: Vec<_> = anchors
            .iter()
            .map(|_| Err(RangeError::Timeout(patience)))
            .collect();
        while let Some(joined) = tasks.join_next().await {
            // A task that panicked leaves its anchor dropped, and nothing else.
            if let Ok((index, result)) = joined {
                results[index] = result;
            }
        }
        results
    }

    /// Signs the report and keeps it: first the spool, then the place in the chain.
    fn keep(&mut self, identity: &Identity, findings: Findings) -> Result<(u64, usize), Error> {
        let place = self.chain.next();
        let report = evidence::sign(&identity.key, &evidence::build(identity, &place, findings));
        if let Err(error) = self.spool.push(place.ordinal, &report) {
            self.note_refused();
            return Err(error.into());
        }
        let hash = domicile_proto::sign::sha256(&report);
        let disk = &*self.host.disk;
        if let Err(error) = self.chain.kept(disk, &self.state, &place, hash) {
            tracing::error!(%error, "the place in the chain could not be written");
        }
        Ok((place.ordinal, report.len()))
    }

    fn note_refused(&mut self) {
        if let Err(error) = self.chain.refused(&*self.host.disk, &self.state) {
            tracing::error!(%error, "the refused report could not be noted on disk");
        }
    }
}

fn is_later(error: &ReportError) -> bool {
    error
        .status()
        .is_some_and(|code| refusal::meaning(code) == Meaning::Later)
}

/// True for a failure of the spool that the next interval may not repeat.
pub fn is_full(error: &Error) -> bool {
    match error {
        Error::SpoolFull { .. } | Error::Spool(PushError::Full { .. }) => true,
        Error::Spool(PushError::Disk(error)) => error.is_full(),
        _ => false,
    }
}
