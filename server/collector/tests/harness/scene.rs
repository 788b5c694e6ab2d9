//! A collector with one enrolled agent, and its verdicts as they stand in the log.

use super::{Agent, Hands, Vendor, open_receipt, real_now, receipt, singapore, status};
use domicile_appraise::testing::Trip;
use domicile_appraise::text::name_of;
use domicile_collector::runtime::Running;
use domicile_proto::codec;
use domicile_proto::sign::{self, Domain, sha256};
use domicile_proto::wire::{self, ChainFinding, StatusCode};

/// A collector with one enrolled agent.
pub struct Scene {
    pub vendor: Vendor,
    pub hands: Hands,
    pub running: Running,
    pub agent: Agent,
}

impl Scene {
    pub async fn new() -> Self {
        Self::with(Vendor::new()).await
    }

    pub async fn with(vendor: Vendor) -> Self {
        Self::at(vendor, Hands::at(real_now())).await
    }

    pub async fn at(vendor: Vendor, hands: Hands) -> Self {
        let running = vendor.start(hands.clock()).await;
        let agent = vendor.enrol(running.quic, 1, "sin", hands.now()).await;
        Self {
            vendor,
            hands,
            running,
            agent,
        }
    }

    pub async fn trip(&self) -> Trip {
        Trip {
            nonce: self.agent.challenge(self.running.quic).await.nonce,
            at_ms: self.hands.now(),
            place: singapore(),
        }
    }

    pub async fn submit(&self, signed: &wire::Signed) -> wire::ReportReceipt {
        let reply = self.agent.submit(self.running.quic, signed).await;
        open_receipt(&self.vendor.world, &receipt(reply))
    }

    pub async fn refused(&self, signed: &wire::Signed) -> StatusCode {
        status(self.agent.submit(self.running.quic, signed).await)
    }

    /// The signed verdict on this evidence, from the log.
    pub fn verdict(&self, signed: &wire::Signed) -> wire::Verdict {
        let id = sha256(&codec::encode(signed));
        let store = self.running.service().store();
        let row = store.evidence(&id).unwrap().unwrap();
        assert!(row.judged);
        let bytes = store.read(row.verdict_index).unwrap().payload;
        let key = self.vendor.world.collector.public();
        sign::open_bytes(Domain::Verdict, &key, &bytes, 1 << 20).unwrap()
    }

    pub fn findings(&self, signed: &wire::Signed) -> Vec<&'static str> {
        self.verdict(signed)
            .chain
            .iter()
            .map(|raw| name_of::<ChainFinding>(*raw))
            .collect()
    }

    pub async fn session(&mut self) -> wire::Signed {
        let trip = self.trip().await;
        let evidence = self.vendor.world.honest(self.agent.host(), &trip);
        let signed = self.agent.finish(evidence);
        self.submit(&signed).await;
        signed
    }
}
