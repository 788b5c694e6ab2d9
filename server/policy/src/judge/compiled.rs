//! Conditions resolved for one day: groups have become sets of territories, classes conditions.

use super::tri::Tri;
use crate::facts::{Attribute, AttributeSet, DeviceAttributes, Facts, Licence};
use crate::pack::{Condition, Place, Range};
use domicile_geo::{Territories, TerritoryMask};
use std::sync::Arc;

/// Who belongs to a group.
#[derive(Debug, Clone, Copy)]
pub(super) struct Members {
    pub(super) sure: TerritoryMask,
    pub(super) perhaps: TerritoryMask,
}

/// A list of places. `open`: a group in it has no version on that day, so that nobody knows who else
/// belongs.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Places {
    sure: TerritoryMask,
    perhaps: TerritoryMask,
    open: bool,
}

impl Places {
    fn new(list: &[Place], names: &impl Names) -> Self {
        let mut places = Self::default();
        for place in list {
            match place {
                Place::Territory(code) => Territories::builtin()
                    .index_of(*code)
                    .into_iter()
                    .for_each(|index| places.sure.insert(index)),
                Place::Group(name) => match names.group(name) {
                    Some(members) => {
                        places.sure = places.sure.union(&members.sure);
                        places.perhaps = places.perhaps.union(&members.perhaps);
                    }
                    None => places.open = true,
                },
            }
        }
        places
    }

    fn holds(&self, index: u8) -> Tri {
        if self.sure.contains(index) {
            Tri::Yes
        } else if self.open || self.perhaps.contains(index) {
            Tri::Unknown
        } else {
            Tri::No
        }
    }

    fn meets(&self, seats: &TerritoryMask) -> Tri {
        if !self.sure.is_disjoint(seats) {
            Tri::Yes
        } else if self.open || !self.perhaps.is_disjoint(seats) {
            Tri::Unknown
        } else {
            Tri::No
        }
    }
}

/// What a name of a group or class stands for on the day.
pub(super) trait Names {
    /// The members of a group; `None` when no version of it holds.
    fn group(&self, name: &str) -> Option<Members>;
    /// The conditions of a class. Never absent: the packs' checks have seen to it.
    fn class(&self, name: &str) -> Arc<[Device]>;
}

/// The part of a condition that is about the device.
#[derive(Debug, Clone, Default)]
pub(super) struct Device {
    vendor: Option<Vec<String>>,
    not_vendor: Option<Vec<String>>,
    family: Option<Vec<String>>,
    model: Option<Vec<String>>,
    eccn: Option<Vec<String>>,
    tpp: Option<Range>,
    performance_density: Option<Range>,
    memory_bandwidth: Option<Range>,
    interconnect_bandwidth: Option<Range>,
}

fn word(list: Option<&Vec<String>>, value: Option<&String>) -> Tri {
    list.map_or(Tri::Yes, |list| {
        Tri::of(value, |value| {
            list.iter().any(|one| one.eq_ignore_ascii_case(value))
        })
    })
}

fn number(range: Option<Range>, value: Option<f64>) -> Tri {
    range.map_or(Tri::Yes, |range| {
        Tri::of(value, |value| range.contains(value))
    })
}

impl Device {
    pub(super) fn new(condition: &Condition) -> Self {
        Self {
            vendor: condition.vendor.clone(),
            not_vendor: condition.not_vendor.clone(),
            family: condition.family.clone(),
            model: condition.model.clone(),
            eccn: condition.eccn.clone(),
            tpp: condition.tpp,
            performance_density: condition.performance_density,
            memory_bandwidth: condition.memory_bandwidth,
            interconnect_bandwidth: condition.interconnect_bandwidth,
        }
    }

