//! The files of the layout: written when the log has grown, made anew when they do not fit it.

use super::edge::Edge;
use super::path::{FULL, Tile, TileKind};
use crate::checkpoint::Head;
use crate::entry::Leaf;
use crate::error::{At, Error, Result};
use crate::files::{create_private_dir, read_small, replace, sync_file_system};
use crate::note::MAX_NOTE;
use crate::view::View;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// Leaves between two calls of a progress callback.
const PROGRESS_STEP: u64 = 16 * 1024;

/// What is published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Published {
    /// Records that the checkpoint covers.
    pub size: u64,
    /// The checkpoint, a signed note with every signature it has.
    pub note: String,
}

/// The tiles of one log, open for writing. One per directory: whoever has it also has the
/// [`crate::Log`].
#[derive(Debug)]
pub struct Tiles {
    dir: PathBuf,
    edge: Edge,
    published: Option<Published>,
    /// Unfinished tiles that a full one has replaced; they go once the next checkpoint stands.
    replaced: Vec<PathBuf>,
}

impl Tiles {
    /// Opens the tiles of a log in its directory. If there are none, or they are not this log's as it
    /// is now, nothing is published yet and [`Tiles::extend`] writes them from the first.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn open(view: &View) -> Result<Tiles> {
        let dir = folder(view.dir());
        create_private_dir(&dir)?;
        let mut tiles = Tiles {
            dir,
            edge: Edge::default(),
            published: None,
            replaced: Vec::new(),
        };
        if let Some((edge, published)) = tiles.load(view)? {
            tiles.edge = edge;
            tiles.published = Some(published);
        }
        Ok(tiles)
    }

    /// The published checkpoint.
    pub fn published(&self) -> Option<&Published> {
        self.published.as_ref()
    }

    /// Records that the tiles on disk cover: at least what is published.
    pub fn size(&self) -> u64 {
        self.edge.size()
    }

    /// Writes the tiles of the tree under `head`. `leaves` are the records from [`Tiles::size`] on;
    /// `progress` gets leaves done and to do. When this returns, the tiles are durable.
    ///
    /// # Errors
    /// [`Error::Io`]; [`Error::HeadMismatch`] if the leaves do not give the head's root. The tiles stay
    /// as they were then.
    pub fn extend(
        &mut self,
        leaves: impl IntoIterator<Item = Result<Leaf>>,
        head: &Head,
        progress: &mut dyn FnMut(u64, u64),
    ) -> Result<()> {
        let mut edge = self.edge.clone();
        let (from, mut leaves) = (edge.size(), leaves.into_iter());
        let mut replaced = Vec::new();
        while edge.size() < head.size {
            let index = edge.size();
            let leaf = leaves.next().unwrap_or(Err(Error::OutOfRange {
                index,
                size: head.size,
            }))?;
            edge.push(&leaf.encode(), |tile, bytes| {
                replaced.push(self.dir.join(format!("{tile}.p")));
                self.write(tile, bytes)
            })?;
            if (edge.size() - from).is_multiple_of(PROGRESS_STEP) {
                progress(edge.size() - from, head.size.saturating_sub(from));
            }
        }
        if edge.size() != head.size || edge.root() != head.root {
            return Err(Error::HeadMismatch { size: head.size });
        }
        for (tile, bytes) in edge.unfinished() {
            // A tile that ends where it did is there already.
            if Tile::in_tree(tile.kind, tile.index, from) != Some(tile) {
                self.write(tile, bytes)?;
            }
        }
        sync_file_system(&self.dir)?;
        self.edge = edge;
        self.replaced.extend(replaced);
        Ok(())
    }

    /// Publishes a checkpoint of the tree that the tiles cover: `note` is the signed note of `head`,
    /// with whatever cosignatures it has. Unfinished tiles that no longer matter are removed.
    ///
    /// # Errors
    /// [`Error::HeadMismatch`] unless the tiles cover exactly this head, [`Error::Io`].
    pub fn publish(&mut self, head: &Head, note: String) -> Result<()> {
        if head.size != self.edge.size() || head.root != self.edge.root() {
            return Err(Error::HeadMismatch { size: head.size });
        }
        replace(&self.dir, "checkpoint", note.as_bytes())?;
        let size = head.size;
        self.published = Some(Published { size, note });
        for folder in self.replaced.drain(..) {
            // Nobody needs them and nobody misses them; what stays is removed by a rebuild.
            let _left = fs::remove_dir_all(folder);
        }
        Ok(())
    }

    /// Compares every published tile with the log. Gives the number of tiles compared.
    ///
    /// # Errors
    /// [`Error::Tile`] names the first that is missing or differs, [`Error::Io`].
    pub fn verify(&self, view: &View) -> Result<u64> {
        self.verify_to(view, self.published.as_ref().map_or(0, |p| p.size))
    }

    /// As [`Tiles::verify`], for the first `size` records: also where no checkpoint could be taken up
    /// because a tile at the end is not what it was.
    ///
    /// # Errors
    /// As there.
    pub fn verify_to(&self, view: &View, size: u64) -> Result<u64> {
        let mut edge = Edge::default();
        let mut count = 0;
        let mut check = |tile: Tile, bytes: &[u8]| {
            count += 1;
            let path = self.dir.join(tile.to_string());
            match read_small(&path, MAX_TILE)? {
                Some(found) if found == bytes => Ok(()),
                found => Err(differs(tile, path, &found.unwrap_or_default(), bytes)),
            }
        };
        for leaf in view.leaves(0, size)? {
            edge.push(&leaf?.encode(), &mut check)?;
        }
        for (tile, bytes) in edge.unfinished() {
            check(tile, bytes)?;
        }
        Ok(count)
    }

    fn write(&self, tile: Tile, bytes: &[u8]) -> Result<()> {
        let path = self.dir.join(tile.to_string());
        let folder = path.parent().unwrap_or(&self.dir);
        let temporary = path.with_extension("new");
        let written = fs::write(&temporary, bytes);
        match written {
            Err(e) if e.kind() == io::ErrorKind::NotFound => {
                fs::create_dir_all(folder).at("create", folder)?;
                fs::write(&temporary, bytes).at("write", &temporary)?;
            }
            other => other.at("write", &temporary)?,
        }
        fs::rename(&temporary, &path).at("replace", &path)
    }

    /// What is there, if it is the beginning of this log.
    fn load(&self, view: &View) -> Result<Option<(Edge, Published)>> {
        let Some(bytes) = read_small(&self.dir.join("checkpoint"), MAX_NOTE as u64)? else {
            return Ok(None);
        };
        let Ok(head) = Head::parse(&bytes, view.origin(), None) else {
            return Ok(None);
        };
        let Ok(note) = String::from_utf8(bytes) else {
            return Ok(None);
        };
        let (mut levels, mut rest) = (Vec::new(), head.size);
        while rest > 0 {
            let level = u8::try_from(levels.len()).unwrap_or(u8::MAX);
            let bytes = self.unfinished(TileKind::Hashes(level), rest)?;
            levels.push(bytes.as_chunks::<32>().0.to_vec());
            rest /= u64::from(FULL);
        }
        let bundle = self.unfinished(TileKind::Entries, head.size)?;
        let edge = Edge::load(head.size, levels, bundle)
            .filter(|edge| edge.root() == head.root)
            .filter(|_| view.root_at(head.size).is_ok_and(|root| root == head.root));
        let size = head.size;
        Ok(edge.map(|edge| (edge, Published { size, note })))
    }

    /// The unfinished tile at the end of a row of `count`; no bytes if there is none.
    fn unfinished(&self, kind: TileKind, count: u64) -> Result<Vec<u8>> {
        let width = u16::try_from(count % u64::from(FULL)).unwrap_or(0);
        if width == 0 {
            return Ok(Vec::new());
        }
        let index = count / u64::from(FULL);
        let name = Tile { kind, index, width }.to_string();
        Ok(read_small(&self.dir.join(name), MAX_TILE)?.unwrap_or_default())
    }
}

/// Names the records for which a tile is not what it must be: those of its first hash or leaf that is
/// missing or differs, or the last if there is more behind it.
fn differs(tile: Tile, path: PathBuf, found: &[u8], wanted: &[u8]) -> Error {
    let each = wanted.len() / usize::from(tile.width.max(1));
    let same = found.iter().zip(wanted).take_while(|(a, b)| a == b).count();
    let place = (same / each.max(1)).min(usize::from(tile.width) - 1);
    let (first, last) = tile.records(place as u64);
    Error::Tile { path, first, last }
}

/// A bundle of 256 of the longest leaves, bytes.
const MAX_TILE: u64 = 256 * (2 + 256);

/// Where the tiles of the log in this directory lie.
pub fn folder(log: &Path) -> PathBuf {
    log.join("tiles")
}
