//! A small world of real processes: one collector, six anchors, three hosts, an auditor.
#![allow(clippy::unwrap_used)]

use domicile_world::auditor;
use domicile_world::hostile::HostileReport;
use domicile_world::place::{Node, Point, round_trip};
use domicile_world::plan::{
    AnchorPlan, HostPlan, LicencePlan, MetroPlan, Path, Plan, StopwatchPlan, Times, loopback,
};
use domicile_world::programs::Programs;
use domicile_world::stage::{HOSTS, Stage};
use std::ffi::OsString;
use std::fs;
use std::time::Duration;

const SINGAPORE: Point = Point::new(1.30, 103.83);
const HONG_KONG: Point = Point::new(22.32, 114.17);
const SHENZHEN: Point = Point::new(22.54, 114.06);

/// Three anchors each in Singapore and Hong Kong; every host is licensed for Singapore.
fn plan(block: u8) -> Plan {
    let metro = |id: &str, territory: &str, point| MetroPlan {
        id: id.into(),
        name: id.into(),
        territory: territory.into(),
        point,
    };
    let metros = vec![metro("sin", "SG", SINGAPORE), metro("hkg", "HK", HONG_KONG)];
    let anchors: Vec<AnchorPlan> = (0..6)
        .map(|number| AnchorPlan {
            name: format!("anchor-{number}"),
            metro: number / 3,
            trust_domain: format!("domain-{}", number % 3),
            point: metros[number / 3]
                .point
                .towards(120.0 * f64::from(u8::try_from(number).unwrap()), 4_000.0),
            survey_error_m: 100,
            stopwatch: StopwatchPlan::Honest,
        })
        .collect();
    let truths = [
        ("honest", SINGAPORE),
        ("shipped", SHENZHEN),
        ("forger", SHENZHEN),
    ];
    let mut plan = Plan {
        metros,
        anchors,
        hosts: Vec::new(),
        paths: Vec::new(),
        mesh: Vec::new(),
        licences: vec![LicencePlan {
            name: "L-1".into(),
            permitted: ["SG", "MY", "ID"].map(String::from).to_vec(),
            denied: vec!["CN".into()],
        }],
        times: Times {
            appraisal_lifetime: Duration::from_secs(3600),
            late_after: Duration::from_secs(60),
            silent_after: Duration::from_secs(120),
        },
        tpm_roots: Vec::new(),
        lying_votes: 1,
        draw_near_domains: 3,
        draw_total: 6,
    };
    for (number, (name, truth)) in truths.into_iter().enumerate() {
        let address = loopback(block, HOSTS, number);
        for (anchor, other) in plan.anchors.iter().enumerate() {
            plan.paths.push(Path {
                host: address,
                anchor,
                round_trip: round_trip(
                    &Node::new(name, truth.towards(90.0, 3_000.0)),
                    &Node::new(other.name.clone(), other.point),
                ),
            });
        }
        plan.hosts.push(HostPlan {
            name: name.into(),
            metro: 0,
            licence: "L-1".into(),
            address,
            tpm_device: None,
        });
    }
    plan
}

async fn verdict(stage: &Stage, site: &str) -> (String, auditor::Attestation, String) {
    let rows = auditor::hosts(stage).await.unwrap();
    let row = rows.iter().find(|row| row.site == site).unwrap();
    let last = row.last_verdict.as_ref().unwrap();
    let attestation = auditor::attestation(stage, &last.id).await.unwrap();
    (last.value.clone(), attestation, last.id.clone())
}

