//! The identity ledger at the collector: what reports say of devices, through the log, to the API.
#![allow(clippy::unwrap_used, missing_docs)]

mod harness;

use domicile_collector::runtime::Running;
use domicile_ledger::Kind;
use domicile_proto::codec;
use domicile_proto::wire;
use harness::auditor::Auditor;
use harness::{Agent, Hands, Vendor, real_now, receipt, singapore};
use serde_json::Value;
use std::time::Duration;

const HOUR_MS: u64 = 3_600_000;

fn gpu(number: u8) -> wire::Device {
    wire::Device {
        vendor_id: 0x10de,
        device_id: 0x2335,
        subsystem_vendor_id: 0x10de,
        subsystem_device_id: 0x18be,
        class: 0x03_0200,
        details: Some(wire::DeviceDetails {
            uuid: format!("GPU-{number}"),
            serial: format!("165{number}"),
            pdi: vec![number; 8],
            ..wire::DeviceDetails::default()
        }),
    }
}

/// One honest session of a host that reports these devices.
async fn report(
    vendor: &Vendor,
    running: &Running,
    agent: &mut Agent,
    now_ms: u64,
    devices: &[u8],
) -> wire::Signed {
    let trip = domicile_appraise::testing::Trip {
        nonce: agent.challenge(running.quic).await.nonce,
        at_ms: now_ms,
        place: singapore(),
    };
    let mut evidence = vendor.world.honest(agent.host(), &trip);
    evidence.device_reading = wire::DeviceReading::Complete.into();
    evidence.inventory = Some(wire::Inventory {
        devices: devices.iter().map(|number| gpu(*number)).collect(),
        ..wire::Inventory::default()
    });
    let signed = agent.finish(evidence);
    receipt(agent.submit(running.quic, &signed).await);
    signed
}

async fn get(vendor: &Vendor, running: &Running, path: &str) -> Value {
    let answer = Auditor::new(vendor, running.api).get(path).await;
    assert_eq!(answer.status.as_u16(), 200, "{path}");
    answer.json()
}

