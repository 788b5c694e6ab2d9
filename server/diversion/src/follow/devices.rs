//! What the identity ledger found, as the collector logged it.

use super::{Follower, Record, Unreadable, decode};
use crate::flags::{Change, Event, RecordId};
use domicile_fleet::{Basis, DeviceName, Finding, Kind};
use domicile_proto::codec::CodecError;
use domicile_proto::types::{Digest, Key};
use domicile_proto::wire;

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
}

/// A finding's id begins with the time of the measurement that showed it.
fn measured_ms(id: &[u8]) -> Result<u64, CodecError> {
    let time = id.first_chunk::<8>();
    let time = time.ok_or(CodecError::field("id", "begins with no time"))?;
    Ok(u64::from_be_bytes(*time))
}
