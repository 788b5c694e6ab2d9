//! The compact file form of the territory data: header, sets, then the tree in preorder,
//! range coded. The reader trusts nothing: every count, index and depth is checked.
//!
//! ```text
//! "DOMTERR1"                                        8 bytes
//! version      u8 length, UTF-8
//! territories  u16 count, each: code (2 letters), u8 length, name (UTF-8), in code order
//! sets         u16 count, each: u8 count, indices of territories, rising
//! nodes        u32 count of inner nodes
//! tree         range-coded, the six faces in turn, to the end of the file
//! ```
//! Numbers are big-endian. Set ids start at 1; 0 is the empty set.

use crate::cell::LEAF_LEVEL;
use crate::error::GeoError;
use crate::rangecoder::{Bit, Decoder, Encoder};
use crate::territory::{MAX_TERRITORIES, TerritoryCode, TerritoryMask};
use crate::tree::{Link, Tree};

const MAGIC: &[u8; 8] = b"DOMTERR1";
const MAX_NODES: usize = 4_000_000;
const MAX_SETS: usize = 30_000;

/// What a file holds.
#[derive(Debug)]
pub(crate) struct Contents {
    pub(crate) version: String,
    pub(crate) codes: Vec<TerritoryCode>,
    pub(crate) names: Vec<String>,
    pub(crate) tree: Tree,
}

/// Reads a whole file.
pub(crate) fn read(bytes: &[u8]) -> Result<Contents, GeoError> {
    let mut reader = Reader { bytes, at: 0 };
    if reader.take(MAGIC.len())? != MAGIC {
        return Err(GeoError::Data {
            what: "not territory data of this version",
            at: 0,
        });
    }
    let version = reader.text()?;
    let (codes, names) = read_names(&mut reader)?;
    let sets = read_sets(&mut reader, codes.len())?;
    let nodes = reader.u32()? as usize;
    if nodes > MAX_NODES {
        return Err(reader.fault("too many nodes"));
    }
    let base = reader.at;
    let mut tree = Tree::with_sets(&sets, nodes);
    let set_count = u16::try_from(sets.len()).map_err(|_| reader.fault("too many sets"))?;
    let mut decoder = Decoder::new(&bytes[base..]);
    let mut model = Model::new(set_count);
    for face in 0..6 {
        tree.roots[face] =
            read_link(&mut decoder, &mut model, &mut tree, nodes, 0, 0).map_err(|what| {
                GeoError::Data {
                    what,
                    at: base + decoder.position(),
                }
            })?;
    }
    if tree.node_count() != nodes {
        return Err(GeoError::Data {
            what: "node count differs",
            at: base,
        });
    }
    if decoder.overran() || base + decoder.position() < bytes.len() {
        return Err(GeoError::Data {
            what: "cut short or trailing bytes",
            at: bytes.len(),
        });
    }
    Ok(Contents {
        version,
        codes,
        names,
        tree,
    })
}

/// Writes a whole file from territories in code order and a tree over their indices.
/// Used by the converter; the sets are those the tree was made with.
pub(crate) fn write(version: &str, names: &[(TerritoryCode, String)], tree: &Tree) -> Vec<u8> {
    let byte = |n: usize| u8::try_from(n).expect("texts and sets are shorter than 256");
    let mut out = MAGIC.to_vec();
    out.push(byte(version.len()));
    out.extend(version.as_bytes());
    out.extend(
        u16::try_from(names.len())
            .expect("at most 256 territories")
            .to_be_bytes(),
    );
    for (code, name) in names {
        out.extend(code.as_str().as_bytes());
        out.push(byte(name.len()));
        out.extend(name.as_bytes());
    }
    let sets = tree.leaf_sets();
    let set_count = u16::try_from(sets.len()).expect("far fewer than 65,536 sets");
    out.extend(set_count.to_be_bytes());
    for set in sets {
        out.push(byte(set.count() as usize));
        out.extend(set.iter());
    }
    out.extend(
        u32::try_from(tree.node_count())
            .expect("far fewer than 2^32 nodes")
            .to_be_bytes(),
    );
    let mut encoder = Encoder::default();
    let mut model = Model::new(set_count);
    for root in tree.roots {
        write_link(&mut encoder, &mut model, tree, root, 0, 0);
    }
    out.extend(encoder.finish());
    out
}

fn read_names(reader: &mut Reader<'_>) -> Result<(Vec<TerritoryCode>, Vec<String>), GeoError> {
    let count = usize::from(reader.u16()?);
    if count > MAX_TERRITORIES {
        return Err(reader.fault("more than 256 territories"));
    }
    let (mut codes, mut names) = (Vec::new(), Vec::new());
    for _ in 0..count {
        let letters = reader.take(2)?;
        let code = TerritoryCode::try_from([letters[0], letters[1]])?;
        if codes.last().is_some_and(|last| *last >= code) {
            return Err(reader.fault("codes out of order"));
        }
        codes.push(code);
        names.push(reader.text()?);
    }
    Ok((codes, names))
}

fn read_sets(reader: &mut Reader<'_>, territories: usize) -> Result<Vec<TerritoryMask>, GeoError> {
    let count = usize::from(reader.u16()?);
    if count > MAX_SETS {
        return Err(reader.fault("too many sets"));
    }
    let mut sets = Vec::new();
    for _ in 0..count {
        let members = usize::from(reader.u8()?);
        let mut set = TerritoryMask::EMPTY;
        for &index in reader.take(members)? {
            if usize::from(index) >= territories {
                return Err(reader.fault("a set names an unknown territory"));
            }
            set.insert(index);
        }
        if set.is_empty() || set.count() as usize != members || sets.contains(&set) {
            return Err(reader.fault("an empty or repeated set"));
        }
        sets.push(set);
    }
    Ok(sets)
}

