//! An enrolled agent's state in other hands.

use super::ranging::{Manner, range};
use crate::plan::loopback;
use crate::relay::Relay;
use anyhow::{Context as _, Result, bail};
use domicile_certs::Identity;
use domicile_daemon::device::frame::Reading;
use domicile_daemon::device::inventory::of_sysfs;
use domicile_daemon::evidence::{self, Findings};
use domicile_daemon::host::Host;
use domicile_daemon::net::Network;
use domicile_daemon::range::{Ranged, Visit};
use domicile_daemon::report::{Client, Receipt, ReportError};
use domicile_daemon::state::chain::Place;
use domicile_daemon::state::{StateDir, enrolment};
use domicile_daemon::{Config, directory};
use domicile_proto::codec;
use domicile_proto::directory::{Anchor, Directory};
use domicile_proto::draw::draw;
use domicile_proto::frame::MAX_TO_COLLECTOR;
use domicile_proto::ranging::SessionNonce;
use domicile_proto::sign;
use domicile_proto::types::{Digest, Key};
use domicile_proto::wire::{self, DropReason, Freshness};
use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::path::Path;
use std::time::Duration;
use tokio::task::JoinSet;

/// Kind of [`loopback`] address on which an impostor's own delay line listens.
const SHIM: u8 = 3;

/// The impostor.
pub(super) struct Impostor {
    config: Config,
    host: Host,
    identity: Identity,
    metro: String,
    directory: Directory,
    /// To the collector.
    network: Network,
    /// To the anchors: the same, or a proxy's.
    ranging: Network,
    boot_epoch: [u8; 16],
    sequence: u64,
    previous: Option<Digest>,
}

impl Impostor {
    /// Takes over the state of an enrolled agent.
    pub(super) fn open(config: &Path) -> Result<Self> {
        let config = Config::load(Some(config))?;
        let host = Host::real();
        let state = StateDir::new(&config.state_dir);
        let (enrolment, identity) = enrolment::enrolled(&state, &config.machine_id_file)?;
        let trust = directory::trust(&config, &state)?;
        let directory = directory::installed(&state, &trust)?;
        let network = Network::open(&config.bind)?;
        Ok(Self {
            ranging: network.clone(),
            boot_epoch: host.random_bytes(),
            metro: enrolment.metro,
            config,
            host,
            identity,
            directory,
            network,
            sequence: 0,
            previous: None,
        })
    }

    /// Puts a delay line of its own between itself and every anchor: the relay of this crate, this
    /// time in the host's hands. The anchors see the host's address as before.
    pub(super) fn delay(&mut self, delays: &BTreeMap<String, u64>) -> Result<Relay> {
        let IpAddr::V4(own) = self.config.bind[0].ip() else {
            bail!("a world's hosts have IPv4 loopback addresses");
        };
        let sockets = (0..self.directory.anchors.len())
            .map(|number| UdpSocket::bind((loopback(own.octets()[1], SHIM, number), 0)))
            .collect::<std::io::Result<Vec<_>>>()?;
        let shim = Relay::start(sockets)?;
        for (number, anchor) in self.directory.anchors.iter_mut().enumerate() {
            let delay = delays
                .get(&anchor.name)
                .with_context(|| format!("no delay for anchor `{}`", anchor.name))?;
            shim.attach(number, anchor.addresses[0]);
            shim.connect(own.into(), number, Duration::from_micros(*delay));
            anchor.addresses = vec![shim.fronts()[number]];
        }
        Ok(shim)
    }

    /// Lets the sessions with anchors start at another address.
    pub(super) fn range_through(&mut self, proxy: SocketAddr) -> Result<()> {
        self.ranging = Network::open(&[proxy])?;
        Ok(())
    }

    /// Takes a challenge and makes a whole session in this manner: the signed report.
    pub(super) async fn session(&mut self, manner: Manner) -> Result<Vec<u8>> {
        let challenge = self
            .client()
            .await?
            .challenge(self.directory.version)
            .await?;
        let drawn = draw(challenge.nonce.as_bytes(), &self.directory, &self.metro)?;
        let visit = Visit {
            session_nonce: challenge.nonce.clone(),
            directory_version: self.directory.version,
            newest_head: None,
            limit_ns: None,
        };
        let (ranged, dropped) = self.range_all(&drawn, &visit, manner).await;
        Ok(self.report(challenge.nonce, ranged, dropped))
    }

