//! The right edge of a tree, tile by tile: leaves go in, full tiles come out, the root is known.

use super::path::{FULL, Tile, TileKind};
use crate::entry::leaf_hash;
use crate::tree::{self, EMPTY_ROOT};

/// What the tiles at the right edge hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Edge {
    size: u64,
    /// Hashes of the unfinished tile of each level; fewer than 256 in each.
    levels: Vec<Vec<[u8; 32]>>,
    /// The unfinished bundle, as it is written.
    bundle: Vec<u8>,
}

impl Edge {
    /// The edge of a tree of `size` leaves from its unfinished tiles, level by level, and bundle.
    /// `None` unless there are as many hashes and leaves as the tree must have.
    pub(super) fn load(size: u64, levels: Vec<Vec<[u8; 32]>>, bundle: Vec<u8>) -> Option<Edge> {
        let leaves = super::bundle_leaves(&bundle)?;
        let hashes: Vec<[u8; 32]> = leaves.iter().map(|leaf| leaf_hash(leaf)).collect();
        let bottom = levels.first().map_or(&[][..], Vec::as_slice);
        let mut rest = size;
        for level in &levels {
            if level.len() as u64 != rest % u64::from(FULL) {
                return None;
            }
            rest /= u64::from(FULL);
        }
        (rest == 0 && hashes == bottom).then_some(Edge {
            size,
            levels,
            bundle,
        })
    }

    pub(super) fn size(&self) -> u64 {
        self.size
    }

    /// Root of the tree.
    pub(super) fn root(&self) -> [u8; 32] {
        let largest_first = self.levels.iter().rev().flat_map(|level| subtrees(level));
        let roots: Vec<[u8; 32]> = largest_first.collect();
        let (last, others) = match roots.split_last() {
            None => return EMPTY_ROOT,
            Some(split) => split,
        };
        others
            .iter()
            .rev()
            .fold(*last, |right, left| tree::node(left, &right))
    }

    /// Adds a leaf; every tile that it fills goes to `full`.
    pub(super) fn push<E>(
        &mut self,
        leaf: &[u8],
        mut full: impl FnMut(Tile, &[u8]) -> Result<(), E>,
    ) -> Result<(), E> {
        let length = u16::try_from(leaf.len()).expect("leaves are at most 256 bytes");
        self.bundle.extend_from_slice(&length.to_be_bytes());
        self.bundle.extend_from_slice(leaf);
        let filled = self.size / u64::from(FULL);
        self.size += 1;
        if self.size.is_multiple_of(u64::from(FULL)) {
            full(whole(TileKind::Entries, filled), &self.bundle)?;
            self.bundle.clear();
        }
        let mut carry = Some(leaf_hash(leaf));
        for level in 0.. {
            let Some(hash) = carry.take() else { break };
            if self.levels.len() == usize::from(level) {
                self.levels.push(Vec::new());
            }
            let hashes = &mut self.levels[usize::from(level)];
            hashes.push(hash);
            if hashes.len() < usize::from(FULL) {
                continue;
            }
            let tile = whole(
                TileKind::Hashes(level),
                (self.size >> (8 * (u32::from(level) + 1))) - 1,
            );
            full(tile, hashes.as_flattened())?;
            carry = subtrees(hashes).next();
            hashes.clear();
        }
        Ok(())
    }

    /// The unfinished tiles and their bytes.
    pub(super) fn unfinished(&self) -> impl Iterator<Item = (Tile, &[u8])> {
        let hashes = (0u8..).zip(&self.levels).filter_map(|(level, hashes)| {
            let index = self.size >> (8 * (u32::from(level) + 1));
            part(TileKind::Hashes(level), index, hashes.len())
                .map(|tile| (tile, hashes.as_flattened()))
        });
        let leaves = self.levels.first().map_or(0, Vec::len);
        let index = self.size / u64::from(FULL);
        let bundle = part(TileKind::Entries, index, leaves);
        hashes.chain(bundle.map(|tile| (tile, &self.bundle[..])))
    }
}

fn whole(kind: TileKind, index: u64) -> Tile {
    let width = FULL;
    Tile { kind, index, width }
}

fn part(kind: TileKind, index: u64, width: usize) -> Option<Tile> {
    let width = u16::try_from(width).ok().filter(|&width| width > 0)?;
    Some(Tile { kind, index, width })
}

/// Roots of the complete subtrees that a row of hashes falls into, largest first.
pub(super) fn subtrees(row: &[[u8; 32]]) -> impl Iterator<Item = [u8; 32]> {
    let mut rest = row;
    std::iter::from_fn(move || {
        let width = 1usize << rest.len().checked_ilog2()?;
        let (now, later) = rest.split_at(width);
        rest = later;
        let mut layer = now.to_vec();
        while layer.len() > 1 {
            layer = layer
                .chunks_exact(2)
                .map(|pair| tree::node(&pair[0], &pair[1]))
                .collect();
        }
        layer.first().copied()
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::tree::Frontier;
    use std::collections::HashMap;
    use std::convert::Infallible;

    /// The other way to the same roots: the frontier over `tlog_tiles`.
    #[test]
    fn roots_and_tiles_are_those_of_the_tree() {
        let (mut edge, mut frontier) = (Edge::default(), Frontier::default());
        let mut full = HashMap::new();
        assert_eq!(edge.root(), EMPTY_ROOT);
        for n in 0..70_000u64 {
            let leaf = n.to_be_bytes();
            let done = edge.push(&leaf, |tile, bytes| {
                full.insert(tile, bytes.to_vec());
                Ok::<(), Infallible>(())
            });
            done.unwrap();
            frontier.push(leaf_hash(&leaf));
            if n % 997 == 0 || n < 600 {
                assert_eq!(edge.root(), frontier.root(), "{n}");
            }
        }
        assert_eq!(edge.root(), frontier.root());
        // As many as the specification says for 70,000 leaves.
        let count = |kind| full.keys().filter(|tile| tile.kind == kind).count();
        assert_eq!(count(TileKind::Hashes(0)), 273);
        assert_eq!(count(TileKind::Hashes(1)), 1);
        assert_eq!(count(TileKind::Entries), 273);
        let rest: Vec<Tile> = edge.unfinished().map(|(tile, _)| tile).collect();
        let widths: Vec<u16> = rest.iter().map(|tile| tile.width).collect();
        assert_eq!(widths, [112, 17, 1, 112]);
        assert_eq!(rest[0].index, 273);
        assert!(full.iter().all(|(tile, bytes)| match tile.kind {
            TileKind::Hashes(_) => bytes.len() == 8192,
            TileKind::Entries => super::super::bundle_leaves(bytes).unwrap().len() == 256,
        }));
    }

    #[test]
    fn an_edge_loads_only_whole() {
        let mut edge = Edge::default();
        for n in 0..300u64 {
            edge.push(&n.to_be_bytes(), |_, _| Ok::<(), Infallible>(()))
                .unwrap();
        }
        let (levels, bundle) = (edge.levels.clone(), edge.bundle.clone());
        let load = |size, levels, bundle| Edge::load(size, levels, bundle);
        assert_eq!(load(300, levels.clone(), bundle.clone()), Some(edge));
        assert_eq!(load(301, levels.clone(), bundle.clone()), None);
        assert_eq!(load(300, levels[..1].to_vec(), bundle.clone()), None);
        assert_eq!(
            load(300, levels.clone(), bundle[..bundle.len() - 1].to_vec()),
            None
        );
        let mut changed = bundle;
        changed[5] ^= 1;
        assert_eq!(load(300, levels, changed), None);
    }
}
