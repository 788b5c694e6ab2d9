//! What devices sign, at the collector: chains once in the log, and findings that say what a
//! device's own key shows and what a host claims.
#![allow(clippy::unwrap_used, missing_docs)]

mod harness;

use domicile_appraise::testing::devices::sign_with;
use domicile_collector::runtime::Running;
use domicile_ledger::Kind;
use domicile_proto::codec;
use domicile_proto::frame::MAX_TO_COLLECTOR;
use domicile_proto::sign::sha256;
use domicile_proto::wire::{self, Binding, DeviceOutcome};
use domicile_spdm::pdi;
use domicile_spdm::testing::{Form, TestDevice};
use harness::auditor::Auditor;
use harness::{Agent, Hands, Vendor, real_now, receipt, singapore};
use serde_json::Value;
use std::time::Duration;

const HOUR_MS: u64 = 3_600_000;

/// A collector that pins a maker of devices of our own.
struct Scene {
    vendor: Vendor,
    maker: domicile_spdm::testing::Vendor,
    hands: Hands,
    running: Running,
}

/// Devices with what each states.
type Devices = Vec<(TestDevice, Form)>;

impl Scene {
    async fn new() -> Self {
        let vendor = Vendor::new();
        let maker = domicile_spdm::testing::Vendor::new();
        std::fs::write(vendor.path("roots.pem"), maker.root_pem()).unwrap();
        vendor.write_config("device-roots = \"roots.pem\"");
        let hands = Hands::at(real_now());
        let running = vendor.start(hands.clock()).await;
        Self {
            vendor,
            maker,
            hands,
            running,
        }
    }

    async fn enrol(&self, number: usize) -> Agent {
        let now = self.hands.now();
        let vendor = &self.vendor;
        vendor.enrol(self.running.quic, number, "sin", now).await
    }

    fn gpus(&self, pdis: &[u64]) -> Devices {
        let gpu = |pdi: &u64| self.maker.device(pdi::Kind::Gpu, *pdi);
        let with_form = |device| (device, Form::default());
        pdis.iter().map(gpu).map(with_form).collect()
    }

    /// A report that is not signed by its host yet: it lists these PDIs, and these devices signed.
    async fn evidence(&self, agent: &Agent, listed: &[u64], signers: &Devices) -> wire::Evidence {
        let trip = domicile_appraise::testing::Trip {
            nonce: agent.challenge(self.running.quic).await.nonce,
            at_ms: self.hands.now(),
            place: singapore(),
        };
        let mut evidence = self.vendor.world.honest(agent.host(), &trip);
        evidence.device_reading = wire::DeviceReading::Complete.into();
        evidence.inventory = Some(wire::Inventory {
            devices: listed.iter().map(|pdi| listed_gpu(*pdi)).collect(),
            ..wire::Inventory::default()
        });
        sign_with(&mut evidence, signers);
        evidence
    }

    async fn submit(&self, agent: &mut Agent, evidence: wire::Evidence) -> wire::Signed {
        let signed = agent.finish(evidence);
        receipt(agent.submit(self.running.quic, &signed).await);
        signed
    }

    async fn session(&self, agent: &mut Agent, listed: &[u64], signers: &Devices) -> wire::Signed {
        let evidence = self.evidence(agent, listed, signers).await;
        self.submit(agent, evidence).await
    }

    async fn get(&self, path: &str) -> Value {
        let answer = Auditor::new(&self.vendor, self.running.api).get(path).await;
        assert_eq!(answer.status.as_u16(), 200, "{path}");
        answer.json()
    }

