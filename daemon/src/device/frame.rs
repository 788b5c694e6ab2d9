//! The two messages between the network process and the device process.
//!
//! Request: the 32 bytes of a nonce, nothing else. Answer: four bytes of length, big-endian, and
//! an encoded answer of at most [`MAX_ANSWER`] bytes that repeats the nonce. A length of zero
//! says that there is no reading.

use super::pci;
use domicile_proto::codec::{self, CodecError};
use domicile_proto::devices::{self, MAX_REPORTS};
use domicile_proto::frame as framing;
use domicile_proto::wire;

/// Bytes of a request.
pub const NONCE: usize = 32;
/// Bytes of the length before an answer.
pub const HEADER: usize = framing::HEADER;
/// Most bytes of what devices signed, and of their certificates: a board of 8 GPUs and 4 switches
/// has about 100,000.
pub const MAX_REPORT_BYTES: usize = 144 * 1024;
/// Most bytes of an answer's body. A report of the agent has room for it and for its rangings.
pub const MAX_ANSWER: usize = 192 * 1024;

/// Longest statement of a TPM that is sent on, bytes.
pub const MAX_ATTEST: usize = 1024;
/// Longest signature of a TPM that is sent on, bytes.
pub const MAX_SIGNATURE: usize = 600;

/// What the network process sends, and what devices sign: unpredictable before the session's
/// ranging has ended, so that an answer belongs to one reading.
pub type Nonce = [u8; NONCE];

/// The answer on the socket.
#[derive(Clone, PartialEq, prost::Message)]
struct Answer {
    #[prost(bytes = "vec", tag = "1")]
    nonce: Vec<u8>,
    #[prost(message, optional, tag = "2")]
    inventory: Option<wire::Inventory>,
    #[prost(message, repeated, tag = "3")]
    reports: Vec<wire::DeviceReport>,
    #[prost(message, optional, tag = "8")]
    tpm: Option<wire::TpmQuote>,
}

/// One reading of the machine's devices.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Reading {
    /// Accelerators on the PCI bus, and what their drivers say.
    pub inventory: wire::Inventory,
    /// What devices signed, each with its certificates.
    pub reports: Vec<wire::DeviceReport>,
    /// The nonce, signed by the TPM, where there is one.
    pub tpm: Option<wire::TpmQuote>,
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
        reports: reading.reports,
        tpm: reading.tpm,
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
    devices::check_inventory(&inventory)?;
    if !inventory.devices.iter().all(pci::is_reportable) {
        return Err(CodecError::field("inventory", "has a device that is never reported").into());
    }
    check_reports(&answer.reports)?;
    if !answer.tpm.iter().all(is_quote) {
        return Err(CodecError::field("tpm", "is not the size of a quote").into());
    }
    Ok(Reading {
        inventory,
        reports: answer.reports,
        tpm: answer.tpm,
    })
}

/// Whether a TPM's quote has the size of one.
fn is_quote(quote: &wire::TpmQuote) -> bool {
    (1..=MAX_ATTEST).contains(&quote.attest.len())
        && (1..=MAX_SIGNATURE).contains(&quote.signature.len())
}

fn check_reports(reports: &[wire::DeviceReport]) -> Result<(), CodecError> {
    if reports.len() > MAX_REPORTS {
        return Err(CodecError::field("reports", "are too many"));
    }
    let mut bytes = 0;
    for report in reports {
        devices::check_report(report)?;
        if report.chain.is_empty() {
            return Err(CodecError::field("reports", "lack certificates"));
        }
        bytes += report.report.len() + report.chain.iter().map(Vec::len).sum::<usize>();
    }
    match bytes > MAX_REPORT_BYTES {
        true => Err(CodecError::field("reports", "are too long together")),
        false => Ok(()),
    }
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
            reports: vec![],
            tpm: None,
        }
    }

    fn report(bytes: usize) -> wire::DeviceReport {
        let chain = vec![vec![0x30; 700]; 5];
        wire::DeviceReport {
            kind: wire::DeviceKind::Gpu.into(),
            report: vec![0x11; bytes],
            chain_hash: devices::chain_hash(&chain).0.to_vec(),
            chain,
        }
    }

    fn signed(reports: Vec<wire::DeviceReport>) -> Reading {
        Reading {
            reports,
            ..reading(vec![device(0x10de)])
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
        let many = vec![device(0x10de); devices::MAX_DEVICES + 1];
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

    #[test]
    fn a_whole_board_fits_and_still_leaves_room_for_the_rangings() {
        let board = signed(vec![report(5 * 1024); 12]);
        assert_eq!(decode(&NONCE_1, &body(board.clone())).unwrap(), board);
        let most = 30 * 1536;
        assert!(MAX_ANSWER + most <= framing::MAX_TO_COLLECTOR);
        let text = "~".repeat(devices::MAX_TEXT);
        let mut full = device(0x10de);
        full.details = Some(wire::DeviceDetails {
            name: text.clone(),
            uuid: text.clone(),
            serial: text.clone(),
            firmware: text.clone(),
            board_part: text,
            pdi: vec![0xff; 8],
            revision: 0xff,
        });
        let largest = Reading {
            inventory: reading(vec![full; devices::MAX_DEVICES]).inventory,
            reports: vec![report(1100); MAX_REPORTS],
            tpm: Some(wire::TpmQuote {
                attest: vec![1; MAX_ATTEST],
                signature: vec![1; MAX_SIGNATURE],
            }),
        };
        decode(&NONCE_1, &body(largest)).unwrap();
    }

    #[test]
    fn what_is_signed_is_held_to_its_bounds() {
        let mut nameless = report(100);
        nameless.chain.clear();
        let mut other_chain = report(100);
        other_chain.chain[0][0] ^= 1;
        for bad in [
            vec![report(1); MAX_REPORTS + 1],
            vec![report(16 * 1024); 9],
            vec![report(0)],
            vec![nameless],
            vec![other_chain],
        ] {
            assert!(decode(&NONCE_1, &body(signed(bad))).is_err());
        }
        let mut named = reading(vec![device(0x10de)]);
        named.inventory.devices[0].details = Some(wire::DeviceDetails {
            name: "\u{1b}[2J".into(),
            ..wire::DeviceDetails::default()
        });
        assert!(decode(&NONCE_1, &body(named)).is_err());
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
