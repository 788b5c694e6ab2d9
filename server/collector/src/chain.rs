//! What a report's place in its host's chain says: gaps, restarts, rollbacks, forks. Recorded beside
//! the evidence, never a reason to refuse it: a backup that was restored does all of this innocently.

use crate::store::{HostRow, Store, StoreError};
use domicile_appraise::verify::Report;
use domicile_proto::MEASURED_WINDOW_MS;
use domicile_proto::types::Digest;
use domicile_proto::wire::ChainFinding;

/// A report that was accepted earlier, as far as the chain needs it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Link {
    /// Hash of its Signed evidence.
    pub(crate) hash: Digest,
    /// Its boot epoch.
    pub(crate) boot_epoch: [u8; 16],
    /// Its sequence.
    pub(crate) sequence: u64,
}

/// What is known about the reports before this one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Known {
    /// The report of this key that was accepted last.
    pub(crate) newest: Option<Link>,
    /// The report that this one says it continues, if it is one of this key.
    pub(crate) previous: Option<Link>,
    /// Another report continues the same one.
    pub(crate) has_sibling: bool,
    /// Another report has the same boot epoch and sequence.
    pub(crate) has_twin: bool,
}

impl Known {
    /// Asks the index.
    pub(crate) fn of(report: &Report, host: &HostRow, store: &Store) -> Result<Self, StoreError> {
        let key = report.agent_key;
        let link = |id: &Digest| -> Result<Option<Link>, StoreError> {
            Ok(store
                .evidence(id)?
                .filter(|row| row.host == key.0)
                .and_then(|row| {
                    let boot_epoch = row.boot_epoch.as_slice().try_into().ok()?;
                    Some(Link {
                        hash: *id,
                        boot_epoch,
                        sequence: row.sequence,
                    })
                }))
        };
        let newest = match Digest::read("newest", &host.newest_evidence) {
            Ok(id) => link(&id)?,
            Err(_) => None,
        };
        let (previous, has_sibling) = match &report.previous {
            None => (None, false),
            Some(id) => (link(id)?, store.successor(&key, &id.0)?.is_some()),
        };
        let has_twin = store
            .by_sequence(&key, &report.boot_epoch, report.sequence)?
            .is_some();
        Ok(Self {
            newest,
            previous,
            has_sibling,
            has_twin,
        })
    }
}

