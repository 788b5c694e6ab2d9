//! Flags that say what they mean.
//!
//! Pure: no I/O, no clock, no randomness; times are arguments. Records of others go in (verdicts, the
//! identity ledger's findings, liveness, licences, anomalies of anchors, outages of the collector),
//! [`flags`] come out.
//!
//! | module | what |
//! |---|---|
//! | [`flags`] | every flag with what it proves and does not; what raises and clears it |
//!
//! Start reading at [`flags`].

pub mod flags;
