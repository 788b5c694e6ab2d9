//! Reading the two tables, strictly.

use crate::{Catalogue, Model, Peak, Source};
use serde::Deserialize;
use std::collections::BTreeSet;
use std::ops::RangeInclusive;

/// TPP of any accelerator that there is: outside this, a number was mistyped.
const TPP: RangeInclusive<f64> = 50.0..=200_000.0;
/// Memory bandwidth, GB/s, likewise.
const BANDWIDTH: RangeInclusive<u32> = 100..=40_000;

/// Why a catalogue was refused.
#[derive(Debug, thiserror::Error)]
pub enum CatalogueError {
    /// Not a table of this form.
    #[error("catalogue: {0}")]
    Csv(#[from] csv::Error),
    /// A row that cannot be right.
    #[error("catalogue: row `{row}`: {problem}")]
    Row {
        /// Its model or id.
        row: String,
        /// What is wrong.
        problem: String,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DeviceRow {
    vendor: String,
    device: String,
    subvendor: String,
    subdevice: String,
    model: String,
    family: String,
    peak_tera: Option<f64>,
    bits: Option<u8>,
    bandwidth_gb_s: Option<u32>,
    eccn: String,
    id_source: String,
    sources: String,
    note: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SourceRow {
    id: String,
    url: String,
    what: String,
}

/// Parses the text of the two tables.
///
/// # Errors
/// [`CatalogueError`] naming the row: an id that is no four hexadecimal digits or stands twice, a
/// number out of all proportion or without a source, a source that is missing or not named.
pub fn parse(devices: &str, sources: &str) -> Result<Catalogue, CatalogueError> {
    let mut catalogue = Catalogue {
        models: Vec::new(),
        sources: Vec::new(),
    };
    for row in csv::Reader::from_reader(sources.as_bytes()).deserialize() {
        let row: SourceRow = row?;
        let known = catalogue.source(&row.id).is_some();
        require(
            !known && !row.id.is_empty(),
            &row.id,
            "the source stands twice or has no name",
        )?;
        let stated = row.url.starts_with("https://") && !row.what.is_empty();
        require(
            stated,
            &row.id,
            "a source has an https address and says what it states",
        )?;
        catalogue.sources.push(Source {
            id: row.id,
            url: row.url,
            what: row.what,
        });
    }
    for row in csv::Reader::from_reader(devices.as_bytes()).deserialize() {
        let model = model(row?)?;
        check(&model, &catalogue)?;
        catalogue.models.push(model);
    }
    catalogue
        .models
        .sort_by_key(|model| (model.id, model.subsystem));
    let named: BTreeSet<&str> = catalogue
        .models
        .iter()
        .flat_map(|model| model.sources.iter().chain([&model.id_source]))
        .map(String::as_str)
        .collect();
    for source in &catalogue.sources {
        // A vendor's id alone needs no row.
        let used = named.contains(source.id.as_str()) || source.what.contains("vendor id");
        require(used, &source.id, "no row names this source")?;
    }
    Ok(catalogue)
}

fn require(holds: bool, row: &str, problem: &str) -> Result<(), CatalogueError> {
    match holds {
        true => Ok(()),
        false => Err(CatalogueError::Row {
            row: row.to_owned(),
            problem: problem.to_owned(),
        }),
    }
}

fn model(row: DeviceRow) -> Result<Model, CatalogueError> {
    let number = |text: &str| {
        let plain = text.len() == 4 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        require(
            plain,
            &row.model,
            "ids are four lower-case hexadecimal digits",
        )?;
        Ok::<u16, CatalogueError>(u16::from_str_radix(text, 16).expect("four digits are 16 bits"))
    };
    let subsystem = match (row.subvendor.as_str(), row.subdevice.as_str()) {
        ("", "") => None,
        (vendor, device) => Some((number(vendor)?, number(device)?)),
    };
    let peak = match (row.peak_tera, row.bits) {
        (Some(tera), Some(bits)) => Some(Peak { tera, bits }),
        (None, None) => None,
        _ => {
            return Err(CatalogueError::Row {
                row: row.model,
                problem: "a rate needs its bit length, and none stands alone".into(),
            });
        }
    };
    Ok(Model {
        id: (number(&row.vendor)?, number(&row.device)?),
        subsystem,
        peak,
        bandwidth_gb_s: row.bandwidth_gb_s,
        eccn: Some(row.eccn).filter(|eccn| !eccn.is_empty()),
        sources: row.sources.split_whitespace().map(str::to_owned).collect(),
        name: row.model,
        family: row.family,
        id_source: row.id_source,
        note: row.note,
    })
}

fn check(model: &Model, catalogue: &Catalogue) -> Result<(), CatalogueError> {
    let row = &model.name;
    require(
        !row.is_empty() && !model.family.is_empty(),
        row,
        "a row has a model and a family",
    )?;
    let twice = catalogue
        .of_id(model.id)
        .any(|other| other.subsystem == model.subsystem);
    require(!twice, row, "the id stands twice")?;
    for source in model.sources.iter().chain([&model.id_source]) {
        require(
            catalogue.source(source).is_some(),
            row,
            "a source is not in the other table",
        )?;
    }
    let attributes = model.peak.is_some() || model.bandwidth_gb_s.is_some() || model.eccn.is_some();
    require(
        attributes != model.sources.is_empty(),
        row,
        "numbers and classifications have sources, and sources something to say",
    )?;
    if let Some(peak) = model.peak {
        let bits = matches!(peak.bits, 4 | 8 | 16 | 32);
        require(bits, row, "operations have 4, 8, 16 or 32 bits")?;
    }
    let plausible = model.tpp().is_none_or(|tpp| TPP.contains(&tpp))
        && model
            .bandwidth_gb_s
            .is_none_or(|rate| BANDWIDTH.contains(&rate));
    require(plausible, row, "a number is out of all proportion")?;
    let eccn = |eccn: &str| {
        let digits: Vec<u8> = eccn.bytes().collect();
        matches!(
            digits[..],
            [
                b'0'..=b'9',
                b'A'..=b'E',
                b'0'..=b'9',
                b'0'..=b'9',
                b'0'..=b'9'
            ]
        )
    };
    require(model.eccn.as_deref().is_none_or(eccn), row, "no ECCN")
}
