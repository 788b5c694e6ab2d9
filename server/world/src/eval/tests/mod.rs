//! Small worlds, by the command line and out of the JSON.
#![allow(clippy::unwrap_used)]
mod outputs;

use super::*;
use clap::Parser;
use proptest::prelude::*;
use std::cell::Cell;
use std::fs;

#[derive(Parser)]
struct Line {
    #[command(flatten)]
    arguments: EvalArguments,
}

/// A small world: name, territory, latitude, longitude.
const PLACES: [(&str, &str, f64, f64); 8] = [
    ("Frankfurt", "DE", 50.11, 8.68),
    ("London", "GB", 51.51, -0.13),
    ("Madrid", "ES", 40.42, -3.70),
    ("Ashburn", "US", 39.04, -77.49),
    ("Tokyo", "JP", 35.68, 139.65),
    ("Singapore", "SG", 1.35, 103.82),
    ("Sydney", "AU", -33.87, 151.21),
    ("Shanghai", "CN", 31.23, 121.47),
];

/// Milliseconds between two places when the path is `detour` times the distance at 2/3 c.
fn honest_ms(a: (f64, f64), b: (f64, f64), detour: f64) -> f64 {
    let point = |(latitude, longitude)| crate::place::Point::new(latitude, longitude);
    point(a).distance_m(point(b)) * detour / (299_792_458.0 * 2.0 / 3.0) * 2000.0
}

/// The world's files; `honduras` adds a host near Ashburn that is declared in Honduras.
fn files(detour: f64, honduras: bool) -> (String, String) {
    let mut places: Vec<_> = PLACES.map(|place| (place, (place.2, place.3))).into();
    if honduras {
        places.push((("Ceiba", "HN", 15.77, -86.8), (39.1, -77.4)));
    }
    let mut nodes = "id,name,city,country_iso2,lat,lon,provider,source\n".to_owned();
    let mut rtt = "src,dst,rtt_ms,stat,n\n".to_owned();
    for (a, ((name, code, latitude, longitude), really)) in places.iter().enumerate() {
        nodes += &format!(
            "{a},{name},{name},{code},{latitude},{longitude},p{},s\n",
            a % 3
        );
        for (b, (_, other)) in places.iter().enumerate().filter(|(b, _)| *b != a) {
            let ms = honest_ms(*really, *other, detour) + 0.2;
            rtt += &format!("{a},{b},{ms:.4},min,1\n");
        }
    }
    (nodes, rtt)
}

fn evaluate(
    nodes: &str,
    rtt: &str,
    exclusions: &str,
    options: &[&str],
) -> anyhow::Result<(u8, String)> {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    fs::write(path("nodes.csv"), nodes).unwrap();
    fs::write(path("rtt.csv"), rtt).unwrap();
    fs::write(path("exclusions.csv"), exclusions).unwrap();
    let (nodes, rtt, exclusions) = (path("nodes.csv"), path("rtt.csv"), path("exclusions.csv"));
    let files = [
        "eval",
        "--nodes",
        &nodes,
        "--rtt",
        &rtt,
        "--exclusions",
        &exclusions,
    ];
    let line = Line::try_parse_from(files.iter().chain(options)).unwrap();
    // A clock that a test can foresee: each look at it takes a microsecond.
    let ticks = Cell::new(0);
    let elapsed = || {
        ticks.set(ticks.get() + 1);
        Duration::from_micros(ticks.get())
    };
    let mut out = Vec::new();
    let status = run(&line.arguments, &elapsed, &mut out)?;
    Ok((status, String::from_utf8(out).unwrap()))
}

fn json(nodes: &str, rtt: &str, exclusions: &str, options: &[&str]) -> (u8, serde_json::Value) {
    let options: Vec<&str> = ["--format", "json", "--no-scan"]
        .iter()
        .chain(options)
        .copied()
        .collect();
    let (status, text) = evaluate(nodes, rtt, exclusions, &options).unwrap();
    (status, serde_json::from_str(&text).unwrap())
}

