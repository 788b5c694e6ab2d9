//! `registry`: check, convert, changes.

use super::listing;
use super::load::{self, wrong};
use crate::cli::policy::RegistryCommand;
use crate::commands::{CommandError, Exit};
use crate::output::{CHANGES, Format};
use domicile_certs::files;
use domicile_policy::registry::{ChangeSet, Table, write_csv, write_toml};
use serde_json::json;
use std::io::Write;
use std::path::Path;

pub(in crate::commands) fn run(
    command: &RegistryCommand,
    format: Format,
    out: &mut impl Write,
) -> Result<Exit, CommandError> {
    match command {
        RegistryCommand::Check { path } => {
            let registry = load::registry(path)?;
            writeln!(
                out,
                "{}: {} customers, {} sites, {} licences, {} devices",
                path.display(),
                registry.customers().count(),
                registry.sites().count(),
                registry.licences().count(),
                registry.devices().count()
            )?;
        }
        RegistryCommand::Convert { from, to } => convert(from, to, out)?,
        RegistryCommand::Changes {
            before,
            after,
            who,
            why,
        } => {
            let (old, new) = (load::registry(before)?, load::registry(after)?);
            changes(
                &ChangeSet::between(&old, &new, who, why, now_ms())
                    .map_err(|error| wrong(after, &error))?,
                format,
                out,
            )?;
        }
    }
    Ok(Exit::Ok)
}

fn now_ms() -> u64 {
    u64::try_from(jiff::Timestamp::now().as_millisecond()).unwrap_or(0)
}

fn convert(from: &Path, to: &Path, out: &mut impl Write) -> Result<(), CommandError> {
    let registry = load::registry(from)?;
    if to.extension().is_some_and(|extension| extension == "toml") {
        files::create_new(to, write_toml(&registry).as_bytes(), files::PUBLIC)?;
        writeln!(out, "{}", to.display())?;
        return Ok(());
    }
    std::fs::create_dir_all(to).map_err(|error| wrong(to, &error))?;
    let csv = write_csv(&registry);
    for (table, bytes) in [
        (Table::Customer, csv.customers),
        (Table::Site, csv.sites),
        (Table::Licence, csv.licences),
        (Table::Device, csv.devices),
    ] {
        let path = to.join(table.csv());
        files::create_new(&path, &bytes, files::PUBLIC)?;
        writeln!(out, "{}", path.display())?;
    }
    Ok(())
}

/// JSON is the entry as the log keeps it; the other formats list its changes.
fn changes(
    entry: &Option<ChangeSet>,
    format: Format,
    out: &mut impl Write,
) -> Result<(), CommandError> {
    if format == Format::Json {
        serde_json::to_writer_pretty(&mut *out, entry).map_err(std::io::Error::from)?;
        writeln!(out)?;
        return Ok(());
    }
    let rows = entry.iter().flat_map(|entry| &entry.changes);
    let rows = rows.map(|change| json!(change)).collect();
    Ok(listing(out, format, CHANGES, rows)?)
}
