//! Flags that say what they mean, and the cases that people decide.
//!
//! Pure: no I/O, no clock, no randomness; times are arguments. Records of others go in (verdicts, the
//! identity ledger's findings, liveness, licences, anomalies of anchors, outages of the collector),
//! [`flags`] come out. Nothing here moves a case: [`cases`] checks that a named person may.
//!
//! | module | what |
//! |---|---|
//! | [`flags`] | every flag with what it proves and does not; what raises and clears it |
//! | [`follow`] | from the records of the log to the flags |
//! | [`cases`] | inquiry to closed, each step by a named person |
//!
//! Start reading at [`flags`], then [`cases`].

pub mod cases;
pub mod flags;
pub mod follow;