#[test]
fn an_honest_world_has_no_truth_excluded_and_most_claims_refuted() {
    let (nodes, rtt) = files(1.2, false);
    let (status, report) = json(&nodes, &rtt, "kind,name\n", &[]);
    assert_eq!(status, 0);
    assert_eq!(
        (&report["hosts"], &report["anchors"]),
        (&8.into(), &8.into())
    );
    for tier in ["c", "0.69c", "2/3c"] {
        let tier = &report["tiers"][tier];
        assert_eq!(tier["true_excluded"], serde_json::json!([]));
        assert_eq!(tier["false_claims"], 8 * 249);
        assert_eq!(tier["set_false_claims"], 8 * 7);
        let number = |name: &str| tier[name].as_u64().unwrap();
        assert!(number("refuted") > 8 * 120);
        assert!(number("irrefutable") > 8 && number("refuted") + number("irrefutable") <= 8 * 249);
    }
    let at = |tier: &str| report["tiers"][tier]["refuted"].as_u64().unwrap();
    assert!(at("c") < at("0.69c") && at("0.69c") <= at("2/3c"));
    // Seven hosts outside China, in one class each.
    assert_eq!(
        (&report["cn_hosts"], &report["ru_hosts"]),
        (&7.into(), &8.into())
    );
    let classes = report["by_nearest_rtt_ms"].as_array().unwrap();
    let hosts: u64 = classes
        .iter()
        .map(|class| class["hosts"].as_u64().unwrap())
        .sum();
    assert_eq!(hosts, 7);
    let belief = &report["belief"];
    assert!(belief["median_km"].as_f64().unwrap() < belief["p90_km"].as_f64().unwrap());
    let share = |name: &str| (0.0..=1.0).contains(&belief[name].as_f64().unwrap());
    assert!(share("top1_share") && share("ece"));
    let bins = belief["reliability"].as_array().unwrap().iter();
    assert_eq!(
        bins.map(|bin| bin["hosts"].as_u64().unwrap()).sum::<u64>(),
        8
    );
    assert_eq!(report["solve_us"]["median"], 1.0);
    assert!(report["speedup_over_scan"].is_null());
}

#[test]
fn a_false_place_is_found_unless_it_is_named_as_false() {
    let (nodes, rtt) = files(1.5, true);
    let (status, report) = json(&nodes, &rtt, "", &[]);
    assert_eq!(status, TRUE_EXCLUDED);
    let found = report["tiers"]["c"]["true_excluded"].as_array().unwrap();
    assert!(found.contains(&"8".into()), "{found:?}");
    let (status, report) = json(&nodes, &rtt, "kind,name\nbad_truth,Ceiba\n", &[]);
    assert_eq!(
        (status, &report["hosts"], &report["anchors"]),
        (0, &8.into(), &8.into())
    );
    assert_eq!(report["doubtful"][0]["declared"], "HN");
    assert_eq!(
        report["doubtful"][0]["excluded"],
        serde_json::json!(["c", "0.69c", "2/3c"])
    );
}

#[test]
fn exclusions_choose_hosts_and_anchors() {
    let (nodes, rtt) = files(1.5, false);
    let count = |exclusions: &str, options: &[&str]| {
        let (_, report) = json(&nodes, &rtt, exclusions, options);
        let number = |name: &str| report[name].as_u64().unwrap();
        (number("hosts"), number("anchors"))
    };
    assert_eq!(count("kind,name\nbad_coord,Tokyo\n", &[]), (8, 7));
    assert_eq!(count("kind,name\nsuspect,Tokyo\n", &[]), (7, 7));
    assert_eq!(count("kind,name\ndrop_src,Tokyo\n", &[]), (8, 7));
    assert_eq!(count("", &["--anchors", "3"]), (8, 3));
    assert_eq!(count("", &["--anchors", "100"]), (8, 8));
}

#[test]
fn anchors_are_picked_by_each_rule_and_the_planners_refutes_most_with_few() {
    let (nodes, rtt) = files(1.4, false);
    let refuted = |pick: &str| {
        let (status, report) = json(&nodes, &rtt, "", &["--anchors", "3", "--pick", pick]);
        assert_eq!((status, &report["anchors"]), (0, &3.into()));
        assert_eq!(report["pick"], pick);
        report["tiers"]["2/3c"]["refuted"].as_u64().unwrap()
    };
    let (exclusion, population) = (refuted("exclusion"), refuted("population"));
    assert!(
        exclusion >= population,
        "{exclusion} and {population} refuted"
    );
    assert!(exclusion > refuted("spaced"));
    let (_, by_default) = json(&nodes, &rtt, "", &["--anchors", "3"]);
    assert_eq!(by_default["pick"], "spaced");
    let all = |pick: &str| json(&nodes, &rtt, "", &["--pick", pick]).1["tiers"].clone();
    assert_eq!(all("exclusion"), all("spaced"));
    assert!(
        Line::try_parse_from(["eval", "--nodes", "a", "--rtt", "b", "--pick", "best"]).is_err()
    );
}