/// An inspector before the honest host: the code that it shows is of the host on record, by a bundle as by
/// the collector; another host's is not.
async fn inspect(stage: &Stage, folder: &std::path::Path, bundle: &std::path::Path) {
    let words = |text: &str| -> Vec<OsString> { text.split(' ').map(OsString::from).collect() };
    let file = folder.join("site.challenge");
    let mut make = words("challenge make --out");
    make.push(file.clone().into());
    stage.audit("challenge", make).await.unwrap();
    let text = fs::read_to_string(&file).unwrap();
    let nonce = text.lines().find_map(|line| line.strip_prefix("nonce = "));
    let answer = words(&format!("answer {}", nonce.unwrap().trim_matches('"')));
    let ended = stage.agent("honest", "answer", answer).await.unwrap();
    assert!(ended.status.success(), "{}", ended.errors);
    let shown = String::from_utf8(ended.output).unwrap();
    let code: Vec<&str> = shown
        .lines()
        .take(6)
        .flat_map(str::split_whitespace)
        .collect();
    for against in [vec![], vec!["--bundle".into(), bundle.into()]] {
        let mut check = words("challenge check --challenge");
        check.push(file.clone().into());
        check.extend(against);
        check.extend(code.iter().map(OsString::from));
        let said = stage.audit("challenge-check", check).await.unwrap();
        let said = String::from_utf8(said).unwrap();
        assert!(said.contains("ANSWERED by the host on record"), "{said}");
        assert!(said.contains("its newest     that one"), "{said}");
    }
    let mut other = words("challenge check --challenge");
    other.push(file.into());
    other.extend(words(&format!("--key {}", "ab".repeat(32))));
    other.extend(code.iter().map(OsString::from));
    assert!(stage.audit("challenge-other", other).await.is_err());
}

#[tokio::test]
async fn from_enrolled_hosts_to_verdicts_that_verify_offline() {
    let programs = Programs::build(env!("CARGO_BIN_EXE_domicile-world").as_ref()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let block = 30;
    let stage = Stage::raise(plan(block), programs, folder.path(), block, &|_| ())
        .await
        .unwrap();
    assert_eq!(
        stage.running(),
        (9, 9),
        "a collector, six anchors, two witnesses"
    );

    stage.enrol("honest").await.unwrap();
    stage.once("honest").await.unwrap();
    let (value, attestation, id) = verdict(&stage, "honest").await;
    assert_eq!(value, "confined");
    assert_eq!(attestation.counted(), 6);
    assert!(attestation.chain.contains(&"first".to_owned()));
    assert!(
        attestation
            .premises
            .contains(&"session-not-delegated".to_owned())
    );
    assert!(attestation.deciding_votes.len() >= 2);

    // Its bundle verifies without the collector, and no longer once a byte is changed.
    let bundle = folder.path().join("honest.bundle");
    let export: Vec<OsString> = vec![
        "export".into(),
        id.into(),
        "--out".into(),
        bundle.clone().into(),
    ];
    stage.audit("export", export).await.unwrap();
    stage.verify(&bundle).await.unwrap();
    let mut bytes = fs::read(&bundle).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    let altered = folder.path().join("altered.bundle");
    fs::write(&altered, bytes).unwrap();
    assert!(stage.verify(&altered).await.is_err());

    inspect(&stage, folder.path(), &bundle).await;

    stage.enrol("shipped").await.unwrap();
    stage.once("shipped").await.unwrap();
    let (value, attestation, _) = verdict(&stage, "shipped").await;
    assert_eq!(value, "permitted-excluded");
    let nearest = attestation.deciding_anchors();
    assert!(
        nearest.iter().all(|(_, rtt_ns)| *rtt_ns < 50_000_000),
        "{nearest:?}"
    );

    stage.enrol("forger").await.unwrap();
    let hostile: Vec<OsString> = vec![
        "hostile-agent".into(),
        "--kind".into(),
        "false-transcript".into(),
        "--config".into(),
        stage.layout.host_config("forger").into(),
    ];
    let ended = stage.own("forger", hostile).await.unwrap();
    assert!(ended.status.success(), "{}", ended.errors);
    let report: HostileReport = serde_json::from_slice(&ended.output).unwrap();
    assert_eq!(report.receipts.len(), 1, "accepted, logged and judged");
    let (value, attestation, _) = verdict(&stage, "forger").await;
    assert_eq!(value, "invalid");
    assert_eq!(
        attestation.invalid_reason.as_deref(),
        Some("false-transcript")
    );

    // A session again: the same key, the next report in the chain.
    stage.once("honest").await.unwrap();
    let (value, attestation, _) = verdict(&stage, "honest").await;
    assert_eq!(value, "confined");
    assert!(
        attestation.chain.contains(&"restart".to_owned()),
        "{:?}",
        attestation.chain
    );

    assert!(auditor::incidents(&stage).await.unwrap().is_empty());
    assert!(auditor::forks(&stage).await.unwrap().is_empty());
    assert_eq!(stage.relay().statistics().refused, 0);
    assert_eq!(
        stage.strike().await,
        Vec::<String>::new(),
        "all end when asked to"
    );
}
