//! `policy` and `registry`: offline.

mod diff;
mod judge;
mod load;
mod registry;
mod rejudge;

pub(super) use registry::run as run_registry;

use super::{CommandError, Exit};
use crate::cli::policy::{BuildArgs, Days, PolicyCommand};
use crate::output::{Column, EXAMPLES, Format, Listing, NOTES, PROBLEMS};
use domicile_appraise::policy::Policy;
use domicile_certs::{files, keys};
use domicile_geo::Territories;
use domicile_policy::build::{Built, build};
use domicile_policy::day::Day;
use domicile_policy::pack::{self, Pack, Severity};
use domicile_policy::shipped;
use load::wrong;
use serde_json::{Value, json};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// The trust file's place, for those who need it.
pub(super) type TrustFile<'t> = &'t dyn Fn() -> Result<PathBuf, CommandError>;

pub(super) fn run(
    command: &PolicyCommand,
    trust: TrustFile<'_>,
    format: Format,
    out: &mut impl Write,
) -> Result<Exit, CommandError> {
    match command {
        PolicyCommand::Lint { packs } => lint(packs, trust, format, out),
        PolicyCommand::Test { packs } => test(&load::packs(packs, &trust)?, format, out),
        PolicyCommand::Judge(args) => judge::run(args, trust, format, out),
        PolicyCommand::Diff(args) => diff::run(args, trust, format, out),
        PolicyCommand::Rejudge(args) => rejudge::run(args, trust, format, out),
        PolicyCommand::Build(args) => make(args, trust, format, out),
        PolicyCommand::Sign {
            pack,
            key,
            with,
            out: signed,
        } => sign(pack, key, &load::packs_or_none(with, &trust)?, signed, out),
        PolicyCommand::Shipped { out: folder } => export(folder, out),
    }
}

/// The days of the options: today where they say nothing.
fn days(days: &Days) -> (Day, Day) {
    let as_of = days.as_of.unwrap_or_else(load::today);
    (as_of, days.known_on.unwrap_or(as_of))
}

/// One listing, whole.
fn listing(
    out: &mut impl Write,
    format: Format,
    columns: &[Column],
    rows: Vec<Value>,
) -> io::Result<()> {
    let mut listing = Listing::new(out, format, columns);
    listing.rows(rows)?;
    listing.end(None)
}

fn lint(
    paths: &[PathBuf],
    trust: TrustFile<'_>,
    format: Format,
    out: &mut impl Write,
) -> Result<Exit, CommandError> {
    let loaded = load::read(paths, &trust)?;
    let packs: Vec<Pack> = loaded.iter().map(|one| one.pack.clone()).collect();
    let mut rows = Vec::new();
    let mut exit = Exit::Ok;
    for (at, one) in loaded.iter().enumerate() {
        for problem in pack::lint(&one.pack, &load::all_but(&packs, at)) {
            let severity = match problem.severity {
                Severity::Error => {
                    exit = Exit::Invalid;
                    "error"
                }
                Severity::Warning => "warning",
            };
            rows.push(json!({
                "file": one.path.display().to_string(),
                "severity": severity,
                "place": problem.place,
                "key": problem.key,
                "problem": problem.problem,
            }));
        }
    }
    if rows.is_empty() && format == Format::Table {
        let rules: usize = packs.iter().map(|pack| pack.rules.len()).sum();
        writeln!(
            out,
            "{} packs with {rules} rules: nothing to say",
            packs.len()
        )?;
    } else {
        listing(out, format, PROBLEMS, rows)?;
    }
    Ok(exit)
}

