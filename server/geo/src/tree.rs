//! The quadtree of all territories together: a cell is all sea, all one set of
//! territories, or divided. The top levels are read at once, the branches below them
//! each on first use, so that opening the data takes milliseconds.

use std::borrow::Cow;
use std::sync::OnceLock;

use crate::cell::CellId;
use crate::packed::{self, Palette};
use crate::territory::TerritoryMask;

/// The level at which branches begin.
pub(crate) const BRANCH_LEVEL: u8 = 6;

/// What a cell is, within the trunk or one branch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Link {
    /// The whole cell belongs to this set of territories; 0 is none.
    Set(u16),
    /// Divided; an index of a node of the same part of the tree.
    Node(u32),
    /// Divided, in this branch. Only in the trunk, at [`BRANCH_LEVEL`].
    Branch(u32),
}

/// Nodes that are read together: the trunk or a branch. The first node of a branch is its
/// top.
#[derive(Debug, Default)]
pub(crate) struct Nodes {
    pub(crate) children: Vec<[Link; 4]>,
    /// The territories below each node.
    pub(crate) below: Vec<TerritoryMask>,
}

/// Where a branch lies in the file, and the branch once it has been read.
#[derive(Debug)]
pub(crate) struct Branch {
    pub(crate) start: usize,
    pub(crate) end: usize,
    pub(crate) palette: Palette,
    pub(crate) below: TerritoryMask,
    pub(crate) nodes: OnceLock<Nodes>,
}

/// The tree and the sets its cells name.
#[derive(Debug)]
pub(crate) struct Tree {
    pub(crate) bytes: Cow<'static, [u8]>,
    /// By id; 0 is the empty set.
    pub(crate) sets: Vec<TerritoryMask>,
    pub(crate) roots: [Link; 6],
    pub(crate) trunk: Nodes,
    pub(crate) branches: Vec<Branch>,
}

/// A cell's content, wherever it is in the tree.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place<'t> {
    nodes: &'t Nodes,
    link: Link,
}

impl Place<'_> {
    /// Whether the cell's parts differ.
    pub(crate) fn is_divided(&self) -> bool {
        !matches!(self.link, Link::Set(_))
    }
}

impl Tree {
    /// The six faces.
    pub(crate) fn roots(&self) -> impl Iterator<Item = (CellId, Place<'_>)> {
        let place = |link| Place {
            nodes: &self.trunk,
            link,
        };
        CellId::roots().zip(self.roots.map(place))
    }

    /// The territories that have a cell in or below this one.
    pub(crate) fn below<'t>(&'t self, place: &Place<'t>) -> &'t TerritoryMask {
        match place.link {
            Link::Set(set) => &self.sets[usize::from(set)],
            Link::Node(node) => &place.nodes.below[node as usize],
            Link::Branch(branch) => &self.branches[branch as usize].below,
        }
    }

    /// The four parts of a cell; a cell of one set has four parts of that set.
    pub(crate) fn parts<'t>(&'t self, place: &Place<'t>) -> [Place<'t>; 4] {
        match place.link {
            Link::Set(_) => [*place; 4],
            Link::Node(node) => {
                let nodes = place.nodes;
                nodes.children[node as usize].map(|link| Place { nodes, link })
            }
            Link::Branch(branch) => {
                let nodes = self.branch(branch);
                nodes.children[0].map(|link| Place { nodes, link })
            }
        }
    }

    fn branch(&self, branch: u32) -> &Nodes {
        let branch = &self.branches[branch as usize];
        branch.nodes.get_or_init(|| {
            packed::read_branch(
                &self.bytes[branch.start..branch.end],
                branch.palette,
                &self.sets,
            )
            .expect("`check` read every branch, or the bytes are those the tests check")
        })
    }

    /// Reads every branch, so that no later use can fail.
    pub(crate) fn check(&self) -> Result<(), (&'static str, usize)> {
        for branch in &self.branches {
            let bytes = &self.bytes[branch.start..branch.end];
            let nodes = packed::read_branch(bytes, branch.palette, &self.sets)
                .map_err(|what| (what, branch.start))?;
            if nodes.below.first() != Some(&branch.below) {
                return Err((
                    "a branch has other territories than announced",
                    branch.start,
                ));
            }
            // Already read only if `check` was called before: the same nodes either way.
            let _ = branch.nodes.set(nodes);
        }
        Ok(())
    }

    /// The territories that have land in a cell.
    pub(crate) fn at(&self, cell: CellId) -> &TerritoryMask {
        let mut place = Place {
            nodes: &self.trunk,
            link: self.roots[usize::from(cell.face())],
        };
        for level in 1..=cell.level() {
            if !place.is_divided() {
                break;
            }
            place = self.parts(&place)[cell.child_index(level)];
        }
        self.below(&place)
    }
}
