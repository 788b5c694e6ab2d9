//! The agent's place in its chain of reports.
//!
//! Order on the disk: the report goes into the spool, then this file is replaced, then the
//! report may be sent. A crash between the two is mended at the next start from the spool's
//! newest report, so that the chain continues from what will really be sent.

use super::{StateDir, StateError, hex, load, save};
use crate::disk::Disk;
use crate::spool::Entry;
use domicile_proto::types::Digest;
use serde::{Deserialize, Serialize};

/// What stands on disk.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stored {
    /// The newest report kept, if there was one.
    pub last: Option<Last>,
    /// Reports refused by a full spool or disk since then.
    pub refused: u64,
}

/// The newest report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Last {
    /// Its place in the spool's order.
    pub ordinal: u64,
    /// Hash of its Signed evidence.
    #[serde(with = "super::text")]
    pub hash: Digest,
    /// The boot epoch it was made in.
    #[serde(with = "hex")]
    pub boot_epoch: [u8; 16],
    /// Its sequence in that epoch.
    pub sequence: u64,
}

/// Where the next report stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// Its place in the spool's order.
    pub ordinal: u64,
    /// Random, new at each start.
    pub boot_epoch: [u8; 16],
    /// From 0 in each epoch.
    pub sequence: u64,
    /// Hash of the report before it.
    pub previous: Option<Digest>,
    /// Reports refused just before it.
    pub refused: u64,
}

/// The chain in one process's life.
#[derive(Debug)]
pub struct Chain {
    boot_epoch: [u8; 16],
    sequence: u64,
    liveness: u64,
    stored: Stored,
    written: bool,
}

impl Chain {
    /// Opens the chain for a new boot epoch, continuing from the spool's newest report if that is
    /// newer than the file.
    ///
    /// # Errors
    /// [`StateError`] when the file cannot be read.
    pub fn open(
        state: &StateDir,
        boot_epoch: [u8; 16],
        newest: Option<&Entry>,
    ) -> Result<Self, StateError> {
        let mut stored: Stored = load(&state.chain())?.unwrap_or_default();
        let known = stored.last.as_ref().map(|last| last.ordinal);
        if let Some(entry) = newest
            && known.is_none_or(|known| entry.ordinal > known)
        {
            stored = Stored {
                last: Some(Last {
                    ordinal: entry.ordinal,
                    hash: entry.hash(),
                    boot_epoch: [0; 16],
                    sequence: 0,
                }),
                refused: 0,
            };
        }
        Ok(Self {
            boot_epoch,
            sequence: 0,
            liveness: 0,
            stored,
            written: false,
        })
    }

    /// Where the next report stands.
    pub fn next(&self) -> Place {
        let last = self.stored.last.as_ref();
        Place {
            ordinal: last.map_or(0, |last| last.ordinal + 1),
            boot_epoch: self.boot_epoch,
            sequence: self.sequence,
            previous: last.map(|last| last.hash),
            refused: self.stored.refused,
        }
    }

    /// The report at `place` is in the spool.
    ///
    /// # Errors
    /// [`StateError`] when this could not be written; it holds in memory all the same.
    pub fn kept(
        &mut self,
        disk: &dyn Disk,
        state: &StateDir,
        place: &Place,
        hash: Digest,
    ) -> Result<(), StateError> {
        self.sequence = place.sequence + 1;
        self.stored = Stored {
            last: Some(Last {
                ordinal: place.ordinal,
                hash,
                boot_epoch: place.boot_epoch,
                sequence: place.sequence,
            }),
            refused: 0,
        };
        self.written = false;
        self.write(disk, state)
    }

    /// A report could not be kept. It never existed for the chain; the next one tells of it.
    ///
    /// # Errors
    /// [`StateError`] when this could not be written; it is counted in memory all the same.
    pub fn refused(&mut self, disk: &dyn Disk, state: &StateDir) -> Result<(), StateError> {
        self.stored.refused = self.stored.refused.saturating_add(1);
        self.written = false;
        self.write(disk, state)
    }

    /// Makes sure that the file holds what this process knows: a report is sent only after.
    ///
    /// # Errors
    /// [`StateError`] when it could not be written.
    pub fn write(&mut self, disk: &dyn Disk, state: &StateDir) -> Result<(), StateError> {
        if !self.written {
            save(disk, &state.chain(), &self.stored)?;
            self.written = true;
        }
        Ok(())
    }

    /// This process's boot epoch and the number of its next sign of life.
    pub fn next_liveness(&mut self) -> ([u8; 16], u64) {
        let number = self.liveness;
        self.liveness += 1;
        (self.boot_epoch, number)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::cast_possible_truncation)]
    use super::*;
    use crate::disk::RealDisk;

    fn entry(ordinal: u64, byte: u8) -> Entry {
        Entry {
            ordinal,
            bytes: vec![byte],
        }
    }

    #[test]
    fn a_restart_continues_the_chain_in_a_new_epoch() {
        let root = tempfile::tempdir().unwrap();
        let state = StateDir::new(root.path());
        let mut chain = Chain::open(&state, [1; 16], None).unwrap();
        assert_eq!(chain.next().previous, None);
        for sequence in 0..3 {
            let place = chain.next();
            assert_eq!(place.sequence, sequence);
            chain
                .kept(&RealDisk, &state, &place, Digest([sequence as u8; 32]))
                .unwrap();
        }
        let place = Chain::open(&state, [2; 16], None).unwrap().next();
        assert_eq!(place.previous, Some(Digest([2; 32])));
        assert_eq!(
            (place.ordinal, place.sequence, place.boot_epoch),
            (3, 0, [2; 16])
        );
    }

    #[test]
    fn a_crash_between_spool_and_chain_is_mended_from_the_spool() {
        let root = tempfile::tempdir().unwrap();
        let state = StateDir::new(root.path());
        let mut chain = Chain::open(&state, [1; 16], None).unwrap();
        let place = chain.next();
        chain
            .kept(&RealDisk, &state, &place, Digest([1; 32]))
            .unwrap();
        chain.refused(&RealDisk, &state).unwrap();
        let spooled = entry(1, 9);
        let next = Chain::open(&state, [2; 16], Some(&spooled)).unwrap().next();
        assert_eq!(next.previous, Some(spooled.hash()));
        assert_eq!(
            (next.ordinal, next.refused),
            (2, 0),
            "that report told of the refused one"
        );
        let older = Chain::open(&state, [2; 16], Some(&entry(0, 9)))
            .unwrap()
            .next();
        assert_eq!(older.previous, Some(Digest([1; 32])));
        assert_eq!(older.refused, 1);
    }

    #[test]
    fn refused_reports_are_counted_through_a_restart_and_told_once() {
        let root = tempfile::tempdir().unwrap();
        let state = StateDir::new(root.path());
        let mut chain = Chain::open(&state, [1; 16], None).unwrap();
        chain.refused(&RealDisk, &state).unwrap();
        chain.refused(&RealDisk, &state).unwrap();
        let mut chain = Chain::open(&state, [2; 16], None).unwrap();
        let place = chain.next();
        assert_eq!((place.refused, place.sequence), (2, 0));
        chain
            .kept(&RealDisk, &state, &place, Digest([1; 32]))
            .unwrap();
        assert_eq!(chain.next().refused, 0);
    }
}
