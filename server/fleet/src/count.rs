//! Devices seen under a licence against the number it names.

use crate::finding::{Basis, Finding, Kind};
use crate::name::DeviceName;
use crate::track::Track;
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
    /// Devices whose own key signed throughout.
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

/// Counts each device once, under the licence of the last stay in `[from_ms, until_ms)`, and
/// compares with what is licensed. Licences without a quantity are counted and not compared.
pub fn count<'t>(
    tracks: impl IntoIterator<Item = (&'t DeviceName, &'t Track)>,
    quantities: &[Quantity],
    (from_ms, until_ms): (u64, u64),
) -> (BTreeMap<String, Counted>, Vec<Finding>) {
    let mut counted: BTreeMap<String, Counted> = BTreeMap::new();
    for (_, track) in tracks {
        let within = |stay: &&crate::Stay| stay.last_ms >= from_ms && stay.first_ms < until_ms;
        let Some(stay) = track.stays.iter().rev().find(within) else {
            continue;
        };
        let of_licence = counted.entry(stay.licence.clone()).or_default();
        match stay.signed {
            true => of_licence.signed += 1,
            false => of_licence.claimed += 1,
        }
    }
    let mut findings = Vec::new();
    for quantity in quantities {
        let seen = counted.get(&quantity.licence).cloned().unwrap_or_default();
        let kind = match seen.all().cmp(&quantity.licensed) {
            std::cmp::Ordering::Less => Kind::FewerThanLicensed,
            std::cmp::Ordering::Equal => continue,
            std::cmp::Ordering::Greater => Kind::MoreThanLicensed,
        };
        findings.push(Finding {
            kind,
            basis: match seen.claimed {
                0 => Basis::Signed,
                _ => Basis::Claimed,
            },
            devices: Vec::new(),
            alias: None,
            hosts: Vec::new(),
            evidence: Vec::new(),
            at_ms: until_ms,
            licence: Some((quantity.licence.clone(), quantity.licensed, seen.all())),
        });
    }
    (counted, findings)
}
