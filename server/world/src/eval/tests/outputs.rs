//! What is reported beside the counts: baselines, pictures, and the shape of the JSON.

use super::*;
use serde_json::{Value, json};

#[test]
fn baselines_are_reported_beside_the_rest() {
    // Every path is 1.5 times the distance at 2/3 c, so bestlines are exact.
    let (nodes, rtt) = files(1.5, false);
    let (status, report) = json(
        &nodes,
        &rtt,
        "kind,name\nbad_coord,Tokyo\n",
        &["--baselines"],
    );
    assert_eq!(status, 0);
    let baselines = report["baselines"].as_object().unwrap();
    let names: Vec<&String> = baselines.keys().collect();
    assert_eq!(names, ["cbg", "cbg++", "shortest_ping", "spotter"]);
    let km = |name: &str| baselines[name]["median_km"].as_f64().unwrap();
    assert!(km("cbg++") < 60.0 && km("cbg") < 300.0, "{report}");
    assert!(km("shortest_ping") > 1000.0);
    // Too few pairs for a distribution: no answer, and never right.
    assert!(baselines["spotter"]["median_km"].is_null());
    assert_eq!(baselines["spotter"]["top1_share"], 0.0);
    for name in ["cbg", "cbg++"] {
        assert_eq!(baselines[name]["true_excluded"], serde_json::json!([]));
        assert_eq!(baselines[name]["place_outside"], 0);
        assert_eq!(baselines[name]["empty_regions"], 0);
    }
    assert!(baselines["spotter"]["true_excluded"].is_null());
    let (_, without) = json(&nodes, &rtt, "", &[]);
    assert!(without.get("baselines").is_none());
    let (_, text) = evaluate(&nodes, &rtt, "", &["--no-scan", "--baselines"]).unwrap();
    assert!(
        text.contains("cbg++") && text.contains("true place outside"),
        "{text}"
    );
}

#[test]
fn cbg_leaves_out_a_host_to_which_paths_are_straighter_than_among_anchors() {
    // The physics still holds for it; what CBG learnt from the anchors does not.
    let (nodes, mut rtt) = files(2.0, false);
    let nodes = nodes + "9,Paris,Paris,FR,48.86,2.35,p9,s\n";
    for (a, place) in PLACES.iter().enumerate() {
        let ms = honest_ms((48.86, 2.35), (place.2, place.3), 1.05);
        rtt += &format!("{a},9,{ms:.4},min,1\n");
    }
    let (status, report) = json(&nodes, &rtt, "", &["--baselines"]);
    assert_eq!((status, &report["hosts"]), (0, &9.into()));
    assert_eq!(
        report["baselines"]["cbg"]["true_excluded"],
        serde_json::json!(["9"])
    );
    assert_eq!(report["baselines"]["cbg"]["empty_regions"], 1);
    assert_eq!(report["baselines"]["cbg++"]["empty_regions"], 0);
}

#[test]
fn plots_are_whole_files_that_hold_no_markup_from_outside() {
    let (nodes, rtt) = files(1.3, false);
    let nodes = PLACES.iter().fold(nodes, |nodes, place| {
        nodes.replace(&format!(",{0},{0},", place.0), ",<script>&,x,")
    });
    let folder = tempfile::tempdir().unwrap();
    let plots = folder.path().join("new/plots");
    let options = [
        "--no-scan",
        "--baselines",
        "--plots",
        plots.to_str().unwrap(),
    ];
    evaluate(&nodes, &rtt, "", &options).unwrap();
    let read = || -> Vec<(String, String)> {
        let mut files: Vec<_> = fs::read_dir(&plots)
            .unwrap()
            .map(|entry| entry.unwrap())
            .map(|entry| {
                let text = fs::read_to_string(entry.path()).unwrap();
                (entry.file_name().into_string().unwrap(), text)
            })
            .collect();
        files.sort();
        files
    };
    let first = read();
    let names: Vec<&str> = first.iter().map(|(name, _)| name.as_str()).collect();
    let expected = [
        "error-cdf.svg",
        "example.svg",
        "exclusion.svg",
        "reliability.svg",
    ];
    assert_eq!(names, expected);
    for (name, text) in &first {
        assert!(
            text.starts_with("<svg ") && text.ends_with("</svg>\n"),
            "{name}"
        );
        assert!(
            !text.contains("<script>") && !text.contains("NaN") && !text.contains("inf"),
            "{name}"
        );
    }
    assert!(first[1].1.contains("&lt;script"));
    // Again: in place of the old ones, the same bytes.
    evaluate(&nodes, &rtt, "", &options).unwrap();
    assert_eq!(read(), first);
    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();
    let error = evaluate(
        &nodes,
        &rtt,
        "",
        &["--no-scan", "--plots", file.to_str().unwrap()],
    );
    assert!(format!("{:#}", error.unwrap_err()).contains("cannot make the folder"));
}

