//! Opaque cursors: where a listing goes on.

use super::problem::Problem;
use crate::store::{FINDING_KEY, Position};
use data_encoding::BASE64URL_NOPAD;
use domicile_fleet::DeviceName;
use domicile_proto::types::{Digest, Key};

/// After this host.
pub(super) fn of_host(key: &Key) -> String {
    BASE64URL_NOPAD.encode(&key.0)
}

/// Reads a cursor of a listing of hosts.
pub(super) fn host(text: Option<&str>) -> Result<Option<Key>, Problem> {
    text.map(|text| bytes(text).map(Key)).transpose()
}

/// After this evidence.
pub(super) fn of_position(position: &Position) -> String {
    BASE64URL_NOPAD.encode(&[&position.at_ms.to_be_bytes()[..], &position.id.0].concat())
}

/// Reads a cursor of a listing by time.
pub(super) fn position(text: Option<&str>) -> Result<Option<Position>, Problem> {
    let Some(text) = text else { return Ok(None) };
    let bytes: [u8; 40] = bytes(text)?;
    let (mut time, mut id) = ([0; 8], [0; 32]);
    time.copy_from_slice(&bytes[..8]);
    id.copy_from_slice(&bytes[8..]);
    Ok(Some(Position {
        at_ms: u64::from_be_bytes(time),
        id: Digest(id),
    }))
}

/// After this device.
pub(super) fn of_device(name: &DeviceName) -> String {
    BASE64URL_NOPAD.encode(name.to_string().as_bytes())
}

/// Reads a cursor of a listing of devices.
pub(super) fn device(text: Option<&str>) -> Result<Option<DeviceName>, Problem> {
    let Some(text) = text else { return Ok(None) };
    let decoded = BASE64URL_NOPAD.decode(text.as_bytes()).ok();
    let name = decoded.and_then(|bytes| String::from_utf8(bytes).ok());
    name.and_then(|name| name.parse().ok())
        .ok_or_else(unreadable)
        .map(Some)
}

/// After this finding.
pub(super) fn of_finding(key: &[u8; FINDING_KEY]) -> String {
    BASE64URL_NOPAD.encode(key)
}

/// Reads a cursor of a listing of findings.
pub(super) fn finding(text: Option<&str>) -> Result<Option<[u8; FINDING_KEY]>, Problem> {
    text.map(bytes).transpose()
}

/// After this pair of anchors.
pub(super) fn of_pair(measurer: &Key, responder: &Key) -> String {
    BASE64URL_NOPAD.encode(&[measurer.0, responder.0].concat())
}

/// Reads a cursor of a listing of pairs.
pub(super) fn pair(text: Option<&str>) -> Result<Option<(Key, Key)>, Problem> {
    let Some(text) = text else { return Ok(None) };
    let bytes: [u8; 64] = bytes(text)?;
    let (mut measurer, mut responder) = ([0; 32], [0; 32]);
    measurer.copy_from_slice(&bytes[..32]);
    responder.copy_from_slice(&bytes[32..]);
    Ok(Some((Key(measurer), Key(responder))))
}

fn bytes<const N: usize>(text: &str) -> Result<[u8; N], Problem> {
    let decoded = BASE64URL_NOPAD.decode(text.as_bytes()).ok();
    decoded
        .and_then(|bytes| bytes.try_into().ok())
        .ok_or_else(unreadable)
}

/// What is said of a cursor that is none.
pub(super) fn unreadable() -> Problem {
    Problem::query("`cursor`: give `next` of the page before, unchanged")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn cursors_go_both_ways_and_others_are_refused() {
        let at = Position {
            at_ms: 7,
            id: Digest([9; 32]),
        };
        assert_eq!(position(Some(&of_position(&at))), Ok(Some(at)));
        assert_eq!(host(Some(&of_host(&Key([3; 32])))), Ok(Some(Key([3; 32]))));
        assert_eq!(host(None), Ok(None));
        for wrong in ["", "!", "AAAA", &of_position(&at)] {
            assert!(host(Some(wrong)).is_err(), "{wrong}");
        }
        assert!(position(Some(&of_host(&Key([3; 32])))).is_err());
        let name = DeviceName::Uuid("GPU-1".into());
        assert_eq!(device(Some(&of_device(&name))), Ok(Some(name)));
        assert!(device(Some(&of_host(&Key([3; 32])))).is_err());
        let key = [5; FINDING_KEY];
        assert_eq!(finding(Some(&of_finding(&key))), Ok(Some(key)));
        let two = (Key([3; 32]), Key([4; 32]));
        assert_eq!(pair(Some(&of_pair(&two.0, &two.1))), Ok(Some(two)));
        assert!(pair(Some(&of_host(&two.0))).is_err());
    }
}
