//! Draws the layers into cells: a leaf that a layer's land touches belongs to the layer.

use domicile_geo::build::Cover;
use domicile_geo::{CellId, LEAF_LEVEL, TerritoryMask};

use crate::layers::{Base, Claim};
use crate::outline::{Area, Edge, touches};

/// How near the land must come, in radians on the ground; what a margin reaches is up to
/// twice that, by direction and place on the cube.
///
/// Land counts in cells within 0.5 km, which covers the source's rounding to a grid of 400 m
/// by 190 m (with the 0.95 km of a leaf the tolerance stays under 2 km).
const LAND_MARGIN: f64 = 0.5 / 6371.0;

/// Sea within 3 km of a coast counts as that coast's, unless it is land: quays, reclaimed
/// land and atolls that the source's scale leaves out.
const SEA_MARGIN: f64 = 3.0 / 6371.0;

/// The smallest cells (under 4 km) drawn for that.
const SEA_LEVEL: u8 = 12;

/// Outlines of claims are simplified.
const CLAIM_MARGIN: f64 = 1.2 / 6371.0;

/// How a layer meets a cell.
enum Meets {
    /// The cell is wholly inside the layer's area.
    Inside,
    /// The boundary passes near enough; the layer's edges on this face that do.
    Boundary { edges: Vec<u32>, touches: bool },
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
                    meets: Meets::Boundary {
                        edges: every,
                        touches: true,
                    },
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
        let land = active.iter().any(|a| a.layer < self.bases.len());
        match cell.children() {
            Some(children) if land && self.divides(cell, &active) => {
                Cover::of_parts(children.map(|child| self.draw(child, &active)))
            }
            _ => Cover::Whole(self.set(cell, &active)),
        }
    }

    /// Whether the parts of a cell can differ. Where only the sea near a coast ends, cells
    /// of [`SEA_LEVEL`] are fine enough.
    fn divides(&self, cell: CellId, active: &[Active]) -> bool {
        active.iter().any(|a| match a.meets {
            Meets::Inside => false,
            Meets::Boundary { touches, .. } => touches || cell.level() < SEA_LEVEL,
        })
    }

    fn narrow(&self, cell: CellId, above: &Active) -> Option<Active> {
        let layer = above.layer;
        let Meets::Boundary {
            edges: candidates, ..
        } = &above.meets
        else {
            return Some(Active {
                layer,
                meets: Meets::Inside,
            });
        };
        let (edges, bounds) = (self.edges(layer, cell), cell.cube_bounds());
        let scale = 1.0
            + bounds[0].abs().max(bounds[1].abs()).powi(2)
            + bounds[2].abs().max(bounds[3].abs()).powi(2);
        let is_base = layer < self.bases.len();
        let reach = scale * if is_base { SEA_MARGIN } else { CLAIM_MARGIN };
        let near: Vec<u32> = candidates
            .iter()
            .copied()
            .filter(|&k| touches(&edges[k as usize], bounds, reach))
            .collect();
        if near.is_empty() {
            let inside = self.area(layer).holds_center(cell);
            return inside.then_some(Active {
                layer,
                meets: Meets::Inside,
            });
        }
        let land = scale * LAND_MARGIN;
        let touches = !is_base
            || near
                .iter()
                .any(|&k| touches(&edges[k as usize], bounds, land));
        Some(Active {
            layer,
            meets: Meets::Boundary {
                edges: near,
                touches,
            },
        })
    }

    /// The territories of a leaf, or of a larger cell that no boundary comes near.
    fn set(&self, cell: CellId, active: &[Active]) -> TerritoryMask {
        let (mut land, mut coast) = (TerritoryMask::EMPTY, TerritoryMask::EMPTY);
        for a in active {
            let Some(base) = self.bases.get(a.layer) else {
                continue;
            };
            let on_land = match a.meets {
                Meets::Inside => true,
                Meets::Boundary { touches, .. } => touches || base.area.holds_center(cell),
            };
            if on_land {
                land = land.union(&base.territories);
            } else {
                coast = coast.union(&base.territories);
            }
        }
        let set = if land.is_empty() { coast } else { land };
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
    LEAF_LEVEL == 14,
    "the margins above are for leaves under 0.95 km"
);
