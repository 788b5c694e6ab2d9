//! Certificate of exclusion: cells that together hold all land of some territories, each
//! with *f* + 1 observations of different votes whose caps miss all of it. A reader who
//! trusts the territory data and the observations needs no search to check it.
//!
//! There is one certificate per question, so that one changed in any number is not one:
//!
//! 1. The cells are those of a walk over the quadtree, parents before children and
//!    children in the order of [`CellId::children`], that passes over cells without land of
//!    the territories, stops at cells that more than *f* votes exclude, and goes into
//!    the others. Every cell that it stops at is listed, in that order, and no other.
//! 2. A cell's observations are the first *f* + 1 of different votes, by the cap's chord, then
//!    vote, then place in the list, whose caps miss the cell's disc. The disc's centre is the mean
//!    of the cell's corners, its radius the longest chord from there to a corner, above the
//!    leaves 8e-5 (the longest of a leaf) more, so that it holds the discs of the leaves below,
//!    and 1e-12 for rounding. Two discs of angular radii *a* and *b* miss each other when the
//!    cosine of the angle between their centres is under cos *a* cos *b* − sin *a* sin *b* − 1e-14
//!    and *a* + *b* is under half a turn.
//!
//! A checker compares tier, *f* and territories with those of the verdict, then makes that
//! walk with [`Territories::within`] and compares cell by cell; it visits no more cells than
//! five for each one listed. `domicile-audit` has one, which shares neither discs nor search with
//! this crate. As bytes ([`Certificate::to_bytes`], numbers big-endian):
//!
//! ```text
//! "DOMCERT1"     8 bytes
//! territories    32 bytes, SHA-256 of the territory data
//! tier           u8: 0 is c, 1 is 0.69 c, 2 is 2/3 c
//! f              u8
//! codes          u16 count, each 2 letters, rising
//! cells          u32 count, each: 5 bytes (face, level, i, j in 8, 4, 14, 14 bits), then
//!                f + 1 places in the list of observations, u16 each
//! ```

use crate::cap::{Cap, Observation, Tier, VoteId};
use crate::cell::CellId;
use crate::error::GeoError;
use crate::region::MAX_OBSERVATIONS;
use crate::territories::Territories;
use crate::territory::{TerritoryCode, TerritoryMask};

const MAGIC: &[u8; 8] = b"DOMCERT1";

/// The most cells that one certificate may have (the land has a few million leaves; the
/// largest real certificates have some ten thousand cells).
const MAX_CELLS: usize = 4_000_000;

/// One cell and what excludes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExcludedCell {
    /// The cell.
    pub cell: CellId,
    /// *f* + 1 places in the list of observations, of different votes, smallest cap first.
    pub by: Vec<u16>,
}

/// That more than *f* votes exclude every point of some territories. It names observations
/// by their place in the list that it was made from, and proves nothing without that list
/// and the territory data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certificate {
    /// SHA-256 of the territory data.
    pub territories_hash: [u8; 32],
    /// The fastest signal assumed.
    pub tier: Tier,
    /// *f*, the votes that may lie.
    pub lying_votes: u8,
    /// The territories excluded, rising.
    pub excluded: Vec<TerritoryCode>,
    /// Cells that hold all their land, in the order of the walk.
    pub cells: Vec<ExcludedCell>,
}

/// The caps of one question, smallest first: by radius, then vote, then place in the list.
#[derive(Debug, Clone)]
struct Witnesses {
    caps: Vec<(Cap, u16)>,
    lying: usize,
}

impl Witnesses {
    /// Caps of these observations at a tier, of which `lying_votes` votes may be false.
    fn new(observations: &[Observation], tier: Tier, lying_votes: u8) -> Result<Self, GeoError> {
        let (count, max) = (observations.len(), MAX_OBSERVATIONS);
        if count > max {
            return Err(GeoError::TooManyObservations { count, max });
        }
        let mut caps: Vec<(Cap, u16)> = observations
            .iter()
            .zip(0u16..)
            .filter_map(|(observation, index)| Some((Cap::new(observation, tier.speed())?, index)))
            .collect();
        caps.sort_by(|(a, i), (b, j)| {
            let by_size = a.disc.chord.total_cmp(&b.disc.chord);
            by_size.then(a.vote.cmp(&b.vote)).then(i.cmp(j))
        });
        Ok(Self {
            caps,
            lying: usize::from(lying_votes),
        })
    }

    /// The first *f* + 1 observations of different votes whose caps miss the whole cell;
    /// `None` when so many votes do not exclude it.
    fn excluding(&self, cell: CellId) -> Option<Vec<u16>> {
        let disc = cell.snug_disc();
        let mut by = Vec::with_capacity(self.lying + 1);
        let mut votes: Vec<VoteId> = Vec::with_capacity(self.lying + 1);
        for (cap, index) in &self.caps {
            if cap.disc.misses(&disc) && !votes.contains(&cap.vote) {
                votes.push(cap.vote);
                by.push(*index);
                if votes.len() > self.lying {
                    return Some(by);
                }
            }
        }
        None
    }
}

