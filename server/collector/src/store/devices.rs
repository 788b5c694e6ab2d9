//! The identity ledger in the index: where each device was, and what does not fit.
//!
//! Everything here follows from evidence and verdicts in the order of the log, so that a rebuilt
//! index holds the same. A report's devices wait in `sightings` for its verdict, which says when it
//! was measured and which devices signed.

use super::apply::Logged;
use super::index::{Index, IndexError, decode_row, put, row};
use super::rows::{AliasRow, FindingRow, HostRow};
use super::{Store, StoreError};
use domicile_fleet::{
    Alias, Basis, DeviceName, Finding, HostDevices, Memory, Track, devices_of, observe, sighting_of,
};
use domicile_proto::types::{Digest, Key};
use domicile_proto::wire;
use std::ops::Bound;

/// Bytes of a key in `device-findings`.
pub(crate) const FINDING_KEY: usize = 8 + 32 + 1 + 1;

impl Index {
    /// Keeps what a report says of its devices until its verdict comes.
    pub(super) fn keep_sighting(
        &self,
        id: &Digest,
        evidence: &wire::Evidence,
    ) -> Result<(), IndexError> {
        match devices_of(evidence) {
            Some(inventory) => put(&self.sightings, &id.0, inventory),
            None => Ok(()),
        }
    }

    /// Takes in the devices of a judged report.
    pub(super) fn apply_sighting(
        &self,
        record: &Logged<'_>,
        verdict: &wire::Verdict,
        at_ms: u64,
    ) -> Result<(), IndexError> {
        let id = &verdict.evidence_hash;
        let Some(inventory) = row::<wire::Inventory>(&self.sightings, id, "sightings")? else {
            return Ok(());
        };
        let host = record.key(&verdict.agent_key)?;
        let enrolled: HostRow = self.host(&host)?.unwrap_or_default();
        let seen = sighting_of(&inventory, verdict, &enrolled.customer, at_ms)
            .map_err(|error| record.problem(&error))?;
        let mut memory = IndexMemory(self);
        for (number, finding) in (0u8..).zip(observe(&mut memory, &seen)?) {
            let key = finding_key(&finding, &seen.evidence, number);
            put(
                &self.device_findings,
                &key,
                &finding_row(&finding, record.index),
            )?;
            self.unlogged_findings.insert(key, &[])?;
        }
        self.sightings.remove(id)?;
        Ok(())
    }

    /// A finding is in the log: it need not be written there again.
    pub(super) fn apply_device_finding(&self, record: &Logged<'_>) -> Result<(), IndexError> {
        let logged: wire::DeviceFindingRecord = record.decode()?;
        self.unlogged_findings.remove(&logged.id)?;
        let held: Option<FindingRow> = row(&self.device_findings, &logged.id, "device-findings")?;
        let Some(mut held) = held else {
            // Found by another version of this program; the record stays what it is.
            return Ok(());
        };
        held.log_index = Some(record.index);
        put(&self.device_findings, &logged.id, &held)
    }
}

fn finding_key(finding: &Finding, evidence: &Digest, number: u8) -> Vec<u8> {
    let kind = [finding.kind as u8, number];
    [&finding.at_ms.to_be_bytes()[..], &evidence.0, &kind].concat()
}

fn finding_row(finding: &Finding, verdict_index: u64) -> FindingRow {
    FindingRow {
        kind: finding.kind.name().to_owned(),
        signed: finding.basis == Basis::Signed,
        devices: finding.devices.iter().map(DeviceName::to_string).collect(),
        alias: finding.alias.as_ref().map(Alias::to_string),
        hosts: finding.hosts.iter().map(|host| host.to_vec()).collect(),
        evidence: finding.evidence.iter().map(|hash| hash.to_vec()).collect(),
        at_ms: finding.at_ms,
        verdict_index,
        log_index: None,
    }
}

/// The identity ledger's memory in the trees.
struct IndexMemory<'i>(&'i Index);

