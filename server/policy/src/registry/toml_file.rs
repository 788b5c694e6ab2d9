//! The registry as one TOML file.

use super::check::{Everything, Placed, RegistryError, Rows};
use super::rows::{Customer, Device, Licence, Row, Site};
use super::{MAX_BYTES, Registry};
use serde::{Deserialize, Serialize};
use toml::Spanned;

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct File {
    #[serde(default)]
    customer: Vec<Spanned<Customer>>,
    #[serde(default)]
    site: Vec<Spanned<Site>>,
    #[serde(default)]
    licence: Vec<Spanned<Licence>>,
    #[serde(default)]
    device: Vec<Spanned<Device>>,
}

#[derive(Serialize)]
struct Written<'r> {
    customer: Vec<&'r Customer>,
    site: Vec<&'r Site>,
    licence: Vec<&'r Licence>,
    device: Vec<&'r Device>,
}

/// Reads and checks a registry. `name` is how errors call the file.
///
/// # Errors
/// [`RegistryError`], naming file, line and key.
pub fn read_toml(name: &str, bytes: &[u8]) -> Result<Registry, RegistryError> {
    let wrong = |problem: String| RegistryError::File {
        file: name.to_owned(),
        problem,
    };
    if bytes.len() > MAX_BYTES {
        return Err(wrong(format!("longer than {MAX_BYTES} bytes")));
    }
    let text = std::str::from_utf8(bytes).map_err(|_| wrong("not UTF-8 text".into()))?;
    let file: File = toml::from_str(text).map_err(|error| wrong(error.to_string()))?;
    let lines = Lines::new(bytes);
    Everything {
        customers: lines.rows(name, file.customer),
        sites: lines.rows(name, file.site),
        licences: lines.rows(name, file.licence),
        devices: lines.rows(name, file.device),
    }
    .check()
}

/// Where lines begin.
struct Lines(Vec<usize>);

impl Lines {
    fn new(bytes: &[u8]) -> Self {
        let ends = bytes.iter().enumerate().filter(|(_, byte)| **byte == b'\n');
        Self(ends.map(|(at, _)| at + 1).collect())
    }

    fn rows<T: Row>(&self, file: &str, rows: Vec<Spanned<T>>) -> Rows<T> {
        let placed = |row: Spanned<T>| Placed {
            line: self.0.partition_point(|begin| *begin <= row.span().start) as u64 + 1,
            row: row.into_inner(),
        };
        Rows {
            file: file.to_owned(),
            rows: rows.into_iter().map(placed).collect(),
        }
    }
}

/// Writes a registry; [`read_toml`] reads the same one back.
pub fn write_toml(registry: &Registry) -> String {
    let written = Written {
        customer: registry.customers().collect(),
        site: registry.sites().collect(),
        licence: registry.licences().collect(),
        device: registry.devices().collect(),
    };
    toml::to_string(&written).expect("texts, numbers, lists and days are TOML")
}
