//! Keeping a report in the spool, delivering what waits there, and noting what came of it.

use super::Agent;
use super::standing::Standing;
use crate::device::frame::Reading;
use crate::disk;
use crate::error::Error;
use crate::evidence::{self, Findings};
use crate::net::way::Way;
use crate::range::{RangeError, Ranged};
use crate::refusal::{self, Meaning};
use crate::report::{Client, Receipt, ReportError};
use crate::spool::{Aside, PushError};
use crate::state::StateError;
use crate::state::heads::{self, Shown};
use crate::state::record::{
    AnchorRecord, CollectorRecord, DevicesRecord, ReceiptRecord, SessionRecord,
};
use domicile_proto::codec;
use domicile_proto::directory::Anchor;
use domicile_proto::frame::MAX_TO_COLLECTOR;
use domicile_proto::sign::sha256;
use domicile_proto::wire::{self, DeviceReading, DropReason, Freshness, StatusCode};

/// What came of delivering the spool.
#[derive(Debug, Default)]
pub(super) struct Delivery {
    /// By the reports' places in the spool.
    pub(super) receipts: Vec<(u64, Receipt)>,
    /// Refused for good.
    pub(super) refused: Vec<(u64, StatusCode)>,
}

fn opened(report: &[u8]) -> Option<wire::Evidence> {
    let signed: wire::Signed = codec::decode(report, MAX_TO_COLLECTOR).ok()?;
    codec::decode(&signed.payload, MAX_TO_COLLECTOR).ok()
}

impl Agent {
    /// Signs the report and keeps it: first the spool, then the place in the chain.
    pub(super) fn keep(
        &mut self,
        standing: &Standing,
        findings: Findings,
    ) -> Result<(u64, usize), Error> {
        let (identity, collector) = (&standing.identity, &standing.collector.key);
        let place = self.chain.next();
        let mut evidence = evidence::build(identity, &place, findings);
        // A key that was not enrolled says nothing to the collector.
        evidence.tpm = evidence.tpm.filter(|_| standing.enrolment.tpm);
        let now_ms = self.host.clock.unix_ms();
        self.chains
            .name(&mut evidence.device_reports, collector, now_ms);
        let mut report = evidence::sign(&identity.key, &evidence);
        let mut pushed = self.spool.push(place.ordinal, &report);
        if matches!(pushed, Err(PushError::Full { .. })) && !evidence.device_reports.is_empty() {
            tracing::warn!("the spool has no room for what the devices signed: kept without");
            evidence.device_reports.clear();
            report = evidence::sign(&identity.key, &evidence);
            pushed = self.spool.push(place.ordinal, &report);
        }
        if let Err(error) = pushed {
            self.note_refused();
            return Err(error.into());
        }
        let hash = sha256(&report);
        let disk = &*self.host.disk;
        if let Err(error) = self.chain.kept(disk, &self.state, &place, hash) {
            tracing::error!(%error, "the place in the chain could not be written");
        }
        Ok((place.ordinal, report.len()))
    }

    pub(super) fn note_refused(&mut self) {
        if let Err(error) = self.chain.refused(&*self.host.disk, &self.state) {
            tracing::error!(%error, "the refused report could not be noted on disk");
        }
    }

    /// Sends what waits, oldest first, until something has to be waited for.
    pub(super) async fn deliver(&mut self, client: &Client) -> Result<Delivery, Error> {
        let mut delivery = Delivery::default();
        loop {
            let (oldest, damaged) = self.spool.oldest()?;
            for ordinal in damaged {
                tracing::error!(ordinal, "a damaged report was put aside in `damaged`");
            }
            let Some(entry) = oldest else {
                return Ok(delivery);
            };
            self.chain.write(&*self.host.disk, &self.state)?;
            let Some(evidence) = opened(&entry.bytes) else {
                let to = self.spool.put_aside(entry.ordinal, Aside::Damaged)?;
                tracing::error!(file = %to.display(), "a damaged report was put aside");
                continue;
            };
            match client.submit(&entry.bytes).await {
                Ok(receipt) => {
                    self.note_receipt(&receipt);
                    self.note_chains(&client.collector().key, &evidence);
                    self.spool.remove(entry.ordinal)?;
                    delivery.receipts.push((entry.ordinal, receipt));
                }
                Err(ReportError::Refused(code)) if refusal::meaning(code) == Meaning::Never => {
                    let to = self.spool.put_aside(entry.ordinal, Aside::Refused)?;
                    let why = refusal::sentence(code);
                    tracing::error!(file = %to.display(), why, "a report was refused for good");
                    self.forget_chains(&client.collector().key, &evidence);
                    delivery.refused.push((entry.ordinal, code));
                }
                Err(error) => return Err(error.into()),
            }
        }
    }

