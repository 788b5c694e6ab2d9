//! The compact file form of the territory data. The reader trusts nothing: every count,
//! index and depth is checked.
//!
//! ```text
//! "DOMTERR1"                                        8 bytes
//! version      u8 length, UTF-8
//! territories  u16 count, each: code (2 letters), u8 length, name (UTF-8), in code order
//! sets         u16 count, each: u8 count, indices of territories, rising
//! trunk        u32 length in bytes
//! branches     u32 count, each: u16 set of all below it, u16 length in bytes
//! trunk, then the branches: packed bits (`packed.rs`)
//! ```
//! Numbers are big-endian. Set ids start at 1; 0 is the empty set.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use crate::build::Cover;
use crate::error::GeoError;
use crate::pack::pack;
use crate::packed;
use crate::territory::{MAX_TERRITORIES, TerritoryCode, TerritoryMask};
use crate::tree::{Branch, Tree};

const MAGIC: &[u8; 8] = b"DOMTERR1";
const MAX_SETS: usize = 30_000;

/// What a file holds.
#[derive(Debug)]
pub(crate) struct Contents {
    pub(crate) version: String,
    pub(crate) codes: Vec<TerritoryCode>,
    pub(crate) names: Vec<String>,
    /// Its branches are not yet read: [`Tree::check`] reads them all.
    pub(crate) tree: Tree,
}

/// Reads a file, except for the branches.
pub(crate) fn read(bytes: Cow<'static, [u8]>) -> Result<Contents, GeoError> {
    let mut reader = Reader {
        bytes: &bytes,
        at: 0,
    };
    if reader.take(MAGIC.len())? != MAGIC {
        return Err(GeoError::Data {
            what: "not territory data of this version",
            at: 0,
        });
    }
    let version = reader.text()?;
    let (codes, names) = read_names(&mut reader)?;
    let sets = read_sets(&mut reader, codes.len())?;
    let trunk_length = reader.u32()? as usize;
    let index = read_index(&mut reader, &sets)?;
    let trunk_start = reader.at;
    let trunk_bytes = reader.take(trunk_length)?;
    let below: Vec<TerritoryMask> = index.iter().map(|(below, _)| *below).collect();
    let (roots, trunk, palettes) =
        packed::read_trunk(trunk_bytes, &sets, &below).map_err(|what| GeoError::Data {
            what,
            at: trunk_start,
        })?;
    if palettes.len() != index.len() {
        return Err(reader.fault("fewer branches than announced"));
    }
    let mut branches = Vec::with_capacity(index.len());
    for ((below, length), palette) in index.into_iter().zip(palettes) {
        let start = reader.at;
        reader.take(length)?;
        branches.push(Branch {
            start,
            end: reader.at,
            palette,
            below,
            nodes: OnceLock::new(),
        });
    }
    if reader.at != bytes.len() {
        return Err(reader.fault("trailing bytes"));
    }
    let tree = Tree {
        sets,
        roots,
        trunk,
        branches,
        bytes,
    };
    Ok(Contents {
        version,
        codes,
        names,
        tree,
    })
}

/// Writes a file. `sets` must have every set of an undivided cell; texts are under 256
/// bytes and codes rising (the caller checked).
pub(crate) fn write(
    version: &str,
    names: &[(TerritoryCode, String)],
    mut sets: BTreeSet<TerritoryMask>,
    faces: &[Cover; 6],
) -> Result<Vec<u8>, GeoError> {
    let fault = |what| GeoError::Data { what, at: 0 };
    let number = |map: &BTreeSet<TerritoryMask>| -> BTreeMap<TerritoryMask, u16> {
        std::iter::once(TerritoryMask::EMPTY)
            .chain(map.iter().copied())
            .zip(0u16..)
            .collect()
    };
    sets.remove(&TerritoryMask::EMPTY);
    // Twice: the sets of all below a branch are known once the branches are.
    let packed = pack(faces, &number(&sets));
    sets.extend(packed.branches.iter().map(|(below, _)| *below));
    if sets.len() > MAX_SETS {
        return Err(fault("too many sets"));
    }
    let ids = number(&sets);
    let packed = pack(faces, &ids);

    let byte = |n: usize| u8::try_from(n).map_err(|_| fault("a count over 255"));
    let mut out = MAGIC.to_vec();
    out.push(byte(version.len())?);
    out.extend(version.as_bytes());
    out.extend(
        u16::try_from(names.len())
            .map_err(|_| fault("too many names"))?
            .to_be_bytes(),
    );
    for (code, name) in names {
        out.extend(code.as_str().as_bytes());
        out.push(byte(name.len())?);
        out.extend(name.as_bytes());
    }
    out.extend(
        u16::try_from(sets.len())
            .map_err(|_| fault("too many sets"))?
            .to_be_bytes(),
    );
    for set in &sets {
        out.push(byte(set.count() as usize)?);
        out.extend(set.iter());
    }
    let length = |n: usize| u32::try_from(n).map_err(|_| fault("over 4 GiB"));
    out.extend(length(packed.trunk.len())?.to_be_bytes());
    out.extend(length(packed.branches.len())?.to_be_bytes());
    for (below, bits) in &packed.branches {
        out.extend(ids[below].to_be_bytes());
        out.extend(
            u16::try_from(bits.len())
                .map_err(|_| fault("a long branch"))?
                .to_be_bytes(),
        );
    }
    out.extend(packed.trunk);
    packed
        .branches
        .iter()
        .for_each(|(_, bits)| out.extend(bits));
    Ok(out)
}

