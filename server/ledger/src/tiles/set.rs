//! Tiles that somebody fetched: which a question needs, and the proofs that they give. Nothing here
//! believes a tile: a proof counts once it leads to a root that somebody signed.

use super::path::{Tile, TileKind};
use crate::tree::{self, StoredHashes};
use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap};

/// Fetched hash tiles of one log.
#[derive(Debug, Clone, Default)]
pub struct TileSet {
    tiles: HashMap<(u8, u64), Vec<u8>>,
}

impl TileSet {
    /// Adds a fetched tile. Bundles, and tiles of another length than their width says, are passed
    /// over; `false` says so.
    pub fn insert(&mut self, tile: Tile, bytes: Vec<u8>) -> bool {
        let TileKind::Hashes(level) = tile.kind else {
            return false;
        };
        if bytes.len() != 32 * usize::from(tile.width) {
            return false;
        }
        let longest = self.tiles.entry((level, tile.index)).or_default();
        if bytes.len() > longest.len() {
            *longest = bytes;
        }
        true
    }

    /// Whether a tile is there, at least as wide.
    pub fn has(&self, tile: &Tile) -> bool {
        let TileKind::Hashes(level) = tile.kind else {
            return false;
        };
        let there = self.tiles.get(&(level, tile.index));
        there.is_some_and(|bytes| bytes.len() >= 32 * usize::from(tile.width))
    }

    /// Root of the tree over the first `size` leaves; `None` if a tile is missing.
    pub fn root(&self, size: u64) -> Option<[u8; 32]> {
        tree::root(self, size)
    }

    /// Consistency proof between two sizes, leaf side first; `None` if a tile is missing.
    pub fn consistency(&self, old: u64, new: u64) -> Option<Vec<[u8; 32]>> {
        tree::prove_consistency(self, old, new)
    }

    /// Audit path of a leaf, leaf side first; `None` if a tile is missing.
    pub fn inclusion(&self, index: u64, size: u64) -> Option<Vec<[u8; 32]>> {
        tree::prove_inclusion(self, index, size)
    }
}

impl StoredHashes for TileSet {
    fn stored(&self, index: u64) -> Option<[u8; 32]> {
        let (level, number, start, end) = tree::place_in_tile(index);
        let tile = self.tiles.get(&(level, number))?;
        Some(tree::subtree(tile.get(start..end)?))
    }
}

/// Writes down what is asked for, and answers with zeros.
#[derive(Default)]
struct Asked(RefCell<BTreeSet<u64>>);

impl StoredHashes for Asked {
    fn stored(&self, index: u64) -> Option<[u8; 32]> {
        self.0.borrow_mut().insert(index);
        Some([0; 32])
    }
}

impl Asked {
    /// The tiles that hold what was asked for, as they are in a tree of `size` leaves.
    fn tiles(self, size: u64) -> Vec<Tile> {
        let places = self.0.into_inner().into_iter().filter_map(|index| {
            let (level, number, ..) = tree::place_in_tile(index);
            Tile::in_tree(TileKind::Hashes(level), number, size)
        });
        places.collect::<BTreeSet<_>>().into_iter().collect()
    }
}

/// Tiles from which [`TileSet::root`] follows, as a tree of `available` leaves has them.
pub fn tiles_for_root(size: u64, available: u64) -> Vec<Tile> {
    let asked = Asked::default();
    tree::root(&asked, size);
    asked.tiles(available)
}

/// Tiles from which [`TileSet::consistency`] follows, as a tree of `available` leaves has them.
pub fn tiles_for_consistency(old: u64, new: u64, available: u64) -> Vec<Tile> {
    let asked = Asked::default();
    tree::prove_consistency(&asked, old, new);
    asked.tiles(available)
}

/// Tiles from which [`TileSet::inclusion`] follows, as a tree of `available` leaves has them.
pub fn tiles_for_inclusion(index: u64, size: u64, available: u64) -> Vec<Tile> {
    let asked = Asked::default();
    tree::prove_inclusion(&asked, index, size);
    asked.tiles(available)
}
