//! What NVIDIA's management library says about the GPUs: getters only, in one reading.
//!
//! The library is loaded before the device process is confined, initialised and shut down inside
//! one reading. A client that stayed would keep the GPU from being reset, its modes from being
//! changed and the driver from being unloaded.
//!
//! Start reading at [`read`].

pub mod library;

pub use library::Library;

/// Most GPUs read.
pub const MAX_GPUS: u32 = 64;
/// Longest text about a GPU that is believed, bytes.
pub const MAX_TEXT: usize = 95;

/// What the library says. Nobody signs it.
#[derive(Clone, PartialEq, Eq, prost::Message)]
pub struct Driver {
    /// The driver's version.
    #[prost(string, optional, tag = "1")]
    pub version: Option<String>,
    /// Whether confidential computing is on.
    #[prost(bool, optional, tag = "2")]
    pub confidential_computing: Option<bool>,
    /// Each GPU.
    #[prost(message, repeated, tag = "3")]
    pub gpus: Vec<Gpu>,
}

/// One GPU. What the driver does not tell is absent.
#[derive(Clone, PartialEq, Eq, prost::Message)]
pub struct Gpu {
    /// `GPU-…`, unique in the world.
    #[prost(string, optional, tag = "1")]
    pub uuid: Option<String>,
    /// The board's serial number.
    #[prost(string, optional, tag = "2")]
    pub serial: Option<String>,
    /// Domain, bus, device and function.
    #[prost(string, optional, tag = "3")]
    pub pci_address: Option<String>,
    /// The version of its firmware image.
    #[prost(string, optional, tag = "4")]
    pub vbios: Option<String>,
    /// The product's name.
    #[prost(string, optional, tag = "5")]
    pub name: Option<String>,
    /// The board's part number.
    #[prost(string, optional, tag = "6")]
    pub board_part: Option<String>,
    /// Whether it is divided into instances now.
    #[prost(bool, optional, tag = "7")]
    pub mig: Option<bool>,
}

/// Opens the library, asks, and shuts it down again. May take as long as the driver takes.
///
/// # Errors
/// Why it could not be initialised.
pub fn read(library: &Library) -> Result<Driver, String> {
    let session = library.open()?;
    let gpus = session.devices(MAX_GPUS).into_iter().map(|gpu| Gpu {
        uuid: gpu.uuid(),
        serial: gpu.serial(),
        pci_address: gpu.pci_address(),
        vbios: gpu.vbios(),
        name: gpu.name(),
        board_part: gpu.board_part(),
        mig: gpu.mig(),
    });
    Ok(Driver {
        gpus: gpus.collect(),
        version: session.driver(),
        confidential_computing: session.confidential_computing(),
    })
}

impl Driver {
    /// Whether a device process of this version can have read this.
    pub(super) fn is_plausible(&self) -> bool {
        let texts = self.gpus.iter().flat_map(|gpu| {
            [
                &gpu.uuid,
                &gpu.serial,
                &gpu.pci_address,
                &gpu.vbios,
                &gpu.name,
                &gpu.board_part,
            ]
        });
        self.gpus.len() <= MAX_GPUS as usize
            && texts.chain([&self.version]).flatten().all(|text| {
                text.len() <= MAX_TEXT && text.bytes().all(|b| matches!(b, b' '..=b'~'))
            })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::library::SYMBOLS;
    use super::*;

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
                !CHANGES.iter().any(|word| symbol.contains(word)),
                "{symbol}"
            );
        }
    }

    #[test]
    fn nothing_is_looked_up_but_by_the_table() {
        // Every name of an NVML function in these files is one of the table's.
        let sources = [include_str!("library.rs"), include_str!("mod.rs")];
        let code = sources.map(|source| source.split("#[cfg(test)]").next().unwrap());
        let names = code
            .iter()
            .flat_map(|code| code.split('"').skip(1).step_by(2));
        let named: Vec<&str> = names.filter(|name| name.starts_with("nvml")).collect();
        assert_eq!(named, SYMBOLS);
        assert_eq!(code[0].matches(".get::<").count(), 1);
    }

    #[test]
    fn texts_that_no_driver_writes_are_not_believed() {
        let named = |name: &str| Driver {
            gpus: vec![Gpu {
                name: Some(name.into()),
                ..Gpu::default()
            }],
            ..Driver::default()
        };
        assert!(named("NVIDIA H200").is_plausible());
        for bad in ["\u{1b}[2J", "a\nb", "é", &"a".repeat(96)] {
            assert!(!named(bad).is_plausible());
        }
        let many = Driver {
            gpus: vec![Gpu::default(); 65],
            ..Driver::default()
        };
        assert!(!many.is_plausible());
    }
}
