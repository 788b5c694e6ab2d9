//! The fields of a report that tell of devices, with what each reveals.

use super::fields::{Field, hex};
use crate::device::pci;
use domicile_proto::wire;

/// What became of the reading, what signs for itself, and what stands on the bus.
pub(super) fn device_fields(report: &wire::Evidence) -> Vec<Field> {
    let mut fields = vec![Field::new(
        "device_reading",
        format!("{:?}", report.device_reading()),
        "Whether the devices could be read for this report.",
    )];
    for (index, signed) in report.device_reports.iter().enumerate() {
        fields.extend(signed_fields(index, signed));
    }
    if report.device_reports.is_empty() {
        fields.push(Field::new(
            "device_reports",
            "none",
            "No device signed for itself.",
        ));
    }
    let Some(inventory) = &report.inventory else {
        fields.push(Field::new(
            "inventory",
            "absent",
            "Nothing about the devices.",
        ));
        return fields;
    };
    fields.push(Field::new(
        "inventory.driver",
        text(&inventory.driver),
        "Version of the accelerators' driver.",
    ));
    fields.push(Field::new(
        "inventory.cc",
        format!("{:?}", inventory.cc()),
        "Whether confidential computing is on, as the driver says.",
    ));
    for (index, device) in inventory.devices.iter().enumerate() {
        let name = format!("inventory.devices[{index}]");
        fields.push(bus_field(&name, device));
        fields.extend(device.details.iter().flat_map(|d| detail_fields(&name, d)));
    }
    if inventory.devices.is_empty() {
        fields.push(Field::new(
            "inventory.devices",
            "none",
            "No accelerator of a listed vendor stands on the PCI bus.",
        ));
    }
    fields
}

fn bus_field(name: &str, device: &wire::Device) -> Field {
    Field::new(
        name,
        format!(
            "{:04x}:{:04x} subsystem {:04x}:{:04x} class {:06x} ({})",
            device.vendor_id,
            device.device_id,
            device.subsystem_vendor_id,
            device.subsystem_device_id,
            device.class,
            pci::vendor_name(device.vendor_id).unwrap_or("unlisted vendor")
        ),
        "Model of one accelerator as the PCI bus names it: no slot.",
    )
}

fn detail_fields(device: &str, details: &wire::DeviceDetails) -> Vec<Field> {
    let field = |name: &str, value: String, reveals| {
        Field::new(format!("{device}.details.{name}"), value, reveals)
    };
    vec![
        field("name", text(&details.name), "The product's name."),
        field(
            "uuid",
            text(&details.uuid),
            "The driver's name for this one device, unique in the world.",
        ),
        field(
            "serial",
            text(&details.serial),
            "The board's serial number: names this one board.",
        ),
        field(
            "firmware",
            text(&details.firmware),
            "Version of the device's firmware.",
        ),
        field("board_part", text(&details.board_part), "The board's type."),
        field(
            "pdi",
            hex(&details.pdi),
            "The device's own identifier, burnt in: names this one device.",
        ),
        field(
            "revision",
            format!("{:02x}", details.revision),
            "PCI revision: part of the model.",
        ),
    ]
}

fn signed_fields(index: usize, signed: &wire::DeviceReport) -> Vec<Field> {
    let field = |name: &str, value: String, reveals| {
        Field::new(format!("device_reports[{index}].{name}"), value, reveals)
    };
    vec![
        field("kind", format!("{:?}", signed.kind()), "What signed."),
        field(
            "report",
            hex(&signed.report),
            "Signed by the device's own key over this session: firmware measurements, driver and firmware versions, which board it sits on.",
        ),
        field(
            "chain_hash",
            hex(&signed.chain_hash),
            "Names the device's certificates, and so this one device.",
        ),
        field(
            "chain",
            signed
                .chain
                .iter()
                .map(|certificate| hex(certificate))
                .collect::<Vec<_>>()
                .join(" "),
            "The device's certificates, up to its vendor's root: name this one device.",
        ),
    ]
}

fn text(value: &str) -> String {
    match value.is_empty() {
        true => "(not known)".into(),
        false => value.into(),
    }
}
