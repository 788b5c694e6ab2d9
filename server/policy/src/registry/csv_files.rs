//! The registry as four CSV files.

use super::check::{Everything, Placed, RegistryError, Rows};
use super::rows::{Customer, Device, Licence, Row, Site, Table};
use super::{MAX_BYTES, Registry};
use std::collections::BTreeMap;

/// The contents of the four files. An empty one is a table without rows.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CsvFiles {
    /// `customers.csv`.
    pub customers: Vec<u8>,
    /// `sites.csv`.
    pub sites: Vec<u8>,
    /// `licences.csv`.
    pub licences: Vec<u8>,
    /// `devices.csv`.
    pub devices: Vec<u8>,
}

/// Reads and checks a registry.
///
/// # Errors
/// [`RegistryError`], naming file, line and column.
pub fn read_csv(files: &CsvFiles) -> Result<Registry, RegistryError> {
    Everything {
        customers: rows::<Customer>(&files.customers)?,
        sites: rows::<Site>(&files.sites)?,
        licences: rows::<Licence>(&files.licences)?,
        devices: rows::<Device>(&files.devices)?,
    }
    .check()
}

/// A registry with the rows of one table's CSV file put in: those with a key that is there in its place,
/// the others beside.
///
/// # Errors
/// [`RegistryError`], naming line and column; of rows that do not hold together with others, by the line
/// in the whole table.
pub fn put_csv(registry: &Registry, table: Table, csv: &[u8]) -> Result<Registry, RegistryError> {
    let mut after = registry.clone();
    match table {
        Table::Customer => put(&mut after.customers, rows(csv)?),
        Table::Site => put(&mut after.sites, rows(csv)?),
        Table::Licence => put(&mut after.licences, rows(csv)?),
        Table::Device => put(&mut after.devices, rows(csv)?),
    }
    read_csv(&write_csv(&after))
}

fn put<T: Row>(table: &mut BTreeMap<String, T>, rows: Rows<T>) {
    for Placed { row, .. } in rows.rows {
        table.insert(row.key().to_owned(), row);
    }
}

fn rows<T: Row>(bytes: &[u8]) -> Result<Rows<T>, RegistryError> {
    let file = T::TABLE.csv().to_owned();
    let wrong = |problem: String| RegistryError::File {
        file: file.clone(),
        problem,
    };
    if bytes.len() > MAX_BYTES {
        return Err(wrong(format!("longer than {MAX_BYTES} bytes")));
    }
    let mut reader = csv::Reader::from_reader(bytes);
    let headers = reader
        .headers()
        .map_err(|error| wrong(error.to_string()))?
        .clone();
    if let Some(unknown) = headers.iter().find(|name| !T::COLUMNS.contains(name)) {
        return Err(wrong(format!(
            "line 1: the column {unknown:?} is not one of {}",
            T::COLUMNS.join(", ")
        )));
    }
    let mut rows = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|error| wrong(error.to_string()))?;
        let line = record.position().map_or(0, csv::Position::line);
        let row = record.deserialize(Some(&headers)).map_err(|error| {
            let csv::ErrorKind::Deserialize { err, .. } = error.kind() else {
                return wrong(format!("line {line}: {error}"));
            };
            let column = err
                .field()
                .and_then(|at| headers.get(usize::try_from(at).ok()?));
            let key = T::COLUMNS.iter().find(|name| Some(**name) == column);
            match key {
                Some(key) => RegistryError::Row {
                    file: file.clone(),
                    line,
                    key,
                    problem: err.kind().to_string(),
                },
                None => wrong(format!("line {line}: {}", err.kind())),
            }
        })?;
        rows.push(Placed { line, row });
    }
    Ok(Rows { file, rows })
}

/// Writes a registry; [`read_csv`] reads the same one back.
pub fn write_csv(registry: &Registry) -> CsvFiles {
    CsvFiles {
        customers: table(registry.customers()),
        sites: table(registry.sites()),
        licences: table(registry.licences()),
        devices: table(registry.devices()),
    }
}

fn table<'r, T: Row + 'r>(rows: impl Iterator<Item = &'r T>) -> Vec<u8> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let wrote = "memory takes every row, and all have the same cells";
    writer.write_record(T::COLUMNS).expect(wrote);
    for row in rows {
        writer.write_record(row.cells()).expect(wrote);
    }
    writer.into_inner().expect(wrote)
}
