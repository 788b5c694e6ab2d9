//! Devices: what the identity ledger found, as the collector logged it; which models report, and how
//! many devices under each licence.
//!
//! A model is the registry's for that device, or the catalogue's for its PCI id, which is the host's
//! word. Devices are counted when a day of UTC is over: those of the last [`COUNTED_MS`], under the
//! licence of their last report, and only of licences under which any was ever seen.

use super::{Follower, Record, Unreadable, decode};
use crate::flags::{Change, Code, DAY, Event, Name, RecordId, Subject};
use domicile_catalogue::Catalogue;
use domicile_fleet::{Basis, DeviceName, Finding, Kind, Seen, devices_of, sighting_of};
use domicile_proto::codec::{self, CodecError};
use domicile_proto::types::{Digest, Key};
use domicile_proto::wire;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// A device that was seen so long ago counts for its licence, ms.
const COUNTED_MS: u64 = 30 * DAY;
/// Reports whose verdict has not come, at most: it comes with them, but for crashes.
const WAITING: usize = 4096;

/// Devices as they were last seen.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Devices {
    /// The encoded inventories of reports that have no verdict yet.
    waiting: BTreeMap<Digest, Vec<u8>>,
    seen: BTreeMap<String, LastSeen>,
    /// Licences under which any was seen.
    used: BTreeSet<String>,
    /// The day, since 1970, of the last count.
    counted_day: u64,
}

/// A device's last report.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct LastSeen {
    licence: Name,
    at_ms: u64,
    /// When its own key last signed; 0 before the first time.
    signed_ms: u64,
}

impl Devices {
    /// Keeps the devices of a report until its verdict comes.
    pub(super) fn keep(&mut self, id: Digest, evidence: &wire::Evidence) {
        if let Some(inventory) = devices_of(evidence) {
            if self.waiting.len() == WAITING {
                self.waiting.clear();
            }
            self.waiting.insert(id, codec::encode(inventory));
        }
    }

    fn see(&mut self, device: &Seen, licence: &Name, at_ms: u64) {
        let Some(name) = device.name() else { return };
        let signed_ms = match device.basis {
            Basis::Signed => at_ms,
            Basis::Claimed => 0,
        };
        if !self.used.contains(&**licence) {
            self.used.insert(licence.to_string());
        }
        let seen = self.seen.entry(name.to_string()).or_insert(LastSeen {
            licence: Name::clone(licence),
            at_ms,
            signed_ms,
        });
        if at_ms >= seen.at_ms {
            (seen.at_ms, seen.licence) = (at_ms, Name::clone(licence));
        }
        seen.signed_ms = seen.signed_ms.max(signed_ms);
    }

    /// Devices under each licence since a time: all of them, and those whose own key signed.
    fn counts(&self, since_ms: u64) -> BTreeMap<&str, (u32, u32)> {
        let mut counts: BTreeMap<&str, (u32, u32)> = BTreeMap::new();
        for seen in self.seen.values() {
            let (all, signed) = counts.entry(&seen.licence).or_default();
            *all += 1;
            *signed += u32::from(seen.signed_ms >= since_ms);
        }
        counts
    }
}

impl Follower {
    pub(super) fn finding(
        &mut self,
        record: &Record<'_>,
        changes: &mut Vec<Change>,
    ) -> Result<(), Unreadable> {
        let logged: wire::DeviceFindingRecord = decode(record.payload)?;
        let Some(kind) = Kind::of_name(&logged.kind) else {
            return Ok(()); // Of another version: no flag of this one is about it.
        };
        let devices = logged.devices.iter().map(|name| {
            name.parse::<DeviceName>()
                .map_err(|_| CodecError::field("devices", "is no device's name"))
        });
        let hosts = logged.hosts.iter().map(|key| Key::read("hosts", key));
        let evidence = logged.evidence.iter();
        let finding = Finding {
            kind,
            basis: Basis::of(logged.signed),
            devices: devices.collect::<Result<_, _>>()?,
            alias: None,
            hosts: hosts.collect::<Result<_, _>>()?,
            evidence: evidence
                .map(|hash| Digest::read("evidence", hash))
                .collect::<Result<_, _>>()?,
            at_ms: measured_ms(&logged.id)?,
            licence: None,
        };
        let event = Event::Finding {
            finding,
            record: RecordId::Log(record.index),
        };
        self.handle(&event, changes);
        Ok(())
    }

