//! Ranging as two sans-IO state machines: sixteen timed rounds, then a transcript that both sign.
//!
//! Neither machine reads a clock, draws randomness or touches a socket. Times are nanoseconds of
//! whatever stopwatch the caller reads. Every error must fall long, so the caller stamps the time
//! right before it calls [`AnchorSession::poll_transmit`] and hands the bytes to the socket right
//! after, and stamps again after a receive has returned and before it calls `handle_datagram`.
//!
//! - [`datagram`]: ping, pong and echo as bytes
//! - [`anchor`]: the side whose stopwatch bounds a distance
//! - [`agent`]: the side that answers, and compares the anchor's account with its own
//! - [`receipt`]: the slow phase: what each side checks about the other's signature
//! - [`coarse`]: the slow phase in which a limit is signed instead of the times
//!
//! Start reading at [`AnchorSession`].

pub mod agent;
pub mod anchor;
pub mod coarse;
pub mod datagram;
pub mod receipt;

#[cfg(test)]
mod coarse_rules;
#[cfg(test)]
mod rules;
#[cfg(test)]
mod simulation;

pub use agent::{AgentSession, TranscriptError};
pub use anchor::{AnchorSession, Limits, Opening, SessionRandom};

use crate::challenge;
use crate::codec::CodecError;
use crate::types::Key;
use crate::wire;

/// Timed rounds in a session.
pub const ROUNDS: usize = 16;

/// Bytes of each side's nonce in a round.
pub const ROUND_NONCE_BYTES: usize = 8;

/// Shortest time between the first pings of two pairs, ns.
pub const SPACING_MIN_NS: u64 = 2_000_000;

/// Longest time between two pings, ns (exclusive).
pub const SPACING_MAX_NS: u64 = 20_000_000;

/// Shortest time from the first ping of a pair to the second, ns. The first wakes processors that sleep and fills
/// their caches; the second finds both ends as quick as they can be.
pub const PAIR_MIN_NS: u64 = 150_000;

/// Longest time from the first ping of a pair to the second, ns (exclusive).
pub const PAIR_MAX_NS: u64 = 600_000;

/// How long after its ping a pong still counts, ns, unless the anchor is configured otherwise.
pub const ROUND_DEADLINE_NS: u64 = 2_000_000_000;

/// The longest deadline that an anchor may be configured with, and so the longest time that a
/// transcript may show for a round, ns.
pub const ROUND_DEADLINE_MAX_NS: u64 = 10_000_000_000;

/// Longest session that an agent accepts by the anchor's own clock, ms: all spacings, one
/// deadline and half a minute for a busy anchor.
pub const SESSION_MAX_MS: u64 =
    (ROUNDS as u64 * SPACING_MAX_NS + ROUND_DEADLINE_MAX_NS) / 1_000_000 + 30_000;

/// The nonce of the session: the collector's challenge (60 bytes), or the hash of the previous
/// evidence (32 bytes) while no collector can be reached.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct SessionNonce(Vec<u8>);

impl SessionNonce {
    /// Reads the `session_nonce` field of a hello.
    ///
    /// # Errors
    /// [`CodecError::Field`] when it has neither of the two lengths.
    pub fn read(bytes: &[u8]) -> Result<Self, CodecError> {
        match bytes.len() {
            challenge::NONCE_BYTES | 32 => Ok(Self(bytes.to_vec())),
            other => Err(CodecError::field(
                "session_nonce",
                format!("{other} bytes where 60 or 32 are required"),
            )),
        }
    }

    /// The bytes as they travel.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

/// What both ends of a session know of it before the first round, each from its own side.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionFacts {
    /// TLS exporter of this connection ([`crate::EXPORTER_LABEL`], context = the anchor's key).
    pub exporter: [u8; 32],
    /// As the agent's hello states it.
    pub session_nonce: SessionNonce,
    /// The anchor's key: its own, or the one pinned in the agent's directory.
    pub anchor_key: Key,
    /// The agent's directory version, as its hello states it.
    pub directory_version: u64,
    /// The key of the agent's TLS certificate.
    pub agent_key: Key,
    /// How the rounds travel.
    pub transport: wire::Transport,
}
