//! Names by which a device is followed.

use domicile_proto::types::Digest;
use std::fmt;
use std::str::FromStr;

/// The name of one device, the strongest that its sighting gave.
///
/// As text: `pdi:0011223344556677`, `uuid:GPU-…`, `serial:10de:1650123…`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DeviceName {
    /// The per-device identifier that the vendor burnt in.
    Pdi([u8; 8]),
    /// The driver's name for the device.
    Uuid(String),
    /// PCI vendor and the board's serial number, where the driver knows no other name.
    Serial {
        /// PCI vendor id.
        vendor: u16,
        /// As the driver prints it.
        serial: String,
    },
}

/// Another name of a device, which must keep leading to the same device.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Alias {
    /// SHA-256 of the public key in the leaf of the device's certificate chain.
    LeafKey(Digest),
    /// The driver's name for the device.
    Uuid(String),
    /// The board's serial number. The devices of one board may share it.
    Serial {
        /// PCI vendor id.
        vendor: u16,
        /// As the driver prints it.
        serial: String,
    },
}

/// Why a text is no device's name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NameError;

impl std::error::Error for NameError {}

impl fmt::Display for NameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a device's name is `pdi:` and 16 hexadecimal digits, `uuid:` and the driver's name, or `serial:`, the PCI vendor in 4 hexadecimal digits, `:` and the serial number")
    }
}

impl fmt::Display for DeviceName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Pdi(pdi) => write!(f, "pdi:{}", data_encoding::HEXLOWER.encode(pdi)),
            Self::Uuid(uuid) => write!(f, "uuid:{uuid}"),
            Self::Serial { vendor, serial } => write!(f, "serial:{vendor:04x}:{serial}"),
        }
    }
}

impl FromStr for DeviceName {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        let (kind, rest) = text.split_once(':').ok_or(NameError)?;
        match kind {
            "pdi" => {
                let bytes = data_encoding::HEXLOWER.decode(rest.as_bytes());
                let bytes = bytes.map_err(|_| NameError)?;
                Ok(Self::Pdi(bytes.try_into().map_err(|_| NameError)?))
            }
            "uuid" => Ok(Self::Uuid(name(rest)?)),
            "serial" => {
                let (vendor, serial) = rest.split_once(':').ok_or(NameError)?;
                let vendor = data_encoding::HEXLOWER.decode(vendor.as_bytes());
                let vendor = vendor.map_err(|_| NameError)?;
                let vendor = vendor.try_into().map_err(|_| NameError)?;
                Ok(Self::Serial {
                    vendor: u16::from_be_bytes(vendor),
                    serial: name(serial)?,
                })
            }
            _ => Err(NameError),
        }
    }
}

impl fmt::Display for Alias {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::LeafKey(hash) => write!(f, "leaf-key:{hash}"),
            Self::Uuid(uuid) => write!(f, "uuid:{uuid}"),
            Self::Serial { vendor, serial } => write!(f, "serial:{vendor:04x}:{serial}"),
        }
    }
}

fn name(text: &str) -> Result<String, NameError> {
    let fits = !text.is_empty() && domicile_proto::devices::is_text(text);
    fits.then(|| text.to_owned()).ok_or(NameError)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_name_is_its_text(pdi in any::<[u8; 8]>(), vendor in any::<u16>(), text in "[ -~]{1,95}") {
            let names = [
                DeviceName::Pdi(pdi),
                DeviceName::Uuid(text.clone()),
                DeviceName::Serial { vendor, serial: text },
            ];
            for name in names {
                prop_assert_eq!(name.to_string().parse::<DeviceName>().unwrap(), name);
            }
        }

        #[test]
        fn what_parses_prints_as_it_was(text in "(pdi|uuid|serial|other)?:?[ -~]{0,40}") {
            if let Ok(name) = text.parse::<DeviceName>() {
                prop_assert_eq!(name.to_string(), text);
            }
        }
    }
}