    async fn range_all(
        &self,
        drawn: &[usize],
        visit: &Visit,
        manner: Manner,
    ) -> (Vec<Ranged>, Vec<(Key, DropReason)>) {
        let mut sessions = JoinSet::new();
        for &index in drawn {
            let anchor: Anchor = self.directory.anchors[index].clone();
            let (network, host) = (self.ranging.clone(), self.host.clone());
            let (identity, visit) = (self.identity.clone(), visit.clone());
            let patience = self.config.anchor_timeout;
            sessions.spawn(async move {
                let result = range(
                    &network, &host, &identity, &anchor, &visit, patience, manner,
                )
                .await;
                (index, anchor.key, result)
            });
        }
        let mut results = sessions.join_all().await;
        results.sort_by_key(|(index, _, _)| *index);
        let (mut ranged, mut dropped) = (Vec::new(), Vec::new());
        for (_, key, result) in results {
            match result {
                Ok(one) => ranged.push(one),
                Err(error) => dropped.push((key, error.reason())),
            }
        }
        (ranged, dropped)
    }

    fn report(
        &mut self,
        nonce: SessionNonce,
        ranged: Vec<Ranged>,
        dropped: Vec<(Key, DropReason)>,
    ) -> Vec<u8> {
        let place = Place {
            ordinal: self.sequence,
            boot_epoch: self.boot_epoch,
            sequence: self.sequence,
            previous: self.previous,
            refused: 0,
        };
        let findings = Findings {
            freshness: Freshness::Challenged,
            nonce,
            directory_version: self.directory.version,
            ranged,
            dropped,
            devices: Ok(Reading {
                inventory: of_sysfs(&self.config.sysfs),
                reports: vec![],
                tpm: None,
            }),
            host_time_ms: self.host.clock.unix_ms(),
        };
        let report = evidence::build(&self.identity, &place, findings);
        let bytes = evidence::sign(&self.identity.key, &report);
        self.sequence += 1;
        self.previous = Some(sign::sha256(&bytes));
        bytes
    }

    /// The same report with another host time, signed: other bytes under the same nonce.
    pub(super) fn sign_again(&self, report: &[u8]) -> Result<Vec<u8>> {
        let mut evidence = opened(report)?;
        evidence.host_time_ms += 1;
        Ok(evidence::sign(&self.identity.key, &evidence))
    }

    /// The rangings of an old report in a new one, under a nonce that they were not made for.
    pub(super) async fn under_fresh_nonce(&mut self, report: &[u8]) -> Result<Vec<u8>> {
        let challenge = self
            .client()
            .await?
            .challenge(self.directory.version)
            .await?;
        let mut fresh = opened(&self.report(challenge.nonce, Vec::new(), Vec::new()))?;
        fresh.rangings = opened(report)?.rangings;
        let bytes = evidence::sign(&self.identity.key, &fresh);
        self.previous = Some(sign::sha256(&bytes));
        Ok(bytes)
    }

    /// Submits a report.
    pub(super) async fn submit(&self, report: &[u8]) -> Result<Receipt, ReportError> {
        self.client().await?.submit(report).await
    }

    /// Lets its goodbyes leave.
    pub(super) async fn finish(&self) {
        self.network.finish(Duration::from_millis(300)).await;
        self.ranging.finish(Duration::from_millis(300)).await;
    }

    async fn client(&self) -> Result<Client, ReportError> {
        let collector = &self.directory.collectors[0];
        Client::connect(
            &self.network,
            &self.identity,
            collector,
            &collector.addresses,
            self.config.collector_timeout,
        )
        .await
    }
}

/// The evidence inside a signed report of its own.
fn opened(report: &[u8]) -> Result<wire::Evidence> {
    let signed: wire::Signed = codec::decode(report, MAX_TO_COLLECTOR)?;
    Ok(codec::decode(&signed.payload, MAX_TO_COLLECTOR)?)
}
