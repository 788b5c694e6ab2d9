//! What the flags are made from: records of others, each with its id. All times are Unix ms.

use super::flag::{RecordId, Subject};
use domicile_fleet::{Basis, Finding};
use domicile_proto::types::Key;
use domicile_proto::wire::{self, Tier, VerdictValue};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// A name that many records share: a licence, a customer, a metro, a trust domain.
pub type Name = Arc<str>;

/// Something that was recorded.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// A host was enrolled, or what is known of it changed.
    Host(HostFacts),
    /// A licence was entered or changed.
    Licence(LicenceFacts),
    /// Verdicts on a host.
    Verdicts(Verdicts),
    /// What the belief says of a host.
    Belief(Belief),
    /// A finding of the identity ledger.
    Finding {
        /// The finding.
        finding: Finding,
        /// Its record.
        record: RecordId,
    },
    /// What a finding of the identity ledger was about is in order again: the device was seen, the
    /// board is complete, the number is right.
    Settled {
        /// The kind of finding.
        kind: domicile_fleet::Kind,
        /// What the flag was about.
        subject: Subject,
        /// Since when.
        at_ms: u64,
    },
    /// A host reports a device of a model.
    Model {
        /// The host.
        host: Key,
        /// The model, as licences name it.
        model: Name,
        /// How it was shown.
        basis: Basis,
        /// When.
        at_ms: u64,
        /// The evidence.
        record: RecordId,
    },
    /// A host's liveness changed.
    Liveness {
        /// The host.
        host: Key,
        /// What it is now.
        state: Liveness,
        /// Since when.
        at_ms: u64,
    },
    /// Something is wrong with an anchor, or no longer.
    Anomaly(Anomaly),
    /// The collector was away from `from_ms` until `until_ms`.
    Outage {
        /// Last known to be up.
        from_ms: u64,
        /// Up again.
        until_ms: u64,
        /// Where that is recorded.
        record: RecordId,
    },
}

/// What the registry says of a host.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HostFacts {
    /// The host.
    pub host: Key,
    /// Who runs it.
    pub customer: Name,
    /// Its licence.
    pub licence: Name,
    /// The site it is declared at.
    pub site: Name,
    /// The metro it is declared in.
    pub metro: Name,
    /// Since when.
    pub at_ms: u64,
}

/// What a licence asks for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LicenceFacts {
    /// Its number.
    pub number: Name,
    /// The models it covers; empty when it names none.
    pub models: Vec<Name>,
    /// When it ends; `None` when it does not.
    pub until_ms: Option<u64>,
    /// How long a host may be silent; `None` when it does not say.
    pub silence_ms: Option<u64>,
    /// How long a host may go unconfirmed; `None` when it does not say.
    pub unconfirmed_ms: Option<u64>,
    /// What confirms a host's place.
    pub confirmed_by: Confirmation,
    /// How long a declared transit may last; `None` when it does not say.
    pub transit_ms: Option<u64>,
    /// How long any other declared absence may last; `None` when it does not say.
    pub absence_ms: Option<u64>,
}

/// What a licence takes for a confirmed place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Confirmation {
    /// Only a verdict `confined`.
    Confined,
    /// A verdict `confined` or `denied-excluded`.
    DeniedExcluded,
}

impl Confirmation {
    /// Whether this verdict is enough.
    pub fn is_met_by(self, value: VerdictValue) -> bool {
        match self {
            Self::Confined => value == VerdictValue::Confined,
            Self::DeniedExcluded => {
                matches!(value, VerdictValue::Confined | VerdictValue::DeniedExcluded)
            }
        }
    }
}

/// One verdict, or several that are alike: the same host, the same values, the same votes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdicts {
    /// The host.
    pub host: Key,
    /// The value at c, at 0.69 c and at 2/3 c.
    pub values: [VerdictValue; 3],
    /// The tier that the licence requires.
    pub required: Tier,
    /// The trust domains on which the values rest.
    pub votes: Vec<Name>,
    /// How many sessions, at least 1, evenly spaced.
    pub sessions: Sessions,
    /// The verdict, or the last of them.
    pub record: RecordId,
}

