//! Reading the two tables, strictly.

use crate::{Catalogue, Model, Peak, Source, Standing, Stated};
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
    id_source: String,
    peak_tera: Option<f64>,
    bits: Option<u8>,
    peak_source: String,
    bandwidth_gb_s: Option<u32>,
    bandwidth_source: String,
    eccn: String,
    eccn_source: String,
    note: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SourceRow {
    id: String,
    standing: Standing,
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
        sources: read_sources(sources)?,
    };
    let mut named = BTreeSet::new();
    for row in csv::Reader::from_reader(devices.as_bytes()).deserialize() {
        let row: DeviceRow = row?;
        for source in [
            &row.id_source,
            &row.peak_source,
            &row.bandwidth_source,
            &row.eccn_source,
        ] {
            named.insert(source.clone());
        }
        let model = model(row, &catalogue)?;
        check(&model, &catalogue)?;
        catalogue.models.push(model);
    }
    let place = |model: &Model| (model.id.value, model.subsystem);
    catalogue.models.sort_by_key(place);
    for source in &catalogue.sources {
        // A vendor's id alone needs no row.
        let used = named.contains(&source.id) || source.what.contains("vendor id");
        require(used, &source.id, "no row names this source")?;
    }
    Ok(catalogue)
}

fn read_sources(text: &str) -> Result<Vec<Source>, CatalogueError> {
    let mut sources: Vec<Source> = Vec::new();
    for row in csv::Reader::from_reader(text.as_bytes()).deserialize() {
        let row: SourceRow = row?;
        let known = sources.iter().any(|source| source.id == row.id);
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
        sources.push(Source {
            id: row.id,
            standing: row.standing,
            url: row.url,
            what: row.what,
        });
    }
    Ok(sources)
}

fn require(holds: bool, row: &str, problem: &str) -> Result<(), CatalogueError> {
    match holds {
        true => Ok(()),
        false => Err(wrong(row, problem)),
    }
}

fn wrong(row: &str, problem: &str) -> CatalogueError {
    CatalogueError::Row {
        row: row.to_owned(),
        problem: problem.to_owned(),
    }
}

fn model(row: DeviceRow, catalogue: &Catalogue) -> Result<Model, CatalogueError> {
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
    let id = (number(&row.vendor)?, number(&row.device)?);
    let peak = match (row.peak_tera, row.bits) {
        (Some(tera), Some(bits)) => Some(Peak { tera, bits }),
        (None, None) => None,
        _ => {
            let problem = "a rate needs its bit length, and none stands alone";
            return Err(wrong(&row.model, problem));
        }
    };
    let by = Attribution {
        row: &row.model,
        catalogue,
    };
    let id = by.stated(Some(id), &row.id_source)?;
    Ok(Model {
        id: id.expect("an id that is there is stated"),
        subsystem,
        peak: by.stated(peak, &row.peak_source)?,
        bandwidth_gb_s: by.stated(row.bandwidth_gb_s, &row.bandwidth_source)?,
        eccn: by.stated(
            Some(row.eccn).filter(|eccn| !eccn.is_empty()),
            &row.eccn_source,
        )?,
        name: row.model.clone(),
        family: row.family,
        note: row.note,
    })
}

/// Gives each attribute of a row its source.
struct Attribution<'a> {
    row: &'a str,
    catalogue: &'a Catalogue,
}

impl Attribution<'_> {
    /// Both or neither are there, and the source is known.
    fn stated<T>(
        &self,
        value: Option<T>,
        source: &str,
    ) -> Result<Option<Stated<T>>, CatalogueError> {
        require(
            value.is_some() != source.is_empty(),
            self.row,
            "every attribute has its source, and a source something to say",
        )?;
        let Some(value) = value else { return Ok(None) };
        let known = self.catalogue.source(source);
        let known = known.ok_or_else(|| wrong(self.row, "a source is not in the other table"))?;
        Ok(Some(Stated {
            value,
            source: source.to_owned(),
            standing: known.standing,
        }))
    }
}

fn check(model: &Model, catalogue: &Catalogue) -> Result<(), CatalogueError> {
    let row = &model.name;
    require(
        !row.is_empty() && !model.family.is_empty(),
        row,
        "a row has a model and a family",
    )?;
    let twice = catalogue
        .of_id(model.id.value)
        .any(|other| other.subsystem == model.subsystem);
    require(!twice, row, "the id stands twice")?;
    if let Some(peak) = &model.peak {
        let bits = matches!(peak.value.bits, 4 | 8 | 16 | 32);
        require(bits, row, "operations have 4, 8, 16 or 32 bits")?;
    }
    let tpp = model.tpp().is_none_or(|tpp| TPP.contains(&tpp.value()));
    let rate = model.bandwidth_gb_s.as_ref();
    let rate = rate.is_none_or(|rate| BANDWIDTH.contains(&rate.value));
    require(tpp && rate, row, "a number is out of all proportion")?;
    let eccn = |eccn: &str| {
        matches!(
            eccn.as_bytes(),
            [
                b'0'..=b'9',
                b'A'..=b'E',
                b'0'..=b'9',
                b'0'..=b'9',
                b'0'..=b'9'
            ]
        )
    };
    let named = model.eccn.as_ref();
    require(named.is_none_or(|one| eccn(&one.value)), row, "no ECCN")?;
    // A classification is the manufacturer's to state.
    let own = named.is_none_or(|one| one.standing == Standing::Manufacturer);
    require(own, row, "an ECCN is stated by the manufacturer alone")
}
