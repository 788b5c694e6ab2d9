//! The registry: what each licence asks for, and which customers are one.

use super::{Follower, Record, Unreadable, decode};
use crate::flags::{Change, Confirmation, DAY, Event, LicenceFacts, Name};
use domicile_policy::registry::{ConfirmedBy, Licence, Registry, read_toml};
use domicile_proto::types::Key;
use domicile_proto::wire;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What the newest registry says.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Licences {
    facts: BTreeMap<String, LicenceFacts>,
    /// The uppermost owner of each customer that has one: whom flags count as one customer.
    owners: BTreeMap<String, Name>,
    /// Devices that each licence names.
    pub(super) quantities: BTreeMap<String, u32>,
    /// The models that the registry gives to devices, by their ids.
    models: BTreeMap<String, Name>,
}

impl Licences {
    /// Who a customer is to the flags: its uppermost owner, or itself.
    pub(super) fn owner(&self, customer: &str) -> Name {
        let owner = self.owners.get(customer).cloned();
        owner.unwrap_or_else(|| Name::from(customer))
    }

    /// The model that the registry gives to the device with this id.
    pub(super) fn model(&self, id: &str) -> Option<&Name> {
        self.models.get(id)
    }

    /// Whether a licence covers a model: it names no model, or that one, or a word of its name, as
    /// `H200` is of `NVIDIA H200 NVL`. `true` for a licence that nobody knows.
    pub(super) fn covers(&self, licence: &str, model: &str) -> bool {
        let Some(facts) = self.facts.get(licence) else {
            return true;
        };
        let word = |one: &Name| {
            let mut words = model.split(|c: char| !c.is_ascii_alphanumeric());
            one.eq_ignore_ascii_case(model) || words.any(|word| one.eq_ignore_ascii_case(word))
        };
        facts.models.is_empty() || facts.models.iter().any(word)
    }
}

impl Follower {
    pub(super) fn registry(
        &mut self,
        record: &Record<'_>,
        changes: &mut Vec<Change>,
    ) -> Result<(), Unreadable> {
        let logged: wire::RegistryRecord = decode(record.payload)?;
        let registry = read_toml("registry", &logged.registry)?;
        let owners = owners(&registry);
        let moved: Vec<Key> = self
            .hosts
            .iter()
            .filter(|(_, host)| {
                let customer = &host.token.customer;
                owners.get(customer) != self.licences.owners.get(customer)
            })
            .map(|(key, _)| *key)
            .collect();
        self.licences.owners = owners;
        for host in moved {
            self.tell(&host, changes);
        }
        self.licences.quantities = registry
            .licences()
            .map(|licence| (licence.number.clone(), licence.quantity))
            .collect();
        self.licences.models = registry
            .devices()
            .map(|device| (device.id.clone(), Name::from(device.model.as_str())))
            .collect();
        let now: BTreeMap<String, LicenceFacts> = registry
            .licences()
            .map(|licence| (licence.number.clone(), facts(licence)))
            .collect();
        let before = std::mem::replace(&mut self.licences.facts, now.clone());
        for (number, facts) in &now {
            if before.get(number) != Some(facts) {
                self.handle(&Event::Licence(facts.clone()), changes);
            }
        }
        for number in before.keys().filter(|number| !now.contains_key(*number)) {
            // Nobody knows any more what it asks for.
            self.handle(&Event::Licence(silent(number)), changes);
        }
        Ok(())
    }
}

fn owners(registry: &Registry) -> BTreeMap<String, Name> {
    let owned = registry.customers().filter(|one| one.parent.is_some());
    owned
        .filter_map(|customer| {
            let owner = registry.family(customer).last()?;
            Some((customer.id.clone(), Name::from(owner.id.as_str())))
        })
        .collect()
}

fn facts(licence: &Licence) -> LicenceFacts {
    let days = |days: Option<u32>| days.map(|days| u64::from(days) * DAY);
    LicenceFacts {
        number: Name::from(licence.number.as_str()),
        models: licence
            .models
            .iter()
            .map(|one| Name::from(one.as_str()))
            .collect(),
        until_ms: Some(licence.valid_until.start_ms()),
        silence_ms: days(licence.silence_days),
        unconfirmed_ms: days(licence.unconfirmed_days),
        confirmed_by: match licence.confirmed_by {
            Some(ConfirmedBy::DeniedExcluded) => Confirmation::DeniedExcluded,
            Some(ConfirmedBy::Confined) | None => Confirmation::Confined,
        },
        transit_ms: days(licence.transit_days),
        absence_ms: days(licence.absence_days),
    }
}

/// A licence that asks for nothing.
fn silent(number: &str) -> LicenceFacts {
    LicenceFacts {
        number: Name::from(number),
        models: Vec::new(),
        until_ms: None,
        silence_ms: None,
        unconfirmed_ms: None,
        confirmed_by: Confirmation::Confined,
        transit_ms: None,
        absence_ms: None,
    }
}
