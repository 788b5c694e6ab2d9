//! `plan` with the real program: files in, answers and clear refusals out.
#![allow(clippy::unwrap_used)]

mod harness;

use harness::Vendor;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use tempfile::TempDir;

/// Two trust domains in each of four cities.
const ANCHORS: &str = "name,vote,lat,lon
sin-a,a,1.29,103.85
sin-b,b,1.30,103.80
hkg-a,a,22.30,114.17
hkg-b,b,22.28,114.15
fra-a,a,50.11,8.68
fra-b,b,50.10,8.70
han-a,a,21.03,105.85
han-b,b,21.02,105.84
";

const METROS: &str = "name,territory,lat,lon,weight
Singapore,SG,1.29,103.85,6
Hong Kong,HK,22.30,114.17,7
Frankfurt,DE,50.11,8.68,1
Hanoi,VN,21.03,105.85,8
Nairobi,KE,-1.29,36.82,5
Shenzhen,CN,22.55,114.05,13
";

struct Folder(TempDir);

impl Folder {
    fn new() -> Self {
        let folder = Self(tempfile::tempdir().unwrap());
        folder.write("anchors.csv", ANCHORS);
        folder.write("metros.csv", METROS);
        folder
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path(name), text).unwrap();
    }

    /// With the folder's anchors and metros.
    fn plan(&self, options: &[&str]) -> Output {
        let files = ["--anchors", "anchors.csv", "--metros", "metros.csv"];
        plan(self.0.path(), &[files.as_slice(), options].concat())
    }

    fn json(&self, options: &[&str]) -> Value {
        let output = self.plan(&[options, &["--format", "json"]].concat());
        serde_json::from_slice(&succeeded(&output).stdout).unwrap()
    }
}

fn plan(folder: &Path, options: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_domicile-collector"));
    command.arg("plan").args(options).current_dir(folder);
    command.env_remove("RUST_BACKTRACE");
    command.output().unwrap()
}

fn succeeded(output: &Output) -> &Output {
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{error}");
    output
}

fn refusal(output: &Output) -> String {
    assert!(!output.status.success() && output.stdout.is_empty());
    String::from_utf8(output.stderr.clone()).unwrap()
}

fn metro<'v>(plan: &'v Value, name: &str) -> &'v Value {
    let metros = plan["metros"].as_array().unwrap();
    metros.iter().find(|metro| metro["name"] == name).unwrap()
}

fn standing<'v>(plan: &'v Value, name: &str) -> &'v str {
    metro(plan, name)["tiers"]["0.69c"]["standing"]
        .as_str()
        .unwrap()
}

#[test]
fn what_can_be_confirmed_and_what_cannot_is_said() {
    let folder = Folder::new();
    let plan = folder.json(&["--deny", "CN", "--next", "2"]);
    assert_eq!(standing(&plan, "Singapore"), "denied-excluded");
    assert_eq!(standing(&plan, "Frankfurt"), "denied-excluded");
    assert_eq!(standing(&plan, "Hong Kong"), "inseparable");
    assert_eq!(standing(&plan, "Hanoi"), "within-budget");
    assert_eq!(
        metro(&plan, "Hong Kong")["tiers"]["c"]["inseparable"][0],
        "CN"
    );
    assert!(
        plan["metros"]
            .as_array()
            .unwrap()
            .iter()
            .all(|m| m["name"] != "Shenzhen")
    );
    // Hanoi is 120 km from China: 1.2 ms at 0.69 c, less at c.
    let limit = |tier: &str| {
        metro(&plan, "Hanoi")["tiers"][tier]["budget"]["limits"][0]["rtt_ms"]
            .as_f64()
            .unwrap()
    };
    assert!((0.9..1.3).contains(&limit("0.69c")), "{}", limit("0.69c"));
    assert!(limit("c") < limit("0.69c") && limit("0.69c") < limit("2/3c"));
    let malaysia = folder.json(&["--deny", "MY"]);
    assert_eq!(standing(&malaysia, "Singapore"), "inseparable");
    let licence = folder.json(&["--permit", "DE,FR,CH,AT,LU,BE,NL,CZ,LI"]);
    assert_eq!(standing(&licence, "Frankfurt"), "confined");
    assert_eq!(licence["metros"].as_array().unwrap().len(), 1);
}

