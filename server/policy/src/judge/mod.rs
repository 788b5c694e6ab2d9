//! Deciding: the rules that hold on a day, as far as they were known on another.
//!
//! Of each jurisdiction, activity and layer, the answer is the most restrictive outcome among the
//! rules that apply and that no other rule replaces. A rule whose condition hangs on an unknown fact
//! is neither met nor missed: where it could change the answer, the answer is [`Standing::Undecided`]
//! and names what is missing. Nothing is guessed in either direction.

mod answer;
mod compiled;
mod prepare;
mod rule_set;
mod tri;

pub use answer::{Application, Applied, Decision, OutcomeSet, Standing, Subject};
pub use prepare::JudgeError;
pub(crate) use prepare::circle;

use crate::day::Day;
use crate::facts::{AttributeSet, Facts};
use crate::pack::Rule;
use crate::words::Outcome;
use compiled::{Clause, Known};
use rule_set::RuleSet;
use tri::Tri;

struct Prepared {
    rule: Rule,
    subject: u16,
    replaces: RuleSet,
    clauses: Vec<Clause>,
}

/// One line of a rule, and what the territory says about it.
struct Entry {
    rule: u16,
    clause: u16,
    at: Tri,
}

/// The rules of some packs that hold on a day as far as they were known on another, made ready for
/// many decisions.
pub struct Judge {
    as_of: Day,
    known_on: Day,
    subjects: Vec<Subject>,
    /// In order of subject, then id.
    rules: Vec<Prepared>,
    /// For each territory, and last for an unknown one: the lines that may hold there.
    by_territory: Vec<Vec<Entry>>,
}

/// The rules that may count, with what is known of each.
struct Matching {
    yes: RuleSet,
    unknown: RuleSet,
    replaced: RuleSet,
    perhaps_replaced: RuleSet,
}

impl Judge {
    /// The day that rules must hold on.
    pub fn as_of(&self) -> Day {
        self.as_of
    }

    /// The day that rules must have been recorded by.
    pub fn known_on(&self) -> Day {
        self.known_on
    }

    /// Whose rules there are on that day.
    pub fn subjects(&self) -> &[Subject] {
        &self.subjects
    }

    /// Decides about one device.
    pub fn decide(&self, facts: &Facts) -> Decision {
        let known = Known::new(facts);
        let matching = self.matching(&known);
        let candidates = matching.yes.union(&matching.unknown);
        let mut rest = candidates.difference(&matching.replaced).iter().peekable();
        let mut standings = Vec::new();
        while let Some(first) = rest.next() {
            let subject = self.rules[first].subject;
            let mut sure = None;
            let mut maybe = RuleSet::default();
            let mut next = Some(first);
            while let Some(rule) = next {
                if matching.yes.contains(rule) && !matching.perhaps_replaced.contains(rule) {
                    sure = sure.max(Some(self.rules[rule].rule.outcome));
                } else {
                    maybe.insert(rule);
                }
                next = rest.next_if(|rule| self.rules[*rule].subject == subject);
            }
            standings.push((subject, self.standing(sure, &maybe, &matching, &known)));
        }
        Decision { standings }
    }

    /// `sure`: the most restrictive outcome of the rules that stand whatever the unknown facts are.
    /// `maybe`: rules that may stand.
    fn standing(
        &self,
        sure: Option<Outcome>,
        maybe: &RuleSet,
        matching: &Matching,
        known: &Known<'_>,
    ) -> Standing {
        let at_least = maybe.iter().filter_map(|rule| self.leaves(rule, matching));
        let floor = at_least.max().max(sure);
        let mut possible = OutcomeSet::default();
        let mut open = RuleSet::default();
        if let Some(outcome) = sure.filter(|_| sure == floor) {
            possible.insert(outcome);
        }
        for rule in maybe.iter() {
            let outcome = Some(self.rules[rule].rule.outcome);
            if outcome >= floor {
                outcome
                    .into_iter()
                    .for_each(|outcome| possible.insert(outcome));
                open.insert(rule);
            }
        }
        let mut outcomes = possible.iter();
        if let (Some(_), Some(only), None) = (floor, outcomes.next(), outcomes.next()) {
            return Standing::Decided(only);
        }
        let mut missing = AttributeSet::default();
        for rule in matching.unknown.iter() {
            if open.contains(rule) || self.rules[rule].replaces.meets(&open) {
                missing = missing.union(self.missing(rule, known));
            }
        }
        Standing::Undecided {
            possible,
            perhaps_silent: floor.is_none(),
            missing,
        }
    }

