//! A world out of measured round trips: `nodes.csv`, `rtt.csv` and, where present,
//! `exclusions.csv` of one folder.
//!
//! | file | columns |
//! |---|---|
//! | `nodes.csv` | `id,country_iso2,lat,lon`, and where known `name,city,provider` |
//! | `rtt.csv` | `src,dst,rtt_ms`: ids of nodes; milliseconds; and where known `stat` |
//! | `exclusions.csv` | `kind,name`: an id or a name; kind is `drop_src`, `bad_truth`, `bad_coord`, `suspect` or `bad_pair` (name `A->B`) |
//!
//! Other columns are not looked at. Lines may end in CR LF, and a byte order mark may stand in
//! front. A round trip may be any statistic that is at least the smallest one.
//!
//! A pair's round trip is the smaller of both directions; a pair without any cannot reach each
//! other.

mod error;
mod exclusions;
mod parse;
mod roles;
mod table;
#[cfg(test)]
mod tests;

pub use error::MeasuredError;
pub use parse::parse;
pub use roles::{Role, Split, split};

use crate::place::Point;
use std::collections::HashMap;
use std::path::Path;
use std::time::Duration;

/// Largest file accepted, bytes.
pub const MAX_FILE: u64 = 256 * 1024 * 1024;

/// What counts as one vote in a measured world.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Votes {
    /// All nodes of a provider together.
    Provider,
    /// Each node alone.
    Node,
}

/// One node of the set.
#[derive(Debug, Clone, PartialEq)]
pub struct MeasuredNode {
    /// Its id in the files.
    pub id: String,
    /// Its name, which the exclusions use.
    pub name: String,
    /// For people.
    pub city: String,
    /// ISO 3166 alpha-2, as the set claims.
    pub territory: String,
    /// As the set claims.
    pub point: Point,
    /// Who runs it.
    pub provider: String,
    /// What the exclusions say about it.
    pub doubt: Option<Doubt>,
    /// Whether a used row starts at it.
    pub is_source: bool,
}

/// Why a node's position is not to be relied on, the gravest last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Doubt {
    /// Its territory is right, its coordinates are not.
    BadCoordinates,
    /// Something about it does not fit.
    Suspect,
    /// It is known to stand elsewhere than the set claims.
    BadTruth,
}

/// A measured world.
#[derive(Debug, Clone, PartialEq)]
pub struct Measured {
    /// In the order of the file.
    pub nodes: Vec<MeasuredNode>,
    /// By the indices of two nodes, the smaller first.
    round_trips: HashMap<(usize, usize), Duration>,
}

impl Measured {
    /// Reads a folder.
    ///
    /// # Errors
    /// [`MeasuredError`] naming the file and, where there is one, the line.
    pub fn read(folder: &Path) -> Result<Self, MeasuredError> {
        let file = |name: &'static str| {
            let path = folder.join(name);
            let unreadable = |source| MeasuredError::Unreadable {
                path: path.clone(),
                source,
            };
            let size = std::fs::metadata(&path).map_err(unreadable)?.len();
            if size > MAX_FILE {
                return Err(MeasuredError::TooLarge {
                    path: path.clone(),
                    limit: MAX_FILE,
                });
            }
            std::fs::read(&path).map_err(unreadable)
        };
        let (nodes, rtt) = (file("nodes.csv")?, file("rtt.csv")?);
        let exclusions = if folder.join("exclusions.csv").exists() {
            file("exclusions.csv")?
        } else {
            Vec::new()
        };
        parse(&nodes, &rtt, &exclusions)
    }

    /// The round trip between two nodes, if the set has one in either direction.
    pub fn round_trip(&self, a: usize, b: usize) -> Option<Duration> {
        self.round_trips.get(&(a.min(b), a.max(b))).copied()
    }
}
