//! Draws the layers into cells: a leaf that a layer's land touches belongs to the layer.

use domicile_geo::build::Cover;
use domicile_geo::{CellId, LEAF_LEVEL, TerritoryMask};

use crate::layers::{Base, Claim};
use crate::outline::{Area, Edge, touches};

/// Land this far outside a cell in cube coordinates (30 to 100 m) still counts as touching
/// it, which covers rounding; claims get more, for their outlines are simplified.
const BASE_MARGIN: f64 = 1e-5;
const CLAIM_MARGIN: f64 = 2e-4;

/// How a layer meets a cell.
enum Meets {
    /// The cell is wholly inside the layer's area.
    Inside,
    /// The boundary passes; which of the layer's edges on this face come near.
    Boundary(Vec<u32>),
}

/// A layer that meets the cell; bases come first, then claims.
struct Active {
    layer: usize,
    meets: Meets,
}

struct Layers<'a> {
    bases: &'a [Base],
    claims: &'a [Claim],
}

pub(crate) fn faces(bases: &[Base], claims: &[Claim]) -> [Cover; 6] {
    let layers = Layers { bases, claims };
    let mut faces = CellId::roots().map(|root| {
        let all = (0..layers.len())
            .map(|layer| {
                let count = layers.edges(layer, root).len();
                let every = (0..u32::try_from(count).expect("under 2^32 edges")).collect();
                Active {
                    layer,
                    meets: Meets::Boundary(every),
                }
            })
            .collect::<Vec<_>>();
        layers.draw(root, &all)
    });
    std::array::from_fn(|_| faces.next().expect("six faces"))
}

impl Layers<'_> {
    fn len(&self) -> usize {
        self.bases.len() + self.claims.len()
    }

    fn area(&self, layer: usize) -> &Area {
        match layer.checked_sub(self.bases.len()) {
            None => &self.bases[layer].area,
            Some(claim) => &self.claims[claim].area,
        }
    }

    fn edges(&self, layer: usize, cell: CellId) -> &[Edge] {
        &self.area(layer).edges[usize::from(cell.face())]
    }

    /// The cover of a cell, from the layers that meet its parent.
    fn draw(&self, cell: CellId, parent: &[Active]) -> Cover {
        let active: Vec<Active> = parent
            .iter()
            .filter_map(|above| self.narrow(cell, above))
            .collect();
        let set = self.set(&active);
        let divided = active.iter().any(|a| matches!(a.meets, Meets::Boundary(_)));
        match cell.children() {
            Some(children) if divided && !set.is_empty() => {
                Cover::of_parts(children.map(|child| self.draw(child, &active)))
            }
            _ => Cover::Whole(set),
        }
    }

    fn narrow(&self, cell: CellId, above: &Active) -> Option<Active> {
        let layer = above.layer;
        let Meets::Boundary(candidates) = &above.meets else {
            return Some(Active {
                layer,
                meets: Meets::Inside,
            });
        };
        let margin = if layer < self.bases.len() {
            BASE_MARGIN
        } else {
            CLAIM_MARGIN
        };
        let (edges, bounds) = (self.edges(layer, cell), cell.cube_bounds());
        let near: Vec<u32> = candidates
            .iter()
            .copied()
            .filter(|&k| touches(&edges[k as usize], bounds, margin))
            .collect();
        if !near.is_empty() {
            return Some(Active {
                layer,
                meets: Meets::Boundary(near),
            });
        }
        let inside = self.area(layer).holds_center(cell);
        inside.then_some(Active {
            layer,
            meets: Meets::Inside,
        })
    }

    /// The territories of land in a leaf, or all that could have land in a larger cell.
    fn set(&self, active: &[Active]) -> TerritoryMask {
        let mut set = TerritoryMask::EMPTY;
        for base in active.iter().filter_map(|a| self.bases.get(a.layer)) {
            set = set.union(&base.territories);
        }
        let mut all = set;
        for a in active {
            let claim = a
                .layer
                .checked_sub(self.bases.len())
                .map(|k| &self.claims[k]);
            if let Some(claim) = claim.filter(|claim| !claim.held.is_disjoint(&set)) {
                all = all.union(&claim.add);
            }
        }
        all
    }
}

const _: () = assert!(
    LEAF_LEVEL == 13,
    "the margins above are for leaves of 0.6 to 1.9 km"
);
