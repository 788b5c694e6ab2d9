//! The manual pages under `deploy/man` and the completions under `deploy/completions` are those of
//! the command lines as they are. `DOMICILE_REGENERATE=1 cargo test -p domicile-world --test manual`
//! writes them anew.
#![allow(clippy::unwrap_used)]

use clap::{Command, CommandFactory as _};
use clap_complete::Shell;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// Every program that is packaged.
fn programs() -> Vec<Command> {
    vec![
        domicile_daemon::cli::Cli::command(),
        domicile_anchor::cli::Arguments::command(),
        domicile_audit::cli::Cli::command(),
        domicile_desk::cli::Cli::command(),
        domicile_collector::cli::Arguments::command(),
        domicile_witness::cli::Arguments::command(),
    ]
}

/// File name to content.
fn files(folder: &Path) -> BTreeMap<String, String> {
    let entries = fs::read_dir(folder).into_iter().flatten();
    entries
        .map(|entry| {
            let entry = entry.unwrap();
            let text = fs::read_to_string(entry.path()).unwrap();
            (entry.file_name().into_string().unwrap(), text)
        })
        .collect()
}

fn compare(folder: &str, write: impl Fn(&Path)) {
    let committed = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../deploy")
        .join(folder);
    if std::env::var_os("DOMICILE_REGENERATE").is_some() {
        let _ = fs::remove_dir_all(&committed);
        fs::create_dir_all(&committed).unwrap();
        write(&committed);
    }
    let fresh = tempfile::tempdir().unwrap();
    write(fresh.path());
    let (wanted, there) = (files(fresh.path()), files(&committed));
    let names = |files: &BTreeMap<String, String>| files.keys().cloned().collect::<Vec<_>>();
    assert!(wanted.len() >= programs().len());
    assert_eq!(names(&there), names(&wanted), "deploy/{folder}");
    for (name, text) in &wanted {
        assert!(
            there[name] == *text,
            "deploy/{folder}/{name} is not what the program says: \
             DOMICILE_REGENERATE=1 cargo test -p domicile-world --test manual"
        );
    }
}

#[test]
fn pages_are_those_of_the_programs() {
    compare("man", |folder| {
        for command in programs() {
            clap_mangen::generate_to(command, folder).unwrap();
        }
    });
}

#[test]
fn completions_are_those_of_the_programs() {
    compare("completions", |folder| {
        for mut command in programs() {
            let name = command.get_name().to_owned();
            for shell in [Shell::Bash, Shell::Zsh, Shell::Fish] {
                clap_complete::generate_to(shell, &mut command, &name, folder).unwrap();
            }
        }
    });
}
