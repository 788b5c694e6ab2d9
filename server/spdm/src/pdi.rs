//! The identity of one device, and of which kind it is.

use std::fmt;

/// Per-device identifier: 8 bytes, big-endian, unique to one GPU or NVSwitch. NVML shows the same
/// number (`nvmlDeviceGetPdi`).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Pdi(pub [u8; 8]);

impl fmt::Display for Pdi {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&data_encoding::HEXLOWER.encode(&self.0))
    }
}

impl fmt::Debug for Pdi {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Pdi({self})")
    }
}

/// What the vendor's own certificate says a device is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// A GPU: serial `0x41 ‖ PDI` of the boot ROM's certificate.
    Gpu,
    /// An NVSwitch: `0x50 ‖ PDI`.
    Switch,
}

impl Kind {
    /// The byte before the PDI in the serial number of the boot ROM's certificate.
    pub fn prefix(self) -> u8 {
        match self {
            Self::Gpu => 0x41,
            Self::Switch => 0x50,
        }
    }

    /// For people and JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Gpu => "gpu",
            Self::Switch => "switch",
        }
    }
}

/// One device of one kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Device {
    /// GPU or switch.
    pub kind: Kind,
    /// Which one.
    pub pdi: Pdi,
}

impl Device {
    /// Reads the content of a serial number: `0x41 ‖ PDI` or `0x50 ‖ PDI`, nine bytes.
    pub fn of_serial(serial: &[u8]) -> Option<Self> {
        let (prefix, pdi) = serial.split_first()?;
        let kind = [Kind::Gpu, Kind::Switch]
            .into_iter()
            .find(|kind| kind.prefix() == *prefix)?;
        let pdi = Pdi(pdi.try_into().ok()?);
        Some(Self { kind, pdi })
    }
}

impl fmt::Display for Device {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.kind.name(), self.pdi)
    }
}