/// Findings once each stands in the log.
async fn logged(vendor: &Vendor, running: &Running, wanted: usize) -> Vec<Value> {
    for _ in 0..200 {
        let page = get(vendor, running, "/v1/device-findings").await;
        let items = page["items"].as_array().unwrap().clone();
        if items.len() == wanted && items.iter().all(|item| item["log_index"].is_u64()) {
            return items;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("{wanted} findings were not logged in 10 s");
}

#[tokio::test(flavor = "multi_thread")]
async fn devices_are_followed_from_report_to_api_and_an_index_made_anew_says_the_same() {
    let vendor = Vendor::new();
    let policy = std::fs::read_to_string(vendor.path("policy.toml")).unwrap();
    let licence = policy.find("permitted").unwrap();
    let quantity = [&policy[..licence], "quantity = 3\n", &policy[licence..]].concat();
    std::fs::write(vendor.path("policy.toml"), quantity).unwrap();
    let hands = Hands::at(real_now());
    let running = vendor.start(hands.clock()).await;
    let mut one = vendor.enrol(running.quic, 1, "sin", hands.now()).await;
    let mut two = vendor.enrol(running.quic, 2, "sin", hands.now()).await;

    report(&vendor, &running, &mut one, hands.now(), &[1, 2]).await;
    report(&vendor, &running, &mut two, hands.now(), &[3]).await;
    assert!(logged(&vendor, &running, 0).await.is_empty());
    hands.advance(2 * HOUR_MS);
    let moved = report(&vendor, &running, &mut two, hands.now(), &[2, 3]).await;
    hands.advance(2 * HOUR_MS);
    report(&vendor, &running, &mut two, hands.now(), &[3]).await;

    let found = logged(&vendor, &running, 2).await;
    let kinds: Vec<_> = found
        .iter()
        .map(|item| item["kind"].as_str().unwrap())
        .collect();
    assert_eq!(kinds, ["device-moved", "device-gone"]);
    let first = &found[0];
    assert_eq!(first["basis"], "claimed");
    assert_eq!(first["devices"][0], "pdi:0202020202020202");
    assert_eq!(first["hosts"][0], one.key().to_string());
    assert_eq!(first["hosts"][1], two.key().to_string());
    let id = domicile_proto::sign::sha256(&codec::encode(&moved)).to_string();
    assert_eq!(first["evidence"][1], id);
    for text in ["proves", "does_not_prove"] {
        assert!(first[text].as_str().unwrap().len() > 20);
    }
    // The record in the log is the finding.
    let index = first["log_index"].as_u64().unwrap();
    let entry = running.service().store().read(index).unwrap();
    assert_eq!(entry.kind, Kind::DeviceFinding);
    let record: wire::DeviceFindingRecord = codec::decode(&entry.payload, 1 << 20).unwrap();
    assert_eq!(record.kind, "device-moved");
    assert_eq!(record.devices, ["pdi:0202020202020202"]);

    let device = "/v1/devices/pdi:0202020202020202";
    let paths = [
        device,
        "/v1/devices",
        "/v1/devices?limit=2",
        "/v1/device-findings",
        "/v1/device-findings?kind=device-gone",
        "/v1/licences",
    ];
    let mut before = Vec::new();
    for path in paths {
        before.push(get(&vendor, &running, path).await);
    }
    assert_eq!(before[0]["stays"].as_array().unwrap().len(), 2);
    assert_eq!(before[1]["items"].as_array().unwrap().len(), 3);
    assert_eq!(before[2]["items"].as_array().unwrap().len(), 2);
    let next = before[2]["next"].as_str().unwrap();
    let rest = get(
        &vendor,
        &running,
        &format!("/v1/devices?limit=2&cursor={next}"),
    )
    .await;
    assert_eq!(rest["items"].as_array().unwrap().len(), 1);
    assert!(rest["next"].is_null());
    assert_eq!(before[4]["items"].as_array().unwrap().len(), 1);
    let licence = &before[5]["items"][0];
    assert_eq!(
        (&licence["licensed"], &licence["claimed"]),
        (&3.into(), &3.into())
    );
    assert!(licence["finding"].is_null());
    let until = "/v1/licences?until=2020-01-01T00:00:00Z";
    let none = get(&vendor, &running, until).await;
    assert_eq!(none["items"][0]["finding"]["kind"], "fewer-than-licensed");

    running.stop().await.unwrap();
    std::fs::remove_dir_all(vendor.path("data/index")).unwrap();
    let running = vendor.start(hands.clock()).await;
    for (path, before) in paths.into_iter().zip(&before) {
        assert_eq!(&get(&vendor, &running, path).await, before, "{path}");
    }
    running.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reading_that_failed_says_nothing_and_unknown_names_are_not_found() {
    let vendor = Vendor::new();
    let hands = Hands::at(real_now());
    let running = vendor.start(hands.clock()).await;
    let mut one = vendor.enrol(running.quic, 1, "sin", hands.now()).await;
    report(&vendor, &running, &mut one, hands.now(), &[1]).await;
    hands.advance(HOUR_MS);
    // No device process answered: the report names no devices, and none is gone.
    one.session(running.quic, &vendor.world, hands.now()).await;
    assert!(logged(&vendor, &running, 0).await.is_empty());
    let auditor = Auditor::new(&vendor, running.api);
    for path in [
        "/v1/devices/pdi:00",
        "/v1/devices/uuid:GPU-7",
        "/v1/devices/%FF",
    ] {
        assert_eq!(auditor.get(path).await.status.as_u16(), 404, "{path}");
    }
    for path in [
        "/v1/devices?cursor=x",
        "/v1/devices?limit=0",
        "/v1/device-findings?kind=other",
        "/v1/device-findings?cursor=AAAA",
        "/v1/device-findings?from=yesterday",
        "/v1/licences?limit=1",
    ] {
        assert_eq!(auditor.get(path).await.status.as_u16(), 400, "{path}");
    }
    running.stop().await.unwrap();
}
