//! What is reported of the devices: sysfs's list, and for NVIDIA's what NVML adds.
//!
//! A GPU of NVML is matched to a device of the bus by its address; then the address is dropped.
//! The order says nothing about slots.

use super::nvml::{self, Confidential};
use super::pci::{self, Found};
use domicile_proto::codec;
use domicile_proto::wire::{CcState, Device, Inventory};
use std::path::Path;

const NVIDIA: u32 = 0x10de;

/// What sysfs alone says.
pub fn of_sysfs(sysfs: &Path) -> Inventory {
    merge(pci::scan(sysfs), None)
}

/// One inventory out of both sources.
pub fn merge(mut found: Vec<Found>, driver: Option<&nvml::Driver>) -> Inventory {
    for gpu in driver.into_iter().flat_map(|driver| &driver.gpus) {
        let matched = found
            .iter_mut()
            .find(|found| gpu.address.is_some() && found.address == gpu.address);
        match matched {
            Some(found) if is_same(&found.device, gpu) => add(&mut found.device, gpu),
            _ => tracing::warn!("NVML names a GPU that is not on the PCI bus; it is left out"),
        }
    }
    let version = driver
        .and_then(|driver| driver.version.clone())
        .or_else(|| found.iter().find_map(|found| found.driver.clone()));
    let mut devices: Vec<Device> = found.into_iter().map(|found| found.device).collect();
    devices.sort_by_cached_key(|device| {
        (
            [
                device.vendor_id,
                device.device_id,
                device.subsystem_vendor_id,
                device.subsystem_device_id,
                device.class,
            ],
            codec::encode(device),
        )
    });
    Inventory {
        devices,
        driver: version.unwrap_or_default(),
        cc: driver.map_or(CcState::Unspecified, cc).into(),
    }
}

fn cc(driver: &nvml::Driver) -> CcState {
    match driver.confidential {
        Confidential::Unknown | Confidential::Absent => CcState::Unspecified,
        Confidential::Off => CcState::Off,
        Confidential::On => CcState::On,
        Confidential::Debug => CcState::Debug,
    }
}

/// Whether the library speaks of the device that stands there.
fn is_same(device: &Device, gpu: &nvml::Gpu) -> bool {
    let id = device.device_id << 16 | device.vendor_id;
    device.vendor_id == NVIDIA && gpu.pci_id == Some(id)
}

fn add(device: &mut Device, gpu: &nvml::Gpu) {
    let details = device.details.get_or_insert_default();
    for (field, value) in [
        (&mut details.name, &gpu.name),
        (&mut details.uuid, &gpu.uuid),
        (&mut details.serial, &gpu.serial),
        (&mut details.firmware, &gpu.vbios),
        (&mut details.board_part, &gpu.board_part),
    ] {
        if let Some(value) = value {
            field.clone_from(value);
        }
    }
    details.pdi = gpu
        .pdi
        .map(|pdi| pdi.to_be_bytes().to_vec())
        .unwrap_or_default();
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::device::pci::Address;

    fn on_bus(slot: &str, device_id: u32) -> Found {
        Found {
            address: Address::parse(slot),
            device: Device {
                vendor_id: NVIDIA,
                device_id,
                class: 0x03_0200,
                ..Device::default()
            },
            driver: Some("from the module".into()),
        }
    }

    fn gpu(slot: &str, device_id: u32, uuid: &str) -> nvml::Gpu {
        nvml::Gpu {
            uuid: Some(uuid.into()),
            address: Address::parse(slot),
            pci_id: Some(device_id << 16 | NVIDIA),
            pdi: Some(0x1122_3344_5566_7788),
            ..nvml::Gpu::default()
        }
    }

    fn driver(gpus: Vec<nvml::Gpu>) -> nvml::Driver {
        nvml::Driver {
            version: Some("580.95.05".into()),
            confidential: Confidential::Debug,
            gpus,
        }
    }

    fn uuids(inventory: &Inventory) -> Vec<&str> {
        let details = inventory.devices.iter().map(|d| d.details.as_ref());
        details
            .map(|details| details.map_or("", |details| details.uuid.as_str()))
            .collect()
    }

    #[test]
    fn what_nvml_says_stands_with_its_own_device_whatever_the_slots() {
        let said = driver(vec![
            gpu("00000000:01:00.0", 0x2335, "GPU-b"),
            gpu("00000000:81:00.0", 0x2335, "GPU-a"),
            gpu("00000000:41:00.0", 0x2330, "GPU-c"),
        ]);
        let bus = vec![
            on_bus("0000:01:00.0", 0x2335),
            on_bus("0000:41:00.0", 0x2330),
            on_bus("0000:81:00.0", 0x2335),
        ];
        let merged = merge(bus, Some(&said));
        assert_eq!(uuids(&merged), ["GPU-c", "GPU-a", "GPU-b"]);
        assert_eq!(
            (merged.driver.as_str(), merged.cc()),
            ("580.95.05", CcState::Debug)
        );
        let details = merged.devices[0].details.as_ref().unwrap();
        assert_eq!(
            details.pdi,
            [0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88]
        );
        // The same devices in other slots: the same bytes.
        let said = driver(vec![
            gpu("00000000:81:00.0", 0x2335, "GPU-b"),
            gpu("00000000:01:00.0", 0x2335, "GPU-a"),
            gpu("00000000:c1:00.0", 0x2330, "GPU-c"),
        ]);
        let bus = vec![
            on_bus("0000:01:00.0", 0x2335),
            on_bus("0000:81:00.0", 0x2335),
            on_bus("0000:c1:00.0", 0x2330),
        ];
        assert_eq!(merge(bus, Some(&said)), merged);
    }

    #[test]
    fn a_gpu_that_does_not_stand_there_adds_nothing() {
        let mut nowhere = gpu("00000000:02:00.0", 0x2335, "GPU-x");
        for said in [
            gpu("00000000:02:00.0", 0x2335, "GPU-x"),
            gpu("00000000:01:00.0", 0x2330, "GPU-x"),
            {
                nowhere.address = None;
                nowhere
            },
        ] {
            let mut bus = vec![on_bus("0000:01:00.0", 0x2335)];
            bus.push(Found {
                address: None,
                ..on_bus("", 0x2335)
            });
            let merged = merge(bus, Some(&driver(vec![said])));
            assert_eq!(uuids(&merged), ["", ""]);
        }
    }

    #[test]
    fn without_nvml_the_modules_version_stands() {
        let merged = merge(vec![on_bus("0000:01:00.0", 0x2335)], None);
        assert_eq!(merged.driver, "from the module");
        assert_eq!(merged.cc(), CcState::Unspecified);
        assert_eq!(merged.devices[0].details, None);
    }
}
