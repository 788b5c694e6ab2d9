//! Retention, legal hold and erasure: raw records go, proofs stay, each is a record of the log.
//!
//! | kind | goes | why it stays |
//! |---|---|---|
//! | evidence, verdict, fork, liveness | with the host | |
//! | mesh | with its own age | |
//! | enrolment, withdrawal | no | tokens would count again, keys be strangers |
//! | certificate-chain, device-chain | no | bundles of others name them |
//! | directory, policy, territories, log-key, revocation | no | every verdict rests on them |
//! | audit-read, anchor-incident, device-finding | no | what was asked, found and done |
//! | erasure, legal-hold | never, the log itself refuses | they show that an erasure was in order |
//! | every kind not named here | no | |
//!
//! Two things take raw records away. **Retention** ([`period`]) drops those of hosts whose last event
//! is longer ago than `retention.keep`, in whole days: all records of a host together, so that no
//! verdict is kept whose sessions are gone. An **order** ([`order`]) takes those of one host. Neither
//! touches what a **legal hold** ([`hold`]) holds.
//!
//! Both work on the data directory of a collector that does not run, and end with the index being made
//! anew: nothing in it outlives what it was made from. Copies elsewhere (backups, bundles that auditors
//! took) are not this program's to erase.
//!
//! Start reading at [`desk::Desk`], what all of them work with.

pub mod cli;
pub mod desk;
pub mod hold;
pub mod order;
pub mod period;

use crate::store::StoreError;

/// Longest name of a person, bytes.
pub const MAX_USER: usize = 128;

/// Longest reason, bytes.
pub const MAX_REASON: usize = 1024;

/// Why something was not erased, held or lifted.
#[derive(Debug, thiserror::Error)]
pub enum RetentionError {
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Who orders it, or why, was not said, or at too great length.
    #[error("`{field}`: 1 to {most} bytes of text are expected, without control characters")]
    Text {
        /// Which of the two.
        field: &'static str,
        /// Bytes allowed.
        most: usize,
    },
    /// No such host.
    #[error("host {0} is not enrolled here")]
    UnknownHost(String),
    /// A legal hold stands.
    #[error(
        "legal hold {hold} holds {held} since {since} (placed by {user}: {reason}); lift it first"
    )]
    Held {
        /// Log index of the hold.
        hold: u64,
        /// What it holds.
        held: String,
        /// When it was placed.
        since: String,
        /// By whom.
        user: String,
        /// Why.
        reason: String,
    },
    /// The host takes part and would send the same reports again.
    #[error(
        "host {host} was last heard of {days} days ago and is not withdrawn: its reports under way \
         would come in again; have it withdrawn first, or wait until {wait} days have passed"
    )]
    Active {
        /// The host.
        host: String,
        /// Whole days.
        days: u64,
        /// Whole days.
        wait: u64,
    },
    /// There is nothing of it.
    #[error("host {0} has no raw records: nothing is left to erase")]
    Nothing(String),
    /// No such hold, or lifted before.
    #[error("legal hold {0} is not in the log, or was lifted")]
    NoHold(u64),
    /// Nobody is enrolled under that name: probably a mistake.
    #[error("no host is enrolled for {0}: nothing would be held")]
    HoldsNothing(String),
}

/// Checks a name or a reason.
///
/// # Errors
/// [`RetentionError::Text`].
pub fn check_text(field: &'static str, text: &str, most: usize) -> Result<(), RetentionError> {
    let fits = (1..=most).contains(&text.trim().len()) && text.len() <= most;
    if fits && !text.chars().any(char::is_control) {
        return Ok(());
    }
    Err(RetentionError::Text { field, most })
}