    pub(super) fn own_receipt(
        &self,
        ordinal: u64,
        delivery: Result<Delivery, Error>,
    ) -> Result<Receipt, Error> {
        let delivery = match delivery {
            Ok(delivery) => delivery,
            Err(Error::Report(source))
                if source.status() == Some(StatusCode::CertificateExpired) =>
            {
                return Err(Error::Report(source));
            }
            Err(Error::Report(source)) => {
                return Err(Error::NotDelivered {
                    reports: self.spool.len(),
                    source,
                });
            }
            Err(error) => return Err(error),
        };
        let own = delivery.receipts.into_iter().find(|(at, _)| *at == ordinal);
        let refused = delivery.refused.iter().find(|(at, _)| *at == ordinal);
        match (own, refused) {
            (Some((_, receipt)), _) => Ok(receipt),
            (None, Some((_, code))) => Err(Error::SetAside(Box::new(ReportError::Refused(*code)))),
            (None, None) => Err(Error::SetAside(Box::new(ReportError::Unexpected))),
        }
    }

    /// Keeps what the receipt says for `status` and for the anchors. The report is durable at
    /// the collector either way, so a full disk here is only said.
    fn note_receipt(&self, receipt: &Receipt) {
        let disk = &*self.host.disk;
        let record = ReceiptRecord {
            evidence_hash: receipt.evidence_hash,
            leaf_hash: receipt.leaf_hash,
            index: receipt.index,
            received_ms: receipt.received_ms,
        };
        let noted = record.save(disk, &self.state).and_then(|()| {
            disk::replace(disk, &self.state.signed_receipt(), &receipt.signed)?;
            let Some(head) = &receipt.head else {
                return Ok(());
            };
            match heads::show(disk, &self.state, head)? {
                Shown::Conflict => tracing::error!(
                    size = head.size,
                    "the collector shows another log than before: both heads are kept in log-conflicts.json"
                ),
                Shown::Older => tracing::warn!(size = head.size, "older log head shown"),
                Shown::Newer | Shown::Same => {}
            }
            Ok::<(), StateError>(())
        });
        if let Err(error) = noted {
            tracing::error!(%error, "the receipt could not be noted");
        }
    }

    pub(super) fn record_session(
        &mut self,
        freshness: Freshness,
        collector: CollectorRecord,
        anchors: &[Anchor],
        results: &[Result<Ranged, RangeError>],
        devices: &Result<Reading, DeviceReading>,
    ) {
        let devices = DevicesRecord::of(devices);
        if self.devices_were.as_ref() != Some(&devices) {
            let DevicesRecord {
                reading,
                accelerators,
                signed,
            } = &devices;
            tracing::info!(
                tier = devices.tier(),
                reading,
                accelerators,
                signed,
                "what signs this host's reports"
            );
            self.devices_were = Some(devices.clone());
        }
        let anchor = |(anchor, result): (&Anchor, &Result<Ranged, RangeError>)| AnchorRecord {
            name: anchor.name.clone(),
            key: anchor.key,
            way: match result {
                Ok(ranged) => Some(ranged.way),
                Err(error) if error.reason() == DropReason::Intercepted => Some(Way::Intercepted),
                Err(_) => None,
            },
            anchor_min_rtt_ns: result.as_ref().ok().map(|ranged| ranged.anchor_min_rtt_ns),
            agent_min_rtt_ns: result
                .as_ref()
                .ok()
                .and_then(|ranged| ranged.agent_min_rtt_ns),
            limit_ns: result.as_ref().ok().and_then(|ranged| ranged.limit_ns),
            dropped: result
                .as_ref()
                .err()
                .map(|error| format!("{}: {error}", refusal::reason(error.reason()))),
        };
        let record = SessionRecord {
            at_ms: self.host.clock.unix_ms(),
            freshness: match freshness {
                Freshness::AnchorFresh => "anchor-fresh".into(),
                _ => "challenged".into(),
            },
            collector: Some(collector),
            anchors: anchors.iter().zip(results).map(anchor).collect(),
            devices: Some(devices),
        };
        if let Err(error) = record.save(&*self.host.disk, &self.state) {
            tracing::error!(%error, "the session could not be noted");
        }
    }
}
