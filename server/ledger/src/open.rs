//! Opening: what the directory holds, what of the derived files can be kept, and the replay of the
//! rest from the segments.

use crate::checkpoint::{Head, check_origin};
use crate::derived::{Growing, State};
use crate::error::{At, Error, Result};
use crate::files::read_small;
use crate::note::MAX_NOTE;
use crate::record::{Damage, RECORD_HEADER_LEN, record_len};
use crate::scan::{Scan, Step};
use crate::segment::{self, SEGMENT_HEADER_LEN, SegmentHeader};
use crate::tree::{self, Frontier};
use crate::view::{View, derived_dir, origin_hash, segments_dir};
use std::fs::{self, File};
use std::io::Read as _;
use std::os::unix::fs::FileExt as _;
use std::path::Path;

/// Bytes between two calls of a progress callback.
pub(crate) const PROGRESS_STEP: u64 = 4 * 1024 * 1024;

/// Bytes at the end of the last segment that are no whole records: an append that was never
/// acknowledged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Torn {
    /// Number of the segment.
    pub segment: u32,
    /// Where the whole records end.
    pub offset: u64,
    /// Bytes cut off there.
    pub bytes: u64,
}

/// What opening a log found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Recovery {
    /// Records in the log.
    pub size: u64,
    /// Records read again from the segments, because the log was not closed or a derived file was
    /// missing or wrong. They may include records whose append was never acknowledged.
    pub replayed: u64,
    /// Whether the derived files were missing or wrong, and were rebuilt from the first record.
    pub rebuilt: bool,
    /// A torn tail that was cut off.
    pub torn: Option<Torn>,
    /// A larger size at which this log had been closed: its segments were cut by something other
    /// than a crash, below which no checkpoint reaches.
    pub shrunk_from: Option<u64>,
    /// Records of an erasure that a crash had cut short and that was finished.
    pub erased: u64,
}

/// A loaded log, before a writer repairs its tail.
pub(crate) struct Loaded {
    pub(crate) view: View,
    pub(crate) recovery: Recovery,
    /// Where the whole records of the last segment end.
    pub(crate) end: u64,
    /// A last segment whose header was never completed; it holds nothing.
    pub(crate) stub: Option<u32>,
}

