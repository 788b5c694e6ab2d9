//! The three datagrams of a round, as bytes of a fixed size each.
//!
//! | datagram | bytes |
//! |---|---|
//! | ping | `0x01 ‖ round ‖ anchor nonce 8` |
//! | pong | `0x02 ‖ round ‖ anchor nonce 8 ‖ agent nonce 8` |
//! | echo | `0x03 ‖ round ‖ agent nonce 8` |

use super::{ROUND_NONCE_BYTES, ROUNDS};
use std::ops::Deref;

const PING: u8 = 1;
const PONG: u8 = 2;
const ECHO: u8 = 3;

/// Bytes of the longest datagram.
pub const MAX_BYTES: usize = 2 + 2 * ROUND_NONCE_BYTES;

/// A fresh unpredictable number of one side in one round.
pub type RoundNonce = [u8; ROUND_NONCE_BYTES];

/// A datagram of a round. `round` is below [`ROUNDS`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Datagram {
    /// Anchor to agent: answer this at once.
    Ping {
        /// Which round, from 0.
        round: u8,
        /// The anchor's nonce of this round.
        anchor_nonce: RoundNonce,
    },
    /// Agent to anchor, at once.
    Pong {
        /// Which round, from 0.
        round: u8,
        /// The ping's nonce, returned.
        anchor_nonce: RoundNonce,
        /// The agent's nonce of this round.
        agent_nonce: RoundNonce,
    },
    /// Anchor to agent, at once.
    Echo {
        /// Which round, from 0.
        round: u8,
        /// The pong's nonce, returned.
        agent_nonce: RoundNonce,
    },
}

/// Why bytes are not a datagram of this protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DatagramError {
    /// The first byte names no datagram.
    #[error("type {0} is none of 1, 2, 3")]
    Type(u8),
    /// Not the size that its type has.
    #[error("{actual} bytes where a datagram of this type has {expected}")]
    Size {
        /// Bytes given.
        actual: usize,
        /// Bytes of this type.
        expected: usize,
    },
    /// No such round.
    #[error("round {0} where 0 to 15 are allowed")]
    Round(u8),
}

/// An encoded datagram: at most [`MAX_BYTES`], on the stack. Dereferences to its bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Packet {
    bytes: [u8; MAX_BYTES],
    length: usize,
}

impl Deref for Packet {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.bytes[..self.length]
    }
}

/// The bytes of a datagram.
pub fn encode(datagram: &Datagram) -> Packet {
    let (kind, round, first, second) = match datagram {
        Datagram::Ping {
            round,
            anchor_nonce,
        } => (PING, *round, anchor_nonce, None),
        Datagram::Pong {
            round,
            anchor_nonce,
            agent_nonce,
        } => (PONG, *round, anchor_nonce, Some(agent_nonce)),
        Datagram::Echo { round, agent_nonce } => (ECHO, *round, agent_nonce, None),
    };
    let mut bytes = [0; MAX_BYTES];
    let mut length = 2 + ROUND_NONCE_BYTES;
    bytes[0] = kind;
    bytes[1] = round;
    bytes[2..length].copy_from_slice(first);
    if let Some(second) = second {
        bytes[length..].copy_from_slice(second);
        length = MAX_BYTES;
    }
    Packet { bytes, length }
}

/// Reads a datagram. Total: any bytes have an answer.
///
/// # Errors
/// [`DatagramError`] for an unknown type, another size, or a round above 15.
pub fn decode(bytes: &[u8]) -> Result<Datagram, DatagramError> {
    let kind = bytes.first().copied().unwrap_or(0);
    let expected = match kind {
        PING | ECHO => 2 + ROUND_NONCE_BYTES,
        PONG => MAX_BYTES,
        other => return Err(DatagramError::Type(other)),
    };
    let size = DatagramError::Size {
        actual: bytes.len(),
        expected,
    };
    if bytes.len() != expected {
        return Err(size);
    }
    let round = bytes[1];
    if usize::from(round) >= ROUNDS {
        return Err(DatagramError::Round(round));
    }
    let (first, rest) = bytes[2..].split_first_chunk().ok_or(size)?;
    let (first, second) = (*first, rest.first_chunk().copied());
    Ok(match (kind, second) {
        (PING, None) => Datagram::Ping {
            round,
            anchor_nonce: first,
        },
        (ECHO, None) => Datagram::Echo {
            round,
            agent_nonce: first,
        },
        (PONG, Some(agent_nonce)) => Datagram::Pong {
            round,
            anchor_nonce: first,
            agent_nonce,
        },
        _ => return Err(size),
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_bytes_are_those_of_the_protocol_page() {
        let ping = Datagram::Ping {
            round: 3,
            anchor_nonce: *b"ABCDEFGH",
        };
        assert_eq!(&*encode(&ping), b"\x01\x03ABCDEFGH");
        let pong = Datagram::Pong {
            round: 3,
            anchor_nonce: *b"ABCDEFGH",
            agent_nonce: *b"abcdefgh",
        };
        assert_eq!(&*encode(&pong), b"\x02\x03ABCDEFGHabcdefgh");
        let echo = Datagram::Echo {
            round: 3,
            agent_nonce: *b"abcdefgh",
        };
        assert_eq!(&*encode(&echo), b"\x03\x03abcdefgh");
    }

    #[test]
    fn other_types_sizes_and_rounds_are_refused() {
        assert_eq!(decode(b""), Err(DatagramError::Type(0)));
        assert_eq!(decode(b"\x04\x00ABCDEFGH"), Err(DatagramError::Type(4)));
        assert!(matches!(
            decode(b"\x01\x00ABCDEFG"),
            Err(DatagramError::Size {
                actual: 9,
                expected: 10
            })
        ));
        assert!(matches!(
            decode(b"\x02\x00ABCDEFGH"),
            Err(DatagramError::Size {
                actual: 10,
                expected: 18
            })
        ));
        assert_eq!(decode(b"\x01\x10ABCDEFGH"), Err(DatagramError::Round(16)));
    }

    proptest! {
        #[test]
        fn what_decodes_is_what_was_given(bytes in proptest::collection::vec(any::<u8>(), 0..24)) {
            if let Ok(datagram) = decode(&bytes) {
                prop_assert_eq!(&*encode(&datagram), &bytes[..]);
            }
        }

        #[test]
        fn sized_bytes_decode_and_encode_again(kind in 1u8..4, round in 0u8..16, nonces: [u8; 16]) {
            let size = if kind == PONG { MAX_BYTES } else { 2 + ROUND_NONCE_BYTES };
            let bytes = [&[kind, round], &nonces[..]].concat()[..size].to_vec();
            prop_assert_eq!(&*encode(&decode(&bytes).unwrap()), &bytes[..]);
        }
    }
}
