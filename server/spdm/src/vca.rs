//! The messages in front of a report since SPDM 1.2: GET_VERSION, VERSION, GET_CAPABILITIES,
//! CAPABILITIES, NEGOTIATE_ALGORITHMS, ALGORITHMS. Read far enough to find their end, and to see
//! that what was agreed on is ECDSA P-384 with SHA-384.

use crate::bytes::{FormError, Reader};

/// `BaseAsymSel` of ECDSA P-384 and `BaseHashSel` of SHA-384.
const P384: u32 = 1 << 7;
const SHA384: u32 = 1 << 1;

/// Goes past the messages if they are there. The version that they agree on.
pub(crate) fn skip(reader: &mut Reader<'_>) -> Result<Option<u8>, FormError> {
    if !reader.rest().starts_with(&[0x10, 0x84]) {
        return Ok(None);
    }
    let _get_version = reader.take("GET_VERSION", 4)?;
    reader.exactly("VERSION", "SPDM 1.0's header (0x10)", 0x10)?;
    reader.exactly("VERSION", "its code (0x04)", 0x04)?;
    let _parameters_and_reserved = reader.take("VERSION", 3)?;
    let entries = reader.byte("VERSION's count")?;
    let _entries = reader.take("VERSION's entries", 2 * usize::from(entries))?;

    let version = reader.byte("GET_CAPABILITIES")?;
    reader.exactly("GET_CAPABILITIES", "its code (0xe1)", 0xe1)?;
    let _rest = reader.take("GET_CAPABILITIES", 18)?;
    reader.exactly("CAPABILITIES", "the version before", version)?;
    reader.exactly("CAPABILITIES", "its code (0x61)", 0x61)?;
    reader.exactly(
        "CAPABILITIES' first parameter",
        "0 (no block of algorithms)",
        0,
    )?;
    let _rest = reader.take("CAPABILITIES", 17)?;

    let _request = negotiation(reader, version, "NEGOTIATE_ALGORITHMS", 0xe3)?;
    let mut selected = Reader::new(negotiation(reader, version, "ALGORITHMS", 0x63)?);
    // Measurement specification, opaque format, measurement hash.
    let _before = selected.take("ALGORITHMS' measurement fields", 6)?;
    let signature = selected
        .array("ALGORITHMS' signature")
        .map(u32::from_le_bytes)?;
    let hash = selected.array("ALGORITHMS' hash").map(u32::from_le_bytes)?;
    for (what, expected, found, value) in [
        ("agreed signature", "ECDSA P-384", signature, P384),
        ("agreed hash", "SHA-384", hash, SHA384),
    ] {
        if found != value {
            return Err(FormError::Value {
                what,
                expected,
                found: found.into(),
            });
        }
    }
    Ok(Some(version))
}

/// A message that states its own length in its bytes 4 and 5. What stands behind them.
fn negotiation<'a>(
    reader: &mut Reader<'a>,
    version: u8,
    what: &'static str,
    code: u8,
) -> Result<&'a [u8], FormError> {
    reader.exactly(what, "the version before", version)?;
    reader.exactly(what, "its code", code)?;
    let _parameters = reader.take(what, 2)?;
    let length = usize::from(reader.le16(what)?);
    let behind = length.checked_sub(6).ok_or(FormError::Inconsistent(
        "a negotiation message shorter than its header",
    ))?;
    reader.take(what, behind)
}
