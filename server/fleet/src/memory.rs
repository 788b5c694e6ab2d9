//! What is remembered between sightings; the collector keeps it in its index.

use crate::name::{Alias, DeviceName};
use crate::track::Track;
use domicile_proto::types::Key;
use std::collections::BTreeMap;
use std::convert::Infallible;

/// Where tracks, aliases and hosts are kept.
pub trait Memory {
    /// Why it cannot be read or written.
    type Error;

    /// The track of a device.
    fn track(&self, device: &DeviceName) -> Result<Option<Track>, Self::Error>;
    /// Replaces the track of a device.
    fn set_track(&mut self, device: &DeviceName, track: Track) -> Result<(), Self::Error>;
    /// The devices that an alias led to last, sorted.
    fn alias(&self, alias: &Alias) -> Result<Vec<DeviceName>, Self::Error>;
    /// Replaces them.
    fn set_alias(&mut self, alias: &Alias, devices: &[DeviceName]) -> Result<(), Self::Error>;
    /// What a host reported last.
    fn host(&self, host: &Key) -> Result<Option<HostDevices>, Self::Error>;
    /// Replaces it.
    fn set_host(&mut self, host: &Key, devices: HostDevices) -> Result<(), Self::Error>;
    /// Whether the operator has withdrawn a host.
    fn is_withdrawn(&self, host: &Key) -> Result<bool, Self::Error>;
}

/// What one host reported in the session measured last.
#[derive(Clone, PartialEq, Eq, prost::Message)]
pub struct HostDevices {
    /// Names as text, sorted.
    #[prost(string, repeated, tag = "1")]
    pub devices: Vec<String>,
    /// Devices without a name.
    #[prost(uint32, tag = "2")]
    pub unnamed: u32,
    /// Board members that were missing, 8 bytes each, sorted.
    #[prost(bytes = "vec", repeated, tag = "3")]
    pub missing: Vec<Vec<u8>>,
    /// End of the session, Unix time, ms.
    #[prost(uint64, tag = "4")]
    pub at_ms: u64,
    /// Hash of its evidence, 32 bytes.
    #[prost(bytes = "vec", tag = "5")]
    pub evidence: Vec<u8>,
}

/// A memory in maps: for tests, and for an auditor's replay.
#[derive(Debug, Default, Clone, PartialEq)]
pub struct MapMemory {
    /// By device.
    pub tracks: BTreeMap<DeviceName, Track>,
    /// By alias.
    pub aliases: BTreeMap<Alias, Vec<DeviceName>>,
    /// By host.
    pub hosts: BTreeMap<Key, HostDevices>,
    /// Withdrawn hosts.
    pub withdrawn: Vec<Key>,
}

impl Memory for MapMemory {
    type Error = Infallible;

    fn track(&self, device: &DeviceName) -> Result<Option<Track>, Infallible> {
        Ok(self.tracks.get(device).cloned())
    }

    fn set_track(&mut self, device: &DeviceName, track: Track) -> Result<(), Infallible> {
        self.tracks.insert(device.clone(), track);
        Ok(())
    }

    fn alias(&self, alias: &Alias) -> Result<Vec<DeviceName>, Infallible> {
        Ok(self.aliases.get(alias).cloned().unwrap_or_default())
    }

    fn set_alias(&mut self, alias: &Alias, devices: &[DeviceName]) -> Result<(), Infallible> {
        self.aliases.insert(alias.clone(), devices.to_vec());
        Ok(())
    }

    fn host(&self, host: &Key) -> Result<Option<HostDevices>, Infallible> {
        Ok(self.hosts.get(host).cloned())
    }

    fn set_host(&mut self, host: &Key, devices: HostDevices) -> Result<(), Infallible> {
        self.hosts.insert(*host, devices);
        Ok(())
    }

    fn is_withdrawn(&self, host: &Key) -> Result<bool, Infallible> {
        Ok(self.withdrawn.contains(host))
    }
}