/// What a JSON value is made of: of an object its fields, of a list its first element.
fn shape(value: &Value) -> Value {
    match value {
        Value::Object(fields) => {
            let fields = fields
                .iter()
                .map(|(name, value)| (name.clone(), shape(value)));
            Value::Object(fields.collect())
        }
        Value::Array(elements) => elements.iter().take(1).map(shape).collect(),
        Value::Null => "null".into(),
        Value::Bool(_) => "boolean".into(),
        Value::Number(_) => "number".into(),
        Value::String(_) => "string".into(),
    }
}

#[test]
fn the_json_has_this_shape() {
    let (nodes, rtt) = files(1.5, true);
    let nodes = nodes + "9,Alone,Alone,XK,42.6,21.1,,s\n";
    // Both a host of a false place that counts and one that is named.
    let exclusions = "kind,name\nbad_truth,Sydney\n";
    let (_, text) = evaluate(
        &nodes,
        &rtt,
        exclusions,
        &["--format", "json", "--baselines"],
    )
    .unwrap();
    let report: Value = serde_json::from_str(&text).unwrap();
    let tier = json!({
        "true_excluded": ["string"], "false_claims": "number", "refuted": "number",
        "set_false_claims": "number", "set_refuted": "number",
        "irrefutable": "number", "set_irrefutable": "number",
        "cn_excluded": "number", "ru_excluded": "number",
    });
    let by_tier = json!({"c": "number", "0.69c": "number", "2/3c": "number"});
    let class =
        json!({"from": "number", "to": "number", "hosts": "number", "cn_excluded": by_tier});
    let region = json!({
        "median_km": "number", "p90_km": "number", "top1_share": "number",
        "true_excluded": ["string"], "place_outside": "number", "empty_regions": "number",
    });
    let expected = json!({
        "hosts": "number", "anchors": "number", "votes": "string", "lying_votes": "number",
        "pick": "string", "survey_error_m": "number", "cn_hosts": "number", "ru_hosts": "number",
        "tiers": {"c": tier, "0.69c": tier, "2/3c": tier},
        "by_nearest_rtt_ms": [class], "asia_pacific": class,
        "doubtful": [{
            "id": "string", "name": "string", "kind": "string", "declared": "string", "excluded": [],
        }],
        "left_out": [{"id": "string", "why": "string"}],
        "belief": {
            "median_km": "number", "p90_km": "number", "top1_share": "number", "ece": "number",
            "reliability": [{
                "from": "number", "to": "number", "hosts": "number", "probability": "number",
                "right": "number",
            }],
        },
        "baselines": {
            "cbg": region, "cbg++": region,
            "shortest_ping": {
                "median_km": "number", "p90_km": "number", "top1_share": "number",
                "true_excluded": "null", "place_outside": "null", "empty_regions": "null",
            },
            "spotter": {
                "median_km": "number", "p90_km": "null", "top1_share": "number",
                "true_excluded": "null", "place_outside": "null", "empty_regions": "null",
            },
        },
        "solve_us": {"median": "number", "p99": "number"}, "speedup_over_scan": "number",
    });
    assert_eq!(shape(&report), expected);
}