#[test]
fn more_liars_allowed_refute_less_and_a_provider_is_one_vote() {
    let (nodes, rtt) = files(1.3, false);
    let refuted = |options: &[&str]| {
        let (_, report) = json(&nodes, &rtt, "", options);
        report["tiers"]["2/3c"]["refuted"].as_u64().unwrap()
    };
    let (none, one) = (refuted(&[]), refuted(&["--lying-votes", "1"]));
    assert!(one < none);
    assert!(refuted(&["--lying-votes", "1", "--votes", "provider"]) < one);
    assert_eq!(refuted(&["--votes", "provider"]), none);
    assert_eq!(refuted(&["--lying-votes", "3", "--votes", "provider"]), 0);
    assert!(refuted(&["--survey-error-m", "500000"]) < none);
}

#[test]
fn the_table_says_the_same() {
    let (nodes, rtt) = files(1.5, true);
    let (status, text) = evaluate(&nodes, &rtt, "kind,name\nbad_truth,Ceiba\n", &[]).unwrap();
    assert_eq!(status, 0);
    assert!(
        text.starts_with("8 hosts, 8 anchors, one vote for each node, 0 may lie"),
        "{text}"
    );
    assert!(!text.contains("true territory excluded at"), "{text}");
    assert!(text.contains("bad_truth 8 Ceiba, declared in HN: excluded at c, 0.69c, 2/3c"));
    // 20 solves and a scan between two looks at the clock each.
    assert!(text.contains("a solve is 20 times faster"), "{text}");
    assert!(
        text.contains("of 1992 (")
            && text.contains("of 56 (")
            && text.contains("belief: median error ")
    );
    let (status, text) = evaluate(&nodes, &rtt, "", &["--no-scan", "--no-belief"]).unwrap();
    assert!(text.contains("belief: not measured"));
    assert_eq!(status, TRUE_EXCLUDED);
    assert!(text.contains("\ntrue territory excluded at c: "), "{text}");
}

#[test]
fn nodes_that_cannot_be_hosts_are_named_and_may_still_be_anchors() {
    let (nodes, rtt) = files(1.5, false);
    let nodes = nodes.replace(",JP,", ",ZZ,").replace(",DE,", ",de,");
    let nodes = nodes + "9,Alone,Alone,XK,42.6,21.1,,s\n";
    let (status, report) = json(&nodes, &rtt, "", &[]);
    let counts = (&report["hosts"], &report["anchors"]);
    assert_eq!((status, counts), (0, (&7.into(), &8.into())));
    let expected = serde_json::json!([
        {"id": "4", "why": "territory `ZZ` is not in the territory data"},
        {"id": "9", "why": "no anchor saw it"},
    ]);
    assert_eq!(report["left_out"], expected);
    let (_, text) = evaluate(&nodes, &rtt, "", &["--no-scan"]).unwrap();
    assert!(
        text.contains("left out as a host: 9: no anchor saw it"),
        "{text}"
    );
}

#[test]
fn files_that_cannot_be_used_are_named() {
    let (nodes, rtt) = files(1.5, false);
    let message =
        |nodes: &str, rtt: &str| format!("{:#}", evaluate(nodes, rtt, "", &[]).unwrap_err());
    assert!(message(&nodes, &rtt.replace("0,1,", "0,77,")).contains("rtt.csv, line 2"));
    assert!(message(&nodes, "src,dst,rtt_ms\n").contains("no host"));
    for bad in ["0", "-1", "x", ""] {
        assert!(bad.parse::<AnchorCount>().is_err());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn any_round_trips_are_answered(times in proptest::collection::vec(
        prop_oneof![Just(0.0), Just(1e-9), Just(60_000.0), 0.0f64..300.0], 56)) {
        let (nodes, _) = files(1.0, false);
        let mut rtt = "src,dst,rtt_ms\n".to_owned();
        let pairs = (0..8).flat_map(|a| (0..8).filter(move |b| *b != a).map(move |b| (a, b)));
        for ((a, b), ms) in pairs.zip(times) {
            rtt += &format!("{a},{b},{ms}\n");
        }
        let world = measured::parse(nodes.as_bytes(), rtt.as_bytes(), b"").unwrap();
        let line = Line::try_parse_from(["eval", "--nodes", "n", "--rtt", "r"]).unwrap();
        let trial = trial::Trial::new(world, &line.arguments, Territories::builtin()).unwrap();
        let score = score::score(&trial, Territories::builtin(), &|| Duration::ZERO, &|| ()).unwrap();
        prop_assert_eq!(score.tiers[0].all.made, 8 * 249);
        prop_assert!(score.tiers[0].all.refuted <= score.tiers[2].all.refuted);
        for tier in &score.tiers {
            // What nobody can refute was not refuted.
            prop_assert!(tier.all.refuted + tier.all.irrefutable <= tier.all.made);
            prop_assert!(tier.set.refuted + tier.set.irrefutable <= tier.set.made);
        }
    }
}
