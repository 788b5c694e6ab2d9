//! The Domicile witness: for each log that it is told of it remembers the newest checkpoint, and
//! cosigns another only if that one provably continues it (C2SP `tlog-witness`,
//! <https://c2sp.org/tlog-witness>).
//!
//! So two histories of one log cannot both get its cosignature, nor can a log go back. It knows
//! nothing of what is logged, and keeps a few hundred bytes for each log.
//!
//! ```text
//! DATA/lock                                held by the one witness that uses the folder
//! DATA/<SHA-256 of origin>.checkpoint      the newest checkpoint, cosigned; durable before it goes out
//! DATA/evidence/<origin>-<size>-<root>     two checkpoints of one size and two roots, both signed by
//!                                          the log: proof that it showed two histories
//! ```
//!
//! A witness whose `DATA` was lost or restored from a copy must get a new key: the old one's word was
//! about a memory that is gone.
//!
//! Start reading at [`memory::Memory::add`].

pub mod cli;
pub mod config;
pub mod memory;
pub mod service;
