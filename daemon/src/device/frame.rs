//! The two messages between the network process and the device process.
//!
//! Request: the 32 bytes of a nonce, nothing else. Answer: four bytes of length, big-endian, and
//! an encoded answer of at most [`MAX_ANSWER`] bytes that repeats the nonce. A length of zero
//! says that there is no reading.

use super::{nvml, pci};
use domicile_proto::codec::{self, CodecError};
use domicile_proto::frame as framing;
use domicile_proto::wire;

/// Bytes of a request.
pub const NONCE: usize = 32;
/// Bytes of the length before an answer.
pub const HEADER: usize = framing::HEADER;
/// Most bytes of an answer's body.
pub const MAX_ANSWER: usize = 64 * 1024;

/// What the network process sends: unpredictable, so that an answer belongs to one reading.
pub type Nonce = [u8; NONCE];

/// The answer on the socket.
#[derive(Clone, PartialEq, prost::Message)]
struct Answer {
    #[prost(bytes = "vec", tag = "1")]
    nonce: Vec<u8>,
    #[prost(message, optional, tag = "2")]
    inventory: Option<wire::Inventory>,
    #[prost(message, optional, tag = "3")]
    driver: Option<nvml::Driver>,
}

/// One reading of the machine's devices.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Reading {
    /// Accelerators on the PCI bus.
    pub inventory: wire::Inventory,
    /// What NVIDIA's library says, where there is one.
    pub driver: Option<nvml::Driver>,
}

/// Why an answer was not believed.
#[derive(Debug, thiserror::Error)]
pub enum FrameError {
    /// Not bytes that a device process of this version writes.
    #[error("the device process's answer was refused: {0}")]
    Codec(#[from] CodecError),
    /// An answer to another request.
    #[error("the device process answered another request")]
    OtherNonce,
    /// The device process could not read.
    #[error("the device process gave no reading (its log says why)")]
    NoReading,
}

/// The answer to `nonce`, as it goes over the socket.
pub fn encode(nonce: &Nonce, reading: Reading) -> Vec<u8> {
    framing::frame(&Answer {
        nonce: nonce.to_vec(),
        inventory: Some(reading.inventory),
        driver: reading.driver,
    })
}

/// The answer that says that there is no reading.
pub const NO_READING: [u8; HEADER] = [0; HEADER];

/// Bytes of the body that follows `header`.
///
/// # Errors
/// [`CodecError`] when it is longer than [`MAX_ANSWER`].
pub fn length(header: [u8; HEADER]) -> Result<usize, CodecError> {
    framing::length(header, MAX_ANSWER)
}

/// Checks the body of the answer to `nonce`. Nothing in it is trusted: a compromised device
/// process can lie about devices, and do nothing else.
///
/// # Errors
/// [`FrameError`].
pub fn decode(nonce: &Nonce, body: &[u8]) -> Result<Reading, FrameError> {
    if body.is_empty() {
        return Err(FrameError::NoReading);
    }
    let answer: Answer = codec::decode(body, MAX_ANSWER)?;
    if codec::array::<NONCE>("nonce", &answer.nonce)? != *nonce {
        return Err(FrameError::OtherNonce);
    }
    let inventory = answer
        .inventory
        .ok_or_else(|| CodecError::field("inventory", "is missing"))?;
    if inventory.devices.len() > pci::MAX_DEVICES {
        return Err(CodecError::field("inventory", "has too many devices").into());
    }
    if !inventory.devices.iter().all(pci::is_reportable) {
        return Err(CodecError::field("inventory", "has a device that is never reported").into());
    }
    if !answer.driver.iter().all(nvml::Driver::is_plausible) {
        return Err(CodecError::field("driver", "is not what a driver says").into());
    }
    Ok(Reading {
        inventory,
        driver: answer.driver,
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;

    const NONCE_1: Nonce = [1; NONCE];

    fn device(vendor_id: u32) -> wire::Device {
        wire::Device {
            vendor_id,
            device_id: 0x2335,
            subsystem_vendor_id: 0x10de,
            subsystem_device_id: 1,
            class: 0x03_0200,
            details: None,
        }
    }

    fn reading(devices: Vec<wire::Device>) -> Reading {
        Reading {
            inventory: wire::Inventory {
                devices,
                ..wire::Inventory::default()
            },
            driver: None,
        }
    }

    fn body(reading: Reading) -> Vec<u8> {
        encode(&NONCE_1, reading).split_off(HEADER)
    }

    #[test]
    fn an_answer_comes_back_and_only_to_its_own_nonce() {
        let sent = reading(vec![device(0x10de)]);
        let framed = encode(&NONCE_1, sent.clone());
        let header = framed[..HEADER].try_into().unwrap();
        assert_eq!(length(header).unwrap(), framed.len() - HEADER);
        assert_eq!(decode(&NONCE_1, &framed[HEADER..]).unwrap(), sent);
        assert!(matches!(
            decode(&[2; NONCE], &framed[HEADER..]),
            Err(FrameError::OtherNonce)
        ));
    }

    #[test]
    fn nothing_longer_and_nothing_that_is_never_reported_is_believed() {
        assert_eq!(length(NO_READING).unwrap(), 0);
        assert!(matches!(decode(&NONCE_1, &[]), Err(FrameError::NoReading)));
        assert!(length(u32::MAX.to_be_bytes()).is_err());
        let many = vec![device(0x10de); pci::MAX_DEVICES + 1];
        for bad in [many, vec![device(0x8086)]] {
            assert!(decode(&NONCE_1, &body(reading(bad))).is_err());
        }
        let mut wide = device(0x10de);
        wide.device_id = 0x1_0000;
        assert!(decode(&NONCE_1, &body(reading(vec![wide]))).is_err());
        let mut trailing = body(reading(vec![]));
        trailing.extend([0x78, 1]); // an unknown field
        assert!(decode(&NONCE_1, &trailing).is_err());
    }

    proptest! {
        #[test]
        fn any_bytes_are_answered(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            if let Ok(reading) = decode(&NONCE_1, &bytes) {
                prop_assert_eq!(body(reading), bytes);
            }
        }
    }
}
