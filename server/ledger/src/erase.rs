//! Erasing payloads in place. What the tree commits to stays: roots, proofs, tiles and checkpoints
//! are the same bytes before and after.
//!
//! The log erases only what one of its own records says: [`Log::erase`] takes the place of an
//! acknowledged record of kind [`Kind::Erasure`]. So nothing is erased that is not logged, and a
//! record that is erased without one is found by [`View::verify`](crate::View::verify).

use crate::entry::Kind;
use crate::error::{Error, Result};
use crate::intent::{self, MAX_PLACES, Overwrite};
use crate::log::Log;
use crate::record::Content;
use crate::spans::{Spans, may_be_erased};

/// Zeros written at a time, bytes.
const MAX_ZEROS: u64 = 64 * 1024 * 1024;

/// What [`Log::erase`] did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ErasedNow {
    /// Records whose payloads are gone now and were not before.
    pub records: u64,
    /// Bytes of payload that are zero now.
    pub bytes: u64,
}

impl Log {
    /// Erases the payloads and salts of the records that the erasure at `erasure` names. Whoever calls
    /// it again, after a crash or for no reason, changes nothing that is done. `progress` gets records
    /// done and to do.
    ///
    /// # Errors
    /// [`Error::NotErasure`] if that record names nothing that may be erased, before anything is
    /// erased; [`Error::Damaged`] and its kin at a record that is not what was logged: those before it
    /// are erased; [`Error::Poisoned`] when the disk fails: what was begun is finished at the next
    /// opening.
    pub fn erase(&mut self, erasure: u64, mut progress: impl FnMut(u64, u64)) -> Result<ErasedNow> {
        self.check_poison()?;
        let spans = self.named_by(erasure)?;
        for index in spans.iter() {
            let kind = self.kind_at(index)?;
            if !may_be_erased(kind) {
                let reason = format!("it names record {index}, and {kind} records stay");
                return Err(Error::NotErasure {
                    index: erasure,
                    reason,
                });
            }
        }
        let (mut done, total) = (0, spans.count());
        let mut now = ErasedNow::default();
        let mut places = Vec::new();
        let mut zeros = 0;
        for index in spans.iter() {
            if let Some((place, bytes)) = self.overwrite(index)? {
                places.push(place);
                zeros += bytes;
                now.records += 1;
                now.bytes += bytes;
            }
            done += 1;
            if places.len() >= MAX_PLACES || zeros >= MAX_ZEROS {
                self.write_over(&places)?;
                progress(done, total);
                places.clear();
                zeros = 0;
            }
        }
        if !places.is_empty() {
            self.write_over(&places)?;
        }
        progress(total, total);
        Ok(now)
    }

    /// Whether a record that this erasure names still has its payload: it was logged and, by a crash
    /// or a full disk, not carried out to its end.
    ///
    /// # Errors
    /// [`Error::NotErasure`], [`Error::Damaged`] and its kin.
    pub fn is_unfinished(&self, erasure: u64) -> Result<bool> {
        // In the order of the log, so the last one tells.
        let last = self.named_by(erasure)?.hull().end.checked_sub(1);
        last.map_or(Ok(false), |last| {
            Ok(self.stored_record(last)?.whole().is_some())
        })
    }

    fn named_by(&self, erasure: u64) -> Result<Spans> {
        let entry = self.read(erasure)?;
        let refused = |reason: String| Error::NotErasure {
            index: erasure,
            reason,
        };
        if entry.kind != Kind::Erasure {
            return Err(refused(format!("it is of kind {}", entry.kind)));
        }
        Spans::of_erasure(&entry.payload, erasure).map_err(|error| refused(error.to_string()))
    }

    /// What to write over a record; `None` if it is erased already.
    fn overwrite(&self, index: u64) -> Result<Option<(Overwrite, u64)>> {
        self.with_record(index, |record, place| {
            let Content::Whole { payload, .. } = record.content else {
                return None;
            };
            let zeros = u32::try_from(payload.len()).expect("payloads are below 4 GiB");
            let place = Overwrite {
                segment: place.segment,
                offset: u32::try_from(place.offset).expect("segments end below 4 GiB"),
                header: record.erased(zeros).header(place.seed),
            };
            Some((place, u64::from(zeros)))
        })
    }

    fn write_over(&mut self, places: &[Overwrite]) -> Result<()> {
        let outcome = intent::carry_out(&*self.disk, &self.view.dir, places);
        if let Err(Error::Poisoned { cause }) = outcome {
            return Err(self.poison(cause));
        }
        outcome
    }
}
