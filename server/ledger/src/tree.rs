//! Merkle tree of RFC 6962 over the leaves: the one place that uses `tlog_tiles`.
//!
//! Hashes are kept in the dense order of Crosby and Wallach that `tlog_tiles` defines: the hash of
//! each complete subtree is written once, right after its last leaf. C2SP tiles are cut from the same
//! hashes.

use crate::checkpoint::Head;
use thiserror::Error;
use tlog_tiles::tlog::{self, Hash, HashReader};

/// Root of the tree without leaves: SHA-256 of nothing (RFC 6962).
pub const EMPTY_ROOT: [u8; 32] = tlog::EMPTY_HASH.0;

/// A proof has at most one hash per level of a tree with up to 2^64 leaves.
const MAX_PROOF: usize = 64;

/// Why a proof does not hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum ProofError {
    /// The proof does not lead from the given hashes to the root.
    #[error("the proof does not lead to the root")]
    Mismatch,
    /// The numbers contradict each other.
    #[error("no such proof: {low} and {high} do not fit together")]
    Range {
        /// Index, or size of the older tree.
        low: u64,
        /// Size of the (newer) tree.
        high: u64,
    },
    /// More hashes than any proof has.
    #[error("a proof of {0} hashes is too long")]
    Length(usize),
}

/// That a leaf is in the tree of a given size (RFC 6962 audit path, leaf side first).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InclusionProof {
    /// Index of the leaf.
    pub index: u64,
    /// Size of the tree.
    pub size: u64,
    /// Sibling hashes from the leaf up.
    pub hashes: Vec<[u8; 32]>,
}

impl InclusionProof {
    /// Checks the proof against a head, whose signature is the caller's to check.
    ///
    /// # Errors
    /// [`ProofError`] if the proof is for another size or does not lead to the head's root.
    pub fn verify(&self, leaf_hash: &[u8; 32], head: &Head) -> Result<(), ProofError> {
        if self.size != head.size {
            return Err(ProofError::Range {
                low: self.size,
                high: head.size,
            });
        }
        verify_inclusion(leaf_hash, self.index, &self.hashes, self.size, &head.root)
    }
}

/// That the newer tree begins with all leaves of the older one (RFC 6962 consistency proof).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConsistencyProof {
    /// Size of the older tree.
    pub old: u64,
    /// Size of the newer tree.
    pub new: u64,
    /// Hashes in the order of RFC 6962.
    pub hashes: Vec<[u8; 32]>,
}

impl ConsistencyProof {
    /// Checks the proof between two heads, whose signatures are the caller's to check.
    ///
    /// # Errors
    /// [`ProofError`] if the sizes differ from the heads' or the proof does not hold.
    pub fn verify(&self, old: &Head, new: &Head) -> Result<(), ProofError> {
        if self.old != old.size || self.new != new.size || old.origin != new.origin {
            return Err(ProofError::Range {
                low: old.size,
                high: new.size,
            });
        }
        verify_consistency(self.old, &old.root, self.new, &new.root, &self.hashes)
    }
}

/// Checks that the leaf with this hash is number `index` in the tree of `size` leaves and this root.
///
/// # Errors
/// [`ProofError`] if it is not, or the proof is not the one for these numbers.
pub fn verify_inclusion(
    leaf_hash: &[u8; 32],
    index: u64,
    proof: &[[u8; 32]],
    size: u64,
    root: &[u8; 32],
) -> Result<(), ProofError> {
    if index >= size {
        return Err(ProofError::Range {
            low: index,
            high: size,
        });
    }
    tlog::check_record(&bounded(proof)?, size, Hash(*root), index, Hash(*leaf_hash))
        .map_err(|_| ProofError::Mismatch)
}

/// Checks that the tree of size `new` begins with the tree of size `old`. Every tree begins with the
/// empty one, by an empty proof.
///
/// # Errors
/// [`ProofError`] if it does not, or the proof is not the one for these numbers.
pub fn verify_consistency(
    old: u64,
    old_root: &[u8; 32],
    new: u64,
    new_root: &[u8; 32],
    proof: &[[u8; 32]],
) -> Result<(), ProofError> {
    if old > new {
        return Err(ProofError::Range {
            low: old,
            high: new,
        });
    }
    if old == 0 {
        let holds =
            proof.is_empty() && *old_root == EMPTY_ROOT && (new > 0 || *new_root == EMPTY_ROOT);
        return if holds {
            Ok(())
        } else {
            Err(ProofError::Mismatch)
        };
    }
    tlog::check_tree(&bounded(proof)?, new, Hash(*new_root), old, Hash(*old_root))
        .map_err(|_| ProofError::Mismatch)
}

fn bounded(proof: &[[u8; 32]]) -> Result<Vec<Hash>, ProofError> {
    // A consistency proof may carry one hash more than the tree has levels.
    if proof.len() > MAX_PROOF + 1 {
        return Err(ProofError::Length(proof.len()));
    }
    Ok(proof.iter().copied().map(Hash).collect())
}

