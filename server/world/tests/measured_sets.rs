//! `eval` on the measured sets of `DOMICILE_RTT_DATA`, a folder with `wonderproxy2020`,
//! `skyplane2022` and `fc2021`. Without that variable nothing is tested here, and the tests say
//! so (with `--nocapture`).
#![allow(clippy::unwrap_used)]

use clap::Parser;
use domicile_world::eval::{self, EvalArguments};
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

#[derive(Parser)]
struct Line {
    #[command(flatten)]
    arguments: EvalArguments,
}

/// The folder of a set, or `None`, said aloud, where there is none.
fn set(name: &str) -> Option<PathBuf> {
    match std::env::var_os("DOMICILE_RTT_DATA") {
        Some(folder) => Some(Path::new(&folder).join(name)),
        None => {
            eprintln!("NOT TESTED: DOMICILE_RTT_DATA does not name a folder with {name}");
            None
        }
    }
}

fn evaluate(
    set: &Path,
    exclusions: Option<&Path>,
    options: &[&str],
) -> anyhow::Result<(u8, Value)> {
    let mut line = vec!["eval".to_owned(), "--nodes".to_owned()];
    line.push(set.join("nodes.csv").display().to_string());
    line.extend([
        "--rtt".to_owned(),
        set.join("rtt.csv").display().to_string(),
    ]);
    if let Some(path) = exclusions {
        line.extend(["--exclusions".to_owned(), path.display().to_string()]);
    }
    let fixed = ["--no-scan", "--format", "json"];
    line.extend(fixed.iter().chain(options).map(|&option| option.to_owned()));
    let arguments = Line::try_parse_from(line)?.arguments;
    let start = Instant::now();
    let elapsed = || -> Duration { start.elapsed() };
    let mut out = Vec::new();
    let status = eval::run(&arguments, &elapsed, &mut out)?;
    Ok((status, serde_json::from_slice(&out)?))
}

/// The share of false claims refuted at 2/3 c.
#[allow(clippy::cast_precision_loss)] // counts
fn refuted(report: &Value) -> f64 {
    let number = |name: &str| report["tiers"]["2/3c"][name].as_u64().unwrap();
    number("refuted") as f64 / number("false_claims") as f64
}

fn excluded_truths(report: &Value) -> Vec<&Vec<Value>> {
    let tiers = ["c", "0.69c", "2/3c"].map(|tier| &report["tiers"][tier]["true_excluded"]);
    tiers
        .into_iter()
        .map(|ids| ids.as_array().unwrap())
        .collect()
}

#[test]
fn no_truth_is_excluded_and_most_false_claims_are_refuted() {
    for (name, bar) in [("wonderproxy2020", 0.933), ("skyplane2022", 0.974)] {
        let Some(set) = set(name) else { return };
        let file = set.join("exclusions.csv");
        let exclusions = file.exists().then_some(file.as_path());
        let (status, report) = evaluate(&set, exclusions, &[]).unwrap();
        assert_eq!(status, 0, "{name}");
        assert!(
            excluded_truths(&report).iter().all(|ids| ids.is_empty()),
            "{name}"
        );
        assert!(refuted(&report) >= bar, "{name}: {}", refuted(&report));
        // One vote for a provider, one of which may lie: it says less and is never wrong.
        let votes = ["--votes", "provider", "--lying-votes", "1"];
        let (status, less) = evaluate(&set, exclusions, &votes).unwrap();
        assert_eq!(status, 0, "{name}");
        assert!(refuted(&less) < refuted(&report), "{name}");
        let asia = &report["asia_pacific"];
        let near = asia["hosts"].as_u64().unwrap();
        assert!(
            asia["cn_excluded"]["2/3c"].as_u64().unwrap() * 100 >= near * 95,
            "{asia}"
        );
    }
}

#[test]
fn a_host_that_is_not_where_its_owner_says_is_found() {
    let Some(set) = set("wonderproxy2020") else {
        return;
    };
    let exclusions = fs::read_to_string(set.join("exclusions.csv")).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let without = folder.path().join("exclusions.csv");
    let kept = exclusions.lines().filter(|line| !line.contains("LaCeiba"));
    fs::write(&without, kept.collect::<Vec<_>>().join("\n")).unwrap();
    let (status, report) = evaluate(&set, Some(&without), &[]).unwrap();
    assert_eq!(status, 3);
    for ids in excluded_truths(&report) {
        assert!(ids.contains(&"220".into()), "{ids:?}");
    }
    // Its false place also makes it an anchor that lies: with one allowed for, nobody is framed.
    let (status, report) = evaluate(&set, Some(&without), &["--lying-votes", "1"]).unwrap();
    assert_eq!(status, 3);
    for ids in excluded_truths(&report) {
        assert_eq!(*ids, ["220"]);
    }
    // Where its place is known to be false the set says so, and it is not counted.
    let (_, report) = evaluate(&set, Some(&set.join("exclusions.csv")), &[]).unwrap();
    let doubtful = report["doubtful"].as_array().unwrap();
    let ceiba = doubtful.iter().find(|host| host["id"] == "220").unwrap();
    assert_eq!(ceiba["excluded"], serde_json::json!(["c", "0.69c", "2/3c"]));
}

#[test]
fn a_set_that_was_encoded_twice_is_refused_with_its_line() {
    let Some(set) = set("fc2021") else { return };
    let message = format!("{:#}", evaluate(&set, None, &[]).unwrap_err());
    assert!(
        message.contains("nodes.csv, line 329: `name` holds the control character U+009F"),
        "{message}"
    );
}
