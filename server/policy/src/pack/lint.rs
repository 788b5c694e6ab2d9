//! What is wrong with a pack, all of it.

use super::{Condition, Pack, Place, Rule, Source};
use crate::words::{Activity, Status};
use domicile_geo::{Territories, TerritoryCode};
use std::collections::{HashMap, HashSet};
use std::fmt;

/// How bad a problem is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The pack is refused.
    Error,
    /// The pack can be used, and somebody should look.
    Warning,
}

/// Something wrong with a pack.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    /// How bad it is.
    pub severity: Severity,
    /// The rule, group, class, model or example.
    pub place: String,
    /// The key.
    pub key: &'static str,
    /// What is wrong, and what is expected.
    pub problem: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(to, "{}, `{}`: {}", self.place, self.key, self.problem)
    }
}

struct Linter<'p> {
    pack: &'p Pack,
    all: Vec<&'p Pack>,
    found: Vec<Problem>,
}

/// Checks a pack beside the packs it is used with. Errors first.
pub fn lint(pack: &Pack, beside: &[Pack]) -> Vec<Problem> {
    let all = std::iter::once(pack).chain(beside).collect();
    let mut linter = Linter {
        pack,
        all,
        found: Vec::new(),
    };
    linter.head();
    linter.groups();
    linter.classes();
    linter.models();
    linter.rules();
    linter.replacements();
    linter.examples(beside);
    if let Some(rule) = crate::judge::circle(&linter.together(beside)) {
        let place = format!("rule {rule:?}");
        linter.error(&place, "replaces", "is replaced, over others, by itself");
    }
    linter.found.sort();
    linter.found.dedup();
    linter.found
}

fn is_territory(text: &str) -> bool {
    text.parse::<TerritoryCode>()
        .is_ok_and(|code| Territories::builtin().index_of(code).is_some())
}

