//! The log as static files, in the layout of C2SP `tlog-tiles` (<https://c2sp.org/tlog-tiles>).
//!
//! ```text
//! DIR/tiles/checkpoint            the published checkpoint, with the cosignatures it has
//! DIR/tiles/tile/<L>/<N>          256 hashes of level L, 32 bytes each; level 0 are leaf hashes
//! DIR/tiles/tile/<L>/<N>.p/<W>    the first W of them, where the published tree ends
//! DIR/tiles/tile/entries/<N>      256 leaves, each behind its length (big-endian u16); also .p/<W>
//! ```
//!
//! All of it is made from the segments and can be deleted while nobody has it open. A tile that the
//! published checkpoint covers is durable before that checkpoint is, and never changes.
//!
//! | module | what |
//! |---|---|
//! | `path` | names of tiles, and back |
//! | `edge` | the right edge of the tree: what full tiles are cut from |
//! | `store` | the files |
//! | `set` | tiles that somebody fetched, and what follows from them |

mod edge;
mod path;
mod set;
mod store;

pub use path::{FULL, Tile, TileKind};
pub use set::{Question, TileSet, TileTree, tiles_for};
pub use store::{Published, Tiles, folder};

/// The leaves in a bundle, in order; `None` if it is not whole lengths and leaves.
pub fn bundle_leaves(bytes: &[u8]) -> Option<Vec<&[u8]>> {
    let (mut leaves, mut rest) = (Vec::new(), bytes);
    while !rest.is_empty() {
        let (length, after) = rest.split_first_chunk::<2>()?;
        let (leaf, after) = after.split_at_checked(usize::from(u16::from_be_bytes(*length)))?;
        leaves.push(leaf);
        rest = after;
    }
    Some(leaves)
}
