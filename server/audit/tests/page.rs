//! `PROVES.md`: every command on the page is one that the program takes, every test it names is there, and every
//! line of what is proved has both.
#![allow(clippy::unwrap_used)]

use clap::Parser as _;
use domicile_audit::cli::Cli;
use std::fs;
use std::path::Path;

#[test]
fn every_command_and_test_on_the_page_exists() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let page = fs::read_to_string(root.join("server/audit/PROVES.md")).unwrap();
    let (proved, not_proved) = page.split_once("## What it does not prove").unwrap();
    let mut lines = 0;
    for row in proved.lines().filter(|line| line.starts_with("| ")) {
        if row.starts_with("| |") {
            continue;
        }
        let (commands, tests) = quoted(row, &root);
        assert!(
            commands > 0 && tests > 0,
            "{commands} commands, {tests} tests: {row}"
        );
        lines += 1;
    }
    assert!(lines >= 15, "{lines} lines");
    let open = not_proved
        .lines()
        .filter(|line| line.starts_with("| "))
        .count();
    assert!(open >= 10, "{open} lines of what is not proved");
    quoted(not_proved, &root);
}

/// How many commands and tests stand in this text between backquotes; each must exist.
fn quoted(text: &str, root: &Path) -> (usize, usize) {
    let (mut commands, mut tests) = (0, 0);
    for name in text.split('`').skip(1).step_by(2) {
        if name.starts_with("domicile-audit ") {
            let parsed = Cli::try_parse_from(name.split(' '));
            assert!(parsed.is_ok(), "{name}: {}", parsed.unwrap_err());
            commands += 1;
        } else if name.starts_with("server/") {
            let (path, test) = name
                .split_once("::")
                .map_or((name, None), |(p, t)| (p, Some(t)));
            let source = fs::read_to_string(root.join(path));
            let source = source.unwrap_or_else(|error| panic!("{path}: {error}"));
            let is_there = |test: &str| source.contains(&format!("fn {test}("));
            assert!(test.is_none_or(is_there), "no {name}");
            tests += 1;
        }
    }
    (commands, tests)
}
