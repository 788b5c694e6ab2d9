//! Small fleets.

#![allow(clippy::unwrap_used)]

use super::*;
use clap::Parser;

#[derive(Parser)]
struct Line {
    #[command(flatten)]
    arguments: FleetArguments,
}

fn printed(line: &[&str]) -> (u8, serde_json::Value) {
    let line = ["fleet", "--format", "json", "--hosts", "200"]
        .iter()
        .chain(line);
    let mut out = Vec::new();
    let status = run(&Line::parse_from(line).arguments, &mut out).unwrap();
    (status, serde_json::from_slice(&out).unwrap())
}

#[test]
fn honest_hosts_are_not_accused_and_what_can_be_seen_is() {
    let line = ["--years", "2", "--cases", "2", "--paths", "2"];
    let (status, report) = printed(&line);
    assert_eq!(status, 0, "{report}");
    let years = report["host_years"].as_f64().unwrap();
    assert!((399.0..403.0).contains(&years), "{years}");
    for code in [
        "outside-permitted",
        "inconsistent",
        "identity-conflict",
        "device-moved",
    ] {
        let found = &report["flags"][code]["false"];
        assert!(found.is_null() || found == 0, "{report}");
    }
    let detected = |kind: &str| report["detection"][kind]["detected"].as_u64().unwrap();
    for kind in [
        "trans-shipped-agent-on",
        "trans-shipped-agent-off",
        "declared-in-transit",
        "declared-in-storage",
        "slow-leak",
        "slow-leak-forged-where-devices-signed",
        "sold-on-to-another-licence",
    ] {
        assert_eq!(detected(kind), 2, "{kind}: {report}");
        assert!(report["detection"][kind]["median_days"].as_f64().unwrap() > 0.0);
    }
    for kind in ["relay-with-key", "key-left-behind", "dummies", "rented-out"] {
        assert_eq!(detected(kind), 0, "{kind}: {report}");
    }
    let again = printed(&[&line[..], &["--threads", "1"]].concat());
    assert_eq!(again.1, report, "the same for any number of threads");
}

#[test]
fn a_bar_that_is_missed_is_said() {
    let mut report = Report {
        host_years: 10_000.0,
        ..Report::default()
    };
    assert!(report.missed().is_empty());
    report
        .flags
        .entry("implausible-location")
        .or_default()
        .of_honest = 10;
    assert!(report.missed().is_empty(), "one in 1,000 is allowed");
    report
        .flags
        .entry("implausible-location")
        .or_default()
        .of_honest = 11;
    assert_eq!(report.missed().len(), 1);
    report
        .flags
        .entry("outside-permitted")
        .or_default()
        .of_honest = 1;
    assert_eq!(report.missed().len(), 2);
}
