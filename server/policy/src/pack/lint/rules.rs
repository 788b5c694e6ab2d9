//! Rules: their dates, sources, conditions, and what they replace.

use super::Linter;
use crate::pack::{MAX_LINES, Place, Rule};
use crate::words::{Activity, Status};
use domicile_geo::Territories;
use std::collections::{HashMap, HashSet};

impl Linter<'_> {
    pub(super) fn rules(&mut self) {
        let pack = self.pack;
        let mut seen = HashSet::new();
        for rule in &pack.rules {
            let place = format!("rule {:?}", rule.id);
            self.name(&place, "id", &rule.id);
            if !seen.insert(&rule.id) {
                self.error(&place, "id", "stands twice");
            }
            if !super::is_territory(&rule.jurisdiction) {
                self.error(
                    &place,
                    "jurisdiction",
                    "an ISO 3166 code like \"US\" is expected",
                );
            }
            if rule.period().is_empty() {
                self.error(&place, "effective-until", "must lie after `effective-from`");
            }
            if rule.recorded_at > pack.published {
                self.error(&place, "recorded-at", "lies after the pack was published");
            }
            self.sources(&place, &rule.sources);
            self.conditions(&place, rule);
            if rule.explanation.trim().is_empty() {
                self.error(&place, "explanation", "say in words what the rule says");
            }
            if rule.status == Status::Enacted && rule.recorded_at > rule.period().from {
                self.warning(
                    &place,
                    "recorded-at",
                    "was enacted to hold before it could be known",
                );
            }
        }
    }

    fn conditions(&mut self, place: &str, rule: &Rule) {
        if rule.when.is_empty() || rule.when.len() > MAX_LINES {
            self.error(
                place,
                "when",
                format!("1 to {MAX_LINES} lines are expected"),
            );
        }
        for condition in &rule.when {
            self.values(place, condition);
            for class in [&condition.device_class, &condition.not_device_class]
                .into_iter()
                .flatten()
            {
                if !self.classes.contains(class.as_str()) {
                    self.error(
                        place,
                        "device-class",
                        format!("{class:?} is defined nowhere"),
                    );
                }
            }
            for (key, list) in condition.places() {
                if list.is_empty() {
                    self.error(place, key, "at least one territory or group is expected");
                }
                for one in list {
                    match one {
                        Place::Territory(code)
                            if Territories::builtin().index_of(*code).is_none() =>
                        {
                            self.error(place, key, format!("{code} is no territory of the data"));
                        }
                        Place::Group(name) if !self.groups.contains(name.as_str()) => {
                            self.error(
                                place,
                                key,
                                format!("{name:?} is no territory and no group"),
                            );
                        }
                        _ => {}
                    }
                }
            }
            let asks_shipping = condition.shipped_from.is_some();
            if rule.activity == Activity::Departure && !asks_shipping {
                self.warning(
                    place,
                    "when",
                    "a rule about departure asks nothing about `shipped-from`",
                );
            }
        }
    }

    pub(super) fn replacements(&mut self) {
        let all = self.all.clone();
        let rules: HashMap<&str, &Rule> = all
            .iter()
            .flat_map(|pack| &pack.rules)
            .map(|rule| (rule.id.as_str(), rule))
            .collect();
        for rule in &self.pack.rules {
            let place = format!("rule {:?}", rule.id);
            for id in &rule.replaces {
                let Some(replaced) = rules.get(id.as_str()) else {
                    self.error(&place, "replaces", format!("{id:?} is no rule"));
                    continue;
                };
                if replaced.id == rule.id {
                    self.error(&place, "replaces", "a rule cannot replace itself");
                }
                if (&replaced.jurisdiction, replaced.activity)
                    != (&rule.jurisdiction, rule.activity)
                {
                    self.error(
                        &place,
                        "replaces",
                        format!("{id:?} is of another jurisdiction or activity"),
                    );
                }
                if replaced.status.is_enforceable() && !rule.status.is_enforceable() {
                    self.error(
                        &place,
                        "replaces",
                        format!(
                            "{id:?} is {} and does not give way to what is {}",
                            replaced.status, rule.status
                        ),
                    );
                }
                for earlier in replaced
                    .replaces
                    .iter()
                    .filter(|id| !rule.replaces.contains(id))
                {
                    self.warning(
                        &place,
                        "replaces",
                        format!("{id:?} replaces {earlier:?}, which comes back where this rule applies and {id:?} does not"),
                    );
                }
            }
        }
    }
}
