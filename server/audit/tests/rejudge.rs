//! `policy rejudge`: a fleet judged anew, broken off at any time.
#![allow(clippy::unwrap_used)]

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::Duration;

const HOSTS: usize = 30_000;

fn command(folder: &Path, out: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_domicile-audit"));
    let fixed =
        "policy rejudge before packs --hosts hosts.csv --as-of 2026-01-20 --checkpoint 2000 --out";
    command.args(fixed.split(' ')).arg(out).current_dir(folder);
    command
}

fn text(output: &Output) -> String {
    String::from_utf8([&output.stdout[..], &output.stderr].concat()).unwrap()
}

/// The shipped packs, the same without the rule for the H200's class, and a list of hosts.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    for out in ["packs", "before"] {
        let shipped = Command::new(env!("CARGO_BIN_EXE_domicile-audit"))
            .args(["policy", "shipped", "--out", out])
            .current_dir(folder.path())
            .output();
        assert!(shipped.unwrap().status.success());
    }
    let us = fs::read_to_string(path("before/us.toml")).unwrap();
    let rule = us.find("id = \"us-2026-01-15-h200-class\"").unwrap();
    let (head, tail) = us.split_at(rule);
    let other = format!("{head}{}", tail.replacen("case-by-case", "denied", 1));
    fs::write(path("before/us.toml"), other).unwrap();
    let mut list = "model,host,territory,headquarters,shipped-from\n".to_owned();
    for number in 0..HOSTS {
        let (model, territory) = (
            ["H200", "H100", "A100"][number % 3],
            ["CN", "SG"][number % 2],
        );
        // A name with everything that CSV quotes.
        let name = match number % 1000 {
            7 => format!("\"rack, {number}\nof \"\"two\"\" lines\""),
            _ => format!("host-{number}"),
        };
        writeln!(list, "{model},{name},{territory},{territory},US").unwrap();
    }
    fs::write(path("hosts.csv"), list).unwrap();
    folder
}

#[test]
fn killed_at_any_time_it_goes_on_to_the_same_bytes() {
    let folder = folder();
    let straight = command(folder.path(), "straight").output().unwrap();
    assert!(straight.status.success(), "{}", text(&straight));
    let whole = fs::read(folder.path().join("straight")).unwrap();
    assert_eq!(whole.iter().filter(|byte| **byte == b'\n').count(), HOSTS);
    let said = text(&straight);
    assert!(
        said.contains(&format!("of {HOSTS} hosts get another answer")),
        "{said}"
    );
    assert!(said.contains("decisions in"), "{said}");

    let (mut kills, mut wait) = (0_u64, 5);
    let last = loop {
        let mut child = command(folder.path(), "broken")
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        std::thread::sleep(Duration::from_millis(wait));
        if child.try_wait().unwrap().is_some() {
            break child.wait_with_output().unwrap();
        }
        child.kill().unwrap();
        child.wait().unwrap();
        kills += 1;
        // Neither always at the same point, nor for ever before the first checkpoint.
        wait = (wait * 7 + 13) % 400 + kills * 10;
        // A torn line behind what is durable, as a cut of power leaves one.
        let part = folder.path().join("broken.part");
        if let Ok(mut bytes) = fs::read(&part) {
            bytes.extend(b"{\"host\":\"torn");
            fs::write(&part, bytes).unwrap();
        }
    };
    assert!(last.status.success(), "{}", text(&last));
    assert!(kills > 2, "{kills}");
    assert!(text(&last).contains("were done before"), "{}", text(&last));
    assert_eq!(
        last.stdout, straight.stdout,
        "the counts are of the whole list"
    );
    assert!(fs::read(folder.path().join("broken")).unwrap() == whole);
    for left in ["broken.part", "broken.part.json"] {
        assert!(!folder.path().join(left).exists());
    }
}

#[test]
fn what_was_begun_with_another_question_is_not_gone_on_with() {
    let folder = folder();
    let mut child = command(folder.path(), "out")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let state = folder.path().join("out.part.json");
    while !state.exists() && child.try_wait().unwrap().is_none() {
        std::thread::sleep(Duration::from_millis(1));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(state.exists(), "killed too late");
    let list = folder.path().join("hosts.csv");
    let text_of = fs::read_to_string(&list).unwrap();
    fs::write(&list, text_of.replacen("A100", "H100", 1)).unwrap();
    let output = command(folder.path(), "out").output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(
        text(&output).contains("another question"),
        "{}",
        text(&output)
    );

    // A finished file is never overwritten.
    let output = command(folder.path(), "hosts.csv").output().unwrap();
    assert_eq!(output.status.code(), Some(2));
}
