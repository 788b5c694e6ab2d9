//! Leaves in order, straight from the segments, without the log: made while the log is at hand,
//! read while it goes on growing.

use crate::entry::Leaf;
use crate::error::{Error, Result};
use crate::scan::{Scan, Step};
use crate::segment::{SEGMENT_HEADER_LEN, SegmentHeader};
use crate::view::View;
use std::path::PathBuf;

/// Leaves of a range of records; see [`View::leaves`]. Ends after the first error. What comes out is
/// as good as the segments: the root that it leads to is for the caller to compare.
#[derive(Debug)]
pub struct Leaves {
    next: u64,
    end: u64,
    /// Where in its segment the next record starts.
    offset: u64,
    /// The segments that hold the range; the first holds `next`.
    segments: std::vec::IntoIter<(PathBuf, SegmentHeader)>,
    scan: Option<(u32, Scan)>,
}

impl View {
    /// The leaves of records `from..to`.
    ///
    /// # Errors
    /// [`Error::OutOfRange`] unless `from <= to <= self.size()`, [`Error::Derived`].
    pub fn leaves(&self, from: u64, to: u64) -> Result<Leaves> {
        if from > to || to > self.size() {
            let size = self.size();
            return Err(Error::OutOfRange { index: to, size });
        }
        let (number, offset) = match from < to {
            true => self.locate(from)?,
            false => (u32::MAX, 0),
        };
        let held = |header: &&SegmentHeader| header.number >= number && header.first < to;
        let segments: Vec<_> = self
            .segments
            .iter()
            .filter(held)
            .map(|header| (self.segment_path(header.number), header.clone()))
            .collect();
        Ok(Leaves {
            next: from,
            end: to,
            offset,
            segments: segments.into_iter(),
            scan: None,
        })
    }
}

impl Leaves {
    fn read_next(&mut self) -> Result<Leaf> {
        loop {
            if self.scan.is_none() {
                let (path, header) = self.segments.next().ok_or(Error::OutOfRange {
                    index: self.next,
                    size: self.next,
                })?;
                let scan = Scan::new(path, header.seed, self.offset, self.next)?;
                self.scan = Some((header.number, scan));
                self.offset = SEGMENT_HEADER_LEN as u64;
            }
            let (segment, scan) = self.scan.as_mut().expect("set above");
            let (segment, offset, index) = (*segment, scan.offset(), self.next);
            match scan.step()? {
                Step::End if self.segments.len() > 0 => self.scan = None,
                step => {
                    let (record, _) = step.expect(segment, offset, index)?;
                    return Ok(record.leaf());
                }
            }
        }
    }
}

impl Iterator for Leaves {
    type Item = Result<Leaf>;

    fn next(&mut self) -> Option<Result<Leaf>> {
        if self.next >= self.end {
            return None;
        }
        let leaf = self.read_next();
        self.next = if leaf.is_ok() {
            self.next + 1
        } else {
            u64::MAX
        };
        Some(leaf)
    }
}
