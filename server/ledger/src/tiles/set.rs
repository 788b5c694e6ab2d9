//! Tiles that somebody fetched, and what follows from them. A tile counts once it is known to be of the
//! tree under a signed root: the unfinished ones at the right edge give that root, and every full one
//! hashes to a place in one that is known.

use super::edge::subtrees;
use super::path::{FULL, Tile, TileKind};
use crate::tree::{self, EMPTY_ROOT, StoredHashes};
use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap};

/// What is asked of a tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Question {
    /// The root of its first so many leaves.
    Root(u64),
    /// That it begins with the tree of so many leaves.
    Consistency(u64),
    /// That this leaf is in it.
    Inclusion(u64),
}

/// The tiles that answer a question in a tree of `size` leaves, and show that they are of that tree.
pub fn tiles_for(question: Question, size: u64) -> Vec<Tile> {
    let asked = Asked::default();
    match question {
        Question::Root(old) => drop(tree::root(&asked, old)),
        Question::Consistency(old) => drop(tree::prove_consistency(&asked, old, size)),
        Question::Inclusion(index) => drop(tree::prove_inclusion(&asked, index, size)),
    }
    let mut tiles: BTreeSet<Tile> = edge(size).collect();
    for index in asked.0.into_inner() {
        let (level, number, ..) = tree::place_in_tile(index);
        let mut next = Tile::in_tree(TileKind::Hashes(level), number, size);
        while let Some(tile) = next {
            next = tile.is_full().then(|| parent(tile, size)).flatten();
            tiles.insert(tile);
        }
    }
    tiles.into_iter().collect()
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

/// The unfinished tiles of a tree, highest level first: its root is made of them.
fn edge(size: u64) -> impl Iterator<Item = Tile> {
    (0..8u8).rev().filter_map(move |level| {
        let count = size >> (8 * u32::from(level));
        let last = Tile::in_tree(TileKind::Hashes(level), count / u64::from(FULL), size);
        last.filter(|tile| !tile.is_full())
    })
}

/// The tile in which a full tile's root stands.
fn parent(tile: Tile, size: u64) -> Option<Tile> {
    let TileKind::Hashes(level) = tile.kind else {
        return None;
    };
    Tile::in_tree(
        TileKind::Hashes(level + 1),
        tile.index / u64::from(FULL),
        size,
    )
}

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
        self.bytes(*tile).is_some()
    }

    /// The tree of `size` leaves under a signed root; `None` unless the tiles at its edge are here and
    /// give that root.
    pub fn tree(&self, size: u64, root: &[u8; 32]) -> Option<TileTree<'_>> {
        let mut roots = Vec::new();
        for tile in edge(size) {
            roots.extend(subtrees(self.bytes(tile)?.as_chunks().0));
        }
        let found = match roots.split_last() {
            None => EMPTY_ROOT,
            Some((last, others)) => {
                let join = |right: [u8; 32], left: &[u8; 32]| tree::node(left, &right);
                others.iter().rev().fold(*last, join)
            }
        };
        (found == *root).then_some(TileTree { set: self, size })
    }

    fn bytes(&self, tile: Tile) -> Option<&[u8]> {
        let TileKind::Hashes(level) = tile.kind else {
            return None;
        };
        let there = self.tiles.get(&(level, tile.index))?;
        there.get(..32 * usize::from(tile.width))
    }
}

/// A tree under a signed root, as far as its tiles were fetched. Every answer is `None` if a tile is
/// missing or is not this tree's.
#[derive(Debug, Clone, Copy)]
pub struct TileTree<'a> {
    set: &'a TileSet,
    size: u64,
}

impl TileTree<'_> {
    /// Root of the first `old` leaves.
    pub fn root(&self, old: u64) -> Option<[u8; 32]> {
        (old <= self.size).then(|| tree::root(self, old)).flatten()
    }

    /// Proof that this tree begins with that of `old` leaves, in the order of RFC 6962.
    pub fn consistency(&self, old: u64) -> Option<Vec<[u8; 32]>> {
        tree::prove_consistency(self, old, self.size)
    }

    /// Audit path of a leaf, leaf side first.
    pub fn inclusion(&self, index: u64) -> Option<Vec<[u8; 32]>> {
        tree::prove_inclusion(self, index, self.size)
    }

    /// Leaf hashes of the records from 256 × `number` on, as many as the tree has of these 256.
    pub fn leaf_hashes(&self, number: u64) -> Option<&[[u8; 32]]> {
        let tile = Tile::in_tree(TileKind::Hashes(0), number, self.size)?;
        Some(self.known(tile)?.as_chunks().0)
    }

    /// A tile's bytes, if it is this tree's.
    fn known(&self, tile: Tile) -> Option<&[u8]> {
        let bytes = self.set.bytes(tile)?;
        if !tile.is_full() {
            // At the edge, which gave the root.
            return Some(bytes);
        }
        let above = self.known(parent(tile, self.size)?)?;
        let place = usize::try_from(tile.index % u64::from(FULL)).ok()? * 32;
        (above.get(place..place + 32)? == tree::subtree(bytes)).then_some(bytes)
    }
}

impl StoredHashes for TileTree<'_> {
    fn stored(&self, index: u64) -> Option<[u8; 32]> {
        let (level, number, start, end) = tree::place_in_tile(index);
        let tile = Tile::in_tree(TileKind::Hashes(level), number, self.size)?;
        Some(tree::subtree(self.known(tile)?.get(start..end)?))
    }
}
