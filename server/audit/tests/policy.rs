//! `policy` and `registry`: the programs themselves, on files.
#![allow(clippy::unwrap_used)]

use domicile_appraise::policy::Policy;
use domicile_certs::authority::Authority;
use domicile_certs::random::Seeded;
use domicile_geo::Territories;
use domicile_proto::sign::SigningKey;
use std::fmt::Write as _;
use std::path::Path;
use std::process::{Command, Output};

fn run(folder: &Path, arguments: &str) -> (i32, String, String) {
    let Output {
        status,
        stdout,
        stderr,
    } = Command::new(env!("CARGO_BIN_EXE_domicile-audit"))
        .args(arguments.split_whitespace())
        .current_dir(folder)
        .output()
        .unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (status.code().unwrap(), text(stdout), text(stderr))
}

/// A folder with the shipped packs in `packs`, and a registry.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let (code, text, error) = run(folder.path(), "policy shipped --out packs");
    assert_eq!((code, error.as_str()), (0, ""), "{text}");
    let registry = "[[customer]]\nid = \"acme\"\nname = \"Acme\"\nheadquarters = \"SG\"\n\
        [[licence]]\nnumber = \"L-1\"\nauthority = \"BIS\"\nmodels = [\"H200\"]\nquantity = 8\nconsignee = \"acme\"\n\
        end-user = \"acme\"\nend-user-headquarters = \"SG\"\npermitted = [\"SG\", \"MY\"]\n\
        valid-from = \"2026-01-01\"\nvalid-until = \"2027-01-01\"\n";
    std::fs::write(folder.path().join("registry.toml"), registry).unwrap();
    folder
}

#[test]
fn packs_are_checked_and_tried_and_what_fails_exits_1() {
    let folder = folder();
    let at = |arguments: &str| run(folder.path(), arguments);
    assert_eq!(at("policy lint packs").0, 0);
    let (code, text, _) = at("policy test packs");
    assert!(
        code == 0 && text.ends_with("examples of 4 packs: all met\n"),
        "{text}"
    );
    assert_eq!(
        at("policy test").1,
        text,
        "the shipped packs are those that come with it"
    );
    // One outcome changed: the examples see it. One name changed: the linter sees it.
    let path = folder.path().join("packs/us.toml");
    let us = std::fs::read_to_string(&path).unwrap();
    let rule = "id = \"us-2026-01-15-h200-class\"";
    let at_rule = us.find(rule).unwrap();
    let (head, tail) = us.split_at(at_rule);
    std::fs::write(
        &path,
        format!("{head}{}", tail.replacen("case-by-case", "denied", 1)),
    )
    .unwrap();
    let (code, text, _) = at("policy test packs");
    assert!(
        code == 1 && text.contains("US supply enforceable") && text.contains("case-by-case"),
        "{text}"
    );
    std::fs::write(
        &path,
        format!(
            "{head}{}",
            tail.replacen("\"H200 class\"", "\"H2000 class\"", 1)
        ),
    )
    .unwrap();
    let (code, text, _) = at("policy lint packs");
    assert!(
        code == 1 && text.contains("\"H2000 class\" is defined nowhere"),
        "{text}"
    );
    let (code, _, error) = at("policy judge --pack packs --model H200");
    assert!(
        code == 2 && error.contains("H2000") && error.contains("us-2026-01-15-h200-class"),
        "{error}"
    );
    std::fs::write(
        &path,
        us.replacen("status = \"enacted\"", "status = \"likely\"", 1),
    )
    .unwrap();
    let (code, _, error) = at("policy lint packs");
    assert!(
        code == 2 && error.contains("packs/us.toml") && error.contains("line"),
        "{error}"
    );
}