#[test]
fn the_anchors_that_decide_and_the_next_ones_are_named() {
    let folder = Folder::new();
    folder.write(
        "anchors.csv",
        "name,vote,lat,lon\nfra-a,a,50.11,8.68\nfra-b,b,50.10,8.70\n",
    );
    let plan = folder.json(&["--deny", "CN,SO", "--next", "9", "--weights", "population"]);
    let pairs: Vec<u64> = plan["anchors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|a| a["pairs"].as_u64().unwrap())
        .collect();
    // Without either of them one vote is left, which may lie.
    assert!(pairs.iter().all(|pairs| *pairs >= 2), "{pairs:?}");
    let next = plan["next"].as_array().unwrap();
    let confirmed = |name: &str| {
        next.iter()
            .any(|step| step["confirmed"].as_array().unwrap().contains(&name.into()))
    };
    assert!(confirmed("Nairobi") && confirmed("Singapore"), "{next:#?}");
}

#[test]
fn a_signed_directory_and_a_policy_are_read() {
    let vendor = Vendor::new();
    let base = [
        "--directory",
        "directories/4.bin",
        "--trust",
        "ca/trust.toml",
        "--policy",
        "policy.toml",
    ];
    let with = |more: &[&str]| plan(vendor.dir.path(), &[&base, more].concat());
    let output = with(&["--licence", "asia", "--format", "json"]);
    let answer: Value = serde_json::from_slice(&succeeded(&output).stdout).unwrap();
    assert_eq!(standing(&answer, "sin"), "confined");
    assert_eq!(
        answer["premises"]["permitted"],
        serde_json::json!(["ID", "MY", "SG"])
    );
    assert_eq!(answer["premises"]["lying_votes"], 1);
    assert_eq!(
        answer["anchors"].as_array().unwrap().len(),
        vendor.world.directory.anchors.len()
    );

    let output = with(&["--licence", "america", "--format", "json"]);
    let america: Value = serde_json::from_slice(&succeeded(&output).stdout).unwrap();
    assert_eq!(america["premises"]["tier"], "c");

    let operator = &vendor.world.directory.anchors[0].operator;
    let output = with(&[
        "--licence",
        "asia",
        "--operator",
        operator,
        "--format",
        "json",
    ]);
    let without: Value = serde_json::from_slice(&succeeded(&output).stdout).unwrap();
    assert!(without["anchors"].as_array().unwrap().len() < vendor.world.directory.anchors.len());

    let error = refusal(&with(&[]));
    assert!(
        error.contains("--licence") && error.contains("america, asia"),
        "{error}"
    );
    let error = refusal(&with(&["--licence", "mars"]));
    assert!(error.contains("no licence `mars`"), "{error}");
    let mut altered = vendor.world.directory_bytes.clone();
    altered[100] ^= 1;
    vendor.write_directory("4.bin", &altered);
    let error = refusal(&with(&["--licence", "asia"]));
    assert!(error.contains("directories/4.bin"), "{error}");
}

#[test]
fn tables_sheets_and_maps_are_written() {
    let folder = Folder::new();
    let output = folder.plan(&["--deny", "CN,RU", "--next", "1", "--map", "plan.svg"]);
    let table = String::from_utf8(succeeded(&output).stdout.clone()).unwrap();
    for part in [
        "Cannot be separated at 0.69c",
        "Hong Kong (HK) from CN",
        "RTT budget",
        "Nairobi",
        "han-a",
    ] {
        assert!(table.contains(part), "{part} in {table}");
    }
    let svg = std::fs::read_to_string(folder.path("plan.svg")).unwrap();
    assert!(
        svg.starts_with("<svg xmlns=\"http://www.w3.org/2000/svg\"") && svg.ends_with("</svg>\n")
    );
    assert!(svg.contains("Hong Kong (HK): inseparable"));

    let output = folder.plan(&["--deny", "CN,RU", "--format", "csv"]);
    let sheet = succeeded(&output).stdout.clone();
    let mut reader = csv::Reader::from_reader(sheet.as_slice());
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    assert_eq!(rows.len(), 5 * 3);
    assert!(
        rows.iter()
            .any(|row| &row[0] == "Hong Kong" && &row[5] == "inseparable" && &row[11] == "CN")
    );
    let again = folder.plan(&["--deny", "CN,RU", "--format", "csv"]);
    assert_eq!(again.stdout, sheet);
}

#[test]
fn no_name_becomes_a_formula_or_markup() {
    let folder = Folder::new();
    let hostile = "name,territory,lat,lon\n\"=HYPERLINK(\"\"x\"\",1)\",DE,50.11,8.68\n\"<b>&\",SG,1.29,103.85\n";
    folder.write("metros.csv", hostile);
    folder.write(
        "anchors.csv",
        "name,vote,lat,lon\n@a,a,50.11,8.68\n+b,b,50.10,8.70\n-c,c,1.3,103.8\n",
    );
    let output = folder.plan(&["--deny", "CN", "--format", "csv", "--map", "plan.svg"]);
    let sheet = String::from_utf8(succeeded(&output).stdout.clone()).unwrap();
    let mut reader = csv::Reader::from_reader(sheet.as_bytes());
    for row in reader.records().map(Result::unwrap) {
        for cell in [&row[0], &row[7]] {
            assert!(!cell.starts_with(['=', '+', '-', '@']), "{cell}");
        }
    }
    assert!(sheet.contains("'=HYPERLINK") && sheet.contains("'@a"));
    let svg = std::fs::read_to_string(folder.path("plan.svg")).unwrap();
    assert!(!svg.contains("<b>") && svg.contains("&lt;b&gt;&amp;"));
}

#[test]
fn bad_input_is_refused_with_what_to_do() {
    let folder = Folder::new();
    let cases: &[(&[&str], &str)] = &[
        (&[], "--deny"),
        (&["--deny", "XX"], "XX"),
        (&["--deny", "china"], "two letters"),
        (
            &["--deny", "CN", "--permit", "SG,CN"],
            "both denied and permitted",
        ),
        (&["--deny", "CN", "--tier", "0.7c"], "not a tier"),
        (&["--deny", "CN", "--lying-votes", "9"], "9"),
        (&["--deny", "CN", "--path-speed", "2"], "0.01 to 1"),
        (&["--permit", "FR"], "no metro is left"),
        (&["--deny", "CN", "--candidates", "none.csv"], "none.csv"),
        (
            &["--deny", "CN", "--map", "no/such/folder/plan.svg"],
            "plan.svg",
        ),
        (&["--deny", "CN", "--operator", "x"], "--anchors"),
    ];
    for (options, expected) in cases {
        let error = refusal(&folder.plan(options));
        assert!(error.contains(expected), "{options:?}: {error}");
    }
    for (anchors, expected) in [
        ("", "header"),
        ("name,vote,lat\nx,y,1\n", "lon"),
        ("name,vote,lat,lon,altitude\nx,y,1,2,3\n", "altitude"),
        ("name,vote,lat,lon\nx,y,91,2\n", "line 2"),
        ("name,vote,lat,lon\nx,y,NaN,2\n", "line 2"),
        ("name,vote,lat,lon\nx,y,1,2\nx,y,1\n", "line: 3"),
        ("name,vote,lat,lon\n,y,1,2\n", "line 2"),
        ("name,vote,lat,lon\n", "no anchor"),
    ] {
        folder.write("anchors.csv", anchors);
        let error = refusal(&folder.plan(&["--deny", "CN"]));
        assert!(error.contains(expected), "{anchors:?}: {error}");
    }
    folder.write("anchors.csv", ANCHORS);
    for (metros, expected) in [
        (
            "name,territory,lat,lon\nParis,DE,48.85,2.35\n",
            "is in FR, not in DE",
        ),
        (
            "name,territory,lat,lon\nParis,fr,48.85,2.35\n",
            "two letters",
        ),
        (
            "name,territory,lat,lon,weight\nParis,FR,48.85,2.35,-1\n",
            "weight",
        ),
        ("name,territory,lat,lon\n", "0 places"),
    ] {
        folder.write("metros.csv", metros);
        let error = refusal(&folder.plan(&["--deny", "CN"]));
        assert!(error.contains(expected), "{metros:?}: {error}");
    }
}

#[test]
fn limits_of_a_zone_are_written_for_agents_in_coarse_mode() {
    let vendor = Vendor::new();
    let folder = vendor.dir.path();
    let base = [
        "--directory",
        "directories/4.bin",
        "--trust",
        "ca/trust.toml",
        "--limits-out",
        "zone.toml",
    ];
    let with = |more: &[&str]| plan(folder, &[&base, more].concat());
    // One city state: no limit that a path keeps, and no file.
    let error = refusal(&with(&["--permit", "SG"]));
    assert!(error.contains("confirms no metro of this zone"), "{error}");
    assert!(!folder.join("zone.toml").exists());

    let policy = ["--policy", "policy.toml", "--licence", "asia"];
    let output = with(&policy);
    let text = String::from_utf8(succeeded(&output).stdout.clone()).unwrap();
    assert!(text.contains("Zone limits for coarse sessions"), "{text}");
    let file = std::fs::read(folder.join("zone.toml")).unwrap();
    let zone = domicile_certs::Zone::parse(&file).unwrap();
    assert_eq!((zone.name.as_str(), zone.votes), ("asia", 3));
    assert_eq!(zone.tier, "0.69c");
    assert!(zone.excludes.contains(&"CN".to_owned()));
    // Singapore's anchors have one; those that stand in denied land have none.
    let named = |name: &str| {
        let anchors = &vendor.world.directory.anchors;
        anchors.iter().find(|anchor| anchor.name == name).unwrap()
    };
    assert!(zone.limit_ns(named("sin-0")).unwrap() > 5_000_000);
    assert_eq!(zone.limit_ns(named("pek-0")), None);

    let output = with(&[policy.as_slice(), &["--format", "json"]].concat());
    let answer: Value = serde_json::from_slice(&succeeded(&output).stdout).unwrap();
    let metros = answer["zone"]["metros"].as_array().unwrap();
    let sin = metros.iter().find(|metro| metro["name"] == "sin").unwrap();
    assert_eq!(sin["confirmed"], "every");
}
