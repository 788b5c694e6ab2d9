//! `DIR/erasing`: what an erasure is about to write over, so that it can be finished after a crash.
//!
//! Writing over a record in place is not atomic. So the new header of every record to be erased is
//! made durable here first, with its place; then the places are written, then the file is removed. A
//! file that is found at opening is carried out again, which changes nothing where it was already.
//!
//! | bytes | field | |
//! |---|---|---|
//! | 0..8 | magic | `"DOMERA"`, `0`, `1` (version) |
//! | 8..12 | count | of places, big-endian `u32` |
//! | then for each | segment | big-endian `u32` |
//! | | offset | where the record starts in it, big-endian `u32` |
//! | | header | the record's new header (68); its length says how many zeros follow |
//! | last 4 | checksum | CRC-32C over all before |

use crate::error::{At, Error, Result};
use crate::files::{Disk, read_small, replace, sync_dir};
use crate::record::{RECORD_HEADER_LEN, record_len, u32_at};
use crate::segment;
use crate::view::segments_dir;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::fs::{self, File, OpenOptions};
use std::path::Path;

const NAME: &str = "erasing";
const MAGIC: &[u8; 8] = b"DOMERA\x00\x01";
const PLACE_LEN: usize = 8 + RECORD_HEADER_LEN;

/// Records written over at a time.
pub(crate) const MAX_PLACES: usize = 8192;

/// A record's new header, and where it goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Overwrite {
    pub(crate) segment: u32,
    pub(crate) offset: u32,
    pub(crate) header: [u8; RECORD_HEADER_LEN],
}

/// Makes durable what is about to be written over, writes it over, and forgets about it.
pub(crate) fn carry_out(disk: &dyn Disk, dir: &Path, places: &[Overwrite]) -> Result<()> {
    replace(dir, NAME, &encode(places))?;
    write_over(disk, dir, places)
        .and_then(|()| clear(dir))
        .map_err(|error| {
            let cause =
                format!("an erasure was cut short ({error}) and is finished at the next opening");
            Error::Poisoned { cause }
        })
}

/// Finishes what a crash cut short. Gives the number of records written over.
pub(crate) fn finish(disk: &dyn Disk, dir: &Path) -> Result<usize> {
    let path = dir.join(NAME);
    let most = MAX_PLACES * PLACE_LEN + 16;
    let Some(bytes) = read_small(&path, most as u64)? else {
        return Ok(0);
    };
    let damaged = |reason| Error::Intent {
        path: path.clone(),
        reason,
    };
    let places = decode(&bytes).map_err(damaged)?;
    for place in &places {
        let path = segment::path(&segments_dir(dir), place.segment);
        let len = fs::metadata(&path).at("read", &path)?.len();
        let needed = record_len(&place.header).unwrap_or(usize::MAX) as u64;
        if u64::from(place.offset).saturating_add(needed) > len {
            return Err(damaged("it names a place behind the end of a segment"));
        }
    }
    write_over(disk, dir, &places)?;
    clear(dir)?;
    Ok(places.len())
}

fn write_over(disk: &dyn Disk, dir: &Path, places: &[Overwrite]) -> Result<()> {
    static ZEROS: [u8; 64 * 1024] = [0; 64 * 1024];
    let mut files: BTreeMap<u32, File> = BTreeMap::new();
    for place in places {
        let path = segment::path(&segments_dir(dir), place.segment);
        let file = match files.entry(place.segment) {
            Entry::Occupied(open) => open.into_mut(),
            Entry::Vacant(free) => {
                let file = OpenOptions::new().read(true).write(true).open(&path);
                free.insert(file.at("open", &path)?)
            }
        };
        let header = u64::from(place.offset);
        let mut at = header + RECORD_HEADER_LEN as u64;
        let end = at + u64::from(u32_at(&place.header, 60));
        while at < end {
            let some = usize::try_from(end - at)
                .unwrap_or(usize::MAX)
                .min(ZEROS.len());
            disk.write_all_at(file, &ZEROS[..some], at)
                .at("erase", &path)?;
            at += some as u64;
        }
        disk.write_all_at(file, &place.header, header)
            .at("erase", &path)?;
    }
    for (number, file) in &files {
        let path = segment::path(&segments_dir(dir), *number);
        disk.sync_data(file).at("sync", &path)?;
    }
    Ok(())
}

fn clear(dir: &Path) -> Result<()> {
    let path = dir.join(NAME);
    fs::remove_file(&path).at("remove", &path)?;
    sync_dir(dir)
}

fn encode(places: &[Overwrite]) -> Vec<u8> {
    let count = u32::try_from(places.len()).expect("callers keep to MAX_PLACES");
    let mut bytes = MAGIC.to_vec();
    bytes.extend_from_slice(&count.to_be_bytes());
    for place in places {
        bytes.extend_from_slice(&place.segment.to_be_bytes());
        bytes.extend_from_slice(&place.offset.to_be_bytes());
        bytes.extend_from_slice(&place.header);
    }
    let sum = crc32c::crc32c(&bytes);
    bytes.extend_from_slice(&sum.to_be_bytes());
    bytes
}

fn decode(bytes: &[u8]) -> Result<Vec<Overwrite>, &'static str> {
    if bytes.len() < 16 || &bytes[..8] != MAGIC {
        return Err("it has another magic or version");
    }
    let (body, sum) = bytes.split_at(bytes.len() - 4);
    if crc32c::crc32c(body) != u32_at(sum, 0) {
        return Err("its checksum is wrong");
    }
    let (places, rest) = body[12..].as_chunks::<PLACE_LEN>();
    if !rest.is_empty() || places.len() != u32_at(body, 8) as usize {
        return Err("its length is not what its count says");
    }
    let read = |place: &[u8; PLACE_LEN]| {
        let mut header = [0; RECORD_HEADER_LEN];
        header.copy_from_slice(&place[8..]);
        if record_len(&header).is_err() {
            return Err("it holds something else than a record's header");
        }
        Ok(Overwrite {
            segment: u32_at(place, 0),
            offset: u32_at(place, 4),
            header,
        })
    };
    places.iter().map(read).collect()
}
