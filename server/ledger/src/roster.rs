//! What a roster counts of each host (`proto/LOG.md`): whoever makes one and whoever checks it.

use crate::entry::Kind;
use domicile_proto::wire::RosterCounts;

/// The kinds that a roster counts.
pub const COUNTED: [Kind; 7] = [
    Kind::Evidence,
    Kind::Verdict,
    Kind::Enrolment,
    Kind::Withdrawal,
    Kind::Fork,
    Kind::Liveness,
    Kind::Declaration,
];

/// Where a kind is counted; `None` for every other kind.
pub fn slot(counts: &mut RosterCounts, kind: Kind) -> Option<&mut u64> {
    Some(match kind {
        Kind::Evidence => &mut counts.evidence,
        Kind::Verdict => &mut counts.verdicts,
        Kind::Enrolment => &mut counts.enrolments,
        Kind::Withdrawal => &mut counts.withdrawals,
        Kind::Fork => &mut counts.forks,
        Kind::Liveness => &mut counts.liveness,
        Kind::Declaration => &mut counts.declarations,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_counted_kind_has_a_place_of_its_own_and_no_other_has_one() {
        for number in 0..=u8::MAX {
            let Ok(kind) = Kind::try_from(number) else {
                continue;
            };
            let mut counts = RosterCounts::default();
            let place = slot(&mut counts, kind).map(|count| *count += 1);
            assert_eq!(place.is_some(), COUNTED.contains(&kind), "{kind}");
            let sum: u64 = COUNTED
                .iter()
                .filter_map(|kind| slot(&mut counts, *kind).copied())
                .sum();
            assert_eq!(sum, u64::from(place.is_some()), "{kind}");
        }
    }
}