fn read_names(reader: &mut Reader<'_>) -> Result<(Vec<TerritoryCode>, Vec<String>), GeoError> {
    let count = usize::from(reader.u16()?);
    if count > MAX_TERRITORIES {
        return Err(reader.fault("more than 256 territories"));
    }
    let (mut codes, mut names) = (Vec::new(), Vec::new());
    for _ in 0..count {
        let letters = reader.take(2)?;
        let code = TerritoryCode::try_from([letters[0], letters[1]])?;
        if codes.last().is_some_and(|last| *last >= code) {
            return Err(reader.fault("codes out of order"));
        }
        codes.push(code);
        names.push(reader.text()?);
    }
    Ok((codes, names))
}

/// The sets by id, with the empty set first.
fn read_sets(reader: &mut Reader<'_>, territories: usize) -> Result<Vec<TerritoryMask>, GeoError> {
    let count = usize::from(reader.u16()?);
    if count > MAX_SETS {
        return Err(reader.fault("too many sets"));
    }
    let mut sets = vec![TerritoryMask::EMPTY];
    for _ in 0..count {
        let members = usize::from(reader.u8()?);
        let mut set = TerritoryMask::EMPTY;
        for &index in reader.take(members)? {
            if usize::from(index) >= territories {
                return Err(reader.fault("a set names an unknown territory"));
            }
            set.insert(index);
        }
        if set.count() as usize != members || sets.last().is_some_and(|last| *last >= set) {
            return Err(reader.fault("sets repeated or out of order"));
        }
        sets.push(set);
    }
    Ok(sets)
}

/// For each branch the set below it and its length.
fn read_index(
    reader: &mut Reader<'_>,
    sets: &[TerritoryMask],
) -> Result<Vec<(TerritoryMask, usize)>, GeoError> {
    let count = reader.u32()? as usize;
    let entries = reader.take(count.saturating_mul(4))?.chunks_exact(4);
    entries
        .map(|entry| {
            let set = usize::from(u16::from_be_bytes([entry[0], entry[1]]));
            let below = *sets
                .get(set)
                .ok_or_else(|| reader.fault("a branch of unknown set"))?;
            Ok((below, usize::from(u16::from_be_bytes([entry[2], entry[3]]))))
        })
        .collect()
}

/// A cursor over a file; every read is checked.
pub(crate) struct Reader<'a> {
    pub(crate) bytes: &'a [u8],
    pub(crate) at: usize,
}

impl<'a> Reader<'a> {
    pub(crate) fn fault(&self, what: &'static str) -> GeoError {
        GeoError::Data { what, at: self.at }
    }

    pub(crate) fn take(&mut self, count: usize) -> Result<&'a [u8], GeoError> {
        let end = self.at.saturating_add(count);
        let part = self
            .bytes
            .get(self.at..end)
            .ok_or_else(|| self.fault("cut short"))?;
        self.at = end;
        Ok(part)
    }

    pub(crate) fn u8(&mut self) -> Result<u8, GeoError> {
        Ok(self.take(1)?[0])
    }

    pub(crate) fn u16(&mut self) -> Result<u16, GeoError> {
        let part = self.take(2)?;
        Ok(u16::from_be_bytes([part[0], part[1]]))
    }

    pub(crate) fn u32(&mut self) -> Result<u32, GeoError> {
        let part = self.take(4)?;
        Ok(u32::from_be_bytes([part[0], part[1], part[2], part[3]]))
    }

    pub(crate) fn text(&mut self) -> Result<String, GeoError> {
        let length = usize::from(self.u8()?);
        let text = std::str::from_utf8(self.take(length)?);
        text.map(str::to_owned)
            .map_err(|_| self.fault("text is not UTF-8"))
    }
}
