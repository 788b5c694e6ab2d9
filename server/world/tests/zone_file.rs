//! The zone file on its way: planned by the vendor's program, installed and read by the operator's.
#![allow(clippy::unwrap_used)]

use domicile_world::programs::Programs;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

/// Runs a program in `folder`; gives what it said, whichever way, and whether it succeeded.
fn run(folder: &Path, program: &Path, arguments: &[&str]) -> (bool, String) {
    let mut command = Command::new(program);
    let Output {
        status,
        stdout,
        stderr,
    } = command
        .args(arguments)
        .current_dir(folder)
        .output()
        .unwrap();
    let text = String::from_utf8([stdout, stderr].concat()).unwrap();
    (status.success(), text)
}

fn done(folder: &Path, program: &Path, arguments: &[&str]) -> String {
    let (succeeded, text) = run(folder, program, arguments);
    assert!(succeeded, "{arguments:?}: {text}");
    text
}

/// The vendor's files: those of `deploy/example`, signed.
fn vendor(folder: &Path, certs: &Path) {
    let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deploy/example");
    for file in ["directory.toml", "policy.toml"] {
        fs::copy(example.join(file), folder.join(file)).unwrap();
    }
    done(folder, certs, &["init", "ca"]);
    for name in ["sin-a", "sin-b", "sin-c"] {
        let issue = [
            "issue", "anchor", "--ca", "ca", "--name", name, "--out", ".",
        ];
        done(folder, certs, &issue);
    }
    let issue = "issue collector --ca ca --name collector --out .";
    done(folder, certs, &issue.split(' ').collect::<Vec<_>>());
    done(folder, certs, &["log-key", "--out", "log.key"]);
    let sign = "directory sign --ca ca --in directory.toml --out directory.bin";
    done(folder, certs, &sign.split(' ').collect::<Vec<_>>());
}

#[test]
fn what_the_planner_writes_the_agent_installs_and_nothing_else() {
    let programs = Programs::build(env!("CARGO_BIN_EXE_domicile-world").as_ref()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    vendor(folder, &programs.certs);
    let plan = "plan --directory directory.bin --trust ca/trust.toml --policy policy.toml \
                --licence L-2026-001 --limits-out zone.toml";
    let plan: Vec<&str> = plan.split_whitespace().collect();
    done(folder, &programs.collector, &plan);
    let planned = fs::read(folder.join("zone.toml")).unwrap();

    let agent = |arguments: &[&str]| {
        let all = [&["--state-dir", "state"], arguments].concat();
        run(folder, &programs.agent, &all)
    };
    let install = [
        "directory",
        "install",
        "directory.bin",
        "--trust",
        "ca/trust.toml",
    ];
    assert!(agent(&install).0);
    let (installed, text) = agent(&["zone", "install", "zone.toml"]);
    assert!(installed, "{text}");
    for said in [
        "zone L-2026-001",
        "sin-a",
        "sin-b",
        "sin-c",
        "not in: ",
        " CN ",
    ] {
        assert!(text.contains(said), "{said} in {text}");
    }
    assert_eq!(agent(&["zone", "show"]), (true, text));
    let kept = || fs::read(folder.join("state/zone.toml")).unwrap();
    assert_eq!(kept(), planned, "the same bytes");

    // A limit that no round may take, none, none at all, another key's form, two for one anchor.
    let planned = String::from_utf8(planned).unwrap();
    let limit = planned
        .lines()
        .find(|line| line.starts_with("limit-ns"))
        .unwrap();
    let (head, anchors) = planned.split_once("[[anchor]]").unwrap();
    let first = anchors.split("[[anchor]]").next().unwrap();
    for (bad, said) in [
        (planned.replacen(limit, "limit-ns = 0", 1), "limit-ns"),
        (planned.replacen(limit, "limit-ns = -1", 1), "line"),
        (
            planned.replacen(limit, "limit-ns = 10000000001", 1),
            "limit-ns",
        ),
        (planned.replacen(limit, "", 1), "limit-ns"),
        (planned.replacen("key = \"", "key = \"zz", 1), "key"),
        (format!("{planned}\n[[anchor]]{first}"), "twice"),
        (format!("{head}anchor = []\n"), "no anchor"),
        (format!("url = \"x\"\n{planned}"), "url"),
        ("\u{0}".repeat(10), "line"),
        ("#".repeat(10_000_000), "bytes"),
    ] {
        fs::write(folder.join("bad.toml"), &bad).unwrap();
        let (installed, text) = agent(&["zone", "install", "bad.toml"]);
        assert!(!installed, "{said}: {text}");
        assert!(
            text.contains(said) && text.contains("bad.toml"),
            "{said}: {text}"
        );
        assert_eq!(kept(), planned.as_bytes(), "what was installed stays");
    }
}