/// Where stored hashes are read from: storage index in, hash out; `None` if it is not there.
pub(crate) trait StoredHashes {
    fn stored(&self, index: u64) -> Option<[u8; 32]>;
}

struct Adapter<'a, T>(&'a T);

impl<T: StoredHashes> HashReader for Adapter<'_, T> {
    fn read_hashes(&self, indexes: &[u64]) -> Result<Vec<Hash>, tlog_tiles::Error> {
        indexes
            .iter()
            .map(|&i| {
                self.0
                    .stored(i)
                    .map(Hash)
                    .ok_or(tlog_tiles::Error::IndexesNotInTree)
            })
            .collect()
    }
}

/// Number of stored hashes of a tree.
pub(crate) fn stored_count(size: u64) -> u64 {
    tlog::stored_hash_count(size)
}

/// Storage index of a leaf's hash.
pub(crate) fn leaf_at(index: u64) -> u64 {
    tlog::stored_hash_index(0, index)
}

/// Hash of a node over its two children.
pub(crate) fn node(left: &[u8; 32], right: &[u8; 32]) -> [u8; 32] {
    tlog::node_hash(Hash(*left), Hash(*right)).0
}

/// Where a stored hash stands in the tiles of height 8: level and number of the tile, and the bytes in
/// it whose [`subtree`] the hash is.
pub(crate) fn place_in_tile(index: u64) -> (u8, u64, usize, usize) {
    let (level, number) = tlog::split_stored_hash_index(index);
    let (tile_level, within) = (level / 8, u32::from(level % 8));
    let (tile, first) = (
        number >> (8 - within),
        (number % (1 << (8 - within))) << within,
    );
    let start = usize::try_from(first).expect("below 256") * 32;
    (tile_level, tile, start, start + (32 << within))
}

/// Root of a complete subtree over the hashes in `bytes`: a power of two of them, 32 bytes each.
pub(crate) fn subtree(bytes: &[u8]) -> [u8; 32] {
    tlog_tiles::Tile::subtree_hash(bytes).0
}

/// Root of the tree over the first `size` leaves; `None` if a hash is not there.
pub(crate) fn root<T: StoredHashes>(hashes: &T, size: u64) -> Option<[u8; 32]> {
    tlog::tree_hash(size, &Adapter(hashes)).ok().map(|h| h.0)
}

/// Audit path of leaf `index` in the tree of `size`; `None` if out of range or a hash is not there.
pub(crate) fn prove_inclusion<T: StoredHashes>(
    hashes: &T,
    index: u64,
    size: u64,
) -> Option<Vec<[u8; 32]>> {
    let proof = tlog::prove_record(size, index, &Adapter(hashes)).ok()?;
    Some(proof.into_iter().map(|h| h.0).collect())
}

/// Consistency proof; `None` if out of range or a hash is not there.
pub(crate) fn prove_consistency<T: StoredHashes>(
    hashes: &T,
    old: u64,
    new: u64,
) -> Option<Vec<[u8; 32]>> {
    if old == 0 {
        return Some(Vec::new());
    }
    let proof = tlog::prove_tree(new, old, &Adapter(hashes)).ok()?;
    Some(proof.into_iter().map(|h| h.0).collect())
}

/// The complete subtrees at the right edge: all that is needed to add leaves and to know the root.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Frontier {
    size: u64,
    /// Storage index and hash, largest subtree first.
    edge: Vec<(u64, [u8; 32])>,
}

impl StoredHashes for Frontier {
    fn stored(&self, index: u64) -> Option<[u8; 32]> {
        self.edge
            .iter()
            .find(|(i, _)| *i == index)
            .map(|(_, hash)| *hash)
    }
}

impl Frontier {
    /// Reads the edge of a tree of `size` leaves from its stored hashes.
    pub(crate) fn load<T: StoredHashes>(hashes: &T, size: u64) -> Option<Frontier> {
        let edge = tlog::sub_tree_index(0, size, Vec::new())
            .into_iter()
            .map(|index| Some((index, hashes.stored(index)?)))
            .collect::<Option<Vec<_>>>()?;
        Some(Frontier { size, edge })
    }

    pub(crate) fn size(&self) -> u64 {
        self.size
    }

    pub(crate) fn root(&self) -> [u8; 32] {
        root(self, self.size).expect("the edge holds what the root is made of")
    }

