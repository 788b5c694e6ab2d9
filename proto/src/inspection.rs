//! An inspector's challenge: a nonce that is read to a host, and the code that the host answers with.
//!
//! The inspector stands before the box, its network unplugged, and types the nonce; the agent's key signs
//! it together with digests of the devices that are read at that moment and of the agent's newest report.
//! No message of the wire carries either: people do.
//!
//! The code shows that the agent's key signed this nonce. It does not show where the key is, nor that the
//! host spoke the truth about its devices; `deploy/INSPECTION.md` says what an inspector does about that.
//!
//! Start reading at [`answer`], then [`Answer::check`].

use crate::codec;
use crate::sign::{self, Domain, OpenError, SigningKey};
use crate::typed::{Form, TypedError};
use crate::types::{Digest, Key};
use crate::wire::{Device, Inventory, Signed};
use std::fmt;
use std::str::FromStr;

/// How a nonce is typed: 6 groups, 15 bytes.
pub const NONCE_FORM: Form = Form {
    name: "a nonce",
    groups: 6,
    offset: 16,
};

/// How a code is typed: 30 groups, 75 bytes.
pub const CODE_FORM: Form = Form {
    name: "a code",
    groups: 30,
    offset: 0,
};

/// Bytes of a nonce.
pub const NONCE: usize = NONCE_FORM.bytes();
/// Bytes of a code's statement, in front of the signature.
const STATEMENT: usize = 11;
/// The statement's first byte.
const VERSION: u8 = 1;
/// Bytes of each of its digests.
const SHORT: usize = 3;

/// Fifteen random bytes, from the inspector and never used before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Nonce(pub [u8; NONCE]);

impl fmt::Display for Nonce {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Six groups on one line: one more than a line of a code has.
        f.write_str(&NONCE_FORM.write(&self.0).replace('\n', " "))
    }
}

impl FromStr for Nonce {
    type Err = TypedError;

    fn from_str(text: &str) -> Result<Self, TypedError> {
        let bytes = NONCE_FORM.read(text)?;
        Ok(Self(bytes.try_into().expect("its form has its length")))
    }
}

/// The first bytes of a digest, enough to compare with what is on record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Short([u8; SHORT]);

impl Short {
    /// That of a digest.
    pub fn of(digest: &Digest) -> Self {
        let [a, b, c, ..] = digest.0;
        Self([a, b, c])
    }
}

impl fmt::Display for Short {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&data_encoding::HEXLOWER.encode(&self.0))
    }
}

/// What a host says in a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Statement {
    /// Accelerators on its PCI bus.
    pub devices: u8,
    /// Of their kinds: [`bus_digest`].
    pub bus: Short,
    /// Of their names, if it knows any: [`names_digest`].
    pub names: Option<Short>,
    /// Of its newest report, the first bytes of the hash of the Signed evidence; none before the first.
    pub newest: Option<Short>,
}

impl Statement {
    /// What a host with these devices and this newest report says.
    pub fn of(inventory: &Inventory, newest: Option<&Digest>) -> Self {
        Self {
            devices: u8::try_from(inventory.devices.len()).unwrap_or(u8::MAX),
            bus: Short::of(&bus_digest(inventory)),
            names: names_digest(inventory).as_ref().map(Short::of),
            newest: newest.map(Short::of),
        }
    }

    fn encode(&self) -> [u8; STATEMENT] {
        // Absent is all zeros: a digest that begins so is taken for absent, once in 16 million.
        let short = |short: Option<Short>| short.map_or([0; SHORT], |short| short.0);
        let (bus, names, newest) = (self.bus.0, short(self.names), short(self.newest));
        let mut bytes = [0; STATEMENT];
        bytes[0] = VERSION;
        bytes[1] = self.devices;
        bytes[2..5].copy_from_slice(&bus);
        bytes[5..8].copy_from_slice(&names);
        bytes[8..].copy_from_slice(&newest);
        bytes
    }

    fn decode(bytes: &[u8; STATEMENT]) -> Result<Self, CodeError> {
        let [version, devices, b0, b1, b2, n0, n1, n2, e0, e1, e2] = *bytes;
        let present = |short: [u8; SHORT]| (short != [0; SHORT]).then_some(Short(short));
        match version {
            VERSION => Ok(Self {
                devices,
                bus: Short([b0, b1, b2]),
                names: present([n0, n1, n2]),
                newest: present([e0, e1, e2]),
            }),
            other => Err(CodeError::Version(other)),
        }
    }
}

