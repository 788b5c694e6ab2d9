//! What a device says of itself beside its measurements: LE16 type, LE16 length, value.

use crate::bytes::{FormError, Reader};
use crate::pdi::Pdi;

/// Fields read from a report at most.
const MAX_FIELDS: usize = 256;

/// How many places for GPUs an NVSwitch's list has before its map of ports.
const SWITCH_PLACES: usize = 8;

const DRIVER: u16 = 3;
const FIRMWARE: u16 = 6;
const FWID: u16 = 20;
const PROTECTED_PCIE: u16 = 21;
const SWITCHES: u16 = 22;
const GPUS: u16 = 26;
const MODE: u16 = 36;

/// One field as it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Field<'a> {
    /// Its type; the vendor's numbers.
    pub kind: u16,
    /// Its value.
    pub value: &'a [u8],
}

/// The opaque data of a report. The vendor's types 3 (driver), 6 (VBIOS or switch firmware), 20
/// (FWID), 21 (protected PCIe), 22 (PDIs: a GPU's switches, a switch's own), 26 (a switch's GPUs)
/// and 36 (mode) are read; the others are kept as bytes. A type appears once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opaque<'a> {
    fields: Vec<Field<'a>>,
}

impl<'a> Opaque<'a> {
    /// Reads the fields.
    ///
    /// # Errors
    /// [`FormError`] when a field goes past the end, there are too many or a type appears twice.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, FormError> {
        let mut reader = Reader::new(bytes);
        let mut fields: Vec<Field<'a>> = Vec::new();
        while !reader.rest().is_empty() {
            let kind = reader.le16("opaque field's type")?;
            let length = reader.le16("opaque field's length")?;
            let value = reader.take("opaque field", length.into())?;
            if fields.iter().any(|field| field.kind == kind) {
                return Err(FormError::Inconsistent("an opaque field appears twice"));
            }
            if fields.len() == MAX_FIELDS {
                return Err(FormError::Inconsistent("more than 256 opaque fields"));
            }
            fields.push(Field { kind, value });
        }
        Ok(Self { fields })
    }

    /// Every field in its order.
    pub fn fields(&self) -> &[Field<'a>] {
        &self.fields
    }

    /// The value of a type.
    pub fn field(&self, kind: u16) -> Option<&'a [u8]> {
        let found = self.fields.iter().find(|field| field.kind == kind);
        found.map(|field| field.value)
    }

    /// The driver's version, as printable ASCII of at most 95 bytes. Switches have none.
    pub fn driver(&self) -> Option<String> {
        self.field(DRIVER).and_then(text)
    }

    /// The version of the firmware image, as tools print it (`96.00.5E.00.01`). A GPU writes its
    /// VBIOS as a little-endian number of 8 bytes, a switch writes text.
    pub fn firmware(&self) -> Option<String> {
        match self.field(FIRMWARE)? {
            [a, b, c, d, last, 0, 0, 0] => {
                Some(format!("{d:02X}.{c:02X}.{b:02X}.{a:02X}.{last:02X}"))
            }
            value => text(value),
        }
    }

    /// The hash of the firmware that signed. The same on many devices: never an identity.
    pub fn fwid(&self) -> Option<&'a [u8]> {
        self.field(FWID)
    }

    /// Whether protected PCIe is on (`0xaa`) or off (`0x55`); `None` when not stated.
    pub fn protected_pcie(&self) -> Option<bool> {
        match self.field(PROTECTED_PCIE)? {
            [0xaa] => Some(true),
            [0x55] => Some(false),
            _ => None,
        }
    }

    /// The mode that the vendor calls SPT (0), MPT (1) or PPCIE (2).
    pub fn mode(&self) -> Option<u16> {
        let value: [u8; 2] = self.field(MODE)?.try_into().ok()?;
        Some(u16::from_le_bytes(value))
    }

    /// The PDI that a switch states of itself.
    pub fn own_pdi(&self) -> Option<Pdi> {
        let value: [u8; 8] = self.field(SWITCHES)?.try_into().ok()?;
        Some(Pdi(value))
    }

    /// The switches that a GPU's links lead to: each once, sorted. A GPU writes them little-endian.
    pub fn switches(&self) -> Vec<Pdi> {
        let value = self.field(SWITCHES).unwrap_or_default();
        let reversed = |mut bytes: [u8; 8]| {
            bytes.reverse();
            Pdi(bytes)
        };
        distinct(value, reversed)
    }

    /// The GPUs that a switch's ports lead to: each once, sorted. Behind the eight places for them
    /// stands a map of ports, which is left alone.
    pub fn gpus(&self) -> Vec<Pdi> {
        let value = self.field(GPUS).unwrap_or_default();
        let places = value.get(..SWITCH_PLACES * 8).unwrap_or_default();
        distinct(places, Pdi)
    }
}

/// The PDIs in a list of 8 bytes each, without the empty places (all zeros, all ones).
fn distinct(list: &[u8], read: impl Fn([u8; 8]) -> Pdi) -> Vec<Pdi> {
    let (places, _) = list.as_chunks::<8>();
    let mut pdis: Vec<Pdi> = places
        .iter()
        .filter(|place| **place != [0; 8] && **place != [0xff; 8])
        .map(|place| read(*place))
        .collect();
    pdis.sort_unstable();
    pdis.dedup();
    pdis
}

/// Printable ASCII with nothing but NULs behind it.
fn text(value: &[u8]) -> Option<String> {
    let end = value.iter().position(|byte| *byte == 0);
    let (text, padding) = value.split_at(end.unwrap_or(value.len()));
    let printable = |byte: &u8| byte.is_ascii_graphic() || *byte == b' ';
    let well_formed = (1..=95).contains(&text.len())
        && text.iter().all(printable)
        && padding.iter().all(|byte| *byte == 0);
    well_formed.then(|| String::from_utf8_lossy(text).into_owned())
}