    /// Adds a leaf and gives the hashes to store after those already stored.
    pub(crate) fn push(&mut self, leaf_hash: [u8; 32]) -> Vec<[u8; 32]> {
        let new = tlog::stored_hashes_for_record_hash(self.size, Hash(leaf_hash), &Adapter(self))
            .expect("the edge holds the left neighbours of every subtree that a leaf completes");
        let merged = new.len() - 1;
        self.edge.truncate(self.edge.len() - merged);
        let top = stored_count(self.size) + merged as u64;
        self.edge.push((top, new[merged].0));
        self.size += 1;
        new.into_iter().map(|h| h.0).collect()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::cast_possible_truncation)]
    use super::*;
    use crate::entry::{leaf_hash, sha256};
    use proptest::prelude::*;

    struct Stored(Vec<[u8; 32]>);

    impl StoredHashes for Stored {
        fn stored(&self, index: u64) -> Option<[u8; 32]> {
            self.0.get(usize::try_from(index).ok()?).copied()
        }
    }

    /// RFC 6962 section 2.1, word by word.
    fn mth(leaves: &[[u8; 32]]) -> [u8; 32] {
        match leaves {
            [] => sha256(&[]),
            [leaf] => *leaf,
            _ => {
                let k = leaves.len().next_power_of_two() / 2;
                sha256(&[&[1], &mth(&leaves[..k]), &mth(&leaves[k..])])
            }
        }
    }

    fn tree(size: u64) -> (Stored, Vec<[u8; 32]>, Vec<[u8; 32]>) {
        let (mut frontier, mut stored) = (Frontier::default(), Stored(Vec::new()));
        let (mut leaves, mut roots) = (Vec::new(), vec![frontier.root()]);
        for i in 0..size {
            leaves.push(leaf_hash(&i.to_be_bytes()));
            stored.0.extend(frontier.push(leaves[i as usize]));
            assert_eq!(stored.0.len() as u64, stored_count(i + 1));
            roots.push(frontier.root());
        }
        (stored, leaves, roots)
    }

    /// The eight leaves and their root that implementations of RFC 6962 share as a test vector.
    #[test]
    fn published_root_of_eight_leaves() {
        let leaves: [&[u8]; 8] = [
            b"",
            b"\x00",
            b"\x10",
            b"\x20\x21",
            b"\x30\x31",
            b"\x40\x41\x42\x43",
            b"\x50\x51\x52\x53\x54\x55\x56\x57",
            b"\x60\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b\x6c\x6d\x6e\x6f",
        ];
        let mut frontier = Frontier::default();
        for leaf in leaves {
            frontier.push(leaf_hash(leaf));
        }
        let hex: String = frontier.root().iter().map(|b| format!("{b:02x}")).collect();
        assert_eq!(
            hex,
            "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"
        );
    }

    #[test]
    fn roots_are_those_of_the_definition_and_the_edge_reloads() {
        let (stored, leaves, roots) = tree(300);
        for size in 0..=300u64 {
            let wanted = mth(&leaves[..size as usize]);
            assert_eq!(roots[size as usize], wanted);
            assert_eq!(root(&stored, size), Some(wanted));
            assert_eq!(Frontier::load(&stored, size).unwrap().root(), wanted);
        }
        assert_eq!(roots[0], EMPTY_ROOT);
    }

    #[test]
    fn inclusion_holds_for_all_and_only_for_the_right_leaf() {
        let (stored, leaves, roots) = tree(300);
        for size in 1..=300u64 {
            let root = roots[size as usize];
            for index in 0..size {
                let proof = prove_inclusion(&stored, index, size).unwrap();
                let leaf = &leaves[index as usize];
                verify_inclusion(leaf, index, &proof, size, &root).unwrap();
                let other = &leaves[(index as usize + 1) % 300];
                assert!(verify_inclusion(other, index, &proof, size, &root).is_err());
                assert!(verify_inclusion(leaf, index + 1, &proof, size, &root).is_err());
            }
        }
    }

    #[test]
    fn consistency_holds_for_all_pairs_and_not_for_a_changed_past() {
        let (stored, _, roots) = tree(70);
        for new in 0..=70u64 {
            for old in 0..=new {
                let proof = prove_consistency(&stored, old, new).unwrap();
                let (a, b) = (&roots[old as usize], &roots[new as usize]);
                verify_consistency(old, a, new, b, &proof).unwrap();
                assert!(verify_consistency(old, &[1; 32], new, b, &proof).is_err());
                if new > 0 && old > 0 {
                    assert!(verify_consistency(old, a, new, &[1; 32], &proof).is_err());
                }
            }
        }
        assert!(verify_consistency(5, &roots[5], 4, &roots[4], &[]).is_err());
    }

    #[test]
    fn overlong_proofs_are_refused_unread() {
        let long = vec![[0; 32]; 66];
        assert_eq!(
            verify_inclusion(&[0; 32], 0, &long, 9, &[0; 32]),
            Err(ProofError::Length(66))
        );
        let checked = verify_consistency(1, &[0; 32], 9, &[0; 32], &long);
        assert_eq!(checked, Err(ProofError::Length(66)));
    }

    proptest! {
        #[test]
        fn hostile_proofs_are_refused_without_panic(index: u64, size: u64, hashes in proptest::collection::vec(any::<[u8; 32]>(), 0..66)) {
            prop_assert!(verify_inclusion(&[0; 32], index, &hashes, size, &[1; 32]).is_err());
            prop_assert!(verify_consistency(index, &[0; 32], size, &[1; 32], &hashes).is_err());
        }
    }
}