/// SHA-256 over the PCI ids and classes of the devices, in order: the encoded [`Inventory`] with these fields only.
pub fn bus_digest(inventory: &Inventory) -> Digest {
    digest(inventory, |device| Device {
        details: None,
        ..device.clone()
    })
}

/// The same with UUID, serial number and PDI of each device; none where no device has any. What an
/// update changes (driver, firmware, names of products) is left out.
pub fn names_digest(inventory: &Inventory) -> Option<Digest> {
    let named = |device: &Device| {
        let mut device = device.clone();
        if let Some(details) = &mut device.details {
            details.name.clear();
            details.firmware.clear();
            details.board_part.clear();
            details.revision = 0;
        }
        device.details = device
            .details
            .filter(|details| *details != Default::default());
        device
    };
    let any = inventory
        .devices
        .iter()
        .any(|device| named(device).details.is_some());
    any.then(|| digest(inventory, named))
}

fn digest(inventory: &Inventory, of: impl Fn(&Device) -> Device) -> Digest {
    let mut devices: Vec<Device> = inventory.devices.iter().map(of).collect();
    // What is left out may have decided the order.
    devices.sort_by_cached_key(codec::encode);
    sign::sha256(&codec::encode(&Inventory {
        devices,
        ..Inventory::default()
    }))
}

/// Why a code is none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CodeError {
    /// Not as it was shown.
    #[error(transparent)]
    Typed(#[from] TypedError),
    /// Another version's.
    #[error("a code of version {0}; this program reads version {VERSION}")]
    Version(u8),
}

/// A code that was typed. Nobody has checked who made it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    statement: Statement,
    signature: [u8; 64],
}

impl FromStr for Answer {
    type Err = CodeError;

    fn from_str(text: &str) -> Result<Self, CodeError> {
        let bytes = CODE_FORM.read(text)?;
        let (statement, signature) = bytes
            .split_first_chunk::<STATEMENT>()
            .expect("its form has its length");
        Ok(Self {
            statement: Statement::decode(statement)?,
            signature: signature.try_into().expect("its form has its length"),
        })
    }
}

impl Answer {
    /// What the holder of `key` said to `nonce`.
    ///
    /// # Errors
    /// [`OpenError::Signature`] when this code is not by that key for that nonce.
    pub fn check(&self, nonce: &Nonce, key: &Key) -> Result<Statement, OpenError> {
        let signed = Signed {
            payload: payload(nonce, key, &self.statement),
            signature: self.signature.to_vec(),
        };
        sign::verify(Domain::InspectionAnswer, key, &signed)?;
        Ok(self.statement)
    }
}

/// The code: 30 groups in six lines.
pub fn answer(key: &SigningKey, nonce: &Nonce, statement: &Statement) -> String {
    let signed = key.sign(
        Domain::InspectionAnswer,
        payload(nonce, &key.public(), statement),
    );
    CODE_FORM.write(&[&statement.encode()[..], &signed.signature].concat())
}

