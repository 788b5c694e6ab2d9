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
}

impl Licences {
    /// Who a customer is to the flags: its uppermost owner, or itself.
    pub(super) fn owner(&self, customer: &str) -> Name {
        let owner = self.owners.get(customer).cloned();
        owner.unwrap_or_else(|| Name::from(customer))
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
