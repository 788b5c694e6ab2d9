//! Reading the records of one segment in order, and telling a torn tail from damage.

use crate::error::{At, Error, Result};
use crate::record::{Damage, MAGIC, RECORD_HEADER_LEN, Record, decode_record, record_len};
use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::os::unix::fs::FileExt;
use std::path::PathBuf;

const BUFFER: usize = 256 * 1024;

/// A cursor over the records of one segment file.
#[derive(Debug)]
pub(crate) struct Scan {
    input: BufReader<File>,
    path: PathBuf,
    seed: u32,
    /// Where the next record starts.
    offset: u64,
    /// Where the file ended when the scan began.
    end: u64,
    /// Index the next record must have.
    next: u64,
    /// Position the next record must have if it belongs to the same append; `None` before the first.
    position: Option<u32>,
    record: Vec<u8>,
}

/// What the cursor found.
#[derive(Debug)]
pub(crate) enum Step<'a> {
    /// A whole record of the right place, and the offset where it starts.
    Record(Record<'a>, u64),
    /// The end of the file, at a record's end.
    End,
    /// No record of the right place starts at the cursor.
    Bad(Damage),
}

impl<'a> Step<'a> {
    /// The record that must be here, and the offset where it starts.
    ///
    /// # Errors
    /// [`Error::Damaged`] at this segment, offset and index.
    pub(crate) fn expect(self, segment: u32, offset: u64, index: u64) -> Result<(Record<'a>, u64)> {
        let damage = match self {
            Step::Record(record, at) => return Ok((record, at)),
            Step::End => Damage::Truncated {
                needed: RECORD_HEADER_LEN,
                present: 0,
            },
            Step::Bad(damage) => damage,
        };
        Err(Error::Damaged {
            segment,
            offset,
            index,
            damage,
        })
    }
}

impl Scan {
    /// Starts at `offset`, where record `next` is expected.
    pub(crate) fn new(path: PathBuf, seed: u32, offset: u64, next: u64) -> Result<Scan> {
        let mut file = File::open(&path).at("open", &path)?;
        let end = file.metadata().at("read", &path)?.len();
        file.seek(SeekFrom::Start(offset)).at("read", &path)?;
        let input = BufReader::with_capacity(BUFFER, file);
        Ok(Scan {
            input,
            path,
            seed,
            offset,
            end,
            next,
            position: None,
            record: Vec::new(),
        })
    }

    /// Where the cursor stands: the end of the last whole record.
    pub(crate) fn offset(&self) -> u64 {
        self.offset
    }

    /// Length of the file when the scan began.
    pub(crate) fn end(&self) -> u64 {
        self.end
    }

    /// The next record. After [`Step::Bad`] the cursor stays where it is.
    pub(crate) fn step(&mut self) -> Result<Step<'_>> {
        let remaining = usize::try_from(self.end.saturating_sub(self.offset)).unwrap_or(usize::MAX);
        if remaining == 0 {
            return Ok(Step::End);
        }
        if let Some(damage) = self.fill(remaining)? {
            return Ok(Step::Bad(damage));
        }
        let record = match decode_record(&self.record, self.seed) {
            Ok(record) => record,
            Err(damage) => return Ok(Step::Bad(damage)),
        };
        if record.index != self.next {
            return Ok(Step::Bad(Damage::Index {
                found: record.index,
            }));
        }
        if !self
            .position
            .is_none_or(|p| record.position == p || record.position == 0)
        {
            return Ok(Step::Bad(Damage::Position {
                found: record.position,
            }));
        }
        let start = self.offset;
        self.offset += record.encoded_len() as u64;
        self.next += 1;
        self.position = record.position.checked_add(1);
        Ok(Step::Record(record, start))
    }

    /// Reads the bytes of one record into `self.record`, bounded by what the file holds.
    fn fill(&mut self, remaining: usize) -> Result<Option<Damage>> {
        self.record.clear();
        self.record.resize(RECORD_HEADER_LEN.min(remaining), 0);
        if let Some(damage) = self.read_from(0)? {
            return Ok(Some(damage));
        }
        let needed = match record_len(&self.record) {
            Ok(needed) => needed,
            Err(damage) => return Ok(Some(damage)),
        };
        if needed > remaining {
            return Ok(Some(Damage::Truncated {
                needed,
                present: remaining,
            }));
        }
        self.record.resize(needed, 0);
        self.read_from(RECORD_HEADER_LEN)
    }

    fn read_from(&mut self, start: usize) -> Result<Option<Damage>> {
        match self.input.read_exact(&mut self.record[start..]) {
            Ok(()) => Ok(None),
            // The file was cut while it was read: a reader beside a writer that took back a tail.
            Err(e) if e.kind() == io::ErrorKind::UnexpectedEof => Ok(Some(Damage::Truncated {
                needed: self.record.len(),
                present: start,
            })),
            Err(e) => Err(e).at("read", &self.path),
        }
    }

    /// After [`Step::Bad`]: whether a whole record of a *later append* follows. An append starts only
    /// after the one before it is durable, so then the bad record had been acknowledged, and this is
    /// damage. If not, the bytes from the cursor on are a torn tail.
    pub(crate) fn later_append_follows(&self) -> Result<bool> {
        let file = self.input.get_ref();
        let mut window = vec![0; BUFFER];
        let mut at = self.offset + 1;
        while at + RECORD_HEADER_LEN as u64 <= self.end {
            let want = usize::try_from(self.end - at)
                .unwrap_or(usize::MAX)
                .min(BUFFER);
            file.read_exact_at(&mut window[..want], at)
                .at("read", &self.path)?;
            let candidates = want - RECORD_HEADER_LEN + 1;
            for i in 0..candidates {
                if &window[i..i + 4] == MAGIC
                    && self.is_later_append(&window[i..want], at + i as u64)?
                {
                    return Ok(true);
                }
            }
            at += candidates as u64;
        }
        Ok(false)
    }

    fn is_later_append(&self, header: &[u8], at: u64) -> Result<bool> {
        let Ok(needed) = record_len(header) else {
            return Ok(false);
        };
        if needed as u64 > self.end - at {
            return Ok(false);
        }
        let mut bytes = vec![0; needed];
        self.input
            .get_ref()
            .read_exact_at(&mut bytes, at)
            .at("read", &self.path)?;
        let Ok(record) = decode_record(&bytes, self.seed) else {
            return Ok(false);
        };
        Ok(record.batch_start().is_some_and(|start| start > self.next))
    }
}