/// Certifies that `wanted` are excluded, all of them together.
///
/// # Errors
/// [`GeoError::NotExcluded`] with the first of `wanted` that is possible,
/// [`GeoError::TooManyObservations`], and [`GeoError::Certificate`] when `wanted` is empty.
pub fn certify(
    observations: &[Observation],
    tier: Tier,
    lying_votes: u8,
    wanted: &TerritoryMask,
    territories: &Territories,
) -> Result<Certificate, GeoError> {
    let wanted = wanted.intersection(&territories.all());
    if wanted.is_empty() {
        return Err(fault("no territory was named", 0));
    }
    let walk = Walk {
        witnesses: Witnesses::new(observations, tier, lying_votes)?,
        territories,
        wanted,
    };
    let mut cells = Vec::new();
    for face in CellId::roots() {
        walk.visit(face, &mut cells)?;
    }
    Ok(Certificate {
        territories_hash: territories.hash(),
        tier,
        lying_votes,
        excluded: wanted.codes(territories).collect(),
        cells,
    })
}

struct Walk<'a> {
    witnesses: Witnesses,
    territories: &'a Territories,
    wanted: TerritoryMask,
}

impl Walk<'_> {
    /// Lists the cells below this one (or itself) that are excluded.
    fn visit(&self, cell: CellId, cells: &mut Vec<ExcludedCell>) -> Result<(), GeoError> {
        let left = self.territories.within(cell).intersection(&self.wanted);
        if left.is_empty() {
            return Ok(());
        }
        if let Some(by) = self.witnesses.excluding(cell) {
            cells.push(ExcludedCell { cell, by });
            return Ok(());
        }
        let Some(children) = cell.children() else {
            let code = left.codes(self.territories).next();
            return Err(GeoError::NotExcluded(
                code.map_or_else(String::new, |code| code.to_string()),
            ));
        };
        children
            .into_iter()
            .try_for_each(|child| self.visit(child, cells))
    }
}

fn fault(what: &'static str, at: usize) -> GeoError {
    GeoError::Certificate { what, at }
}

impl Certificate {
    /// The compact form (layout at the top of this module).
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = MAGIC.to_vec();
        out.extend(self.territories_hash);
        out.push(match self.tier {
            Tier::C => 0,
            Tier::Fibre => 1,
            Tier::TwoThirds => 2,
        });
        out.push(self.lying_votes);
        // At most 256 territories and `MAX_CELLS` cells: both counts fit.
        let count = |length: usize| u32::try_from(length).unwrap_or(u32::MAX).to_be_bytes();
        out.extend(&count(self.excluded.len())[2..]);
        for code in &self.excluded {
            out.extend(code.as_str().bytes());
        }
        out.extend(count(self.cells.len()));
        for ExcludedCell { cell, by } in &self.cells {
            let place = u64::from(cell.face()) << 32
                | u64::from(cell.level()) << 28
                | u64::from(cell.i()) << 14
                | u64::from(cell.j());
            out.extend(&place.to_be_bytes()[3..]);
            by.iter().for_each(|index| out.extend(index.to_be_bytes()));
        }
        out
    }

    /// Reads [`Certificate::to_bytes`]. Every certificate has one form in bytes, and only
    /// that is accepted. Reading checks the form, not what is certified.
    ///
    /// # Errors
    /// [`GeoError::Certificate`] naming the byte, [`GeoError::Code`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, GeoError> {
        let mut reader = Reader { bytes, at: 0 };
        if reader.take()? != *MAGIC {
            return Err(fault("not a certificate of this version", 0));
        }
        let territories_hash = reader.take()?;
        let [tier, lying_votes] = reader.take()?;
        let tier = *Tier::ALL
            .get(usize::from(tier))
            .ok_or_else(|| fault("unknown tier", reader.at))?;
        let mut excluded: Vec<TerritoryCode> = Vec::new();
        for _ in 0..u16::from_be_bytes(reader.take()?) {
            let code = TerritoryCode::try_from(reader.take::<2>()?)?;
            if excluded.last().is_some_and(|last| *last >= code) {
                return Err(fault("codes not in rising order", reader.at));
            }
            excluded.push(code);
        }
        let count = u32::from_be_bytes(reader.take()?) as usize;
        if count > MAX_CELLS {
            return Err(fault("more cells than land has", reader.at));
        }
        let mut cells = Vec::new();
        for _ in 0..count {
            let cell = reader.cell()?;
            let mut by = Vec::with_capacity(usize::from(lying_votes) + 1);
            for _ in 0..=lying_votes {
                by.push(u16::from_be_bytes(reader.take()?));
            }
            cells.push(ExcludedCell { cell, by });
        }
        if reader.at != bytes.len() {
            return Err(fault("trailing bytes", reader.at));
        }
        Ok(Self {
            territories_hash,
            tier,
            lying_votes,
            excluded,
            cells,
        })
    }
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Reader<'_> {
    fn take<const N: usize>(&mut self) -> Result<[u8; N], GeoError> {
        let found = self.bytes[self.at..].first_chunk::<N>();
        let found = *found.ok_or_else(|| fault("cut short", self.at))?;
        self.at += N;
        Ok(found)
    }

    fn cell(&mut self) -> Result<CellId, GeoError> {
        let at = self.at;
        let mut place = [0; 8];
        place[3..].copy_from_slice(&self.take::<5>()?);
        let place = u64::from_be_bytes(place);
        // Masked to fit; what lies above the face makes the face too large.
        let bits = |shift: u32, mask: u64| u16::try_from(place >> shift & mask);
        let parts = (
            bits(32, 0xff),
            bits(28, 0xf),
            bits(14, 0x3fff),
            bits(0, 0x3fff),
        );
        let (Ok(face), Ok(level), Ok(i), Ok(j)) = parts else {
            return Err(fault("no such cell", at));
        };
        let narrow = |value: u16| u8::try_from(value).ok();
        narrow(face)
            .zip(narrow(level))
            .and_then(|(face, level)| CellId::new(face, level, i, j))
            .ok_or_else(|| fault("no such cell", at))
    }
}
