//! The territory data: which land belongs to which territories.
//!
//! Every point of the source's land is in its territory's cells; a cell reaches at most
//! 2 km beyond that land. Cells at a border belong to both sides, disputed land to every
//! claimant (table in `data/README.md`).

use std::borrow::Cow;
use std::fmt;
use std::sync::{Arc, OnceLock};

use crate::cell::{CellId, LEAF_LEVEL};
use crate::codec;
use crate::error::GeoError;
use crate::sphere::UnitVec;
use crate::territory::{TerritoryCode, TerritoryMask};
use crate::tree::{Place, Tree};

const BUILTIN_FILE: &[u8] = include_bytes!("../data/territories.bin");

/// Territory data, immutable; cloning shares them.
#[derive(Clone)]
pub struct Territories(Arc<Inner>);

/// The version alone: the cells would fill a book.
impl fmt::Debug for Territories {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.debug_tuple("Territories")
            .field(&self.0.version)
            .finish()
    }
}

struct Inner {
    version: String,
    hash: OnceLock<[u8; 32]>,
    codes: Vec<TerritoryCode>,
    names: Vec<String>,
    tree: Tree,
}

impl Territories {
    /// The data that come with this crate (`data/territories.bin`). Opening takes
    /// milliseconds; branches of the tree are decoded on first use.
    pub fn builtin() -> &'static Self {
        static BUILTIN: OnceLock<Territories> = OnceLock::new();
        BUILTIN.get_or_init(|| {
            let bytes = Cow::Borrowed(BUILTIN_FILE);
            let contents = codec::read(bytes).expect("the tests read the committed file whole");
            Self::new(contents)
        })
    }

    /// Decodes a file made by the `convert` example, whole.
    ///
    /// # Errors
    /// [`GeoError::Data`] or [`GeoError::Code`] for bytes that are not such a file.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, GeoError> {
        let contents = codec::read(Cow::Owned(bytes.to_vec()))?;
        contents
            .tree
            .check()
            .map_err(|(what, at)| GeoError::Data { what, at })?;
        Ok(Self::new(contents))
    }

    fn new(contents: codec::Contents) -> Self {
        let codec::Contents {
            version,
            codes,
            names,
            tree,
        } = contents;
        Self(Arc::new(Inner {
            version,
            hash: OnceLock::new(),
            codes,
            names,
            tree,
        }))
    }

    /// The data's own version, as text.
    pub fn version(&self) -> &str {
        &self.0.version
    }

    /// SHA-256 of the file.
    pub fn hash(&self) -> [u8; 32] {
        *self.0.hash.get_or_init(|| {
            let digest = ring::digest::digest(&ring::digest::SHA256, &self.0.tree.bytes);
            let mut hash = [0; 32];
            hash.copy_from_slice(digest.as_ref());
            hash
        })
    }

    /// The codes in alphabetical order; a territory's index is its place here.
    pub fn codes(&self) -> &[TerritoryCode] {
        &self.0.codes
    }

    /// The index of a territory.
    pub fn index_of(&self, code: TerritoryCode) -> Option<u8> {
        let place = self.0.codes.binary_search(&code).ok()?;
        u8::try_from(place).ok()
    }

    /// The code at an index.
    pub fn code(&self, index: u8) -> Option<TerritoryCode> {
        self.0.codes.get(usize::from(index)).copied()
    }

    /// The English short name at an index.
    pub fn name(&self, index: u8) -> Option<&str> {
        self.0.names.get(usize::from(index)).map(String::as_str)
    }

    /// The set of all territories.
    pub fn all(&self) -> TerritoryMask {
        let mut mask = TerritoryMask::EMPTY;
        (0u8..=u8::MAX)
            .zip(self.codes())
            .for_each(|(index, _)| mask.insert(index));
        mask
    }

    /// The territories whose cells hold the point: one on most land, several near a border
    /// or on disputed land, none at sea.
    pub fn contains(&self, point: &UnitVec) -> TerritoryMask {
        *self.0.tree.at(CellId::of_point(point, LEAF_LEVEL))
    }

    /// The territories with land in a cell, however little.
    pub fn within(&self, cell: CellId) -> TerritoryMask {
        *self.0.tree.at(cell)
    }

    /// The cells of `level` (0 to 14, larger is finer) with land in them, in a fixed order,
    /// each with its territories. For maps; cells inside one country are not merged.
    pub fn cells(&self, level: u8) -> impl Iterator<Item = (CellId, TerritoryMask)> + '_ {
        self.walk(move |cell, _| cell.level() < level.min(LEAF_LEVEL))
    }

    /// The largest cells that lie wholly in one set of territories, in a fixed order; they
    /// cover all land.
    pub fn undivided_cells(&self) -> impl Iterator<Item = (CellId, TerritoryMask)> + '_ {
        self.walk(|_, place| place.is_divided())
    }

    /// Cells with land, in order; those for which `descends` is true are replaced by their
    /// children.
    fn walk<'t>(
        &'t self,
        descends: impl Fn(CellId, &Place<'t>) -> bool + 't,
    ) -> impl Iterator<Item = (CellId, TerritoryMask)> + 't {
        let tree = &self.0.tree;
        let mut stack: Vec<(CellId, Place<'t>)> = tree.roots().collect();
        stack.reverse();
        std::iter::from_fn(move || {
            while let Some((cell, place)) = stack.pop() {
                let below = tree.below(&place);
                if below.is_empty() {
                    continue;
                }
                match cell.children().filter(|_| descends(cell, &place)) {
                    Some(children) => {
                        stack.extend(children.into_iter().zip(tree.parts(&place)).rev());
                    }
                    None => return Some((cell, *below)),
                }
            }
            None
        })
    }

    /// Opens the built-in data afresh, past the cache; for measuring what opening costs.
    #[doc(hidden)]
    pub fn open_builtin_again() -> Self {
        Self::new(codec::read(Cow::Borrowed(BUILTIN_FILE)).expect("as in `builtin`"))
    }

    pub(crate) fn tree(&self) -> &Tree {
        &self.0.tree
    }
}
