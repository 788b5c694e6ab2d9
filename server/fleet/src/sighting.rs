//! What one accepted report says of its devices.

use crate::finding::Basis;
use crate::name::{Alias, DeviceName};
use crate::track::PciIds;
use domicile_proto::types::{Digest, Key};

/// One report, reduced to its devices. Only of a reading that was complete: a report without one
/// says nothing about devices.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sighting {
    /// Hash of the evidence.
    pub evidence: Digest,
    /// The host's key.
    pub host: Key,
    /// The customer that it is enrolled for.
    pub customer: String,
    /// The licence that it is enrolled under.
    pub licence: String,
    /// The session's window by the anchors' clocks, Unix time, ms.
    pub from_ms: u64,
    /// Its end; not before `from_ms`.
    pub until_ms: u64,
    /// The devices that have a name.
    pub devices: Vec<Seen>,
    /// Devices that stand on the bus and gave no name.
    pub unnamed: u32,
    /// What the board's devices sign of each other; absent when none of them signed this session.
    pub board: Option<Board>,
}

/// One device in a sighting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// The per-device identifier.
    pub pdi: Option<[u8; 8]>,
    /// The driver's name.
    pub uuid: Option<String>,
    /// PCI vendor id, and the board's serial number.
    pub serial: Option<(u16, String)>,
    /// PCI ids, where the host lists the device.
    pub ids: Option<PciIds>,
    /// SHA-256 of the public key that signed this session, in a chain that names the device.
    pub leaf_key: Option<Digest>,
    /// Whether the device's own key signed this session.
    pub basis: Basis,
}

/// The members that the signed reports of one board name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Board {
    /// Members that signed or are named by one that did, and gave no valid report of their own.
    pub missing: Vec<[u8; 8]>,
}

impl Seen {
    /// The strongest name, if there is any.
    pub fn name(&self) -> Option<DeviceName> {
        let pdi = self.pdi.map(DeviceName::Pdi);
        let uuid = || self.uuid.clone().map(DeviceName::Uuid);
        let serial = || {
            let (vendor, serial) = self.serial.clone()?;
            Some(DeviceName::Serial { vendor, serial })
        };
        pdi.or_else(uuid).or_else(serial)
    }

    /// The other names.
    pub(crate) fn aliases(&self) -> impl Iterator<Item = Alias> {
        let leaf = self.leaf_key.map(Alias::LeafKey);
        let uuid = self.uuid.clone().filter(|_| self.pdi.is_some());
        let serial = self.serial.clone();
        let serial = serial.filter(|_| self.pdi.is_some() || self.uuid.is_some());
        let serial = serial.map(|(vendor, serial)| Alias::Serial { vendor, serial });
        leaf.into_iter().chain(uuid.map(Alias::Uuid)).chain(serial)
    }
}
