//! Conditions of rules, as packs write them.

use domicile_geo::TerritoryCode;
use serde::{Deserialize, Deserializer};

/// From a value up to, but not including, another.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Range {
    /// The least value that counts.
    pub at_least: Option<f64>,
    /// The least value that no longer does.
    pub below: Option<f64>,
}

impl Range {
    /// Whether the value lies in it.
    pub fn contains(&self, value: f64) -> bool {
        self.at_least.is_none_or(|least| value >= least)
            && self.below.is_none_or(|below| value < below)
    }
}

/// A territory, or a group of them by name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// Two capital letters.
    Territory(TerritoryCode),
    /// Anything else.
    Group(String),
}

impl<'de> Deserialize<'de> for Place {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        Ok(match text.parse() {
            Ok(code) => Self::Territory(code),
            Err(_) => Self::Group(text),
        })
    }
}

/// What must hold, all of it. What is left out does not matter.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Condition {
    /// The device is in this class.
    pub device_class: Option<String>,
    /// The device is not in this class.
    pub not_device_class: Option<String>,
    /// One of these vendors.
    pub vendor: Option<Vec<String>>,
    /// None of these vendors.
    pub not_vendor: Option<Vec<String>>,
    /// One of these families.
    pub family: Option<Vec<String>>,
    /// One of these models.
    pub model: Option<Vec<String>>,
    /// One of these ECCNs.
    pub eccn: Option<Vec<String>>,
    /// Total processing performance.
    pub tpp: Option<Range>,
    /// TPP per mm².
    pub performance_density: Option<Range>,
    /// GB/s.
    pub memory_bandwidth: Option<Range>,
    /// GB/s.
    pub interconnect_bandwidth: Option<Range>,
    /// The territory is one of these.
    pub territory: Option<Vec<Place>>,
    /// The territory is none of these.
    pub not_territory: Option<Vec<Place>>,
    /// Shipped from one of these.
    pub shipped_from: Option<Vec<Place>>,
    /// The seat of the end user, or of a parent of it, is one of these.
    pub headquarters: Option<Vec<Place>>,
    /// No seat of the end user or its parents is one of these.
    pub not_headquarters: Option<Vec<Place>>,
    /// Whether public money pays for the site.
    pub public_funding: Option<bool>,
    /// Whether a licence is held.
    pub licence_held: Option<bool>,
    /// The licence was issued by one of these.
    pub licence_authority: Option<Vec<String>>,
}

impl Condition {
    /// Every list of places, with its key.
    pub fn places(&self) -> impl Iterator<Item = (&'static str, &[Place])> {
        [
            ("territory", &self.territory),
            ("not-territory", &self.not_territory),
            ("shipped-from", &self.shipped_from),
            ("headquarters", &self.headquarters),
            ("not-headquarters", &self.not_headquarters),
        ]
        .into_iter()
        .filter_map(|(key, list)| Some((key, list.as_deref()?)))
    }

    /// Every range, with its key.
    pub fn ranges(&self) -> impl Iterator<Item = (&'static str, Range)> {
        [
            ("tpp", self.tpp),
            ("performance-density", self.performance_density),
            ("memory-bandwidth", self.memory_bandwidth),
            ("interconnect-bandwidth", self.interconnect_bandwidth),
        ]
        .into_iter()
        .filter_map(|(key, range)| Some((key, range?)))
    }

    /// Every list of words, with its key.
    pub fn words(&self) -> impl Iterator<Item = (&'static str, &[String])> {
        [
            ("vendor", &self.vendor),
            ("not-vendor", &self.not_vendor),
            ("family", &self.family),
            ("model", &self.model),
            ("eccn", &self.eccn),
            ("licence-authority", &self.licence_authority),
        ]
        .into_iter()
        .filter_map(|(key, list)| Some((key, list.as_deref()?)))
    }

    /// Whether it asks about anything but the device.
    pub fn asks_beyond_the_device(&self) -> bool {
        self.places().next().is_some()
            || self.public_funding.is_some()
            || self.licence_held.is_some()
            || self.licence_authority.is_some()
    }
}
