//! The DICE extension of a leaf certificate: hashes of the firmware that its key was derived with,
//! and whether that firmware runs in a debug mode.
//!
//! Hopper (OID 2.23.133.5.4.1): a number, the device's public key, and one FWID. Blackwell
//! (2.23.133.5.4.1.1): TCG's `DiceTcbInfo` with a list of FWIDs and operational flags.

use crate::der::{Der, tag};

/// SHA-384, as an OID's content.
const SHA384_OID: &[u8] = &[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x02];

/// Firmware hashes read from one certificate at most.
const MAX_FWIDS: usize = 8;

/// What the extension says.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Dice {
    /// SHA-384 of firmware layers; without those of only zeros, which mean that there is none.
    pub fwids: Vec<[u8; 48]>,
    /// TCG's operational flags, where they are stated.
    pub flags: Option<Flags>,
}

/// TCG's operational flags of the firmware.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Flags(u8);

impl Flags {
    /// Not configured. Blackwell's published sample says so of itself.
    pub fn not_configured(self) -> bool {
        self.0 & 0x80 != 0
    }

    /// Its secure boot is off, it is in recovery, or it may be debugged: what it signs need not be
    /// what the vendor's firmware would have signed.
    pub fn debug(self) -> bool {
        self.0 & 0x70 != 0
    }
}

impl Dice {
    /// Reads the extension's value; `None` when it has neither form.
    pub(crate) fn read(value: &[u8]) -> Option<Self> {
        let content = Der::only(value, tag::SEQUENCE)?;
        let mut fields = Der::new(content);
        match fields.next_if(tag::INTEGER) {
            Some(_version) => composite(fields),
            None => tcb_info(fields),
        }
    }
}

/// Hopper: `SEQUENCE { version, SubjectPublicKeyInfo, FWID }`.
fn composite(mut fields: Der<'_>) -> Option<Dice> {
    let _device_key = fields.expect(tag::SEQUENCE)?;
    let fwid = fwid(fields.expect(tag::SEQUENCE)?)?;
    fields.is_empty().then(|| Dice {
        fwids: non_zero(fwid).into_iter().collect(),
        flags: None,
    })
}

/// Blackwell: fields with tags 0 to 10, of which 6 are the FWIDs and 7 the flags.
fn tcb_info(mut fields: Der<'_>) -> Option<Dice> {
    let mut dice = Dice::default();
    while !fields.is_empty() {
        let element = fields.next()?;
        if element.tag == tag::constructed(6) {
            let mut list = Der::new(element.content);
            while !list.is_empty() {
                dice.fwids
                    .extend(non_zero(fwid(list.expect(tag::SEQUENCE)?)?));
                if dice.fwids.len() > MAX_FWIDS {
                    return None;
                }
            }
        } else if element.tag == tag::primitive(7) {
            // A BIT STRING: the number of unused bits, then the bits from the first.
            let (_unused, bits) = element.content.split_first()?;
            dice.flags = Some(Flags(bits.first().copied().unwrap_or(0)));
        }
    }
    Some(dice)
}

fn fwid(content: &[u8]) -> Option<[u8; 48]> {
    let mut fields = Der::new(content);
    let algorithm = fields.expect(tag::OID)?;
    let hash = fields.expect(tag::OCTET_STRING)?;
    if algorithm != SHA384_OID || !fields.is_empty() {
        return None;
    }
    hash.try_into().ok()
}

fn non_zero(fwid: [u8; 48]) -> Option<[u8; 48]> {
    (fwid != [0; 48]).then_some(fwid)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_is_any_of_three_bits() {
        assert!(!Flags(0x80).debug() && Flags(0x80).not_configured());
        assert!([0x40, 0x20, 0x10].into_iter().all(|bit| Flags(bit).debug()));
        assert!(!Flags(0x0f).debug());
    }
}
