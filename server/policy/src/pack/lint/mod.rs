//! What is wrong with a pack, all of it.

mod rules;

use super::{Condition, MAX_LINES, Pack, Source};
use domicile_geo::{Territories, TerritoryCode};
use std::collections::HashSet;
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
    classes: HashSet<&'p str>,
    groups: HashSet<&'p str>,
    found: Vec<Problem>,
}

/// Checks a pack beside the packs it is used with. Errors first.
pub fn lint(pack: &Pack, beside: &[Pack]) -> Vec<Problem> {
    let all: Vec<&Pack> = std::iter::once(pack).chain(beside).collect();
    let mut linter = Linter {
        pack,
        classes: all
            .iter()
            .flat_map(|pack| &pack.classes)
            .map(|class| class.name.as_str())
            .collect(),
        groups: all
            .iter()
            .flat_map(|pack| &pack.groups)
            .map(|group| group.name.as_str())
            .collect(),
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
            if class.any.is_empty() || class.any.len() > MAX_LINES {
                self.error(
                    &place,
                    "any",
                    format!("1 to {MAX_LINES} lines are expected"),
                );
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
