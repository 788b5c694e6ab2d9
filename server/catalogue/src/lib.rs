//! What a PCI id stands for: model, family, and the attributes that export rules ask about.
//!
//! Pure data with its public sources, embedded: `data/devices.csv` and `data/sources.csv`. What is
//! not in them is unknown, and stays so: no id is guessed from its neighbours, no rate from a
//! relative's. Nobody signs a PCI id; a host can report any.
//!
//! Every attribute names its own source, and every source says who speaks ([`Standing`]): a number
//! that only others than the manufacturer give is marked as such wherever it is shown.
//!
//! "TPP" is the export rules' total processing performance: the peak rate of operations without
//! sparsity, in tera (10¹²) a second, times the bit length of the operation, at the length where
//! that is largest (15 CFR 774, supplement 1, ECCN 3A090, technical notes). It is computed here
//! from one stated rate ([`Tpp`]). It is not the manufacturer's classification.
//!
//! Start reading at [`Catalogue::lookup`].

mod parse;

pub use parse::{CatalogueError, parse};

use std::fmt;
use std::sync::LazyLock;

/// Who speaks in a source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// The manufacturer: its own documents, code or filings.
    Manufacturer,
    /// A public register that manufacturers and others write to.
    Registry,
    /// Somebody else, or a copy of what a manufacturer wrote.
    Secondary,
}

/// A public source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// Its short name in this catalogue.
    pub id: String,
    /// Who speaks.
    pub standing: Standing,
    /// Where it is.
    pub url: String,
    /// What it says.
    pub what: String,
}

/// Something that a source states.
#[derive(Debug, Clone, PartialEq)]
pub struct Stated<T> {
    /// What.
    pub value: T,
    /// The source's short name.
    pub source: String,
    /// Who speaks in it.
    pub standing: Standing,
}

/// One row: a device id, or one board of that id.
#[derive(Debug, Clone, PartialEq)]
pub struct Model {
    /// PCI vendor and device id, which that source gives to this model.
    pub id: Stated<(u16, u16)>,
    /// PCI subsystem vendor and device id, where the row is about one board only.
    pub subsystem: Option<(u16, u16)>,
    /// The product's name.
    pub name: String,
    /// The vendor's name for the generation.
    pub family: String,
    /// The stated rate without sparsity that gives the largest TPP.
    pub peak: Option<Stated<Peak>>,
    /// Memory bandwidth, GB/s (10⁹ bytes a second).
    pub bandwidth_gb_s: Option<Stated<u32>>,
    /// Export control classification number, where its manufacturer has named it in public.
    pub eccn: Option<Stated<String>>,
    /// What else has to be said.
    pub note: String,
}

/// A rate of operations.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Peak {
    /// 10¹² operations a second.
    pub tera: f64,
    /// Bit length of the operation's inputs.
    pub bits: u8,
}

/// Total processing performance, computed here. As text, its arithmetic: `312 × 16 = 4992`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Tpp {
    /// The rate that it is computed from.
    pub peak: Peak,
    /// Who states that rate.
    pub standing: Standing,
}

/// The rows and their sources.
#[derive(Debug, Clone, PartialEq)]
pub struct Catalogue {
    /// Sorted by id; the row for every board of an id before the rows for single boards.
    pub models: Vec<Model>,
    /// Every source that a row names.
    pub sources: Vec<Source>,
}

impl Standing {
    /// As it stands in tables and JSON beside an attribute. What a manufacturer or a register says
    /// is published; the rest is not theirs.
    pub fn name(self) -> &'static str {
        match self {
            Self::Manufacturer => "published",
            Self::Registry => "registry",
            Self::Secondary => "secondary",
        }
    }
}

impl Catalogue {
    /// The catalogue that this program carries.
    ///
    /// # Panics
    /// Never in a build whose tests pass: they parse the same bytes.
    pub fn builtin() -> &'static Self {
        static BUILTIN: LazyLock<Catalogue> = LazyLock::new(|| {
            let devices = include_str!("../data/devices.csv");
            let sources = include_str!("../data/sources.csv");
            parse(devices, sources).expect("the embedded data are checked by the tests")
        });
        &BUILTIN
    }

    /// The model of a device: the row of its board, or of every board of its id. Unknown is none.
    pub fn lookup(&self, id: (u16, u16), subsystem: (u16, u16)) -> Option<&Model> {
        let of_board = self
            .of_id(id)
            .find(|model| model.subsystem == Some(subsystem));
        of_board.or_else(|| self.of_id(id).find(|model| model.subsystem.is_none()))
    }

    /// Every row of a vendor and device id.
    pub fn of_id(&self, id: (u16, u16)) -> impl Iterator<Item = &Model> {
        self.models.iter().filter(move |model| model.id.value == id)
    }

    /// A source by its short name.
    pub fn source(&self, id: &str) -> Option<&Source> {
        self.sources.iter().find(|source| source.id == id)
    }
}

impl Model {
    /// Total processing performance, where a rate is stated.
    pub fn tpp(&self) -> Option<Tpp> {
        self.peak.as_ref().map(|peak| Tpp {
            peak: peak.value,
            standing: peak.standing,
        })
    }
}

impl Tpp {
    /// The number.
    pub fn value(self) -> f64 {
        self.peak.tera * f64::from(self.peak.bits)
    }
}

impl fmt::Display for Tpp {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Peak { tera, bits } = self.peak;
        write!(out, "{tera} × {bits} = {}", self.value().round())
    }
}

#[cfg(test)]
mod tests;
