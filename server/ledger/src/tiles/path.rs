//! Names of tiles as C2SP writes them. (`tlog_tiles::Tile::path` writes those of Go's sumdb.)

use std::fmt;
use std::str::FromStr;

/// Hashes or leaves in a full tile.
pub const FULL: u16 = 256;

/// Trees of up to 2^64 leaves have eight levels of tiles; C2SP allows the names of 64.
const MAX_LEVEL: u8 = 63;

/// A longer name than any tile's, bytes.
const MAX_NAME: usize = 64;

/// What a tile holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TileKind {
    /// Hashes of this level: each is the root of 256^level leaves.
    Hashes(u8),
    /// The leaves themselves.
    Entries,
}

/// A tile's place in the tree, and how much of it there is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tile {
    /// What it holds.
    pub kind: TileKind,
    /// Its number among those of its kind, from 0.
    pub index: u64,
    /// How many hashes or leaves, 1 to [`FULL`].
    pub width: u16,
}

impl Tile {
    /// The tile of this kind and number in a tree of `size` leaves; `None` if it would be empty.
    pub fn in_tree(kind: TileKind, index: u64, size: u64) -> Option<Tile> {
        let level = kind.level();
        let count = size.checked_shr(8 * u32::from(level)).unwrap_or(0);
        let rest = count.checked_sub(index.checked_mul(u64::from(FULL))?)?;
        let width = u16::try_from(rest).unwrap_or(FULL).min(FULL);
        (width > 0).then_some(Tile { kind, index, width })
    }

    /// The full tile at the same place.
    pub fn full(self) -> Tile {
        Tile {
            width: FULL,
            ..self
        }
    }

    /// Whether it has all it can have.
    pub fn is_full(self) -> bool {
        self.width == FULL
    }

    /// How many leaves a tree must have to have this tile; `None` if no tree can.
    pub fn needs(self) -> Option<u64> {
        let hashes = self
            .index
            .checked_mul(u64::from(FULL))?
            .checked_add(u64::from(self.width))?;
        let shift = 8 * u32::from(self.kind.level());
        let leaves = hashes.checked_shl(shift)?;
        (leaves >> shift == hashes).then_some(leaves)
    }

    /// The first and last record that hash or leaf `place` of it stands for.
    pub fn records(self, place: u64) -> (u64, u64) {
        let each = 1u64
            .checked_shl(8 * u32::from(self.kind.level()))
            .unwrap_or(0);
        let hash = self
            .index
            .saturating_mul(u64::from(FULL))
            .saturating_add(place);
        let first = hash.saturating_mul(each);
        (first, first.saturating_add(each.saturating_sub(1)))
    }
}

impl TileKind {
    /// Level of the tree: bundles of leaves stand where the tiles of level 0 do.
    fn level(self) -> u8 {
        match self {
            TileKind::Hashes(level) => level,
            TileKind::Entries => 0,
        }
    }
}

impl fmt::Display for Tile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            TileKind::Hashes(level) => write!(f, "tile/{level}")?,
            TileKind::Entries => f.write_str("tile/entries")?,
        }
        let digits = self.index.to_string();
        let groups = digits.len().div_ceil(3);
        let padded = format!("{:0>width$}", digits, width = groups * 3);
        for group in 0..groups {
            let mark = if group + 1 < groups { "x" } else { "" };
            write!(f, "/{mark}{}", &padded[group * 3..group * 3 + 3])?;
        }
        if !self.is_full() {
            write!(f, ".p/{}", self.width)?;
        }
        Ok(())
    }
}

/// The text names no tile.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not the name of a tile")]
pub struct BadTile;

impl FromStr for Tile {
    type Err = BadTile;

    /// Reads a name; only the one way to write a tile's name is accepted.
    fn from_str(text: &str) -> Result<Tile, BadTile> {
        let tile = parse(text).ok_or(BadTile)?;
        if tile.to_string() == text {
            Ok(tile)
        } else {
            Err(BadTile)
        }
    }
}

fn parse(text: &str) -> Option<Tile> {
    if text.len() > MAX_NAME {
        return None;
    }
    let (kind, rest) = text.strip_prefix("tile/")?.split_once('/')?;
    let kind = match kind {
        "entries" => TileKind::Entries,
        level => TileKind::Hashes(number(level)?).checked()?,
    };
    let (number_text, width) = match rest.split_once(".p/") {
        Some((number_text, width)) => (number_text, number(width)?),
        None => (rest, FULL),
    };
    let mut index = 0u64;
    for group in number_text.split('/') {
        let digits = group.strip_prefix('x').unwrap_or(group);
        index = index.checked_mul(1000)?.checked_add(number(digits)?)?;
    }
    (1..=FULL)
        .contains(&width)
        .then_some(Tile { kind, index, width })
}

impl TileKind {
    fn checked(self) -> Option<TileKind> {
        (self.level() <= MAX_LEVEL).then_some(self)
    }
}

