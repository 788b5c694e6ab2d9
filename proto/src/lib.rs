//! Schema, wire types, signing and sans-IO ranging of Domicile.
//!
//! Everything that two programs must agree on stands here, and nothing that touches a socket, a
//! clock or a disk: time, randomness and keys are arguments. `PROTOCOL.md` beside this crate
//! tells the exchange in order; `schema/` holds the messages.
//!
//! - [`wire`]: the generated messages; [`codec`]: the only way to decode them (strict, bounded)
//! - [`sign`]: domain-separated signatures and hashes
//! - [`directory`], [`token`], [`challenge`], [`draw`]: validated forms and the public functions
//!   that agent, collector and auditor each recompute
//! - [`device_nonce`]: what a GPU signs, so that it is one statement with the session
//! - [`devices`]: bounds of what is said of devices
//! - [`frame`]: how a message stands on a stream; [`log_head`]: what a log's signature covers
//! - [`inspection`]: what an inspector reads to a host, and what it answers; [`typed`]: how people type it
//! - [`mesh`]: what anchors report of ranging each other
//! - [`ranging`]: both sides of a ranging session, without sockets or clocks
//!
//! Start reading at [`codec::decode`], then [`sign::open`], then `PROTOCOL.md`.

pub mod challenge;
pub mod codec;
pub mod device_nonce;
pub mod devices;
pub mod directory;
pub mod draw;
pub mod frame;
pub mod inspection;
pub mod log_head;
pub mod mesh;
pub mod ranging;
pub mod sign;
pub mod token;
pub mod typed;
pub mod types;
pub mod wire;

/// Milliseconds within which a challenge's measurement must begin and end after its issue.
pub const MEASURED_WINDOW_MS: u64 = 10 * 60 * 1000;

/// Milliseconds after its issue within which evidence under a nonce is accepted.
pub const SUBMISSION_WINDOW_MS: u64 = 30 * 24 * 3600 * 1000;

/// Milliseconds after a report's receipt within which a published checkpoint covers its record: what every
/// `ReportReceipt` promises.
pub const PUBLICATION_MS: u64 = 60 * 1000;

/// ALPN of agent to collector.
pub const ALPN_COLLECT: &[u8] = b"domicile-collect/1";

/// ALPN of agent to anchor.
pub const ALPN_RANGE: &[u8] = b"domicile-range/1";

/// Label of the TLS exporter that names a ranging session's connection. Its context is the
/// anchor's public key.
pub const EXPORTER_LABEL: &[u8] = b"EXPORTER-domicile-ranging-v1";
