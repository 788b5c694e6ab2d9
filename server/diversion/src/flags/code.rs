//! The flags there are.

use super::ground::Ground;
use super::need::Need;
use super::table::TABLE;
use domicile_fleet::{Basis, Kind};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// A flag. What each means stands in [`Code::entry`], and in `FLAGS.md` for people.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Code {
    /// Every place that remains possible is outside the licence's territories.
    OutsidePermitted,
    /// The belief disfavours the licence's territories.
    ImplausibleLocation,
    /// No place remains possible, even at the speed of light.
    Inconsistent,
    /// One key answered from two places too far apart.
    IdentityConflict,
    /// One device with two hosts.
    DeviceOnTwoHosts,
    /// A device with another host than before.
    DeviceMoved,
    /// Another device under the same name.
    DeviceSwapped,
    /// One attestation key with two devices.
    KeyOnTwoDevices,
    /// Members of a board do not report.
    BoardIncomplete,
    /// A device is missing from its host.
    DeviceGone,
    /// All devices of a host report under another key.
    KeyChanged,
    /// A model that the licence does not name.
    ModelNotCovered,
    /// Fewer devices than licensed.
    QuantityShort,
    /// More devices than licensed.
    QuantityOver,
    /// Hosts report under a licence that has ended.
    LicenceExpired,
    /// Declared transit lasts longer than the licence allows.
    TransitTooLong,
    /// Another declared absence lasts longer than the licence allows.
    AbsenceTooLong,
    /// Silent for longer than the licence allows.
    Silence,
    /// Not confirmed for longer than the licence allows.
    Unconfirmed,
    /// An anchor is not where, or does not measure as, it should.
    AnchorAnomaly,
    /// The collector was away.
    CollectorOutage,
    /// Many hosts changed together.
    CommonCause,
}

/// What a flag is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    /// Records show it, under the premises named.
    Finding,
    /// A question to somebody; nothing is shown.
    Inquiry,
    /// About the vendor's own side or many hosts at once; accuses no host.
    Incident,
}

impl Class {
    /// As it stands in tables and JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Finding => "finding",
            Self::Inquiry => "inquiry",
            Self::Incident => "incident",
        }
    }
}

/// What many hosts may have in common that explains a flag of each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Common {
    /// The metro: a cable, a power grid, its anchors. Explains delay and silence.
    Metro,
    /// The votes that decided. Explains places that are excluded.
    Votes,
}

/// Everything that is to be known of one flag.
#[derive(Debug, Clone, Copy)]
pub struct Entry {
    /// Which.
    pub code: Code,
    /// Its name in listings and JSON.
    pub name: &'static str,
    /// What it says, in one sentence.
    pub meaning: &'static str,
    /// Finding, inquiry or incident.
    pub class: Class,
    /// What it rests on, and how severe it is.
    pub ground: Ground,
    /// What it rests on when it is a host's word only; `None` when there is no such case.
    pub claimed: Option<Ground>,
    /// What must hold for it to be so.
    pub premises: &'static [&'static str],
    /// What it proves, under its premises.
    pub proves: &'static str,
    /// What it does not prove.
    pub does_not_prove: &'static str,
    /// Causes without any wrongdoing.
    pub innocent: &'static [&'static str],
    /// What it takes to raise it.
    pub raise: Need,
    /// What it takes to clear it, and what the contrary sign is, in words.
    pub clear: (Need, &'static str),
    /// What else could cause it for many hosts at once.
    pub common: Option<Common>,
    /// What holds it back, in words.
    pub held_back_by: &'static [&'static str],
}

impl Code {
    /// Every flag, in the order of the table.
    pub fn all() -> impl Iterator<Item = Self> {
        TABLE.iter().map(|entry| entry.code)
    }

    /// What is to be known of it.
    pub fn entry(self) -> &'static Entry {
        &TABLE[self as usize]
    }

    /// Its name in listings and JSON.
    pub fn name(self) -> &'static str {
        self.entry().name
    }

    /// The flag of this name.
    pub fn of_name(name: &str) -> Option<Self> {
        Self::all().find(|code| code.name() == name)
    }

    /// What it rests on when its records were shown in this way.
    pub fn ground(self, basis: Basis) -> Ground {
        let entry = self.entry();
        match basis {
            Basis::Signed => entry.ground,
            Basis::Claimed => entry.claimed.unwrap_or(entry.ground),
        }
    }

    /// The flag that a finding of the identity ledger raises.
    pub fn of_finding(kind: Kind) -> Self {
        match kind {
            Kind::OnTwoHosts => Self::DeviceOnTwoHosts,
            Kind::Moved => Self::DeviceMoved,
            Kind::KeyOnTwoDevices => Self::KeyOnTwoDevices,
            Kind::Swapped => Self::DeviceSwapped,
            Kind::BoardIncomplete => Self::BoardIncomplete,
            Kind::KeyChanged => Self::KeyChanged,
            Kind::Gone => Self::DeviceGone,
            Kind::FewerThanLicensed => Self::QuantityShort,
            Kind::MoreThanLicensed => Self::QuantityOver,
        }
    }
}

impl Serialize for Code {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(self.name())
    }
}

impl<'de> Deserialize<'de> for Code {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let name = String::deserialize(from)?;
        let unknown = || de::Error::custom(format!("{name:?} is no flag of this version"));
        Self::of_name(&name).ok_or_else(unknown)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::super::ground::Severity;
    use super::*;

    #[test]
    fn the_table_has_every_flag_once_in_order() {
        for (at, code) in Code::all().enumerate() {
            assert_eq!(code as usize, at, "{}", code.name());
            assert_eq!(Code::of_name(code.name()), Some(code));
            let entry = code.entry();
            assert!(!entry.innocent.is_empty() && !entry.premises.is_empty());
            assert!(!entry.meaning.is_empty() && !entry.does_not_prove.is_empty());
        }
        assert_eq!(Code::all().count(), Code::CommonCause as usize + 1);
        assert_eq!(Code::of_name("guilty"), None);
    }

    #[test]
    fn only_physics_is_severe_by_itself_and_a_hosts_word_never() {
        for code in Code::all() {
            let entry = code.entry();
            if entry.ground.severity() == Severity::High {
                assert_eq!(code, Code::OutsidePermitted);
                assert_eq!(entry.ground.name(), "physics");
            }
            if let Some(claimed) = entry.claimed {
                assert!(matches!(claimed, Ground::Claim(_)), "{}", entry.name);
                assert!(claimed.severity() <= entry.ground.severity());
            }
            // What did not come, and what is only believed, is a question.
            if matches!(entry.ground, Ground::Absence(_) | Ground::Statistics(_)) {
                assert_eq!(entry.class, Class::Inquiry, "{}", entry.name);
            }
        }
    }

    #[test]
    fn every_finding_has_its_flag() {
        let mut codes: Vec<Code> = Kind::ALL.iter().map(|k| Code::of_finding(*k)).collect();
        codes.dedup();
        assert_eq!(codes.len(), Kind::ALL.len());
        for code in codes {
            assert!(code.entry().claimed.is_some(), "{}", code.name());
        }
    }
}
