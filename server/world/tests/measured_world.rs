//! A world of measured round trips, from CSV files to exit code, through real processes.
#![allow(clippy::unwrap_used)]

use domicile_world::programs::Programs;
use serde_json::Value;
use std::fs;
use std::process::{Command, Stdio};

const DEMO: &str = env!("CARGO_BIN_EXE_domicile-world");

/// Four sources near Singapore; the target is 2 ms from each of them and claims `territory`.
fn run(territory: &str) -> (Option<i32>, Value) {
    let folder = tempfile::tempdir().unwrap();
    let nodes: String = (0..4)
        .map(|n| format!("a{n},A{n},Singapore,SG,1.3{n},103.8,p{n},s\n"))
        .collect();
    let nodes = format!(
        "id,name,city,country_iso2,lat,lon,provider,source\n{nodes}h,H,Somewhere,{territory},1.3,103.8,q,s\n"
    );
    let rows: String = (0..4).map(|n| format!("a{n},h,2.{n},min,1\n")).collect();
    fs::write(folder.path().join("nodes.csv"), nodes).unwrap();
    fs::write(
        folder.path().join("rtt.csv"),
        format!("src,dst,rtt_ms,stat,n\n{rows}"),
    )
    .unwrap();
    Programs::build(DEMO.as_ref()).unwrap();
    let ended = Command::new(DEMO)
        .args(["demo", "--votes", "node", "--format", "json", "--rtt"])
        .arg(folder.path())
        .arg("--out")
        .arg(folder.path().join("out"))
        .env_remove("CARGO")
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let answer = serde_json::from_slice(&ended.stdout)
        .unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&ended.stderr)));
    (ended.status.code(), answer)
}

#[test]
fn a_true_claim_survives_and_a_false_one_is_found() {
    let (code, score) = run("SG");
    assert_eq!(code, Some(0), "{score}");
    assert_eq!(score["anchors"], 4);
    let host = &score["hosts"]["h"];
    assert_eq!(host["anchors_counted"], 4);
    assert_eq!(host["tiers"]["c"]["true_territory_excluded"], false);
    assert!(host["tiers"]["c"]["excluded_share"].as_f64().unwrap() > 0.9);

    let (code, score) = run("DE");
    assert_eq!(code, Some(3), "{score}");
    assert_eq!(score["true_territory_excluded"][0], "h");
    assert_eq!(score["hosts"]["h"]["verdict"], "permitted-excluded");
}