    fn test(&self, of: &DeviceAttributes) -> Tri {
        let not_vendor = match &self.not_vendor {
            None => Tri::Yes,
            Some(list) => word(Some(list), of.vendor.as_ref()).not(),
        };
        number(self.tpp, of.tpp)
            .and(number(self.performance_density, of.performance_density))
            .and(number(self.memory_bandwidth, of.memory_bandwidth))
            .and(number(
                self.interconnect_bandwidth,
                of.interconnect_bandwidth,
            ))
            .and(word(self.vendor.as_ref(), of.vendor.as_ref()))
            .and(not_vendor)
            .and(word(self.family.as_ref(), of.family.as_ref()))
            .and(word(self.model.as_ref(), of.model.as_ref()))
            .and(word(self.eccn.as_ref(), of.eccn.as_ref()))
    }

    /// What it asks about and is not known.
    fn missing(&self, of: &DeviceAttributes) -> AttributeSet {
        let mut set = AttributeSet::default();
        for (asked, known, attribute) in [
            (
                self.vendor.is_some() || self.not_vendor.is_some(),
                of.vendor.is_some(),
                Attribute::Vendor,
            ),
            (
                self.family.is_some(),
                of.family.is_some(),
                Attribute::Family,
            ),
            (self.model.is_some(), of.model.is_some(), Attribute::Model),
            (self.eccn.is_some(), of.eccn.is_some(), Attribute::Eccn),
            (self.tpp.is_some(), of.tpp.is_some(), Attribute::Tpp),
            (
                self.performance_density.is_some(),
                of.performance_density.is_some(),
                Attribute::PerformanceDensity,
            ),
            (
                self.memory_bandwidth.is_some(),
                of.memory_bandwidth.is_some(),
                Attribute::MemoryBandwidth,
            ),
            (
                self.interconnect_bandwidth.is_some(),
                of.interconnect_bandwidth.is_some(),
                Attribute::InterconnectBandwidth,
            ),
        ] {
            if asked && !known {
                set.insert(attribute);
            }
        }
        set
    }
}

/// One line of a rule's `when`, for one day.
#[derive(Debug, Clone)]
pub(super) struct Clause {
    device: Device,
    class: Option<Arc<[Device]>>,
    not_class: Option<Arc<[Device]>>,
    territory: Option<Places>,
    not_territory: Option<Places>,
    shipped_from: Option<Places>,
    headquarters: Option<Places>,
    not_headquarters: Option<Places>,
    public_funding: Option<bool>,
    licence_held: Option<bool>,
    licence_authority: Option<Vec<String>>,
}

fn any_of(class: &[Device], of: &DeviceAttributes) -> Tri {
    class
        .iter()
        .fold(Tri::No, |so_far, device| so_far.or(device.test(of)))
}

impl Clause {
    pub(super) fn new(condition: &Condition, names: &impl Names) -> Self {
        let places = |list: &Option<Vec<Place>>| {
            let list = list.as_deref()?;
            Some(Places::new(list, names))
        };
        let class = |name: &Option<String>| name.as_deref().map(|name| names.class(name));
        Self {
            device: Device::new(condition),
            class: class(&condition.device_class),
            not_class: class(&condition.not_device_class),
            territory: places(&condition.territory),
            not_territory: places(&condition.not_territory),
            shipped_from: places(&condition.shipped_from),
            headquarters: places(&condition.headquarters),
            not_headquarters: places(&condition.not_headquarters),
            public_funding: condition.public_funding,
            licence_held: condition.licence_held,
            licence_authority: condition.licence_authority.clone(),
        }
    }

    /// What the territory alone says; the index over territories is made of it.
    pub(super) fn at(&self, territory: Option<u8>) -> Tri {
        let yes = |places: Option<Places>, or: Tri| {
            places.map_or(or, |places| {
                territory.map_or(Tri::Unknown, |index| places.holds(index))
            })
        };
        yes(self.territory, Tri::Yes).and(yes(self.not_territory, Tri::No).not())
    }

