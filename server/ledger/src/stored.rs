//! Records as they are read back: whole, or what an erasure left.

use crate::entry::{Kind, Leaf};

/// A record read back from the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Place in the log, from 0.
    pub index: u64,
    /// What it is.
    pub kind: Kind,
    /// Milliseconds since 1970-01-01 UTC, as given at append.
    pub time_ms: u64,
    /// Salt of the commitment.
    pub salt: [u8; 32],
    /// The record itself.
    pub payload: Vec<u8>,
}

impl Entry {
    /// The leaf that the tree commits to, recomputed from the payload.
    pub fn leaf(&self) -> Leaf {
        Leaf::new(self.kind, self.time_ms, &self.salt, &self.payload)
    }

    /// RFC 6962 hash of [`Entry::leaf`].
    pub fn leaf_hash(&self) -> [u8; 32] {
        self.leaf().hash()
    }
}

/// What is left of a record whose payload and salt were erased.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Erased {
    /// Place in the log, from 0.
    pub index: u64,
    /// What it was.
    pub kind: Kind,
    /// Milliseconds since 1970-01-01 UTC, as given at append.
    pub time_ms: u64,
    /// What the tree's leaf says of the payload.
    pub commitment: [u8; 32],
}

impl Erased {
    /// The leaf that the tree commits to.
    pub fn leaf(&self) -> Leaf {
        Leaf {
            kind: self.kind,
            time_ms: self.time_ms,
            commitment: self.commitment,
        }
    }
}

/// A place of the log as it is today.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stored {
    /// The record as it was appended.
    Whole(Entry),
    /// What an erasure left of it.
    Erased(Erased),
}

impl Stored {
    /// Place in the log, from 0.
    pub fn index(&self) -> u64 {
        match self {
            Stored::Whole(entry) => entry.index,
            Stored::Erased(erased) => erased.index,
        }
    }

    /// What it is, or was.
    pub fn kind(&self) -> Kind {
        match self {
            Stored::Whole(entry) => entry.kind,
            Stored::Erased(erased) => erased.kind,
        }
    }

    /// Milliseconds since 1970-01-01 UTC, as given at append.
    pub fn time_ms(&self) -> u64 {
        match self {
            Stored::Whole(entry) => entry.time_ms,
            Stored::Erased(erased) => erased.time_ms,
        }
    }

    /// The leaf that the tree commits to; the same before and after an erasure.
    pub fn leaf(&self) -> Leaf {
        match self {
            Stored::Whole(entry) => entry.leaf(),
            Stored::Erased(erased) => erased.leaf(),
        }
    }

    /// The record, if it is whole.
    pub fn whole(self) -> Option<Entry> {
        match self {
            Stored::Whole(entry) => Some(entry),
            Stored::Erased(_) => None,
        }
    }
}
