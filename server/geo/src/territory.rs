//! Names of territories and sets of them.

use std::fmt;
use std::str::FromStr;

use crate::error::GeoError;
use crate::territories::Territories;

/// An ISO 3166-1 alpha-2 code; `XK` is Kosovo.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TerritoryCode([u8; 2]);

impl TerritoryCode {
    /// The two letters.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).expect("two ASCII letters, checked on construction")
    }
}

impl TryFrom<[u8; 2]> for TerritoryCode {
    type Error = GeoError;

    fn try_from(letters: [u8; 2]) -> Result<Self, GeoError> {
        if letters.iter().all(u8::is_ascii_uppercase) {
            Ok(Self(letters))
        } else {
            Err(GeoError::Code(
                String::from_utf8_lossy(&letters).into_owned(),
            ))
        }
    }
}

impl FromStr for TerritoryCode {
    type Err = GeoError;

    fn from_str(text: &str) -> Result<Self, GeoError> {
        let letters: [u8; 2] = text
            .as_bytes()
            .try_into()
            .map_err(|_| GeoError::Code(text.chars().take(8).collect()))?;
        Self::try_from(letters)
    }
}

impl fmt::Display for TerritoryCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// The most territories one data set may have.
pub(crate) const MAX_TERRITORIES: usize = 256;

/// A set of territories, by their index in [`Territories::codes`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct TerritoryMask([u64; 4]);

impl TerritoryMask {
    /// The set of no territory.
    pub const EMPTY: Self = Self([0; 4]);

    /// The set of these codes.
    ///
    /// # Errors
    /// [`GeoError::UnknownTerritory`] for a code that `territories` does not have.
    pub fn from_codes(
        territories: &Territories,
        codes: &[TerritoryCode],
    ) -> Result<Self, GeoError> {
        let mut mask = Self::EMPTY;
        for code in codes {
            let index = territories
                .index_of(*code)
                .ok_or_else(|| GeoError::UnknownTerritory(code.to_string()))?;
            mask.insert(index);
        }
        Ok(mask)
    }

    /// Whether the territory is in the set.
    pub fn contains(&self, index: u8) -> bool {
        self.0[usize::from(index / 64)] >> (index % 64) & 1 == 1
    }

    /// Puts a territory into the set.
    pub fn insert(&mut self, index: u8) {
        self.0[usize::from(index / 64)] |= 1 << (index % 64);
    }

    /// Takes a territory out of the set.
    pub fn remove(&mut self, index: u8) {
        self.0[usize::from(index / 64)] &= !(1 << (index % 64));
    }

    /// Whether every member is also in `other`.
    pub fn is_subset(&self, other: &Self) -> bool {
        self.0.iter().zip(other.0).all(|(a, b)| a & !b == 0)
    }

    /// Whether no member is in `other`.
    pub fn is_disjoint(&self, other: &Self) -> bool {
        self.0.iter().zip(other.0).all(|(a, b)| a & b == 0)
    }

    /// Whether the set has no member.
    pub fn is_empty(&self) -> bool {
        *self == Self::EMPTY
    }

    /// How many members the set has.
    pub fn count(&self) -> u32 {
        self.0.iter().map(|word| word.count_ones()).sum()
    }

    /// Members of either set.
    #[must_use]
    pub fn union(&self, other: &Self) -> Self {
        Self(std::array::from_fn(|k| self.0[k] | other.0[k]))
    }

    /// Members of both sets.
    #[must_use]
    pub fn intersection(&self, other: &Self) -> Self {
        Self(std::array::from_fn(|k| self.0[k] & other.0[k]))
    }

    /// Members of this set that are not in `other`.
    #[must_use]
    pub fn difference(&self, other: &Self) -> Self {
        Self(std::array::from_fn(|k| self.0[k] & !other.0[k]))
    }

    /// The members, in rising order of index.
    pub fn iter(&self) -> impl Iterator<Item = u8> + use<> {
        let mask = *self;
        (0..=u8::MAX).filter(move |&index| mask.contains(index))
    }

    /// The codes of the members, in the order of `territories`.
    pub fn codes<'t>(
        &self,
        territories: &'t Territories,
    ) -> impl Iterator<Item = TerritoryCode> + use<'t> {
        let mask = *self;
        territories
            .codes()
            .iter()
            .zip(0u8..=u8::MAX)
            .filter_map(move |(code, index)| mask.contains(index).then_some(*code))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    fn mask(set: &BTreeSet<u8>) -> TerritoryMask {
        let mut mask = TerritoryMask::EMPTY;
        set.iter().for_each(|&index| mask.insert(index));
        mask
    }

    proptest! {
        #[test]
        fn masks_behave_as_sets(a in proptest::collection::btree_set(any::<u8>(), 0..20),
                                b in proptest::collection::btree_set(any::<u8>(), 0..20)) {
            let (ma, mb) = (mask(&a), mask(&b));
            prop_assert_eq!(ma.iter().collect::<BTreeSet<_>>(), a.clone());
            prop_assert_eq!(ma.is_subset(&mb), a.is_subset(&b));
            prop_assert_eq!(ma.is_disjoint(&mb), a.is_disjoint(&b));
            prop_assert_eq!(ma.count() as usize, a.len());
            prop_assert_eq!(ma.is_empty(), a.is_empty());
            prop_assert_eq!(ma.union(&mb), mask(&a.union(&b).copied().collect()));
            prop_assert_eq!(ma.intersection(&mb), mask(&a.intersection(&b).copied().collect()));
            prop_assert_eq!(ma.difference(&mb), mask(&a.difference(&b).copied().collect()));
            for index in &a {
                let mut less = ma;
                less.remove(*index);
                prop_assert!(!less.contains(*index) && less.count() + 1 == ma.count());
            }
        }

        #[test]
        fn only_two_capital_letters_are_a_code(text in ".{0,4}") {
            let sound = text.len() == 2 && text.bytes().all(|b| b.is_ascii_uppercase());
            match text.parse::<TerritoryCode>() {
                Ok(code) => { prop_assert!(sound); prop_assert_eq!(code.to_string(), text); }
                Err(_) => prop_assert!(!sound),
            }
        }
    }
}
