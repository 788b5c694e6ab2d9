//! Which records an erasure names, and how a record of kind [`Kind::Erasure`] says it.
//!
//! On the wire (`ErasureRecord.spans`) numbers stand in turn for records passed over, counted from the
//! last one named or from 0, and for records named: `[3, 2, 1, 1]` names 3, 4 and 6. Each list of
//! records has one such form: nothing is named zero times, and only the first number may be 0.

use crate::entry::Kind;
use crate::log::MAX_PAYLOAD;
use domicile_proto::codec;
use domicile_proto::wire::ErasureRecord;
use std::ops::Range;
use thiserror::Error;

/// A set of records, as ascending ranges of their places with something between any two.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Spans(Vec<Range<u64>>);

/// Why numbers, or a payload, name no records.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum SpansError {
    /// Not the form described.
    #[error("its list of records has not the form that such lists have")]
    Form,
    /// It may name only what was there before it.
    #[error("it names record {named}, which is not before it")]
    NotBefore {
        /// The last record it names, or more.
        named: u64,
    },
    /// The payload is no erasure.
    #[error(transparent)]
    Payload(#[from] codec::CodecError),
}

impl Spans {
    /// These records, in whatever order.
    pub fn of(records: impl IntoIterator<Item = u64>) -> Spans {
        let mut records: Vec<u64> = records.into_iter().collect();
        records.sort_unstable();
        let mut spans = Spans::default();
        for record in records {
            spans.push(record);
        }
        spans
    }

    /// Adds a record that is not before the last.
    pub(crate) fn push(&mut self, record: u64) {
        match self.0.last_mut() {
            Some(last) if record < last.end => {}
            Some(last) if record == last.end => last.end += 1,
            _ => self.0.push(record..record + 1),
        }
    }

    /// Reads the numbers of a record that stands at `end`.
    ///
    /// # Errors
    /// [`SpansError`].
    pub fn decode(numbers: &[u64], end: u64) -> Result<Spans, SpansError> {
        let (pairs, []) = numbers.as_chunks::<2>() else {
            return Err(SpansError::Form);
        };
        let mut ranges: Vec<Range<u64>> = Vec::with_capacity(pairs.len());
        let mut at = 0u64;
        for &[passed, named] in pairs {
            if named == 0 || (passed == 0 && !ranges.is_empty()) {
                return Err(SpansError::Form);
            }
            let start = at.saturating_add(passed);
            at = start.saturating_add(named);
            if at > end {
                return Err(SpansError::NotBefore { named: at - 1 });
            }
            ranges.push(start..at);
        }
        Ok(Spans(ranges))
    }

    /// The numbers that say it.
    pub fn encode(&self) -> Vec<u64> {
        let mut at = 0;
        let mut numbers = Vec::with_capacity(self.0.len() * 2);
        for range in &self.0 {
            numbers.extend([range.start - at, range.end - range.start]);
            at = range.end;
        }
        numbers
    }

    /// The records named by a record of kind [`Kind::Erasure`] with this payload at `index`.
    ///
    /// # Errors
    /// [`SpansError`].
    pub fn of_erasure(payload: &[u8], index: u64) -> Result<Spans, SpansError> {
        let record: ErasureRecord = codec::decode(payload, MAX_PAYLOAD)?;
        Spans::decode(&record.spans, index)
    }

    /// Number of records.
    pub fn count(&self) -> u64 {
        self.0.iter().map(|range| range.end - range.start).sum()
    }

    /// Number of ranges.
    pub fn ranges(&self) -> usize {
        self.0.len()
    }

    /// Whether nothing is named.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Places, ascending.
    pub fn iter(&self) -> impl Iterator<Item = u64> {
        self.0.iter().cloned().flatten()
    }

    /// From the first record to behind the last; empty for none.
    pub fn hull(&self) -> Range<u64> {
        match (self.0.first(), self.0.last()) {
            (Some(first), Some(last)) => first.start..last.end,
            _ => 0..0,
        }
    }

    /// Whether it names this record.
    pub fn contains(&self, record: u64) -> bool {
        let at = self.0.partition_point(|range| range.end <= record);
        self.0.get(at).is_some_and(|range| range.contains(&record))
    }

    /// What either names.
    #[must_use]
    pub fn union(self, other: Spans) -> Spans {
        let mut ranges = [self.0, other.0].concat();
        ranges.sort_unstable_by_key(|range| range.start);
        let mut joined: Vec<Range<u64>> = Vec::with_capacity(ranges.len());
        for range in ranges {
            match joined.last_mut() {
                Some(last) if range.start <= last.end => last.end = last.end.max(range.end),
                _ => joined.push(range),
            }
        }
        Spans(joined)
    }

    /// The first record here that `other` does not name.
    pub fn first_not_in(&self, other: &Spans) -> Option<u64> {
        self.0.iter().find_map(|range| {
            let at = other.0.partition_point(|held| held.end <= range.start);
            match other.0.get(at) {
                Some(held) if held.start <= range.start && range.end <= held.end => None,
                Some(held) if held.start <= range.start => Some(held.end),
                _ => Some(range.start),
            }
        })
    }
}

/// Whether a record of this kind may be erased. What shows that an erasure was in order may not.
pub fn may_be_erased(kind: Kind) -> bool {
    !matches!(kind, Kind::Erasure | Kind::LegalHold)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    #[test]
    fn the_documented_example() {
        let spans = Spans::of([6, 4, 3]);
        assert_eq!(spans.encode(), [3, 2, 1, 1]);
        assert_eq!(Spans::decode(&[3, 2, 1, 1], 7), Ok(spans));
        let after = Err(SpansError::NotBefore { named: 6 });
        assert_eq!(Spans::decode(&[3, 2, 1, 1], 6), after);
    }

    #[test]
    fn other_forms_are_refused() {
        for numbers in [&[1][..], &[0, 0], &[1, 1, 0, 1], &[1, 1, 1]] {
            assert_eq!(
                Spans::decode(numbers, 99),
                Err(SpansError::Form),
                "{numbers:?}"
            );
        }
        for numbers in [&[u64::MAX, 1][..], &[1, u64::MAX], &[98, 2]] {
            assert!(Spans::decode(numbers, 99).is_err(), "{numbers:?}");
        }
    }

    proptest! {
        #[test]
        fn spans_are_sets(a in proptest::collection::btree_set(0..60u64, 0..40), b in proptest::collection::btree_set(0..60u64, 0..40)) {
            let (left, right) = (Spans::of(a.clone()), Spans::of(b.clone()));
            prop_assert_eq!(Spans::decode(&left.encode(), 60), Ok(left.clone()));
            prop_assert_eq!(left.iter().collect::<BTreeSet<_>>(), a.clone());
            prop_assert_eq!(left.count(), a.len() as u64);
            for n in 0..60 {
                prop_assert_eq!(left.contains(n), a.contains(&n));
            }
            prop_assert_eq!(left.first_not_in(&right), a.difference(&b).next().copied());
            let both: BTreeSet<u64> = a.union(&b).copied().collect();
            prop_assert_eq!(left.union(right), Spans::of(both));
        }

        #[test]
        fn any_numbers_decode_or_fail(numbers in proptest::collection::vec(prop_oneof![0..4u64, any::<u64>()], 0..8), end in 0..99u64) {
            if let Ok(spans) = Spans::decode(&numbers, end) {
                prop_assert_eq!(spans.encode(), numbers);
                prop_assert!(spans.iter().all(|n| n < end));
            }
        }
    }
}
