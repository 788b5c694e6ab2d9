//! A store, a small fleet whose records it holds, and what follows from them.
#![allow(clippy::unwrap_used)]

mod follow;

use super::{FlagSettings, Following};
use crate::clock::Clock;
use crate::store::{Store, StoreOwner, StoreSettings};
use domicile_ledger::{Kind, Stored};
use domicile_proto::codec;
use domicile_proto::sign::{SigningKey, sha256};
use domicile_proto::types::Key;
use domicile_proto::wire::{self, FlagChange, FlagRecord, Tier, VerdictValue};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tempfile::TempDir;

pub(super) const HOUR: u64 = 3_600_000;
pub(super) const DAY: u64 = 24 * HOUR;
const START: u64 = 20_000 * DAY;

pub(super) const REGISTRY: &str = r#"
[[customer]]
id = "acme"
name = "Acme"
headquarters = "SG"

[[licence]]
number = "L-1"
authority = "BIS"
models = ["H200"]
quantity = 8
consignee = "acme"
end-user = "acme"
end-user-headquarters = "SG"
permitted = ["SG"]
valid-from = "2020-01-01"
valid-until = "2030-01-01"
silence-days = 3
transit-days = 20
"#;

pub(super) struct Scene {
    dir: TempDir,
    now: Arc<AtomicU64>,
    open: Option<(Store, StoreOwner)>,
    sessions: u64,
    /// What hosts list: PCI device ids and names.
    pub(super) devices: Vec<(u32, String)>,
}

impl Scene {
    pub(super) fn new() -> Self {
        let mut scene = Self {
            dir: tempfile::tempdir().unwrap(),
            now: Arc::new(AtomicU64::new(START)),
            open: None,
            sessions: 0,
            devices: Vec::new(),
        };
        scene.open();
        scene
    }

    pub(super) fn open(&mut self) {
        let settings = StoreSettings {
            data_dir: self.dir.path().to_owned(),
            origin: "example.com/log".into(),
            min_free_bytes: 1,
            rebuild_index: false,
        };
        let now = Arc::clone(&self.now);
        let clock = Clock::from_fn(move || now.load(Ordering::SeqCst));
        let key = Arc::new(SigningKey::from_seed(&[1; 32]));
        let (store, owner, _) = Store::open(&settings, key, clock, &mut |_, _, _| ()).unwrap();
        self.open = Some((store, owner));
    }

    pub(super) fn close(&mut self) {
        let (store, owner) = self.open.take().unwrap();
        drop(store);
        owner.close().unwrap();
    }

    pub(super) fn store(&self) -> &Store {
        &self.open.as_ref().unwrap().0
    }

    pub(super) fn now(&self) -> u64 {
        self.now.load(Ordering::SeqCst)
    }

    pub(super) fn wait(&self, ms: u64) {
        self.now.fetch_add(ms, Ordering::SeqCst);
    }

    /// A reader that begins where its file says.
    pub(super) fn following(&self) -> Following {
        let settings = FlagSettings {
            save_every: Duration::from_secs(3600),
        };
        Following::open(
            self.store().clone(),
            self.dir.path(),
            &settings,
            Arc::default(),
        )
        .unwrap()
    }

    pub(super) fn lose_state(&self) {
        let _there = std::fs::remove_file(self.dir.path().join("flags.state"));
    }

    pub(super) fn damage_state(&self) {
        let path = self.dir.path().join("flags.state");
        let mut bytes = std::fs::read(&path).unwrap();
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        std::fs::write(path, bytes).unwrap();
    }

    pub(super) async fn log(&self, kind: Kind, payload: Vec<u8>) -> u64 {
        let committed = self.store().commit(vec![(kind, payload)]).await.unwrap();
        committed.records[0].index
    }

    pub(super) async fn registry(&self) {
        let record = wire::RegistryRecord {
            version: 1,
            registry: REGISTRY.as_bytes().to_vec(),
            user: "ann".into(),
            why: "a trial".into(),
            at_ms: self.now(),
            ..wire::RegistryRecord::default()
        };
        self.log(Kind::Registry, codec::encode(&record)).await;
    }

    pub(super) async fn directory(&self, anchor: u8, vote: &str, metro: &str) {
        let directory = wire::Directory {
            version: 1,
            anchors: vec![wire::AnchorEntry {
                key: vec![anchor; 32],
                trust_domain: vote.into(),
                metro: metro.into(),
                ..wire::AnchorEntry::default()
            }],
            ..wire::Directory::default()
        };
        self.log(Kind::Directory, signed(&directory)).await;
    }

