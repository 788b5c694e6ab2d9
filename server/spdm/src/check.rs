//! What can be said of a report: separate results, so that "identity valid, reference value unknown"
//! is never taken for "failed".

use std::fmt;

/// One of the separate results.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Check {
    /// The report's signature under the leaf's key.
    Signature,
    /// Every signature of the chain up to a pinned root, and its validity at the time asked about.
    Chain,
    /// The nonce is the one expected: the report was made for this session.
    Nonce,
    /// It is the device that it is said to be: the kind that was claimed, and the PDI that a switch
    /// states of itself, against the chain.
    Identity,
    /// The firmware hash (FWID) that the report states is that of the leaf: the firmware that
    /// answered is the one that the leaf's key was derived with.
    Firmware,
    /// PDI, driver and firmware version against what the host's inventory says.
    Inventory,
    /// Measurements against digests that somebody vouches for.
    Reference,
    /// The chain's certificates against revocation lists and answers given.
    Revocation,
    /// The device does not run in a debug mode.
    Debug,
}

impl Check {
    /// Every check, in the order in which results are shown.
    pub const ALL: [Self; 9] = [
        Self::Signature,
        Self::Chain,
        Self::Nonce,
        Self::Identity,
        Self::Firmware,
        Self::Inventory,
        Self::Reference,
        Self::Revocation,
        Self::Debug,
    ];

    /// For people and JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Signature => "signature",
            Self::Chain => "chain",
            Self::Nonce => "nonce",
            Self::Identity => "identity",
            Self::Firmware => "firmware",
            Self::Inventory => "inventory",
            Self::Reference => "reference-values",
            Self::Revocation => "revocation",
            Self::Debug => "debug-off",
        }
    }
}

/// How a check ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Outcome {
    /// It holds.
    Passed,
    /// It does not.
    Failed,
    /// What it compares is not there: the device or the host did not state it.
    Absent,
    /// Nobody gave what it is compared with, or it rests on a check that did not pass.
    Unknown,
}

impl Outcome {
    /// For people and JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Failed => "failed",
            Self::Absent => "absent",
            Self::Unknown => "unknown",
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// A check's outcome and what was seen, in words. The words are for people: nothing is decided by
/// them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// How it ended.
    pub outcome: Outcome,
    /// What was seen.
    pub detail: String,
}

impl Finding {
    pub(crate) fn new(outcome: Outcome, detail: impl Into<String>) -> Self {
        Self {
            outcome,
            detail: detail.into(),
        }
    }

    pub(crate) fn passed(detail: impl Into<String>) -> Self {
        Self::new(Outcome::Passed, detail)
    }

    pub(crate) fn failed(detail: impl Into<String>) -> Self {
        Self::new(Outcome::Failed, detail)
    }

    pub(crate) fn absent(detail: impl Into<String>) -> Self {
        Self::new(Outcome::Absent, detail)
    }

    pub(crate) fn unknown(detail: impl Into<String>) -> Self {
        Self::new(Outcome::Unknown, detail)
    }
}
