//! From the log to the flags: each record in the order of the log, handled at its own time.
//!
//! [`Follower::take`] is a pure function of the records before: no clock, no randomness, nothing but
//! their bytes. So a collector that goes on from a [`Follower::save`]d state, one that begins from
//! zero, and an auditor with the same records come to the same flags.
//!
//! | file | reads |
//! |---|---|
//! | `hosts.rs` | enrolments, signs of life, withdrawals, declarations, outages |
//! | `anchors.rs` | directories, incidents of anchors |
//! | `licences.rs` | the registry |
//! | `devices.rs` | findings about devices; models and numbers against licences |
//! | `snapshot.rs` | a state as bytes |
//!
//! What is not in the log raises nothing: the belief is not, so that `implausible-location` never
//! comes from here. Time passes with records; the flags themselves, reads, cases and changes of access
//! are passed over and let none pass.

mod anchors;
mod devices;
mod hosts;
mod licences;
mod snapshot;

pub use snapshot::SnapshotError;

use crate::flags::{Change, Event, Flags, Verdicts};
use anchors::Anchors;
use devices::Devices;
use domicile_ledger::{Kind, MAX_PAYLOAD};
use domicile_proto::codec::{self, CodecError};
use domicile_proto::sign::OpenError;
use domicile_proto::types::Key;
use domicile_proto::wire;
use hosts::Watched;
use licences::Licences;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// A record of the log.
#[derive(Debug, Clone, Copy)]
pub struct Record<'r> {
    /// Its place.
    pub index: u64,
    /// What it is.
    pub kind: Kind,
    /// When it was logged, Unix ms.
    pub time_ms: u64,
    /// What it says.
    pub payload: &'r [u8],
}

/// Why a record was passed over. It changes nothing; time passes with it all the same.
#[derive(Debug, thiserror::Error)]
pub enum Unreadable {
    /// Not the message that records of its kind are.
    #[error(transparent)]
    Codec(#[from] CodecError),
    /// A token inside.
    #[error(transparent)]
    Token(#[from] OpenError),
    /// The registry inside.
    #[error(transparent)]
    Registry(#[from] domicile_policy::registry::RegistryError),
}

/// What following the log has come to.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Follower {
    flags: Flags,
    /// The next record.
    cursor: u64,
    /// The latest time handled, Unix ms.
    now_ms: u64,
    hosts: BTreeMap<Key, Watched>,
    /// When each host is to be looked at again.
    due: BTreeSet<(u64, Key)>,
    /// A host that reports is logged at least so often, ms; 0: nothing else was said.
    liveness_every_ms: u64,
    anchors: Anchors,
    licences: Licences,
    devices: Devices,
}

impl Follower {
    /// At the beginning of a log.
    pub fn new() -> Self {
        Self::default()
    }

    /// The index of the record that it takes next.
    pub fn cursor(&self) -> u64 {
        self.cursor
    }

    /// The flags as they are.
    pub fn flags(&self) -> &Flags {
        &self.flags
    }

    /// What the next record changes, and why it could not be read if it could not.
    pub fn take(&mut self, record: &Record<'_>) -> (Vec<Change>, Result<(), Unreadable>) {
        self.cursor = record.index + 1;
        if is_passed_over(record.kind) {
            return (Vec::new(), Ok(()));
        }
        let mut changes = Vec::new();
        let read = self.read(record, &mut changes);
        self.pass(record.time_ms, &mut changes);
        (changes, read)
    }

    /// The next record's payload is erased: only its time is known.
    pub fn take_erased(&mut self, index: u64, kind: Kind, time_ms: u64) -> Vec<Change> {
        self.cursor = index + 1;
        let mut changes = Vec::new();
        if !is_passed_over(kind) {
            self.pass(time_ms, &mut changes);
            self.count(index, &mut changes);
        }
        changes
    }

    fn read(&mut self, record: &Record<'_>, changes: &mut Vec<Change>) -> Result<(), Unreadable> {
        if record.kind == Kind::Outage {
            return self.outage(record, changes);
        }
        self.pass(record.time_ms, changes);
        self.count(record.index, changes);
        match record.kind {
            Kind::Evidence => self.evidence(record, changes),
            Kind::Verdict => {
                let verdict: wire::Verdict = signed(record.payload)?;
                if let Some(verdicts) = Verdicts::of(&verdict) {
                    self.handle(&Event::Verdicts(verdicts), changes);
                }
                self.sighting(&verdict, changes)
            }
            Kind::Enrolment => self.enrolment(record, changes),
            Kind::Liveness => self.liveness(record, changes),
            Kind::Withdrawal => self.withdrawal(record, changes),
            Kind::Declaration => self.declaration(record, changes),
            Kind::Directory => self.anchors.directory(record.payload),
            Kind::AnchorIncident => self.incident(record, changes),
            Kind::DeviceFinding => self.finding(record, changes),
            Kind::Registry => self.registry(record, changes),
            _ => Ok(()),
        }
    }

    /// Hands an event to the flags, at the time that was reached.
    fn handle(&mut self, event: &Event, changes: &mut Vec<Change>) {
        changes.extend(self.flags.handle(event, self.now_ms));
    }

    /// Lets time pass up to `to_ms`: what is due on the way comes in its order.
    fn pass(&mut self, to_ms: u64, changes: &mut Vec<Change>) {
        while let Some(&(due_ms, host)) = self.due.first()
            && due_ms <= to_ms
        {
            self.due.pop_first();
            self.now_ms = self.now_ms.max(due_ms);
            self.look_again(&host, changes);
        }
        self.now_ms = self.now_ms.max(to_ms);
        changes.extend(self.flags.advance(self.now_ms));
    }
}

/// Kinds that say nothing about the fleet: people's steps, and what was made from the log.
fn is_passed_over(kind: Kind) -> bool {
    // audit-read, flag, case, access: by their numbers in the log.
    matches!(kind as u8, 11 | 22 | 23 | 25)
}

fn decode<M: prost::Message + Default>(bytes: &[u8]) -> Result<M, CodecError> {
    codec::decode(bytes, MAX_PAYLOAD)
}

/// What is inside a signed message. The collector checked the signature before it logged it.
fn signed<M: prost::Message + Default>(bytes: &[u8]) -> Result<M, CodecError> {
    let signed: wire::Signed = decode(bytes)?;
    decode(&signed.payload)
}
