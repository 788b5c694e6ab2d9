//! Making a territory file. **Tools only**: the `convert` example and tests use it.

use std::collections::BTreeSet;

use crate::cell::CellId;
use crate::codec;
use crate::error::GeoError;
use crate::territory::{MAX_TERRITORIES, TerritoryCode, TerritoryMask};
use crate::tree::{Link, Tree};

/// A cell as the builder is told of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cover {
    /// The whole cell belongs to these territories (indices by code order); none is sea.
    Whole(TerritoryMask),
    /// The four children, in the order of [`CellId::children`].
    Divided(Box<[Cover; 4]>),
}

impl Cover {
    /// Four covers as one, merged when they are the same whole.
    pub fn of_parts(parts: [Self; 4]) -> Self {
        match &parts {
            [
                Self::Whole(a),
                Self::Whole(b),
                Self::Whole(c),
                Self::Whole(d),
            ] if a == b && b == c && c == d => Self::Whole(*a),
            _ => Self::Divided(Box::new(parts)),
        }
    }

    fn sets(&self, into: &mut BTreeSet<TerritoryMask>) {
        match self {
            Self::Whole(set) if set.is_empty() => {}
            Self::Whole(set) => {
                into.insert(*set);
            }
            Self::Divided(parts) => parts.iter().for_each(|part| part.sets(into)),
        }
    }
}

/// The file of six covers (one per face, in the order of [`CellId::roots`]).
///
/// # Errors
/// [`GeoError::Data`] when codes are not in rising order, texts are too long, or there are
/// more territories or sets than the form holds.
pub fn file(
    version: &str,
    names: &[(TerritoryCode, String)],
    faces: &[Cover; 6],
) -> Result<Vec<u8>, GeoError> {
    let fault = |what| GeoError::Data { what, at: 0 };
    if names.len() > MAX_TERRITORIES || !names.is_sorted_by(|a, b| a.0 < b.0) {
        return Err(fault("codes not in rising order, or more than 256"));
    }
    if version.len() > 255 || names.iter().any(|(_, name)| name.len() > 255) {
        return Err(fault("a text of more than 255 bytes"));
    }
    let mut sets = BTreeSet::new();
    faces.iter().for_each(|face| face.sets(&mut sets));
    let sets: Vec<TerritoryMask> = sets.into_iter().collect();
    if sets.len() > 30_000 {
        return Err(fault("too many sets"));
    }
    let mut tree = Tree::with_sets(&sets, 0);
    for (place, (cell, face)) in CellId::roots().zip(faces).enumerate() {
        tree.roots[place] = add(&mut tree, &sets, cell, face).ok_or(fault("too many sets"))?;
    }
    Ok(codec::write(version, names, &tree))
}

fn add(tree: &mut Tree, sets: &[TerritoryMask], cell: CellId, cover: &Cover) -> Option<Link> {
    match cover {
        Cover::Whole(set) if set.is_empty() => Some(Link::Set(0)),
        Cover::Whole(set) => {
            let place = sets.binary_search(set).ok()?;
            Some(Link::Set(u16::try_from(place + 1).ok()?))
        }
        Cover::Divided(parts) => {
            let children = cell.children()?;
            let node = tree.push_node();
            let mut links = [Link::Set(0); 4];
            for (k, part) in parts.iter().enumerate() {
                links[k] = add(tree, sets, children[k], part)?;
            }
            tree.set_children(node, links)?;
            Some(Link::Node(node))
        }
    }
}