    /// Everything but the territory.
    pub(super) fn apart_from_territory(&self, facts: &Known<'_>) -> Tri {
        let Known {
            facts,
            shipped_from,
            ..
        } = facts;
        let seats = |places: Option<Places>, or: Tri| {
            places.map_or(or, |places| {
                facts
                    .headquarters
                    .map_or(Tri::Unknown, |seats| places.meets(&seats))
            })
        };
        let mut so_far =
            seats(self.headquarters, Tri::Yes).and(seats(self.not_headquarters, Tri::No).not());
        if let Some(places) = self.shipped_from {
            so_far = so_far.and(shipped_from.map_or(Tri::Unknown, |index| places.holds(index)));
        }
        if so_far == Tri::No {
            return Tri::No;
        }
        so_far = so_far.and(self.device.test(&facts.device));
        if let Some(class) = &self.class {
            so_far = so_far.and(any_of(class, &facts.device));
        }
        if let Some(class) = &self.not_class {
            so_far = so_far.and(any_of(class, &facts.device).not());
        }
        if let Some(funded) = self.public_funding {
            so_far = so_far.and(Tri::of(facts.public_funding, |known| known == funded));
        }
        so_far.and(self.licence(&facts.licence))
    }

    fn licence(&self, licence: &Licence) -> Tri {
        let held = match (self.licence_held, licence) {
            (None, _) => Tri::Yes,
            (Some(_), Licence::Unknown) => Tri::Unknown,
            (Some(held), known) => (held == matches!(known, Licence::Held(_))).into(),
        };
        let authority = match (&self.licence_authority, licence) {
            (None, _) => Tri::Yes,
            (Some(_), Licence::Unknown) => Tri::Unknown,
            (Some(_), Licence::None) => Tri::No,
            (Some(list), Licence::Held(licence)) => list
                .iter()
                .any(|one| one.eq_ignore_ascii_case(&licence.authority))
                .into(),
        };
        held.and(authority)
    }

    /// What it asks about and is not known.
    pub(super) fn missing(&self, facts: &Known<'_>) -> AttributeSet {
        let mut set = self.device.missing(&facts.facts.device);
        for class in [&self.class, &self.not_class].into_iter().flatten() {
            for device in class.iter() {
                set = set.union(device.missing(&facts.facts.device));
            }
        }
        let at = |places: &Option<Places>, index: Option<u8>| {
            places.map(|places| index.map(|index| places.holds(index)))
        };
        let seats = |places: &Option<Places>| {
            let known = facts.facts.headquarters;
            places.map(|places| known.map(|seats| places.meets(&seats)))
        };
        for (answer, attribute) in [
            (at(&self.territory, facts.territory), Attribute::Territory),
            (
                at(&self.not_territory, facts.territory),
                Attribute::Territory,
            ),
            (
                at(&self.shipped_from, facts.shipped_from),
                Attribute::ShippedFrom,
            ),
            (seats(&self.headquarters), Attribute::Headquarters),
            (seats(&self.not_headquarters), Attribute::Headquarters),
        ] {
            match answer {
                Some(None) => set.insert(attribute),
                // It is the list that leaves the question open.
                Some(Some(Tri::Unknown)) => set.insert(Attribute::Group),
                _ => {}
            }
        }
        if self.public_funding.is_some() && facts.facts.public_funding.is_none() {
            set.insert(Attribute::PublicFunding);
        }
        let asks = self.licence_held.is_some() || self.licence_authority.is_some();
        if asks && facts.facts.licence == Licence::Unknown {
            set.insert(Attribute::Licence);
        }
        set
    }
}

/// Facts with their territories as indices. A territory that the data do not have is unknown.
pub(super) struct Known<'a> {
    pub(super) facts: &'a Facts,
    pub(super) territory: Option<u8>,
    pub(super) shipped_from: Option<u8>,
}

impl<'a> Known<'a> {
    pub(super) fn new(facts: &'a Facts) -> Self {
        let index = |code| Territories::builtin().index_of(code);
        Self {
            facts,
            territory: facts.territory.and_then(index),
            shipped_from: facts.shipped_from.and_then(index),
        }
    }
}
