//! `catalogue list` and `catalogue lookup`: what a PCI id stands for, from the data in this program.

use super::{CommandError, Exit};
use crate::cli::{CatalogueCommand, PciId};
use crate::output::{CATALOGUE, Format, Listing, plain};
use domicile_catalogue::{Catalogue, Model, Stated};
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

/// A model with its attributes: each with who states it (`published`, `registry`, `secondary`, or
/// `unknown`) and where.
pub(super) fn row(model: &Model) -> Value {
    let peak = model.peak.as_ref();
    let bandwidth = model.bandwidth_gb_s.as_ref();
    let eccn = model.eccn.as_ref();
    json!({
        "device": PciId(model.id.value).to_string(),
        "subsystem": model.subsystem.map(|id| PciId(id).to_string()),
        "model": model.name,
        "family": model.family,
        "id_status": status(Some(&model.id)),
        "id_source": url(Some(&model.id)),
        "tpp": model.tpp().map(|tpp| tpp.value().round()),
        "tpp_arithmetic": model.tpp().map_or_else(unknown, |tpp| tpp.to_string()),
        "peak_tera": peak.map(|peak| peak.value.tera),
        "bits": peak.map(|peak| peak.value.bits),
        "peak_status": status(peak),
        "peak_source": url(peak),
        "bandwidth_gb_s": bandwidth.map(|rate| rate.value),
        "bandwidth_status": status(bandwidth),
        "bandwidth_source": url(bandwidth),
        "eccn": eccn.map(|eccn| &eccn.value),
        "eccn_status": status(eccn),
        "eccn_source": url(eccn),
        "note": model.note,
    })
}

/// Puts the catalogue's row of a device into the collector's, as `catalogue`: nothing where the
/// host lists no PCI ids or the catalogue has none of them.
pub(super) fn add_model(device: &mut Value) {
    let id = |field: &str| device[field].as_str()?.parse::<PciId>().ok();
    let ids = id("pci").zip(id("pci_subsystem"));
    let found = ids.and_then(|(id, subsystem)| Catalogue::builtin().lookup(id.0, subsystem.0));
    if let (Some(model), Some(fields)) = (found, device.as_object_mut()) {
        fields.insert("catalogue".into(), row(model));
    }
}

/// Which model a device is, in a line.
pub(super) fn words(device: &Value) -> String {
    let pci = device["pci"].as_str().unwrap_or("not listed by the host");
    let text = |field: &str| device["catalogue"][field].as_str().unwrap_or("unknown");
    let line = format!(
        "PCI {pci} (claimed): {}, TPP {} (computed, rate {}), ECCN {}",
        text("model"),
        text("tpp_arithmetic"),
        text("peak_status"),
        text("eccn"),
    );
    plain(&line)
}

fn unknown() -> String {
    "unknown".to_owned()
}

fn status<T>(stated: Option<&Stated<T>>) -> &'static str {
    stated.map_or("unknown", |stated| stated.standing.name())
}

fn url<T>(stated: Option<&Stated<T>>) -> Option<&'static str> {
    let source = Catalogue::builtin().source(&stated?.source)?;
    Some(&source.url)
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
        assert_eq!(row["tpp_arithmetic"], "148 × 16 = 2368");
        // Nobody but others than the manufacturer states its rate, and nobody its classification.
        assert_eq!(row["peak_status"], "secondary");
        assert_eq!(row["id_status"], "published");
        assert_eq!(row["eccn_status"], "unknown");
        for field in ["peak_source", "bandwidth_source", "id_source"] {
            assert!(row[field].as_str().unwrap().starts_with("https://"));
        }
        let boards = lookup("10de:2342", None).unwrap();
        assert_eq!(boards["items"].as_array().unwrap().len(), 4);
        let board = lookup("10de:2342", Some("10de:1809")).unwrap();
        assert_eq!(board["items"][0]["model"], "NVIDIA GH200 480GB");
    }

    #[test]
    fn a_listed_device_gets_its_model_and_an_unknown_one_none() {
        let mut known = json!({"pci": "10de:2335", "pci_subsystem": "10de:18be"});
        add_model(&mut known);
        assert_eq!(known["catalogue"]["model"], "NVIDIA H200");
        let words = words(&known);
        assert!(words.starts_with("PCI 10de:2335 (claimed): NVIDIA H200, TPP 1978.9"));
        for unknown in [
            json!({"pci": "10de:fffe", "pci_subsystem": "10de:0000"}),
            json!({"pci": null, "pci_subsystem": null}),
            json!({}),
        ] {
            let mut device = unknown.clone();
            add_model(&mut device);
            assert_eq!(device, unknown);
            assert!(super::words(&device).contains("unknown, TPP unknown"));
        }
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