/// Loads a log for reading (`writable` false) or writing.
pub(crate) fn load(
    dir: &Path,
    origin: &str,
    writable: bool,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<Loaded> {
    check_origin(origin)?;
    // Both before the segments: what a writer adds meanwhile must not look like a loss.
    let head = stored_head(dir, origin)?;
    let derived = derived_dir(dir);
    let state = State::load(&derived).filter(|s| s.origin == origin_hash(origin));
    let (segments, stub) = headers(dir, origin)?;
    let open = |name| -> Result<Growing> {
        let path = derived.join(name);
        if writable {
            Growing::create(path)
        } else {
            Ok(Growing::read_only(path))
        }
    };
    let mut view = View::new(dir, origin, open("offsets")?, open("hashes")?);
    view.segments = segments;
    view.head = head;

    let start = state.as_ref().and_then(|state| adopt(&mut view, state));
    if start.is_none() {
        view.offsets.reset();
        view.hashes.reset();
        view.frontier = Frontier::default();
    }
    let kept = view.size();
    let (end, torn) = replay(&mut view, start, stub.is_none(), progress)?;
    check_head(&view)?;
    let recovery = Recovery {
        size: view.size(),
        replayed: view.size() - kept,
        rebuilt: start.is_none() && view.size() > 0,
        torn,
        shrunk_from: state.map(|s| s.size).filter(|&size| size > view.size()),
        erased: 0,
    };
    Ok(Loaded {
        view,
        recovery,
        end,
        stub,
    })
}

fn stored_head(dir: &Path, origin: &str) -> Result<Option<Head>> {
    let path = dir.join("checkpoint");
    let Some(bytes) = read_small(&path, MAX_NOTE as u64)? else {
        return Ok(None);
    };
    match Head::parse(&bytes, origin, None) {
        Ok(head) => Ok(Some(head)),
        Err(source) => Err(Error::HeadFile { path, source }),
    }
}

/// The headers of all segments, and the number of a last one that was never completed.
fn headers(dir: &Path, origin: &str) -> Result<(Vec<SegmentHeader>, Option<u32>)> {
    let segments = segments_dir(dir);
    let count = segment::count(&segments)?;
    let mut headers: Vec<SegmentHeader> = Vec::new();
    for number in 0..count {
        let path = segment::path(&segments, number);
        let mut bytes = Vec::new();
        let file = File::open(&path).at("open", &path)?;
        file.take(SEGMENT_HEADER_LEN as u64 + 1)
            .read_to_end(&mut bytes)
            .at("read", &path)?;
        let damaged = |reason| Error::SegmentHeader { number, reason };
        let header = match SegmentHeader::decode(&bytes) {
            Ok(header) => header,
            // Nothing follows a header before it is durable.
            Err(_) if number + 1 == count && bytes.len() <= SEGMENT_HEADER_LEN => {
                return Ok((headers, Some(number)));
            }
            Err(reason) => return Err(damaged(reason)),
        };
        if header.origin != origin_hash(origin) {
            return Err(Error::WrongLog { path });
        }
        if header.number != number {
            return Err(damaged("it is the header of another segment"));
        }
        let follows = match headers.last() {
            None => header.first == 0,
            Some(before) => header.first > before.first,
        };
        if !follows {
            return Err(damaged(
                "its first record does not follow the segment before it",
            ));
        }
        headers.push(header);
    }
    Ok((headers, None))
}

/// Takes over the derived files as far as `state` says, if they and the segments agree with it. Gives
/// segment and offset from which to replay.
fn adopt(view: &mut View, state: &State) -> Option<(u32, u64)> {
    let last = view.segments.get(usize::try_from(state.segment).ok()?)?;
    let reaches = fs::metadata(view.segment_path(state.segment)).ok()?.len() >= state.end;
    if state.size == 0 || last.first >= state.size || !reaches {
        return None;
    }
    let hashes = tree::stored_count(state.size);
    let whole = view
        .offsets
        .adopt(state.size.checked_mul(8)?, state.offsets_sum)
        && view.hashes.adopt(hashes.checked_mul(32)?, state.hashes_sum);
    if !whole {
        return None;
    }
    view.frontier = Frontier::load(view, state.size)?;
    let sealed = (0..state.segment).all(|number| is_sealed(view, number) == Some(true));
    let ends = record_end(view, state.size - 1)? == (state.segment, state.end);
    (view.root() == state.root && sealed && ends).then_some((state.segment, state.end))
}

/// Whether a segment that has a successor ends exactly where its last record ends.
fn is_sealed(view: &View, number: u32) -> Option<bool> {
    let next = view.segments.get(usize::try_from(number).ok()? + 1)?;
    let len = fs::metadata(view.segment_path(number)).ok()?.len();
    Some(record_end(view, next.first.checked_sub(1)?)? == (number, len))
}

/// Segment and end of a record, from its offset and the length in its header.
fn record_end(view: &View, index: u64) -> Option<(u32, u64)> {
    let (number, offset) = view.locate(index).ok()?;
    let mut header = [0; RECORD_HEADER_LEN];
    let file = File::open(view.segment_path(number)).ok()?;
    file.read_exact_at(&mut header, offset).ok()?;
    Some((number, offset + record_len(&header).ok()? as u64))
}

/// Reads all records from `start` on into the view. Gives the end of the last segment's records and
/// what lies behind it.
pub(crate) fn replay(
    view: &mut View,
    start: Option<(u32, u64)>,
    may_be_torn: bool,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<(u64, Option<Torn>)> {
    let (first, mut offset) = start.unwrap_or((0, SEGMENT_HEADER_LEN as u64));
    let headers: Vec<SegmentHeader> = view.segments.clone();
    let last = headers.len().saturating_sub(1);
    let mut meter = Meter::new(view, first, offset)?;
    let mut torn = None;
    for (position, header) in headers.iter().enumerate() {
        if header.number < first {
            continue;
        }
        if header.number > first {
            check_start(view, header, offset)?;
            offset = SEGMENT_HEADER_LEN as u64;
        }
        let path = view.segment_path(header.number);
        let mut scan = Scan::new(path, header.seed, offset, view.size())?;
        let damage = loop {
            match scan.step()? {
                Step::Record(record, at) => {
                    meter.advance(record.encoded_len() as u64, progress);
                    let hash = record.leaf_hash();
                    view.push(header.number, at, hash);
                }
                Step::End => break None,
                Step::Bad(damage) => break Some(damage),
            }
        };
        offset = scan.offset();
        if let Some(damage) = damage {
            if position < last || !may_be_torn || scan.later_append_follows()? {
                let (segment, index) = (header.number, view.size());
                return Err(Error::Damaged {
                    segment,
                    offset,
                    index,
                    damage,
                });
            }
            torn = Some(Torn {
                segment: header.number,
                offset,
                bytes: scan.end() - offset,
            });
        }
    }
    meter.finish(progress);
    Ok((offset, torn))
}

/// Checks that a segment begins where the one before it ended.
fn check_start(view: &View, header: &SegmentHeader, end: u64) -> Result<()> {
    let size = view.size();
    if size < header.first {
        let damage = Damage::Truncated {
            needed: RECORD_HEADER_LEN,
            present: 0,
        };
        let segment = header.number - 1;
        return Err(Error::Damaged {
            segment,
            offset: end,
            index: size,
            damage,
        });
    }
    let reason = if size > header.first {
        "the segment before it holds more records than it says"
    } else if view.root() != header.root {
        "the records before it are not those it was written after"
    } else {
        return Ok(());
    };
    Err(Error::SegmentHeader {
        number: header.number,
        reason,
    })
}

fn check_head(view: &View) -> Result<()> {
    let Some(head) = &view.head else {
        return Ok(());
    };
    if head.size > view.size() {
        return Err(Error::BelowHead {
            size: view.size(),
            head: head.size,
        });
    }
    if view.root_at(head.size)? != head.root {
        return Err(Error::HeadMismatch { size: head.size });
    }
    Ok(())
}

/// Bytes done and to do, reported in steps.
pub(crate) struct Meter {
    done: u64,
    total: u64,
    reported: u64,
}

impl Meter {
    /// Counts the bytes of all segments from `offset` in segment `first`.
    pub(crate) fn new(view: &View, first: u32, offset: u64) -> Result<Meter> {
        let mut total = 0;
        for header in view.segments.iter().filter(|h| h.number >= first) {
            let path = view.segment_path(header.number);
            total += fs::metadata(&path).at("read", &path)?.len();
        }
        Ok(Meter {
            done: 0,
            total: total.saturating_sub(offset),
            reported: 0,
        })
    }

    pub(crate) fn advance(&mut self, bytes: u64, progress: &mut dyn FnMut(u64, u64)) {
        self.done += bytes;
        if self.done - self.reported >= PROGRESS_STEP {
            self.reported = self.done;
            progress(self.done.min(self.total), self.total);
        }
    }

    pub(crate) fn finish(&self, progress: &mut dyn FnMut(u64, u64)) {
        progress(self.total, self.total);
    }
}
