//! The auditor's tool of Domicile: query, export, verify offline.
//!
//! Nothing here is the collector's code. A verdict is re-verified from its bundle alone: every
//! signature, every record's place in the log, and the verdict itself recomputed to the same bytes.
//!
//! | module | what |
//! |---|---|
//! | [`bundle`] | one verdict with everything it rests on: read, check, replay |
//! | [`replay`] | many bundles on every core, and what follows from them under another policy |
//! | [`saved`] | listings taken away with the collector's signed answers |
//! | [`device_report`] | what GPUs and switches signed, offline |
//! | [`challenge`] | what a host answered an inspector, beside the record |
//! | [`exclusion`] | the checker of certificates of exclusion |
//! | [`domicile_policy`] | another crate: what `policy` and `registry` do |
//! | [`log`] | the log from outside: monitor, proofs, witnesses |
//! | [`completeness`] | is everything of a host here, by the log's own rosters? |
//! | [`client`], [`page`] | questions to a collector over HTTPS with its pinned key |
//! | [`cli`], [`profile`], [`commands`] | the program |
//! | [`output`] | tables, JSON, NDJSON, CSV |
//!
//! Start reading at [`bundle::verify_bundle`].

pub mod bundle;
pub mod challenge;
pub mod cli;
pub mod client;
pub mod commands;
pub mod completeness;
pub mod device_report;
pub mod exclusion;
pub mod log;
pub mod output;
pub mod page;
pub mod profile;
pub mod replay;
pub mod saved;