impl Memory for IndexMemory<'_> {
    type Error = IndexError;

    fn track(&self, device: &DeviceName) -> Result<Option<Track>, IndexError> {
        row(&self.0.devices, device.to_string().as_bytes(), "devices")
    }

    fn set_track(&mut self, device: &DeviceName, track: Track) -> Result<(), IndexError> {
        put(&self.0.devices, device.to_string().as_bytes(), &track)
    }

    fn alias(&self, alias: &Alias) -> Result<Vec<DeviceName>, IndexError> {
        let tree = &self.0.device_aliases;
        let held: Option<AliasRow> = row(tree, alias.to_string().as_bytes(), "device-aliases")?;
        let names = held.unwrap_or_default().devices;
        names
            .iter()
            .map(|name| name.parse().map_err(|_| IndexError::Row("device-aliases")))
            .collect()
    }

    fn set_alias(&mut self, alias: &Alias, devices: &[DeviceName]) -> Result<(), IndexError> {
        let devices = devices.iter().map(DeviceName::to_string).collect();
        let key = alias.to_string();
        put(
            &self.0.device_aliases,
            key.as_bytes(),
            &AliasRow { devices },
        )
    }

    fn host(&self, host: &Key) -> Result<Option<HostDevices>, IndexError> {
        row(&self.0.host_devices, &host.0, "host-devices")
    }

    fn set_host(&mut self, host: &Key, devices: HostDevices) -> Result<(), IndexError> {
        put(&self.0.host_devices, &host.0, &devices)
    }

    fn is_withdrawn(&self, host: &Key) -> Result<bool, IndexError> {
        let held = self.0.host(host)?;
        Ok(held.is_some_and(|held| held.withdrawn_ms != 0))
    }
}

/// A finding with its key in the listing by time.
pub(crate) type Found = ([u8; FINDING_KEY], FindingRow);

impl Store {
    /// Where one device was.
    ///
    /// # Errors
    /// [`StoreError::Index`], here and below.
    pub fn device(&self, device: &DeviceName) -> Result<Option<Track>, StoreError> {
        Ok(IndexMemory(&self.shared.index).track(device)?)
    }

    /// Up to `limit` devices after this one, by name.
    ///
    /// # Errors
    /// [`StoreError::Index`].
    pub fn devices(
        &self,
        after: Option<&DeviceName>,
        limit: usize,
    ) -> Result<Vec<(DeviceName, Track)>, StoreError> {
        let after = after.map(DeviceName::to_string);
        let from = after
            .as_ref()
            .map_or(Bound::Unbounded, |name| Bound::Excluded(name.as_bytes()));
        let range = (from, Bound::Unbounded);
        let mut found = Vec::new();
        for pair in self
            .shared
            .index
            .devices
            .range::<&[u8], _>(range)
            .take(limit)
        {
            let (key, value) = pair.map_err(IndexError::from)?;
            let name = std::str::from_utf8(&key)
                .ok()
                .and_then(|key| key.parse().ok());
            let name = name.ok_or(IndexError::Row("devices"))?;
            found.push((name, decode_row(&value, "devices")?));
        }
        Ok(found)
    }

    /// Up to `limit` findings of measurements from `from_ms` and before `until_ms` after this one,
    /// by time.
    ///
    /// # Errors
    /// [`StoreError::Index`].
    pub(crate) fn device_findings(
        &self,
        (from_ms, until_ms): (u64, u64),
        after: Option<&[u8; FINDING_KEY]>,
        limit: usize,
    ) -> Result<Vec<Found>, StoreError> {
        let from = from_ms.to_be_bytes();
        let until = until_ms.to_be_bytes();
        let start = match after {
            Some(key) if key[..] >= from[..] => Bound::Excluded(&key[..]),
            _ => Bound::Included(&from[..]),
        };
        if let Bound::Excluded(key) = start
            && key >= &until[..]
        {
            return Ok(Vec::new());
        }
        if from >= until {
            return Ok(Vec::new());
        }
        let range = (start, Bound::Excluded(&until[..]));
        let tree = &self.shared.index.device_findings;
        tree.range::<&[u8], _>(range)
            .take(limit)
            .map(|pair| {
                let (key, value) = pair.map_err(IndexError::from)?;
                let key = key[..].try_into();
                let key = key.map_err(|_| IndexError::Row("device-findings"))?;
                Ok((key, decode_row(&value, "device-findings")?))
            })
            .collect()
    }

    /// Up to `limit` findings that are not in the log yet.
    ///
    /// # Errors
    /// [`StoreError::Index`].
    pub(crate) fn unlogged_findings(
        &self,
        limit: usize,
    ) -> Result<Vec<(Vec<u8>, FindingRow)>, StoreError> {
        let index = &self.shared.index;
        let mut found = Vec::new();
        for pair in index.unlogged_findings.iter().take(limit) {
            let (key, _) = pair.map_err(IndexError::from)?;
            let held: Option<FindingRow> = row(&index.device_findings, &key, "device-findings")?;
            found.push((
                key.to_vec(),
                held.ok_or(IndexError::Row("device-findings"))?,
            ));
        }
        Ok(found)
    }
}
