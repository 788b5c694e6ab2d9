//! Why a measured world cannot be used.

use std::path::PathBuf;

/// Why a measured world cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum MeasuredError {
    /// A file cannot be read.
    #[error("cannot read {}: {source}; a folder with nodes.csv and rtt.csv is required", path.display())]
    Unreadable {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A file is too large.
    #[error("{} is larger than {limit} bytes", path.display())]
    TooLarge {
        /// Which.
        path: PathBuf,
        /// Bytes allowed.
        limit: u64,
    },
    /// A line is wrong.
    #[error("{file}, line {line}: {what}")]
    Line {
        /// The file's name.
        file: &'static str,
        /// Counted from 1, the header included.
        line: u64,
        /// What is wrong and what is expected.
        what: String,
    },
    /// Too few nodes to make hosts and anchors.
    #[error("nodes.csv has {0} nodes; at least 5 are required")]
    TooFew(usize),
}