fn test(packs: &[Pack], format: Format, out: &mut impl Write) -> Result<Exit, CommandError> {
    let mut rows = Vec::new();
    let (mut exit, mut run) = (Exit::Ok, 0_usize);
    for pack in packs {
        for example in &pack.examples {
            run += 1;
            let misses = example.run(packs).map_err(|error| CommandError::Policy {
                place: format!("{}, example {:?}", pack.name, example.name),
                problem: error.to_string(),
            })?;
            for miss in misses {
                exit = Exit::Invalid;
                let expected = &miss.expected;
                rows.push(json!({
                    "pack": pack.name,
                    "example": example.name,
                    "as_of": example.as_of.to_string(),
                    "subject": format!("{} {} {}", expected.jurisdiction, expected.activity, expected.layer),
                    "expected": expected.outcome.name(),
                    "answered": miss.answered.map_or_else(|| "silent".to_owned(), |standing| standing.to_string()),
                }));
            }
        }
    }
    if rows.is_empty() && format == Format::Table {
        writeln!(out, "{run} examples of {} packs: all met", packs.len())?;
    } else {
        listing(out, format, EXAMPLES, rows)?;
    }
    Ok(exit)
}

/// The policy file of a day, as `policy build` writes it.
pub(super) fn policy_of(
    packs: &[PathBuf],
    registry: &Path,
    days: &Days,
    trust: TrustFile<'_>,
) -> Result<String, CommandError> {
    Ok(built(packs, registry, 0, days, trust)?.toml)
}

fn built(
    packs: &[PathBuf],
    registry: &Path,
    number: u64,
    days_of: &Days,
    trust: TrustFile<'_>,
) -> Result<Built, CommandError> {
    let packs = load::packs(packs, &trust)?;
    let (as_of, known_on) = days(days_of);
    build(&packs, &load::registry(registry)?, number, as_of, known_on)
        .map_err(|error| wrong(registry, &error))
}

fn make(
    args: &BuildArgs,
    trust: TrustFile<'_>,
    format: Format,
    out: &mut impl Write,
) -> Result<Exit, CommandError> {
    let built = built(&args.packs, &args.registry, args.number, &args.days, trust)?;
    // What reads it later reads it here first.
    Policy::parse(built.toml.as_bytes(), Territories::builtin())
        .map_err(|error| wrong(&args.out, &error))?;
    files::create_new(&args.out, built.toml.as_bytes(), files::PUBLIC)?;
    let notes = built
        .notes
        .iter()
        .map(|note| json!({ "note": note }))
        .collect();
    if format == Format::Table {
        writeln!(out, "{}: {} licences", args.out.display(), built.licences)?;
    }
    if !(built.notes.is_empty() && format == Format::Table) {
        listing(out, format, NOTES, notes)?;
    }
    Ok(Exit::Ok)
}

fn sign(
    path: &Path,
    key: &Path,
    with: &[Pack],
    signed: &Path,
    out: &mut impl Write,
) -> Result<Exit, CommandError> {
    if signed
        .extension()
        .is_none_or(|extension| extension != load::SIGNED)
    {
        return Err(wrong(
            signed,
            "a name that ends in .signed is expected: by it signed packs are known",
        ));
    }
    let bytes = files::read(path, pack::MAX_BYTES)?;
    let pack = Pack::parse(&bytes, with).map_err(|error| wrong(path, &error))?;
    let key = keys::load(key).map_err(|error| wrong(key, &error))?;
    files::create_new(signed, &pack::seal(bytes, &key), files::PUBLIC)?;
    writeln!(
        out,
        "signed {} {} as {}\nkey {}\nSHA-256 of the pack {}",
        pack.name,
        pack.version,
        signed.display(),
        key.public(),
        pack.hash
    )?;
    Ok(Exit::Ok)
}

fn export(folder: &Path, out: &mut impl Write) -> Result<Exit, CommandError> {
    std::fs::create_dir_all(folder).map_err(|error| wrong(folder, &error))?;
    for (name, text) in shipped::FILES {
        let path = folder.join(name);
        files::create_new(&path, text.as_bytes(), files::PUBLIC)?;
        writeln!(out, "{}", path.display())?;
    }
    Ok(Exit::Ok)
}
