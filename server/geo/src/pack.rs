//! Writes covers as the packed bits that `packed.rs` reads. Used by [`crate::build`].

use std::collections::BTreeMap;

use crate::bits::BitWriter;
use crate::build::Cover;
use crate::cell::LEAF_LEVEL;
use crate::packed::Palette;
use crate::territory::TerritoryMask;
use crate::tree::BRANCH_LEVEL;

/// The trunk's bits, and each branch's set (all that lies below it) and bits.
pub(crate) struct Packed {
    pub(crate) trunk: Vec<u8>,
    pub(crate) branches: Vec<(TerritoryMask, Vec<u8>)>,
}

/// Packs six faces over sets with these ids.
pub(crate) fn pack(faces: &[Cover; 6], ids: &BTreeMap<TerritoryMask, u16>) -> Packed {
    let mut target = Target {
        writer: BitWriter::default(),
        ids,
        branches: Some(Vec::new()),
    };
    for face in faces {
        target.child(Palette::Many, face, 0);
    }
    Packed {
        trunk: target.writer.finish(),
        branches: target.branches.unwrap_or_default(),
    }
}

struct Target<'i> {
    writer: BitWriter,
    ids: &'i BTreeMap<TerritoryMask, u16>,
    /// The branches so far, when this is the trunk.
    branches: Option<Vec<(TerritoryMask, Vec<u8>)>>,
}

impl Target<'_> {
    fn id(&self, set: &TerritoryMask) -> u16 {
        self.ids[set]
    }

    /// The narrowest palette for a divided cover.
    fn palette(&self, parts: &[Cover; 4]) -> Palette {
        let mut sets = Vec::new();
        if !parts.iter().all(|part| self.collect(part, &mut sets)) {
            return Palette::Many;
        }
        sets.sort_unstable();
        match sets[..] {
            [a] | [0, a] => Palette::One(a),
            [a, b] => Palette::Few([a, b, 0, 0]),
            [a, b, c] => Palette::Few([a, b, c, 0]),
            [a, b, c, d] => Palette::Few([a, b, c, d]),
            _ => Palette::Many,
        }
    }

    /// Adds the sets below; `false` once there are more than four.
    fn collect(&self, cover: &Cover, sets: &mut Vec<u16>) -> bool {
        match cover {
            Cover::Divided(parts) => parts.iter().all(|part| self.collect(part, sets)),
            Cover::Whole(set) => {
                let id = self.id(set);
                if !sets.contains(&id) {
                    sets.push(id);
                }
                sets.len() <= 4
            }
        }
    }

    fn child(&mut self, palette: Palette, cover: &Cover, level: u8) {
        match cover {
            Cover::Whole(set) => self.leaf(palette, self.id(set), level == LEAF_LEVEL),
            Cover::Divided(parts) => {
                let inner = self.enter(palette, parts);
                if level == BRANCH_LEVEL {
                    self.branch(inner, cover, parts);
                } else {
                    parts
                        .iter()
                        .for_each(|part| self.child(inner, part, level + 1));
                }
            }
        }
    }

    fn leaf(&mut self, palette: Palette, set: u16, last: bool) {
        match palette {
            Palette::One(_) => self
                .writer
                .write(u16::from(set != 0), if last { 1 } else { 2 }),
            Palette::Few(few) => self.writer.write(place(few, set), if last { 2 } else { 3 }),
            Palette::Many => {
                self.writer.write(0, 2);
                self.writer.write(set, 16);
            }
        }
    }

    /// Writes that a node follows; returns the palette of its children.
    fn enter(&mut self, palette: Palette, parts: &[Cover; 4]) -> Palette {
        match (palette, self.palette(parts)) {
            (Palette::One(_), _) => {
                self.writer.write(2, 2);
                palette
            }
            (Palette::Few(few), Palette::One(one)) => {
                self.writer.write(5, 3);
                self.writer.write(place(few, one), 2);
                Palette::One(one)
            }
            (Palette::Few(_), _) => {
                self.writer.write(4, 3);
                palette
            }
            (Palette::Many, inner) => {
                match inner {
                    Palette::One(one) => {
                        self.writer.write(1, 2);
                        self.writer.write(one, 16);
                    }
                    Palette::Few(few) => {
                        self.writer.write(2, 2);
                        few.iter().for_each(|set| self.writer.write(*set, 16));
                    }
                    Palette::Many => self.writer.write(3, 2),
                }
                inner
            }
        }
    }

    fn branch(&mut self, palette: Palette, cover: &Cover, parts: &[Cover; 4]) {
        let mut target = Target {
            writer: BitWriter::default(),
            ids: self.ids,
            branches: None,
        };
        parts
            .iter()
            .for_each(|part| target.child(palette, part, BRANCH_LEVEL + 1));
        let branch = (cover.below(), target.writer.finish());
        self.branches
            .as_mut()
            .expect("only the trunk reaches this level")
            .push(branch);
    }
}

fn place(few: [u16; 4], set: u16) -> u16 {
    let place = few
        .iter()
        .position(|x| *x == set)
        .expect("a palette has every set below it");
    u16::try_from(place).expect("under 4")
}
