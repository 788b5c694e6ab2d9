//! What an attempt works with, and the way to the collector: connection, renewal, challenge.
//!
//! Start reading at [`Agent::reach`].

use super::Agent;
use crate::directory;
use crate::error::Error;
use crate::net::way::Way;
use crate::refusal::{self, Meaning};
use crate::report::{Client, ReportError};
use crate::state::enrolment::{self, Enrolment};
use crate::state::record::CollectorRecord;
use domicile_certs::{Identity, Trust};
use domicile_proto::directory::{Collector, Directory};
use domicile_proto::ranging::SessionNonce;
use domicile_proto::wire::Freshness;

/// What one attempt works with: read afresh each time, so that an installed directory or a
/// renewed certificate counts at once.
pub(super) struct Standing {
    pub(super) trust: Trust,
    pub(super) directory: Directory,
    pub(super) enrolment: Enrolment,
    pub(super) identity: Identity,
    pub(super) collector: Collector,
}

/// A connection to the collector, or why there is none.
pub(super) type Online = Result<Client, Box<ReportError>>;

impl Agent {
    pub(super) fn standing(&self) -> Result<Standing, Error> {
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
    pub(super) async fn connect(&mut self, standing: &mut Standing) -> Result<Client, Error> {
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
    pub(super) async fn nonce(
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

    /// Connects and delivers what waits. Gives the connection, or why the collector is away, and
    /// the number of reports delivered.
    pub(super) async fn reach(
        &mut self,
        standing: &mut Standing,
    ) -> Result<(Online, usize), Error> {
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
}

/// For `status`: how the collector was reached, or why not.
pub(super) fn record(collector: &Collector, online: &Online) -> CollectorRecord {
    let (way, problem) = match online {
        Ok(client) => (Some(client.way()), None),
        Err(error) => {
            let intercepted = error.is_interception().then_some(Way::Intercepted);
            (intercepted, Some(error.to_string()))
        }
    };
    CollectorRecord {
        name: collector.name.clone(),
        way,
        problem,
    }
}

fn is_later(error: &ReportError) -> bool {
    error
        .status()
        .is_some_and(|code| refusal::meaning(code) == Meaning::Later)
}
