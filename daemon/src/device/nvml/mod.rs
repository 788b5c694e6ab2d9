//! What NVIDIA's management library says about the GPUs: getters only, in one reading.
//!
//! The library is loaded before the device process is confined, initialised and shut down inside
//! one reading. A client that stayed would keep the GPU from being reset, its modes from being
//! changed and the driver from being unloaded.
//!
//! Start reading at [`read`].

mod abi;
pub mod library;

pub use library::{Device, Library, Refusal, Session};

use super::pci::{self, Address};

/// Most GPUs read.
pub const MAX_GPUS: u32 = 64;

/// What the library says. Nobody signs it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Driver {
    /// The driver's version.
    pub version: Option<String>,
    /// Confidential computing.
    pub confidential: Confidential,
    /// Each GPU, in the library's order.
    pub gpus: Vec<Gpu>,
}

/// Confidential computing on this host.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Confidential {
    /// The driver could not say.
    #[default]
    Unknown,
    /// Driver or devices have no such mode.
    Absent,
    /// Off.
    Off,
    /// On.
    On,
    /// On, with debug tools allowed.
    Debug,
}

/// One GPU. What the driver does not tell, or not in a form that may travel, is absent.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Gpu {
    /// `GPU-…`, unique in the world.
    pub uuid: Option<String>,
    /// The board's serial number.
    pub serial: Option<String>,
    /// Where it stands: for matching, never reported.
    pub address: Option<Address>,
    /// PCI device id ‖ vendor id.
    pub pci_id: Option<u32>,
    /// The version of its firmware image.
    pub vbios: Option<String>,
    /// The product's name.
    pub name: Option<String>,
    /// The board's part number.
    pub board_part: Option<String>,
    /// Its own identifier, burnt in.
    pub pdi: Option<u64>,
}

/// Asks about the driver and each of `devices`. May take as long as the driver takes.
pub fn read(session: &Session<'_>, devices: &[Device<'_>]) -> Driver {
    Driver {
        version: clean(session.driver()),
        confidential: confidential(session),
        gpus: devices.iter().map(|device| gpu(*device)).collect(),
    }
}

fn confidential(session: &Session<'_>) -> Confidential {
    match session.confidential_computing() {
        Ok(state) if !state.on => Confidential::Off,
        Ok(state) if state.developer_tools => Confidential::Debug,
        Ok(_) => Confidential::On,
        Err(Refusal::NoFunction | Refusal::NotSupported) => Confidential::Absent,
        Err(_) => Confidential::Unknown,
    }
}

fn gpu(device: Device<'_>) -> Gpu {
    let place = device.place();
    Gpu {
        uuid: clean(device.uuid()),
        serial: clean(device.serial()),
        address: place
            .as_ref()
            .and_then(|place| Address::parse(&place.address)),
        pci_id: place.map(|place| place.pci_id),
        vbios: clean(device.vbios()),
        name: clean(device.name()),
        board_part: clean(device.board_part()),
        pdi: device.pdi(),
    }
}

fn clean(text: Option<String>) -> Option<String> {
    pci::text(text?.as_bytes())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::library::SYMBOLS;

    /// Words of NVML's functions that change something.
    const CHANGES: [&str; 12] = [
        "Set", "Reset", "Clear", "Drain", "Create", "Destroy", "Modify", "Remove", "Enable",
        "Register", "Control", "Validate",
    ];

    #[test]
    fn the_table_holds_getters_and_the_pair_that_opens_and_closes() {
        for symbol in SYMBOLS {
            let getter = symbol.starts_with("nvmlDeviceGet") || symbol.starts_with("nvmlSystemGet");
            assert!(
                getter || matches!(symbol, "nvmlInit_v2" | "nvmlShutdown"),
                "{symbol}"
            );
            assert!(
                // `Settings` is a noun.
                !CHANGES
                    .iter()
                    .any(|word| symbol.trim_end_matches("Settings").contains(word)),
                "{symbol}"
            );
        }
    }

    #[test]
    fn nothing_is_looked_up_but_by_the_table() {
        // Every name of an NVML function in these files is one of the table's.
        let sources = [
            include_str!("abi.rs"),
            include_str!("library.rs"),
            include_str!("mod.rs"),
        ];
        let code = sources.map(|source| source.split("#[cfg(test)]").next().unwrap());
        let names = code
            .iter()
            .flat_map(|code| code.split('"').skip(1).step_by(2));
        let named: Vec<&str> = names.filter(|name| name.starts_with("nvml")).collect();
        assert_eq!(named, SYMBOLS);
        assert_eq!(code[1].matches(".get::<").count(), 1);
    }
}