impl Verdicts {
    /// The value at the required tier.
    pub fn value(&self) -> VerdictValue {
        self.at(self.required)
    }

    /// The value at a tier.
    pub fn at(&self, tier: Tier) -> VerdictValue {
        match tier {
            Tier::C => self.values[0],
            Tier::Fibre => self.values[1],
            Tier::TwoThirds => self.values[2],
            Tier::Unspecified => VerdictValue::Insufficient,
        }
    }

    /// One verdict as it is logged; `None` when it is none of this version.
    pub fn of(verdict: &wire::Verdict) -> Option<Self> {
        let mut values = [VerdictValue::Unspecified; 3];
        let mut votes: Vec<Name> = Vec::new();
        for result in &verdict.tiers {
            let place = match result.tier() {
                Tier::C => 0,
                Tier::Fibre => 1,
                Tier::TwoThirds => 2,
                Tier::Unspecified => return None,
            };
            values[place] = result.value();
            if result.tier() == verdict.required_tier() {
                votes.extend(result.deciding_votes.iter().map(|v| Name::from(v.as_str())));
            }
            votes.extend(result.lying_votes.iter().map(|v| Name::from(v.as_str())));
        }
        votes.sort_unstable();
        votes.dedup();
        Some(Self {
            host: Key::read("agent_key", &verdict.agent_key).ok()?,
            values,
            required: verdict.required_tier(),
            votes,
            sessions: Sessions::one(verdict.measured_until_ms),
            record: RecordId::read(&verdict.evidence_hash)?,
        })
    }
}

/// Whether the belief disfavours the licence's territories.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Belief {
    /// The host.
    pub host: Key,
    /// What it says.
    pub says: Plausibility,
    /// The trust domains of the anchors that were asked.
    pub votes: Vec<Name>,
    /// How many sessions.
    pub sessions: Sessions,
    /// The last of them.
    pub record: RecordId,
}

/// What the belief says of the licence's territories.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Plausibility {
    /// Nothing against them.
    Plausible,
    /// It disfavours them.
    Implausible,
}

/// Sessions in a row that say the same, evenly spaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sessions {
    /// How many, at least 1.
    pub count: u32,
    /// When the first was measured.
    pub from_ms: u64,
    /// When the last was measured.
    pub until_ms: u64,
}

impl Sessions {
    /// A single session.
    pub fn one(at_ms: u64) -> Self {
        Self {
            count: 1,
            from_ms: at_ms,
            until_ms: at_ms,
        }
    }
}

/// A host's liveness, as section 6 of the design names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Liveness {
    /// Enrolled and not heard since.
    Enrolled,
    /// Heard lately.
    Reporting,
    /// Not heard for a while.
    Late,
    /// Not heard for long.
    Silent,
    /// Declared: on its way.
    Transit,
    /// Declared: kept, not used.
    Storage,
    /// Declared: being worked on.
    Maintenance,
    /// Declared: back with the maker or on its way there.
    Rma,
    /// Declared: in use without a network.
    AirGapped,
    /// Withdrawn by its operator.
    Withdrawn,
    /// Taken out of use.
    Decommissioned,
}

impl Liveness {
    /// Whether its operator declared that it does not report for a while.
    pub fn is_declared_absence(self) -> bool {
        matches!(
            self,
            Self::Transit | Self::Storage | Self::Maintenance | Self::Rma | Self::AirGapped
        )
    }

    /// Whether it is gone for good.
    pub fn is_final(self) -> bool {
        matches!(self, Self::Withdrawn | Self::Decommissioned)
    }
}

/// A finding of the anchors' mesh about one anchor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Anomaly {
    /// The anchor.
    pub anchor: Key,
    /// Its trust domain, which is the vote.
    pub vote: Name,
    /// The metro it stands in.
    pub metro: Name,
    /// Since when it may have been so: the last time that it was in order.
    pub from_ms: u64,
    /// When it was in order again; `None` while it lasts.
    pub until_ms: Option<u64>,
    /// Where that is recorded.
    pub record: RecordId,
}
