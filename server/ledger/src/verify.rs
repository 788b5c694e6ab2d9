//! The full check: every byte of every segment, recomputed and compared.

use crate::checkpoint::Head;
use crate::entry::Kind;
use crate::error::{Error, Result};
use crate::log_key::{LogKeyRecord, LogKeysError};
use crate::open::Meter;
use crate::record::{Content, Damage, Record};
use crate::scan::Scan;
use crate::segment::{SEGMENT_HEADER_LEN, SegmentHeader};
use crate::spans::Spans;
use crate::tree::Frontier;
use crate::view::View;

/// What a full check went over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// Records checked.
    pub records: u64,
    /// Root recomputed from their payloads, and from the commitments of those that are erased.
    pub root: [u8; 32],
    /// Records whose payloads were erased. Each is named by an erasure that the log holds after it.
    pub erased: u64,
    /// Records that an erasure names and that are whole: it was not carried out to its end.
    pub unfinished: u64,
    /// The statements about the log's key, each checked by itself; of a record of kind
    /// [`Kind::LogKey`] that is none, why.
    pub log_keys: Vec<Result<LogKeyRecord, LogKeysError>>,
}

/// What the log erased, and what it says that it erased.
#[derive(Debug, Default)]
struct Erasures {
    erased: Spans,
    named: Spans,
}

/// What is taken along on the way through the records.
#[derive(Debug, Default)]
struct Seen {
    erasures: Erasures,
    log_keys: Vec<Result<LogKeyRecord, LogKeysError>>,
}

impl Seen {
    fn note(&mut self, record: &Record<'_>) {
        self.erasures.note(record);
        if let Content::Whole { salt, payload } = record.content
            && record.kind == Kind::LogKey
        {
            let found = LogKeyRecord::open(record.index, record.time_ms, salt, payload);
            self.log_keys.push(found);
        }
    }
}

impl Erasures {
    fn note(&mut self, record: &Record<'_>) {
        match record.content {
            Content::Erased { .. } => self.erased.push(record.index),
            Content::Whole { payload, .. } if record.kind == Kind::Erasure => {
                // What cannot be read names nothing.
                if let Ok(spans) = Spans::of_erasure(payload, record.index) {
                    self.named = std::mem::take(&mut self.named).union(spans);
                }
            }
            Content::Whole { .. } => {}
        }
    }
}

impl View {
    /// Recomputes checksums, commitments, offsets and the root from the segments, and compares them
    /// with the derived files, with the stored head, and with `head` if one is given (whose signature
    /// is the caller's to check). A record that is erased must be named by a record of kind
    /// [`Kind::Erasure`] after it. `progress` gets bytes done and bytes to do.
    ///
    /// # Errors
    /// The first damage found, named by segment, offset and record.
    pub fn verify(
        &self,
        head: Option<&Head>,
        mut progress: impl FnMut(u64, u64),
    ) -> Result<Verified> {
        let heads: Vec<&Head> = self.head.iter().chain(head).collect();
        let mut frontier = Frontier::default();
        let mut seen = Seen::default();
        let mut meter = Meter::new(self, 0, 0)?;
        for header in &self.segments {
            self.verify_header(header)?;
            if frontier.size() != header.first || frontier.root() != header.root {
                let reason = "the records before it are not those it was written after";
                return Err(Error::SegmentHeader {
                    number: header.number,
                    reason,
                });
            }
            let mut done = |record: &Record<'_>| {
                meter.advance(record.encoded_len() as u64, &mut progress);
                seen.note(record);
            };
            self.verify_segment(header, &mut frontier, &heads, &mut done)?;
        }
        for head in heads {
            if head.size > frontier.size() {
                return Err(Error::BelowHead {
                    size: frontier.size(),
                    head: head.size,
                });
            }
        }
        if frontier.size() != self.size() || frontier.root() != self.root() {
            return Err(Error::Derived { index: self.size() });
        }
        let Seen { erasures, log_keys } = seen;
        if let Some(index) = erasures.erased.first_not_in(&erasures.named) {
            let (segment, offset) = self.locate(index)?;
            return Err(Error::ErasedUnlogged {
                index,
                segment,
                offset,
            });
        }
        meter.finish(&mut progress);
        let erased = erasures.erased.count();
        Ok(Verified {
            records: frontier.size(),
            root: frontier.root(),
            erased,
            unfinished: erasures.named.count() - erased,
            log_keys,
        })
    }

    /// The header on disk is still the one that was read at opening.
    fn verify_header(&self, header: &SegmentHeader) -> Result<()> {
        let number = header.number;
        let bytes = self.read_header(number)?;
        match SegmentHeader::decode(&bytes) {
            Ok(found) if found == *header => Ok(()),
            Ok(_) => Err(Error::SegmentHeader {
                number,
                reason: "it changed since opening",
            }),
            Err(reason) => Err(Error::SegmentHeader { number, reason }),
        }
    }

    fn verify_segment(
        &self,
        header: &SegmentHeader,
        frontier: &mut Frontier,
        heads: &[&Head],
        done: &mut dyn FnMut(&Record<'_>),
    ) -> Result<()> {
        let segment = header.number;
        let start = SEGMENT_HEADER_LEN as u64;
        let path = self.segment_path(segment);
        let mut scan = Scan::new(path, header.seed, start, header.first)?;
        let end = usize::try_from(segment)
            .ok()
            .and_then(|n| self.segments.get(n + 1))
            .map_or(self.size(), |next| next.first);
        while frontier.size() < end {
            let (index, offset) = (frontier.size(), scan.offset());
            let (record, at) = scan.step()?.expect(segment, offset, index)?;
            let leaf_hash = self.check_leaf(&record, segment, at)?;
            if self.locate(index)? != (segment, at) {
                return Err(Error::Derived { index });
            }
            frontier.push(leaf_hash);
            done(&record);
            check_heads(heads, frontier)?;
        }
        // A sealed segment ends with its last record; behind the last one a writer may be at work.
        if end < self.size() && scan.offset() != scan.end() {
            let (offset, index) = (scan.offset(), end);
            return Err(Error::Damaged {
                segment,
                offset,
                index,
                damage: Damage::Magic,
            });
        }
        Ok(())
    }
}

fn check_heads(heads: &[&Head], frontier: &Frontier) -> Result<()> {
    for head in heads {
        if head.size == frontier.size() && head.root != frontier.root() {
            return Err(Error::HeadMismatch { size: head.size });
        }
    }
    Ok(())
}
