//! The whole path with the real program: enrol, challenge, report, receipt, read, stop.
#![allow(clippy::unwrap_used)]

mod harness;

use harness::auditor::Auditor;
use harness::process::{Process, run};
use harness::{Vendor, open_receipt, real_now};

#[tokio::test(flavor = "multi_thread")]
async fn from_enrolment_to_an_auditors_read() {
    let vendor = Vendor::new();
    let (status, out, err) = run(&vendor, "check");
    assert!(status.success(), "{err}");
    assert!(
        out.starts_with("ok: log log.example/test, directory version 4"),
        "{out}"
    );

    let process = Process::start(&vendor);
    let mut agent = vendor.enrol(process.quic, 1, "sin", real_now()).await;
    let receipt = agent.session(process.quic, &vendor.world, real_now()).await;
    let opened = open_receipt(&vendor.world, &receipt);
    assert_eq!(opened.evidence_hash, agent.previous);

    let auditor = Auditor::new(&vendor, process.api);
    let hosts = auditor.get("/v1/hosts").await.json();
    let host = &hosts["items"][0];
    assert_eq!(host["host"], agent.key().to_string());
    assert_eq!(host["state"], "reporting");
    assert_eq!(host["last_verdict"]["value"], "confined", "{hosts:#}");
    assert_eq!(host["last_verdict"]["current"], true);
    assert!(process.terminate().success());

    let (status, out, err) = run(&vendor, "rebuild-index");
    assert!(status.success(), "{err}");
    assert!(out.contains("index made anew"), "{out}");
    let process = Process::start(&vendor);
    let again = Auditor::new(&vendor, process.api)
        .get("/v1/hosts")
        .await
        .json();
    assert_eq!(again, hosts);
}