/// What is signed: nonce 15 ‖ agent key 32 ‖ statement 11.
fn payload(nonce: &Nonce, key: &Key, statement: &Statement) -> Vec<u8> {
    [&nonce.0[..], &key.0, &statement.encode()].concat()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::wire::DeviceDetails;

    fn gpu(serial: &str) -> Device {
        Device {
            vendor_id: 0x10de,
            device_id: 0x2335,
            class: 0x03_0200,
            details: Some(DeviceDetails {
                serial: serial.into(),
                firmware: "96.00".into(),
                ..DeviceDetails::default()
            }),
            ..Device::default()
        }
    }

    fn board(serials: &[&str]) -> Inventory {
        Inventory {
            devices: serials.iter().map(|serial| gpu(serial)).collect(),
            driver: "580.95.05".into(),
            cc: 0,
        }
    }

    fn key(seed: u8) -> SigningKey {
        SigningKey::from_seed(&[seed; 32])
    }

    #[test]
    fn a_code_says_what_the_host_said_to_this_nonce_and_no_other() {
        let nonce = Nonce([3; NONCE]);
        let said = Statement::of(&board(&["a", "b"]), Some(&Digest([9; 32])));
        let code = answer(&key(1), &nonce, &said);
        let read: Answer = code.parse().unwrap();
        assert_eq!(read.check(&nonce, &key(1).public()), Ok(said));
        assert_eq!((said.devices, said.newest), (2, Some(Short([9; 3]))));
        assert!(read.check(&nonce, &key(2).public()).is_err());
        for bit in 0..8 * NONCE {
            let mut other = nonce;
            other.0[bit / 8] ^= 1 << (bit % 8);
            assert!(read.check(&other, &key(1).public()).is_err());
        }
    }

    #[test]
    fn every_bit_of_a_code_is_under_the_signature() {
        let nonce = Nonce([3; NONCE]);
        let said = Statement::of(&board(&["a"]), None);
        let good = CODE_FORM.read(&answer(&key(1), &nonce, &said)).unwrap();
        for bit in 0..8 * good.len() {
            let mut bad = good.clone();
            bad[bit / 8] ^= 1 << (bit % 8);
            let read = CODE_FORM.write(&bad).parse::<Answer>();
            let holds = read.is_ok_and(|read| read.check(&nonce, &key(1).public()).is_ok());
            assert!(!holds, "bit {bit}");
        }
    }

    #[test]
    fn nothing_else_that_an_agent_signs_is_an_answer_and_no_answer_is_anything_else() {
        let (nonce, said) = (Nonce([3; NONCE]), Statement::of(&board(&[]), None));
        let payload = payload(&nonce, &key(1).public(), &said);
        for domain in Domain::ALL {
            let signed = key(1).sign(domain, payload.clone());
            let code = CODE_FORM.write(&[&said.encode()[..], &signed.signature].concat());
            let held = code
                .parse::<Answer>()
                .unwrap()
                .check(&nonce, &key(1).public());
            assert_eq!(held.is_ok(), domain == Domain::InspectionAnswer);
        }
    }

    #[test]
    fn digests_see_which_devices_there_are_and_no_update() {
        let two = board(&["a", "b"]);
        let mut updated = two.clone();
        updated.driver = "590".into();
        updated.cc = 2;
        for device in &mut updated.devices {
            let details = device.details.as_mut().unwrap();
            details.firmware = "97".into();
            details.name = "NVIDIA H200".into();
            details.revision = 2;
        }
        updated.devices.reverse();
        let digests = |inventory: &Inventory| (bus_digest(inventory), names_digest(inventory));
        assert_eq!(digests(&two), digests(&updated));
        let swapped = board(&["a", "c"]);
        assert_eq!(bus_digest(&two), bus_digest(&swapped));
        assert_ne!(names_digest(&two), names_digest(&swapped));
        assert_ne!(bus_digest(&two), bus_digest(&board(&["a"])));
        let mut unnamed = two.clone();
        for device in &mut unnamed.devices {
            device.details.as_mut().unwrap().serial.clear();
        }
        assert_eq!(names_digest(&unnamed), None);
        assert_eq!(bus_digest(&unnamed), bus_digest(&two));
    }

    #[test]
    fn a_nonce_is_typed_as_it_is_shown_and_is_no_code() {
        let nonce = Nonce(*b"fifteen bytes..");
        let shown = nonce.to_string();
        assert_eq!(shown.len(), 6 * 6 - 1);
        assert_eq!(shown.to_lowercase().parse(), Ok(nonce));
        let error = shown.parse::<Answer>().unwrap_err().to_string();
        assert!(
            error.starts_with("a code has 30 groups, 6 were given"),
            "{error}"
        );
        let code = answer(&key(1), &nonce, &Statement::of(&board(&[]), None));
        assert!(code.parse::<Nonce>().is_err());
        let first: Vec<&str> = code.split_whitespace().take(6).collect();
        assert!(first.join(" ").parse::<Nonce>().is_err());
    }

    #[test]
    fn a_code_of_another_version_is_said_to_be_one() {
        let mut bytes = [0; 75];
        bytes[0] = 2;
        let error = CODE_FORM.write(&bytes).parse::<Answer>().unwrap_err();
        assert_eq!(error, CodeError::Version(2));
    }
}
