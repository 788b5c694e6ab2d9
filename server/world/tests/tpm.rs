//! A TPM from the factory to the auditor, as real processes: a TPM (`swtpm`) with its maker's
//! certificate inside, the agent with all of its processes, anchors, collector, the auditor's tool.
//!
//! What stands in for something else: the TPM's device is a terminal's line to `swtpm`, since a
//! machine for tests has no `/dev/vtpmx`.
#![allow(clippy::unwrap_used, clippy::disallowed_methods)]

#[allow(dead_code, unreachable_pub)]
#[path = "../../collector/tests/tpm/swtpm.rs"]
mod swtpm;
#[allow(unreachable_pub)]
#[path = "../../../daemon/tests/common/tty.rs"]
mod tty;

use domicile_world::auditor;
use domicile_world::place::{Node, Point, round_trip};
use domicile_world::plan::{
    AnchorPlan, HostPlan, LicencePlan, MetroPlan, Path, Plan, StopwatchPlan, Times, loopback,
};
use domicile_world::programs::Programs;
use domicile_world::stage::{HOSTS, Stage};
use serde_json::Value;
use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;
use swtpm::{Manufacturer, Swtpm};
use tty::Tty;

const SINGAPORE: Point = Point::new(1.30, 103.83);

/// Three anchors and these hosts in Singapore; the collector believes these makers.
fn plan(block: u8, hosts: &[(&str, Option<PathBuf>)], tpm_roots: Vec<PathBuf>) -> Plan {
    let mut plan = Plan {
        metros: vec![MetroPlan {
            id: "sin".into(),
            name: "sin".into(),
            territory: "SG".into(),
            point: SINGAPORE,
        }],
        anchors: (0..3_u8)
            .map(|number| AnchorPlan {
                name: format!("anchor-{number}"),
                metro: 0,
                trust_domain: format!("domain-{number}"),
                point: SINGAPORE.towards(120.0 * f64::from(number), 4_000.0),
                survey_error_m: 100,
                stopwatch: StopwatchPlan::Honest,
            })
            .collect(),
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
        tpm_roots,
        lying_votes: 1,
        draw_near_domains: 3,
        draw_total: 3,
    };
    for (number, (name, tpm_device)) in hosts.iter().enumerate() {
        let address = loopback(block, HOSTS, number);
        for (anchor, other) in plan.anchors.iter().enumerate() {
            let here = Node::new(*name, SINGAPORE.towards(90.0, 3_000.0));
            let there = Node::new(other.name.clone(), other.point);
            plan.paths.push(Path {
                host: address,
                anchor,
                round_trip: round_trip(&here, &there),
            });
        }
        plan.hosts.push(HostPlan {
            name: (*name).into(),
            metro: 0,
            licence: "L-1".into(),
            address,
            tpm_device: tpm_device.clone(),
        });
    }
    plan
}

/// A TPM behind a path that can be opened.
fn device(tpm: &Swtpm) -> Tty {
    let tty = Tty::open();
    tty.lead_to(tpm.connect());
    tty
}

/// What the agent said when it was enrolled.
fn said(stage: &Stage, host: &str) -> String {
    std::fs::read_to_string(stage.layout.logs().join(format!("{host}-enrol.out"))).unwrap()
}

/// The newest verdict of a host as `domicile-audit show` gives it, and its id.
async fn shown(stage: &Stage, site: &str) -> (Value, OsString) {
    let rows = auditor::hosts(stage).await.unwrap();
    let row = rows.iter().find(|row| row.site == site).unwrap();
    let id = OsString::from(&row.last_verdict.as_ref().unwrap().id);
    let words = ["show".into(), id.clone(), "--format".into(), "json".into()];
    let label = format!("show-{site}");
    let answer = stage.audit(&label, words.to_vec()).await.unwrap();
    (serde_json::from_slice(&answer).unwrap(), id)
}

#[tokio::test]
async fn a_tpm_binds_a_session_where_its_makers_root_is_given_and_nowhere_else() {
    let (Some(known), Some(stranger)) = (Manufacturer::new(), Manufacturer::new()) else {
        return;
    };
    let tpms = [known.make(), stranger.make()];
    let devices = [device(&tpms[0]), device(&tpms[1])];
    let path = |number: usize| Some(devices[number].path().to_owned());
    let hosts = [("known", path(0)), ("stranger", path(1)), ("without", None)];
    let (folder, block) = (tempfile::tempdir().unwrap(), 31);
    let roots = known.certificates().to_vec();
    let programs = Programs::build(env!("CARGO_BIN_EXE_domicile-world").as_ref()).unwrap();
    let plan = plan(block, &hosts, roots);
    let stage = Stage::raise(plan, programs, folder.path(), block, &|_| ())
        .await
        .unwrap();
    for (host, words, binding, maker) in [
        ("known", "with its TPM", "tpm", "passed"),
        ("stranger", "with its TPM", "software", "unknown"),
        ("without", "without a TPM", "software", ""),
    ] {
        stage.enrol(host).await.unwrap();
        assert!(said(&stage, host).contains(words), "{host}");
        stage.once(host).await.unwrap();
        let (verdict, _) = shown(&stage, host).await;
        assert_eq!(verdict["value"], "confined", "{host}");
        assert_eq!(verdict["binding"], binding, "{host}: {verdict}");
        let premises = verdict["premises"].as_array().unwrap();
        let premise = premises.contains(&"device-with-responder".into());
        assert_eq!(premise, binding == "tpm", "{host}");
        if maker.is_empty() {
            assert!(verdict["tpm"].is_null());
            continue;
        }
        for check in ["enrolled", "form", "signature", "nonce"] {
            assert_eq!(verdict["tpm"][check], "passed", "{host}: {check}");
        }
        assert_eq!(verdict["tpm"]["maker"], maker, "{host}");
    }

    // Offline, without the collector: bound for the auditor who believes this maker, and no proof for
    // one who believes only the other.
    let (_, id) = shown(&stage, "known").await;
    let bundle = folder.path().join("known.bundle");
    let export = ["export".into(), id, "--out".into(), bundle.clone().into()];
    stage.audit("export", export.to_vec()).await.unwrap();
    let verify = |maker: &Manufacturer| {
        let mut words: Vec<OsString> = vec!["verify".into(), bundle.clone().into()];
        words.extend(["--trust".into(), stage.layout.trust().into()]);
        for root in maker.certificates() {
            words.extend(["--tpm-roots".into(), root.into()]);
        }
        words
    };
    let report = stage.audit("verify-known", verify(&known)).await.unwrap();
    let report = String::from_utf8(report).unwrap();
    assert!(report.contains("binding    tpm"), "{report}");
    assert!(report.contains("maker passed"), "{report}");
    assert!(
        stage
            .audit("verify-stranger", verify(&stranger))
            .await
            .is_err()
    );
    assert_eq!(stage.strike().await, Vec::<String>::new());
}