    pub(super) async fn enrol(&self, host: u8) {
        let token = wire::Token {
            id: vec![host; 16],
            customer: format!("customer-{host}"),
            operator: "acme".into(),
            site: "site".into(),
            metro: "sin".into(),
            territory: "SG".into(),
            licence: "L-1".into(),
            uses: 1,
            not_before_ms: 1,
            not_after_ms: u64::MAX,
        };
        let record = wire::EnrolmentRecord {
            agent_key: vec![host; 32],
            token: signed(&token),
            machine_id_hash: vec![host; 32],
            certificate_hash: vec![host; 32],
            enrolled_ms: self.now(),
            ..wire::EnrolmentRecord::default()
        };
        self.log(Kind::Enrolment, codec::encode(&record)).await;
    }

    /// A report of a host and its verdict, as ingest logs them; gives the evidence's hash.
    pub(super) async fn report(
        &mut self,
        host: u8,
        value: VerdictValue,
        votes: &[&str],
    ) -> Vec<u8> {
        self.sessions += 1;
        let evidence = wire::Evidence {
            agent_key: vec![host; 32],
            nonce: sha256(&self.sessions.to_be_bytes()).to_vec(),
            boot_epoch: vec![1; 16],
            sequence: self.sessions,
            device_reading: wire::DeviceReading::Complete.into(),
            inventory: Some(wire::Inventory {
                devices: self.devices.iter().map(device).collect(),
                ..wire::Inventory::default()
            }),
            ..wire::Evidence::default()
        };
        let record = wire::EvidenceRecord {
            evidence: signed(&evidence),
            received_ms: self.now(),
            ..wire::EvidenceRecord::default()
        };
        let hash = sha256(&record.evidence).to_vec();
        let verdict = wire::Verdict {
            evidence_hash: hash.clone(),
            agent_key: vec![host; 32],
            value: value.into(),
            required_tier: Tier::Fibre.into(),
            measured_from_ms: self.now(),
            measured_until_ms: self.now(),
            tiers: vec![wire::TierResult {
                tier: Tier::Fibre.into(),
                value: value.into(),
                deciding_votes: votes.iter().map(|&vote| vote.to_owned()).collect(),
                ..wire::TierResult::default()
            }],
            ..wire::Verdict::default()
        };
        let records = vec![
            (Kind::Evidence, codec::encode(&record)),
            (Kind::Verdict, signed(&verdict)),
        ];
        self.store().commit(records).await.unwrap();
        hash
    }

    pub(super) async fn incident(&self, anchor: u8, closed: bool) {
        let record = wire::AnchorIncidentRecord {
            anchor_key: vec![anchor; 32],
            kind: "short-liar".into(),
            certainty: "certain".into(),
            closed,
            at_ms: self.now(),
            ..wire::AnchorIncidentRecord::default()
        };
        self.log(Kind::AnchorIncident, codec::encode(&record)).await;
    }

    pub(super) async fn declare(&self, host: u8, state: wire::DeclaredState, for_ms: u64) {
        let record = wire::DeclarationRecord {
            agent_key: vec![host; 32],
            state: state.into(),
            from_ms: self.now(),
            until_ms: self.now() + for_ms,
            why: "a trial".into(),
            user: "ann".into(),
            at_ms: self.now(),
            ..wire::DeclarationRecord::default()
        };
        self.log(Kind::Declaration, codec::encode(&record)).await;
    }

    /// Lets time pass in the log too: something is logged that says nothing.
    pub(super) async fn tick(&self) {
        self.log(
            Kind::Roster,
            signed(&wire::Roster {
                from_ms: self.now(),
                until_ms: self.now() + 1,
                pages: 1,
                ..wire::Roster::default()
            }),
        )
        .await;
    }

    /// The flag records of the log, in its order.
    pub(super) fn changes(&self) -> Vec<FlagRecord> {
        let store = self.store();
        let records = (0..store.size()).filter_map(|index| match store.stored(index).unwrap() {
            Stored::Whole(entry) if entry.kind == Kind::Flag => {
                Some(codec::decode(&entry.payload, 1 << 20).unwrap())
            }
            _ => None,
        });
        records.collect()
    }

    /// What changed, in short: change, code, subject.
    pub(super) fn said(&self) -> Vec<(FlagChange, String, String)> {
        let short = |record: FlagRecord| {
            let subject = record.subject.clone();
            (record.change(), record.code, subject)
        };
        self.changes().into_iter().map(short).collect()
    }
}

pub(super) fn subject(host: u8) -> String {
    format!("host:{}", Key([host; 32]))
}

fn device((id, uuid): &(u32, String)) -> wire::Device {
    wire::Device {
        vendor_id: 0x10de,
        device_id: *id,
        details: Some(wire::DeviceDetails {
            uuid: uuid.clone(),
            ..wire::DeviceDetails::default()
        }),
        ..wire::Device::default()
    }
}

fn signed(message: &impl prost::Message) -> Vec<u8> {
    codec::encode(&wire::Signed {
        payload: codec::encode(message),
        signature: vec![7; 64],
    })
}