    /// A rule that applies and is perhaps replaced leaves either itself or a rule that replaces it:
    /// the less restrictive of them. `None` when that cannot be said, because the rule may not apply,
    /// or what replaces it may be replaced in turn or be of another subject.
    fn leaves(&self, rule: usize, matching: &Matching) -> Option<Outcome> {
        if !matching.yes.contains(rule) {
            return None;
        }
        let replacers = matching
            .unknown
            .iter()
            .filter(|other| self.rules[*other].replaces.contains(rule));
        let own = self.rules[rule].rule.outcome;
        replacers.into_iter().try_fold(own, |least, other| {
            let stays = self.rules[other].subject == self.rules[rule].subject
                && !matching.replaced.contains(other)
                && !matching.perhaps_replaced.contains(other);
            stays.then(|| least.min(self.rules[other].rule.outcome))
        })
    }

    /// Every rule that applies or may apply, in order of subject and id.
    pub fn explain(&self, facts: &Facts) -> Vec<(&Subject, Vec<Applied<'_>>)> {
        let known = Known::new(facts);
        let matching = self.matching(&known);
        let mut explained: Vec<(&Subject, Vec<Applied<'_>>)> = Vec::new();
        for rule in matching.yes.union(&matching.unknown).iter() {
            let prepared = &self.rules[rule];
            let by = matching
                .yes
                .iter()
                .filter(|other| self.rules[*other].replaces.contains(rule));
            let by: Vec<String> = by.map(|other| self.rules[other].rule.id.clone()).collect();
            let application = if !by.is_empty() {
                Application::Replaced(by)
            } else if matching.unknown.contains(rule) {
                Application::Unknown(self.missing(rule, &known))
            } else {
                Application::Applies
            };
            let applied = Applied {
                rule: &prepared.rule,
                application,
            };
            let subject = &self.subjects[usize::from(prepared.subject)];
            match explained.last_mut() {
                Some((last, rules)) if *last == subject => rules.push(applied),
                _ => explained.push((subject, vec![applied])),
            }
        }
        explained
    }

    fn matching(&self, known: &Known<'_>) -> Matching {
        let place = known
            .territory
            .map_or(self.by_territory.len() - 1, usize::from);
        let (mut yes, mut unknown) = (RuleSet::default(), RuleSet::default());
        for entry in &self.by_territory[place] {
            let rule = usize::from(entry.rule);
            if yes.contains(rule) {
                continue;
            }
            let clause = &self.rules[rule].clauses[usize::from(entry.clause)];
            match entry.at.and(clause.apart_from_territory(known)) {
                Tri::Yes => yes.insert(rule),
                Tri::Unknown => unknown.insert(rule),
                Tri::No => {}
            }
        }
        let unknown = unknown.difference(&yes);
        let replaced_by = |rules: &RuleSet| {
            rules.iter().fold(RuleSet::default(), |so_far, rule| {
                so_far.union(&self.rules[rule].replaces)
            })
        };
        Matching {
            replaced: replaced_by(&yes),
            perhaps_replaced: replaced_by(&unknown),
            yes,
            unknown,
        }
    }

    fn missing(&self, rule: usize, known: &Known<'_>) -> AttributeSet {
        let unknown = self.rules[rule].clauses.iter().filter(|clause| {
            clause
                .at(known.territory)
                .and(clause.apart_from_territory(known))
                == Tri::Unknown
        });
        unknown.fold(AttributeSet::default(), |so_far, clause| {
            so_far.union(clause.missing(known))
        })
    }
}
