//! A set of rules, by their place in a judge's list.

use crate::pack::MAX_RULES;

/// At most [`MAX_RULES`] members.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct RuleSet([u64; MAX_RULES / 64]);

impl RuleSet {
    pub(super) fn insert(&mut self, rule: usize) {
        self.0[rule / 64] |= 1 << (rule % 64);
    }

    pub(super) fn contains(&self, rule: usize) -> bool {
        self.0[rule / 64] >> (rule % 64) & 1 == 1
    }

    pub(super) fn union(&self, other: &Self) -> Self {
        Self(std::array::from_fn(|k| self.0[k] | other.0[k]))
    }

    pub(super) fn difference(&self, other: &Self) -> Self {
        Self(std::array::from_fn(|k| self.0[k] & !other.0[k]))
    }

    pub(super) fn meets(&self, other: &Self) -> bool {
        self.0.iter().zip(other.0).any(|(a, b)| a & b != 0)
    }

    /// The members, rising.
    pub(super) fn iter(&self) -> impl Iterator<Item = usize> + use<> {
        self.0.into_iter().enumerate().flat_map(|(word, mut bits)| {
            std::iter::from_fn(move || {
                let next = (bits != 0).then(|| word * 64 + bits.trailing_zeros() as usize)?;
                bits &= bits - 1;
                Some(next)
            })
        })
    }
}

impl FromIterator<usize> for RuleSet {
    fn from_iter<I: IntoIterator<Item = usize>>(rules: I) -> Self {
        let mut set = Self::default();
        rules.into_iter().for_each(|rule| set.insert(rule));
        set
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    proptest! {
        #[test]
        fn it_behaves_as_a_set(a in proptest::collection::btree_set(0..MAX_RULES, 0..20),
                               b in proptest::collection::btree_set(0..MAX_RULES, 0..20)) {
            let (sa, sb): (RuleSet, RuleSet) = (a.iter().copied().collect(), b.iter().copied().collect());
            prop_assert_eq!(sa.iter().collect::<BTreeSet<_>>(), a.clone());
            prop_assert_eq!(sa.union(&sb), a.union(&b).copied().collect());
            prop_assert_eq!(sa.difference(&sb), a.difference(&b).copied().collect());
            prop_assert_eq!(sa.meets(&sb), !a.is_disjoint(&b));
            prop_assert!(a.iter().all(|rule| sa.contains(*rule)));
        }
    }
}
