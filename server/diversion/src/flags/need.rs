//! How much it takes to raise a flag, and to clear it.

/// One hour, ms.
pub const HOUR: u64 = 3_600_000;
/// One day, ms.
pub const DAY: u64 = 24 * HOUR;

/// What it takes until something counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// So many sessions that say it, the first and the last at least so far apart, ms, and none in
    /// between that says the contrary.
    Sessions {
        /// How many.
        count: u32,
        /// From the first to the last at least, ms.
        apart_ms: u64,
    },
    /// It holds for so long, ms.
    Lasting {
        /// How long, ms.
        ms: u64,
    },
    /// It was not seen again for so long, ms: for what happened once and is over.
    Quiet {
        /// How long, ms.
        ms: u64,
    },
}

impl std::fmt::Display for Need {
    fn fmt(&self, to: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Sessions { count: 1, .. } => to.write_str("1 record"),
            Self::Sessions { count, apart_ms } => {
                write!(to, "{count} sessions over {}", Span(*apart_ms))
            }
            Self::Lasting { ms: 0 } => to.write_str("at once"),
            Self::Lasting { ms } => write!(to, "after {}", Span(*ms)),
            Self::Quiet { ms } => write!(to, "not seen for {}", Span(*ms)),
        }
    }
}

/// A length of time for people.
struct Span(u64);

impl std::fmt::Display for Span {
    fn fmt(&self, to: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.0 {
            ms if ms >= 2 * DAY && ms.is_multiple_of(DAY) => write!(to, "{} days", ms / DAY),
            ms => write!(to, "{} h", ms / HOUR),
        }
    }
}
