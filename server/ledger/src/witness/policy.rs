//! The rule "N of these witnesses".

use super::cosignature::{Checkpoint, Cosignature};
use super::key::{KeyUse, VerifierKey};
use thiserror::Error;

/// More witnesses than anybody lists.
const MAX_WITNESSES: usize = 32;

/// How many cosignatures of which witnesses a checkpoint must have.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Policy {
    witnesses: Vec<VerifierKey>,
    needed: usize,
}

/// Why a rule is refused.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum PolicyError {
    /// More are needed than there are, or none is although there are some.
    #[error("{needed} of {listed} witnesses: between 1 and {listed} are expected")]
    Needed {
        /// How many must sign.
        needed: usize,
        /// How many are listed.
        listed: usize,
    },
    /// A key that signs checkpoints, not cosignatures.
    #[error(
        "{0} is a log's key; a witness's key is expected, as `domicile-witness keygen` prints it"
    )]
    NotAWitness(String),
    /// One key or name twice: one witness would count as two.
    #[error("witness {0} is listed twice")]
    Twice(String),
    /// Over the limit.
    #[error("{0} witnesses where at most {MAX_WITNESSES} are allowed")]
    TooMany(usize),
}

/// How a checkpoint does by a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Witnessed {
    /// Cosignatures that verified.
    pub by: Vec<Cosignature>,
    /// How many the rule needs.
    pub needed: usize,
}

impl Witnessed {
    /// Whether there are enough. A rule without witnesses is never met: nobody has seen anything.
    pub fn is_enough(&self) -> bool {
        self.needed > 0 && self.by.len() >= self.needed
    }

    /// The time, in seconds since 1970, at or after which enough witnesses had signed: the earliest of
    /// the `needed` latest cosignatures. `None` unless there are enough.
    pub fn time_s(&self) -> Option<u64> {
        let mut times: Vec<u64> = self.by.iter().map(|one| one.time_s).collect();
        times.sort_unstable_by(|a, b| b.cmp(a));
        times.get(self.needed.checked_sub(1)?).copied()
    }
}

impl Policy {
    /// `needed` of these witnesses. No witnesses and none needed is the rule that nothing meets.
    ///
    /// # Errors
    /// [`PolicyError`].
    pub fn new(witnesses: Vec<VerifierKey>, needed: usize) -> Result<Policy, PolicyError> {
        let listed = witnesses.len();
        if listed > MAX_WITNESSES {
            return Err(PolicyError::TooMany(listed));
        }
        if needed > listed || (needed == 0 && listed > 0) {
            return Err(PolicyError::Needed { needed, listed });
        }
        for (place, one) in witnesses.iter().enumerate() {
            if one.usage != KeyUse::Cosignature {
                return Err(PolicyError::NotAWitness(one.name.clone()));
            }
            let same = |other: &VerifierKey| other.public == one.public || other.name == one.name;
            if witnesses[..place].iter().any(same) {
                return Err(PolicyError::Twice(one.name.clone()));
            }
        }
        Ok(Policy { witnesses, needed })
    }

    /// The witnesses listed.
    pub fn witnesses(&self) -> &[VerifierKey] {
        &self.witnesses
    }

    /// How many of them must sign.
    pub fn needed(&self) -> usize {
        self.needed
    }

    /// How a checkpoint does.
    pub fn judge(&self, checkpoint: &Checkpoint) -> Witnessed {
        Witnessed {
            by: checkpoint.cosignatures(&self.witnesses),
            needed: self.needed,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(name: &str, byte: u8) -> VerifierKey {
        VerifierKey {
            name: name.into(),
            usage: KeyUse::Cosignature,
            public: [byte; 32],
        }
    }

    fn at(time_s: u64) -> Cosignature {
        Cosignature {
            name: String::new(),
            time_s,
            line: String::new(),
        }
    }

    #[test]
    fn one_witness_never_counts_as_two() {
        let twice = |a, b| Policy::new(vec![a, b], 2);
        assert!(twice(key("a", 1), key("b", 2)).is_ok());
        assert!(matches!(
            twice(key("a", 1), key("b", 1)),
            Err(PolicyError::Twice(_))
        ));
        assert!(matches!(
            twice(key("a", 1), key("a", 2)),
            Err(PolicyError::Twice(_))
        ));
        let log = VerifierKey {
            usage: KeyUse::Log,
            ..key("c", 3)
        };
        assert!(matches!(
            Policy::new(vec![log], 1),
            Err(PolicyError::NotAWitness(_))
        ));
        assert!(matches!(
            Policy::new(vec![key("a", 1)], 0),
            Err(PolicyError::Needed { .. })
        ));
        assert!(matches!(
            Policy::new(vec![key("a", 1)], 2),
            Err(PolicyError::Needed { .. })
        ));
    }

    #[test]
    fn enough_is_as_many_as_the_rule_says_and_no_rule_is_never_met() {
        let judged = |times: &[u64], needed| Witnessed {
            by: times.iter().map(|&t| at(t)).collect(),
            needed,
        };
        assert!(!judged(&[], 0).is_enough());
        assert!(!judged(&[1], 2).is_enough());
        assert!(judged(&[1, 2], 2).is_enough());
        assert_eq!(judged(&[5, 9, 7], 2).time_s(), Some(7));
        assert_eq!(judged(&[5], 2).time_s(), None);
        assert_eq!(judged(&[5], 0).time_s(), None);
    }
}
