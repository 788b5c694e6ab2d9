//! What can be wrong with the bytes of a record.

use crate::log::MAX_PAYLOAD;
use thiserror::Error;

/// Why bytes are not a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum Damage {
    /// The bytes end before the record does.
    #[error("it needs {needed} bytes and only {present} are there")]
    Truncated {
        /// Bytes the record needs, as far as its length is known.
        needed: usize,
        /// Bytes present.
        present: usize,
    },
    /// The first four bytes are not those of a record.
    #[error("no record starts here")]
    Magic,
    /// Written by a newer program, or damaged.
    #[error("record version {0} is unknown")]
    Version(u8),
    /// Written by a newer program, or damaged.
    #[error("record kind {0} is unknown")]
    Kind(u8),
    /// Written by a newer program, or damaged.
    #[error("record flags {0:#06x} are unknown")]
    Flags(u16),
    /// Longer than any payload can be.
    #[error("payload length {0} is over the limit of {MAX_PAYLOAD} bytes")]
    Length(u32),
    /// Some byte of header or payload changed.
    #[error("checksum is {found:08x}, the bytes give {computed:08x}")]
    Checksum {
        /// As stored.
        found: u32,
        /// As computed.
        computed: u32,
    },
    /// It says that its payload was erased, and holds other bytes than zeros.
    #[error("it says that it was erased, but {bytes} bytes of its payload are left")]
    NotErased {
        /// Bytes that are not zero.
        bytes: usize,
    },
    /// A whole record, but of another place.
    #[error("it says it is record {found}")]
    Index {
        /// The index in the record.
        found: u64,
    },
    /// Its place in the append does not follow from the record before it.
    #[error(
        "it says it is number {found} of its append, which does not follow the record before it"
    )]
    Position {
        /// The position in the record.
        found: u32,
    },
}
