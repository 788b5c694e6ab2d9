//! `catalogue list` and `catalogue lookup`: what a PCI id stands for, from the data in this program.

use super::{CommandError, Exit};
use crate::cli::{CatalogueCommand, PciId};
use crate::output::{CATALOGUE, Format, Listing};
use domicile_catalogue::{Catalogue, Model};
use serde_json::{Value, json};
use std::io::Write;

pub(super) fn run(
    command: &CatalogueCommand,
    format: Format,
    out: &mut impl Write,
) -> Result<Exit, CommandError> {
    let catalogue = Catalogue::builtin();
    let rows: Vec<Value> = match command {
        CatalogueCommand::List => catalogue.models.iter().map(row).collect(),
        CatalogueCommand::Lookup {
            device,
            subsystem: None,
        } => catalogue.of_id(device.0).map(row).collect(),
        CatalogueCommand::Lookup {
            device,
            subsystem: Some(subsystem),
        } => catalogue
            .lookup(device.0, subsystem.0)
            .map(row)
            .into_iter()
            .collect(),
    };
    if let (CatalogueCommand::Lookup { device, .. }, true) = (command, rows.is_empty()) {
        return Err(CommandError::UnknownDevice(*device));
    }
    let mut listing = Listing::new(out, format, CATALOGUE);
    listing.rows(rows)?;
    listing.end(None)?;
    Ok(Exit::Ok)
}

fn row(model: &Model) -> Value {
    let url = |id: &String| Catalogue::builtin().source(id).map(|source| &source.url);
    json!({
        "device": PciId(model.id).to_string(),
        "subsystem": model.subsystem.map(|id| PciId(id).to_string()),
        "model": model.name,
        "family": model.family,
        "tpp": model.tpp().map(|tpp| tpp.round()),
        "peak_tera": model.peak.map(|peak| peak.tera),
        "bits": model.peak.map(|peak| peak.bits),
        "bandwidth_gb_s": model.bandwidth_gb_s,
        "eccn": model.eccn,
        "id_source": url(&model.id_source),
        "sources": model.sources.iter().filter_map(url).collect::<Vec<_>>(),
        "note": model.note,
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn lookup(device: &str, subsystem: Option<&str>) -> Result<Value, CommandError> {
        let command = CatalogueCommand::Lookup {
            device: device.parse().unwrap(),
            subsystem: subsystem.map(|id| id.parse().unwrap()),
        };
        let mut out = Vec::new();
        run(&command, Format::Json, &mut out)?;
        Ok(serde_json::from_slice(&out).unwrap())
    }

    #[test]
    fn a_known_device_is_shown_with_its_sources() {
        let found = lookup("10de:2329", None).unwrap();
        let row = &found["items"][0];
        assert_eq!(
            (&row["model"], &row["tpp"]),
            (&json!("NVIDIA H20"), &json!(2368.0))
        );
        assert!(row["sources"][0].as_str().unwrap().starts_with("https://"));
        let boards = lookup("10de:2342", None).unwrap();
        assert_eq!(boards["items"].as_array().unwrap().len(), 4);
        let board = lookup("10de:2342", Some("10de:1809")).unwrap();
        assert_eq!(board["items"][0]["model"], "NVIDIA GH200 480GB");
    }

    #[test]
    fn an_unknown_device_is_unknown() {
        let error = lookup("1ee0:0001", None).unwrap_err();
        assert_eq!(error.exit(), Exit::Usage);
        assert!(error.to_string().contains("1ee0:0001"), "{error}");
    }

    #[test]
    fn an_id_has_two_times_four_digits() {
        for bad in [
            "",
            "10de",
            "10de:",
            "10de:235",
            "10de:+235",
            "10de:2335:1",
            "0x10de:0x2335",
        ] {
            assert!(bad.parse::<PciId>().is_err(), "{bad}");
        }
    }
}
