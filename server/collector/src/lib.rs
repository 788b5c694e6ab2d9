//! The Domicile collector: the verifier of the fleet. Ingest, appraise, locate, judge, commit,
//! acknowledge, in that order for each report, and a read-only side for auditors.
//!
//! | module | owns |
//! |---|---|
//! | [`cli`], [`config`], [`runtime`], `maintain`, [`progress`] | command line, configuration, start, reload, stop |
//! | `net`, `limits` | agents' connections (QUIC) |
//! | [`service`], `enrol`, `ingest`, `chain`, `appraisals`, `liveness` | what a request does |
//! | [`mesh`] | what anchors measured of each other, and what is found in it |
//! | [`desk`] | flags made from the log, the registry, declarations, outages |
//! | `roster` | who was enrolled in a period, and what of each host is in the log |
//! | [`books`], [`mac_keys`] | directory and policy versions; the keys under nonces |
//! | [`shadow`] | packs of export rules, and the policy that is tried before it counts |
//! | [`store`] | the log and its index |
//! | [`access`] | who may use the API, and for what |
//! | [`api`] | reads and writes of people (HTTPS) |
//! | [`publish`] | checkpoint and tiles for everybody (HTTP), cosigned by witnesses |
//! | [`cases`] | what people decide about flags |
//! | [`alerts`] | who is told of flags and cases |
//! | [`retention`] | what is kept how long, legal holds, erasure |
//! | [`plan`] | `plan`: what a set of anchors can confirm, beside the running collector |
//!
//! Trusted for appraising, and every step of that can be recomputed from what it logs; not for its
//! history, which the log commits to.
//!
//! Start reading at [`service::Service::handle`], then `ingest.rs`, then [`store`].

pub mod access;
pub mod alerts;
pub mod api;
pub mod books;
pub mod cases;
pub mod cli;
pub mod clock;
pub mod config;
pub mod desk;
pub mod log_key;
pub mod mac_keys;
pub mod plan;
pub mod progress;
pub mod publish;
pub mod retention;
pub mod runtime;
pub mod service;
pub mod shadow;
pub mod store;
pub mod tpm;

mod appraisals;
mod chain;
mod checked;
mod device_chains;
mod devices;
mod enrol;
mod ingest;
mod keyed_locks;
mod limits;
mod liveness;
mod maintain;
pub mod mesh;
mod net;
mod roster;