    /// The devices of a report whose verdict came.
    pub(super) fn sighting(
        &mut self,
        verdict: &wire::Verdict,
        changes: &mut Vec<Change>,
    ) -> Result<(), Unreadable> {
        let id = Digest::read("evidence_hash", &verdict.evidence_hash)?;
        let Some(inventory) = self.devices.waiting.remove(&id) else {
            return Ok(());
        };
        let inventory: wire::Inventory = decode(&inventory)?;
        let host = Key::read("agent_key", &verdict.agent_key)?;
        let Some(scope) = self.hosts.get(&host).map(|host| host.token.clone()) else {
            return Ok(());
        };
        let at_ms = match verdict.measured_until_ms {
            0 => self.now_ms,
            until_ms => until_ms,
        };
        let sighting = sighting_of(&inventory, verdict, &scope.customer, at_ms)?;
        for device in &sighting.devices {
            self.devices.see(device, &scope.licence, at_ms);
            if let Some(name) = device.name() {
                self.in_order(Kind::Gone, Subject::Device(name), at_ms, changes);
            }
            let Some(model) = self.model(device) else {
                continue;
            };
            if !self.licences.covers(&scope.licence, &model) {
                let event = Event::Model {
                    host,
                    model,
                    basis: Basis::Claimed,
                    at_ms,
                    record: RecordId::Evidence(id),
                };
                self.handle(&event, changes);
            }
        }
        if sighting.board.is_some_and(|board| board.missing.is_empty()) {
            self.in_order(Kind::BoardIncomplete, Subject::Host(host), at_ms, changes);
        }
        Ok(())
    }

    /// What a flag is about is in order again, if there is one.
    fn in_order(&mut self, kind: Kind, subject: Subject, at_ms: u64, changes: &mut Vec<Change>) {
        if self.flags.is_open(Code::of_finding(kind), &subject) {
            let event = Event::Settled {
                kind,
                subject,
                at_ms,
            };
            self.handle(&event, changes);
        }
    }

    /// The model of a device, where it is known.
    fn model(&self, device: &Seen) -> Option<Name> {
        let serial = device.serial.as_ref().map(|(_, serial)| serial);
        let pdi = device.pdi.map(|pdi| DeviceName::Pdi(pdi).to_string());
        let mut ids = [device.uuid.as_ref(), serial, pdi.as_ref()].into_iter();
        let registered = ids.find_map(|id| self.licences.model(id?));
        if let Some(model) = registered {
            return Some(Name::clone(model));
        }
        let half = |number: u32| u16::try_from(number).ok();
        let ids = device.ids?;
        let id = (half(ids.vendor)?, half(ids.device)?);
        let board = (half(ids.subsystem_vendor)?, half(ids.subsystem_device)?);
        let model = Catalogue::builtin().lookup(id, board)?;
        Some(Name::from(model.name.as_str()))
    }

    /// Counts devices when a day is over; `record` is the first of the next day.
    pub(super) fn count(&mut self, record: u64, changes: &mut Vec<Change>) {
        let day = self.now_ms / DAY;
        if day == std::mem::replace(&mut self.devices.counted_day, day) {
            return;
        }
        let at_ms = day * DAY;
        let since_ms = at_ms.saturating_sub(COUNTED_MS);
        self.devices.seen.retain(|_, seen| seen.at_ms >= since_ms);
        let counts = self.devices.counts(since_ms);
        let mut events = Vec::new();
        for (licence, &licensed) in &self.licences.quantities {
            if !self.devices.used.contains(licence) {
                continue;
            }
            let (all, signed) = counts.get(licence.as_str()).copied().unwrap_or_default();
            let subject = Subject::Licence(Name::from(licence.as_str()));
            let not = |kind: Kind| Event::Settled {
                kind,
                subject: subject.clone(),
                at_ms,
            };
            let (less, more) = (Kind::FewerThanLicensed, Kind::MoreThanLicensed);
            let kind = match all.cmp(&licensed) {
                std::cmp::Ordering::Equal => None,
                std::cmp::Ordering::Less => Some(less),
                std::cmp::Ordering::Greater => Some(more),
            };
            events.extend(
                [less, more]
                    .into_iter()
                    .filter(|one| Some(*one) != kind)
                    .map(not),
            );
            events.extend(kind.map(|kind| Event::Finding {
                finding: Finding {
                    kind,
                    basis: Basis::of(all == signed),
                    devices: Vec::new(),
                    alias: None,
                    hosts: Vec::new(),
                    evidence: Vec::new(),
                    at_ms,
                    licence: Some((licence.clone(), licensed, all)),
                },
                record: RecordId::Log(record),
            }));
        }
        for event in events {
            self.handle(&event, changes);
        }
    }
}

/// A finding's id begins with the time of the measurement that showed it.
fn measured_ms(id: &[u8]) -> Result<u64, CodecError> {
    let time = id.first_chunk::<8>();
    let time = time.ok_or(CodecError::field("id", "begins with no time"))?;
    Ok(u64::from_be_bytes(*time))
}
