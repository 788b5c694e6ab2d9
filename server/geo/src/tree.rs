//! The quadtree of all territories together: a cell is all sea, all one set of
//! territories, or divided.

use std::collections::HashMap;

use crate::cell::{CellId, LEAF_LEVEL};
use crate::territory::TerritoryMask;

/// What a cell is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Link {
    /// The whole cell belongs to this set of territories; 0 is none.
    Set(u16),
    /// Divided; an index of a node.
    Node(u32),
}

/// A packed [`Link`]: the high bit marks a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Packed(u32);

const NODE_BIT: u32 = 1 << 31;

impl Packed {
    fn new(link: Link) -> Self {
        match link {
            Link::Set(set) => Self(u32::from(set)),
            Link::Node(node) => Self(node | NODE_BIT),
        }
    }

    fn link(self) -> Link {
        if self.0 & NODE_BIT == 0 {
            Link::Set(u16::try_from(self.0).expect("packed from a u16"))
        } else {
            Link::Node(self.0 & !NODE_BIT)
        }
    }
}

/// The tree and the sets its cells name. Sets that only inner nodes need (everything
/// below them) follow the sets of the file.
#[derive(Debug)]
pub(crate) struct Tree {
    pub(crate) roots: [Link; 6],
    nodes: Vec<[Packed; 4]>,
    below: Vec<u16>,
    sets: Vec<TerritoryMask>,
    file_sets: usize,
    ids: HashMap<TerritoryMask, u16>,
}

impl Tree {
    /// A tree without nodes over these sets, which get ids from 1.
    pub(crate) fn with_sets(sets: &[TerritoryMask], nodes: usize) -> Self {
        let mut all = vec![TerritoryMask::EMPTY];
        all.extend(sets);
        let ids = (0u16..).zip(&all).map(|(id, set)| (*set, id)).collect();
        Self {
            roots: [Link::Set(0); 6],
            nodes: Vec::with_capacity(nodes),
            below: Vec::with_capacity(nodes),
            file_sets: all.len(),
            sets: all,
            ids,
        }
    }

    /// The sets that leaves may name, by rising id from 1.
    pub(crate) fn leaf_sets(&self) -> &[TerritoryMask] {
        &self.sets[1..self.file_sets]
    }

    pub(crate) fn node_count(&self) -> usize {
        self.nodes.len()
    }

    /// Adds a node whose children are set later; parents come before children.
    pub(crate) fn push_node(&mut self) -> u32 {
        let node = u32::try_from(self.nodes.len()).expect("the reader bounds the node count");
        self.nodes.push([Packed::default(); 4]);
        self.below.push(0);
        node
    }

    /// Sets a node's children, and from them what lies below it; `None` when the sets no
    /// longer fit 16 bits.
    pub(crate) fn set_children(&mut self, node: u32, children: [Link; 4]) -> Option<()> {
        let mut below = 0u16;
        for id in children.map(|child| self.id_below(child)) {
            if id != 0 && id != below {
                below = if below == 0 {
                    id
                } else {
                    let union = self.set(below).union(self.set(id));
                    self.intern(union)?
                };
            }
        }
        self.nodes[node as usize] = children.map(Packed::new);
        self.below[node as usize] = below;
        Some(())
    }

    fn intern(&mut self, set: TerritoryMask) -> Option<u16> {
        if let Some(id) = self.ids.get(&set) {
            return Some(*id);
        }
        let id = u16::try_from(self.sets.len()).ok()?;
        self.sets.push(set);
        self.ids.insert(set, id);
        Some(id)
    }

    pub(crate) fn children(&self, node: u32) -> [Link; 4] {
        self.nodes[node as usize].map(Packed::link)
    }

    fn set(&self, id: u16) -> &TerritoryMask {
        &self.sets[usize::from(id)]
    }

    fn id_below(&self, link: Link) -> u16 {
        match link {
            Link::Set(set) => set,
            Link::Node(node) => self.below[node as usize],
        }
    }

    /// The territories that have a cell in or below this one.
    pub(crate) fn below(&self, link: Link) -> &TerritoryMask {
        self.set(self.id_below(link))
    }

    /// The four parts of a cell; a cell of one set has four parts of that set.
    pub(crate) fn parts(&self, link: Link) -> [Link; 4] {
        match link {
            Link::Set(_) => [link; 4],
            Link::Node(node) => self.children(node),
        }
    }

    /// The territories of a leaf cell.
    pub(crate) fn at(&self, leaf: CellId) -> &TerritoryMask {
        let mut link = self.roots[usize::from(leaf.face())];
        for level in 1..=LEAF_LEVEL {
            match link {
                Link::Set(_) => break,
                Link::Node(node) => link = self.children(node)[leaf.child_index(level)],
            }
        }
        self.below(link)
    }
}