#[test]
fn a_device_is_judged_as_of_any_day() {
    let folder = folder();
    let facts = "--model H200 --territory CN --headquarters CN --shipped-from US --no-licence --public-funding true";
    let (code, text, _) = run(folder.path(), &format!("policy judge --history {facts}"));
    assert_eq!(code, 0);
    insta::assert_snapshot!("policy_history", text);
    let (_, text, _) = run(
        folder.path(),
        &format!("policy judge --as-of 2026-01-20 {facts}"),
    );
    insta::assert_snapshot!("policy_judge", text);
    let (_, text, _) = run(
        folder.path(),
        &format!("policy judge --as-of 2026-01-20 --known-on 2026-01-01 --format json {facts}"),
    );
    let json: serde_json::Value = serde_json::from_str(&text).unwrap();
    let rules: Vec<&str> = json["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["rule"].as_str().unwrap())
        .collect();
    assert!(!rules.iter().any(|rule| rule.contains("2026")), "{rules:?}");
    let (code, _, error) = run(folder.path(), "policy judge --as-of 2026-02-30");
    assert!(code == 2 && error.contains("2026-01-15"), "{error}");
    let (code, _, error) = run(folder.path(), "policy judge --territory UK");
    assert!(
        code == 2 && error.contains("no territory of the data"),
        "{error}"
    );
}

#[test]
fn whose_answers_change_is_counted_or_listed() {
    let folder = folder();
    std::fs::create_dir(folder.path().join("older")).unwrap();
    let us = std::fs::read_to_string(folder.path().join("packs/us.toml")).unwrap();
    // The pack as it was before the rule of 2026: its rule and examples cut off.
    let cut = us
        .find("[[rule]]\nid = \"us-2026-01-15-h200-class\"")
        .unwrap();
    std::fs::write(folder.path().join("older/us.toml"), &us[..cut]).unwrap();
    let mut list = "host,model,territory,headquarters,shipped-from\n".to_owned();
    for host in 0..3000 {
        let territory = ["CN", "SG", "MY"][host % 3];
        writeln!(list, "h{host},H200,{territory},{territory},US").unwrap();
    }
    std::fs::write(folder.path().join("hosts.csv"), list).unwrap();
    let diff = "policy diff older/us.toml packs/us.toml --with packs/models.toml --hosts hosts.csv --as-of 2026-01-20";
    let (code, text, error) = run(folder.path(), diff);
    assert_eq!(
        (code, error.as_str()),
        (0, "1000 of 3000 hosts get another answer\n")
    );
    insta::assert_snapshot!("policy_diff", text);
    let (_, text, _) = run(folder.path(), &format!("{diff} --each --format csv"));
    assert_eq!(text.lines().count(), 2001);
    assert!(
        text.contains("h0,US supply enforceable,presumption-of-denial,case-by-case"),
        "{text}"
    );
    std::fs::write(
        folder.path().join("hosts.csv"),
        "host,territory\na,CN\nb,XX\n",
    )
    .unwrap();
    let (code, _, error) = run(folder.path(), diff);
    assert!(
        code == 2 && error.contains("hosts.csv: line 3: `territory`"),
        "{error}"
    );
}

#[test]
fn the_policy_file_that_is_built_is_one_that_verdicts_read() {
    let folder = folder();
    let build =
        "policy build --registry registry.toml --number 7 --out policy.toml --as-of 2026-01-20";
    let (code, text, error) = run(folder.path(), build);
    assert_eq!((code, error.as_str()), (0, ""), "{text}");
    let bytes = std::fs::read(folder.path().join("policy.toml")).unwrap();
    let territories = Territories::builtin();
    let policy = Policy::parse(&bytes, territories).unwrap();
    let rule = policy.licence("L-1").unwrap();
    let codes = |mask: &domicile_geo::TerritoryMask| {
        mask.codes(territories)
            .map(|code| code.to_string())
            .collect::<Vec<_>>()
    };
    assert_eq!(policy.version, 7);
    assert_eq!(codes(&rule.permitted), ["MY", "SG"]);
    assert!(codes(&rule.denied).contains(&"CN".to_owned()));
    let (code, _, error) = run(folder.path(), build);
    assert!(code == 2 && error.contains("exists already"), "{error}");
    std::fs::write(
        folder.path().join("registry.toml"),
        "[[customer]]\nid = \"a\"\nname = \"A\"\nheadquarters = \"XX\"\n",
    )
    .unwrap();
    let (code, _, error) = run(folder.path(), "registry check registry.toml");
    assert!(
        code == 1 && error.contains("registry.toml, line 1, `headquarters`"),
        "{error}"
    );
}

#[test]
fn a_signed_pack_is_read_under_the_vendors_key_only() {
    let folder = folder();
    let authority = Authority::generate(&mut Seeded::new(1), 1_767_225_600_000).unwrap();
    authority.write(&folder.path().join("ca")).unwrap();
    domicile_certs::keys::create(&folder.path().join("stranger.key"), &[200; 32]).unwrap();
    let sign = |key: &str, out: &str| {
        run(
            folder.path(),
            &format!("policy sign packs/us.toml --with packs/models.toml --key {key} --out {out}"),
        )
    };
    let (code, text, error) = sign("stranger.key", "stranger.signed");
    assert_eq!((code, error.as_str()), (0, ""), "{text}");
    assert!(
        text.contains(&SigningKey::from_seed(&[200; 32]).public().to_string()),
        "{text}"
    );
    let test = |pack: &str, trust: &str| {
        run(
            folder.path(),
            &format!("policy test {pack} packs/models.toml {trust}"),
        )
    };
    let (code, _, error) = test("stranger.signed", "--trust ca/trust.toml");
    assert!(code == 2 && error.contains("does not verify"), "{error}");
    let (code, _, error) = test("stranger.signed", "");
    assert!(code == 2 && error.contains("--trust"), "{error}");
    assert!(sign("stranger.key", "us.pack").2.contains(".signed"));
    assert_eq!(sign("ca/directory.key", "ours.signed").0, 0);
    let (code, text, error) = test("ours.signed", "--trust ca/trust.toml");
    assert_eq!((code, error.as_str()), (0, ""), "{text}");
}

#[test]
fn a_registry_is_converted_there_and_back_and_its_changes_listed() {
    let folder = folder();
    let at = |arguments: &str| run(folder.path(), arguments);
    assert_eq!(at("registry convert registry.toml csv").0, 0);
    assert_eq!(at("registry convert csv again.toml").0, 0);
    let (code, text, _) = at("registry check csv");
    assert_eq!(
        (code, text.as_str()),
        (0, "csv: 1 customers, 0 sites, 1 licences, 0 devices\n")
    );
    let (code, text, _) = at("registry changes registry.toml again.toml --who j.doe --why none");
    assert_eq!((code, text.as_str()), (0, "nothing found\n"));
    let licences = folder.path().join("csv/licences.csv");
    let changed = std::fs::read_to_string(&licences)
        .unwrap()
        .replace(",8,", ",9,");
    std::fs::write(&licences, changed).unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_domicile-audit"))
        .args([
            "registry",
            "changes",
            "registry.toml",
            "csv",
            "--who",
            "j.doe",
            "--why",
            "one more board",
            "--format",
            "json",
        ])
        .current_dir(folder.path())
        .output()
        .unwrap();
    let entry: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(entry["why"], "one more board");
    assert_eq!(entry["changes"][0]["field"], "quantity");
    assert_eq!(entry["changes"][0]["after"], "9");
}