impl Linter<'_> {
    fn say(
        &mut self,
        severity: Severity,
        place: &str,
        key: &'static str,
        problem: impl Into<String>,
    ) {
        self.found.push(Problem {
            severity,
            place: place.to_owned(),
            key,
            problem: problem.into(),
        });
    }

    fn error(&mut self, place: &str, key: &'static str, problem: impl Into<String>) {
        self.say(Severity::Error, place, key, problem);
    }

    fn warning(&mut self, place: &str, key: &'static str, problem: impl Into<String>) {
        self.say(Severity::Warning, place, key, problem);
    }

    fn name(&mut self, place: &str, key: &'static str, text: &str) {
        if let Err(error) = domicile_proto::codec::name(key, text) {
            self.error(place, key, error.to_string());
        }
    }

    fn sources(&mut self, place: &str, sources: &[Source]) {
        if sources.is_empty() {
            self.error(place, "sources", "at least one public source is expected");
        }
        for source in sources {
            let sound =
                source.url.starts_with("https://") && !source.url.contains(char::is_whitespace);
            if !sound {
                self.error(
                    place,
                    "sources",
                    format!("{:?} is no https address", source.url),
                );
            }
            if source.title.trim().is_empty() {
                self.error(place, "sources", "a source needs a title");
            }
        }
    }

    fn head(&mut self) {
        let pack = self.pack;
        self.name("the pack", "name", &pack.name);
        if pack.notice.trim().is_empty() {
            self.error(
                "the pack",
                "notice",
                "say what a reader must know before using it",
            );
        }
        if pack.rules.is_empty() && pack.groups.is_empty() && pack.models.is_empty() {
            self.error("the pack", "rule", "the pack says nothing");
        }
        if !pack.rules.is_empty() && pack.examples.is_empty() {
            self.warning(
                "the pack",
                "example",
                "no example shows that the rules say what they should",
            );
        }
    }

    fn groups(&mut self) {
        let pack = self.pack;
        let mut seen = HashSet::new();
        for group in &pack.groups {
            let place = format!("group {:?}", group.name);
            if group.name.trim().is_empty() || group.name.parse::<TerritoryCode>().is_ok() {
                self.error(&place, "name", "must not be empty or look like a territory");
            }
            if group.period().is_empty() {
                self.error(&place, "effective-until", "must lie after `effective-from`");
            }
            if !seen.insert((&group.name, group.recorded_at, group.period().from)) {
                self.error(
                    &place,
                    "recorded-at",
                    "two versions were recorded on one day for one day",
                );
            }
            let mut members = HashSet::new();
            for member in group.members.iter().chain(&group.uncertain_members) {
                if !is_territory(member) {
                    self.error(
                        &place,
                        "members",
                        format!("{member:?} is no territory of the data"),
                    );
                }
                if !members.insert(member) {
                    self.error(&place, "members", format!("{member:?} stands twice"));
                }
            }
            self.sources(&place, &group.sources);
        }
    }

    fn classes(&mut self) {
        let pack = self.pack;
        for class in &pack.classes {
            let place = format!("device-class {:?}", class.name);
            if class.any.is_empty() {
                self.error(&place, "any", "a class of no devices");
            }
            for condition in &class.any {
                if condition.asks_beyond_the_device()
                    || condition.device_class.is_some()
                    || condition.not_device_class.is_some()
                {
                    self.error(
                        &place,
                        "any",
                        "a class may only ask about the device's own attributes",
                    );
                }
                self.values(&place, condition);
            }
        }
    }

    fn models(&mut self) {
        let pack = self.pack;
        let mut seen = HashSet::new();
        for model in &pack.models {
            let place = format!("model {:?}", model.model);
            if !seen.insert(model.model.to_ascii_lowercase()) {
                self.error(&place, "model", "stands twice");
            }
            for (key, value) in [
                ("tpp", model.tpp),
                ("performance-density", model.performance_density),
                ("memory-bandwidth", model.memory_bandwidth),
                ("interconnect-bandwidth", model.interconnect_bandwidth),
            ] {
                if value.is_some_and(|value| !value.is_finite() || value < 0.0) {
                    self.error(&place, key, "a number of zero or more is expected");
                }
            }
            self.sources(&place, &model.sources);
        }
    }

    /// Ranges and lists of one condition.
    fn values(&mut self, place: &str, condition: &Condition) {
        if *condition == Condition::default() {
            self.error(
                place,
                "when",
                "a line that asks nothing holds everywhere; say what it asks",
            );
        }
        for (key, range) in condition.ranges() {
            let bounds = [range.at_least, range.below];
            if bounds.iter().flatten().any(|bound| !bound.is_finite()) || bounds == [None, None] {
                self.error(
                    place,
                    key,
                    "`at-least`, `below` or both are expected, as numbers",
                );
            }
            if let [Some(least), Some(below)] = bounds
                && least >= below
            {
                self.error(place, key, "`at-least` must be less than `below`");
            }
        }
        for (key, list) in condition.words() {
            if list.is_empty()
                || list
                    .iter()
                    .any(|word| word.trim() != word || word.is_empty())
            {
                self.error(
                    place,
                    key,
                    "a list of words without blanks around them is expected",
                );
            }
        }
    }

    fn rules(&mut self) {
        let pack = self.pack;
        let mut seen = HashSet::new();
        for rule in &pack.rules {
            let place = format!("rule {:?}", rule.id);
            self.name(&place, "id", &rule.id);
            if !seen.insert(&rule.id) {
                self.error(&place, "id", "stands twice");
            }
            if !is_territory(&rule.jurisdiction) {
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
        if rule.when.is_empty() {
            self.error(place, "when", "at least one line is expected");
        }
        let all = self.all.clone();
        let classes: HashSet<&String> = all
            .iter()
            .flat_map(|p| &p.classes)
            .map(|c| &c.name)
            .collect();
        let groups: HashSet<&String> = all
            .iter()
            .flat_map(|p| &p.groups)
            .map(|g| &g.name)
            .collect();
        for condition in &rule.when {
            self.values(place, condition);
            for class in [&condition.device_class, &condition.not_device_class]
                .into_iter()
                .flatten()
            {
                if !classes.contains(class) {
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
                        Place::Group(name) if !groups.contains(name) => {
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

    fn replacements(&mut self) {
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

    fn together(&self, beside: &[Pack]) -> Vec<Pack> {
        let mut packs = vec![self.pack.clone()];
        packs.extend_from_slice(beside);
        packs
    }

    fn examples(&mut self, beside: &[Pack]) {
        let packs = self.together(beside);
        let mut seen = HashSet::new();
        for example in &self.pack.examples {
            let place = format!("example {:?}", example.name);
            if !seen.insert(&example.name) {
                self.warning(&place, "name", "stands twice");
            }
            if example.expect.is_empty() {
                self.error(
                    &place,
                    "expect",
                    "an example that expects nothing shows nothing",
                );
            }
            if let Err(error) = example.facts.facts(&packs) {
                self.error(&place, "facts", error.to_string());
            }
        }
    }
}
