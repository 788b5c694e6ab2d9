//! What can be missing, named.

use crate::output::instant;
use domicile_ledger::Kind;
use std::fmt;

/// Something that is not as it must be for the account to be complete.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Gap {
    /// No roster covers a time that was asked for.
    NoRoster {
        /// Unix ms.
        from_ms: u64,
        /// Unix ms.
        until_ms: u64,
    },
    /// Records of the log between two rosters belong to neither.
    Between {
        /// The first.
        from: u64,
        /// The first that is of a period again.
        until: u64,
    },
    /// Of the period's roster, the page on which the host would be is not here.
    NoPage {
        /// Start of the period, Unix ms.
        from_ms: u64,
        /// Pages that it has.
        pages: u32,
    },
    /// The roster counts more records of the host than are here.
    Withheld {
        /// Start of the period, Unix ms.
        from_ms: u64,
        /// Of which kind.
        kind: Kind,
        /// By the roster.
        rostered: u64,
        /// Here.
        shown: u64,
        /// First and last record of the host in the period, by the roster.
        between: (u64, u64),
    },
    /// The log holds records of the host that the roster does not count.
    Unrostered {
        /// Start of the period, Unix ms.
        from_ms: u64,
        /// Of which kind.
        kind: Kind,
        /// By the roster.
        rostered: u64,
        /// Here.
        shown: u64,
    },
    /// First or last record of the host is not the one that the roster names.
    Ends {
        /// Start of the period, Unix ms.
        from_ms: u64,
        /// By the roster.
        rostered: (u64, u64),
        /// Here.
        shown: (u64, u64),
    },
    /// The rows of all pages do not add up to the totals.
    Sum {
        /// Start of the period, Unix ms.
        from_ms: u64,
    },
    /// The log holds another number of records of a kind than the roster gives to all hosts together.
    Totals {
        /// Start of the period, Unix ms.
        from_ms: u64,
        /// Of which kind.
        kind: Kind,
        /// By the roster.
        rostered: u64,
        /// By the public leaves.
        logged: u64,
    },
    /// A record of the period carries a time outside it, or one beside it a time inside.
    Time {
        /// Start of the period, Unix ms.
        from_ms: u64,
        /// The record.
        index: u64,
    },
}

impl fmt::Display for Gap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoRoster { from_ms, until_ms } => write!(
                f,
                "no roster covers {} to {}",
                instant(*from_ms),
                instant(*until_ms)
            ),
            Self::Between { from, until } => {
                write!(
                    f,
                    "records {from} to {} are of no roster's period",
                    until.saturating_sub(1)
                )
            }
            Self::NoPage { from_ms, pages } => write!(
                f,
                "period of {}: none of the pages here (of {pages}) is the one for this host",
                instant(*from_ms)
            ),
            Self::Withheld {
                from_ms,
                kind,
                rostered,
                shown,
                between: (first, last),
            } => write!(
                f,
                "period of {}: {} of {rostered} {kind} records are withheld (or erased, which the log \
                 records); the roster has this host's records between {first} and {last}",
                instant(*from_ms),
                rostered - shown
            ),
            Self::Unrostered {
                from_ms,
                kind,
                rostered,
                shown,
            } => write!(
                f,
                "period of {}: the log holds {shown} {kind} records of this host, the roster says {rostered}",
                instant(*from_ms)
            ),
            Self::Ends {
                from_ms,
                rostered,
                shown,
            } => write!(
                f,
                "period of {}: records {} to {} are here, the roster says {} to {}",
                instant(*from_ms),
                shown.0,
                shown.1,
                rostered.0,
                rostered.1
            ),
            Self::Sum { from_ms } => write!(
                f,
                "period of {}: the roster's rows do not add up to its totals",
                instant(*from_ms)
            ),
            Self::Totals {
                from_ms,
                kind,
                rostered,
                logged,
            } => write!(
                f,
                "period of {}: the log has {logged} {kind} records, the roster gives {rostered} to all \
                 hosts together",
                instant(*from_ms)
            ),
            Self::Time { from_ms, index } => write!(
                f,
                "period of {}: the time of record {index} does not fit the roster's range of records",
                instant(*from_ms)
            ),
        }
    }
}
