//! Devices seen under a licence against the number it names.

use crate::finding::{Basis, Finding, Kind};
use crate::track::{Stay, Track};
use std::cmp::Ordering;
use std::collections::BTreeMap;

/// The number of devices that a licence names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quantity {
    /// The licence.
    pub licence: String,
    /// How many.
    pub licensed: u32,
}

/// What was seen under one licence in a period.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counted {
    /// Devices whose own key signed in the period.
    pub signed: u32,
    /// The others.
    pub claimed: u32,
}

impl Counted {
    /// All of them.
    pub fn all(&self) -> u32 {
        self.signed.saturating_add(self.claimed)
    }
}

/// A count under way.
#[derive(Debug, Clone, Default)]
pub struct Counting(BTreeMap<String, Counted>);

impl Counting {
    /// Counts one device, under the licence of its last stay in `[from_ms, until_ms)`.
    pub fn add(&mut self, track: &Track, (from_ms, until_ms): (u64, u64)) {
        let within = |stay: &&Stay| stay.last_ms >= from_ms && stay.first_ms < until_ms;
        let Some(stay) = track.stays.iter().rev().find(within) else {
            return;
        };
        // Of the signed sessions between the first and the last nothing is kept.
        let period = from_ms..until_ms;
        let signed = stay.signed.is_some_and(|signed| {
            period.contains(&signed.first_ms) || period.contains(&signed.last_ms)
        });
        let of_licence = self.0.entry(stay.licence.clone()).or_default();
        match signed {
            true => of_licence.signed += 1,
            false => of_licence.claimed += 1,
        }
    }

    /// What was counted, and where it is not what is licensed. Licences without a quantity are
    /// counted and not compared. `at_ms` is the end of the period.
    pub fn compare(
        self,
        quantities: &[Quantity],
        at_ms: u64,
    ) -> (BTreeMap<String, Counted>, Vec<Finding>) {
        let finding = |quantity: &Quantity| {
            let seen = self.0.get(&quantity.licence).cloned().unwrap_or_default();
            let kind = match seen.all().cmp(&quantity.licensed) {
                Ordering::Less => Kind::FewerThanLicensed,
                Ordering::Equal => return None,
                Ordering::Greater => Kind::MoreThanLicensed,
            };
            Some(Finding {
                kind,
                basis: Basis::of(seen.claimed == 0),
                devices: Vec::new(),
                alias: None,
                hosts: Vec::new(),
                evidence: Vec::new(),
                at_ms,
                licence: Some((quantity.licence.clone(), quantity.licensed, seen.all())),
            })
        };
        let findings = quantities.iter().filter_map(finding).collect();
        (self.0, findings)
    }
}
