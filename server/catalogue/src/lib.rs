//! What a PCI id stands for: model, family, and the attributes that export rules ask about.
//!
//! Pure data with its public sources, embedded: `data/devices.csv` and `data/sources.csv`. What is
//! not in them is unknown, and stays so: no id is guessed from its neighbours, no rate from a
//! relative's. Nobody signs a PCI id; a host can report any.
//!
//! "TPP" is the export rules' total processing performance: the peak rate of operations without
//! sparsity, in tera (10¹²) a second, times the bit length of the operation, at the length where
//! that is largest (15 CFR 774, supplement 1, ECCN 3A090, technical notes). It is computed here
//! from a published peak rate. It is not the manufacturer's classification.
//!
//! Start reading at [`Catalogue::lookup`].

mod parse;

pub use parse::{CatalogueError, parse};

use std::sync::LazyLock;

/// A public source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// Its short name in this catalogue.
    pub id: String,
    /// Where it is.
    pub url: String,
    /// What it says.
    pub what: String,
}

/// One row: a device id, or one board of that id.
#[derive(Debug, Clone, PartialEq)]
pub struct Model {
    /// PCI vendor and device id.
    pub id: (u16, u16),
    /// PCI subsystem vendor and device id, where the row is about one board only.
    pub subsystem: Option<(u16, u16)>,
    /// The product's name.
    pub name: String,
    /// The vendor's name for the generation.
    pub family: String,
    /// Its largest published rate without sparsity.
    pub peak: Option<Peak>,
    /// Memory bandwidth, GB/s (10⁹ bytes a second).
    pub bandwidth_gb_s: Option<u32>,
    /// Export control classification number, where its manufacturer has named it in public.
    pub eccn: Option<String>,
    /// The source that names the id.
    pub id_source: String,
    /// The sources of everything else.
    pub sources: Vec<String>,
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

/// The rows and their sources.
#[derive(Debug, Clone, PartialEq)]
pub struct Catalogue {
    /// Sorted by id; the row for every board of an id before the rows for single boards.
    pub models: Vec<Model>,
    /// Every source that a row names.
    pub sources: Vec<Source>,
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
        let of_id = || self.models.iter().filter(|model| model.id == id);
        let of_board = of_id().find(|model| model.subsystem == Some(subsystem));
        of_board.or_else(|| of_id().find(|model| model.subsystem.is_none()))
    }

    /// Every row of a vendor and device id.
    pub fn of_id(&self, id: (u16, u16)) -> impl Iterator<Item = &Model> {
        self.models.iter().filter(move |model| model.id == id)
    }

    /// A source by its short name.
    pub fn source(&self, id: &str) -> Option<&Source> {
        self.sources.iter().find(|source| source.id == id)
    }
}

impl Model {
    /// Total processing performance, where a rate is published.
    pub fn tpp(&self) -> Option<f64> {
        self.peak.map(|peak| peak.tera * f64::from(peak.bits))
    }
}

#[cfg(test)]
mod tests;
