//! Making a territory file. **Tools only**: the `convert` example and tests use it.

use std::collections::BTreeSet;

use crate::codec;
use crate::error::GeoError;
use crate::territory::{MAX_TERRITORIES, TerritoryCode, TerritoryMask};

/// A cell as the builder is told of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cover {
    /// The whole cell belongs to these territories (indices by code order); none is sea.
    Whole(TerritoryMask),
    /// The four children, in the order of [`crate::CellId::children`].
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

    /// All territories of the cell.
    pub fn below(&self) -> TerritoryMask {
        match self {
            Self::Whole(set) => *set,
            Self::Divided(parts) => parts
                .iter()
                .fold(TerritoryMask::EMPTY, |all, part| all.union(&part.below())),
        }
    }

    /// Collects the sets of undivided cells; returns how many levels lie below.
    fn survey(&self, sets: &mut BTreeSet<TerritoryMask>) -> u8 {
        match self {
            Self::Whole(set) => {
                sets.insert(*set);
                0
            }
            Self::Divided(parts) => {
                let depths = parts.iter().map(|part| part.survey(sets));
                depths.max().unwrap_or(0).saturating_add(1)
            }
        }
    }
}

/// The file of six covers (one per face, in the order of [`crate::CellId::roots`]).
///
/// # Errors
/// [`GeoError::Data`] when codes are not in rising order, texts are too long, a cover is
/// deeper than the leaf level, or there are more territories or sets than the form holds.
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
    if faces
        .iter()
        .any(|face| face.survey(&mut sets) > crate::cell::LEAF_LEVEL)
    {
        return Err(fault("a cover deeper than the leaf level"));
    }
    sets.extend(faces.iter().map(Cover::below));
    codec::write(version, names, sets, faces)
}
