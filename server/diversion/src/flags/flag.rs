//! Flags that were raised, and what changes about them.

use super::code::Code;
use super::event::Name;
use super::ground::Ground;
use domicile_fleet::DeviceName;
use domicile_proto::types::{Digest, Key};
use serde::{Deserialize, Serialize};
use std::fmt;

/// A record that somebody can look up: evidence and its verdict by hash, anything else by its place
/// in the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum RecordId {
    /// The evidence, and the verdict on it.
    Evidence(Digest),
    /// The record with this index.
    Log(u64),
}

impl RecordId {
    /// The evidence with this hash; `None` when it is none of 32 bytes.
    pub fn read(hash: &[u8]) -> Option<Self> {
        Digest::read("hash", hash).ok().map(Self::Evidence)
    }
}

impl fmt::Display for RecordId {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Evidence(hash) => write!(to, "evidence:{hash}"),
            Self::Log(index) => write!(to, "log:{index}"),
        }
    }
}

/// What a flag is about. One flag of a code is open for one subject at a time.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Subject {
    /// A host.
    Host(Key),
    /// A device.
    Device(#[serde(with = "device")] DeviceName),
    /// A licence.
    Licence(Name),
    /// A model under a licence that does not name it.
    Model {
        /// The licence.
        licence: Name,
        /// The model.
        model: Name,
    },
    /// An anchor.
    Anchor(Key),
    /// Hosts that share something and changed together, and which flag each would have had.
    Group {
        /// The flag.
        code: Code,
        /// What they share.
        group: Group,
    },
    /// The collector.
    Collector,
}

/// A device's name as text.
mod device {
    use domicile_fleet::DeviceName;
    use serde::{Deserialize as _, Deserializer, Serializer, de::Error as _};

    pub(super) fn serialize<S: Serializer>(name: &DeviceName, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(name)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<DeviceName, D::Error> {
        let text = String::deserialize(from)?;
        text.parse().map_err(D::Error::custom)
    }
}

/// What hosts that changed together share.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Group {
    /// They are declared in one metro.
    Metro(Name),
    /// One trust domain decided their verdicts.
    Vote(Name),
}

impl fmt::Display for Subject {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Host(key) => write!(to, "host:{key}"),
            Self::Device(name) => write!(to, "device:{name}"),
            Self::Licence(number) => write!(to, "licence:{number}"),
            Self::Model { licence, model } => write!(to, "model:{licence}:{model}"),
            Self::Anchor(key) => write!(to, "anchor:{key}"),
            Self::Group { code, group } => match group {
                Group::Metro(name) => write!(to, "metro:{name}:{}", code.name()),
                Group::Vote(name) => write!(to, "vote:{name}:{}", code.name()),
            },
            Self::Collector => to.write_str("collector"),
        }
    }
}

/// A flag that is open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flag {
    /// Which.
    pub code: Code,
    /// What it is about.
    pub subject: Subject,
    /// What it rests on: the weakest of its records.
    pub ground: Ground,
    /// The first sign of it, Unix ms.
    pub since_ms: u64,
    /// When there was enough of it, Unix ms.
    pub raised_ms: u64,
    /// Records that it rests on: the first and the last few.
    pub evidence: Vec<RecordId>,
    /// How many sessions or records said it when it was raised.
    pub signs: u64,
    /// The hosts that it names.
    pub hosts: Vec<Key>,
}

/// Why a flag is no longer open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Why {
    /// The contrary was seen, for as long as the flag asks for.
    Contrary,
    /// It was not seen again for as long as the flag asks for.
    Quiet,
    /// The host was withdrawn or decommissioned.
    Ended,
    /// Something else explains what it rested on: it should not have been raised.
    Withdrawn(Cause),
}

/// What explains what would otherwise be a flag of a host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cause {
    /// An anchor of this trust domain was not in order.
    Anomaly(Name),
    /// The collector was away.
    Outage,
    /// Many hosts changed together.
    Common(Group),
}

/// What changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// A flag is open from now on.
    Raised(Flag),
    /// A flag is no longer open.
    Cleared {
        /// Which.
        code: Code,
        /// What it was about.
        subject: Subject,
        /// Since when, Unix ms.
        at_ms: u64,
        /// Why.
        why: Why,
    },
    /// A sign was left out of account; said once for each flag, subject and cause.
    Suppressed {
        /// Which flag it would have counted for.
        code: Code,
        /// What about.
        subject: Subject,
        /// What explains it.
        by: Cause,
    },
}