    /// The findings, when so many are in the log.
    async fn findings(&self, count: usize) -> Vec<Value> {
        for _ in 0..100 {
            let page = self.get("/v1/device-findings").await;
            let items = page["items"].as_array().unwrap();
            let logged = items.iter().filter(|item| !item["log_index"].is_null());
            if items.len() >= count && logged.count() == items.len() {
                return items.clone();
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("not {count} findings in the log");
    }

    fn verdict(&self, signed: &wire::Signed) -> wire::Verdict {
        let store = self.running.service().store();
        let row = store.evidence(&id(signed)).unwrap().unwrap();
        assert!(row.judged);
        let bytes = store.read(row.verdict_index).unwrap().payload;
        let signed: wire::Signed = codec::decode(&bytes, MAX_TO_COLLECTOR).unwrap();
        codec::decode(&signed.payload, MAX_TO_COLLECTOR).unwrap()
    }

    /// The chains of devices in the log.
    fn logged_chains(&self) -> Vec<wire::DeviceChainRecord> {
        let store = self.running.service().store();
        let entries = (0..store.size()).map(|index| store.read(index).unwrap());
        let chains = entries.filter(|entry| entry.kind == Kind::DeviceChain);
        chains
            .map(|entry| codec::decode(&entry.payload, MAX_TO_COLLECTOR).unwrap())
            .collect()
    }
}

fn id(signed: &wire::Signed) -> domicile_proto::types::Digest {
    sha256(&codec::encode(signed))
}

fn listed_gpu(pdi: u64) -> wire::Device {
    wire::Device {
        vendor_id: 0x10de,
        device_id: 0x2335,
        subsystem_vendor_id: 0x10de,
        subsystem_device_id: 0x18be,
        class: 0x03_0200,
        details: Some(wire::DeviceDetails {
            uuid: format!("GPU-{pdi}"),
            pdi: pdi.to_be_bytes().to_vec(),
            ..wire::DeviceDetails::default()
        }),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chain_is_logged_once_then_named_by_hash_exported_and_shown() {
    let scene = Scene::new().await;
    let mut host = scene.enrol(1).await;
    let gpus = scene.gpus(&[7]);
    let first = scene.session(&mut host, &[7], &gpus).await;
    assert_eq!(scene.verdict(&first).binding(), Binding::Gpu);

    scene.hands.advance(HOUR_MS);
    let mut by_hash = scene.evidence(&host, &[7], &gpus).await;
    by_hash.device_reports[0].chain.clear();
    let second = scene.submit(&mut host, by_hash).await;
    let verdict = scene.verdict(&second);
    assert_eq!(verdict.binding(), Binding::Gpu);
    assert_eq!(verdict.devices[0].chain(), DeviceOutcome::Passed);
    // A third with the chain in it: it is known.
    scene.hands.advance(HOUR_MS);
    scene.session(&mut host, &[7], &gpus).await;
    let logged = scene.logged_chains();
    assert_eq!(logged.len(), 1, "once, whatever is sent");
    assert_eq!(logged[0].certificates, gpus[0].0.chain);

    let path = format!("/v1/attestations/{}", id(&second));
    let shown = scene.get(&path).await;
    assert_eq!(shown["binding"], "gpu");
    let device = &shown["devices"][0];
    assert_eq!(device["pdi"], "0000000000000007");
    assert_eq!(device["binding"], "gpu");
    assert_eq!(device["chain"], "passed");
    assert_eq!(
        device["chain_hash"],
        data_encoding::HEXLOWER.encode(&domicile_spdm::chain::chain_hash(&gpus[0].0.chain))
    );
    let auditor = Auditor::new(&scene.vendor, scene.running.api);
    let bundle = auditor.get(&format!("{path}/bundle")).await.body;
    let bundle: wire::Bundle = codec::decode(&bundle, 1 << 24).unwrap();
    assert_eq!(bundle.device_chains.len(), 1);
    let exported: wire::DeviceChainRecord =
        codec::decode(&bundle.device_chains[0].payload, MAX_TO_COLLECTOR).unwrap();
    assert_eq!(exported.certificates, gpus[0].0.chain);

    // One that is named and was never sent is unknown, accuses nobody and binds nothing.
    let mut unsent = scene.evidence(&host, &[8], &scene.gpus(&[8])).await;
    unsent.device_reports[0].chain.clear();
    let unsent = scene.submit(&mut host, unsent).await;
    let verdict = scene.verdict(&unsent);
    assert_eq!(verdict.devices[0].chain(), DeviceOutcome::Unknown);
    assert_eq!(verdict.binding(), Binding::Software);
    assert_eq!(verdict.value(), scene.verdict(&first).value());
    scene.running.stop().await.unwrap();
}

/// The hand-off: a proxy near the anchors holds the session, the GPU is far away. It succeeds, and
/// the verdict says on what it rests and within which time the GPU signed.
#[tokio::test(flavor = "multi_thread")]
async fn a_handed_over_session_binds_and_shows_its_premises_and_the_time_in_which_the_gpu_signed() {
    let scene = Scene::new().await;
    let mut proxy = scene.enrol(1).await;
    // Anchors measure the proxy in Singapore; then 32 bytes travel, a GPU signs, its report travels back.
    let evidence = scene.evidence(&proxy, &[7], &scene.gpus(&[7])).await;
    let (there_ms, signing_ms, back_ms) = (60, 900, 60);
    let ranging_ms = 3_000;
    let away_ms = there_ms + signing_ms + back_ms;
    scene.hands.advance(ranging_ms + away_ms);
    let signed = scene.submit(&mut proxy, evidence).await;
    let shown = scene
        .get(&format!("/v1/attestations/{}", id(&signed)))
        .await;
    assert_eq!(
        (&shown["value"], &shown["binding"]),
        (&"confined".into(), &"gpu".into())
    );
    let premises = shown["premises"].as_array().unwrap();
    for premise in ["session-not-delegated", "device-with-responder"] {
        assert!(premises.contains(&premise.into()), "{premises:?}");
    }
    let window_ms = shown["device_window_ms"].as_u64().unwrap();
    assert!(
        (away_ms..away_ms + 2 * ranging_ms).contains(&window_ms),
        "{window_ms}"
    );
    scene.running.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_that_signs_with_two_hosts_is_signed_and_one_that_is_listed_only_is_claimed() {
    let scene = Scene::new().await;
    let (mut one, mut two) = (scene.enrol(1).await, scene.enrol(2).await);
    let (both, own) = (scene.gpus(&[7]), scene.gpus(&[9]));
    scene.session(&mut one, &[7, 8, 1], &both).await;
    scene.session(&mut two, &[9], &own).await;
    scene.hands.advance(2 * HOUR_MS);
    // 7 signs for the second host; 8 is listed by it and does not.
    scene.session(&mut two, &[7, 9], &both).await;
    scene.hands.advance(2 * HOUR_MS);
    scene.session(&mut two, &[7, 8, 9], &own).await;

    let found = scene.findings(2).await;
    let facts: Vec<_> = found
        .iter()
        .map(|item| {
            let text = |field: &str| item[field].as_str().unwrap();
            (
                text("kind"),
                text("basis"),
                item["devices"][0].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        facts,
        [
            ("device-moved", "signed", "pdi:0000000000000007"),
            ("device-moved", "claimed", "pdi:0000000000000008"),
        ]
    );
    let proves = |place: usize| found[place]["proves"].as_str().unwrap().to_owned();
    assert_ne!(proves(0), proves(1));
    assert!(proves(0).contains("device key signed"), "{}", proves(0));
    let not = found[0]["does_not_prove"].as_str().unwrap();
    assert!(not.contains("nonce can be carried"), "{not}");
    // The record in the log says the same.
    let index = found[0]["log_index"].as_u64().unwrap();
    let entry = scene.running.service().store().read(index).unwrap();
    let record: wire::DeviceFindingRecord = codec::decode(&entry.payload, 1 << 20).unwrap();
    assert!(record.signed);

    let device = scene.get("/v1/devices/pdi:0000000000000007").await;
    assert_eq!(device["stays"][0]["basis"], "signed");
    assert_eq!(
        (&device["pci"], &device["pci_subsystem"]),
        (&"10de:2335".into(), &"10de:18be".into())
    );
    let device = scene.get("/v1/devices/pdi:0000000000000008").await;
    assert_eq!(device["stays"][0]["basis"], "claimed");
    let licences = scene.get("/v1/licences").await;
    let licence = &licences["items"][0];
    assert_eq!(
        (&licence["signed"], &licence["claimed"]),
        (&2.into(), &2.into())
    );
    scene.running.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn board_members_that_others_sign_for_and_that_did_not_report_are_missing() {
    let scene = Scene::new().await;
    let mut host = scene.enrol(1).await;
    let mut board = scene.maker.board(1);
    let listed: Vec<u64> = (1..=8).collect();
    let whole = scene.session(&mut host, &listed, &board).await;
    assert!(scene.verdict(&whole).missing_devices.is_empty());
    assert!(scene.findings(0).await.is_empty());

    // One GPU and one switch do not report; the host lists eight GPUs all the same.
    board.remove(11);
    board.remove(2);
    scene.hands.advance(HOUR_MS);
    let part = scene.session(&mut host, &listed, &board).await;
    assert_eq!(scene.verdict(&part).missing_devices.len(), 2);
    // Nothing is signed in the next session, so nothing is said of the board; then as before.
    scene.hands.advance(HOUR_MS);
    scene.session(&mut host, &listed, &Vec::new()).await;
    scene.hands.advance(HOUR_MS);
    scene.session(&mut host, &listed, &board).await;

    let found = scene.findings(1).await;
    assert_eq!(found.len(), 1, "told once: {found:?}");
    let found = &found[0];
    assert_eq!(
        (&found["kind"], &found["basis"]),
        (&"board-members-missing".into(), &"signed".into())
    );
    // The third GPU, and the last switch (PDIs 101 to 104).
    let missing = ["pdi:0000000000000003", "pdi:0000000000000068"];
    assert_eq!(found["devices"], Value::from(missing.to_vec()));
    let not = found["does_not_prove"].as_str().unwrap();
    assert!(not.contains("gone, or elsewhere"), "{not}");
    assert_eq!(found["evidence"][1], id(&part).to_string());
    scene.running.stop().await.unwrap();
}