/// Digits only: `parse` would take a plus sign.
fn number<T: FromStr>(text: &str) -> Option<T> {
    text.bytes().all(|b| b.is_ascii_digit()).then_some(())?;
    text.parse().ok()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;

    fn hashes(level: u8, index: u64, width: u16) -> Tile {
        let kind = TileKind::Hashes(level);
        Tile { kind, index, width }
    }

    /// The specification's own example: a tree of 70,000 leaves, and the name of 1,234,067.
    #[test]
    fn names_and_widths_are_those_of_the_specification() {
        assert_eq!(
            hashes(0, 1_234_067, 256).to_string(),
            "tile/0/x001/x234/067"
        );
        let entries = Tile {
            kind: TileKind::Entries,
            index: 0,
            width: 112,
        };
        assert_eq!(entries.to_string(), "tile/entries/000.p/112");
        let of = |level, index| Tile::in_tree(TileKind::Hashes(level), index, 70_000);
        assert_eq!(of(0, 272), Some(hashes(0, 272, 256)));
        assert_eq!(of(0, 273), Some(hashes(0, 273, 112)));
        assert_eq!(of(0, 274), None);
        assert_eq!(of(1, 0), Some(hashes(1, 0, 256)));
        assert_eq!(of(1, 1), Some(hashes(1, 1, 17)));
        assert_eq!(of(2, 0), Some(hashes(2, 0, 1)));
        assert_eq!(of(3, 0), None);
        let of = |level| Tile::in_tree(TileKind::Hashes(level), 0, 256);
        assert_eq!(of(0), Some(hashes(0, 0, 256)));
        assert_eq!(of(1), Some(hashes(1, 0, 1)));
        assert_eq!(of(9), None);
    }

    #[test]
    fn other_ways_to_write_a_name_are_refused() {
        let good = ["tile/0/000", "tile/63/x001/000.p/255", "tile/entries/999"];
        for name in good {
            assert_eq!(name.parse::<Tile>().unwrap().to_string(), name);
        }
        for bad in [
            "",
            "tile",
            "tile/0",
            "tile/0/",
            "/tile/0/000",
            "tile/0/000/",
            "tile/0/0",
            "tile/0/0000",
            "tile/0/x000/001",
            "tile/0/001/002",
            "tile/0/x001/x002",
            "tile/00/000",
            "tile/64/000",
            "tile/-1/000",
            "tile/+1/000",
            "tile/8/0/000",
            "tile/data/000",
            "tile/0/000.p/0",
            "tile/0/000.p/256",
            "tile/0/000.p/257",
            "tile/0/000.p/01",
            "tile/0/000.p/+1",
            "tile/0/000.p/",
            "tile/0/000.p/1/..",
            "tile/0/..",
            "tile/0/../../../etc/passwd",
            "tile/0/%30%30%30",
            "tile/0/x018/x446/x744/x073/x709/x551/616",
            "tile/0/x999/x999/x999/x999/x999/x999/x999/999",
            "tile/0/٠٠٠",
        ] {
            assert_eq!(bad.parse::<Tile>(), Err(BadTile), "{bad:?}");
        }
    }

    #[test]
    fn a_tile_needs_the_leaves_below_its_last_hash() {
        assert_eq!(hashes(0, 0, 1).needs(), Some(1));
        assert_eq!(hashes(0, 3, 256).needs(), Some(1024));
        assert_eq!(hashes(1, 0, 2).needs(), Some(512));
        assert_eq!(hashes(7, 0, 255).needs(), Some(255 << 56));
        assert_eq!(hashes(7, 0, 256).needs(), None);
        assert_eq!(hashes(8, 0, 1).needs(), None);
        assert_eq!(hashes(63, 0, 1).needs(), None);
        assert_eq!(hashes(0, u64::MAX, 1).needs(), None);
    }

    proptest! {
        #[test]
        fn names_read_back(level in 0..=63u8, index: u64, width in 1..=256u16, entries: bool) {
            let kind = if entries { TileKind::Entries } else { TileKind::Hashes(level) };
            let tile = Tile { kind, index, width };
            prop_assert_eq!(tile.to_string().parse::<Tile>(), Ok(tile));
        }

        #[test]
        fn any_text_is_refused_or_is_the_name(text in "(tile/)?[a-z0-9x./]{0,40}") {
            if let Ok(tile) = text.parse::<Tile>() {
                prop_assert_eq!(tile.to_string(), text);
            }
        }

        #[test]
        fn a_tile_in_a_tree_needs_no_more_than_the_tree_has(level in 0..9u8, index in 0..1000u64, size: u64) {
            if let Some(tile) = Tile::in_tree(TileKind::Hashes(level), index, size) {
                prop_assert!(tile.needs().unwrap() <= size);
            }
        }

        /// Go's layout differs in its height element and in the name of bundles, nothing else.
        #[test]
        fn names_are_those_of_sumdb_without_the_height(level in 0..=63u8, index: u64, width in 1..=256u16) {
            let theirs = tlog_tiles::Tile::new(8, level, index, u32::from(width), false).path();
            let ours = hashes(level, index, width).to_string();
            prop_assert_eq!(theirs.replacen("tile/8/", "tile/", 1), ours);
        }
    }
}
