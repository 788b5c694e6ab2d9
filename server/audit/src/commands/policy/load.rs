//! Packs and registries from files and folders.

use crate::commands::CommandError;
use domicile_certs::{Trust, files};
use domicile_policy::day::Day;
use domicile_policy::pack::{self, Pack};
use domicile_policy::registry::{self, CsvFiles, Registry};
use domicile_policy::shipped;
use std::path::{Path, PathBuf};

/// What a signed pack's file name ends in.
pub(super) const SIGNED: &str = "signed";

pub(super) fn wrong(path: &Path, problem: &(impl ToString + ?Sized)) -> CommandError {
    CommandError::Policy {
        place: path.display().to_string(),
        problem: problem.to_string(),
    }
}

/// A pack and the file it came from.
pub(super) struct Loaded {
    pub(super) path: PathBuf,
    pub(super) pack: Pack,
}

/// Reads packs without checking that they hold together. `trust` is asked for only when a pack is
/// signed.
pub(super) fn read(
    paths: &[PathBuf],
    trust: &impl Fn() -> Result<PathBuf, CommandError>,
) -> Result<Vec<Loaded>, CommandError> {
    let mut loaded = Vec::new();
    for path in paths {
        for path in expand(path)? {
            let bytes = files::read(&path, pack::MAX_BYTES + 1024)?;
            let toml = if ends_in(&path, SIGNED) {
                let trust = Trust::load(&trust()?)?;
                pack::open(&bytes, &trust.directory_key).map_err(|error| wrong(&path, &error))?
            } else {
                bytes
            };
            let pack = Pack::read(&toml).map_err(|error| wrong(&path, &error))?;
            loaded.push(Loaded { path, pack });
        }
    }
    Ok(loaded)
}

/// Reads packs and refuses the first error; those that come with the program where none is named.
pub(super) fn packs(
    paths: &[PathBuf],
    trust: &impl Fn() -> Result<PathBuf, CommandError>,
) -> Result<Vec<Pack>, CommandError> {
    if paths.is_empty() {
        return Ok(shipped::packs());
    }
    let loaded = read(paths, trust)?;
    let packs: Vec<Pack> = loaded.iter().map(|one| one.pack.clone()).collect();
    for (at, one) in loaded.iter().enumerate() {
        let problems = pack::lint(&one.pack, &all_but(&packs, at));
        if let Some(error) = problems
            .iter()
            .find(|p| p.severity == pack::Severity::Error)
        {
            return Err(wrong(&one.path, error));
        }
    }
    Ok(packs)
}

/// The packs beside one of them.
pub(super) fn all_but(packs: &[Pack], at: usize) -> Vec<Pack> {
    let others = packs.iter().enumerate().filter(|(other, _)| *other != at);
    others.map(|(_, pack)| pack.clone()).collect()
}

fn ends_in(path: &Path, extension: &str) -> bool {
    path.extension().is_some_and(|found| found == extension)
}

/// The packs of a folder, in order of name; a file is itself.
fn expand(path: &Path) -> Result<Vec<PathBuf>, CommandError> {
    if !path.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let entries = std::fs::read_dir(path).map_err(|error| wrong(path, &error))?;
    let mut found = Vec::new();
    for entry in entries {
        let path = entry.map_err(|error| wrong(path, &error))?.path();
        if ends_in(&path, "toml") || ends_in(&path, SIGNED) {
            found.push(path);
        }
    }
    if found.is_empty() {
        return Err(wrong(path, "no pack (.toml, .signed) is in this folder"));
    }
    found.sort();
    Ok(found)
}

/// Reads a registry: a TOML file, or a folder of CSV files.
pub(super) fn registry(path: &Path) -> Result<Registry, CommandError> {
    let read = |path: &Path| files::read(path, registry::MAX_BYTES);
    let refused = |error: registry::RegistryError| CommandError::Registry(error.to_string());
    if !path.is_dir() {
        let name = path.display().to_string();
        return registry::read_toml(&name, &read(path)?).map_err(refused);
    }
    let table = |table: registry::Table| {
        let path = path.join(table.csv());
        if path.exists() {
            read(&path)
        } else {
            Ok(Vec::new())
        }
    };
    let files = CsvFiles {
        customers: table(registry::Table::Customer)?,
        sites: table(registry::Table::Site)?,
        licences: table(registry::Table::Licence)?,
        devices: table(registry::Table::Device)?,
    };
    registry::read_csv(&files).map_err(refused)
}

/// Today, UTC.
pub(super) fn today() -> Day {
    let date = jiff::Timestamp::now()
        .to_zoned(jiff::tz::TimeZone::UTC)
        .date();
    let part = |number: i8| u8::try_from(number).ok();
    u16::try_from(date.year())
        .ok()
        .and_then(|year| Day::new(year, part(date.month())?, part(date.day())?))
        .unwrap_or(Day::FIRST)
}

/// Reads packs; none where none is named.
pub(super) fn packs_or_none(
    paths: &[PathBuf],
    trust: &impl Fn() -> Result<PathBuf, CommandError>,
) -> Result<Vec<Pack>, CommandError> {
    let loaded = read(paths, trust)?;
    Ok(loaded.into_iter().map(|one| one.pack).collect())
}
