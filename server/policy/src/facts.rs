//! What is known of one device and its place: the input of every decision.
//!
//! Everything may be unknown. What is unknown is `None`, never a default: a rule that depends on it
//! is then neither met nor missed.

use crate::day::Period;
use domicile_geo::{TerritoryCode, TerritoryMask};
use std::fmt;

/// Export attributes of a device's model.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct DeviceAttributes {
    /// Who sells it, as packs write it: `nvidia`, `amd`. Compared without regard to case, as are
    /// family, model and ECCN.
    pub vendor: Option<String>,
    /// The architecture: `hopper`, `blackwell`, `cdna3`.
    pub family: Option<String>,
    /// The model: `H200`.
    pub model: Option<String>,
    /// The Export Control Classification Number that the vendor states: `3A090.a`.
    pub eccn: Option<String>,
    /// Total processing performance: 2 × MacTOPS × bit length, the highest over all bit lengths.
    pub tpp: Option<f64>,
    /// TPP divided by the applicable die area in mm².
    pub performance_density: Option<f64>,
    /// Total DRAM bandwidth, GB/s.
    pub memory_bandwidth: Option<f64>,
    /// Aggregate bidirectional transfer rate to other circuits, memory apart, GB/s.
    pub interconnect_bandwidth: Option<f64>,
}

/// What a licence says, as far as decisions need it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LicenceFacts {
    /// Its number.
    pub number: String,
    /// Who issued it.
    pub authority: String,
    /// The models that it covers.
    pub models: Vec<String>,
    /// The seats of the end user that it names, and of that end user's parents.
    pub headquarters: TerritoryMask,
    /// Where it lets the devices be.
    pub permitted: TerritoryMask,
    /// When it holds.
    pub validity: Period,
}

/// Whether there is a licence.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Licence {
    /// Nobody knows.
    #[default]
    Unknown,
    /// It is known that there is none.
    None,
    /// There is one.
    Held(LicenceFacts),
}

/// What is known of one device and its place.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Facts {
    /// The device.
    pub device: DeviceAttributes,
    /// Where it operates, or is to go.
    pub territory: Option<TerritoryCode>,
    /// Where it was shipped from.
    pub shipped_from: Option<TerritoryCode>,
    /// The seats of the end user and of every parent of it, all of them; `None` when any is unknown.
    pub headquarters: Option<TerritoryMask>,
    /// Whether public money pays for the site.
    pub public_funding: Option<bool>,
    /// The licence.
    pub licence: Licence,
}

macro_rules! attributes {
    ($($attribute:ident = $name:literal,)+) => {
        /// A fact that a rule may depend on.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Attribute { $(#[doc = concat!("`", $name, "`")] $attribute,)+ }

        impl Attribute {
            /// Every attribute, in order.
            pub const ALL: &'static [Self] = &[$(Self::$attribute,)+];

            /// The key that packs and lists of facts use.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$attribute => $name,)+ }
            }
        }
    };
}

attributes! {
    Vendor = "vendor",
    Family = "family",
    Model = "model",
    Eccn = "eccn",
    Tpp = "tpp",
    PerformanceDensity = "performance-density",
    MemoryBandwidth = "memory-bandwidth",
    InterconnectBandwidth = "interconnect-bandwidth",
    Territory = "territory",
    ShippedFrom = "shipped-from",
    Headquarters = "headquarters",
    PublicFunding = "public-funding",
    Licence = "licence",
    Group = "who is in the country group",
}

/// A set of attributes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct AttributeSet(u16);

impl AttributeSet {
    /// Puts one in.
    pub fn insert(&mut self, attribute: Attribute) {
        self.0 |= 1 << attribute as u16;
    }

    /// Members of either.
    #[must_use]
    pub fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether it has no member.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The members, in order.
    pub fn iter(self) -> impl Iterator<Item = Attribute> {
        Attribute::ALL
            .iter()
            .copied()
            .filter(move |attribute| self.0 >> (*attribute as u16) & 1 == 1)
    }
}

impl fmt::Display for AttributeSet {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, attribute) in self.iter().enumerate() {
            if at > 0 {
                to.write_str(", ")?;
            }
            to.write_str(attribute.name())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_of_attributes_names_its_members_in_order() {
        let mut set = AttributeSet::default();
        assert!(set.is_empty());
        set.insert(Attribute::Group);
        set.insert(Attribute::Tpp);
        assert_eq!(set.to_string(), "tpp, who is in the country group");
        assert!(Attribute::ALL.len() <= 16);
    }
}
