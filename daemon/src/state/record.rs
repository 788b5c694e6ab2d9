//! What `status` tells of the last session. Written for people; nothing else reads it.

use super::{StateDir, StateError, load, save};
use crate::device::frame::Reading;
use crate::disk::Disk;
use crate::net::way::Way;
use crate::sandbox::Confinement;
use domicile_proto::types::{Digest, Key};
use domicile_proto::wire::DeviceReading;
use serde::{Deserialize, Serialize};

/// The last session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SessionRecord {
    /// Unix time by the host's clock, ms.
    pub at_ms: u64,
    /// Whether the collector challenged it, or it was made while none could be reached.
    pub freshness: String,
    /// The collector; absent in a record of an earlier version.
    #[serde(default)]
    pub collector: Option<CollectorRecord>,
    /// Each drawn anchor.
    pub anchors: Vec<AnchorRecord>,
    /// What the devices gave.
    #[serde(default)]
    pub devices: Option<DevicesRecord>,
}

/// What the devices gave in one session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DevicesRecord {
    /// What became of the reading.
    pub reading: String,
    /// Accelerators on the PCI bus.
    pub accelerators: usize,
    /// Those that signed the session.
    pub signed: usize,
}

impl DevicesRecord {
    /// Of one session's reading.
    pub fn of(devices: &Result<Reading, DeviceReading>) -> Self {
        let (reading, accelerators, signed) = match devices {
            Ok(reading) => (
                DeviceReading::Complete,
                reading.inventory.devices.len(),
                reading.reports.len(),
            ),
            Err(outcome) => (*outcome, 0, 0),
        };
        let reading = match reading {
            DeviceReading::Complete => "complete",
            DeviceReading::TimedOut => "timed out",
            DeviceReading::Refused => "refused",
            DeviceReading::Unavailable | DeviceReading::Unspecified => "unavailable",
        };
        Self {
            reading: reading.into(),
            accelerators,
            signed,
        }
    }

    /// The strongest key that signed the session: `gpu`, or `software` for the agent's key file.
    pub fn tier(&self) -> &'static str {
        match self.signed {
            0 => "software",
            _ => "gpu",
        }
    }
}

/// How the collector was reached.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CollectorRecord {
    /// The directory's name for it.
    pub name: String,
    /// The way to it; absent when none was found.
    pub way: Option<Way>,
    /// Why it was not reached.
    pub problem: Option<String>,
}

/// How one anchor's session went.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AnchorRecord {
    /// The directory's name for it.
    pub name: String,
    /// Its key.
    #[serde(with = "super::text")]
    pub key: Key,
    /// The way to it; absent when it was dropped for another reason than the way.
    #[serde(default)]
    pub way: Option<Way>,
    /// Shortest round trip by its stopwatch, ns; absent when it was dropped.
    pub anchor_min_rtt_ns: Option<u64>,
    /// Shortest round trip by the agent's, ns.
    pub agent_min_rtt_ns: Option<u64>,
    /// Coarse: what the report says instead of these times, ns.
    #[serde(default)]
    pub limit_ns: Option<u64>,
    /// Why it was dropped.
    pub dropped: Option<String>,
}

/// The last receipt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReceiptRecord {
    /// The evidence it is for.
    #[serde(with = "super::text")]
    pub evidence_hash: Digest,
    /// Its leaf in the log.
    #[serde(with = "super::text")]
    pub leaf_hash: Digest,
    /// Index of the leaf.
    pub index: u64,
    /// The collector's clock, Unix time, ms.
    pub received_ms: u64,
}

/// How the process that has the network is confined.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConfinementRecord {
    /// Unix time by the host's clock, ms.
    pub at_ms: u64,
    /// The process.
    pub pid: u32,
    /// Whether it was told to run without a missing layer.
    pub allow_unconfined: bool,
    /// Its layers.
    pub confinement: Confinement,
}

/// The last confinement, if there was one.
///
/// # Errors
/// [`StateError`] when it cannot be read.
pub fn confinement(state: &StateDir) -> Result<Option<ConfinementRecord>, StateError> {
    load(&state.confinement())
}

impl ConfinementRecord {
    /// Replaces the last confinement.
    ///
    /// # Errors
    /// [`StateError`] when it cannot be written.
    pub fn save(&self, disk: &dyn Disk, state: &StateDir) -> Result<(), StateError> {
        save(disk, &state.confinement(), self)
    }
}

/// The last session, if there was one.
///
/// # Errors
/// [`StateError`] when it cannot be read.
pub fn session(state: &StateDir) -> Result<Option<SessionRecord>, StateError> {
    load(&state.session())
}

/// The last receipt, if there was one.
///
/// # Errors
/// [`StateError`] when it cannot be read.
pub fn receipt(state: &StateDir) -> Result<Option<ReceiptRecord>, StateError> {
    load(&state.receipt())
}

impl SessionRecord {
    /// Replaces the last session.
    ///
    /// # Errors
    /// [`StateError`] when it cannot be written.
    pub fn save(&self, disk: &dyn Disk, state: &StateDir) -> Result<(), StateError> {
        save(disk, &state.session(), self)
    }
}

impl ReceiptRecord {
    /// Replaces the last receipt.
    ///
    /// # Errors
    /// [`StateError`] when it cannot be written.
    pub fn save(&self, disk: &dyn Disk, state: &StateDir) -> Result<(), StateError> {
        save(disk, &state.receipt(), self)
    }
}
