//! Records in order, each checked against the tree.

use crate::error::Result;
use crate::scan::Scan;
use crate::stored::Stored;
use crate::view::View;

/// Records in order; see [`View::iter`]. Ends after the first error.
#[derive(Debug)]
pub struct Iter<'a> {
    view: &'a View,
    next: u64,
    scan: Option<(u32, Scan)>,
}

impl<'a> Iter<'a> {
    pub(crate) fn new(view: &'a View, from: u64) -> Iter<'a> {
        Iter {
            view,
            next: from,
            scan: None,
        }
    }

    fn read_next(&mut self) -> Result<Stored> {
        let (number, offset) = self.view.locate(self.next)?;
        let (index, view) = (self.next, self.view);
        if self.scan.as_ref().is_none_or(|(open, _)| *open != number) {
            let seed = view.segment(number, index)?.seed;
            let scan = Scan::new(view.segment_path(number), seed, offset, index)?;
            self.scan = Some((number, scan));
        }
        let (_, scan) = self.scan.as_mut().expect("set above");
        let (record, at) = scan.step()?.expect(number, offset, index)?;
        view.check_leaf(&record, number, at)?;
        Ok(record.to_stored())
    }
}

impl Iterator for Iter<'_> {
    type Item = Result<Stored>;

    fn next(&mut self) -> Option<Result<Stored>> {
        if self.next >= self.view.size() {
            return None;
        }
        let stored = self.read_next();
        self.next = if stored.is_ok() {
            self.next + 1
        } else {
            u64::MAX
        };
        Some(stored)
    }
}
