//! How a test report is laid out.

use super::{Generation, TestDevice, extension, point};
use crate::pdi::{Kind, Pdi};
use crate::report::Version;
use rcgen::{CustomExtension, KeyPair};

/// What a report states, and in which form.
#[derive(Debug, Clone)]
pub struct Form {
    /// Of SPDM.
    pub version: Version,
    /// Stated by GPUs; empty for none.
    pub driver: &'static str,
    /// Five numbers of a VBIOS.
    pub firmware: [u8; 5],
    /// The FWID stated; `None` for what old drivers do, `Some(None)` for the leaf's own.
    pub fwid: Option<Option<[u8; 48]>>,
    /// PDIs at its links.
    pub peers: Vec<Pdi>,
    /// Number of measurements; the value of number *n* is 48 times the byte *n*.
    pub measurements: u8,
    /// Zero bytes behind the signature.
    pub padding: usize,
}

impl Default for Form {
    fn default() -> Self {
        Self {
            version: Version::V11,
            driver: "590.12",
            firmware: [0x96, 0x00, 0xa5, 0x00, 0x01],
            fwid: Some(None),
            peers: Vec::new(),
            measurements: 64,
            padding: 0,
        }
    }
}

impl Form {
    /// Everything that the signature covers.
    pub(super) fn unsigned(&self, device: &TestDevice, nonce: [u8; 32]) -> Vec<u8> {
        let version = match self.version {
            Version::V11 => 0x11,
            Version::V12 => 0x12,
            Version::V13 => 0x13,
        };
        let mut bytes = match self.version {
            Version::V11 => Vec::new(),
            _ => agreement(version),
        };
        let context: &[u8] = match self.version {
            Version::V13 => b"context!",
            _ => &[],
        };
        bytes.extend([version, 0xe0, 0x01, 0xff]);
        bytes.extend(nonce);
        bytes.push(0);
        bytes.extend(context);

        let record = self.record();
        bytes.extend([version, 0x60, 0, 0, self.measurements]);
        bytes.extend(&u32::try_from(record.len()).unwrap().to_le_bytes()[..3]);
        bytes.extend(record);
        bytes.extend([0x5a; 32]);
        let opaque = self.opaque(device);
        bytes.extend(u16::try_from(opaque.len()).unwrap().to_le_bytes());
        bytes.extend(opaque);
        bytes.extend(context);
        bytes
    }

    fn record(&self) -> Vec<u8> {
        let mut record = Vec::new();
        for index in 1..=self.measurements {
            record.extend([index, 1, 51, 0, 1, 48, 0]);
            record.extend([index; 48]);
        }
        record
    }

    fn opaque(&self, device: &TestDevice) -> Vec<u8> {
        let mut opaque = Vec::new();
        let mut field = |kind: u16, value: &[u8]| {
            opaque.extend(kind.to_le_bytes());
            opaque.extend(u16::try_from(value.len()).unwrap().to_le_bytes());
            opaque.extend(value);
        };
        let [a, b, c, d, e] = self.firmware;
        let peers = self.peers.iter().map(|pdi| pdi.0);
        match device.device.kind {
            Kind::Gpu => {
                field(6, &[d, c, b, a, e, 0, 0, 0]);
                if !self.driver.is_empty() {
                    field(3, &[self.driver.as_bytes(), &[0]].concat());
                }
                let reversed = |mut pdi: [u8; 8]| {
                    pdi.reverse();
                    pdi
                };
                // Every switch at two links, as on real boards.
                let links: Vec<u8> = peers.flat_map(|pdi| [reversed(pdi); 2]).flatten().collect();
                field(22, &links);
            }
            Kind::Switch => {
                let text = format!("{a:02X}.{b:02X}.{c:02X}.{d:02X}.{e:02X}");
                field(6, text.as_bytes());
                field(22, &device.device.pdi.0);
                let mut places: Vec<u8> = peers.flatten().collect();
                places.resize(64, 0xff);
                places.extend([0xff; 64]);
                field(26, &places);
            }
        }
        if let Some(fwid) = self.fwid {
            field(20, &fwid.unwrap_or(device.fwid));
        }
        opaque
    }
}

/// The agreement on version, capabilities and algorithms.
fn agreement(version: u8) -> Vec<u8> {
    let mut bytes = vec![0x10, 0x84, 0, 0];
    bytes.extend([0x10, 0x04, 0, 0, 0, 1, 0, version << 4]);
    for code in [0xe1, 0x61] {
        bytes.extend([version, code, 0, 0]);
        bytes.extend([7; 16]);
    }
    bytes.extend([version, 0xe3, 0, 0, 32, 0]);
    bytes.extend([0; 26]);
    bytes.extend([version, 0x63, 0, 0, 36, 0, 1, 0]);
    bytes.extend(2_u32.to_le_bytes());
    bytes.extend(0x80_u32.to_le_bytes());
    bytes.extend(2_u32.to_le_bytes());
    bytes.extend([0; 16]);
    bytes
}

/// The leaf's DICE extension.
pub(super) fn dice_extension(
    generation: Generation,
    key: &KeyPair,
    fwid: [u8; 48],
) -> CustomExtension {
    const SHA384: &[u8] = &[
        0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x02,
    ];
    const P384: &[u8] = &[
        0x30, 0x10, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x05, 0x2b, 0x81,
        0x04, 0x00, 0x22,
    ];
    let hash = |fwid: &[u8]| der(0x30, &[SHA384, &der(0x04, fwid)].concat());
    match generation {
        Generation::Hopper => {
            let bits = der(0x03, &[&[0], point(key).as_slice()].concat());
            let spki = der(0x30, &[P384, &bits].concat());
            let content = [&[2, 1, 1], spki.as_slice(), &hash(&fwid)].concat();
            extension(&[2, 23, 133, 5, 4, 1], der(0x30, &content))
        }
        Generation::Blackwell(flags) => {
            let list = der(0xa6, &[hash(&fwid), hash(&[0; 48])].concat());
            let flags = der(0x87, &[0, flags, 0, 0, 1]);
            let content = [der(0x80, b"TEST"), list, flags].concat();
            extension(&[2, 23, 133, 5, 4, 1, 1], der(0x30, &content))
        }
    }
}

fn der(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = content.len();
    let mut bytes = vec![tag];
    match u8::try_from(length).unwrap() {
        short @ ..0x80 => bytes.push(short),
        long => bytes.extend([0x81, long]),
    }
    bytes.extend(content);
    bytes
}