/// The header's cursor; every read is checked.
struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    fn fault(&self, what: &'static str) -> GeoError {
        GeoError::Data { what, at: self.at }
    }

    fn take(&mut self, count: usize) -> Result<&'a [u8], GeoError> {
        let end = self.at.saturating_add(count);
        let part = self
            .bytes
            .get(self.at..end)
            .ok_or_else(|| self.fault("cut short"))?;
        self.at = end;
        Ok(part)
    }

    fn u8(&mut self) -> Result<u8, GeoError> {
        Ok(self.take(1)?[0])
    }

    fn u16(&mut self) -> Result<u16, GeoError> {
        let part = self.take(2)?;
        Ok(u16::from_be_bytes([part[0], part[1]]))
    }

    fn u32(&mut self) -> Result<u32, GeoError> {
        let part = self.take(4)?;
        Ok(u32::from_be_bytes([part[0], part[1], part[2], part[3]]))
    }

    fn text(&mut self) -> Result<String, GeoError> {
        let length = usize::from(self.u8()?);
        let text = std::str::from_utf8(self.take(length)?);
        text.map(str::to_owned)
            .map_err(|_| self.fault("text is not UTF-8"))
    }
}

/// Reads or writes one bit: a writer takes `bit`, a reader ignores it; both return the bit.
trait Coder {
    fn code(&mut self, context: &mut Bit, bit: bool) -> bool;
}

impl Coder for Encoder {
    fn code(&mut self, context: &mut Bit, bit: bool) -> bool {
        self.bit(context, bit);
        bit
    }
}

impl Coder for Decoder<'_> {
    fn code(&mut self, context: &mut Bit, _: bool) -> bool {
        self.bit(context)
    }
}

const RECENT: usize = 12;
const LEVELS: usize = LEAF_LEVEL as usize + 1;

/// The probabilities, and the sets used last (a set near the last one used is likely).
struct Model {
    set_count: u16,
    inner: [[Bit; 64]; LEVELS],
    empty: [[Bit; 64]; LEVELS],
    recent_hit: [[Bit; 2]; RECENT],
    explicit: [Bit; 16],
    recent: [u16; RECENT],
}

impl Model {
    fn new(set_count: u16) -> Self {
        Self {
            set_count,
            inner: [[Bit::default(); 64]; LEVELS],
            empty: [[Bit::default(); 64]; LEVELS],
            recent_hit: Default::default(),
            explicit: Default::default(),
            recent: [0; RECENT],
        }
    }

    /// Codes a set id; 0, the empty set, comes as its own bit.
    fn set(&mut self, coder: &mut impl Coder, level: u8, context: usize, set: u16) -> Option<u16> {
        if coder.code(&mut self.empty[usize::from(level)][context], set == 0) {
            return Some(0);
        }
        let leaf = usize::from(level == LEAF_LEVEL);
        for place in 0..RECENT {
            if coder.code(&mut self.recent_hit[place][leaf], self.recent[place] == set) {
                let hit = self.recent[place];
                self.recent.copy_within(0..place, 1);
                self.recent[0] = hit;
                return (hit != 0).then_some(hit);
            }
        }
        let mut id = 0u16;
        for (place, context) in self.explicit.iter_mut().enumerate() {
            id = id << 1 | u16::from(coder.code(context, set >> (15 - place) & 1 == 1));
        }
        self.recent.copy_within(0..RECENT - 1, 1);
        self.recent[0] = id;
        (1..=self.set_count).contains(&id).then_some(id)
    }
}

/// What an elder sibling was, two bits each, packed by [`next_context`].
fn kind(link: Link) -> usize {
    match link {
        Link::Set(0) => 1,
        Link::Set(_) => 2,
        Link::Node(_) => 3,
    }
}

fn next_context(context: usize, link: Link) -> usize {
    (context << 2 | kind(link)) & 63
}

fn read_link(
    decoder: &mut Decoder<'_>,
    model: &mut Model,
    tree: &mut Tree,
    limit: usize,
    level: u8,
    context: usize,
) -> Result<Link, &'static str> {
    let inner =
        level < LEAF_LEVEL && decoder.code(&mut model.inner[usize::from(level)][context], false);
    if !inner {
        let set = model.set(decoder, level, context, 0).ok_or("unknown set")?;
        return Ok(Link::Set(set));
    }
    if tree.node_count() >= limit {
        return Err("more nodes than announced");
    }
    let node = tree.push_node();
    let mut links = [Link::Set(0); 4];
    let mut below = 0;
    for link in &mut links {
        *link = read_link(decoder, model, tree, limit, level + 1, below)?;
        below = next_context(below, *link);
    }
    tree.set_children(node, links).ok_or("too many sets")?;
    Ok(Link::Node(node))
}

fn write_link(
    encoder: &mut Encoder,
    model: &mut Model,
    tree: &Tree,
    link: Link,
    level: u8,
    context: usize,
) {
    let node = match link {
        Link::Node(node) => node,
        Link::Set(set) => {
            if level < LEAF_LEVEL {
                encoder.code(&mut model.inner[usize::from(level)][context], false);
            }
            model.set(encoder, level, context, set);
            return;
        }
    };
    encoder.code(&mut model.inner[usize::from(level)][context], true);
    let mut below = 0;
    for child in tree.children(node) {
        write_link(encoder, model, tree, child, level + 1, below);
        below = next_context(below, child);
    }
}