/// What is found, in the order of the schema, each once.
///
/// `measured_ms` is the end of the measurement, `received_ms` the receipt, Unix time.
pub(crate) fn findings(
    report: &Report,
    known: &Known,
    measured_ms: u64,
    received_ms: u64,
) -> Vec<ChainFinding> {
    let mut found = Vec::new();
    let mut note = |finding, holds: bool| {
        if holds {
            found.push(finding);
        }
    };
    let Known {
        newest,
        previous,
        has_sibling,
        has_twin,
    } = *known;
    let continues_newest =
        newest.is_some() && previous.map(|link| link.hash) == newest.map(|link| link.hash);
    let new_epoch = newest.is_some_and(|link| link.boot_epoch != report.boot_epoch);
    // The report that the sequence is counted from: the one named, else the newest of this key.
    let counted_from = previous
        .or(newest)
        .filter(|link| link.boot_epoch == report.boot_epoch);
    let expected = counted_from.map_or(Some(0), |link| link.sequence.checked_add(1));

    note(ChainFinding::First, newest.is_none());
    note(ChainFinding::Restart, continues_newest && new_epoch);
    note(
        ChainFinding::SequenceGap,
        expected.is_none_or(|expected| report.sequence > expected),
    );
    let starts_over = report.previous.is_none() && newest.is_some();
    note(
        ChainFinding::Rollback,
        starts_over || (previous.is_some() && !continues_newest),
    );
    note(ChainFinding::Fork, has_sibling || has_twin);
    note(
        ChainFinding::UnknownPrevious,
        report.previous.is_some() && previous.is_none(),
    );
    note(ChainFinding::SpoolGap, report.spool_refused > 0);
    note(
        ChainFinding::Late,
        received_ms > measured_ms.saturating_add(MEASURED_WINDOW_MS),
    );
    found
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use ChainFinding::{
        First, Fork, Late, Restart, Rollback, SequenceGap, SpoolGap, UnknownPrevious,
    };
    use domicile_appraise::verify::SessionNonce;
    use domicile_proto::types::Key;

    const NOW: u64 = 1_700_000_000_000;

    fn report(epoch: u8, sequence: u64, previous: Option<u8>) -> Report {
        Report {
            hash: Digest([255; 32]),
            agent_key: Key([1; 32]),
            certificate_hash: Digest([0; 32]),
            nonce: SessionNonce::AnchorFresh(Digest([0; 32])),
            directory_version: 1,
            boot_epoch: [epoch; 16],
            sequence,
            previous: previous.map(|byte| Digest([byte; 32])),
            host_time_ms: 0,
            rangings: Vec::new(),
            dropped: Vec::new(),
            inventory: None,
            tpm: None,
            device_reports: Vec::new(),
            spool_refused: 0,
        }
    }

    fn link(hash: u8, epoch: u8, sequence: u64) -> Option<Link> {
        Some(Link {
            hash: Digest([hash; 32]),
            boot_epoch: [epoch; 16],
            sequence,
        })
    }

    fn found(report: &Report, known: Known) -> Vec<ChainFinding> {
        findings(report, &known, NOW, NOW + 1)
    }

    #[test]
    fn an_orderly_chain_finds_nothing_but_its_start_and_restarts() {
        assert_eq!(found(&report(1, 0, None), Known::default()), [First]);
        let after = |newest| Known {
            newest,
            previous: newest,
            ..Known::default()
        };
        assert_eq!(found(&report(1, 5, Some(4)), after(link(4, 1, 4))), []);
        assert_eq!(
            found(&report(2, 0, Some(4)), after(link(4, 1, 4))),
            [Restart]
        );
    }

    #[test]
    fn a_gap_is_a_gap_in_the_same_epoch_and_at_a_restart() {
        let after = |newest| Known {
            newest,
            previous: newest,
            ..Known::default()
        };
        assert_eq!(
            found(&report(1, 6, Some(4)), after(link(4, 1, 4))),
            [SequenceGap]
        );
        assert_eq!(
            found(&report(2, 1, Some(4)), after(link(4, 1, 4))),
            [Restart, SequenceGap]
        );
    }

    #[test]
    fn a_restored_backup_rolls_back_and_forks() {
        let known = Known {
            newest: link(9, 2, 3),
            previous: link(4, 1, 4),
            has_sibling: true,
            has_twin: false,
        };
        assert_eq!(found(&report(3, 0, Some(4)), known), [Rollback, Fork]);
    }

    #[test]
    fn starting_over_and_unknown_pasts_are_told_apart() {
        let known = Known {
            newest: link(9, 2, 3),
            ..Known::default()
        };
        assert_eq!(found(&report(3, 0, None), known), [Rollback]);
        assert_eq!(found(&report(2, 4, Some(7)), known), [UnknownPrevious]);
        assert_eq!(
            found(&report(2, 6, Some(7)), known),
            [SequenceGap, UnknownPrevious]
        );
        assert_eq!(
            found(&report(1, 0, Some(7)), Known::default()),
            [First, UnknownPrevious]
        );
    }

    #[test]
    fn twins_spool_gaps_and_lateness() {
        let known = Known {
            newest: link(4, 1, 4),
            previous: link(4, 1, 4),
            has_twin: true,
            ..Known::default()
        };
        let mut twin = report(1, 5, Some(4));
        assert_eq!(found(&twin, known), [Fork]);
        twin.spool_refused = 2;
        assert_eq!(found(&twin, known), [Fork, SpoolGap]);
        let late = findings(&twin, &known, NOW, NOW + MEASURED_WINDOW_MS + 1);
        assert_eq!(late, [Fork, SpoolGap, Late]);
        assert_eq!(
            findings(&twin, &known, NOW, NOW + MEASURED_WINDOW_MS),
            [Fork, SpoolGap]
        );
    }
}
