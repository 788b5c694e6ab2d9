//! Giving back the space of erased payloads: a sealed segment is written anew without the zeros.
//!
//! The new file is whole and durable before it takes the old one's name, so a crash leaves one or the
//! other; both say the same, record by record. Offsets change, so `derived/state` is taken away
//! before: after a crash the derived files are made anew from the segments.

use crate::derived::forget_state;
use crate::error::{At, Result};
use crate::files::sync_dir;
use crate::log::Log;
use crate::record::{Content, Record};
use crate::scan::Scan;
use crate::segment::{SEGMENT_HEADER_LEN, SegmentHeader};
use crate::view::{View, derived_dir, segments_dir};
use std::fs::{self, OpenOptions};
use std::io;
use std::ops::Range;
use std::path::Path;

const NAME: &str = "compacting";

/// Bytes written at a time.
const CHUNK: usize = 1024 * 1024;

/// A segment is written anew when at least one byte in so many of it is a zero of an erased payload.
const WORTH: u64 = 4;

impl Log {
    /// Writes the sealed segments that hold `records` anew where that gives back a quarter of their
    /// bytes or more. Gives the number of bytes given back. Open readers must be opened again. The
    /// segment being written stays as it is.
    ///
    /// # Errors
    /// [`crate::Error::Io`]: the segments are as they were; [`crate::Error::Poisoned`]: reopen.
    pub fn compact(&mut self, records: Range<u64>) -> Result<u64> {
        self.check_poison()?;
        let sealed = self.view.segments.windows(2).filter_map(|pair| {
            let held = pair[0].first < records.end && records.start < pair[1].first;
            held.then(|| (pair[0].clone(), pair[1].first))
        });
        let sealed: Vec<(SegmentHeader, u64)> = sealed.collect();
        let mut freed = 0;
        for (header, end) in sealed {
            freed += self.compact_segment(&header, end)?;
        }
        Ok(freed)
    }

    fn compact_segment(&mut self, header: &SegmentHeader, end: u64) -> Result<u64> {
        let mut zeros = 0;
        let old = each_record(&self.view, header, end, &mut |record| {
            if let Content::Erased { zeros: some, .. } = record.content {
                zeros += u64::from(some);
            }
            Ok(())
        })?;
        if zeros == 0 || zeros * WORTH < old {
            return Ok(0);
        }
        let places = match self.write_compact(header, end) {
            Ok(places) => places,
            Err(error) => {
                // What is left of it holds records: it must not stay about.
                remove_unfinished(&self.view.dir)?;
                return Err(error);
            }
        };
        self.view.offsets.sync()?;
        forget_state(&derived_dir(&self.view.dir))?;
        let path = self.view.segment_path(header.number);
        let swapped = fs::rename(self.view.dir.join(NAME), &path)
            .at("replace", &path)
            .and_then(|()| sync_dir(&segments_dir(&self.view.dir)))
            .and_then(|()| self.view.offsets.write_over(header.first * 8, &places));
        if let Err(error) = swapped {
            let cause = format!("a segment could not be made smaller ({error})");
            return Err(self.poison(cause));
        }
        self.view.forget_file(header.number);
        // Without it the next opening reads the segments again.
        let _unsaved = self.save_derived();
        Ok(zeros)
    }

    /// Writes the file; gives the new entries of `offsets`.
    fn write_compact(&self, header: &SegmentHeader, end: u64) -> Result<Vec<u8>> {
        let path = self.view.dir.join(NAME);
        let mut options = OpenOptions::new();
        let file = options.write(true).create(true).truncate(true).open(&path);
        let file = file.at("create", &path)?;
        let mut places = Vec::new();
        let mut buffer = header.encode().to_vec();
        let mut written = 0;
        each_record(&self.view, header, end, &mut |record| {
            let at =
                u32::try_from(written + buffer.len() as u64).expect("it is below its old length");
            places.extend_from_slice(&header.number.to_be_bytes());
            places.extend_from_slice(&at.to_be_bytes());
            match record.content {
                Content::Erased { .. } => record.erased(0).encode(&mut buffer, header.seed),
                Content::Whole { .. } => record.encode(&mut buffer, header.seed),
            }
            if buffer.len() >= CHUNK {
                self.disk
                    .write_all_at(&file, &buffer, written)
                    .at("write", &path)?;
                written += buffer.len() as u64;
                buffer.clear();
            }
            Ok(())
        })?;
        self.disk
            .write_all_at(&file, &buffer, written)
            .at("write", &path)?;
        self.disk.sync_data(&file).at("sync", &path)?;
        Ok(places)
    }
}

/// Removes the file of a segment that was being written anew.
pub(crate) fn remove_unfinished(dir: &Path) -> Result<()> {
    let path = dir.join(NAME);
    match fs::remove_file(&path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        outcome => outcome.at("remove", &path),
    }
}

/// Goes over the records of a sealed segment, each checked against the tree. Gives its length in bytes.
fn each_record(
    view: &View,
    header: &SegmentHeader,
    end: u64,
    f: &mut dyn FnMut(&Record<'_>) -> Result<()>,
) -> Result<u64> {
    let (path, segment) = (view.segment_path(header.number), header.number);
    let mut scan = Scan::new(path, header.seed, SEGMENT_HEADER_LEN as u64, header.first)?;
    for index in header.first..end {
        let offset = scan.offset();
        let (record, at) = scan.step()?.expect(segment, offset, index)?;
        view.check_leaf(&record, segment, at)?;
        f(&record)?;
    }
    Ok(scan.offset())
}
