//! The tree as packed bits, in preorder.
//!
//! Most subtrees know few sets of territories: along a coast one and the sea, along a
//! border two, their overlap and the sea. A node is therefore written under a *palette*,
//! and its children as codes in it (leaf: the child is undivided, all of one set):
//!
//! | palette | child above the last level | child at the last level |
//! |---|---|---|
//! | one(a) | 2 bits: sea, leaf a, node one(a) | 1 bit: sea, a |
//! | few(a, b, c, d) | 3 bits: leaf a…d, node of the same palette, node one(x) + 2 bits for x | 2 bits: a…d |
//! | many | 2 bits: leaf + set, node one + set, node few + 4 sets, node many | (never) |
//!
//! Sets are 16 bits. The trunk is the six faces as children under `many`, down to the
//! branch level, where a node is only 2 bits (palette: one, few, many); each branch is the
//! four children of such a node under its palette.

use crate::bits::BitReader;
use crate::cell::LEAF_LEVEL;
use crate::territory::TerritoryMask;
use crate::tree::{BRANCH_LEVEL, Link, Nodes};

/// The sets that may occur below a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Palette {
    One(u16),
    Few([u16; 4]),
    Many,
}

/// Reads the six faces; a node at the branch level becomes `Link::Branch`, and the
/// palettes of these come third, in order.
pub(crate) fn read_trunk(
    bytes: &[u8],
    sets: &[TerritoryMask],
    branches: &[TerritoryMask],
) -> Result<([Link; 6], Nodes, Vec<Palette>), &'static str> {
    let mut source = Source::new(bytes, sets, Some(branches));
    let mut roots = [Link::Set(0); 6];
    for root in &mut roots {
        *root = source.child(Palette::Many, 0)?;
    }
    let (nodes, palettes) = source.finish()?;
    Ok((roots, nodes, palettes))
}

/// Reads one branch.
pub(crate) fn read_branch(
    bytes: &[u8],
    palette: Palette,
    sets: &[TerritoryMask],
) -> Result<Nodes, &'static str> {
    let mut source = Source::new(bytes, sets, None);
    source.node(palette, BRANCH_LEVEL)?;
    Ok(source.finish()?.0)
}

struct Source<'a> {
    reader: BitReader<'a>,
    sets: &'a [TerritoryMask],
    /// What lies below each branch, when this is the trunk.
    branches: Option<&'a [TerritoryMask]>,
    palettes: Vec<Palette>,
    nodes: Nodes,
}

impl<'a> Source<'a> {
    fn new(
        bytes: &'a [u8],
        sets: &'a [TerritoryMask],
        branches: Option<&'a [TerritoryMask]>,
    ) -> Self {
        let (palettes, nodes) = (Vec::new(), Nodes::default());
        Self {
            reader: BitReader::new(bytes),
            sets,
            branches,
            palettes,
            nodes,
        }
    }

    fn finish(self) -> Result<(Nodes, Vec<Palette>), &'static str> {
        if self.reader.ended_well() {
            Ok((self.nodes, self.palettes))
        } else {
            Err("cut short or trailing bits")
        }
    }

    fn set(&mut self) -> Result<u16, &'static str> {
        let set = self.reader.read(16);
        if usize::from(set) < self.sets.len() {
            Ok(set)
        } else {
            Err("unknown set")
        }
    }

    fn child(&mut self, palette: Palette, level: u8) -> Result<Link, &'static str> {
        let last = level == LEAF_LEVEL;
        match palette {
            Palette::One(a) if last => Ok(Link::Set(if self.reader.read(1) == 1 { a } else { 0 })),
            Palette::One(a) => match self.reader.read(2) {
                0 => Ok(Link::Set(0)),
                1 => Ok(Link::Set(a)),
                2 => self.node(palette, level),
                _ => Err("unknown code"),
            },
            Palette::Few(few) if last => Ok(Link::Set(few[usize::from(self.reader.read(2))])),
            Palette::Few(few) => match self.reader.read(3) {
                4 => self.node(palette, level),
                5 => {
                    let one = few[usize::from(self.reader.read(2))];
                    self.node(Palette::One(one), level)
                }
                leaf => few
                    .get(usize::from(leaf))
                    .map(|set| Link::Set(*set))
                    .ok_or("unknown code"),
            },
            Palette::Many if last => Err("too many sets below one node"),
            Palette::Many => match self.reader.read(2) {
                0 => self.set().map(Link::Set),
                1 => {
                    let one = self.set()?;
                    self.node(Palette::One(one), level)
                }
                2 => {
                    let few = [self.set()?, self.set()?, self.set()?, self.set()?];
                    self.node(Palette::Few(few), level)
                }
                _ => self.node(Palette::Many, level),
            },
        }
    }

    fn node(&mut self, palette: Palette, level: u8) -> Result<Link, &'static str> {
        if let Some(branches) = self.branches.filter(|_| level == BRANCH_LEVEL) {
            if self.palettes.len() >= branches.len() {
                return Err("more branches than announced");
            }
            let branch = u32::try_from(self.palettes.len()).map_err(|_| "too many branches")?;
            self.palettes.push(palette);
            return Ok(Link::Branch(branch));
        }
        // Past the end the reader gives zeros, which are leaves: this ends soon.
        let node = self.nodes.children.len();
        self.nodes.children.push([Link::Set(0); 4]);
        self.nodes.below.push(TerritoryMask::EMPTY);
        let mut links = [Link::Set(0); 4];
        let mut below = TerritoryMask::EMPTY;
        for link in &mut links {
            *link = self.child(palette, level + 1)?;
            below = below.union(match *link {
                Link::Set(set) => &self.sets[usize::from(set)],
                Link::Node(child) => &self.nodes.below[child as usize],
                Link::Branch(branch) => {
                    &self.branches.ok_or("a branch in a branch")?[branch as usize]
                }
            });
        }
        self.nodes.children[node] = links;
        self.nodes.below[node] = below;
        Ok(Link::Node(
            u32::try_from(node).map_err(|_| "too many nodes")?,
        ))
    }
}
