//! What a judge answers.

use super::Judge;
use crate::facts::AttributeSet;
use crate::pack::Rule;
use crate::words::{Activity, Layer, Outcome};
use std::fmt;

/// A set of outcomes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct OutcomeSet(u16);

impl OutcomeSet {
    pub(super) fn insert(&mut self, outcome: Outcome) {
        self.0 |= 1 << outcome as u16;
    }

    /// Whether it is in the set.
    pub fn contains(self, outcome: Outcome) -> bool {
        self.0 >> (outcome as u16) & 1 == 1
    }

    /// The members, from the least restrictive to the most.
    pub fn iter(self) -> impl Iterator<Item = Outcome> {
        Outcome::ALL
            .iter()
            .copied()
            .filter(move |outcome| self.contains(*outcome))
    }
}

/// What one jurisdiction says about one activity, in one layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Whatever the unknown facts are.
    Decided(Outcome),
    /// It hangs on facts that are not known.
    Undecided {
        /// Outcomes that the missing facts may lead to.
        possible: OutcomeSet,
        /// Whether they may lead to no rule at all.
        perhaps_silent: bool,
        /// The facts that are missing.
        missing: AttributeSet,
    },
}

impl Standing {
    /// The outcome, if it is decided.
    pub fn decided(self) -> Option<Outcome> {
        match self {
            Self::Decided(outcome) => Some(outcome),
            Self::Undecided { .. } => None,
        }
    }
}

impl fmt::Display for Standing {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Decided(outcome) => outcome.fmt(to),
            Self::Undecided {
                possible,
                perhaps_silent,
                missing,
            } => {
                let mut names: Vec<&str> = possible.iter().map(Outcome::name).collect();
                if *perhaps_silent {
                    names.insert(0, "no rule");
                }
                write!(
                    to,
                    "undecided: {} (not known: {missing})",
                    names.join(" or ")
                )
            }
        }
    }
}

/// Whose rules an answer is made of. Answers are in the order of these.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Subject {
    /// An ISO 3166 code.
    pub jurisdiction: String,
    /// What the rules are about.
    pub activity: Activity,
    /// How firm they are.
    pub layer: Layer,
}

impl fmt::Display for Subject {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(to, "{} {} {}", self.jurisdiction, self.activity, self.layer)
    }
}

/// Everything that the rules say about one device. A subject without an entry is silent: no rule
/// applies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    pub(super) standings: Vec<(u16, Standing)>,
}

impl Decision {
    /// The standings, in order of subject. `judge` must be the one that decided.
    pub fn iter<'j>(&self, judge: &'j Judge) -> impl Iterator<Item = (&'j Subject, Standing)> {
        self.standings
            .iter()
            .map(move |(subject, standing)| (&judge.subjects[usize::from(*subject)], *standing))
    }

    /// What one subject says; `None` when it is silent.
    pub fn of(
        &self,
        judge: &Judge,
        jurisdiction: &str,
        activity: Activity,
        layer: Layer,
    ) -> Option<Standing> {
        self.iter(judge)
            .find(|(subject, _)| {
                subject.jurisdiction == jurisdiction
                    && subject.activity == activity
                    && subject.layer == layer
            })
            .map(|(_, standing)| standing)
    }
}

/// What became of one rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Application {
    /// It applies.
    Applies,
    /// It gives way to the rules of these ids.
    Replaced(Vec<String>),
    /// It cannot be said whether it applies; these facts are missing.
    Unknown(AttributeSet),
}

/// A rule in an explanation.
#[derive(Debug, Clone)]
pub struct Applied<'j> {
    /// The rule.
    pub rule: &'j Rule,
    /// What became of it.
    pub application: Application,
}
